"""What stands in a sandbox: a furnished account and shop, the orders of the known facts, and a generator.

All people, addresses and numbers are invented; shapes and sizes are those of real rows.
"""

from __future__ import annotations

from .account import furnish_market
from .assortment import fill_assortment
from .catalogue import ARTICLES, Article, articles, ean13, fill_catalogue
from .facts import FACTS, TYPICAL, write_facts
from .generate import buy, order_in_shop, order_offer, order_on_kaufland, populate, sell
from .orders import Good, Scribe, address, latest_delivery, revenue
from .pages import fill_pages
from .shop import GUIDS, contact, furnish_shop, write_legacy_order, write_shipments

__all__ = [
    "ARTICLES",
    "FACTS",
    "GUIDS",
    "TYPICAL",
    "Article",
    "Good",
    "Scribe",
    "address",
    "articles",
    "buy",
    "contact",
    "ean13",
    "fill_assortment",
    "fill_catalogue",
    "fill_pages",
    "furnish_market",
    "furnish_shop",
    "latest_delivery",
    "order_in_shop",
    "order_offer",
    "order_on_kaufland",
    "populate",
    "revenue",
    "sell",
    "write_facts",
    "write_legacy_order",
    "write_shipments",
]
