"""Orders of the shop follow Kaufland, Kaufland's units follow the shop, each as the merchant's table says."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaufland_shoptet import (
    Bridge,
    CancelUnit,
    FulfilUnit,
    MemoryLedger,
    Plan,
    Sandbox,
    SendUnit,
    SetStatus,
    Settings,
    TellCancelled,
)
from kaufland_shoptet.errors import ApiError, PlanError, SettingsError
from kaufland_shoptet.flows.applying import LIVING
from kaufland_shoptet.flows.plans import Report
from kaufland_shoptet.flows.shop import Shop
from kaufland_shoptet.flows.statuses import Statuses
from kaufland_shoptet.mapping.dispatch import DispatchRules
from kaufland_shoptet.mapping.statuses import Label, StatusMap, advances
from kaufland_shoptet.sandbox import Fault, Switches
from kaufland_shoptet.sandbox.data import GUIDS, write_shipments
from kaufland_shoptet.sandbox.sdk import demo_settings

ORDER = "MA1B2C3"
"""Three pieces of one offer."""
OTHER = "MHM2D10"
"""One piece."""
FACTS = ("three_pieces", "home_delivery")
TABLE = StatusMap.of(
    {
        Label.PENDING: [-1],
        Label.NOT_DISPATCHED: [26],
        Label.DISPATCHED: [52, -3],
        Label.DELIVERED: [53],
        Label.RETURNED: [70],
        Label.CANCELLED: [-4],
    }
)
DISPATCH = DispatchRules(
    carriers={GUIDS["shipping"]: "PPL", "zasilkovna": "Packeta", "gls-home": "GLS"},
    fulfil=True,
    cancel=True,
    cancel_reason="NoInventory",
)


def chosen(**changes: object) -> Settings:
    """The demo's settings for one storefront, with both ways switched on and some things changed."""
    demo = demo_settings()
    both = {"pull_statuses": True, "push_statuses": True, "statuses": TABLE, "dispatch": DISPATCH}
    front = evolve(demo.storefronts["cz"], **(both | changes))
    return evolve(demo, storefronts={"cz": front})


class World:
    """A sandbox with its orders imported, and who acts in it."""

    def __init__(self, *facts: str, switches: Switches | None = None, **changes: object) -> None:
        self.sandbox = Sandbox.demo(*(facts or FACTS), switches=switches)
        shop = self.sandbox.shoptet
        delivered = dict(shop.statuses[0]) | {"id": 53, "name": "Doručeno", "system": False}
        shop.statuses.append(delivered)
        self.settings = chosen(**changes)
        self.ledger = MemoryLedger()
        self.bridge: Bridge = self.sandbox.bridge(self.settings, self.ledger)
        assert self.bridge.apply(self.bridge.orders.plan()).good
        self.sandbox.clock.advance(60)
        self.sandbox.log.clear()

    def code(self, id_order: str = ORDER) -> str:
        """Shoptet's code of an order."""
        return self.ledger.order(id_order).code

    def order(self, id_order: str = ORDER):
        """The order in the shop."""
        return self.sandbox.shoptet.orders[self.code(id_order)]

    def pieces(self, id_order: str = ORDER):
        """Its units on Kaufland."""
        return self.sandbox.kaufland.orders[id_order].pieces

    def units(self, id_order: str = ORDER) -> list[str]:
        """The status of each."""
        return [piece.status for piece in self.pieces(id_order)]

    def merchant(self, status: int, note: str | None = None, id_order: str = ORDER) -> None:
        """The merchant changes an order in the administration."""
        order = self.order(id_order)
        shop = self.sandbox.shoptet
        shop.set_status(order, status, mails=False, documents=False)
        if note is not None:
            order.notes["trackingNumber"] = note
        shop.note_change(order)

    def kaufland(self, *statuses: str, id_order: str = ORDER) -> None:
        """The units change on Kaufland; of one status all get it."""
        pieces = self.pieces(id_order)
        self.sandbox.clock.advance(1)
        for piece, status in zip(pieces, statuses * len(pieces), strict=False):
            self.sandbox.kaufland.touch(piece, status)

    def again(self, **changes: object) -> Bridge:
        """A bridge with other settings and the same ledger."""
        return self.sandbox.bridge(chosen(**changes), self.ledger)

    def pull(self) -> Report:
        """What cron does."""
        return self.bridge.apply(self.bridge.statuses.plan_pull())

    def push(self) -> Report:
        """What cron does."""
        return self.bridge.apply(self.bridge.statuses.plan_push())

    @property
    def writes(self) -> list[str]:
        """Every call so far that was not a mere question."""
        return [f"{entry.method} {entry.path}" for entry in self.sandbox.log if entry.method != "GET"]


def results(report: Report) -> list[str]:
    return [outcome.result for outcome in report.outcomes]


def reasons(plan: Plan, subject: str = ORDER) -> list[str]:
    return [skip.reason for skip in plan.skips if skip.subject == subject]


def fault(kind: str, path: str, times: int = 1, method: str = "PATCH") -> Fault:
    return Fault(kind=kind, method=method, path=path, times=times)


# Both ways.


def test_everything_is_off_until_it_is_switched_on():
    world = World(pull_statuses=False, push_statuses=False)
    world.merchant(52, "1")
    for plan in (world.bridge.statuses.plan_pull(), world.bridge.statuses.plan_push()):
        assert not plan
        assert world.bridge.apply(plan).good
    assert world.sandbox.log == []


def test_a_plan_writes_nothing_and_apply_writes_exactly_the_plan():
    world = World()
    world.merchant(52, "4150123")
    plan = world.bridge.statuses.plan_push()
    assert world.writes == []
    assert world.ledger.actions("send") == []
    report = world.bridge.apply(plan)
    assert results(report) == ["done"] * 3
    assert world.writes == [f"PATCH /order-units/{piece.id}/send" for piece in world.pieces()]
    assert not world.bridge.statuses.plan_push()
    assert not world.bridge.statuses.plan_pull()


@pytest.mark.parametrize("way", ["pull", "push"])
def test_a_plan_survives_json_and_applies_the_same(way):
    reports = []
    for through_json in (False, True):
        world = World()
        world.merchant(52, "1", OTHER)
        world.kaufland("cancelled", "sent", "need_to_be_sent")
        plan = getattr(world.bridge.statuses, f"plan_{way}")()
        again = Plan.from_json(plan.to_json())
        assert again == plan
        reports.append(world.bridge.apply(again if through_json else plan))
    assert reports[0] == reports[1]


