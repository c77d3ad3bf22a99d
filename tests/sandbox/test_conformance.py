"""Answers and rules of the sandbox against the vendors' documents, where these are at hand."""

from __future__ import annotations

import json
import os
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest

from kaufland_shoptet.sandbox import Sandbox, Switches
from kaufland_shoptet.sandbox.checks import Rows, Shape
from kaufland_shoptet.sandbox.kaufland import invoices, library, offers, returns, subscriptions
from kaufland_shoptet.sandbox.kaufland import orders as units
from kaufland_shoptet.sandbox.shoptet import hooks, order_rules, products

OPEN_ENDED = ("without_discounts", "unknown_status", "upper_case_storefront")
"""Facts that the document does not allow for, but that occur."""
ALLOWED = {401, 404, 405, 422, 429}
"""Statuses that need not be declared for each operation."""

BROKEN = {"/api/orders/{code}/proforma-invoice": "/api_orders_{code}_proforma-invoice.yaml"}
"""Where the document has an operation whose path it spells wrongly."""
BEYOND = {"/playground/orders"}
"""Operations that the document does not have any more."""
UNDECLARED = {("/api/mailing-lists/{code}", "page"), ("/api/mailing-lists/{code}", "itemsPerPage")}
"""Parameters that work, as prose has it."""


@lru_cache
def document(variable):
    jsonschema = pytest.importorskip("jsonschema")
    name = os.environ.get(variable)
    if not name:
        pytest.skip(f"{variable} is not set")
    if name.endswith(".json"):
        root = json.loads(Path(name).read_text(encoding="utf-8"))
    else:
        yaml = pytest.importorskip("yaml")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        root = yaml.load(Path(name).read_text(encoding="utf-8"), loader)
    return standard(root), jsonschema.Draft202012Validator


def standard(node):
    """OpenAPI 3.0's ``nullable`` in the words of JSON Schema; no examples."""
    if isinstance(node, list):
        return [standard(each) for each in node]
    if not isinstance(node, dict):
        return node
    rest = {
        str(key): standard(value)
        for key, value in node.items()
        if key not in ("nullable", "example", "examples")
    }
    return {"anyOf": [{"type": "null"}, rest]} if node.get("nullable") is True else rest


def follow(root, node):
    while "$ref" in node:
        target = root
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        node = target
    return node


class Checked:
    """Sends calls and collects what the document has against the answers."""

    def __init__(self, variable, caller):
        self.root, self.validator = document(variable)
        self.caller = caller
        self.complaints = []

    def __call__(self, method, template, *values, body=None, **query):
        path = template
        for value in values:
            start, _, rest = path.partition("{")
            path = start + str(value) + rest.partition("}")[2]
        answer = self.caller(method, path, body, query=query)
        self.caller.sandbox.clock.advance(0.1)
        responses = self.root["paths"][template][method.lower()]["responses"]
        where = f"{method} {path} {answer.status}"
        if str(answer.status) not in responses:
            assert answer.status in ALLOWED, (where, answer.body)
            return answer
        response = follow(self.root, responses[str(answer.status)])
        contents = list(response.get("content", {}).values())
        if not contents:
            assert answer.body == b"" or "json" not in answer.headers["content-type"], where  # a file
        elif "schema" in contents[0]:
            schema = {**contents[0]["schema"], "components": self.root["components"]}
            found = self.validator(schema).iter_errors(answer.json())
            self.complaints += [f"{where} {error.json_path} {error.message[:200]}" for error in found]
        return answer


def look_at_subscriptions(call):
    hook = {"callback_url": "https://x.example/", "fallback_email": "a@b.cz", "event_name": "order_new"}
    for _ in range(2):
        call("POST", "/subscriptions", body=hook, storefront="cz")
    call("GET", "/subscriptions", storefront="cz")
    for number in (11011, 1):
        call("GET", "/subscriptions/{id_subscription}", number)
        call("PATCH", "/subscriptions/{id_subscription}", number, body={"is_active": False})
        call("DELETE", "/subscriptions/{id_subscription}", number)


