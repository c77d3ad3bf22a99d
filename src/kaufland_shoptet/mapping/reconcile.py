"""Reconciliation: what Kaufland, the shop and the ledger say about the same things, and where they disagree.

Each disagreement is a :class:`Discrepancy`: what it is about, on which side, what is wrong, what to do. Nothing
is decided here that a flow would decide: the remedy names the flow, or says what only a person can do.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from attrs import field, frozen

from ..ledger import Action, Imported
from .money import from_minor
from .offers import Index
from .statuses import Label, OrderState, StatusMap, advances, kaufland_label, order_state, shoptet_status

__all__ = [
    "Discrepancy",
    "Kept",
    "Side",
    "Sold",
    "SoldUnit",
    "Terms",
    "compare_offers",
    "compare_orders",
    "unfinished",
]


def __dir__() -> list[str]:
    return __all__


Side: TypeAlias = Literal["kaufland", "shoptet", "ledger", "both"]
"""Where something is that should not be, or is all there is."""


@frozen(kw_only=True)
class Discrepancy:
    """One thing that does not agree.

    Attributes:
        subject: What it is about: an order number, an offer, a refund.
        storefront: Storefront code; empty if it is about none.
        side: Where to look.
        problem: What does not agree.
        remedy: What to do.
    """

    subject: str
    storefront: str = ""
    side: Side
    problem: str
    remedy: str

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """The columns of a printed reconciliation."""
        return self.side, self.subject, self.storefront, self.problem, self.remedy


# Orders.


@frozen(kw_only=True)
class SoldUnit:
    """One piece that was sold on Kaufland: what was paid for it, in minor units."""

    unit: int
    status: str
    price: int
    shipping: int
    discount: int = 0

    @property
    def gone(self) -> bool:
        """Whether it is cancelled."""
        return self.status == "cancelled"


@frozen(kw_only=True)
class Sold:
    """One order as Kaufland has it."""

    id_order: str
    storefront: str
    currency: str
    units: tuple[SoldUnit, ...]


@frozen(kw_only=True)
class Kept:
    """One order as the shop has it."""

    code: str
    id_order: str | None
    """Kaufland's order number, by the external code; ``None`` if there is none."""
    status: int | None
    status_name: str
    total: Decimal | None
    """In ``currency``; ``None`` if the shop does not say."""
    currency: str


@frozen(kw_only=True)
class Terms:
    """What the settings of a storefront say about its orders."""

    statuses: StatusMap = field(factory=StatusMap)
    discounts: Literal["deduct", "ignore"] = "deduct"


def compare_orders(
    sold: Iterable[Sold],
    kept: Iterable[Kept],
    booked: Mapping[str, Imported],
    terms: Mapping[str, Terms],
    unknown: Collection[str] = (),
) -> list[Discrepancy]:
    """Where the two sides disagree about orders.

    Args:
        sold: The orders on Kaufland.
        kept: The orders of the shop that seem to be Kaufland's.
        booked: What the ledger knows, by Kaufland's order number.
        terms: The settings of each storefront.
        unknown: Order numbers that the shop has and Kaufland does not know.

    Returns:
        Kaufland's orders first, in their order, then those of the shop that belong to none of them.
    """
    codes = {entry.code: id_order for id_order, entry in booked.items() if entry.code is not None}
    copies: dict[str, list[Kept]] = {}
    strays: list[Kept] = []
    for each in kept:
        id_order = each.id_order or codes.get(each.code)
        if id_order is None:
            strays.append(each)
        else:
            copies.setdefault(id_order, []).append(each)
    found: list[Discrepancy] = []
    for order in sold:
        entry = booked.get(order.id_order)
        mine = copies.pop(order.id_order, [])
        if mine:
            found += _both(order, mine, entry, terms.get(order.storefront, Terms()))
        else:
            found += _missing(order, entry)
    for id_order, mine in copies.items():
        entry = booked.get(id_order)
        front = "" if entry is None else entry.storefront
        found += _copies(id_order, front, mine, entry)
        if id_order in unknown:
            found.append(
                Discrepancy(
                    subject=id_order,
                    storefront=front,
                    side="shoptet",
                    problem=f"is in the shop as {_codes(mine)}, and Kaufland has no such order.",
                    remedy="Look where it came from before anything is sent.",
                )
            )
    return found + [_stray(each) for each in strays]


