"""What is known of Shoptet, fact by fact: each test names its fact, and the reference lists both."""

from __future__ import annotations

import gzip
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from kaufland_shoptet.sandbox import Answer, Clock, Fault, Sandbox
from kaufland_shoptet.sandbox.data import GUIDS, write_legacy_order, write_shipments
from kaufland_shoptet.sandbox.shoptet.shop import Price
from kaufland_shoptet.shoptet import feeds

HOOK = "https://shop.example/hooks"


@pytest.fixture
def world(make, merchant_of):
    """A merchant of a sandbox with these switches."""
    return lambda **switches: merchant_of(make("measured", **switches))


@pytest.fixture
def shop(sandbox):
    return sandbox.shoptet


def register(merchant, *events):
    rows = [{"event": event, "url": HOOK} for event in events]
    assert merchant("POST", "/api/webhooks", {"data": rows}).status == 201


def code_of(answer):
    assert answer.status == 201, answer.body
    return answer.json()["data"]["order"]["code"]


def mint(merchant):
    token = {"authorization": f"Bearer {merchant.sandbox.oauth_token}"}
    base = "https://partner.myshoptet.com"
    return merchant("GET", "/action/ApiOAuthServer/getAccessToken", headers=token, base=base)


# -- access ----------------------------------------------------------------------------------------------


def test_s1_no_token(merchant):
    """S1: Without a token header the answer is 401, and it is about nobody."""
    answer = merchant("GET", "/api/orders", headers={})
    assert answer.status == 401
    assert merchant.errors(answer) == [("missing-access-token", "unknown")]
    assert merchant.base == "https://api.myshoptet.com"


