"""Hostile input, end to end: what is wrong with one item is told, the rest goes on, and nothing is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args, get_type_hints

import attrs
import pytest
from attrs import evolve

from kaufland_shoptet import Sandbox, Settings, SqliteLedger
from kaufland_shoptet.errors import FeedError
from kaufland_shoptet.kaufland.resources import common, orders
from kaufland_shoptet.mapping.products import SafetyContact
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.settings import ProductSettings

GOOD = "8590000001036"
CONTACT = SafetyContact(
    name="Lumi s.r.o.", address="Lesní 1, 370 01 České Budějovice, CZ", email="a@b.example"
)
IMAGE = "<IMAGES><IMAGE>https://x.example/1.jpg</IMAGE></IMAGES>"


def nullable(model):
    """The fields of a model that may be null, by the vendor's own document."""
    hints = get_type_hints(model)
    return [each.name for each in attrs.fields(model) if type(None) in get_args(hints[each.name])]


def chosen(tmp_path, feed=None, **changes) -> Settings:
    products = ProductSettings(
        feed=feed,
        contact=CONTACT,
        manufacturer="Alva",
        fixed={"colour": ("bílá",)},
        required=["title", "description", "picture"],
    )
    demo = demo_settings()
    front = evolve(demo.storefronts["cz"], **({"products": products} | changes))
    return evolve(demo, storefronts={"cz": front}, folder=tmp_path)


# Orders: null everything that may be null.


@pytest.mark.parametrize("name", nullable(orders.OrderDetailsUnit))
def test_each_field_of_a_unit_may_be_null(name):
    """Hostile: null everything that may be null; the order comes in or is told, and the other one is imported."""
    sandbox = Sandbox.demo("three_pieces", "home_delivery")
    for piece in sandbox.kaufland.orders["MA1B2C3"].pieces:
        piece.verbatim = {**piece.verbatim, name: None}
    told(sandbox)


@pytest.mark.parametrize("name", nullable(orders.OrderDetails))
def test_each_field_of_an_order_may_be_null(name):
    """Hostile: null everything that may be null."""
    sandbox = Sandbox.demo("three_pieces", "home_delivery")
    order = sandbox.kaufland.orders["MA1B2C3"]
    order.verbatim = {**order.verbatim, name: None}
    told(sandbox)


@pytest.mark.parametrize("name", nullable(common.Address))
def test_each_field_of_an_address_may_be_null(name):
    """Hostile: null everything that may be null."""
    sandbox = Sandbox.demo("three_pieces", "home_delivery")
    order = sandbox.kaufland.orders["MA1B2C3"]
    order.billing, order.shipping = {**order.billing, name: None}, {**order.shipping, name: None}
    told(sandbox)


def test_everything_may_be_null_at_once():
    """Hostile: null everything that may be null, at once."""
    sandbox = Sandbox.demo("three_pieces", "home_delivery")
    order = sandbox.kaufland.orders["MA1B2C3"]
    order.verbatim = dict.fromkeys(nullable(orders.OrderDetails))
    for piece in order.pieces:
        piece.verbatim = dict.fromkeys(nullable(orders.OrderDetailsUnit))
    told(sandbox)


@pytest.mark.parametrize("amount", [10**16, 10**19, -(10**18)])
@pytest.mark.parametrize("name", ["price", "shipping_rate"])
def test_an_order_that_nobody_pays_is_skipped_and_the_other_one_imported(tmp_path, name, amount):
    """Hostile: amounts that no ledger and no shop holds."""
    sandbox = Sandbox.demo("three_pieces", "home_delivery")
    setattr(sandbox.kaufland.orders["MA1B2C3"].pieces[0], name, amount)
    settings = evolve(demo_settings(), storefronts={"cz": demo_settings().storefronts["cz"]})
    bridge = sandbox.bridge(settings, SqliteLedger(tmp_path / "shop.sqlite"))
    report = bridge.sync(flows=["orders"])
    (run,) = report.flows
    (skip,) = run.plan.skips
    assert (skip.subject, skip.again) == ("MA1B2C3", True)
    assert skip.reason.startswith(f"{name}: ")
    assert str(abs(amount)) not in str(report)
    assert [entry.id_order for entry in bridge.ledger.orders() if entry.state == "imported"] == ["MHM2D10"]


def told(sandbox: Sandbox) -> None:
    """One order is odd: it is planned or skipped with a reason and seen again; the other one is imported."""
    bridge = sandbox.bridge(evolve(demo_settings(), storefronts={"cz": demo_settings().storefronts["cz"]}))
    plan = bridge.orders.plan()
    planned = {change.subject for change in plan.changes}
    skipped = {skip.subject for skip in plan.skips if skip.reason and skip.again}
    assert planned | skipped == {"MA1B2C3", "MHM2D10"}
    assert "MHM2D10" in planned
    report = bridge.apply(plan)
    assert {outcome.subject: outcome.good for outcome in report.outcomes}["MHM2D10"]
    for outcome in report.outcomes:
        assert outcome.good or outcome.detail
    # Whatever did not come in is seen by the next run, however late it is.
    sandbox.clock.advance(86_400)
    there = {entry.id_order for entry in bridge.ledger.orders() if entry.state == "imported"}
    again = bridge.orders.plan()
    seen = {each.subject for each in (*again.changes, *again.skips)}
    assert there | seen == {"MA1B2C3", "MHM2D10"}


