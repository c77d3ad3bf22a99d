"""Orders in a shop: lists, detail, changes, status, notes, history, deletion."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaufland_shoptet.sandbox import data

PACKETA = "018c2a3e-6c1d-7a10-9c55-2f1f6d0f4a01"


@pytest.fixture
def orders(merchant, order_body):
    """Three orders, a minute apart, with different facts."""
    merchant.order("A", email="Prvni@example.com", statusId=26, sourceId=-1)
    merchant.sandbox.clock.advance(60)
    merchant.order("B", shippingGuid=PACKETA, phone="+420601999999", customerGuid=PACKETA)
    merchant.sandbox.clock.advance(60)
    items = [
        row | ({"code": "0035"} if row["itemType"] == "product" else {}) for row in order_body()["items"]
    ]
    merchant.order("C", paymentMethodGuid="b57f91bb-e920-11e0-baa3-7dc668b75ca8", items=items)
    return [f"202600000{number}" for number in (1, 2, 3)]


def codes(merchant, **query):
    return [row["code"][-1] for row in merchant.data("/api/orders", **query)["orders"]]


# -- reading ---------------------------------------------------------------------------------------------


def test_lists_have_no_external_code(merchant, orders):
    (row, *_) = merchant.data("/api/orders")["orders"]
    assert "externalCode" not in row
    assert "items" not in row
    assert (row["code"], row["fullName"], row["remark"]) == (orders[2], "Jana Nováková", None)
    assert row["price"]["withVat"] == "1596.00"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "321"),
        ({"statusId": 26}, "1"),
        ({"statusId": -1}, "32"),
        ({"shippingGuid": PACKETA}, "2"),
        ({"shippingCompanyCode": "zasilkovna"}, "2"),
        ({"paymentMethodGuid": "b57f91bb-e920-11e0-baa3-7dc668b75ca8"}, "3"),
        ({"creationTimeFrom": "2026-09-01T10:01:00+0200"}, "32"),
        ({"creationTimeTo": "2026-09-01T10:01:00+0200"}, "21"),
        ({"changeTimeFrom": "2026-09-01T08:02:00+0000"}, "3"),
        ({"changeTimeTo": "2026-09-01T08:00:00Z"}, "1"),
        ({"codeFrom": "2026000002"}, "32"),
        ({"codeTo": "2026000002"}, "21"),
        ({"customerGuid": PACKETA}, "2"),
        ({"email": "prvni@EXAMPLE.com"}, "1"),
        ({"phone": "+420601999999"}, "2"),
        ({"productCode": "0035"}, "3"),
        ({"sourceId": -1}, "1"),
        ({"orderCodes": "2026000001,2026000003,x", "statusId": 99}, "31"),
        ({"statusId": -1, "productCode": "0035"}, "3"),
    ],
)
def test_lists_are_filtered(merchant, orders, query, found):
    assert codes(merchant, **query) == list(found)


def test_order_codes_are_at_most_fifty(merchant):
    answer = merchant.get("/api/orders", orderCodes=",".join("x" * 51))
    assert (answer.status, merchant.errors(answer)) == (400, [("invalid-parameter", "orderCodes")])
    answer = merchant.get("/api/orders", orderCodes="")
    assert merchant.errors(answer) == [("missing-parameter", "orderCodes")]


def test_pages_of_orders_have_fifty_rows(make, merchant_of):
    merchant = merchant_of(make(bucket_costs=False))
    for number in range(51):
        merchant.order(str(number), query={"suppressStockMovements": "true"})
    first, second = (merchant.data("/api/orders", page=number) for number in (1, 2))
    assert (len(first["orders"]), len(second["orders"])) == (50, 1)
    assert second["paginator"] == {
        "totalCount": 51,
        "page": 2,
        "pageCount": 2,
        "itemsOnPage": 1,
        "itemsPerPage": 50,
    }
    beyond = merchant.get("/api/orders", page=3)
    assert (beyond.status, merchant.errors(beyond)) == (404, [("page-not-found", "page")])
    assert "max page is 2" in beyond.json()["errors"][0]["message"]
    assert merchant.get("/api/orders", page=0).status == 400
    assert merchant.errors(merchant.get("/api/orders", itemsPerPage=100)) == [
        ("invalid-parameter", "itemsPerPage")
    ]


def test_too_large_pages_are_a_switch(make, merchant_of):
    merchant = merchant_of(make(items_per_page_over="clamp"))
    assert merchant.data("/api/orders", itemsPerPage=100)["paginator"]["itemsPerPage"] == 50


def test_an_empty_list_has_one_page(merchant):
    assert merchant.data("/api/orders") == {
        "orders": [],
        "paginator": {"totalCount": 0, "page": 1, "pageCount": 1, "itemsOnPage": 0, "itemsPerPage": 50},
    }


def test_sections_come_on_demand_in_any_spelling(merchant, orders):
    path = f"/api/orders/{orders[0]}"
    plain = merchant.data(path)["order"]
    assert not {"notes", "shippingDetails", "paymentTransactions"} & set(plain)
    full = merchant.data(path, include="NOTES,shippingdetails,paymentTransactions,images,productFlags")[
        "order"
    ]
    assert full["notes"]["trackingUrl"] is None
    assert (full["shippingDetails"], full["paymentTransactions"]) == (None, [])
    assert (full["items"][0]["mainImage"], full["items"][0]["productFlags"]) == (None, [])
    assert plain["items"][0].keys() < full["items"][0].keys()
    answer = merchant.get(path, include="notes,everything")
    assert (answer.status, merchant.errors(answer)) == (400, [("invalid-parameter", "include")])


def test_an_order_that_does_not_exist(merchant):
    for method, path, body in [
        ("GET", "", None),
        ("DELETE", "", None),
        ("PATCH", "/status", {"data": {"paid": True}}),
        ("PATCH", "/notes", {"data": {}}),
        ("GET", "/history", None),
        ("POST", "/history", {"data": {"text": "x"}}),
    ]:
        answer = merchant(method, f"/api/orders/2018000012{path}", body)
        assert (answer.status, merchant.errors(answer)) == (404, [("order-not-found", "2018000012")])
        assert answer.json()["errors"][0]["message"] == 'Order "2018000012" not found.'


def test_orders_of_the_old_days_lack_what_others_have(sandbox, merchant):
    data.write_legacy_order(sandbox.shoptet)
    order = merchant.data("/api/orders/2018000012")["order"]
    assert (order["guid"], order["creationTime"], order["price"]["withVat"]) == (None, None, "100.00")
    assert codes(merchant) == ["2"]
    assert codes(merchant, creationTimeFrom="2000-01-01T00:00:00Z") == []
    assert codes(merchant, creationTimeTo="2030-01-01T00:00:00Z") == []


def test_statuses_and_sources(merchant):
    data = merchant.data("/api/orders/statuses")
    assert data["defaultStatus"] == -1
    assert [row["id"] for row in data["statuses"]] == [-1, -2, 26, 52, -3, 70, -4]
    assert [row["id"] for row in data["statuses"] if row["system"]] == [-1, -2, -3, -4]
    assert {"id": -1, "name": "E-shop"} in merchant.data("/api/orders/sources")["sources"]


def test_each_order_is_in_the_change_log_once_with_its_last_change(sandbox, merchant, orders):
    def changes(since="2026-08-30T00:00:00+0200", **query):
        rows = merchant.data("/api/orders/changes", **{"from": since}, **query)["changes"]
        return [(row["code"][-1], row["changeType"]) for row in rows]

    assert changes() == [("1", "edit"), ("2", "edit"), ("3", "edit")]
    sandbox.clock.advance(60)
    merchant("PATCH", f"/api/orders/{orders[0]}/notes", {"data": {"eshopRemark": "x"}})
    sandbox.clock.advance(60)
    merchant("DELETE", f"/api/orders/{orders[1]}")
    assert changes() == [("3", "edit"), ("1", "edit"), ("2", "delete")]
    assert changes(changeType="delete") == [("2", "delete")]
    assert changes("2026-09-01T10:03:00+0200") == [("1", "edit"), ("2", "delete")]
    sandbox.clock.advance(timedelta(days=31))
    assert changes() == []


# -- status ----------------------------------------------------------------------------------------------


def set_status(merchant, code, query=None, **data):
    return merchant("PATCH", f"/api/orders/{code}/status", {"data": data}, query=query)


def test_a_status_brings_its_mails_and_documents(sandbox, merchant, orders):
    shop = sandbox.shoptet
    shop.mails.clear()
    answer = set_status(merchant, orders[0], statusId=52)
    assert answer.json()["data"]["order"]["status"] == {"id": 52, "name": "Odesláno"}
    assert answer.json()["errors"] is None
    assert [(mail.kind, mail.to) for mail in shop.mails] == [("status", "Prvni@example.com")]
    assert [document.order for document in shop.documents] == [orders[0]]
    set_status(merchant, orders[0], statusId=26)
    set_status(merchant, orders[0], statusId=52)
    assert len(shop.documents) == 1


def test_mails_and_documents_can_be_suppressed(sandbox, merchant, orders):
    sandbox.shoptet.mails.clear()
    query = dict.fromkeys(
        ("suppressDocumentGeneration", "suppressEmailSending", "suppressSmsSending"), "true"
    )
    assert set_status(merchant, orders[0], query, statusId=52).status == 200
    assert (sandbox.shoptet.mails, sandbox.shoptet.documents) == ([], [])


def test_the_same_status_again_is_no_change(sandbox, merchant, orders):
    before = sandbox.shoptet.orders[orders[0]].changed
    sandbox.clock.advance(60)
    events = len(sandbox.shoptet.events)
    assert set_status(merchant, orders[0], statusId=26).status == 200
    assert sandbox.shoptet.orders[orders[0]].changed == before
    assert len(sandbox.shoptet.events) == events


def test_payment_and_billing_method(sandbox, merchant, orders):
    order = set_status(merchant, orders[0], paid=True, billingMethodId=4).json()["data"]["order"]
    assert (order["paid"], order["billingMethod"]) == (True, {"id": 4, "name": "Card"})
    assert sandbox.shoptet.events[-2:] == [("order:paid", orders[0]), ("order:update", orders[0])]
    paid = set_status(merchant, orders[1], statusId=-3).json()["data"]["order"]
    assert (paid["paid"], paid["items"][0]["status"]["id"]) == (True, -3)
    assert set_status(merchant, orders[2], statusId=-3, paid=False).json()["data"]["order"]["paid"] is False


@pytest.mark.parametrize(
    ("data", "at"),
    [
        ({}, "data"),
        ({"statusId": 99}, "data.statusId"),
        ({"statusId": "26"}, "data.statusId"),
        ({"billingMethodId": 5}, "data.billingMethodId"),
        ({"status": 26}, "data.status"),
    ],
)
def test_a_change_of_status_is_checked(merchant, orders, data, at):
    answer = set_status(merchant, orders[0], **data)
    assert (answer.status, merchant.errors(answer)) == (422, [("invalid-request-data", at)])


def test_documents_may_fail_while_the_status_changes(make, merchant_of):
    merchant = merchant_of(make(documents_fail=True))
    code = merchant.order().json()["data"]["order"]["code"]
    answer = set_status(merchant, code, statusId=52)
    assert (answer.status, answer.json()["data"]["order"]["status"]["id"]) == (200, 52)
    assert merchant.errors(answer) == [("document-not-generated", code)]


def test_an_order_edited_meanwhile_gives_one_conflict(sandbox, merchant, orders):
    sandbox.shoptet.edit(orders[0])
    answer = set_status(merchant, orders[0], statusId=52)
    assert (answer.status, merchant.errors(answer)) == (409, [("record-already-changed", "payload")])
    assert set_status(merchant, orders[0], statusId=52).status == 200


@pytest.mark.parametrize(("restocks", "stock"), [(False, 97), (True, 100)])
def test_whether_cancelling_restocks_is_a_switch(make, merchant_of, restocks, stock):
    merchant = merchant_of(make(cancel_restocks=restocks))
    code = merchant.order().json()["data"]["order"]["code"]
    set_status(merchant, code, statusId=-4)
    variant = merchant.sandbox.shoptet.variants["SHP-0042"]
    assert variant.stock == stock
    assert ("order:cancel", code) in merchant.sandbox.shoptet.events
    merchant("DELETE", f"/api/orders/{code}")
    assert (variant.stock, variant.claim) == (100, 0)


def set_statuses(merchant, codes, status=52):
    data = {"orderCodes": codes, "statusId": status}
    return merchant("PATCH", "/api/orders/status-change", {"data": data})


def test_many_statuses_at_once(sandbox, merchant, orders):
    answer = set_statuses(merchant, [*orders[:2], "2017000040", orders[0]])
    assert (answer.status, answer.json()["data"]) == (200, None)
    assert answer.json()["errors"] == [
        {
            "errorCode": "invalid-request-data",
            "message": "Orders with codes 2017000040 do not exist. Skipped.",
            "instance": "data.orderCodes",
        }
    ]
    assert [sandbox.shoptet.orders[code].status for code in orders] == [52, 52, -1]
    assert set_statuses(merchant, orders).json()["errors"] is None
    assert [document.order for document in sandbox.shoptet.documents] == orders


def test_many_statuses_can_fail_as_a_whole(merchant, orders):
    assert set_statuses(merchant, ["x", "y"]).status == 400
    assert merchant.errors(set_statuses(merchant, orders, 2026)) == [
        ("invalid-request-data", "data.statusId")
    ]
    for wrong in ([], ["x"] * 101):
        answer = set_statuses(merchant, wrong)
        assert (answer.status, merchant.errors(answer)) == (
            422,
            [("invalid-request-data", "data.orderCodes")],
        )


# -- notes, history, deletion ----------------------------------------------------------------------------


def test_notes_change_what_is_given_and_null_clears(merchant, orders):
    path = f"/api/orders/{orders[1]}"

    def change(**data):
        answer = merchant("PATCH", path + "/notes", {"data": data})
        assert (answer.status, answer.json()["data"]) == (200, None)
        return merchant.data(path, include="notes")["order"]["notes"]

    notes = change(eshopRemark="a", trackingNumber="Z123", additionalFields=[{"index": 2, "text": "b"}])
    assert (notes["eshopRemark"], notes["trackingNumber"]) == ("a", "Z123")
    assert notes["trackingUrl"] == "https://tracking.packeta.com/cs/?id=Z123"
    notes = change(eshopRemark=None, customerRemark="c", additionalFields=[{"index": 4, "text": "d" * 300}])
    assert (notes["eshopRemark"], notes["customerRemark"], notes["trackingNumber"]) == (None, "c", "Z123")
    assert [row["text"] for row in notes["additionalFields"][:3]] == [None, "b", None]
    assert change(additionalFields=[{"index": 2, "text": None}])["additionalFields"][1]["text"] is None
    assert merchant.data("/api/orders", productCode="SHP-0042")["orders"][0]["remark"] == "c"


@pytest.mark.parametrize(
    ("data", "at"),
    [
        ({"trackingNumber": "x" * 33}, "data.trackingNumber"),
        ({"additionalFields": [{"index": 7, "text": "x"}]}, "data.additionalFields[0].index"),
        ({"additionalFields": [{"index": 3, "text": "x" * 256}]}, "data.additionalFields[0].text"),
        ({"additionalFields": []}, "data.additionalFields"),
        ({"remark": "x"}, "data.remark"),
    ],
)
def test_notes_are_checked(merchant, orders, data, at):
    answer = merchant("PATCH", f"/api/orders/{orders[0]}/notes", {"data": data})
    assert (answer.status, merchant.errors(answer)) == (422, [("invalid-request-data", at)])


def test_the_history_has_room_for_a_hundred_remarks(make, merchant_of):
    merchant = merchant_of(make(history_limit=2))
    code = merchant.order().json()["data"]["order"]["code"]
    path = f"/api/orders/{code}/history"
    sent = [{"text": "a"}, {"text": "b", "type": "system"}, {"text": "c"}]
    answers = [merchant("POST", path, {"data": data}) for data in sent]
    assert [answer.status for answer in answers] == [201, 201, 403]
    assert merchant.errors(answers[2]) == [("order-history-item-exceeded-limit", code)]
    rows = merchant.data(path)["orderHistory"]
    assert [(row["id"], row["text"], row["system"], row["type"]) for row in rows] == [
        (1, "a", False, "comment"),
        (2, "b", True, "system"),
    ]
    assert [row["text"] for row in merchant.data(path, system="true")["orderHistory"]] == ["b"]
    assert merchant.errors(merchant("POST", path, {"data": {"text": "x", "type": "note"}})) == [
        ("invalid-request-data", "data.type")
    ]


def test_deleting_puts_pieces_back(sandbox, merchant, orders):
    variant = sandbox.shoptet.variants["SHP-0042"]
    assert (variant.stock, variant.claim) == (94, 6)
    answer = merchant("DELETE", f"/api/orders/{orders[0]}")
    assert (answer.status, answer.json()["data"]) == (200, None)
    assert (variant.stock, variant.claim) == (97, 3)
    assert sandbox.shoptet.events[-1] == ("order:delete", orders[0])
    del sandbox.shoptet.variants["SHP-0042"]
    assert merchant("DELETE", f"/api/orders/{orders[1]}").status == 200


def test_contacts_and_addresses_can_be_changed(sandbox, merchant):
    assert merchant.order().status == 201
    (order,) = sandbox.shoptet.orders.values()
    path = f"/api/orders/{order.code}/head"
    there = {"fullName": "Nový Jan", "street": "Jiná", "countryCode": "CZ"}
    body = {"email": "new@example.com", "billingAddress": there, "addressesEqual": False}
    refused = merchant("PATCH", path, {"data": body})
    assert merchant.errors(refused) == [("invalid-request-data", "data.deliveryAddress")]
    answer = merchant("PATCH", path, {"data": body | {"deliveryAddress": there}})
    assert answer.status == 200
    assert (order.row["email"], order.row["billingAddress"]["street"]) == ("new@example.com", "Jiná")
    assert order.row["deliveryAddress"]["fullName"] == "Nový Jan"
    assert merchant("PATCH", path, {"data": {"addressesEqual": True}}).status == 200
    assert order.row["deliveryAddress"] is None
    assert order.row["billingAddress"]["street"] == "Jiná", "what is absent stays"
    assert merchant("PATCH", path, {"data": {}}).status == 422
    order.edited = True
    assert merchant("PATCH", path, {"data": {"phone": "+420601000222"}}).status == 409
    assert merchant("PATCH", path, {"data": {"phone": "+420601000222"}}).status == 200