@pytest.mark.parametrize("way", ["pull", "push"])
def test_applying_twice_is_applying_once(way):
    world = World()
    world.merchant(52, "1", OTHER)
    world.kaufland("sent")
    plan = getattr(world.bridge.statuses, f"plan_{way}")()
    assert plan
    assert set(results(world.bridge.apply(plan))) == {"done"}
    before = world.writes
    assert set(results(world.bridge.apply(plan))) == {"already"}
    assert world.writes == before


def test_a_plan_is_for_one_shop_and_one_flow():
    world = World()
    world.kaufland("sent")
    plan = world.bridge.statuses.plan_pull()
    with pytest.raises(PlanError, match="'Another shop'"):
        world.bridge.apply(evolve(plan, shop="Another shop"))
    with pytest.raises(PlanError, match="this version has no flow 'stati'; there are orders"):
        world.bridge.apply(evolve(plan, flow="stati"))
    with pytest.raises(PlanError, match="a plan of 'orders' is not for statuses"):
        world.bridge.statuses.apply(evolve(plan, flow="orders"))


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_same_flows_run_under_an_event_loop(anyio_backend):
    told = []
    for awaited in (False, True):
        world = World()
        world.merchant(52, "1")
        world.kaufland("received", id_order=OTHER)
        if awaited:
            bridge = world.sandbox.async_bridge(world.settings, world.ledger)
            plans = [await bridge.statuses.plan_pull(), await bridge.statuses.plan_push()]
            reports = [await bridge.apply(plan) for plan in plans]
        else:
            plans = [world.bridge.statuses.plan_pull(), world.bridge.statuses.plan_push()]
            reports = [world.bridge.apply(plan) for plan in plans]
        told.append(([(plan.changes, plan.skips) for plan in plans], reports, world.sandbox.counts()))
    assert told[0] == told[1]
    assert results(reports[0]) == ["done"]
    assert results(reports[1]) == ["done"] * 3


def test_a_flow_can_be_stepped_through_without_any_client():
    steps = Statuses.plan_push(Shop(chosen(), MemoryLedger())).__await__()
    assert repr(next(steps)) == "Now()"
    assert len(steps.send(Sandbox().clock.now()).branches) == 3
    steps.close()


def test_neither_plan_nor_report_tells_who_the_buyer_is():
    world = World()
    world.merchant(52, "1")
    world.kaufland("sent", id_order=OTHER)
    shown = ""
    for plan in (world.bridge.statuses.plan_pull(), world.bridge.statuses.plan_push()):
        report = world.bridge.apply(plan)
        shown += str(plan) + repr(plan) + plan.to_json() + str(report) + report.to_json()
    shown += repr(world.ledger.actions("send"))
    for order in world.sandbox.shoptet.orders.values():
        address = order.row["billingAddress"]
        for secret in (order.row["email"], order.row["phone"], address["fullName"], address["street"]):
            assert secret not in shown


def test_what_is_planned_reads_well():
    world = World()
    world.merchant(52, "4150123,4150124")
    line = str(world.bridge.statuses.plan_push()).splitlines()[2]
    assert "of MA1B2C3, 2026000001 in the shop: PPL 4150123,4150124" in line
    assert "the shop has it as 52 Odesláno" in line
    world.kaufland("sent", "need_to_be_sent", "need_to_be_sent", id_order=OTHER)
    assert "2026000002: 26 to 52 Odesláno" in str(world.bridge.statuses.plan_pull())
    world.merchant(-4)
    assert "in the shop: NoInventory" in str(world.bridge.statuses.plan_push())


# Pull.


@pytest.mark.parametrize(
    ("unit", "status"),
    [
        ("open", -1),
        ("need_to_be_sent", 26),
        ("sent", 52),
        ("sent_and_autopaid", 52),
        ("received", 53),
        ("returned", 70),
        ("returned_paid", 70),
        ("cancelled", -4),
    ],
)
def test_r8_the_eight_statuses_of_kaufland_become_the_six_of_the_merchants_table(unit, status):
    """R8: the six labels of the merchant's table, mapped from the eight API statuses."""
    world = World()
    world.sandbox.shoptet.statuses.append(
        dict(world.sandbox.shoptet.statuses[0]) | {"id": 99, "name": "Balí se"}
    )
    world.merchant(99)  # which means nothing, so that every label is news
    world.kaufland(unit)
    plan = world.bridge.statuses.plan_pull()
    (change,) = plan.changes
    assert isinstance(change, SetStatus)
    assert (change.subject, change.code, change.before, change.after) == (ORDER, world.code(), 99, status)
    assert results(world.bridge.apply(plan)) == ["done"]
    assert world.order().status == status
    assert world.writes == [f"PATCH /api/orders/{world.code()}/status"]
    assert not world.bridge.statuses.plan_pull()


def test_r10_one_table_decides_what_is_imported_and_what_is_pulled():
    """R10: an imported order has the status of the table already, so that there is nothing to pull."""
    world = World()
    assert [order.status for order in world.sandbox.shoptet.orders.values()] == [26, 26]
    plan = world.bridge.statuses.plan_pull()
    assert not plan
    assert reasons(plan) == ["is Not Dispatched in the shop already"]


def test_r11_each_of_several_statuses_of_the_shop_means_the_label():
    """R11: an order that the merchant has as -3 is Dispatched, as with 52: it is left so, and it is sent."""
    world = World()
    world.merchant(-3, "1")
    assert len(world.bridge.statuses.plan_push().changes) == 3
    world.kaufland("sent")
    plan = world.bridge.statuses.plan_pull()
    assert not plan
    assert reasons(plan) == ["is Dispatched in the shop already"]


def test_r12_a_deleted_status_is_an_error_before_anything_is_written():
    """R12: ids are checked against the statuses that the shop has."""
    world = World()
    world.merchant(26)
    world.kaufland("sent")
    pull = world.bridge.statuses.plan_pull()
    statuses = world.sandbox.shoptet.statuses
    statuses[:] = [row for row in statuses if row["id"] != 52]
    for plan in (world.bridge.statuses.plan_pull, world.bridge.statuses.plan_push):
        with pytest.raises(
            SettingsError, match=r"storefront\.cz\.statuses\.dispatched: .* no status 52"
        ) as caught:
            plan()
        assert "-3 Vyřízena" in str(caught.value)
    with pytest.raises(SettingsError, match="no status 52"):
        world.bridge.apply(pull)
    assert world.writes == []


