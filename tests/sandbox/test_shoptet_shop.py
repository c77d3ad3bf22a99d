"""The shop itself: info, methods, webhooks, jobs."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

# -- info ------------------------------------------------------------------------------------------------


def test_the_shop_tells_about_itself(merchant):
    data = merchant.data("/api/eshop")
    assert data["contactInformation"]["eshopId"] == 269953
    assert [(row["code"], row["isDefault"]) for row in data["currencies"]] == [
        ("CZK", True),
        ("EUR", False),
        ("PLN", False),
    ]
    assert data["settings"]["negativeStockAmount"] == "no-hide-product"
    assert "orderStatuses" not in data


def test_the_shop_has_sections_on_demand(merchant):
    asked = "orderadditionalfields,orderStatuses,paymentMethods,shippingMethods,imageCuts,countries,cashDesk"
    data = merchant.data("/api/eshop", include=asked)
    assert data["orderStatuses"]["defaultStatus"] == -1
    assert set(data["orderStatuses"]["statuses"][0]) == {"id", "order", "name", "markAsPaid"}
    shipping = data["shippingMethods"]
    assert [row["name"] for row in shipping["retail"]["methods"]] == ["Kaufland doprava", "Zásilkovna", "PPL"]
    assert len(shipping["wholesale"]["methods"]) == 1
    assert data["paymentMethods"]["wholesale"] == {"methods": [], "defaultPayment": None}
    assert data["imageCuts"][0]["urlPath"] == "https://269953.myshoptet.com/user/shop/orig/"
    assert data["cashDesk"] == {"defaultOrderStatusId": -1}
    assert len(data["orderAdditionalFields"]) == 6
    assert merchant.get("/api/eshop", include="everything").status == 400


def test_fields_of_customers(sandbox, merchant):
    sandbox.shoptet.customer_fields = {"contactInfo": {"phone": "required"}}
    data = merchant.data("/api/eshop/customer-fields")
    assert data["contactInfo"] == {"phone": "required", "email": "optional", "birthday": "optional"}
    assert set(data) == {"billingAddress", "deliveryAddress", "billingInfo", "contactInfo"}


def test_rights_of_the_token(sandbox, merchant):
    rights = {row["endpoint"]: row["access"] for row in merchant.data("/api/system/endpoints")["endpoints"]}
    assert rights["orders"] == rights["webhooks"] == "both"
    sandbox.shoptet.denied |= {("orders", "write"), ("webhooks", "read"), ("webhooks", "write")}
    sandbox.shoptet.denied.add(("stocks", "read"))
    rows = merchant.data("/api/system/endpoints", status="approved")["endpoints"]
    rights = {row["endpoint"]: row["access"] for row in rows}
    assert (rights["orders"], rights["stocks"], "webhooks" in rights) == ("read", "write", False)
    assert merchant.data("/api/system/endpoints", status="pending")["endpoints"] == []


def test_methods_of_shipping_and_payment(merchant):
    shipping = merchant.data("/api/shipping-methods")
    rows = {row["guid"]: row for row in shipping["shippingMethods"]}
    assert [row["wholesale"] for row in rows.values() if row["name"] == "PPL"] == [False, True]
    assert rows[shipping["defaultRetailMethod"]]["shippingCompany"] is None
    assert rows[shipping["defaultWholesaleMethod"]]["wholesale"] is True
    payment = merchant.data("/api/payment-methods")
    assert payment["paymentMethods"][0]["paymentType"]["code"] == "bankTransfer"
    assert payment["defaultWholesaleMethod"] is None


def test_methods_of_a_sales_channel_need_its_module(sandbox, merchant):
    for path in ("/api/shipping-methods", "/api/payment-methods"):
        answer = merchant.get(path, salesChannelGuid="x")
        assert (answer.status, merchant.errors(answer)) == (403, [("missing-module", "salesChannel")])
    sandbox.shoptet.modules.append({"name": "salesChannels", "title": "Prodejní kanály"})
    assert merchant.get("/api/shipping-methods", salesChannelGuid="x").status == 200


# -- webhooks --------------------------------------------------------------------------------------------


def register(merchant, *events, url="https://add-on.example/hook", **keys):
    rows = [{"event": event, "url": url, **keys} for event in events]
    return merchant("POST", "/api/webhooks", {"data": rows})


def test_webhooks_are_registered_changed_and_taken_away(sandbox, merchant):
    answer = register(merchant, "order:create", sendPayload="full")
    (hook,) = answer.json()["data"]["webhooks"]
    assert (answer.status, hook["event"], hook["updated"], hook["sendPayload"]) == (
        201,
        "order:create",
        None,
        "full",
    )
    path = f"/api/webhooks/{hook['id']}"
    assert merchant.data(path)["webhook"] == hook == merchant.data("/api/webhooks")["webhooks"][0]
    sandbox.clock.advance(60)
    assert merchant("PATCH", path, {"data": {"url": "https://add-on.example/2"}}).status == 200
    changed = merchant.data(path)["webhook"]
    assert (changed["url"], changed["updated"]) == ("https://add-on.example/2", "2026-09-01T10:01:00+0200")
    assert merchant("PATCH", path, {"data": {"event": "order:update"}}).status == 422
    assert [merchant("DELETE", path).status for _ in range(2)] == [200, 404]
    for name in ("1", "abc"):
        assert merchant.errors(merchant.get(f"/api/webhooks/{name}")) == [("webhook-not-found", name)]


def test_an_event_has_one_webhook(merchant):
    register(merchant, "order:create")
    again = register(merchant, "order:create")
    assert (again.status, merchant.errors(again)) == (422, [("webhook-exists", "data[0].event")])
    mixed = register(merchant, "order:create", "order:update")
    assert (mixed.status, merchant.errors(mixed)) == (201, [("webhook-exists", "data[0].event")])
    exclusive = register(merchant, "order:cancel")
    assert (exclusive.status, merchant.errors(exclusive)) == (409, [("webhook-conflict", "data[0].event")])


@pytest.mark.parametrize(
    ("row", "at"),
    [
        ({"event": "order:create", "url": "https://x.example:8081/"}, "data[0].url"),
        ({"event": "order:create", "url": "https://x.example:99999/"}, "data[0].url"),
        ({"event": "order:create", "url": "ftp://x.example/"}, "data[0].url"),
        ({"event": "order:create", "url": "https://" + "x" * 2000}, "data[0].url"),
        ({"event": "addon:suspend", "url": "https://x.example/"}, "data[0].event"),
        ({"event": "order:create"}, "data[0].url"),
        (
            {"event": "order:create", "url": "https://x.example/", "sendPayload": "some"},
            "data[0].sendPayload",
        ),
    ],
)
def test_webhooks_are_checked(merchant, row, at):
    answer = merchant("POST", "/api/webhooks", {"data": [row]})
    assert (answer.status, merchant.errors(answer)) == (422, [("invalid-request-data", at)])
    assert merchant("POST", "/api/webhooks", {"data": [row] * 51}).status == 422


def test_notifications_are_signed_with_the_newest_key(sandbox, merchant):
    register(merchant, "order:create", "order:delete")
    code = merchant.order().json()["data"]["order"]["code"]
    (unsigned,) = sandbox.shoptet.outbox
    assert "shoptet-webhook-signature" not in unsigned.headers
    keys = [
        merchant("POST", "/api/webhooks/renew-signature-key").json()["data"]["signatureKey"] for _ in range(2)
    ]
    assert keys[0] != keys[1]
    assert len(keys[1]) == 32
    merchant("DELETE", f"/api/orders/{code}")
    call = sandbox.shoptet.outbox[1]
    assert call.json() == {
        "eshopId": 269953,
        "event": "order:delete",
        "eventCreated": "2026-09-01T10:00:00+0200",
        "eventInstance": code,
    }
    expected = hmac.new(keys[1].encode(), call.body, hashlib.sha1).hexdigest()
    assert call.headers["shoptet-webhook-signature"] == expected


# -- jobs ------------------------------------------------------------------------------------------------


@pytest.fixture
def snapshot(merchant):
    register(merchant, "job:finished")

    def start(**query):
        answer = merchant.get("/api/orders/snapshot", **query)
        assert answer.status == 202
        return answer.json()["data"]["jobId"]

    return start


def test_a_job_needs_somebody_to_tell(merchant):
    answer = merchant.get("/api/orders/snapshot")
    assert answer.status == 403
    assert merchant.data("/api/system/jobs")["jobs"] == []


def test_a_snapshot_is_a_file_of_orders(sandbox, merchant, snapshot):
    merchant.order("A", notes={"eshopRemark": "x"})
    merchant.order("B", statusId=26)
    number = snapshot(include="notes", statusId=-1)
    path = f"/api/system/jobs/{number}"
    assert len(number) == 7
    before = merchant.data(path)["job"]
    assert (before["status"], before["resultUrl"], before["duration"]) == ("pending", None, None)
    sandbox.clock.advance(1)
    assert merchant.data(path)["job"]["status"] == "running"
    sandbox.clock.advance(29)
    job = merchant.data(path)["job"]
    assert (job["status"], job["duration"], job["endpoint"]) == (
        "completed",
        "30.000",
        "/api/orders/snapshot",
    )
    assert (job["completionTime"], job["validUntil"]) == (
        "2026-09-01T10:00:30+0200",
        "2026-09-02T10:00:30+0200",
    )
    assert sandbox.shoptet.events[-1] == ("job:finished", number)
    assert job["resultUrl"].startswith(f"https://269953.myshoptet.com/api-results/{number}-")
    name = job["resultUrl"].removeprefix("https://269953.myshoptet.com")

    def fetch():
        return merchant("GET", name, headers={}, base="https://269953.myshoptet.com")

    (line,) = gzip.decompress(fetch().body).splitlines()
    row = json.loads(line)
    assert (row["externalCode"], row["notes"]["eshopRemark"]) == ("A", "x")
    sandbox.clock.advance(timedelta(hours=24))
    assert fetch().status == 404
    assert merchant("GET", "/api-results/", headers={}, base="https://269953.myshoptet.com").status == 404


def test_an_unfinished_job_may_be_looked_at_ten_times(sandbox, merchant, snapshot):
    path = f"/api/system/jobs/{(number := snapshot())}"
    assert [merchant.get(path).status for _ in range(11)] == [200] * 10 + [403]
    assert merchant.errors(merchant.get(path)) == [("job-detail-try-counter-exceeded-limit", number)]
    sandbox.clock.advance(30)
    assert [merchant.get(path).status for _ in range(12)] == [200] * 12
    missing = merchant.get("/api/system/jobs/1xv8s4c")
    assert (missing.status, merchant.errors(missing)) == (404, [("job-not-found", "1xv8s4c")])


def test_a_broken_job_fails_after_three_hours_without_a_word(make, merchant_of):
    merchant = merchant_of(make(jobs_stuck=True))
    register(merchant, "job:finished")
    number = merchant.get("/api/orders/snapshot").json()["data"]["jobId"]
    merchant.sandbox.clock.advance(3 * 3600 - 1)
    assert merchant.data(f"/api/system/jobs/{number}")["job"]["status"] == "running"
    merchant.sandbox.clock.advance(1)
    job = merchant.data(f"/api/system/jobs/{number}")["job"]
    assert (job["status"], job["resultUrl"]) == ("failed", None)
    assert merchant.sandbox.shoptet.outbox == []


def test_jobs_are_listed_by_state_and_time(sandbox, merchant, snapshot):
    first = snapshot()
    sandbox.clock.advance(60)
    second = snapshot()

    def jobs(**query):
        return [row["jobId"] for row in merchant.data("/api/system/jobs", **query)["jobs"]]

    start, later = "2026-09-01T10:00:00+0200", "2026-09-01T10:00:40+0200"
    assert jobs() == [first, second]
    assert jobs(status="completed") == [first]
    assert jobs(creationTimeFrom=later) == [second]
    assert jobs(creationTimeTo=later) == [first]
    assert jobs(completionTimeFrom=start) == [first]
    assert jobs(completionTimeTo=start) == []
    assert merchant.get("/api/system/jobs", status="done").status == 400
    assert merchant.errors(merchant.get("/api/orders/snapshot", include="paymentTransactions")) == [
        ("invalid-parameter", "include")
    ]
