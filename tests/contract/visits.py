"""A call of every operation of a sandbox, over whatever transport, each on a sandbox of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from attrs import frozen

from kaufland_shoptet import KAUFLAND, SHOPTET, Operation, Reply
from kaufland_shoptet.sandbox import Call, Sandbox, Switches, data
from kaufland_shoptet.sandbox.generic import kaufland, shoptet
from kaufland_shoptet.sandbox.generic.specimens import Maker
from kaufland_shoptet.sandbox.generic.table import Entry, plain

APIS = {"kaufland": KAUFLAND, "shoptet": SHOPTET}
ATLASES = {"kaufland": kaufland.atlas(), "shoptet": shoptet.atlas()}
ENTRIES = {name: {entry.id: entry for entry in atlas.common.table.entries} for name, atlas in ATLASES.items()}
STRANGE = ("without_discounts", "unknown_status", "upper_case_storefront")
"""Facts that the document does not allow for, but that occur."""
EAN = "4010355051486"
SHEET = {"ean": [EAN], "attributes": {"title": ["Konvice"], "category": ["Kettles"]}}
PDF = {"original_name": "1.pdf", "mime_type": "application/pdf", "data": "JVBERi0="}
HOOK = {"callback_url": "https://x.example/", "fallback_email": "a@b.cz", "event_name": "order_new"}
PARCEL = {"tracking_numbers": "1", "carrier_code": "PPL"}
TRACKED = {"tracking_number": "1", "carrier_code": "PPL"}
ORDER = {
    "externalCode": "MA1B2C3",
    "email": "kupujici@example.com",
    "phone": "+420601000111",
    "currency": {"code": "CZK"},
    "paymentMethodGuid": "6f2c8e36-3faf-11e2-a723-705ab6a2ba75",
    "shippingGuid": "8921cdc1-051b-11e5-a8d3-ac162d8a2454",
    "billingAddress": {"fullName": "Jana Nováková", "streetWithNr": "Dlouhá 15/3", "countryCode": "CZ"},
    "items": [
        {"itemType": "product", "vatRate": "21.00", "code": "SHP-0042", "unitPriceWithVat": "499.00"},
        {"itemType": "shipping", "vatRate": "21.00", "name": "Doprava", "unitPriceWithVat": "99.00"},
        {"itemType": "billing", "vatRate": "21.00", "name": "Platba", "unitPriceWithVat": "0"},
    ],
}


@frozen
class World:
    """A sandbox in which something of everything has happened, and what it goes by.

    Attributes:
        names: Values of placeholders by the path before them.
        bodies: Bodies of operations that want a certain one, by method and path.
        queries: The same for parameters.
        own: Operations that change what others go by.
    """

    sandbox: Sandbox
    name: str
    names: dict[str, Any]
    bodies: dict[str, Any]
    queries: dict[str, Any]
    own: set[str]

    def call(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None, base: str = ""
    ) -> Call:
        """A call with the credentials that it needs."""
        raw = b"" if body is None else json.dumps(body).encode()
        tail = path + (f"?{urlencode(query, doseq=True)}" if query else "")
        if self.name == "shoptet":
            headers = {"shoptet-private-api-token": self.sandbox.private_token}
            url = (base or "https://api.myshoptet.com") + tail
            return Call(method=method, url=url, headers=headers, body=raw)
        url = (base or "https://sellerapi.kaufland.com/v2") + tail
        moment = str(int(self.sandbox.clock.timestamp()))
        signed = f"{method}\n{url}\n".encode() + raw + f"\n{moment}".encode()
        headers = {
            "shop-client-key": self.sandbox.client_key,
            "shop-timestamp": moment,
            "shop-signature": hmac.new(self.sandbox.secret_key.encode(), signed, hashlib.sha256).hexdigest(),
            "content-type": "application/json",
        }
        return Call(method=method, url=url, headers=headers, body=raw)

    def ask(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """The data of an answer."""
        answer = self.sandbox.handle(self.call(method, path, query, body))
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.json().get("data") if answer.body else None


def world(name: str) -> World:
    """A sandbox in which something of everything has happened."""
    facts = (fact for fact in data.FACTS if fact not in STRANGE)
    sandbox = Sandbox.demo(*facts, switches=Switches(bucket_costs=False, unit_created="document"))
    made = World(sandbox, name, {}, {}, {}, set())
    (_furnish_market if name == "kaufland" else _furnish_shop)(made)
    return made


def _furnish_market(made: World) -> None:
    market = made.sandbox.kaufland
    fresh, back = (market.orders[code].pieces[0].id for code in ("MA1B2C3", "MST2R16"))
    parcel = market.begin_return(back)
    market.receive_return(parcel.id)
    invoice = made.ask("POST", "/order-invoices/MA1B2C3", None, PDF)["id_invoice"]
    made.ask("PUT", "/product-data", {"locale": "cs-CZ"}, SHEET)
    sent = market.orders["MA1B2C3"].pieces[-1].id
    made.ask("PATCH", f"/order-units/{sent}/send", None, PARCEL)
    file = made.ask("POST", "/product-data/import-files", None, {"url": "https://x.example/a.csv"})
    offer = next(iter(market.offers))
    opened = next(
        each.id for order in market.orders.values() for each in order.pieces if each.status == "open"
    )
    made.names.update(
        {
            "/orders": "MA1B2C3",
            "/order-units": fresh,
            "/order-invoices": "MA1B2C3",
            "/order-invoices/*": invoice,
            "/returns": parcel.id,
            "/return-units": parcel.units[0].id,
            "/units": offer,
            "/products": market.products[EAN]["id_product"],
            "/products/ean": EAN,
            "/product-data": EAN,
            "/product-data/status": EAN,
            "/product-data/import-files": file["id_import_file"],
            "/categories": 20101,
            "/attributes/by-name": made.ask("GET", "/attributes", {"storefront": "cz"})[0]["name"],
            "/shipping-groups": 195843,
            "PATCH /order-units/{id_order_unit}/fulfil": opened,
            "PATCH /order-units/{id_order_unit}/refund": back,
            "PATCH /return-units/{id_return_unit}/repair": parcel.units[0].id,
        }
    )
    sold = {"ean": EAN, "id_offer": "NEW-1", "listing_price": 1000, "handling_time": 1}
    made.bodies.update(
        {
            "PATCH /order-units/{id_order_unit}/send": PARCEL,
            "PATCH /order-units/{id_order_unit}/cancel": {"reason": "NoInventory"},
            "PATCH /order-units/{id_order_unit}/refund": {"amount": 1, "reason": "defect"},
            "POST /shipments": {"id_order_unit": sent, "shipment_information": TRACKED},
            "POST /units": sold | {"id_shipping_group": 195844},
            "PATCH /units/{id_unit}": {"amount": 3},
            "POST /units/bulk": [{"id_unit": offer, "unit_data": {"amount": 1}}],
            "PUT /product-data": SHEET,
            "PATCH /product-data": SHEET,
            "PATCH /return-units/{id_return_unit}/reject": {"message": "x"},
            "PATCH /return-units/{id_return_unit}/clarify": {"message": "x"},
            "POST /order-invoices/{id_order}": PDF,
            "POST /returns": [{"id_order_unit": fresh, "reason": "no_reason", "note": "x"}],
            "PUT /returns/{id_return}": [{"id_order_unit": fresh, "reason": "no_reason", "note": "x"}],
            "POST /subscriptions": HOOK,
            "PATCH /subscriptions/{id_subscription}": {"is_active": False},
            "PATCH /vouchers": {"ids": [made.ask("GET", "/vouchers")[0]["id_voucher"]], "status": "inactive"},
        }
    )
    made.names["/subscriptions"] = made.ask("POST", "/subscriptions", {"storefront": "cz"}, HOOK)[
        "id_subscription"
    ]
    for method, path in (
        ("GET", ""),
        ("GET", "/{id_unit}"),
        ("PATCH", "/{id_unit}"),
        ("DELETE", "/{id_unit}"),
    ):
        made.queries[f"{method} /units{path}"] = {"storefront": "cz"}
    for kind in ("feed", "command"):
        path = f"/import-files/inventory-{kind}"
        file = made.ask("POST", path, {"storefront": "cz"}, {"url": "https://x.example/a.csv"})
        made.names[path] = file["id_import_file"]
        made.queries[f"GET {path}/{{id_import_file}}"] = {"storefront": "cz"}
    made.queries["GET /shipping-groups/{id_shipping_group}"] = {"storefront": "de"}
    made.queries["POST /units/bulk"] = made.queries["GET /units"]
    made.queries["POST /units"] = {"storefront": "pl"}
    made.queries["DELETE /vouchers"] = {"id": made.ask("GET", "/vouchers")[0]["id_voucher"]}
    for method, path in (("PUT", ""), ("PATCH", ""), ("GET", "/{ean}"), ("DELETE", "/{ean}")):
        made.queries[f"{method} /product-data{path}"] = {"locale": "cs-CZ"}
    made.queries["GET /product-data/status/{ean}"] = {"locale": "cs-CZ"}


def _furnish_shop(made: World) -> None:
    shop = made.sandbox.shoptet
    hook = made.ask(
        "POST", "/api/webhooks", None, {"data": [{"event": "job:finished", "url": "https://a.example/"}]}
    )
    order = made.ask("POST", "/api/orders", None, {"data": ORDER})["order"]
    code, product = order["code"], shop.variants["32/ZEL"].product
    invoice = shop.issue_invoice(code)
    note = shop.issue_credit_note(invoice.code, {order["items"][0]["itemId"]: 0})
    job = made.ask("GET", "/api/orders/snapshot")["jobId"]
    parameters = {}
    for kind in ("surcharge", "filtering", "variant"):
        path = f"/api/products/{kind}-parameters"
        key = "paramIndex" if kind == "variant" else "code"
        row = next(value for name, value in made.ask("GET", path).items() if name != "paginator")[0]
        parameters[path] = row[key]
        inner = "rawValue" if kind == "variant" else "valueIndex"
        detail = made.ask("GET", f"{path}/{quote(str(row[key]), safe='')}")
        parameters[f"{path}/*"] = detail.get("surchargeParameter", detail)["values"][0][inner]
    item = order["items"][0]["itemId"]
    made.ask(
        "POST",
        f"/api/orders/{code}/item/{item}/surcharge-parameters",
        None,
        {"data": {"name": "x", "price": "1.00"}},
    )
    made.ask(
        "POST",
        f"/api/products/{product}/related-files",
        None,
        {"data": {"sourceFileName": "a.pdf", "description": "x"}},
    )
    file = made.ask("GET", f"/api/products/{product}", {"include": "relatedFiles"})["relatedFiles"][0]["id"]
    coupon = made.ask("GET", "/api/discount-coupons")["coupons"][0]["code"]
    image = made.ask("GET", f"/api/products/{product}/images/shop")["images"][0]["name"]
    proforma = made.ask("GET", "/api/proforma-invoices")["proformaInvoices"][0]["code"]
    remark = made.ask("POST", f"/api/orders/{code}/history", None, {"data": {"text": "x"}})
    assert remark is None
    made.names.update(
        {
            "/api/orders": code,
            "/api/orders/*/item": item,
            "/api/orders/*/payment": order["items"][2]["itemId"],
            "/api/orders/*/shipping": order["items"][1]["itemId"],
            "/api/orders/*/item/*/surcharge-parameters": 1,
            "/api/products": product,
            "/api/products/code": "32/ZEL",
            "/api/products/*/images": "shop",
            "/api/products/*/images/*": image,
            "/api/products/*/related-files": file,
            "/api/invoices": invoice.code,
            "/api/credit-notes": note.code,
            "/api/credit-notes/*/item": item,
            "/api/shipments": shop.ship(code, "80001")["guid"],
            "/api/shipments/order": code,
            "/api/proof-payments/order": code,
            "/api/webhooks": hook["webhooks"][0]["id"],
            "/api/system/jobs": job,
            "/api/discount-coupons/use": coupon,
            "/api/payment-methods": shop.payment_methods[0]["guid"],
            "/api/shipping-methods": shop.shipping_methods[0]["guid"],
            "/api/sales-channels/id": made.ask("GET", "/api/sales-channels")["salesChannels"][0]["id"],
            "/api/proof-payments/proforma-invoice": proforma,
            **parameters,
        }
    )
    for kind, name, value in (
        ("surcharge", "code", "{paramIndex}/{valueIndex}"),
        ("filtering", "code", "{code}/{valueIndex}"),
        ("variant", "paramIndex", "{paramIndex}/{rawValue}"),
    ):
        path = f"/api/products/{kind}-parameters"
        made.own.update({f"PATCH {path}/{{{name}}}", f"PATCH {path}/{value}"})
    made.own.add("DELETE /api/products/code/{code}")
    hook = {"event": "order:create", "url": "https://a.example/"}
    made.bodies.update(
        {
            "POST /api/orders": {"data": ORDER | {"externalCode": "other"}},
            "PATCH /api/orders/status-change": {"data": {"statusId": 26, "orderCodes": [code]}},
            "PATCH /api/orders/{code}/status": {"data": {"statusId": 52}},
            "PATCH /api/orders/{code}/notes": {"data": {"eshopRemark": "z"}},
            "POST /api/orders/{code}/history": {"data": {"text": "z"}},
            "POST /api/webhooks": {"data": [hook]},
            "PATCH /api/webhooks/{id}": {"data": {"url": "https://a.example/2"}},
            "PATCH /api/pricelists/{id}": {"data": [{"code": "32/ZEL", "price": {"price": "9.00"}}]},
            "PATCH /api/stocks/{stockId}/movements": {"data": [{"productCode": "32/ZEL", "amountChange": 1}]},
            "PATCH /api/products/{guid}/images/{gallery}": {
                "data": {"images": [{"name": image, "priority": 2}]}
            },
            "DELETE /api/discount-coupons": {"data": {"couponCodes": [coupon]}},
            "PATCH /api/discount-coupons": {"data": {"coupons": [{"code": coupon, "remark": "x"}]}},
            "POST /api/invoices/{code}/credit-note": {
                "data": {"items": [{"invoiceItemId": item, "amount": "1.000"}], "reasonRemark": "x"}
            },
        }
    )


def visit(made: World, entry: Entry, base: str = "") -> Call:
    """A call of one operation that has to succeed."""
    maker = Maker(ATLASES[made.name].common, Random(entry.key), made.sandbox.clock.now())
    body = made.bodies.get(entry.key)
    if body is None and entry.body is not None:
        body = maker.make(entry.body)
    query = made.queries.get(entry.key) or {name: maker.make(entry.query[name], name) for name in entry.needs}
    return made.call(entry.method, _filled(made, entry, maker), query, body, base)


def _filled(made: World, entry: Entry, maker: Maker) -> str:
    path = entry.path
    for name in re.findall(r"\{(\w+)\}", path):
        template = entry.path.partition(f"/{{{name}}}")[0]
        before = path.partition(f"/{{{name}}}")[0]
        value = made.names.get(entry.key) or made.names.get(plain(template))
        if value is None:
            value = _listed(made, template, before, name)
        if value is None:
            value = maker.make(entry.names[name], name)
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""), 1)
    return path


def _listed(made: World, template: str, before: str, name: str) -> Any:
    """What the list before a placeholder says that goes there."""
    entries = ENTRIES[made.name].values()
    entry = next((each for each in entries if each.key == f"GET {template}"), None)
    atlas = ATLASES[made.name]
    if entry is None or atlas.payloads[entry.key].kind != "rows":
        return None
    maker = Maker(atlas.common, Random(1), made.sandbox.clock.now())
    data = made.ask("GET", before, {need: maker.make(entry.query[need], need) for need in entry.needs})
    key = atlas.payloads[entry.key].key
    rows = data[key] if key else data
    field = atlas.kinds[plain(template)].field
    return rows[0][field] if rows else None


def decoded(operation: Operation, status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """What the client gives back for an answer."""
    endpoint = operation.declared.endpoint
    parts = tuple("1" for _ in re.findall(r"\{", operation.route))
    request = endpoint.request(parts) if hasattr(endpoint, "into") else endpoint.listing(parts).page()
    reply = Reply(status, {name.lower(): value for name, value in headers.items()}, body)
    return request.endpoint.api.read(request, reply)


def visits(name: str) -> Iterator[tuple[World, Operation, Entry]]:
    """Every operation as the client and as the sandbox know it, each in a world where it can succeed.

    What wants a certain call has a world of its own; the others share one, first those that read, then those
    that write, then those that remove, from the longest path on.
    """
    shared = world(name)
    order = {"GET": 0, "POST": 1, "DELETE": 3}
    known = [(operation, ENTRIES[name][operation.vendor_id]) for operation in APIS[name].operations]
    for operation, entry in sorted(
        known, key=lambda each: (order.get(each[1].method, 2), -each[1].path.count("/"), each[1].path)
    ):
        own = entry.method != "GET" and entry.key in shared.bodies.keys() | shared.names.keys() | shared.own
        made = world(name) if own else shared
        made.sandbox.clock.advance(1)
        yield made, operation, entry
