"""Issue part 6: returns are told in the shop once, decided once, and no refund is ever made twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attrs import evolve

from kaufland_shoptet import MemoryLedger, Outcome, Plan, Sandbox, Settings, SqliteLedger
from kaufland_shoptet.errors import (
    ApiError,
    LedgerError,
    MappingError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PlanError,
)
from kaufland_shoptet.flows.applying import LIVING
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.kaufland.tables import BY_KAUFLAND
from kaufland_shoptet.sandbox.sdk import demo_settings

SILENT = ["timeout_after", "reset_after", "500_after", "html_after"]
LOST = ["timeout", "reset", "500", "503"]


def settings(**changes: object) -> Settings:
    """The demo's settings for one storefront, which tells returns."""
    demo = demo_settings()
    front = evolve(demo.storefronts["cz"], **({"remark_returns": True} | changes))
    return evolve(demo, storefronts={"cz": front})


def world(*facts: str, **changes: object):
    """A sandbox with imported orders, and a bridge over it."""
    sandbox = Sandbox.demo(*(facts or ("three_pieces", "home_delivery")))
    bridge = sandbox.bridge(settings(**changes))
    bridge.apply(bridge.orders.plan())
    return sandbox, bridge


def send_back(sandbox: Sandbox, id_order: str = "MA1B2C3", count: int = 1, **how: object):
    """Some pieces of an order come back, and arrive."""
    pieces = sandbox.kaufland.orders[id_order].pieces[:count]
    for piece in pieces:
        sandbox.kaufland.deliver(piece.id)
    parcel = sandbox.kaufland.begin_return(*(piece.id for piece in pieces), **how)
    sandbox.kaufland.receive_return(parcel.id)
    return parcel


def remarks(sandbox: Sandbox) -> list[str]:
    """All remarks in all histories."""
    return [row["text"] for order in sandbox.shoptet.orders.values() for row in order.history]


def results(report) -> list[str]:
    return [outcome.result for outcome in report.outcomes]


# Remarks.


def test_a_return_is_told_once_for_each_status():
    """Part 6: a remark for each return unit and status, and an empty plan after apply."""
    sandbox, bridge = world()
    piece = sandbox.kaufland.orders["MA1B2C3"].pieces[0].id
    parcel = sandbox.kaufland.begin_return(piece, reason="defect", note="Jana says: broken")
    told = []
    for step in (
        lambda: None,
        lambda: sandbox.kaufland.receive_return(parcel.id),
        lambda: sandbox.kaufland.accept(parcel.units[0]),
        lambda: sandbox.clock.advance(timedelta(days=2)),
    ):
        step()
        plan = bridge.returns.plan()
        told += [change.status for change in plan.changes]
        assert bridge.apply(plan).good
        assert not bridge.returns.plan()
        assert results(bridge.apply(plan)) == ["already"]
    assert told == ["need_to_be_returned", "return_arrived", "return_accepted", "return_closed"]
    assert len(remarks(sandbox)) == 4
    first = remarks(sandbox)[0]
    assert first.startswith("Kaufland MA1B2C3, return of SHP-0042 (1 of 3 pieces): announced, not here yet.")
    assert "Jana" not in "".join(remarks(sandbox))


def test_a_plan_of_returns_survives_json_and_names_no_buyer():
    """Part 6."""
    sandbox, bridge = world()
    send_back(sandbox, count=2, note="Jana Nováková, Dlouhá 15/3")
    plan = bridge.returns.plan()
    again = Plan.from_json(plan.to_json())
    assert again == plan
    assert results(bridge.apply(again)) == ["done", "done"]
    shown = plan.to_json() + str(plan) + plan._repr_html_() + "".join(remarks(sandbox))
    assert "Nováková" not in shown
    assert "Dlouhá" not in shown
    assert "2026000001: Kaufland MA1B2C3, return of SHP-0042" in str(plan)


def test_a_storefront_that_does_not_ask_for_it():
    """Part 6: off by default."""
    sandbox, bridge = world(remark_returns=False)
    send_back(sandbox)
    seen = len(sandbox.log)
    assert not bridge.returns.plan()
    assert len(sandbox.log) == seen


def test_switched_off_between_plan_and_apply():
    """Part 6."""
    sandbox, bridge = world()
    send_back(sandbox)
    plan = bridge.returns.plan()
    off = sandbox.bridge(settings(remark_returns=False), bridge.ledger)
    assert results(off.apply(plan)) == ["changed"]
    assert remarks(sandbox) == []


