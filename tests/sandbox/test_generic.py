"""Operations without behaviour of their own: they create, read, change and remove rows in memory."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from urllib.parse import quote

import pytest

from kaufland_shoptet.sandbox import Sandbox
from kaufland_shoptet.sandbox.generic import kaufland, shoptet
from kaufland_shoptet.sandbox.generic.atlas import singular
from kaufland_shoptet.sandbox.generic.table import load

SINCE = {"from": "2026-01-01T00:00:00+0100"}


def changed(answer, status=200):
    assert answer.status == status, answer.body
    return answer.json()["data"]


# -- the table and when it is read -----------------------------------------------------------------------


def test_nothing_is_read_from_the_table_until_it_is_needed():
    script = """
import sys
import kaufland_shoptet
from kaufland_shoptet.sandbox import Call, Sandbox
sandbox = Sandbox.demo()
headers = {"shoptet-private-api-token": sandbox.private_token}
def ask(path):
    call = Call(method="GET", url="https://api.myshoptet.com" + path, headers=headers)
    return sandbox.handle(call).status, "kaufland_shoptet.sandbox.generic" in sys.modules
guid = sandbox.shoptet.variants["32/ZEL"].product
print(*ask("/api/eshop"), *ask("/api/orders"), *ask(f"/api/products/{guid}"), *ask("/api/products/flags"))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["200", "False", "200", "False", "200", "False", "200", "True"]


def test_the_tables_hold_every_operation():
    assert [len(load(name).entries) for name in ("kaufland", "shoptet")] == [119, 328]


def test_an_operation_with_behaviour_of_its_own_keeps_it(sandbox):
    acts = {(route.method, route.path): route.act for route in sandbox.shoptet.routes}
    assert acts["GET", "/api/brands"].__module__ == "kaufland_shoptet.sandbox.shoptet.brands"
    for api in (sandbox.kaufland, sandbox.shoptet):
        name = type(api).__name__.lower()
        routes = [(route.method, route.path) for route in api.routes]
        assert len(routes) == len(set(routes))
        assert {(entry.method, entry.path) for entry in load(name).entries} <= set(routes)


def test_a_word_of_a_path_is_not_taken_for_a_value(merchant, seller):
    assert "flags" in merchant.data("/api/products/flags")
    assert merchant.errors(merchant.get("/api/products/nothing")) == [("product-not-found", "nothing")]
    assert "children" in seller.data("/categories/tree", storefront="cz")


def test_paths_that_no_document_has_are_refused_as_ever(merchant, seller):
    assert merchant.errors(merchant.get("/api/articles/1/nothing")) == [
        ("endpoint-not-found", "/api/articles/1/nothing")
    ]
    assert merchant("PUT", "/api/articles").status == 405
    assert (seller.get("/tickets/1/2/3").status, seller("PUT", "/tickets").status) == (404, 405)


def test_every_group_of_endpoints_is_known_and_can_be_denied(merchant):
    groups = {row["endpoint"] for row in merchant.data("/api/system/endpoints")["endpoints"]}
    assert {"orders", "articles", "discount-coupons", "xy-discounts"} <= groups
    merchant.sandbox.shoptet.denied.add(("articles", "read"))
    assert merchant.get("/api/articles").status == 403


def test_the_same_seed_gives_the_same_rows_in_any_order(merchant_of):
    paths = ("/api/articles", "/api/pages", "/api/reviews/project")
    one, other = (merchant_of(Sandbox(seed=7)) for _ in range(2))
    first = {path: one.data(path) for path in paths}
    assert first == {path: other.data(path) for path in reversed(paths)}
    assert first["/api/pages"] != merchant_of(Sandbox(seed=8)).data("/api/pages")


@pytest.mark.parametrize("atlas", [kaufland.atlas(), shoptet.atlas()], ids=["kaufland", "shoptet"])
def test_every_text_of_the_document_has_a_specimen(atlas):
    """A pattern that no text fits would make answers that the document does not allow."""
    from datetime import UTC, datetime
    from random import Random

    from kaufland_shoptet.sandbox.generic.specimens import Maker

    now = datetime(2026, 9, 1, 8, tzinfo=UTC)
    for entry in atlas.common.table.entries:
        for schema in filter(None, (entry.body, entry.answer, entry.row, entry.rows)):
            for lean in (False, True):
                made = Maker(atlas.common, Random(entry.key), now, lean).make(schema)
                assert list(atlas.common.rules.rule(schema).flaws(made, "")) == [], entry.key


@pytest.mark.parametrize(
    ("many", "one"), [("categories", "category"), ("addresses", "address"), ("taxes", "tax"), ("set", "set")]
)
def test_words_in_the_singular(many, one):
    assert singular(many) == one