@pytest.mark.parametrize("way", ["pull", "push"])
def test_r12_a_renamed_status_is_reported(way):
    """R12: a status whose name changed since one was set may mean something else by now."""
    world = World()
    world.merchant(52, "1", OTHER)
    world.kaufland("sent")
    assert world.pull().good
    row = world.sandbox.shoptet.status_row(70)
    row["name"] = "Ztraceno"
    plan = getattr(world.bridge.statuses, f"plan_{way}")()
    (told,) = reasons(plan, "storefront.cz.statuses.returned")
    assert "status 70 was called 'Vráceno' and is now 'Ztraceno'" in told
    world.kaufland("received")
    assert world.pull().good
    assert not reasons(world.bridge.statuses.plan_pull(), "storefront.cz.statuses.returned")


def test_an_order_that_is_sent_in_part_says_so():
    world = World()
    world.merchant(-1)
    world.kaufland("need_to_be_sent", "sent", "cancelled")
    change, told = world.bridge.statuses.plan_pull().changes
    assert (change.after, change.label) == (26, "Not Dispatched")
    assert isinstance(told, TellCancelled)
    assert change.notes == ("partly dispatched", "partly cancelled")


def test_a_status_nobody_knows_yet_moves_nothing():
    world = World()
    world.kaufland("sent", "in_clearance", "sent")
    plan = world.bridge.statuses.plan_pull()
    assert not plan
    assert reasons(plan) == [
        "Kaufland tells in_clearance, which this version does not know; partly dispatched"
    ]


def test_a_label_without_a_status_moves_nothing():
    world = World(statuses=StatusMap.of({Label.NOT_DISPATCHED: [26]}))
    world.kaufland("sent")
    plan = world.bridge.statuses.plan_pull()
    assert reasons(plan) == ["is Dispatched on Kaufland, for which no status is set"]


def test_a_stale_read_moves_nothing_back():
    """Part 2: never backwards."""
    world = World()
    world.kaufland("received")
    assert world.pull().good
    world.kaufland("sent")  # an older truth
    plan = world.bridge.statuses.plan_pull()
    assert not plan
    assert reasons(plan) == ["is Delivered in the shop already, Dispatched would be a step back"]
    world.merchant(26)  # and neither after the merchant has moved it by hand
    assert not world.bridge.statuses.plan_pull()


def test_a_status_of_the_shops_own_stays_until_kaufland_has_news():
    world = World()
    world.sandbox.shoptet.statuses.append(
        dict(world.sandbox.shoptet.statuses[0]) | {"id": 99, "name": "Balí se"}
    )
    world.merchant(99)
    assert reasons(world.bridge.statuses.plan_pull()) == [
        "has a status of its own in the shop, and Kaufland tells nothing new"
    ]
    world.kaufland("sent")
    assert world.pull().good
    assert world.order().status == 52


def test_a_reservation_moves_on_when_its_first_minutes_are_over():
    world = World("open", import_open=True, email_fallback="orders@myshop.example")
    (entry,) = world.ledger.orders()
    assert world.order(entry.id_order).status == -1
    world.sandbox.clock.advance(16 * 60)
    assert results(world.pull()) == ["done"]
    assert world.order(entry.id_order).status == 26


@pytest.mark.parametrize("asked", [False, True])
def test_nobody_gets_mail_and_no_document_is_made_unless_asked_for(asked):
    world = World(send_emails=asked, create_documents=asked)
    world.sandbox.shoptet.mails.clear()
    world.kaufland("sent")
    assert world.pull().good
    assert bool(world.sandbox.shoptet.mails) is asked
    assert bool(world.sandbox.shoptet.documents) is asked


def test_where_kaufland_is_the_deemed_supplier_the_shop_never_invoices():
    world = World(send_emails=True, create_documents=True)
    world.sandbox.kaufland.orders[ORDER].deemed_supplier = True
    world.kaufland("sent")
    assert world.pull().good
    assert world.sandbox.shoptet.documents == []


def test_a_document_that_was_not_made_is_reported():
    world = World(switches=Switches(documents_fail=True), create_documents=True)
    world.kaufland("sent")
    (outcome,) = world.pull().outcomes
    assert outcome.result == "done"
    assert "document-not-generated" in outcome.detail
    assert world.order().status == 52


def test_an_order_that_is_changed_at_the_same_moment_is_decided_again():
    """Part 2: record-already-changed is read again."""
    world = World()
    world.kaufland("sent")
    plan = world.bridge.statuses.plan_pull()
    world.sandbox.shoptet.edit(world.code())
    assert results(world.bridge.apply(plan)) == ["done"]
    assert len(world.writes) == 2
    assert world.order().status == 52


def test_and_left_alone_if_it_is_something_else_by_then():
    world = World()
    world.kaufland("sent")
    plan = world.bridge.statuses.plan_pull()

    def cancel() -> None:
        world.merchant(-4)
        world.sandbox.shoptet.edit(world.code())

    world.sandbox.faults.before(cancel, fault("before", "/api/orders/*/status"))
    (outcome,) = world.bridge.apply(plan).outcomes
    assert outcome.result == "changed"
    assert "Dispatched would be a step back" in outcome.detail
    assert world.order().status == -4


def test_but_not_for_ever():
    world = World()
    world.kaufland("sent")
    plan = world.bridge.statuses.plan_pull()
    edit = fault("before", "/api/orders/*/status", times=9)
    world.sandbox.faults.before(lambda: world.sandbox.shoptet.edit(world.code()), edit)
    (outcome,) = world.bridge.apply(plan).outcomes
    assert outcome.result == "refused"
    assert "record-already-changed" in outcome.detail
    assert len(world.writes) == 2


def test_a_stale_plan_does_nothing_wrong():
    world = World()
    world.kaufland("sent")
    plan = world.bridge.statuses.plan_pull()
    world.kaufland("received")
    (outcome,) = world.bridge.apply(plan).outcomes
    assert outcome.result == "changed"
    assert outcome.detail.endswith("26 to 53 Doručeno: plan again")
    world.merchant(53)
    (outcome,) = world.bridge.apply(plan).outcomes
    assert outcome.result == "changed"
    world.merchant(52)
    assert results(world.bridge.apply(plan)) == ["already"]
    assert world.writes == []
    (outcome,) = world.again(pull_statuses=False).apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("changed", "pull_statuses is off by now")
    (outcome,) = world.sandbox.bridge(world.settings, MemoryLedger()).apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("changed", "the ledger knows another order: plan again")


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "500_after", "html_after", "truncated"])
def test_a_status_that_arrived_without_an_answer_is_in_place(kind):
    world = World()
    world.kaufland("sent")
    plan = world.bridge.statuses.plan_pull()
    world.sandbox.faults.add(fault(kind, "/api/orders/*/status"))
    (outcome,) = world.bridge.apply(plan).outcomes
    assert outcome.result in ("recovered", "done")  # some are repeated by the client itself
    assert world.order().status == 52
    assert not world.bridge.statuses.plan_pull()