def test_a_return_of_an_order_of_somebody_else():
    """Part 6: only imported orders."""
    sandbox, _ = world()
    bridge = sandbox.bridge(settings(), MemoryLedger())
    parcel = send_back(sandbox)
    (skip,) = bridge.returns.plan().skips
    assert (skip.subject, skip.reason) == (
        str(parcel.units[0].id),
        "its order is not one that was imported",
    )
    bridge.apply(bridge.orders.plan())


def test_an_order_whose_code_is_not_known():
    """Part 6."""
    sandbox, bridge = world()
    bridge.ledger._orders["MA1B2C3"] = evolve(bridge.ledger.order("MA1B2C3"), code=None)
    send_back(sandbox)
    (skip,) = bridge.returns.plan().skips
    assert skip.reason == "its Shoptet code is not known"


def test_what_goes_on_in_between_is_planned_again():
    """Part 6: a stale plan writes nothing."""
    sandbox, bridge = world()
    parcel = send_back(sandbox)
    plan = bridge.returns.plan()
    sandbox.kaufland.accept(parcel.units[0])
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "changed"
    assert outcome.detail == "is accepted, Kaufland pays the buyer back by now: plan again"
    assert remarks(sandbox) == []


def test_an_order_takes_a_hundred_remarks():
    """Part 6: what does not fit is skipped with its reason."""
    sandbox, bridge = world()
    send_back(sandbox, count=3)
    order = sandbox.shoptet.orders[bridge.ledger.order("MA1B2C3").code]
    for _ in range(98):
        sandbox.shoptet_client().order_history.add(order.code, text="x")
    plan = bridge.returns.plan()
    assert len(plan.changes) == 2
    (skip,) = plan.skips
    assert skip.reason == "2026000001 has 100 remarks, Shoptet takes no more: return_arrived"
    assert not skip.again
    assert bridge.apply(plan).good
    assert len(order.history) == 100


def test_a_remark_that_is_refused_is_reported_and_tried_again():
    """Part 6."""
    sandbox, bridge = world()
    send_back(sandbox)
    plan = bridge.returns.plan()
    code = plan.changes[0].code
    order = sandbox.shoptet.orders[code]
    order.history += [
        {"id": n, "text": "x", "system": False, "type": "comment", "user": None, "creationTime": None}
        for n in range(100)
    ]
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "refused"
    assert "order-history-item-exceeded-limit" in outcome.detail
    assert not bridge.returns.plan().changes
    del order.history[50:]
    (change,) = bridge.returns.plan().changes
    assert change.reason.endswith("was refused before")


def test_what_another_tool_told_is_not_told_again():
    """Part 6: adoption, by the mark at the end of the remark."""
    sandbox, bridge = world()
    send_back(sandbox)
    bridge.apply(bridge.returns.plan())
    fresh = MemoryLedger()
    fresh._orders = dict(bridge.ledger._orders)
    (skip,) = sandbox.bridge(settings(), fresh).returns.plan().skips
    assert skip.reason == "told in the history of 2026000001 already: return_arrived"


def test_old_returns_are_found_when_they_change():
    """Part 6: return units do not tell when they changed, returns do."""
    sandbox, bridge = world()
    parcel = sandbox.kaufland.begin_return(sandbox.kaufland.orders["MA1B2C3"].pieces[0].id)
    bridge.apply(bridge.returns.plan())
    sandbox.clock.advance(timedelta(days=40))
    bridge.apply(bridge.returns.plan())
    assert len(remarks(sandbox)) == 1
    sandbox.kaufland.receive_return(parcel.id)
    bridge.apply(bridge.returns.plan())
    assert len(remarks(sandbox)) == 2
    sandbox.clock.advance(timedelta(days=1))
    assert not bridge.returns.plan(full=True)


def test_new_units_are_found_although_their_return_does_not_change():
    """Part 6: whether a return changes with its units is not documented."""
    sandbox, bridge = world()
    parcel = send_back(sandbox)
    bridge.apply(bridge.returns.plan())
    sandbox.clock.advance(timedelta(hours=3))
    sandbox.kaufland.turn(parcel.units[0], "return_in_repair")
    assert [change.status for change in bridge.returns.plan().changes] == ["return_in_repair"]


def test_what_kaufland_dispatched_is_left_alone():
    """Part 6: a server that ignores filters is not trusted."""
    sandbox, bridge = world()
    send_back(sandbox)
    sandbox.kaufland.orders["MA1B2C3"].fulfillment = BY_KAUFLAND
    assert not bridge.returns.plan()