# -- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "instance"),
    [
        ("POST", "/api/customers/groups", {"data": {}}, "data.name"),
        ("POST", "/api/customers/groups", {"data": {"name": "x", "colour": 1}}, "data.colour"),
        ("POST", "/api/products/consumption-taxes", {"data": {"name": "x", "price": 1.5}}, "data.price"),
        ("POST", "/api/orders/gifts", {"data": {"code": "x", "orderPrice": 5}}, "data.orderPrice"),
        ("PATCH", "/api/products/batch", {"batchFileUrlPath": 1}, "batchFileUrlPath"),
        ("PATCH", "/api/orders/gifts/settings", {"data": {"productGifts": "some"}}, "data.productGifts"),
        ("PUT", "/api/shipping-request/1/2", {"data": {"price": {}}}, "data.price"),
    ],
)
def test_a_wrong_body_is_refused_by_shoptet(merchant, method, path, body, instance):
    answer = merchant(method, path, body)
    assert answer.status == 422
    assert instance in {each for _, each in merchant.errors(answer)}


def test_a_wrong_query_is_refused_by_shoptet(merchant):
    assert merchant.errors(merchant.get("/api/articles", colour=1)) == [("invalid-parameter", "colour")]
    assert merchant.errors(merchant.get("/api/articles", page="x")) == [("invalid-parameter", "page")]
    assert merchant.errors(merchant.get("/api/products/changes")) == [("missing-parameter", "from")]
    assert merchant.errors(merchant.get("/api/products/changes", **{"from": "today"})) == [
        ("invalid-parameter", "from")
    ]


def test_an_answer_that_only_names_what_was_made_names_it_as_it_is_called(sandbox, seller):
    unit = sandbox.kaufland.orders["MA1B2C3"].pieces[0].id
    made = seller(
        "POST", "/tickets", {"id_order_unit": [unit], "reason": "contact_other", "message": "Dobrý den"}
    )
    number = made.json()["data"]["id_ticket"]
    assert seller.data(f"/tickets/{number}")["ids_order_units"] == [unit]
    report = seller("POST", "/reports/cancellations", query={"storefront": "cz"}).json()["data"]["id_report"]
    assert seller.data(f"/reports/{report}")["id_report"] == report


def test_a_wrong_call_is_refused_by_kaufland(seller):
    answer = seller("POST", "/tickets", {"reason": "nothing", "message": 5})
    assert answer.status == 400
    fields = {row["field"] for row in answer.json()["errors"]}
    assert fields == {"id_order_unit", "reason", "message"}
    answer = seller.get("/attributes", limit=1000)
    assert {row["field"] for row in answer.json()["errors"]} == {"limit", "storefront"}
    assert seller.get("/vouchers/x").status == 404


# -- Shoptet ---------------------------------------------------------------------------------------------


def test_a_row_is_created_read_changed_and_removed(merchant):
    made = changed(
        merchant("POST", "/api/pages", {"data": {"title": "Terms", "description": "<p>x</p>"}}), 201
    )
    row = made["page"]
    assert (row["title"], row["content"]) == ("Terms", "<p>x</p>")
    path = f"/api/pages/{row['id']}"
    assert merchant.data(path)["page"] == row
    assert [each["id"] for each in merchant.data("/api/pages")["pages"]].count(row["id"]) == 1
    assert (
        changed(merchant("PATCH", path, {"data": {"title": "Conditions"}}))["page"]["title"] == "Conditions"
    )
    assert merchant.data(path)["page"] == row | {"title": "Conditions"}
    assert changed(merchant("DELETE", path)) is None
    for method in ("GET", "DELETE", "PATCH"):
        answer = merchant(method, path, {"data": {"title": "x"}} if method == "PATCH" else None)
        assert (answer.status, merchant.errors(answer)) == (404, [("page-not-found", str(row["id"]))])


def test_an_answer_with_several_rows_has_those_of_the_call(merchant):
    (made,) = changed(merchant("POST", "/api/customers/groups", {"data": {"name": "Friends"}}), 201)[
        "customerGroups"
    ]
    path = f"/api/customers/groups/{made['id']}"
    assert made in merchant.data("/api/customers/groups")["customerGroups"]
    (now,) = changed(merchant("PATCH", path, {"data": {"name": "Strangers"}}))["customerGroups"]
    assert now == made | {"name": "Strangers"}


def test_lists_come_in_pages_of_the_size_that_the_document_says(merchant):
    for _ in range(9):
        body = {"data": {"title": "x", "sectionIds": [1], "content": "y"}}
        article = merchant("POST", "/api/articles", body)
        assert article.status in (201, 422), article.body
    body = {"data": {"code": "x", "name": "y"}}
    assert merchant("POST", "/api/mailing-lists", body).status == 201
    assert merchant.errors(merchant.get("/api/articles", itemsPerPage=11)) == [
        ("invalid-parameter", "itemsPerPage")
    ]
    first, second = (merchant.data("/api/suppliers", itemsPerPage=2, page=page) for page in (1, 2))
    assert (len(first["suppliers"]), len(second["suppliers"])) == (2, 1)
    assert first["paginator"]["pageCount"] == 2
    assert merchant.data("/api/suppliers")["paginator"]["itemsPerPage"] == 200
    assert merchant.errors(merchant.get("/api/suppliers", page=2)) == [("page-not-found", "page")]


