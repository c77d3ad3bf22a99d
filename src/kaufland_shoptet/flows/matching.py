"""Which variants of the shop pieces belong to that name no offer code, or one that the shop does not have.

Shoptet finds no product by its EAN. So the EANs come from the caller, from the feed that the settings name, or
from the catalogue, product by product; then they are kept in the ledger for a day, since that is a long walk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from attrs import field, frozen

from .._core.flows import Failed, do, settle
from ..errors import NotFound
from ..kaufland.resources.orders import OrderDetails
from ..mapping.offers import code_of
from ..mapping.orders import ean_key, unmatched_eans
from ..settings import StorefrontSettings
from ..shoptet.catalog import CatalogItem
from ..shoptet.resources.products import Product
from ..shoptet.resources.products import Products as ShoptetProducts
from .assortment import opened
from .shop import Shop
from .steps import note

__all__ = ["Variants", "variants_of"]

EANS: Final = "eans"
"""Action of the ledger: the codes of the shop's catalogue by EAN."""
FRESH: Final = timedelta(days=1)
"""How long they hold; a full plan reads them anew."""
_AT_ONCE: Final = 100
_BLOCK: Final = 50
"""Codes that Shoptet takes in one question."""
_CODE: Final = re.compile(r"[A-Z0-9_/ .-]{1,64}")

Index = dict[str, tuple[str, ...]]


@frozen
class Variants:
    """What the shop has, as far as some orders depend on it."""

    codes: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    """All codes that have an EAN, by the EAN without leading zeros."""
    unknown: frozenset[str] = frozenset()
    """Offer codes that the shop does not have."""

    def of(self, order: OrderDetails) -> Variants:
        """The part of it that matters for one order."""
        unknown = _named(order) & self.unknown
        wanted = unmatched_eans(order, unknown)
        return Variants({ean: self.codes[ean] for ean in sorted(wanted) if ean in self.codes}, unknown)


async def variants_of(
    shop: Shop,
    code: str,
    orders: Sequence[OrderDetails],
    given: Mapping[str, str],
    moment: datetime,
    *,
    full: bool,
) -> Variants:
    """What the shop has for the pieces of these orders of one storefront.

    Raises:
        FeedError: The feed cannot be read.
        SettingsError: It is not there.
        ApiError: The shop refuses to answer.
    """
    front = shop.settings.storefronts[code]
    codes: Index = {ean_key(ean): (variant,) for ean, variant in given.items()}
    unknown: frozenset[str] = frozenset()
    if front.match_eans:
        named = {code for each in orders for code in _named(each)}
        unknown = frozenset(named - await _there(named))
        wanted = {ean for each in orders for ean in unmatched_eans(each, unknown)} - codes.keys()
        if wanted:
            found = await _index(shop, code, front, wanted, moment, full=full)
            codes |= {ean: found[ean] for ean in wanted if ean in found}
    return Variants(codes, unknown)


def _named(order: OrderDetails) -> frozenset[str]:
    """The offer codes that its pieces name; a blank one is none."""
    return frozenset(code_of(unit.id_offer or "") for unit in order.order_units) - {""}


async def _there(codes: Collection[str]) -> set[str]:
    """Which of these codes the shop has."""
    possible = sorted(code for code in codes if _CODE.fullmatch(code))
    guids: dict[str, None] = {}
    for start in range(0, len(possible), _BLOCK):
        async for row in ShoptetProducts.list(product_codes=possible[start : start + _BLOCK]):
            guids[row.guid] = None
    return {code_of(each.code) for product in await _details(guids) for each in product.variants}


async def _details(guids: Iterable[str]) -> list[Product]:
    """These products with their variants; those that are gone are missing."""
    wanted, found = list(guids), list[Product]()
    for start in range(0, len(wanted), _AT_ONCE):
        for answer in await settle(ShoptetProducts.get(each) for each in wanted[start : start + _AT_ONCE]):
            if not isinstance(answer, Failed):
                found.append(answer.value)
            elif not isinstance(answer.error, NotFound):
                raise answer.error
    return found


async def _index(
    shop: Shop, code: str, front: StorefrontSettings, wanted: Collection[str], moment: datetime, *, full: bool
) -> Index:
    if front.products.feed is not None:
        path = (shop.settings.folder or Path()) / front.products.feed
        return await do(_of_feed, f"storefront.{code}.products.feed", path, wanted)
    known = await do(shop.ledger.action, EANS, "catalogue")
    if known is not None and moment - known.updated < FRESH and not full:
        return {ean: tuple(codes) for ean, codes in json.loads(known.detail).items()}
    rows = [row.guid async for row in ShoptetProducts.list()]
    found = _gathered((each.ean, each.code) for product in await _details(rows) for each in product.variants)
    await note(shop, EANS, "catalogue", json.dumps(found))
    return found


def _of_feed(key: str, path: Path, wanted: Collection[str]) -> Index:
    file, items = opened(key, path)
    with file:
        return _gathered(
            (item.ean, item.code)
            for item in items
            if isinstance(item, CatalogItem) and item.ean and ean_key(item.ean) in wanted
        )


def _gathered(pairs: Iterable[tuple[str | None, str]]) -> Index:
    found: Index = {}
    for ean, code in pairs:
        key = ean_key(ean or "")
        if key and code not in found.get(key, ()):
            found[key] = (*found.get(key, ()), code)
    return found