def test_changes_movements_and_notifications(merchant_of):
    sandbox = Sandbox.demo("measured")
    merchant = merchant_of(sandbox)
    call = Checked("SHOPTET_OPENAPI", merchant)
    hook = [{"event": "order:create", "url": "https://x.example/"}]
    call("POST", "/api/webhooks", body={"data": hook})
    merchant.order()
    sandbox.shoptet.set_stock("0035", None)
    sandbox.shoptet.change_product(sandbox.shoptet.variants["0035"].product, visibility="hidden")
    call("GET", "/api/webhooks/notifications")
    call("GET", "/api/products/changes", **{"from": "2026-08-01T00:00:00+0200"})
    include = "orderCode,productGuid,historicalProductGuid,sumAmount"
    call("GET", "/api/stocks/{stockId}/movements", 1, include=include)
    call("GET", "/api/stocks/{stockId}/movements/last", 1)
    rows = [{"productCode": code, "quantity": 3} for code in ("0035", "nothing")]
    call("PATCH", "/api/stocks/{stockId}/movements", 1, body={"data": rows})
    call("PATCH", "/api/stocks/{stockId}/movements", 1, body={"data": rows[1:]})
    assert call.complaints == []


@pytest.mark.parametrize("variable", ["KAUFLAND_OPENAPI", "SHOPTET_OPENAPI"])
def test_a_shop_by_chance(variable, seller_of, merchant_of):
    """What is generated has the shapes of the documents, too."""
    sandbox = Sandbox.generated(120, 80, seed=11)
    kaufland = variable.startswith("KAUFLAND")
    call = Checked(variable, (seller_of if kaufland else merchant_of)(sandbox))
    if kaufland:
        for path in ("/orders", "/order-units", "/returns", "/return-units"):
            call("GET", path, limit=100)
        for storefront in ("cz", "de", "pl"):
            call("GET", "/units", storefront=storefront, limit=100, embedded="products")
        for order in sandbox.kaufland.orders:
            call("GET", "/orders/{id_order}", order, embedded=["delivery", "order_invoices"])
    else:
        for path in (
            "/api/orders",
            "/api/products",
            "/api/brands",
            "/api/stocks/1/supplies",
            "/api/pricelists/1",
        ):
            call(
                "GET",
                path.replace("/1", "/{stockId}" if "stocks" in path else "/{id}"),
                *([1] if "/1" in path else []),
            )
        for variants in sandbox.shoptet.variants.by_product():
            call("GET", "/api/products/{guid}", variants[0].product, include="images,allCategories,flags")
        for order in sandbox.shoptet.orders:
            call("GET", "/api/orders/{code}", order)
    assert call.complaints == []