def test_a_status_whose_fate_nobody_knows_counts_as_written_once_it_is_seen():
    world = World()
    world.kaufland("sent")
    world.sandbox.faults.add(fault("html_after", "/api/orders/*/status"))
    read = Fault(kind="500", method="GET", path=f"/api/orders/{world.code()}", nth=3, times=99)
    world.sandbox.faults.add(read)
    assert results(world.pull()) == ["failed"]
    world.sandbox.faults.clear()
    plan = world.bridge.statuses.plan_pull()
    (change,) = plan.changes
    assert (change.reason, change.before, change.after) == (
        "an earlier attempt did not end: it is looked for first",
        52,
        52,
    )
    assert results(world.bridge.apply(plan)) == ["recovered"]
    world.merchant(26)
    assert not world.bridge.statuses.plan_pull()


@pytest.mark.parametrize(("kind", "result"), [("html", "failed"), ("500", "failed"), ("429", "failed")])
def test_a_status_that_cannot_be_set_is_left_to_the_next_run(kind, result):
    world = World()
    world.kaufland("sent")
    plan = world.bridge.statuses.plan_pull()
    world.sandbox.faults.add(fault(kind, "/api/orders/*/status", times=99))
    (outcome,) = world.bridge.apply(plan).outcomes
    assert outcome.result == result
    assert world.ledger.watermark("statuses.pull.cz") is None
    world.sandbox.faults.clear()
    assert results(world.pull()) == ["done"]


def test_one_status_that_is_refused_does_not_stop_the_others():
    world = World()
    world.kaufland("sent")
    world.kaufland("sent", id_order=OTHER)
    plan = world.bridge.statuses.plan_pull()
    gone = world.code()
    world.sandbox.faults.before(
        lambda: world.sandbox.shoptet.orders.pop(gone), fault("before", f"/api/orders/{gone}/status")
    )
    assert sorted(results(world.bridge.apply(plan))) == ["done", "refused"]


def test_orders_of_others_are_not_touched():
    world = World()
    bridge = world.sandbox.bridge(world.settings, MemoryLedger())
    world.kaufland("sent")
    plan = bridge.statuses.plan_pull()
    assert (plan.changes, plan.skips) == ((), ())


def test_a_unit_of_another_storefront_is_not_looked_at():
    """Kaufland ignores filters that it does not know."""
    world = World()
    world.kaufland("sent")
    for piece in world.pieces():
        piece.verbatim = {"storefront": "de"}
    assert not reasons(world.bridge.statuses.plan_pull())


def test_an_order_whose_code_nobody_knows_is_reported():
    world = World()
    entry = world.ledger.order(ORDER)
    ledger = MemoryLedger()
    ledger.intend(evolve(entry, state="intended", code=None))
    assert not world.sandbox.bridge(world.settings, ledger).statuses.plan_pull().skips
    ledger.settle(ORDER, "imported", None, entry.updated)
    bridge = world.sandbox.bridge(world.settings, ledger)
    assert reasons(bridge.statuses.plan_pull()) == ["imported, its Shoptet code is not known"]
    assert not bridge.statuses.plan_push(full=True).skips


def test_an_order_deleted_in_the_shop_is_reported_once():
    world = World()
    world.sandbox.shoptet_client().orders.delete(world.code())
    world.kaufland("sent")
    for plan in (world.bridge.statuses.plan_pull(), world.bridge.statuses.plan_push()):
        (skip,) = (skip for skip in plan.skips if skip.subject == ORDER)
        assert "404" in skip.reason
        assert not skip.again
        assert plan.marks[0].to == plan.made


def test_the_walk_stays_behind_what_could_not_be_read():
    world = World()
    world.kaufland("sent")
    changed = world.pieces()[0].updated.replace(microsecond=0)
    world.sandbox.faults.add(fault("html", f"/orders/{ORDER}", 99, "GET"))
    plan = world.bridge.statuses.plan_pull()
    (skip,) = (skip for skip in plan.skips if skip.subject == ORDER)
    assert skip.again
    assert plan.marks[0].to == changed
    world.bridge.apply(plan)
    world.sandbox.faults.clear()
    world.sandbox.clock.advance(86400)
    assert results(world.pull()) == ["done"]


def test_only_what_changed_is_looked_at_unless_all_is_asked_for():
    world = World()
    world.kaufland("sent")
    assert world.pull().good
    world.sandbox.clock.advance(86400)
    assert world.pull().good
    world.merchant(26)
    assert not world.bridge.statuses.plan_pull().skips
    assert reasons(world.bridge.statuses.plan_pull(full=True)) == ["is Dispatched in the shop already"]


def test_a_refused_read_stops_the_plan():
    world = World()
    world.sandbox.faults.add(fault("500", "/api/orders/statuses", 99, "GET"))
    with pytest.raises(ApiError, match="500 for GET /api/orders/statuses"):
        world.bridge.statuses.plan_pull()


# Push.


@pytest.mark.parametrize(
    ("before", "status", "kind", "after"),
    [
        ("open", 26, FulfilUnit, "need_to_be_sent"),
        ("need_to_be_sent", 52, SendUnit, "sent"),
        ("need_to_be_sent", -3, SendUnit, "sent"),
        ("open", -4, CancelUnit, "cancelled"),
        ("need_to_be_sent", -4, CancelUnit, "cancelled"),
    ],
)
def test_r9_a_status_of_the_shop_moves_the_units_as_the_table_says(before, status, kind, after):
    """R9: a Shoptet status change moves the Kaufland units as mapped."""
    world = World()
    world.kaufland(before)
    world.merchant(status, "4150123")
    plan = world.bridge.statuses.plan_push()
    assert [type(change) for change in plan.changes] == [kind] * 3
    assert [change.subject for change in plan.changes] == [str(piece.id) for piece in world.pieces()]
    assert results(world.bridge.apply(plan)) == ["done"] * 3
    assert world.units() == [after] * 3
    assert not world.bridge.statuses.plan_push()


@pytest.mark.parametrize(
    ("units", "status", "reason"),
    [
        ("need_to_be_sent", -1, "Kaufland does not let a seller set Pending"),
        ("sent", 53, "Kaufland does not let a seller set Delivered"),
        ("received", 70, "Kaufland does not let a seller set Returned"),
        ("sent", -4, "sent already: it can only come back as a return"),
        ("cancelled", 52, "cancelled on Kaufland: it is not to be sent"),
        ("in_clearance", 52, "Kaufland calls it in_clearance, which this version does not know"),
        ("sent", -2, "the shop has it as -2 Vyřizuje se, which means nothing on Kaufland"),
    ],
)
def test_r9_what_cannot_act_is_a_reported_no_op(units, status, reason):
    """R9: what cannot act is a reported no-op."""
    world = World()
    world.kaufland(units)
    world.merchant(status, "4150123")
    plan = world.bridge.statuses.plan_push()
    assert not plan
    assert reasons(plan) == [reason]
    assert not any(skip.again for skip in plan.skips)
    assert world.bridge.apply(plan).good
    assert world.writes == []


