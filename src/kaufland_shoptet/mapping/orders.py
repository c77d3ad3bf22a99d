"""A Kaufland order as a Shoptet order. Pure: no client, no clock, no network.

Kaufland sells pieces: every piece is an order unit with its own price, shipping charge and status. Shoptet
keeps lines with an amount. :func:`convert` groups equal pieces into lines, remembers which units went
into which line, since every later action on Kaufland is for one unit, and conserves the money:

    sum of the Shoptet lines = sum of price and shipping_rate of the units - their discounts

to the minor unit. Amounts of Kaufland are integers in minor units; amounts of Shoptet are decimals.

See https://sellerapi.kaufland.com/?page=orders and
https://developers.shoptet.com/api/documentation/creating-order/.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from attrs import evolve, field, frozen

from .._core.values import UNSET, Unset
from ..errors import MappingError
from ..kaufland.resources.common import Address
from ..kaufland.resources.orders import OrderDetails, OrderDetailsUnit
from ..shoptet.resources.orders import (
    OrderCreate,
    OrderCreateBillingAddress,
    OrderCreateCurrency,
    OrderCreateDeliveryAddress,
    OrderCreateNotes,
    OrderCreateShippingDetails,
    OrderHeadUpdate,
    OrderHeadUpdateBillingAddress,
    OrderHeadUpdateDeliveryAddress,
    OrderItemCreate,
)
from .money import from_minor
from .offers import code_of
from .shipping import MethodRules, PickupPoint, choose, pickup_point
from .statuses import Label, StatusMap, order_state, shoptet_status
from .vat import VatRules, decide

__all__ = ["Codes", "ImportRules", "Line", "OrderImport", "convert", "ean_key", "head_of", "unmatched_eans"]


def __dir__() -> list[str]:
    return __all__


LIMITS: Final[Mapping[str, int]] = {
    "external_code": 255,
    "email": 100,
    "phone": 32,
    "full_name": 255,
    "company": 255,
    "street": 255,
    "house_number": 255,
    "city": 255,
    "additional": 255,
    "zip": 255,
    "name": 250,
    "code": 64,
}
"""Most characters that Shoptet takes in each field. ``notes.eshopRemark`` has no limit."""

_LARGEST: Final = 10**15
"""Minor units that an order may come to; what is beyond it is a mistake, and no ledger could hold all of it."""
_DISCOUNTS: Final[Mapping[str, str]] = {"voucher": "discount-coupon", "volume": "volume-discount"}


Codes: TypeAlias = Mapping[str, str | Sequence[str]]
"""Code of the variant by EAN; several codes where several variants have the EAN, so that none is taken."""


@frozen(kw_only=True)
class ImportRules:
    """How orders of one storefront are imported; a part of the storefront's settings.

    Attributes:
        storefront: Storefront code, lower case.
        shipping: Which Shoptet shipping method an order gets.
        payment: Which Shoptet payment method an order gets; Kaufland orders are always paid.
        shipping_name: Name of the shipping line.
        payment_name: Name of the payment line.
        statuses: The merchant's status table.
        vat: Where the VAT rate of a line comes from.
        external_code_prefix: Put before Kaufland's order number in ``externalCode``.
        email_fallback: Used when the order has no e-mail address, which Shoptet demands.
        phone_fallback: Used when the order has no telephone and the shop demands one.
        exchange_rate: Rate in the notation of the shop's own settings; ``None`` leaves it to the shop.
        discounts: Whether discounts reduce the total. Kaufland's documents do not say who bears them.
        names: Whether product lines carry Kaufland's title; otherwise the shop's own name is used.
        unmatched: What becomes of a piece that no variant of the shop is known for: a line of text, or no
            import of its order.
    """

    storefront: str
    shipping: MethodRules
    payment: MethodRules
    statuses: StatusMap
    shipping_name: str = "Kaufland - shipping"
    payment_name: str = "Kaufland - paid"
    vat: VatRules = field(factory=VatRules)
    external_code_prefix: str = ""
    email_fallback: str | None = None
    phone_fallback: str | None = None
    exchange_rate: Decimal | None = None
    discounts: Literal["deduct", "ignore"] = "deduct"
    names: bool = False
    unmatched: Literal["text", "refuse"] = "text"


@frozen(kw_only=True)
class Line:
    """Which units one line of the Shoptet order stands for.

    Attributes:
        item: Index of the line in ``OrderCreate.items``.
        units: ``id_order_unit`` of the pieces, in Kaufland's order.
    """

    item: int
    units: tuple[int, ...]


@frozen(kw_only=True)
class OrderImport:
    """A Shoptet order ready to be created, and what has to be known about it later.

    Attributes:
        id_order: Kaufland's order number.
        storefront: Storefront code, lower case.
        created: When the customer bought.
        order: What Shoptet is asked to create.
        lines: The product lines with their units; together with ``cancelled`` they hold every unit once.
        cancelled: Units that were cancelled and therefore not imported.
        total: What the customer paid for the imported units, in minor units of ``currency``; discounts
            that the rules ignore are not taken off.
        reservation: Whether Kaufland does not give its address yet.
        label: The order's label, or ``None`` when a unit's status is not known.
        deemed_supplier: Whether Kaufland owes the VAT: then the shop must not issue an invoice.
        notes: What was clipped, guessed or left out; nothing is dropped without a word here. They hold no
            buyer's data: what exactly was clipped is in the order's remark.
    """

    id_order: str
    storefront: str
    created: datetime
    order: OrderCreate
    lines: tuple[Line, ...]
    cancelled: tuple[int, ...]
    total: int
    currency: str
    reservation: bool = False
    label: Label | None
    deemed_supplier: bool
    notes: tuple[str, ...]

    @property
    def units(self) -> tuple[int, ...]:
        """All imported units."""
        return tuple(unit for line in self.lines for unit in line.units)


def convert(
    order: OrderDetails,
    rules: ImportRules,
    *,
    vat_rates: Mapping[str, Decimal] | None = None,
    codes: Codes | None = None,
    unknown: Collection[str] = (),
    reservation: bool = False,
) -> OrderImport:
    """Turn a Kaufland order into a Shoptet order.

    Args:
        order: Read with ``embedded=["delivery"]``; without it pickup orders cannot be told from home
            delivery.
        rules: The storefront's rules.
        vat_rates: Standard VAT rate of each storefront in percent, from ``info.vat_indicators``.
        codes: Shoptet variant code by EAN, for units without ``id_offer`` or with one that is *unknown*;
            leading zeros do not count.
        unknown: Values of ``id_offer`` that the shop does not have, in the form of :func:`.offers.code_of`.
        reservation: Accept an order whose address Kaufland does not give yet.

    Raises:
        MappingError: There is no address yet (``shipping_address``), nothing is left to import
            (``order_units``), a piece has no variant and the rules refuse such (``id_offer``), units disagree
            about the currency, they come to more than anybody pays (``price``, ``shipping_rate``,
            ``discount_value``), a country is not an ISO 3166 alpha-2 code, a pickup point has no number, the order is of another storefront than the rules, or its
            external code is longer than Shoptet's are.
    """
    storefront = order.storefront.value
    if storefront != rules.storefront:
        raise MappingError(
            "storefront",
            f"order {order.id_order} was sold on {storefront}, the rules are those of {rules.storefront}.",
            "Give the rules of the order's own storefront.",
        )
    notes: list[str] = []
    units, cancelled = _split(order, notes)
    currency = _currency(units)
    _payable(order.id_order, units, currency)
    country, bill_to, deliver_to = _addresses(order, notes, reservation=reservation)
    state = order_state([unit.status.value for unit in order.order_units], autopaid=rules.statuses.autopaid)
    notes += [f"unknown status {word!r}" for word in state.unknown]
    status = shoptet_status(rules.statuses, state.label) if state.label is not None else None
    if status is None:
        notes.append(
            f"no Shoptet status is mapped for {state.label or 'its status'}: the shop's default applies"
        )

    rates = _rates(order, units, country, rules, vat_rates or {}, notes)
    items: list[OrderItemCreate] = []
    lines: list[Line] = []
    by_ean = {ean_key(ean): code for ean, code in (codes or {}).items()}
    for group in _groups(units, rates):
        lines.append(Line(item=len(items), units=tuple(unit.id_order_unit for unit in group)))
        items.append(_product_line(group, rates[group[0].id_order_unit], rules, by_ean, unknown, notes))
    main_rate = _main_rate(units, rates)
    total = sum(unit.price + unit.shipping_rate for unit in units)
    shipping_charge = sum(unit.shipping_rate for unit in units)
    items.append(_charge("shipping", rules.shipping_name, shipping_charge, main_rate, notes))
    items.append(_charge("billing", rules.payment_name, 0, main_rate, notes))
    discounts = _discounts(units, rates)
    discount = sum(discounts.values())
    if rules.discounts == "deduct":
        for (kind, rate), minor in discounts.items():
            line_type = _DISCOUNTS.get(kind, "discount-coupon")
            items.append(_charge(line_type, f"Kaufland - {kind}", -minor, rate, notes))
        total -= discount
    elif discount:
        notes.append(f"discounts of {from_minor(discount)} {currency} were left out, as the settings say")

    pickup = _pickup(order, rules, notes)
    deemed_supplier = any(_is_deemed(order, unit) for unit in units)
    if deemed_supplier:
        notes.append(
            "Kaufland is the deemed supplier: it owes the VAT and issues the invoice, the shop must not"
        )
    if rules.vat.mode == "Normal" and rules.vat.payer and country != storefront.upper():
        notes.append(f"delivered to {country}, sold on {storefront}: check the VAT mode")
    shop_order = OrderCreate(
        external_code=_external_code(rules.external_code_prefix + order.id_order),
        creation_time=order.ts_created_iso,
        status_id=UNSET if status is None else status,
        email=_email(order, rules, notes),
        phone=_phone(order, rules, notes),
        payment_method_guid=choose(rules.payment, country=country),
        shipping_guid=choose(
            rules.shipping, country=country, pickup_provider=None if pickup is None else pickup.provider
        ),
        shipping_details=UNSET if pickup is None else _shipping_details(pickup),
        paid=True,
        billing_address=bill_to,
        addresses_equal=deliver_to is None,
        delivery_address=UNSET if deliver_to is None else deliver_to,
        currency=OrderCreateCurrency(code=currency, exchange_rate=_exchange_rate(rules.exchange_rate)),
        vat_mode=rules.vat.mode,
        items=tuple(items),
    )
    remark = [f"Kaufland {storefront} {order.id_order}", *([pickup.remark] if pickup else []), *notes]
    return OrderImport(
        id_order=order.id_order,
        storefront=storefront,
        created=order.ts_created_iso,
        order=evolve(shop_order, notes=OrderCreateNotes(eshop_remark="\n".join(remark))),
        lines=tuple(lines),
        cancelled=cancelled,
        total=total,
        currency=currency,
        reservation=order.shipping_address is None and order.billing_address is None,
        label=state.label,
        deemed_supplier=deemed_supplier,
        notes=tuple(_without_values(note) for note in notes),
    )


def _external_code(code: str) -> str:
    """Never clipped: two orders with one code would be one order to Shoptet."""
    if len(code) > LIMITS["external_code"]:
        raise MappingError(
            "id_order",
            f"{code!r} has more characters than the {LIMITS['external_code']} of an external code.",
            "Choose a shorter prefix.",
        )
    return code


def _exchange_rate(rate: Decimal | None) -> Decimal | Unset:
    """Shoptet wants two places at least, where ``25.3`` has one."""
    if rate is None:
        return UNSET
    return rate if rate != round(rate, 2) else round(rate, 2)


def head_of(order: OrderCreate) -> OrderHeadUpdate:
    """Contacts and addresses of an order, for one that was created as a reservation without them."""
    billing = order.billing_address or OrderCreateBillingAddress(country_code="")
    delivery = order.delivery_address or None
    return OrderHeadUpdate(
        email=order.email,
        phone=order.phone,
        addresses_equal=delivery is None,
        billing_address=OrderHeadUpdateBillingAddress(
            country_code=billing.country_code, **{name: getattr(billing, name) for name in _ADDRESS}
        ),
        delivery_address=UNSET
        if delivery is None
        else OrderHeadUpdateDeliveryAddress(
            country_code=delivery.country_code, **{name: getattr(delivery, name) for name in _ADDRESS}
        ),
    )


_ADDRESS: Final = ("full_name", "company", "street", "house_number", "city", "additional", "zip")


# Units and lines.


def _split(order: OrderDetails, notes: list[str]) -> tuple[list[OrderDetailsUnit], tuple[int, ...]]:
    kept = [unit for unit in order.order_units if unit.status != "cancelled"]
    gone = tuple(unit.id_order_unit for unit in order.order_units if unit.status == "cancelled")
    if not kept:
        raise MappingError(
            "order_units",
            f"order {order.id_order} has no units left: {len(gone)} cancelled.",
            "There is nothing to import.",
        )
    if gone:
        notes.append(f"{len(gone)} of {len(order.order_units)} units were cancelled before the import")
    return kept, gone


def _currency(units: Iterable[OrderDetailsUnit]) -> str:
    found = {unit.currency.value for unit in units}
    if len(found) > 1:
        raise MappingError(
            "currency",
            f"the units of one order are in {' and '.join(sorted(found))}.",
            "Shoptet orders have one currency; report this order to Kaufland.",
        )
    return found.pop()


def _payable(id_order: str, units: Sequence[OrderDetailsUnit], currency: str) -> None:
    """Neither Shoptet nor the ledger holds any amount whatever."""
    amounts: dict[str, Iterable[int]] = {
        "price": (unit.price for unit in units),
        "shipping_rate": (unit.shipping_rate for unit in units),
        "discount_value": (each.discount_value for unit in units for each in unit.discounts or ()),
    }
    for name, minor in amounts.items():
        if sum(map(abs, minor)) > _LARGEST:
            raise MappingError(
                name,
                f"the units of order {id_order} come to more than {from_minor(_LARGEST)} {currency}.",
                "Nobody pays that much: look at the order in the Seller Portal, and report it to Kaufland.",
            )


def _is_deemed(order: OrderDetails, unit: OrderDetailsUnit) -> bool:
    return order.is_marketplace_deemed_supplier or unit.is_marketplace_deemed_supplier


def _rates(
    order: OrderDetails,
    units: Iterable[OrderDetailsUnit],
    country: str,
    rules: ImportRules,
    standard: Mapping[str, Decimal],
    notes: list[str],
) -> dict[int, Decimal]:
    """The VAT rate of each unit, with the two places that Shoptet takes."""
    rates: dict[int, Decimal] = {}
    told: dict[str, None] = {}
    for unit in units:
        decision = decide(
            unit.vat,
            storefront=rules.storefront,
            country=country,
            deemed_supplier=_is_deemed(order, unit),
            rules=rules.vat,
            rates=standard,
        )
        rates[unit.id_order_unit] = rate = round(decision.rate, 2)
        if decision.note:
            told[decision.note] = None
        if rate != decision.rate:
            told[f"VAT {decision.rate} % was rounded to {rate} %"] = None
    notes += told
    return rates


def _groups(
    units: Iterable[OrderDetailsUnit], rates: Mapping[int, Decimal]
) -> Iterable[list[OrderDetailsUnit]]:
    """Pieces that are the same in everything a line says, in the order of their first piece.

    Of a piece with neither an offer nor a product nobody knows whether it is the same as another one.
    """
    groups: dict[tuple[object, ...], list[OrderDetailsUnit]] = {}
    for unit in units:
        code = code_of(unit.id_offer or "")
        what = ("offer", code) if code else ("unit", unit.id_order_unit)
        if unit.product and not code:
            what = ("product", unit.product.id_product)
        same = (what, unit.price, rates[unit.id_order_unit], unit.unit_condition)
        groups.setdefault(same, []).append(unit)
    return groups.values()


def _product_line(
    group: Sequence[OrderDetailsUnit],
    rate: Decimal,
    rules: ImportRules,
    codes: Codes,
    unknown: Collection[str],
    notes: list[str],
) -> OrderItemCreate:
    unit = group[0]
    code = _code(group, rules, codes, unknown, notes)
    name = unit.product.title if unit.product and (rules.names or code is None) else ""
    if code is None and not name.strip():
        name = "Kaufland"  # a line without a product needs a name
    return OrderItemCreate(
        item_type="product",
        code=UNSET if code is None else code,
        name=_optional("name", name, notes),
        amount=Decimal(len(group)),
        vat_rate=rate,
        unit_price_with_vat=from_minor(unit.price),
    )


def _code(
    group: Sequence[OrderDetailsUnit],
    rules: ImportRules,
    codes: Codes,
    unknown: Collection[str],
    notes: list[str],
) -> str | None:
    """The variant's code, never clipped: a part of a code is the code of something else."""
    unit = group[0]
    named = ("unit " if len(group) == 1 else "units ") + ", ".join(str(unit.id_order_unit) for unit in group)
    lack, full = "no offer code", ""
    offer = (unit.id_offer or "").strip()
    if len(offer) > LIMITS["code"]:
        lack, full = f"an offer code of more than {LIMITS['code']} characters", f"{_FULL}{offer}"
    elif offer and code_of(offer) in unknown:
        lack = f"the shop has no {offer}"
    elif offer:
        return offer
    found = _matched(unit, codes)
    if len(found) == 1:
        told = "" if lack == "no offer code" else f"{lack}, "
        notes.append(f"{named}: {told}matched to {found[0]} by EAN{full}")
        return found[0]
    if found:
        lack = f"{lack}, and its EAN is that of {' and '.join(found)}"
    if rules.unmatched == "refuse":
        raise MappingError(
            "id_offer",
            f"{named}: {lack}, so that the article is not known.",
            "Give the EAN to one variant of the shop, import the order by hand, or let such pieces become lines of "
            'text: unmatched = "text".',
        )
    notes.append(f"{named}: {lack}, the line is not linked to a product{full}")
    return None


