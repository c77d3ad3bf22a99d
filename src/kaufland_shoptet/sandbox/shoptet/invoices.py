"""Invoices of orders: issued by a status or by the merchant, listed, shown, downloaded one at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from attrs import define

from ..clock import Clock
from ..params import Parser, flag, offset_time, text
from ..routes import Asked, Route
from ..switches import Switches
from ..wire import Answer
from .envelope import Row, not_found, reply, stamp
from .jobs import Office
from .paging import page, paged
from .shop import Order

HISTORY: Final = timedelta(days=30)
"""How far back changes of invoices are known."""

_ITEM: Final = (
    "productGuid",
    "itemId",
    "code",
    "itemType",
    "name",
    "variantName",
    "brand",
    "amount",
    "amountUnit",
    "remark",
    "priceRatio",
    "weight",
    "additionalField",
    "itemPrice",
    "unitPrice",
    "purchasePrice",
    "displayPrices",
)


@define(eq=False, kw_only=True)
class Invoice:
    """One invoice: the order as it was when it was issued, and its file."""

    code: str
    order: str
    order_row: Row
    created: datetime
    changed: datetime
    valid: bool = True
    pdf: bytes


class Archive(Office):
    """A shop with its invoices, the oldest first."""

    def __init__(self, clock: Clock, switches: Switches, dice: Random) -> None:
        super().__init__(clock, switches, dice)
        self.invoices: dict[str, Invoice] = {}
        self.invoice_changes: dict[str, tuple[datetime, str]] = {}
        self.invoice_numbering: Callable[[int], str] = lambda number: f"{clock.now().year}9{number:05d}"
        self._invoice_numbers = itertools.count(1)

    def generate(self, order: Order, status: Row) -> list[str]:
        """Generate the documents of a status; an invoice can be read afterwards."""
        before = "generateInvoice" in order.generated
        failed = super().generate(order, status)
        if "generateInvoice" in order.generated and not before:
            self.issue_invoice(order.code)
        return failed

    def issue_invoice(self, code: str) -> Invoice:
        """The merchant issues an invoice for an order, at this moment."""
        with self.clock.lock:
            order, now = self.orders[code], self.clock.now()
            number = self.invoice_numbering(next(self._invoice_numbers))
            text = f"Faktura {number} k objednávce {code}"
            made = Invoice(
                code=number,
                order=code,
                order_row=dict(order.row),
                created=now,
                changed=now,
                pdf=b"%PDF-1.4\n% " + text.encode() + b"\n%%EOF\n",
            )
            self.invoices[number] = made
            self.note_invoice(made)
            self.emit("invoice:create", number)
        return made

    def cancel_invoice(self, code: str) -> None:
        """The merchant makes an invoice invalid."""
        with self.clock.lock:
            self.invoices[code].valid = False
            self.note_invoice(self.invoices[code])
            self.emit("invoice:update", code)

    def note_invoice(self, invoice: Invoice, kind: str = "edit") -> None:
        """Put an invoice into the change log, where each stands once, with its last change."""
        invoice.changed = self.clock.now()
        self.invoice_changes[invoice.code] = (invoice.changed, kind)


# -- rows ------------------------------------------------------------------------------------------------


def _head(made: Invoice) -> Row:
    order = made.order_row
    day = made.created.date()
    return {
        "code": made.code,
        "varSymbol": int("".join(filter(str.isdecimal, made.code))),
        "isValid": made.valid,
        "proformaInvoiceCodes": [],
        "orderCode": made.order,
        "creationTime": stamp(made.created),
        "changeTime": stamp(made.changed),
        "dueDate": f"{day + timedelta(days=14)}",
        "taxDate": f"{day}",
        "price": order["price"],
        "paid": order["paid"],
    }


def summary(made: Invoice) -> Row:
    """An invoice as lists give it."""
    bill: Row = made.order_row["billingAddress"]
    return _head(made) | {"billCompany": bill["company"], "billFullName": bill["fullName"]}


def detail(made: Invoice) -> Row:
    """An invoice as its detail gives it."""
    order = made.order_row
    rows: list[Row] = order["items"]
    return _head(made) | {
        "constSymbol": None,
        "specSymbol": None,
        "weight": None,
        "completePackageWeight": None,
        "billingMethod": order["billingMethod"],
        "billingAddress": order["billingAddress"],
        "deliveryAddress": order["deliveryAddress"],
        "addressesEqual": order["addressesEqual"],
        "customer": {
            "guid": order["customerGuid"],
            "phone": order["phone"],
            "email": order["email"],
            "remark": None,
        },
        "eshop": {"bankAccount": None, "iban": None, "bic": None, "vatPayer": True},
        "items": [{name: row[name] for name in _ITEM} | {"consumptionTax": None} for row in rows],
        "documentRemark": None,
        "vatPayer": order["vatPayer"],
        "vatMode": order["vatMode"],
    }


# -- reading ---------------------------------------------------------------------------------------------

_FILTERS: Mapping[str, tuple[Parser, Callable[[Invoice, Any], bool]]] = {
    "isValid": (flag, lambda made, value: made.valid == value),
    "proformaInvoiceCode": (text, lambda _, __: False),
    "creationTimeFrom": (offset_time, lambda made, value: made.created >= value),
    "creationTimeTo": (offset_time, lambda made, value: made.created <= value),
    "taxDateFrom": (offset_time, lambda made, value: made.created.date() >= value.date()),
    "orderCode": (text, lambda made, value: made.order == value),
    "codeFrom": (text, lambda made, value: made.code >= value),
    "codeTo": (text, lambda made, value: made.code <= value),
    "varSymbol": (text, lambda made, value: str(_head(made)["varSymbol"]) == value),
}


def list_invoices(shop: Archive, asked: Asked) -> Answer:
    """Invoices, newest first."""
    tests = [(_FILTERS[name][1], value) for name, value in asked.query.items() if name in _FILTERS]
    rows = [
        made for made in reversed(shop.invoices.values()) if all(test(made, value) for test, value in tests)
    ]
    return page(shop, asked, "invoices", rows, summary, default=20, maximum=1000)


def list_changes(shop: Archive, asked: Asked) -> Answer:
    """Each invoice that changed since a moment, once, with its last change; thirty days back."""
    since = max(asked.query["from"], shop.clock.now() - HISTORY)
    kind = asked.query.get("changeType")
    rows = [
        {"code": code, "changeTime": stamp(moment), "changeType": what}
        for code, (moment, what) in sorted(shop.invoice_changes.items(), key=lambda change: change[1][0])
        if moment >= since and kind in (None, what)
    ]
    return page(shop, asked, "changes", rows, lambda row: row, default=20, maximum=20)


def _invoice(shop: Archive, asked: Asked) -> Invoice:
    made = shop.invoices.get(asked.names["code"])
    if made is None:
        raise not_found("invoice", "Invoice with code", asked.names["code"])
    return made


def get_invoice(shop: Archive, asked: Asked) -> Answer:
    """One invoice."""
    return reply(200, {"invoice": detail(_invoice(shop, asked))})


def get_pdf(shop: Archive, asked: Asked) -> Answer:
    """The file of one invoice; one download at a time."""
    made = _invoice(shop, asked)
    return Answer(status=200, headers={"content-type": "application/octet-stream"}, body=made.pdf)


ROUTES: tuple[Route[Archive], ...] = (
    Route(
        "GET",
        "/api/invoices",
        list_invoices,
        query={**{name: reader for name, (reader, _) in _FILTERS.items()}, **paged()},
    ),
    Route(
        "GET",
        "/api/invoices/changes",
        list_changes,
        query={"from": offset_time, "changeType": text, **paged()},
        needs=("from",),
    ),
    Route("GET", "/api/invoices/{code}", get_invoice),
    Route("GET", "/api/invoices/{code}/pdf", get_pdf),
)