def test_units_of_one_order_that_stand_apart_are_told_apart():
    world = World()
    world.kaufland("need_to_be_sent", "sent", "cancelled")
    world.merchant(52, "4150123")
    plan = world.bridge.statuses.plan_push()
    assert [change.unit for change in plan.changes] == [world.pieces()[0].id]
    assert reasons(plan) == [
        "1 of 3 units: sent already",
        "1 of 3 units: cancelled on Kaufland: it is not to be sent",
    ]


def test_an_order_without_a_status_is_a_no_op():
    world = World()
    world.merchant(52)
    world.order().row["status"] = None
    plan = world.bridge.statuses.plan_push()
    assert reasons(plan) == ["the shop has it without a status, which means nothing on Kaufland"]
    world.kaufland("sent")
    (change,) = world.bridge.statuses.plan_pull().changes
    assert change.before is None


def test_several_numbers_travel_as_one_text():
    """Part 2: several numbers."""
    world = World()
    world.merchant(52, "4150123; 4150124 4150123")
    assert world.push().good
    assert {shipment.tracking_numbers for shipment in world.sandbox.kaufland.shipments} == {"4150123,4150124"}
    assert {shipment.carrier for shipment in world.sandbox.kaufland.shipments} == {"PPL"}


def test_without_a_number_in_the_notes_the_newest_live_shipment_counts():
    """Part 2: tracking from notes or shipments."""
    world = World()
    write_shipments(world.sandbox.shoptet, world.code())
    world.sandbox.shoptet.ship(world.code(), "9", kind="return")
    world.sandbox.shoptet.ship("another", "8")
    world.merchant(52)
    assert {change.tracking for change in world.bridge.statuses.plan_push().changes} == {"80003"}


def test_the_service_of_a_shipment_tells_the_carrier():
    world = World()
    world.sandbox.shoptet.ship(world.code(), "1", None, "2", service="gls-home")
    world.merchant(52)
    assert {(change.tracking, change.carrier) for change in world.bridge.statuses.plan_push().changes} == {
        ("1,2", "GLS")
    }


def test_the_company_behind_the_shipping_method_tells_the_carrier():
    """Rule 3: Shoptet's carriers map to Kaufland's."""
    world = World("packeta")
    (entry,) = world.ledger.orders()
    world.merchant(52, "Z123", entry.id_order)
    (change,) = world.bridge.statuses.plan_push().changes
    assert change.carrier == "Packeta"
    world.order(entry.id_order).row["shipping"] = None
    world.order(entry.id_order).details = {
        "shippingCompanyCode": "gls-home",
        **dict.fromkeys(
            (
                "branchId",
                "name",
                "note",
                "place",
                "street",
                "city",
                "zipCode",
                "countryCode",
                "link",
                "latitude",
                "longitude",
                "carrierId",
            )
        ),
    }
    (change,) = world.bridge.statuses.plan_push().changes
    assert change.carrier == "GLS"
    world.order(entry.id_order).details = None
    plan = world.bridge.statuses.plan_push()
    assert "no carrier is set for an order without a shipping method" in reasons(plan, entry.id_order)[0]


def test_a_shop_that_does_not_ship_through_shoptet_waits():
    world = World()
    world.sandbox.shoptet.denied.add(("shipments", "read"))
    world.merchant(52)
    plan = world.bridge.statuses.plan_push()
    assert not plan
    assert reasons(plan) == ["there is no tracking number yet"]


def test_a_number_that_comes_later_is_waited_for():
    """Part 2: the waiting policy."""
    world = World()
    world.merchant(52)
    touched = world.order().changed.replace(microsecond=0)
    plan = world.bridge.statuses.plan_push()
    assert plan.skips[0].again
    assert plan.marks[0].to == touched
    assert world.bridge.apply(plan).good
    world.sandbox.clock.advance(86400)
    world.sandbox.shoptet.ship(world.code(), "1")  # which does not change the order
    assert results(world.push()) == ["done"] * 3


def test_or_reported_as_other_after_a_while():
    rules = evolve(DISPATCH, without_tracking="other", wait_hours=24)
    world = World(dispatch=rules)
    world.merchant(52)
    assert not world.push().outcomes
    world.sandbox.clock.advance(86400)
    assert results(world.push()) == ["done"] * 3
    assert {(each.carrier, each.tracking_numbers) for each in world.sandbox.kaufland.shipments} == {
        ("Other", "")
    }


def test_a_parcel_that_comes_after_is_reported_and_not_sent_twice():
    """Part 2: late parcels."""
    world = World()
    world.merchant(52, "1")
    assert world.push().good
    world.merchant(52, "1, 2")
    plan = world.bridge.statuses.plan_push()
    assert not plan
    assert reasons(plan) == ["sent already, and now there is 2 too: add it in the Seller Portal"]


def test_a_carrier_that_nobody_set_waits_and_names_the_setting():
    """Rule 3: what is not mapped waits, and the setting is named."""
    world = World(dispatch=DispatchRules())
    world.merchant(52, "1")
    plan = world.bridge.statuses.plan_push()
    (reason,) = reasons(plan)
    assert f"no carrier is set for {GUIDS['shipping']}" in reason
    assert "storefront.cz.dispatch.carriers" in reason
    assert results(world.again().apply(world.again().statuses.plan_push())) == ["done"] * 3


@pytest.mark.parametrize(
    ("name", "meant"), [("ppl", "PPL"), ("DPD Czech", "DPD Czech Republic"), ("Zásilkovna", "Packeta")]
)
def test_a_carrier_that_kaufland_does_not_have_is_an_error(name, meant):
    world = World()
    world.merchant(52, "1")
    plan = world.bridge.statuses.plan_push()
    bridge = world.again(dispatch=DispatchRules(carriers={"ppl": name}))
    for step in (bridge.statuses.plan_push, lambda: bridge.apply(plan)):
        with pytest.raises(SettingsError, match=r"storefront\.cz\.dispatch\.carriers\.ppl") as caught:
            step()
        assert name in str(caught.value)
        assert meant in str(caught.value)
    assert world.writes == []


