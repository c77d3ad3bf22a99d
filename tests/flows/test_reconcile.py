"""Issue part 7: reconciliation and the SLA view read both sides and the ledger, and write nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from kaufland_shoptet import MemoryLedger, Sandbox, Settings
from kaufland_shoptet.errors import ApiError, LedgerError
from kaufland_shoptet.mapping.shipping import MethodRules
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.data import GUIDS
from kaufland_shoptet.sandbox.kaufland.tables import BY_KAUFLAND
from kaufland_shoptet.sandbox.sdk import demo_settings

SINCE = datetime(2026, 8, 1, tzinfo=UTC)
FACTS = ("three_pieces", "home_delivery")


def settings(*codes: str, **changes: object) -> Settings:
    demo = demo_settings()
    fronts = {code: evolve(demo.storefronts[code], **changes) for code in codes or ("cz",)}
    return evolve(demo, storefronts=fronts)


def world(*facts: str, codes: tuple[str, ...] = ("cz",), **changes: object):
    """A sandbox with imported orders, and a bridge over it."""
    sandbox = Sandbox.demo(*(facts or FACTS))
    bridge = sandbox.bridge(settings(*codes, **changes))
    bridge.apply(bridge.orders.plan())
    return sandbox, bridge


def writes(sandbox: Sandbox) -> int:
    return sum(entry.method != "GET" for entry in sandbox.log)


def problems(found) -> list[str]:
    return [f"{each.side} {each.subject} {each.problem}" for each in found.findings]


def by_hand(sandbox: Sandbox, external: str | None, **changes: object) -> str:
    """Somebody writes an order into the shop that is paid like Kaufland's."""
    line = {"vatRate": "21.00", "amount": "1"}
    data = {
        "externalCode": external or "x",
        "email": "x@example.com",
        "phone": "+420601000111",
        "currency": {"code": "CZK"},
        "paymentMethodGuid": GUIDS["payment"],
        "shippingGuid": GUIDS["shipping"],
        "billingAddress": {"fullName": "x", "countryCode": "CZ"},
        "items": [
            {"itemType": "product", "code": "SHP-0042", "unitPriceWithVat": "499.00", **line},
            {"itemType": "shipping", "name": "Doprava", "unitPriceWithVat": "0", **line},
            {"itemType": "billing", "name": "Platba", "unitPriceWithVat": "0", **line},
        ],
        **changes,
    }
    from kaufland_shoptet.sandbox.data import shop  # the sandbox's own way to put in an order

    made = shop.build(shop.Draft(sandbox.shoptet, data, {}, sandbox.clock.now()))
    made.row["externalCode"] = external
    sandbox.shoptet.orders[made.code] = made
    return made.code


# Reconciliation.


def test_after_the_import_everything_agrees():
    """Part 7: nothing is written, nothing is made up."""
    sandbox, bridge = world()
    before = writes(sandbox)
    found = bridge.reconcile.report(SINCE)
    assert problems(found) == []
    assert found.good
    assert found.title == "Reconciliation of Demo shop, 2026-08-01 to 2026-09-01: everything agrees"
    assert writes(sandbox) == before


def test_orders_on_one_side_only():
    """Part 7."""
    sandbox, bridge = world()
    code = bridge.ledger.order("MHM2D10").code
    sandbox.shoptet_client().orders.delete(code)
    del bridge.ledger._orders["MA1B2C3"]
    sandbox.shoptet.orders.pop("2026000001" if code == "2026000002" else "2026000002")
    assert problems(bridge.reconcile.report(SINCE)) == [
        "kaufland MA1B2C3 is not in the shop, and waits to be sent.",
        f"kaufland MHM2D10 was imported as {code}, which the shop does not have.",
    ]


def test_orders_that_kaufland_does_not_have():
    """Part 7."""
    sandbox, bridge = world()
    stray, strange = by_hand(sandbox, None), by_hand(sandbox, "MXXXXX1")
    assert problems(bridge.reconcile.report(SINCE)) == [
        f"shoptet MXXXXX1 is in the shop as {strange}, and Kaufland has no such order.",
        f"shoptet {stray} is paid by the method of Kaufland's orders and has no external code.",
    ]


