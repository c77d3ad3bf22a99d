"""Orders that come in without an address get it once Kaufland gives it."""

from __future__ import annotations

import pytest
from attrs import evolve

from kaufland_shoptet import CompleteOrder, MemoryLedger, Plan, Sandbox, Settings
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.data import GUIDS
from kaufland_shoptet.sandbox.sdk import demo_settings

MAIL = "orders@shop.example"
HEAD = {"api": "shoptet", "method": "PATCH", "path": "/api/orders/*/head"}


def chosen(**changes: object) -> Settings:
    demo = demo_settings()
    front = evolve(demo.storefronts["cz"], **({"import_open": True, "email_fallback": MAIL} | changes))
    return evolve(demo, storefronts={"cz": front})


class World:
    """One reservation in the shop; its first minutes are over."""

    def __init__(self, *, wait: bool = True) -> None:
        self.sandbox = Sandbox.demo("open")
        self.ledger = MemoryLedger()
        self.bridge = self.sandbox.bridge(chosen(), self.ledger)
        assert results(self.bridge.apply(self.bridge.orders.plan())) == ["done"]
        (self.entry,) = self.ledger.orders()
        if wait:
            self.sandbox.clock.advance(16 * 60)

    @property
    def order(self):
        return self.sandbox.shoptet_client().orders.get(self.entry.code, include=["notes"])

    @property
    def theirs(self):
        return self.sandbox.kaufland_client().orders.get(self.entry.id_order)


def results(report) -> list[str]:
    return [outcome.result for outcome in report.outcomes]


def test_a_reservation_gets_its_address_once():
    world = World()
    assert world.order.email == MAIL
    assert world.order.billing_address.full_name is None
    plan = world.bridge.orders.plan()
    (change,) = plan.changes
    assert isinstance(change, CompleteOrder)
    assert change.what == f"contacts and addresses of {world.entry.code}"
    again = Plan.from_json(plan.to_json())
    assert again == plan
    assert results(world.bridge.apply(again)) == ["done"]
    theirs, ours = world.theirs, world.order
    assert ours.email == theirs.buyer.email
    assert ours.billing_address.street == theirs.billing_address.street
    assert ours.billing_address.full_name.endswith(theirs.billing_address.last_name)
    assert "a reservation" in ours.notes.eshop_remark
    assert not world.bridge.orders.plan()
    assert results(world.bridge.apply(plan)) == ["already"]


def test_neither_plan_nor_report_tells_who_the_buyer_is():
    world = World()
    plan = world.bridge.orders.plan()
    report = world.bridge.apply(plan)
    shown = plan.to_json() + str(plan) + repr(plan) + report.to_json() + str(report)
    theirs = world.theirs
    for secret in (theirs.buyer.email, theirs.billing_address.street, theirs.billing_address.last_name):
        assert secret not in shown


def test_another_address_for_delivery():
    world = World()
    order = world.sandbox.kaufland.orders[world.entry.id_order]
    order.shipping = {**order.shipping, "street": "Jiná", "company_name": "X" * 300}
    plan = world.bridge.orders.plan()
    assert any("delivery company was clipped" in each for each in plan.changes[0].notes)
    assert world.bridge.apply(plan).good
    assert world.order.delivery_address.street == "Jiná"
    assert not world.order.addresses_equal
    assert "X" * 300 in world.order.notes.eshop_remark, "nothing is dropped without a word"


def test_before_the_address_is_there_nothing_is_written():
    world = World(wait=False)
    assert not world.bridge.orders.plan()


def test_an_order_that_is_cancelled_in_its_first_minutes_needs_no_address():
    world = World(wait=False)
    world.sandbox.kaufland.cancel(world.entry.id_order)
    assert not world.bridge.orders.plan()


def test_an_old_reservation_is_not_asked_for_for_ever():
    world = World(wait=False)
    world.sandbox.clock.advance(86_400 * 31)
    world.sandbox.log.clear()
    assert not world.bridge.orders.plan()
    assert not any(entry.path == f"/orders/{world.entry.id_order}" for entry in world.sandbox.log)


