"""Statuses, both ways: orders of the shop follow Kaufland, and Kaufland's units follow the shop.

Both look only at orders that the ledger knows as imported; each way has its switch, storefront by storefront.
"""

from __future__ import annotations

from .._core.calling import M, Resource, flow
from . import pull, push
from .applying import refuse_others, reported
from .plans import Plan, Report
from .shop import Shop

__all__ = ["Statuses"]


class Statuses(Resource[M]):
    """The statuses of one shop's orders: ``bridge.statuses``."""

    @flow
    @staticmethod
    async def plan_pull(shop: Shop, *, full: bool = False) -> Plan:
        """Say which orders of the shop would follow Kaufland, which not, and why. Writes nothing.

        An order gets the status that the merchant's table has for Kaufland's label, and never goes back.

        Args:
            shop: Supplied by the bridge.
            full: Look at every imported order, not only at those that changed since the last run.

        Raises:
            SettingsError: Shoptet does not know a status of the settings.
            ApiError: One of the two refuses to answer.
        """
        return await pull.plan(shop, full=full)

    @flow
    @staticmethod
    async def plan_push(shop: Shop, *, full: bool = False) -> Plan:
        """Say which units of Kaufland would follow the shop, which not, and why. Writes nothing.

        What cannot act on Kaufland is skipped with its reason: a seller can send units, cancel them, and
        take them into fulfilment early, and nothing else.

        Args:
            shop: Supplied by the bridge.
            full: Look at every imported order, not only at those that changed since the last run.

        Raises:
            SettingsError: Shoptet does not know a status of the settings, or Kaufland a carrier.
            ApiError: One of the two refuses to answer.
        """
        return await push.plan(shop, full=full)

    @flow
    @staticmethod
    async def apply(shop: Shop, plan: Plan) -> Report:
        """Write what *plan* says, either way; safe to repeat, also after a crash.

        Each order is read again first, on both sides. What is not as planned any more is left alone and
        reported as ``changed``.

        Args:
            shop: Supplied by the bridge.
            plan: From :meth:`plan_pull` or :meth:`plan_push`, or from its JSON.

        Raises:
            PlanError: The plan was made for another shop or by another flow.
            SettingsError: A status or a carrier of the settings is gone.
        """
        refuse_others(shop, plan, pull.FLOW, push.FLOW)
        apply = pull.apply if plan.flow == pull.FLOW else push.apply
        return await reported(shop, plan, await apply(shop, plan) if plan.changes else [])
