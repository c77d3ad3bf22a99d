"""A setup in words: all of it for somebody to look at, and what differs between two of them.

Settings name environment variables and hold no keys. Addresses may carry one in their query, so queries of
addresses are not shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import urlsplit

from attrs import frozen

from ._tables import html_table, text_table
from .mapping.storefronts import STOREFRONTS

if TYPE_CHECKING:
    from .settings import Settings

__all__ = ["Description", "Difference"]


def __dir__() -> list[str]:
    return __all__


Flat: TypeAlias = Mapping[str, Any]
"""Settings by their dotted keys, as they stand in TOML."""


@frozen(kw_only=True)
class Description:
    """A finished setup: print it, or let a notebook show it.

    Attributes:
        shop: What the shop is called.
        flows: For each flow what it does, and the storefronts where it is on.
        shared: The settings of all storefronts together, by key.
        storefronts: The settings of each storefront, by key.
        defaults: What a storefront's settings are when nothing is said.
    """

    shop: str
    flows: Mapping[str, tuple[str, tuple[str, ...]]]
    shared: Mapping[str, str]
    storefronts: Mapping[str, Mapping[str, str]]
    defaults: Mapping[str, str]

    @property
    def _tables(self) -> Iterator[tuple[str, Sequence[str], list[tuple[str, ...]]]]:
        codes = tuple(self.storefronts)
        rows: list[tuple[str, ...]] = [
            (name, *("on" if code in on else "off" for code in codes), does)
            for name, (does, on) in self.flows.items()
        ]
        told = "" if codes else ": no storefront is set up, nothing will be done"
        yield f"Setup of {self.shop}{told}", ("", *codes, "what it does"), rows
        for code, values in self.storefronts.items():
            front = STOREFRONTS[code]
            settled: list[tuple[str, ...]] = [
                (key, value, "" if self.defaults.get(key) != value else "by default")
                for key, value in values.items()
            ]
            yield f"Storefront {code}: {front.currency}, {front.locale}", ("setting", "value", ""), settled
        yield "All storefronts", ("setting", "value"), [*self.shared.items()]

    def __str__(self) -> str:
        return "\n\n".join(text_table(*table) for table in self._tables)

    def _repr_html_(self) -> str:
        return "".join(html_table(*table) for table in self._tables)

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(
            {
                "shop": self.shop,
                "flows": {name: list(on) for name, (_, on) in self.flows.items()},
                "shared": dict(self.shared),
                "storefronts": {code: dict(values) for code, values in self.storefronts.items()},
            },
            indent=2,
            ensure_ascii=False,
        )


@frozen
class Difference:
    """One setting that differs. ``None`` stands for one that is not there.

    >>> print(Difference("storefront.sk.prices.coefficient", "0.0398", "0.0401"))
    storefront.sk.prices.coefficient: 0.0398 -> 0.0401
    >>> print(Difference("storefront.sk.import_orders", None, True))
    storefront.sk.import_orders: - -> on
    """

    key: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.key}: {shown(self.old)} -> {shown(self.new)}"


def describe(settings: Settings, written: Flat, default: Flat) -> Description:
    """The setup that *written* is; *default* is a storefront about which nothing is said."""
    from .flows.table import FLOWS

    shared = {key: value for key, value in written.items() if key != "storefront"}
    return Description(
        shop=settings.shop.name,
        flows={each.name: (each.does, each.storefronts(settings)) for each in FLOWS},
        shared=_in_words(shared),
        storefronts={code: _in_words(front) for code, front in written.get("storefront", {}).items()},
        defaults=_in_words(default),
    )


def differences(old: Flat, new: Flat, default: Flat) -> tuple[Difference, ...]:
    """What differs between two written settings, in the order of their keys.

    Of a storefront that only one of them has, it is what differs from *default*.
    """
    before, after = _with_all(old, new, default), _with_all(new, old, default)
    return tuple(
        Difference(key, before.get(key), after.get(key))
        for key in {**before, **after}
        if before.get(key) != after.get(key)
    )


def _with_all(one: Flat, other: Flat, default: Flat) -> dict[str, Any]:
    found: dict[str, Any] = dict(_flat({key: value for key, value in one.items() if key != "storefront"}))
    fronts: Mapping[str, Flat] = one.get("storefront", {})
    for code in {**fronts, **other.get("storefront", {})}:
        found[f"storefront.{code}"] = "set up" if code in fronts else None
        found |= _flat(fronts.get(code, default), f"storefront.{code}.")
    return found


def _flat(table: Flat, at: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(cast("Flat", value), f"{at}{name}.")
        else:
            yield f"{at}{name}", value


def _in_words(table: Flat) -> dict[str, str]:
    return {key: shown(value) for key, value in _flat(table)}


def shown(value: Any) -> str:
    """A value for people.

    >>> shown([-3, 26]), shown(False), shown("https://shop.example/feed.xml?hash=secret")
    ('-3, 26', 'off', 'https://shop.example/feed.xml?...')
    """
    match value:
        case None:
            return "-"
        case bool():
            return "on" if value else "off"
        case list() | tuple():
            return ", ".join(map(shown, cast("Sequence[Any]", value))) or "none"
        case _:
            return _without_secrets(str(value)) or '""'


def _without_secrets(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        return text
    parts = urlsplit(text)
    tail = "?..." if parts.query or parts.fragment else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{tail}"
