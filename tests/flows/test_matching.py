"""Pieces without an offer code of the shop are matched by EAN; where that fails, it is told."""

from __future__ import annotations

import pytest
from attrs import evolve

from kaufland_shoptet import MemoryLedger, Plan, Sandbox, Settings
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.sdk import demo_settings

ORDER = "MNO1F15"
"""One PHONE-12 without an offer code; its EANs come with and without the leading zero."""


def chosen(folder=None, feed=None, **changes: object) -> Settings:
    demo = demo_settings()
    front = evolve(demo.storefronts["cz"], **({"match_eans": True} | changes))
    if feed is not None:
        front = evolve(front, products=evolve(front.products, feed=feed))
    return evolve(demo, storefronts={"cz": front}, folder=folder)


def world(*facts: str, **changes: object):
    sandbox = Sandbox.demo(*(facts or ("no_offer",)))
    return sandbox, sandbox.bridge(chosen(**changes))


def asked(sandbox: Sandbox, path: str = "/api/products/") -> int:
    """How many products were read one by one."""
    return sum(entry.path.startswith(path) for entry in sandbox.log)


@pytest.mark.parametrize("ean", ["0194252013212", "194252013212", " 00194252013212"])
def test_a_piece_without_an_offer_code_is_matched_by_ean(ean):
    """Issue 4: all EANs, with and without the leading zero, whichever way the shop writes it."""
    sandbox, bridge = world()
    sandbox.shoptet.variants["PHONE-12"].ean = ean
    plan = bridge.orders.plan()
    (change,) = plan.changes
    assert change.lines == ("1 x PHONE-12",)
    assert any("matched to PHONE-12 by EAN" in each for each in change.notes)
    again = Plan.from_json(plan.to_json())
    assert again == plan
    assert bridge.apply(again).good
    (order,) = sandbox.shoptet.orders.values()
    assert order.row["items"][0]["code"] == "PHONE-12"


@pytest.mark.parametrize("match", [True, False])
def test_a_blank_offer_code_is_none(match):
    sandbox, bridge = world(match_eans=match)
    for piece in sandbox.kaufland.orders[ORDER].pieces:
        piece.verbatim = {**piece.verbatim, "id_offer": " "}
    (change,) = bridge.orders.plan().changes
    assert change.lines == ("1 x PHONE-12",) if match else change.lines[0].endswith("Telefon mini 64 GB")
    assert change.unknown == ()
    assert bridge.apply(bridge.orders.plan()).good


def test_an_offer_code_that_the_shop_does_not_have_is_matched_by_ean():
    sandbox, bridge = world("three_pieces", "two_vat_rates")
    variant = sandbox.shoptet.variants.pop("SHP-0042")
    sandbox.shoptet.variants["NEW-42"] = evolve(variant, code="NEW-42")
    change = next(each for each in bridge.orders.plan().changes if each.subject == "MA1B2C3")
    assert change.lines == ("3 x NEW-42",)
    assert change.unknown == ("SHP-0042",)
    assert any("the shop has no SHP-0042, matched to NEW-42 by EAN" in note for note in change.notes)
    assert bridge.apply(bridge.orders.plan()).good


def test_an_ean_of_several_variants_is_told_and_none_is_taken():
    sandbox, bridge = world()
    sandbox.shoptet.variants["SHP-0042"].ean = "194252013212"
    (change,) = bridge.orders.plan().changes
    assert change.lines[0].endswith("Telefon mini 64 GB")
    (note,) = (each for each in change.notes if "EAN" in each)
    assert "no offer code, and its EAN is that of" in note
    assert "PHONE-12" in note
    assert "SHP-0042" in note
    assert bridge.apply(bridge.orders.plan()).good


@pytest.mark.parametrize("match", [False, True])
def test_what_is_not_found_becomes_a_line_of_text_or_refuses_the_order(match):
    """Issue 4: the policy is a setting; a refused order is looked at again by every run."""
    sandbox, bridge = world(match_eans=match, unmatched="refuse")
    sandbox.shoptet.variants["PHONE-12"].ean = None
    plan = bridge.orders.plan()
    assert not plan
    (skip,) = plan.skips
    assert skip.again
    assert skip.reason.startswith("id_offer: unit ")
    assert "no offer code, so that the article is not known" in skip.reason
    assert bridge.apply(plan).good
    sandbox.clock.advance(90_000)
    if match:
        sandbox.shoptet.variants["PHONE-12"].ean = "0194252013212"
        assert [each.lines for each in bridge.orders.plan().changes] == [("1 x PHONE-12",)]
    text = sandbox.bridge(chosen(match_eans=match), bridge.ledger)
    assert text.apply(text.orders.plan()).good
    assert len(sandbox.shoptet.orders) == 1