def test_kauflands_answers(seller_of):
    from kaufland_shoptet.sandbox import data

    sandbox = Sandbox.demo(*(name for name in data.FACTS if name not in OPEN_ENDED))
    call = Checked("KAUFLAND_OPENAPI", seller_of(sandbox))
    for path in ("/status/ping", "/carriers", "/info/storefront", "/info/locale", "/info/vat-indicators"):
        call("GET", path)
    call("GET", "/orders", limit=100)
    call("GET", "/order-units", limit=100)
    call("GET", "/order-units", limit=0)
    for order in sandbox.kaufland.orders:
        call("GET", "/orders/{id_order}", order, embedded=["delivery", "order_invoices"])
    call("GET", "/orders/{id_order}", "nothing")
    unit = sandbox.kaufland.orders["MA1B2C3"].pieces[0].id
    call(
        "GET", "/order-units/{id_order_unit}", unit, embedded=[*units.UNIT_EMBEDS[:1], *units.UNIT_EMBEDS[2:]]
    )
    parcel = {"tracking_numbers": "1", "carrier_code": "PPL"}
    for _ in range(2):
        call("PATCH", "/order-units/{id_order_unit}/send", unit, body=parcel)
    call("PATCH", "/order-units/{id_order_unit}/cancel", unit, body={"reason": "NoInventory"})
    call("PATCH", "/order-units/{id_order_unit}/refund", unit, body={"amount": 1, "reason": "defect"})
    offer = next(iter(sandbox.kaufland.offers))
    call("GET", "/units", storefront="cz", embedded="products")
    call("GET", "/units/{id_unit}", offer, storefront="cz")
    call("PATCH", "/units/{id_unit}", offer, body={"amount": 3}, storefront="cz")
    sandbox.kaufland.row_faults[offer + 3] = "internal"
    rows = [(offer, {"amount": 1}), (offer + 3, {}), (offer + 6, {"listing_price": 0})]
    body = [{"id_unit": number, "unit_data": changes} for number, changes in rows]
    call("POST", "/units/bulk", body=body, storefront="cz")
    for ean in ("4010355051486", "4010355051487", "0000000000017"):
        call("GET", "/products/ean/{ean}", ean, storefront="cz")
    call("GET", "/shipping-groups", storefront="de")
    call("GET", "/shipping-groups/{id_shipping_group}", 195843, storefront="de")
    call("GET", "/warehouses")
    call("GET", "/warehouses/{id_warehouse}", 51234)
    call("DELETE", "/units/{id_unit}", offer, storefront="cz")
    look_at_subscriptions(call)
    parcel = sandbox.kaufland.begin_return(sandbox.kaufland.orders["MST2R16"].pieces[0].id)
    sandbox.kaufland.receive_return(parcel.id)
    call("GET", "/returns")
    call("GET", "/returns/{id_return}", parcel.id, embedded=["buyer", "return_units"])
    call("GET", "/return-units")
    back = parcel.units[0].id
    call("GET", "/return-units/{id_return_unit}", back, embedded=["order_unit", "tickets"])
    for decision in ("clarify", "repair", "reject", "accept"):
        body = {"message": "x"} if decision in ("clarify", "reject") else None
        call("PATCH", f"/return-units/{{id_return_unit}}/{decision}", back, body=body)
    invoice = {"original_name": "1.pdf", "mime_type": "application/pdf", "data": "JVBERi0="}
    number = call("POST", "/order-invoices/{id_order}", "MA1B2C3", body=invoice).json()["data"]["id_invoice"]
    call("GET", "/order-invoices")
    for method in ("GET", "DELETE", "GET"):
        call(method, "/order-invoices/{id_order}/{id_invoice}", "MA1B2C3", number)
    assert call.complaints == []


def test_kauflands_answers_about_product_data(sandbox, seller):
    call = Checked("KAUFLAND_OPENAPI", seller)
    sheet = {"ean": ["4010355051486"], "attributes": {"title": ["Konvice"], "category": ["Kettles"]}}
    for method in ("PUT", "PATCH"):
        call(method, "/product-data", body=sheet, locale="cs-CZ")
    for _ in range(2):
        call("GET", "/product-data/{ean}", "4010355051486", locale="cs-CZ")
        call("GET", "/product-data/status/{ean}", "4010355051486", locale="cs-CZ")
        sandbox.clock.advance(3 * 3600)
    call("DELETE", "/product-data/{ean}", "4010355051486", locale="cs-CZ")
    call("GET", "/product-data/{ean}", "4010355051486", locale="cs-CZ")
    guess = {"item": {"title": "Konvice", "description": "", "manufacturer": "x"}, "price": 1}
    call("POST", "/categories/decide", body=guess, storefront="cz")
    for number in (20101, 99):
        call("GET", "/categories/{id_category}", number, storefront="cz", embedded=library.EMBEDDED)
    call("POST", "/product-data/import-files", body={"url": "https://x.example/a.csv"})
    call("GET", "/product-data/import-files")
    for number in (123, 1):
        call("GET", "/product-data/import-files/{id_import_file}", number)
    assert call.complaints == []


def test_a_unit_that_is_answered_as_the_document_has_it(make, seller_of):
    call = Checked("KAUFLAND_OPENAPI", seller_of(make(unit_created="document")))
    body = {"ean": "4010355051486", "id_offer": "SHP-0042", "listing_price": 1, "handling_time": 1}
    answer = call("POST", "/units", body=body | {"id_shipping_group": 195844}, storefront="pl")
    assert (answer.status, call.complaints) == (200, [])