def _matched(unit: OrderDetailsUnit, codes: Codes) -> tuple[str, ...]:
    """Every code that one of the product's EANs leads to."""
    found: dict[str, None] = {}
    for key in _eans(unit):
        known = codes.get(key, ())
        found |= dict.fromkeys([known] if isinstance(known, str) else known)
    return tuple(found)


def _eans(unit: OrderDetailsUnit) -> tuple[str, ...]:
    keys = (ean_key(ean) for ean in unit.product.eans) if unit.product else ()
    return tuple(dict.fromkeys(key for key in keys if key))


def ean_key(ean: str) -> str:
    """An EAN without what it may be written with or without: blanks and leading zeros.

    >>> ean_key(" 0194252013212"), ean_key("194252013212"), ean_key("000")
    ('194252013212', '194252013212', '')
    """
    return "".join(ean.split()).lstrip("0")


def unmatched_eans(order: OrderDetails, unknown: Collection[str] = ()) -> frozenset[str]:
    """The EANs, as :func:`ean_key` has them, of the pieces that an order has to be matched by EAN for.

    Args:
        order: The order.
        unknown: Values of ``id_offer`` that the shop does not have, in the form of :func:`.offers.code_of`.
    """
    return frozenset(
        ean
        for unit in order.order_units
        if not 0 < len((unit.id_offer or "").strip()) <= LIMITS["code"]
        or code_of(unit.id_offer or "") in unknown
        for ean in _eans(unit)
    )


