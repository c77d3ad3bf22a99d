"""Made-up bodies: JSON of the shape of any model, the same for the same seed."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from kaufland_shoptet import KAUFLAND, SHOPTET, Model, Unset
from kaufland_shoptet._core.api import Api
from kaufland_shoptet._core.values import Text

DEEPEST = 6
START = datetime(2026, 9, 1, 8, 0, tzinfo=timezone(timedelta(hours=2)))


class Maker:
    """Makes values of types, as *api* writes them.

    Args:
        sizes: How many items the named lists have; one or two by default.
        present: How likely an attribute that may be absent is there, and that one that may be null is not.
    """

    def __init__(self, api: Api, seed: int = 0, present: float = 0.8, **sizes: int) -> None:
        self._api = api
        self._dice = random.Random(seed)
        self._present = present
        self._sizes: Mapping[str, int] = sizes
        letters = string.ascii_lowercase * 3 + "áěíšůž"
        self._words = ["".join(self._dice.choices(letters, k=self._dice.randint(2, 10))) for _ in range(600)]

    def body(self, kind: Any) -> bytes:
        """A body of type *kind*."""
        return self._api.codec.dump(self.value(kind))

    def value(self, kind: Any, name: str = "", depth: int = 0) -> Any:
        """JSON of type *kind*, for the attribute *name*."""
        dice = self._dice
        origin, inside = get_origin(kind), get_args(kind)
        if origin in (Union, UnionType):
            return self._one_of([each for each in inside if each is not Unset], name, depth)
        if origin is Annotated:
            places = next((mark.places for mark in inside[1:] if isinstance(mark, Text)), None)
            return f"{dice.uniform(0, 5000):.{2 if places is None else places}f}"
        if origin is Literal:
            return dice.choice(inside)
        if origin is tuple:
            many = self._sizes.get(name, dice.randint(1, 2)) if depth < DEEPEST else 0
            return [self.value(inside[0], name, depth + 1) for _ in range(many)]
        if origin is dict:
            return {"key": self.value(inside[1], name, depth + 1)}
        if isinstance(kind, type) and issubclass(kind, Enum):
            return dice.choice(list(kind)).value
        if isinstance(kind, type) and issubclass(kind, Model):
            return self._model(kind, depth)
        return self._leaf(kind, name)

    def _model(self, kind: Any, depth: int) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for slot in self._api.codec._slots(kind):
            absent = slot.optional and (depth >= DEEPEST or self._dice.random() > self._present)
            if not absent or slot.name in self._sizes:
                row[slot.wire] = self.value(slot.kind, slot.name, depth + 1)
        return row

    def _one_of(self, members: list[Any], name: str, depth: int) -> Any:
        there = [each for each in members if each is not NoneType]
        if len(there) < len(members) and self._dice.random() > self._present and name not in self._sizes:
            return None
        return self.value(there[0], name, depth)

    def _leaf(self, kind: Any, name: str) -> Any:
        dice = self._dice
        if kind is bool:
            return dice.random() < 0.5
        if kind is int:
            return dice.randint(10**14, 10**15) if name.startswith("id_") else dice.randint(0, 90_000)
        if kind is Decimal:
            return dice.choice([21, 19, 12, 5.5])
        if kind is datetime:
            return self._api.moment(START + timedelta(seconds=dice.randint(0, 10**7)))
        if kind is date:
            return (START + timedelta(days=dice.randint(0, 300))).date().isoformat()
        if name.endswith("guid"):
            return f"{dice.getrandbits(32):08x}-3faf-11e2-a723-{dice.getrandbits(48):012x}"
        return " ".join(dice.choices(self._words, k=dice.randint(1, 4)))


def row_maker() -> Maker:
    """Makes products of about 2.6 kB."""
    return Maker(SHOPTET, present=0.42, variants=1)


def samples() -> dict[str, tuple[Api, Any, bytes]]:
    """The five bodies that decoding is measured with: API, type, JSON."""
    from kaufland_shoptet.kaufland.resources.order_units import OrderUnit
    from kaufland_shoptet.kaufland.resources.orders import OrderDetails
    from kaufland_shoptet.shoptet.resources.orders import Order
    from kaufland_shoptet.shoptet.resources.products import Product

    kinds: dict[str, tuple[Api, Any, Maker]] = {
        "page of 100 units": (KAUFLAND, tuple[OrderUnit, ...], Maker(KAUFLAND, **{"": 100})),
        "Kaufland order, 5 units": (KAUFLAND, OrderDetails, Maker(KAUFLAND, order_units=5)),
        "Shoptet order, 10 items": (SHOPTET, Order, Maker(SHOPTET, items=10)),
        "product, 20 variants": (SHOPTET, Product, Maker(SHOPTET, variants=20)),
        "snapshot row": (SHOPTET, Product, row_maker()),
    }
    return {name: (api, kind, maker.body(kind)) for name, (api, kind, maker) in kinds.items()}
