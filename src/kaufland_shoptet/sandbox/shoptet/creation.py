"""Order insertion: the rules beyond the schema, and the order that comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from ..checks import Flaw
from ..routes import Asked
from ..wire import Answer
from .envelope import Error, Row, malformed, read_stamp, refuse, reply, stamp
from .lines import PRICES, Line, total
from .shop import Mail, Order, Shop, Variant

BILLING_METHODS: Final[Mapping[int, str]] = {1: "COD", 2: "Wire transfer", 3: "Cash", 4: "Card"}

_ADDRESS: Final = (
    "company",
    "fullName",
    "street",
    "houseNumber",
    "city",
    "district",
    "additional",
    "zip",
    "countryCode",
    "regionName",
    "regionShortcut",
)


@frozen
class Draft:
    """An order that is asked for: the shop, the data, the suppressing parameters and the time it is given."""

    shop: Shop
    data: Row
    suppress: Mapping[str, bool]
    created: datetime

    def suppresses(self, what: str) -> bool:
        """Was a side effect or a check switched off?"""
        return self.suppress.get("suppress" + what, False)

    def variant(self, item: Row) -> Variant | None:
        """The variant that an item names by code or GUID."""
        code, guid = item.get("code"), item.get("productGuid")
        if code is not None:
            return self.shop.variants.get(code)
        found = (row for row in self.shop.variants.values() if row.product == guid)
        return next(found, None) if guid else None

    def of_type(self, kind: str) -> list[tuple[int, Row]]:
        """The items of one type with their positions."""
        return [(place, item) for place, item in enumerate(self.data["items"]) if item["itemType"] == kind]


# -- rules -----------------------------------------------------------------------------------------------


def _codes(draft: Draft) -> Iterator[Flaw]:
    external, code = draft.data["externalCode"], draft.data.get("code")
    if external in draft.shop.taken:
        yield Flaw("data.externalCode", f'Order with external code "{external}" was already imported.')
    if code in draft.shop.orders:
        yield Flaw("data.code", f'Order with code "{code}" already exists.')


def _times(draft: Draft) -> Iterator[Flaw]:
    text = draft.data.get("creationTime")
    if text is not None and read_stamp(text) is None:
        yield Flaw("data.creationTime", f'Invalid date-time "{text}".')
    if draft.suppresses("HistoricalMandatoryFields"):
        age = draft.shop.clock.now() - draft.created
        if age <= timedelta(hours=24):
            message = "Mandatory fields can be suppressed for orders older than 24 hours only."
            yield Flaw("data.creationTime", message)


def _references(draft: Draft) -> Iterator[Flaw]:
    shop, data = draft.shop, draft.data
    if shop.currency_row(data["currency"]["code"].upper()) is None:
        yield Flaw("data.currency.code", f'Currency "{data["currency"]["code"]}" is not used in the e-shop.')
    statuses = [("data.statusId", data.get("statusId"))]
    statuses += [
        (f"data.items[{place}].statusId", item.get("statusId")) for place, item in enumerate(data["items"])
    ]
    for at, status in statuses:
        if status is not None and shop.status_row(status) is None:
            yield Flaw(at, f'Invalid statusId "{status}".')
    if data.get("vatMode") == "One Stop Shop" and not shop.settings["oss"]:
        yield Flaw("data.vatMode", "The e-shop does not use One Stop Shop.")


def _source(draft: Draft) -> Iterator[Flaw]:
    source, cash_desk = draft.data.get("sourceId"), draft.data.get("cashDeskOrder", False)
    if source is None:
        return
    if source not in {row["id"] for row in draft.shop.sources}:
        yield Flaw("data.sourceId", f'Invalid sourceId "{source}".')
    if source in draft.shop.marketplace_sources:
        yield Flaw("data.sourceId", "Marketplace sources are not supported for order creation.")
    if cash_desk != (source > 0):
        yield Flaw("data.sourceId", "Sources of the cash desk go with cashDeskOrder, others do not.")


def _person(draft: Draft) -> Iterator[Flaw]:
    data = draft.data
    if "email" not in data and not data.get("cashDeskOrder", False):
        yield Flaw("data.email", "The property email is required")
    if data.get("addressesEqual") is False and data.get("deliveryAddress") is None:
        yield Flaw("data.deliveryAddress", "Delivery address is required when addresses are not equal.")
    if draft.suppresses("HistoricalMandatoryFields"):
        return
    for section, fields in draft.shop.customer_fields.items():
        held, at = _section(data, section)
        for name, need in fields.items():
            if need == "required" and held is not None and not _given(held, name):
                yield Flaw(f"{at}.{name}", f"The property {name} is required by the e-shop")


def _section(data: Row, section: str) -> tuple[Row | None, str]:
    if section == "deliveryAddress":
        return (data.get(section) if data.get("addressesEqual") is False else None), f"data.{section}"
    if section == "contactInfo":
        return data | {"birthday": data.get("birthDate")}, "data"
    return data.get("billingAddress", {}), "data.billingAddress"


def _given(held: Row, name: str) -> bool:
    if name in ("street", "houseNumber") and held.get("streetWithNr"):
        return True
    return bool(held.get(name))


_PAIRS: Final = (
    ("paymentMethodGuid", "billing", "HistoricalPaymentChecking"),
    ("shippingGuid", "shipping", "HistoricalShippingChecking"),
)


def _methods(draft: Draft) -> Iterator[Flaw]:
    lists = {"billing": draft.shop.payment_methods, "shipping": draft.shop.shipping_methods}
    for key, kind, check in _PAIRS:
        guid, items, loose = draft.data.get(key), draft.of_type(kind), draft.suppresses(check)
        if guid is not None and draft.shop.method_row(lists[kind], guid) is None:
            yield Flaw(f"data.{key}", f'"{guid}" does not exist in the e-shop.')
        if guid is not None and not items:
            yield Flaw("data.items", f"There must be an item of type {kind} when {key} is filled.")
        if guid is None and not loose and (items or key in draft.data):
            yield Flaw(f"data.{key}", f"{key} must be filled when there is an item of type {kind}.")
        for place, item in items:
            if not item.get("name"):
                yield Flaw(f"data.items[{place}].name", "The property name is required")


def _goods(draft: Draft) -> Iterator[Flaw]:
    if not draft.of_type("product"):
        yield Flaw("data.items", "There must be at least one item of type product.")
    for place, item in draft.of_type("product"):
        named = item.get("code") is not None or "productGuid" in item
        missing = named and draft.variant(item) is None
        if missing and not draft.suppresses("ProductChecking"):
            name = item.get("code") or item["productGuid"]
            yield Flaw(f"data.items[{place}].code", f'Product "{name}" does not exist.')
        elif (missing or not named) and not item.get("name"):
            yield Flaw(f"data.items[{place}].name", "The property name is required")


def _prices(draft: Draft) -> Iterator[Flaw]:
    shop = draft.shop
    payer = draft.data.get("vatPayer", shop.settings["vatPayer"])
    rates = {Decimal(rate["vatRate"]) for row in shop.tax_classes for rate in row["rates"]} | {Decimal(0)}
    normal = draft.data.get("vatMode", "Normal") == "Normal"
    for place, item in enumerate(draft.data["items"]):
        at = f"data.items[{place}]"
        if sum(item.get(name) is not None for name in PRICES) != 1:
            yield Flaw(at, "Exactly one of unitPriceWithVat and unitPriceWithoutVat must be filled.")
        if item.get("buyPriceWithVat") is not None and item.get("buyPriceWithoutVat") is not None:
            yield Flaw(at, "Only one of buyPriceWithVat and buyPriceWithoutVat can be filled.")
        rate = Decimal(item["vatRate"])
        if rate and not payer:
            yield Flaw(f"{at}.vatRate", "The e-shop is no VAT payer: the rate must be 0.00.")
        if normal and rate not in rates and not shop.switches.foreign_vat_rates:
            yield Flaw(f"{at}.vatRate", f'VAT rate "{item["vatRate"]}" is not used in the e-shop.')


_RULES: Final[tuple[Callable[[Draft], Iterator[Flaw]], ...]] = (
    _times,
    _references,
    _source,
    _person,
    _methods,
    _goods,
    _prices,
)


def _check(draft: Draft) -> None:
    if draft.data.get("salesChannelGuid") is not None and not draft.shop.has_module("salesChannels"):
        raise refuse(403, Error("missing-module", 'Module "Sales channel" is not active.', "salesChannel"))
    taken = list(_codes(draft))
    if taken:
        code = draft.shop.switches.duplicate_code
        raise refuse(422, *(Error(code, flaw.message, flaw.at) for flaw in taken))
    flaws = [flaw for rule in _RULES for flaw in rule(draft)]
    if flaws:
        raise malformed(flaws)


def _short(draft: Draft) -> Iterator[Error]:
    if draft.shop.settings["negativeStockAmount"] == "allowed":
        return
    wanted: dict[str, Decimal] = {}
    for place, item in draft.of_type("product"):
        variant = draft.variant(item)
        if variant is None or variant.stock is None or variant.negative:
            continue
        wanted[variant.code] = wanted.get(variant.code, Decimal(0)) + Line.read(item).amount
        if wanted[variant.code] > variant.stock:
            message = f'There are only {variant.stock} pieces of "{variant.code}" in stock.'
            yield Error("invalid-request-data", message, f"data.items[{place}].amount")


# -- building --------------------------------------------------------------------------------------------


def address(given: Row) -> Row:
    """An address as an order keeps it."""
    row = {name: given.get(name) for name in _ADDRESS}
    if given.get("streetWithNr") and not (given.get("street") or given.get("houseNumber")):
        split = re.fullmatch(r"(.*\S)\s+(\d\S*)", given["streetWithNr"])
        row["street"], row["houseNumber"] = split.groups() if split else (given["streetWithNr"], None)
    return row


def billing(given: Row) -> Row:
    """A billing address as an order keeps it."""
    ids = {name: given.get(name) for name in ("companyId", "vatId", "taxId")}
    return address(given) | ids | {"vatIdValidationStatus": "unverified" if ids["vatId"] else None}


def _item(draft: Draft, item: Row, status: Row) -> Row:
    variant, line = draft.variant(item), Line.read(item)
    own = draft.shop.status_row(item["statusId"]) if item.get("statusId") is not None else None
    shown = own or status
    loaded: Row = {}
    if variant is not None:
        loaded = {
            "productGuid": variant.product,
            "code": variant.code,
            "ean": variant.ean,
            "name": variant.name,
            "variantName": variant.variant_name,
            "brand": variant.brand,
            "amountUnit": variant.unit,
            "weight": f"{variant.weight:.3f}",
        }
    goods = item["itemType"] == "product"
    return {
        "productGuid": None,
        "code": None,
        "ean": None,
        "itemType": item["itemType"],
        "productType": "product" if goods else None,
        "name": "",
        "variantName": None,
        "brand": None,
        "remark": item.get("remark"),
        "weight": "0.000",
        "additionalField": item.get("additionalField"),
        "amount": f"{line.amount:.3f}",
        "amountUnit": None,
        "priceRatio": f"{line.ratio:.4f}",
        "status": {"id": shown["id"], "name": shown["name"]},
        "itemPrice": line.total.row(),
        "unitPrice": line.unit.row(),
        "displayPrices": [line.total.row()],
        "purchasePrice": None,
        "recyclingFee": None,
        "supplierName": item.get("supplierName"),
        "itemId": next(draft.shop.item_ids),
        "warrantyDescription": item.get("warrantyDescription"),
        "amountCompleted": item.get("amountCompleted", "0.000"),
        **loaded,
        **{
            name: item[name]
            for name in ("name", "variantName", "brand", "code", "productGuid", "amountUnit")
            if item.get(name) is not None
        },
        **({"weight": f"{Decimal(item['weight']):.3f}"} if "weight" in item else {}),
    }


def _exchange_rate(draft: Draft, currency: Row) -> Decimal:
    sent = Decimal(draft.data["currency"].get("exchangeRate") or currency["exchangeRate"])
    echo = draft.shop.switches.exchange_rate_echo
    inverse = draft.shop.settings["exchangeRateFlip"] if echo == "setting" else echo == "inverse"
    return 1 / sent if inverse else sent


def _named(row: Row | None) -> Row | None:
    return row and {"guid": row["guid"], "name": row["name"]}


def _method(draft: Draft, methods: list[Row], key: str) -> Row | None:
    guid = draft.data.get(key)
    return _named(draft.shop.method_row(methods, guid)) if guid is not None else None


def _details(draft: Draft) -> Row | None:
    given = draft.data.get("shippingDetails")
    if given is None:
        return None
    guid = draft.data.get("shippingGuid")
    method = draft.shop.method_row(draft.shop.shipping_methods, guid) if guid else None
    company: Row = (method or {}).get("shippingCompany") or {}
    empty = dict.fromkeys(
        ("note", "place", "street", "city", "zipCode", "countryCode", "link", "latitude", "longitude")
    )
    return {
        "branchId": given["branchId"],
        "shippingCompanyCode": company.get("code"),
        "name": given.get("branchName"),
        **empty,
        "carrierId": given.get("carrierId"),
    }


def _notes(draft: Draft) -> Row:
    given: Row = draft.data.get("notes") or {}
    texts = {row["index"]: row["text"] for row in given.get("additionalFields", [])}
    return {
        **{name: given.get(name) for name in ("customerRemark", "eshopRemark", "trackingNumber")},
        "texts": texts,
    }


def build(draft: Draft) -> Order:
    """The order that a draft describes, not yet put in and without side effects."""
    shop, data = draft.shop, draft.data
    status = shop.status_row(data.get("statusId", shop.default_status))
    currency = shop.currency_row(data["currency"]["code"].upper())
    assert status is not None
    assert currency is not None
    first = shop.status_row(shop.default_status) or status
    code = data.get("code") or shop.new_code()
    method = data.get("billingMethodCode")
    equal = data.get("addressesEqual") is not False
    items = [_item(draft, item, status if status["changeOrderItems"] else first) for item in data["items"]]
    payment = _method(draft, shop.payment_methods, "paymentMethodGuid")
    shipping = _method(draft, shop.shipping_methods, "shippingGuid")
    source = next((row for row in shop.sources if row["id"] == data.get("sourceId")), None)
    row: Row = {
        "code": code,
        "guid": shop.new_guid(),
        "externalCode": data["externalCode"],
        "creationTime": stamp(draft.created),
        "changeTime": None,
        "email": data.get("email"),
        "phone": data.get("phone"),
        "birthDate": data.get("birthDate"),
        "clientIPAddress": data.get("clientIPAddress"),
        "customerGuid": data.get("customerGuid"),
        "cashDeskOrder": data.get("cashDeskOrder", False),
        "stockId": data.get("stockId", 1),
        "addressesEqual": equal,
        "vatPayer": data.get("vatPayer", shop.settings["vatPayer"]),
        "vatMode": data.get("vatMode", "Normal"),
        "billingMethod": {"id": method, "name": BILLING_METHODS[method]} if method else None,
        "paymentMethod": payment,
        "shipping": shipping,
        "adminUrl": f"{shop.contact['url']}/admin/objednavky-detail?id={items[0]['itemId']}",
        "status": {"id": status["id"], "name": status["name"]},
        "source": source,
        "salesChannelGuid": data.get("salesChannelGuid"),
        "price": total(map(Line.read, data["items"]), currency, _exchange_rate(draft, currency)),
        "paid": data.get("paid", status["markAsPaid"]),
        "billingAddress": billing(data.get("billingAddress", {})),
        "deliveryAddress": None if equal else address(data["deliveryAddress"]),
        "onlinePaymentLink": None,
        "language": data.get("language", shop.settings["eshopLanguage"]),
        "referer": None,
        "paymentMethods": _carried("paymentMethod", "billing", payment, items),
        "shippings": _carried("shipping", "shipping", shipping, items),
        "items": items,
        "completion": [
            {
                name: item[name]
                for name in (
                    "productGuid",
                    "code",
                    "itemType",
                    "name",
                    "variantName",
                    "amount",
                    "amountUnit",
                    "itemId",
                    "amountCompleted",
                )
            }
            for item in items
            if item["itemType"] == "product"
        ],
    }
    return Order(
        row=row,
        created=draft.created,
        changed=shop.clock.now(),
        notes=_notes(draft),
        details=_details(draft),
        takes=[
            (item["code"], Decimal(item["amount"]))
            for item in items
            if item["itemType"] == "product" and item["code"] is not None
        ],
    )


def _carried(key: str, kind: str, method: Row | None, items: list[Row]) -> list[Row]:
    return [
        {key: method or {"guid": None, "name": item["name"]}, "itemId": item["itemId"]}
        for item in items
        if item["itemType"] == kind
    ]


def _follow_up(draft: Draft, order: Order) -> None:
    shop = draft.shop
    if not draft.suppresses("StockMovements"):
        shop.move_stock(order, 1)
    if not draft.suppresses("EmailSending"):
        for to in (order.row["email"], shop.contact["email"]):
            if to is not None:
                shop.mails.append(Mail(order.code, "welcome", to))
    status = shop.status_row(order.status)
    if status is not None and not draft.suppresses("DocumentGeneration"):
        shop.generate(order, status)
    shop.emit("order:create", order.code)


def put(draft: Draft) -> Order:
    """Put in the order that a draft describes, with all its side effects."""
    order, external = build(draft), draft.data["externalCode"]
    draft.shop.orders[order.code] = order
    if external is not None:
        draft.shop.taken.add(external)
    draft.shop.note_change(order)
    _follow_up(draft, order)
    return order


def create_order(shop: Shop, asked: Asked, show: Callable[[Order], Any]) -> Answer:
    """Check everything, then make the order with all its side effects; nothing is left behind by a refusal."""
    data = asked.body["data"]
    given = read_stamp(data["creationTime"]) if "creationTime" in data else None
    draft = Draft(shop, data, asked.query, given or shop.clock.now())
    _check(draft)
    short = [] if draft.suppresses("StockMovements") else list(_short(draft))
    if short:
        raise refuse(shop.switches.short_stock_status, *short)
    return reply(201, {"order": show(put(draft))})
