"""Two runs at once, as when cron starts one before the last has ended: what one is at, the other leaves alone."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from attrs import evolve

from kaufland_shoptet import Bridge, MemoryLedger, Sandbox, Settings
from kaufland_shoptet.mapping.dispatch import DispatchRules
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.data import FACTS, Scribe
from kaufland_shoptet.sandbox.sdk import demo_settings

from .mortal import AtOnce

FLOWS = ("orders", "statuses.pull", "statuses.push", "returns", "returns.credit", "invoices")


def settings() -> Settings:
    demo = demo_settings()
    front = evolve(
        demo.storefronts["cz"],
        pull_statuses=True,
        push_statuses=True,
        remark_returns=True,
        credit_returns=True,
        upload_invoices=True,
        dispatch=DispatchRules(carriers={"ppl": "PPL"}),
    )
    return evolve(demo, storefronts={"cz": front})


def world() -> tuple[Sandbox, MemoryLedger]:
    """One order with an invoice, a piece of which came back; one to be sent, and one to be imported."""
    sandbox, ledger = Sandbox.demo("three_pieces", "home_delivery"), MemoryLedger()
    bridge = sandbox.bridge(settings(), ledger)
    assert bridge.sync(flows=["orders"]).good
    shop, desk = sandbox.shoptet, sandbox.kaufland
    codes = {order.row["externalCode"]: order.code for order in shop.orders.values()}
    shop.issue_invoice(codes["MA1B2C3"])
    for piece in desk.orders["MA1B2C3"].pieces:
        desk.deliver(piece.id)
    parcel = desk.begin_return(desk.orders["MA1B2C3"].pieces[0].id)
    desk.receive_return(parcel.id)
    desk.accept(parcel.units[0])
    shop.ship(codes["MHM2D10"], "80001")
    shop.set_status(shop.orders[codes["MHM2D10"]], 52, mails=False, documents=False)
    shop.note_change(shop.orders[codes["MHM2D10"]])
    made = desk.place(FACTS["voucher"](Scribe(desk)))
    for piece in made.pieces:
        piece.updated = sandbox.clock.now()
    sandbox.clock.advance(60)
    return sandbox, ledger


def check(sandbox: Sandbox, number: int) -> None:
    """Everything is there once."""
    shop, desk = sandbox.shoptet, sandbox.kaufland
    assert len(shop.orders) == 3, number
    remarks = Counter(row["text"] for order in shop.orders.values() for row in order.history)
    assert list(remarks.values()) == [1], number
    assert len(shop.credit_notes) == 1, number
    assert [len(order.invoices) for order in desk.orders.values()] == [1, 0, 0], number
    assert Counter(each.id_order_unit for each in desk.shipments) == {
        desk.orders["MHM2D10"].pieces[0].id: 1
    }, number


def opened(sandbox: Sandbox, ledger: MemoryLedger) -> Bridge:
    bridge = sandbox.bridge(settings(), ledger)
    bridge._driver._pool = AtOnce()
    return bridge


def run(bridge: Bridge) -> None:
    bridge.sync(flows=FLOWS)


def calls_of_a_whole_run() -> int:
    sandbox, ledger = world()
    before = len(sandbox.log)
    run(opened(sandbox, ledger))
    check(sandbox, 0)
    return len(sandbox.log) - before


@pytest.mark.parametrize("part", range(4))
def test_a_second_run_may_come_between_any_two_calls(part):
    for number in range(1 + part, calls_of_a_whole_run() + 1, 4):
        sandbox, ledger = world()
        rival = opened(sandbox, ledger)
        sandbox.faults.before(lambda rival=rival: run(rival), Fault(kind="rival", nth=number))
        run(opened(sandbox, ledger))
        sandbox.clock.advance(timedelta(hours=2))
        run(opened(sandbox, ledger))
        check(sandbox, number)
