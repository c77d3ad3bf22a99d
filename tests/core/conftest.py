"""A clock that waits in no time, and clients that end in a small handler function."""

from __future__ import annotations

import itertools
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import anyio
import anyio.lowlevel
import httpx
import pytest

from kaufland_shoptet import AsyncKaufland, AsyncShoptet, InMemory, Kaufland, Reply, Shoptet

START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
COLOURS = ["blocking", "asyncio", "trio"]


class SimulatedClock:
    """Time that passes only when somebody waits for it; tasks may wait side by side."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: list[float] = []
        self._dues: list[float] = []
        self._lock = threading.Lock()

    def now(self):
        return START + timedelta(seconds=self.passed)

    def monotonic(self):
        return self.passed

    def sleep(self, seconds):
        with self._lock:
            self.slept.append(seconds)
            self.passed += seconds

    async def sleep_async(self, seconds):
        self.slept.append(seconds)
        due = self.passed + seconds
        self._dues.append(due)
        try:
            while due > self.passed + 1e-6:
                for _ in range(40):  # let the others go to sleep, too
                    await anyio.lowlevel.checkpoint()
                self.passed = max(self.passed, min(self._dues))
        finally:
            self._dues.remove(due)


@pytest.fixture
def clock():
    return SimulatedClock()


@pytest.fixture
def answer():
    """Make a JSON reply: ``answer({"data": 1}, 200, location="…")``."""

    def make(body=None, status=200, **headers):
        content = b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Reply(status, {"content-type": "application/json", **named}, content)

    return make


_keys = itertools.count(1)


def _key():
    """Another key for each client, for limits are shared by key."""
    return f"{next(_keys):032d}"


def _options(handler, clock, options):
    transport = InMemory(handler) if callable(handler) else handler
    return {"transport": transport, "clock": clock, **options}


@pytest.fixture
def kaufland(clock):
    """Open a blocking client that asks a handler function, or a transport, instead of the network."""
    opened = []

    def make(handler, **options):
        client = Kaufland(
            _key(), "s" * 64, **_options(handler, clock, {"requests_per_second": 1e9, **options})
        )
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def shoptet(clock):
    opened = []

    def make(handler, **options):
        token = None if "oauth_token" in options else _key()
        client = Shoptet(token, **_options(handler, clock, options))
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def async_kaufland(clock):
    def make(handler, **options):
        return AsyncKaufland(
            _key(), "s" * 64, **_options(handler, clock, {"requests_per_second": 1e9, **options})
        )

    return make


@pytest.fixture
def async_shoptet(clock):
    def make(handler, **options):
        token = None if "oauth_token" in options else _key()
        return AsyncShoptet(token, **_options(handler, clock, options))

    return make


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


@pytest.fixture
def play(colour, kaufland, async_kaufland):
    """Run a flow with a Kaufland client of each colour: ``play(flow(), handler)``."""

    def run(flow, handler, **options):
        if colour == "blocking":
            return kaufland(handler, **options).run(flow)

        async def main():
            async with async_kaufland(handler, **options) as client:
                return await client.run(flow)

        return anyio.run(main, backend=colour)

    return run


class Crowd(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers after a moment of real time, longer for the paths in *slow*, and counts who is there meanwhile."""

    def __init__(self, handler, slow=None) -> None:
        self._answers = InMemory(handler)
        self._slow = slow or {}
        self._lock = threading.Lock()
        self.present = 0
        self.most = 0
        self.threads: set[int] = set()
        self.begun: list[str] = []
        self.ended: list[str] = []

    def _enter(self, request):
        path = request.url.path.removeprefix("/v2")
        with self._lock:
            self.threads.add(threading.get_ident())
            self.begun.append(path)
            self.present += 1
            self.most = max(self.most, self.present)
        return self._slow.get(path, 0.002)

    def _leave(self, request):
        with self._lock:
            self.present -= 1

    def handle_request(self, request):
        time.sleep(self._enter(request))
        try:
            reply = self._answers.handle_request(request)
        finally:
            self._leave(request)
        self.ended.append(request.url.path.removeprefix("/v2"))
        return reply

    async def handle_async_request(self, request):
        seconds = self._enter(request)
        try:
            await anyio.sleep(seconds)
            reply = await self._answers.handle_async_request(request)
        finally:
            self._leave(request)
        self.ended.append(request.url.path.removeprefix("/v2"))
        return reply


@pytest.fixture
def crowd():
    return Crowd
