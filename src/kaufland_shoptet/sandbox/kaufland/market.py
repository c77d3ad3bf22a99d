"""Kaufland's side of the world: orders and offers, and what customers and the marketplace do to them."""

from __future__ import annotations

import itertools
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from attrs import define, field, frozen

from ..clock import Clock
from ..switches import Switches
from .push import Push
from .tables import BY_MERCHANT, CARRIERS, STATUSES, STOREFRONTS

Row = dict[str, Any]

OPEN_WINDOW: Final = timedelta(minutes=15)
"""How long an order unit stays open; addresses are withheld until it is over."""


@define(eq=False, kw_only=True)
class Piece:
    """One order unit: one piece of one offer.

    `facts` holds the keys of the row that nothing changes, `verbatim` values that are sent as they stand in
    place of the computed ones (``...``: the key is absent). `released` tells that the unit has left the open
    window on the regular way, so that addresses are shown.
    """

    id: int
    order: str = ""
    status: str = "open"
    price: int
    shipping_rate: int = 0
    vat: Decimal | None
    discounts: list[Row] = field(factory=list[Row])
    facts: Row
    updated: datetime
    received: datetime | None = None
    cancel_reason: str | None = None
    released: bool = False
    refunded: int = 0
    verbatim: Mapping[str, Any] = field(factory=dict[str, Any])

    @property
    def total(self) -> int:
        """What the customer paid for this piece with its shipping, before discounts."""
        return self.price + self.shipping_rate


@define(eq=False, kw_only=True)
class Order:
    """One order of one customer: pieces, buyer, addresses and the pick-up point, if there is one."""

    id: str
    storefront: str
    created: datetime
    pieces: list[Piece]
    buyer: Row | None
    billing: Row | None
    shipping: Row | None
    pickup: Row | None = None
    invoices: list[Row] = field(factory=list[Row])
    deemed_supplier: bool = False
    fulfillment: str = BY_MERCHANT
    verbatim: Mapping[str, Any] = field(factory=dict[str, Any])

    @property
    def updated(self) -> datetime:
        """When one of its units changed last."""
        return max(piece.updated for piece in self.pieces)

    @property
    def released(self) -> bool:
        """Are the addresses shown?"""
        return any(piece.released for piece in self.pieces)

    @property
    def total(self) -> int:
        """What the customer paid for the pieces that are not cancelled: prices and shipping less discounts."""
        alive = [piece for piece in self.pieces if piece.status != "cancelled"]
        off = sum(abs(int(row["discount_value"])) for piece in alive for row in piece.discounts)
        return sum(piece.total for piece in alive) - off


@define(eq=False, kw_only=True)
class Offer:
    """One unit in the sense of the API: an offer of one product in one storefront."""

    id: int
    storefront: str
    id_offer: str | None
    ean: str
    id_product: int
    condition: str
    fulfillment: str = BY_MERCHANT
    status: str = "AVAILABLE"
    amount: int = 1
    id_warehouse: int | None = None
    facts: Row
    created: datetime
    changed: datetime
    visible: datetime


@frozen
class Shipment:
    """A parcel that was reported for a unit."""

    id_order_unit: int
    carrier: str
    tracking_numbers: str


@frozen
class Refund:
    """A refund that was made; the API has no endpoint that would show it."""

    id_order_unit: int
    amount: int
    reason: str


