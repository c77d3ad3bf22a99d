"""What is known of Kaufland, fact by fact: each test names its fact, and the reference lists both."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from kaufland_shoptet.errors import NotificationError
from kaufland_shoptet.kaufland import notifications
from kaufland_shoptet.sandbox import START, Answer, Clock, Fault, Sandbox, Switches
from kaufland_shoptet.sandbox.data import Good, Scribe, revenue
from kaufland_shoptet.sandbox.data.facts import PACKETA

SEND = {"tracking_numbers": "DR1E", "carrier_code": "Czech Post"}
PUSH = "https://shop.example/hooks?shop=7"
PLAYGROUND = "https://sellerapi-playground.kaufland.com/v2"


@pytest.fixture
def world(make, seller_of):
    """A seller of a sandbox with these facts and switches."""
    return lambda *facts, **switches: seller_of(make(*facts, **switches))


@pytest.fixture
def order(world):
    """The only order of a fact, as `/orders/{id}` gives it with all its parts."""

    def order(fact, **query):
        seller = world(fact)
        (name,) = seller.sandbox.kaufland.orders
        return seller.data(f"/orders/{name}", **query)

    return order


@pytest.fixture
def row(world):
    """The only row of a fact in `/order-units`."""

    def row(fact, **switches):
        (found,) = world(fact, **switches).data("/order-units")
        return found

    return row


def refusal(answer):
    """Status, type and first wrong field of a refusal."""
    body = answer.json()
    field = body["errors"][0]["field"] if body["errors"] else None
    return answer.status, body["type"].removeprefix("/problems/"), field


def place(sandbox, pieces=1, storefront="cz", name="MFACT01"):
    goods = [Good("SHP-0042", 49_900, (0,) * pieces)]
    made = Scribe(sandbox.kaufland).order(name, storefront, goods, status="open", ordered=sandbox.clock.now())
    return sandbox.kaufland.place(made)


# -- orders ----------------------------------------------------------------------------------------------


def test_k1_ids(sandbox, seller):
    """K1: Ids have the lengths and forms of real ones; all are opaque."""
    made = sandbox.kaufland.orders["MA1B2C3"]
    sandbox.kaufland.receive_return(sandbox.kaufland.begin_return(made.pieces[0].id).id)
    (parcel,) = seller.data("/returns")
    (back,) = seller.data("/return-units")
    hook = {"callback_url": PUSH, "fallback_email": "it@shop.example", "event_name": "order_new"}
    hook = seller("POST", "/subscriptions", hook, query={"storefront": "cz"}).json()["data"]
    body = {"id_order_unit": [made.pieces[0].id], "reason": "contact_other", "message": "Where is it?"}
    ticket = seller("POST", "/tickets", body).json()["data"]["id_ticket"]
    unit = seller.data("/units", storefront="cz")[0]
    assert re.fullmatch(r"M[A-Z0-9]{6}", made.id)
    assert re.fullmatch(r"3145680152\d{5}", str(made.pieces[0].id))
    assert 9 <= len(str(unit["id_unit"])) <= 12
    assert len(str(unit["id_product"])) == 9
    assert len(str(made.buyer["id_buyer"])) == 8
    assert len(str(unit["id_shipping_group"])) == 6
    assert len(str(unit["id_warehouse"])) in (5, 6)
    assert re.fullmatch(r"001\d+", ticket)
    assert hook["id_subscription"] == 11011
    assert (parcel["id_return"], back["id_return_unit"]) == (675_849_321, 45_456_767)


@pytest.mark.parametrize(
    ("fact", "rates", "total"),
    [("three_pieces", [9_900, 0, 0], 159_600), ("three_pieces_next", [9_900, 2_900, 2_900], 165_400)],
)
def test_k2_three_pieces(order, world, fact, rates, total):
    """K2: Three pieces of one offer are three units with one price and different shipping."""
    found = order(fact)
    units = found["order_units"]
    assert len({unit["id_order_unit"] for unit in units}) == 3
    (header,) = world(fact).data("/orders")
    assert header["order_units_count"] == 3
    assert {(unit["id_offer"], unit["price"]) for unit in units} == {("SHP-0042", 49_900)}
    assert [unit["shipping_rate"] for unit in units] == rates
    assert sum(unit["price"] + unit["shipping_rate"] for unit in units) == total


@pytest.mark.parametrize(("start", "hour"), [("2026-09-01", "21"), ("2026-12-01", "22")])
def test_k3_a_czech_order(seller_of, start, hour):
    """K3: An order in CZK has phone, VAT 21 and a delivery window that ends at midnight in Berlin."""
    clock = Clock(START.fromisoformat(f"{start}T08:00:00+00:00"))
    (unit, *_) = seller_of(Sandbox.demo("three_pieces", clock=clock)).data("/order-units")
    assert (unit["storefront"], unit["currency"], unit["vat"]) == ("cz", "CZK", 21)
    assert (unit["delivery_time_min"], unit["delivery_time_max"]) == (2, 4)
    assert unit["delivery_time_expires_iso"].endswith(f"T{hour}:59:59Z")
    address = unit["shipping_address"]
    assert (address["phone"], address["country"], address["postcode"]) == ("+420601000111", "CZ", "11000")


def test_k4_the_measured_order(row):
    """K4: The figures of a German order that was measured on a live account."""
    unit = row("measured")
    names = ("price", "revenue_gross", "revenue_net", "vat", "shipping_rate", "unit_condition", "storefront")
    assert [unit[name] for name in names] == [23_000, 20_010, 16_338, 19, 0, "new", "de"]
    assert (unit["delivery_time_min"], unit["delivery_time_max"]) == (9, 12)
    assert unit["ts_created_iso"].startswith("2026-08-31")
    assert unit["delivery_time_expires_iso"] == "2026-09-16T21:59:59Z"
    address = unit["shipping_address"]
    assert [address[name] for name in ("company_name", "phone", "additional_field")] == [None] * 3
    assert unit["buyer"]["email"].endswith("@kaufland-marktplatz.de")


@pytest.mark.parametrize(("fact", "vat"), [("germany_to_austria", 20), ("germany_to_austria_19", 19)])
def test_k5_from_germany_to_austria(row, fact, vat):
    """K5: A German order may go to Austria, with the VAT rate of either country; both are imported."""
    unit = row(fact)
    assert (unit["storefront"], unit["currency"], unit["vat"]) == ("de", "EUR", vat)
    assert (unit["shipping_address"]["country"], unit["billing_address"]["country"]) == ("AT", "DE")
    assert unit["shipping_address"]["phone"] is None
    bridge = Sandbox.demo(fact).bridge()
    assert bridge.apply(bridge.orders.plan()).good


def test_k6_partly_cancelled(order):
    """K6: One unit of three is cancelled for lack of stock; the order stays to be sent with two."""
    units = order("partly_cancelled")["order_units"]
    assert [unit["status"] for unit in units] == ["need_to_be_sent", "need_to_be_sent", "cancelled"]
    assert [unit["cancel_reason"] for unit in units] == [None, None, "NoInventory"]
    bridge = Sandbox.demo("partly_cancelled").bridge()
    (change,) = bridge.orders.plan().changes
    assert (len(change.units), len(change.units[0])) == (1, 2)


def test_k7_cancelled_inside_the_window(world):
    """K7: Customer service cancels inside the window: no address ever, and a reason no seller may give."""
    seller = world("cancelled_in_window")
    for days in (0, 30):
        seller.sandbox.clock.advance(timedelta(days=days))
        (unit,) = seller.data("/order-units")
        assert (unit["status"], unit["cancel_reason"]) == ("cancelled", "NoReaction")
        assert unit["shipping_address"] is unit["billing_address"] is unit["buyer"] is None
    answer = world("three_pieces")("PATCH", "/order-units/314568015200001/cancel", {"reason": "NoReaction"})
    assert refusal(answer) == (400, "validation-error", "reason")


def test_k8_the_open_window(world):
    """K8: Buyer and addresses are withheld for a quarter of an hour, then the unit changes."""
    seller = world("open")
    (before,) = seller.data("/order-units")
    assert before["status"] == "open"
    assert before["shipping_address"] is before["billing_address"] is before["buyer"] is None
    seller.sandbox.clock.advance(15 * 60)
    (after,) = seller.data("/order-units")
    assert after["status"] == "need_to_be_sent"
    assert after["shipping_address"]
    assert after["buyer"]
    assert after["ts_updated_iso"] > before["ts_updated_iso"]


def test_k9_pick_up_points(order):
    """K9: A pick-up point is told only when asked for: Packeta's, and a Packstation with its post number."""
    found = order("packeta", embedded="delivery")["delivery"]["pickup_location"]
    assert found == PACKETA
    assert (found["pickup_location_id"], found["services"], found["dhl_post_number"]) == ("12345", "", None)
    assert order("packstation", embedded="delivery")["delivery"]["pickup_location"]["dhl_post_number"]
    assert "delivery" not in order("packeta")


