"""What the shop has and asks for it, beside the units that Kaufland has: the reading for the flow of offers.

Every list is walked once and each row kept as the few values that are needed, so that memory grows by some
hundred bytes with each offer, whatever the rows hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from attrs import field, frozen

from .._core.flows import Flow, do, together
from ..errors import MappingError, NotFound, SettingsError
from ..kaufland.resources.common import Storefront
from ..kaufland.resources.order_units import OrderUnits
from ..kaufland.resources.units import Units
from ..mapping.offers import Front, Index, code_of, whole
from ..mapping.prices import PriceRule, selling_price
from ..mapping.storefronts import STOREFRONTS
from ..settings import StorefrontSettings
from ..shoptet.resources.eshop import Eshop, EshopInfo
from ..shoptet.resources.pricelists import Pricelists
from ..shoptet.resources.products import Products
from ..shoptet.resources.stocks import Stocks
from .plans import digest
from .shop import Shop

PAUSES: Final = "pause"
"""Actions of the ledger: units taken off sale because they had no variant."""
PAUSED, RESUMED = '"paused"', '"resumed"'

Fronts = Mapping[str, StorefrontSettings]


@frozen
class Supply:
    """What one stock holds."""

    pieces: dict[str, int | None] = field(factory=dict[str, int | None])
    """Whole pieces that can be ordered by code; ``None``: not counted."""
    products: dict[str, str] = field(factory=dict[str, str])
    """GUID of the product by code, of those for which it matters."""


@frozen
class World:
    """Both sides, as far as the offers depend on them."""

    fronts: tuple[Front, ...]
    products: Mapping[str, Mapping[str, str]]
    """GUID of the product by storefront and code, of variants that are not offered."""
    odd: tuple[tuple[str, str, str], ...]
    """Storefront, unit and problem of units that belong to no variant."""


async def read(shop: Shop, fronts: Fronts, moment: datetime, since: datetime | None) -> World:
    """Read everything; with *since*, of the stock only what changed after it, and no prices."""
    eshop, stocks = await together(Eshop.get(), Stocks.list())
    rules = {code: _rule(code, front, eshop) for code, front in fronts.items() if front.sync_prices}
    listed = {code: _pricelist(front, eshop) for code, front in fronts.items() if front.sync_prices}
    held = {
        code: front.stock.stock_id or stocks.default_stock_id
        for code, front in fronts.items()
        if front.sync_offers
    }
    # Orders before stock: what is imported in between is held back twice, and never sold twice.
    reserved = await _reserved(shop, fronts)
    creating = any(front.offers.create for front in fronts.values())
    today = _today(moment, eshop.settings.timezone)
    numbers = sorted(set(held.values()))
    lists = sorted({(listed[code], rule.source) for code, rule in rules.items()})
    supplies, priced, indexes = await together(
        together(Flow(_supply, (number, since, reserved, creating), {}) for number in numbers),
        together(Flow(_prices, (number, source, today), {}) for number, source in lists),
        together(Flow(_index, (code,), {}) for code in fronts),
    )
    supply = dict(zip(numbers, supplies, strict=True))
    selling = dict(zip(lists, priced, strict=True))
    paused = await _paused(shop)
    none = Supply()
    made: list[Front] = []
    for (code, front), index in zip(fronts.items(), indexes, strict=True):
        here = supply[held[code]] if code in held else none
        rule = rules.get(code)
        made.append(
            Front(
                storefront=code,
                offers=index.offers,
                stock=front.stock if front.sync_offers else None,
                supply=here.pieces,
                reserved=reserved if front.stock.reserve else {},
                unavailable=await _unavailable(front, here),
                partial=since is not None,
                price=rule,
                selling=selling[listed[code], rule.source] if rule is not None else {},
                guard=front.prices.guard,
                price_floor=front.prices.smart_pricing_floor,
                handling_time=front.offers.handling_time,
                pause_orphans=front.offers.orphans == "pause",
                paused=paused,
            )
        )
    return World(
        fronts=tuple(made),
        products={code: supply[number].products for code, number in held.items()},
        odd=tuple((index.storefront, unit, problem) for index in indexes for unit, problem in index.odd),
    )


async def prices_of(front: StorefrontSettings, moment: datetime) -> tuple[str, dict[str, Decimal | str]]:
    """What the shop asks by code, and in which currency, for one storefront."""
    eshop = await Eshop.get()
    source = _source(front, eshop)
    today = _today(moment, eshop.settings.timezone)
    return source, await _prices(_pricelist(front, eshop), source, today)


# Settings beside the shop.


def rules_of(front: StorefrontSettings) -> str:
    """Digest of what decides on prices and pieces, the same until one of these settings changes."""
    return digest([repr(front.prices).encode(), repr(front.stock).encode()])


def _source(front: StorefrontSettings, eshop: EshopInfo) -> str:
    default = next((currency.code for currency in eshop.currencies if currency.is_default), "")
    return front.prices.source_currency or default


def _pricelist(front: StorefrontSettings, eshop: EshopInfo) -> int:
    return front.prices.pricelist or eshop.settings.default_pricelist.id


def _rule(code: str, front: StorefrontSettings, eshop: EshopInfo) -> PriceRule:
    """The rule of a storefront; between two currencies there has to be a coefficient."""
    source, target = _source(front, eshop), STOREFRONTS[code].currency
    if source != target and front.prices.coefficient is None:
        raise SettingsError(
            f"storefront.{code}.prices.coefficient",
            f"is missing: the shop's prices are in {source}, the storefront's in {target}.",
            f'Write what 1 {source or "unit"} is in {target}: "0.0398".',
        )
    return front.prices.rule(source, target)


def _today(moment: datetime, timezone: str) -> date:
    """The day where the shop is: special prices begin and end at its midnight."""
    try:
        return moment.astimezone(ZoneInfo(timezone)).date()
    except (LookupError, ValueError, OSError):  # no time zone that this machine knows
        return moment.astimezone(UTC).date()


# The shop's side.


async def _supply(number: int, since: datetime | None, reserved: Collection[str], products: bool) -> Supply:
    """What a stock holds: of all variants, or of those that changed and those that orders wait for."""
    found = Supply()
    try:
        async for row in Stocks.supplies(number, changed_from=since):
            _take(row, found, products)
    except NotFound:
        raise SettingsError(
            "stock.stock_id", f"the shop has no stock {number}.", "`shoptet.stocks.list()` tells them."
        ) from None
    if since is not None:
        for code in reserved:
            if code not in found.pieces:
                async for row in Stocks.supplies(number, code=code):
                    _take(row, found, products)
    return found


def _take(row: Any, found: Supply, products: bool) -> None:
    code = code_of(row.code)
    found.pieces[code] = None if row.amount is None else whole(row.amount)
    if products or row.amount is None:
        found.products[code] = row.product_guid


async def _prices(number: int, source: str, today: date) -> dict[str, Decimal | str]:
    """What a price list asks for each variant, VAT included; or why there is no price."""
    found: dict[str, Decimal | str] = {}
    try:
        async for row in Pricelists.prices(number):
            try:
                if row.currency_code != source:
                    raise MappingError(
                        "currency",
                        f"the price is in {row.currency_code}, the settings say {source}.",
                        "Correct the one or the other.",
                    )
                found[code_of(row.code)] = selling_price(row, today)
            except MappingError as error:
                found[code_of(row.code)] = str(error)
    except NotFound:
        raise SettingsError(
            "prices.pricelist",
            f"the shop has no price list {number}.",
            "`shoptet.pricelists.list()` tells them.",
        ) from None
    return found


async def _unavailable(front: StorefrontSettings, supply: Supply) -> frozenset[str]:
    """Variants without a count whose product has none of the availabilities that the settings name."""
    rule = front.stock
    uncounted = [code for code, pieces in supply.pieces.items() if pieces is None]
    if not rule.available or rule.null_stock is None or not uncounted:
        return frozenset()
    available: set[str] = set()
    for number in rule.available:
        async for product in Products.list(availability_id=number):
            available.add(product.guid)
    return frozenset(code for code in uncounted if supply.products[code] not in available)


# Kaufland's side.


async def _index(code: str) -> Index:
    """The units of a storefront, by one walk over its list."""
    index = Index(code)
    async for unit in Units.list(storefront=Storefront(code)):
        index.add(unit)
    return index


async def _reserved(shop: Shop, fronts: Fronts) -> Counter[str]:
    """Pieces by code in orders that Kaufland has and the shop does not have yet.

    Units of all storefronts may come out of the same stock, so that the orders of all of them count.
    """
    reserved: Counter[str] = Counter()
    if not any(front.sync_offers and front.stock.reserve for front in fronts.values()):
        return reserved
    waiting: list[Literal["open", "need_to_be_sent"]] = ["open", "need_to_be_sent"]
    known: dict[str, bool] = {}
    for code, front in shop.settings.storefronts.items():
        if not (front.import_orders or front.sync_offers):
            continue
        async for unit in OrderUnits.list(storefront=Storefront(code), status=waiting):
            ours = unit.storefront == code and unit.fulfillment_type == "fulfilled_by_merchant"
            if not ours or unit.status not in waiting or not unit.id_offer:
                continue
            if unit.id_order not in known:
                entry = await do(shop.ledger.order, unit.id_order)
                known[unit.id_order] = front.move_stock and entry is not None and entry.state == "imported"
            if not known[unit.id_order]:
                reserved[code_of(unit.id_offer)] += 1
    return reserved


async def _paused(shop: Shop) -> frozenset[int]:
    """Units that were taken off sale here and not put back."""
    actions = await do(shop.ledger.actions, PAUSES)
    return frozenset(int(action.key) for action in actions if action.detail == PAUSED)
