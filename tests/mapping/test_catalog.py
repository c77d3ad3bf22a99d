"""What Shoptet's API tells, as items and contacts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet import SHOPTET, Sandbox
from kaufland_shoptet.mapping.catalog import contact_of, contacts_of, items_of
from kaufland_shoptet.mapping.products import SafetyContact
from kaufland_shoptet.shoptet.catalog import CatalogItem
from kaufland_shoptet.shoptet.resources.brands import Brand
from kaufland_shoptet.shoptet.resources.products import Product

VARIANT = {
    "code": "32/S",
    "ean": "4010355051486",
    "stock": "-2.500",
    "unit": "ks",
    "weight": "0.500",
    "width": "1.0",
    "height": "1.0",
    "depth": "1.0",
    "visible": True,
    "price": "100.00",
    "commonPrice": None,
    "manufacturerCode": None,
    "pluCode": None,
    "isbn": None,
    "serialNo": None,
    "mpn": None,
    "includingVat": False,
    "vatRate": "21.00",
    "currencyCode": "CZK",
    "minStockSupply": None,
    "actionPrice": None,
    "image": "s.jpg",
    "name": "Velikost: S",
    "amountDecimalPlaces": 0,
    "negativeStockAllowed": "no-global",
    "parameters": [
        {
            "paramName": "Velikost",
            "paramIndex": "velikost",
            "paramValue": "S",
            "rawValue": "s",
            "color": None,
            "image": None,
            "valuePriority": 1,
        }
    ],
}


def image(name, priority, gallery="shop", **more):
    blank = {
        "seoName": name,
        "cdnName": name,
        "signedCdnNames": None,
        "description": None,
        "changeTime": None,
    }
    return {"name": name, "priority": priority, "gallery": gallery, **blank, **more}


PRODUCT = {
    "guid": "g-1",
    "type": "product",
    "name": "Mikina",
    "brand": {"code": "lumi", "name": "Lumi"},
    "supplier": None,
    "visibility": "normal",
    "creationTime": None,
    "changeTime": "2026-08-31T10:00:00+0200",
    "shortDescription": None,
    "description": "<p>x</p>",
    "metaDescription": None,
    "url": None,
    "internalNote": None,
    "hsCode": None,
    "defaultCategory": {"guid": "c-2", "name": "Mikiny", "visible": True},
    "categories": [
        {"guid": "c-1", "name": "Móda", "parentGuid": None},
        {"guid": "c-2", "name": "Mikiny", "parentGuid": "c-1"},
    ],
    "flags": [{"code": "kaufland", "title": "Na Kauflandu", "dateFrom": None, "dateTo": None}],
    "descriptiveParameters": [
        {"name": "Materiál", "value": "bavlna", "description": None, "priority": 1},
        {"name": "Prázdný", "value": None, "description": None, "priority": 2},
    ],
    "filteringParameters": [
        {
            "code": "barva",
            "name": "barva",
            "displayName": "Barva",
            "description": None,
            "priority": 1,
            "googleMapping": None,
            "values": [{"valueIndex": "b", "name": "bílá", "priority": 1, "color": None, "image": None}],
        }
    ],
    "isVariant": True,
    "images": [image("2.jpg", 2), image("360.jpg", 1, "shop360"), image("ž 1.jpg", None, isMainImage=True)],
    "variants": [VARIANT, VARIANT | {"code": "32/M", "visible": False, "image": None, "includingVat": True}],
}


def product(**changes):
    return SHOPTET.codec.decode(PRODUCT | changes, Product)


def brand(**changes):
    blank = dict.fromkeys(("description", "brandWeb", "metaTitle", "metaDescription"))
    row = {
        "guid": "g",
        "name": "Lumi",
        "indexName": "lumi",
        "showInCategoriesMenu": True,
        "showInBrandList": True,
    }
    return SHOPTET.codec.decode({**row, **blank, **changes}, Brand)


def test_each_variant_is_an_item():
    small, middle = items_of(product(), image_base="https://x.example/orig/", language="cs")
    assert small == CatalogItem(
        code="32/S",
        ean="4010355051486",
        name="Mikina",
        variant_of="g-1",
        variant=(("Velikost", "S"),),
        description_html="<p>x</p>",
        price=Decimal("121.00"),
        currency="CZK",
        stock=Decimal("-2.500"),
        images=(
            "https://x.example/orig/s.jpg",
            "https://x.example/orig/%C5%BE%201.jpg",
            "https://x.example/orig/2.jpg",
        ),
        parameters=(("Materiál", "bavlna"), ("Barva", "bílá")),
        brand="Lumi",
        category="Mikiny",
        categories=("c-2", "Mikiny", "c-1", "Móda"),
        flags=("kaufland", "Na Kauflandu"),
        language="cs",
        changed=datetime(2026, 8, 31, 10, tzinfo=ZoneInfo("Europe/Prague")),
    )
    assert (middle.visibility, middle.price, middle.images[0]) == (
        "hidden",
        Decimal("100.00"),
        "https://x.example/orig/%C5%BE%201.jpg",
    )


def test_a_product_without_variants_and_sections():
    sections = (
        "categories",
        "flags",
        "descriptiveParameters",
        "filteringParameters",
        "images",
        "isVariant",
        "name",
    )
    bare = {key: value for key, value in PRODUCT.items() if key not in sections}
    bare |= {
        "brand": None,
        "description": None,
        "defaultCategory": dict.fromkeys(("guid", "name", "visible")),
        "variants": [
            VARIANT | {"ean": None, "stock": None, "price": None, "parameters": None, "image": None}
        ],
    }
    (item,) = items_of(SHOPTET.codec.decode(bare, Product))
    assert item == CatalogItem(
        code="32/S",
        currency="CZK",
        changed=datetime(2026, 8, 31, 10, tzinfo=ZoneInfo("Europe/Prague")),
    )


def test_rows_of_a_snapshot_are_products():
    shoptet = Sandbox.demo().shoptet_client()
    shoptet.webhooks.register([{"event": "job:finished", "url": "https://shop.example/hook"}])
    rows = list(shoptet.rows(shoptet.products.snapshot(include=["images", "variantParameters"])))
    assert len(rows) == 8
    (green,) = [item for row in rows for item in items_of(row) if item.code == "32/ZEL"]
    assert (green.variant, green.images[0]) == ((("Barva", "zelená"),), "32-ZEL.jpg")


def test_who_answers_for_a_brand():
    """Part 5: GPSR contacts from brands."""
    maker = {
        "manufacturingCompanyName": " Lumi a.s. ",
        "postalAddress": "Lesní 1\r\n370 01 Budějovice\n",
        "contactEmail": "lumi@example.com",
        "brandWeb": "https://lumi.example",
    }
    contact = SafetyContact(
        name="Lumi a.s.",
        address="Lesní 1, 370 01 Budějovice",
        email="lumi@example.com",
        url="https://lumi.example",
    )
    assert contact_of(brand(**maker)) == contact
    standing_in = {
        "europeanResellerManufacturingCompanyName": "EU Ltd.",
        "europeanResellerPostalAddress": "Cork, IE",
        "europeanResellerContactEmail": "eu@example.com",
    }
    assert contact_of(brand(**maker, **standing_in)).name == "EU Ltd."
    assert contact_of(brand(**maker, europeanResellerContactEmail="eu@example.com")) == contact
    assert contact_of(brand(**maker | {"brandWeb": "lumi"})) == SafetyContact(
        name="Lumi a.s.", address="Lesní 1, 370 01 Budějovice", email="lumi@example.com"
    )
    assert contact_of(brand(**maker | {"contactEmail": "?"})).email is None
    assert contact_of(brand(**maker | {"postalAddress": None})) is None
    assert contact_of(brand()) is None
    assert contacts_of([brand(**maker, name=" LUMI "), brand(name="Alva")]) == {"lumi": contact}


@settings(max_examples=100)
@given(
    st.dictionaries(st.sampled_from(["stock", "ean", "price", "image", "parameters", "name"]), st.none()),
    st.booleans(),
)
def test_null_everything_that_may_be_null(nulls, product_too):
    """Hostile: null everything that may be null."""
    blank = (
        dict.fromkeys(("brand", "description", "shortDescription", "changeTime", "name"))
        if product_too
        else {}
    )
    (item,) = items_of(product(variants=[VARIANT | nulls], **blank))
    assert item.code == "32/S"
