"""Staying below the vendors' limits ahead of time. Sans-IO: a limit says how long to wait.

A limit belongs to a key, not to a client: all clients of a process that use one key at one address, by one
clock, share one limit.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar
from weakref import WeakValueDictionary


class Limit(Protocol):
    """When may the next request leave?"""

    def delay(self, now: float) -> float:
        """Seconds to wait before sending at *now*; the place is taken."""
        ...

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Take note of what an answer says about the limit."""
        ...


class Pace:
    """At most *rate* requests in any second, evenly spaced.

    >>> pace = Pace(10)
    >>> pace.delay(0.0), pace.delay(0.0), pace.delay(5.0)
    (0.0, 0.1, 0.0)
    """

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate
        self._free = float("-inf")
        self._lock = threading.Lock()

    def delay(self, now: float) -> float:
        """Seconds until the next free place, which is taken."""
        with self._lock:
            place = max(now, self._free)
            self._free = place + self._gap
        return place - now

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Kaufland's answers say nothing about its limit."""


class Bucket:
    """Shoptet's leaky bucket: each answer tells how full it is, and it leaks a fixed number a second.

    Above *steer* of its size the next request waits until it has leaked back below.

    >>> bucket = Bucket()
    >>> bucket.learn({"x-ratelimit-bucket-filling": "170/200"}, now=0.0)
    >>> bucket.delay(0.0), bucket.delay(2.0)
    (2.0, 0.0)
    """

    def __init__(self, leak: float = 10, steer: float = 0.75) -> None:
        self._leak = leak
        self._steer = steer
        self._filling = 0.0
        self._size = 0.0
        self._seen = 0.0
        self._lock = threading.Lock()

    def delay(self, now: float) -> float:
        """Seconds until the bucket has leaked below the steering mark."""
        with self._lock:
            left = self._filling - self._leak * (now - self._seen)
            return max(0.0, (left - self._steer * self._size) / self._leak)

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Read ``X-RateLimit-Bucket-Filling``, as in ``170/200``."""
        match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", headers.get("x-ratelimit-bucket-filling", ""))
        if match:
            with self._lock:
                self._filling, self._size, self._seen = float(match[1]), float(match[2]), now


L = TypeVar("L", Pace, Bucket)
_shared: WeakValueDictionary[tuple[type, str, object], Pace | Bucket] = WeakValueDictionary()
_shared_lock = threading.Lock()


def shared(make: Callable[[], L], key: str, scope: object = None) -> L:
    """The limit of this key in this process; the key itself is not kept."""
    made = make()
    name = (type(made), hashlib.sha256(key.encode()).hexdigest(), scope)
    with _shared_lock:
        found = _shared.get(name)
        if not isinstance(found, type(made)):
            _shared[name] = found = made
    return found