def test_k10_home_delivery(order):
    """K10: Home delivery is a pick-up point that is null."""
    assert order("home_delivery", embedded="delivery")["delivery"] == {"pickup_location": None}


def test_k11_two_vat_rates(order, world):
    """K11: Two offers with different VAT in one order, whose indicators the account can look up, and one shipping."""
    units = order("two_vat_rates")["order_units"]
    (front,) = world("two_vat_rates").data("/info/vat-indicators", storefront="cz")
    known = {each["value"]: each["vat_indicator"] for each in front["vat_rates"]}
    assert {known[unit["vat"]] for unit in units} == {"standard_rate", "reduced_rate_1"}
    assert sum(unit["shipping_rate"] > 0 for unit in units) == 1


def test_k12_vouchers(row):
    """K12: A voucher stands in `discounts`; the form of version 2.27 has no such key."""
    assert row("voucher")["discounts"] == [{"usage_type": "voucher", "discount_value": 5_000}]
    assert "discounts" not in row("without_discounts")
    assert "discounts" not in row("voucher", shape="2.27")


def test_k13_deemed_supplier(order):
    """K13: Kaufland owes the VAT: marked on order, unit and invoice, whose address has a token."""
    found = order("deemed_supplier", embedded="order_invoices")
    (invoice,) = found["order_invoices"]
    marks = [each["is_marketplace_deemed_supplier"] for each in (found, *found["order_units"], invoice)]
    assert marks == [True, True, True]
    assert "access_token=" in invoice["url"]


