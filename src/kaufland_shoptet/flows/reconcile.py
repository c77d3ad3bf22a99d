"""Both sides and the ledger beside each other, and the deadlines that Kaufland sets. Nothing is written.

:meth:`Reconcile.report` tells where they disagree about orders and offers, and what was begun and did not end.
:meth:`Reconcile.deadlines` tells which units are due, which were sent and not reported, and what this month's
cancellations would cost.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal

from attrs import asdict, evolve, frozen

from .._core.calling import M, Resource, flow
from .._core.flows import Failed, Flow, do, now, settle, together
from .._tables import html_table, text_table
from ..errors import NotFound
from ..kaufland.resources.common import Storefront
from ..kaufland.resources.order_units import OrderUnit, OrderUnits
from ..kaufland.resources.orders import Orders as KauflandOrders
from ..kaufland.resources.units import Units
from ..ledger import Action, Imported
from ..mapping import sla
from ..mapping.money import from_minor
from ..mapping.offers import Index, code_of
from ..mapping.reconcile import (
    Discrepancy,
    Kept,
    Sold,
    SoldUnit,
    Terms,
    compare_offers,
    compare_orders,
    unfinished,
)
from ..mapping.sla import SELLER_REASONS, CancellationRate, Ordered
from ..mapping.statuses import Label, kaufland_label, label
from ..mapping.storefronts import STOREFRONTS
from ..settings import StorefrontSettings
from ..shoptet.resources.orders import Order, OrderSummary
from ..shoptet.resources.orders import Orders as ShoptetOrders
from ..shoptet.resources.stocks import Stocks
from .changes import CHANGES
from .shop import Shop

__all__ = ["Deadlines", "Due", "Reconcile", "Reconciliation"]

EARLIER: Final = timedelta(hours=24)
"""How far before the purchase a Shoptet order is looked for; clocks differ."""
CODES: Final = 50
"""Order codes that Shoptet takes in one question."""
OTHERS: Final = ("offer", "return", "refund")
"""Actions of the ledger that are no changes of a plan."""


@frozen(kw_only=True)
class Reconciliation:
    """Where the two sides and the ledger disagree.

    Attributes:
        shop: The shop.
        since: Begin of the time in which orders were placed.
        until: Its end.
        made: When.
        findings: What does not agree.
    """

    shop: str
    since: datetime
    until: datetime
    made: datetime
    findings: tuple[Discrepancy, ...]

    _columns: ClassVar = ("side", "about", "storefront", "problem", "what to do")

    @property
    def good(self) -> bool:
        """Whether everything agrees."""
        return not self.findings

    @property
    def title(self) -> str:
        """One line that sums it up."""
        told = f"{len(self.findings)} to look at" if self.findings else "everything agrees"
        return f"Reconciliation of {self.shop}, {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}: {told}"

    @property
    def _rows(self) -> list[tuple[str, ...]]:
        return [each.row for each in self.findings]

    def __str__(self) -> str:
        return text_table(self.title, self._columns, self._rows)

    def _repr_html_(self) -> str:
        return html_table(self.title, self._columns, self._rows)

    def to_json(self) -> str:
        """The same as JSON text."""
        return _json(
            {
                "shop": self.shop,
                "since": self.since.isoformat(),
                "until": self.until.isoformat(),
                "made": self.made.isoformat(),
                "good": self.good,
                "findings": [asdict(each) for each in self.findings],
            }
        )


@frozen(kw_only=True)
class Due:
    """A unit that has to be seen to.

    Attributes:
        unit: The unit.
        order: Kaufland's order number.
        storefront: Storefront code.
        code: Shoptet's order code, if the order was imported.
        status: The unit's status on Kaufland.
        expires: End of its delivery window, if it has one.
        days: Days until the last one of the window in Berlin; negative when it is over.
        problem: What is the matter.
    """

    unit: int
    order: str
    storefront: str
    code: str | None
    status: str
    expires: datetime | None
    days: int | None
    problem: str

    @property
    def row(self) -> tuple[str, str, str, str, str, str]:
        """The columns of a printed table."""
        last = "" if self.expires is None else f"{sla.berlin_day(self.expires)}"
        return str(self.unit), self.order, self.storefront, self.code or "", last, self.problem


@frozen(kw_only=True)
class Deadlines:
    """What Kaufland measures, at one moment.

    Attributes:
        shop: The shop.
        made: When.
        due: Units near the end of their delivery window or past it, the most urgent first.
        unconfirmed: Units that left the shop and were not reported as sent: they bring no money.
        rates: This month's cancellations of each storefront.
    """

    shop: str
    made: datetime
    due: tuple[Due, ...]
    unconfirmed: tuple[Due, ...]
    rates: tuple[CancellationRate, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is due and nothing would cost anything."""
        return not (self.due or self.unconfirmed or any(rate.percent for rate in self.rates))

    @property
    def _tables(self) -> Iterator[tuple[str, Sequence[str], list[tuple[str, ...]]]]:
        columns = ("unit", "order", "storefront", "code", "latest delivery", "problem")
        head = f"Deadlines of {self.shop}, {self.made:%Y-%m-%d %H:%M}"
        yield f"{head}: {_count(self.due)} near the end of their delivery window", columns, _rows(self.due)
        told = f"{_count(self.unconfirmed)} sent and not reported to Kaufland"
        yield told, columns, _rows(self.unconfirmed)
        heads = ("storefront", "units", "cancelled", "share", "fee")
        yield "Cancellations of this month, by fault of the seller", heads, [*map(_rate, self.rates)]

    def __str__(self) -> str:
        return "\n\n".join(text_table(*table) for table in self._tables)

    def _repr_html_(self) -> str:
        return "".join(html_table(*table) for table in self._tables)

    def to_json(self) -> str:
        """The same as JSON text; money in minor units."""
        return _json(
            {
                "shop": self.shop,
                "made": self.made.isoformat(),
                "good": self.good,
                "due": [_due(each) for each in self.due],
                "unconfirmed": [_due(each) for each in self.unconfirmed],
                "rates": [
                    {**asdict(rate), "share": f"{rate.share}", "percent": rate.percent, "fee": rate.fee}
                    for rate in self.rates
                ],
            }
        )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _due(each: Due) -> dict[str, Any]:
    return asdict(each) | {"expires": each.expires and each.expires.isoformat()}


