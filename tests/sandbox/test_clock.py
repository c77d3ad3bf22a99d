"""The clock stands still, and what is due happens in order."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from kaufland_shoptet.sandbox import START, Clock
from kaufland_shoptet.sandbox.clock import central_european


def test_it_stands_still_until_it_is_moved():
    clock = Clock()
    assert clock.now() == START == clock.now()
    clock.sleep(1.5)
    clock.advance(timedelta(minutes=1))
    assert clock.now() == START + timedelta(seconds=61.5)
    assert clock.timestamp() == START.timestamp() + 61.5


def test_timers_happen_at_their_own_moment_in_order_and_once():
    clock, seen = Clock(), []
    clock.after(20, lambda: seen.append(("b", clock.now())))
    clock.after(10, lambda: seen.append(("a", clock.now())))
    clock.after(10, lambda: clock.after(5, lambda: seen.append(("c", clock.now()))))
    clock.advance(9)
    assert seen == []
    clock.advance(60)
    clock.advance(60)
    expected = [("a", 10), ("c", 15), ("b", 20)]
    assert seen == [(name, START + timedelta(seconds=after)) for name, after in expected]


def test_a_timer_in_the_past_is_due_with_the_next_move():
    clock, seen = Clock(), []
    clock.at(START - timedelta(days=1), lambda: seen.append(clock.now()))
    clock.catch_up()
    assert seen == [START]


def test_a_running_clock_also_passes_by_itself():
    clock = Clock(running=True)
    before = clock.now()
    time.sleep(0.02)
    assert clock.now() > before
    clock.advance(3600)
    assert clock.now() >= before + timedelta(hours=1)


@pytest.mark.parametrize(
    ("moment", "hours"),
    [
        ("2026-01-15T12:00", 1),
        ("2026-03-29T00:59", 1),
        ("2026-03-29T01:00", 2),
        ("2026-10-25T00:59", 2),
        ("2026-10-25T01:00", 1),
        ("2023-10-29T00:30", 2),
    ],
)
def test_prague_and_berlin_keep_summer_time(moment, hours):
    local = central_european(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert local.utcoffset() == timedelta(hours=hours)
