"""The sandbox as a whole: hosts, log, credentials, facts, generated data."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from kaufland_shoptet.sandbox import START, Call, Clock, Sandbox, Switches, data


def test_hosts_and_prefixes_lead_to_the_apis(sandbox, seller, merchant):
    assert seller.get("/status/ping").status == 200
    local = "http://127.0.0.1:8000/kaufland/v2"
    assert seller("GET", "/status/ping", base=local).status == 200
    assert seller("GET", "/status/ping", base="https://sellerapi-playground.kaufland.com/v2").status == 200
    assert merchant.get("/api/orders").status == 200
    assert merchant("GET", "/api/orders", base="http://127.0.0.1:8000/shoptet").status == 200
    assert sandbox.handle(Call(method="GET", url="https://example.com/x")).status == 404
    assert [entry[:3] for entry in sandbox.log] == [
        ("kaufland", "GET", "/status/ping"),
        ("kaufland", "GET", "/status/ping"),
        ("kaufland", "GET", "/status/ping"),
        ("shoptet", "GET", "/api/orders"),
        ("shoptet", "GET", "/api/orders"),
        ("", "GET", "/x"),
    ]
    assert sandbox.counts()["kaufland", "GET", "/status/ping"] == 3


def test_the_same_seed_gives_the_same_sandbox():
    first, second, third = Sandbox.demo(), Sandbox.demo(), Sandbox.demo(seed=1)
    assert (first.secret_key, first.private_token) == (second.secret_key, second.private_token)
    assert first.shoptet.variants["0035"].product == second.shoptet.variants["0035"].product
    assert (first.secret_key, first.private_token) != (third.secret_key, third.private_token)


def test_credentials_have_real_shapes(sandbox):
    assert (len(sandbox.client_key), len(sandbox.secret_key), len(sandbox.partner_key)) == (32, 64, 32)
    assert 38 <= len(sandbox.private_token) <= 60
    assert (len(sandbox.installation_code), len(sandbox.oauth_token)) == (255, 255)
    assert sandbox.add_on.client_secret not in repr(sandbox.add_on)


def test_an_empty_sandbox_is_furnished():
    sandbox = Sandbox(Clock(), switches=Switches())
    assert (len(sandbox.kaufland.orders), len(sandbox.shoptet.variants)) == (0, 0)
    assert sandbox.kaufland.shipping_groups
    assert sandbox.shoptet.currency_row("EUR")


def test_a_demo_holds_the_facts_that_are_named():
    assert list(Sandbox.demo("open", "voucher").kaufland.orders) == ["MOP8N05", "MVC5K12"]
    assert len(Sandbox.demo(*data.TYPICAL).kaufland.orders) == len(data.TYPICAL)
    with pytest.raises(KeyError):
        Sandbox.demo("no such fact")


def test_the_facts_fit_any_time():
    early = Sandbox.demo(clock=Clock(START - timedelta(days=365))).kaufland
    assert all(order.created < early.clock.now() for order in early.orders.values())


def test_facts_have_unique_opaque_ids(sandbox):
    orders = sandbox.kaufland.orders.values()
    assert all(len(order.id) == 7 and order.id.startswith("M") for order in orders)
    numbers = [piece.id for order in orders for piece in order.pieces]
    assert len(set(numbers)) == len(numbers)
    assert {len(str(number)) for number in numbers} == {15}
    assert numbers[0] == 314568015200001


def test_every_offer_of_the_facts_is_in_the_shop(sandbox):
    codes = {piece.facts["id_offer"] for piece in sandbox.kaufland.pieces.values()} - {None}
    assert codes <= set(sandbox.shoptet.variants)


def test_generated_orders_are_realistic_and_repeat_themselves():
    def run(seed):
        sandbox = Sandbox()
        goods = data.articles(20)
        data.fill_catalogue(sandbox.kaufland, sandbox.shoptet, goods)
        codes = [article.code for article in goods]
        return sandbox, data.populate(sandbox.kaufland, codes, 300, seed)

    sandbox, orders = run(1)
    assert (
        [order.id for order in orders]
        == [order.id for order in run(1)[1]]
        != [order.id for order in run(2)[1]]
    )
    assert len(orders) == len(sandbox.kaufland.orders) == 300
    assert {order.storefront for order in orders} == {"cz", "sk", "de", "pl", "at"}
    now = sandbox.clock.now()
    assert all(timedelta(0) < now - order.created < timedelta(days=31) for order in orders)
    pieces = [piece for order in orders for piece in order.pieces]
    assert 300 < len(pieces) < 700
    assert {piece.status for piece in pieces} == {"need_to_be_sent", "cancelled"}
    assert any(order.pickup for order in orders)
    assert any(piece.discounts for piece in pieces)
    assert any(order.shipping["country"] == "AT" and order.storefront == "de" for order in orders)
    assert all(order.total > 0 for order in orders)


def test_ids_that_exist_are_not_made_twice(sandbox):
    codes = list(sandbox.shoptet.variants)
    made = data.populate(sandbox.kaufland, codes, 3) + data.populate(sandbox.kaufland, codes, 3)
    assert len({order.id for order in made}) == 6
    numbers = [piece.id for order in made for piece in order.pieces]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) > 314568015200001


@pytest.mark.parametrize(
    ("total", "vat", "kept"), [(23_000, "19", (20_010, 16_338)), (10_000, None, (8_700, 8_700))]
)
def test_the_commission(total, vat, kept):
    assert data.revenue(total, vat) == kept


@pytest.mark.parametrize(
    ("ordered", "days", "latest"),
    [
        ("2026-08-31T09:00:00+00:00", 12, "2026-09-16T21:59:59+00:00"),
        ("2026-12-04T09:00:00+00:00", 1, "2026-12-07T22:59:59+00:00"),
        ("2026-10-23T09:00:00+00:00", 1, "2026-10-26T22:59:59+00:00"),
        ("2026-08-31T22:30:00+00:00", 0, "2026-09-01T21:59:59+00:00"),
    ],
)
def test_the_latest_delivery_is_the_end_of_a_day_in_berlin(ordered, days, latest):
    from datetime import datetime

    assert data.latest_delivery(datetime.fromisoformat(ordered), days).isoformat() == latest


def test_several_threads_may_call(sandbox, seller):
    def work():
        for _ in range(10):
            seller.get("/status/ping")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.counts()["kaufland", "GET", "/status/ping"] == 80
