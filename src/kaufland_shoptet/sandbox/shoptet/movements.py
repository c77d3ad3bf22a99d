"""Movements of stock: the log of every change, and changes of many variants at once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from ..checks import Flaw, Number, Rows, Rule, Shape, Text
from ..params import offset_time, text, whole
from ..routes import Asked, Route
from ..wire import Answer, answer, is_object
from .envelope import Error, Row, refuse, reply, stamp
from .goods import find_stock, places
from .orders import included
from .paging import page, paged
from .shop import Movement, Shop, Variant

LIMIT: Final = 300
INCLUDES: Final = ("orderCode", "productGuid", "historicalProductGuid", "sumAmount")
CHANGES: Final = ("amountChange", "quantity", "realStock")


class _Change:
    """A variant, and exactly one of the three ways to say what it has."""

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Everything wrong with it."""
        keys: dict[str, Rule] = {"productCode": Text(minimum=1), **dict.fromkeys(CHANGES, Number())}
        found = list(Shape(keys=keys, required=("productCode",)).flaws(value, at))
        yield from found
        if not found and is_object(value) and sum(name in value for name in CHANGES) != 1:
            yield Flaw(at, f"Exactly one of {', '.join(CHANGES)} is required")


def _row(movement: Movement, sections: set[str]) -> Row:
    more: Row = {
        "orderCode": movement.order,
        "productGuid": movement.product,
        "historicalProductGuid": movement.product,
        "sumAmount": places(movement.left, 3),
    }
    return {
        "id": movement.id,
        "productCode": movement.code,
        "actualAmount": places(movement.left, 3),
        "amountChange": places(movement.change, 3),
        "changedBy": movement.by,
        "changeTime": stamp(movement.at),
    } | {name: more[name] for name in INCLUDES if name in sections}


def _here(shop: Shop, asked: Asked) -> list[Movement]:
    return shop.movements if find_stock(shop, asked)["id"] == shop.default_stock else []


def list_movements(shop: Shop, asked: Asked) -> Answer:
    """Movements, the oldest first; `lastId` gives those after it."""
    query, sections = asked.query, included(asked, INCLUDES)
    rows = [
        row
        for row in _here(shop, asked)
        if row.id > query.get("lastId", 0)
        and ("changeTimeFrom" not in query or row.at >= query["changeTimeFrom"])
        and query.get("orderCode") in (None, row.order)
    ]
    return page(shop, asked, "movements", rows, lambda row: _row(row, sections), default=25, maximum=1000)


def last_movement(shop: Shop, asked: Asked) -> Answer:
    """Number and time of the newest movement. What a stock without any says is not documented."""
    rows = _here(shop, asked)
    moment = stamp(rows[-1].at if rows else shop.clock.now())
    return reply(200, {"lastId": rows[-1].id if rows else 0, "lastChangeTime": moment})


def move(shop: Shop, asked: Asked) -> Answer:
    """Change many stocks; what cannot be changed is named in `errors`, which is all that the answer holds."""
    rows: list[Row] = asked.body["data"]
    if len(rows) > LIMIT:
        raise refuse(413, Error("too-many-entities", f"At most {LIMIT} rows are allowed.", "data"))
    here = find_stock(shop, asked)["id"] == shop.default_stock
    errors: list[Error] = []
    for row in rows:
        variant = shop.variants.get(row["productCode"])
        if variant is None:
            message = f'Product "{row["productCode"]}" does not exist.'
            errors.append(Error("unknown-product", message, row["productCode"]))
        elif variant.set or not here:
            message = f'Stock of "{variant.code}" cannot be changed.'
            errors.append(Error("stock-change-not-allowed", message, variant.code))
        else:
            _change(shop, variant, row)
    if errors and len(errors) == len(rows):
        raise refuse(400, *errors)
    listed = [{"errorCode": each.code, "message": each.message, "instance": each.instance} for each in errors]
    return answer(200, {"errors": listed or None}, content_type="application/json; charset=utf-8")


def _change(shop: Shop, variant: Variant, row: Row) -> None:
    held = variant.stock or Decimal(0)
    if "amountChange" in row:
        left = held + row["amountChange"]
    elif "quantity" in row:
        left = Decimal(row["quantity"])
    else:
        left = row["realStock"] - variant.claim
    shop.set_stock(variant.code, Decimal(left), by="api.service-1@sandbox")


_CHANGES: Final = Shape(keys={"data": Rows(of=_Change(), minimum=1)}, required=("data",))
_PATH: Final = "/api/stocks/{stockId}/movements"

ROUTES: tuple[Route[Shop], ...] = (
    Route(
        "GET",
        _PATH,
        list_movements,
        query={
            "lastId": whole(0),
            "changeTimeFrom": offset_time,
            "orderCode": text,
            "include": text,
            **paged(),
        },
    ),
    Route("GET", _PATH + "/last", last_movement),
    Route("PATCH", _PATH, move, body=_CHANGES),
)
