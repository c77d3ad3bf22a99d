"""Issue part 6: the shop's invoices reach Kaufland once, and never where Kaufland issues them itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from kaufland_shoptet import MemoryLedger, Plan, Sandbox, Settings
from kaufland_shoptet.errors import PlanError
from kaufland_shoptet.flows.applying import LIVING
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.sdk import demo_settings

FACTS = ("three_pieces", "home_delivery")
UPLOAD = {"api": "kaufland", "method": "POST", "path": "/order-invoices/*"}
PDF = {"api": "shoptet", "method": "GET", "path": "*/pdf"}


def settings(*codes: str, **changes: object) -> Settings:
    """The demo's settings for some storefronts, which upload invoices."""
    demo = demo_settings()
    fronts = {
        code: evolve(demo.storefronts[code], **({"upload_invoices": True} | changes))
        for code in codes or ("cz",)
    }
    return evolve(demo, storefronts=fronts)


def world(*facts: str, codes: tuple[str, ...] = ("cz",), **changes: object):
    """A sandbox with imported orders that all have an invoice, and a bridge over it."""
    sandbox = Sandbox.demo(*(facts or FACTS))
    bridge = sandbox.bridge(settings(*codes, **changes))
    bridge.apply(bridge.orders.plan())
    for code in sandbox.shoptet.orders:
        sandbox.shoptet.issue_invoice(code)
    return sandbox, bridge