def test_what_hangs_on_a_row_needs_it(merchant):
    guid = merchant.data("/api/customers")["customers"][0]["guid"]
    path = f"/api/customers/{guid}/remarks"
    before = merchant.data(path)["remarks"]
    row = changed(merchant("POST", path, {"data": {"remark": "Nice.", "rating": "positive"}}), 201)["remark"]
    assert merchant.data(path)["remarks"] == [*before, row]
    assert merchant.data(f"{path}/{row['id']}")["remark"] == row
    answer = merchant.get("/api/customers/nobody-1/remarks")
    assert merchant.errors(answer) == [("customer-not-found", "nobody-1")]


def test_lists_of_changes_tell_what_was_written(merchant):
    path = "/api/mailing-lists"
    assert merchant.data("/api/customers/changes", **SINCE)["changes"] == []
    one, other = (row["guid"] for row in merchant.data("/api/customers")["customers"][:2])
    merchant("DELETE", f"/api/customers/{one}")
    merchant.sandbox.clock.advance(60)
    between = {"from": "2026-09-01T10:00:30+0200"}
    merchant("DELETE", f"/api/customers/{other}")
    rows = merchant.data("/api/customers/changes", **SINCE)["changes"]
    assert [(row["guid"], row["changeType"]) for row in rows] == [(one, "delete"), (other, "delete")]
    assert merchant.data("/api/customers/changes", **between)["changes"] == rows[1:]
    merchant("POST", path, {"data": {"code": "news", "name": "News"}})
    answers = [
        merchant("POST", f"{path}/news", {"data": {"emails": emails}})
        for emails in (["a@b.cz"], ["a@b.cz", "c@d.cz"])
    ]
    assert changed(answers[1], 201) == {
        "emailsInserted": ["c@d.cz"],
        "emailsExisting": ["a@b.cz"],
        "emailsInvalid": [],
        "errorMessages": [],
    }
    emails = [row["email"] for row in merchant.data(f"{path}/news")["emails"]]
    assert emails[-2:] == ["a@b.cz", "c@d.cz"]
    assert len(merchant.data(f"{path}/news/changes", **SINCE)["changes"]) == 2
    assert merchant("POST", f"{path}/nothing", {"data": {"emails": ["a@b.cz"]}}).status == 404
    assert merchant.get(f"{path}/nothing").status == 404


def test_settings_are_one_row(merchant):
    path = "/api/orders/gifts/settings"
    before = merchant.data(path)
    wanted = {"stockDependent": not before["stockDependent"]}
    assert changed(merchant("PATCH", path, {"data": wanted})) == before | wanted
    assert merchant.data(path) == before | wanted


def test_values_of_a_parameter_stand_in_it(merchant):
    path = "/api/products/filtering-parameters"
    code = merchant.data(path)["filteringParameters"][0]["code"]
    one = f"{path}/{quote(code)}"
    before = merchant.data(one)["values"]
    value = {"name": "Red", "valueIndex": "red", "priority": 1, "color": "#ff0000"}
    after = changed(merchant("POST", one, {"data": {"paramValues": [value]}}), 201)["values"]
    assert [each["valueIndex"] for each in after] == [before[0]["valueIndex"], "red"]
    now = changed(merchant("PATCH", f"{one}/red", {"data": {"name": "Crimson"}}))["values"]
    assert now[1] == after[1] | {"name": "Crimson"}
    assert merchant("POST", f"{path}/nothing", {"data": {"paramValues": [value]}}).status == 404
    merchant("DELETE", f"{one}/red")
    assert merchant.data(one)["values"] == before


def test_many_rows_are_changed_at_once_and_answered_one_by_one(merchant):
    rows = merchant.data("/api/discount-coupons")["coupons"]
    codes = [row["code"] for row in rows]
    coupons = [{"code": codes[0], "remark": "x"}, {"code": "nothing", "remark": "x"}]
    answer = merchant("PATCH", "/api/discount-coupons", {"data": {"coupons": coupons}})
    assert [row["remark"] for row in changed(answer)["coupons"]] == ["x"]
    assert merchant.errors(answer) == [("discount-coupon-not-found", "nothing")]
    answer = merchant("PATCH", "/api/discount-coupons", {"data": {"coupons": coupons[1:]}})
    assert answer.status == 400
    body = {"data": {"couponCodes": [codes[0], codes[1], "nothing"]}}
    assert merchant.errors(merchant("DELETE", "/api/discount-coupons", body)) == [
        ("discount-coupon-not-found", "nothing")
    ]
    assert [row["code"] for row in merchant.data("/api/discount-coupons")["coupons"]] == codes[2:]
    body = {"data": {"couponCodes": ["nothing"]}}
    assert merchant("DELETE", "/api/discount-coupons", body).status == 400