def test_k14_a_wrong_zero(row):
    """K14: A VAT rate of zero on a taxed product betrays itself by its revenues."""
    unit = row("wrong_zero_vat")
    assert unit["vat"] == 0
    assert unit["revenue_gross"] < unit["revenue_net"]


def test_k15_without_code_or_product(row):
    """K15: A unit may have no offer code, only EANs in two spellings; or a code and no product."""
    nameless = row("no_offer")
    assert (nameless["id_offer"], nameless["product"]["eans"]) == (None, ["0194252013212", "194252013212"])
    bare = row("no_product")
    assert (bare["id_offer"], bare["product"]) == ("SHP-0042", None)


def test_k16_every_status(row):
    """K16: Delivery times fit the statuses, and a status of the future does not stop anybody."""
    times = {
        fact: row(fact)["order_received_timestamp_iso"]
        for fact in ("autopaid", "received", "returned", "returned_paid", "unknown_status")
    }
    assert times["autopaid"] is None
    assert times["received"]
    assert (row("returned")["status"], row("returned_paid")["status"]) == ("returned", "returned_paid")
    assert row("unknown_status")["status"] == "in_clearance"
    assert (
        Sandbox.demo("unknown_status").kaufland_client().order_units.list().first().status == "in_clearance"
    )


def test_k17_case_of_storefronts(order):
    """K17: A storefront may be upper case at the unit and lower case at the order."""
    found = order("upper_case_storefront")
    assert (found["storefront"], found["order_units"][0]["storefront"]) == ("de", "DE")


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("odd_time_t", "2019-07-19T17:24:05T"),
        ("odd_time_space", "2016-05-06 23:07:41"),
        ("odd_time_fraction", "2023-11-30T00:00:00.000Z"),
        ("odd_time_offset", "2026-08-31T11:12:44+02:00"),
    ],
)
def test_k18_odd_times(row, fact, text):
    """K18: Times come in four more forms, and the client reads all of them."""
    assert row(fact)["ts_created_iso"] == text
    assert Sandbox.demo(fact).kaufland_client().order_units.list().first().ts_created_iso.tzinfo


@pytest.mark.parametrize("shown", [True, False])
def test_k19_pages_drift(world, shown):
    """K19: A unit that comes in between two pages shifts the rest; `pagination` may be missing."""
    seller = world("measured", pagination_shown=shown)
    place(seller.sandbox, 100)
    first = seller.get("/order-units", limit=100).json()
    place(seller.sandbox, name="MFACT02")
    second = seller.get("/order-units", limit=100, offset=100).json()
    ids = [[unit["id_order_unit"] for unit in page["data"]] for page in (first, second)]
    assert (len(ids[0]), len(ids[1])) == (100, 2)
    assert ids[1][0] in ids[0]
    totals = [page["pagination"]["total"] for page in (first, second)] if shown else []
    assert totals == ([101, 102] if shown else [])
    assert ("pagination" in first) is shown


