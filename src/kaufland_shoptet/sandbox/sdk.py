"""The SDK's own clients on a sandbox: same code, other transport, simulated clock.

The APIs of the sandbox know nothing of the clients; only this module does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

import anyio.lowlevel
from attrs import frozen

from .._core.request import Reply
from .._http import InMemory, Wire
from ..clients import (
    AsyncBridge,
    AsyncKaufland,
    AsyncShoptet,
    AsyncShoptetAddon,
    Bridge,
    Kaufland,
    Shoptet,
    ShoptetAddon,
)
from ..ledger import Ledger, MemoryLedger
from ..mapping.shipping import MethodRules
from ..mapping.statuses import Label, StatusMap
from ..mapping.storefronts import STOREFRONTS
from ..settings import LedgerSettings, Settings, ShopSettings, StorefrontSettings
from .data import GUIDS
from .wire import Call, Dropped, TimedOut, Unreached

if TYPE_CHECKING:
    from . import Sandbox

__all__ = [
    "SimulatedClock",
    "async_bridge",
    "async_kaufland",
    "async_shoptet",
    "async_shoptet_addon",
    "bridge",
    "demo_settings",
    "kaufland",
    "on",
    "shoptet",
    "shoptet_addon",
    "transport",
]


@frozen
class SimulatedClock:
    """A sandbox's clock, as clients want it: waiting takes no time, it moves the clock."""

    sandbox: Sandbox

    def now(self) -> datetime:
        """The sandbox's time."""
        return self.sandbox.clock.now()

    def monotonic(self) -> float:
        """The same in seconds."""
        return self.sandbox.clock.timestamp()

    def sleep(self, seconds: float) -> None:
        """Move the clock; threads that sleep at the same time sleep side by side."""
        self._move_to(self.now() + timedelta(seconds=seconds))

    async def sleep_async(self, seconds: float) -> None:
        """Move the clock, after other tasks have begun to sleep beside this one."""
        until = self.now() + timedelta(seconds=seconds)
        await anyio.lowlevel.checkpoint()
        self._move_to(until)

    def _move_to(self, until: datetime) -> None:
        clock = self.sandbox.clock
        with clock.lock:
            clock.advance(max(until - clock.now(), timedelta()))


class _OnSandbox(TypedDict):
    transport: InMemory
    clock: SimulatedClock


def on(sandbox: Sandbox) -> _OnSandbox:
    """The arguments that put any client on *sandbox*."""
    return {"transport": transport(sandbox), "clock": SimulatedClock(sandbox)}


def transport(sandbox: Sandbox) -> InMemory:
    """An httpx transport for blocking and asynchronous clients that ends in *sandbox*."""

    def handle(wire: Wire) -> Reply:
        call = Call(method=wire.method, url=wire.url, headers=_lower(wire.headers), body=wire.body)
        try:
            answer = sandbox.handle(call)
        except Unreached as event:
            sandbox.clock.sleep((wire.timeout or 0) if event.waited else 0)
            raise ConnectionRefusedError(str(event)) from None
        except Dropped as event:
            raise ConnectionResetError(str(event)) from None
        except TimedOut as event:
            sandbox.clock.sleep(wire.timeout or 0)
            raise TimeoutError(str(event)) from None
        if wire.timeout is not None and answer.delay > wire.timeout:
            sandbox.clock.sleep(wire.timeout)
            raise TimeoutError("the answer is slower than the time-out")
        sandbox.clock.sleep(answer.delay)
        return Reply(answer.status, _lower(answer.headers), answer.body)

    return InMemory(handle)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in headers.items()}


def demo_settings() -> Settings:
    """Settings that fit the demo shop: every storefront imports orders."""
    statuses = StatusMap.of(
        {
            Label.PENDING: (-1,),
            Label.NOT_DISPATCHED: (26,),
            Label.DISPATCHED: (52, -3),
            Label.RETURNED: (70,),
            Label.CANCELLED: (-4,),
        }
    )
    front = StorefrontSettings(
        import_orders=True,
        shipping=MethodRules(default=GUIDS["shipping"], by_pickup={"Packeta": GUIDS["packeta"]}),
        payment=MethodRules(default=GUIDS["payment"]),
        statuses=statuses,
    )
    return Settings(
        shop=ShopSettings(name="Demo shop"),
        ledger=LedgerSettings(path="demo.sqlite"),
        storefronts=dict.fromkeys(STOREFRONTS, front),
    )


def kaufland(sandbox: Sandbox) -> Kaufland:
    """A blocking client of the seller account of *sandbox*."""
    return Kaufland(sandbox.client_key, sandbox.secret_key, **on(sandbox))


def async_kaufland(sandbox: Sandbox) -> AsyncKaufland:
    """An asynchronous client of the seller account of *sandbox*."""
    return AsyncKaufland(sandbox.client_key, sandbox.secret_key, **on(sandbox))


def shoptet(sandbox: Sandbox) -> Shoptet:
    """A blocking client of the e-shop of *sandbox*."""
    return Shoptet(sandbox.private_token, **on(sandbox))


def async_shoptet(sandbox: Sandbox) -> AsyncShoptet:
    """An asynchronous client of the e-shop of *sandbox*."""
    return AsyncShoptet(sandbox.private_token, **on(sandbox))


def shoptet_addon(sandbox: Sandbox) -> ShoptetAddon:
    """A blocking client that installs the add-on of *sandbox*."""
    return ShoptetAddon(**_addon(sandbox), **on(sandbox))


def async_shoptet_addon(sandbox: Sandbox) -> AsyncShoptetAddon:
    """An asynchronous client that installs the add-on of *sandbox*."""
    return AsyncShoptetAddon(**_addon(sandbox), **on(sandbox))


class _Addon(TypedDict):
    client_id: str
    client_secret: str
    redirect_uri: str
    exchange_url: str


def _addon(sandbox: Sandbox) -> _Addon:
    known = sandbox.add_on
    return {
        "client_id": known.client_id,
        "client_secret": known.client_secret,
        "redirect_uri": known.redirect_uri,
        "exchange_url": sandbox.oauth_exchange_url,
    }


def bridge(sandbox: Sandbox, settings: Settings | None = None, ledger: Ledger | None = None) -> Bridge:
    """A blocking bridge over both, by default with settings that fit and a ledger in memory."""
    return Bridge(kaufland(sandbox), shoptet(sandbox), settings or demo_settings(), ledger or MemoryLedger())


def async_bridge(
    sandbox: Sandbox, settings: Settings | None = None, ledger: Ledger | None = None
) -> AsyncBridge:
    """An asynchronous bridge over both, by default with settings that fit and a ledger in memory."""
    return AsyncBridge(
        async_kaufland(sandbox), async_shoptet(sandbox), settings or demo_settings(), ledger or MemoryLedger()
    )
