"""Orders are imported as planned, once each, whatever the settings and the two systems say."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve

from kaufland_shoptet import MemoryLedger, Plan, Sandbox, Settings
from kaufland_shoptet.errors import ApiError, DecodeError, PlanError, SettingsError, UnexpectedAnswer
from kaufland_shoptet.flows.orders import Orders
from kaufland_shoptet.flows.shop import Shop
from kaufland_shoptet.kaufland.resources.info import Info
from kaufland_shoptet.mapping.money import from_minor
from kaufland_shoptet.mapping.shipping import MethodRules
from kaufland_shoptet.mapping.statuses import Label, StatusMap
from kaufland_shoptet.sandbox import Fault, Switches
from kaufland_shoptet.sandbox.data.generate import populate
from kaufland_shoptet.sandbox.data.orders import Good, Scribe
from kaufland_shoptet.sandbox.sdk import demo_settings

UNKNOWN_GUID = "00000000-0000-4000-8000-000000000000"


def only(code: str, **changes: object) -> Settings:
    """The demo's settings for one storefront, with some things changed."""
    settings = demo_settings()
    front = evolve(settings.storefronts[code], **changes)
    return evolve(settings, storefronts={code: front})


def write_order(sandbox: Sandbox, id_order: str, code: str = "SHP-0042") -> None:
    """One more order that waits to be sent, of one piece."""
    now = sandbox.clock.now()
    order = Scribe(sandbox.kaufland).order(id_order, "cz", [Good(code, 49900, (0,), "21")], ordered=now)
    sandbox.kaufland.add(order)


def writes(sandbox: Sandbox) -> list[str]:
    """Every call so far that was not a mere question."""
    return [f"{entry.method} {entry.path}" for entry in sandbox.log if entry.method != "GET"]


def test_a_plan_writes_nothing_and_apply_writes_exactly_the_plan():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge()
    plan = bridge.orders.plan()
    assert plan.changes
    assert writes(sandbox) == []
    assert bridge.ledger.orders() == []
    report = bridge.apply(plan)
    assert report.good
    assert [outcome.subject for outcome in report.outcomes] == [change.subject for change in plan.changes]
    assert writes(sandbox) == ["POST /api/orders"] * len(plan.changes)
    assert not bridge.orders.plan().changes


def test_totals_in_shoptet_are_what_the_customers_paid():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge()
    bridge.apply(bridge.orders.plan())
    shoptet = sandbox.shoptet_client()
    for entry in bridge.ledger.orders():
        order = shoptet.orders.get(entry.code or "")
        assert order.external_code == entry.id_order
        assert order.price.with_vat == from_minor(entry.total)
        assert order.price.currency_code == entry.currency


def test_nobody_gets_mail_and_no_document_is_made_unless_asked_for():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    bridge.apply(bridge.orders.plan())
    assert sandbox.shoptet.mails == []
    asked = Sandbox.demo("three_pieces")
    bridge = asked.bridge(only("cz", send_emails=True))
    bridge.apply(bridge.orders.plan())
    assert asked.shoptet.mails


def test_a_plan_survives_json_and_applies_the_same():
    plans = []
    for through_json in (False, True):
        sandbox = Sandbox.demo()
        bridge = sandbox.bridge()
        plan = bridge.orders.plan()
        again = Plan.from_json(plan.to_json())
        assert again == plan
        report = bridge.apply(again if through_json else plan)
        plans.append((report, [order.code for order in sandbox.shoptet.orders.values()]))
    assert plans[0] == plans[1]


@pytest.mark.parametrize("text", ["", "1", "[]", "{}", '{"flow": "orders"}', '{"flow": 1}'])
def test_what_is_not_a_plan_is_refused(text):
    with pytest.raises(PlanError, match="this is not a plan"):
        Plan.from_json(text)


def test_a_plan_of_another_shop_is_refused():
    bridge = Sandbox.demo("three_pieces").bridge()
    plan = evolve(bridge.orders.plan(), shop="Another shop")
    with pytest.raises(PlanError, match="'Another shop'"):
        bridge.apply(plan)