# -- actions ---------------------------------------------------------------------------------------------


def test_k20_send(world):
    """K20: A unit is sent once, by an exactly named carrier, with one text of tracking numbers unless it is Other."""
    seller = world("three_pieces")
    units = [unit["id_order_unit"] for unit in seller.data("/order-units")]

    def send(unit, numbers, carrier):
        return seller(
            "PATCH", f"/order-units/{unit}/send", {"tracking_numbers": numbers, "carrier_code": carrier}
        )

    assert refusal(send(units[0], "1", "Zasilkovna")) == (400, "validation-error", "carrier_code")
    assert refusal(send(units[0], ["1"], "PPL")) == (400, "validation-error", "tracking_numbers")
    assert refusal(send(units[0], "", "PPL")) == (400, "validation-error", "tracking_numbers")
    assert send(units[0], "1", "PPL").status == send(units[1], "", "Other").status == 204
    again = send(units[0], "1", "PPL")
    assert again.status == 403
    assert b"already_marked_as_sent" in again.body


@pytest.mark.parametrize(("switch", "status", "left"), [("refuse", 403, "sent"), ("allow", 204, "cancelled")])
def test_k21_cancel_after_sending(world, switch, status, left):
    """K21: A sent unit cannot be cancelled, unless Kaufland takes it for a revocation."""
    seller = world("measured", cancel_after_sent=switch)
    (unit,) = seller.data("/order-units")
    path = f"/order-units/{unit['id_order_unit']}"
    seller("PATCH", f"{path}/send", SEND)
    answer = seller("PATCH", f"{path}/cancel", {"reason": "BuyerCancelled"})
    assert answer.status == status
    if status == 403:
        assert refusal(answer)[1] == "order-units/cancel-not-possible"
    assert seller.data(path)["status"] == left


# -- offers ----------------------------------------------------------------------------------------------


def test_k22_bulk(world):
    """K22: Rows of a bulk answer stand for themselves, or are missing; a wrong list fails as a whole."""
    seller = world("measured")
    ids = [unit["id_unit"] for unit in seller.data("/units", storefront="cz")]
    seller.sandbox.kaufland.row_faults |= {ids[2]: "internal", ids[3]: "missing"}
    rows = [{"id_unit": number, "unit_data": {"amount": 7}} for number in ids[:4]]
    rows[1]["unit_data"] = {"listing_price": 0}

    def bulk(rows):
        return seller("POST", "/units/bulk", rows, query={"storefront": "cz"})

    answer = bulk(rows)
    found = answer.json()["data"]
    assert answer.status == 207
    assert [(each["id_unit"], each["status_code"]) for each in found] == [
        (ids[0], 200),
        (ids[1], 400),
        (ids[2], 500),
    ]
    assert found[1]["errors"] == [
        {"field": "listing_price", "message": "listing_price must be greater than 0"}
    ]
    assert found[2]["key"]
    many = [{"id_unit": number, "unit_data": {"amount": 1}} for number in range(1, 152)]
    assert refusal(bulk(many))[:2] == (400, "units/bulk-too-many-units")
    assert refusal(bulk([rows[0]] * 2))[:2] == (400, "units/bulk-duplicate-units")


@pytest.mark.parametrize("delay", [0, 600])
def test_k23_linked_stock(world, delay):
    """K23: Offers with one code share their stock over storefronts, at once or a little later, and not their price."""
    seller = world("measured", linked_stock_delay=timedelta(seconds=delay))

    def offer(storefront):
        (found,) = seller.data("/units", storefront=storefront, id_offer="SHP-0042")
        return found

    before = offer("sk")
    assert (
        seller("PATCH", f"/units/{offer('cz')['id_unit']}", {"amount": 7}, query={"storefront": "cz"}).status
        == 200
    )
    assert offer("cz")["amount"] == 7
    assert offer("sk")["amount"] == (before["amount"] if delay else 7)
    seller.sandbox.clock.advance(delay)
    after = offer("sk")
    assert (after["amount"], after["listing_price"]) == (7, before["listing_price"])