def test_an_order_that_cannot_be_read_is_completed_by_the_next_run():
    world = World()
    fault = Fault(kind="500", api="kaufland", path=f"/orders/{world.entry.id_order}", times=99)
    world.sandbox.faults.add(fault)
    assert not world.bridge.orders.plan()
    world.sandbox.faults.clear()
    assert results(world.bridge.apply(world.bridge.orders.plan())) == ["done"]


def test_what_changed_since_the_plan_is_left_alone():
    world = World()
    plan = world.bridge.orders.plan()
    order = world.sandbox.kaufland.orders[world.entry.id_order]
    order.billing = {**order.billing, "street": "Jiná"}
    (outcome,) = world.bridge.apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("changed", "the order changed since: plan again")
    off = world.sandbox.bridge(chosen(import_orders=False), world.ledger)
    assert off.apply(plan).outcomes[0].detail == "import_orders is off by now"
    assert results(world.bridge.apply(world.bridge.orders.plan())) == ["done"]


@pytest.mark.parametrize("kind", ["timeout", "timeout_after", "500", "500_after"])
def test_a_write_without_an_answer_is_made_again(kind):
    world = World()
    world.sandbox.faults.add(Fault(kind=kind, **HEAD))
    assert results(world.bridge.apply(world.bridge.orders.plan())) == ["done"]
    assert world.order.email == world.theirs.buyer.email


def test_a_write_that_stays_without_an_answer_is_made_by_the_next_run():
    world = World()
    world.sandbox.faults.add(Fault(kind="500_after", times=99, **HEAD))
    assert results(world.bridge.apply(world.bridge.orders.plan())) == ["failed"]
    world.sandbox.faults.clear()
    assert results(world.bridge.apply(world.bridge.orders.plan())) == ["done"]
    assert not world.bridge.orders.plan()


def test_an_order_that_is_changed_at_the_same_moment_is_completed_by_the_next_run():
    world = World()
    world.sandbox.shoptet.orders[world.entry.code].edited = True
    assert results(world.bridge.apply(world.bridge.orders.plan())) == ["refused"]
    assert results(world.bridge.apply(world.bridge.orders.plan())) == ["done"]


def test_an_address_that_asks_for_another_shipping_method_says_so():
    world = World()
    world.sandbox.shoptet.orders[world.entry.code].row["shipping"] = {"guid": GUIDS["ppl"], "name": "PPL"}
    (outcome,) = world.bridge.apply(world.bridge.orders.plan()).outcomes
    assert outcome.good
    assert "it needs another shipping method" in outcome.detail


def test_reservations_of_another_storefront_are_its_own_matter():
    world = World()
    demo = demo_settings()
    both = evolve(demo, storefronts={"sk": demo.storefronts["sk"], **chosen().storefronts})
    (change,) = world.sandbox.bridge(both, world.ledger).orders.plan().changes
    assert change.storefront == "cz"


def test_an_order_with_an_address_is_no_reservation():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge(chosen())
    assert bridge.apply(bridge.orders.plan()).good
    assert bridge.ledger.actions("reservation") == []


def test_a_reservation_whose_answer_was_lost_is_found_although_kaufland_gives_an_email_by_now():
    sandbox, ledger = Sandbox.demo("open"), MemoryLedger()
    bridge = sandbox.bridge(chosen(), ledger)
    sandbox.faults.add(Fault(kind="timeout_after", api="shoptet", method="POST", path="/api/orders"))
    sandbox.faults.add(Fault(kind="502", api="shoptet", method="GET", path="/api/orders", times=5))
    assert results(bridge.apply(bridge.orders.plan())) == ["failed"]
    sandbox.faults.clear()
    sandbox.clock.advance(16 * 60)
    assert results(bridge.apply(bridge.orders.plan())) == ["recovered"]
    (entry,) = ledger.orders()
    assert entry.code in sandbox.shoptet.orders
    assert results(bridge.apply(bridge.orders.plan())) == ["done"]
    theirs = sandbox.kaufland_client().orders.get(entry.id_order)
    assert sandbox.shoptet_client().orders.get(entry.code).email == theirs.buyer.email