def test_a_return_that_cannot_be_read_keeps_the_walk_back():
    """Part 6."""
    sandbox, bridge = world()
    parcel = sandbox.kaufland.begin_return(sandbox.kaufland.orders["MA1B2C3"].pieces[0].id)
    bridge.apply(bridge.returns.plan())
    sandbox.clock.advance(timedelta(days=40))
    bridge.apply(bridge.returns.plan())
    before = bridge.ledger.watermark("returns.cz")
    sandbox.kaufland.receive_return(parcel.id)
    sandbox.clock.advance(timedelta(days=1))
    sandbox.faults.add(Fault(kind="500", api="kaufland", path=f"/returns/{parcel.id}", times=9))
    plan = bridge.returns.plan()
    (skip,) = plan.skips
    assert (skip.subject, skip.again) == (f"return {parcel.id}", True)
    bridge.apply(plan)
    assert bridge.ledger.watermark("returns.cz") == before
    sandbox.faults.clear()
    assert len(bridge.returns.plan().changes) == 1


def test_an_order_that_cannot_be_read_is_looked_at_again():
    """Part 6."""
    sandbox, bridge = world()
    send_back(sandbox)
    sandbox.faults.add(Fault(kind="500", api="kaufland", path="/orders/MA1B2C3", times=9))
    (skip,) = bridge.returns.plan().skips
    assert (skip.subject, skip.again) == ("MA1B2C3", True)


@pytest.mark.parametrize("kind", SILENT)
def test_a_remark_that_arrived_without_an_answer_is_not_written_twice(kind):
    """Part 6: no remark twice."""
    sandbox, bridge = world()
    send_back(sandbox)
    plan = bridge.returns.plan()
    sandbox.faults.add(Fault(kind=kind, api="shoptet", method="POST", path="*/history"))
    assert results(bridge.apply(plan)) == ["recovered"]
    assert len(remarks(sandbox)) == 1


@pytest.mark.parametrize("kind", LOST)
def test_a_remark_that_did_not_arrive_is_written_after_looking(kind):
    """Part 6."""
    sandbox, bridge = world()
    send_back(sandbox)
    plan = bridge.returns.plan()
    sandbox.faults.add(Fault(kind=kind, api="shoptet", method="POST", path="*/history"))
    assert results(bridge.apply(plan)) == ["done"]
    assert len(remarks(sandbox)) == 1


def test_a_remark_whose_end_stays_unknown_is_found_by_the_next_run():
    """Part 6."""
    sandbox, bridge = world()
    send_back(sandbox)
    plan = bridge.returns.plan()
    sandbox.faults.add(Fault(kind="timeout", api="shoptet", method="POST", path="*/history"))
    sandbox.faults.add(Fault(kind="timeout_after", api="shoptet", method="POST", path="*/history", nth=2))
    sandbox.faults.add(Fault(kind="500", api="shoptet", method="GET", path="*/history", nth=2, times=9))
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "failed"
    assert bridge.ledger.actions("remark")[0].state == "intended"
    sandbox.faults.clear()
    (change,) = (again := bridge.returns.plan()).changes
    assert change.reason.endswith("an earlier attempt did not end: it is looked for first")
    assert results(bridge.apply(again)) == ["recovered"]
    assert len(remarks(sandbox)) == 1


def test_an_attempt_that_did_not_arrive_and_is_overtaken_comes_to_an_end():
    """Part 6: nothing stays begun in the ledger."""
    sandbox, bridge = world()
    parcel = send_back(sandbox)
    plan = bridge.returns.plan()
    sandbox.faults.add(Fault(kind="timeout", api="shoptet", method="POST", path="*/history", times=2))
    assert results(bridge.apply(plan)) == ["failed"]
    sandbox.kaufland.accept(parcel.units[0])
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "failed"
    assert "another run may be at it" in outcome.detail
    sandbox.clock.advance(LIVING * 2)
    assert results(bridge.apply(plan)) == ["changed"]
    assert bridge.ledger.actions("remark")[0].state == "refused"