NEW = {
    "ean": "4010355051486",
    "id_offer": "NEW-1",
    "listing_price": 990,
    "handling_time": 1,
    "id_shipping_group": 195844,
}


def test_k24_a_new_offer(world):
    """K24: A new offer is answered in one of four ways, shows later, and its code cannot be used for another EAN."""

    def create(how="location", **changes):
        seller = world("measured", unit_created=how)
        return seller, seller("POST", "/units", NEW | changes, query={"storefront": "pl"})

    seller, answer = create()
    number = answer.headers["location"].removeprefix("/v2/units/")
    assert (answer.status, answer.body) == (201, b"")
    assert seller.data("/units", storefront="pl") == []
    assert seller.data(f"/units/{number}", storefront="pl")["id_offer"] == "NEW-1"
    seller.sandbox.clock.advance(180)
    assert len(seller.data("/units", storefront="pl")) == 1
    _, document = create("document")
    assert (document.status, document.json()["data"]["id_offer"]) == (200, "NEW-1")
    _, body = create("body")
    assert (body.status, list(body.json()["data"])) == (201, ["id_unit"])
    _, nothing = create("nothing")
    assert (nothing.status, nothing.body, "location" in nothing.headers) == (201, b"", False)
    assert refusal(create(storefront="pl")[1]) == (400, "validation-error", "storefront")
    assert refusal(create(id_offer="0035")[1])[:2] == (400, "already-exists")


def test_k25_looking_up_a_product(world):
    """K25: A product is unknown, its EAN is wrong, it is a shell without a page, or it is there."""
    seller = world("measured")

    def look(ean):
        return seller.get(f"/products/ean/{ean}", storefront="cz")

    assert look("8590000009995").status == 404
    wrong = look("4010355051487")
    assert (wrong.status, wrong.json()["errors"][0]["message"]) == (400, "ean invalid EAN provided")
    seller.sandbox.kaufland.products["4010355051486"] |= {"title": "", "is_valid": False}
    shell = look("4010355051486").json()["data"]
    assert (shell["title"], shell["is_valid"]) == ("", False)
    assert look("0194252013212").json()["data"]["is_valid"] is True


# -- the wire --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switch", "told"), [("none", None), ("seconds", "1"), ("date", "Tue, 01 Sep 2026 08:00:01 GMT")]
)
def test_k26_limits_pages_and_clocks(world, switch, told):
    """K26: The 112th call of a second is too many; pages in place of answers; five minutes of tolerance."""
    seller = world("measured", kaufland_retry_after=switch)
    assert {seller.get("/status/ping").status for _ in range(111)} == {200}
    refused = seller.get("/status/ping")
    assert (refused.status, refused.headers.get("retry-after")) == (429, told)
    seller.sandbox.clock.advance(1)
    for kind, status in (("503", 503), ("html", 200)):
        seller.sandbox.faults.add(Fault(kind=kind))
        answer = seller.get("/status/ping")
        assert (answer.status, answer.body[:6]) == (status, b"<html>")
    statuses = [seller("GET", "/status/ping", off=off).status for off in (-301, -299, 299, 301)]
    assert statuses == [401, 200, 200, 401]


def test_k27_push(world):
    """K27: An address is verified; messages come twice, one for each piece, or forged; failures switch them off."""
    seller = world("measured")
    sandbox, challenges, got = seller.sandbox, [], []
    status = [200]

    def visit(call):
        challenges.append(call.query["mode"])
        return Answer(status=200, body=call.query["challenge"][0].encode())

    def receive(call):
        got.append(call)
        return Answer(status=status[0])

    sandbox.kaufland.push.visit, sandbox.post.receiver = visit, receive
    for event in ("order_new", "order_unit_new"):
        body = {"callback_url": PUSH, "fallback_email": "it@shop.example", "event_name": event}
        seller("POST", "/subscriptions", body, query={"storefront": "cz"})
    assert challenges == [["subscribe"]] * 2
    sandbox.faults.add(Fault(kind="webhook_twice", seconds=5))
    place(sandbox, 3)
    sandbox.clock.advance(10)
    told = [json.loads(call.body) for call in got]
    assert [row["event_name"] for row in told].count("order_unit_new") == 3
    twice = [row["id_message"] for row in told if row["event_name"] == "order_new"]
    assert len(twice) == 2
    assert len(set(twice)) == 1

    def read(call):
        now = sandbox.clock.now()
        return notifications.read(call.body, call.headers, url=PUSH, secret_key=sandbox.secret_key, now=now)

    assert read(got[0]).subject == "MFACT01"
    sandbox.kaufland.push.secret = "0" * 64
    status[0] = 500
    place(sandbox, name="MFACT02")
    sandbox.clock.advance(timedelta(days=1))
    with pytest.raises(NotificationError):
        read(got[-1])
    assert {hook["is_active"] for hook in seller.data("/subscriptions")} == {False}


