"""Post: the webhooks of both APIs on their way to whoever registered for them, with retries on the clock."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from ipaddress import ip_address
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from attrs import define, evolve, field, frozen

from .clock import Clock
from .wire import Answer, Call

__all__ = ["Attempt", "Letter", "Post", "Receiver", "Rule", "is_local"]

Receiver: TypeAlias = Callable[[Call], Answer | None]
"""Who answers webhooks: gets the call, gives the answer. An `OSError` stands for an address that does not answer,
None for a message that is only recorded."""

State: TypeAlias = Literal["recorded", "waiting", "delivered", "failed", "lost"]


@frozen(kw_only=True)
class Rule:
    """How one API delivers: seconds it waits for an answer, the statuses that are good, the waits between tries."""

    patience: float
    accepted: frozenset[int]
    waits: tuple[timedelta, ...]


class Attempt(NamedTuple):
    """One try to deliver: when, and the status of the answer (None: there was none in time)."""

    at: datetime
    status: int | None


@define(eq=False, kw_only=True)
class Letter:
    """One message to one address.

    `state` is ``recorded`` (nobody carries it), ``waiting``, ``delivered``, ``failed`` (all tries are over) or
    ``lost`` (by a fault). `call` is the message as it went out last; `hook` the number of the registration.
    """

    id: int
    api: str
    hook: int
    call: Call = field(repr=False)
    made: datetime
    state: State = "waiting"
    attempts: list[Attempt] = field(factory=list[Attempt])

    @property
    def event(self) -> str:
        """What it tells of."""
        row = self.call.json()
        return str(row.get("event") or row.get("event_name"))


class Post:
    """What carries webhooks. `letters` are all of them, the oldest first.

    Without a `receiver` everything is only recorded. With one each message is delivered as soon as the clock is
    moved, or the next call comes, and tried again as each vendor does. What the receiver raises, other than
    `OSError`, comes out where the clock was moved.
    """

    def __init__(
        self,
        clock: Clock,
        copies: Callable[[str, str], Sequence[timedelta]] = lambda _, __: (timedelta(),),
    ) -> None:
        self.receiver: Receiver | None = None
        self.letters: list[Letter] = []
        self.run: Callable[[Callable[[], None]], object] = _at_once
        """How deliveries are carried out; a server does it beside its calls."""
        self._clock = clock
        self._copies = copies
        self._ids = itertools.count(1)

    def send(
        self,
        api: str,
        hook: int,
        rule: Rule,
        write: Callable[[], Call],
        failed: Callable[[], object] = lambda: None,
    ) -> Call:
        """Take a message; `write` makes it, anew for each try, `failed` is called when all tries are over."""
        call = evolve(write(), timeout=rule.patience)
        times = self._copies(api, call.path) if self.receiver is not None else (timedelta(),)
        for after in times or (None,):
            letter = Letter(id=next(self._ids), api=api, hook=hook, call=call, made=self._clock.now())
            self.letters.append(letter)
            if after is None:
                letter.state = "lost"
            elif self.receiver is None:
                letter.state = "recorded"
            else:
                self._clock.after(after, partial(self._try, letter, rule, write, failed, self.receiver))
        return call

    def _try(
        self,
        letter: Letter,
        rule: Rule,
        write: Callable[[], Call],
        failed: Callable[[], object],
        receiver: Receiver,
    ) -> None:
        if letter.attempts:
            letter.call = evolve(write(), timeout=rule.patience)

        def carry() -> None:
            status: int | None = None
            try:
                given = receiver(letter.call)
            except OSError:
                pass
            else:
                if given is None:
                    letter.state = "recorded"
                    return
                status = given.status if given.delay <= rule.patience else None
            with self._clock.lock:
                settle(status)

        def settle(status: int | None) -> None:
            letter.attempts.append(Attempt(self._clock.now(), status))
            tries = len(letter.attempts)
            if status in rule.accepted:
                letter.state = "delivered"
            elif tries > len(rule.waits):
                letter.state = "failed"
                failed()
            else:
                again = partial(self._try, letter, rule, write, failed, receiver)
                self._clock.after(rule.waits[tries - 1], again)

        self.run(carry)


def is_local(url: str) -> bool:
    """Does a URL lead to this machine and nowhere else? Names other than ``localhost`` are not looked up."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _at_once(deliver: Callable[[], None]) -> None:
    deliver()


SHOPTET: Final = Rule(patience=4, accepted=frozenset({200}), waits=(timedelta(minutes=15),) * 2)
"""Shoptet: an answer of 200 within four seconds, three tries fifteen minutes apart."""


def kaufland(patience: float, minutes: Sequence[int]) -> Rule:
    """Kaufland: a status that says yes in time, the waits as told; after the last one it gives up."""
    return Rule(
        patience=patience,
        accepted=frozenset({200, 201, 202, 204}),
        waits=tuple(timedelta(minutes=each) for each in minutes),
    )
