from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from kaufland_shoptet import SystemClock


def test_the_systems_clock_tells_an_aware_time():
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_all_system_clocks_are_the_same():
    assert SystemClock() == SystemClock()


def test_waiting_takes_time():
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0.01)
    assert clock.monotonic() - before >= 0.009
    assert abs(clock.monotonic() - time.monotonic()) < 5


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_waiting_on_an_event_loop_takes_time_too(backend):
    clock = SystemClock()
    before = clock.monotonic()
    anyio.run(clock.sleep_async, 0.01, backend=backend)
    assert clock.monotonic() - before >= 0.009
