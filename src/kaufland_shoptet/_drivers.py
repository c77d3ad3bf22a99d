"""The two drivers: everything in the package that exists twice."""

from __future__ import annotations

import copy
import heapq
import inspect
import itertools
import threading
import types
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from ._core.api import Api
from ._core.exchange import Event, Interrupted, Policy, Send, exchange
from ._core.flows import Do, Now, Pause, Together
from ._core.limits import Limit
from ._core.request import Reply, Request
from ._core.timing import Clock
from ._http import AsyncHttp, Http
from .errors import NotSent

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from ._core.rows import Download

T = TypeVar("T")
H = TypeVar("H", Http, AsyncHttp)
Steps = Generator[Any, Any, Any]
_OURS: Any = (Request, Send, Pause, Now, Do, Together)
Effect: TypeAlias = Request[Any] | Send | Pause | Now | Do[Any] | Together[Any]


class Line(Generic[H]):
    """What one API needs to be talked to: connections, limits, the number of requests in flight."""

    def __init__(self, http: H, limit: Limit, in_flight: int, notify: Callable[[Event], None]) -> None:
        self.http: Final[H] = http
        self.limit: Final = limit
        self.in_flight: Final = in_flight
        self.notify: Final = notify


def _line(request: Request[Any], lines: Mapping[Api, Line[Any]]) -> Line[Any]:
    api = request.endpoint.api
    try:
        return lines[api]
    except KeyError:
        raise TypeError(
            f"{request} is a request to {api}, which this client does not speak; "
            "run flows over both APIs with a Bridge"
        ) from None


_CLOSE = 1e-5
"""Seconds; a pause this near to its end has ended: clocks do not count finer."""


