"""Faults on the wire: a schedule of what goes wrong with which call, planned or random with a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final, NamedTuple

from attrs import evolve, frozen

from .kaufland import problems
from .shoptet import envelope
from .wire import Answer, Dropped, Effect, TimedOut, Unanswered

__all__ = ["KINDS", "Fault", "Faults", "Strike"]


@frozen(kw_only=True)
class Fault:
    """One planned fault: it hits the `nth` matching call and the `times - 1` after it.

    `api` is ``kaufland`` or ``shoptet``; `path` is a pattern with ``*`` over the path without host and
    version (``/order-units/*/send``, ``/api/orders``). None and ``*`` match everything. `seconds` is the
    length of a slow answer or the wait that a 429 asks for.
    """

    kind: str
    api: str | None = None
    method: str | None = None
    path: str = "*"
    nth: int = 1
    times: int = 1
    seconds: int = 30

    def matches(self, api: str, method: str, path: str) -> bool:
        """Is this call of the kind that the fault waits for?"""
        return self.api in (None, api) and self.method in (None, method) and fnmatchcase(path, self.path)


class Strike(NamedTuple):
    """A fault that has happened."""

    kind: str
    api: str
    method: str
    path: str


@frozen
class _Scene:
    api: str
    now: datetime
    seconds: int


_Kind = Callable[[_Scene, Effect], Answer]


def _silent(failure: Callable[[], Unanswered], *, after: bool) -> _Kind:
    def happen(_: _Scene, effect: Effect) -> Answer:
        if after:
            effect()
        raise failure()

    return happen


def _slow(scene: _Scene, effect: Effect) -> Answer:
    return evolve(effect(), delay=float(scene.seconds))


def _truncated(_: _Scene, effect: Effect) -> Answer:
    whole = effect()
    headers = {**whole.headers, "content-length": str(len(whole.body))}
    return evolve(whole, headers=headers, body=whole.body[: len(whole.body) // 2])


def _page(status: int, title: str, *, after: bool = False) -> _Kind:
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>".encode()

    def happen(_: _Scene, effect: Effect) -> Answer:
        if after:
            effect()
        return Answer(status=status, headers={"content-type": "text/html; charset=utf-8"}, body=body)

    return happen


_BARE: Final = {"kaufland": problems.bare, "shoptet": envelope.bare}


def _error(status: int, *, after: bool = False) -> _Kind:
    def happen(scene: _Scene, effect: Effect) -> Answer:
        if after:
            effect()
        return _BARE[scene.api](status)

    return happen


def _busy_seconds(scene: _Scene, _: Effect) -> Answer:
    return _BARE[scene.api](429, {"retry-after": str(scene.seconds)})


def _busy_date(scene: _Scene, _: Effect) -> Answer:
    until = scene.now + timedelta(seconds=scene.seconds)
    return _BARE[scene.api](429, {"retry-after": format_datetime(until, usegmt=True)})


KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "timeout": _silent(lambda: TimedOut(after_effect=False), after=False),
        "timeout_after": _silent(lambda: TimedOut(after_effect=True), after=True),
        "reset": _silent(lambda: Dropped(before=True), after=False),
        "reset_after": _silent(lambda: Dropped(before=False), after=True),
        "slow": _slow,
        "truncated": _truncated,
        "html": _page(200, "Please wait"),
        "html_after": _page(200, "Please wait", after=True),
        "401": _error(401),
        "423": _error(423),
        "429": _error(429),
        "429_seconds": _busy_seconds,
        "429_date": _busy_date,
        "500": _error(500),
        "500_after": _error(500, after=True),
        "502": _page(502, "502 Bad Gateway"),
        "503": _page(503, "503 Service Unavailable"),
    }
)
"""Every kind of fault by name. ``_after`` means that the call has its effect although no good answer comes;
so it has with ``slow`` and ``truncated``."""


class _Plan:
    def __init__(self, fault: Fault, happen: _Kind) -> None:
        self.fault = fault
        self.happen = happen
        self.seen = 0

    def due(self) -> bool:
        self.seen += 1
        return 0 <= self.seen - self.fault.nth < self.fault.times


class Faults:
    """The schedule of a sandbox. `struck` lists what has happened."""

    def __init__(self) -> None:
        self.struck: list[Strike] = []
        self._plans: list[_Plan] = []
        self._rate = 0.0
        self._kinds: tuple[str, ...] = ()
        self._dice = random.Random(0)  # noqa: S311 - a schedule that can be repeated

    def add(self, fault: Fault) -> None:
        """Plan a fault.

        Raises:
            KeyError: There is no such kind.
        """
        self._plans.append(_Plan(fault, KINDS[fault.kind]))

    def before(self, action: Callable[[], object], at: Fault) -> None:
        """Do something before a matching call is answered: place an order between two pages, kill the process.

        `at.kind` is only a label. What `action` raises goes to the caller.
        """

        def happen(_: _Scene, effect: Effect) -> Answer:
            action()
            return effect()

        self._plans.append(_Plan(at, happen))

    def random(self, rate: float, seed: int = 0, kinds: Sequence[str] = tuple(KINDS)) -> None:
        """From now on let each call fail with probability `rate`, in the same way for the same seed."""
        self._rate = rate
        self._kinds = tuple(kinds)
        self._dice = random.Random(seed)  # noqa: S311 - a schedule that can be repeated

    def clear(self) -> None:
        """Forget what is planned; `struck` stays."""
        self._plans.clear()
        self._rate = 0.0

    def pass_through(self, api: str, method: str, path: str, now: datetime, effect: Effect) -> Answer:
        """Answer a call, with the fault that is due for it.

        Raises:
            Unanswered: The fault lets no answer through.
        """
        due = [plan for plan in self._plans if plan.fault.matches(api, method, path) and plan.due()]
        for plan in due:
            effect = self._bent(plan.fault, plan.happen, (api, method, path), now, effect)
        if not due and self._rate and self._dice.random() < self._rate:
            kind = self._dice.choice(self._kinds)
            effect = self._bent(Fault(kind=kind), KINDS[kind], (api, method, path), now, effect)
        return effect()

    def _bent(
        self, fault: Fault, happen: _Kind, where: tuple[str, str, str], now: datetime, effect: Effect
    ) -> Effect:
        def act() -> Answer:
            self.struck.append(Strike(fault.kind, *where))
            return happen(_Scene(where[0], now, fault.seconds), effect)

        return act