def test_the_catalogue_is_walked_once_a_day_or_by_a_full_plan():
    sandbox, bridge = world()
    bridge.orders.plan()
    first = asked(sandbox)
    assert first == len({variant.product for variant in sandbox.shoptet.variants.values()})
    bridge.orders.plan()
    assert asked(sandbox) == first
    bridge.orders.plan(full=True)
    assert asked(sandbox) == 2 * first
    sandbox.clock.advance(86_401)
    bridge.orders.plan()
    assert asked(sandbox) == 3 * first


def test_orders_that_name_their_offers_need_no_walk():
    sandbox, bridge = world("three_pieces")
    assert bridge.orders.plan().changes
    assert asked(sandbox) == 1, "the one article of the order"


def test_the_caller_may_give_the_codes():
    sandbox, bridge = world(match_eans=False)
    plan = bridge.orders.plan(codes={"194252013212": "PHONE-12"})
    assert plan.changes[0].lines == ("1 x PHONE-12",)
    assert asked(sandbox) == 0
    assert bridge.apply(plan).good


def test_the_eans_of_a_feed(tmp_path):
    feed = tmp_path / "products.xml"
    feed.write_text(
        "<SHOP><SHOPITEM><NAME>Phone</NAME><CODE>PHONE-12</CODE><EAN>0194252013212</EAN></SHOPITEM>"
        "<SHOPITEM><NAME>Other</NAME><CODE>OTHER</CODE><EAN>4010355051486</EAN></SHOPITEM>"
        "<SHOPITEM><NAME>Without</NAME></SHOPITEM></SHOP>"
    )
    sandbox = Sandbox.demo("no_offer")
    bridge = sandbox.bridge(chosen(tmp_path, "products.xml"))
    assert bridge.orders.plan().changes[0].lines == ("1 x PHONE-12",)
    assert asked(sandbox) == 0
    missing = sandbox.bridge(chosen(tmp_path, "missing.xml"))
    (skip,) = missing.orders.plan().skips
    assert skip.again
    assert skip.reason.startswith("storefront.cz.products.feed")


def test_trouble_with_the_catalogue_keeps_back_only_what_needs_it():
    sandbox, bridge = world("no_offer", "home_delivery")
    sandbox.faults.add(Fault(kind="500", api="shoptet", method="GET", path="/api/products*", times=99))
    plan = bridge.orders.plan()
    assert [change.subject for change in plan.changes] == ["MHM2D10"]
    (skip,) = plan.skips
    assert (skip.subject, skip.again) == (ORDER, True)
    assert bridge.apply(plan).good
    sandbox.faults.clear()
    sandbox.clock.advance(86_400)
    assert [change.subject for change in bridge.orders.plan().changes] == [ORDER]


def test_a_product_that_is_gone_between_list_and_detail_is_not_missed():
    sandbox, bridge = world()
    sandbox.faults.before(
        lambda: sandbox.shoptet.variants.pop("DS53437473"),
        Fault(kind="before", api="shoptet", path="/api/products/*"),
    )
    assert bridge.orders.plan().changes[0].lines == ("1 x PHONE-12",)


def test_one_product_that_cannot_be_read_spoils_the_index():
    """Half an index would call an EAN unknown, or one of two variants the only one."""
    sandbox, bridge = world()
    sandbox.faults.add(Fault(kind="500", api="shoptet", path="/api/products/*", nth=3, times=200))
    (skip,) = bridge.orders.plan().skips
    assert skip.again
    assert bridge.ledger.action("eans", "catalogue") is None


def test_codes_that_shoptet_cannot_have_are_not_asked_for():
    sandbox, bridge = world("three_pieces")
    for piece in sandbox.kaufland.orders["MA1B2C3"].pieces:
        piece.facts["id_offer"] = "ŽLUTÝ,KŮŇ"
    (change,) = bridge.orders.plan().changes
    assert change.lines == ("3 x SHP-0042",)
    assert sum(entry.path == "/api/products" for entry in sandbox.log) == 1, "the catalogue, no codes"


def test_a_plan_with_matches_applies_with_another_ledger():
    sandbox, bridge = world()
    plan = Plan.from_json(bridge.orders.plan().to_json())
    other = sandbox.bridge(chosen(), MemoryLedger())
    assert other.apply(plan).good