def _charge(kind: str, name: str, minor: int, rate: Decimal, notes: list[str]) -> OrderItemCreate:
    return OrderItemCreate(
        item_type=kind,
        name=_fit("name", name, notes),
        amount=Decimal(1),
        vat_rate=rate,
        unit_price_with_vat=from_minor(minor),
    )


def _main_rate(units: Iterable[OrderDetailsUnit], rates: Mapping[int, Decimal]) -> Decimal:
    """The rate under which most of the goods' value falls; the higher one when two are level."""
    values: dict[Decimal, int] = {}
    for unit in units:
        rate = rates[unit.id_order_unit]
        values[rate] = values.get(rate, 0) + unit.price
    return max(values, key=lambda rate: (values[rate], rate))


def _discounts(
    units: Iterable[OrderDetailsUnit], rates: Mapping[int, Decimal]
) -> dict[tuple[str, Decimal], int]:
    """Discounts summed by kind and VAT rate, in minor units; whichever sign they came with, they reduce."""
    sums: dict[tuple[str, Decimal], int] = {}
    for unit in units:
        for discount in unit.discounts or ():
            if discount.discount_value:
                key = (discount.usage_type, rates[unit.id_order_unit])
                sums[key] = sums.get(key, 0) + abs(discount.discount_value)
    return sums


