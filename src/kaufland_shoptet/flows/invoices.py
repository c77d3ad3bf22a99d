"""The shop's invoices for Kaufland's buyers, each given to Kaufland once.

:meth:`Invoices.plan` looks for invoices that the shop issued for imported orders. :meth:`Invoices.apply` takes
the file from the shop, one at a time, and uploads it. What Kaufland answers carries an address with a token; it
is kept nowhere.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from attrs import frozen

from .._core.calling import M, Resource, flow
from .._core.flows import Failed, do, now, settle
from .._core.request import Request
from ..errors import MappingError
from ..kaufland.resources.order_invoices import OrderInvoices
from ..kaufland.resources.orders import OrderDetails
from ..kaufland.resources.orders import Orders as KauflandOrders
from ..ledger import Action, Imported
from ..mapping import invoices
from ..shoptet.resources.invoices import Invoices as ShoptetInvoices
from ..shoptet.resources.invoices import InvoiceSummary
from .applying import in_turn, meant, once, reported
from .changes import UploadInvoice
from .plans import Mark, Outcome, Plan, Report, Skip, flatten
from .shop import Shop
from .steps import TRIED, mark, outcome, plan_of, start_of, unread, whole

__all__ = ["Invoices"]

FLOW: Final = "invoices"
UPLOADS: Final = UploadInvoice.verb
"""Actions of the ledger: orders whose invoice Kaufland got."""


class Invoices(Resource[M]):
    """The invoices of one shop: ``bridge.invoices``."""

    @flow
    @staticmethod
    async def plan(shop: Shop, *, full: bool = False) -> Plan:
        """Say which invoices Kaufland would get, which not, and why. Writes nothing.

        An order for which Kaufland is the deemed supplier is never among them, nor one that has an invoice
        there already.

        Args:
            shop: Supplied by the bridge.
            full: Look at every imported order, not only at invoices issued since the last run.

        Raises:
            ApiError: One of the two refuses to answer.
        """
        moment = await now()
        changes: list[UploadInvoice] = []
        skips: list[Skip] = []
        marks: list[Mark] = []
        fronts = [code for code, front in shop.settings.storefronts.items() if front.upload_invoices]
        if fronts:
            starts = {code: await start_of(shop, f"{FLOW}.{code}", moment) for code in fronts}
            booked = await do(shop.ledger.orders)
            entries = {
                entry.code: entry
                for entry in booked
                if entry.state == "imported" and entry.code is not None and entry.storefront in fronts
            }
            issued = await _issued(None if full else min(starts.values()), entries)
            changes, skips = await _decide(shop, entries, issued)
            for code, start in starts.items():
                times = [_when(issued[skip.subject], start) for skip in skips if _waits(skip, code)]
                # An order whose import did not end may have an invoice already.
                times += [e.updated for e in booked if e.storefront == code and e.state == "intended"]
                marks.append(mark(f"{FLOW}.{code}", moment, times))
        return plan_of(shop, FLOW, moment, changes, skips, marks)

    @flow
    @staticmethod
    async def apply(shop: Shop, plan: Plan) -> Report:
        """Upload what *plan* says; safe to repeat, also after a crash.

        Each order is read again first. One that has an invoice by now is left alone and reported as
        ``changed``.

        Args:
            shop: Supplied by the bridge.
            plan: From :meth:`plan`, or from its JSON.

        Raises:
            PlanError: The plan was made for another shop or by another flow.
        """
        changes = meant(shop, plan, FLOW, UploadInvoice)
        # Shoptet gives out one document at a time.
        outcomes = await in_turn(changes, partial(_upload, shop), lambda change: change.invoice)
        return await reported(shop, plan, outcomes)


# Planning.


async def _issued(start: datetime | None, entries: Mapping[str, Imported]) -> dict[str, list[InvoiceSummary]]:
    """The valid invoices of imported orders by Kaufland's order number, the oldest order first."""
    issued: dict[str, list[InvoiceSummary]] = {}
    for invoice in await whole(ShoptetInvoices.list(is_valid=True, creation_time_from=start).sized(1000)):
        entry = entries.get(invoice.order_code or "")
        if entry is not None and invoice.is_valid:
            issued.setdefault(entry.id_order, []).append(invoice)
    return dict(sorted(issued.items()))


