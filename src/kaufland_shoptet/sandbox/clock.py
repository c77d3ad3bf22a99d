"""The sandbox's clock: it stands still until somebody moves it, and carries the timers of all life cycles."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

START: Final = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
"""When a sandbox begins, unless told otherwise: the same moment in every run."""


def _span(by: float | timedelta) -> timedelta:
    return by if isinstance(by, timedelta) else timedelta(seconds=by)


class Clock:
    """Simulated time, shared by both APIs of a sandbox.

    Args:
        start: The first moment.
        running: Let real time pass as well. The server does so, because its callers sign with the time of day.

    `lock` guards the clock and everything that its timers touch; the APIs take the same lock.
    """

    def __init__(self, start: datetime = START, *, running: bool = False) -> None:
        self.lock: AbstractContextManager[object] = threading.RLock()
        self.running = running
        self._start = self._now = start
        self._begun = self._mark = time.monotonic()
        self._order = itertools.count()
        self._timers: list[tuple[datetime, int, Callable[[], object]]] = []

    def now(self) -> datetime:
        """The present moment, in UTC."""
        if self.running:
            return self._now + timedelta(seconds=time.monotonic() - self._mark)
        return self._now

    def timestamp(self) -> float:
        """The present moment as unix seconds, in the place of ``time.time``."""
        return self.now().timestamp()

    def anew(self) -> Clock:
        """Another clock that shows what this one would if nobody had moved it."""
        passed = time.monotonic() - self._begun if self.running else 0
        return Clock(self._start + timedelta(seconds=passed), running=self.running)

    def advance(self, by: float | timedelta) -> None:
        """Move time forward and let everything happen that falls due on the way, each at its own moment."""
        with self.lock:
            until = self.now() + _span(by)
            while self._timers and self._timers[0][0] <= until:
                moment, _, action = heapq.heappop(self._timers)
                self._set(max(moment, self._now))
                action()
            self._set(max(until, self._now))

    def sleep(self, seconds: float) -> None:
        """`advance`, in the place of ``time.sleep``."""
        self.advance(seconds)

    def catch_up(self) -> None:
        """Let everything happen that has fallen due by itself; matters to a running clock."""
        self.advance(0)

    def at(self, moment: datetime, action: Callable[[], object]) -> None:
        """Do something at a moment; at once, on the next move, when that moment has passed."""
        with self.lock:
            heapq.heappush(self._timers, (moment, next(self._order), action))

    def after(self, delay: float | timedelta, action: Callable[[], object]) -> None:
        """Do something after a delay (seconds or a span)."""
        self.at(self.now() + _span(delay), action)

    def _set(self, moment: datetime) -> None:
        self._now = moment
        self._mark = time.monotonic()


def central_european(moment: datetime) -> datetime:
    """The same moment with the offset of Berlin and Prague (summer time by the rule of the EU)."""
    begins, ends = (_last_sunday(moment.astimezone(UTC).year, month) for month in (3, 10))
    summer = begins <= moment < ends
    return moment.astimezone(timezone(timedelta(hours=2 if summer else 1)))


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
