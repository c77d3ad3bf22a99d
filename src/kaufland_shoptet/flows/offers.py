"""Prices and stock of Kaufland's offers, kept as they are in the shop; and new offers, if asked for.

:meth:`Offers.plan` walks both sides and keeps what differs. :meth:`Offers.apply` sends that and nothing else,
150 units in a request, and reads the answer row by row: a row that is missing is an outcome nobody knows, so
the unit is read again. Values are absolute; sending them twice is sending them once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from attrs import evolve

from .._core.calling import M, Resource, flow
from .._core.flows import do, now
from ..errors import PlanError
from ..mapping import offers, prices
from ..mapping.findings import Finding
from ..mapping.offers import Comparison, Front
from ..mapping.prices import Preview, PriceChange
from ..mapping.storefronts import STOREFRONTS
from ..settings import PriceSettings, StorefrontSettings
from . import goods, units
from .applying import refuse_others, reported
from .candidates import Candidates
from .changes import Change, UpdateOffer
from .goods import Fronts, World
from .plans import Mark, Plan, Report, Skip
from .shop import Shop
from .steps import named, plan_of

__all__ = ["Offers"]

GUARDS: Final = ("max_change", "max_run_change", "share_to_zero", "deleted")
"""What may be overridden; ``deleted`` offers again what was offered before and is gone from Kaufland."""
KNOWN: Final = timedelta(days=29)
"""How far back the shop tells which stock changed; a day less than it says."""
_EXAMPLES: Final = 5


class Offers(Resource[M]):
    """The offers of one shop: ``bridge.offers``."""

    @flow
    @staticmethod
    async def plan(
        shop: Shop,
        *,
        full: bool = True,
        stock: bool = True,
        prices: bool = True,
        override: Collection[str] = (),
        eans: Mapping[str, str] | None = None,
    ) -> Plan:
        """Say which offers would change, which would be new, which not, and why. Writes nothing.

        Args:
            shop: Supplied by the bridge.
            full: Look at everything. Otherwise only at variants whose stock changed in the shop since the
                last plan that was applied whole, and not at prices: a light run for in between.
            stock: Look at the stock of storefronts with ``sync_offers``.
            prices: Look at the prices of storefronts with ``sync_prices``.
            override: Guards that shall not stop this plan: ``max_change``, ``max_run_change``,
                ``share_to_zero``; and ``deleted`` to offer again what is gone from Kaufland.
            eans: EAN by variant code, from a feed or a snapshot, for new offers; those of variants that are
                not in it are looked up one by one.

        Raises:
            PlanError: A guard tripped; the message says how to proceed.
            SettingsError: The settings name what the shop or Kaufland does not have, or lack a coefficient.
            ApiError: One of the two refuses to answer.
        """
        override = named(override)
        if wrong := sorted(set(override) - set(GUARDS)):
            raise ValueError(f"there is no guard {wrong[0]!r}; there are {', '.join(GUARDS)}")
        moment = await now()
        fronts = _fronts(shop, stock=stock, prices=prices)
        since = None if full else await _since(shop, fronts, moment)
        if since is not None:
            fronts = _fronts(shop, stock=stock, prices=False)
        changes: list[Change] = []
        skips: list[Skip] = []
        if fronts:
            world = await goods.read(shop, fronts, moment, since)
            compared = offers.compare(world.fronts)
            _guard((finding for each in compared for finding in each.findings), override)
            skips += _odd(world)
            for front, comparison in zip(world.fronts, compared, strict=True):
                rules = goods.rules_of(fronts[front.storefront])
                changes += _updates(front, comparison, world, rules)
                skips += _skips(front, comparison)
            for front in world.fronts:
                settings = fronts[front.storefront]
                if settings.sync_offers and since is None:
                    found, left = await _new(shop, settings, front, world, moment, override, eans or {})
                    changes += found
                    skips += left
        return plan_of(shop, "offers", moment, changes, skips, _marks(fronts, moment, skips))

    @flow
    @staticmethod
    async def apply(shop: Shop, plan: Plan) -> Report:
        """Write what *plan* says; safe to repeat, also after a crash.

        Stock moves on: pieces of a plan older than an hour, or made before another one that was applied
        since, are not sent and reported as ``changed``. So are prices of an overtaken plan.

        Args:
            shop: Supplied by the bridge.
            plan: From :meth:`plan`, or from its JSON.

        Raises:
            PlanError: The plan was made for another shop or by another flow.
        """
        refuse_others(shop, plan, "offers")
        return await reported(shop, plan, await units.write(shop, plan))

    @flow
    @staticmethod
    async def preview(shop: Shop, storefront: str, new: PriceSettings) -> Preview:
        """Show what other settings would do to the prices of one storefront: old, new, difference.

        Args:
            shop: Supplied by the bridge.
            storefront: Storefront code.
            new: The settings to try, such as ``attrs.evolve(settings.storefront("de").prices,
                coefficient=Decimal("0.0402"))``.

        Raises:
            MappingError: The currencies differ and a coefficient is missing.
            SettingsError: The shop does not have the price list.
        """
        moment = await now()
        front = shop.settings.storefront(storefront)
        target = STOREFRONTS[storefront.lower()].currency
        source, found = await goods.prices_of(evolve(front, prices=new), moment)
        known = {code: asked for code, asked in found.items() if isinstance(asked, Decimal)}
        result = prices.preview(
            known.items(),
            front.prices.rule(source, target),
            new.rule(source, target),
            guard=new.guard,
            key=f"storefront.{storefront.lower()}.prices",
        )
        rest = [
            PriceChange(code=code, old=None, new=None, note=asked)
            for code, asked in found.items()
            if isinstance(asked, str)
        ]
        return evolve(result, lines=(*result.lines, *rest))


# Planning.


def _fronts(shop: Shop, *, stock: bool, prices: bool) -> Fronts:
    """The storefronts that there is something to do for, with what is not wanted switched off."""
    found: dict[str, StorefrontSettings] = {}
    for code, front in shop.settings.storefronts.items():
        sync_offers, sync_prices = stock and front.sync_offers, prices and front.sync_prices
        create = front.offers.create and sync_offers and sync_prices
        if sync_offers or sync_prices:
            found[code] = evolve(
                front,
                sync_offers=sync_offers,
                sync_prices=sync_prices,
                offers=evolve(front.offers, create=create),
            )
    return found


async def _since(shop: Shop, fronts: Fronts, moment: datetime) -> datetime | None:
    """Since when the stock has to be looked at; ``None`` when all of it has to."""
    marks = [
        await do(shop.ledger.watermark, _mark(code)) for code, front in fronts.items() if front.sync_offers
    ]
    known = [mark for mark in marks if mark is not None]
    if not known or len(known) < len(marks):
        return None
    start = min(known) - timedelta(minutes=shop.settings.orders.overlap_minutes)
    return start if moment - start < KNOWN else None


def _mark(code: str) -> str:
    return f"offers.{code}"


def _marks(fronts: Fronts, moment: datetime, skips: Iterable[Skip]) -> tuple[Mark, ...]:
    """What has to be looked at again keeps the walk over changes from moving past it."""
    waiting = {skip.storefront for skip in skips if skip.again}
    return tuple(
        Mark(name=_mark(code), to=moment)
        for code, front in fronts.items()
        if front.sync_offers and code not in waiting
    )


def _guard(findings: Iterable[Finding], override: Collection[str]) -> None:
    tripped = [str(each) for each in findings if each.key.rpartition(".")[2] not in override]
    if tripped:
        raise PlanError("nothing was planned. " + " ".join(tripped))


def _odd(world: World) -> list[Skip]:
    return [Skip(subject=unit, storefront=code, reason=problem) for code, unit, problem in world.odd]


def _updates(front: Front, comparison: Comparison, world: World, rules: str) -> list[UpdateOffer]:
    currency = STOREFRONTS[front.storefront].currency
    orphans = {offer.id_unit for offer in comparison.orphans}
    made: list[UpdateOffer] = []
    for update in comparison.updates:
        offer = update.offer
        reason = "differs from the shop"
        if offer.id_unit in orphans:
            reason = "the shop has no such variant"
        elif update.status is not None:
            reason = "the variant is back in the shop"
        made.append(
            UpdateOffer(
                subject=offer.code,
                storefront=front.storefront,
                reason=reason,
                notes=_shared(front, offer.code, world) if update.amount is not None else (),
                id_unit=offer.id_unit,
                currency=currency,
                listed=offer.price,
                amount=_pair(offer.amount, update.amount),
                price=_pair(offer.price, update.price),
                handling_time=_pair(offer.handling_time, update.handling_time),
                status=None if update.status is None else (offer.status, update.status),
                minimum_price=(
                    None if update.minimum_price is None else (offer.minimum_price, update.minimum_price)
                ),
                rules=rules,
            )
        )
    return made


def _pair(old: int, new: int | None) -> tuple[int, int] | None:
    return None if new is None else (old, new)


def _shared(front: Front, code: str, world: World) -> tuple[str, ...]:
    others = [each.storefront for each in world.fronts if each is not front and code in each.offers]
    return (f"shared with {', '.join(others)}",) if others else ()


def _skips(front: Front, comparison: Comparison) -> list[Skip]:
    code = front.storefront
    paused = {update.offer.id_unit for update in comparison.updates if update.status == "ONHOLD"}
    lacks = "is not in the price list" if front.stock is None else "has no variant in the shop"
    orphans = [
        Skip(
            subject=offer.code,
            storefront=code,
            reason=f"unit {offer.id_unit} ({offer.status}, {offer.amount} pieces) {lacks}",
        )
        for offer in comparison.orphans
        if offer.id_unit not in paused
    ]
    unpriced = [
        Skip(subject=subject, storefront=code, reason=problem) for subject, problem in comparison.problems
    ]
    return orphans + unpriced


async def _new(
    shop: Shop,
    settings: StorefrontSettings,
    front: Front,
    world: World,
    moment: datetime,
    override: Collection[str],
    eans: Mapping[str, str],
) -> tuple[list[Change], list[Skip]]:
    """Offers to be made, or word of what is not offered."""
    missing = offers.missing(front, offers.shared_pieces(world.fronts))
    if settings.offers.create:
        finder = Candidates(
            shop=shop,
            settings=settings,
            front=front,
            products=world.products[front.storefront],
            eans={offers.code_of(code): ean for code, ean in eans.items()},
            moment=moment,
            again="deleted" in override,
        )
        return await finder.find(missing)
    if not missing or shop.settings.storefronts[front.storefront].offers.create:
        return [], []
    examples = ", ".join(code for code, _ in missing[:_EXAMPLES])
    reason = (
        f"not offered here: {examples}{', …' if len(missing) > _EXAMPLES else ''}; to offer them set "
        f"storefront.{front.storefront}.offers.create = true"
    )
    return [], [Skip(subject=f"{len(missing)} variants", storefront=front.storefront, reason=reason)]