def look_at_papers(call, order, invoice):
    call("POST", "/api/orders/{code}/history", order, body={"data": {"text": "z"}})
    call("GET", "/api/orders/{code}/history", order)
    for path in ("/api/invoices/{code}", "/api/invoices/{code}/pdf"):
        call("GET", path, invoice)
        call("GET", path, "x")
    number = call("POST", "/api/invoices/{code}/credit-note", invoice, body={"data": {}}).json()
    for path in ("/api/credit-notes/{code}", "/api/credit-notes/{code}/pdf"):
        call("GET", path, number["data"]["creditNote"]["code"])
    call("GET", "/api/credit-notes")
    call("GET", "/api/invoices")
    call("GET", "/api/invoices/changes", **{"from": "2026-08-01T00:00:00+0200"})


def test_shoptets_answers(merchant_of, order_body):
    sandbox = Sandbox.demo(switches=Switches(bucket_costs=False))
    call = Checked("SHOPTET_OPENAPI", merchant_of(sandbox))
    full = {
        "notes": {"eshopRemark": "x", "additionalFields": [{"index": 1, "text": "y"}]},
        "shippingDetails": {"branchId": "1"},
        "billingMethodCode": 2,
        "sourceId": -1,
        "addressesEqual": False,
        "deliveryAddress": {"fullName": "x", "countryCode": "SK"},
    }
    code = call("POST", "/api/orders", body={"data": order_body(**full)}).json()["data"]["order"]["code"]
    call("POST", "/api/orders", body={"data": order_body()})
    call("POST", "/api/orders", body={"data": order_body("B", shippingGuid=None, paymentMethodGuid=None)})
    loose = {"suppressHistoricalPaymentChecking": "true", "suppressHistoricalShippingChecking": "true"}
    historical = order_body("B", shippingGuid=None, paymentMethodGuid=None)
    call("POST", "/api/orders", body={"data": historical}, **loose)
    call("GET", "/api/orders")
    call("GET", "/api/orders", itemsPerPage=51)
    every = "notes,images,shippingDetails,stockLocation,surchargeParameters,paymentTransactions,productFlags"
    call("GET", "/api/orders/{code}", code, include=every)
    for path in ("statuses", "sources"):
        call("GET", f"/api/orders/{path}")
    call("GET", "/api/orders/changes", **{"from": "2026-08-01T00:00:00+0200"})
    call("PATCH", "/api/orders/{code}/status", code, body={"data": {"statusId": 52}})
    call("PATCH", "/api/orders/status-change", body={"data": {"statusId": 26, "orderCodes": [code, "x"]}})
    call("PATCH", "/api/orders/{code}/notes", code, body={"data": {"eshopRemark": "z"}})
    look_at_papers(call, code, *sandbox.shoptet.invoices)
    sections = (
        "orderAdditionalFields,orderStatuses,paymentMethods,shippingMethods,imageCuts,countries,cashDesk"
    )
    call("GET", "/api/eshop", include=sections)
    for path in ("/api/eshop/customer-fields", "/api/shipping-methods", "/api/payment-methods"):
        call("GET", path)
    call("GET", "/api/system/endpoints")
    for path in ("/api/stocks", "/api/pricelists"):
        call("GET", path)
    sandbox.shoptet.set_stock("0035", None)
    sandbox.shoptet.prices[1]["0035"].action = (Decimal(9), date(2026, 8, 1), None)
    call("GET", "/api/products", brandName="Alva")
    call("GET", "/api/products/{guid}", sandbox.shoptet.variants["32/ZEL"].product)
    for number in (1, 9):
        call("GET", "/api/stocks/{stockId}", number)
        call("GET", "/api/stocks/{stockId}/supplies", number, onlyWithClaim="false")
        call("GET", "/api/pricelists/{id}", number)
    shipment = sandbox.shoptet.ship(code, "80001", None)
    call("GET", "/api/shipments", orderCode=code)
    for guid in (shipment["guid"], "nothing"):
        call("GET", "/api/shipments/{guid}", guid)
    hook = {"event": "job:finished", "url": "https://add-on.example/"}
    answer = call("POST", "/api/webhooks", body={"data": [hook]})
    number = answer.json()["data"]["webhooks"][0]["id"]
    call("GET", "/api/webhooks")
    call("GET", "/api/webhooks/{id}", number)
    call("PATCH", "/api/webhooks/{id}", number, body={"data": {"url": "https://add-on.example/2"}})
    call("POST", "/api/webhooks/renew-signature-key")
    job = call("GET", "/api/orders/snapshot").json()["data"]["jobId"]
    call("GET", "/api/system/jobs/{jobId}", job)
    sandbox.clock.advance(60)
    call("GET", "/api/system/jobs/{jobId}", job)
    call("GET", "/api/system/jobs")
    call("DELETE", "/api/webhooks/{id}", number)
    for _ in range(2):
        call("DELETE", "/api/orders/{code}", code)
    # Some schemas, such as those of shipments, lack the metadata that every answer has.
    assert [each for each in call.complaints if "'metadata' was unexpected" not in each] == []