# Products: feeds of any kind.


def feed(*items: str) -> str:
    return f"<SHOP>{''.join(f'<SHOPITEM>{each}</SHOPITEM>' for each in items)}</SHOP>"


def item(
    code: str, ean: str | None = GOOD, name: str = "Lampa", text: str = "Svítí", more: str = IMAGE
) -> str:
    given = "" if ean is None else f"<EAN>{ean}</EAN>"
    return f"<CODE>{code}</CODE>{given}<NAME>{name}</NAME><DESCRIPTION>{text}</DESCRIPTION>{more}"


def test_a_feed_with_everything_that_can_be_wrong(tmp_path):
    """Hostile: malformed items, EANs with wrong digits, scripts, prices of zero, negative stock, nulls."""
    nasty = "&lt;p&gt;x&lt;/p&gt;&lt;script&gt;steal()&lt;/script&gt;&lt;a href='javascript:y'&gt;z&lt;/a&gt;"
    items = [
        item("OK-1"),
        item("DIGIT", "8590000001037"),
        item("SHORT", "859"),
        item("OWN", "2001234567893"),
        item("NONE", None),
        item("EMPTY", "", "", "", ""),
        "",
        item("SCRIPT", "8590000001043", text=nasty),
        item("ZERO", "8590000001050", more=f"<PRICE_VAT>0</PRICE_VAT>{IMAGE}"),
        item("NEGATIVE", "8590000001067", more=f"<STOCK><AMOUNT>-5</AMOUNT></STOCK>{IMAGE}"),
        item("WORDS", "8590000001074", more=f"<PRICE_VAT>a lot</PRICE_VAT>{IMAGE}"),
        item("BROKEN", "8590000001081", more="<IMAGES><IMAGE></IMAGES>"),
        item("OK-2", "8590000001098"),
    ]
    (tmp_path / "feed.xml").write_text(feed(*items), encoding="utf-8")
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(chosen(tmp_path, "feed.xml", import_orders=False, sync_products=True))
    plan = bridge.products.plan()
    planned = {change.subject: change for change in plan.changes}
    assert planned.keys() >= {"OK-1", "SCRIPT", "ZERO", "NEGATIVE", "OK-2"}
    (text,) = planned["SCRIPT"].attributes["description"]
    assert "script" not in text
    reasons = {skip.subject: skip.reason for skip in plan.skips}
    assert "the last digit of 8590000001037 does not fit" in reasons["DIGIT"]
    assert '"859" is not an EAN' in reasons["SHORT"]
    assert "number for use within one shop" in reasons["OWN"]
    assert "the variant has none" in reasons["NONE"]
    codes = {"OK-1", "DIGIT", "SHORT", "OWN", "NONE", "EMPTY", "SCRIPT", "ZERO", "NEGATIVE", "WORDS", "OK-2"}
    assert planned.keys() | reasons.keys() >= codes, "nothing is lost without a word"
    assert bridge.apply(plan).good


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><SHOP><SHOPITEM><CODE>&c;</CODE></SHOPITEM></SHOP>'
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "<html><body>404</body></html>",
        "",
        "<SHOP><SHOPITEM>",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><SHOP/>',
    ],
)
def test_a_feed_that_must_not_be_read_stops_its_own_flow_only(tmp_path, text):
    """Hostile: XML bombs and what is no feed; orders are imported all the same."""
    (tmp_path / "feed.xml").write_text(text, encoding="utf-8")
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge(chosen(tmp_path, "feed.xml", sync_products=True))
    report = bridge.sync()
    orders_, products = report.flows
    assert orders_.good
    assert orders_.report.outcomes
    assert isinstance(products.error, FeedError)
    assert products.plan is None


# Offers.


def test_odd_prices_and_stock_cost_their_own_offer(tmp_path):
    """Hostile: prices of zero, null or absurd, negative and absurd stock."""
    sandbox = Sandbox.demo("three_pieces")
    shop = sandbox.shoptet
    codes = list(shop.variants)
    shop.set_stock(codes[0], Decimal(-(10**9)))
    shop.set_stock(codes[1], Decimal("1E+20"))
    shop.set_stock(codes[2], Decimal(7))
    for code, price in zip(codes[3:6], (Decimal(0), None, Decimal("1E+15")), strict=True):
        shop.prices[1][code].price = price
    settings = chosen(tmp_path, import_orders=False, sync_offers=True, sync_prices=True)
    bridge = sandbox.bridge(settings)
    plan = bridge.offers.plan()
    amounts = {change.subject: change.amount for change in plan.changes}
    assert amounts[codes[0]][1] == 0
    assert amounts[codes[2]][1] == 7
    told_ = {skip.subject for skip in plan.skips}
    assert told_ >= set(codes[3:6])
    assert bridge.apply(plan).good
    assert not bridge.offers.plan()