class _Pool:
    """The threads that carry requests of groups; made when first needed, shared by all copies of a driver."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._size, thread_name_prefix="kaufland-shoptet")
        return self._threads.submit(function, *args)

    def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown()


class Driver:
    """Runs flows, blocking.

    A single flow runs in the caller's thread. Branches of a group are stepped in that thread too; only
    their requests are handed to threads, as many as may be in flight.
    """

    def __init__(self, lines: Mapping[Api, Line[Http]], policy: Policy, clock: Clock) -> None:
        self.lines = lines
        self.clock = clock
        self._gates = {api: threading.BoundedSemaphore(line.in_flight) for api, line in lines.items()}
        self._turns = {api: threading.Lock() for api in lines}
        self._pool = _Pool(sum(line.in_flight for line in lines.values()))
        self.policy = policy

    def with_policy(self, policy: Policy) -> Driver:
        """The same connections and limits under another policy."""
        twin = copy.copy(self)
        twin.policy = policy
        return twin

    def joined(self, other: Driver) -> Driver:
        """One driver for both; each API keeps its connections, its limit and its requests in flight."""
        twin = Driver({**self.lines, **other.lines}, self.policy, self.clock)
        twin._gates = {**self._gates, **other._gates}
        twin._turns = {**self._turns, **other._turns}
        return twin

    def run(self, flow: Awaitable[T]) -> T:
        """Step through *flow* to its end."""
        result: T = self._finish(flow.__await__())
        return result

    def exchange(self, request: Request[Any], read: Callable[[Request[Any], Reply], T]) -> T:
        """Send one request and take its answer with *read*."""
        result: T = self._finish(self.conversation(request, read))
        return result

    def conversation(
        self, request: Request[Any], read: Callable[[Request[Any], Reply], Any] | None = None
    ) -> Steps:
        """The steps of one request, retries included."""
        line = _line(request, self.lines)
        read = read or request.endpoint.api.read
        return exchange(request, read, self.policy, self.clock, line.notify)

    def _finish(self, steps: Steps) -> Any:
        try:
            effect = steps.send(None)
            while True:
                try:
                    outcome = self._perform(effect)
                except BaseException as error:  # noqa: BLE001 - the flow decides
                    effect = steps.throw(error)
                else:
                    effect = steps.send(outcome)
        except StopIteration as stop:
            return stop.value
        finally:
            steps.close()

    def _perform(self, effect: Effect) -> Any:
        match effect:
            case Request():
                return self._finish(self.conversation(effect))
            case Send():
                return self.transmit(effect)
            case Together():
                return _Gathering(self, self.clock, self._pool).run(effect)
            case Pause():
                return self.clock.sleep(effect.seconds)
            case _:
                return self.at_once(effect)

    def at_once(self, effect: Effect) -> Any:
        """Carry out an effect that neither waits nor branches."""
        match effect:
            case Now():
                return self.clock.now()
            case Do():
                return effect.function(*effect.args)
            case _:
                raise TypeError(
                    f"a blocking client cannot wait for {effect!r}; a flow may await requests, pause(), "
                    "now(), do(), together() and settle() only"
                )

    def transmit(self, send: Send, unless: Callable[[], bool] = lambda: False) -> Reply:
        """Put one attempt on the wire, when the limit on requests in flight lets it, *unless* it is too late."""
        api = send.request.endpoint.api
        line = self.lines[api]
        with self._gates[api]:
            if unless():
                raise NotSent(send.request, "given up before its turn came")
            # One at a time waits for its turn, just before it leaves: places taken earlier would all be used
            # at once after a server has stalled.
            with self._turns[api]:
                wait = line.limit.delay(self.clock.monotonic())
                if wait > 0:
                    self.clock.sleep(wait)
            reply = line.http.send(send.request, send.timeout)
            line.limit.learn(reply.headers, self.clock.monotonic())  # the next one to leave has to know
            return reply

    def download(self, file: Download[T], api: Api) -> Generator[T, None, None]:
        """Give the rows of a file while it is coming."""
        http = self.lines[api].http
        while not file.done:
            try:
                with http.fetch(file.url, file.headers, self.policy.timeout) as (status, headers, pieces):
                    if file.opened(status, headers):
                        for piece in pieces:
                            yield from file.feed(piece)
                        yield from file.end()
                continue
            except Interrupted as error:
                broken = error
            self.clock.sleep(file.again(broken))  # here, for what it raises is not to know the address

    def close(self) -> None:
        """Close the connections."""
        for line in self.lines.values():
            line.http.close()
        self._pool.close()


class _Task:
    """A branch: a stack of generators, the innermost last. ``family`` is the group it belongs to."""

    def __init__(self, stack: list[Steps], family: _Family | None, index: int = 0) -> None:
        self.stack = stack
        self.family = family
        self.index = index

    @property
    def stopped(self) -> bool:
        """Whether its group, or one further out, has failed."""
        family = self.family
        while family is not None:
            if family.failed is not None:
                return True
            family = family.parent.family
        return False


class _Family:
    """Branches that run together, and the task that waits for them."""

    def __init__(self, parent: _Task, together: Together[Any]) -> None:
        self.parent = parent
        self.together = together
        self.left = len(together.branches)
        self.results: list[Any] = [None] * self.left
        self.failed: BaseException | None = None


class _Stopped(BaseException):
    """Thrown into what nobody waits for any more."""


def _unwind(steps: Steps) -> None:
    """End *steps* where they are. Closing them would not reach a walk over pages inside of another."""
    try:
        steps.throw(_Stopped())
    except (_Stopped, StopIteration):
        return
    steps.close()  # pragma: no cover - a flow that goes on all the same


class _Gathering:
    """One group, run to its end in the calling thread; nested groups join in, they do not nest threads."""

    def __init__(self, driver: Driver, clock: Clock, pool: _Pool) -> None:
        self._driver = driver
        self._clock = clock
        self._pool = pool
        self._root = _Task([], None)
        self._ready: deque[tuple[_Task, Any, BaseException | None]] = deque()
        self._running: dict[Future[Reply], _Task] = {}
        self._asleep: list[tuple[float, int, _Task]] = []
        self._count = itertools.count()
        self._over = False

    def run(self, together: Together[Any]) -> Any:
        self._branch(self._root, together)
        try:
            while True:
                while self._ready:
                    task, value, error = self._ready.popleft()
                    if task is self._root:
                        if error is not None:
                            raise error
                        return value
                    self._advance(task, value, error)
                self._wait()
        finally:
            self._over = True  # whatever still waits for its turn, as after Ctrl-C, has lost it

    def _branch(self, parent: _Task, together: Together[Any]) -> None:
        branches = together.branches
        if not branches:
            self._ready.append((parent, together.regroup(()), None))
            return
        family = _Family(parent, together)
        for index, branch in enumerate(branches):
            self._ready.append((_Task([branch.__await__()], family, index), None, None))

    def _advance(self, task: _Task, value: Any, error: BaseException | None) -> None:
        """Step *task* until it waits for something or ends."""
        while task.stack:
            if task.stopped:
                while task.stack:
                    _unwind(task.stack.pop())
                value = error = None
                break
            steps = task.stack[-1]
            try:
                effect: Effect = steps.throw(error) if error is not None else steps.send(value)
            except StopIteration as finished:
                task.stack.pop()
                value, error = finished.value, None
                continue
            except BaseException as raised:  # noqa: BLE001 - handed to whoever waits for it
                task.stack.pop()
                value, error = None, raised
                continue
            value, error = None, None
            match effect:
                case Request():
                    try:
                        task.stack.append(self._driver.conversation(effect))
                    except TypeError as wrong:
                        error = wrong
                case Send():
                    sending = self._pool.submit(
                        self._driver.transmit, effect, lambda: self._over or task.stopped
                    )
                    self._running[sending] = task
                    return
                case Pause():
                    due = self._clock.monotonic() + effect.seconds
                    heapq.heappush(self._asleep, (due, next(self._count), task))
                    return
                case Together():
                    self._branch(task, effect)
                    return
                case _:
                    try:
                        value = self._driver.at_once(effect)
                    except BaseException as raised:  # noqa: BLE001
                        error = raised
        self._end(task, value, error)

    def _end(self, task: _Task, value: Any, error: BaseException | None) -> None:
        family = task.family
        if family is None:  # pragma: no cover - the root never steps
            return
        family.left -= 1
        value, error = family.together.outcome(value, error)
        family.results[task.index] = value
        if error is not None and family.failed is None:
            family.failed = error
            self._wake()
        if family.left == 0:
            done = None if family.failed is not None else family.together.regroup(family.results)
            self._ready.append((family.parent, done, family.failed))

    def _wake(self) -> None:
        """Whoever sleeps in a group that has failed need not sleep on."""
        self._ready.extend((task, None, None) for _, _, task in self._asleep if task.stopped)
        self._asleep = [entry for entry in self._asleep if not entry[2].stopped]
        heapq.heapify(self._asleep)

    def _wait(self) -> None:
        """Sleep until an answer comes or a pause ends."""
        from concurrent.futures import FIRST_COMPLETED, wait

        left = self._asleep[0][0] - self._clock.monotonic() if self._asleep else None
        if left is not None and left <= _CLOSE:
            self._ready.append((heapq.heappop(self._asleep)[2], None, None))
        elif left is not None and not self._running:
            self._clock.sleep(left)
        else:
            done, _ = wait(self._running, timeout=left, return_when=FIRST_COMPLETED)
            for future in done:
                error = future.exception()
                self._ready.append((self._running.pop(future), None if error else future.result(), error))


class AsyncDriver:
    """Runs flows on the event loop; awaits of other libraries pass through to it."""

    def __init__(self, lines: Mapping[Api, Line[AsyncHttp]], policy: Policy, clock: Clock) -> None:
        self.lines = lines
        self.clock = clock
        self.policy = policy
        from anyio import Lock, Semaphore

        # Who finds them open passes without giving way to others: the request itself does that.
        self._gates = {api: Semaphore(line.in_flight, fast_acquire=True) for api, line in lines.items()}
        self._turns = {api: Lock(fast_acquire=True) for api in lines}

    def with_policy(self, policy: Policy) -> AsyncDriver:
        """The same connections and limits under another policy."""
        twin = copy.copy(self)
        twin.policy = policy
        return twin

    def joined(self, other: AsyncDriver) -> AsyncDriver:
        """One driver for both; each API keeps its connections, its limit and its requests in flight."""
        twin = AsyncDriver({**self.lines, **other.lines}, self.policy, self.clock)
        twin._gates = {**self._gates, **other._gates}
        twin._turns = {**self._turns, **other._turns}
        return twin

    async def run(self, flow: Awaitable[T]) -> T:
        """Step through *flow* to its end."""
        result: T = await self._finish(flow.__await__())
        return result

    async def exchange(self, request: Request[Any], read: Callable[[Request[Any], Reply], T]) -> T:
        """Send one request and take its answer with *read*."""
        result: T = await self._finish(self._conversation(request, read))
        return result

    def _conversation(
        self, request: Request[Any], read: Callable[[Request[Any], Reply], Any] | None = None
    ) -> Steps:
        line = _line(request, self.lines)
        read = read or request.endpoint.api.read
        return exchange(request, read, self.policy, self.clock, line.notify)

    @types.coroutine
    def _finish(self, steps: Steps) -> Generator[Any, Any, Any]:
        try:
            effect = steps.send(None)
            while True:
                try:
                    if isinstance(effect, _OURS):
                        outcome = yield from self._perform(effect).__await__()
                    else:  # the event loop's own business
                        outcome = yield effect
                except BaseException as error:  # noqa: BLE001 - the flow decides
                    effect = steps.throw(error)
                else:
                    effect = steps.send(outcome)
        except StopIteration as stop:
            return stop.value
        finally:
            steps.close()

    async def _perform(self, effect: Effect) -> Any:
        match effect:
            case Request():
                return await self._finish(self._conversation(effect))
            case Send():
                return await self._send(effect)
            case Pause():
                return await self.clock.sleep_async(effect.seconds)
            case Now():
                return self.clock.now()
            case Do():
                from anyio.to_thread import run_sync

                return await run_sync(effect.function, *effect.args)
            case _:
                return await self._gather(effect)

    async def _send(self, send: Send) -> Reply:
        request = send.request
        api = request.endpoint.api
        # A write that has left is waited for even when its group has failed.
        shield = request.endpoint.repeat != "safe"
        async with self._gates[api]:
            # One at a time waits for its turn; who need not wait passes when nobody does.
            limit, turn = self.lines[api].limit, self._turns[api]
            wait = None if turn.locked() else limit.delay(self.clock.monotonic())
            if wait != 0:
                async with turn:
                    await self.clock.sleep_async(
                        limit.delay(self.clock.monotonic()) if wait is None else wait
                    )
            sending = self.lines[api].http.send(request, send.timeout)
            reply = await (_shielded(sending) if shield else sending)
            limit.learn(reply.headers, self.clock.monotonic())  # the next one to leave has to know
            return reply

    async def _gather(self, together: Together[Any]) -> Any:
        from anyio import create_task_group

        results: list[Any] = [None] * len(together.branches)

        async def branch(index: int, flow: Awaitable[Any]) -> None:
            value: Any = None
            error: BaseException | None = None
            try:
                value = await self.run(flow)
            except Exception as raised:  # noqa: BLE001 - the group decides
                error = raised
            results[index], error = together.outcome(value, error)
            if error is not None:
                raise error

        try:
            async with create_task_group() as group:
                for index, flow in enumerate(together.branches):
                    group.start_soon(branch, index, flow)
        except BaseExceptionGroup as errors:
            first = errors.exceptions[0]
            raise first from first.__cause__
        finally:
            for flow in together.branches:
                if inspect.iscoroutine(flow):
                    flow.close()  # one that never began would complain
        return together.regroup(results)

    async def download(self, file: Download[T], api: Api) -> AsyncGenerator[T, None]:
        """Give the rows of a file while it is coming."""
        http = self.lines[api].http
        while not file.done:
            try:
                async with http.fetch(file.url, file.headers, self.policy.timeout) as (
                    status,
                    headers,
                    pieces,
                ):
                    if file.opened(status, headers):
                        async for piece in pieces:
                            for row in file.feed(piece):
                                yield row
                        for row in file.end():
                            yield row
                continue
            except Interrupted as error:
                broken = error
            await self.clock.sleep_async(file.again(broken))  # here, as above

    async def close(self) -> None:
        """Close the connections."""
        for line in self.lines.values():
            await line.http.close()


async def _shielded(work: Awaitable[Reply]) -> Reply:
    """Wait for *work* even when this task is cancelled meanwhile."""
    replies: list[Reply] = []
    from anyio import CancelScope

    with CancelScope(shield=True):
        replies.append(await work)
    return replies[0]
