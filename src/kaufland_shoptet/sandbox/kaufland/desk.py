"""Kaufland's customer service: what buyers send back, what they are written, and the invoices of their orders."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from attrs import define, field, frozen

from ..clock import Clock, central_european
from ..switches import Switches
from .market import Market, Piece, Row
from .paging import stamp

PARCEL_STATUSES: Final = (
    "return_requested",
    "label_generated",
    "package_sent",
    "package_received",
    "label_deleted",
)
"""What a return can be."""

UNIT_STATUSES: Final = (
    "need_to_be_returned",
    "return_arrived",
    "return_accepted",
    "return_rejected",
    "return_closed",
    "return_in_repair",
    "return_in_clarification",
)
"""What a return unit can be."""

REASONS: Final = (
    "accidentally_ordered",
    "bad_quality",
    "better_price",
    "defect",
    "delivered_damaged",
    "dislike",
    "misleading_description",
    "missing_parts",
    "no_reason",
    "too_late",
    "wrong_article",
    "wrong_size",
)
"""Why buyers send things back."""

PATIENCE: Final = 3
"""Working days that the seller has for a decision; then the return is accepted by itself."""

DECIDABLE: Final = ("return_arrived", "return_in_repair", "return_in_clarification")
"""The statuses that wait for a decision of the seller."""


@define(eq=False, kw_only=True)
class ReturnUnit:
    """One piece that is sent back."""

    id: int
    parcel: int
    order_unit: int
    status: str = "need_to_be_returned"
    reason: str
    note: str | None
    created: datetime
    updated: datetime


@define(eq=False, kw_only=True)
class Parcel:
    """One return: a parcel of pieces of one order."""

    id: int
    order: str
    status: str
    provider: str | None
    code: str | None
    units: list[ReturnUnit] = field(factory=list[ReturnUnit])
    created: datetime
    updated: datetime


@frozen
class Message:
    """What the seller wrote to a buyer about a return unit; it opens a ticket."""

    id_return_unit: int
    text: str


class Desk(Market):
    """A seller account with returns and invoices. `messages` are what buyers were written, the oldest first."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        super().__init__(clock, switches)
        self.returns: dict[int, Parcel] = {}
        self.return_units: dict[int, ReturnUnit] = {}
        self.messages: list[Message] = []
        self.files: dict[tuple[str, int], bytes] = {}
        """The uploaded invoices, by order and number."""
        self.invoice_ids: Iterator[int] = itertools.count(100_001)
        self._return_ids = itertools.count(675_849_321)
        self._unit_ids = itertools.count(45_456_767)

    # -- what customers do -------------------------------------------------------------------------------

    def begin_return(
        self, *id_order_units: int, reason: str = "no_reason", note: str | None = None, label: bool = True
    ) -> Parcel:
        """A buyer announces that pieces of one order come back, and gets a label for the parcel."""
        with self.clock.lock:
            now = self.clock.now()
            number = next(self._return_ids)
            parcel = Parcel(
                id=number,
                order=self.pieces[id_order_units[0]].order,
                status="label_generated" if label else "return_requested",
                provider="DHL" if label else None,
                code=f"407{number}" if label else None,
                created=now,
                updated=now,
            )
            for piece in id_order_units:
                unit = ReturnUnit(
                    id=next(self._unit_ids),
                    parcel=number,
                    order_unit=piece,
                    reason=reason,
                    note=note,
                    created=now,
                    updated=now,
                )
                parcel.units.append(unit)
                self.return_units[unit.id] = unit
            self.returns[number] = parcel
            self.push.emit("return_new", f"/returns/{number}/", self.orders[parcel.order].storefront)
        return parcel

    def ship_return(self, id_return: int) -> None:
        """The buyer hands in the parcel."""
        self._move(self.returns[id_return], "package_sent")

    # -- what the marketplace does -----------------------------------------------------------------------

    def receive_return(self, id_return: int) -> None:
        """The parcel is there: every unit waits for a decision, for three working days."""
        with self.clock.lock:
            parcel = self.returns[id_return]
            self._move(parcel, "package_received")
            until = working_days_after(self.clock.now(), PATIENCE)
            for unit in parcel.units:
                self.turn(unit, "return_arrived")
                self.clock.at(until, partial(self._accept_by_time, unit))

    def _move(self, parcel: Parcel, status: str) -> None:
        with self.clock.lock:
            parcel.status, parcel.updated = status, self.clock.now()
            storefront = self.orders[parcel.order].storefront
            self.push.emit("return_status_changed", f"/returns/{parcel.id}/", storefront)

    def turn(self, unit: ReturnUnit, status: str) -> None:
        """Give a return unit a status, now."""
        with self.clock.lock:
            unit.status, unit.updated = status, self.clock.now()
            if self.switches.return_follows_its_units:
                self.returns[unit.parcel].updated = unit.updated
            storefront = self.orders[self.returns[unit.parcel].order].storefront
            self.push.emit("return_unit_status_changed", f"/return-units/{unit.id}/", storefront)

    def _accept_by_time(self, unit: ReturnUnit) -> None:
        if unit.status == "return_arrived":
            self.accept(unit)

    def accept(self, unit: ReturnUnit) -> None:
        """Take a piece back: its order unit is returned, and paid back to the buyer a little later."""
        with self.clock.lock:
            self.turn(unit, "return_accepted")
            self.send_back(unit.order_unit)
            self.clock.after(self.switches.return_paid_after, partial(self._pay, unit))

    def _pay(self, unit: ReturnUnit) -> None:
        self.turn(unit, "return_closed")
        self.pay_back(unit.order_unit)

    def close_return(self, id_return_unit: int) -> None:
        """Customer service closes the case of a return unit, whatever became of it."""
        self.turn(self.return_units[id_return_unit], "return_closed")

    # -- what both ends of the API need ------------------------------------------------------------------

    def return_of(self, piece: Piece) -> Row | None:
        """The return unit of an order unit, as a row."""
        unit = next((each for each in self.return_units.values() if each.order_unit == piece.id), None)
        return None if unit is None else unit_row(self, unit)


def unit_row(desk: Desk, unit: ReturnUnit) -> Row:
    """A return unit as lists give it. It does not tell when it changed."""
    order = desk.orders[desk.returns[unit.parcel].order]
    return {
        "id_return_unit": unit.id,
        "id_return": unit.parcel,
        "id_order_unit": unit.order_unit,
        "ts_created_iso": stamp(unit.created),
        "status": unit.status,
        "note": unit.note,
        "reason": unit.reason,
        "storefront": order.storefront,
        "fulfillment_type": order.fulfillment,
    }


def working_days_after(moment: datetime, days: int) -> datetime:
    """The same time of day that many working days later, by the calendar of Berlin."""
    while days:
        moment += timedelta(days=1)
        days -= central_european(moment).weekday() < 5
    return moment