def test_a_key_is_given_once(merchant):
    body = {"data": {"code": "news", "name": "News"}}
    assert merchant("POST", "/api/mailing-lists", body).status == 201
    answer = merchant("POST", "/api/mailing-lists", body)
    assert (answer.status, merchant.errors(answer)[0][1]) == (422, "news")
    snippet = {"location": "common-header", "html": "<b>x</b>"}
    body = {"data": {"snippets": [snippet]}}
    assert changed(merchant("POST", "/api/template-include", body))["snippets"] == [snippet]
    assert snippet in merchant.data("/api/template-include")["snippets"]


def test_a_row_is_found_by_another_of_its_names(merchant):
    row = merchant.data("/api/sales-channels")["salesChannels"][0]
    for path in (f"/api/sales-channels/{row['guid']}", f"/api/sales-channels/id/{row['id']}"):
        assert merchant.data(path)["salesChannel"]["name"] == row["name"]


def test_brands_are_those_that_are_listed(merchant):
    brand = changed(merchant("POST", "/api/brands", {"data": {"name": "Nová"}}), 201)
    path = f"/api/brands/{brand['guid']}"
    assert merchant.data("/api/brands")["brands"][-1] == merchant.data(path) == brand
    assert changed(merchant("PATCH", path, {"data": {"brandWeb": "https://x.example"}}))["name"] == "Nová"
    assert merchant.data("/api/brands")["brands"][-1]["brandWeb"] == "https://x.example"
    merchant("DELETE", path)
    assert merchant.get(path).status == 404


@pytest.mark.parametrize("kind", ["shipping", "payment"])
def test_ways_to_ship_and_to_pay_are_those_that_are_listed(merchant, kind):
    path, key = f"/api/{kind}-methods", f"{kind}Methods"
    what = {"shippingMethodCode": "ppl"} if kind == "shipping" else {"paymentType": "cash"}
    body = {"name": "New", "visibility": False, "wholesale": False, **what}
    answer = merchant("POST", path, {"data": body})
    made = changed(answer)
    row = merchant.data(path)[key][-1]
    assert (row["guid"], row["name"], row["visible"]) == (made["guid"], "New", False)
    assert merchant.data("/api/eshop", include=key)[key]["retail"]["methods"][-1]["visible"] is False
    if kind == "shipping":
        assert merchant.data(f"{path}/{made['guid']}")["name"] == "New"
    else:
        assert merchant("DELETE", f"{path}/{made['guid']}").status == 200
        assert row not in merchant.data(path)[key]


# -- products and prices ---------------------------------------------------------------------------------

PRODUCT = {
    "name": "Konvice",
    "defaultCategoryGuid": "ff7cc185-0000-11ee-8f1b-0242ac120002",
    "variants": [{"code": "NEW/1", "ean": "4010355051486", "price": "199.00", "weight": "1.200"}],
}


def product(merchant, **changes):
    return changed(merchant("POST", "/api/products", {"data": PRODUCT | changes}), 201)["product"]


def test_a_product_that_is_created_is_in_the_catalogue(merchant):
    brand = merchant.data("/api/brands")["brands"][0]
    made = product(merchant, brandCode=brand["guid"], description="<p>x</p>")
    (variant,) = made["variants"]
    assert (variant["code"], variant["price"], variant["weight"]) == ("NEW/1", "199.00", "1.200")
    assert (made["brand"]["name"], made["type"], made["visibility"]) == (brand["name"], "product", "visible")
    detail = merchant.data(f"/api/products/{made['guid']}")
    assert detail == merchant.data("/api/products/code/NEW%2F1")
    assert [row["code"] for row in detail["variants"]] == ["NEW/1"]
    assert detail["defaultCategory"]["guid"] == PRODUCT["defaultCategoryGuid"]
    answer = merchant("POST", "/api/products", {"data": PRODUCT})
    assert merchant.errors(answer) == [("invalid-request-data", "data.variants[0].code")]


def test_a_product_is_changed_copied_and_removed(merchant, sandbox):
    guid = product(merchant)["guid"]
    path = f"/api/products/{guid}"
    body = {"name": "Kettle", "variants": [{"code": "NEW/1", "ean": "4010355051493"}, {"code": "NEW/2"}]}
    now = changed(merchant("PATCH", path, {"data": body}))
    assert (now["name"], [row["code"] for row in now["variants"]]) == ("Kettle", ["NEW/1", "NEW/2"])
    assert merchant.data(path)["variants"][0]["ean"] == "4010355051493"
    copied = changed(merchant("POST", f"{path}/copy", {"data": {"name": "Copy"}}), 201)
    assert (copied["name"], len(copied["variants"])) == ("Copy", 2)
    assert not {row["code"] for row in copied["variants"]} & {"NEW/1", "NEW/2"}
    assert copied["guid"] != guid
    assert merchant("PATCH", "/api/products/code/NEW%2F1", {"data": {"name": "Pot"}}).status == 200
    assert merchant.data(path)["name"] == "Pot"
    rows = merchant.data("/api/products/changes", **SINCE)["changes"]
    assert (guid, "edit") in {(row["guid"], row["changeType"]) for row in rows}
    merchant("DELETE", path)
    assert "NEW/1" not in sandbox.shoptet.variants
    assert merchant.get(path).status == merchant.get("/api/products/code/NEW%2F1").status == 404


