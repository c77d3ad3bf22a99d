"""What buyers send back, as the flows over returns find it: return units, and the orders that they are of."""

from __future__ import annotations

from datetime import datetime

from .._core.flows import Failed, do, settle
from ..kaufland.resources.common import Storefront
from ..kaufland.resources.return_units import ReturnUnits
from ..kaufland.resources.returns import Returns as KauflandReturns
from ..kaufland.resources.returns import ReturnUnit
from ..ledger import Imported
from .plans import Skip, flatten
from .shop import Shop


async def found(code: str, start: datetime, back: datetime) -> tuple[list[ReturnUnit], list[Skip]]:
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


async def entries_of(shop: Shop, units: set[int]) -> dict[int, Imported]:
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
