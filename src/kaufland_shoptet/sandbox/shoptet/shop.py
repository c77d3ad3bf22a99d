"""Shoptet's side of the world: one e-shop with its settings, catalogue, orders, mails and events."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from abc import ABC, abstractmethod
from collections import UserDict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from attrs import define, field, frozen

from ..clock import Clock
from ..post import SHOPTET, Post
from ..switches import Switches
from ..wire import Call, dumps
from .envelope import Row, stamp


@define(eq=False, kw_only=True)
class Variant:
    """One variant of a product: what an order line can be about. `stock` None: not tracked."""

    code: str
    product: str
    name: str
    variant_name: str | None = None
    brand: str | None = None
    ean: str | None = None
    stock: Decimal | None = Decimal(0)
    claim: Decimal = Decimal(0)
    unit: str = "ks"
    weight: Decimal = Decimal("0.500")
    negative: bool = False
    set: bool = False
    """Is it a set, whose stock follows from that of its parts?"""
    availability: int | None = None
    """Id of the availability that the merchant gave it."""
    changed: datetime | None = None
    """When its stock changed last; see `Shop.set_stock`."""


class Variants(UserDict[str, Variant]):
    """The variants of a shop by their code. `of` finds those of one product at once."""

    def __init__(self) -> None:
        self._products: dict[str, dict[str, Variant]] = {}
        super().__init__()

    def __setitem__(self, code: str, variant: Variant) -> None:
        """Put a variant in the place of the one that had this code."""
        if code in self:
            del self[code]
        super().__setitem__(code, variant)
        self._products.setdefault(variant.product, {})[code] = variant

    def __delitem__(self, code: str) -> None:
        """Take a variant out."""
        product = self[code].product
        super().__delitem__(code)
        del self._products[product][code]
        if not self._products[product]:
            del self._products[product]

    def of(self, product: str) -> list[Variant]:
        """The variants of one product."""
        return list(self._products.get(product, {}).values())

    def by_product(self) -> Iterator[list[Variant]]:
        """The variants of each product."""
        return map(self.of, self._products)


class Pages(dict[str, Row]):
    """What products say of themselves by GUID: keys of their detail, in place of the usual ones.

    `write` makes the page of a product that has none yet; it stays only if somebody takes it with ``[]``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.write: Callable[[str], Row | None] = lambda _: None

    def __missing__(self, guid: str) -> Row:
        """Write the page and keep it."""
        made = self.write(guid)
        if made is None:
            raise KeyError(guid)
        self[guid] = made
        return made

    def read(self, guid: str) -> Row:
        """The page of a product, or an empty one."""
        return self[guid] if guid in self else self.write(guid) or {}


@define(eq=False, kw_only=True)
class Price:
    """One row of a price list. `action` is a special price with its first and last day (None: open)."""

    price: Decimal | None
    currency: str = "CZK"
    including_vat: bool = True
    vat_rate: Decimal = Decimal("21.00")
    ratio: Decimal = Decimal("1.000")
    action: tuple[Decimal, date | None, date | None] | None = None


@define(eq=False, kw_only=True)
class Order:
    """One order: the row as `GET /api/orders/{code}` gives it, and what hangs on it.

    `notes` and `details` are the sections on demand, `takes` the pieces by variant code, `edited` that the
    merchant has just changed the order (the next change of status meets a conflict).
    """

    row: Row
    created: datetime | None
    changed: datetime
    notes: Row
    details: Row | None = None
    takes: list[tuple[str, Decimal]] = field(factory=list[tuple[str, Decimal]])
    history: list[Row] = field(factory=list[Row])
    generated: set[str] = field(factory=set[str])
    edited: bool = False

    @property
    def code(self) -> str:
        """Its number."""
        return str(self.row["code"])

    @property
    def status(self) -> int:
        """The id of its status."""
        return int(self.row["status"]["id"])


@frozen(kw_only=True)
class Movement:
    """One change of stock: by how much, what was left, of which order, and who made it."""

    id: int
    code: str
    product: str
    left: Decimal | None
    change: Decimal | None
    order: str | None
    by: str | None
    at: datetime


@frozen
class Mail:
    """An e-mail that the shop has sent: ``welcome`` or ``status``."""

    order: str
    kind: str
    to: str


@frozen
class Document:
    """A document that the shop has generated: its kind is the key in the status, such as ``generateInvoice``."""

    order: str
    kind: str


