"""Every flow that plans and applies, in the order in which it is safe to run them one after the other.

A new flow gets one row here. Synchronisation, the command line, plans from files, the overview of the
settings and the doctor take it from there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final

from attrs import frozen

from ..errors import PlanError
from ..settings import Settings, StorefrontSettings
from .plans import Plan, Report
from .shop import Shop

__all__ = ["FLOWS", "Entry", "entry"]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class Entry:
    """One flow.

    Attributes:
        name: What its plans call it, and what it is called on the command line.
        does: What it does, in a few words.
        resource: Module and class that it stands in.
        on: Whether a storefront's settings switch it on.
        ready: Whether the settings of the shop as a whole let it run.
        plan: The method that plans.
        reads: Endpoints of Shoptet that it reads, by the word after ``/api/``.
        writes: Endpoints of Shoptet that it writes.
        jobs: Whether it lets Shoptet run jobs.
    """

    name: str
    does: str
    resource: tuple[str, str]
    on: Callable[[StorefrontSettings], bool]
    ready: Callable[[Settings], bool] = lambda _: True
    plan: str = "plan"
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    jobs: bool = False

    def storefronts(self, settings: Settings) -> tuple[str, ...]:
        """Where it is switched on."""
        if not self.ready(settings):
            return ()
        return tuple(code for code, front in settings.storefronts.items() if self.on(front))

    def planned(self, shop: Shop, **options: Any) -> Awaitable[Plan]:
        """The planning, as a value for any client.

        Raises:
            TypeError: The flow knows no such option.
        """
        return getattr(self._class, self.plan)(shop, **options)  # type: ignore[no-any-return]

    def applied(self, shop: Shop, plan: Plan) -> Awaitable[Report]:
        """The applying, as a value for any client."""
        return self._class.apply(shop, plan)  # type: ignore[no-any-return]

    @property
    def _class(self) -> Any:
        module, name = self.resource
        return getattr(import_module(f".{module}", __package__), name)


FLOWS: Final[tuple[Entry, ...]] = (
    Entry(
        name="orders",
        does="turn Kaufland's orders into orders of the shop",
        resource=("orders", "Orders"),
        on=lambda front: front.import_orders,
        reads=("orders", "eshop", "shipping-methods", "payment-methods"),
        writes=("orders",),
    ),
    Entry(
        name="statuses.pull",
        does="let orders of the shop follow Kaufland's statuses",
        resource=("statuses", "Statuses"),
        on=lambda front: front.pull_statuses,
        plan="plan_pull",
        reads=("orders",),
        writes=("orders",),
    ),
    Entry(
        name="statuses.push",
        does="let Kaufland's units follow the statuses of the shop",
        resource=("statuses", "Statuses"),
        on=lambda front: front.push_statuses,
        plan="plan_push",
        reads=("orders", "shipping-methods", "shipments"),
    ),
    Entry(
        name="returns",
        does="tell in the shop what buyers send back",
        resource=("returns", "Returns"),
        on=lambda front: front.remark_returns,
        reads=("orders",),
        writes=("orders",),
    ),
    Entry(
        name="returns.credit",
        does="issue credit notes for what buyers sent back",
        resource=("returns", "Returns"),
        on=lambda front: front.credit_returns,
        plan="plan_credits",
        reads=("invoices", "credit-notes"),
        writes=("invoices",),
    ),
    Entry(
        name="invoices",
        does="give the shop's invoices to Kaufland",
        resource=("invoices", "Invoices"),
        on=lambda front: front.upload_invoices,
        reads=("invoices",),
    ),
    Entry(
        name="products",
        does="give Kaufland the product data of what the shop sells",
        resource=("products", "Products"),
        on=lambda front: front.sync_products,
        reads=("products", "brands"),
    ),
    Entry(
        name="offers",
        does="keep stock and prices of Kaufland's offers as they are in the shop",
        resource=("offers", "Offers"),
        on=lambda front: front.sync_offers or front.sync_prices,
        reads=("eshop", "stocks", "pricelists", "products"),
    ),
    Entry(
        name="notifications",
        does="have both sides report what happens",
        resource=("notifications", "Notifications"),
        on=lambda front: any(each.on(front) for each in FLOWS if each.name != "notifications"),
        ready=lambda settings: (
            settings.notifications.kaufland_url is not None or settings.notifications.shoptet_url is not None
        ),
        reads=("webhooks",),
        writes=("webhooks",),
    ),
)
"""Orders come first, since everything about them needs them in the ledger; what is read from the shop before
what is written to Kaufland."""


def entry(name: str) -> Entry:
    """The flow of that name.

    Raises:
        PlanError: There is none.
    """
    for each in FLOWS:
        if each.name == name:
            return each
    raise PlanError(f"this version has no flow {name!r}; there are {', '.join(each.name for each in FLOWS)}")
