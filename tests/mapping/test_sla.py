"""Issue part 7, the SLA view: days of Berlin, and what a rate of cancellations costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet.mapping.sla import (
    SELLER_REASONS,
    Ordered,
    berlin_day,
    cancellation_rate,
    days_left,
    fee_percent,
    month_begin,
)
from kaufland_shoptet.sandbox.data import latest_delivery

moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, st.integers(0, 30))
def test_the_end_of_a_window_is_on_the_day_that_kaufland_means(ordered, days):
    """Part 7, gotcha 18: the latest delivery, at the end of a day in Berlin, in summer and in winter."""
    expires = latest_delivery(ordered, days)
    assert berlin_day(expires + timedelta(seconds=1)) == berlin_day(expires) + timedelta(days=1)
    assert days_left(expires, expires) == 0
    assert days_left(expires, expires + timedelta(seconds=1)) == -1


@given(moments)
def test_a_month_begins_at_midnight_in_berlin(moment):
    """Part 7."""
    begin = month_begin(moment)
    assert begin <= moment
    assert (begin.day, begin.hour, begin.minute) == (1, 0, 0)
    assert berlin_day(begin).month == berlin_day(moment).month


@pytest.mark.parametrize(
    ("cancelled", "units", "percent"),
    [(0, 0, 0), (0, 100, 0), (1, 101, 0), (1, 100, 5), (2, 67, 5), (3, 100, 10), (5, 5, 10)],
)
def test_thresholds(cancelled, units, percent):
    """Part 7: 1 % costs 5 % of what was cancelled, 3 % costs 10 %."""
    assert fee_percent(cancelled, units) == percent


rows = st.builds(
    Ordered,
    status=st.sampled_from(["received", "cancelled", "sent"]),
    cancel_reason=st.sampled_from([None, "BuyerCancelled", "NoReaction", *SELLER_REASONS]),
    value=st.integers(0, 10**7),
)


@given(st.lists(rows, max_size=40))
def test_the_fee_is_part_of_what_was_cancelled(units):
    """Part 7, a law: units count, by fault of the seller only."""
    rate = cancellation_rate("cz", "CZK", units)
    fault = [each for each in units if each.status == "cancelled" and each.cancel_reason in SELLER_REASONS]
    assert (rate.units, rate.cancelled) == (len(units), len(fault))
    assert rate.value == sum(each.value for each in fault)
    assert abs(Decimal(rate.fee) * 100 - rate.value * rate.percent) <= 50
    assert 0 <= rate.share <= 100
    if not fault:
        assert (rate.fee, rate.share) == (0, 0)


def test_which_reasons_count_can_be_said():
    """Part 7."""
    unit = Ordered(status="cancelled", cancel_reason="BuyerCancelled", value=10_000)
    assert cancellation_rate("cz", "CZK", [unit]).fee == 0
    assert cancellation_rate("cz", "CZK", [unit], {"BuyerCancelled"}).fee == 1_000
