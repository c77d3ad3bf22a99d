"""The process may die between any two steps of an import; nothing is lost and nothing is done twice."""

from __future__ import annotations

import pytest

from kaufland_shoptet import Sandbox, SqliteLedger
from kaufland_shoptet.sandbox.sdk import demo_settings

from .mortal import Killed, Process, bridge

FACTS = ("three_pieces", "packeta")


def run(sandbox: Sandbox, ledger: SqliteLedger, process: Process) -> None:
    """What cron does."""
    with_process = bridge(sandbox, demo_settings(), ledger, process)
    with_process.apply(with_process.orders.plan())


def steps_of_a_whole_run(tmp_path) -> int:
    process = Process(None, after=False)
    run(Sandbox.demo(*FACTS), SqliteLedger(tmp_path / "whole.sqlite"), process)
    return process.steps


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_step(tmp_path, after):
    """R15: wherever the process dies, each order is in the shop once."""
    steps = steps_of_a_whole_run(tmp_path)
    assert steps > 40
    for number in range(1, steps + 1):
        sandbox = Sandbox.demo(*FACTS)
        ledger = SqliteLedger(tmp_path / f"{number}-{after}.sqlite")
        with pytest.raises(Killed):
            run(sandbox, ledger, Process(number, after=after))
        run(sandbox, ledger, Process(None, after=False))  # restarted
        made = {order.row["externalCode"]: order.code for order in sandbox.shoptet.orders.values()}
        assert sorted(made) == ["MA1B2C3", "MPK4T09"], number
        assert len(sandbox.shoptet.orders) == 2, number
        entries = ledger.orders()
        assert {entry.id_order: entry.code for entry in entries} == made, number
        assert {entry.state for entry in entries} == {"imported"}, number


def test_killed_again_and_again(tmp_path):
    sandbox = Sandbox.demo(*FACTS)
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    for number in range(1, 60):
        try:
            run(sandbox, ledger, Process(number, after=bool(number % 2)))
        except Killed:
            continue
        break
    assert sorted(entry.id_order for entry in ledger.orders()) == ["MA1B2C3", "MPK4T09"]
    assert len(sandbox.shoptet.orders) == 2
