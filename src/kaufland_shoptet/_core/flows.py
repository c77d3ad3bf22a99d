"""Flows: ``async def`` functions that await requests and never do I/O of their own.

``async def`` here means *a script for a client*; it does not mean asyncio. A blocking client steps
through the script without an event loop, an asynchronous one on whichever loop is running.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Generic, TypeVar, overload

from attrs import frozen

from ..errors import KauflandShoptetError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")


class _Effect:
    """What a flow asks its driver for; two that ask for the same are equal.

    Written by hand, for making a class with attrs takes longer than all that is in it.
    """

    __slots__: tuple[str, ...] = ()

    def _asked(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._asked() == other._asked()

    def __hash__(self) -> int:
        return hash((type(self), self._asked()))

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({parts})"


class Pause(_Effect):
    """Ask the driver to wait."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds: Final = seconds

    def __await__(self) -> Generator[Any, Any, None]:
        yield self


class Now(_Effect):
    """Ask the driver what time it is, by the client's clock."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, datetime]:
        moment: datetime = yield self
        return moment


class Do(_Effect, Generic[T]):
    """Ask the driver to carry out a local step, such as writing to the ledger."""

    __slots__ = ("args", "function")

    def __init__(self, function: Callable[..., T], args: tuple[Any, ...] = ()) -> None:
        self.function: Final = function
        self.args: Final = args

    def __await__(self) -> Generator[Any, Any, T]:
        answer: T = yield self
        return answer


class Together(_Effect, Generic[T]):
    """Ask the driver to run several awaitables at once.

    When ``settled``, every branch runs to its end and tells its outcome; else the first failure wins.
    """

    __slots__ = ("branches", "regroup", "settled")

    def __init__(
        self,
        branches: tuple[Awaitable[Any], ...],
        regroup: Callable[[Iterable[Any]], T],
        settled: bool = False,
    ) -> None:
        self.branches: Final = branches
        self.regroup: Final = regroup
        self.settled: Final = settled

    def outcome(self, value: Any, error: BaseException | None) -> tuple[Any, BaseException | None]:
        """What a branch that ended so contributes, and what it raises."""
        if not self.settled:
            return value, error
        if error is None:
            return Done(value), None
        return (Failed(error), None) if isinstance(error, KauflandShoptetError) else (None, error)

    def __await__(self) -> Generator[Any, Any, T]:
        answer: T = yield self
        return answer


def pause(seconds: float) -> Pause:
    """Wait, in whatever way the client running the flow waits."""
    return Pause(seconds)


def now() -> Now:
    """The time by the client's clock, as an aware UTC datetime."""
    return Now()


def do(function: Callable[..., T], *args: Any) -> Do[T]:
    """A local step that may block a little; an asynchronous client takes it off its event loop."""
    return Do(function, args)


@overload
def together(branches: Iterable[Awaitable[T]], /) -> Together[list[T]]: ...
@overload
def together(a: Awaitable[T1], b: Awaitable[T2], /) -> Together[tuple[T1, T2]]: ...
@overload
def together(a: Awaitable[T1], b: Awaitable[T2], c: Awaitable[T3], /) -> Together[tuple[T1, T2, T3]]: ...
@overload
def together(
    a: Awaitable[T1], b: Awaitable[T2], c: Awaitable[T3], d: Awaitable[T4], /
) -> Together[tuple[T1, T2, T3, T4]]: ...
def together(*branches: Any) -> Together[Any]:
    """Run several requests or flows concurrently; meant for reading.

    Takes one iterable and evaluates to a list, or two to four arguments and evaluates to a tuple.
    When a branch fails nothing new is started, writes under way are finished, and the failure is
    raised. For writes use :func:`settle`, which loses no outcome.
    """
    if len(branches) == 1:
        return Together(tuple(branches[0]), list)
    return Together(branches, tuple)


@frozen
class Done(Generic[T_co]):
    """A branch that came to its end.

    Attributes:
        value: What it answered.
    """

    value: T_co


@frozen
class Failed:
    """A branch that raised.

    Attributes:
        error: What it raised.
    """

    error: KauflandShoptetError


def settle(branches: Iterable[Awaitable[T]]) -> Together[list[Done[T] | Failed]]:
    """Run several writes concurrently to their end, and tell the outcome of each, in order."""
    return Together(tuple(branches), list, settled=True)


@frozen
class Flow(Generic[T]):
    """A flow with its arguments: a value that can be run again and again."""

    start: Callable[..., Coroutine[Any, Any, T]]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def __str__(self) -> str:
        return self.start.__qualname__

    def __await__(self) -> Generator[Any, Any, T]:
        return self.start(*self.args, **self.kwargs).__await__()
