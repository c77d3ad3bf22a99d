"""Import of Kaufland orders into Shoptet, each exactly once.

:meth:`Orders.plan` reads both sides and writes nothing. :meth:`Orders.apply` writes what the plan says: for
each order an intent in the ledger, the order in Shoptet, the end in the ledger. Whatever breaks in between,
the next run finds the intent, looks whether the order arrived, and goes on from there. ``externalCode`` is
unique in Shoptet, so even a repeated creation cannot make a second order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Literal

from attrs import evolve, frozen

from .._core.answers import Answer
from .._core.calling import M, Resource, flow
from .._core.flows import Failed, do, now, settle, together
from .._core.pages import Listing
from .._core.request import Request
from ..errors import (
    ApiError,
    DuplicateExternalCode,
    KauflandShoptetError,
    MappingError,
    OutcomeUnknown,
    SettingsError,
)
from ..kaufland.resources.common import Storefront
from ..kaufland.resources.info import Info
from ..kaufland.resources.order_units import OrderUnits
from ..kaufland.resources.orders import OrderDetails
from ..kaufland.resources.orders import Orders as KauflandOrders
from ..ledger import Imported
from ..mapping import shipping, statuses
from ..mapping.findings import Finding
from ..mapping.money import from_minor
from ..mapping.orders import ImportRules, OrderImport, convert, unmatched_eans
from ..mapping.storefronts import STOREFRONTS
from ..settings import StorefrontSettings
from ..shoptet.resources.eshop import Eshop
from ..shoptet.resources.orders import Order, OrderCreate, OrderSummary
from ..shoptet.resources.orders import Orders as ShoptetOrders
from ..shoptet.resources.payment_methods import PaymentMethods
from ..shoptet.resources.shipping_methods import ShippingMethods
from . import reservations
from .applying import in_turn, meant, reported
from .changes import CompleteOrder, ImportOrder
from .matching import Variants, variants_of
from .plans import Mark, Outcome, Plan, Report, Result, Skip, digest, flatten
from .shop import Shop
from .steps import REFUSALS, TRIED, outcome, plan_of, refuse_errors, start_of, whole

__all__ = ["Orders"]

EARLIER = timedelta(hours=24)
"""How far before the purchase a Shoptet order is looked for when reading back; clocks differ."""


@frozen
class _Live:
    """What both systems say at the moment, as far as an import depends on it."""

    vat_rates: Mapping[str, Decimal]
    currencies: frozenset[str]
    shipping: Mapping[str, str]
    payment: Mapping[str, str]
    statuses: Mapping[int, str]


class Orders(Resource[M]):
    """The orders of one shop: ``bridge.orders``."""

    @flow
    @staticmethod
    async def plan(shop: Shop, *, full: bool = False, codes: Mapping[str, str] | None = None) -> Plan:
        """Say which orders would be imported, which not, and why. Writes nothing to either side.

        Args:
            shop: Supplied by the bridge.
            full: Look at everything that waits to be sent, not only at what changed since the last run.
            codes: Code of the variant by EAN, for pieces that name no offer code of the shop; with
                ``match_eans`` those of other EANs are looked for in the shop.

        Raises:
            SettingsError: Shoptet does not know a method, status or currency of the settings.
            ApiError: One of the two refuses to answer.
        """
        moment = await now()
        fronts = {
            code: _rules(code, front)
            for code, front in shop.settings.storefronts.items()
            if front.import_orders
        }
        changes: list[ImportOrder | CompleteOrder] = []
        skips: list[Skip] = []
        marks: list[Mark] = []
        if fronts:
            live = await _live()
            refuse_errors(each for rules in fronts.values() for each in _check(rules, live))
            for code, rules in fronts.items():
                settings = shop.settings.storefronts[code]
                mark = Mark(name=f"orders.{code}", to=moment)
                start = await start_of(shop, mark.name, moment, full=full)
                changed = await _candidates(code, start, with_open=settings.import_open)
                answers = await _read_new(shop, code, list(changed))
                variants, trouble = await _variants(shop, code, answers.read, codes or {}, moment, full=full)
                found, left = _decide(shop, rules, live, answers, variants, trouble)
                changes += found
                changes += await _completions(shop, rules, live, moment)
                skips += left
                # What has to be looked at again keeps the walk from moving past it.
                marks.append(evolve(mark, to=min([moment, *(changed[s.subject] for s in left if s.again)])))
        return plan_of(shop, "orders", moment, changes, skips, marks)

    @flow
    @staticmethod
    async def apply(shop: Shop, plan: Plan) -> Report:
        """Import what *plan* says; safe to repeat, also after a crash.

        Each order is read again first. One that is not what was planned any more is left alone and
        reported as ``changed``.

        Args:
            shop: Supplied by the bridge.
            plan: From :meth:`plan`, or from its JSON.

        Raises:
            PlanError: The plan was made for another shop or by another flow.
        """
        changes = meant(shop, plan, "orders", ImportOrder, CompleteOrder)
        # Shoptet locks the address of a write while it carries it out.
        outcomes = await in_turn(changes, partial(_carry_out, shop, await _live())) if changes else []
        return await reported(shop, plan, outcomes)


# Planning.


async def _live() -> _Live:
    rates, eshop, carriers, payments = await together(
        Info.vat_indicators(), Eshop.get(), ShippingMethods.list(), PaymentMethods.list()
    )
    table = await ShoptetOrders.statuses()
    return _Live(
        vat_rates={
            row.storefront.lower(): rate.value
            for row in rates
            for rate in row.vat_rates
            if rate.vat_indicator == "standard_rate"
        },
        currencies=frozenset(currency.code for currency in eshop.currencies),
        shipping={method.guid: method.name for method in carriers.shipping_methods},
        payment={method.guid: method.name for method in payments.payment_methods},
        statuses={status.id: status.name for status in table.statuses},
    )


def _rules(code: str, front: StorefrontSettings) -> ImportRules:
    """The part of the settings that the mapping needs."""
    if front.shipping is None or front.payment is None:  # pragma: no cover - settings refuse this
        raise SettingsError(f"storefront.{code}", "names no methods.", "Set shipping and payment.")
    return ImportRules(
        storefront=code,
        shipping=front.shipping,
        payment=front.payment,
        shipping_name=front.shipping_name,
        payment_name=front.payment_name,
        statuses=front.statuses,
        vat=front.vat,
        external_code_prefix=front.external_code_prefix,
        phone_fallback=front.phone_fallback,
        email_fallback=front.email_fallback,
        exchange_rate=front.exchange_rate,
        discounts=front.discounts,
        names=front.kaufland_titles or not front.check_products,
        unmatched=front.unmatched,
    )


def _check(rules: ImportRules, live: _Live) -> Iterator[Finding]:
    """What the settings name has to exist in the shop, before anything is written."""
    key = f"storefront.{rules.storefront}"
    yield from shipping.check(rules.shipping, live.shipping, key=f"{key}.shipping")
    yield from shipping.check(rules.payment, live.payment, key=f"{key}.payment")
    yield from statuses.check(rules.statuses, live.statuses, key=f"{key}.statuses")
    currency = STOREFRONTS[rules.storefront].currency
    if currency not in live.currencies:
        yield Finding(
            severity="error",
            key=f"{key}.import_orders",
            problem=f"orders of this storefront are in {currency}, which the shop has not enabled.",
            remedy=f"Enable {currency} in Shoptet's administration, Settings, Currencies, or switch this off.",
        )


async def _candidates(code: str, start: datetime, *, with_open: bool) -> dict[str, datetime]:
    """Orders with units that wait to be sent, oldest change first, and when each changed."""
    waiting: list[Literal["open", "need_to_be_sent"]] = ["need_to_be_sent"]
    if with_open:
        waiting.append("open")
    changed: dict[str, datetime] = {}
    listing = OrderUnits.list(
        storefront=Storefront(code), status=waiting, ts_updated_from_iso=start, sort="ts_updated:desc"
    )
    for unit in await whole(listing):
        # A filter that a server does not know is ignored, so everything is looked at again here.
        ours = unit.storefront == code and unit.fulfillment_type == "fulfilled_by_merchant"
        if ours and unit.status in waiting:
            changed[unit.id_order] = min(changed.get(unit.id_order, unit.ts_updated_iso), unit.ts_updated_iso)
    return dict(sorted(changed.items(), key=lambda item: (item[1], item[0])))


@frozen
class _New:
    """Orders that the ledger does not know as imported, as they were read; and why others are skipped."""

    answers: Mapping[str, OrderDetails | KauflandShoptetError]
    entries: Mapping[str, Imported | None]
    skips: tuple[Skip, ...]

    @property
    def read(self) -> list[OrderDetails]:
        """Those that could be read."""
        return [answer for answer in self.answers.values() if isinstance(answer, OrderDetails)]


async def _read_new(shop: Shop, code: str, found: list[str]) -> _New:
    skips: list[Skip] = []
    fresh: dict[str, Imported | None] = {}
    for id_order in found:
        entry = await do(shop.ledger.order, id_order)
        if entry is not None and entry.state == "imported":
            told = f"imported as {entry.code}" if entry.code else "imported, its Shoptet code is not known"
            skips.append(Skip(subject=id_order, storefront=code, reason=told))
        else:
            fresh[id_order] = entry
    answers = await settle([_read(id_order) for id_order in fresh])
    read = {
        id_order: answer.error if isinstance(answer, Failed) else answer.value
        for id_order, answer in zip(fresh, answers, strict=True)
    }
    return _New(read, fresh, tuple(skips))


async def _variants(
    shop: Shop,
    code: str,
    orders: list[OrderDetails],
    given: Mapping[str, str],
    moment: datetime,
    *,
    full: bool,
) -> tuple[Variants, KauflandShoptetError | None]:
    """What the shop has for their pieces; or why that could not be found out."""
    try:
        return await variants_of(shop, code, orders, given, moment, full=full), None
    except KauflandShoptetError as error:
        return Variants(), error


def _decide(
    shop: Shop,
    rules: ImportRules,
    live: _Live,
    new: _New,
    variants: Variants,
    trouble: KauflandShoptetError | None,
) -> tuple[list[ImportOrder], list[Skip]]:
    changes: list[ImportOrder] = []
    skips = list(new.skips)
    for id_order, answer in new.answers.items():
        try:
            if isinstance(answer, KauflandShoptetError):
                raise answer
            if trouble is not None and unmatched_eans(answer):
                raise trouble
            known = variants.of(answer)
            imported = _converted(shop, rules, live, answer, known)
            changes.append(_change(shop, imported, new.entries[id_order], known))
        except KauflandShoptetError as error:
            # An order without units left is done with; everything else may look different next time.
            over = isinstance(error, MappingError) and error.field == "order_units"
            reason = flatten(error)
            skips.append(Skip(subject=id_order, storefront=rules.storefront, reason=reason, again=not over))
    return changes, skips


async def _completions(shop: Shop, rules: ImportRules, live: _Live, moment: datetime) -> list[CompleteOrder]:
    """Reservations that Kaufland gives an address for by now."""
    found: list[CompleteOrder] = []
    entries = await reservations.waiting(shop, rules.storefront, moment)
    answers = await settle([_read(id_order) for id_order in entries])
    for entry, answer in zip(entries.values(), answers, strict=True):
        with suppress(MappingError):  # no address yet, or nothing left: the next run looks again
            if not isinstance(answer, Failed):
                found.append(reservations.change(entry, _addressed(rules, live, answer.value)))
    return found


def _addressed(rules: ImportRules, live: _Live, order: OrderDetails) -> OrderImport:
    """An order for its contacts and addresses; what it consists of does not matter."""
    return convert(order, evolve(rules, unmatched="text"), vat_rates=live.vat_rates)


def _read(id_order: str) -> Request[OrderDetails]:
    return KauflandOrders.get(id_order, embedded=["delivery"])


def _converted(
    shop: Shop, rules: ImportRules, live: _Live, order: OrderDetails, known: Variants
) -> OrderImport:
    return convert(
        order,
        rules,
        vat_rates=live.vat_rates,
        codes=known.codes,
        unknown=known.unknown,
        reservation=shop.settings.storefronts[rules.storefront].import_open,
    )


def _change(shop: Shop, imported: OrderImport, entry: Imported | None, known: Variants) -> ImportOrder:
    order = imported.order
    reason = "waits to be sent" if entry is None else TRIED[entry.state]
    products = [order.items[line.item] for line in imported.lines if order.items]
    return ImportOrder(
        subject=imported.id_order,
        storefront=imported.storefront,
        lines=tuple(f"{item.amount} x {item.code or item.name}" for item in products),
        units=tuple(line.units for line in imported.lines),
        total=imported.total,
        currency=imported.currency,
        status=order.status_id or None,
        shipping=order.shipping_guid or "",
        payment=order.payment_method_guid or "",
        reason=reason,
        notes=imported.notes,
        fingerprint=_fingerprint(shop, imported),
        codes=known.codes,
        unknown=tuple(sorted(known.unknown)),
    )


def _create(shop: Shop, imported: OrderImport) -> Request[Answer[Order]]:
    front = shop.settings.storefronts[imported.storefront]
    return ShoptetOrders.create(
        imported.order,
        # Where Kaufland is the deemed supplier it issues the invoice, and the shop must not.
        suppress_document_generation=imported.deemed_supplier or not front.create_documents,
        suppress_email_sending=not front.send_emails,
        suppress_product_checking=not front.check_products,
        suppress_stock_movements=not front.move_stock,
    )


def _fingerprint(shop: Shop, imported: OrderImport) -> str:
    request = _create(shop, imported)
    return digest([request.target.encode(), request.content or b""])


# Applying.


async def _carry_out(shop: Shop, live: _Live, change: ImportOrder | CompleteOrder) -> Outcome:
    if isinstance(change, ImportOrder):
        return await _import(shop, live, change)
    return await _complete(shop, live, change)


async def _import(shop: Shop, live: _Live, change: ImportOrder) -> Outcome:
    entry = await do(shop.ledger.order, change.subject)
    if entry is not None and entry.state == "imported":
        return outcome(change, "already", entry.code)
    front = shop.settings.storefront(change.storefront)
    if not front.import_orders:
        return outcome(change, "changed", None, "import_orders is off by now")
    rules = _rules(change.storefront, front)
    order = await _read(change.subject)
    known = Variants(change.codes, frozenset(change.unknown))
    imported = _converted(shop, rules, live, order, known)
    if entry is not None and entry.state == "intended":
        code = await _find(imported)
        if code is not None:
            return await _settled(shop, change, "recovered", code)
    if _fingerprint(shop, imported) != change.fingerprint:
        return outcome(change, "changed", None, "the order or the settings changed since: plan again")
    intent = Imported(
        id_order=change.subject,
        storefront=change.storefront,
        state="intended",
        lines=tuple(line.units for line in imported.lines),
        cancelled=imported.cancelled,
        total=imported.total,
        currency=imported.currency,
        updated=await now(),
    )
    if imported.reservation:
        await reservations.begin(shop, change.subject)
    await do(shop.ledger.intend, intent)
    return await _write(shop, change, imported)


async def _complete(shop: Shop, live: _Live, change: CompleteOrder) -> Outcome:
    front = shop.settings.storefront(change.storefront)
    if not front.import_orders:
        return outcome(change, "changed", change.code, "import_orders is off by now")
    if not await reservations.is_open(shop, change.subject):
        return outcome(change, "already", change.code)
    imported = _addressed(_rules(change.storefront, front), live, await _read(change.subject))
    if reservations.fingerprint(change.code, imported) != change.fingerprint:
        return outcome(change, "changed", change.code, "the order changed since: plan again")
    try:
        told = await reservations.complete(shop, change.code, imported)
    except REFUSALS as error:
        return outcome(change, "refused", change.code, flatten(error))
    return outcome(change, "done", change.code, told)


async def _write(shop: Shop, change: ImportOrder, imported: OrderImport, *, again: bool = False) -> Outcome:
    """Create the order; when nobody knows whether it arrived, look, and only then create it again.

    A second order is impossible, since the external code is unique.
    """
    try:
        answer = await _create(shop, imported)
    except OutcomeUnknown:
        if again:
            raise
        code = await _find(imported)
        if code is not None:
            return await _settled(shop, change, "recovered", code)
        return await _write(shop, change, imported, again=True)
    except ApiError as error:
        return await _refused(shop, change, imported, error)
    return await _written(shop, change, imported, answer)


async def _written(shop: Shop, change: ImportOrder, imported: OrderImport, answer: Answer[Order]) -> Outcome:
    complaints = [str(warning) for warning in answer.warnings]
    paid, counted = from_minor(imported.total), answer.data.price.with_vat
    if counted != paid:
        complaints.append(f"Shoptet's total is {counted}, the customer paid {paid}")
    return await _settled(shop, change, "done", answer.data.code, "; ".join(complaints))


async def _refused(shop: Shop, change: ImportOrder, imported: OrderImport, error: ApiError) -> Outcome:
    if isinstance(error, DuplicateExternalCode):
        code = await _find(imported)
        told = "" if code else "Shoptet has or had this order, but it was not found: perhaps it was deleted"
        return await _settled(shop, change, "recovered", code, told)
    await do(shop.ledger.settle, change.subject, "refused", None, await now())
    return outcome(change, "refused", None, flatten(error))


async def _settled(
    shop: Shop, change: ImportOrder, result: Result, code: str | None, detail: str = ""
) -> Outcome:
    await do(shop.ledger.settle, change.subject, "imported", code, await now())
    return outcome(change, result, code, detail)


async def _find(imported: OrderImport) -> str | None:
    """The code of the Shoptet order with this external code. There is no filter for it: look closely.

    The buyer's e-mail, an alias made for this one order, narrows the list when there is one. In the shop it may
    be another: that of a reservation, or one that was corrected. Then what was paid narrows it.
    """
    order, since = imported.order, imported.created - EARLIER
    code = await _among(ShoptetOrders.list(email=order.email or None, creation_time_from=since), order)
    if code is None and order.email:
        paid = from_minor(imported.total)
        code = await _among(ShoptetOrders.list(creation_time_from=since), order, paid)
    return code


async def _among(
    candidates: Listing[OrderSummary], order: OrderCreate, paid: Decimal | None = None
) -> str | None:
    async for row in candidates:
        if paid in (None, row.price.with_vat):
            found = await ShoptetOrders.get(row.code)
            if found.external_code == order.external_code:
                return found.code
    return None
