"""Writing to Kaufland's units: many at once with each row's answer read, new ones once each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from .._core.flows import Failed, Flow, do, now, settle
from .._core.values import UNSET
from ..errors import (
    ApiError,
    InvalidRequest,
    KauflandShoptetError,
    NotFound,
    NotSent,
    OutcomeUnknown,
)
from ..kaufland.resources.common import Storefront, UnitCondition
from ..kaufland.resources.units import (
    BulkFailedUnit,
    BulkRejectedUnit,
    BulkUnitUpdate,
    BulkUpdatedUnit,
    Unit,
    UnitCreate,
    UnitPatch,
    Units,
    WritableUnitStatus,
)
from ..mapping.offers import code_of
from .candidates import LISTED, OFFERS, key_of
from .changes import Change, CreateOffer, UpdateOffer
from .goods import PAUSED, PAUSES, RESUMED, rules_of
from .plans import Outcome, Plan, flatten
from .shop import Shop
from .steps import REFUSALS, note, outcome

BULK: Final = 150
"""Units in one request, the most that Kaufland takes."""
AT_ONCE: Final = 32
"""Requests that are prepared at a time; the client's limits still apply."""
STALE: Final = timedelta(hours=1)
"""Older numbers of pieces are not sent: too much may have been sold since."""
PRICE: Final = "listing_price"

Row = BulkUpdatedUnit | BulkRejectedUnit | BulkFailedUnit


async def write(shop: Shop, plan: Plan) -> list[Outcome]:
    """Write everything that is still as planned, and tell what came of each change, in order."""
    changes = [change for change in plan.changes if isinstance(change, UpdateOffer | CreateOffer)]
    rules = {code: rules_of(front) for code, front in shop.settings.storefronts.items()}
    off = {place: why for place, change in enumerate(changes) if (why := _off(shop, rules, change))}
    overtaken = await _overtaken(shop, plan, [each for n, each in enumerate(changes) if n not in off])
    told: dict[int, Outcome] = {}
    blocks: list[tuple[str, list[tuple[int, UpdateOffer]]]] = []
    for place, change in enumerate(changes):
        if isinstance(change, UpdateOffer):
            problem = off.get(place) or _too_late(change, overtaken)
            if problem:
                told[place] = outcome(change, "changed", str(change.id_unit), problem)
                continue
            if not blocks or blocks[-1][0] != change.storefront or len(blocks[-1][1]) == BULK:
                blocks.append((change.storefront, []))
            blocks[-1][1].append((place, change))
    await _note(shop, (change for _, block in blocks for _, change in block), PAUSED)
    for start in range(0, len(blocks), AT_ONCE):
        some = blocks[start : start + AT_ONCE]
        answers = await settle(
            Flow(_bulk, (storefront, [change for _, change in block], False), {})
            for storefront, block in some
        )
        for (_, block), answer in zip(some, answers, strict=True):
            if isinstance(answer, Failed):  # pragma: no cover - a block tells of its own failures
                raise answer.error
            for (place, _), result in zip(block, answer.value, strict=True):
                told[place] = result
    done = (change for _, block in blocks for place, change in block if told[place].good)
    await _note(shop, done, RESUMED)
    # New offers one after the other: each is written down before and after.
    for place, change in enumerate(changes):
        if place in off and isinstance(change, CreateOffer):
            told[place] = outcome(change, "changed", None, off[place])
        elif isinstance(change, CreateOffer):
            told[place] = await _offered(shop, change, plan.made, overtaken)
    return [told[place] for place in sorted(told)]


_SWITCHES: Final = {
    "amount": "sync_offers",
    "handling_time": "sync_offers",
    "status": "sync_offers",
    "price": "sync_prices",
    "minimum_price": "sync_prices",
}
"""Which switch each part of a change hangs on."""


def _off(shop: Shop, rules: Mapping[str, str], change: UpdateOffer | CreateOffer) -> str:
    """Why a change is not wanted any more by the settings of now."""
    front = shop.settings.storefronts.get(change.storefront)
    if front is None:
        return f"storefront.{change.storefront} has no section any more: plan again"
    if isinstance(change, CreateOffer) and not front.offers.create:
        return "offers.create is off by now"
    held = (switch for what, switch in _SWITCHES.items() if getattr(change, what, None) is not None)
    if off := next((switch for switch in held if not getattr(front, switch)), ""):
        return f"{off} is off by now"
    changed = change.rules != rules[change.storefront]
    return "the settings of prices or stock changed since: plan again" if changed else ""