class Shop(ABC):
    """The state of one e-shop. The rows are those of the API; everything may be changed freely."""

    def __init__(self, clock: Clock, switches: Switches, dice: Random) -> None:
        self.clock = clock
        self.switches = switches
        self.dice = dice
        self.contact: Row = {}
        self.billing: Row = {}
        self.settings: Row = {}
        self.currencies: list[Row] = []
        self.tax_classes: list[Row] = []
        self.modules: list[Row] = []
        self.statuses: list[Row] = []
        self.default_status = -1
        self.status_mails: set[int] = set()
        self.sources: list[Row] = []
        self.marketplace_sources: set[int] = set()
        self.shipping_methods: list[Row] = []
        self.payment_methods: list[Row] = []
        self.order_fields: list[Row] = []
        self.countries: list[Row] = []
        self.customer_fields: dict[str, dict[str, str]] = {}
        self.image_cuts: list[Row] = []
        self.variants: Variants = Variants()
        self.pages: Pages = Pages()
        self.brands: list[Row] = []
        self.stocks: list[Row] = []
        self.default_stock = 1
        self.pricelists: list[Row] = []
        self.prices: dict[int, dict[str, Price]] = {}
        """The prices of each price list by the code of the variant."""
        self.product_changes: dict[str, tuple[datetime, str]] = {}
        self.movements: list[Movement] = []
        """Every change of stock, the oldest first."""
        self.orders: dict[str, Order] = {}
        self.taken: set[str] = set()
        """External codes that were used, also by orders that are deleted by now."""
        self.changes: dict[str, tuple[datetime, str]] = {}
        self.shipments: list[Row] = []
        """All shipments, the oldest first; cancelled ones stay and keep their tracking numbers."""
        self.mails: list[Mail] = []
        self.documents: list[Document] = []
        self.webhooks: dict[int, Row] = {}
        self.signature_key: str | None = None
        self.events: list[tuple[str, str]] = []
        self.outbox: list[Call] = []
        self.post: Post = Post(clock)
        self.numbers: Iterator[int] = itertools.count(1)
        self.item_ids: Iterator[int] = itertools.count(301)
        self.remark_ids: Iterator[int] = itertools.count(1)
        self.webhook_ids: Iterator[int] = itertools.count(992801)
        self.numbering: Callable[[int], str] = lambda number: f"{clock.now().year}{number:06d}"

    # -- looking up --------------------------------------------------------------------------------------

    def status_row(self, number: int) -> Row | None:
        """The status with this id."""
        return next((row for row in self.statuses if row["id"] == number), None)

    def currency_row(self, code: str) -> Row | None:
        """The currency with this code, if the shop has it."""
        return next((row for row in self.currencies if row["code"] == code), None)

    def method_row(self, methods: list[Row], guid: str) -> Row | None:
        """The shipping or payment method with this GUID."""
        return next((row for row in methods if row["guid"] == guid), None)

    def has_module(self, name: str) -> bool:
        """Is a module switched on?"""
        return any(row["name"] == name for row in self.modules)

    @abstractmethod
    def rights(self) -> dict[str, str]:
        """Endpoint groups that the token may use, each with ``read``, ``write`` or ``both``."""

    def new_guid(self) -> str:
        """A GUID that is the same in every run."""
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    def new_code(self) -> str:
        """The next free order number."""
        return next(code for code in map(self.numbering, self.numbers) if code not in self.orders)

    # -- what happens ------------------------------------------------------------------------------------

    def add_variant(self, variant: Variant) -> Variant:
        """Put a variant into the catalogue."""
        self.variants[variant.code] = variant
        return variant

    def set_stock(self, code: str, amount: Decimal | None, by: str | None = "admin") -> None:
        """The merchant counts the pieces of a variant, at this moment; None: they are not counted."""
        with self.clock.lock:
            variant = self.variants[code]
            before, variant.stock = variant.stock, amount
            self._note_movement(variant, None if amount is None else amount - (before or 0), by=by)

    def change_product(self, guid: str, **said: Any) -> None:
        """The merchant changes what a product says of itself (keys of its detail), or something else but its stock."""
        with self.clock.lock:
            self.pages[guid] = {**self.pages.read(guid), **said, "changeTime": stamp(self.clock.now())}
            self.note_product(guid)
            self.emit("product:update", guid)

    def remove_product(self, guid: str) -> None:
        """The merchant deletes a product with its variants."""
        with self.clock.lock:
            for variant in self.variants.of(guid):
                del self.variants[variant.code]
            self.note_product(guid, "delete")
            self.emit("product:delete", guid)

    def note_product(self, guid: str, kind: str = "edit") -> None:
        """Put a product into the change log, where each stands once, with its last change."""
        self.product_changes[guid] = (self.clock.now(), kind)

    def _note_movement(
        self, variant: Variant, change: Decimal | None, *, order: str | None = None, by: str | None = None
    ) -> None:
        variant.changed = self.clock.now()
        self.movements.append(
            Movement(
                id=len(self.movements) + 1,
                code=variant.code,
                product=variant.product,
                left=variant.stock,
                change=change,
                order=order,
                by=by,
                at=variant.changed,
            )
        )

    def move_stock(self, order: Order, sign: int) -> None:
        """Take the pieces of an order out of the stock (+1), or put them back (-1)."""
        for code, amount in order.takes:
            variant = self.variants.get(code)
            if variant is not None:
                variant.claim += sign * amount
                if variant.stock is not None:
                    variant.stock -= sign * amount
                self._note_movement(variant, -sign * amount, order=order.code)

    def note_change(self, order: Order, kind: str = "edit") -> None:
        """Put an order into the change log, where each order stands once, with its last change."""
        order.changed = self.clock.now()
        order.row["changeTime"] = stamp(order.changed)
        self.changes[order.code] = (order.changed, kind)

    def edit(self, code: str) -> None:
        """The merchant edits an order in the administration, at this moment."""
        with self.clock.lock:
            order = self.orders[code]
            order.edited = True
            self.note_change(order)
            self.emit("order:update", code)

    def ship(
        self,
        code: str,
        *numbers: str | None,
        status: str = "created",
        service: str = "ppl",
        kind: str = "standard",
    ) -> Row:
        """The merchant makes a shipment for an order in the administration: a package for each number."""
        with self.clock.lock:
            milliseconds = int(self.clock.timestamp() * 1000)
            tail = f"{self.dice.getrandbits(48):012x}"
            row: Row = {
                "guid": f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-7{len(self.shipments):03x}-8000-{tail}",
                "orderCode": code,
                "sender": None,
                "recipient": None,
                "carrierAddress": {
                    "id": 1,
                    "name": "Sklad",
                    "countryCode": "CZ",
                    "street": "Skladová 12",
                    "isDefault": True,
                    "type": None,
                    "senderName": "Ukázkový obchod s.r.o.",
                    "contactPerson": "Jan Ukázka",
                },
                "status": status,
                "shipmentType": kind,
                "serviceCode": service,
                "cod": None,
                "value": {"value": "100.00", "currencyCode": "CZK"},
                "customer": {"countryCode": "CZ"},
                "packages": [
                    {"name": f"{code}-{place}", "trackingNumber": number, "trackingUrl": None, "history": []}
                    for place, number in enumerate(numbers, 1)
                ],
                "note": None,
            }
            self.shipments.append(row)
            self.emit("shipment:create", str(row["guid"]))
        return row

    def emit(self, event: str, instance: str) -> None:
        """An event happens; whoever registered for it gets a signed notification."""
        self.events.append((event, instance))
        for hook in self.webhooks.values():
            if hook["event"] == event:
                self.notify(hook["id"], hook["url"], event, instance)

    def emit_each(self, kind: str, mass: str, instances: Iterable[str]) -> None:
        """The same happens to several things: a single event for each, and a mass event besides."""
        listed = list(instances)
        for instance in listed:
            self.emit(kind, instance)
        if len(listed) > 1:
            self.emit(mass, dumps(listed).decode())

    def notify(self, hook: int, url: str, event: str, instance: object) -> None:
        """Send one notification to one address."""
        row = {
            "eshopId": self.contact["eshopId"],
            "event": event,
            "eventCreated": stamp(self.clock.now()),
            "eventInstance": instance,
        }
        body = dumps(row)

        def write() -> Call:
            headers = {"content-type": "application/json"}
            if self.signature_key is not None:
                digest = hmac.new(self.signature_key.encode(), body, hashlib.sha1).hexdigest()
                headers["shoptet-webhook-signature"] = digest
            return Call(method="POST", url=url, headers=headers, body=body)

        self.outbox.append(self.post.send("shoptet", hook, SHOPTET, write))

    def set_status(
        self, order: Order, number: int, *, mails: bool = True, documents: bool = True
    ) -> list[str]:
        """Give an order a status with everything that hangs on it; the kinds of documents that failed."""
        row = self.status_row(number)
        assert row is not None
        order.row["status"] = {"id": number, "name": row["name"]}
        if row["markAsPaid"]:
            self.set_paid(order, paid=True)
        if row["changeOrderItems"]:
            for item in order.row["items"]:
                item["status"] = {"id": number, "name": row["name"]}
        if number == -4:
            self.emit("order:cancel", order.code)
            if self.switches.cancel_restocks:
                self.move_stock(order, -1)
                order.takes.clear()
        if mails and number in self.status_mails:
            self.mails.append(Mail(order.code, "status", order.row["email"]))
        return self.generate(order, row) if documents else []

    def set_paid(self, order: Order, *, paid: bool | None) -> None:
        """Mark an order as paid or not; turning paid is an event."""
        before, order.row["paid"] = order.row["paid"], paid
        if paid and not before:
            self.emit("order:paid", order.code)

    def generate(self, order: Order, status: Row) -> list[str]:
        """Generate the documents of a status, each once; the kinds that failed."""
        kinds = [kind for kind, wanted in status["documents"].items() if wanted]
        if self.switches.documents_fail:
            return kinds
        for kind in kinds:
            if kind not in order.generated:
                order.generated.add(kind)
                self.documents.append(Document(order.code, kind))
        return []