def test_variants_are_named_by_their_parameters(merchant):
    parameters = [{"nameIndex": "barva", "valueIndex": "bila"}]
    made = product(merchant, variants=[{"parameters": parameters}, {"code": "NEW/2"}])
    assert made["isVariant"]
    first, second = made["variants"]
    assert (first["name"], second["name"], second["code"]) == ("barva: bila", None, "NEW/2")


def test_what_belongs_to_a_product_is_in_its_detail(merchant, sandbox):
    guid, other = (sandbox.shoptet.variants[code].product for code in ("32/ZEL", "0035"))
    path = f"/api/products/{guid}"
    body = {"data": {"relatedProducts": [{"guid": other}]}}
    (row,) = changed(merchant("PUT", f"{path}/relatedProducts", body))["items"]
    assert row["guid"] == other
    assert merchant.data(path, include="relatedProducts")["relatedProducts"] == [row]
    merchant("POST", f"{path}/gifts", {"data": {"giftCode": "0035"}})
    assert [each["code"] for each in merchant.data(f"{path}/gifts")["items"]] == ["0035"]
    merchant("POST", f"{path}/related-files", {"data": {"sourceFileName": "a.pdf", "description": "x"}})
    (file,) = merchant.data(path, include="relatedFiles")["relatedFiles"]
    assert merchant("DELETE", f"{path}/related-files/{file['id']}").status == 200
    assert merchant("DELETE", f"{path}/related-files").status == 200
    assert merchant.data(path, include="relatedFiles")["relatedFiles"] == []


def test_images_are_those_of_the_product(merchant, sandbox):
    path = f"/api/products/{sandbox.shoptet.variants['32/ZEL'].product}"
    images = merchant.data(f"{path}/images/shop")["images"]
    assert images == merchant.data(path, include="images")["images"]
    body = {
        "data": {"images": [{"name": images[0]["name"], "description": "x"}, {"name": "none", "priority": 1}]}
    }
    answer = merchant("PATCH", f"{path}/images/shop", body)
    assert changed(answer)["images"] == [
        images[0] | {"description": "x", "changeTime": "2026-09-01T10:00:00+0200"}
    ]
    assert merchant.errors(answer) == [("image-not-found", "none")]
    assert merchant.data(path, include="images")["images"][0]["description"] == "x"
    assert merchant("DELETE", f"{path}/images/shop/{images[0]['name']}").status == 200
    assert len(merchant.data(path, include="images")["images"]) == len(images) - 1
    assert merchant("DELETE", f"{path}/images/shop").status == 200
    assert merchant.data(f"{path}/images/shop")["images"] == []


def test_prices_are_those_that_price_lists_show(merchant):
    rows = [{"code": "32/ZEL", "price": {"price": "9.00"}}, {"code": "nothing", "vatRate": "12.00"}]
    answer = merchant("PATCH", "/api/pricelists/1", {"data": rows})
    assert (answer.status, merchant.errors(answer)) == (200, [("pricelist-not-found", "nothing")])
    (row,) = merchant.data("/api/pricelists/1", code="32/ZEL")["pricelist"]
    assert (row["price"]["price"], row["vatRate"]) == ("9.00", "21.00")
    more = {"code": "0035", "currencyCode": "EUR", "vatRate": "12.00", "priceWithoutVat": {"price": "5.00"}}
    assert merchant("PATCH", "/api/pricelists/1", {"data": [more]}).status == 200
    (row,) = merchant.data("/api/pricelists/1", code="0035")["pricelist"]
    assert (row["price"]["price"], row["currencyCode"], row["includingVat"]) == ("5.00", "EUR", False)
    ratio = {"code": "0035", "price": {"priceRatio": "0.9000"}}
    assert merchant("PATCH", "/api/pricelists/1", {"data": [ratio]}).status == 200
    (row,) = merchant.data("/api/pricelists/1", code="0035")["pricelist"]
    assert (row["price"]["price"], row["price"]["priceRatio"]) == ("5.00", "0.900")
    made = changed(merchant("POST", "/api/pricelists", {"data": {"name": "Kaufland"}}), 201)
    path = f"/api/pricelists/{made['id']}"
    assert merchant.data(path)["pricelist"] == []
    assert merchant("PATCH", path, {"data": [{"code": "0035", "includingVat": True}]}).status == 200
    assert merchant.data(path)["pricelist"][0]["price"]["price"] is None
    assert merchant("PATCH", path, {"data": [{"code": "nothing", "includingVat": True}]}).status == 400
    merchant("DELETE", path)
    assert merchant.get(path).status == 404