def _codes(mine: Iterable[Kept]) -> str:
    return ", ".join(sorted(each.code for each in mine))


def _stray(each: Kept) -> Discrepancy:
    return Discrepancy(
        subject=each.code,
        side="shoptet",
        problem="is paid by the method of Kaufland's orders and has no external code.",
        remedy="Nobody can tell its order on Kaufland: look at it in the shop's administration.",
    )


def _missing(order: Sold, entry: Imported | None) -> Iterator[Discrepancy]:
    """An order that the shop does not have."""
    alive = [each for each in order.units if not each.gone]
    problem = remedy = ""
    if entry is not None and entry.state == "imported":
        known = entry.code is not None
        problem = (
            f"was imported as {entry.code}, which the shop does not have."
            if known
            else ("was imported, and its code in the shop is not known.")
        )
        remedy = (
            "Look whether it was deleted on purpose; its external code stays used, so it cannot come again."
            if known
            else "Look for its number in the shop's administration."
        )
    elif not alive or all(each.status == "open" for each in alive):
        return  # There is nothing to import, or not yet.
    elif entry is not None and entry.state == "refused":
        problem = "is not in the shop, which refused it."
        remedy = "Run the import: the report says why."
    elif any(each.status == "need_to_be_sent" for each in alive):
        problem = "is not in the shop, and waits to be sent."
        remedy = "Run the import with full=True: it comes in, or the plan says why not."
    else:
        state = order_state(each.status for each in order.units)
        problem = f"is not in the shop, and is {state.label or ', '.join(state.unknown)} on Kaufland."
        remedy = "It is past its import; write it into the shop by hand if the books need it."
    yield Discrepancy(
        subject=order.id_order,
        storefront=order.storefront,
        side="kaufland",
        problem=problem,
        remedy=remedy,
    )


def _copies(id_order: str, front: str, mine: list[Kept], entry: Imported | None) -> Iterator[Discrepancy]:
    if len(mine) > 1:
        right = "" if entry is None or entry.code is None else f" but {entry.code}"
        yield Discrepancy(
            subject=id_order,
            storefront=front,
            side="shoptet",
            problem=f"is in the shop {len(mine)} times: {_codes(mine)}.",
            remedy=f"Cancel all{right or ' but one'} in the shop before they are sent twice.",
        )


def _both(order: Sold, mine: list[Kept], entry: Imported | None, terms: Terms) -> Iterator[Discrepancy]:
    """An order that both sides have."""
    yield from _copies(order.id_order, order.storefront, mine, entry)
    ours = next((each for each in mine if entry is not None and each.code == entry.code), mine[0])
    if entry is None or (entry.code is None and entry.state != "intended"):
        yield Discrepancy(
            subject=order.id_order,
            storefront=order.storefront,
            side="ledger",
            problem=f"is in the shop as {ours.code}, and the ledger does not know that.",
            remedy="Run the import with full=True: it finds and adopts it while it waits to be sent.",
        )
    yield from _statuses(order, ours, terms.statuses)
    yield from _totals(order, ours, entry, terms)


def _statuses(order: Sold, ours: Kept, table: StatusMap) -> Iterator[Discrepancy]:
    state: OrderState = order_state((each.status for each in order.units), autopaid=table.autopaid)
    there = state.label
    target = None if there is None else shoptet_status(table, there)
    if there is None or target is None or target == ours.status:
        return
    here = None if ours.status is None else kaufland_label(table, ours.status)
    if here is there:
        return
    told = f"{ours.status_name} ({here})" if here is not None else f"{ours.status_name}, outside the table"
    yield Discrepancy(
        subject=order.id_order,
        storefront=order.storefront,
        side="both",
        problem=f"is {there} on Kaufland, and {ours.code} is {told} in the shop.",
        remedy=_status_remedy(here, there),
    )


def _status_remedy(here: Label | None, there: Label) -> str:
    if here is None or advances(here, there):
        return "statuses.plan_pull(full=True) brings the shop up to date."
    if here.acts:
        return "statuses.plan_push(full=True) brings Kaufland up to date, or says why it cannot."
    return f"Kaufland does not let a seller set {here}: look whether the status in the shop is right."


