"""Operations without behaviour of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kaufland_shoptet.sandbox import Sandbox

BRAND = {"name": "Alva", "description": "Kettles"}


def test_what_is_created_is_read_changed_and_removed(merchant):
    made = merchant("POST", "/api/customers/groups", {"data": {"name": "Friends"}})
    assert made.status == 201, made.body
    (row,) = made.json()["data"]["customerGroups"]
    groups = merchant.data("/api/customers/groups")["customerGroups"]
    assert row in groups
    path = f"/api/customers/groups/{row['id']}"
    assert merchant("PATCH", path, {"data": {"name": "Strangers"}}).status == 200
    names = [each["name"] for each in merchant.data("/api/customers/groups")["customerGroups"]]
    assert names == [*(each["name"] for each in groups[:-1]), "Strangers"]
    assert merchant("DELETE", path).status == 200
    assert len(merchant.data("/api/customers/groups")["customerGroups"]) == len(groups) - 1
    assert merchant("DELETE", path).status == 404


def test_nothing_is_read_from_the_documents_until_it_is_needed():
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


def test_a_word_of_a_path_is_not_taken_for_a_value(merchant, seller):
    assert "flags" in merchant.data("/api/products/flags")
    assert merchant.get("/api/products/nothing").json()["errors"][0]["errorCode"] == "product-not-found"
    assert "children" in seller.data("/categories/tree", storefront="cz")


def test_every_group_of_endpoints_can_be_called_and_denied(merchant):
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


@pytest.mark.parametrize(
    ("method", "path", "body", "instance"),
    [
        ("POST", "/api/customers/groups", {"data": {}}, "data.name"),
        ("POST", "/api/customers/groups", {"data": {"name": "x", "colour": 1}}, "data.colour"),
        ("POST", "/api/products/consumption-taxes", {"data": {"name": "x", "price": 1.5}}, "data.price"),
        ("POST", "/api/orders/gifts", {"data": {"code": "x", "orderPrice": 5}}, "data.orderPrice"),
        ("PATCH", "/api/products/batch", {"batchFileUrlPath": 1}, "batchFileUrlPath"),
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
