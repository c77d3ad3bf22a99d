"""The shop's permanent addresses: its products as CSV and as XML, for whoever knows the hash."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

from ..wire import Answer, Call
from .envelope import Row
from .shop import Shop, Variant

_CAMEL: Final = {
    "detail-only": "detailOnly",
    "cash-desk-only": "cashDeskOnly",
    "show-registered": "showRegistered",
    "block-unregistered": "blockUnregistered",
}
"""Visibilities as feeds spell them, where the API has another word."""


def address(shop: Shop, base: str, name: str, pattern: int) -> str:
    """The address of an export below that of the shop. Its hash fits this pattern and format only."""
    query = {"patternId": pattern, "partnerId": 3, "hash": _hash(shop, name, str(pattern))}
    return f"{base}/export/{name}?{urlencode(query)}"


def _hash(shop: Shop, name: str, pattern: str) -> str:
    return hashlib.sha256(f"{shop.contact['eshopId']} {name} {pattern}".encode()).hexdigest()


def export(shop: Shop, call: Call, name: str) -> Answer:
    """An export, or a page of HTML where the name or the hash is wrong."""
    query = call.query
    pattern, given = (query.get(key, [""])[-1] for key in ("patternId", "hash"))
    write = _FORMATS.get(name)
    if write is None or given != _hash(shop, name, pattern):
        page = "<!doctype html><html><body><h1>Stránka nenalezena</h1></body></html>".encode()
        return Answer(status=404, headers={"content-type": "text/html; charset=utf-8"}, body=page)
    return write(shop)


def _number(value: Decimal | None) -> str:
    """A number with the decimal comma of a Czech spreadsheet."""
    return "" if value is None else f"{value.normalize():f}".replace(".", ",")


def _visibility(page: Row) -> str:
    word = str(page.get("visibility", "visible"))
    return _CAMEL.get(word, word)


def _price(shop: Shop, variant: Variant) -> Decimal | None:
    row = shop.prices.get(1, {}).get(variant.code)
    return None if row is None else row.price


def _csv(shop: Shop) -> Answer:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("code", "pairCode", "name", "ean", "price", "stock", "productVisibility", "description"))
    for variants in shop.variants.by_product():
        page = shop.pages.read(variants[0].product)
        pair = variants[0].code.partition("/")[0] if len(variants) > 1 else ""
        for each in variants:
            price, stock = _number(_price(shop, each)), _number(each.stock)
            said = page.get("description") or ""
            writer.writerow((each.code, pair, each.name, each.ean, price, stock, _visibility(page), said))
    body = text.getvalue().encode("windows-1250", "replace")
    return Answer(status=200, headers={"content-type": "text/csv; charset=windows-1250"}, body=body)


def _add(parent: Element, name: str, value: object = None) -> Element:
    made = SubElement(parent, name)
    if value is not None:
        made.text = str(value)
    return made


def _goods(shop: Shop, parent: Element, variant: Variant) -> None:
    _add(parent, "CODE", variant.code)
    _add(parent, "EAN", variant.ean)
    _add(parent, "PRICE_VAT", _price(shop, variant))
    _add(_add(parent, "STOCK"), "AMOUNT", variant.stock)


def _xml(shop: Shop) -> Answer:
    root = Element("SHOP")
    for number, variants in enumerate(shop.variants.by_product(), 1):
        first = variants[0]
        page = shop.pages.read(first.product)
        item = SubElement(root, "SHOPITEM", id=str(number))
        _add(item, "NAME", first.name)
        _add(item, "GUID", first.product)
        _add(item, "SHORT_DESCRIPTION", page.get("shortDescription"))
        _add(item, "DESCRIPTION", page.get("description"))
        _add(item, "MANUFACTURER", first.brand)
        _add(item, "ITEM_TYPE", page.get("type", "product"))
        _add(item, "VISIBILITY", _visibility(page))
        if first.variant_name is None:
            _goods(shop, item, first)
            continue
        listed = _add(item, "VARIANTS")
        for each in variants:
            variant = _add(listed, "VARIANT")
            _goods(shop, variant, each)
            name, _, value = (each.variant_name or "").partition(": ")
            parameter = _add(_add(variant, "PARAMETERS"), "PARAMETER")
            _add(parameter, "NAME", name)
            _add(parameter, "VALUE", value)
    body = tostring(root, encoding="utf-8", xml_declaration=True)
    return Answer(status=200, headers={"content-type": "text/xml; charset=utf-8"}, body=body)


_FORMATS: Final[Mapping[str, Callable[[Shop], Answer]]] = {"products.csv": _csv, "productsComplete.xml": _xml}
