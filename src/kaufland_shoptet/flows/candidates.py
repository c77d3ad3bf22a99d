"""Variants that may become offers: each needs pieces, a price, an EAN and a product that Kaufland knows.

What was offered here before is in the ledger. Kaufland lists a new unit only after some minutes, so a unit
that does not show is no reason to make it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from .._core.flows import Failed, Flow, do, settle
from ..errors import InvalidRequest, MappingError, NotFound, SettingsError
from ..kaufland.resources.common import Storefront
from ..kaufland.resources.products import Products as KauflandProducts
from ..kaufland.resources.shipping_groups import ShippingGroups
from ..kaufland.resources.units import Units
from ..kaufland.resources.warehouses import Warehouses
from ..ledger import Action
from ..mapping.offers import Front, code_of, gtin, lowest
from ..mapping.prices import convert
from ..mapping.storefronts import STOREFRONTS
from ..settings import StorefrontSettings
from ..shoptet.resources.products import Products
from .changes import Change, CreateOffer
from .goods import rules_of
from .plans import Skip, flatten
from .shop import Shop

OFFERS: Final = "offer"
"""Actions of the ledger: units that were made; the detail is the unit's number, or ``null``."""
LISTED: Final = timedelta(hours=1)
"""After so long a new unit is in Kaufland's list; the vendor speaks of minutes."""
LONGEST: Final = 50
"""Characters of an ``id_offer``."""
TRIES: Final = 5
"""Variants that are looked at for each new offer that a run may have."""
_AT_ONCE: Final = 50


def key_of(storefront: str, code: str) -> str:
    """What the ledger calls an offer."""
    return f"{storefront}/{code}"


