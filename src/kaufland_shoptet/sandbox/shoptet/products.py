"""Products with their variants: reading only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ..params import Parser, offset_time, text, whole
from ..routes import Asked, Route
from ..wire import Answer
from .envelope import Row, not_found, reply, stamp
from .goods import HISTORY, action_row, places
from .orders import included
from .paging import page, paged
from .shop import Shop, Variant

SECTIONS: Final = (
    "images",
    "variantParameters",
    "allCategories",
    "flags",
    "descriptiveParameters",
    "measureUnit",
    "surchargeParameters",
    "setItems",
    "filteringParameters",
    "recyclingFee",
    "consumptionTax",
    "warranty",
    "sortVariants",
    "gifts",
    "alternativeProducts",
    "relatedProducts",
    "relatedVideos",
    "relatedFiles",
    "perStockAmounts",
    "perPricelistPrices",
)
FILTERS: Final[Mapping[str, Parser]] = {
    **dict.fromkeys(("availabilityId", "availabilityWhenSoldOutId"), whole(-(10**9))),
    **dict.fromkeys(
        ("creationTimeFrom", "creationTimeTo", "changeTimeFrom", "changeTimeTo"),
        offset_time,
    ),
    **dict.fromkeys(
        (
            "visibility",
            "type",
            "brandName",
            "brandCode",
            "defaultCategoryGuid",
            "categoryGuid",
            "flag",
            "supplierGuid",
            "productCodes",
            "productGuids",
        ),
        text,
    ),
}


def _head(shop: Shop, variants: list[Variant]) -> Row:
    first = variants[0]
    usual: Row = {
        "guid": first.product,
        "name": first.name,
        "type": "product",
        "url": f"{shop.contact['url']}/{first.product}/",
        "visibility": "visible",
        "creationTime": None,
        "changeTime": None,
        "brand": first.brand and {"code": first.brand.lower(), "name": first.brand},
        "supplier": None,
        "defaultCategory": {"guid": None, "name": None, "visible": None},
    }
    return usual | {key: value for key, value in shop.pages.read(first.product).items() if key in usual}


def _has(shop: Shop, variants: list[Variant], name: str, wanted: Any) -> bool:
    """Does a product meet a filter? What the products of the sandbox do not have meets none."""
    head = _head(shop, variants)
    match name:
        case "visibility" | "type":
            return bool(wanted == head[name])
        case "changeTimeFrom":
            changed = head["changeTime"]
            return changed is not None and datetime.fromisoformat(changed) >= wanted
        case "productCodes" | "productGuids":
            listed = str(wanted).split(",")
            return any((each.code if name == "productCodes" else each.product) in listed for each in variants)
        case "brandName":
            return any(each.brand == wanted for each in variants)
        case "availabilityId":
            return any(each.availability == wanted for each in variants)
        case _:
            return False


def _chosen(shop: Shop, asked: Asked) -> list[list[Variant]]:
    wanted = {name: value for name, value in asked.query.items() if name in FILTERS}
    return [
        variants
        for variants in shop.variants.by_product()
        if all(_has(shop, variants, name, value) for name, value in wanted.items())
    ]


def list_products(shop: Shop, asked: Asked) -> Answer:
    """Products without their variants."""
    included(asked, ["images"])
    rows = _chosen(shop, asked)
    return page(shop, asked, "products", rows, lambda row: _head(shop, row), default=20, maximum=1000)


def _variant(shop: Shop, variant: Variant) -> Row:
    price = shop.prices.get(1, {}).get(variant.code)
    availability = None
    if variant.availability is not None:
        availability = {"id": variant.availability, "name": f"Dostupnost {variant.availability}"}
    return {
        "code": variant.code,
        "ean": variant.ean,
        "stock": places(variant.stock, 3),
        "unit": variant.unit,
        "weight": places(variant.weight, 3),
        "width": "10.0",
        "height": "10.0",
        "depth": "10.0",
        "visible": True,
        "price": places(price.price, 2) if price else None,
        "commonPrice": None,
        "manufacturerCode": None,
        "pluCode": None,
        "isbn": None,
        "serialNo": None,
        "mpn": None,
        "includingVat": price.including_vat if price else True,
        "vatRate": places(price.vat_rate, 2) if price else "21.00",
        "currencyCode": price.currency if price else "CZK",
        "minStockSupply": None,
        "actionPrice": price and action_row(price),
        "name": variant.variant_name,
        "amountDecimalPlaces": 0,
        "availability": availability,
        "availabilityWhenSoldOut": None,
        "negativeStockAllowed": "yes" if variant.negative else "no-global",
    }


def detail(shop: Shop, variants: list[Variant], sections: Collection[str]) -> Row:
    """A product with its variants, as its detail gives it."""
    guid = variants[0].product
    row = _head(shop, variants) | {
        "indexName": guid,
        "shortDescription": None,
        "description": None,
        "metaDescription": None,
        "internalNote": None,
        "hsCode": None,
        "isVariant": any(each.variant_name for each in variants),
        "variants": [_variant(shop, each) for each in variants],
    }
    kept = {_KEYS.get(name, name) for name in sections} | row.keys()
    row |= {key: value for key, value in shop.pages.read(guid).items() if key in kept}
    if "variantParameters" in sections:
        made: Any = row["variants"]
        for each, shown in zip(variants, made, strict=True):
            shown["parameters"] = _parameters(each)
    return row


_KEYS: Final = {"allCategories": "categories"}
"""The key of a section, where it is another word."""


def _parameters(variant: Variant) -> list[Row] | None:
    """What tells a variant from the others, as its name has it: ``Barva: bílá``."""
    name, _, value = (variant.variant_name or "").partition(": ")
    row = {
        "paramName": name,
        "paramIndex": name.lower(),
        "paramValue": value,
        "rawValue": value,
        "color": None,
        "image": None,
        "valuePriority": 1,
    }
    return [row] if name else None


def get_product(shop: Shop, asked: Asked) -> Answer:
    """One product; one without variants has a single one without a name."""
    sections = included(asked, SECTIONS)
    guid = asked.names["guid"]
    variants = shop.variants.of(guid)
    if not variants:
        raise not_found("product", "Product", guid)
    return reply(200, detail(shop, variants, sections))


def list_changes(shop: Shop, asked: Asked) -> Answer:
    """Each product that changed since a moment, once, with its last change; stock is no such change."""
    since = max(asked.query["from"], shop.clock.now() - HISTORY)
    kind = asked.query.get("changeType")
    rows = [
        {"guid": guid, "changeTime": stamp(moment), "changeType": what}
        for guid, (moment, what) in sorted(shop.product_changes.items(), key=lambda change: change[1][0])
        if moment >= since and kind in (None, what)
    ]
    return page(shop, asked, "changes", rows, lambda row: row, default=1000, maximum=1000)


def snapshot(shop: Shop, asked: Asked) -> Callable[[], Iterator[Row]]:
    """What a job over all products will write: one detail a line."""
    sections = included(asked, SECTIONS)
    chosen = _chosen(shop, asked)
    return lambda: (detail(shop, variants, sections) for variants in chosen)


ROUTES: tuple[Route[Shop], ...] = (
    Route("GET", "/api/products", list_products, query={"include": text, **FILTERS, **paged()}),
    Route(
        "GET",
        "/api/products/changes",
        list_changes,
        query={"from": offset_time, "changeType": text, **paged()},
        needs=("from",),
    ),
    Route("GET", "/api/products/{guid}", get_product, query={"include": text}),
)
