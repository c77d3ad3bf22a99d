"""Rate limits: a rolling window and a leaky bucket, both on the sandbox's clock."""

from __future__ import annotations

from collections import Counter, deque
from datetime import datetime, timedelta

__all__ = ["Bucket", "Lines", "Window"]


class Window:
    """At most `limit` calls in any stretch of `span`. `peak` is the most that were let through in one."""

    def __init__(self, limit: int, span: timedelta) -> None:
        self.limit = limit
        self.span = span
        self.peak: int = 0
        self._calls: deque[datetime] = deque()

    def admit(self, now: datetime) -> timedelta | None:
        """Count a call. Not admitted: how long until there is room."""
        while self._calls and self._calls[0] <= now - self.span:
            self._calls.popleft()
        if len(self._calls) >= self.limit:
            return self._calls[0] + self.span - now
        self._calls.append(now)
        self.peak = max(self.peak, len(self._calls))
        return None


class Bucket:
    """A leaky bucket: what a call costs is poured in after it was answered; a full bucket admits none."""

    def __init__(self, size: int, leak: int, now: datetime) -> None:
        self.size = size
        self.leak = leak
        self.peak: int = 0
        self._filling = 0.0
        self._mark = now

    def filling(self, now: datetime) -> int:
        """Drops in the bucket, a part of a drop counted as one."""
        self._settle(now)
        return min(self.size, -int(-self._filling // 1))

    def admit(self, now: datetime) -> timedelta | None:
        """None when there is room, else how long until there is."""
        self._settle(now)
        over = self._filling - self.size
        return timedelta(seconds=(over + 1) / self.leak) if over >= 0 else None

    def pour(self, drops: float, now: datetime) -> None:
        """Put in the cost of a call."""
        self._settle(now)
        self._filling += drops
        self.peak = max(self.peak, self.filling(now))

    def _settle(self, now: datetime) -> None:
        self._filling = max(0.0, self._filling - (now - self._mark).total_seconds() * self.leak)
        self._mark = now


class Lines:
    """Open connections by token or address. `peak` is the most that were ever open for one key."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self.peak: int = 0

    def enter(self, key: str) -> int:
        """Open one; the number now open for this key."""
        self._open[key] += 1
        self.peak = max(self.peak, self._open[key])
        return self._open[key]

    def leave(self, key: str) -> None:
        """Close one."""
        self._open[key] -= 1