def _totals(order: Sold, ours: Kept, entry: Imported | None, terms: Terms) -> Iterator[Discrepancy]:
    imported = None if entry is None else {unit for line in entry.lines for unit in line}
    units = [each for each in order.units if imported is None or each.unit in imported]
    alive = [each for each in units if not each.gone]
    if not alive or ours.total is None:
        return
    due = sum(each.price + each.shipping for each in alive)
    if terms.discounts == "deduct":
        due -= sum(each.discount for each in alive)
    if (from_minor(due), order.currency) == (ours.total, ours.currency):
        return
    gone = len(units) - len(alive)
    problem = (
        f"{ours.code} is {ours.total} {ours.currency} in the shop, and {from_minor(due)} "
        f"{order.currency} on Kaufland."
    )
    remedy = "Look who edited the order in the shop."
    if gone and entry is not None and from_minor(entry.total) == ours.total:
        problem = f"{problem} {gone} of {len(units)} pieces were cancelled since the import."
        remedy = "Take the cancelled pieces out of the order in the shop."
    yield Discrepancy(
        subject=order.id_order, storefront=order.storefront, side="both", problem=problem, remedy=remedy
    )


# The ledger.

_ENDS: Final[Mapping[str, str]] = {
    "send": "Run statuses.plan_push: it reads the unit first.",
    "cancel": "Run statuses.plan_push: it reads the unit first.",
    "fulfil": "Run statuses.plan_push: it reads the unit first.",
    "status": "Run statuses.plan_pull: it reads the order first.",
    "tell": "Run statuses.plan_pull: it looks for the remark first.",
    "offer": "Run offers.plan: it looks for the unit first.",
    "remark": "Run returns.plan: it looks for the remark first.",
    "credit": "Run returns.plan_credits: it looks for the credit note first.",
    "invoice": "Run invoices.plan: it looks for the file first.",
    "return": "Repeat the decision: it reads the return unit first.",
    "refund": (
        "Nothing shows whether it was made: look among the bookings in the Seller Portal, then say "
        "returns.settle_refund."
    ),
}


def unfinished(orders: Iterable[Imported], actions: Iterable[Action]) -> list[Discrepancy]:
    """What was begun and has no end in the ledger.

    Args:
        orders: The ledger's orders.
        actions: The ledger's other entries.
    """
    found = [
        Discrepancy(
            subject=entry.id_order,
            storefront=entry.storefront,
            side="ledger",
            problem=f"its import was begun at {_minute(entry.updated)} and did not end.",
            remedy="Run the import: it looks for the order first.",
        )
        for entry in orders
        if entry.state == "intended"
    ]
    return found + [
        Discrepancy(
            subject=f"{action.kind} {action.key}",
            side="ledger",
            problem=f"was begun at {_minute(action.updated)} and did not end{_detail(action)}.",
            remedy=_ENDS.get(action.kind, "Run the flow that began it: it looks first."),
        )
        for action in actions
        if action.state == "intended"
    ]


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _detail(action: Action) -> str:
    """What a refund was about; others are told by their key."""
    if action.kind != "refund":
        return ""
    kept = json.loads(action.detail)
    return f": {from_minor(kept['amount'])} {kept['currency']} for unit {kept['unit']}"


# Offers.


def compare_offers(index: Index, codes: Collection[str]) -> list[Discrepancy]:
    """Offers that belong to no variant of the shop, or twice to one.

    Args:
        index: The units of one storefront.
        codes: The variants of the shop, in the form of :func:`.offers.code_of`.
    """
    orphans = [
        Discrepancy(
            subject=code,
            storefront=index.storefront,
            side="kaufland",
            problem=f"is offered as unit {offer.id_unit}, and the shop has no such variant.",
            remedy='End the unit in the Seller Portal, or set offers.orphans = "pause".',
        )
        for code, offer in sorted(index.offers.items())
        if code not in codes
    ]
    odd = [
        Discrepancy(
            subject=subject,
            storefront=index.storefront,
            side="kaufland",
            problem=f"{problem}.",
            remedy="Look at it in the Seller Portal.",
        )
        for subject, problem in index.odd
    ]
    return orphans + odd
