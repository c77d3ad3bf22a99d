"""One call over a transport in memory, as a ratio to bare httpx with the same signature made by hand.

The answer is taken as it came: decoding is measured on its own. Seconds of the processor count, the best of many
short turns, so that a machine with other work to do measures the same.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import time
from collections.abc import Callable

import httpx
from measure import table

from kaufland_shoptet import AsyncKaufland, Kaufland
from kaufland_shoptet.kaufland.resources.orders import Orders

CLIENT_KEY, SECRET_KEY = "c" * 32, "s" * 64
BODY = b'{"data":{}}'
URL = "https://sellerapi.kaufland.com/v2/orders/MA1B2C3?embedded=delivery"
ROUNDS, CALLS = 400, 8


class Memory(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers at once, always the same."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "application/json"}, content=BODY)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def headers(url: str) -> dict[str, str]:
    """What a script with httpx and hmac does."""
    timestamp = str(int(time.time()))
    signature = hmac.new(SECRET_KEY.encode(), f"GET\n{url}\n\n{timestamp}".encode(), hashlib.sha256)
    return {
        "Accept": "application/json",
        "User-Agent": "bench",
        "Shop-Client-Key": CLIENT_KEY,
        "Shop-Timestamp": timestamp,
        "Shop-Signature": signature.hexdigest(),
    }


def quiet(_: object) -> None:
    """Who listens to events."""


def blocking() -> dict[str, float]:
    """Seconds of one blocking call."""
    bare = httpx.Client(transport=Memory())
    ours = Kaufland(CLIENT_KEY, SECRET_KEY, transport=Memory(), requests_per_second=1e9, on_event=quiet)
    cases: dict[str, Callable[[], object]] = {
        "bare httpx": lambda: bare.get(URL, headers=headers(URL)),
        "ours": lambda: ours.raw(Orders.get("MA1B2C3", embedded=["delivery"])),
    }
    found = dict.fromkeys(cases, float("inf"))
    for _ in range(ROUNDS):
        for name, act in cases.items():
            act()
            start = time.process_time()
            for _ in range(CALLS):
                act()
            found[name] = min(found[name], (time.process_time() - start) / CALLS)
    return found


async def asynchronous() -> dict[str, float]:
    """Seconds of one awaited call."""
    bare = httpx.AsyncClient(transport=Memory())
    ours = AsyncKaufland(CLIENT_KEY, SECRET_KEY, transport=Memory(), requests_per_second=1e9, on_event=quiet)
    cases = {
        "bare httpx": lambda: bare.get(URL, headers=headers(URL)),
        "ours": lambda: ours.raw(Orders.get("MA1B2C3", embedded=["delivery"])),
    }
    found = dict.fromkeys(cases, float("inf"))
    for _ in range(ROUNDS):
        for name, act in cases.items():
            await act()
            start = time.process_time()
            for _ in range(CALLS):
                await act()
            found[name] = min(found[name], (time.process_time() - start) / CALLS)
    return found


def second() -> float:
    """What a further client costs in comparison with the first, connections included."""

    def took() -> float:
        start = time.process_time()
        with Kaufland(CLIENT_KEY, SECRET_KEY) as client:
            for line in client._driver.lines.values():
                line.http._client  # noqa: B018 - made when first needed
        return time.process_time() - start

    first = took()
    return min(took() for _ in range(5)) / first


def main() -> None:
    """Print the table."""
    another = second()
    gc.disable()
    rows = [["", "bare httpx", "ours", "ratio"]]
    for name, found in (("blocking GET", blocking()), ("asynchronous GET", asyncio.run(asynchronous()))):
        micro = {who: f"{took * 1e6:.0f} µs" for who, took in found.items()}
        rows.append([name, *micro.values(), f"{found['ours'] / found['bare httpx']:.2f}"])
    print("One signed call, undecoded (the targets: at most 1.10 blocking, 1.05 asynchronous)")
    table(rows)
    print(f"A second client costs {another:.1%} of the first (the target: at most 1 %)\n")


if __name__ == "__main__":
    main()
