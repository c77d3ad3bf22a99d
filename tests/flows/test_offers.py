"""Prices and stock follow the shop: differences only, each row's answer read, new offers once each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from kaufland_shoptet import MemoryLedger, Plan, Sandbox, Settings
from kaufland_shoptet.errors import ApiError, PlanError, SettingsError, UnexpectedAnswer
from kaufland_shoptet.flows.changes import CreateOffer, UpdateOffer
from kaufland_shoptet.flows.goods import PAUSES
from kaufland_shoptet.flows.offers import Offers
from kaufland_shoptet.flows.shop import Shop
from kaufland_shoptet.sandbox import Fault, Switches
from kaufland_shoptet.sandbox.data import articles as more_articles
from kaufland_shoptet.sandbox.data import ean13, fill_catalogue
from kaufland_shoptet.sandbox.kaufland.offers import offer
from kaufland_shoptet.sandbox.kaufland.tables import BY_KAUFLAND
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.sandbox.shoptet.shop import Price
from kaufland_shoptet.settings import OfferSettings, PriceSettings, StockSettings, StorefrontSettings

EUR = PriceSettings(coefficient=Decimal("0.0398"))
NEW = OfferSettings(create=True, handling_time=1, shipping_group=195844, warehouse=51234)
PLN = PriceSettings(coefficient=Decimal("0.17"))


def front(**changes) -> StorefrontSettings:
    return StorefrontSettings(**{"sync_offers": True, "sync_prices": True, **changes})


def settings(**fronts) -> Settings:
    return evolve(demo_settings(), storefronts=fronts)


def three() -> Settings:
    return settings(cz=front(), sk=front(prices=EUR), de=front(prices=EUR))


def stock_only(**stock) -> Settings:
    return settings(cz=front(sync_prices=False, stock=StockSettings(**stock)))


def quiet(*facts, **switches) -> Sandbox:
    """A sandbox without orders, unless they are named."""
    sandbox = Sandbox.demo("three_pieces", switches=Switches(**switches))
    if not facts:
        for unit in sandbox.kaufland.orders["MA1B2C3"].pieces:
            unit.status = "received"
    return sandbox


def unit(sandbox, code="SHP-0042", storefront="cz"):
    rows = sandbox.kaufland.offers.values()
    return next(row for row in rows if (row.id_offer, row.storefront) == (code, storefront))


def lone(**switches) -> Sandbox:
    """A sandbox in which one variant has pieces to sell."""
    sandbox = quiet(**switches)
    for code in sandbox.shoptet.variants.keys() - {"0035"}:
        sandbox.shoptet.set_stock(code, Decimal(0))
    return sandbox


def writes(sandbox) -> list[str]:
    return [f"{entry.method} {entry.path}" for entry in sandbox.log if entry.method != "GET"]


def told(report) -> dict[str, str]:
    return {outcome.subject: outcome.result for outcome in report.outcomes}


def amounts(sandbox) -> set[tuple[str, int]]:
    return {(row.id_offer, row.amount) for row in sandbox.kaufland.offers.values()}


# Differences, and nothing but differences.


def test_r16_nothing_is_synchronised_unless_switched_on():
    """R16: off by default, and then nobody is asked."""
    sandbox = quiet()
    bridge = sandbox.bridge()
    plan = bridge.offers.plan()
    assert not plan
    assert bridge.apply(plan).good
    assert sandbox.log == []


def test_a_plan_writes_nothing_and_apply_writes_exactly_the_plan():
    sandbox = quiet()
    bridge = sandbox.bridge(three())
    sandbox.shoptet.set_stock("0035", Decimal("7.900"))
    plan = bridge.offers.plan()
    assert writes(sandbox) == []
    report = bridge.apply(plan)
    assert report.good
    assert [each.subject for each in report.outcomes] == [each.subject for each in plan.changes]
    assert writes(sandbox) == ["POST /units/bulk"] * 3
    assert unit(sandbox, "0035").amount == unit(sandbox, "0035", "de").amount == 7
    assert unit(sandbox, "SHP-0042", "sk").facts["listing_price"] == 1986


def test_r17_prices_are_converted_by_each_storefronts_coefficient():
    """R17: each storefront has a coefficient of its own."""
    sandbox = quiet()
    sk = evolve(EUR, coefficient=Decimal("0.04"), endings=(".90",))
    bridge = sandbox.bridge(settings(sk=front(prices=sk), de=front(prices=EUR)))
    bridge.apply(bridge.offers.plan())
    assert unit(sandbox, storefront="sk").facts["listing_price"] == 1990
    assert unit(sandbox, storefront="de").facts["listing_price"] == 1986
    assert unit(sandbox).facts["listing_price"] == 49_900, "another storefront is none of its business"


def test_r18_and_r19_another_coefficient_counts_from_the_next_plan_and_sends_what_changed():
    """R18: it can be changed at any time; R19: the next update applies it, and sends only what differs."""
    sandbox = quiet()
    ledger = MemoryLedger()
    bridge = sandbox.bridge(three(), ledger)
    assert bridge.apply(bridge.offers.plan()).good
    assert not bridge.offers.plan()
    dearer = settings(
        cz=front(), sk=front(prices=EUR), de=front(prices=evolve(EUR, coefficient=Decimal("0.041")))
    )
    bridge = sandbox.bridge(dearer, ledger)
    plan = bridge.offers.plan()
    assert {change.storefront for change in plan.changes} == {"de"}
    assert all(change.price and change.amount is None for change in plan.changes)
    assert bridge.apply(plan).good
    assert unit(sandbox, storefront="de").facts["listing_price"] == 2046
    assert not bridge.offers.plan()


def test_r20_different_currencies_without_a_coefficient_stop_the_plan():
    """R20: an error before anything is written, never one to one."""
    sandbox = quiet()
    with pytest.raises(SettingsError, match=r"storefront\.de\.prices\.coefficient.*CZK.*EUR"):
        sandbox.bridge(settings(de=front())).offers.plan()
    assert writes(sandbox) == []
    assert sandbox.bridge(settings(de=front(sync_prices=False))).offers.plan() is not None


def test_prices_in_another_currency_than_the_settings_say_are_left_alone():
    sandbox = quiet()
    sandbox.shoptet.prices[1]["0035"].currency = "EUR"
    sandbox.shoptet.prices[1]["0035"].price = Decimal(1)
    (skip,) = sandbox.bridge(settings(cz=front())).offers.plan().skips
    assert (skip.subject, skip.again) == ("0035", False)
    assert "the price is in EUR, the settings say CZK" in skip.reason


def test_a_plan_survives_json_and_applies_the_same():
    ends = []
    for through_json in (False, True):
        sandbox = quiet()
        bridge = sandbox.bridge(settings(de=front(prices=EUR), pl=front(prices=PLN, offers=NEW)))
        sandbox.shoptet.set_stock("0035", Decimal(3))
        plan = bridge.offers.plan()
        again = Plan.from_json(plan.to_json())
        assert again == plan
        report = bridge.apply(again if through_json else plan)
        ends.append((report, [(row.id, row.amount, row.facts) for row in sandbox.kaufland.offers.values()]))
    assert ends[0] == ends[1]


def test_applying_twice_is_applying_once():
    sandbox = quiet()
    bridge = sandbox.bridge(settings(cz=front(), pl=front(prices=PLN, offers=NEW)))
    sandbox.shoptet.set_stock("0035", Decimal(3))
    plan = bridge.offers.plan()
    first = bridge.apply(plan)
    state = [(row.id, row.amount, row.facts) for row in sandbox.kaufland.offers.values()]
    second = bridge.apply(plan)
    assert first.good
    assert second.good
    assert [(row.id, row.amount, row.facts) for row in sandbox.kaufland.offers.values()] == state
    assert {outcome.result for outcome in second.outcomes if outcome.storefront == "pl"} == {"already"}


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_same_flow_runs_under_an_event_loop(anyio_backend):
    chosen = settings(cz=front(), de=front(prices=EUR), pl=front(prices=PLN, offers=NEW))
    blocking, awaited = quiet("orders"), quiet("orders")
    first, bridge = blocking.bridge(chosen), awaited.async_bridge(chosen)
    expected_plan = first.offers.plan()
    expected = first.apply(expected_plan)
    plan = await bridge.offers.plan()
    assert evolve(plan, made=expected_plan.made, marks=()) == evolve(expected_plan, marks=())
    report = await bridge.apply(plan)
    assert told(report) == told(expected)
    assert awaited.counts() == blocking.counts()


def test_a_flow_can_be_stepped_through_without_any_client():
    steps = Offers.plan(Shop(three(), MemoryLedger())).__await__()
    assert repr(next(steps)) == "Now()"
    asked = steps.send(Sandbox().clock.now())
    assert [str(each) for each in asked.branches] == ["GET /api/eshop", "GET /api/stocks"]
    steps.close()


def test_a_printed_plan_says_what_and_why():
    sandbox = quiet()
    sandbox.shoptet.set_stock("0035", Decimal(3))
    chosen = front(
        prices=evolve(EUR, smart_pricing_floor=Decimal("0.9")), offers=OfferSettings(handling_time=2)
    )
    lines = str(sandbox.bridge(settings(cz=front(), de=chosen)).offers.plan()).splitlines()
    assert lines[0] == "Plan of 2026-09-01 08:00 for Demo shop: 9 to offer"
    assert lines[2].split(maxsplit=3)[3].split("  ")[0] == "100 to 3 pieces"
    assert lines[2].endswith("differs from the shop; shared with de")
    assert "753 to" not in lines[-1]
    assert "1 to 2 days" in lines[-1]
    assert "down to" in lines[-1]


# What the shop asks.


def test_special_prices_count_on_their_days_where_the_shop_is():
    """Part 3: action prices with their dates."""
    sandbox = quiet()
    sandbox.shoptet.prices[1]["0035"].action = (Decimal(150), date(2026, 9, 2), date(2026, 9, 2))
    bridge = sandbox.bridge(settings(cz=front(sync_offers=False)))
    assert not bridge.offers.plan()
    sandbox.clock.advance(timedelta(hours=14))  # 22:00 UTC: it is the second in Prague
    (change,) = bridge.offers.plan().changes
    assert change.price == (18_900, 15_000)
    assert bridge.apply(bridge.offers.plan()).good
    sandbox.clock.advance(timedelta(hours=24))
    (change,) = bridge.offers.plan().changes
    assert change.price == (15_000, 18_900)


def test_a_time_zone_that_nobody_knows_is_utc():
    sandbox = quiet()
    sandbox.shoptet.settings["timezone"] = "Nowhere/At all"
    sandbox.shoptet.prices[1]["0035"].action = (Decimal(150), date(2026, 9, 2), None)
    sandbox.clock.advance(timedelta(hours=15))
    assert not sandbox.bridge(settings(cz=front())).offers.plan()


def test_the_price_list_can_be_chosen():
    """Part 3: the chosen price list."""
    sandbox = quiet()
    sandbox.shoptet.prices[2] = {"0035": Price(price=Decimal("7.99"), currency="EUR", ratio=Decimal("0.500"))}
    chosen = PriceSettings(pricelist=2, source_currency="EUR")
    wide = evolve(chosen, max_run_change=Decimal(1))
    plan = sandbox.bridge(settings(de=front(prices=wide, sync_offers=False))).offers.plan()
    (change,) = plan.changes
    assert (change.subject, change.price) == ("0035", (753, 400))
    assert len(plan.skips) == 7
    assert all(skip.reason.endswith("is not in the price list") for skip in plan.skips)
    unpriced = sandbox.bridge(settings(de=front(prices=wide))).offers.plan().skips
    assert len(unpriced) == 7
    assert all("not in the price list" in skip.reason for skip in unpriced)


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"prices": PriceSettings(pricelist=9)}, "the shop has no price list 9"),
        ({"stock": StockSettings(stock_id=9)}, "the shop has no stock 9"),
    ],
)
def test_a_list_or_stock_the_shop_does_not_have(chosen, problem):
    with pytest.raises(SettingsError, match=problem):
        quiet().bridge(settings(cz=front(**chosen))).offers.plan()


def test_a_stock_can_be_chosen():
    plan = quiet().bridge(stock_only(stock_id=2)).offers.plan()
    assert {skip.reason.rpartition(" has ")[2] for skip in plan.skips} == {"no variant in the shop"}


# What there is to sell.


def test_pieces_of_orders_that_the_shop_does_not_have_yet_are_held_back():
    """Part 4: orders in flight are reserved."""
    sandbox = quiet("orders")
    importing = evolve(demo_settings().storefronts["cz"], sync_offers=True)
    bridge = sandbox.bridge(settings(cz=importing))
    (change,) = bridge.offers.plan().changes
    assert (change.subject, change.amount) == ("SHP-0042", (100, 97))
    assert bridge.apply(bridge.offers.plan()).good
    assert bridge.apply(bridge.orders.plan()).good
    assert sandbox.shoptet.variants["SHP-0042"].stock == 97
    assert not bridge.offers.plan(), "the shop has taken the pieces off itself"


def test_pieces_of_imported_orders_stay_held_back_when_the_shop_does_not_move_its_stock():
    sandbox = quiet("orders")
    importing = evolve(demo_settings().storefronts["cz"], sync_offers=True, move_stock=False)
    bridge = sandbox.bridge(settings(cz=importing))
    assert bridge.apply(bridge.orders.plan()).good
    (change,) = bridge.offers.plan().changes
    assert change.amount == (100, 97)


def test_holding_back_is_a_switch_and_foreign_units_do_not_count():
    sandbox = quiet("orders")
    assert not sandbox.bridge(stock_only(reserve=False)).offers.plan()
    assert not any(entry.path == "/order-units" for entry in sandbox.log)
    for number, piece in enumerate(sandbox.kaufland.orders["MA1B2C3"].pieces):
        piece.facts["id_offer"] = None if number else "SHP-0042"
    sandbox.kaufland.orders["MA1B2C3"].fulfillment = BY_KAUFLAND
    assert not sandbox.bridge(stock_only()).offers.plan()
    sandbox.kaufland.orders["MA1B2C3"].fulfillment = "fulfilled_by_merchant"
    (change,) = sandbox.bridge(stock_only()).offers.plan().changes
    assert change.amount == (100, 99)


def test_orders_of_other_storefronts_are_held_back_too():
    sandbox = quiet("orders")
    chosen = settings(
        sk=front(sync_prices=False), cz=demo_settings().storefronts["cz"], de=StorefrontSettings()
    )
    (change,) = sandbox.bridge(chosen).offers.plan().changes
    assert (change.storefront, change.amount) == ("sk", (100, 97))
    asked = [entry for entry in sandbox.log if entry.path == "/order-units"]
    assert len(asked) == 2, "a storefront that is not used is not asked"


def test_stock_that_the_shop_does_not_count_goes_by_the_settings():
    sandbox = quiet()
    for code in ("0035", "32/ZEL"):
        sandbox.shoptet.set_stock(code, None)
    sandbox.shoptet.variants["0035"].availability = -1
    assert not sandbox.bridge(stock_only()).offers.plan()
    plan = sandbox.bridge(stock_only(null_stock=5)).offers.plan()
    assert {change.subject: change.amount[1] for change in plan.changes} == {"0035": 5, "32/ZEL": 5}
    plan = sandbox.bridge(stock_only(null_stock=5, available=(-1, 3))).offers.plan()
    assert {change.subject: change.amount[1] for change in plan.changes} == {"0035": 5, "32/ZEL": 0}


def test_shared_stock_is_written_once():
    """Part 4: linked units share their stock."""
    sandbox = quiet()
    sandbox.shoptet.set_stock("0035", Decimal(3))
    bridge = sandbox.bridge(settings(**{code: front(sync_prices=False) for code in ("cz", "sk", "de")}))
    plan = bridge.offers.plan()
    (change,) = plan.changes
    assert (change.storefront, change.notes) == ("cz", ("shared with sk, de",))
    assert bridge.apply(plan).good
    assert writes(sandbox) == ["POST /units/bulk"]
    assert {row.amount for row in sandbox.kaufland.offers.values() if row.id_offer == "0035"} == {3}


# What belongs to nothing.


def test_units_without_a_variant_are_reported():
    sandbox = quiet()
    del sandbox.shoptet.variants["0035"]
    sandbox.kaufland.add_offer(offer(sandbox.kaufland, "cz", id_offer=None, ean=ean13(1), listing_price=1))
    sandbox.kaufland.add_offer(
        offer(sandbox.kaufland, "cz", id_offer="32/zel", ean=ean13(2), listing_price=1)
    )
    plan = sandbox.bridge(stock_only()).offers.plan()
    assert [skip.subject for skip in plan.skips] == ["unit 100000025", "32/ZEL", "0035"]
    assert "has no variant in the shop" in plan.skips[2].reason
    assert not plan


def test_orphans_go_off_sale_if_asked_for_and_come_back():
    """Part 4: pause and resume."""
    sandbox = quiet()
    gone = sandbox.shoptet.variants.pop("0035")
    unit(sandbox, "32/ZEL").status = "ONHOLD"  # by the merchant's own hand
    ledger = MemoryLedger()
    chosen = settings(cz=front(sync_prices=False, offers=OfferSettings(orphans="pause")))
    bridge = sandbox.bridge(chosen, ledger)
    plan = bridge.offers.plan()
    (change,) = plan.changes
    assert (change.status, change.reason) == (("AVAILABLE", "ONHOLD"), "the shop has no such variant")
    assert plan.skips == ()
    assert bridge.apply(plan).good
    assert unit(sandbox, "0035").status == "ONHOLD"
    assert not bridge.offers.plan()
    sandbox.shoptet.variants["0035"] = gone
    plan = bridge.offers.plan()
    (change,) = plan.changes
    assert (change.status, change.reason) == (("ONHOLD", "AVAILABLE"), "the variant is back in the shop")
    assert bridge.apply(plan).good
    assert unit(sandbox, "0035").status == "AVAILABLE"
    unit(sandbox, "0035").status = "ONHOLD"  # by hand again
    assert not bridge.offers.plan()
    assert [action.detail for action in ledger.actions(PAUSES)] == ['"resumed"']


def test_who_looks_at_prices_alone_takes_nothing_off_sale():
    sandbox = quiet()
    del sandbox.shoptet.prices[1]["0035"]
    chosen = settings(cz=front(sync_offers=False, offers=OfferSettings(orphans="pause")))
    plan = sandbox.bridge(chosen).offers.plan()
    assert not plan
    assert [skip.subject for skip in plan.skips] == ["0035"]


def test_variants_that_are_not_offered_are_told_in_one_line():
    """Part 4: update-only by default."""
    sandbox = quiet()
    plan = sandbox.bridge(settings(pl=front(prices=PLN))).offers.plan()
    (skip,) = plan.skips
    assert skip.subject == "8 variants"
    assert "0035, 15/ZLU, 32/ZEL, 43/BIL, DS53437473, …" in skip.reason
    assert "storefront.pl.offers.create = true" in skip.reason
    for code in [*sandbox.shoptet.variants][:5]:
        sandbox.shoptet.set_stock(code, Decimal(0))
    (skip,) = sandbox.bridge(settings(pl=front(prices=PLN))).offers.plan().skips
    assert "…" not in skip.reason


# Guards.


def many(number, **switches) -> Sandbox:
    sandbox = Sandbox(switches=Switches(bucket_costs=False, **switches))
    fill_catalogue(sandbox.kaufland, sandbox.shoptet, more_articles(number), ("cz",))
    return sandbox


def test_many_offers_selling_out_at_once_stop_the_plan():
    """Part 4: the guard of the share that goes to zero."""
    sandbox = many(20)
    for code in [*sandbox.shoptet.variants][:11]:
        sandbox.shoptet.set_stock(code, Decimal(0))
    bridge = sandbox.bridge(stock_only())
    with pytest.raises(
        PlanError, match=r"nothing was planned.*storefront\.cz\.stock\.share_to_zero: 11 of 20"
    ):
        bridge.offers.plan()
    assert writes(sandbox) == []
    assert len(bridge.offers.plan(override=["share_to_zero"]).changes) == 11


def test_a_mistyped_coefficient_stops_the_plan_and_not_the_stock():
    """Part 3: the guards of prices."""
    sandbox = quiet()
    sandbox.shoptet.set_stock("0035", Decimal(1))
    bridge = sandbox.bridge(settings(de=front(prices=PriceSettings(coefficient=Decimal("0.398")))))
    with pytest.raises(
        PlanError, match=r"max_change: 8 of 8 prices.*override=\[\"max_change\"\].*max_run_change"
    ):
        bridge.offers.plan()
    with pytest.raises(PlanError, match="max_run_change"):
        bridge.offers.plan(override=["max_change"])
    (change,) = bridge.offers.plan(prices=False).changes
    assert (change.amount, change.price) == ((100, 1), None)
    assert len(bridge.offers.plan(override=["max_change", "max_run_change"]).changes) == 8
    assert len(bridge.offers.plan(stock=False, override=["max_change", "max_run_change"]).changes) == 8


def test_a_guard_that_does_not_exist():
    with pytest.raises(ValueError, match="there is no guard 'all'; there are max_change"):
        quiet().bridge(three()).offers.plan(override=["all"])


# Light runs.


def test_a_light_run_asks_the_shop_only_for_what_changed():
    sandbox = quiet()
    bridge = sandbox.bridge(settings(cz=front(), pl=front(prices=PLN)))
    assert bridge.apply(bridge.offers.plan(full=False)).good, "the first is a full one"
    sandbox.clock.advance(timedelta(hours=1))
    sandbox.shoptet.set_stock("0035", Decimal(4))
    sandbox.shoptet.prices[1]["32/ZEL"].price = Decimal(1)
    start = len(sandbox.log)
    plan = bridge.offers.plan(full=False)
    assert [(change.subject, change.amount) for change in plan.changes] == [("0035", (100, 4))]
    assert plan.skips == ()
    asked = [entry.path for entry in sandbox.log[start:]]
    assert asked.count("/api/stocks/1/supplies") == 1
    assert "/api/pricelists/1" not in asked
    assert bridge.apply(plan).good
    assert not bridge.offers.plan(full=False)


def test_a_light_run_looks_at_what_was_ordered():
    sandbox = quiet()
    bridge = sandbox.bridge(stock_only())
    assert bridge.apply(bridge.offers.plan()).good
    sandbox.clock.advance(timedelta(hours=1))
    sandbox.kaufland.orders["MA1B2C3"].pieces[0].status = "need_to_be_sent"
    (change,) = bridge.offers.plan(full=False).changes
    assert (change.subject, change.amount) == ("SHP-0042", (100, 99))
    sandbox.shoptet.set_stock("SHP-0042", Decimal(50))
    (change,) = bridge.offers.plan(full=False).changes
    assert change.amount == (100, 49)


def test_a_light_run_after_a_long_time_is_a_full_one():
    sandbox = quiet()
    bridge = sandbox.bridge(settings(cz=front()))
    assert bridge.apply(bridge.offers.plan()).good
    sandbox.clock.advance(timedelta(days=30))
    start = len(sandbox.log)
    bridge.offers.plan(full=False)
    assert "/api/pricelists/1" in [entry.path for entry in sandbox.log[start:]]


def test_a_run_that_failed_is_made_up_for():
    sandbox = quiet()
    bridge = sandbox.bridge(stock_only())
    assert bridge.apply(bridge.offers.plan()).good
    before = bridge.ledger.watermark("offers.cz")
    sandbox.clock.advance(timedelta(hours=1))
    sandbox.shoptet.set_stock("0035", Decimal(4))
    sandbox.faults.add(Fault(kind="500", api="kaufland", method="POST", path="/units/bulk", times=9))
    report = bridge.apply(bridge.offers.plan(full=False))
    assert told(report) == {"0035": "failed"}
    assert bridge.ledger.watermark("offers.cz") == before
    sandbox.faults.clear()
    sandbox.clock.advance(timedelta(hours=1))
    assert bridge.apply(bridge.offers.plan(full=False)).good
    assert unit(sandbox, "0035").amount == 4


# What comes back from Kaufland.


def lowered(sandbox, *codes):
    """A bridge and a plan that lowers the stock of *codes*."""
    for number, code in enumerate(codes, 1):
        sandbox.shoptet.set_stock(code, Decimal(number))
    bridge = sandbox.bridge(stock_only())
    return bridge, bridge.offers.plan()


def test_each_row_of_an_answer_is_read():
    """Part 4: every row of a 207 is read, an unknown one looked for."""
    sandbox = quiet()
    bridge, plan = lowered(sandbox, "SHP-0042", "32/ZEL", "15/ZLU", "0035")
    lost, broken, gone = (unit(sandbox, code) for code in ("SHP-0042", "32/ZEL", "15/ZLU"))
    sandbox.kaufland.row_faults |= {lost.id: "missing", broken.id: "internal"}
    sandbox.kaufland.remove_offer(gone)
    report = bridge.apply(plan)
    assert told(report) == {"SHP-0042": "recovered", "32/ZEL": "done", "15/ZLU": "refused", "0035": "done"}
    assert "404: Unit" in report.outcomes[2].detail
    assert (lost.amount, broken.amount) == (1, 2)
    assert writes(sandbox) == ["POST /units/bulk", f"PATCH /units/{broken.id}"]
    assert not report.good
    assert bridge.ledger.watermark("offers.cz") is None


def test_a_rejected_row_says_why():
    sandbox = quiet()
    bridge, plan = lowered(sandbox, "0035")
    unit(sandbox, "0035").fulfillment = BY_KAUFLAND
    (outcome,) = bridge.apply(plan).outcomes
    assert (outcome.result, outcome.code) == ("refused", str(unit(sandbox, "0035").id))
    assert "fulfillment_type is fulfilled by Kaufland" in outcome.detail


def test_a_unit_that_is_gone_when_it_is_looked_for():
    sandbox = quiet()
    bridge, plan = lowered(sandbox, "0035")
    row = unit(sandbox, "0035")
    sandbox.kaufland.row_faults[row.id] = "missing"
    sandbox.faults.before(
        lambda: sandbox.kaufland.remove_offer(row),
        Fault(kind="before", api="kaufland", method="GET", path=f"/units/{row.id}"),
    )
    (outcome,) = bridge.apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("refused", "the unit is not there any more")


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_unit_that_cannot_be_looked_at_or_written_is_left_to_the_next_run(method):
    sandbox = quiet()
    bridge, plan = lowered(sandbox, "0035")
    row = unit(sandbox, "0035")
    sandbox.kaufland.row_faults[row.id] = "internal"
    sandbox.faults.add(Fault(kind="500", api="kaufland", method=method, path=f"/units/{row.id}", times=9))
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "failed"
    assert "500" in outcome.detail
    sandbox.faults.clear()
    assert bridge.apply(bridge.offers.plan()).good
    assert row.amount == 1


def test_one_row_that_spoils_the_whole_request_is_found():
    sandbox = many(20)
    for number, code in enumerate(sandbox.shoptet.variants):
        sandbox.shoptet.set_stock(code, Decimal(number + 1))
    bridge = sandbox.bridge(stock_only())
    plan = bridge.offers.plan()
    changes = list(plan.changes)
    changes[13] = evolve(changes[13], id_unit=0)  # a number that Kaufland's schema refuses
    report = bridge.apply(evolve(plan, changes=tuple(changes)))
    assert [each.result for each in report.outcomes].count("done") == 19
    assert report.outcomes[13].result == "refused"
    assert "404" in report.outcomes[13].detail
    assert {row.amount for row in sandbox.kaufland.offers.values()} == {*range(1, 21)} - {14} | {100}
    assert writes(sandbox).count("POST /units/bulk") < 12


@pytest.mark.parametrize("fault", [None, "internal"])
def test_an_account_that_has_to_send_the_price_along(fault):
    sandbox = quiet(price_with_every_patch=True)
    bridge, plan = lowered(sandbox, "0035", "32/ZEL")
    if fault:
        sandbox.kaufland.row_faults[unit(sandbox, "0035").id] = fault
    report = bridge.apply(plan)
    assert report.good
    assert {unit(sandbox, code).amount for code in ("0035", "32/ZEL")} == {1, 2}
    assert unit(sandbox, "0035").facts["listing_price"] == 18_900
    assert writes(sandbox).count("POST /units/bulk") == 2


def test_a_price_along_that_is_refused_too():
    sandbox = quiet(price_with_every_patch=True)
    bridge, plan = lowered(sandbox, "0035")
    (change,) = plan.changes
    report = bridge.apply(evolve(plan, changes=(evolve(change, listed=0),)))
    assert told(report) == {"0035": "refused"}
    sandbox.kaufland.row_faults[change.id_unit] = "internal"
    report = bridge.apply(evolve(plan, changes=(evolve(change, listed=0),)))
    assert told(report) == {"0035": "refused"}


@pytest.mark.parametrize(
    ("kind", "result"), [("500_after", "failed"), ("401", "failed"), ("timeout_after", "failed")]
)
def test_a_request_nobody_answers_is_left_to_the_next_run(kind, result):
    sandbox = quiet()
    bridge, plan = lowered(sandbox, "0035", "32/ZEL")
    sandbox.faults.add(Fault(kind=kind, api="kaufland", method="POST", path="/units/bulk", times=9))
    assert set(told(bridge.apply(plan)).values()) == {result}
    sandbox.faults.clear()
    assert bridge.apply(bridge.offers.plan()).good
    assert {unit(sandbox, code).amount for code in ("0035", "32/ZEL")} == {1, 2}


def test_a_request_that_is_repeated_does_no_harm():
    sandbox = quiet()
    bridge, plan = lowered(sandbox, "0035")
    sandbox.faults.add(Fault(kind="500_after", api="kaufland", method="POST", path="/units/bulk"))
    assert told(bridge.apply(plan)) == {"0035": "done"}
    assert unit(sandbox, "0035").amount == 1


# Plans that come too late.


def test_an_old_number_of_pieces_is_not_sent():
    sandbox = quiet()
    sandbox.shoptet.set_stock("0035", Decimal(50))
    bridge = sandbox.bridge(settings(cz=front(sync_prices=False), de=front(prices=EUR)))
    plan = bridge.offers.plan()
    sandbox.clock.advance(timedelta(minutes=61))
    report = bridge.apply(plan)
    late, *rest = report.outcomes
    assert (late.subject, late.result) == ("0035", "changed")
    assert "the plan is of 2026-09-01 08:00 and stock has moved since" in late.detail
    assert {outcome.result for outcome in rest} == {"done"}, "prices do not run away"
    assert unit(sandbox, "0035").amount == 100


def test_a_plan_overtaken_by_another_one_is_not_sent():
    sandbox = quiet()
    sandbox.shoptet.set_stock("0035", Decimal(50))
    bridge = sandbox.bridge(settings(de=front(prices=EUR), pl=front(prices=PLN, offers=NEW)))
    early = bridge.offers.plan()
    sandbox.clock.advance(60)
    sandbox.shoptet.set_stock("0035", Decimal(5))
    assert bridge.apply(bridge.offers.plan()).good
    sandbox.kaufland.remove_offer(unit(sandbox, "0035", "pl"))
    sandbox.clock.advance(timedelta(minutes=4))
    later = sandbox.bridge(bridge.settings, MemoryLedger())
    for mark in ("offers.amount", "offers.price"):
        later.ledger.move_watermark(mark, bridge.ledger.watermark(mark))
    report = later.apply(early)
    by_front = {(each.subject, each.storefront): each for each in report.outcomes}
    assert by_front["0035", "de"].result == "changed"
    assert "was applied since" in by_front["0035", "de"].detail
    assert by_front["0035", "pl"].result == "changed"
    assert by_front["32/ZEL", "pl"].result == "recovered"
    assert unit(sandbox, "0035", "de").amount == 5


def test_a_plan_of_another_flow_or_shop_is_refused():
    bridge = quiet().bridge(three())
    plan = bridge.offers.plan()
    with pytest.raises(PlanError, match="'Another shop'"):
        bridge.apply(evolve(plan, shop="Another shop"))
    with pytest.raises(PlanError, match="not for offers"):
        bridge.run(Offers.apply(Shop(three(), MemoryLedger()), evolve(plan, flow="orders")))


# New offers.


def polish(**changes) -> Settings:
    return settings(pl=front(prices=PLN, offers=evolve(NEW, **changes)))


def offered(sandbox) -> set[str]:
    return {row.id_offer for row in sandbox.kaufland.offers.values() if row.storefront == "pl"}


@pytest.mark.parametrize("way", ["location", "body", "document"])
def test_new_offers_are_made_once_each_however_kaufland_answers(way):
    """Part 4: by Location, by the body, or found later."""
    sandbox = quiet(unit_created=way)
    bridge = sandbox.bridge(polish())
    plan = bridge.offers.plan()
    assert {change.verb for change in plan.changes} == {"create"}
    report = bridge.apply(plan)
    assert report.good
    assert offered(sandbox) == set(sandbox.shoptet.variants)
    row = unit(sandbox, "0035", "pl")
    assert report.outcomes[0].code == str(row.id)
    assert (row.facts["listing_price"], row.amount, row.id_warehouse) == (3_213, 100, 51234)
    waiting = bridge.offers.plan()
    assert not waiting
    assert {skip.again for skip in waiting.skips} == {True}
    assert f"was offered as unit {row.id}; Kaufland does not list it yet" in waiting.skips[0].reason
    assert waiting.marks == (), "a light run must not forget them"
    sandbox.clock.advance(timedelta(minutes=4))
    assert not bridge.offers.plan()
    assert bridge.offers.plan().skips == ()
    assert writes(sandbox).count("POST /units") == 8


def test_new_offers_wait_for_a_plan_that_looks_at_prices_too():
    plan = quiet().bridge(polish()).offers.plan(prices=False)
    assert (plan.changes, plan.skips) == ((), ())


def test_r18_a_coefficient_that_changed_since_the_plan_counts_already():
    """R18: prices of the old one are not sent any more."""
    sandbox = quiet()
    ledger = MemoryLedger()
    old = sandbox.bridge(three(), ledger).offers.plan()
    dearer = settings(
        cz=front(), sk=front(prices=EUR), de=front(prices=evolve(EUR, coefficient=Decimal("0.041")))
    )
    bridge = sandbox.bridge(dearer, ledger)
    report = bridge.apply(Plan.from_json(old.to_json()))
    told = {outcome.result for outcome in report.outcomes if outcome.storefront == "de"}
    assert told == {"changed"}
    assert {outcome.result for outcome in report.outcomes if outcome.storefront == "sk"} == {"done"}
    assert bridge.apply(bridge.offers.plan()).good
    assert unit(sandbox, storefront="de").facts["listing_price"] == 2046


def test_new_offers_that_are_not_wanted_any_more_are_not_made():
    sandbox = quiet()
    plan = sandbox.bridge(polish()).offers.plan()
    report = sandbox.bridge(polish(create=False)).apply(plan)
    assert {(each.result, each.detail) for each in report.outcomes} == {
        ("changed", "offers.create is off by now")
    }
    assert offered(sandbox) == set()


def test_new_offers_share_no_more_than_the_others_offer():
    sandbox = quiet()
    cz = front(sync_prices=False, stock=StockSettings(cap=10))
    bridge = sandbox.bridge(settings(cz=cz, pl=front(prices=PLN, offers=NEW)))
    plan = bridge.offers.plan(override=["share_to_zero"])
    assert {change.amount for change in plan.changes if change.verb == "create"} == {10}


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "500_after", "html_after"])
def test_an_offer_that_was_made_without_an_answer_is_never_made_again(kind):
    sandbox = lone(new_unit_hidden=timedelta(minutes=3))
    bridge = sandbox.bridge(polish())
    sandbox.faults.add(Fault(kind=kind, api="kaufland", method="POST", path="/units"))
    (outcome,) = bridge.apply(bridge.offers.plan()).outcomes
    assert (outcome.result, outcome.code) == ("failed", None)
    assert outcome.detail.endswith("the next runs look for it")
    code = outcome.subject
    again = bridge.offers.plan()
    assert [skip.reason for skip in again.skips if skip.subject == code] == [
        "an attempt to offer it did not end, and Kaufland may have it and not list it yet"
    ]
    assert code not in {change.subject for change in again.changes}
    sandbox.clock.advance(timedelta(minutes=4))
    assert code not in {change.subject for change in bridge.offers.plan().changes}
    assert writes(sandbox).count("POST /units") == 1


def test_an_offer_that_shows_at_once_is_found_without_an_answer():
    sandbox = lone(new_unit_hidden=timedelta(0))
    bridge = sandbox.bridge(polish())
    sandbox.faults.add(Fault(kind="timeout_after", api="kaufland", method="POST", path="/units"))
    (outcome,) = bridge.apply(bridge.offers.plan()).outcomes
    assert outcome.result == "recovered"
    assert outcome.code == str(unit(sandbox, outcome.subject, "pl").id)


def test_an_attempt_that_did_not_arrive_is_made_up_for_after_an_hour():
    sandbox = lone()
    bridge = sandbox.bridge(polish())
    plan = bridge.offers.plan()
    sandbox.faults.add(Fault(kind="timeout", api="kaufland", method="POST", path="/units"))
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "failed"
    (outcome,) = bridge.apply(plan).outcomes
    assert (outcome.result, outcome.detail.startswith("an earlier attempt did not end")) == ("failed", True)
    assert writes(sandbox).count("POST /units") == 1
    sandbox.clock.advance(timedelta(minutes=61))
    plan = bridge.offers.plan()
    assert plan.changes[0].reason == "an earlier attempt did not arrive"
    assert bridge.apply(plan).good
    assert offered(sandbox) == {outcome.subject}


@pytest.mark.parametrize(("kind", "result"), [("401", "failed"), ("429", "failed")])
def test_an_offer_that_could_not_be_tried_is_tried_again_at_once(kind, result):
    sandbox = lone()
    bridge = sandbox.bridge(polish())
    sandbox.faults.add(Fault(kind=kind, api="kaufland", method="POST", path="/units", times=9))
    (outcome,) = bridge.apply(bridge.offers.plan()).outcomes
    assert outcome.result == result
    sandbox.faults.clear()
    plan = bridge.offers.plan()
    assert plan.changes[0].reason == "was refused before"
    assert bridge.apply(plan).good


def test_an_offer_that_kaufland_refuses_is_told_and_tried_again():
    sandbox = lone()
    bridge = sandbox.bridge(polish())
    plan = bridge.offers.plan()
    sandbox.kaufland.storefronts = ("cz",)
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "refused"
    assert "storefront-not-configured" in outcome.detail
    assert bridge.ledger.actions("offer")[0].state == "refused"


def test_an_offer_that_another_tool_made_meanwhile_is_adopted():
    """Part 4: offers that another tool created."""
    sandbox = lone()
    bridge = sandbox.bridge(polish())
    plan = bridge.offers.plan()
    (change,) = plan.changes
    group = {"listing_price": 1, "id_shipping_group": 195844}
    made = sandbox.kaufland.add_offer(
        offer(sandbox.kaufland, "pl", id_offer=change.subject, ean=change.ean, **group)
    )
    # A server that ignores the filter gives other rows as well.
    sandbox.kaufland._linked[change.subject].insert(0, unit(sandbox))
    unit(sandbox).storefront = "pl"
    (outcome,) = bridge.apply(plan).outcomes
    assert (outcome.result, outcome.code) == ("recovered", str(made.id))
    assert writes(sandbox) == []
    (update,) = [
        each
        for each in bridge.offers.plan(override=["max_change", "max_run_change"]).changes
        if each.subject == change.subject
    ]
    assert update.price == (1, change.price)


def test_a_number_that_kaufland_does_not_tell_is_found_later():
    sandbox = lone(unit_created="nothing")
    bridge = sandbox.bridge(polish())
    plan = bridge.offers.plan()
    (outcome,) = bridge.apply(plan).outcomes
    assert (outcome.result, outcome.code) == ("done", None)
    assert outcome.detail == "Kaufland has not told its number yet"
    (again,) = bridge.apply(plan).outcomes
    assert (again.result, again.code) == ("already", None)
    waiting = next(skip for skip in bridge.offers.plan().skips if skip.subject == outcome.subject)
    assert waiting.reason == "was offered; Kaufland does not list it yet"
    sandbox.clock.advance(timedelta(minutes=4))
    assert outcome.subject not in {skip.subject for skip in bridge.offers.plan().skips}


def test_an_offer_that_somebody_deleted_is_offered_again_only_if_asked_for():
    sandbox = quiet()
    bridge = sandbox.bridge(polish())
    bridge.apply(bridge.offers.plan())
    sandbox.clock.advance(timedelta(hours=2))
    row = unit(sandbox, "0035", "pl")
    sandbox.kaufland.remove_offer(row)
    (skip,) = bridge.offers.plan().skips
    assert f"was offered as unit {row.id} and is gone from Kaufland" in skip.reason
    assert not skip.again
    plan = bridge.offers.plan(override=["deleted"])
    (change,) = plan.changes
    assert (change.reason, change.again) == ("was offered before and is gone", True)
    assert bridge.apply(plan).good
    assert told(bridge.apply(plan)) == {"0035": "already"}
    assert writes(sandbox).count("POST /units") == 9


def test_what_cannot_be_offered_is_told_one_by_one_and_the_rest_goes_on():
    sandbox = quiet()
    shop, market = sandbox.shoptet, sandbox.kaufland
    shop.variants["43/BIL"].ean = "8590000001044"
    shop.variants["15/ZLU"].ean = None
    shop.prices[1]["32/ZEL"].price = Decimal(0)
    del shop.prices[1]["DS53437473"]
    del market.products[shop.variants["PHONE-12"].ean]
    market.add_offer(offer(market, "pl", id_offer="OTHER", ean="4010355051486", listing_price=1))
    market.add_offer(offer(market, "pl", id_offer=None, ean=shop.variants["0035"].ean, listing_price=1))
    plan = sandbox.bridge(polish()).offers.plan()
    reasons = {skip.subject: skip.reason for skip in plan.skips}
    assert [change.subject for change in plan.changes] == ["SHP-1001"]
    assert "does not fit the others" in reasons["43/BIL"]
    assert "the variant has none" in reasons["15/ZLU"]
    assert "0 is not a price" in reasons["32/ZEL"]
    assert "not in the price list" in reasons["DS53437473"]
    assert "Kaufland has no product 0194252013212" in reasons["PHONE-12"]
    assert "offers 4010355051486 already, as OTHER" in reasons["SHP-0042"]
    assert "already, as nothing" in reasons["0035"]


def test_used_goods_of_the_same_product_are_another_offer():
    sandbox = quiet()
    market = sandbox.kaufland
    market.add_offer(
        offer(market, "pl", id_offer="B-1", ean="4010355051486", listing_price=1, condition="USED___GOOD")
    )
    plan = sandbox.bridge(polish()).offers.plan()
    assert "SHP-0042" in {change.subject for change in plan.changes}


def test_a_code_that_is_too_long_for_kaufland():
    sandbox = quiet()
    long = "X" * 51
    sandbox.shoptet.variants[long] = evolve_variant(sandbox.shoptet.variants["0035"], long)
    sandbox.shoptet.prices[1][long] = Price(price=Decimal(1))
    reasons = {skip.subject: skip.reason for skip in sandbox.bridge(polish()).offers.plan().skips}
    assert "it has 51 characters" in reasons[long]


def evolve_variant(variant, code):
    return evolve(variant, code=code)


def test_a_product_without_a_page_is_offered_with_a_warning():
    sandbox = quiet()
    sandbox.kaufland.products["4010355051486"]["is_valid"] = False
    plan = sandbox.bridge(polish()).offers.plan()
    notes = {change.subject: change.notes for change in plan.changes}
    assert notes["SHP-0042"] == ("Kaufland has no page of the product yet: it will be incomplete",)
    assert notes["0035"] == ()


def test_a_read_that_fails_is_looked_at_again():
    sandbox = quiet()
    guid = sandbox.shoptet.variants["0035"].product
    sandbox.faults.add(Fault(kind="500", api="shoptet", path=f"/api/products/{guid}", times=9))
    plan = sandbox.bridge(polish()).offers.plan()
    (skip,) = plan.skips
    assert (skip.subject, skip.again) == ("0035", True)
    assert len(plan.changes) == 7
    assert plan.marks == ()


def test_eans_may_be_given_instead_of_looked_up():
    sandbox = quiet()
    eans = {code.lower(): variant.ean for code, variant in sandbox.shoptet.variants.items()}
    plan = sandbox.bridge(polish()).offers.plan(eans=eans)
    assert len(plan.changes) == 8
    assert not any(entry.path.startswith("/api/products") for entry in sandbox.log)


def test_a_run_has_a_limit_and_each_hour_looks_at_others():
    sandbox = many(30)
    bridge = sandbox.bridge(polish(create_limit=2))
    for variant in sandbox.shoptet.variants.values():
        variant.ean = None
    seen = set()
    for _ in range(3):
        plan = bridge.offers.plan()
        *looked, rest = plan.skips
        assert (len(looked), rest.subject) == (10, "20 variants")
        assert "raise offers.create_limit" in rest.reason
        seen |= {skip.subject for skip in looked}
        sandbox.clock.advance(timedelta(hours=1))
    assert len(seen) == 30


def test_a_limit_stops_the_looking():
    plan = quiet().bridge(polish(create_limit=3)).offers.plan()
    assert [change.subject for change in plan.changes] == ["0035", "15/ZLU", "32/ZEL"]
    (skip,) = plan.skips
    assert skip.subject == "5 variants"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"shipping_group": 1},
            r"shipping_group: 1 does not exist on Kaufland\. There are: 195844 Standard pl",
        ),
        ({"warehouse": 1}, r"warehouse: 1 does not exist on Kaufland\. There are: 51234 Sklad Praha"),
    ],
)
def test_groups_and_warehouses_have_to_exist(changes, problem):
    sandbox = quiet()
    with pytest.raises(SettingsError, match=problem):
        sandbox.bridge(polish(**changes)).offers.plan()
    assert writes(sandbox) == []


def test_a_warehouse_may_be_left_to_kaufland_and_smart_pricing_set():
    sandbox = quiet()
    prices = evolve(PLN, smart_pricing_floor=Decimal("0.9"))
    bridge = sandbox.bridge(settings(pl=front(prices=prices, offers=evolve(NEW, warehouse=None))))
    plan = bridge.offers.plan()
    assert bridge.apply(plan).good
    row = unit(sandbox, "0035", "pl")
    assert (row.facts["minimum_price"], row.facts["listing_price"]) == (2_891, 3_213)
    assert row.id_warehouse is None


def test_without_a_configured_floor_no_minimum_price_is_ever_sent():
    """Part 4: minimum_price only by configuration."""
    sandbox = quiet()
    bridge = sandbox.bridge(settings(de=front(prices=EUR), pl=front(prices=PLN, offers=NEW)))
    plan = bridge.offers.plan()
    assert "minimum_price" in plan.to_json()
    assert bridge.apply(plan).good
    assert {row.facts["minimum_price"] for row in sandbox.kaufland.offers.values()} == {None}


def test_an_account_without_groups_has_none_to_choose():
    sandbox = quiet()
    sandbox.kaufland.shipping_groups.clear()
    with pytest.raises(SettingsError, match="There are: none"):
        sandbox.bridge(polish()).offers.plan()


# Hostile input.


def test_odd_rows_are_told_one_by_one_and_the_rest_goes_on():
    sandbox = quiet()
    shop = sandbox.shoptet
    codes = list(shop.variants)
    shop.set_stock(codes[0], Decimal(-5))
    shop.set_stock(codes[1], None)
    shop.set_stock(codes[2], Decimal("0.999"))
    shop.set_stock(codes[3], Decimal(999999999))
    shop.prices[1][codes[4]].price = None
    shop.prices[1][codes[5]].price = Decimal(-1)
    shop.prices[1][codes[6]].action = (Decimal(0), None, None)
    shop.prices[1][codes[7]].ratio = Decimal(0)
    bridge = sandbox.bridge(settings(cz=front()))
    plan = bridge.offers.plan()
    assert {change.subject: change.amount[1] for change in plan.changes} == {
        codes[0]: 0,
        codes[2]: 0,
        codes[3]: 99_999,
    }
    assert [skip.subject for skip in plan.skips] == codes[4:]
    assert bridge.apply(plan).good


def test_a_list_that_cannot_be_trusted_stops_the_plan():
    sandbox = quiet()
    sandbox.faults.add(Fault(kind="html", api="kaufland", method="GET", path="/units", times=50))
    with pytest.raises(UnexpectedAnswer, match="GET /units"):
        sandbox.bridge(three()).offers.plan()
    sandbox.faults.clear()
    sandbox.faults.add(Fault(kind="500", api="shoptet", method="GET", path="/api/stocks/1/supplies", times=9))
    with pytest.raises(ApiError, match="supplies"):
        sandbox.bridge(three()).offers.plan()
    assert writes(sandbox) == []


# Looking at prices.


def test_a_preview_shows_what_another_coefficient_would_do():
    """Part 3: old, new, difference."""
    sandbox = quiet()
    sandbox.shoptet.prices[1]["0035"].price = None
    bridge = sandbox.bridge(three())
    found = bridge.offers.preview("de", evolve(EUR, coefficient=Decimal("0.0402")))
    rows = {line.code: line for line in found.lines}
    assert (rows["SHP-0042"].old, rows["SHP-0042"].new) == (1986, 2006)
    assert rows["0035"].note.startswith("price: the variant has none")
    assert str(found).startswith("Prices in EUR: 7 of 8 change")
    assert found.findings == ()
    assert writes(sandbox) == []
    assert all("coefficient" in line.note for line in bridge.offers.preview("DE", PriceSettings()).lines[:-1])


def test_a_change_says_everything_that_changes_and_no_more():
    same = {
        "subject": "C1",
        "storefront": "de",
        "reason": "",
        "id_unit": 1,
        "currency": "EUR",
        "listed": 1999,
    }
    assert UpdateOffer(**same, amount=(0, 5)).what == "0 to 5 pieces"
    everything = UpdateOffer(
        **same,
        amount=(0, 5),
        price=(1999, 2099),
        handling_time=(1, 3),
        status=("ONHOLD", "AVAILABLE"),
        minimum_price=(None, 1500),
    )
    assert everything.what == (
        "0 to 5 pieces, 19.99 to 20.99 EUR, 1 to 3 days, ONHOLD to AVAILABLE, down to 15.00 EUR by Smart Pricing"
    )
    new = CreateOffer(
        subject="C1",
        storefront="de",
        reason="",
        ean="4010355051486",
        currency="EUR",
        amount=5,
        price=1999,
        handling_time=1,
        condition="NEW",
        shipping_group=195_841,
    )
    assert new.what == "EAN 4010355051486, 5 pieces at 19.99 EUR"


# Many.


def test_a_walk_and_a_few_requests_do_what_one_request_for_each_would():
    """Part 4: one paged walk, differences by 150."""
    number, changed = 3_000, 150
    sandbox = many(number)
    bridge = sandbox.bridge(stock_only(reserve=False))
    assert not bridge.offers.plan()
    for code in [*sandbox.shoptet.variants][:: number // changed]:
        sandbox.shoptet.set_stock(code, Decimal(50))
    start, began = len(sandbox.log), sandbox.clock.timestamp()
    report = bridge.apply(bridge.offers.plan())
    assert len(report.outcomes) == changed
    assert report.good
    requests = [entry for entry in sandbox.log[start:] if entry.api == "kaufland"]
    assert len(requests) == number // 100 + changed // 150
    assert len(requests) / changed < 0.21
    assert sandbox.clock.timestamp() - began <= len(requests) / 105 * 1.05