def test_orders_of_another_time_are_nobodys_business():
    """Part 7: only those that were placed in between are compared."""
    sandbox, bridge = world()
    sandbox.clock.advance(timedelta(days=3))
    by_hand(sandbox, "MXXXXX1")
    until = sandbox.clock.now() - timedelta(days=1)
    assert problems(bridge.reconcile.report(SINCE, until)) == []
    assert problems(bridge.reconcile.report(until)) != []
    early = bridge.reconcile.report(SINCE, SINCE + timedelta(days=1))
    assert problems(early) == []


def test_duplicates_by_external_code_and_what_the_ledger_lost():
    """Part 7: the code may have something before it."""
    sandbox, bridge = world("three_pieces", external_code_prefix="KL-")
    code = bridge.ledger.order("MA1B2C3").code
    second = by_hand(sandbox, "KL-MA1B2C3")
    third = by_hand(sandbox, "KL-")
    (twice, stray) = problems(bridge.reconcile.report(SINCE))
    assert twice == f"shoptet MA1B2C3 is in the shop 2 times: {code}, {second}."
    assert stray.startswith(f"shoptet {third} is paid by")
    fresh = sandbox.bridge(settings(external_code_prefix="KL-"), MemoryLedger())
    told = problems(fresh.reconcile.report(SINCE))
    assert any(each.endswith("and the ledger does not know that.") for each in told)


def test_orders_that_are_paid_otherwise_by_now_are_found_by_the_ledger():
    """Part 7."""
    sandbox, bridge = world()
    for order in sandbox.shoptet.orders.values():
        order.row["paymentMethod"] = None
    assert problems(bridge.reconcile.report(SINCE)) == []


def test_payment_methods_by_country_count_too():
    """Part 7."""
    rules = MethodRules(default=GUIDS["payment"], by_country={"CZ": GUIDS["cash"]})
    sandbox, bridge = world(payment=rules)
    stray = by_hand(sandbox, None, paymentMethodGuid=GUIDS["cash"])
    assert [each.split()[1] for each in problems(bridge.reconcile.report(SINCE))] == [stray]


def test_statuses_and_totals_that_disagree():
    """Part 7."""
    sandbox, bridge = world()
    for piece in sandbox.kaufland.orders["MA1B2C3"].pieces:
        sandbox.kaufland.touch(piece, "sent")
    sandbox.shoptet.orders["2026000001"].row["status"]["name"] = "K odeslání"
    home = sandbox.shoptet.orders[bridge.ledger.order("MHM2D10").code]
    home.row["price"]["withVat"] = "1.00"
    assert problems(bridge.reconcile.report(SINCE)) == [
        "both MA1B2C3 is Dispatched on Kaufland, and 2026000001 is K odeslání (Not Dispatched) in the shop.",
        f"both MHM2D10 {home.code} is 1.00 CZK in the shop, and 798.00 CZK on Kaufland.",
    ]
    home.row["status"] = None
    assert "without a status, outside the table" in problems(bridge.reconcile.report(SINCE))[1]


def test_what_was_begun_and_did_not_end():
    """Part 7: a refund that nobody knows of is told here, too."""
    sandbox, bridge = world()
    unit = sandbox.kaufland.orders["MA1B2C3"].pieces[0].id
    sandbox.faults.add(Fault(kind="timeout", api="kaufland", path="*/refund"))
    with pytest.raises(LedgerError):
        bridge.returns.refund(unit, 9_900, "defect", key="C-17")
    (told,) = problems(bridge.reconcile.report(SINCE))
    assert (
        told
        == f"ledger refund C-17 was begun at 2026-09-01 08:00 UTC and did not end: 99.00 CZK for unit {unit}."
    )
    bridge.returns.settle_refund("C-17", paid=False)
    assert bridge.reconcile.report(SINCE).good


def test_offers_that_are_orphaned_or_duplicated():
    """Part 7: units of Kaufland beside the variants of the shop."""
    sandbox, bridge = world(sync_offers=True)
    assert bridge.reconcile.report(SINCE).good
    del sandbox.shoptet.variants["PHONE-12"]
    offers = [each for each in sandbox.kaufland.offers.values() if each.storefront == "cz"]
    copy = evolve(offers[0], id=1, facts=dict(offers[0].facts))
    sandbox.kaufland.add_offer(copy)
    told = problems(bridge.reconcile.report(SINCE))
    assert len(told) == 2
    assert told[0].endswith("and the shop has no such variant.")
    assert "is a second offer of the variant" in told[1]
    assert bridge.reconcile.report(SINCE, offers=False).good