@pytest.mark.parametrize("arrived", [False, True])
def test_what_was_begun_about_an_earlier_status_comes_to_an_end(arrived):
    sandbox, bridge = world()
    parcel = send_back(sandbox)
    plan = bridge.returns.plan()
    history = {"api": "shoptet", "path": "*/history"}
    sandbox.faults.add(
        Fault(kind="timeout_after" if arrived else "timeout", method="POST", times=2, **history)
    )
    sandbox.faults.add(Fault(kind="500", method="GET", times=99, **history))
    assert results(bridge.apply(plan)) == ["failed"]
    sandbox.faults.clear()
    sandbox.kaufland.accept(parcel.units[0])
    assert bridge.apply(bridge.returns.plan()).good
    states = {each.key.partition("/")[2]: each.state for each in bridge.ledger.actions("remark")}
    assert states == {"return_arrived": "done" if arrived else "refused", "return_accepted": "done"}
    assert sum(len(order.history) for order in sandbox.shoptet.orders.values()) == 1 + arrived


def test_plans_of_others_are_refused():
    """Part 6."""
    _, bridge = world()
    plan = bridge.returns.plan()
    with pytest.raises(PlanError, match="a plan of 'orders' is not for returns"):
        bridge.returns.apply(evolve(plan, flow="orders"))
    with pytest.raises(PlanError, match="the plan is for 'Another', these settings are for 'Demo shop'"):
        bridge.apply(evolve(plan, shop="Another"))


# Decisions.


@pytest.mark.parametrize(
    ("decision", "status", "args"),
    [
        ("accept", "return_accepted", ()),
        ("reject", "return_rejected", ("It was worn.",)),
        ("clarify", "return_in_clarification", ("Where is the charger?",)),
        ("repair", "return_in_repair", ()),
    ],
)
def test_each_decision_is_made_once(decision, status, args):
    """Part 6: state first, act once, the ledger knows."""
    sandbox, bridge = world()
    unit = send_back(sandbox).units[0]
    decide = getattr(bridge.returns, decision)
    assert decide(unit.id, *args) == Outcome(subject=str(unit.id), storefront="cz", result="done")
    assert unit.status == status
    assert decide(unit.id, *args).result == "already"
    assert len(sandbox.kaufland.messages) == len(args)
    (action,) = bridge.ledger.actions("return")
    assert (action.key, action.state, action.detail) == (f"{unit.id}/{decision}", "done", "{}")


def test_what_somebody_else_decided_is_there_already():
    """Part 6: the wanted state counts, whoever brought it about."""
    sandbox, bridge = world()
    unit = send_back(sandbox).units[0]
    sandbox.kaufland.accept(unit)
    assert bridge.returns.accept(unit.id).result == "already"
    assert bridge.ledger.actions("return") == []


def test_what_is_decided_at_the_same_moment_is_there_already():
    """Part 6: unit-wrong-status with the wanted state."""
    sandbox, bridge = world()
    unit = send_back(sandbox).units[0]
    sandbox.faults.before(
        lambda: sandbox.kaufland.accept(unit), Fault(kind="x", api="kaufland", path="*/accept")
    )
    assert bridge.returns.accept(unit.id).result == "already"
    assert bridge.ledger.actions("return")[0].state == "done"


def test_what_cannot_be_decided_is_refused():
    """Part 6."""
    sandbox, bridge = world()
    piece = sandbox.kaufland.orders["MA1B2C3"].pieces[0].id
    unit = sandbox.kaufland.begin_return(piece).units[0]
    outcome = bridge.returns.accept(unit.id)
    assert outcome.result == "refused"
    assert "returns/unit-wrong-status" in outcome.detail
    with pytest.raises(NotFound):
        bridge.returns.accept(1)
    with pytest.raises(MappingError, match="message: is empty"):
        bridge.returns.reject(unit.id, " ")


def test_a_decision_may_be_made_again_when_it_waits_again():
    """Part 6: not while Kaufland may only be slow to show it."""
    sandbox, bridge = world()
    unit = send_back(sandbox).units[0]
    bridge.returns.clarify(unit.id, "Where is the charger?")
    sandbox.kaufland.turn(unit, "return_arrived")
    outcome = bridge.returns.clarify(unit.id, "And the cable?")
    assert outcome.result == "already"
    assert outcome.detail.startswith("is arrived, waits for your decision")
    sandbox.clock.advance(timedelta(hours=2))
    assert bridge.returns.clarify(unit.id, "And the cable?").result == "done"
    assert len(sandbox.kaufland.messages) == 2
    sandbox.kaufland.close_return(unit.id)
    sandbox.clock.advance(timedelta(hours=2))
    assert bridge.returns.clarify(unit.id, "x").detail == "is closed"