def test_a_plan_of_another_flow_is_refused():
    bridge = Sandbox.demo("three_pieces").bridge()
    plan = evolve(bridge.orders.plan(), flow="offers")
    with pytest.raises(PlanError, match="'offers' is not for orders"):
        bridge.orders.apply(plan)


def test_a_change_of_an_unknown_kind_is_refused():
    text = Sandbox.demo("three_pieces").bridge().orders.plan().to_json()
    with pytest.raises(PlanError, match=r"this is not a plan: .* \$\.changes"):
        Plan.from_json(text.replace('"verb": "import"', '"verb": "export"'))


def test_rows_that_a_filter_let_through_are_looked_at_again():
    sandbox = Sandbox.demo("three_pieces", "received", switches=Switches(unknown_parameters="ignore"))
    for piece in sandbox.kaufland.orders["MA1B2C3"].pieces:
        piece.facts = {**piece.facts, "fulfillment_type": "fulfilled_by_kaufland"}
        piece.verbatim = {**piece.verbatim, "fulfillment_type": "fulfilled_by_kaufland"}
    assert not sandbox.bridge(only("cz")).orders.plan().changes


def test_an_outcome_unknown_twice_stays_an_intent():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    plan = bridge.orders.plan()
    sandbox.faults.add(Fault(kind="timeout", api="shoptet", method="POST", path="/api/orders", times=2))
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "failed"
    assert bridge.ledger.order("MA1B2C3").state == "intended"
    assert bridge.apply(bridge.orders.plan()).good
    assert len(sandbox.shoptet.orders) == 1


def test_other_orders_of_the_time_are_not_mistaken_for_the_one_sought():
    sandbox = Sandbox.demo("three_pieces", "home_delivery")
    for order in sandbox.kaufland.orders.values():
        order.buyer = None
    bridge = sandbox.bridge(only("cz", email_fallback="orders@shop.example"))
    plan = bridge.orders.plan()
    assert bridge.apply(evolve(plan, changes=plan.changes[:1])).good
    plan = bridge.orders.plan(full=True)
    sandbox.faults.add(Fault(kind="timeout", api="shoptet", method="POST", path="/api/orders"))
    assert bridge.apply(plan).good
    made = {order.row["externalCode"]: order.code for order in sandbox.shoptet.orders.values()}
    assert {entry.id_order: entry.code for entry in bridge.ledger.orders()} == made
    assert len(made) == 2


def test_neither_plan_nor_report_tells_who_the_buyer_is():
    sandbox = Sandbox.demo()
    bridge = sandbox.bridge()
    plan = bridge.orders.plan()
    report = bridge.apply(plan)
    shown = "".join([str(plan), repr(plan), plan.to_json(), str(report), repr(report), report.to_json()])
    shown += plan._repr_html_() + report._repr_html_() + repr(bridge.ledger.orders())
    orders = [sandbox.shoptet_client().orders.get(o.code or "") for o in bridge.ledger.orders()]
    personal = {o.email for o in orders} | {o.phone for o in orders}
    personal |= {o.billing_address.full_name for o in orders if o.billing_address}
    personal |= {o.billing_address.street for o in orders if o.billing_address}
    for secret in filter(None, personal):
        assert secret not in shown


def test_the_printed_plan_is_a_table_and_the_html_is_escaped():
    bridge = Sandbox.demo("three_pieces").bridge()
    plan = bridge.orders.plan()
    title, columns, row = str(plan).splitlines()
    assert title == "Plan of 2026-09-01 08:00 for Demo shop: 1 to import"
    assert columns.split() == ["about", "storefront", "what", "why"]
    assert row.split()[:6] == ["import", "MA1B2C3", "cz", "3", "x", "SHP-0042"]
    hostile = evolve(plan, shop="<b>\x1b[31m")
    assert "<b>" not in hostile._repr_html_()
    assert str(bridge.apply(plan)).startswith("Report for Demo shop: 1 in place\n")


