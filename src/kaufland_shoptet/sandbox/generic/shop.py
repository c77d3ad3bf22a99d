"""The shop's own rows, as collections that operations without behaviour of their own may change, too.

An order, a product or a price that they write to is the one that the others read. Neither stock nor documents
follow, and no mail is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from ..shoptet import credit_notes, envelope, goods, invoices, products
from ..shoptet.envelope import Error
from ..shoptet.lines import PRICES, Line
from ..shoptet.shop import Order, Price, Variant
from .store import Mount, Row, Store

__all__ = ["MOUNTS"]


def _listed(name: str, *, add: bool = True, remove: bool = True) -> Mount:
    """Rows that stand in a list of the shop."""
    return Mount(
        rows=lambda store, _: getattr(store.api, name),
        add=(lambda store, _, row, __: getattr(store.api, name).append(row)) if add else None,
        remove=(lambda store, _, row: getattr(store.api, name).remove(row)) if remove else None,
    )


def _methods(name: str, path: str, key: str, *, remove: bool) -> Mount:
    """Ways to ship or to pay; what creates one calls a property otherwise than the list does."""

    def add(store: Store, _: Row, row: Row, given: Row) -> None:
        common, data = store.atlas.common, store.atlas.payloads[f"GET {path}"].data
        items = common.table.look(common.properties(data)[key])["items"]
        shown = {**row, "visible": given.get("visibility", True)}
        getattr(store.api, name).append(store.maker(path, lean=True).fit(shown, items))

    return evolve(_listed(name, remove=remove), add=add)


def _none(_: Store, __: Row) -> list[Row]:
    """Rows that are found one by one."""
    return []


# -- orders and their documents --------------------------------------------------------------------------


def _find_order(store: Store, _: Row, __: str, name: str) -> Row | None:
    orders: Mapping[str, Order] = store.api.orders
    return orders[name].row if name in orders else None


def _order_changed(store: Store, _: Row, row: Row, __: Row) -> None:
    shop = store.api
    shop.note_change(shop.orders[row["code"]])
    shop.emit("order:update", row["code"])


def _add_order(store: Store, _: Row, row: Row, __: Row) -> None:
    """A copy of an order; nothing leaves the stock for it, and it sends no mail."""
    shop, now = store.api, store.api.clock.now()
    row |= {"code": shop.new_code(), "guid": shop.new_guid(), "externalCode": None}
    row["creationTime"] = envelope.stamp(now)
    notes = dict.fromkeys(("customerRemark", "eshopRemark", "trackingNumber"))
    order = Order(row=row, created=now, changed=now, notes={**notes, "texts": {}})
    shop.orders[order.code] = order
    shop.note_change(order)
    shop.emit("order:create", order.code)


def _add_invoice(store: Store, _: Row, row: Row, __: Row) -> None:
    """The invoice of an order; one of a made-up document is shown and forgotten."""
    if row["orderCode"] in store.api.orders:
        row |= invoices.detail(store.api.issue_invoice(row["orderCode"]))


def _find_invoice(store: Store, _: Row, __: str, name: str) -> Row | None:
    made = store.api.invoices.get(name)
    return made and invoices.detail(made)


def _invoice_changed(store: Store, _: Row, row: Row, __: Row) -> None:
    store.api.note_invoice(store.api.invoices[row["code"]])


def _history(store: Store, above: Row) -> list[Row]:
    remarks: list[Row] = store.api.orders[above["code"]].history
    return remarks


def _remove_remark(store: Store, above: Row, row: Row) -> None:
    _history(store, above).remove(row)


def _remove_credit_note(store: Store, _: Row, row: Row) -> None:
    del store.api.credit_notes[row["code"]]


def _items(_: Store, above: Row) -> list[Row]:
    items: list[Row] = above["items"]
    return items


def _add_item(store: Store, above: Row, row: Row, given: Row) -> None:
    """Another line of an order: what it does not say of its product is loaded, as when an order is created."""
    shop = store.api
    variant = shop.variants.get(given.get("code"))
    if variant is not None:
        row |= {"productGuid": variant.product, "ean": variant.ean, "amountUnit": variant.unit}
        row |= {"variantName": variant.variant_name, "brand": variant.brand, "name": variant.name}
    row |= {"itemId": next(shop.item_ids), "name": given.get("name") or row["name"]}
    row["status"] = above["status"]
    row["amount"] = row["amount"] if given.get("amount") else "1.000"
    row["priceRatio"] = row["priceRatio"] if given.get("priceRatio") else "1.0000"
    _items(store, above).append(row)
    _item_changed(store, above, row, {"itemPriceWithVat": "0", "vatRate": "0.00", **given})


def _item_changed(store: Store, above: Row, row: Row, changes: Row) -> None:
    """The line and its order come to what the prices of one piece say."""
    unit = row["unitPrice"]
    price = {"unitPriceWithVat": unit["withVat"], "vatRate": changes.get("vatRate") or unit["vatRate"]}
    sent = {name: changes[name] for name in PRICES if changes.get(name) is not None}
    line = Line.read({**row, **(price if not sent else {"vatRate": price["vatRate"], **sent})})
    row |= {"unitPrice": line.unit.row(), "itemPrice": line.total.row(), "displayPrices": [line.total.row()]}
    _reckon(store, above)


def _remove_item(store: Store, above: Row, row: Row) -> None:
    _items(store, above).remove(row)
    _reckon(store, above)


def _reckon(store: Store, above: Row) -> None:
    """The order comes to what its lines come to."""
    sums = {
        name: str(sum((Decimal(row["itemPrice"][name]) for row in above["items"]), Decimal("0.00")))
        for name in ("withVat", "withoutVat", "vat")
    }
    above["price"] |= sums | {"toPay": sums["withVat"]}
    _order_changed(store, {}, above, {})


_ITEMS: Final = Mount(rows=_items, changed=_item_changed, add=_add_item, remove=_remove_item)


# -- products --------------------------------------------------------------------------------------------


RECKONED: Final = ("isVariant", "variants", "url", "indexName")
"""What the detail of a product works out by itself."""


def _page(store: Store, guid: str) -> Row:
    """What a product says of itself; from now on it is kept."""
    page: Row = store.api.pages.read(guid)
    store.api.pages[guid] = page
    page["guid"] = guid
    return page


def _find_product(store: Store, _: Row, field: str, name: str) -> Row | None:
    shop = store.api
    if field == "code":
        return _page(store, shop.variants[name].product) if name in shop.variants else None
    return _page(store, name) if shop.variants.of(name) else None


def _show_product(store: Store, row: Row) -> Row:
    return products.detail(store.api, store.api.variants.of(row["guid"]), products.SECTIONS)


def _product_changed(store: Store, _: Row, row: Row, changes: Row) -> None:
    shop = store.api
    _write_variants(store, row, row.pop("variants", None) or [], known=True)
    _write_page(store, row, changes)
    for variant in shop.variants.of(row["guid"]):
        variant.name = changes.get("name") or variant.name
        variant.brand = row["brand"]["name"] if row.get("brand") else variant.brand
    shop.note_product(row["guid"])
    shop.emit("product:update", row["guid"])


def _add_product(store: Store, _: Row, row: Row, __: Row) -> None:
    shop = store.api
    row["guid"] = guid = shop.new_guid()
    given: list[Row] = row.pop("variants", None) or [{}]
    _write_variants(store, row, given, known=False)
    page = _page(store, guid)
    page |= {name: value for name, value in row.items() if name not in RECKONED}
    _write_page(store, page, row)
    shop.note_product(guid)
    shop.emit("product:create", guid)


def _copy_product(store: Store, row: Row) -> Row:
    """A product again, whose variants get codes of their own."""
    variants: list[Row] = _show_product(store, row)["variants"]
    fresh = [{key: value for key, value in each.items() if key != "code"} for each in variants]
    return {**deepcopy(row), "variants": fresh}


def _remove_product(store: Store, _: Row, row: Row) -> None:
    shop = store.api
    for variant in shop.variants.of(row["guid"]):
        del shop.variants[variant.code]
    del shop.pages[row["guid"]]
    shop.note_product(row["guid"], "delete")
    shop.emit("product:delete", row["guid"])


def _write_page(store: Store, page: Row, changes: Row) -> None:
    """Keep what the detail of a product has, as it has it."""
    common = store.atlas.common
    known = common.properties(store.atlas.kinds["/api/products"].schema)
    maker = store.maker(f"/api/products/{page['guid']}", lean=True)
    if changes.get("defaultCategoryGuid"):
        page["defaultCategory"] = {
            "guid": changes["defaultCategoryGuid"],
            "name": "Sortiment",
            "visible": True,
        }
    if changes.get("brandCode"):
        brands = {row["guid"]: row["name"] for row in store.api.brands}
        code = changes["brandCode"]
        page["brand"] = {"code": code, "name": brands.get(code, code)}
    for name in list(page):
        if name not in known or name == "variants":
            del page[name]
        elif name in changes:
            page[name] = maker.fit(page[name], known[name], name)


def _write_variants(store: Store, row: Row, given: list[Row], *, known: bool) -> None:
    shop = store.api
    codes = {each.code for each in shop.variants.of(row["guid"])}
    for place, each in enumerate(given):
        code = each.get("code") or f"{len(shop.variants) + 1}/{row['guid'][:3].upper()}"
        if known and code in codes:
            variant = shop.variants[code]
        elif code in shop.variants:
            message = f'Variant with code "{code}" already exists.'
            raise envelope.refuse(422, Error("invalid-request-data", message, f"data.variants[{place}].code"))
        else:
            variant = shop.add_variant(Variant(code=code, product=row["guid"], name=str(row.get("name"))))
        variant.ean = each.get("ean", variant.ean)
        if each.get("weight") is not None:
            variant.weight = Decimal(each["weight"])
        parameters: list[Row] = each.get("parameters") or []
        named = ", ".join(f"{one.get('nameIndex')}: {one.get('valueIndex')}" for one in parameters)
        variant.variant_name = named or each.get("name") or variant.variant_name
        price = each.get("price")
        if price is not None:
            _set_price(shop, 1, code, each if isinstance(price, str) else {**each, **price})


# -- prices ----------------------------------------------------------------------------------------------


def _set_price(shop: Any, number: int, code: str, given: Row) -> None:
    prices: dict[str, Price] = shop.prices.setdefault(number, {})
    price = prices.setdefault(code, Price(price=None))
    if "price" in given:
        price.price = None if given["price"] is None else Decimal(given["price"])
    price.currency = given.get("currencyCode") or price.currency
    price.including_vat = given.get("includingVat", price.including_vat)
    for name, attribute in (("vatRate", "vat_rate"), ("priceRatio", "ratio")):
        if given.get(name) is not None:
            setattr(price, attribute, Decimal(given[name]))


def _find_price(store: Store, above: Row, _: str, name: str) -> Row | None:
    if name not in store.api.variants:
        return None
    return goods.price_row(name, store.api.prices.get(above["id"], {}).get(name) or Price(price=None))


def _price_changed(store: Store, above: Row, row: Row, changes: Row) -> None:
    sums = {"priceWithVat": True, "priceWithoutVat": False}
    price: Row = changes.get("price") or {}
    given: Row = {**changes, **price}
    for name, including in sums.items():
        if changes.get(name):
            given |= {**changes[name], "includingVat": including}
    if not isinstance(given.get("price"), str | None):
        del given["price"]
    _set_price(store.api, above["id"], row["code"], given)


MOUNTS: Final[Mapping[str, Mount]] = {
    "/api/brands": _listed("brands"),
    "/api/shipping-methods": _methods(
        "shipping_methods", "/api/shipping-methods", "shippingMethods", remove=False
    ),
    "/api/payment-methods": _methods(
        "payment_methods", "/api/payment-methods", "paymentMethods", remove=True
    ),
    "/api/shipments": _listed("shipments", remove=False),
    "/api/stocks": _listed("stocks", add=False, remove=False),
    "/api/pricelists": _listed("pricelists"),
    "/api/pricelists/*": Mount(rows=_none, find=_find_price, changed=_price_changed),
    "/api/orders": Mount(
        rows=lambda store, _: [order.row for order in store.api.orders.values()],
        find=_find_order,
        changed=_order_changed,
        add=_add_order,
    ),
    "/api/orders/*/item": _ITEMS,
    "/api/orders/*/payment": _ITEMS,
    "/api/orders/*/shipping": _ITEMS,
    "/api/orders/*/history": Mount(rows=_history, remove=_remove_remark),
    "/api/invoices": Mount(
        rows=lambda store, _: [invoices.detail(made) for made in store.api.invoices.values()],
        find=_find_invoice,
        changed=_invoice_changed,
        add=_add_invoice,
    ),
    "/api/credit-notes": Mount(
        rows=lambda store, _: [credit_notes.detail(note) for note in store.api.credit_notes.values()],
        remove=_remove_credit_note,
    ),
    "/api/products": Mount(
        rows=_none,
        raw=True,
        find=_find_product,
        shown=_show_product,
        changed=_product_changed,
        add=_add_product,
        copied=_copy_product,
        remove=_remove_product,
    ),
}
"""Whose rows are where."""
