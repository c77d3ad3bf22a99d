"""The e-shop: a Czech one that also sells in EUR and PLN."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ..shoptet.creation import Draft, build
from ..shoptet.envelope import Row
from ..shoptet.shop import Order, Shop

GUIDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "shipping": "8921cdc1-051b-11e5-a8d3-ac162d8a2454",
        "packeta": "018c2a3e-6c1d-7a10-9c55-2f1f6d0f4a01",
        "ppl": "1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed",
        "ppl_wholesale": "6df78fa2-05b0-11e9-925b-0800273dc42e",
        "payment": "6f2c8e36-3faf-11e2-a723-705ab6a2ba75",
        "cash": "b57f91bb-e920-11e0-baa3-7dc668b75ca8",
    }
)
"""GUIDs of the shop's methods: `shipping` and `payment` are those meant for Kaufland orders."""


def contact(eshop_id: int = 269953) -> Row:
    """Contact information of the shop."""
    return {
        "eshopId": eshop_id,
        "eshopName": "Ukázkový obchod",
        "eshopCategory": None,
        "url": f"https://{eshop_id}.myshoptet.com",
        "eshopTitle": "Ukázkový obchod",
        "eshopSubtitle": None,
        "contactPerson": "Jan Ukázka",
        "email": "obchod@example.com",
        "phone": "+420601000100",
        "mobilePhone": None,
        "skypeAccount": None,
        "contactPhotoUrl": None,
    }


def _currency(code: str, title: str, rate: str, *, default: bool = False) -> Row:
    return {
        "code": code,
        "title": title,
        "isDefault": default,
        "isDefaultAdmin": default,
        "isDefaultDocuments": default,
        "isVisible": True,
        "exchangeRate": rate,
        "priority": 1,
        "display": {"text": code, "location": "right", "decimalsSeparator": ",", "thousandsSeparator": " "},
        "priceDecimalPlaces": 2,
        "documentPriceDecimalPlaces": 2,
        "rounding": "none",
        "minimalOrderValue": None,
        "bankAccount": dict.fromkeys(("accountNumber", "iban", "bic", "ownerName")),
    }


def _status(number: int, name: str, order: int, *, paid: bool = False, invoice: bool = False) -> Row:
    return {
        "id": number,
        "name": name,
        "system": number < 0,
        "order": order,
        "markAsPaid": paid,
        "color": None,
        "backgroundColor": None,
        "changeOrderItems": number < 0,
        "stockClaimResolved": number in (-3, -4),
        "documents": {
            "generateProformaInvoice": False,
            "generateInvoice": invoice,
            "generateDeliveryNote": False,
            "generateProofPayment": False,
        },
    }


def _shipping(
    guid: str, name: str, company: tuple[int, str, str] | None, tracking: str | None, place: int
) -> Row:
    return {
        "guid": guid,
        "name": name,
        "description": None,
        "shippingCompany": dict(zip(("id", "code", "name"), company, strict=True)) if company else None,
        "trackingUrl": tracking,
        "visible": True,
        "priority": place,
        "wholesale": guid == GUIDS["ppl_wholesale"],
        "logoUrl": None,
    }


def _payment(guid: str, name: str, kind: tuple[int, str, str], place: int) -> Row:
    return {
        "guid": guid,
        "name": name,
        "description": None,
        "submethod": None,
        "paymentType": dict(zip(("id", "code", "name"), kind, strict=True)),
        "visible": True,
        "priority": place,
        "wholesale": False,
        "logoUrl": None,
    }


