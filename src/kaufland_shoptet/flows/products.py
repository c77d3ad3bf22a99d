"""Publication of the shop's products as Kaufland's product data.

:meth:`Products.plan` goes through the shop's catalogue or its feed, item by item, and keeps what is ready and was
not sent like that before. :meth:`Products.apply` sends it, one request for each product and language. Requests
say all of it and may be repeated. What was sent stands in the ledger by its digest, so that the next run sends
only what changed. How Kaufland processes it, which takes hours, :meth:`Products.status` tells.

Product data belong to an EAN and a language, for all storefronts and sellers together; they are the first step,
offers the second. Kaufland merges the data of several sellers, so its page may show somebody else's text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from .._core.calling import M, Resource, flow
from .._core.flows import do, now
from ..shoptet.catalog import BadItem, CatalogItem
from ..shoptet.resources.products import Product
from . import publishing
from .applying import meant, reported
from .assortment import FLOW, KIND, Assortment
from .changes import PublishProduct
from .plans import Plan, Report
from .publishing import ProductState, ProductStates
from .shop import Shop
from .steps import named, plan_of

__all__ = ["ProductState", "ProductStates", "Products"]

DAILY: Final = publishing.DAILY
"""Files that Kaufland takes within 24 hours."""


class Products(Resource[M]):
    """The products of one shop: ``bridge.products``."""

    @flow
    @staticmethod
    async def plan(
        shop: Shop,
        items: Iterable[CatalogItem | BadItem | Product] | None = None,
        *,
        storefronts: Sequence[str] = (),
        language: str | None = None,
        full: bool = False,
        again: bool = False,
    ) -> Plan:
        """Say which products would be published, which not, and why. Writes nothing.

        What is wrong with one product keeps back that product and no other. Products that were sent before
        and are the same as then are counted, not listed.

        Args:
            shop: Supplied by the bridge.
            items: What the shop sells: from :func:`.shoptet.feeds.read_feed`, or the rows of
                ``shoptet.products.snapshot``. They are taken a few at a time. By default the file that the
                settings name is read, or the shop's catalogue by API: all of it the first time and whenever
                the settings or the brands changed, then what changed since the last plan that was applied.
            storefronts: Only these; by default all that have ``sync_products`` on.
            language: Of the items, as two letters, where they do not tell. Texts are published for
                storefronts in that language only.
            full: Go through the whole catalogue by API.
            again: Send what was sent before and what Kaufland refused, too.

        Raises:
            SettingsError: ``sync_products`` is off for a storefront, a feed cannot be opened, or the package
                that cleans descriptions is not installed.
            FeedError: What should be a feed is not one; a feed that breaks off is told in the plan.
            ApiError: One of the two refuses to answer.
        """
        moment = await now()
        assortment = Assortment(shop, moment, storefronts, again=again)
        if assortment.fronts:
            await assortment.prepare()
            if items is not None:
                await assortment.take(items, tuple(assortment.fronts), language)
            else:
                await assortment.walk(full=full)
        return plan_of(shop, FLOW, moment, assortment.changes, assortment.told(), assortment.marks)

    @flow
    @staticmethod
    async def apply(shop: Shop, plan: Plan) -> Report:
        """Send the product data of *plan*; safe to repeat, also after a crash.

        What was sent meanwhile is not sent again, and newer data are not overwritten by those of an older
        plan: they are reported as ``changed``.

        Args:
            shop: Supplied by the bridge.
            plan: From :meth:`plan`, or from its JSON.

        Raises:
            PlanError: The plan was made for another shop or by another flow.
        """
        changes = meant(shop, plan, FLOW, PublishProduct)
        return await reported(shop, plan, await publishing.send(shop, changes, plan.made))

    @flow
    @staticmethod
    async def apply_file(shop: Shop, plan: Plan, url: str) -> Report:
        """Have Kaufland fetch the product data of *plan* as one CSV file, in place of :meth:`apply`.

        Write the file with :func:`.mapping.products.write_csv` from ``plan.changes`` and put it where Kaufland
        can fetch it. Kaufland takes 30 files a day, which the ledger counts over the last 24 hours; one that
        it refuses because it is busy does not count. The file replaces nothing that is not in it, and safety
        contacts are not in it.

        Args:
            shop: Supplied by the bridge.
            plan: From :meth:`plan`, or from its JSON.
            url: Public address of the file.

        Raises:
            PlanError: The plan was made for another shop or by another flow, something in it must not be sent
                any more, or 30 files were given within 24 hours.
        """
        changes = meant(shop, plan, FLOW, PublishProduct)
        outcomes = await publishing.send_file(shop, changes, plan.made, url) if changes else []
        return Report(flow=plan.flow, shop=plan.shop, outcomes=tuple(outcomes))

    @flow
    @staticmethod
    async def status(
        shop: Shop, eans: Iterable[str] = (), *, storefronts: Sequence[str] = ()
    ) -> ProductStates:
        """Ask how Kaufland processed what was sent: ready, on the way, or what it complains about.

        Args:
            shop: Supplied by the bridge.
            eans: Only these; by default all that the ledger knows as sent.
            storefronts: Only for the languages of these; by default of all that have ``sync_products`` on.

        Raises:
            SettingsError: ``sync_products`` is off for one of the storefronts.
            ApiError: Kaufland refuses to answer.
        """
        fronts = Assortment(shop, await now(), storefronts).fronts
        chosen = set(named(eans))
        wanted: list[tuple[str, str, str]] = []
        for action in await do(shop.ledger.actions, KIND):
            ean, _, locale = action.key.partition(" ")
            detail = json.loads(action.detail)
            if action.state != "done" or detail["storefront"] not in fronts or (chosen and ean not in chosen):
                continue
            wanted.append((ean, locale, detail["code"]))
        return await publishing.states(wanted)
