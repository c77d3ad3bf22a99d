"""Walking a list of 10,000 orders, 100 pages of 50 ms each: one page after the other, and looking ahead."""

from __future__ import annotations

import json
import time

import anyio
import httpx
from bodies import Maker
from measure import table

from kaufland_shoptet import KAUFLAND, AsyncKaufland, Kaufland
from kaufland_shoptet.kaufland.resources.orders import Order

TOTAL, SIZE, LATENCY = 10_000, 100, 0.05
KEYS = ("c" * 32, "s" * 64)


class Slow(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A list of orders behind a wire with some latency."""

    def __init__(self) -> None:
        maker = Maker(KAUFLAND)
        self._rows = [maker.value(Order) | {"id_order": f"M{number}"} for number in range(TOTAL)]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        start, size = int(request.url.params["offset"]), int(request.url.params["limit"])
        pagination = {"offset": start, "limit": size, "total": TOTAL}
        body = {"data": self._rows[start : start + size], "pagination": pagination}
        return httpx.Response(200, content=json.dumps(body).encode())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        time.sleep(LATENCY)
        return self._answer(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await anyio.sleep(LATENCY)
        return self._answer(request)


def one_by_one(transport: Slow) -> int:
    """What a script does: ask for a page, then for the next one."""
    found = 0
    with httpx.Client(transport=transport) as client:
        while found < TOTAL:
            address = f"https://sellerapi.kaufland.com/v2/orders?limit={SIZE}&offset={found}"
            found += len(client.get(address).json()["data"])
    return found


def blocking(transport: Slow) -> int:
    """A blocking client of ours."""
    with Kaufland(*KEYS, transport=transport, requests_per_second=111) as kaufland:
        return sum(1 for _ in kaufland.orders.list())


async def asynchronous(transport: Slow) -> int:
    """An asynchronous client of ours."""
    async with AsyncKaufland(*KEYS, transport=transport, requests_per_second=111) as kaufland:
        return sum([1 async for _ in kaufland.orders.list()])


def main() -> None:
    """Print the table."""
    transport = Slow()
    cases = {
        "one page after the other": lambda: one_by_one(transport),
        "blocking client": lambda: blocking(transport),
        "asynchronous client": lambda: anyio.run(asynchronous, transport),
    }
    times: dict[str, float] = {}
    for name, act in cases.items():
        start = time.perf_counter()
        assert act() == TOTAL
        times[name] = time.perf_counter() - start
    base = times["one page after the other"]
    print(f"{TOTAL} orders in pages of {SIZE}, {LATENCY * 1e3:.0f} ms each (the target: at most 0.20)")
    table(
        [["", "s", "ratio"], *([name, f"{took:.2f}", f"{took / base:.2f}"] for name, took in times.items())]
    )


if __name__ == "__main__":
    main()