def test_k28_returns(world):
    """K28: A return arrives, is accepted once, by the seller or after three working days, and is paid back."""
    seller = world("three_pieces")
    market = seller.sandbox.kaufland
    first, second, _ = market.orders["MA1B2C3"].pieces
    parcel = market.begin_return(first.id, second.id)
    market.ship_return(parcel.id)
    assert seller.data(f"/returns/{parcel.id}")["status"] == "package_sent"
    market.receive_return(parcel.id)
    ours, late = (f"/return-units/{unit.id}" for unit in parcel.units)
    assert (seller.data(f"/returns/{parcel.id}")["status"], seller.data(ours)["status"]) == (
        "package_received",
        "return_arrived",
    )
    assert seller("PATCH", f"{ours}/accept").status == 204
    assert refusal(seller("PATCH", f"{ours}/accept"))[:2] == (403, "returns/unit-wrong-status")
    assert (first.status, second.status) == ("returned", "need_to_be_sent")
    seller.sandbox.clock.advance(timedelta(days=3))
    assert (first.status, second.status, seller.data(late)["status"]) == (
        "returned_paid",
        "returned",
        "return_accepted",
    )


@pytest.mark.parametrize(("total", "vat"), [(23_000, "19"), (59_800, "21")])
def test_k29_the_commission(total, vat):
    """K29: Revenues of generated orders follow from a commission of 13 %, which fits the measured order."""
    fee = round(total * 0.13)
    assert revenue(total, vat) == (total - fee, round(total / (1 + int(vat) / 100)) - fee)
    assert revenue(23_000, "19") == (20_010, 16_338)


def test_k30_the_playground(world):
    """K30: On the playground shipping costs nothing, and sellers make orders for themselves."""
    seller = world("three_pieces")

    def playground(method, path, body=None, **query):
        return seller(method, path, body, query=query, base=PLAYGROUND)

    rates = [unit["shipping_rate"] for unit in playground("GET", "/order-units").json()["data"]]
    assert rates == [0, 0, 0]
    answer = playground("POST", "/playground/orders", {"id_offer": "0035", "amount": 2}, storefront="cz")
    name = answer.json()["data"]["id_order"]
    units = playground("GET", f"/orders/{name}").json()["data"]["order_units"]
    assert [(unit["id_offer"], unit["status"], unit["shipping_rate"]) for unit in units] == [
        ("0035", "open", 0)
    ] * 2
    assert refusal(playground("POST", "/playground/orders", {"id_offer": "x"}, storefront="cz"))[0] == 400
    assert (
        seller("POST", "/playground/orders", {"id_offer": "0035"}, query={"storefront": "cz"}).status == 404
    )


# -- switches --------------------------------------------------------------------------------------------


def test_a_stale_clock_may_have_another_problem(world):
    seller = world("measured", stale_clock_problem="/problems/unauthorized")
    assert refusal(seller("GET", "/status/ping", off=-301))[:2] == (401, "unauthorized")


@pytest.mark.parametrize(("switch", "fronts"), [("all", {"de", "cz"}), ("default", {"de"})])
def test_lists_without_storefront(world, switch, fronts):
    seller = world("measured", "three_pieces", "deemed_supplier", storefront_omitted=switch)
    market = seller.sandbox.kaufland
    for name in ("MA1B2C3", "MD4K9P2"):
        market.begin_return(market.orders[name].pieces[0].id)
    hook = {"callback_url": PUSH, "fallback_email": "it@shop.example", "event_name": "order_new"}
    for storefront in ("de", "cz"):
        seller("POST", "/subscriptions", hook, query={"storefront": storefront})
    for path in ("/orders", "/order-units", "/returns", "/return-units", "/subscriptions"):
        assert {found["storefront"] for found in seller.data(path)} == fronts, path
    assert {found["storefront"] for found in seller.data("/order-invoices")} == {"de"}