def test_an_order_that_changed_since_the_plan_is_left_alone():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    plan = bridge.orders.plan()
    order = sandbox.kaufland.orders["MA1B2C3"]
    sandbox.kaufland.cancel("MA1B2C3", only=[order.pieces[0].id])
    report = bridge.apply(plan)
    assert [outcome.result for outcome in report.outcomes] == ["changed"]
    assert writes(sandbox) == []
    assert bridge.apply(bridge.orders.plan()).good
    (made,) = sandbox.shoptet.orders.values()
    assert len(sandbox.shoptet.orders) == 1, made


def test_other_settings_at_apply_time_are_a_change_too():
    sandbox = Sandbox.demo("three_pieces")
    plan = sandbox.bridge().orders.plan()
    report = sandbox.bridge(only("cz", payment_name="Other")).apply(plan)
    assert [outcome.result for outcome in report.outcomes] == ["changed"]


def test_an_order_in_its_first_minutes_is_not_seen_and_later_imported():
    sandbox = Sandbox.demo("open")
    bridge = sandbox.bridge()
    assert not bridge.orders.plan()
    sandbox.clock.advance(16 * 60)
    assert len(bridge.orders.plan().changes) == 1


def test_open_orders_come_in_as_reservations_when_asked_for():
    sandbox = Sandbox.demo("open")
    bridge = sandbox.bridge(only("cz", import_open=True))
    (change,) = bridge.orders.plan().changes
    assert any("reservation" in note for note in change.notes)


def test_a_reservation_can_be_written_with_an_address_of_the_shop():
    sandbox = Sandbox.demo("open")
    settings = only("cz", import_open=True, email_fallback="orders@shop.example")
    bridge = sandbox.bridge(settings)
    (outcome,) = bridge.apply(bridge.orders.plan()).outcomes
    assert outcome.good, outcome.detail


def test_the_shop_never_invoices_what_kaufland_invoices():
    made = {}
    for fact in ("deemed_supplier", "three_pieces"):
        sandbox = Sandbox.demo(fact)
        code = "de" if fact == "deemed_supplier" else "cz"
        statuses = StatusMap.of({Label.NOT_DISPATCHED: (52,)})  # a status that makes an invoice
        bridge = sandbox.bridge(only(code, create_documents=True, statuses=statuses))
        assert bridge.apply(bridge.orders.plan()).good
        made[fact] = len(sandbox.shoptet.documents)
    assert made == {"deemed_supplier": 0, "three_pieces": 1}


def test_a_refused_order_is_reported_and_tried_again_by_the_next_run():
    sandbox = Sandbox.demo("three_pieces", "home_delivery")
    del sandbox.shoptet.variants["SHP-0042"]
    bridge = sandbox.bridge()
    report = bridge.apply(bridge.orders.plan())
    results = {outcome.subject: outcome for outcome in report.outcomes}
    assert results["MA1B2C3"].result == "refused"
    assert "422" in results["MA1B2C3"].detail
    assert sum(outcome.good for outcome in report.outcomes) == 1
    assert not report.good
    assert bridge.ledger.watermark("orders.cz") is None
    (again,) = bridge.orders.plan().changes
    assert (again.subject, again.reason) == ("MA1B2C3", "was refused before")


def test_an_order_that_another_tool_created_is_adopted():
    """Part 4: orders that another tool created."""
    sandbox = Sandbox.demo("three_pieces")
    sandbox.bridge().apply(sandbox.bridge().orders.plan())
    bridge = sandbox.bridge(ledger=MemoryLedger())
    (outcome,) = bridge.apply(bridge.orders.plan()).outcomes
    assert outcome.result == "recovered"
    assert bridge.ledger.order("MA1B2C3").code == outcome.code
    assert len(sandbox.shoptet.orders) == 1


