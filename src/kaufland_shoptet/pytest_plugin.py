"""Fixtures for your own tests, there as soon as this package and pytest are installed.

Their names begin with ``sandbox``, so they stay out of the way of yours. Pytest reads this module in every run,
also in those that have nothing to do with it: it imports nothing but pytest, and the fixtures load what they need.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from . import (
        AsyncBridge,
        AsyncKaufland,
        AsyncShoptet,
        Bridge,
        Kaufland,
        Sandbox,
        Shoptet,
    )
    from .sandbox.server import Server

MARK = (
    "sandbox(*facts, seed=0, switches=None): what the sandbox of this test is made of, as in Sandbox.demo()"
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Both APIs in memory, new for each test, with the orders that ``@pytest.mark.sandbox`` names, or with all.

    Its clock stands until it is moved. For a test that asks for `sandbox_server` by name it shows the time of day and runs.
    """
    from .sandbox import Clock, Sandbox

    mark = request.node.get_closest_marker("sandbox") or pytest.mark.sandbox().mark
    # Programs from outside sign with the time of day.
    clock = Clock(datetime.now(UTC), running=True) if "sandbox_server" in request.fixturenames else None
    return Sandbox.demo(*mark.args, clock=clock, **mark.kwargs)


@pytest.fixture
def sandbox_kaufland(sandbox: Sandbox) -> Iterator[Kaufland]:
    """A blocking client of the sandbox's seller account."""
    with sandbox.kaufland_client() as client:
        yield client


@pytest.fixture
def sandbox_async_kaufland(sandbox: Sandbox) -> AsyncKaufland:
    """An asynchronous client of the sandbox's seller account; there is nothing to close."""
    return sandbox.async_kaufland_client()


@pytest.fixture
def sandbox_shoptet(sandbox: Sandbox) -> Iterator[Shoptet]:
    """A blocking client of the sandbox's e-shop."""
    with sandbox.shoptet_client() as client:
        yield client


@pytest.fixture
def sandbox_async_shoptet(sandbox: Sandbox) -> AsyncShoptet:
    """An asynchronous client of the sandbox's e-shop; there is nothing to close."""
    return sandbox.async_shoptet_client()


@pytest.fixture
def sandbox_bridge(sandbox: Sandbox) -> Bridge:
    """A blocking bridge over both, with settings that fit and a ledger in memory."""
    return sandbox.bridge()


@pytest.fixture
def sandbox_async_bridge(sandbox: Sandbox) -> AsyncBridge:
    """An asynchronous bridge over both, with settings that fit and a ledger in memory."""
    return sandbox.async_bridge()


@pytest.fixture
def sandbox_server(sandbox: Sandbox) -> Iterator[Server]:
    """The sandbox behind a port of 127.0.0.1, for programs in any language.

    As long as the test runs, the environment says where it is and with which keys: ``KAUFLAND_BASE_URL``,
    ``KAUFLAND_CLIENT_KEY``, ``KAUFLAND_SECRET_KEY``, ``SHOPTET_BASE_URL`` and ``SHOPTET_PRIVATE_TOKEN``.
    """
    from .sandbox.server import serve

    with serve(sandbox) as server, pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "KAUFLAND_BASE_URL": server.kaufland_url,
            "KAUFLAND_CLIENT_KEY": sandbox.client_key,
            "KAUFLAND_SECRET_KEY": sandbox.secret_key,
            "SHOPTET_BASE_URL": server.shoptet_url,
            "SHOPTET_PRIVATE_TOKEN": sandbox.private_token,
        }.items():
            environment.setenv(name, value)
        yield server
