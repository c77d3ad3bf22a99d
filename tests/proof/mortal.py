"""Processes that die between any two of their steps: calls on the wire and entries in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from kaufland_shoptet import (
    AsyncBridge,
    AsyncKaufland,
    AsyncShoptet,
    Bridge,
    InMemory,
    Kaufland,
    Sandbox,
    Settings,
    Shoptet,
    SqliteLedger,
)
from kaufland_shoptet.sandbox.sdk import SimulatedClock, transport


class Killed(BaseException):
    """The process is gone. Not an Exception: nothing may catch it and go on."""


class Process:
    """Something that may die at a step, before or after the step takes effect, and stays dead."""

    def __init__(self, dies_at: int | None = None, *, after: bool = False) -> None:
        self.steps = 0
        self._dies_at = dies_at
        self._after = after
        self._dead = False

    def doom(self, steps: int | None, *, after: bool = False) -> None:
        """Let it die at the step that comes in so many; None: it lives on."""
        self._dies_at = None if steps is None else self.steps + steps
        self._after = after

    def step(self, action: Callable[..., Any], *args: Any) -> Any:
        """Carry out one step, unless dead."""
        if self._dead:
            raise Killed
        self.steps += 1
        self._dead = self.steps == self._dies_at
        if self._dead and not self._after:
            raise Killed
        result = action(*args)
        if self._dead:
            raise Killed
        return result


class MortalLedger:
    """A ledger whose calls are steps of a process."""

    def __init__(self, ledger: SqliteLedger, process: Process) -> None:
        self._ledger = ledger
        self._process = process

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._ledger, name)
        return lambda *args: self._process.step(method, *args)


class AtOnce:
    """In the place of threads: the same run always does the same in the same order.

    Threads would also wait for a call in the middle of which another run comes.
    """

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Do it now."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args))
        except BaseException as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing is open."""


def _wired(sandbox: Sandbox, process: Process) -> dict[str, Any]:
    real = transport(sandbox)
    mortal = InMemory(lambda wire: process.step(real._handler, wire))
    return {"transport": mortal, "clock": SimulatedClock(sandbox), "on_event": lambda _: None}


def bridge(sandbox: Sandbox, settings: Settings, ledger: SqliteLedger, process: Process) -> Bridge:
    """A blocking bridge, as a new process would open it."""
    wired = _wired(sandbox, process)
    made = Bridge(
        Kaufland(sandbox.client_key, sandbox.secret_key, **wired),
        Shoptet(sandbox.private_token, **wired),
        settings,
        MortalLedger(ledger, process),
    )
    made._driver._pool = AtOnce()
    return made


def async_bridge(sandbox: Sandbox, settings: Settings, ledger: SqliteLedger, process: Process) -> AsyncBridge:
    """An asynchronous bridge, as a new process would open it."""
    wired = _wired(sandbox, process)
    return AsyncBridge(
        AsyncKaufland(sandbox.client_key, sandbox.secret_key, **wired),
        AsyncShoptet(sandbox.private_token, **wired),
        settings,
        MortalLedger(ledger, process),
    )