@pytest.mark.parametrize("kind", SILENT)
def test_a_decision_that_arrived_without_an_answer(kind):
    """Part 6: the buyer is written once."""
    sandbox, bridge = world()
    unit = send_back(sandbox).units[0]
    sandbox.faults.add(Fault(kind=kind, api="kaufland", path="*/reject"))
    assert bridge.returns.reject(unit.id, "It was worn.").result == "recovered"
    assert len(sandbox.kaufland.messages) == 1


@pytest.mark.parametrize("kind", LOST)
def test_a_decision_that_did_not_arrive(kind):
    """Part 6."""
    sandbox, bridge = world()
    unit = send_back(sandbox).units[0]
    sandbox.faults.add(Fault(kind=kind, api="kaufland", path="*/reject"))
    assert bridge.returns.reject(unit.id, "It was worn.").result == "done"
    assert len(sandbox.kaufland.messages) == 1


def test_an_acceptance_that_was_begun_counts_when_the_case_is_closed():
    """Part 6."""
    sandbox, bridge = world()
    unit = send_back(sandbox).units[0]
    sandbox.faults.add(Fault(kind="timeout_after", api="kaufland", path="*/accept"))
    sandbox.faults.add(
        Fault(kind="500", api="kaufland", method="GET", path="/return-units/*", nth=2, times=9)
    )
    with pytest.raises(ApiError):
        bridge.returns.accept(unit.id)
    sandbox.faults.clear()
    sandbox.clock.advance(timedelta(days=2))
    assert unit.status == "return_closed"
    assert bridge.returns.accept(unit.id).result == "recovered"


def test_a_decision_of_which_nobody_knows_is_raised():
    """Part 6."""
    sandbox, bridge = world()
    unit = send_back(sandbox).units[0]
    sandbox.faults.add(Fault(kind="timeout", api="kaufland", path="*/accept", times=2))
    with pytest.raises(OutcomeUnknown):
        bridge.returns.accept(unit.id)
    assert bridge.returns.accept(unit.id).result == "done"


# Refunds.


def unit_of(sandbox: Sandbox) -> int:
    return sandbox.kaufland.orders["MA1B2C3"].pieces[0].id


def test_a_refund_is_made_once_for_each_key():
    """Part 6: refund once by ledger."""
    sandbox, bridge = world()
    unit = unit_of(sandbox)
    outcome = bridge.returns.refund(unit, 9_900, "delivery_delay", key="C-17")
    assert (outcome.result, outcome.detail, outcome.storefront) == ("done", "99.00 CZK", "cz")
    assert bridge.returns.refund(unit, 9_900, "delivery_delay", key="C-17").result == "already"
    assert [refund.amount for refund in sandbox.kaufland.refunds] == [9_900]
    with pytest.raises(PlanError, match=r"'C-17' was another one, 99\.00 CZK for unit"):
        bridge.returns.refund(unit, 100, "delivery_delay", key="C-17")
    assert bridge.returns.refund(unit, 100, "defect", key="C-18").result == "done"
    assert len(sandbox.kaufland.refunds) == 2


@pytest.mark.parametrize("kind", [*SILENT, *LOST, "truncated"])
def test_a_refund_whose_end_is_not_known_is_never_tried_again(kind):
    """Part 6, gotcha 26: no refund twice, whether it arrived or not."""
    sandbox, bridge = world()
    unit = unit_of(sandbox)
    sandbox.faults.add(Fault(kind=kind, api="kaufland", path="*/refund"))
    made = {"truncated": ["done"]}.get(kind)  # an answer without a body cannot be cut
    if made:
        assert bridge.returns.refund(unit, 9_900, "defect", key="C-17").result == "done"
        return
    for _ in range(3):
        with pytest.raises(LedgerError, match="nobody can know whether it was made") as caught:
            bridge.returns.refund(unit, 9_900, "defect", key="C-17")
    assert "Seller Portal" in str(caught.value)
    calls = [entry for entry in sandbox.log if entry.path.endswith("/refund")]
    assert len(calls) == 1
    assert len(sandbox.kaufland.refunds) <= 1
    assert bridge.ledger.action("refund", "C-17").state == "intended"


def test_somebody_who_looked_it_up_can_say_what_became_of_it():
    """Part 6."""
    sandbox, bridge = world()
    unit = unit_of(sandbox)
    for key, paid in (("A", True), ("B", False)):
        sandbox.faults.add(Fault(kind="timeout", api="kaufland", path="*/refund"))
        with pytest.raises(LedgerError):
            bridge.returns.refund(unit, 1_000, "defect", key=key)
        bridge.returns.settle_refund(key, paid=paid)
    assert bridge.returns.refund(unit, 1_000, "defect", key="A").result == "already"
    assert bridge.returns.refund(unit, 1_000, "defect", key="B").result == "done"
    with pytest.raises(LedgerError, match="settled without an intent"):
        bridge.returns.settle_refund("C", paid=True)