def _when(issued: list[InvoiceSummary], start: datetime) -> datetime:
    return min(each.creation_time or start for each in issued)


def _waits(skip: Skip, code: str) -> bool:
    return skip.again and skip.storefront == code


async def _decide(
    shop: Shop, entries: Mapping[str, Imported], issued: Mapping[str, list[InvoiceSummary]]
) -> tuple[list[UploadInvoice], list[Skip]]:
    changes: list[UploadInvoice] = []
    skips: list[Skip] = []
    fresh: list[tuple[Imported, InvoiceSummary, Action | None]] = []
    for id_order, found in issued.items():
        entry = entries[found[0].order_code or ""]
        known = await do(shop.ledger.action, UPLOADS, id_order)
        if known is not None and known.state == "done":
            continue
        if len(found) > 1:
            codes = ", ".join(sorted(each.code for each in found))
            skips.append(_skip(entry, f"has several valid invoices, {codes}: upload the right one yourself"))
        else:
            fresh.append((entry, found[0], known))
    answers = await settle([_read(entry.id_order) for entry, _, _ in fresh])
    for (entry, invoice, known), answer in zip(fresh, answers, strict=True):
        if isinstance(answer, Failed):
            skips.append(unread(entry, answer.error))
            continue
        try:
            found_or_not = _decided(entry, invoice, known, answer.value)
        except MappingError as error:
            found_or_not = _skip(entry, flatten(error), again=True)
        if isinstance(found_or_not, UploadInvoice):
            changes.append(found_or_not)
        else:
            skips.append(found_or_not)
    return changes, skips


def _read(id_order: str) -> Request[OrderDetails]:
    return KauflandOrders.get(id_order, embedded=["order_invoices"])


def _skip(entry: Imported, reason: str, *, again: bool = False) -> Skip:
    return Skip(subject=entry.id_order, storefront=entry.storefront, reason=reason, again=again)


def _decided(
    entry: Imported, invoice: InvoiceSummary, known: Action | None, order: OrderDetails
) -> UploadInvoice | Skip:
    reason = f"the shop issued {invoice.code}"
    begun = known is not None and known.state == "intended"
    # What was begun is brought to an end, whatever is in the way by now.
    if not begun and (obstacle := invoices.obstacle(order)):
        return _skip(entry, obstacle)
    if known is not None:
        reason = f"{reason}; {TRIED[known.state]}"
    return UploadInvoice(
        subject=entry.id_order,
        storefront=entry.storefront,
        reason=reason,
        code=entry.code or "",
        invoice=invoice.code,
        name=invoices.file_name(invoice.code),
    )


# Applying.


@frozen
class _Uploading:
    """An invoice that goes to Kaufland."""

    change: UploadInvoice
    kind: str = UPLOADS

    @property
    def key(self) -> str:
        return self.change.subject

    @property
    def detail(self) -> str:
        return json.dumps({"invoice": self.change.invoice, "name": self.change.name})

    async def there(self, *, begun: bool) -> bool:
        return self.change.name in invoices.uploaded(await _read(self.change.subject))

    async def problem(self) -> str:
        return invoices.obstacle(await _read(self.change.subject))

    async def request(self) -> Request[Any]:
        content = invoices.check_pdf(await ShoptetInvoices.pdf(self.change.invoice), self.change.invoice)
        return OrderInvoices.upload(
            self.change.subject,
            original_name=self.change.name,
            mime_type="application/pdf",
            data=base64.b64encode(content).decode(),
        )


async def _upload(shop: Shop, change: UploadInvoice) -> Outcome:
    if not shop.settings.storefront(change.storefront).upload_invoices:
        return outcome(change, "changed", change.invoice, "upload_invoices is off by now")
    result, detail = await once(shop, _Uploading(change), alone=True)
    return outcome(change, result, change.invoice, detail)