def test_offers_that_nobody_looks_after():
    """Part 7: without sync_offers and sync_prices the shop is not where they come from."""
    sandbox, bridge = world()
    sandbox.shoptet.variants.clear()
    assert bridge.reconcile.report(SINCE).good


def test_what_kaufland_dispatches_itself_is_left_out():
    """Part 7."""
    sandbox, bridge = world()
    del bridge.ledger._orders["MA1B2C3"]
    sandbox.shoptet.orders.pop("2026000001")
    sandbox.kaufland.orders["MA1B2C3"].fulfillment = BY_KAUFLAND
    assert bridge.reconcile.report(SINCE).good


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (SINCE.replace(tzinfo=None), None),
        (SINCE, SINCE.replace(tzinfo=None)),
        (SINCE, SINCE - timedelta(seconds=1)),
    ],
)
def test_a_time_that_is_none(since, until):
    """Part 7."""
    _, bridge = world()
    with pytest.raises(ValueError, match="needs zones, and a begin before its end"):
        bridge.reconcile.report(since, until)


def test_a_reconciliation_that_cannot_be_whole_is_none():
    """Part 7: half of a comparison would report what is not so."""
    sandbox, bridge = world()
    sandbox.faults.add(Fault(kind="500", api="shoptet", path="/api/orders", times=9))
    with pytest.raises(ApiError):
        bridge.reconcile.report(SINCE)


def test_a_reconciliation_is_printed_shown_and_kept():
    """Part 7: text, HTML, JSON; no buyer in any of them."""
    sandbox, bridge = world()
    by_hand(sandbox, "<b>MXX</b>")
    found = bridge.reconcile.report(SINCE)
    lines = str(found).splitlines()
    assert lines[0].endswith("2026-08-01 to 2026-09-01: 1 to look at")
    assert lines[1].split() == ["side", "about", "problem", "what", "to", "do"]
    assert "<b>" not in found._repr_html_()
    kept = json.loads(found.to_json())
    assert (kept["good"], kept["shop"]) == (False, "Demo shop")
    assert kept["findings"][0]["side"] == "shoptet"
    shown = str(found) + found._repr_html_() + found.to_json() + repr(found)
    assert "Nováková" not in shown
    assert "@" not in shown


# Deadlines.


def test_units_near_the_end_of_their_window():
    """Part 7: the end is the latest delivery, by the calendar of Berlin."""
    sandbox, bridge = world()
    assert bridge.reconcile.deadlines().due == ()
    sandbox.clock.advance(timedelta(days=4))  # Saturday; the window ends on Monday
    for piece in sandbox.kaufland.orders["MHM2D10"].pieces:
        sandbox.kaufland.touch(piece, "sent")
    found = bridge.reconcile.deadlines()
    assert [(each.order, each.days, each.problem) for each in found.due] == [
        *[("MA1B2C3", 2, "waits to be sent, due in 2 days")] * 3,
        ("MHM2D10", 2, "is on its way, due in 2 days"),
    ]
    assert not found.good
    assert bridge.reconcile.deadlines(within_days=1).due == ()
    told = []
    for _ in range(3):
        sandbox.clock.advance(timedelta(days=1))
        told.append(bridge.reconcile.deadlines().due[0].problem)
    assert told == [
        "waits to be sent, due tomorrow",
        "waits to be sent, due today",
        "waits to be sent, due 1 days ago",
    ]


def test_dispatches_that_kaufland_does_not_know():
    """Part 7, gotcha 24: without a confirmed dispatch there is no money."""
    sandbox, bridge = world()
    for entry in bridge.ledger.orders():
        sandbox.shoptet_client().orders.update_status(entry.code, status_id=52)
    for piece in sandbox.kaufland.orders["MHM2D10"].pieces:
        sandbox.kaufland.touch(piece, "sent")
    found = bridge.reconcile.deadlines()
    assert {each.order for each in found.unconfirmed} == {"MA1B2C3"}
    assert len(found.unconfirmed) == 3
    first = found.unconfirmed[0]
    assert first.code == bridge.ledger.order("MA1B2C3").code
    assert first.problem == "the shop has it as Odesláno, and Kaufland knows of no dispatch, due in 6 days"
    sandbox.kaufland.pieces[first.unit].facts["delivery_time_expires_iso"] = None
    found = bridge.reconcile.deadlines()
    assert found.unconfirmed[-1].problem.endswith("knows of no dispatch")
    assert (found.unconfirmed[-1].days, found.due) == (None, ())


