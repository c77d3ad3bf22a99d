"""What the demonstration's shop says about its products: descriptions, pictures, categories, brands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from ..shoptet.envelope import Row
from ..shoptet.shop import Shop
from .catalogue import Article

_MAKERS: Final = {
    "Alva": ("Alva GmbH", "Lange Straße 5\n10115 Berlin\nDE", "safety@alva.example", "https://alva.example"),
    "Terra": ("Terra s.r.o.", "Polní 12, 602 00 Brno, CZ", "info@terra.example", None),
    "Lumi": ("Lumi Ltd.", None, "hello@lumi.example", None),
    "Včelín": ("Včelín a.s.", "Lesní 1, 370 01 České Budějovice, CZ", None, "https://vcelin.example"),
    "Apfel": ("Apfel Inc.", "1 Loop Road, Somewhere, US", "legal@apfel.example", "https://apfel.example"),
}


def _guid(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def _brand(name: str) -> Row:
    company, address, email, web = _MAKERS.get(name, (None, None, None, None))
    abroad = name == "Apfel"
    return {
        "guid": _guid(f"{name}.brand.example"),
        "name": name,
        "indexName": name.lower(),
        "description": None,
        "brandWeb": web,
        "postalAddress": address,
        "contactEmail": email,
        "europeanResellerPostalAddress": "Quay 1, Cork, IE" if abroad else None,
        "europeanResellerContactEmail": "eu@apfel.example" if abroad else None,
        "manufacturingCompanyName": company,
        "europeanResellerManufacturingCompanyName": "Apfel Ireland Ltd." if abroad else None,
        "showInCategoriesMenu": True,
        "showInBrandList": True,
        "metaTitle": None,
        "metaDescription": None,
    }


def _image(name: str, *, main: bool) -> Row:
    return {
        "name": name,
        "seoName": name,
        "cdnName": name,
        "signedCdnNames": None,
        "priority": None if main else 1,
        "description": None,
        "changeTime": None,
        "isMainImage": main,
        "gallery": "shop",
    }


def fill_pages(shop: Shop, goods: Iterable[Article]) -> None:
    """Brands, and a page for each article; one description has what must not go to a marketplace."""
    category = {"guid": _guid("goods.category.example"), "name": "Sortiment", "visible": True}
    known = {row["name"] for row in shop.brands}
    for article in goods:
        if article.brand not in known:
            known.add(article.brand)
            shop.brands.append(_brand(article.brand))
        guid = shop.variants[article.code].product
        name = article.code.replace("/", "-")
        extra = (
            '<script>track()</script><a href="https://shop.example">e-shop</a>'
            if "lampa" in article.title
            else ""
        )
        colour = (article.variant or "").partition(": ")[2]
        parameter = {"name": "Barva", "value": colour or None, "description": None, "priority": 1}
        shop.pages[guid] = {
            "description": f"<p>{article.title}: <strong>{article.brand}</strong>, dobrá volba.</p>{extra}",
            "shortDescription": article.title,
            "defaultCategory": category,
            "changeTime": None,
            "images": [_image(f"{name}-2.jpg", main=False), _image(f"{name}.jpg", main=True)],
            "categories": [{"guid": category["guid"], "name": category["name"], "parentGuid": None}],
            "descriptiveParameters": [parameter],
            "filteringParameters": [],
            "flags": [],
        }