def test_a_refund_that_is_refused_may_be_tried_again():
    """Part 6."""
    sandbox, bridge = world()
    unit = unit_of(sandbox)
    sandbox.faults.add(Fault(kind="401", api="kaufland", path="*/refund"))
    outcome = bridge.returns.refund(unit, 9_900, "defect", key="C-17")
    assert outcome.result == "refused"
    assert outcome.detail.startswith("99.00 CZK: 401 for PATCH")
    assert bridge.returns.refund(unit, 9_900, "defect", key="C-17").result == "done"


def test_a_refund_that_never_left_may_be_tried_again(monkeypatch):
    """Part 6: a connection that was not made made no refund."""
    sandbox, bridge = world()
    unit = unit_of(sandbox)
    handle = sandbox.handle

    def unreachable(call):
        if call.path.endswith("/refund"):
            raise ConnectionRefusedError
        return handle(call)

    monkeypatch.setattr(sandbox, "handle", unreachable)
    with pytest.raises(NotSent):
        bridge.returns.refund(unit, 9_900, "defect", key="C-17")
    assert bridge.ledger.action("refund", "C-17").state == "refused"
    monkeypatch.undo()
    assert bridge.returns.refund(unit, 9_900, "defect", key="C-17").result == "done"


def test_refunds_stay_within_what_was_paid():
    """Part 6: price and shipping of the unit, all refunds together, also those that may have been made."""
    sandbox, bridge = world()
    unit = unit_of(sandbox)
    with pytest.raises(MappingError, match=r"598.01 CZK is more than the 598.00 CZK that are left"):
        bridge.returns.refund(unit, 59_801, "defect", key="A")
    with pytest.raises(MappingError, match="0 is no amount"):
        bridge.returns.refund(unit, 0, "defect", key="A")
    bridge.returns.refund(unit, 50_000, "defect", key="A")
    sandbox.faults.add(Fault(kind="timeout", api="kaufland", path="*/refund"))
    with pytest.raises(LedgerError):
        bridge.returns.refund(unit, 9_000, "defect", key="B")
    with pytest.raises(MappingError, match=r"the 8.00 CZK that are left"):
        bridge.returns.refund(unit, 801, "defect", key="C")
    assert bridge.returns.refund(unit, 800, "defect", key="C").result == "done"
    other = sandbox.kaufland.orders["MA1B2C3"].pieces[1].id
    assert bridge.returns.refund(other, 49_900, "defect", key="D").result == "done"


def test_a_reason_has_to_be_one_of_kauflands():
    """Part 6."""
    sandbox, bridge = world()
    with pytest.raises(MappingError, match=r"'kindness' is none that Kaufland takes\. Choose one of: deli"):
        bridge.returns.refund(unit_of(sandbox), 100, "kindness", key="A")


def test_one_key_at_the_same_moment_is_one_refund(tmp_path):
    """Part 6: two processes, one key."""
    sandbox, _ = world()
    unit = unit_of(sandbox)
    path = tmp_path / "ledger.sqlite"
    bridges = [sandbox.bridge(settings(), SqliteLedger(path)) for _ in range(6)]

    def refund(bridge):
        try:
            return bridge.returns.refund(unit, 100, "defect", key="C-17").result
        except LedgerError:
            return "unknown"

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(refund, bridges))
    assert told.count("done") == 1
    assert len(sandbox.kaufland.refunds) == 1


# Both colours.


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_returns_run_under_an_event_loop_too(anyio_backend):
    """Part 6: one declaration, two colours."""
    made = []
    for asynchronous in (False, True):
        sandbox, blocking = world()
        unit = send_back(sandbox).units[0]
        if asynchronous:
            bridge = sandbox.async_bridge(settings(), blocking.ledger)
            plan = await bridge.returns.plan()
            report = await bridge.apply(plan)
            decided = await bridge.returns.accept(unit.id)
            refunded = await bridge.returns.refund(unit.order_unit, 100, "defect", key="A")
        else:
            plan = blocking.returns.plan()
            report = blocking.apply(plan)
            decided = blocking.returns.accept(unit.id)
            refunded = blocking.returns.refund(unit.order_unit, 100, "defect", key="A")
        made.append((plan, report, decided, refunded, sandbox.counts()))
    assert made[0] == made[1]
