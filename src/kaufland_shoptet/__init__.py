"""Connect a Shoptet e-shop with Kaufland's marketplaces.

Typed clients for both APIs, pure mappings between them, flows that say what they would write before they
write it, and an offline sandbox of both sides.

>>> from kaufland_shoptet import Sandbox
>>> bridge = Sandbox.demo().bridge()
>>> plan = bridge.orders.plan()      # nothing is written yet
>>> report = bridge.apply(plan)      # exactly that, one outcome for each change
>>> report.good
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._core.answers import Answer, Created, Problem, Started
    from ._core.calling import Async, Resource, Sync
    from ._core.exchange import Answered, DeprecatedOperation, Event, Retrying, Sent
    from ._core.flat import flat
    from ._core.flows import Done, Failed, Flow, do, now, pause, settle, together
    from ._core.pages import AsyncPages, Listing, Page, Pages
    from ._core.registry import Operation
    from ._core.request import Reply, Request
    from ._core.seen import Seen
    from ._core.timing import Clock, SystemClock
    from ._core.values import UNSET, Model, Unset
    from ._http import InMemory
    from .clients import (
        AsyncBridge,
        AsyncKaufland,
        AsyncShoptet,
        AsyncShoptetAddon,
        Bridge,
        Kaufland,
        Shoptet,
        ShoptetAddon,
    )
    from .description import Description, Difference
    from .flows.changes import (
        CancelUnit,
        Change,
        CompleteOrder,
        FulfilUnit,
        ImportOrder,
        IssueCreditNote,
        Redirect,
        Remark,
        Revive,
        SendUnit,
        SetStatus,
        Subscribe,
        TellCancelled,
        UploadInvoice,
    )
    from .flows.checkup import Findings
    from .flows.notifications import Run, runs
    from .flows.plans import Outcome, Plan, Report, Skip
    from .flows.reconcile import Deadlines, Reconciliation
    from .flows.sync import SyncReport
    from .kaufland.api import KAUFLAND
    from .ledger import Action, Imported, Ledger, MemoryLedger, SqliteLedger
    from .sandbox import Sandbox
    from .settings import Settings
    from .shoptet.api import SHOPTET

_HOMES = {
    "_core.answers": ("Answer", "Created", "Problem", "Started"),
    "_core.calling": ("Async", "Resource", "Sync"),
    "_core.exchange": ("Answered", "DeprecatedOperation", "Event", "Retrying", "Sent"),
    "_core.flat": ("flat",),
    "_core.flows": ("Done", "Failed", "Flow", "do", "now", "pause", "settle", "together"),
    "_core.pages": ("AsyncPages", "Listing", "Page", "Pages"),
    "_core.registry": ("Operation",),
    "_core.request": ("Reply", "Request"),
    "_core.seen": ("Seen",),
    "_core.timing": ("Clock", "SystemClock"),
    "_core.values": ("UNSET", "Model", "Unset"),
    "_http": ("InMemory",),
    "clients": (
        "AsyncBridge",
        "AsyncKaufland",
        "AsyncShoptet",
        "AsyncShoptetAddon",
        "Bridge",
        "Kaufland",
        "Shoptet",
        "ShoptetAddon",
    ),
    "description": ("Description", "Difference"),
    "flows.changes": (
        "CancelUnit",
        "Change",
        "CompleteOrder",
        "FulfilUnit",
        "ImportOrder",
        "IssueCreditNote",
        "Redirect",
        "Remark",
        "Revive",
        "SendUnit",
        "SetStatus",
        "Subscribe",
        "TellCancelled",
        "UploadInvoice",
    ),
    "flows.checkup": ("Findings",),
    "flows.notifications": ("Run", "runs"),
    "flows.plans": ("Outcome", "Plan", "Report", "Skip"),
    "flows.reconcile": ("Deadlines", "Reconciliation"),
    "flows.sync": ("SyncReport",),
    "kaufland.api": ("KAUFLAND",),
    "ledger": ("Action", "Imported", "Ledger", "MemoryLedger", "SqliteLedger"),
    "sandbox": ("Sandbox",),
    "settings": ("Settings",),
    "shoptet.api": ("SHOPTET",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "KAUFLAND",
    "SHOPTET",
    "UNSET",
    "Action",
    "Answer",
    "Answered",
    "Async",
    "AsyncBridge",
    "AsyncKaufland",
    "AsyncPages",
    "AsyncShoptet",
    "AsyncShoptetAddon",
    "Bridge",
    "CancelUnit",
    "Change",
    "Clock",
    "CompleteOrder",
    "Created",
    "Deadlines",
    "DeprecatedOperation",
    "Description",
    "Difference",
    "Done",
    "Event",
    "Failed",
    "Findings",
    "Flow",
    "FulfilUnit",
    "ImportOrder",
    "Imported",
    "InMemory",
    "IssueCreditNote",
    "Kaufland",
    "Ledger",
    "Listing",
    "MemoryLedger",
    "Model",
    "Operation",
    "Outcome",
    "Page",
    "Pages",
    "Plan",
    "Problem",
    "Reconciliation",
    "Redirect",
    "Remark",
    "Reply",
    "Report",
    "Request",
    "Resource",
    "Retrying",
    "Revive",
    "Run",
    "Sandbox",
    "Seen",
    "SendUnit",
    "Sent",
    "SetStatus",
    "Settings",
    "Shoptet",
    "ShoptetAddon",
    "Skip",
    "SqliteLedger",
    "Started",
    "Subscribe",
    "Sync",
    "SyncReport",
    "SystemClock",
    "TellCancelled",
    "Unset",
    "UploadInvoice",
    "do",
    "flat",
    "now",
    "pause",
    "runs",
    "settle",
    "together",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that nobody pays for what he does not touch."""
    if name == "__version__":
        from ._version import __version__

        return __version__
    try:
        home = _HOME[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value