@pytest.mark.parametrize(("switch", "status"), [("ignore", 200), ("refuse", 400)])
def test_unknown_parameters(world, switch, status):
    assert world("measured", unknown_parameters=switch).get("/order-units", id_order="x").status == status


@pytest.mark.parametrize(("switch", "left"), [(False, 100), (True, 98)])
def test_stock_when_somebody_orders(world, switch, left):
    seller = world("measured", stock_falls_on_order=switch)
    place(seller.sandbox, 2)
    assert {
        seller.data("/units", storefront=front, id_offer="SHP-0042")[0]["amount"] for front in ("cz", "sk")
    } == {left}


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sign_of_discounts(row, sign):
    assert row("voucher", discount_sign=sign)["discounts"][0]["discount_value"] == sign * 5_000


@pytest.mark.parametrize(("ceiling", "status"), [(True, 400), (False, 204)])
def test_the_limit_of_refunds(world, ceiling, status):
    seller = world("measured", refund_ceiling=ceiling)
    (unit,) = seller.data("/order-units")
    body = {"amount": 23_001, "reason": "defect"}
    assert seller("PATCH", f"/order-units/{unit['id_order_unit']}/refund", body).status == status


@pytest.mark.parametrize(("switch", "status"), [(False, 200), (True, 400)])
def test_an_amount_without_a_price(world, switch, status):
    seller = world("measured", price_with_every_patch=switch)
    number = seller.data("/units", storefront="cz")[0]["id_unit"]
    assert seller("PATCH", f"/units/{number}", {"amount": 1}, query={"storefront": "cz"}).status == status


# -- time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "numbers", "days", "status"),
    [
        ({}, "1", 20, "sent"),
        ({}, "1", 21, "sent_and_autopaid"),
        ({"autopaid_after": None}, "1", 90, "sent"),
        ({"delivered_after": timedelta(days=3)}, "1", 3, "received"),
        ({"delivered_after": timedelta(days=3)}, "1", 90, "received"),
        ({"delivered_after": timedelta(days=3)}, "", 20, "sent"),
    ],
)
def test_what_time_brings_after_dispatch(world, switches, numbers, days, status):
    """A parcel with a number arrives, if that is wanted; the money of one that is still on its way is released."""
    seller = world("measured", **switches)
    (unit,) = seller.data("/order-units")
    body = {"tracking_numbers": numbers, "carrier_code": "Other"}
    assert seller("PATCH", f"/order-units/{unit['id_order_unit']}/send", body).status == 204
    seller.sandbox.clock.advance(timedelta(days=days))
    assert seller.data("/order-units")[0]["status"] == status


def test_what_happens_to_returns_and_offers_is_told(world):
    seller = world("measured")
    sandbox = seller.sandbox
    events = (
        "return_new",
        "return_status_changed",
        "return_unit_status_changed",
        "item_unit_new",
        "item_unit_changed",
        "item_unit_out_of_stock",
        "item_unit_not_available",
        "item_unit_available",
        "item_unit_deleted",
    )
    for event in events:
        body = {"callback_url": PUSH, "fallback_email": "it@shop.example", "event_name": event}
        assert seller("POST", "/subscriptions", body, query={"storefront": "de"}).status == 201
    market = sandbox.kaufland
    parcel = market.begin_return(market.orders["MD4K9P2"].pieces[0].id)
    market.receive_return(parcel.id)
    front = {"storefront": "de"}
    number = seller("POST", "/units", NEW | {"id_shipping_group": 195843}, query=front).headers["location"][
        -9:
    ]
    for change in ({"status": "ONHOLD"}, {"status": "AVAILABLE", "amount": 0}):
        assert seller("PATCH", f"/units/{number}", change, query=front).status == 200
    assert seller("DELETE", f"/units/{number}", query=front).status == 204
    told = [json.loads(call.body) for call in market.push.outbox]
    assert [row["event_name"] for row in told] == [
        "return_new",
        "return_status_changed",
        "return_unit_status_changed",
        "item_unit_new",
        "item_unit_changed",
        "item_unit_not_available",
        "item_unit_out_of_stock",
        "item_unit_changed",
        "item_unit_available",
        "item_unit_deleted",
    ]
    assert told[3]["payload"] == {"id_unit": int(number), "id_offer": "NEW-1"}
    assert Switches().autopaid_after == timedelta(days=21)