def test_an_order_deleted_in_shoptet_is_told_apart():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    bridge.apply(bridge.orders.plan())
    code = bridge.ledger.order("MA1B2C3").code
    sandbox.shoptet_client().orders.delete(code)
    later = sandbox.bridge(ledger=MemoryLedger())
    (outcome,) = later.apply(later.orders.plan()).outcomes
    assert (outcome.result, outcome.code) == ("recovered", None)
    assert "perhaps it was deleted" in outcome.detail
    (skip,) = later.orders.plan(full=True).skips
    assert skip.reason == "imported, its Shoptet code is not known"


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "500_after", "html_after", "truncated"])
def test_a_write_that_arrived_without_an_answer_is_found_by_reading_back(kind):
    """R15: an order that arrived without an answer is not created again."""
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    plan = bridge.orders.plan()
    sandbox.faults.add(Fault(kind=kind, api="shoptet", method="POST", path="/api/orders"))
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "recovered"
    assert [order.code for order in sandbox.shoptet.orders.values()] == [outcome.code]
    assert writes(sandbox) == ["POST /api/orders"]


@pytest.mark.parametrize("kind", ["timeout", "reset", "500", "503"])
def test_a_write_that_did_not_arrive_is_made_after_looking(kind):
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    plan = bridge.orders.plan()
    sandbox.faults.add(Fault(kind=kind, api="shoptet", method="POST", path="/api/orders"))
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "done"
    assert len(sandbox.shoptet.orders) == 1


def test_an_outcome_that_stays_unknown_is_resolved_by_the_next_run():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    plan = bridge.orders.plan()
    sandbox.faults.add(Fault(kind="timeout_after", api="shoptet", method="POST", path="/api/orders"))
    sandbox.faults.add(Fault(kind="500", api="shoptet", method="GET", path="/api/orders", times=50))
    (outcome,) = bridge.apply(plan).outcomes
    assert outcome.result == "failed"
    assert bridge.ledger.order("MA1B2C3").state == "intended"
    sandbox.faults.clear()
    again = bridge.orders.plan()
    assert again.changes[0].reason.startswith("an earlier attempt did not end")
    (outcome,) = bridge.apply(again).outcomes
    assert outcome.result == "recovered"
    assert len(sandbox.shoptet.orders) == 1


def test_applying_twice_is_applying_once():
    """R15: the import is idempotent. Law 6."""
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    plan = bridge.orders.plan()
    first, second = bridge.apply(plan), bridge.apply(plan)
    assert [outcome.result for outcome in second.outcomes] == ["already"]
    assert second.outcomes[0].code == first.outcomes[0].code
    assert len(sandbox.shoptet.orders) == 1


def test_the_walk_stays_behind_what_has_to_be_looked_at_again():
    sandbox = Sandbox.demo("three_pieces", "home_delivery")
    bridge = sandbox.bridge()
    sandbox.faults.add(Fault(kind="html", api="kaufland", method="GET", path="/orders/MA1B2C3", times=9))
    plan = bridge.orders.plan()
    (skip,) = plan.skips
    assert (skip.subject, skip.again) == ("MA1B2C3", True)
    bridge.apply(plan)
    sandbox.faults.clear()
    sandbox.clock.advance(86400)
    (change,) = bridge.orders.plan().changes
    assert change.subject == "MA1B2C3"


def test_an_order_cancelled_as_a_whole_is_over():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    sandbox.faults.before(
        lambda: sandbox.kaufland.cancel("MA1B2C3"),
        Fault(kind="before", api="kaufland", method="GET", path="/orders/MA1B2C3"),
    )
    (skip,) = bridge.orders.plan().skips
    assert not skip.again
    assert "no units left" in skip.reason


def test_an_order_whose_email_was_corrected_in_the_shop_is_found_again():
    sandbox = Sandbox.demo("three_pieces", "packeta")
    first = sandbox.bridge()
    assert first.apply(first.orders.plan()).good
    for order in sandbox.shoptet.orders.values():
        order.row["email"] = "corrected@shop.example"
    second = sandbox.bridge(ledger=MemoryLedger())
    assert [each.code for each in second.apply(second.orders.plan()).outcomes] == list(sandbox.shoptet.orders)


# Bad input: an error that names it and the way out, before anything is written.


def test_a_method_the_shop_does_not_have():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge(only("cz", shipping=MethodRules(default=UNKNOWN_GUID)))
    with pytest.raises(SettingsError, match=r"storefront\.cz\.shipping") as caught:
        bridge.orders.plan()
    assert UNKNOWN_GUID in str(caught.value)
    assert writes(sandbox) == []


