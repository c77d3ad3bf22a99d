"""Credit notes: issued for an invoice or for some of its pieces, listed, shown, downloaded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from attrs import define

from ..checks import Flaw, Rows, Rule, Shape, Text, Whole
from ..clock import Clock
from ..params import Parser, flag, offset_time, text
from ..routes import Asked, Route
from ..switches import Switches
from ..wire import Answer
from .envelope import Row, malformed, not_found, reply, stamp
from .invoices import Archive, Invoice
from .invoices import detail as invoice_detail
from .lines import CENT, Amount
from .orders import included
from .paging import page, paged

SECTIONS = ("surchargeParameters",)


@define(eq=False, kw_only=True)
class CreditNote:
    """One credit note: the rows of its invoice that it takes back, with how many pieces of each."""

    code: str
    invoice: Invoice
    created: datetime
    reason: str | None
    amounts: dict[int, Decimal]
    valid: bool = True
    pdf: bytes

    @property
    def items(self) -> list[Row]:
        """The rows, with negative amounts."""
        rows: list[Row] = invoice_detail(self.invoice)["items"]
        return [_taken(row, self.amounts[row["itemId"]]) for row in rows if row["itemId"] in self.amounts]


class Bookkeeping(Archive):
    """A shop with its credit notes, the oldest first."""

    def __init__(self, clock: Clock, switches: Switches, dice: Random) -> None:
        super().__init__(clock, switches, dice)
        self.credit_notes: dict[str, CreditNote] = {}
        self._credit_numbers = itertools.count(1)

    def issue_credit_note(
        self, invoice: str, amounts: Mapping[int, Decimal] | None = None, reason: str | None = None
    ) -> CreditNote:
        """The merchant, or a call, takes back an invoice or some pieces of it."""
        with self.clock.lock:
            made = self.invoices[invoice]
            code = f"{self.clock.now().year}8{next(self._credit_numbers):05d}"
            rows: list[Row] = made.order_row["items"]
            whole = {row["itemId"]: Decimal(row["amount"]) for row in rows}
            note = CreditNote(
                code=code,
                invoice=made,
                created=self.clock.now(),
                reason=reason,
                amounts=dict(amounts) if amounts is not None else whole,
                pdf=b"%PDF-1.4\n% Dobropis " + code.encode() + b"\n%%EOF\n",
            )
            self.credit_notes[code] = note
            self.emit("creditNote:create", code)
        return note

    def left_of(self, invoice: Invoice) -> dict[int, Decimal]:
        """How many pieces of each row no credit note has taken back yet."""
        rows: list[Row] = invoice.order_row["items"]
        left = {row["itemId"]: Decimal(row["amount"]) for row in rows}
        for note in self.credit_notes.values():
            if note.invoice is invoice and note.valid:
                for item, amount in note.amounts.items():
                    left[item] -= amount
        return left


# -- rows ------------------------------------------------------------------------------------------------


def _taken(row: Row, amount: Decimal) -> Row:
    unit: Row = row["unitPrice"]
    price = Decimal(unit["withVat"]) * -amount * Decimal(row["priceRatio"])
    whole = Amount.of(price, Decimal(unit["vatRate"]), gross=True).row()
    shown = {name: value for name, value in row.items() if name != "consumptionTax"}
    return shown | {"amount": f"{-amount:.3f}", "itemPrice": whole, "displayPrices": [whole]}


def _price(note: CreditNote) -> Row:
    sums = {
        name: sum((Decimal(row["itemPrice"][name]) for row in note.items), Decimal(0)).quantize(CENT)
        for name in ("withVat", "withoutVat", "vat")
    }
    order: Row = note.invoice.order_row["price"]
    return order | {name: str(value) for name, value in sums.items()} | {"toPay": str(sums["withVat"])}


def summary(note: CreditNote) -> Row:
    """A credit note as lists give it."""
    bill: Row = note.invoice.order_row["billingAddress"]
    return {
        "code": note.code,
        "varSymbol": int("".join(filter(str.isdecimal, note.code))),
        "isValid": note.valid,
        "invoiceCode": note.invoice.code,
        "proofPaymentCode": None,
        "orderCode": note.invoice.order,
        "creationTime": stamp(note.created),
        "changeTime": stamp(note.created),
        "billCompany": bill["company"],
        "billFullName": bill["fullName"],
        "price": _price(note),
        "reasonRemark": note.reason,
    }


def detail(note: CreditNote) -> Row:
    """A credit note as its detail gives it."""
    whole = invoice_detail(note.invoice)
    same = (
        "specSymbol",
        "weight",
        "completePackageWeight",
        "billingMethod",
        "billingAddress",
        "deliveryAddress",
        "addressesEqual",
        "customer",
        "eshop",
        "documentRemark",
        "vatPayer",
        "vatMode",
    )
    row = summary(note)
    del row["billCompany"], row["billFullName"]
    return row | {
        **{name: whole[name] for name in same},
        "constSymbol": None,
        "dueDate": f"{note.created.date() + timedelta(days=14)}",
        "taxDate": f"{note.created.date()}",
        "restocked": False,
        "stockAmountChangeType": None,
        "items": note.items,
    }


# -- reading ---------------------------------------------------------------------------------------------

_FILTERS: Mapping[str, tuple[Parser, Callable[[CreditNote, Any], bool]]] = {
    "isValid": (flag, lambda note, value: note.valid == value),
    "invoiceCode": (text, lambda note, value: note.invoice.code == value),
    "creationTimeFrom": (offset_time, lambda note, value: note.created >= value),
    "creationTimeTo": (offset_time, lambda note, value: note.created <= value),
    "varSymbol": (text, lambda note, value: str(summary(note)["varSymbol"]) == value),
    "proofPaymentCode": (text, lambda _, __: False),
}


def list_credit_notes(shop: Bookkeeping, asked: Asked) -> Answer:
    """Credit notes, newest first."""
    tests = [(_FILTERS[name][1], value) for name, value in asked.query.items() if name in _FILTERS]
    rows = [
        note
        for note in reversed(shop.credit_notes.values())
        if all(test(note, value) for test, value in tests)
    ]
    return page(shop, asked, "creditNotes", rows, summary, default=20, maximum=20)


def _note(shop: Bookkeeping, asked: Asked) -> CreditNote:
    note = shop.credit_notes.get(asked.names["code"])
    if note is None:
        raise not_found("credit-note", "Credit note with code", asked.names["code"])
    return note


def get_credit_note(shop: Bookkeeping, asked: Asked) -> Answer:
    """One credit note."""
    included(asked, SECTIONS)
    return reply(200, {"creditNote": detail(_note(shop, asked))})


def get_pdf(shop: Bookkeeping, asked: Asked) -> Answer:
    """The file of one credit note; one download at a time."""
    headers = {"content-type": "application/octet-stream"}
    return Answer(status=200, headers=headers, body=_note(shop, asked).pdf)


# -- issuing ---------------------------------------------------------------------------------------------


def create(shop: Bookkeeping, asked: Asked) -> Answer:
    """Take back an invoice, or some of its pieces. More than there are left is refused, as nobody has said."""
    included(asked, SECTIONS)
    invoice = shop.invoices.get(asked.names["code"])
    if invoice is None:
        raise not_found("invoice", "Invoice with code", asked.names["code"])
    data: Row = asked.body["data"]
    left, amounts, flaws = shop.left_of(invoice), dict[int, Decimal](), list[Flaw]()
    wanted: list[Row] = data.get("items") or [{"invoiceItemId": item} for item in left]
    for place, row in enumerate(wanted):
        item, at = row["invoiceItemId"], f"data.items[{place}]"
        if item not in left:
            flaws.append(Flaw(f"{at}.invoiceItemId", f'Item "{item}" is not in the invoice.'))
            continue
        amounts[item] = left[item] if row.get("amount") is None else Decimal(str(row["amount"]))
        if not 0 < amounts[item] <= left[item]:
            flaws.append(Flaw(f"{at}.amount", f"There are {left[item]} pieces left in the invoice."))
    if flaws:
        raise malformed(flaws)
    note = shop.issue_credit_note(invoice.code, amounts, data.get("reasonRemark"))
    return reply(201, {"creditNote": detail(note)})


_ITEM = Shape(
    keys={"invoiceItemId": Whole(minimum=1), "amount": Text(pattern=r"\d+\.\d{3}", null=True)},
    required=("invoiceItemId",),
)
_BODY: Mapping[str, Rule] = {"items": Rows(of=_ITEM, minimum=1), "reasonRemark": Text(minimum=1, null=True)}

ROUTES: tuple[Route[Bookkeeping], ...] = (
    Route(
        "GET",
        "/api/credit-notes",
        list_credit_notes,
        query={**{name: reader for name, (reader, _) in _FILTERS.items()}, **paged()},
    ),
    Route("GET", "/api/credit-notes/{code}", get_credit_note, query={"include": text}),
    Route("GET", "/api/credit-notes/{code}/pdf", get_pdf),
    Route(
        "POST",
        "/api/invoices/{code}/credit-note",
        create,
        query={"include": text},
        body=Shape(keys={"data": Shape(keys=_BODY)}, required=("data",)),
    ),
)