async def _overtaken(
    shop: Shop, plan: Plan, updates: Sequence[UpdateOffer | CreateOffer]
) -> Mapping[str, str]:
    """Why pieces, or prices, of this plan may not be sent any more. Otherwise notes that they are being sent."""
    found: dict[str, str] = {}
    if await now() - plan.made > STALE:
        found["amount"] = f"the plan is of {plan.made:%Y-%m-%d %H:%M} and stock has moved since: plan again"
    for what in ("amount", "price"):
        if any(_holds(change, what) for change in updates):
            mark = f"offers.{what}"
            last = await do(shop.ledger.watermark, mark)
            if last is not None and last > plan.made:
                found.setdefault(what, f"a plan of {last:%Y-%m-%d %H:%M} was applied since: plan again")
            elif what not in found:
                await do(shop.ledger.move_watermark, mark, plan.made)
    return found


def _holds(change: Change, what: str) -> bool:
    return getattr(change, what) is not None


def _too_late(change: Change, overtaken: Mapping[str, str]) -> str:
    return next((why for what, why in overtaken.items() if _holds(change, what)), "")


async def _note(shop: Shop, changes: Iterable[UpdateOffer], detail: str) -> None:
    """Keep which units go off sale here: only these are put back here."""
    for change in changes:
        if change.status is not None and (change.status[1] == "ONHOLD") == (detail == PAUSED):
            await note(shop, PAUSES, str(change.id_unit), detail)


# Many at once.


async def _bulk(storefront: str, changes: Sequence[UpdateOffer], priced: bool) -> list[Outcome]:
    """Send changes of one storefront in one request; what its answer leaves open is looked into."""
    try:
        rows = await Units.bulk_update(
            [BulkUnitUpdate(id_unit=each.id_unit, unit_data=_patch(each, priced)) for each in changes],
            storefront=Storefront(storefront),
        )
    except InvalidRequest:
        # One bad row may spoil the whole request: halve it until that row is alone.
        if len(changes) == 1:
            return [await _single(changes[0], priced)]
        half = len(changes) // 2
        return [
            *await _bulk(storefront, changes[:half], priced),
            *await _bulk(storefront, changes[half:], priced),
        ]
    except KauflandShoptetError as error:
        return [_failed(each, error) for each in changes]
    return await _read(storefront, changes, {row.id_unit: row for row in rows}, priced)


async def _read(
    storefront: str, changes: Sequence[UpdateOffer], rows: Mapping[int, Row], priced: bool
) -> list[Outcome]:
    told: dict[int, Outcome] = {}
    unpriced: list[UpdateOffer] = []
    unknown: list[UpdateOffer] = []
    for change in changes:
        row = rows.get(change.id_unit)
        if isinstance(row, BulkUpdatedUnit) and row.status_code < 300:
            told[change.id_unit] = outcome(change, "done", str(change.id_unit))
        elif isinstance(row, BulkRejectedUnit) and row.status_code < 500:
            fields = {problem.field for problem in row.errors}
            if PRICE in fields and change.price is None and not priced:
                unpriced.append(change)
            else:
                details = "; ".join(f"{each.field}: {each.message}" for each in row.errors)
                detail = flatten(f"{row.status_code}: {row.message} {details}")
                told[change.id_unit] = outcome(change, "refused", str(change.id_unit), detail)
        else:
            unknown.append(change)
    if unpriced:
        # Some accounts have to send the price with every change.
        for change, result in zip(unpriced, await _bulk(storefront, unpriced, True), strict=True):
            told[change.id_unit] = result
    found = await settle(Flow(_looked_into, (change, priced), {}) for change in unknown)
    for change, answer in zip(unknown, found, strict=True):
        told[change.id_unit] = _failed(change, answer.error) if isinstance(answer, Failed) else answer.value
    return [told[change.id_unit] for change in changes]


def _patch(change: UpdateOffer, priced: bool) -> UnitPatch:
    price = change.listed if priced else UNSET
    return UnitPatch(
        amount=UNSET if change.amount is None else change.amount[1],
        listing_price=price if change.price is None else change.price[1],
        handling_time=UNSET if change.handling_time is None else change.handling_time[1],
        status=UNSET if change.status is None else WritableUnitStatus(change.status[1]),
        minimum_price=UNSET if change.minimum_price is None else change.minimum_price[1],
    )


