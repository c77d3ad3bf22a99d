"""Issue part 6: the process may die between any two steps of returns, decisions, refunds and invoices."""

from __future__ import annotations

import pytest
from attrs import evolve

from kaufland_shoptet import Sandbox, Settings, SqliteLedger
from kaufland_shoptet.errors import KauflandShoptetError, LedgerError
from kaufland_shoptet.flows.applying import LIVING
from kaufland_shoptet.sandbox.sdk import demo_settings

from .mortal import Killed, Process, bridge


def settings() -> Settings:
    demo = demo_settings()
    front = evolve(demo.storefronts["cz"], remark_returns=True, upload_invoices=True)
    return evolve(demo, storefronts={"cz": front})


def world(path) -> tuple[Sandbox, SqliteLedger]:
    """Two imported orders with invoices, and two pieces that have come back."""
    sandbox, ledger = Sandbox.demo("three_pieces", "home_delivery"), SqliteLedger(path)
    whole = bridge(sandbox, settings(), ledger, Process())
    whole.apply(whole.orders.plan())
    for code in sandbox.shoptet.orders:
        sandbox.shoptet.issue_invoice(code)
    pieces = [piece.id for piece in sandbox.kaufland.orders["MA1B2C3"].pieces[:2]]
    parcel = sandbox.kaufland.begin_return(*pieces)
    sandbox.kaufland.receive_return(parcel.id)
    return sandbox, ledger


def everything(sandbox: Sandbox, ledger: SqliteLedger, process: Process) -> None:
    """What cron does."""
    mine = bridge(sandbox, settings(), ledger, process)
    mine.apply(mine.returns.plan())
    mine.apply(mine.invoices.plan())


def rejecting(sandbox: Sandbox, ledger: SqliteLedger, process: Process) -> None:
    """What somebody at a desk does."""
    for number in sorted(sandbox.kaufland.return_units):
        bridge(sandbox, settings(), ledger, process).returns.reject(number, "It was worn.")


def refunding(sandbox: Sandbox, ledger: SqliteLedger, process: Process) -> None:
    """What somebody else at a desk does."""
    unit = sandbox.kaufland.orders["MA1B2C3"].pieces[0].id
    bridge(sandbox, settings(), ledger, process).returns.refund(unit, 9_900, "defect", key="C-17")


def steps_of(path, run) -> int:
    process = Process()
    run(*world(path), process)
    return process.steps


def deaths(tmp_path, run, after: bool):
    """Each step at which *run* can die, with the world after that death."""
    steps = steps_of(tmp_path / "whole.sqlite", run)
    for number in range(1, steps + 1):
        sandbox, ledger = world(tmp_path / f"{number}.sqlite")
        with pytest.raises(Killed):
            run(sandbox, ledger, Process(number, after=after))
        yield number, sandbox, ledger


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_no_remark_and_no_invoice_twice_or_never(tmp_path, after):
    """Part 6."""
    numbers = []
    for number, sandbox, ledger in deaths(tmp_path, everything, after):
        numbers.append(number)
        everything(sandbox, ledger, Process())  # restarted: another run might be at it still
        sandbox.clock.advance(LIVING * 2)
        everything(sandbox, ledger, Process())
        told = [row["text"] for order in sandbox.shoptet.orders.values() for row in order.history]
        assert len(told) == len(set(told)) == 2, number
        invoices = [len(order.invoices) for order in sandbox.kaufland.orders.values()]
        assert invoices == [1, 1], number
        states = {each.state for kind in ("remark", "invoice") for each in ledger.actions(kind)}
        assert states == {"done"}, number
    assert len(numbers) > 25


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_no_buyer_is_written_twice_or_never(tmp_path, after):
    """Part 6."""
    for number, sandbox, ledger in deaths(tmp_path, rejecting, after):
        rejecting(sandbox, ledger, Process())
        told = [message.id_return_unit for message in sandbox.kaufland.messages]
        assert sorted(told) == sorted(sandbox.kaufland.return_units), number
        assert all(unit.status == "return_rejected" for unit in sandbox.kaufland.return_units.values())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_no_refund_twice(tmp_path, after):
    """Part 6: it may be that nobody knows; then the next call says so, and makes none."""
    unknown = 0
    for number, sandbox, ledger in deaths(tmp_path, refunding, after):
        before = len(sandbox.kaufland.refunds)
        known = ledger.action("refund", "C-17")
        try:
            refunding(sandbox, ledger, Process())
        except LedgerError:
            unknown += 1
            assert known is not None
            assert known.state == "intended"
            assert len(sandbox.kaufland.refunds) == before
        else:
            assert len(sandbox.kaufland.refunds) == 1, number
        assert len(sandbox.kaufland.refunds) <= 1
    assert unknown == 2


@pytest.mark.parametrize("seed", range(12))
def test_a_storm_of_faults_ends_with_everything_once(tmp_path, seed):
    """Part 6, a law: whatever goes wrong with a third of all calls, in the end all is there, once."""
    sandbox, ledger = world(tmp_path / "ledger.sqlite")
    sandbox.faults.random(1 / 3, seed)
    for _ in range(40):
        try:
            everything(sandbox, ledger, Process())
            if not pending(sandbox, ledger):
                break
        except KauflandShoptetError:
            pass
        sandbox.clock.advance(LIVING * 2)
    told = [row["text"] for order in sandbox.shoptet.orders.values() for row in order.history]
    assert len(told) == len(set(told)) == 2
    assert [len(order.invoices) for order in sandbox.kaufland.orders.values()] == [1, 1]
    assert all(content.startswith(b"%PDF-") for content in sandbox.kaufland.files.values())


def pending(sandbox: Sandbox, ledger: SqliteLedger) -> bool:
    """Whether there is anything left to do, or to look at again."""
    mine = bridge(sandbox, settings(), ledger, Process())
    plans = mine.returns.plan(full=True), mine.invoices.plan(full=True)
    return any(plan or any(skip.again for skip in plan.skips) for plan in plans)
