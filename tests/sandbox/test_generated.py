"""Shops by chance: they look like shops, and the same seed gives the same one."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from kaufland_shoptet.sandbox import Sandbox, Switches
from kaufland_shoptet.sandbox.kaufland.offers import ean_is_valid as is_gs1
from kaufland_shoptet.sandbox.kaufland.tables import STATUSES


@pytest.fixture(scope="module")
def generated() -> Sandbox:
    """Nobody writes to this one."""
    return Sandbox.generated(2000, 600, seed=3)


def state(sandbox):
    """Everything that a seed decides."""
    shop, market = sandbox.shoptet, sandbox.kaufland
    return (
        [(v.code, v.ean, v.stock, v.product) for v in shop.variants.values()],
        [shop.pages.read(variants[0].product) for variants in shop.variants.by_product()],
        [
            (o.id, o.storefront, o.id_offer, o.amount, o.facts["listing_price"])
            for o in market.offers.values()
        ],
        [(o.id, o.created, [(p.status, p.price) for p in o.pieces]) for o in market.orders.values()],
        [order.row for order in shop.orders.values()],
    )


def test_the_same_seed_gives_the_same_shop():
    first, second, other = (Sandbox.generated(60, 30, seed=seed) for seed in (5, 5, 6))
    assert state(first) == state(second) == state(first.again())
    assert all(ours != theirs for ours, theirs in zip(state(first), state(other), strict=True))


def test_products_have_variants(generated):
    products = list(generated.shoptet.variants.by_product())
    assert len(products) == 2000
    assert {len(variants) for variants in products} == {1, 2, 3, 4, 5, 6}
    single = [variants[0] for variants in products if len(variants) == 1]
    assert all(variant.variant_name is None for variant in single)
    assert {name for variants in products for v in variants if (name := v.variant_name)} >= {
        "Barva: černá",
        "Velikost: 50 x 100 cm",
    }
    assert any("/" in code for code in generated.shoptet.variants)


def test_eans_are_right_but_for_a_few(generated):
    eans = [variant.ean for variant in generated.shoptet.variants.values()]
    known = [ean for ean in eans if ean is not None]
    good = [ean for ean in known if is_gs1(ean)]
    assert 0.005 < eans.count(None) / len(eans) < 0.04
    assert 0.003 < 1 - len(good) / len(known) < 0.02
    assert len(set(good)) == len(good)
    assert {len(ean) for ean in known} == {13}


def test_stock_has_its_oddities(generated):
    stocks = [variant.stock for variant in generated.shoptet.variants.values()]
    counted = [stock for stock in stocks if stock is not None]
    assert None in stocks
    assert min(counted) < 0
    assert counted.count(Decimal(0)) > 100
    assert any(stock != int(stock) for stock in counted)


def test_prices_have_actions_some_of_them_over(generated):
    today = generated.clock.now().date()
    prices = generated.shoptet.prices[1].values()
    actions = [price.action for price in prices if price.action is not None]
    assert any(ends is not None and ends < today for _, _, ends in actions)
    assert any(ends is not None and ends >= today for _, _, ends in actions)
    assert any(ends is None for _, _, ends in actions)
    assert {str(price.vat_rate) for price in prices} == {"21.00", "12.00"}
    assert {str(price.ratio) for price in prices} == {"1.000", "0.900"}


def test_pages_are_written_when_somebody_asks(generated):
    shop = generated.shoptet
    assert len(shop.pages) == 0
    pages = [shop.pages.read(variants[0].product) for variants in shop.variants.by_product()]
    assert len(shop.pages) == 0
    assert Counter(page["visibility"] for page in pages)["visible"] > 1700
    assert len({page["visibility"] for page in pages}) == 7
    assert {page["type"] for page in pages} == {"product", "bazar", "service", "gift-certificate"}
    assert {len(page["images"]) for page in pages} == {0, 1, 2, 4}
    assert len({page["defaultCategory"]["name"] for page in pages}) == 8


def test_a_page_that_is_changed_stays_so():
    shop = Sandbox.generated(3, 0).shoptet
    guid = next(shop.variants.by_product())[0].product
    shop.pages[guid]["visibility"] = "hidden"
    assert shop.pages.read(guid)["visibility"] == "hidden"
    with pytest.raises(KeyError):
        shop.pages["nothing"]


def test_brands_tell_who_answers_for_safety_or_do_not(generated):
    brands = generated.shoptet.brands
    assert len(brands) == 55
    for key in ("postalAddress", "contactEmail", "europeanResellerPostalAddress"):
        assert {row[key] is None for row in brands} == {True, False}
    named = {variant.brand for variant in generated.shoptet.variants.values()}
    assert named <= {row["name"] for row in brands}


def test_offers_are_spread_over_storefronts(generated):
    market = generated.kaufland
    assert {offer.storefront for offer in market.offers.values()} == {"cz", "sk", "de", "pl", "at"}
    linked = Counter(offer.id_offer for offer in market.offers.values())
    assert set(linked.values()) == {1, 2, 3, 5}
    assert len(linked) < len(generated.shoptet.variants)
    assert {offer.status for offer in market.offers.values()} == {"AVAILABLE", "ONHOLD", "INCOMPLETE"}
    for offer in market.offers.values():
        assert is_gs1(offer.ean)
        assert offer.amount == next(iter(market.named(offer.id_offer))).amount
        assert offer.facts["listing_price"] > 0


def test_orders_are_in_all_statuses(generated):
    market, now = generated.kaufland, generated.clock.now()
    pieces = list(market.pieces.values())
    assert len(market.orders) == 600
    assert {piece.status for piece in pieces} == set(STATUSES)
    assert {order.storefront for order in market.orders.values()} == {"cz", "sk", "de", "pl", "at"}
    assert all(timedelta(0) < now - order.created < timedelta(days=61) for order in market.orders.values())
    assert all(order.created < order.updated <= now for order in market.orders.values() if order.released)
    for piece in pieces:
        assert (piece.cancel_reason is not None) is (piece.status == "cancelled")
        assert (piece.received is not None) is (piece.status in ("received", "returned", "returned_paid"))
        assert market.named(piece.facts["id_offer"])
    returned = {unit.order_unit for unit in market.return_units.values()}
    assert returned == {piece.id for piece in pieces if piece.status.startswith("returned")}
    assert len(market.shipments) == sum(market.has_left(piece) for piece in pieces)
    assert len(generated.shoptet.orders) == 150


def test_open_orders_go_on_living():
    sandbox = Sandbox.generated(20, 300)
    waiting = [piece for piece in sandbox.kaufland.pieces.values() if piece.status == "open"]
    assert waiting
    sandbox.clock.advance(timedelta(minutes=15))
    assert {piece.status for piece in waiting} == {"need_to_be_sent"}


def test_nobody_orders_from_a_shop_without_products():
    sandbox = Sandbox.generated(0, 10, switches=Switches(shape="2.27"))
    assert (len(sandbox.kaufland.orders), len(sandbox.shoptet.orders)) == (0, 0)
    assert sandbox.switches.shape == "2.27"


def test_the_clients_read_all_of_it():
    """What the two APIs tell of a shop by chance is what the models take."""
    sandbox = Sandbox.generated(150, 60, seed=9)
    kaufland, shoptet = sandbox.kaufland_client(), sandbox.shoptet_client()
    listed = [
        unit for front in ("cz", "sk", "de", "pl", "at") for unit in kaufland.units.list(storefront=front)
    ]
    assert len(listed) == len(sandbox.kaufland.offers)
    assert len(list(kaufland.order_units.list())) == len(sandbox.kaufland.pieces)
    assert len(list(kaufland.return_units.list())) == len(sandbox.kaufland.return_units)
    products = list(shoptet.products.list())
    assert len(products) == 150
    details = [shoptet.products.get(row.guid, include=["images", "allCategories"]) for row in products[:40]]
    assert sum(len(each.variants) for each in details) >= 40
    assert len(list(shoptet.orders.list())) == 15


def test_a_bridge_works_on_it():
    sandbox = Sandbox.generated(80, 40, seed=2)
    bridge = sandbox.bridge()
    report = bridge.apply(bridge.orders.plan())
    waiting = {piece.order for piece in sandbox.kaufland.pieces.values() if piece.status == "need_to_be_sent"}
    codes = {order.row["externalCode"] for order in sandbox.shoptet.orders.values()}
    done = {outcome.subject for outcome in report.outcomes if outcome.result == "done"}
    assert waiting
    assert done == waiting & codes
    assert {outcome.result for outcome in report.outcomes} <= {"done", "refused"}


def test_a_snapshot_of_it_is_one_row_for_each_product(merchant_of):
    sandbox = Sandbox.generated(300, 0)
    merchant = merchant_of(sandbox)
    hook = [{"event": "job:finished", "url": "https://x.example/"}]
    merchant("POST", "/api/webhooks", {"data": hook})
    number = merchant.get("/api/products/snapshot", include="images").json()["data"]["jobId"]
    sandbox.clock.advance(60)
    lines = gzip.decompress(sandbox.shoptet.jobs[number].file).splitlines()
    assert len(lines) == 300
    assert {row["guid"] for row in map(json.loads, lines)} == {
        variants[0].product for variants in sandbox.shoptet.variants.by_product()
    }
