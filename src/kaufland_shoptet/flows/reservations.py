"""Reservations: orders that were imported in their first minutes, before Kaufland gives an address.

The ledger keeps which they are, from before they are created. Once Kaufland gives the address, the shop's order
gets it: by one write that may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from .._core.flows import do
from ..ledger import Imported
from ..mapping.orders import OrderImport, head_of
from ..shoptet.resources.orders import Order, OrderNotesUpdate
from ..shoptet.resources.orders import Orders as ShoptetOrders
from .changes import CompleteOrder
from .plans import digest
from .shop import Shop
from .steps import note

KIND: Final = "reservation"
"""Actions of the ledger: orders that were imported without an address."""
OPEN, COMPLETE = '"open"', '"complete"'


async def begin(shop: Shop, id_order: str) -> None:
    """Keep that an order is about to be created without an address."""
    await note(shop, KIND, id_order, OPEN)


async def waiting(shop: Shop, code: str, moment: datetime) -> Mapping[str, Imported]:
    """The reservations of one storefront that have no address yet, as far back as a first search looks."""
    oldest = moment - timedelta(days=shop.settings.orders.look_back_days)
    found: dict[str, Imported] = {}
    for action in await do(shop.ledger.actions, KIND):
        if action.detail == OPEN and action.updated >= oldest:
            entry = await do(shop.ledger.order, action.key)
            if entry is not None and entry.state == "imported" and entry.code and entry.storefront == code:
                found[entry.id_order] = entry
    return found


def change(entry: Imported, imported: OrderImport) -> CompleteOrder:
    """What completes a reservation."""
    return CompleteOrder(
        subject=entry.id_order,
        storefront=entry.storefront,
        reason="Kaufland gives the address by now",
        notes=imported.notes,
        code=entry.code or "",
        fingerprint=fingerprint(entry.code or "", imported),
    )


def fingerprint(code: str, imported: OrderImport) -> str:
    """Digest of what is sent."""
    request = ShoptetOrders.update_head(code, head_of(imported.order))
    return digest([request.target.encode(), request.content or b""])


async def is_open(shop: Shop, id_order: str) -> bool:
    """Whether an order still lacks its address, as far as the ledger knows."""
    known = await do(shop.ledger.action, KIND, id_order)
    return known is not None and known.detail == OPEN


async def complete(shop: Shop, code: str, imported: OrderImport) -> str:
    """Write contacts, addresses and what there is to remark; what is left for the merchant."""
    ours = await ShoptetOrders.get(code, include=["notes", "shippingDetails"])
    answer = await ShoptetOrders.update_head(code, head_of(imported.order))
    remark = (ours.notes.eshop_remark if ours.notes else None) or ""
    wanted = imported.order.notes
    text = (wanted.eshop_remark or "") if wanted else ""
    added = [line for line in text.splitlines() if line not in remark.splitlines()]
    if added:
        lines = [*remark.splitlines(), *added]
        await ShoptetOrders.update_notes(code, OrderNotesUpdate(eshop_remark="\n".join(lines)))
    await note(shop, KIND, imported.id_order, COMPLETE)
    return "; ".join([*map(str, answer.warnings), *_other_shipping(ours, imported)])


def _other_shipping(ours: Order, imported: OrderImport) -> list[str]:
    """Where goods go may ask for another method than the reservation has."""
    guid = ours.shipping.guid if ours.shipping else None
    if guid == (imported.order.shipping_guid or None) and bool(ours.shipping_details) == bool(
        imported.order.shipping_details
    ):
        return []
    return ["by its address it needs another shipping method or pickup point: set it in the shop"]