# Delivery.


def _pickup(order: OrderDetails, rules: ImportRules, notes: list[str]) -> PickupPoint | None:
    if isinstance(order.delivery, Unset):
        notes.append("read without `delivery`: a pickup point would not be known")
        return None
    if order.delivery.pickup_location is None:
        return None
    point = pickup_point(order.delivery.pickup_location)
    known = {provider.strip().casefold() for provider in rules.shipping.by_pickup}
    if point.provider.casefold() not in known:
        notes.append(f"no shipping method is set for pickup points of {point.provider or 'no provider'}")
    return point


def _shipping_details(point: PickupPoint) -> OrderCreateShippingDetails:
    return OrderCreateShippingDetails(
        branch_id=point.branch_id,
        branch_name=UNSET if point.branch_name is None else point.branch_name,
        carrier_id=UNSET if point.carrier_id is None else point.carrier_id,
    )


# The buyer.


def _addresses(
    order: OrderDetails, notes: list[str], *, reservation: bool
) -> tuple[str, OrderCreateBillingAddress, OrderCreateDeliveryAddress | None]:
    """Country of delivery, billing and delivery address; no second address when they are the same."""
    home = order.storefront.value.upper()
    shipping = order.shipping_address or order.billing_address
    billing = order.billing_address or order.shipping_address
    if shipping is None or billing is None:
        if not reservation:
            raise MappingError(
                "shipping_address",
                f"order {order.id_order} has no address yet.",
                "Kaufland gives it when the units leave `open`, about 15 minutes after the purchase: plan "
                "again.",
            )
        notes.append("a reservation: Kaufland has not given the address yet")
        return home, OrderCreateBillingAddress(country_code=home), None
    if order.shipping_address is None:
        notes.append("no shipping address: the billing address is taken")
    if order.billing_address is None:
        notes.append("no billing address: the shipping address is taken")
    given = {"shipping_address": order.shipping_address, "billing_address": order.billing_address}
    countries = [_country(name, address, home) for name, address in given.items() if address]
    bill_to = OrderCreateBillingAddress(country_code=countries[-1], **_parts("billing", billing, notes))
    if evolve(shipping, phone=None) == evolve(billing, phone=None):
        return countries[0], bill_to, None
    deliver_to = OrderCreateDeliveryAddress(country_code=countries[0], **_parts("delivery", shipping, notes))
    return countries[0], bill_to, deliver_to