def test_shoptets_answers_about_products(sandbox, merchant):
    call = Checked("SHOPTET_OPENAPI", merchant)
    every = ",".join(products.SECTIONS)
    for code in ("32/ZEL", "SHP-0042"):
        call("GET", "/api/products/{guid}", sandbox.shoptet.variants[code].product, include=every)
    call("GET", "/api/brands")
    call("GET", "/api/products/snapshot")
    assert call.complaints == []


def differences(root, rule, schema, at=""):
    schema = follow(root, schema)
    branches = [follow(root, each) for each in schema.get("oneOf", ()) if each.get("type") != "null"]
    schema = branches[0] if branches else schema
    schema = schema["anyOf"][1] if {"type": "null"} in schema.get("anyOf", ()) else schema
    if isinstance(rule, Shape):
        known = schema.get("properties", {})
        if set(rule.keys) != set(known) or set(rule.required) != set(schema.get("required", ())):
            yield at, set(rule.keys) ^ set(known), set(rule.required) ^ set(schema.get("required", ()))
        for key in set(rule.keys) & set(known):
            yield from differences(root, rule.keys[key], known[key], f"{at}.{key}")
    if isinstance(rule, Rows):
        yield from differences(root, rule.of, schema["items"], f"{at}[]")


@pytest.mark.parametrize(
    ("variable", "module"),
    [
        ("KAUFLAND_OPENAPI", units),
        ("KAUFLAND_OPENAPI", offers),
        ("KAUFLAND_OPENAPI", library),
        ("KAUFLAND_OPENAPI", subscriptions),
        ("KAUFLAND_OPENAPI", returns),
        ("KAUFLAND_OPENAPI", invoices),
        ("SHOPTET_OPENAPI", order_rules),
        ("SHOPTET_OPENAPI", hooks),
    ],
)
def test_bodies_have_the_keys_of_the_document(variable, module):
    from kaufland_shoptet.sandbox.shoptet import orders

    root, _ = document(variable)
    routes = (orders if module is order_rules else module).ROUTES
    found = []
    for route in routes:
        if route.body is not None:
            content = root["paths"][route.path][route.method.lower()]["requestBody"]["content"]
            found += differences(root, route.body, content["application/json"]["schema"])
    assert found == []


@pytest.mark.parametrize("variable", ["KAUFLAND_OPENAPI", "SHOPTET_OPENAPI"])
def test_routes_have_the_parameters_of_the_document(variable, sandbox):
    root, _ = document(variable)
    api = sandbox.kaufland if variable == "KAUFLAND_OPENAPI" else sandbox.shoptet
    undeclared = set()
    for route in api.routes:
        if route.path in BEYOND:
            continue
        node = root["paths"][BROKEN.get(route.path, route.path)][route.method.lower()]
        parameters = [follow(root, each) for each in node.get("parameters", ())]
        names = {each["name"] for each in parameters if each["in"] == "query"}
        assert set(route.query) >= names, route
        undeclared |= {(route.path, name) for name in set(route.query) - names}
    assert undeclared == (set() if variable == "KAUFLAND_OPENAPI" else UNDECLARED)