def _count(units: Sequence[Due]) -> str:
    return f"{len(units)} unit" if len(units) == 1 else f"{len(units)} units"


def _rows(units: Iterable[Due]) -> list[tuple[str, ...]]:
    return [each.row for each in units]


def _rate(rate: CancellationRate) -> tuple[str, ...]:
    fee = f"{rate.percent} %: {from_minor(rate.fee)} {rate.currency}" if rate.percent else "none"
    return rate.storefront, str(rate.units), str(rate.cancelled), f"{rate.share} %", fee


class Reconcile(Resource[M]):
    """Both sides beside each other: ``bridge.reconcile``."""

    @flow
    @staticmethod
    async def report(
        shop: Shop, since: datetime, until: datetime | None = None, *, offers: bool = True
    ) -> Reconciliation:
        """Tell where Kaufland, the shop and the ledger disagree. Writes nothing.

        Orders of storefronts that import them are compared, and offers of those that keep them. In the shop
        an order counts as Kaufland's if the ledger knows it, or if it is paid by the method of the settings.

        Args:
            shop: Supplied by the bridge.
            since: Begin of the time in which orders were placed; aware.
            until: Its end; by default now.
            offers: Look at the offers too, which walks all of them.

        Raises:
            ValueError: The time has no zone, or ends before it begins.
            ApiError: One of the two refuses to answer.
        """
        moment = await now()
        until = until or moment
        if since.utcoffset() is None or until.utcoffset() is None or until < since:
            raise ValueError("the time to look at needs zones, and a begin before its end")
        booked = {entry.id_order: entry for entry in await do(shop.ledger.orders)}
        findings = unfinished(booked.values(), await _actions(shop))
        findings += await _orders(shop, booked, since, until)
        if offers:
            findings += await _offers(shop)
        return Reconciliation(
            shop=shop.settings.shop.name, since=since, until=until, made=moment, findings=tuple(findings)
        )

    @flow
    @staticmethod
    async def deadlines(
        shop: Shop, *, within_days: int = 2, seller_reasons: Collection[str] = SELLER_REASONS
    ) -> Deadlines:
        """Tell which units are due, which dispatches Kaufland does not know, and what cancellations cost.

        The rate counts units that were ordered in this month, as the calendar of Berlin has it.

        Args:
            shop: Supplied by the bridge.
            within_days: Days before the end of a delivery window from which a unit is near it.
            seller_reasons: Reasons of cancellations that count against the seller; Kaufland does not publish
                them.

        Raises:
            ApiError: One of the two refuses to answer.
        """
        moment = await now()
        fronts = _importing(shop)
        booked = {entry.id_order: entry for entry in await do(shop.ledger.orders)}
        waiting: list[OrderUnit] = []
        rates: list[CancellationRate] = []
        for code in fronts:
            open_ones, rate = await together(
                Flow(_on_the_way, (code,), {}),
                Flow(_month, (code, sla.month_begin(moment), seller_reasons), {}),
            )
            waiting += open_ones
            rates.append(rate)
        near = [unit for unit in waiting if _days(unit, moment, within_days) <= within_days]
        unsent = [unit for unit in waiting if unit.status == "need_to_be_sent" and unit.id_order in booked]
        rows = await _rows_of(booked[unit.id_order].code for unit in unsent)
        gone = [unit for unit in unsent if _has_left(fronts, booked[unit.id_order], rows)]
        return Deadlines(
            shop=shop.settings.shop.name,
            made=moment,
            due=tuple(sorted((_due_unit(unit, booked, moment) for unit in near), key=_urgency)),
            unconfirmed=tuple(
                sorted((_unconfirmed(unit, booked, rows, moment) for unit in gone), key=_urgency)
            ),
            rates=tuple(rates),
        )


