from __future__ import annotations

import gc
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet._core import limits
from kaufland_shoptet._core.limits import Bucket, Pace, shared

LAW = settings(deadline=None, max_examples=60)
gaps = st.lists(st.floats(0, 3) | st.just(0.0), min_size=1, max_size=60)


def most_in_a_second(moments):
    moments = sorted(moments)
    return max(sum(1 for other in moments if moment <= other < moment + 1 - 1e-9) for moment in moments)


@LAW
@given(st.integers(1, 20), gaps)
def test_never_more_than_the_rate_in_any_second(rate, gaps):
    pace, now, sent = Pace(rate), 0.0, []
    for gap in gaps:
        now += gap
        delay = pace.delay(now)
        assert delay >= 0
        sent.append(now + delay)
    assert most_in_a_second(sent) <= rate


@LAW
@given(st.integers(1, 20), st.floats(1, 1000))
def test_nobody_waits_at_less_than_the_rate(rate, start):
    pace = Pace(rate)
    assert [pace.delay(start + n * (1 / rate + 1e-6)) for n in range(30)] == [0] * 30


def test_threads_share_a_pace():
    pace, sent = Pace(111), []

    def work():
        sent.extend(pace.delay(0.0) for _ in range(100))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most_in_a_second(sent) <= 111
    assert max(sent) == pytest.approx(399 / 111)


def test_a_pace_learns_nothing_from_answers():
    pace = Pace(10)
    pace.learn({"retry-after": "100"}, 0.0)
    assert pace.delay(0.0) == 0


def filled(text, now=0.0):
    bucket = Bucket()
    bucket.learn({"x-ratelimit-bucket-filling": text}, now)
    return bucket


def test_a_bucket_that_nothing_is_known_of_lets_pass():
    assert Bucket().delay(0.0) == 0


@pytest.mark.parametrize(
    ("filling", "wait"),
    [("0/200", 0), ("150/200", 0), ("151/200", 0.1), ("200/200", 5), (" 160 / 200 ", 1), ("75/100", 0)],
)
def test_above_three_quarters_a_bucket_is_given_time_to_leak(filling, wait):
    assert filled(filling).delay(0.0) == pytest.approx(wait)


def test_time_empties_a_bucket():
    bucket = filled("200/200", now=100.0)
    assert bucket.delay(103.0) == pytest.approx(2)
    assert bucket.delay(1000.0) == 0


@pytest.mark.parametrize("text", ["", "full", "200", "-1/200", "200/200/200"])
def test_a_filling_that_cannot_be_read_changes_nothing(text):
    bucket = filled("200/200")
    bucket.learn({"x-ratelimit-bucket-filling": text}, 0.0)
    bucket.learn({}, 0.0)
    assert bucket.delay(0.0) == 5


def test_one_key_has_one_limit():
    first = shared(lambda: Pace(10), "key", "url")
    assert shared(lambda: Pace(10), "key", "url") is first
    assert shared(lambda: Pace(10), "other key", "url") is not first
    assert shared(lambda: Pace(10), "key", "other url") is not first
    assert shared(Bucket, "key", "url") is not first


def test_a_key_is_not_kept_and_a_limit_no_longer_than_needed():
    limit = shared(Bucket, "very-secret-key")
    assert "very-secret-key" not in repr(dict(limits._shared))
    size = len(limits._shared)
    del limit
    gc.collect()
    assert len(limits._shared) < size
