"""One request, from first attempt to answer, without I/O."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from ..errors import (
    AnswerTooLarge,
    ApiError,
    AuthenticationError,
    DecodeError,
    KauflandShoptetError,
    Locked,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ServerError,
    UnexpectedAnswer,
)
from .flows import Pause
from .request import Reply, Request
from .timing import Clock

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")


class Interrupted(KauflandShoptetError):
    """A download broke off and may be taken up again. Never leaves a client."""


class Send(NamedTuple):
    """Ask the driver to put one attempt on the wire."""

    request: Request[Any]
    timeout: float


class Policy(NamedTuple):
    """How patient a client is.

    Attributes:
        timeout: Seconds to wait for a connection, for each read and for each write.
        attempts: How often a request is tried in all, when trying again is safe.
        longest: Seconds; a server that asks to wait longer is not waited for.
    """

    timeout: float = 30.0
    attempts: int = 5
    longest: float = 120.0


class Sent(NamedTuple):
    """Event: an attempt leaves."""

    request: Request[Any]
    attempt: int


class Answered(NamedTuple):
    """Event: an answer came. ``seconds`` is the time it took."""

    request: Request[Any]
    attempt: int
    status: int
    seconds: float
    request_id: str | None


class Retrying(NamedTuple):
    """Event: an attempt failed and another one follows after ``seconds``."""

    request: Request[Any]
    attempt: int
    error: KauflandShoptetError
    seconds: float


Event: TypeAlias = Sent | Answered | Retrying
"""What a client tells of each attempt: it leaves, it is answered, it is tried again."""


class DeprecatedOperation(DeprecationWarning):
    """The vendor announced the end of an operation."""


def exchange(
    request: Request[Any],
    read: Callable[[Request[Any], Reply], T],
    policy: Policy,
    clock: Clock,
    notify: Callable[[Event], None],
) -> Generator[Send | Pause, Any, T]:
    """Yield what to do next: send the request, or pause. Resume with a :class:`Reply`."""
    attempt = 0
    waits: _Waits | None = None
    doubt: KauflandShoptetError | None = None
    while True:
        attempt += 1
        notify(Sent(request, attempt))
        started = clock.monotonic()
        failure: KauflandShoptetError
        try:
            reply: Reply = yield Send(request, policy.timeout)
            ended = clock.monotonic()
            notify(Answered(request, attempt, reply.status, ended - started, reply.request_id))
            _announce(request, reply)
            return read(request, reply)
        except (NoAnswer, UnexpectedAnswer) as error:
            failure = error
        except ApiError as error:
            error.retry_after = retry_after(error.reply.headers, clock.now())
            if isinstance(error, AuthenticationError):
                error.clock_skew = clock_skew(error.reply.headers, clock.now())
            failure = error
        if not _repeatable(request, failure):
            raise _judged(request, failure)
        if isinstance(failure, (NoAnswer, ServerError)) and not isinstance(failure, NotSent):
            doubt = failure
        waits = waits or _Waits()
        seconds = waits.next(failure)
        if attempt >= policy.attempts or seconds > policy.longest:
            # That the last attempt never left says nothing about the earlier ones.
            raise doubt if doubt is not None and isinstance(failure, NotSent) else failure
        notify(Retrying(request, attempt, failure, seconds))
        yield Pause(seconds)


def _repeatable(request: Request[Any], failure: KauflandShoptetError) -> bool:
    """Would sending again do no harm, and might it help?"""
    match failure:
        case NotSent() | RateLimited():
            return True
        case Locked():
            return request.endpoint.api.lock_passes
        case ServerError():
            return request.endpoint.repeat in ("safe", "idempotent")
        case DecodeError() | AnswerTooLarge():
            return False  # the same would come again
        case UnexpectedAnswer():
            return request.endpoint.repeat == "safe"
        case NoAnswer():
            return request.endpoint.repeat in ("safe", "idempotent")
        case _:
            return False


def _judged(request: Request[Any], failure: KauflandShoptetError) -> KauflandShoptetError:
    """A failure that leaves a write in doubt says so."""
    if request.endpoint.repeat == "safe":
        return failure
    match failure:
        case NoAnswer() | UnexpectedAnswer():
            reason = failure.reason
        case ServerError():
            reason = f"{failure.status}, the server failed"
        case _:
            return failure
    unknown = OutcomeUnknown(request, reason)
    unknown.__cause__ = failure
    return unknown


class _Waits:
    """How long to wait before each further attempt; tenacity's strategies, driven by hand."""

    def __init__(self) -> None:
        import tenacity

        self._backoff = tenacity.wait_random_exponential(multiplier=0.5, max=20)
        self._state: RetryCallState = tenacity.RetryCallState(
            tenacity.Retrying(), fn=None, args=(), kwargs={}
        )

    def next(self, failure: KauflandShoptetError) -> float:
        """Seconds to wait, by the server's word when it gave one."""
        told = failure.retry_after if isinstance(failure, ApiError) else None
        seconds = told if told is not None else self._backoff(self._state)
        self._state.attempt_number += 1
        # A lock or a limit is worth a moment even when the dice, or two clocks that differ, say otherwise.
        return max(seconds, 1.0) if isinstance(failure, (Locked, RateLimited)) else seconds


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by ``Retry-After``, which may be a number, an HTTP date or an ISO time.

    >>> retry_after({"retry-after": "3"}, datetime(2024, 7, 1, tzinfo=UTC))
    3.0
    >>> retry_after({"retry-after": "Mon, 01 Jul 2024 00:00:10 GMT"}, datetime(2024, 7, 1, tzinfo=UTC))
    10.0
    """
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    for parse in (_number, _http_date, datetime.fromisoformat):
        try:
            value = parse(told)
        except (ValueError, OverflowError):
            continue
        if isinstance(value, datetime):
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            value = (moment - now).total_seconds()
        return max(0.0, value)
    return None


def clock_skew(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds by which *now* is ahead of the server's ``Date``, if it told one."""
    try:
        return (now - parsedate_to_datetime(headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _number(text: str) -> float:
    if not text.isascii() or not text.isdigit():
        raise ValueError(text)
    return float(text)


def _http_date(text: str) -> datetime:
    return parsedate_to_datetime(text)


def _announce(request: Request[Any], reply: Reply) -> None:
    headers = reply.headers
    if "x-shoptet-deprecated" in headers or "deprecation" in headers or "sunset" in headers:
        _warn(str(request.endpoint.api), request.endpoint.vendor_id, headers.get("sunset"))


@lru_cache(None)
def _warn(api: str, vendor_id: str, sunset: str | None) -> None:
    """Once for each operation of a process."""
    until = f" and ends on {sunset}" if sunset else ""
    warnings.warn(f"{api}: {vendor_id} is deprecated{until}", DeprecatedOperation, stacklevel=2)