def _importing(shop: Shop) -> dict[str, StorefrontSettings]:
    return {code: front for code, front in shop.settings.storefronts.items() if front.import_orders}


def _ours(unit: OrderUnit, code: str) -> bool:
    """A filter that a server does not know is ignored, so everything is looked at again here."""
    return unit.storefront == code and unit.fulfillment_type == "fulfilled_by_merchant"


# Reconciliation.


async def _actions(shop: Shop) -> list[Action]:
    found: list[Action] = []
    for kind in dict.fromkeys((*CHANGES, *OTHERS)):
        found += await do(shop.ledger.actions, kind)
    return found


async def _orders(
    shop: Shop, booked: Mapping[str, Imported], since: datetime, until: datetime
) -> list[Discrepancy]:
    fronts = _importing(shop)
    sold: list[Sold] = []
    for each in await together(Flow(_sold, (code, since, until), {}) for code in fronts):
        sold += each
    kept = await _kept(fronts, booked, {order.id_order for order in sold}, since, until)
    here = {order.id_order for order in sold}
    strange = sorted({each.id_order for each in kept if each.id_order is not None} - here)
    answers = await settle([KauflandOrders.get(id_order) for id_order in strange])
    unknown = {
        id_order
        for id_order, answer in zip(strange, answers, strict=True)
        if isinstance(answer, Failed) and isinstance(answer.error, NotFound)
    }
    terms = {
        code: Terms(statuses=front.statuses, discounts=front.discounts) for code, front in fronts.items()
    }
    return compare_orders(sold, kept, booked, terms, unknown)


async def _sold(code: str, since: datetime, until: datetime) -> list[Sold]:
    """Kaufland's orders of that time, the oldest first."""
    orders: dict[str, list[OrderUnit]] = {}
    async for unit in OrderUnits.list(storefront=Storefront(code), ts_created_from_iso=since):
        if _ours(unit, code) and since <= unit.ts_created_iso <= until:
            orders.setdefault(unit.id_order, []).append(unit)
    return [
        Sold(
            id_order=id_order,
            storefront=code,
            currency=units[0].currency.value,
            units=tuple(_sold_unit(unit) for unit in units),
        )
        for id_order, units in reversed(orders.items())
    ]


def _sold_unit(unit: OrderUnit) -> SoldUnit:
    return SoldUnit(
        unit=unit.id_order_unit,
        status=str(unit.status),
        price=unit.price,
        shipping=unit.shipping_rate,
        discount=sum(abs(each.discount_value) for each in unit.discounts or ()),
    )


async def _kept(
    fronts: Mapping[str, StorefrontSettings],
    booked: Mapping[str, Imported],
    wanted: Collection[str],
    since: datetime,
    until: datetime,
) -> list[Kept]:
    """The shop's orders that are Kaufland's.

    Lists do not tell the external code. So orders that the ledger does not know are read one by one, of
    those that are paid like Kaufland's.
    """
    codes = {entry.code: entry.id_order for entry in booked.values() if entry.code is not None}
    found: dict[str, OrderSummary] = {}
    for guid in sorted({guid for front in fronts.values() for guid in _payments(front)}):
        listing = ShoptetOrders.list(payment_method_guid=guid, creation_time_from=since - EARLIER)
        async for row in listing.sized(50):
            if row.code in codes or since <= (row.creation_time or since) <= until:
                found[row.code] = row
    due = [entry.code for entry in booked.values() if entry.id_order in wanted and entry.code]
    found |= await _rows_of(code for code in due if code not in found)
    strangers = [code for code in found if code not in codes]
    orders = dict(zip(strangers, await together(ShoptetOrders.get(c) for c in strangers), strict=True))
    prefixes = {front.external_code_prefix for front in fronts.values()}
    return [
        _kept_order(row, codes[code] if code in codes else _id_order(orders[code], prefixes))
        for code, row in sorted(found.items())
        if code not in codes or codes[code] in wanted
    ]


def _payments(front: StorefrontSettings) -> tuple[str, ...]:
    rules = front.payment
    return () if rules is None else (rules.default, *rules.by_country.values())


