"""Shipments handed to carriers through the shop."""

from __future__ import annotations

from kaufland_shoptet.sandbox.data import write_shipments


def test_shipments_of_an_order_accumulate_and_cancelled_ones_keep_their_numbers(sandbox, merchant):
    write_shipments(sandbox.shoptet, "2026000001")
    sandbox.shoptet.ship("2026000002", "9", None, service="zasilkovna")
    found = merchant.data("/api/shipments", orderCode="2026000001")
    told = [(row["status"], row["packages"][0]["trackingNumber"]) for row in found["items"]]
    assert told == [("canceled", "80001"), ("canceled", "80002"), ("created", "80003")]
    assert found["paginator"]["totalCount"] == 3
    assert len(merchant.data("/api/shipments")["items"]) == 4
    (other,) = merchant.data("/api/shipments", orderCode="2026000002", status="created")["items"]
    assert [each["trackingNumber"] for each in other["packages"]] == ["9", None]
    assert "history" not in other["packages"][0]
    assert merchant.data("/api/shipments", orderCode="x") == {
        "items": [],
        "paginator": {"totalCount": 0, "page": 1, "pageCount": 1, "itemsOnPage": 0, "itemsPerPage": 10**6},
    }


def test_one_shipment(sandbox, merchant):
    row = sandbox.shoptet.ship("2026000001", "80001", kind="return")
    found = merchant.data(f"/api/shipments/{row['guid']}")
    assert (found["shipmentType"], found["packages"][0]["history"]) == ("return", [])
    assert merchant.errors(merchant.get("/api/shipments/nothing")) == [("shipment-not-found", "nothing")]
    assert sandbox.shoptet.events[-1] == ("shipment:create", row["guid"])


def test_the_client_reads_them(sandbox):
    write_shipments(sandbox.shoptet, "2026000001")
    client = sandbox.shoptet_client()
    newest = client.shipments.list(order_code="2026000001")[-1]
    assert client.shipments.get(newest.guid).packages[0].tracking_number == "80003"
