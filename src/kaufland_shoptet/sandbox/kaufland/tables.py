"""Kaufland's fixed facts: storefronts, currencies, VAT rates, carriers, words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple


class Storefront(NamedTuple):
    """One marketplace: currency, locale of its product data, and VAT rates by indicator."""

    currency: str
    locale: str
    country: str
    vat: Mapping[str, Decimal]


def _vat(standard: str, first: str = "", second: str = "", super_reduced: str = "") -> Mapping[str, Decimal]:
    rates = {
        "standard_rate": standard,
        "reduced_rate_1": first,
        "reduced_rate_2": second,
        "super_reduced_rate": super_reduced,
        "zero_rate": "0",
    }
    return {indicator: Decimal(rate) for indicator, rate in rates.items() if rate}


STOREFRONTS: Final[Mapping[str, Storefront]] = MappingProxyType(
    {
        "de": Storefront("EUR", "de-DE", "DE", _vat("19", "7")),
        "cz": Storefront("CZK", "cs-CZ", "CZ", _vat("21", "12")),
        "sk": Storefront("EUR", "sk-SK", "SK", _vat("23", "19", "5")),
        "pl": Storefront("PLN", "pl-PL", "PL", _vat("23", "8", "5")),
        "at": Storefront("EUR", "de-AT", "AT", _vat("20", "10", "13")),
        "fr": Storefront("EUR", "fr-FR", "FR", _vat("20", "10", "5.5", "2.1")),
        "it": Storefront("EUR", "it-IT", "IT", _vat("22", "10", "5", "4")),
        "es": Storefront("EUR", "es-ES", "ES", _vat("21", "10", "", "4")),
        "nl": Storefront("EUR", "nl-NL", "NL", _vat("21", "9")),
    }
)
"""The nine storefronts, with the VAT rates of 2026."""

PRICE_LIMITS: Final[Mapping[str, int]] = {"EUR": 100_000_000, "CZK": 2_147_483_647, "PLN": 450_000_000}
"""Highest prices in minor units: 1,000,000 EUR, 4,500,000 PLN, and what the integer holds for CZK."""

STATUSES: Final = (
    "open",
    "need_to_be_sent",
    "sent",
    "received",
    "sent_and_autopaid",
    "returned",
    "returned_paid",
    "cancelled",
)
"""What an order unit can be, in the order of its life."""

CANCEL_REASONS: Final = (
    "BuyerCancelled",
    "ShippingAddressUndeliverable",
    "WrongCatalogData",
    "GeneralAdjustment",
    "MerchandiseNotReceived",
    "NoInventory",
    "DelayedInventory",
    "WrongPrice",
    "NoReactionBuyer",
    "UndeliverableRegion",
)
"""Reasons that a seller may give; answers also hold others, such as ``NoReaction``."""

REFUND_REASONS: Final = (
    "delivery_damage",
    "delivery_delay",
    "incomplete_delivery",
    "incorrect_delivery",
    "refund_postage_fee",
    "defect",
    "other_refund",
    "refund_return_postage_fee",
)
"""Reasons of a refund."""

BY_MERCHANT: Final = "fulfilled_by_merchant"
BY_KAUFLAND: Final = "fulfilled_by_kaufland"

CONDITIONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        100: "NEW",
        110: "REFURBISHED___AS_NEW",
        120: "REFURBISHED___VERY_GOOD",
        130: "REFURBISHED___GOOD",
        140: "REFURBISHED___ACCEPTABLE",
        200: "USED___AS_NEW",
        300: "USED___VERY_GOOD",
        400: "USED___GOOD",
        500: "USED___ACCEPTABLE",
    }
)
"""Condition of an offer by number; requests may name either."""

NO_TRACKING: Final = ("Other", "Other Hauler")
"""The carriers for which the tracking number may be empty."""

CARRIERS: Final[Mapping[str, bool]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "Austrian Post",
                "Czech Post",
                "DHL",
                "DHL Ecommerce",
                "DHL Express",
                "DPD",
                "DPD Austria",
                "DPD Czech Republic",
                "DPD Hungary",
                "DPD Poland",
                "DPD Slovakia",
                "Deutsche Post",
                "Fedex",
                "GLS",
                "GLS Czech Republic",
                "GLS Poland",
                "Geis",
                "Geis Poland",
                "Hermes",
                "InPost",
                "Orlen Paczka",
                "Other",
                "PPL",
                "Packeta",
                "Poland Post",
                "Post Italiane",
                "Slovak Parcel Service",
                "Slovakia Post",
                "TNT",
                "UPS",
                "WeDo Logistics",
            ),
            False,
        ),
        **dict.fromkeys(
            (
                "DHL Freight",
                "DSV",
                "Dachser",
                "Gebruder Weiss",
                "Other Hauler",
                "Raben Group",
                "Schenker",
                "TopTrans",
                "trans-o-flex",
            ),
            True,
        ),
    }
)
"""Carriers by exact name, as `carrier_code` takes it, with whether each is a hauler. An excerpt of the
about 140 live ones."""