def _country(name: str, address: Address, example: str) -> str:
    country = address.country.strip()
    if len(country) != 2 or not (country.isascii() and country.isalpha()):
        raise MappingError(
            f"{name}.country",
            f"{country!r} is not an ISO 3166 alpha-2 code.",
            f"Shoptet takes two letters, such as {example}; import this order by hand.",
        )
    return country.upper()


def _parts(which: str, address: Address, notes: list[str]) -> dict[str, Any]:
    names = (address.first_name, address.last_name)
    whole = {
        "full_name": " ".join(name.strip() for name in names if name and name.strip()),
        "company": address.company_name,
        "street": address.street,
        "house_number": address.house_number,
        "city": address.city,
        "additional": address.additional_field,
        "zip": address.postcode,
    }
    return {name: _optional(name, value, notes, of=f"{which} ") for name, value in whole.items()}


def _email(order: OrderDetails, rules: ImportRules, notes: list[str]) -> str | Unset:
    """The buyer's e-mail address, never clipped: a part of it is somebody else's."""
    email = (order.buyer.email or "").strip() if order.buyer else ""
    if len(email) > LIMITS["email"]:
        notes.append(f"email of more than {LIMITS['email']} characters was left out{_FULL}{email}")
        email = ""
    if not email and not rules.email_fallback:
        notes.append("there is no e-mail address, which Shoptet demands")
    return email or rules.email_fallback or UNSET


def _phone(order: OrderDetails, rules: ImportRules, notes: list[str]) -> str | Unset:
    found = [
        address.phone.strip()
        for address in (order.shipping_address, order.billing_address)
        if address is not None and address.phone and address.phone.strip()
    ]
    notes += [
        f"the billing address has another phone number{_FULL}{other}"
        for other in found[1:]
        if other != found[0]
    ]
    return _optional("phone", found[0] if found else rules.phone_fallback, notes)


# Texts.

_FULL: Final = ", in full: "


def _fit(field: str, text: str, notes: list[str], of: str = "") -> str:
    """Clip *text* to what Shoptet takes; what was cut is kept in the order's remark."""
    limit = LIMITS[field]
    if len(text) <= limit:
        return text
    notes.append(f"{of}{field} was clipped to {limit} characters{_FULL}{text}")
    return text[:limit]


def _optional(field: str, text: str | None, notes: list[str], of: str = "") -> str | Unset:
    return _fit(field, text.strip(), notes, of) if text and text.strip() else UNSET


def _without_values(note: str) -> str:
    """Notes go into plans and reports, which carry no personal data."""
    return note.partition(_FULL)[0]
