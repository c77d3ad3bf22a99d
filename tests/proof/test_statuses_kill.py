"""The process may die between any two steps; no unit is sent or cancelled twice or wrongly, none is forgotten."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from attrs import evolve

from kaufland_shoptet import Sandbox, Settings, SqliteLedger
from kaufland_shoptet.mapping.dispatch import DispatchRules
from kaufland_shoptet.sandbox.data import GUIDS
from kaufland_shoptet.sandbox.sdk import demo_settings

from .mortal import Killed, Process, bridge

FACTS = ("three_pieces", "home_delivery", "packeta")
SENT, CANCELLED, MOVED = "MA1B2C3", "MHM2D10", "MPK4T09"


def chosen() -> Settings:
    demo = demo_settings()
    dispatch = DispatchRules(
        carriers={GUIDS["shipping"]: "PPL", "zasilkovna": "Packeta"}, cancel=True, cancel_reason="NoInventory"
    )
    front = evolve(demo.storefronts["cz"], pull_statuses=True, push_statuses=True, dispatch=dispatch)
    return evolve(demo, storefronts={"cz": front})


def prepared(path) -> tuple[Sandbox, SqliteLedger]:
    """Three imported orders: one that the shop sent, one that it cancelled, one that Kaufland calls sent."""
    sandbox, ledger = Sandbox.demo(*FACTS), SqliteLedger(path)
    with_all = bridge(sandbox, chosen(), ledger, Process())
    assert with_all.apply(with_all.orders.plan()).good
    sandbox.clock.advance(60)
    codes = {entry.id_order: entry.code for entry in ledger.orders()}
    shop = sandbox.shoptet
    for id_order, status in ((SENT, 52), (CANCELLED, -4)):
        order = shop.orders[codes[id_order]]
        shop.set_status(order, status, mails=False, documents=False)
        order.notes["trackingNumber"] = "4150123"
        shop.note_change(order)
    for piece in sandbox.kaufland.orders[MOVED].pieces:
        sandbox.kaufland.touch(piece, "sent")
    sandbox.log.clear()
    return sandbox, ledger


def run(sandbox: Sandbox, ledger: SqliteLedger, process: Process) -> None:
    """What cron does."""
    with_process = bridge(sandbox, chosen(), ledger, process)
    with_process.apply(with_process.statuses.plan_push())
    with_process.apply(with_process.statuses.plan_pull())


def check(sandbox: Sandbox, ledger: SqliteLedger, number: object) -> None:
    """Everything is where it should be, and nothing was done twice."""
    done = Counter(entry.path for entry in sandbox.log if entry.method == "PATCH" and entry.status == 204)
    due = {f"/order-units/{piece.id}/send" for piece in sandbox.kaufland.orders[SENT].pieces}
    due |= {f"/order-units/{piece.id}/cancel" for piece in sandbox.kaufland.orders[CANCELLED].pieces}
    assert done == dict.fromkeys(due, 1), number
    assert [piece.status for piece in sandbox.kaufland.orders[SENT].pieces] == ["sent"] * 3, number
    assert [piece.status for piece in sandbox.kaufland.orders[CANCELLED].pieces] == ["cancelled"], number
    assert {(each.carrier, each.tracking_numbers) for each in sandbox.kaufland.shipments} == {
        ("PPL", "4150123")
    }, number
    codes = {entry.id_order: entry.code for entry in ledger.orders()}
    statuses = {id_order: sandbox.shoptet.orders[code].status for id_order, code in codes.items()}
    assert statuses == {SENT: 52, CANCELLED: -4, MOVED: 52}, number
    for kind in ("send", "cancel"):
        assert {action.state for action in ledger.actions(kind)} == {"done"}, number
    (label,) = ledger.actions("status")
    assert (label.key, label.state, json.loads(label.detail)["label"]) == (MOVED, "done", "Dispatched"), (
        number
    )


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_step(tmp_path, after):
    sandbox, ledger = prepared(tmp_path / "whole.sqlite")
    whole = Process()
    run(sandbox, ledger, whole)
    check(sandbox, ledger, "whole")
    assert whole.steps > 60
    for number in range(1, whole.steps + 1):
        sandbox, ledger = prepared(tmp_path / f"{number}-{after}.sqlite")
        with pytest.raises(Killed):
            run(sandbox, ledger, Process(number, after=after))
        run(sandbox, ledger, Process())  # restarted
        check(sandbox, ledger, number)


def test_killed_again_and_again(tmp_path):
    sandbox, ledger = prepared(tmp_path / "ledger.sqlite")
    for number in range(1, 200):
        try:
            run(sandbox, ledger, Process(number, after=bool(number % 2)))
        except Killed:
            continue
        break
    else:
        pytest.fail("it never came to its end")
    check(sandbox, ledger, "again and again")
