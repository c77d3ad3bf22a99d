"""The seller account on Kaufland: shipping groups and warehouses."""

from __future__ import annotations

from collections.abc import Sequence

from ..kaufland.market import Market, Row
from ..kaufland.tables import STOREFRONTS


def _group(number: int, storefront: str, countries: Sequence[str], costs: tuple[int, int, int, int]) -> Row:
    first, following, most, free = costs
    currency = STOREFRONTS[storefront].currency
    return {
        "id_shipping_group": number,
        "storefront": storefront,
        "name": f"Standard {storefront}",
        "type": "PACKAGE",
        "is_default": True,
        "currency": currency,
        "preferred_currency": currency,
        "regions": [
            {
                "countries": list(countries),
                "shipping_options": [
                    {
                        "name": "default",
                        "cost_first": first,
                        "cost_next": following,
                        "cost_max": most,
                        "cost_free": free,
                        "cut_off_time": "12:00",
                        "transport_time_min": 2,
                        "transport_time_max": 4,
                    }
                ],
            }
        ],
    }


def furnish_market(market: Market) -> None:
    """Shipping groups and warehouses of an account."""
    market.shipping_groups += [
        _group(195841, "cz", ["CZ"], (9_900, 0, 9_900, 500_000)),
        _group(195842, "sk", ["SK"], (490, 0, 490, 20_000)),
        _group(195843, "de", ["DE", "AT"], (590, 290, 1_170, 20_000)),
        _group(195844, "pl", ["PL"], (1_990, 0, 1_990, 100_000)),
        _group(195845, "at", ["AT"], (790, 0, 790, 20_000)),
    ]
    market.warehouses.append(
        {
            "id_warehouse": 51234,
            "name": "Sklad Praha",
            "address": {
                "street": "Skladová",
                "house_number": "12",
                "postcode": "19800",
                "city": "Praha",
                "country": "CZ",
                "phone": "+420601000100",
            },
            "is_default": True,
            "type": "normal",
        }
    )