def uploaded(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Orders and names of all files that Kaufland was given."""
    return [
        (order.id, row["original_name"])
        for order in sandbox.kaufland.orders.values()
        for row in order.invoices
    ]


def results(report) -> list[str]:
    return [outcome.result for outcome in report.outcomes]


def test_invoices_are_uploaded_once():
    """Part 6: once per order, and an empty plan after apply."""
    sandbox, bridge = world()
    plan = bridge.invoices.plan()
    assert [change.what for change in plan.changes] == [
        "2026900001 of 2026000001 as 2026900001.pdf",
        "2026900002 of 2026000002 as 2026900002.pdf",
    ]
    assert uploaded(sandbox) == []
    report = bridge.apply(plan)
    assert [(outcome.result, outcome.code) for outcome in report.outcomes] == [
        ("done", "2026900001"),
        ("done", "2026900002"),
    ]
    assert uploaded(sandbox) == [("MA1B2C3", "2026900001.pdf"), ("MHM2D10", "2026900002.pdf")]
    files = sandbox.kaufland.files
    assert sorted(files.values()) == [made.pdf for made in sandbox.shoptet.invoices.values()]
    assert results(bridge.apply(plan)) == ["already", "already"]
    assert not bridge.invoices.plan(full=True)
    assert len(uploaded(sandbox)) == 2


def test_a_status_that_makes_an_invoice_is_enough():
    """Part 6: no hand of the merchant is needed."""
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge(settings(create_documents=True))
    bridge.apply(bridge.orders.plan())
    assert not bridge.invoices.plan()
    code = bridge.ledger.order("MA1B2C3").code
    sandbox.shoptet_client().orders.update_status(code, status_id=52)
    bridge.apply(bridge.invoices.plan())
    assert len(uploaded(sandbox)) == 1


def test_invoices_of_deemed_supplier_orders_are_never_uploaded():
    """Part 6, gotcha 58: whoever issued one in the shop."""
    sandbox, bridge = world("deemed_supplier", codes=("de",))
    (skip,) = bridge.invoices.plan().skips
    assert skip.reason == "Kaufland is the deemed supplier and issues the invoice, the shop must not"
    assert not skip.again
    before = uploaded(sandbox)
    sandbox.kaufland.orders["MDS1U13"].deemed_supplier = False
    plan = bridge.invoices.plan(full=True)
    assert len(plan.changes) == 1
    sandbox.kaufland.orders["MDS1U13"].deemed_supplier = True
    assert results(bridge.apply(plan)) == ["changed"]
    assert uploaded(sandbox) == before


def test_a_plan_of_invoices_survives_json_and_shows_no_token():
    """Part 6, gotcha 59: the address that Kaufland answers is kept nowhere."""
    sandbox, bridge = world()
    plan = bridge.invoices.plan()
    again = Plan.from_json(plan.to_json())
    assert again == plan
    report = bridge.apply(again)
    shown = plan.to_json() + report.to_json() + str(report) + repr(bridge.ledger.actions("invoice"))
    assert "token" not in shown
    assert "kaufland.de" not in shown
    bridge.apply(bridge.invoices.plan())
    order = sandbox.kaufland_client().orders.get("MA1B2C3", embedded=["order_invoices"])
    assert "token" not in repr(order)


def test_a_storefront_that_does_not_ask_for_it():
    """Part 6: off by default."""
    sandbox, bridge = world(upload_invoices=False)
    seen = len(sandbox.log)
    assert not bridge.invoices.plan()
    assert len(sandbox.log) == seen


def test_switched_off_between_plan_and_apply():
    """Part 6."""
    sandbox, bridge = world()
    plan = bridge.invoices.plan()
    off = sandbox.bridge(settings(upload_invoices=False), bridge.ledger)
    assert results(off.apply(plan)) == ["changed", "changed"]
    assert uploaded(sandbox) == []


def test_only_orders_that_were_imported():
    """Part 6: the shop has other customers, too."""
    sandbox, bridge = world("three_pieces")
    code = next(iter(sandbox.shoptet.orders))
    other = sandbox.bridge(settings(), MemoryLedger())
    assert not other.invoices.plan()
    sandbox.shoptet.cancel_invoice(sandbox.shoptet.issue_invoice(code).code)
    assert len(bridge.invoices.plan().changes) == 1, "invoices that are not valid do not count"


def test_what_has_an_invoice_there_is_left_alone():
    """Part 6: adoption of what another tool uploaded."""
    sandbox, bridge = world("three_pieces")
    plan = bridge.invoices.plan()
    upload = sandbox.kaufland_client().order_invoices.upload
    upload("MA1B2C3", original_name="by-hand.pdf", mime_type="application/pdf", data="JVBERi0=")
    (outcome,) = bridge.apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("changed", "has an invoice on Kaufland: by-hand.pdf")
    (skip,) = bridge.invoices.plan().skips
    assert skip.reason == "has an invoice on Kaufland: by-hand.pdf"


def test_several_invoices_of_one_order_are_for_somebody_to_choose():
    """Part 6: Kaufland takes one for the whole order."""
    sandbox, bridge = world("three_pieces")
    sandbox.shoptet.issue_invoice("2026000001")
    (skip,) = bridge.invoices.plan().skips
    assert skip.reason.startswith("has several valid invoices, 2026900001, 2026900002: upload the right one")
    assert not skip.again


def test_a_cancelled_order_needs_none():
    """Part 6."""
    sandbox, bridge = world("three_pieces")
    sandbox.kaufland.cancel("MA1B2C3")
    (skip,) = bridge.invoices.plan().skips
    assert skip.reason == "is cancelled as a whole"


def test_each_storefront_has_its_own_walk():
    """Part 6: one that is switched on later misses nothing."""
    sandbox, bridge = world("three_pieces", "measured", codes=("cz", "de"))
    only = sandbox.bridge(settings("cz"), bridge.ledger)
    only.apply(only.invoices.plan())
    sandbox.clock.advance(timedelta(days=2))
    only.apply(only.invoices.plan())
    bridge.apply(bridge.invoices.plan())
    assert sorted(order for order, _ in uploaded(sandbox)) == ["MA1B2C3", "MD4K9P2"]


def test_what_cannot_be_read_keeps_the_walk_back():
    """Part 6."""
    sandbox, bridge = world()
    sandbox.faults.add(Fault(kind="500", api="kaufland", path="/orders/MA1B2C3", times=9))
    plan = bridge.invoices.plan()
    (skip,) = plan.skips
    assert (skip.subject, skip.again) == ("MA1B2C3", True)
    bridge.apply(plan)
    sandbox.faults.clear()
    sandbox.clock.advance(timedelta(days=2))
    bridge.apply(bridge.invoices.plan())
    assert len(uploaded(sandbox)) == 2


def test_an_answer_without_invoices_is_no_proof_that_there_are_none(monkeypatch):
    """Part 6."""
    sandbox, bridge = world("three_pieces")
    sandbox.kaufland.orders["MA1B2C3"].verbatim = {"order_invoices": ...}
    (skip,) = bridge.invoices.plan().skips
    assert skip.again
    assert skip.reason.startswith("order_invoices: the order came without its invoices")


# The file.


def test_a_lock_on_documents_passes():
    """Part 6: one download at a time, 423 is waited for."""
    sandbox, bridge = world("three_pieces")
    plan = bridge.invoices.plan()
    sandbox.faults.add(Fault(kind="423", times=2, **PDF))
    assert results(bridge.apply(plan)) == ["done"]


@pytest.mark.parametrize("kind", ["truncated", "html"])
def test_a_file_that_is_none_is_not_uploaded(kind):
    """Part 6: type and wholeness are looked at before anything is sent."""
    sandbox, bridge = world("three_pieces")
    plan = bridge.invoices.plan()
    sandbox.faults.add(Fault(kind=kind, times=9, **PDF))
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "failed"
    assert uploaded(sandbox) == []
    assert bridge.ledger.actions("invoice") == []
    sandbox.faults.clear()
    assert results(bridge.apply(plan)) == ["done"]


def test_a_file_that_is_too_large_is_not_uploaded():
    """Part 6."""
    sandbox, bridge = world("three_pieces")
    sandbox.shoptet.invoices["2026900001"].pdf = b"%PDF-1.4" + b" " * 10_000_000 + b"%%EOF"
    (outcome,) = bridge.apply(bridge.invoices.plan()).outcomes
    assert outcome.detail.startswith("invoice: the file of 2026900001 has 10000013 bytes")


def test_one_that_fails_does_not_stop_the_others():
    """Part 6."""
    sandbox, bridge = world()
    plan = bridge.invoices.plan()
    del sandbox.shoptet.invoices["2026900001"]
    assert results(bridge.apply(plan)) == ["failed", "done"]


# What breaks in between.


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "500_after", "html_after", "truncated"])
def test_an_upload_that_arrived_without_an_answer_is_not_made_twice(kind):
    """Part 6: no invoice twice; read back by the name of the file."""
    sandbox, bridge = world("three_pieces")
    plan = bridge.invoices.plan()
    sandbox.faults.add(Fault(kind=kind, **UPLOAD))
    assert results(bridge.apply(plan)) == ["recovered"]
    assert len(uploaded(sandbox)) == 1


@pytest.mark.parametrize("kind", ["timeout", "reset", "500", "503"])
def test_an_upload_that_did_not_arrive_is_made_after_looking(kind):
    """Part 6."""
    sandbox, bridge = world("three_pieces")
    plan = bridge.invoices.plan()
    sandbox.faults.add(Fault(kind=kind, **UPLOAD))
    assert results(bridge.apply(plan)) == ["done"]
    assert len(uploaded(sandbox)) == 1


def test_an_upload_whose_end_stays_unknown_is_found_by_the_next_run():
    """Part 6."""
    sandbox, bridge = world("three_pieces")
    plan = bridge.invoices.plan()
    sandbox.faults.add(Fault(kind="timeout_after", **UPLOAD))
    sandbox.faults.add(Fault(kind="500", api="kaufland", path="/orders/*", nth=2, times=9))
    assert results(bridge.apply(plan)) == ["failed"]
    sandbox.faults.clear()
    (change,) = (again := bridge.invoices.plan()).changes
    assert change.reason.endswith("an earlier attempt did not end: it is looked for first")
    assert results(bridge.apply(again)) == ["recovered"]
    assert len(uploaded(sandbox)) == 1


def test_an_attempt_that_is_overtaken_comes_to_an_end():
    """Part 6: nothing stays begun in the ledger."""
    sandbox, bridge = world("three_pieces")
    plan = bridge.invoices.plan()
    sandbox.faults.add(Fault(kind="timeout", times=2, **UPLOAD))
    assert results(bridge.apply(plan)) == ["failed"]
    upload = sandbox.kaufland_client().order_invoices.upload
    upload("MA1B2C3", original_name="by-hand.pdf", mime_type="application/pdf", data="JVBERi0=")
    sandbox.clock.advance(LIVING * 2)
    assert results(bridge.apply(bridge.invoices.plan())) == ["changed"]
    assert bridge.ledger.action("invoice", "MA1B2C3").state == "refused"
    assert not bridge.invoices.plan()


def test_a_refused_upload_is_reported_and_tried_again():
    """Part 6."""
    sandbox, bridge = world("three_pieces")
    plan = bridge.invoices.plan()
    sandbox.shoptet.invoices["2026900001"].code = " "  # a file without a name is not taken
    (outcome,) = bridge.apply(evolve(plan, changes=(evolve(plan.changes[0], name=" "),))).outcomes
    assert outcome.result == "refused"
    assert "400 for POST /order-invoices/MA1B2C3" in outcome.detail
    sandbox.shoptet.invoices["2026900001"].code = "2026900001"
    (change,) = bridge.invoices.plan().changes
    assert change.reason == "the shop issued 2026900001; was refused before"


def test_plans_of_others_are_refused():
    """Part 6."""
    _, bridge = world()
    with pytest.raises(PlanError, match="a plan of 'returns' is not for invoices"):
        bridge.invoices.apply(evolve(bridge.invoices.plan(), flow="returns"))


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_invoices_run_under_an_event_loop_too(anyio_backend):
    """Part 6: one declaration, two colours."""
    made = []
    for asynchronous in (False, True):
        sandbox, blocking = world()
        if asynchronous:
            bridge = sandbox.async_bridge(settings(), blocking.ledger)
            plan = await bridge.invoices.plan()
            report = await bridge.apply(plan)
        else:
            plan = blocking.invoices.plan()
            report = blocking.apply(plan)
        made.append((plan, report, uploaded(sandbox), sandbox.counts()))
    assert made[0] == made[1]


def test_the_walk_stays_behind_an_import_that_did_not_end():
    """P6: the invoice of an order that is found only later is not passed over."""
    sandbox, bridge = world()
    entry = bridge.ledger.order("MA1B2C3")
    late = MemoryLedger()
    late.intend(evolve(entry, state="intended", code=None))
    other = sandbox.bridge(settings(), late)
    sandbox.clock.advance(86400)
    assert other.apply(other.invoices.plan()).good
    late.settle("MA1B2C3", "imported", entry.code, sandbox.clock.now())
    assert [change.subject for change in other.invoices.plan().changes] == ["MA1B2C3"]
