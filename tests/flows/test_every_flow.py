"""What holds for every flow of the table, whatever it does: each in the world of the demo, where it has work."""

from __future__ import annotations

import pytest
from attrs import evolve

from kaufland_shoptet import Plan, Sandbox
from kaufland_shoptet.flows.shop import Shop
from kaufland_shoptet.flows.table import FLOWS, entry
from kaufland_shoptet.sandbox.demo import FACTS, SCENES, settings
from kaufland_shoptet.settings import NotificationSettings

NAMES = [each.name for each in FLOWS]
every_flow = pytest.mark.parametrize("name", NAMES)


class World:
    """The demo, up to the moment in which one flow has something to do."""

    def __init__(self, name: str) -> None:
        self.entry = entry(name)
        self.sandbox = Sandbox.demo(*FACTS)
        self.bridge = self.sandbox.bridge(settings())
        for each in FLOWS:
            self.sandbox.clock.advance(61)
            _, happen = SCENES[each.name]
            happen(self.sandbox)
            if each.name == name:
                break
            assert self.bridge.apply(self.plan(each.name)).good
        self.sandbox.log.clear()

    @property
    def shop(self) -> Shop:
        return Shop(self.bridge.settings, self.bridge.ledger)

    def plan(self, name: str | None = None) -> Plan:
        return self.bridge.run(entry(name or self.entry.name).planned(self.shop))

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Every call that was not a mere question."""
        calls = [(call.method, call.path) for call in self.sandbox.log if call.method != "GET"]
        return [call for call in calls if call != ("POST", "/categories/decide")]


def test_every_flow_has_a_scene_in_the_demo():
    """Every flow has a worked example, run from one settings file."""
    assert list(SCENES) == NAMES
    on = settings()
    assert all(each.storefronts(on) for each in FLOWS)


@every_flow
def test_a_plan_writes_nothing(name):
    world = World(name)
    plan = world.plan()
    assert plan
    assert plan.flow == name
    assert plan.changes == world.plan().changes
    assert world.writes == []
    assert world.bridge.apply(plan).good
    assert world.writes


@every_flow
def test_a_plan_survives_json_and_applies_the_same_from_the_loaded_copy(name):
    made = []
    for through_json in (False, True):
        world = World(name)
        plan = world.plan()
        again = Plan.from_json(plan.to_json())
        assert again == plan
        report = world.bridge.apply(again if through_json else plan)
        made.append((report, world.writes))
    assert made[0] == made[1]


@every_flow
def test_after_apply_the_plan_is_empty_and_applying_twice_is_applying_once(name):
    """Law 5: the plan after apply is empty. Law 6: apply twice equals apply once."""
    world = World(name)
    plan = world.plan()
    first = world.bridge.apply(plan)
    assert first.good
    assert not world.plan()
    second = world.bridge.apply(plan)
    assert [outcome.subject for outcome in second.outcomes] == [outcome.subject for outcome in first.outcomes]
    if name != "offers":  # there values are absolute: sent again they are the same
        assert {outcome.result for outcome in second.outcomes} == {"already"}
    assert second.good
    assert not world.plan()


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@every_flow
async def test_the_same_flow_runs_blocking_and_under_an_event_loop(anyio_backend, name):
    blocking, awaited = World(name), World(name)
    expected = blocking.plan()
    report = blocking.bridge.apply(expected)
    bridge = awaited.sandbox.async_bridge(settings(), awaited.bridge.ledger)
    plan = await bridge.run(awaited.entry.planned(awaited.shop))
    assert plan == expected
    found = await bridge.apply(plan)
    assert [(each.subject, each.result) for each in found.outcomes] == [
        (each.subject, each.result) for each in report.outcomes
    ]
    assert sorted(awaited.writes) == sorted(blocking.writes)
    assert not await bridge.run(awaited.entry.planned(awaited.shop))


OFF = {
    "import_orders": False,
    "pull_statuses": False,
    "push_statuses": False,
    "remark_returns": False,
    "credit_returns": False,
    "upload_invoices": False,
    "sync_products": False,
    "sync_offers": False,
    "sync_prices": False,
}


@every_flow
def test_what_was_switched_off_since_the_plan_is_not_written(name):
    """Rule 1: a switch counts at the moment of writing, whatever was planned before."""
    world = World(name)
    plan = world.plan()
    fronts = {code: evolve(front, **OFF) for code, front in settings().storefronts.items()}
    off = evolve(settings(), storefronts=fronts, notifications=NotificationSettings())
    report = world.sandbox.bridge(off, world.bridge.ledger).apply(plan)
    assert {outcome.result for outcome in report.outcomes} == {"changed"}
    assert all(outcome.detail for outcome in report.outcomes)
    assert world.writes == []
    for mark in plan.marks:
        assert world.bridge.ledger.watermark(mark.name) != mark.to


@every_flow
def test_a_storefront_that_was_taken_out_of_the_settings_is_not_written(name):
    world = World(name)
    plan = world.plan()
    gone = evolve(settings(), storefronts={}, notifications=NotificationSettings())
    report = world.sandbox.bridge(gone, world.bridge.ledger).apply(plan)
    assert not any(outcome.good for outcome in report.outcomes)
    assert all(outcome.detail for outcome in report.outcomes)
    assert world.writes == []