def test_nothing_is_cancelled_unless_asked_for():
    world = World(dispatch=DispatchRules(cancel_reason="NoInventory"))
    world.merchant(-4)
    plan = world.bridge.statuses.plan_push()
    assert not plan
    assert reasons(plan) == ["still to be sent on Kaufland: cancelling is switched off"]
    assert results(world.again().apply(world.again().statuses.plan_push())) == ["done"] * 3
    assert {piece.cancel_reason for piece in world.pieces()} == {"NoInventory"}


def test_open_units_are_left_to_kaufland_unless_asked_for():
    world = World(dispatch=evolve(DISPATCH, fulfil=False))
    world.kaufland("open")
    world.merchant(26)
    assert reasons(world.bridge.statuses.plan_push()) == ["open: Kaufland takes it into fulfilment by itself"]
    world.merchant(52, "1")
    plan = world.bridge.statuses.plan_push()
    assert not plan
    assert plan.skips[0].again


# What goes wrong on the way.


def some_unit(world: World, number: int = 1, action: str = "send") -> str:
    return f"/order-units/{world.pieces()[number].id}/{action}"


def test_a_failure_half_way_leaves_the_rest_to_the_next_run():
    """Part 2: resumable unit by unit."""
    world = World()
    world.merchant(52, "1")
    world.sandbox.faults.add(fault("500", some_unit(world), times=9))
    report = world.push()
    assert results(report) == ["done", "failed", "done"]
    assert world.units() == ["sent", "need_to_be_sent", "sent"]
    assert world.ledger.watermark("statuses.push.cz") is None
    world.sandbox.faults.clear()
    world.sandbox.clock.advance(86400)
    (change,) = world.bridge.statuses.plan_push().changes
    assert change.reason.endswith("an earlier attempt did not end: it is looked for first")
    assert results(world.push()) == ["done"]
    assert len(world.sandbox.kaufland.shipments) == 3


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "500_after", "html_after"])
@pytest.mark.parametrize(
    ("before", "status", "action"),
    [("need_to_be_sent", 52, "send"), ("need_to_be_sent", -4, "cancel"), ("open", 26, "fulfil")],
)
def test_a_call_that_arrived_without_an_answer_is_found_by_reading_back(kind, before, status, action):
    world = World()
    world.kaufland(before)
    world.merchant(status, "1")
    world.sandbox.faults.add(fault(kind, some_unit(world, 1, action)))
    assert results(world.push()) == ["done", "recovered", "done"]
    assert len(world.writes) == 3
    assert {action.state for action in world.ledger.actions(action)} == {"done"}


@pytest.mark.parametrize("kind", ["timeout", "reset", "500", "503", "html"])
def test_a_call_that_did_not_arrive_is_made_after_looking(kind):
    world = World()
    world.merchant(52, "1")
    world.sandbox.faults.add(fault(kind, some_unit(world)))
    assert results(world.push()) == ["done"] * 3
    assert len(world.sandbox.kaufland.shipments) == 3


def test_an_outcome_that_stays_unknown_is_resolved_by_the_next_run():
    world = World()
    world.merchant(52, "1")
    unit = world.pieces()[1].id
    world.sandbox.faults.add(fault("timeout_after", some_unit(world)))
    world.sandbox.faults.add(fault("500", f"/order-units/{unit}", 99, "GET"))
    assert results(world.push()) == ["done", "failed", "done"]
    assert world.ledger.action("send", str(unit)).state == "intended"
    world.sandbox.faults.clear()
    plan = world.bridge.statuses.plan_push()
    (change,) = plan.changes
    assert change.reason == "an earlier attempt did not end: it is looked for first"
    assert (change.tracking, change.carrier) == ("1", "PPL")
    assert results(world.bridge.apply(plan)) == ["recovered"]
    assert world.ledger.action("send", str(unit)).state == "done"
    assert not world.bridge.statuses.plan_push()
    assert len(world.sandbox.kaufland.shipments) == 3


@pytest.mark.parametrize(("status", "action"), [(-4, "cancel"), (26, "fulfil")])
def test_so_are_the_other_actions(status, action):
    world = World()
    world.kaufland("open")
    world.merchant(status)
    unit = world.pieces()[1].id
    world.sandbox.faults.add(fault("timeout_after", some_unit(world, 1, action)))
    world.sandbox.faults.add(fault("500", f"/order-units/{unit}", 99, "GET"))
    assert results(world.push()) == ["done", "failed", "done"]
    world.sandbox.faults.clear()
    assert results(world.push()) == ["recovered"]


@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_a_unit_that_somebody_else_sent_is_sent(status):
    """Part 2: already marked as sent is success. The second ``send`` fails with ``already_marked_as_sent``, of whichever status."""
    world = World(switches=Switches(second_send_status=status))
    world.merchant(52, "1")
    piece = world.pieces()[1]
    world.sandbox.faults.before(
        lambda: world.sandbox.kaufland.touch(piece, "sent"), fault("before", some_unit(world))
    )
    report = world.push()
    assert results(report) == ["done", "already", "done"]
    assert not world.bridge.statuses.plan_push()


def test_a_unit_that_moved_since_the_plan_is_never_written_wrongly():
    world = World()
    world.merchant(52, "1")
    plan = world.bridge.statuses.plan_push()
    world.kaufland("sent", "cancelled", "need_to_be_sent")
    assert results(world.bridge.apply(plan)) == ["already", "changed", "done"]
    assert world.units() == ["sent", "cancelled", "sent"]
    assert world.writes == [f"PATCH {some_unit(world, 2)}"]


def test_nor_one_that_moves_at_the_same_moment():
    world = World()
    world.merchant(52, "1")
    world.sandbox.faults.before(
        lambda: world.sandbox.kaufland.cancel(ORDER, only=[world.pieces()[1].id]),
        fault("before", some_unit(world)),
    )
    report = world.push()
    assert results(report) == ["done", "changed", "done"]
    assert "403" in report.outcomes[1].detail
    assert world.units() == ["sent", "cancelled", "sent"]
    assert world.ledger.action("send", str(world.pieces()[1].id)).state == "refused"


def test_an_order_that_changed_in_the_shop_since_the_plan_is_left_alone():
    world = World()
    world.merchant(52, "1")
    plan = world.bridge.statuses.plan_push()
    world.merchant(52, "2")
    (outcome, *_) = world.bridge.apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("changed", "is not what was planned any more: plan again")
    world.merchant(-4)
    assert set(results(world.bridge.apply(plan))) == {"changed"}
    told = world.again(push_statuses=False).apply(plan).outcomes[0]
    assert (told.result, told.detail) == ("changed", "push_statuses is off by now")
    told = world.sandbox.bridge(world.settings, MemoryLedger()).apply(plan).outcomes[0]
    assert (told.result, told.detail) == ("changed", "the ledger knows another order: plan again")
    stranger = evolve(plan.changes[0], unit=1, subject="1")
    assert results(world.bridge.apply(evolve(plan, changes=(stranger,)))) == ["changed"]
    assert world.writes == []