def test_a_status_the_shop_does_not_have():
    sandbox = Sandbox.demo("three_pieces")
    statuses = StatusMap.of({Label.NOT_DISPATCHED: (4711,)})
    with pytest.raises(SettingsError, match=r"storefront\.cz\.statuses.*4711"):
        sandbox.bridge(only("cz", statuses=statuses)).orders.plan()


def test_a_currency_the_shop_has_not_enabled():
    sandbox = Sandbox.demo("three_pieces")
    sandbox.shoptet.currencies[:] = [row for row in sandbox.shoptet.currencies if row["code"] != "CZK"]
    with pytest.raises(SettingsError, match="are in CZK, which the shop has not enabled"):
        sandbox.bridge(only("cz")).orders.plan()


def test_several_mistakes_are_told_at_once():
    bridge = Sandbox.demo().bridge(
        only("cz", shipping=MethodRules(default=UNKNOWN_GUID), payment=MethodRules(default=UNKNOWN_GUID))
    )
    with pytest.raises(SettingsError) as caught:
        bridge.orders.plan()
    assert len(caught.value.others) == 1


def test_mistakes_of_all_storefronts_are_told_at_once():
    demo = demo_settings()
    wrong = {
        code: evolve(front, shipping=MethodRules(default=UNKNOWN_GUID))
        for code, front in demo.storefronts.items()
    }
    with pytest.raises(SettingsError) as caught:
        Sandbox.demo().bridge(evolve(demo, storefronts=wrong)).orders.plan()
    told = [caught.value.key, *(other.key for other in caught.value.others)]
    assert len(told) > 1
    assert told == [f"storefront.{code}.shipping.default" for code in wrong]


@pytest.mark.parametrize("kind", ["html", "truncated"])
def test_an_answer_that_is_no_answer(kind):
    sandbox = Sandbox.demo("three_pieces")
    sandbox.faults.add(Fault(kind=kind, api="shoptet", method="GET", path="/api/eshop", times=50))
    with pytest.raises(UnexpectedAnswer, match="GET /api/eshop"):
        sandbox.bridge().orders.plan()
    assert writes(sandbox) == []


def test_a_field_of_the_wrong_type_is_named_by_its_path():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    sandbox.kaufland.orders["MA1B2C3"].pieces[1].price = "49900"
    with pytest.raises(DecodeError, match=r"a whole number was due, a string came @ \$\.data\[1\]\.price"):
        bridge.orders.plan()
    assert [entry.path for entry in sandbox.log].count("/order-units") == 2, "asking again would not help"


def test_a_refused_read_stops_the_plan():
    sandbox = Sandbox.demo("three_pieces")
    sandbox.faults.add(Fault(kind="500", api="kaufland", method="GET", path="/info/vat-indicators", times=50))
    with pytest.raises(ApiError, match="500 for GET /info/vat-indicators"):
        sandbox.bridge().orders.plan()


# One declaration, two colours, no I/O.


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_same_flow_runs_under_an_event_loop(anyio_backend):
    blocking, awaited = Sandbox.demo(), Sandbox.demo()
    first = blocking.bridge()
    expected_plan = first.orders.plan()
    expected = first.apply(expected_plan)
    bridge = awaited.async_bridge()
    plan = await bridge.orders.plan()
    assert plan == expected_plan
    report = await bridge.apply(plan)
    assert {o.subject: o.result for o in report.outcomes} == {o.subject: o.result for o in expected.outcomes}
    assert awaited.counts() == blocking.counts()


def test_a_flow_can_be_stepped_through_without_any_client():
    shop = Shop(demo_settings(), MemoryLedger())
    steps = Orders.plan(shop).__await__()
    moment = Sandbox().clock.now()
    assert repr(next(steps)) == "Now()"
    asked = steps.send(moment)
    assert asked.branches[0] == Info.vat_indicators()
    steps.close()


