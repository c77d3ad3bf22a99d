"""One call does what is switched on, in a safe order; what fails does not stop the rest."""

from __future__ import annotations

import json

import pytest
from attrs import evolve

from kaufland_shoptet import Bridge, Sandbox
from kaufland_shoptet.errors import ApiError, PlanError
from kaufland_shoptet.flows.table import FLOWS, entry
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.settings import NotificationSettings


def only(code="cz", **changes):
    front = evolve(demo_settings().storefronts[code], **changes)
    return evolve(demo_settings(), storefronts={code: front})


def writes(sandbox):
    return [entry for entry in sandbox.log if entry.method != "GET"]


def test_what_is_on_is_done_in_the_order_of_the_table_and_then_nothing_is_left():
    """Part 9: what is on, in a safe order, with one report."""
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(only(pull_statuses=True, push_statuses=True))
    report = bridge.sync()
    assert [each.flow for each in report.flows] == ["orders", "statuses.pull", "statuses.push"]
    assert report.good
    assert report
    assert "all is well" in report.title
    assert len(bridge.ledger.orders()) == len(sandbox.shoptet.orders) > 0
    again = bridge.sync()
    assert again.good
    assert not again


def test_nothing_on_does_nothing():
    sandbox = Sandbox.demo()
    report = sandbox.bridge(only(import_orders=False)).sync()
    assert (report.flows, report.good, bool(report), sandbox.log) == ((), True, False, [])
    assert report.title.endswith("nothing is on")


def test_a_dry_run_writes_nothing_to_anybody():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(only(pull_statuses=True))
    report = bridge.sync(dry_run=True)
    assert report.dry_run
    assert report.flows[0].plan.changes
    assert report.flows[0].report is None
    assert writes(sandbox) == []
    assert bridge.ledger.orders() == []
    assert bridge.ledger.watermark("orders.cz") is None
    assert bridge.ledger.watermark("statuses.pull.cz") is None
    shown = str(report)
    assert f"{len(report.flows[0].plan.changes)} to import" in shown
    assert "Plan of" in report._repr_html_()


def test_a_limit_on_writes_holds_over_all_flows_and_the_next_run_goes_on():
    sandbox = Sandbox.demo()
    settings = evolve(only(), notifications=NotificationSettings(shoptet_url="https://shop.example/hook"))
    bridge = sandbox.bridge(settings)
    whole = len(bridge.orders.plan().changes)
    first = bridge.sync(max_writes=2)
    assert len(writes(sandbox)) == 2
    assert (first.flows[0].written, first.flows[0].left) == (2, whole - 2)
    assert first.flows[-1].report is None
    assert first.flows[-1].left == len(first.flows[-1].plan.changes)
    assert bridge.ledger.watermark("orders.cz") is None, "the walk has not come to its end"
    assert bridge.sync(max_writes=0).flows[0].left == whole - 2
    assert len(writes(sandbox)) == 2
    assert bridge.sync(max_writes=1000).good
    assert len(sandbox.shoptet.orders) == whole
    assert bridge.ledger.watermark("orders.cz") is not None
    with pytest.raises(ValueError, match="max_writes cannot be -1"):
        bridge.sync(max_writes=-1)


def test_a_flow_that_fails_does_not_stop_the_others():
    """Part 9: one failure stops nothing else."""
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(only(pull_statuses=True))
    sandbox.faults.add(Fault(kind="500", api="kaufland", method="GET", path="/info/vat-indicators", times=50))
    report = bridge.sync()
    failed, done = report.flows
    assert isinstance(failed.error, ApiError)
    assert (failed.plan, failed.report, failed.good) == (None, None, False)
    assert (done.flow, done.good) == ("statuses.pull", True)
    assert not report.good
    assert "not good: orders" in report.title
    assert "500 for GET /info/vat-indicators" in str(report)
    written = json.loads(report.to_json())
    assert written["flows"][0]["error"]["kind"] == "ServerError"
    assert written["flows"][0]["plan"] is None
    assert written["flows"][1]["report"]["flow"] == "statuses.pull"


def test_a_change_that_is_not_in_place_is_told():
    sandbox = Sandbox.demo("three_pieces", "home_delivery")
    del sandbox.shoptet.variants["SHP-0042"]
    report = sandbox.bridge(only()).sync()
    assert not report.good
    assert (report.flows[0].error, report.flows[0].good) == (None, False)
    assert "refused" in str(report), "the outcomes that are not good are shown"
    assert json.loads(report.to_json())["good"] is False


def test_one_flow_may_be_named_by_its_name_alone():
    bridge = Sandbox.demo().bridge()
    assert [each.flow for each in bridge.sync(flows="orders").flows] == ["orders"]


def test_flows_can_be_named():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge(only(pull_statuses=True))
    assert [each.flow for each in bridge.sync(flows=["statuses.pull"]).flows] == ["statuses.pull"]
    assert bridge.sync(flows=["statuses.push"]).flows == (), "it is off"
    assert bridge.sync(flows=[]).flows == (), "none named is none, not all"
    with pytest.raises(PlanError, match="has no flow 'order'; there are orders, "):
        bridge.sync(flows=["order"])


def test_every_flow_of_the_table_is_reachable_and_named_once():
    names = [each.name for each in FLOWS]
    assert len(set(names)) == len(names)
    bridge = Sandbox().bridge(evolve(demo_settings(), storefronts={}))
    for each in FLOWS:
        resource = getattr(bridge, each.name.partition(".")[0])
        assert isinstance(resource, each._class), each.name
        plan = getattr(resource, each.plan)()
        assert (plan.flow, plan.changes) == (each.name, ())
        assert bridge.apply(plan).outcomes == ()
        assert entry(each.name) is each


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_same_under_an_event_loop(anyio_backend):
    blocking, awaited = Sandbox.demo(), Sandbox.demo()
    settings = only(pull_statuses=True)
    due = blocking.bridge(settings).sync()
    bridge = awaited.async_bridge(settings)
    found = await bridge.sync()
    assert [each.plan for each in found.flows] == [each.plan for each in due.flows]
    assert found.good
    assert awaited.counts() == blocking.counts()


def test_many_shops_side_by_side_keep_their_own_ledgers_and_limits(tmp_path):
    """R6: settings, credentials and ledger belong to one shop; many live in one process."""
    shops = []
    for seed, name in enumerate(("Bicycles", "Books")):
        sandbox = Sandbox.demo("three_pieces", seed=seed)
        settings = evolve(only(), shop=evolve(only().shop, name=name), folder=tmp_path)
        kaufland, shoptet = sandbox.kaufland_client(), sandbox.shoptet_client()
        shops.append((sandbox, Bridge(kaufland, shoptet, settings)))
    for _, bridge in shops:
        assert bridge.sync().good
    for sandbox, bridge in shops:
        assert len(sandbox.shoptet.orders) == 1
        assert [each.id_order for each in bridge.ledger.orders()] == ["MA1B2C3"]
    assert shops[0][1].ledger.path == shops[1][1].ledger.path, "one file, and each sees its own"