def test_rows_are_put_by_what_names_them_first(merchant):
    guid = merchant.data("/api/categories")["categories"][0]["guid"]
    path = f"/api/categories/{guid}/productsPriority"
    before = merchant.data(path)["categoryProducts"]
    known = before[0]["productGuid"]
    new = "ff7cc185-0000-11ee-8f1b-0242ac120002"
    body = [{"productGuid": known, "priority": 7}, {"productGuid": new, "priority": 8}]
    assert merchant("PATCH", path, {"data": body}).status == 200
    rows = {row["productGuid"]: row["priority"] for row in merchant.data(path)["categoryProducts"]}
    assert (len(rows), rows[known], rows[new]) == (len(before) + 1, 7, 8)
    moved = [{"productCode": "32/ZEL", "amountChange": 5}]
    assert merchant("PATCH", "/api/stocks/1/movements", {"data": moved}).status == 200
    row = merchant.data("/api/stocks/1/movements")["movements"][-1]
    assert (row["productCode"], row["amountChange"]) == ("32/ZEL", "5.000")


def test_what_no_list_shows_is_there_when_it_is_asked_for(merchant):
    path = "/api/payment-status/9f1c"
    shown = merchant.data(path)
    assert merchant.data(path) == shown
    assert merchant("PATCH", path, {"data": {"status": "cancelled"}}).status in (200, 422)
    assert merchant.get("/api/shipments/carriers/nobody-1/standard").status in (200, 404)


# -- orders and documents --------------------------------------------------------------------------------


@pytest.fixture
def code(merchant):
    return merchant.order().json()["data"]["order"]["code"]


def order(merchant, code):
    return merchant.data(f"/api/orders/{code}")["order"]


def test_lines_of_an_order_come_and_go_and_its_price_follows(merchant, code):
    path, before = f"/api/orders/{code}/item", order(merchant, code)
    body = {
        "itemType": "product",
        "code": "32/ZEL",
        "vatRate": "21.00",
        "unitPriceWithVat": "10.00",
        "amount": "2",
    }
    now = changed(merchant("POST", path, {"data": body}), 201)["order"]
    line = now["items"][-1]
    assert (line["itemPrice"]["withVat"], line["amount"], line["brand"]) == ("20.00", "2.000", "Lumi")
    assert (before["price"]["withVat"], now["price"]["withVat"]) == ("1596.00", "1616.00")
    one = f"{path}/{line['itemId']}"
    line = changed(merchant("PATCH", one, {"data": {"itemType": "product", "amount": "3"}}))["orderItem"]
    assert line["itemPrice"]["withVat"] == "30.00"
    body = {"itemType": "product", "unitPriceWithoutVat": "100", "vatRate": "12.00"}
    line = changed(merchant("PATCH", one, {"data": body}))["orderItem"]
    assert line["unitPrice"] == {
        "withVat": "112.00",
        "withoutVat": "100.00",
        "vat": "12.00",
        "vatRate": "12.00",
    }
    extra = {"data": {"name": "Engraving", "price": "1.00"}}
    assert merchant("POST", f"{one}/surcharge-parameters", extra).status == 200
    assert merchant("DELETE", f"{one}/surcharge-parameters/1").status == 200
    assert merchant("DELETE", f"{one}/surcharge-parameters/1").status == 404
    assert merchant("DELETE", one).status == 200
    assert order(merchant, code)["price"] == before["price"]


def test_an_order_is_copied(merchant, code):
    made = changed(merchant("POST", f"/api/orders/{code}/copy", {"data": {"scope": "all"}}), 201)["order"]
    assert made["code"] != code
    assert order(merchant, made["code"]) == made
    assert made["items"] == order(merchant, code)["items"]


def test_documents_of_an_order(merchant, code):
    answer = merchant("POST", f"/api/orders/{code}/invoice", {"data": {}})
    invoice = changed(answer, 201)["invoice"]
    assert invoice["orderCode"] == code
    assert merchant.data(f"/api/invoices/{invoice['code']}")["invoice"]["price"] == invoice["price"]
    link = {"data": {"proformaInvoiceCodes": ["1"]}}
    assert merchant("PATCH", f"/api/invoices/{invoice['code']}/link-proforma-invoice", link).status == 200
    answer = merchant("POST", f"/api/orders/{code}/proforma-invoice", {"data": {}})
    proforma = changed(answer, 201)["proformaInvoice"]
    path = f"/api/proforma-invoices/{quote(proforma['code'])}"
    again = merchant.data(path)["proformaInvoice"]
    assert proforma == {key: again[key] for key in proforma}
    assert proforma["orderCode"] == code
    answer = merchant("POST", f"{path}/invoice", {"data": {}})
    assert changed(answer, 201)["invoice"]["orderCode"] == code
    assert len(merchant.data("/api/invoices", orderCode=code)["invoices"]) == 2
    path = f"/api/proof-payments/order/{code}"
    assert merchant.data(path)["proofPayments"] == []
    proof = changed(merchant("POST", path), 201)["proofPayments"]
    assert merchant.data(path)["proofPayments"] == [proof]
    file = merchant.get(f"/api/orders/{code}/pdf")
    assert (file.headers["content-type"], file.body[:5]) == ("application/octet-stream", b"%PDF-")
    assert merchant.get(f"/api/invoices/{invoice['code']}/isdoc").body.startswith(b"<?xml")
    assert merchant.get("/api/orders/1/pdf").status == 404


