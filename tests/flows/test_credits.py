"""Issue part 6: pieces that came back and were accepted get a credit note in the shop, each one, once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve

from kaufland_shoptet import MemoryLedger, Plan, Sandbox, Settings
from kaufland_shoptet.flows.applying import LIVING
from kaufland_shoptet.flows.shop import Shop
from kaufland_shoptet.flows.table import entry
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.sdk import demo_settings

CREDIT = {"api": "shoptet", "method": "POST", "path": "/api/invoices/*/credit-note"}


def settings(**changes: object) -> Settings:
    demo = demo_settings()
    front = evolve(demo.storefronts["cz"], **({"credit_returns": True} | changes))
    return evolve(demo, storefronts={"cz": front})


class World:
    """Imported orders with invoices, of which pieces come back."""

    def __init__(self, *facts: str, invoiced: bool = True, **changes: object) -> None:
        self.sandbox = Sandbox.demo(*(facts or ("three_pieces", "home_delivery")))
        self.ledger = MemoryLedger()
        self.bridge = self.sandbox.bridge(settings(**changes), self.ledger)
        assert self.bridge.apply(self.bridge.orders.plan()).good
        if invoiced:
            for code in self.sandbox.shoptet.orders:
                self.sandbox.shoptet.issue_invoice(code)

    def send_back(self, id_order: str = "MA1B2C3", count: int = 1):
        """Some pieces come back and are accepted; their return units."""
        pieces = self.sandbox.kaufland.orders[id_order].pieces[:count]
        for piece in pieces:
            self.sandbox.kaufland.deliver(piece.id)
        parcel = self.sandbox.kaufland.begin_return(*(piece.id for piece in pieces))
        self.sandbox.kaufland.receive_return(parcel.id)
        for unit in parcel.units:
            self.sandbox.kaufland.accept(unit)
        return parcel.units

    def plan(self, **options: object) -> Plan:
        return self.bridge.returns.plan_credits(**options)

    def meanwhile(self, plan: Plan, fault: Fault) -> list[str]:
        """Where *fault* strikes, another run applies *plan*; what comes of that, once it has come."""
        late: list[str] = []

        def second() -> None:
            other = self.sandbox.bridge(settings(), self.ledger)
            late.extend(results(other.apply(plan)))

        self.sandbox.faults.before(second, fault)
        return late

    @property
    def notes(self):
        return list(self.sandbox.shoptet.credit_notes.values())

    def total(self) -> Decimal:
        rows = self.sandbox.shoptet_client().credit_notes.list()
        return sum((row.price.with_vat for row in rows), Decimal(0))


def results(report) -> list[str]:
    return [outcome.result for outcome in report.outcomes]


def test_each_accepted_piece_is_credited_once_at_the_price_that_was_paid():
    """Part 6: applied twice is applied once; the plan afterwards is empty; JSON and memory do the same."""
    world = World()
    world.send_back(count=2)
    plan = world.plan()
    assert [change.what for change in plan.changes] == ["1 x SHP-0042 of 2026900001: 499.00 CZK"] * 2
    again = Plan.from_json(plan.to_json())
    assert again == plan
    assert results(world.bridge.apply(again)) == ["done", "done"]
    assert results(world.bridge.apply(plan)) == ["already", "already"]
    assert not world.plan(full=True)
    assert len(world.notes) == 2
    assert world.total() == Decimal("-998.00")
    for change in plan.changes:
        assert f"(piece {change.piece}, return unit {change.unit})" in str(world.notes)


def twice_sent_back(world: World):
    """A piece that comes back, is rejected, comes back again and is accepted; both return units, closed."""
    kaufland, first = world.sandbox.kaufland, world.sandbox.kaufland.orders["MA1B2C3"].pieces[0]
    kaufland.deliver(first.id)
    parcels = []
    for accepted in (False, True):
        parcel = kaufland.begin_return(first.id)
        kaufland.receive_return(parcel.id)
        (unit,) = parcel.units
        if accepted:
            kaufland.accept(unit)
        else:
            world.sandbox.kaufland_client().return_units.reject(unit.id, message="It was worn.")
        unit.status = "return_closed"
        parcels.append(unit)
    return parcels


def test_a_piece_that_comes_back_twice_is_credited_once():
    """Part 6: one credit note for each piece, however many return units it has."""
    world = World()
    rejected, accepted = twice_sent_back(world)
    plan = world.plan(full=True)
    assert [change.unit for change in plan.changes] == [accepted.id]
    (change,) = plan.changes
    both = evolve(plan, changes=(change, evolve(change, subject=str(rejected.id), unit=rejected.id)))
    assert results(world.bridge.apply(both)) == ["done", "already"]
    assert world.total() == Decimal("-499.00")
    assert not world.plan(full=True)


def test_a_piece_that_comes_back_twice_is_credited_once_also_with_another_ledger():
    world = World()
    rejected, _ = twice_sent_back(world)
    plan = world.plan(full=True)
    assert results(world.bridge.apply(plan)) == ["done"]
    (change,) = plan.changes
    other = evolve(plan, changes=(evolve(change, subject=str(rejected.id), unit=rejected.id),))
    bridge = world.sandbox.bridge(settings(), MemoryLedger())
    assert results(bridge.apply(other)) == ["already"]
    assert world.total() == Decimal("-499.00")


def test_it_is_off_by_default_and_may_be_switched_off_in_between():
    world = World()
    world.send_back()
    plan = world.plan()
    off = world.sandbox.bridge(settings(credit_returns=False), world.ledger)
    assert results(off.apply(plan)) == ["changed"]
    seen = len(world.sandbox.log)
    assert not off.returns.plan_credits()
    assert len(world.sandbox.log) == seen
    assert not demo_settings().storefronts["cz"].credit_returns


def test_nothing_is_credited_before_it_is_accepted():
    world = World()
    piece = world.sandbox.kaufland.orders["MA1B2C3"].pieces[0].id
    world.sandbox.kaufland.deliver(piece)
    parcel = world.sandbox.kaufland.begin_return(piece)
    assert not world.plan().skips
    world.sandbox.kaufland.receive_return(parcel.id)
    assert not world.plan()
    assert not world.plan().skips


@pytest.mark.parametrize(
    ("status", "credited"), [("received", False), ("returned", True), ("returned_paid", True)]
)
def test_a_closed_return_counts_as_its_order_unit_tells(status, credited):
    world = World()
    (unit,) = world.send_back()
    unit.status = "return_closed"
    world.sandbox.kaufland.touch(world.sandbox.kaufland.pieces[unit.order_unit], status)
    plan = world.plan()
    assert bool(plan) is credited
    assert [("does not say that its buyer got the money" in skip.reason) for skip in plan.skips] == (
        [] if credited else [True]
    )


def test_without_an_invoice_or_with_several_it_is_left_to_the_merchant():
    world = World(invoiced=False)
    world.send_back()
    (skip,) = world.plan().skips
    assert skip.reason == "2026000001 has no valid invoice: issue the credit note yourself"
    world.sandbox.shoptet.issue_invoice("2026000001")
    assert world.plan().changes, "the invoice came later"
    world.sandbox.shoptet.issue_invoice("2026000001")
    (skip,) = world.plan().skips
    assert "several valid invoices, 2026900001, 2026900002" in skip.reason


def test_what_was_sold_with_a_discount_is_left_to_the_merchant():
    world = World("voucher")
    world.send_back(next(iter(world.sandbox.kaufland.orders)))
    (skip,) = world.plan().skips
    assert "was sold with a discount" in skip.reason
    ignoring = World("voucher", discounts="ignore")
    ignoring.send_back(next(iter(ignoring.sandbox.kaufland.orders)))
    assert ignoring.bridge.apply(ignoring.plan()).good


def test_an_order_that_was_edited_before_its_invoice_is_left_to_the_merchant():
    world = World(invoiced=False)
    world.sandbox.shoptet.orders["2026000001"].row["items"][0]["amount"] = "2.000"
    world.sandbox.shoptet.issue_invoice("2026000001")
    world.send_back()
    (skip,) = world.plan().skips
    assert "no line of 2026900001 is certainly the one of this piece" in skip.reason


def test_two_articles_are_told_apart():
    world = World("two_vat_rates")
    (id_order,) = world.sandbox.kaufland.orders
    pieces = world.sandbox.kaufland.orders[id_order].pieces
    world.send_back(id_order, count=len(pieces))
    plan = world.plan()
    assert [(change.article, change.total) for change in plan.changes] == [
        (piece.facts["id_offer"], piece.price) for piece in pieces
    ]
    assert world.bridge.apply(plan).good
    assert world.total() == -Decimal(sum(piece.price for piece in pieces)) / 100


def test_returns_of_unknown_orders_and_broken_reads():
    world = World()
    world.send_back()
    strange = world.sandbox.bridge(settings(), MemoryLedger())
    (skip,) = strange.returns.plan_credits().skips
    assert skip.reason == "its order is not one that was imported"
    world.sandbox.faults.add(Fault(kind="500", api="shoptet", path="/api/invoices/2026900001", times=99))
    (skip,) = world.plan().skips
    assert skip.again
    order = world.sandbox.kaufland.orders["MA1B2C3"]
    world.sandbox.faults.clear()
    order.pieces[:] = order.pieces[1:]
    (skip,) = world.plan().skips
    assert "Kaufland does not tell its piece" in skip.reason


@pytest.mark.parametrize("kind", ["timeout", "reset", "500", "503"])
def test_one_that_did_not_arrive_is_sent_once_more(kind):
    world = World()
    world.send_back()
    world.sandbox.faults.add(Fault(kind=kind, **CREDIT))
    assert world.bridge.apply(world.plan()).good
    assert len(world.notes) == 1


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "500_after", "html_after"])
def test_one_without_an_answer_is_looked_for(kind):
    world = World()
    world.send_back()
    world.sandbox.faults.add(Fault(kind=kind, **CREDIT))
    assert results(world.bridge.apply(world.plan())) == ["recovered"]
    assert len(world.notes) == 1


def test_one_that_was_begun_is_brought_to_its_end():
    world = World()
    world.send_back()
    plan = world.plan()
    world.sandbox.faults.add(Fault(kind="timeout_after", **CREDIT))
    blind = Fault(kind="500", api="shoptet", method="GET", path="/api/credit-notes", nth=2, times=99)
    world.sandbox.faults.add(blind)
    assert results(world.bridge.apply(plan)) == ["failed"]
    world.sandbox.faults.clear()
    (change,) = world.plan().changes
    assert change.reason.endswith("an earlier attempt did not end: it is looked for first")
    assert results(world.bridge.apply(world.plan())) == ["recovered"]
    assert len(world.notes) == 1


def test_two_runs_at_the_same_moment_issue_one():
    """Part 6: nothing in the shop would refuse the second one."""
    world = World()
    world.send_back()
    plan = world.plan()
    late = world.meanwhile(plan, Fault(kind="before", **CREDIT))
    assert results(world.bridge.apply(plan)) == ["done"]
    assert late == ["failed"]
    assert len(world.notes) == 1
    assert results(world.bridge.apply(plan)) == ["already"]


def test_two_runs_that_both_find_nothing_issue_one():
    world = World()
    world.send_back()
    plan = world.plan()
    looking = Fault(kind="before", api="shoptet", method="GET", path="/api/invoices/2026900001")
    late = world.meanwhile(plan, looking)
    (outcome,) = world.bridge.apply(plan).outcomes
    assert late == ["done"]
    assert (outcome.result, "done already" in outcome.detail) == ("failed", True)
    assert len(world.notes) == 1


def test_one_that_another_run_left_is_taken_up_after_some_minutes():
    world = World()
    world.send_back()
    plan = world.plan()
    world.ledger.intend_action("credit", str(plan.changes[0].piece), "{}", world.sandbox.clock.now())
    assert results(world.bridge.apply(plan)) == ["failed"]
    world.sandbox.clock.advance(LIVING * 2)
    assert results(world.bridge.apply(plan)) == ["done"]


def test_another_ledger_finds_it_by_its_reason():
    world = World()
    world.send_back()
    assert world.bridge.apply(world.plan()).good
    late = MemoryLedger()
    for entry_ in world.ledger.orders():
        late.intend(evolve(entry_, state="intended", code=None))
        late.settle(entry_.id_order, "imported", entry_.code, entry_.updated)
    bridge = world.sandbox.bridge(settings(), late)
    assert results(bridge.apply(bridge.returns.plan_credits())) == ["already"]
    assert not bridge.returns.plan_credits()
    assert len(world.notes) == 1


def test_what_changed_since_the_plan_is_left_alone():
    world = World()
    (unit,) = world.send_back()
    plan = world.plan()
    world.sandbox.shoptet.cancel_invoice("2026900001")
    (outcome,) = world.bridge.apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("changed", "2026900001 is not valid any more: plan again")
    unit.status = "return_rejected"
    (outcome,) = world.bridge.apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("changed", "is rejected by now: plan again")


def test_one_that_the_shop_refuses_is_told_and_tried_again():
    world = World()
    world.send_back()
    plan = world.plan()
    item = plan.changes[0].item
    world.sandbox.shoptet.issue_credit_note("2026900001", {item: Decimal(3)})
    assert results(world.bridge.apply(plan)) == ["refused"]
    (change,) = world.plan().changes
    assert change.reason.endswith("was refused before")


def test_it_is_a_flow_of_its_own():
    world = World()
    world.send_back()
    report = world.bridge.sync()
    assert "returns.credit" in [each.flow for each in report.flows]
    assert report.good
    assert len(world.notes) == 1
    assert not world.bridge.run(entry("returns.credit").planned(Shop(world.bridge.settings, world.ledger)))


def test_two_orders_are_credited_from_their_own_invoices():
    world = World()
    world.send_back()
    world.send_back("MHM2D10")
    plan = world.plan()
    assert {change.invoice for change in plan.changes} == {"2026900001", "2026900002"}
    assert results(world.bridge.apply(plan)) == ["done", "done"]