def test_s2_the_leaky_bucket(world):
    """S2: Every answer tells how full the bucket is; ten drops leak out a second; a full one asks to wait until a date."""
    merchant = world()
    clock = merchant.sandbox.clock
    assert merchant.order().headers["x-ratelimit-bucket-filling"] == "3/200"
    clock.advance(0.1)
    assert merchant.get("/api/eshop").headers["x-ratelimit-bucket-filling"] == "3/200"
    while (answer := merchant.order("again")).status != 429:
        assert answer.status in (201, 422)
    assert answer.headers["x-ratelimit-bucket-filling"] == "200/200"
    until = datetime.strptime(answer.headers["retry-after"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    clock.advance((until - clock.now()).total_seconds())
    assert merchant.get("/api/eshop").status == 200
    free = world(bucket_costs=False)
    assert free.order().headers["x-ratelimit-bucket-filling"] == "0/200"


def test_s3_a_fourth_connection(sandbox, merchant):
    """S3: A fourth call at the same time is turned away by the web server: no JSON, and no time to wait."""
    call = merchant.call("GET", "/api/orders")
    with sandbox.connect(call), sandbox.connect(call), sandbox.connect(call), sandbox.connect(call) as fourth:
        answer = fourth.answer()
    assert (answer.status, answer.headers["content-type"]) == (429, "text/html")
    assert "retry-after" not in answer.headers
    assert merchant.get("/api/orders").status == 200


def test_s4_the_same_write_twice(sandbox, merchant):
    """S4: While a write is being processed the same address is locked."""
    call = merchant.call("PATCH", "/api/orders/1/notes", {"data": {}})
    with sandbox.connect(call), sandbox.connect(call) as second:
        assert second.answer().status == 423
    assert merchant("PATCH", "/api/orders/1/notes", {"data": {}}).status == 404


def test_s5_api_tokens(merchant):
    """S5: A token lives for half an hour, and a sixth one is refused until one has died."""
    minted = [mint(merchant) for _ in range(6)]
    assert [answer.status for answer in minted] == [200] * 5 + [429]
    assert minted[5].json() == {"error": "maximum_tokens_reached"}
    headers = {"shoptet-access-token": minted[0].json()["access_token"]}
    merchant.sandbox.clock.advance(1799)
    assert merchant("GET", "/api/eshop", headers=headers).status == 200
    merchant.sandbox.clock.advance(1)
    answer = merchant("GET", "/api/eshop", headers=headers)
    assert (answer.status, merchant.errors(answer)) == (401, [("expired-token", "unknown")])
    assert mint(merchant).json()["expires_in"] == 1800


def test_s6_request_ids(merchant):
    """S6: The id of a request stands in header and body; it is a UUID of version 7."""
    answer = merchant.get("/api/eshop")
    number = answer.json()["metadata"]["requestId"]
    assert answer.headers["x-request-id"] == number
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", number)


@pytest.mark.parametrize(("switch", "status"), [("refuse", 400), ("clamp", 200)])
def test_s7_fifty_orders_a_page(world, switch, status):
    """S7: A page has fifty orders; more are refused, or lowered without a word."""
    merchant = world(items_per_page_over=switch)
    assert merchant.data("/api/orders")["paginator"]["itemsPerPage"] == 50
    answer = merchant.get("/api/orders", itemsPerPage=100)
    assert answer.status == status
    if status == 200:
        assert answer.json()["data"]["paginator"]["itemsPerPage"] == 50


def test_s8_beyond_the_last_page(merchant):
    """S8: Beyond the last page there is an error that names the last one."""
    answer = merchant.get("/api/orders", page=2)
    (error,) = answer.json()["errors"]
    assert (answer.status, error["errorCode"]) == (404, "page-not-found")
    assert "max page is 1" in error["message"]


def test_s9_unknown_names(merchant):
    """S9: An unknown parameter is 400, an unknown key of a body 422 with its path."""
    assert merchant.get("/api/orders", externalCode="x").status == 400
    answer = merchant.order(suppressEmailSending=True)
    assert (answer.status, merchant.errors(answer)) == (
        422,
        [("invalid-request-data", "data.suppressEmailSending")],
    )


# -- data ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbering", "code"),
    [(None, "2026000001"), ("{:010d}", "0000000001"), ("126{:06d}", "126000001")],
)
def test_s10_order_numbers(merchant, shop, numbering, code):
    """S10: Order numbers are texts of year and six digits; shops may have others."""
    if numbering is not None:
        shop.numbering = numbering.format
    assert code_of(merchant.order()) == code


def test_s11_variant_codes(shop):
    """S11: Codes of variants have slashes or zeros in front; EANs are right, missing or wrong."""
    assert {"32/ZEL", "15/ZLU", "43/BIL", "DS53437473", "0035"} <= set(shop.variants)
    assert shop.variants["SHP-0042"].ean == "4010355051486"
    eans = {variant.ean for variant in Sandbox.generated(300, 0).shoptet.variants.values()}
    assert None in eans


def test_s12_statuses(merchant):
    """S12: Statuses of the system are negative, one of them marks as paid; the merchant's own are not."""
    found = merchant.data("/api/orders/statuses")
    ids = {row["id"] for row in found["statuses"]}
    assert found["defaultStatus"] == -1
    assert ids == {-1, -2, -3, -4, 26, 52, 70}
    assert [row["id"] for row in found["statuses"] if row["markAsPaid"]] == [-3]


@pytest.mark.parametrize(("start", "offset"), [("2026-07-01", "+0200"), ("2026-12-01", "+0100")])
def test_s13_times(merchant_of, start, offset):
    """S13: Times have an offset without a colon, by the season; old orders have neither time nor GUID."""
    clock = Clock(datetime.fromisoformat(f"{start}T08:00:00+00:00"))
    merchant = merchant_of(Sandbox.demo("measured", clock=clock))
    row = merchant.data(f"/api/orders/{code_of(merchant.order())}")["order"]
    assert re.fullmatch(rf"{start}T\d\d:00:00\{offset}", row["creationTime"])
    old = write_legacy_order(merchant.sandbox.shoptet)
    row = merchant.data(f"/api/orders/{old.code}")["order"]
    assert (row["creationTime"], row["guid"]) == (None, None)


# -- orders ----------------------------------------------------------------------------------------------


def test_s14_what_an_order_needs(merchant, line):
    """S14: A payment method needs its item, an address its country, and prices are texts."""
    goods = line(code="SHP-0042", unitPriceWithVat="499.00")
    shipping = line("shipping", name="Doprava", unitPriceWithVat="99.00")
    assert merchant.order(items=[goods, shipping]).status == 422
    assert merchant.order(billingAddress={"fullName": "Jana Nováková"}).status == 422
    assert (
        merchant.order(
            items=[line(code="SHP-0042", unitPriceWithVat=499)], paymentMethodGuid=..., shippingGuid=...
        ).status
        == 422
    )
    assert merchant.order().status == 201


def test_s15_external_codes_are_used_up(merchant):
    """S15: An external code can be used once, even after its order was deleted."""
    code = code_of(merchant.order())
    for _ in range(2):
        answer = merchant.order()
        assert answer.status == 422
        assert "already imported" in answer.json()["errors"][0]["message"]
        merchant("DELETE", f"/api/orders/{code}")


@pytest.mark.parametrize(("query", "mails"), [(None, 2), ({"suppressEmailSending": "true"}, 0)])
def test_s16_what_creating_an_order_does(merchant, shop, query, mails):
    """S16: Creating an order gives it back whole, greets by mail unless told not to, and takes the pieces."""
    answer = merchant.order(query=query)
    order = answer.json()["data"]["order"]
    assert answer.status == 201
    assert order["externalCode"] == "MA1B2C3"
    assert len(order["items"]) == 3
    assert [mail.kind for mail in shop.mails] == ["welcome"] * mails
    assert (shop.variants["SHP-0042"].stock, shop.variants["SHP-0042"].claim) == (97, 3)


def test_s17_too_few_pieces(merchant, shop):
    """S17: Where stock must not become negative, there is no order of more than there is."""
    shop.set_stock("SHP-0042", Decimal(2))
    answer = merchant.order()
    assert answer.status == 422
    assert answer.json()["errors"]
    assert shop.orders == {}
    shop.settings["negativeStockAmount"] = "allowed"
    assert merchant.order().status == 201


@pytest.mark.parametrize(
    ("echo", "flip", "rate"),
    [
        ("setting", False, "25.00000000"),
        ("setting", True, "0.04000000"),
        ("inverse", False, "0.04000000"),
        ("same", True, "25.00000000"),
    ],
)
def test_s18_exchange_rates(world, echo, flip, rate):
    """S18: Some shops give back the inverse of the exchange rate that was sent."""
    merchant = world(exchange_rate_echo=echo)
    merchant.sandbox.shoptet.settings["exchangeRateFlip"] = flip
    order = merchant.order(currency={"code": "EUR", "exchangeRate": "25.00"}).json()["data"]["order"]
    assert order["price"]["exchangeRate"] == rate


def test_s19_a_document_that_fails(world):
    """S19: A change of status may succeed although its document was not made."""
    merchant = world(documents_fail=True)
    code = code_of(merchant.order())
    answer = merchant("PATCH", f"/api/orders/{code}/status", {"data": {"statusId": 52}})
    assert (answer.status, answer.json()["data"]["order"]["status"]["id"]) == (200, 52)
    assert merchant.errors(answer) == [("document-not-generated", code)]


def test_s20_an_order_that_was_just_edited(merchant, shop):
    """S20: The change of an order that the merchant has just edited is refused once."""
    code = code_of(merchant.order())
    shop.edit(code)
    answers = [merchant("PATCH", f"/api/orders/{code}/status", {"data": {"statusId": 52}}) for _ in range(2)]
    assert [answer.status for answer in answers] == [409, 200]
    assert merchant.errors(answers[0])[0][0] == "record-already-changed"


def test_s21_many_statuses_at_once(merchant, shop):
    """S21: Of several orders those that do not exist are skipped and named; if none exists, nothing is done."""
    codes = [code_of(merchant.order(f"E{number}")) for number in range(2)]

    def change(*codes):
        body = {"data": {"orderCodes": codes, "statusId": 26}}
        return merchant("PATCH", "/api/orders/status-change", body)

    answer = change(*codes, "nothing")
    assert (answer.status, answer.json()["data"]) == (200, None)
    assert merchant.errors(answer) == [("invalid-request-data", "data.orderCodes")]
    assert [shop.orders[code].status for code in codes] == [26, 26]
    assert change("nothing").status == 400


# -- jobs and webhooks -----------------------------------------------------------------------------------


def test_s22_jobs(world):
    """S22: A snapshot needs a webhook; its job may be looked at ten times, leaves a file for a day, or gets stuck."""
    merchant = world()
    clock = merchant.sandbox.clock
    assert merchant.get("/api/orders/snapshot").status == 403
    register(merchant, "job:finished")
    merchant.order()
    answer = merchant.get("/api/orders/snapshot")
    number = answer.json()["data"]["jobId"]
    assert (answer.status, len(number)) == (202, 7)
    path = f"/api/system/jobs/{number}"
    assert [merchant.get(path).status for _ in range(11)] == [200] * 10 + [403]
    clock.advance(30)
    job = merchant.data(path)["job"]
    ends = datetime.strptime(job["validUntil"], "%Y-%m-%dT%H:%M:%S%z")
    assert ends - datetime.strptime(job["completionTime"], "%Y-%m-%dT%H:%M:%S%z") == timedelta(hours=24)
    base, name = "https://269953.myshoptet.com", job["resultUrl"].removeprefix("https://269953.myshoptet.com")
    file = merchant("GET", name, headers={}, base=base)
    assert json.loads(gzip.decompress(file.body))["externalCode"] == "MA1B2C3"
    clock.advance(timedelta(hours=24))
    assert merchant("GET", name, headers={}, base=base).status == 404
    stuck = world(jobs_stuck=True)
    register(stuck, "job:finished")
    number = stuck.get("/api/orders/snapshot").json()["data"]["jobId"]
    stuck.sandbox.clock.advance(timedelta(hours=3))
    assert stuck.data(f"/api/system/jobs/{number}")["job"]["status"] == "failed"
    assert stuck.sandbox.post.letters == []


def test_s23_webhooks(world):
    """S23: A webhook has four keys and a signature, four seconds and three tries; it comes twice, late, for many at once."""
    merchant = world()
    sandbox, got = merchant.sandbox, []
    register(merchant, "order:create", "order:update", "order:massUpdate")
    key = merchant("POST", "/api/webhooks/renew-signature-key").json()["data"]["signatureKey"]
    sandbox.faults.add(Fault(kind="webhook_late", seconds=60))
    sandbox.faults.add(Fault(kind="webhook_twice", nth=2, seconds=10))
    sandbox.post.receiver = lambda call: (
        got.append(call) or Answer(status=200, delay=4.5 if len(got) == 1 else 0)
    )
    codes = [code_of(merchant.order(f"E{number}")) for number in range(2)]
    sandbox.clock.advance(timedelta(hours=1))
    assert [call.json()["eventInstance"] for call in got] == [codes[1], codes[1], codes[0], codes[1]]
    assert set(got[0].json()) == {"eshopId", "event", "eventCreated", "eventInstance"}
    from kaufland_shoptet.shoptet import webhooks

    assert webhooks.verify(got[0].headers["shoptet-webhook-signature"], got[0].body, key)
    got.clear()
    merchant("PATCH", "/api/orders/status-change", {"data": {"orderCodes": codes, "statusId": 26}})
    sandbox.post.receiver, before = None, len(sandbox.post.letters)
    sandbox.shoptet.system_url = HOOK
    sandbox.shoptet.suspend()
    sandbox.shoptet.uninstall()
    instances = [letter.call.json()["eventInstance"] for letter in sandbox.post.letters[before:]]
    assert instances == [269953, "269953"]
    assert [letter.event for letter in sandbox.post.letters[before - 3 : before]] == [
        "order:update",
        "order:update",
        "order:massUpdate",
    ]


# -- goods -----------------------------------------------------------------------------------------------


def test_s24_changes_of_products_and_of_stock(merchant, shop):
    """S24: A change of stock is no change of the product; the supplies tell of it."""
    start = "2026-09-01T10:00:00+0200"
    guid = shop.variants["0035"].product
    shop.set_stock("0035", Decimal(7))
    assert merchant.data("/api/products/changes", **{"from": start})["changes"] == []
    (supply,) = merchant.data("/api/stocks/1/supplies", changedFrom=start)["supplies"]
    assert (supply["code"], supply["amount"]) == ("0035", "7.000")
    merchant.sandbox.clock.advance(60)
    shop.change_product(guid, visibility="hidden")
    other = shop.variants["32/ZEL"].product
    shop.remove_product(other)
    changes = merchant.data("/api/products/changes", **{"from": start})["changes"]
    assert [(row["guid"], row["changeType"]) for row in changes] == [(guid, "edit"), (other, "delete")]
    assert (
        merchant.data("/api/products/changes", **{"from": start}, changeType="delete")["changes"]
        == changes[1:]
    )
    assert merchant.data(f"/api/products/{guid}")["visibility"] == "hidden"
    assert merchant.get(f"/api/products/{other}").status == 404
    assert merchant.get("/api/products/changes").status == 400
    merchant.sandbox.clock.advance(60)
    lamp = shop.variants["15/ZLU"].product
    assert merchant("PATCH", f"/api/products/{lamp}", {"data": {"name": "Lampa"}}).status == 200
    assert merchant.data("/api/products/changes", **{"from": start})["changes"][-1]["guid"] == lamp


def test_s25_a_product_without_variants(merchant, shop):
    """S25: It has one nameless variant; an action price stays when it is over; numbers have fixed places."""
    yesterday = date(2026, 8, 31)
    action = (Decimal(99), yesterday - timedelta(days=9), yesterday)
    shop.prices[1]["0035"] = Price(price=Decimal(189), ratio=Decimal("0.78"), action=action)
    found = merchant.data(f"/api/products/{shop.variants['0035'].product}")
    (variant,) = found["variants"]
    assert (found["isVariant"], variant["name"], variant["price"]) == (False, None, "189.00")
    assert variant["actionPrice"] == {"price": "99.00", "fromDate": "2026-08-22", "toDate": "2026-08-31"}
    assert (variant["weight"], variant["width"]) == ("0.500", "10.0")
    (listed,) = merchant.data("/api/pricelists/1", code="0035")["pricelist"]
    assert listed["price"]["priceRatio"] == "0.780"
    item = merchant.data(f"/api/orders/{code_of(merchant.order())}")["order"]["items"][1]
    assert item["amount"] == "1.000"


def test_s26_images():
    """S26: Images have a short name and a speaking one; signed names may be missing."""
    shop = Sandbox.generated(20, 0).shoptet
    guids = [variants[0].product for variants in shop.variants.by_product()]
    images = [image for guid in guids for image in shop.pages.read(guid)["images"]]
    assert {image["signedCdnNames"] for image in images} == {None}
    for image in images:
        number = image["name"].removesuffix(".jpg")
        assert re.fullmatch(r"\d+(-\d)?", number)
        assert re.fullmatch(rf"{number}_[a-z0-9-]+\.jpg", image["seoName"])


def test_s27_shipping_methods(merchant):
    """S27: The same carrier has another GUID for wholesale, and own delivery has no company."""
    rows = {row["guid"]: row for row in merchant.data("/api/shipping-methods")["shippingMethods"]}
    retail, wholesale = rows[GUIDS["ppl"]], rows[GUIDS["ppl_wholesale"]]
    assert (retail["name"], retail["wholesale"]) == (wholesale["name"], not wholesale["wholesale"])
    assert rows[GUIDS["shipping"]]["shippingCompany"] is None


def test_s28_movements_of_stock(merchant, shop):
    """S28: Of several changes of stock those that cannot be are named, in an answer that holds nothing else."""
    shop.variants["32/ZEL"].set = True
    merchant.order()
    rows = [
        {"productCode": "0035", "amountChange": -3},
        {"productCode": "43/BIL", "quantity": 7},
        {"productCode": "SHP-0042", "realStock": 50},
        {"productCode": "32/ZEL", "quantity": 1},
        {"productCode": "nothing", "quantity": 1},
    ]

    def move(rows, stock=1):
        return merchant("PATCH", f"/api/stocks/{stock}/movements", {"data": rows})

    answer = move(rows)
    assert (answer.status, set(answer.json())) == (200, {"errors"})
    assert merchant.errors(answer) == [("stock-change-not-allowed", "32/ZEL"), ("unknown-product", "nothing")]
    assert [shop.variants[code].stock for code in ("0035", "43/BIL", "SHP-0042")] == [97, 7, 47]
    assert move(rows[3:]).status == 400
    assert move(rows[:1], stock=2).status == 400
    assert move(rows[:1] * 301).status == 413
    assert move([{"productCode": "0035"}]).status == 422
    assert move([{"productCode": "0035", "quantity": "1"}]).status == 422
    assert move(rows[:1]).json() == {"errors": None}


def test_s29_three_shipments(merchant, shop):
    """S29: Of three shipments of an order two were cancelled and keep their numbers."""
    code = code_of(merchant.order())
    write_shipments(shop, code)
    rows = merchant.data("/api/shipments", orderCode=code)["items"]
    assert [row["status"] for row in rows] == ["canceled", "canceled", "created"]
    assert [row["packages"][0]["trackingNumber"] for row in rows] == ["80001", "80002", "80003"]


def test_s30_feeds(merchant, shop):
    """S30: A feed is a CSV of windows-1250 with decimal commas, or XML; a wrong hash gives a page of HTML."""
    base = "https://269953.myshoptet.com"

    def fetch(url):
        return merchant("GET", url.removeprefix(base), headers={}, base=base)

    shop.set_stock("0035", Decimal("2.5"))
    shop.prices[1]["0035"].price = Decimal("189.50")
    good = fetch(shop.feed("products.csv"))
    text = good.body.decode("windows-1250")
    assert '"0035";"";"Med květový 900 g";"8590000001067";"189,5";"2,5";"visible"' in text
    listed = {item.code: item for item in feeds.read_feed(io.BytesIO(good.body))}
    whole = {
        item.code: item for item in feeds.read_feed(io.BytesIO(fetch(shop.feed("productsComplete.xml")).body))
    }
    assert set(listed) == set(whole) == set(shop.variants)
    assert {(each["0035"].price, each["0035"].stock) for each in (listed, whole)} == {
        (Decimal("189.5"), Decimal("2.5"))
    }
    assert whole["32/ZEL"].variant == (("Barva", "zelená"),)
    for url in (
        shop.feed("products.csv")[:-1] + "x",
        shop.feed("products.csv").replace("products.csv", "productsComplete.xml"),
        shop.feed("products.csv").replace("patternId=-5", "patternId=1"),
        f"{base}/export/others.csv?patternId=-5&hash=0",
    ):
        wrong = fetch(url)
        assert (wrong.status, wrong.headers["content-type"]) == (404, "text/html; charset=utf-8")


# -- besides ---------------------------------------------------------------------------------------------


def test_the_log_of_movements(merchant, shop):
    code = code_of(merchant.order())
    merchant.sandbox.clock.advance(60)
    shop.set_stock("0035", Decimal(7))
    shop.set_stock("43/BIL", None)

    def movements(stock=1, **query):
        rows = merchant.data(f"/api/stocks/{stock}/movements", **query)["movements"]
        return [(row["id"], row["productCode"], row["amountChange"], row["actualAmount"]) for row in rows]

    everything = [
        (1, "SHP-0042", "-3.000", "97.000"),
        (2, "0035", "-93.000", "7.000"),
        (3, "43/BIL", None, None),
    ]
    assert movements() == everything
    assert movements(lastId=1) == everything[1:]
    assert movements(orderCode=code) == everything[:1]
    assert movements(changeTimeFrom="2026-09-01T10:00:30+0200") == everything[1:]
    assert movements(stock=2) == []
    (row,) = merchant.data("/api/stocks/1/movements", lastId=2, include="productGuid,sumAmount")["movements"]
    assert (row["productGuid"], row["sumAmount"]) == (shop.variants["43/BIL"].product, None)
    last = merchant.data("/api/stocks/1/movements/last")
    assert last == {"lastId": 3, "lastChangeTime": "2026-09-01T10:01:00+0200"}
    assert merchant.data("/api/stocks/2/movements/last")["lastId"] == 0
    assert merchant.get("/api/stocks/9/movements/last").status == 404


@pytest.mark.parametrize(("switch", "status"), [(False, "completed"), (True, "expired")])
def test_the_end_of_a_job(world, switch, status):
    merchant = world(job_expires=switch)
    register(merchant, "job:finished")
    number = merchant.get("/api/products/snapshot").json()["data"]["jobId"]
    merchant.sandbox.clock.advance(timedelta(hours=25))
    assert merchant.data(f"/api/system/jobs/{number}")["job"]["status"] == status
    merchant.sandbox.clock.advance(timedelta(days=30))
    assert merchant.get(f"/api/system/jobs/{number}").status == 404


def test_feeds_spell_visibilities_in_their_own_way(shop):
    variant = shop.variants["0035"]
    shop.change_product(variant.product, visibility="detail-only")
    text = shop.answer(_call(shop.feed("products.csv")), "/export/products.csv").body
    assert b'"detailOnly"' in text
    shop.variants["0036"] = evolve(variant, code="0036", variant_name="Barva: bílá")
    shop.variants["0035"].variant_name = "Barva: žlutá"
    del shop.prices[1]["0035"]
    text = shop.answer(_call(shop.feed("products.csv")), "/export/products.csv").body.decode("windows-1250")
    assert '"0035";"0035";' in text


def _call(url):
    from kaufland_shoptet.sandbox import Call

    return Call(method="GET", url=url)
