"""What applying does twice, and what is left to plan after it, for shops and events by chance."""

from __future__ import annotations

from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from kaufland_shoptet import Sandbox
from kaufland_shoptet.flows.shop import Shop
from kaufland_shoptet.flows.table import FLOWS
from kaufland_shoptet.sandbox import demo

SHOPS = st.builds(Sandbox.generated, st.integers(2, 12), st.integers(20, 60), seed=st.integers(0, 10_000))
EVENTS = ("wait", "deliver", "cancel", "return", "dispatch", "invoice")
START = ["dispatch", "deliver"]
"""What much of the rest needs."""


def happen(sandbox, what):
    """Something that happens to the first order that it can happen to."""
    market, shop = sandbox.kaufland, sandbox.shoptet
    imported = {
        order.row["externalCode"]: order for order in shop.orders.values() if "externalCode" in order.row
    }
    pieces = [
        piece for number in imported if number in market.orders for piece in market.orders[number].pieces
    ]
    match what:
        case "deliver":
            for piece in [each for each in pieces if each.status == "sent"][:1]:
                market.deliver(piece.id)
        case "cancel":
            for piece in [each for each in pieces if each.status == "need_to_be_sent"][:1]:
                market.cancel(piece.order, only=[piece.id])
        case "return":
            coming = {unit.order_unit for unit in market.return_units.values()}
            for piece in [each for each in pieces if each.status == "received" and each.id not in coming][:1]:
                market.receive_return(market.begin_return(piece.id).id)
        case "dispatch":
            for order in [each for each in imported.values() if each.status == 26][:1]:
                shop.ship(order.code, "80001")
                shop.set_status(order, 52, mails=False, documents=False)
                shop.note_change(order)
        case "invoice":
            issued = {invoice.order for invoice in shop.invoices.values()}
            for order in [each for each in imported.values() if each.code not in issued][:1]:
                shop.issue_invoice(order.code)
    sandbox.clock.advance(61)


def seen(sandbox):
    """Everything that the flows write to, but for times and numbers of requests."""
    market, shop = sandbox.kaufland, sandbox.shoptet
    return (
        {code: (order.status, order.row["price"], len(order.history)) for code, order in shop.orders.items()},
        {code: variant.stock for code, variant in shop.variants.items()},
        {number: piece.status for number, piece in market.pieces.items()},
        {number: dict(offer.facts) for number, offer in market.offers.items()},
        {number: len(order.invoices) for number, order in market.orders.items()},
        len(market.shipments),
        len(shop.credit_notes),
        len(market.push.rows),
    )


@settings(max_examples=30, phases=[Phase.generate, Phase.shrink])
@given(sandbox=SHOPS, events=st.lists(st.sampled_from(EVENTS), max_size=6).map(START.__add__))
def test_applied_twice_is_applied_once_and_leaves_nothing_to_plan(sandbox, events):
    """Law 5: the plan after apply is empty. Law 6: apply twice equals apply once. For arbitrary shops and events."""
    sandbox.shoptet.settings["negativeStockAmount"] = "allowed"
    bridge = sandbox.bridge(demo.settings())
    shop = Shop(bridge.settings, bridge.ledger)
    for number in range(len(events) + 1):
        for flow in FLOWS:
            plan = bridge.run(flow.planned(shop))
            assert bridge.apply(plan).good
            once = seen(sandbox)
            assert bridge.run(flow.planned(shop)).changes == ()
            assert bridge.apply(plan).good
            assert seen(sandbox) == once
            if plan.changes:
                event(flow.name)
        for what in events[number : number + 1]:
            happen(sandbox, what)
