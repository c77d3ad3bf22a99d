"""Declare an operation once; offer it blocking, awaitable, and as a value.

Looked up on a resource of a blocking client, an operation returns the answer; on one of an asynchronous
client it returns a coroutine; on the class it returns the request itself.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from types import MethodType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    TypeVar,
    cast,
    overload,
)

from ..errors import ApiError
from .flows import Flow
from .request import Endpoint, PagedEndpoint, Request

if TYPE_CHECKING:
    from .pages import AsyncPages, Listing, Pages

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C")
M = TypeVar("M", bound="Sync | Async")


_SELF = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)


class Sync:
    """Mode: calls block and return the answer."""


class Async:
    """Mode: calls return a coroutine."""


class Caller(Protocol):
    """What a blocking client offers its resources."""

    def run(self, flow: Awaitable[T], /) -> T:
        """Carry out a request or a flow."""
        ...


class AsyncCaller(Protocol):
    """What an asynchronous client offers its resources."""

    async def run(self, flow: Awaitable[T], /) -> T:
        """Carry out a request or a flow."""
        ...


class Resource(Generic[M]):
    """A group of operations bound to one client."""

    def __init__(self, caller: Caller | AsyncCaller, context: object = None) -> None:
        self._caller: Any = caller
        self.context = context
        self._blocks = not inspect.iscoroutinefunction(caller.run)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._caller!r}>"


class Declared(Generic[P, T]):
    """What the three decorators share: naming, lookup, introspection."""

    def __init__(self, build: Callable[P, Any]) -> None:
        if isinstance(build, staticmethod):
            build = build.__func__
        self.build: Callable[P, Any] = build
        # Enough of a function for help(), doctest and inspect to find us.
        self.__doc__ = build.__doc__
        self.__name__: str = build.__name__
        self.__qualname__ = build.__qualname__
        self.__module__ = build.__module__
        self.__wrapped__ = build

    _first: ClassVar[list[inspect.Parameter]] = [_SELF]
    """Parameters that a bound call supplies itself and ``inspect`` takes away again."""

    @functools.cached_property
    def variants(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The blocking and the asynchronous form, made at first use."""
        call, acall = self._variants()
        return _dressed(call, self.__wrapped__, self._first), _dressed(acall, self.__wrapped__, self._first)

    def _variants(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        build = self.build

        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            flow = _built(build, args, kwargs)
            try:
                return self._caller.run(flow)
            except ApiError as error:
                # The way to the socket does not explain a 404.
                raise error.with_traceback(None) from error.__cause__

        async def acall(self: Any, *args: Any, **kwargs: Any) -> Any:
            flow = _built(build, args, kwargs)
            try:
                return await self._caller.run(flow)
            except ApiError as error:
                raise error.with_traceback(None) from error.__cause__

        return call, acall

    def _lookup(self, instance: Any) -> Any:
        if instance is None:
            return self.build
        call, acall = self.variants
        return MethodType(call if instance._blocks else acall, instance)


class _Operation(Declared[P, T]):
    endpoint: Endpoint[Any]

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Callable[P, Request[T]]: ...
    @overload
    def __get__(self, instance: Resource[Sync], owner: type[Any]) -> Callable[P, T]: ...
    @overload
    def __get__(self, instance: Resource[Async], owner: type[Any]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        return self._lookup(instance)


class _Listing(Declared[P, T]):
    endpoint: PagedEndpoint[Any]

    def _variants(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        from .pages import AsyncPages, Pages

        build = self.build

        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            return Pages(_built(build, args, kwargs), self._caller)

        def acall(self: Any, *args: Any, **kwargs: Any) -> Any:
            return AsyncPages(_built(build, args, kwargs), self._caller)

        return call, acall

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Callable[P, Listing[T]]: ...
    @overload
    def __get__(self, instance: Resource[Sync], owner: type[Any]) -> Callable[P, Pages[T]]: ...
    @overload
    def __get__(self, instance: Resource[Async], owner: type[Any]) -> Callable[P, AsyncPages[T]]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        return self._lookup(instance)


class operation(Generic[T]):  # noqa: N801 - reads as a decorator
    """One request, one answer. Decorates a static builder of a :class:`Request` of *endpoint*."""

    def __init__(self, endpoint: Endpoint[T]) -> None:
        self.endpoint = endpoint

    def __call__(self, build: Callable[P, Request[T]]) -> _Operation[P, T]:
        declared = _Operation[P, T](build)
        declared.endpoint = self.endpoint
        return declared


class listing(Generic[T]):  # noqa: N801
    """Many pages, one iterable. Decorates a static builder of a :class:`Listing` of *endpoint*."""

    def __init__(self, endpoint: PagedEndpoint[T]) -> None:
        self.endpoint = endpoint

    def __call__(self, build: Callable[P, Listing[T]]) -> _Listing[P, T]:
        declared = _Listing[P, T](build)
        declared.endpoint = self.endpoint
        return declared


class flow(Declared[P, T], Generic[C, P, T]):  # noqa: N801
    """Several requests, one outcome. Decorates a static ``async def`` function.

    Its first parameter is the context of the resource it is bound to, such as a shop's settings and
    ledger; a bound flow takes the other parameters only.
    """

    _first: ClassVar[list[inspect.Parameter]] = []

    def __init__(self, build: Callable[Concatenate[C, P], Coroutine[Any, Any, T]]) -> None:
        super().__init__(cast("Callable[P, Any]", build))
        start = self.__wrapped__
        shape = inspect.signature(start)

        def prepare(*args: Any, **kwargs: Any) -> Flow[T]:
            shape.bind(*args, **kwargs)
            return Flow(start, args, kwargs)

        self.build: Callable[..., Any] = _dressed(prepare, start, [])

    def _variants(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        build = self.build

        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            return self._caller.run(_built(build, (self.context, *args), kwargs))

        async def acall(self: Any, *args: Any, **kwargs: Any) -> Any:
            return await self._caller.run(_built(build, (self.context, *args), kwargs))

        return call, acall

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Callable[Concatenate[C, P], Flow[T]]: ...
    @overload
    def __get__(self, instance: Resource[Sync], owner: type[Any]) -> Callable[P, T]: ...
    @overload
    def __get__(self, instance: Resource[Async], owner: type[Any]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        return self._lookup(instance)


def _built(build: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    """Build the request; a misspelt keyword is answered with the right one."""
    try:
        return build(*args, **kwargs)
    except TypeError as error:
        hint = _suggestion(build, kwargs)
        if hint is None or "Did you mean" in str(error):
            raise
        raise TypeError(f"{error}. {hint}") from None


def _suggestion(build: Callable[..., Any], kwargs: dict[str, Any]) -> str | None:
    import difflib

    known = list(inspect.signature(build).parameters)
    for name in kwargs:
        close = [] if name in known else difflib.get_close_matches(name, known, 1)
        if close:
            return f"Did you mean {close[0]!r}?"
    return None


def _dressed(
    variant: Callable[..., T], build: Callable[..., Any], first: list[inspect.Parameter]
) -> Callable[..., T]:
    """Give *variant* the name, docstring, source and signature of *build*."""
    functools.update_wrapper(variant, build, updated=())
    shape = inspect.signature(build)
    parameters = [*first, *shape.parameters.values()]
    variant.__signature__ = shape.replace(parameters=parameters)  # type: ignore[attr-defined]
    return variant
