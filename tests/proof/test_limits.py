"""However many requests are asked for at once, no vendor has to turn one away."""

from __future__ import annotations

import anyio
import pytest

from kaufland_shoptet import Sandbox
from kaufland_shoptet._core.flows import Flow, settle
from kaufland_shoptet.shoptet import Orders

MANY = 400


async def reads():
    return await settle([Orders.statuses() for _ in range(MANY)])


def blocking(sandbox):
    return sandbox.shoptet_client().run(Flow(reads, (), {}))


def asynchronous(sandbox):
    async def run():
        return await sandbox.async_shoptet_client().run(Flow(reads, (), {}))

    return anyio.run(run)


@pytest.mark.parametrize("run", [blocking, asynchronous])
def test_a_bucket_does_not_run_over(run):
    sandbox = Sandbox()
    assert len(run(sandbox)) == MANY
    assert {entry.status for entry in sandbox.log} == {200}
    (bucket,) = sandbox.shoptet.buckets.values()
    assert 100 < bucket.peak < 160  # 150 is where clients begin to wait, and three are under way
