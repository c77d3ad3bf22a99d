"""However many requests are asked for at once, no vendor has to turn one away."""

from __future__ import annotations

import anyio
import pytest

from kaufland_shoptet import Sandbox
from kaufland_shoptet._core.flows import Flow, settle
from kaufland_shoptet.kaufland import Status
from kaufland_shoptet.shoptet import Orders

MANY = 400


async def many(request):
    return await settle([request for _ in range(MANY)])


def blocking(sandbox, request):
    return sandbox.bridge().run(Flow(many, (request,), {}))


def asynchronous(sandbox, request):
    async def run():
        return await sandbox.async_bridge().run(Flow(many, (request,), {}))

    return anyio.run(run)


@pytest.mark.parametrize("run", [blocking, asynchronous])
def test_kaufland_is_not_asked_more_often_than_it_allows(run):
    sandbox = Sandbox()
    assert len(run(sandbox, Status.ping())) == MANY
    assert {entry.status for entry in sandbox.log} == {200}
    (window,) = sandbox.kaufland.windows.values()
    assert 95 < window.peak <= window.limit


@pytest.mark.parametrize("run", [blocking, asynchronous])
def test_a_bucket_does_not_run_over(run):
    sandbox = Sandbox()
    assert len(run(sandbox, Orders.statuses())) == MANY
    assert {entry.status for entry in sandbox.log} == {200}
    (bucket,) = sandbox.shoptet.buckets.values()
    assert 100 < bucket.peak < 160  # 150 is where clients begin to wait, and three are under way
