"""Messages that come again. Without I/O."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta


class Seen:
    """Tells notifications that come again from those that come for the first time.

    Both vendors repeat what was not answered in time, and whoever recorded a notification may send it again. Ask
    after the signature is checked, so that nobody else can fill the memory. It is one process's, and it forgets:
    a repetition that slips through brings a run forward once more, and does no harm.

    Args:
        keep: How long a message is remembered; Kaufland repeats for half a day.
        most: So many messages at most; the oldest are forgotten first.

    >>> from datetime import UTC
    >>> seen, now = Seen(), datetime(2026, 9, 1, tzinfo=UTC)
    >>> seen.first("7", now), seen.first("7", now), seen.first("7", now + timedelta(days=2))
    (True, False, True)
    """

    def __init__(self, *, keep: timedelta = timedelta(days=1), most: int = 20_000) -> None:
        self._keep = keep
        self._most = most
        self._known: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def first(self, id: str, now: datetime) -> bool:
        """Whether a message comes for the first time; from now on it is known.

        Args:
            id: What it is known by: ``id`` of :class:`~.kaufland.notifications.Notification` or
                :class:`~.shoptet.webhooks.Event`. One without a number always comes for the first time.
            now: The time, aware.
        """
        if not id:
            return True
        with self._lock:
            for oldest, came in list(self._known.items()):
                if now - came <= self._keep:
                    break
                del self._known[oldest]
            if id in self._known:
                return False
            if len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
            self._known[id] = now
        return True
