"""Orders and order units as a seller meets them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaufland_shoptet.sandbox import Fault, data
from kaufland_shoptet.sandbox.kaufland.tables import BY_KAUFLAND

PACKETA = {"tracking_numbers": "Z1234567890", "carrier_code": "Packeta"}


def unit_of(sandbox, id_order, place=0):
    return sandbox.kaufland.orders[id_order].pieces[place]


# -- reading ---------------------------------------------------------------------------------------------


def test_three_pieces_of_one_offer_are_three_units(seller):
    rows = seller.data("/order-units", storefront="cz", id_offer="SHP-0042", limit=100)
    rows = [row for row in rows if row["id_order"] == "MA1B2C3"]
    assert len({row["id_order_unit"] for row in rows}) == 3
    assert [(row["price"], row["shipping_rate"]) for row in reversed(rows)] == [
        (49900, 9900),
        (49900, 0),
        (49900, 0),
    ]
    header = next(row for row in seller.data("/orders", limit=100) if row["id_order"] == "MA1B2C3")
    assert header["order_units_count"] == 3
    assert sum(row["price"] + row["shipping_rate"] for row in rows) == 159600


def test_the_measured_order(seller):
    (row,) = seller.data("/orders/MD4K9P2")["order_units"]
    measured = {
        "price": 23000,
        "revenue_gross": 20010,
        "revenue_net": 16338,
        "vat": 19,
        "shipping_rate": 0,
        "delivery_time_min": 9,
        "delivery_time_max": 12,
        "delivery_time_expires_iso": "2026-09-16T21:59:59Z",
        "unit_condition": "new",
        "storefront": "de",
        "currency": "EUR",
        "tickets": [],
    }
    assert {key: row[key] for key in measured} == measured


def test_details_have_addresses_once_and_the_pickup_point_only_on_demand(seller):
    plain = seller.data("/orders/MPK4T09")
    assert "delivery" not in plain
    assert "order_invoices" not in plain
    assert "shipping_address" not in plain["order_units"][0]
    assert plain["shipping_address"]["phone"] == "+420601000111"
    point = seller.data("/orders/MPK4T09", embedded=["delivery"])["delivery"]["pickup_location"]
    assert (point["pickup_location_id"], point["provider"], point["services"]) == ("12345", "Packeta", "")
    both = seller.data("/orders/MPS4T09", embedded="delivery,order_invoices")
    assert both["delivery"]["pickup_location"]["dhl_post_number"] == "999999999999"
    assert both["order_invoices"] == []
    assert seller.data("/orders/MHM2D10", embedded="delivery")["delivery"] == {"pickup_location": None}


def test_an_invoice_of_the_marketplace_has_a_token_in_its_address(seller):
    order = seller.data("/orders/MDS1U13", embedded="order_invoices")
    assert order["is_marketplace_deemed_supplier"] is True
    assert "access_token=" in order["order_invoices"][0]["url"]


def test_one_unit_with_its_parts_on_demand(sandbox, seller):
    number = unit_of(sandbox, "MA1B2C3").id
    plain = seller.data(f"/order-units/{number}")
    assert plain["buyer"]["id_buyer"] >= 21631426
    parts = {
        "delivery_attempt_timestamp_iso": None,
        "return_unit": None,
        "tickets": [],
        "delivery": {"pickup_location": None},
        "kss_eligible": False,
        "shipping_group": {"id_shipping_group": None},
    }
    asked = [*parts, "kss_delivery"]
    asked.remove("kss_eligible")
    full = seller.data(f"/order-units/{number}", embedded=asked)
    assert full == plain | parts


def test_what_does_not_exist_is_404(seller):
    for path in ("/orders/MXXXXXX", "/order-units/1"):
        assert seller.get(path).json()["type"] == "/problems/not-found"
    answer = seller.get("/order-units/abc")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (400, "id_order_unit")


def test_units_are_filtered(sandbox, seller):
    now = sandbox.clock.now()
    every = seller.data("/order-units", limit=100)
    assert {row["storefront"].lower() for row in every} == {"de", "cz"}
    assert all(row["storefront"] == "cz" for row in seller.data("/order-units", storefront="cz", limit=100))
    for sent in (["open", "cancelled"], "open,cancelled"):
        assert {row["status"] for row in seller.data("/order-units", status=sent)} == {"open", "cancelled"}
    since = (now - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [row["id_order"] for row in seller.data("/order-units", ts_created_from_iso=since)] == ["MOP8N05"]
    assert [row["id_order"] for row in seller.data("/order-units", ts_updated_from_iso=since)] == ["MOP8N05"]
    assert [row["id_order"] for row in seller.data("/orders", ts_created_from_iso=since)] == ["MOP8N05"]
    assert [row["id_order"] for row in seller.data("/orders", ts_units_updated_from_iso=since)] == ["MOP8N05"]


def test_units_come_newest_first_by_creation_or_by_change(sandbox, seller):
    def times(key, **query):
        rows = seller.data("/order-units", storefront="cz", limit=100, **query)
        return [row[key] for row in rows if row["id_order"][:3] != "MTM"]

    sandbox.kaufland.deliver(unit_of(sandbox, "MST1A16").id)
    for key, query in [
        ("ts_created_iso", {}),
        ("ts_created_iso", {"sort": "ts_created:desc"}),
        ("ts_updated_iso", {"sort": "ts_updated:desc"}),
    ]:
        found = times(key, **query)
        assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/order-units", {"limit": 101}),
        ("/order-units", {"limit": 0}),
        ("/order-units", {"offset": -1}),
        ("/order-units", {"storefront": "ro"}),
        ("/order-units", {"status": "shipped"}),
        ("/order-units", {"sort": "ts_created:asc"}),
        ("/order-units", {"ts_created_from_iso": "2026-09-01T08:00:00.000Z"}),
        ("/orders", {"ts_units_updated_from_iso": "2026-09-01T08:00:00+00:00"}),
        ("/orders/MA1B2C3", {"embedded": "tickets"}),
    ],
)
def test_wrong_parameters_are_named(seller, path, query):
    answer = seller.get(path, **query)
    (name,) = query
    assert (answer.status, answer.json()["type"]) == (400, "/problems/validation-error")
    assert answer.json()["errors"][0]["field"] == name


def test_what_lists_give_without_storefront_is_a_switch(make, seller_of):
    seller = seller_of(make(storefront_omitted="default"))
    assert seller.sandbox.kaufland.storefronts[0] == "de"
    assert {row["storefront"] for row in seller.data("/orders")} == {"de"}


def test_pages_say_where_they_are(make, seller_of):
    seller = seller_of(make())
    answer = seller.get("/orders", limit=2, offset=3).json()
    assert (len(answer["data"]), answer["pagination"]) == (2, {"offset": 3, "limit": 2, "total": 28})
    assert seller.get("/orders").json()["pagination"] == {"offset": 0, "limit": 30, "total": 28}
    assert "pagination" not in seller_of(make(pagination_shown=False)).get("/orders").json()


def test_pages_drift_when_an_order_comes_between_them(sandbox, seller):
    scribe = data.Scribe(sandbox.kaufland)
    late = scribe.order("MLATE01", "cz", [data.Good("SHP-0042", 49_900)], ordered=sandbox.clock.now())
    sandbox.faults.before(lambda: sandbox.kaufland.place(late), Fault(kind="drift", path="/orders", nth=2))
    first, second = (seller.get("/orders", limit=10, offset=offset).json() for offset in (0, 10))
    assert first["data"][-1] == second["data"][0]
    assert second["pagination"]["total"] == first["pagination"]["total"] + 1


def test_what_kaufland_dispatches_shows_only_when_asked_for_and_cannot_be_touched(sandbox, seller):
    order = sandbox.kaufland.orders["MA1B2C3"]
    order.fulfillment = BY_KAUFLAND
    assert "MA1B2C3" not in {row["id_order"] for row in seller.data("/orders")}
    assert [row["id_order"] for row in seller.data("/orders", fulfillment_type=BY_KAUFLAND)] == ["MA1B2C3"]
    path = f"/order-units/{order.pieces[0].id}"
    for action, body in [("send", PACKETA), ("cancel", {"reason": "NoInventory"}), ("fulfil", None)]:
        answer = seller("PATCH", f"{path}/{action}", body)
        assert (answer.status, answer.json()["type"]) == (403, "/problems/forbidden")


def test_the_27_shape_lacks_what_came_later(make, seller_of):
    assert "discounts" not in seller_of(make("voucher", shape="2.27")).data("/order-units")[0]


def test_odd_rows_are_sent_as_they_are(seller):
    def unit(id_order):
        return seller.data(f"/orders/{id_order}")["order_units"][0]

    assert unit("MVC5K12")["discounts"] == [{"usage_type": "voucher", "discount_value": 5000}]
    assert "discounts" not in unit("MVC5K13")
    zero = unit("MZR0V14")
    assert str(zero["vat"]) == "0.0"
    assert zero["revenue_gross"] < zero["revenue_net"]
    assert unit("MNO1F15")["id_offer"] is None
    assert unit("MNO1F15")["product"]["eans"] == ["0194252013212", "194252013212"]
    assert unit("MNP1D15")["product"] is None
    assert unit("MST5X16")["status"] == "in_clearance"
    assert (unit("MUC7S17")["storefront"], seller.data("/orders/MUC7S17")["storefront"]) == ("DE", "de")
    assert unit("MTM1F18")["ts_created_iso"] == "2019-07-19T17:24:05T"
    assert seller.data("/orders/MAT2K05")["shipping_address"]["country"] == "AT"
    assert seller.data("/orders/MAT2K05")["billing_address"]["country"] == "DE"


def test_the_sign_of_discounts_is_a_switch(make, seller_of):
    seller = seller_of(make("voucher", discount_sign=-1))
    assert seller.data("/order-units")[0]["discounts"][0]["discount_value"] == -5000
    assert seller.sandbox.kaufland.orders["MVC5K12"].total == 129_000 + 9_900 - 5_000


def test_shipping_is_free_on_the_playground(seller):
    answer = seller("GET", "/orders/MA1B2C3", base="https://sellerapi-playground.kaufland.com/v2").json()
    assert [row["shipping_rate"] for row in answer["data"]["order_units"]] == [0, 0, 0]


# -- the open window -------------------------------------------------------------------------------------


def test_addresses_are_withheld_until_the_window_is_over(sandbox, seller):
    before = seller.data("/orders/MOP8N05", embedded="delivery")
    (row,) = seller.data("/order-units", status="open")
    assert (row["buyer"], row["billing_address"], row["shipping_address"]) == (None, None, None)
    assert (before["buyer"], before["shipping_address"]) == (None, None)
    sandbox.clock.advance(timedelta(minutes=9, seconds=59))
    assert seller.data("/orders/MOP8N05")["order_units"][0]["status"] == "open"
    sandbox.clock.advance(1)
    after = seller.data("/orders/MOP8N05")
    assert after["order_units"][0]["status"] == "need_to_be_sent"
    assert after["order_units"][0]["ts_updated_iso"] == "2026-09-01T08:10:00Z"
    assert after["shipping_address"]["postcode"] == "11000"


def test_fulfil_ends_the_window_early_and_only_once(sandbox, seller):
    path = f"/order-units/{unit_of(sandbox, 'MOP8N05').id}/fulfil"
    assert seller("PATCH", path).status == 204
    assert seller.data("/orders/MOP8N05")["buyer"] is not None
    assert seller("PATCH", path).json()["type"] == "/problems/action-not-allowed"
    sandbox.clock.advance(3600)
    assert unit_of(sandbox, "MOP8N05").status == "need_to_be_sent"


def test_an_order_cancelled_in_the_window_never_shows_its_address(sandbox, seller):
    sandbox.kaufland.cancel("MOP8N05")
    sandbox.clock.advance(3600)
    for id_order in ("MOP8N05", "MCW7Q11"):
        order = seller.data(f"/orders/{id_order}")
        assert order["shipping_address"] is None
        assert order["order_units"][0]["status"] == "cancelled"
        assert order["order_units"][0]["cancel_reason"] == "NoReaction"


def test_the_marketplace_and_time_move_units_on(sandbox, seller):
    unit = unit_of(sandbox, "MA1B2C3")
    path = f"/order-units/{unit.id}"
    sandbox.kaufland.deliver(unit.id)
    assert seller.data(path)["order_received_timestamp_iso"] == "2026-09-01T08:00:00Z"
    for act, status in [
        (sandbox.kaufland.autopay, "sent_and_autopaid"),
        (sandbox.kaufland.send_back, "returned"),
        (sandbox.kaufland.pay_back, "returned_paid"),
    ]:
        act(unit.id)
        assert seller.data(path)["status"] == status


def test_customer_service_cancels_some_units(sandbox):
    order = sandbox.kaufland.orders["MA1B2C3"]
    sandbox.kaufland.cancel("MA1B2C3", "NoInventoryDelayedCheckout", only=[order.pieces[1].id])
    assert [piece.status for piece in order.pieces] == ["need_to_be_sent", "cancelled", "need_to_be_sent"]
    assert order.total == 2 * 49_900 + 9_900


def test_stock_falls_with_an_order_only_by_switch(make):
    def left(**switches):
        sandbox = make("measured", **switches)
        goods = [data.Good("SHP-0042", 49_900, (0, 0)), data.Good("NOT-OURS", 1)]
        sandbox.kaufland.place(data.Scribe(sandbox.kaufland).order("MNEW001", "cz", goods, status="open"))
        return {row.amount for row in sandbox.kaufland.offers.values() if row.id_offer == "SHP-0042"}

    assert left() == {100}
    assert left(stock_falls_on_order=True) == {98}


# -- actions ---------------------------------------------------------------------------------------------


def test_send_once(sandbox, seller):
    unit = unit_of(sandbox, "MA1B2C3")
    path = f"/order-units/{unit.id}/send"
    sandbox.clock.advance(60)
    answer = seller("PATCH", path, PACKETA)
    assert (answer.status, answer.body) == (204, b"")
    assert (unit.status, unit.updated) == ("sent", sandbox.clock.now())
    assert [(row.id_order_unit, row.carrier) for row in sandbox.kaufland.shipments] == [(unit.id, "Packeta")]
    again = seller("PATCH", path, PACKETA)
    assert again.status == 403
    assert b"already_marked_as_sent" in again.body


def test_the_status_of_a_second_send_is_a_switch(make, seller_of):
    seller = seller_of(make("received", second_send_status=400))
    path = f"/order-units/{unit_of(seller.sandbox, 'MST2R16').id}/send"
    assert seller("PATCH", path, PACKETA).status == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"tracking_numbers": "1", "carrier_code": "Zasilkovna"}, "carrier_code"),
        ({"tracking_numbers": ["1"], "carrier_code": "PPL"}, "tracking_numbers"),
        ({"tracking_numbers": "", "carrier_code": "PPL"}, "tracking_numbers"),
        ({"carrier_code": "PPL"}, "tracking_numbers"),
        ({"tracking_numbers": "1", "carrier_code": "PPL", "note": "x"}, "note"),
        ({"tracking_numbers": "1", "carrier_code": "PPL", "storefront": "cz"}, "storefront"),
        ([], ""),
    ],
)
def test_send_is_checked(sandbox, seller, body, field):
    unit = unit_of(sandbox, "MA1B2C3")
    answer = seller("PATCH", f"/order-units/{unit.id}/send", body)
    assert (answer.status, answer.json()["errors"][0]["field"]) == (400, field)
    assert unit.status == "need_to_be_sent"


@pytest.mark.parametrize("carrier", ["Other", "Other Hauler"])
def test_two_carriers_need_no_tracking_number(sandbox, seller, carrier):
    path = f"/order-units/{unit_of(sandbox, 'MA1B2C3').id}/send"
    assert seller("PATCH", path, {"tracking_numbers": "", "carrier_code": carrier}).status == 204


@pytest.mark.parametrize("id_order", ["MOP8N05", "MCW7Q11", "MST5X16"])
def test_only_what_waits_can_be_sent(sandbox, seller, id_order):
    answer = seller("PATCH", f"/order-units/{unit_of(sandbox, id_order).id}/send", PACKETA)
    assert (answer.status, answer.json()["type"]) == (403, "/problems/action-not-allowed")


@pytest.mark.parametrize("id_order", ["MOP8N05", "MA1B2C3"])
def test_cancel_before_dispatch(sandbox, seller, id_order):
    unit = unit_of(sandbox, id_order)
    path = f"/order-units/{unit.id}/cancel"
    assert seller("PATCH", path, {"reason": "NoInventory"}).status == 204
    assert (unit.status, unit.cancel_reason) == ("cancelled", "NoInventory")
    assert seller("PATCH", path, {"reason": "NoInventory"}).status == 403


def test_cancel_reasons_are_enumerated(sandbox, seller):
    path = f"/order-units/{unit_of(sandbox, 'MA1B2C3').id}/cancel"
    assert seller("PATCH", path, {"reason": "NoReaction"}).json()["errors"][0]["field"] == "reason"


def test_cancel_after_dispatch_is_a_switch(make, seller_of):
    for switch, status in [("refuse", 403), ("allow", 204)]:
        seller = seller_of(make("autopaid", cancel_after_sent=switch))
        path = f"/order-units/{unit_of(seller.sandbox, 'MST1A16').id}/cancel"
        answer = seller("PATCH", path, {"reason": "BuyerCancelled"})
        assert answer.status == status
    seller = seller_of(make("autopaid"))
    answer = seller("PATCH", path, {"reason": "BuyerCancelled"})
    assert answer.json()["type"] == "/problems/order-units/cancel-not-possible"


def test_refunds_leave_the_status_and_stay_below_what_was_paid(make, seller_of):
    def refund(seller, amount):
        path = f"/order-units/{unit_of(seller.sandbox, 'MA1B2C3').id}/refund"
        return seller("PATCH", path, {"amount": amount, "reason": "delivery_damage"}).status

    seller = seller_of(make("three_pieces"))
    assert [refund(seller, amount) for amount in (50_000, 9_800, 1, 0)] == [204, 204, 400, 400]
    assert unit_of(seller.sandbox, "MA1B2C3").status == "need_to_be_sent"
    assert [row.amount for row in seller.sandbox.kaufland.refunds] == [50_000, 9_800]
    assert refund(seller_of(make("three_pieces", refund_ceiling=False)), 10**6) == 204


def test_one_more_parcel_goes_with_what_was_sent(sandbox, seller):
    unit = unit_of(sandbox, "MA1B2C3")

    def add(number=unit.id, carrier="PPL", tracking="123"):
        parcel = {"tracking_number": tracking, "carrier_code": carrier}
        return seller("POST", "/shipments", {"id_order_unit": number, "shipment_information": parcel})

    assert add().json()["type"] == "/problems/action-not-allowed"
    seller("PATCH", f"/order-units/{unit.id}/send", PACKETA)
    assert add().status == 204
    assert add(number=1).status == 404
    assert add(carrier="ppl").json()["errors"][0]["field"] == "carrier_code"
    assert add(tracking="").json()["errors"][0]["field"] == "tracking_number"
    assert len(sandbox.kaufland.shipments) == 2


# -- lookups ---------------------------------------------------------------------------------------------


def test_carriers_are_names_with_a_flag(seller):
    rows = {row["name"]: row["isHauler"] for row in seller.data("/carriers")["carriers"]}
    assert (rows["Packeta"], rows["DPD Czech Republic"], rows["Raben Group"]) == (False, False, True)


def test_the_account_knows_its_storefronts_and_locales(sandbox, seller):
    assert len(seller.data("/info/storefront")) == 9
    sandbox.kaufland.storefronts = ("cz", "sk")
    assert seller.data("/info/storefront") == ["cz", "sk"]
    assert seller.data("/info/locale") == ["cs-CZ", "sk-SK"]


def test_vat_rates_come_by_storefront_and_indicator(seller):
    (czech,) = seller.data("/info/vat-indicators", storefront="cz")
    assert {row["vat_indicator"]: row["value"] for row in czech["vat_rates"]} == {
        "standard_rate": 21,
        "reduced_rate_1": 12,
        "zero_rate": 0,
    }
    every = {row["storefront"]: row["vat_rates"][0]["value"] for row in seller.data("/info/vat-indicators")}
    assert (len(every), every["sk"], every["es"]) == (9, 23, 21)
