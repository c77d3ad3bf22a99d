"""The pace is kept on the wire, whatever happens before a request gets there."""

from __future__ import annotations

import anyio
import pytest

from kaufland_shoptet import AsyncKaufland, InMemory, Kaufland, Reply, together
from kaufland_shoptet.kaufland import Status

RATE = 50
PONG = b'{"data": {"message": "Pong"}}'


class Clock:
    """Time that passes only when somebody sleeps or a server stalls."""

    def __init__(self):
        self.seconds = 1000.0

    def now(self):
        from datetime import UTC, datetime

        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self):
        return self.seconds

    def sleep(self, seconds):
        self.seconds += seconds

    async def sleep_async(self, seconds):
        until = self.seconds + seconds
        await anyio.lowlevel.checkpoint()
        self.seconds = max(self.seconds, until)


class Server:
    """Notes when each request came; stalls at the first one."""

    def __init__(self, clock):
        self.clock = clock
        self.came = []

    def __call__(self, wire):
        self.came.append(self.clock.monotonic())
        if len(self.came) == 1:
            self.clock.sleep(5.0)
        return Reply(200, {"content-type": "application/json"}, PONG)

    @property
    def most_in_a_second(self):
        return max(sum(1 for other in self.came if start <= other < start + 1) for start in self.came)


def client(kind, clock, server):
    return kind(
        "k" * 32, "s" * 64, requests_per_second=RATE, in_flight=8, transport=InMemory(server), clock=clock
    )


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_many_that_wait_for_a_stalled_server_do_not_leave_all_at_once(anyio_backend):
    clock = Clock()
    server = Server(clock)
    async with client(AsyncKaufland, clock, server) as kaufland:
        await kaufland.run(together([Status.ping() for _ in range(4 * RATE)]))
    assert len(server.came) == 4 * RATE
    assert server.most_in_a_second <= RATE + 2  # the one that stalled, the one whose turn it was


def test_blocking_calls_keep_the_pace_too():
    clock = Clock()
    server = Server(clock)
    with client(Kaufland, clock, server) as kaufland:
        for _ in range(2 * RATE):
            kaufland.status.ping()
    assert server.most_in_a_second <= RATE + 1