def test_made_up_documents_are_shown_and_forgotten(merchant):
    proforma = merchant.data("/api/proforma-invoices")["proformaInvoices"][0]["code"]
    answer = merchant("POST", f"/api/proforma-invoices/{quote(proforma)}/invoice", {"data": {}})
    assert answer.status == 201
    assert merchant.data("/api/invoices")["invoices"] == []


def test_a_remark_is_removed_from_the_history(merchant, code):
    path = f"/api/orders/{code}/history"
    merchant("POST", path, {"data": {"text": "x"}})
    rows = merchant.data(path)["orderHistory"]
    assert merchant("DELETE", f"{path}/{rows[-1]['id']}").status == 200
    assert merchant.data(path)["orderHistory"] == rows[:-1]


def test_credit_notes_can_be_removed(merchant, sandbox, code):
    invoice = sandbox.shoptet.issue_invoice(code)
    note = sandbox.shoptet.issue_credit_note(invoice.code)
    path = f"/api/credit-notes/{note.code}"
    assert changed(merchant("POST", f"{path}/restock"))["notes"] == []
    assert merchant("DELETE", path).status == 200
    assert merchant.get(path).status == 404


def test_shipments_are_requested_and_cancelled(merchant, code):
    guid = changed(merchant("POST", f"/api/shipments/order/{code}"), 201)["guid"]
    (row,) = merchant.data("/api/shipments", orderCode=code)["items"]
    assert (row["guid"], row["status"]) == (guid, "requested")
    answer = merchant("POST", f"/api/shipments/{guid}/cancel-request")
    assert (answer.status, answer.body) == (202, b"")
    assert merchant.data(f"/api/shipments/{guid}")["status"] == "cancel_requested"


# -- jobs ------------------------------------------------------------------------------------------------


def test_a_snapshot_writes_the_rows_of_its_collection(merchant, sandbox):
    assert merchant.errors(merchant.get("/api/customers/snapshot"))[0][0] == "webhook-job-finished-required"
    hook = {"event": "job:finished", "url": "https://add-on.example/"}
    merchant("POST", "/api/webhooks", {"data": [hook]})
    guids = {row["guid"] for row in merchant.data("/api/customers")["customers"]}
    for path, count in (("/api/customers/snapshot", 3), ("/api/orders/history/snapshot", 2)):
        job = changed(merchant.get(path), 202)["jobId"]
        sandbox.clock.advance(60)
        row = merchant.data(f"/api/system/jobs/{job}")["job"]
        assert (row["status"], row["endpoint"]) == ("completed", path)
        file = sandbox.shoptet.download(row["resultUrl"].rpartition("/")[2]).body
        lines = [json.loads(line) for line in gzip.decompress(file).splitlines()]
        assert len(lines) == count
        assert path != "/api/customers/snapshot" or {line["guid"] for line in lines} == guids
    job = changed(merchant("PATCH", "/api/products/batch", {"batchFileUrlPath": "https://x.example/a"}), 202)
    sandbox.clock.advance(60)
    assert merchant.data(f"/api/system/jobs/{job['jobId']}")["job"]["status"] == "completed"


# -- Kaufland --------------------------------------------------------------------------------------------


def test_a_ticket_is_opened_answered_and_closed(seller):
    body = {"id_order_unit": [314567837], "reason": "product_not_as_described", "message": "Hello"}
    number = changed(seller("POST", "/tickets", body), 201)["id_ticket"]
    ticket = seller.data(f"/tickets/{number}")
    assert (ticket["ids_order_units"], ticket["open_reason"]) == ([314567837], "product_not_as_described")
    assert (
        seller("POST", f"/tickets/{number}/messages", {"text": "Hi", "interim_notice": False}).status == 201
    )
    message = seller.data("/tickets/messages")[-1]
    assert (message["id_ticket"], message["text"]) == (number, "Hi")
    assert seller("PATCH", f"/tickets/{number}/close").status == 204
    assert seller.data(f"/tickets/{number}")["status"] == "seller_closed"
    numbers = [row["id_ticket"] for row in seller.data("/tickets", status="seller_closed")]
    assert number in numbers
    answer = seller("PATCH", "/tickets/0019/close")
    assert (answer.status, answer.json()["message"]) == (404, "Ticket 0019 not found.")


def test_warehouses_are_those_that_are_listed(seller):
    address = {"street": "S", "house_number": "1", "postcode": "11000", "city": "Praha", "country": "CZ"}
    body = {"name": "W", "address": address, "is_default": False}
    answer = seller("POST", "/warehouses", body)
    assert answer.status == 201, answer.body
    path = f"/warehouses/{answer.json()['data']['id_warehouse']}"
    assert changed(seller("PUT", path, body | {"name": "X"}))["name"] == "X"
    assert seller.data("/warehouses")[-1] == seller.data(path)
    assert seller("DELETE", path).status == 204
    assert seller.get(path).status == 404