@frozen(kw_only=True)
class Candidates:
    """What new offers of one storefront are made from."""

    shop: Shop
    settings: StorefrontSettings
    front: Front
    products: Mapping[str, str]
    """GUID of the product by code."""
    eans: Mapping[str, str]
    moment: datetime
    again: bool
    """Offer again what was offered before and is gone."""

    async def find(self, missing: Sequence[tuple[str, int]]) -> tuple[list[Change], list[Skip]]:
        """New offers, up to the limit, and why the others are none."""
        changes: list[Change] = []
        skips: list[Skip] = []
        if not missing:
            return changes, skips
        await self._check()
        limit = self.settings.offers.create_limit
        turn = self._turn(missing, limit * TRIES)
        looked = 0
        while looked < len(turn) and len(changes) < limit:
            some = turn[looked : looked + _AT_ONCE]
            looked += len(some)
            answers = await settle(Flow(self._look, each, {}) for each in some)
            for (code, _), answer in zip(some, answers, strict=True):
                if isinstance(answer, Failed):
                    skips.append(self._skip(code, flatten(answer.error), again=True))
                elif isinstance(answer.value, Skip):
                    skips.append(answer.value)
                elif len(changes) < limit:
                    changes.append(answer.value)
                else:
                    looked -= 1
        if looked < len(missing):
            reason = (
                f"not looked at in this run, which may have {limit} new offers: raise offers.create_limit, or "
                "give their EANs as plan(eans=…)"
            )
            skips.append(self._skip(f"{len(missing) - looked} variants", reason))
        return changes, skips

    def _turn(self, missing: Sequence[tuple[str, int]], most: int) -> Sequence[tuple[str, int]]:
        """As many as may be looked at; where these are not all, each hour others."""
        if len(missing) <= most:
            return missing
        start = int(self.moment.timestamp()) // 3600 * most % len(missing)
        return [*missing[start:], *missing[:start]][:most]

    def _skip(self, subject: str, reason: str, *, again: bool = False) -> Skip:
        return Skip(subject=subject, storefront=self.front.storefront, reason=reason, again=again)

    async def _check(self) -> None:
        """Shipping group and warehouse have to exist before anything is offered."""
        wanted, code = self.settings.offers, self.front.storefront
        key = f"storefront.{code}.offers"
        problems: list[SettingsError] = []
        groups = {
            group.id_shipping_group: group.name
            for group in await ShippingGroups.list(storefront=Storefront(code)).collect()
        }
        if wanted.shipping_group not in groups:
            problems.append(_unknown(f"{key}.shipping_group", wanted.shipping_group, groups))
        if wanted.warehouse is not None:
            warehouses = {each.id_warehouse: each.name for each in await Warehouses.list().collect()}
            if wanted.warehouse not in warehouses:
                problems.append(_unknown(f"{key}.warehouse", wanted.warehouse, warehouses))
        if problems:
            raise SettingsError.gathered(problems)

    async def _look(self, code: str, pieces: int) -> CreateOffer | Skip:
        action = await do(self.shop.ledger.action, OFFERS, key_of(self.front.storefront, code))
        waits = self._waits(code, action)
        if waits is not None:
            return waits
        try:
            return await self._made(code, pieces, action)
        except MappingError as error:
            return self._skip(code, f"cannot be offered: {flatten(error)}")

    def _waits(self, code: str, action: Action | None) -> Skip | None:
        """What the ledger says against a new offer."""
        if action is None or action.state == "refused":
            return None
        young = self.moment - action.updated < LISTED
        if action.state == "intended":
            reason = "an attempt to offer it did not end, and Kaufland may have it and not list it yet"
            return self._skip(code, reason, again=True) if young else None
        unit = "" if action.detail == "null" else f" as unit {action.detail}"
        if young:
            return self._skip(code, f"was offered{unit}; Kaufland does not list it yet", again=True)
        if self.again:
            return None
        reason = (
            f"was offered{unit} and is gone from Kaufland, so that it is not offered again; to do it all the "
            'same, plan with override=["deleted"]'
        )
        return self._skip(code, reason)

    async def _made(self, code: str, pieces: int, action: Action | None) -> CreateOffer:
        front, wanted = self.front, self.settings.offers
        price = self._price(code)
        if len(code) > LONGEST:
            raise MappingError("code", f"it has {len(code)} characters.", f"Kaufland takes {LONGEST}.")
        ean = gtin(self.eans.get(code) or await self._ean(code))
        note = await self._product(ean)
        async for unit in Units.list(storefront=Storefront(front.storefront), ean=ean):
            if unit.condition == wanted.condition:
                raise MappingError(
                    "ean",
                    f"unit {unit.id_unit} offers {ean} already, as {unit.id_offer or 'nothing'}.",
                    "Give the variant that code, or end that unit in the Seller Portal.",
                )
        reason = "is not offered yet"
        if action is not None:
            reason = {
                "intended": "an earlier attempt did not arrive",
                "refused": "was refused before",
                "done": "was offered before and is gone",
            }[action.state]
        share = front.price_floor
        return CreateOffer(
            subject=code,
            storefront=front.storefront,
            reason=reason,
            notes=(note,) if note else (),
            ean=ean,
            currency=STOREFRONTS[front.storefront].currency,
            amount=pieces,
            price=price,
            handling_time=wanted.handling_time or 0,
            condition=wanted.condition,
            shipping_group=wanted.shipping_group or 0,
            warehouse=wanted.warehouse,
            minimum_price=None if share is None else lowest(price, share),
            again=action is not None and action.state == "done",
            rules=rules_of(self.settings),
        )

    def _price(self, code: str) -> int:
        asked = self.front.selling.get(code, "price: it is not in the price list.")
        if isinstance(asked, str) or self.front.price is None:
            raise MappingError("price", str(asked), "Put it into the price list.")
        return convert(asked, self.front.price)

    async def _ean(self, code: str) -> str | None:
        """The EAN that the shop has for a variant."""
        product = await Products.get(self.products[code])
        return next((each.ean for each in product.variants if code_of(each.code) == code), None)

    async def _product(self, ean: str) -> str:
        """Kaufland has to know the product; what it says of it otherwise."""
        try:
            product = await KauflandProducts.by_ean(ean, storefront=Storefront(self.front.storefront))
        except (NotFound, InvalidRequest):
            raise MappingError(
                "ean", f"Kaufland has no product {ean}.", "Send it the product's data first."
            ) from None
        return "" if product.is_valid else "Kaufland has no page of the product yet: it will be incomplete"


def _unknown(key: str, number: int | None, there: Mapping[int, str]) -> SettingsError:
    known = ", ".join(f"{each} {name}" for each, name in there.items()) or "none"
    return SettingsError(key, f"{number} does not exist on Kaufland.", f"There are: {known}.")
