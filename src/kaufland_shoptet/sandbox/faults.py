"""Faults on the wire: a schedule of what goes wrong with which call, planned or random with a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from attrs import evolve, frozen

from .kaufland import problems
from .shoptet import envelope
from .wire import Answer, Dropped, Effect, TimedOut, Unanswered, Unreached

__all__ = ["ANY", "KINDS", "WEBHOOKS", "Fault", "Faults", "Strike", "World"]


@frozen(kw_only=True)
class Fault:
    """One planned fault: it hits the `nth` matching call and the `times - 1` after it.

    `api` is ``kaufland`` or ``shoptet``; `path` is a pattern with ``*`` over the path without host and
    version (``/order-units/*/send``, ``/api/orders``). None and ``*`` match everything. `seconds` is the
    length of a slow answer, the wait that a 429 asks for, how far the server's clock is ahead with ``skew``,
    and how late a webhook comes. For kinds in `WEBHOOKS`, `path` is that of the address that is called.
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


class World(Protocol):
    """What a fault can move behind the wire of one API.

    `skew` is how far the server's clock is ahead of the true time, `drift` what moves the rows of lists.
    """

    skew: timedelta
    drift: Callable[[], object]


@frozen
class _Scene:
    api: str
    world: World
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


def _skew(scene: _Scene, effect: Effect) -> Answer:
    before = scene.world.skew
    scene.world.skew = before + timedelta(seconds=scene.seconds)
    try:
        given = effect()
    finally:
        scene.world.skew = before
    date = format_datetime(scene.now + timedelta(seconds=scene.seconds), usegmt=True)
    return evolve(given, headers={"date": date, **given.headers})


def _drift(scene: _Scene, effect: Effect) -> Answer:
    scene.world.drift()
    return effect()


KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "refused": _silent(lambda: Unreached(waited=False), after=False),
        "connect_timeout": _silent(lambda: Unreached(waited=True), after=False),
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
        "skew": _skew,
        "drift": _drift,
    }
)
"""Every kind of fault of a call by name. ``_after`` means that the call has its effect although no good answer
comes; so it has with ``slow`` and ``truncated``. With ``refused`` and ``connect_timeout`` the request never
leaves. ``skew`` is a clock of the server that is wrong for one call. ``drift`` is an order that comes in
before the call is answered, so that the rows of a list have moved."""

WEBHOOKS: Final[Mapping[str, Callable[[int], tuple[int, ...]]]] = MappingProxyType(
    {
        "webhook_lost": lambda _: (),
        "webhook_twice": lambda seconds: (0, seconds),
        "webhook_late": lambda seconds: (seconds,),
    }
)
"""Every kind of fault of a webhook by name, with the seconds after which it is delivered: never, twice, or so
late that others overtake it."""

ANY: Final = tuple(kind for kind in (*KINDS, *WEBHOOKS) if kind != "drift")
"""What happens by chance unless told otherwise: everything but ``drift``, which makes orders."""

_SECONDS: Final[Mapping[str, int]] = MappingProxyType({"skew": 600})
"""The seconds of a fault that happens by chance, where 30 would do nothing."""


class _Plan:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = 0

    @property
    def over(self) -> bool:
        return self.seen >= self.fault.nth + self.fault.times - 1

    def due(self, api: str, method: str, path: str) -> bool:
        if not self.fault.matches(api, method, path):
            return False
        self.seen += 1
        return 0 <= self.seen - self.fault.nth < self.fault.times


class _Chance:
    """Strikes with a probability, one of several kinds by weight."""

    def __init__(self, rate: float, seed: int | str, kinds: Mapping[str, float]) -> None:
        self._rate = rate if any(kinds.values()) else 0.0
        self._kinds = tuple(kinds)
        self._weights = tuple(kinds.values())
        self._dice = random.Random(seed)  # noqa: S311 - a schedule that can be repeated

    def kind(self) -> str | None:
        if not self._rate or self._dice.random() >= self._rate:
            return None
        return self._dice.choices(self._kinds, self._weights)[0]


_NEVER: Final = _Chance(0.0, 0, {})


class Faults:
    """The schedule of a sandbox. `struck` lists what has happened.

    Args:
        worlds: The two APIs by name.
    """

    def __init__(self, worlds: Mapping[str, World]) -> None:
        self.struck: list[Strike] = []
        self._worlds = worlds
        self._plans: list[tuple[_Plan, _Kind]] = []
        self._posts: list[_Plan] = []
        self._chance = self._post_chance = _NEVER

    @property
    def planned(self) -> list[Fault]:
        """What is still to come, apart from chance."""
        plans = [*(plan for plan, _ in self._plans), *self._posts]
        return [plan.fault for plan in plans if not plan.over]

    def add(self, fault: Fault) -> None:
        """Plan a fault.

        Raises:
            KeyError: There is no such kind.
        """
        if fault.kind in WEBHOOKS:
            self._posts.append(_Plan(fault))
        else:
            self._plans.append((_Plan(fault), KINDS[fault.kind]))

    def before(self, action: Callable[[], object], at: Fault) -> None:
        """Do something before a matching call is answered: place an order between two pages, kill the process.

        `at.kind` is only a label. What `action` raises goes to the caller.
        """

        def happen(_: _Scene, effect: Effect) -> Answer:
            action()
            return effect()

        self._plans.append((_Plan(at), happen))

    def random(self, rate: float, seed: int = 0, kinds: Sequence[str] | Mapping[str, float] = ANY) -> None:
        """From now on let each call and each webhook fail with probability `rate`.

        The same seed gives the same faults. `kinds` are the kinds to choose from, all alike, or each with its
        weight: ``{"timeout_after": 3, "503": 1}``.

        Raises:
            KeyError: There is no such kind.
        """
        weights = kinds if isinstance(kinds, Mapping) else dict.fromkeys(kinds, 1.0)
        for kind in weights:
            if kind not in KINDS and kind not in WEBHOOKS:
                raise KeyError(kind)
        calls = {kind: weight for kind, weight in weights.items() if kind in KINDS}
        posts = {kind: weight for kind, weight in weights.items() if kind in WEBHOOKS}
        self._chance = _Chance(rate, seed, calls)
        self._post_chance = _Chance(rate, f"webhooks {seed}", posts)

    def clear(self) -> None:
        """Forget what is planned; `struck` stays."""
        self._plans.clear()
        self._posts.clear()
        self._chance = self._post_chance = _NEVER

    def pass_through(self, api: str, method: str, path: str, now: datetime, effect: Effect) -> Answer:
        """Answer a call, with the fault that is due for it.

        Raises:
            Unanswered: The fault lets no answer through.
        """
        due = [(plan.fault, happen) for plan, happen in self._plans if plan.due(api, method, path)]
        for fault, happen in due:
            effect = self._bent(fault, happen, (api, method, path), now, effect)
        kind = None if due else self._chance.kind()
        if kind is not None:
            fault = Fault(kind=kind, seconds=_SECONDS.get(kind, 30))
            effect = self._bent(fault, KINDS[kind], (api, method, path), now, effect)
        return effect()

    def deliveries(self, api: str, path: str) -> tuple[timedelta, ...]:
        """After which times a webhook is delivered: once and at once, unless a fault is due for it."""
        due = [post.fault for post in self._posts if post.due(api, "POST", path)]
        kind = None if due else self._post_chance.kind()
        if kind is not None:
            due = [Fault(kind=kind)]
        if not due:
            return (timedelta(),)
        self.struck += [Strike(fault.kind, api, "POST", path) for fault in due]
        return tuple(timedelta(seconds=after) for after in WEBHOOKS[due[0].kind](due[0].seconds))

    def _bent(
        self, fault: Fault, happen: _Kind, where: tuple[str, str, str], now: datetime, effect: Effect
    ) -> Effect:
        def act() -> Answer:
            self.struck.append(Strike(fault.kind, *where))
            world = self._worlds[where[0]]
            return happen(_Scene(where[0], world, now + world.skew, fault.seconds), effect)

        return act
