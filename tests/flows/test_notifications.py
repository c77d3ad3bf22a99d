"""Notifications call for the fewest runs; subscriptions are made, checked and revived, and never stolen."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet import MemoryLedger, Plan, Sandbox
from kaufland_shoptet.errors import PlanError
from kaufland_shoptet.flows.notifications import KAUFLAND_EVENTS, SHOPTET_EVENTS, Run, runs
from kaufland_shoptet.flows.table import FLOWS
from kaufland_shoptet.kaufland.notifications import Notification, challenge, read
from kaufland_shoptet.kaufland.resources.subscriptions import SubscriptionEvent
from kaufland_shoptet.sandbox import Answer, Fault
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.sandbox.shoptet.envelope import Error, reply
from kaufland_shoptet.settings import NotificationSettings
from kaufland_shoptet.shoptet.resources.webhooks import WebhookRegistration
from kaufland_shoptet.shoptet.webhooks import Event

KAUFLAND_URL = "https://shop.example/kaufland/5f1c?key=secret"
SHOPTET_URL = "https://shop.example/shoptet/5f1c?key=secret"
OTHER_URL = "https://production.example/hook"


def told(event, subject="1", storefront="cz", number="m"):
    return Notification(
        event=SubscriptionEvent(event),
        id=number,
        resource=f"/x/{subject}/",
        subject=subject,
        storefront=storefront,
    )


def happened(event, *subjects):
    return Event(event=event, eshop_id=1, subjects=subjects)


# Which runs.


def test_five_pieces_of_one_order_told_twice_are_one_run():
    """Part 8: deduplicated and coalesced."""
    pieces = [told("order_unit_new", str(unit)) for unit in range(5)]
    messages = [told("order_new", "MA1B2C3"), *pieces, *pieces, told("order_new", "MA1B2C3")]
    (run,) = runs(messages)
    assert run == Run(flow="orders", storefronts=("cz",), subjects=("0", "1", "2", "3", "4", "MA1B2C3"))


def test_a_mass_event_beside_its_single_ones_is_one_run_of_each_flow():
    """Part 8: mass events."""
    single = [happened("order:update", code) for code in ("1", "2", "3")]
    mass = happened("order:massUpdate", "1", "2", "3")
    found = runs([*single, mass, *reversed(single)])
    assert [run.flow for run in found] == [run.flow for run in runs([mass])]
    assert {run.subjects for run in found} == {("1", "2", "3")}
    assert {run.storefronts for run in found} == {()}


def test_runs_come_in_the_order_in_which_they_are_safe():
    found = runs([happened("order:update", "1"), told("order_unit_status_changed"), told("order_new")])
    names = [run.flow for run in found]
    assert names == [each.name for each in FLOWS if each.name in names]
    assert names[:3] == ["orders", "statuses.pull", "statuses.push"]


def test_a_message_without_a_storefront_means_all_of_them():
    assert runs([told("order_new", storefront=None), told("order_new")])[0].storefronts == ()
    assert runs([told("order_new", storefront="sk"), told("order_new")])[0].storefronts == ("cz", "sk")
    assert runs([told("order_new", subject="")])[0].subjects == ()


def test_events_that_call_for_nothing_make_no_run():
    assert runs([told("buy_box_changed"), told("pigs_fly"), happened("addon:suspend", "1")]) == ()
    assert runs([]) == ()


def test_flows_that_are_off_are_left_out():
    settings = evolve(demo_settings(), storefronts={"cz": demo_settings().storefronts["cz"]})
    messages = [
        told("order_unit_status_changed", "1", "cz"),
        told("order_unit_status_changed", "2", "sk"),
        happened("order:update", "3"),
    ]
    (run,) = runs(messages, settings)
    assert (run.flow, run.storefronts) == ("orders", ("cz",))
    assert runs([told("order_new", storefront="sk")], settings) == ()
    assert runs([told("order_new", storefront=None)], settings)[0].storefronts == ()


@given(
    st.lists(
        st.one_of(
            st.builds(
                told,
                st.sampled_from([*KAUFLAND_EVENTS, "buy_box_changed"]),
                st.text(max_size=3),
                st.sampled_from(["cz", "sk", None]),
            ),
            st.builds(happened, st.sampled_from([*SHOPTET_EVENTS, "x:y"]), st.text(max_size=3)),
        )
    )
)
def test_runs_are_few_and_whatever_the_order_or_the_repetition_the_same(messages):
    found = runs(messages)
    assert runs([*reversed(messages), *messages]) == found
    assert len({run.flow for run in found}) == len(found)
    called = {
        name
        for message in messages
        for name in (
            KAUFLAND_EVENTS.get(str(message.event), ())
            if isinstance(message, Notification)
            else SHOPTET_EVENTS.get(message.event, ())
        )
    }
    assert {run.flow for run in found} == called


def test_every_flow_that_events_call_for_exists():
    called = {
        name for table in (KAUFLAND_EVENTS, SHOPTET_EVENTS) for names in table.values() for name in names
    }
    assert called <= {each.name for each in FLOWS}
    assert {SubscriptionEvent(event).known for event in KAUFLAND_EVENTS} == {True}


# Subscriptions.


def settings(kaufland=KAUFLAND_URL, shoptet=SHOPTET_URL, codes=("cz",), **switches):
    front = evolve(demo_settings().storefronts["cz"], **{"push_statuses": True, **switches})
    return evolve(
        demo_settings(),
        notifications=NotificationSettings(
            kaufland_url=kaufland, shoptet_url=shoptet, fallback_email="a@shop.example" if kaufland else None
        ),
        storefronts=dict.fromkeys(codes, front),
    )


@pytest.fixture
def sandbox():
    made = Sandbox.demo()

    def server(call):
        return Answer(status=200, body=(challenge(call.url) or "").encode())

    made.kaufland.push.visit = server
    return made


def subscribed(sandbox):
    return {
        (row["storefront"], row["event_name"]): row["callback_url"]
        for row in sandbox.kaufland.push.rows.values()
    }


def registered(sandbox):
    return {row["event"]: row["url"] for row in sandbox.shoptet.webhooks.values()}


def test_what_is_missing_is_subscribed_to_and_then_nothing_is_left(sandbox):
    """Part 8: subscriptions are made and checked."""
    bridge = sandbox.bridge(settings())
    plan = bridge.notifications.plan()
    assert {change.verb for change in plan.changes} == {"subscribe"}
    assert subscribed(sandbox) == registered(sandbox) == {}
    assert bridge.apply(Plan.from_json(plan.to_json())).good
    assert subscribed(sandbox) == {
        ("cz", event): KAUFLAND_URL for event in ("order_new", "order_unit_new", "order_unit_status_changed")
    }
    events = {event for event, called in SHOPTET_EVENTS.items() if "statuses.push" in called}
    assert registered(sandbox) == dict.fromkeys(events - {"order:cancel"}, SHOPTET_URL)
    again = bridge.notifications.plan()
    assert not again
    assert {skip.reason for skip in again.skips} == {"is in place"}


def test_messages_to_a_new_subscription_are_read_and_call_for_runs(sandbox):
    bridge = sandbox.bridge(settings())
    bridge.apply(bridge.notifications.plan())
    piece = sandbox.kaufland.orders["MA1B2C3"].pieces[0]
    sandbox.kaufland.touch(piece, "sent")
    (call,) = sandbox.kaufland.push.outbox
    message = read(
        call.body, call.headers, url=KAUFLAND_URL, secret_key=sandbox.secret_key, now=sandbox.clock.now()
    )
    assert runs([message], bridge.settings) == (
        Run(flow="orders", storefronts=("cz",), subjects=(str(piece.id),)),
    )


def test_neither_plan_nor_report_tells_the_secret_in_an_address(sandbox):
    bridge = sandbox.bridge(settings())
    plan = bridge.notifications.plan()
    report = bridge.apply(plan)
    shown = "".join([str(plan), repr(plan), plan.to_json(), str(report), report.to_json()])
    assert "secret" not in shown
    assert "shop.example" in shown


def test_nothing_is_wanted_without_an_address_or_a_flow(sandbox):
    assert not sandbox.bridge(settings(kaufland=None, shoptet=None)).notifications.plan().changes
    off = settings(push_statuses=False, import_orders=False)
    assert not sandbox.bridge(off).notifications.plan().changes
    only = sandbox.bridge(settings(kaufland=None)).notifications.plan()
    assert {change.api for change in only.changes} == {"shoptet"}


def test_a_subscription_that_kaufland_switched_off_is_revived(sandbox):
    """Part 8: and revived."""
    bridge = sandbox.bridge(settings(shoptet=None))
    bridge.apply(bridge.notifications.plan())
    sandbox.kaufland.push.give_up(11012)
    (change,) = (plan := bridge.notifications.plan()).changes
    assert (change.verb, change.subject) == ("revive", "order_unit_new")
    assert bridge.apply(plan).good
    assert sandbox.kaufland.push.rows[11012]["is_active"] is True
    assert not bridge.notifications.plan()


def test_the_address_of_another_tool_is_never_taken_unless_asked_for(sandbox):
    bridge = sandbox.bridge(settings())
    kaufland, shoptet = sandbox.kaufland_client(), sandbox.shoptet_client()
    kaufland.subscriptions.create(
        callback_url=OTHER_URL, fallback_email="a@b.cz", event_name="order_new", storefront="cz"
    )
    shoptet.webhooks.register([WebhookRegistration(event="order:update", url=OTHER_URL)])
    plan = bridge.notifications.plan()
    left = {skip.subject: skip.reason for skip in plan.skips}
    assert set(left) == {"order_new", "order:update"}
    assert "another address is told, at production.example; take_over=True" in left["order_new"]
    assert bridge.apply(plan).good
    assert subscribed(sandbox)["cz", "order_new"] == registered(sandbox)["order:update"] == OTHER_URL
    asked = bridge.notifications.plan(take_over=True)
    assert {change.verb for change in asked.changes} == {"redirect"}
    assert bridge.apply(asked).good
    assert subscribed(sandbox)["cz", "order_new"] == KAUFLAND_URL
    assert registered(sandbox)["order:update"] == SHOPTET_URL


def test_an_address_that_was_taken_by_another_since_the_plan_is_left_alone(sandbox):
    bridge = sandbox.bridge(settings(kaufland=None))
    plan = bridge.notifications.plan()
    sandbox.shoptet_client().webhooks.register([WebhookRegistration(event="order:update", url=OTHER_URL)])
    outcomes = {outcome.subject: outcome for outcome in bridge.apply(plan).outcomes}
    assert outcomes["order:update"].result == "changed"
    assert outcomes["shipment:create"].result == "done"
    assert [outcome.result for outcome in bridge.apply(plan).outcomes].count("already") == len(
        plan.changes
    ) - 1


def test_other_settings_since_the_plan_are_a_change(sandbox):
    plan = sandbox.bridge(settings()).notifications.plan()
    later = sandbox.bridge(settings(kaufland=KAUFLAND_URL + "2", shoptet=None))
    assert {outcome.result for outcome in later.apply(plan).outcomes} == {"changed"}
    assert subscribed(sandbox) == {}


def test_an_event_that_excludes_another_one_is_not_fought_over(sandbox):
    sandbox.shoptet_client().webhooks.register([WebhookRegistration(event="order:cancel", url=OTHER_URL)])
    (skip,) = sandbox.bridge(settings(kaufland=None)).notifications.plan().skips
    assert (skip.subject, "order:cancel already" in skip.reason) == ("order:update", True)


def test_a_server_that_does_not_answer_the_challenge_is_reported(sandbox):
    sandbox.kaufland.push.visit = lambda _: Answer(status=503)
    bridge = sandbox.bridge(settings(shoptet=None))
    report = bridge.apply(bridge.notifications.plan())
    assert {outcome.result for outcome in report.outcomes} == {"refused"}
    assert "unverified-callback-url" in report.outcomes[0].detail


def test_a_registration_that_is_refused_in_an_answer_of_success_is_reported(sandbox):
    warning = Error("webhook-exists", "Webhook already exists for this event", "data[0].event")
    routes = sandbox.shoptet.routes
    route, _ = routes.find("POST", "/api/webhooks")
    refusing = evolve(route, act=lambda *_: reply(201, {"webhooks": []}, [warning]))
    routes._tree["=api"]["=webhooks"][""]["POST"] = refusing
    bridge = sandbox.bridge(settings(kaufland=None))
    report = bridge.apply(bridge.notifications.plan())
    assert {outcome.result for outcome in report.outcomes} == {"refused"}
    assert "already exists" in report.outcomes[0].detail


@pytest.mark.parametrize("kind", ["timeout_after", "500_after"])
def test_a_subscription_that_was_made_without_an_answer_is_found(sandbox, kind):
    bridge = sandbox.bridge(settings(shoptet=None))
    plan = bridge.notifications.plan()
    sandbox.faults.add(Fault(kind=kind, api="kaufland", method="POST", path="/subscriptions"))
    assert [outcome.result for outcome in bridge.apply(plan).outcomes] == ["recovered", "done", "done"]
    assert len(sandbox.kaufland.push.rows) == 3


def test_a_subscription_that_was_not_made_has_failed(sandbox):
    bridge = sandbox.bridge(settings(shoptet=None))
    plan = bridge.notifications.plan()
    sandbox.faults.add(Fault(kind="timeout", api="kaufland", method="POST", path="/subscriptions"))
    results = [outcome.result for outcome in bridge.apply(plan).outcomes]
    assert results == ["failed", "done", "done"]
    assert len(bridge.notifications.plan().changes) == 1


def test_rows_of_other_storefronts_do_not_count(sandbox):
    sandbox.kaufland_client().subscriptions.create(
        callback_url=KAUFLAND_URL, fallback_email="a@b.cz", event_name="order_new", storefront="sk"
    )
    sandbox.kaufland.push.rows[11011]["storefront"] = None
    plan = sandbox.bridge(settings(shoptet=None)).notifications.plan()
    assert len(plan.changes) == 3


def test_plans_of_others_are_refused(sandbox):
    bridge = sandbox.bridge(settings())
    plan = bridge.notifications.plan()
    with pytest.raises(PlanError, match="Another shop"):
        bridge.apply(evolve(plan, shop="Another shop"))
    with pytest.raises(PlanError, match="'orders' is not for notifications"):
        bridge.notifications.apply(evolve(plan, flow="orders"))


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_same_under_an_event_loop(anyio_backend, sandbox):
    bridge = sandbox.async_bridge(settings(), MemoryLedger())
    assert (await bridge.apply(await bridge.notifications.plan())).good
    assert not await bridge.notifications.plan()