def _in_place(change: UpdateOffer, unit: Unit) -> bool:
    pairs = (
        (change.amount, unit.amount),
        (change.price, unit.listing_price),
        (change.handling_time, unit.handling_time),
        (change.status, unit.status),
        (change.minimum_price, unit.minimum_price),
    )
    return all(pair is None or pair[1] == value for pair, value in pairs)


async def _looked_into(change: UpdateOffer, priced: bool) -> Outcome:
    """Nobody said what came of a change: read the unit, and write it once more by itself if need be."""
    try:
        unit = await Units.get(change.id_unit, storefront=Storefront(change.storefront))
    except NotFound:
        return outcome(change, "refused", str(change.id_unit), "the unit is not there any more")
    if _in_place(change, unit):
        return outcome(change, "recovered", str(change.id_unit))
    return await _single(change, priced)


async def _single(change: UpdateOffer, priced: bool) -> Outcome:
    """Write one unit by itself."""
    try:
        await Units.update(change.id_unit, _patch(change, priced), storefront=Storefront(change.storefront))
    except InvalidRequest as error:
        if change.price is None and not priced and any(each.where == PRICE for each in error.problems):
            return await _single(change, True)
        return _failed(change, error)
    except KauflandShoptetError as error:
        return _failed(change, error)
    return outcome(change, "done", str(change.id_unit))


def _failed(change: UpdateOffer, error: KauflandShoptetError) -> Outcome:
    return outcome(change, _verdict(error), str(change.id_unit), flatten(error))


def _verdict(error: KauflandShoptetError) -> Literal["refused", "failed"]:
    return "refused" if isinstance(error, REFUSALS) else "failed"


# New ones.


async def _offered(shop: Shop, change: CreateOffer, made: datetime, overtaken: Mapping[str, str]) -> Outcome:
    """Make one offer, once, whatever happened before."""
    key = key_of(change.storefront, change.subject)
    known = await do(shop.ledger.action, OFFERS, key)
    moment = await now()
    if known is not None and known.state == "done" and not (change.again and known.updated < made):
        return outcome(change, "already", None if known.detail == "null" else known.detail)
    found = await _find(change)
    if found is not None:
        await note(shop, OFFERS, key, str(found))
        return outcome(change, "recovered", str(found))
    if known is not None and known.state == "intended" and moment - known.updated < LISTED:
        reason = "an earlier attempt did not end, and Kaufland may have it and not list it yet"
        return outcome(change, "failed", None, reason)
    if problem := _too_late(change, overtaken):
        return outcome(change, "changed", None, problem)
    await do(shop.ledger.intend_action, OFFERS, key, "null", moment, change.again)
    return await _create(shop, change, key)


async def _create(shop: Shop, change: CreateOffer, key: str) -> Outcome:
    try:
        created = await Units.create(_unit(change), storefront=Storefront(change.storefront))
    except OutcomeUnknown as error:
        found = await _find(change)
        if found is None:
            return outcome(change, "failed", None, f"{flatten(error)}; the next runs look for it")
        return await _settled(shop, change, key, found, "recovered")
    except (ApiError, NotSent) as error:
        await do(shop.ledger.settle_action, OFFERS, key, "refused", "null", await now())
        return outcome(change, _verdict(error), None, flatten(error))
    number = int(created.id) if created.id and created.id.isdecimal() else await _find(change)
    return await _settled(shop, change, key, number, "done")


async def _settled(
    shop: Shop, change: CreateOffer, key: str, number: int | None, result: Literal["done", "recovered"]
) -> Outcome:
    detail = "null" if number is None else str(number)
    await do(shop.ledger.settle_action, OFFERS, key, "done", detail, await now())
    if number is None:
        return outcome(change, result, None, "Kaufland has not told its number yet")
    return outcome(change, result, detail)


def _unit(change: CreateOffer) -> UnitCreate:
    return UnitCreate(
        ean=change.ean,
        id_offer=change.subject,
        amount=change.amount,
        listing_price=change.price,
        handling_time=change.handling_time,
        condition=UnitCondition(change.condition),
        id_shipping_group=change.shipping_group,
        id_warehouse=UNSET if change.warehouse is None else change.warehouse,
        minimum_price=UNSET if change.minimum_price is None else change.minimum_price,
    )


async def _find(change: CreateOffer) -> int | None:
    """The unit with this ``id_offer``, if Kaufland lists it; filters may be ignored, so look at the rows."""
    async for unit in Units.list(storefront=Storefront(change.storefront), id_offer=change.subject):
        if unit.storefront == change.storefront and code_of(unit.id_offer or "") == change.subject:
            return unit.id_unit
    return None
