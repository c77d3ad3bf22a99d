"""Credit notes of the shop for pieces that came back: one for each piece, once, however often it was sent back.

There is an invoice of the order, and a line of it that the piece is of. Anything else is left to the merchant: a
credit note that is wrong by a cent is worse than none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from attrs import frozen

from .._core.flows import Failed, Flow, do, settle
from .._core.request import Request
from ..kaufland.resources.orders import OrderDetails, OrderDetailsUnit
from ..kaufland.resources.orders import Orders as KauflandOrders
from ..kaufland.resources.return_units import ReturnUnits
from ..kaufland.resources.returns import ReturnUnit
from ..ledger import Action, Imported
from ..mapping import returns
from ..mapping.returns import InvoiceLine
from ..shoptet.resources.credit_notes import CreditNoteFromInvoice, CreditNoteFromInvoiceItem, CreditNotes
from ..shoptet.resources.invoices import Invoice
from ..shoptet.resources.invoices import Invoices as ShoptetInvoices
from .applying import in_turn, meant, once
from .changes import IssueCreditNote
from .plans import Outcome, Plan, Skip
from .returned import by_order, planned, skipped
from .shop import Shop
from .steps import TRIED, outcome, unread

FLOW: Final = "returns.credit"
CREDITS: Final = IssueCreditNote.verb
"""Actions of the ledger: pieces that got a credit note, by order unit."""


async def plan(shop: Shop, *, full: bool) -> Plan:
    """Say which pieces that came back would get a credit note, which not, and why."""
    return await planned(shop, FLOW, lambda front: front.credit_returns, _decide, full=full)


async def apply(shop: Shop, plan: Plan) -> list[Outcome]:
    """Issue what *plan* says, unless the two sides say something else by now."""
    changes = meant(shop, plan, FLOW, IssueCreditNote)
    return await in_turn(changes, partial(_issue, shop), lambda change: change.invoice)


async def _decide(shop: Shop, units: Iterable[ReturnUnit]) -> tuple[list[IssueCreditNote], list[Skip]]:
    known = {action.key: action for action in await do(shop.ledger.actions, CREDITS)}
    # A piece that was sent back before was rejected then, or it could not have come back again.
    latest = {unit.id_order_unit: unit for unit in sorted(units, key=lambda unit: unit.id_return_unit)}
    due = [
        unit
        for piece, unit in latest.items()
        if returns.credit_obstacle(unit.status, "", discounted=False) is not None
        and (str(piece) not in known or known[str(piece)].state != "done")
    ]
    orders, skips = await by_order(shop, due)
    changes: list[IssueCreditNote] = []
    answers = await settle([Flow(_papers, (entry,), {}) for entry, _ in orders])
    for (entry, some), answer in zip(orders, answers, strict=True):
        if isinstance(answer, Failed):
            skips.append(unread(entry, answer.error))
            continue
        theirs, invoices = answer.value
        for unit in some:
            step = _step(shop, entry, unit, theirs, invoices, known.get(str(unit.id_order_unit)))
            if isinstance(step, IssueCreditNote):
                changes.append(step)
            else:
                skips.append(step)
    return changes, skips


async def _papers(entry: Imported) -> tuple[OrderDetails, tuple[Invoice, ...]]:
    """The order on Kaufland, and the shop's valid invoices for it."""
    theirs = await KauflandOrders.get(entry.id_order)
    rows = [row async for row in ShoptetInvoices.list(order_code=entry.code, is_valid=True)]
    # Filters that a server does not know are ignored, so everything is looked at again here.
    codes = [row.code for row in rows if row.order_code == entry.code and row.is_valid]
    return theirs, tuple([await ShoptetInvoices.get(code) for code in codes])


def _step(
    shop: Shop,
    entry: Imported,
    unit: ReturnUnit,
    theirs: OrderDetails,
    invoices: Sequence[Invoice],
    known: Action | None,
) -> IssueCreditNote | Skip:
    piece = next((each for each in theirs.order_units if each.id_order_unit == unit.id_order_unit), None)
    if piece is None:
        return skipped(unit, f"Kaufland does not tell its piece in {entry.id_order}")
    lowered = shop.settings.storefronts[entry.storefront].discounts == "deduct" and _discounted(piece)
    obstacle = returns.credit_obstacle(unit.status, str(piece.status), discounted=lowered)
    if obstacle:
        return skipped(unit, obstacle)
    if len(invoices) != 1:
        codes = ", ".join(sorted(each.code for each in invoices))
        there = f"several valid invoices, {codes}" if invoices else "no valid invoice"
        return skipped(unit, f"{entry.code} has {there}: issue the credit note yourself")
    (invoice,) = invoices
    line = returns.credited_line(_lines(invoice), entry.lines, piece.id_order_unit, piece.price)
    if line is None:
        told = f"no line of {invoice.code} is certainly the one of this piece: issue the credit note yourself"
        return skipped(unit, told)
    reason = f"is {returns.unit_words(unit.status)}"
    if known is not None:
        reason = f"{reason}; {TRIED[known.state]}"
    return IssueCreditNote(
        subject=str(unit.id_return_unit),
        storefront=entry.storefront,
        reason=reason,
        unit=unit.id_return_unit,
        piece=piece.id_order_unit,
        order=entry.id_order,
        code=entry.code or "",
        invoice=invoice.code,
        item=line.item,
        article=line.code,
        total=piece.price,
        currency=piece.currency.value,
    )


def _discounted(piece: OrderDetailsUnit) -> bool:
    return any(each.discount_value for each in piece.discounts or ())


def _lines(invoice: Invoice) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            item=item.item_id,
            kind=item.item_type,
            code=item.code,
            price=item.unit_price.with_vat,
            amount=item.amount,
            ratio=item.price_ratio,
        )
        for item in invoice.items
    ]


# Applying.


@frozen
class _Crediting:
    """A credit note for one piece."""

    change: IssueCreditNote
    kind: str = CREDITS

    @property
    def key(self) -> str:
        return str(self.change.piece)

    @property
    def detail(self) -> str:
        return json.dumps({"invoice": self.change.invoice, "item": self.change.item})

    @property
    def reason(self) -> str:
        return returns.credit_words(self.change.order, self.change.piece, self.change.unit)

    async def there(self, *, begun: bool) -> bool:
        async for row in CreditNotes.list(invoice_code=self.change.invoice):
            remark = row.reason_remark or (await CreditNotes.get(row.code)).reason_remark
            if row.invoice_code == self.change.invoice and returns.is_credited(
                remark or "", self.change.piece
            ):
                return True
        return False

    async def problem(self) -> str:
        unit = await ReturnUnits.get(self.change.unit)
        if returns.credit_obstacle(unit.status, "returned", discounted=False) != "":
            return f"is {returns.unit_words(unit.status)} by now: plan again"
        invoice = await ShoptetInvoices.get(self.change.invoice)
        return "" if invoice.is_valid else f"{self.change.invoice} is not valid any more: plan again"

    async def request(self) -> Request[Any]:
        item = CreditNoteFromInvoiceItem(invoice_item_id=self.change.item, amount=Decimal(1))
        body = CreditNoteFromInvoice(items=(item,), reason_remark=self.reason)
        return CreditNotes.create_from_invoice(self.change.invoice, body)


async def _issue(shop: Shop, change: IssueCreditNote) -> Outcome:
    if not shop.settings.storefront(change.storefront).credit_returns:
        return outcome(change, "changed", change.invoice, "credit_returns is off by now")
    result, detail = await once(shop, _Crediting(change), alone=True, look=True)
    return outcome(change, result, change.invoice, detail)