def furnish_shop(shop: Shop) -> None:
    """Settings, currencies, statuses, sources and methods of a Czech shop that also sells in EUR and PLN."""
    shop.billing = {
        "billingName": "Ukázkový obchod s.r.o.",
        "company": {"companyId": "12345678", "vatId": "CZ12345678", "taxId": "CZ12345678"},
        "address": {"streetAddress": "Skladová 12", "city": "Praha", "zip": "198 00"},
        "country": {"countryCode": "CZ", "countryName": "Česká republika"},
        "registration": None,
        "phone": "+420601000100",
        "email": "fakturace@example.com",
        "billingEmail": None,
    }
    shop.settings = {
        "vatPayer": True,
        "cashDeskOnly": False,
        "trackStockClaims": True,
        "maxProductAmount": 500,
        "maxEmailAmount": 1000,
        "defaultPricelist": {"id": 1, "name": "Hlavní ceník"},
        "eshopLanguage": "cs",
        "timezone": "Europe/Prague",
        "dateFormat": "j.n.Y",
        "timeFormat": "H:i",
        "internals": "cs",
        "exchangeRateFlip": False,
        "negativeStockAmount": "no-hide-product",
        "oss": False,
        "stockControlDisabled": False,
        "wholesaleSplitActive": True,
    }
    shop.currencies = [
        _currency("CZK", "Koruna", "1.00000000", default=True),
        _currency("EUR", "Euro", "25.10000000"),
        _currency("PLN", "Zlotý", "5.87000000"),
    ]
    shop.stocks = [
        {
            "id": number,
            "title": title,
            "isDeliveryPoint": number == 1,
            "visibleOnEshop": number == 1,
            "deliveryPointTitle": None,
            "deliveryPointAddress": None,
            "type": kind,
            "parentStockId": None,
        }
        for number, title, kind in ((1, "Sklad Praha", "internalPhysical"), (2, "Dodavatel", "external"))
    ]
    shop.pricelists = [{"id": 1, "name": "Hlavní ceník"}, {"id": 2, "name": "Kaufland EUR"}]
    shop.tax_classes = [
        {
            "title": title,
            "rates": [{"zone": "Česká republika", "vatRate": rate}],
            "isDefault": rate == "21.00",
        }
        for title, rate in (("Základní sazba", "21.00"), ("Snížená sazba", "12.00"), ("Nulová sazba", "0.00"))
    ]
    shop.statuses = [
        _status(-1, "Nevyřízená", 1),
        _status(-2, "Vyřizuje se", 2),
        _status(26, "Kaufland - k odeslání", 3),
        _status(52, "Odesláno", 4, invoice=True),
        _status(-3, "Vyřízena", 5, paid=True),
        _status(70, "Vráceno", 6),
        _status(-4, "Stornována", 7),
    ]
    shop.status_mails = {52, -4}
    shop.sources = [
        {"id": -1, "name": "E-shop"},
        {"id": -8, "name": "Tržiště"},
        {"id": 1, "name": "Pokladna"},
    ]
    shop.marketplace_sources = {-8}
    ppl = (2, "ppl", "PPL")
    link = "https://www.ppl.cz/vyhledat-zasilku?shipmentId=#PACKAGE_NUMBER#"
    shop.shipping_methods = [
        _shipping(GUIDS["shipping"], "Kaufland doprava", None, None, 1),
        _shipping(
            GUIDS["packeta"],
            "Zásilkovna",
            (21, "zasilkovna", "Zásilkovna"),
            "https://tracking.packeta.com/cs/?id=#PACKAGE_NUMBER#",
            2,
        ),
        _shipping(GUIDS["ppl"], "PPL", ppl, link, 3),
        _shipping(GUIDS["ppl_wholesale"], "PPL", ppl, link, 4),
    ]
    shop.payment_methods = [
        _payment(GUIDS["payment"], "Kaufland - bankovní převod", (2, "bankTransfer", "Převod"), 1),
        _payment(GUIDS["cash"], "Dobírka", (1, "cash", "Dobírka"), 2),
    ]
    shop.order_fields = [{"index": index, "label": f"{index}. pole"} for index in range(1, 7)]
    shop.countries = [
        {
            "countryCode": code,
            "countryName": name,
            "companyIdPattern": None,
            "companyIdExample": None,
            "zipCodePattern": None,
        }
        for code, name in (
            ("CZ", "Česká republika"),
            ("SK", "Slovensko"),
            ("DE", "Německo"),
            ("AT", "Rakousko"),
        )
    ]
    shop.image_cuts = [
        {
            "name": name,
            "width": width,
            "height": width and width * 3 // 4,
            "urlPath": f"{shop.contact['url']}/user/shop/{name}/",
            "cdnPath": f"https://cdn-api.myshoptet.com/usr/{shop.contact['eshopId']}/user/shop/{name}/",
        }
        for name, width in (("orig", None), ("big", 1024), ("detail", 360))
    ]
    shop.customer_fields = {"billingAddress": {"countryCode": "required"}}


def write_shipments(shop: Shop, code: str) -> list[Row]:
    """Three shipments of one order: two that were cancelled and keep their numbers, and the one that counts."""
    return [
        shop.ship(code, f"8000{place}", status=status)
        for place, status in enumerate(("canceled", "canceled", "created"), 1)
    ]


def write_legacy_order(shop: Shop, code: str = "2018000012") -> Order:
    """Put in an order of the old days: no GUID, and nobody knows when it was made."""
    item = {"itemType": "product", "name": "Staré zboží", "vatRate": "21.00", "unitPriceWithVat": "100.00"}
    data = {"code": code, "externalCode": code, "currency": {"code": "CZK"}, "items": [item]}
    made = build(Draft(shop, data, {}, shop.clock.now()))
    made.created = None
    made.row |= {"guid": None, "creationTime": None, "changeTime": None, "externalCode": None}
    shop.orders[code] = made
    return made