def _id_order(order: Order, prefixes: Collection[str]) -> str | None:
    """Kaufland's order number by the external code, less the longest prefix of the settings that fits."""
    if not order.external_code:
        return None
    fitting = [each for each in prefixes if order.external_code.startswith(each)]
    return order.external_code.removeprefix(max(fitting, key=len, default="")) or None


def _kept_order(row: OrderSummary, id_order: str | None) -> Kept:
    return Kept(
        code=row.code,
        id_order=id_order,
        status=None if row.status is None else row.status.id,
        status_name=(None if row.status is None else row.status.name) or "without a status",
        total=row.price.with_vat,
        currency=row.price.currency_code,
    )


async def _rows_of(codes: Iterable[str | None]) -> dict[str, OrderSummary]:
    """These orders of the shop, as lists show them; those that are gone are missing."""
    wanted = sorted({code for code in codes if code is not None})
    blocks = [wanted[start : start + CODES] for start in range(0, len(wanted), CODES)]
    rows: dict[str, OrderSummary] = {}
    for block in blocks:
        async for row in ShoptetOrders.list(order_codes=block).sized(50):
            rows[row.code] = row
    return rows


async def _offers(shop: Shop) -> list[Discrepancy]:
    fronts = [
        code for code, front in shop.settings.storefronts.items() if front.sync_offers or front.sync_prices
    ]
    if not fronts:
        return []
    codes: set[str] = set()
    for stock in (await Stocks.list()).stocks:
        async for row in Stocks.supplies(stock.id):
            codes.add(code_of(row.code))
    found: list[Discrepancy] = []
    for index in await together(Flow(_index, (code,), {}) for code in fronts):
        found += compare_offers(index, codes)
    return found


async def _index(code: str) -> Index:
    index = Index(code)
    async for unit in Units.list(storefront=Storefront(code)):
        index.add(unit)
    return index


# Deadlines.


async def _on_the_way(code: str) -> list[OrderUnit]:
    """Units that are not delivered yet."""
    waiting: list[Literal["need_to_be_sent", "sent"]] = ["need_to_be_sent", "sent"]
    listing = OrderUnits.list(storefront=Storefront(code), status=waiting)
    return [unit for unit in await listing.collect() if _ours(unit, code) and unit.status in waiting]


async def _month(code: str, begin: datetime, reasons: Collection[str]) -> CancellationRate:
    ordered: list[Ordered] = []
    async for unit in OrderUnits.list(storefront=Storefront(code), ts_created_from_iso=begin):
        if _ours(unit, code) and unit.ts_created_iso >= begin:
            value = unit.price + unit.shipping_rate
            ordered.append(Ordered(status=str(unit.status), cancel_reason=unit.cancel_reason, value=value))
    return sla.cancellation_rate(code, STOREFRONTS[code].currency, ordered, reasons)


def _days(unit: OrderUnit, moment: datetime, otherwise: int) -> int:
    expires = unit.delivery_time_expires_iso
    return otherwise + 1 if expires is None else sla.days_left(expires, moment)


def _has_left(
    fronts: Mapping[str, StorefrontSettings], entry: Imported, rows: Mapping[str, OrderSummary]
) -> bool:
    """Whether the shop's order has a status that means dispatched, or more."""
    row = rows.get(entry.code or "")
    if row is None or row.status is None:
        return False
    meaning = kaufland_label(fronts[entry.storefront].statuses, row.status.id)
    return meaning in (Label.DISPATCHED, Label.DELIVERED)


def _due_unit(unit: OrderUnit, booked: Mapping[str, Imported], moment: datetime) -> Due:
    expires = unit.delivery_time_expires_iso
    days = None if expires is None else sla.days_left(expires, moment)
    there = "waits to be sent" if label(unit.status) is Label.NOT_DISPATCHED else "is on its way"
    entry = booked.get(unit.id_order)
    return Due(
        unit=unit.id_order_unit,
        order=unit.id_order,
        storefront=str(unit.storefront),
        code=None if entry is None else entry.code,
        status=str(unit.status),
        expires=expires,
        days=days,
        problem=f"{there}{_when(days)}",
    )


def _when(days: int | None) -> str:
    match days:
        case None:
            return ""
        case 0:
            return ", due today"
        case 1:
            return ", due tomorrow"
        case _:
            return f", due in {days} days" if days > 0 else f", due {-days} days ago"


def _unconfirmed(
    unit: OrderUnit, booked: Mapping[str, Imported], rows: Mapping[str, OrderSummary], moment: datetime
) -> Due:
    due = _due_unit(unit, booked, moment)
    status = rows[due.code or ""].status
    name = "" if status is None else f" as {status.name}"
    return evolve(due, problem=f"the shop has it{name}, and Kaufland knows of no dispatch{_when(due.days)}")


def _urgency(each: Due) -> tuple[bool, int, str, int]:
    return each.days is None, each.days or 0, each.order, each.unit