def test_reports_are_requested_in_many_places_and_listed_in_one(seller):
    made = changed(seller("POST", "/reports/account-listing", query={"storefront": "cz"}), 202)
    assert seller.data(f"/reports/{made['id_report']}")["storefront"] == "cz"
    assert seller.data("/reports", limit=1, offset=3)[0]["id_report"] == made["id_report"]


def test_vouchers_are_changed_and_removed_together(seller):
    numbers = [row["id_voucher"] for row in seller.data("/vouchers")]
    rows = changed(seller("PATCH", "/vouchers", {"ids": numbers[:2], "status": "inactive"}))
    assert [(row["id_voucher"], row["status"]) for row in rows] == [
        (each, "inactive") for each in numbers[:2]
    ]
    answer = seller("PATCH", "/vouchers", {"ids": [7], "status": "inactive"})
    assert answer.status == 404
    assert seller("DELETE", "/vouchers", query={"id": numbers[:1]}).status == 204
    assert [row["id_voucher"] for row in seller.data("/vouchers")] == numbers[1:]
    assert seller("DELETE", "/vouchers").status == 400


def test_contacts_are_put_where_they_are_read(seller):
    path = "/contacts/products/4010355051486"
    address = {"street": "S", "house_number": "1", "postal_code": "1", "city": "P", "country_code": "CZ"}
    body = {"name": "N", "postal_address": address, "contact_info": {"email_address": "a@b.cz"}}
    for row in seller.data(path)["contacts"]:
        assert seller("DELETE", f"{path}/{row['contact_type']}").status == 204
    kind = "manufacturer"
    made = changed(seller("PUT", f"{path}/{kind}", body))
    assert (made["contact_type"], made["contact"]["name"]) == (kind, "N")
    assert made["contact"]["contact_info"]["email_address"] == "a@b.cz"
    assert [row["contact_type"] for row in seller.data(path)["contacts"]] == [kind]


def test_products_and_attributes_are_found_by_other_names(seller, sandbox):
    row = sandbox.kaufland.products["4010355051486"]
    assert seller.data(f"/products/{row['id_product']}", storefront="cz")["title"] == row["title"]
    assert seller.data("/products/search", storefront="cz", q="x")
    attribute = seller.data("/attributes", storefront="cz", limit=1)[0]
    path = f"/attributes/by-name/{quote(attribute['name'])}"
    assert seller.data(path, storefront="cz") == attribute
    assert seller.get("/attributes/by-name/nothing-9", storefront="cz").status == 404


def test_questions_about_many_things_are_answered_one_by_one(seller):
    rows = seller("POST", "/units/status", {"unit_ids": [5, 6]}, query={"storefront": "cz"}).json()["data"]
    assert [row["id_unit"] for row in rows] == [5, 6]
    body = {"eans": ["4010355051486"]}
    (row,) = changed(seller("POST", "/info/commission-rates/lookup", body, query={"storefront": "pl"}))
    assert (row["ean"], row["storefront"]) == ("4010355051486", "pl")
    rank = seller.data("/buybox", storefront="pl", id_product=5, condition="new")
    assert (rank["id_product"], rank["storefront"]) == (5, "pl")


def test_a_return_is_announced_by_the_seller(seller, sandbox):
    pieces = [each.id for each in sandbox.kaufland.orders["MA1B2C3"].pieces[:3]]
    body = [{"id_order_unit": number, "reason": "no_reason", "note": "x"} for number in pieces[:2]]
    made = changed(seller("POST", "/returns", body), 201)
    path = f"/returns/{made['id_return']}"
    units = seller.data(path, embedded="return_units")["return_units"]
    assert [(row["id_order_unit"], row["note"]) for row in units] == [(number, "x") for number in pieces[:2]]
    body = [{"id_order_unit": number, "reason": "no_reason", "note": "y"} for number in pieces[1:]]
    assert changed(seller("PUT", path, body), 201)["id_return"] == made["id_return"]
    units = seller.data(path, embedded="return_units")["return_units"]
    assert [row["note"] for row in units] == ["x", "y", "y"]
    assert {row["id_return"] for row in units} == {made["id_return"]}
    assert len(seller.data("/returns")) == 1
    assert changed(seller("PUT", path, body), 201)["id_return"] == made["id_return"]
    assert seller("PUT", "/returns/1", body).status == 404
    assert seller("POST", "/returns", [body[0] | {"id_order_unit": 1}]).status == 404


def test_an_import_file_is_kept_with_its_storefront(seller):
    path, query = "/import-files/inventory-feed", {"storefront": "pl"}
    made = changed(seller("POST", path, {"url": "https://x.example/a.csv"}, query=query), 201)
    assert (made["uri"], made["storefront"]) == ("https://x.example/a.csv", "pl")
    assert made in seller.data(path, **query)
    assert seller.data(f"{path}/{made['id_import_file']}", **query) == made
