"""The doctor: asks both sides what the settings depend on, and says for everything that is wrong how to mend it.

It writes to neither side. In the ledger it notes what the shop calls its statuses, to tell when one is renamed.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from attrs import evolve

from .._core.calling import M, Resource, flow
from .._core.exchange import clock_skew
from .._core.flows import Done, Flow, do, now, settle
from .._core.pages import Listing
from .._core.request import Reply, Request
from ..errors import ApiError, AuthenticationError, KauflandShoptetError, TokenError
from ..kaufland.resources.carriers import Carriers
from ..kaufland.resources.common import Storefront
from ..kaufland.resources.info import Info
from ..kaufland.resources.shipping_groups import ShippingGroups
from ..kaufland.resources.status import Status
from ..kaufland.resources.warehouses import Warehouses
from ..ledger import SqliteLedger
from ..mapping.findings import Finding
from ..settings import Settings
from ..shoptet.resources.endpoints import Endpoints
from ..shoptet.resources.eshop import Eshop
from ..shoptet.resources.orders import Orders
from ..shoptet.resources.payment_methods import PaymentMethods
from ..shoptet.resources.pricelists import Pricelists
from ..shoptet.resources.shipping_methods import ShippingMethods
from ..shoptet.resources.stocks import Stocks
from ..shoptet.resources.webhooks import Webhooks
from .checkup import Findings, Live, validate
from .notifications import Notifications
from .shop import Shop
from .steps import NAMES, remember_names
from .table import entry

__all__ = ["Doctor"]


def __dir__() -> list[str]:
    return __all__


NOTICED: Final = 5
"""Seconds; the ``Date`` of an answer tells no less, and answers take their time."""
TOLERATED: Final = 240
"""Seconds by which a clock may be off; Kaufland refuses requests from 300 on."""


class Doctor(Resource[M]):
    """The check of one shop: ``bridge.doctor``."""

    @flow
    @staticmethod
    async def examine(shop: Shop, *, accept: bool = False) -> Findings:
        """Hold the settings against themselves and against both sides. Writes nothing to either.

        What cannot be read is a finding itself, and everything else is looked at all the same.

        Args:
            shop: Supplied by the bridge.
            accept: Take the names that the shop's statuses have now for right, so that those renamed are
                not reported any more.

        Raises:
            LedgerError: The ledger cannot be used.
        """
        moment = await now()
        found: list[Finding] = []
        reads: dict[str, Awaitable[Any]] = {}
        for side, request, more in (
            ("kaufland", Status.ping(), _of_kaufland(shop.settings)),
            ("shoptet", Eshop.get(), _of_shoptet(shop)),
        ):
            told, open_ = await _knock(shop.settings, side, request)
            found += told
            reads |= more if open_ else {}
        answers = await settle(reads.values())
        values: dict[str, Any] = {}
        groups: dict[str, Any] = {}
        for name, answer in zip(reads, answers, strict=True):
            if not isinstance(answer, Done):
                found.append(_unread(answer.error))
            elif name.startswith("groups."):
                groups[name.removeprefix("groups.")] = answer.value
            else:
                values[name] = answer.value
        live = Live(
            **values,
            groups=groups,
            names=await _names(shop),
            strangers=await _strangers(shop),
            feeds=await _feeds(shop.settings),
            cleaner=find_spec("nh3") is not None,
        )
        if live.statuses is not None and (accept or not live.names):
            names = {status.id: status.name for status in live.statuses.statuses}
            if accept or not live.strangers:  # or else the next look would take this shop for a known one
                await remember_names(shop, names)
            live = evolve(live, names=names)
        return evolve(validate(shop.settings, live, found), made=moment)


async def _knock(settings: Settings, side: str, request: Request[Any]) -> tuple[list[Finding], bool]:
    """Ask the simplest thing there is: do the credentials open, and do the clocks agree?"""
    try:
        reply: Reply = await request.undecoded
    except KauflandShoptetError as error:
        return [_closed(settings, side, error)], False
    return _skewed(side, clock_skew(reply.headers, await now())), True


def _closed(settings: Settings, side: str, error: KauflandShoptetError) -> Finding:
    problem, remedy = _told(error)
    if isinstance(error, AuthenticationError) and "/problems/inactive-account" in error.codes:
        remedy = (
            "The seller account is not verified yet, or was closed: see the Seller Portal. The keys are fine."
        )
    token = "private_token_env" if settings.shoptet.token_url is None else "oauth_token_env"
    key = {"kaufland": "kaufland.client_key_env", "shoptet": f"shoptet.{token}"}[side]
    answered = isinstance(error, ApiError | TokenError)
    return Finding(severity="error", key=key if answered else side, problem=problem, remedy=remedy)


def _told(error: KauflandShoptetError) -> tuple[str, str]:
    """What an error says, and what it advises."""
    if isinstance(error, ApiError):
        skew = error.clock_skew if isinstance(error, AuthenticationError) else None
        problems = "; ".join(map(str, error.problems)) or "no reason given"
        remedy = f"{(error.hint or 'Run the doctor again later').removesuffix('.')}."
        if skew is not None and abs(skew) > NOTICED:
            remedy = f"Set this machine's clock, it is {_off(skew)}. {remedy}"
        return f"{error.status} for {error.request}: {problems.removesuffix('.')}.", remedy
    return f"{error}.", "Look at the network and at the base URL, and run the doctor again."


def _unread(error: KauflandShoptetError) -> Finding:
    problem, remedy = _told(error)
    asked: Any = vars(error).get("request")
    side = "shoptet" if asked is None else str(asked.endpoint.api)
    return Finding(severity="error", key=side, problem=problem, remedy=remedy)


def _skewed(side: str, skew: float | None) -> list[Finding]:
    if skew is None or abs(skew) <= NOTICED:
        return []
    return [
        Finding(
            severity="error" if abs(skew) > TOLERATED else "warning",
            key=side,
            problem=f"this machine's clock is {_off(skew)}.",
            remedy="Set the clock: Kaufland refuses requests that are 5 minutes off.",
        )
    ]


def _off(skew: float) -> str:
    return f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the server's"


# What is asked. The names are those of `Live`.


def _of_kaufland(settings: Settings) -> dict[str, Awaitable[Any]]:
    reads: dict[str, Awaitable[Any]] = {
        "storefronts": Info.storefronts(),
        "vat": Info.vat_indicators(),
        "carriers": Carriers.list(),
    }
    for code in entry("offers").storefronts(settings):
        reads["warehouses"] = _all(Warehouses.list())
        reads[f"groups.{code}"] = _all(ShippingGroups.list(storefront=Storefront(code)))
    return reads


def _of_shoptet(shop: Shop) -> dict[str, Awaitable[Any]]:
    reads: dict[str, Awaitable[Any]] = {
        "eshop": Eshop.get(),
        "customers": Eshop.customer_fields(),
        "statuses": Orders.statuses(),
        "shipping": ShippingMethods.list(),
        "payment": PaymentMethods.list(),
        "webhooks": _all(Webhooks.list()),
        "rights": Endpoints.list(),
    }
    if entry("offers").storefronts(shop.settings):
        reads |= {"pricelists": Pricelists.list(), "stocks": Stocks.list()}
    elif any(
        front.sync_products and front.products.pricelist is not None
        for front in shop.settings.storefronts.values()
    ):
        reads["pricelists"] = Pricelists.list()
    if entry("notifications").storefronts(shop.settings):
        reads["subscriptions"] = Notifications.plan(shop)
    return reads


def _all(listing: Listing[Any]) -> Awaitable[Any]:
    return Flow(listing.collect, (), {})


async def _names(shop: Shop) -> Mapping[int, str]:
    """What the shop called its statuses when one was set or looked at last."""
    known = await do(shop.ledger.action, NAMES, "all")
    return {int(number): name for number, name in json.loads(known.detail).items()} if known else {}


async def _strangers(shop: Shop) -> tuple[str, ...]:
    """The shops that stand in the ledger's file, if this one does not."""
    if not isinstance(shop.ledger, SqliteLedger):
        return ()
    names = await do(shop.ledger.shops)
    return () if shop.ledger.shop in names else names


async def _feeds(settings: Settings) -> dict[str, bool]:
    """Whether the file of each feed is there."""
    named = {
        code: front.products.feed
        for code, front in settings.storefronts.items()
        if front.sync_products and front.products.feed is not None
    }
    folder = settings.folder or Path()
    return {code: await do((folder / name).is_file) for code, name in named.items()}
