"""Kaufland's operations without behaviour of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final

from attrs import evolve

from ..checks import Flaw
from ..kaufland import paging, problems, returns
from ..kaufland.desk import Desk, unit_row
from ..params import zulu_time
from ..routes import Asked, Refused, Route
from ..wire import Answer, answer
from .acts import Engine
from .atlas import Atlas, Payload
from .dialect import Dialect
from .rules import Rules
from .specimens import Specimens
from .store import Mount, Row, Store
from .table import Entry, load

__all__ = ["atlas", "routes"]

REPORTS: Final = (
    *("account-listing", "bookings-new", "eans-not-found", "product-data-changes", "cancellations"),
    *("competitors-comparer", "sales-new", "product-data-import-file-errors", "price-competitiveness"),
    *("invalid-items", "lost-buybox", "buybox-opportunity"),
)
FILES: Final = (
    "/variant-suggestions/feed",
    "/import-files/order-command",
    "/import-files/inventory-feed",
    "/import-files/inventory-command",
)
LOOKED_UP: Final[Mapping[str, tuple[str, str]]] = {
    "POST /units/status": ("unit_ids", "id_unit"),
    "POST /info/commission-rates/lookup": ("eans", "ean"),
}
"""Questions about many things at once: the list in the body, and the property that repeats it in the answer."""


_REFUSALS: Final = ((404, "not-found", "not found"), (409, "conflict", "already exists"))


def _stamp(moment: datetime) -> str:
    return str(paging.stamp(moment))


class _Kaufland(Dialect):
    mounts: ClassVar[Mapping[str, Mount]] = {
        "/warehouses": Mount(
            rows=lambda store, _: store.api.warehouses,
            add=lambda store, _, row, __: store.api.warehouses.append(row),
            remove=lambda store, _, row: store.api.warehouses.remove(row),
        ),
        "/products": Mount(rows=lambda store, _: list(store.api.products.values())),
        "/categories": Mount(rows=lambda store, _: [each.row for each in store.api.categories.values()]),
    }
    aliases: ClassVar[Mapping[str, tuple[str, str]]] = {
        "/attributes/by-name": ("/attributes", "name"),
        "/attributes/search": ("/attributes", "id"),
        "/products/search": ("/products", "id_product"),
    }
    homes: ClassVar[Mapping[str, str]] = {
        **{f"/reports/{name}": "/reports" for name in REPORTS},
        "/variant-suggestions/feed/upload-by-url": "/variant-suggestions/feed",
        "/tickets/*/messages": "/tickets/messages",
    }
    renames: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "/tickets": {"reason": "open_reason", "id_order_unit": "ids_order_units"},
        **{path: {"url": "uri"} for path in FILES},
    }
    effects: ClassVar[Mapping[str, Row]] = {"/tickets/*/close": {"status": "seller_closed"}}

    @staticmethod
    def stamp(moment: datetime) -> str:
        """A moment as Kaufland writes it."""
        return _stamp(moment)

    def reply(self, entry: Entry, data: Any, flaws: Sequence[Refused] = ()) -> Answer:
        """The envelope; nothing at all where there is no answer."""
        return (
            answer(entry.status, {"data": data}) if entry.answer is not None else Answer(status=entry.status)
        )

    def page(
        self, api: Any, entry: Entry, asked: Asked, payload: Payload, rows: Sequence[Any]
    ) -> Answer | None:
        """One page, where there may be several."""
        if "offset" not in entry.query or payload.key:
            return None
        size = load("kaufland").look(entry.query["limit"]).get("default", 30)
        return paging.page(api, evolve(asked, query={"limit": size, **asked.query}), rows, lambda row: row)

    def refusal(self, word: str, name: str, *, taken: bool = False) -> Refused:
        """404 or 409."""
        status, kind, what = _REFUSALS[taken]
        return problems.problem(status, kind, f"{word.replace('-', ' ').capitalize()} {name} {what}.")

    def special(self, store: Store, entry: Entry, asked: Asked) -> Answer | None:
        """Returns, and a row for each thing that the body asks about."""
        if entry.key == "DELETE /vouchers" and not asked.query.get("id"):
            raise problems.invalid(Flaw("id", "is required"))
        if entry.key in ("POST /returns", "PUT /returns/{id_return}"):
            return _returned(store, entry, asked)
        if entry.key not in LOOKED_UP:
            return None
        several, one = LOOKED_UP[entry.key]
        payload = store.atlas.payloads[entry.key]
        rows: list[Row] = []
        for value in asked.body[several]:
            row = store.maker(f"{entry.path}/{value}").make(payload.schema)
            told = {name: each for name, each in asked.query.items() if name in row}
            rows.append({**row, **told, one: value})
        return answer(entry.status, {"data": rows})


def _returned(store: Store, entry: Entry, asked: Asked) -> Answer:
    """The seller announces a return for a buyer, or adds pieces to one."""
    desk: Desk = store.api
    told = {row["id_order_unit"]: row for row in asked.body}
    for number in told:
        if number not in desk.pieces:
            raise problems.unknown("Order unit", number)
    name = asked.names.get("id_return", "")
    parcel = next((each for each in desk.returns.values() if str(each.id) == name), None)
    if name and parcel is None:
        raise problems.unknown("Return", name)
    there = {unit.order_unit for unit in parcel.units} if parcel else set[int]()
    new = [number for number in told if number not in there]
    if new:
        made = desk.begin_return(*new)
        if parcel is not None:
            del desk.returns[made.id]
            parcel.units += made.units
        parcel = parcel or made
    assert parcel is not None
    for unit in parcel.units:
        given = told.get(unit.order_unit, {})
        unit.parcel = parcel.id
        unit.reason, unit.note = given.get("reason", unit.reason), given.get("note", unit.note)
    row = returns.return_row(desk, parcel)
    row["return_units"] = [unit_row(desk, unit) for unit in parcel.units]
    payload = store.atlas.payloads[entry.key]
    return answer(entry.status, {"data": store.maker(entry.path, lean=True).fit(row, payload.schema)})


@lru_cache(1)
def atlas() -> Atlas:
    """What the paths of the API say."""
    table = load("kaufland")
    return Atlas(Specimens(table, Rules(table, zulu_time), _stamp), _Kaufland.keys, _Kaufland.nested)


def routes(market: Any) -> Iterable[Route[Any]]:
    """A route for every operation of Kaufland's document, over a store of its own."""
    known, dialect = atlas(), _Kaufland()
    salt = next(iter(market.keys))
    store = Store(market, known, salt, dialect.mounts, dialect.nested, dialect.aliases, dialect.bare)
    return Engine(known.common.table, known.common.rules, known, dialect, store).routes()