def test_orders_of_the_shop_that_are_gone_or_without_a_status():
    """Part 7."""
    sandbox, bridge = world()
    first, second = (entry.code for entry in bridge.ledger.orders())
    del sandbox.shoptet.orders[first]
    sandbox.shoptet.orders[second].row["status"] = None
    assert bridge.reconcile.deadlines().unconfirmed == ()


def test_what_this_months_cancellations_would_cost():
    """Part 7, gotcha 25: units ordered this month, cancelled by fault of the seller."""
    sandbox, bridge = world("three_pieces", "home_delivery", "autopaid")
    sandbox.kaufland.cancel("MHM2D10", "NoInventory")
    (rate,) = bridge.reconcile.deadlines().rates
    assert (rate.units, rate.cancelled, rate.value) == (4, 1, 79_800), "the other one is of August"
    assert (f"{rate.share}", rate.percent, rate.fee) == ("25.00", 10, 7_980)
    (rate,) = bridge.reconcile.deadlines(seller_reasons=["WrongPrice"]).rates
    assert (rate.cancelled, rate.fee) == (0, 0)


def test_rows_of_another_storefront_do_not_count():
    """Part 7: a server that ignores filters is not trusted."""
    sandbox, bridge = world()
    for piece in sandbox.kaufland.orders["MA1B2C3"].pieces:
        piece.verbatim = {"storefront": "sk"}
    sandbox.clock.advance(timedelta(days=5))
    found = bridge.reconcile.deadlines()
    assert [rate.units for rate in found.rates] == [1]
    assert {each.order for each in found.due} == {"MHM2D10"}


def test_deadlines_are_printed_shown_and_kept():
    """Part 7: text, HTML, JSON."""
    sandbox, bridge = world("three_pieces", "home_delivery", codes=("cz", "sk"))
    sandbox.kaufland.cancel("MHM2D10", "NoInventory")
    sandbox.clock.advance(timedelta(days=5))
    found = bridge.reconcile.deadlines()
    text = str(found)
    assert "Deadlines of Demo shop, 2026-09-06 08:00: 3 units near the end of their delivery window" in text
    assert "0 units sent and not reported to Kaufland" in text
    assert "10 %: 79.80 CZK" in text
    assert "2026-09-07" in text
    assert found._repr_html_().count("<table>") == 3
    kept = json.loads(found.to_json())
    assert kept["due"][0]["expires"] == "2026-09-07T21:59:59+00:00"
    assert kept["rates"][0]["fee"] == 7_980
    for piece in sandbox.kaufland.orders["MA1B2C3"].pieces[1:]:
        sandbox.kaufland.touch(piece, "received")
    assert "1 unit near the end" in str(bridge.reconcile.deadlines())


def test_nothing_due_is_good():
    """Part 7."""
    _, bridge = world()
    found = bridge.reconcile.deadlines()
    assert found.good
    assert json.loads(found.to_json())["good"] is True


def test_a_shop_that_imports_nothing_asks_nothing():
    """Part 7."""
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(settings(import_orders=False))
    assert bridge.reconcile.deadlines().good
    assert bridge.reconcile.report(SINCE).good
    assert sandbox.log == []


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_both_run_under_an_event_loop_too(anyio_backend):
    """Part 7: one declaration, two colours."""
    made = []
    for asynchronous in (False, True):
        sandbox, blocking = world(codes=("cz", "de"), sync_offers=True)
        by_hand(sandbox, "MXXXXX1")
        sandbox.clock.advance(timedelta(days=4))
        if asynchronous:
            bridge = sandbox.async_bridge(settings("cz", "de", sync_offers=True), blocking.ledger)
            found, due = await bridge.reconcile.report(SINCE), await bridge.reconcile.deadlines()
        else:
            found, due = blocking.reconcile.report(SINCE), blocking.reconcile.deadlines()
        # How long it takes is no part of what is told.
        made.append((found.findings, due.due, due.unconfirmed, due.rates, sandbox.counts()))
    assert made[0] == made[1]
    assert made[0][0]
    assert made[0][1]