def test_an_order_that_cannot_be_read_again_fails_alone():
    world = World()
    world.merchant(52, "1")
    world.merchant(52, "2", OTHER)
    plan = world.bridge.statuses.plan_push()
    world.sandbox.faults.add(fault("html", f"/orders/{ORDER}", 99, "GET"))
    assert results(world.bridge.apply(plan)) == ["failed"] * 3 + ["done"]


def test_what_kaufland_refuses_is_reported_and_tried_again():
    world = World()
    world.merchant(52, "1")
    carriers = world.sandbox.kaufland.carriers

    def without_ppl() -> None:
        world.sandbox.kaufland.carriers = {name: kind for name, kind in carriers.items() if name != "PPL"}

    world.sandbox.faults.before(without_ppl, fault("before", some_unit(world, 0)))
    report = world.push()
    assert results(report) == ["refused"] * 3
    assert "carrier_code" in report.outcomes[0].detail
    world.sandbox.kaufland.carriers = carriers
    plan = world.bridge.statuses.plan_push()
    assert plan.changes[0].reason == "the shop has it as 52 Odesláno; was refused before"
    assert results(world.bridge.apply(plan)) == ["done"] * 3


def test_a_unit_that_does_not_show_yet_what_was_done_is_given_time():
    """Kaufland's answers may be stale; sending again at once would only be refused."""
    world = World()
    world.merchant(52, "1")
    assert world.push().good
    piece = world.pieces()[0]
    piece.verbatim = {"status": "need_to_be_sent"}
    plan = world.bridge.statuses.plan_push()
    assert not plan
    assert any(reason.startswith("1 of 3 units: Kaufland does not show yet") for reason in reasons(plan))
    assert any(skip.again for skip in plan.skips)
    world.sandbox.clock.advance(3600)
    piece.verbatim = {}
    world.sandbox.kaufland.touch(piece, "need_to_be_sent")
    plan = world.bridge.statuses.plan_push(full=True)
    assert plan.changes[0].reason.endswith("was done before, without effect")
    assert results(world.bridge.apply(plan)) == ["done"]


def test_what_was_sent_a_moment_ago_is_not_cancelled_because_of_a_stale_read():
    """Kaufland may take a cancellation after the dispatch as a revocation."""
    world = World(switches=Switches(cancel_after_sent="allow"))
    world.merchant(52, "1")
    assert world.push().good
    for piece in world.pieces():
        piece.verbatim = {"status": "need_to_be_sent"}
    world.merchant(-4)
    plan = world.bridge.statuses.plan_push()
    assert not plan
    assert plan.skips[0].again
    for piece in world.pieces():
        piece.verbatim = {}
    assert reasons(world.bridge.statuses.plan_push()) == ["sent already: it can only come back as a return"]


def test_pushed_is_what_changed_unless_all_is_asked_for():
    world = World()
    world.sandbox.clock.advance(86400)
    assert world.push().good
    assert world.ledger.watermark("statuses.push.cz")
    order = world.order()
    world.sandbox.shoptet.set_status(order, 52)
    order.notes["trackingNumber"] = "1"  # a change that the shop's log does not tell
    assert not world.bridge.statuses.plan_push()
    assert len(world.bridge.statuses.plan_push(full=True).changes) == 3


def test_who_was_away_for_more_than_the_log_reaches_back_is_told():
    world = World()
    plan = world.bridge.statuses.plan_push()
    world.bridge.apply(evolve(plan, changes=()))
    world.sandbox.clock.advance(31 * 86400)
    (reason,) = reasons(world.bridge.statuses.plan_push(), "statuses.push.cz")
    assert "plan with full=True once" in reason
    world.push()
    assert not reasons(world.bridge.statuses.plan_push(), "statuses.push.cz")


def test_a_change_without_a_time_is_looked_at():
    world = World()
    world.merchant(52)
    row = world.sandbox.shoptet
    row.changes[world.code()] = (row.clock.now(), "add")
    original = world.sandbox.handle

    def timeless(call):
        answer = original(call)
        if "/api/orders" in call.path and call.method == "GET" and b'"changeTime"' in answer.body:
            text = answer.json()
            for change in text["data"].get("changes", []):
                change["changeTime"] = None
            if "order" in text["data"]:
                text["data"]["order"]["changeTime"] = None
            return evolve(answer, body=json.dumps(text).encode())
        return answer

    world.sandbox.handle = timeless
    rules = evolve(DISPATCH, without_tracking="other")
    assert len(world.again(dispatch=rules).statuses.plan_push().changes) == 3
    plan = world.bridge.statuses.plan_push()
    assert plan.marks[0].to < plan.made - timedelta(days=29)


# Laws.

words = st.sampled_from(
    [
        "open",
        "need_to_be_sent",
        "sent",
        "sent_and_autopaid",
        "received",
        "returned",
        "returned_paid",
        "cancelled",
        "in_clearance",
    ]
)
events = st.lists(
    st.tuples(st.just("kaufland"), st.tuples(words, words, words))
    | st.tuples(st.just("merchant"), st.tuples(st.sampled_from([-1, -2, 26, 52, -3, 53, 70, -4]))),
    max_size=5,
)
RANK = {"open": 0, "need_to_be_sent": 1, "sent": 2, "cancelled": 3}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events)
def test_laws(happened):
    """Law 3 and law 5. Whatever happens on the two sides: every run ends well, the next plan is empty, pulled labels advance."""
    world = World("three_pieces", dispatch=evolve(DISPATCH, without_tracking="other", wait_hours=0))
    last = None
    for who, what in happened:
        if who == "kaufland":
            world.kaufland(*what)
        else:
            world.merchant(*what)
        pull = world.bridge.statuses.plan_pull()
        for change in pull.changes:
            if isinstance(change, TellCancelled):
                continue
            label = Label(change.label)
            assert last is None or advances(last, label)
            last = label
        assert world.bridge.apply(pull).good
        assert not world.bridge.statuses.plan_pull()
        world.sandbox.clock.advance(3600)
        before = world.units()
        push = world.bridge.statuses.plan_push()
        assert world.bridge.apply(push).good
        assert not world.bridge.statuses.plan_push()
        for old, new in zip(before, world.units(), strict=True):
            assert old == new or RANK[old] < RANK[new]


