"""What buyers send back, as the flows over returns find it: return units, and the orders that they are of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from .._core.flows import Failed, do, now, settle
from ..kaufland.resources.common import Storefront
from ..kaufland.resources.return_units import ReturnUnits
from ..kaufland.resources.returns import Returns as KauflandReturns
from ..kaufland.resources.returns import ReturnUnit
from ..ledger import Imported
from ..settings import StorefrontSettings
from .changes import Change
from .plans import Mark, Plan, Skip, flatten
from .shop import Shop
from .steps import mark, plan_of, start_of

Decide: TypeAlias = Callable[[Shop, list[ReturnUnit]], Awaitable[tuple[Sequence[Change], list[Skip]]]]


async def planned(
    shop: Shop, flow: str, wanted: Callable[[StorefrontSettings], bool], decide: Decide, *, full: bool
) -> Plan:
    """The plan of a flow over return units.

    Args:
        shop: Whose returns they are.
        flow: Which flow it is.
        wanted: Whether a storefront has it switched on.
        decide: What is to be done about units, and which are left alone.
        full: Look at all returns that changed in the days that a first search reaches back.
    """
    moment = await now()
    changes: list[Change] = []
    skips: list[Skip] = []
    marks: list[Mark] = []
    for code, front in shop.settings.storefronts.items():
        if not wanted(front):
            continue
        name = f"{flow}.{code}"
        back = moment - timedelta(days=shop.settings.orders.look_back_days)
        start = await start_of(shop, name, moment, full=full)
        units, unread = await _found(code, start, min(start, back))
        decided, left = await decide(shop, units)
        changes += decided
        skips += [*unread, *left]
        marks.append(mark(name, moment, (start for skip in [*unread, *left] if skip.again)))
    return plan_of(shop, flow, moment, changes, skips, marks)


async def _found(code: str, start: datetime, back: datetime) -> tuple[list[ReturnUnit], list[Skip]]:
    """Return units that may have changed.

    They do not tell when they changed, and whether a return changes with its units is not documented. So it
    is both: all units of the last weeks, and what is in returns that changed.
    """
    front = Storefront(code)
    changed = KauflandReturns.list(storefront=front, ts_updated_from_iso=start, sort="ts_updated:desc")
    parcels = [parcel.id_return for parcel in await changed.collect()]
    recent = ReturnUnits.list(storefront=front, ts_created_from_iso=back, sort="ts_updated:desc")
    units = await recent.collect()
    seen = {unit.id_return for unit in units}
    older = [number for number in parcels if number not in seen]
    skips: list[Skip] = []
    answers = await settle([KauflandReturns.get(each, embedded=["return_units"]) for each in older])
    for number, answer in zip(older, answers, strict=True):
        if isinstance(answer, Failed):
            reason = flatten(answer.error)
            skips.append(Skip(subject=f"return {number}", storefront=code, reason=reason, again=True))
        else:
            units += answer.value.return_units or ()
    # Filters that a server does not know are ignored, so everything is looked at again here.
    ours = [u for u in units if u.storefront == code and u.fulfillment_type == "fulfilled_by_merchant"]
    return sorted(ours, key=lambda unit: unit.id_return_unit), skips


async def by_order(
    shop: Shop, units: Sequence[ReturnUnit]
) -> tuple[list[tuple[Imported, list[ReturnUnit]]], list[Skip]]:
    """The units of each imported order; those of others are skipped."""
    entries = await _entries(shop, {unit.id_order_unit for unit in units})
    skips: list[Skip] = []
    found: dict[str, tuple[Imported, list[ReturnUnit]]] = {}
    for unit in units:
        entry = entries.get(unit.id_order_unit)
        if entry is None:
            skips.append(skipped(unit, "its order is not one that was imported"))
        elif entry.code is None:
            skips.append(skipped(unit, "its Shoptet code is not known"))
        else:
            found.setdefault(entry.id_order, (entry, []))[1].append(unit)
    return list(found.values()), skips


def skipped(unit: ReturnUnit, reason: str) -> Skip:
    """That nothing is done about *unit*, and why."""
    return Skip(subject=str(unit.id_return_unit), storefront=str(unit.storefront), reason=reason)


async def _entries(shop: Shop, units: set[int]) -> dict[int, Imported]:
    """The imported order of each unit."""
    if not units:
        return {}
    return {
        unit: entry
        for entry in await do(shop.ledger.orders)
        if entry.state == "imported"
        for line in (*entry.lines, entry.cancelled)
        for unit in line
        if unit in units
    }