def test_a_shop_that_imports_nothing_asks_nothing():
    sandbox = Sandbox.demo()
    settings = evolve(demo_settings(), storefronts={})
    plan = sandbox.bridge(settings).orders.plan()
    assert not plan
    assert sandbox.bridge(settings).apply(plan).good
    assert sandbox.log == []


def test_a_total_that_shoptet_computes_differently_is_reported(monkeypatch):
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge()
    plan = bridge.orders.plan()
    monkeypatch.setattr(
        "kaufland_shoptet.flows.orders.from_minor", lambda minor: from_minor(minor) + Decimal("0.01")
    )
    (outcome,) = bridge.apply(plan).outcomes
    assert "Shoptet's total is 1596.00, the customer paid 1596.01" in outcome.detail


def test_decode_errors_are_unexpected_answers():
    assert issubclass(DecodeError, UnexpectedAnswer)


# Nothing is lost, whatever happens in between.


def test_switched_off_between_plan_and_apply():
    sandbox = Sandbox.demo("three_pieces")
    bridge = sandbox.bridge(only("cz"))
    plan = bridge.orders.plan()
    off = sandbox.bridge(only("cz", import_orders=False, shipping=None, payment=None), bridge.ledger)
    (outcome,) = off.apply(plan).outcomes
    assert (outcome.result, outcome.detail) == ("changed", "import_orders is off by now")
    assert writes(sandbox) == []
    assert bridge.ledger.watermark("orders.cz") is None
    assert bridge.apply(bridge.orders.plan()).good


def test_switched_off_and_on_again():
    sandbox = Sandbox.demo("home_delivery")
    bridge = sandbox.bridge(only("cz"))
    assert bridge.apply(bridge.orders.plan()).good
    sandbox.clock.advance(3600)
    write_order(sandbox, "MSLEPT1")
    off = sandbox.bridge(only("cz", import_orders=False), bridge.ledger)
    sandbox.clock.advance(86400 * 60)
    assert off.sync().flows == ()
    (change,) = bridge.orders.plan().changes
    assert change.subject == "MSLEPT1"


@pytest.mark.parametrize("full", [False, True])
def test_a_full_walk_does_not_pass_over_what_nobody_has_looked_at(full):
    sandbox = Sandbox.demo("home_delivery")
    bridge = sandbox.bridge(only("cz"))
    assert bridge.apply(bridge.orders.plan()).good
    sandbox.clock.advance(3600)
    write_order(sandbox, "MSLEPT1")
    sandbox.clock.advance(86400 * 60)
    assert [change.subject for change in bridge.orders.plan(full=full).changes] == ["MSLEPT1"]


def test_a_list_that_never_stands_still_is_not_walked_for_ever(monkeypatch):
    monkeypatch.setattr("kaufland_shoptet.flows.steps.WALKS", 1)
    sandbox = Sandbox.demo("three_pieces")
    populate(sandbox.kaufland, ["SHP-0042"], 300)
    plan = sandbox.bridge(only("cz")).orders.plan()
    assert len(plan.changes) > 100
    assert sum(entry.path == "/order-units" for entry in sandbox.log) == len(range(0, 200, 100))


def test_an_order_is_not_lost_when_others_leave_the_list_while_it_is_read():
    sandbox = Sandbox.demo("three_pieces")
    populate(sandbox.kaufland, ["SHP-0042"], 400)
    ours = [order for order in sandbox.kaufland.orders.values() if order.storefront == "cz"]
    pieces = [piece for order in ours for piece in order.pieces if piece.status == "need_to_be_sent"]
    waiting = {piece.order for piece in pieces}
    assert len(waiting) > 150
    newest = max(pieces, key=lambda piece: piece.updated)

    def leave() -> None:
        for piece in sandbox.kaufland.orders[newest.order].pieces:
            sandbox.kaufland.touch(piece, "sent")

    sandbox.faults.before(leave, Fault(kind="before", api="kaufland", path="/order-units", nth=2))
    planned = {change.subject for change in sandbox.bridge(only("cz")).orders.plan().changes}
    assert planned >= waiting - {newest.order}