# Nothing is passed over.


def test_what_came_into_the_ledger_late_is_looked_at_on_both_sides():
    world = World()
    world.merchant(52, "4150123")
    world.kaufland("received", id_order=OTHER)
    world.sandbox.clock.advance(86400)
    late, moment = MemoryLedger(), world.sandbox.clock.now()
    for name in ("statuses.push.cz", "statuses.pull.cz"):
        late.move_watermark(name, moment)
    bridge = world.sandbox.bridge(world.settings, late)
    assert not bridge.statuses.plan_push()
    assert not bridge.statuses.plan_pull()
    for entry in world.ledger.orders():
        late.intend(evolve(entry, state="intended", code=None, updated=moment))
        late.settle(entry.id_order, "imported", entry.code, moment)
    assert [change.order for change in bridge.statuses.plan_push().changes] == [ORDER] * 3
    assert [change.subject for change in bridge.statuses.plan_pull().changes] == [OTHER]


# Pieces that are cancelled after the import.


def history(world: World, id_order: str = ORDER) -> list[str]:
    return [row["text"] for row in world.order(id_order).history]


def test_a_piece_that_is_cancelled_after_the_import_is_told_in_the_shop_once():
    """P2: the order lives on, so its status does not tell; its history does."""
    world = World()
    piece = world.pieces()[1]
    world.sandbox.clock.advance(1)
    world.sandbox.kaufland.cancel(ORDER, only=[piece.id])
    plan = world.bridge.statuses.plan_pull()
    (change,) = plan.changes
    assert isinstance(change, TellCancelled)
    assert change.what.startswith(f"{world.code()}: Kaufland {ORDER}: a piece of SHP-0042 was cancelled")
    assert reasons(plan) == ["is Not Dispatched in the shop already; partly cancelled"]
    again = Plan.from_json(plan.to_json())
    assert again == plan
    assert results(world.bridge.apply(again)) == ["done"]
    assert results(world.bridge.apply(plan)) == ["already"]
    assert history(world) == [change.text]
    assert not world.bridge.statuses.plan_pull()
    assert not world.bridge.statuses.plan_pull(full=True)
    found = world.bridge.reconcile.report(world.sandbox.clock.now() - timedelta(days=30))
    assert any("Take the cancelled pieces out of the order" in each.remedy for each in found.findings)


def test_an_order_that_is_cancelled_as_a_whole_gets_its_status_and_no_remark():
    world = World()
    world.kaufland("cancelled")
    (change,) = world.bridge.statuses.plan_pull().changes
    assert isinstance(change, SetStatus)


def test_where_no_status_is_set_for_cancelled_the_history_tells_it():
    world = World(statuses=StatusMap.of({Label.NOT_DISPATCHED: [26]}))
    world.kaufland("cancelled", id_order=OTHER)
    (change,) = world.bridge.statuses.plan_pull().changes
    assert isinstance(change, TellCancelled)
    assert world.pull().good
    assert len(history(world, OTHER)) == 1


def test_pieces_that_were_cancelled_before_the_import_are_not_told():
    world = World("partly_cancelled")
    assert not world.bridge.statuses.plan_pull(full=True)


def test_a_history_that_tells_it_is_not_told_again_after_another_ledger():
    world = World()
    world.sandbox.kaufland.cancel(ORDER, only=[world.pieces()[0].id])
    assert world.pull().good
    late = MemoryLedger()
    for entry in world.ledger.orders():
        late.intend(evolve(entry, state="intended", code=None))
        late.settle(entry.id_order, "imported", entry.code, entry.updated)
    bridge = world.sandbox.bridge(world.settings, late)
    assert results(bridge.apply(bridge.statuses.plan_pull())) == ["already"]
    assert len(history(world)) == 1


@pytest.mark.parametrize("kind", ["timeout", "500", "timeout_after", "500_after"])
def test_a_remark_on_a_cancelled_piece_without_an_answer_is_looked_for(kind):
    world = World()
    world.sandbox.kaufland.cancel(ORDER, only=[world.pieces()[0].id])
    plan = world.bridge.statuses.plan_pull()
    world.sandbox.faults.add(fault(kind, "/api/orders/*/history", method="POST"))
    assert world.bridge.apply(plan).good
    assert len(history(world)) == 1


def test_a_remark_that_was_begun_is_brought_to_its_end():
    world = World()
    world.sandbox.kaufland.cancel(ORDER, only=[world.pieces()[0].id])
    world.sandbox.faults.add(fault("500", "/api/orders/*/history", 99, "POST"))
    assert results(world.pull()) == ["failed"]
    world.sandbox.faults.clear()
    (change,) = world.bridge.statuses.plan_pull().changes
    assert change.reason.startswith("an earlier attempt did not end")
    world.sandbox.clock.advance(LIVING * 2)
    assert world.pull().good
    assert len(history(world)) == 1


def test_a_piece_that_is_not_cancelled_any_more_is_not_told():
    world = World()
    world.sandbox.kaufland.cancel(ORDER, only=[world.pieces()[0].id])
    plan = world.bridge.statuses.plan_pull()
    world.sandbox.kaufland.touch(world.pieces()[0], "need_to_be_sent")
    (outcome,) = world.bridge.apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("changed", "is need_to_be_sent by now: plan again")
    off = world.again(pull_statuses=False)
    assert off.apply(plan).outcomes[0].detail == "pull_statuses is off by now"


# Pieces that the merchant takes out of the order.


def test_an_order_with_fewer_pieces_than_kaufland_waits_for_is_not_reported_as_sent():
    """Part 2: nothing that stays in the shop is told to be on its way."""
    world = World()
    world.order().row["items"][0]["amount"] = "2.000"
    world.merchant(52, "4150123")
    plan = world.bridge.statuses.plan_push()
    assert not plan
    (skip,) = (skip for skip in plan.skips if skip.subject == ORDER)
    assert skip.again
    assert "has 2 pieces in the shop, and Kaufland waits for 3" in skip.reason
    assert world.bridge.apply(plan).good
    world.sandbox.clock.advance(86_400)
    world.sandbox.kaufland.cancel(ORDER, only=[world.pieces()[2].id])
    assert results(world.push()) == ["done", "done"]
    assert world.units() == ["sent", "sent", "cancelled"]


def test_pieces_that_are_taken_out_after_the_plan_are_not_sent_either():
    world = World()
    world.merchant(52, "4150123")
    plan = world.bridge.statuses.plan_push()
    world.order().row["items"][0]["amount"] = "2.000"
    assert results(world.bridge.apply(plan)) == ["changed"] * 3
    assert world.units() == ["need_to_be_sent"] * 3