class Market:
    """The state of one seller account, and the actors other than the seller.

    `storefronts` are those that the seller has created. `row_faults` makes single rows of a bulk update go
    wrong, by unit: ``internal`` or ``missing``. `buy` lets a customer order so many pieces of an offer.
    """

    buy: Callable[[Offer, int], Order]

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self.clock = clock
        self.switches = switches
        self.storefronts: tuple[str, ...] = tuple(STOREFRONTS)
        self.carriers: Mapping[str, bool] = CARRIERS
        self.orders: dict[str, Order] = {}
        self.timeline: list[Order] = []
        """All orders, the oldest first."""
        self.pieces: dict[int, Piece] = {}
        self.offers: dict[int, Offer] = {}
        self.offer_ids: Iterator[int] = itertools.count(100_000_001)
        self._linked: dict[str, list[Offer]] = {}
        self._fronts: dict[str, dict[int, Offer]] = {}
        self.products: dict[str, Row] = {}
        self.shipping_groups: list[Row] = []
        self.warehouses: list[Row] = []
        self.shipments: list[Shipment] = []
        self.refunds: list[Refund] = []
        self.row_faults: dict[int, str] = {}
        self.push: Push = Push(clock, switches)

    # -- what customers do -------------------------------------------------------------------------------

    def add(self, order: Order) -> Order:
        """Put in an order as it stands, without any life of its own."""
        with self.clock.lock:
            self.orders[order.id] = order
            insort(self.timeline, order, key=lambda known: known.created)
            for piece in order.pieces:
                piece.order = order.id
                self.pieces[piece.id] = piece
        return order

    def place(self, order: Order) -> Order:
        """A customer orders: open units that turn into ``need_to_be_sent`` when the window is over."""
        with self.clock.lock:
            self.add(order)
            self.push.emit("order_new", f"/orders/{order.id}/", order.storefront)
            for piece in order.pieces:
                self.push.emit("order_unit_new", f"/order-units/{piece.id}/", order.storefront)
                self.clock.at(order.created + OPEN_WINDOW, partial(self.release, piece))
                if self.switches.stock_falls_on_order:
                    self._sell(piece)
        return order

    def _sell(self, piece: Piece) -> None:
        for offer in self.named(piece.facts["id_offer"]):
            self._stock(offer, {"amount": max(0, offer.amount - 1)})

    # -- what the marketplace does -----------------------------------------------------------------------

    def touch(self, piece: Piece, status: str) -> None:
        """Give a unit a status, now."""
        with self.clock.lock:
            piece.status = status
            piece.updated = self.clock.now()
            storefront = self.orders[piece.order].storefront
            self.push.emit("order_unit_status_changed", f"/order-units/{piece.id}/", storefront)

    def release(self, piece: Piece) -> None:
        """End the open window of a unit, if it is still in it."""
        if piece.status == "open":
            piece.released = True
            self.touch(piece, "need_to_be_sent")

    def dispatch(self, piece: Piece, *, tracked: bool) -> None:
        """The seller says that a unit is on its way: ``sent``; what time brings after that is up to the switches."""
        with self.clock.lock:
            self.touch(piece, "sent")
            for after, act in (
                (self.switches.delivered_after if tracked else None, self.deliver),
                (self.switches.autopaid_after, self.autopay),
            ):
                if after is not None:
                    self.clock.after(after, partial(self._arrive, piece, act))

    def _arrive(self, piece: Piece, act: Callable[[int], None]) -> None:
        if piece.status == "sent":
            act(piece.id)

    def deliver(self, id_order_unit: int) -> None:
        """The parcel has arrived: ``received``, with the time."""
        with self.clock.lock:
            piece = self.pieces[id_order_unit]
            self.touch(piece, "received")
            piece.received = piece.updated

    def autopay(self, id_order_unit: int) -> None:
        """The revenue is released by time: ``sent_and_autopaid``."""
        self.touch(self.pieces[id_order_unit], "sent_and_autopaid")

    def send_back(self, id_order_unit: int) -> None:
        """The customer's return has arrived: ``returned``."""
        self.touch(self.pieces[id_order_unit], "returned")

    def pay_back(self, id_order_unit: int) -> None:
        """The return is refunded to the customer: ``returned_paid``."""
        self.touch(self.pieces[id_order_unit], "returned_paid")

    def cancel(self, id_order: str, reason: str = "NoReaction", *, only: Iterable[int] = ()) -> None:
        """Customer service cancels an order, or some of its units, with a reason of its own."""
        chosen = set(only)
        with self.clock.lock:
            for piece in self.orders[id_order].pieces:
                if not chosen or piece.id in chosen:
                    piece.cancel_reason = reason
                    self.touch(piece, "cancelled")

    # -- what both ends of the API need ------------------------------------------------------------------

    def has_left(self, piece: Piece) -> bool:
        """Was the unit dispatched (whatever came after)?"""
        return STATUSES.index("sent") <= _rank(piece.status) < STATUSES.index("cancelled")

    def return_of(self, piece: Piece) -> Row | None:
        """What was sent back of a unit."""
        raise NotImplementedError

    def add_offer(self, offer: Offer) -> Offer:
        """Put in an offer as it stands."""
        with self.clock.lock:
            self.offers[offer.id] = offer
            self._fronts.setdefault(offer.storefront, {})[offer.id] = offer
            if offer.id_offer is not None:
                self._linked.setdefault(offer.id_offer, []).append(offer)
        return offer

    def remove_offer(self, offer: Offer) -> None:
        """Take an offer away."""
        with self.clock.lock:
            del self.offers[offer.id], self._fronts[offer.storefront][offer.id]
            if offer.id_offer is not None:
                self._linked[offer.id_offer].remove(offer)

    def offered(self, storefront: str) -> Iterable[Offer]:
        """The offers of one storefront."""
        return self._fronts.get(storefront, {}).values()

    def named(self, id_offer: str | None) -> list[Offer]:
        """The offers of all storefronts with this `id_offer`."""
        return self._linked.get(id_offer, []) if id_offer is not None else []

    def restock(self, offer: Offer, changes: Mapping[str, Any]) -> None:
        """Write `amount` and `id_warehouse`, which all units with the same `id_offer` share."""
        self._stock(offer, changes)
        delay = self.switches.linked_stock_delay
        for other in self.named(offer.id_offer):
            if other is offer:
                continue
            if delay:
                self.clock.after(delay, partial(self._stock, other, changes))
            else:
                self._stock(other, changes)

    def _stock(self, offer: Offer, changes: Mapping[str, Any]) -> None:
        before = offer.amount
        offer.amount = changes.get("amount", before)
        offer.id_warehouse = changes.get("id_warehouse", offer.id_warehouse)
        if before and not offer.amount:
            self.announce(offer, "item_unit_out_of_stock")

    def announce(self, offer: Offer, event: str) -> None:
        """Something happened to an offer."""
        payload = {"id_unit": offer.id, "id_offer": offer.id_offer}
        self.push.emit(event, f"/units/{offer.id}/", offer.storefront, payload)

    def front(self, asked: str | None) -> str | None:
        """The storefront that a list is narrowed to: the one that is asked for, or what stands for none."""
        if asked is None and self.switches.storefront_omitted == "default":
            return self.storefronts[0]
        return asked


def _rank(status: str) -> int:
    return STATUSES.index(status) if status in STATUSES else -1
