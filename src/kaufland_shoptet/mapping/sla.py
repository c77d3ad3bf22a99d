"""Deadlines and rates that Kaufland measures a seller by.

* The end of a unit's delivery window is the latest **delivery**, at the end of a day in Berlin. It is no deadline
  for the dispatch, and no midnight in UTC.
* Without a report of its dispatch a unit brings no money, however long ago the parcel left.
* Cancellations for reasons on the seller's side count by the unit. From 1 % of a month's units on they cost 5 %
  of what was cancelled, from 3 % on 10 %. Which reasons count is not published: :data:`SELLER_REASONS` are the
  likely ones.

Source: Order management and Service performance in Kaufland's Seller University.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final

from attrs import frozen

__all__ = [
    "SELLER_REASONS",
    "CancellationRate",
    "Ordered",
    "berlin_day",
    "cancellation_rate",
    "days_left",
    "fee_percent",
    "month_begin",
]


def __dir__() -> list[str]:
    return __all__


SELLER_REASONS: Final = ("NoInventory", "DelayedInventory", "WrongPrice", "WrongCatalogData")
"""Reasons of cancellations that are likely to count against the seller."""

_STEPS: Final = ((3, 10), (1, 5))
"""From so many percent of the units on, so many percent of the value."""


@cache
def _berlin() -> tzinfo:
    from dateutil.tz import gettz  # it brings the rules along for machines that have none

    zone = gettz("Europe/Berlin")
    assert zone is not None
    return zone


def berlin_day(moment: datetime) -> date:
    """The day that it is in Berlin.

    >>> from datetime import UTC
    >>> berlin_day(datetime(2026, 9, 16, 21, 59, 59, tzinfo=UTC)), berlin_day(datetime(2026, 9, 16, 22, tzinfo=UTC))
    (datetime.date(2026, 9, 16), datetime.date(2026, 9, 17))
    """
    return moment.astimezone(_berlin()).date()


def days_left(expires: datetime, now: datetime) -> int:
    """Days until the last one of a delivery window, by the calendar of Berlin; negative when it is over.

    >>> from datetime import UTC
    >>> end = datetime(2026, 9, 16, 21, 59, 59, tzinfo=UTC)
    >>> [days_left(end, datetime(2026, 9, day, 8, tzinfo=UTC)) for day in (14, 16, 17)]
    [2, 0, -1]
    """
    return (berlin_day(expires) - berlin_day(now)).days


def month_begin(now: datetime) -> datetime:
    """When this month began in Berlin.

    >>> from datetime import UTC
    >>> month_begin(datetime(2026, 9, 1, 8, tzinfo=UTC)).isoformat()
    '2026-09-01T00:00:00+02:00'
    """
    day = berlin_day(now).replace(day=1)
    return datetime(day.year, day.month, day.day, tzinfo=_berlin())


@frozen(kw_only=True)
class Ordered:
    """One unit, as far as the rate of cancellations depends on it."""

    status: str
    cancel_reason: str | None
    value: int
    """Price and shipping, in minor units."""


@frozen(kw_only=True)
class CancellationRate:
    """How many of a storefront's units were cancelled by fault of the seller, and what that would cost."""

    storefront: str
    currency: str
    units: int
    cancelled: int
    value: int
    """What the cancelled units were worth, with shipping, in minor units of ``currency``."""

    @property
    def share(self) -> Decimal:
        """Percent of the units, to two places."""
        return (Decimal(100 * self.cancelled) / max(self.units, 1)).quantize(Decimal("0.01"))

    @property
    def percent(self) -> int:
        """Percent of the value that Kaufland would take."""
        return fee_percent(self.cancelled, self.units)

    @property
    def fee(self) -> int:
        """What that is in minor units."""
        return int((Decimal(self.value * self.percent) / 100).quantize(Decimal(1), ROUND_HALF_UP))


def fee_percent(cancelled: int, units: int) -> int:
    """Percent of the cancelled value that a rate of cancellations costs.

    >>> [fee_percent(cancelled, 1000) for cancelled in (0, 9, 10, 29, 30)]
    [0, 0, 5, 5, 10]
    """
    return next((fee for step, fee in _STEPS if cancelled and 100 * cancelled >= step * units), 0)


def cancellation_rate(
    storefront: str, currency: str, units: Iterable[Ordered], reasons: Collection[str] = SELLER_REASONS
) -> CancellationRate:
    """The rate of one storefront.

    Args:
        storefront: Storefront code.
        currency: Its currency.
        units: The units that were ordered there in the month.
        reasons: Reasons that count against the seller.

    >>> units = [Ordered(status="received", cancel_reason=None, value=10_000)] * 59
    >>> units += [Ordered(status="cancelled", cancel_reason="NoInventory", value=59_800)]
    >>> rate = cancellation_rate("cz", "CZK", units)
    >>> rate.share, rate.percent, rate.fee
    (Decimal('1.67'), 5, 2990)
    """
    all_of_them = list(units)
    counted = [each for each in all_of_them if each.status == "cancelled" and each.cancel_reason in reasons]
    return CancellationRate(
        storefront=storefront,
        currency=currency,
        units=len(all_of_them),
        cancelled=len(counted),
        value=sum(each.value for each in counted),
    )
