"""One Kaufland order for each thing that is known about orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from ..kaufland.market import Market, Order, Row
from .orders import Good, Scribe

MEASURED: Final = datetime(2026, 8, 31, 9, 12, 44, tzinfo=UTC)
"""When the order was placed whose figures were measured on a live account."""


def _measured(scribe: Scribe) -> Order:
    ordered = min(MEASURED, scribe.market.clock.now() - timedelta(hours=3))
    return scribe.order("MD4K9P2", "de", [Good("SHP-1001", 23_000, vat="19")], ordered=ordered, days=(9, 12))


def _three(scribe: Scribe) -> Order:
    return scribe.order("MA1B2C3", "cz", [Good("SHP-0042", 49_900, (9_900, 0, 0))])


def _three_next(scribe: Scribe) -> Order:
    return scribe.order("MA1B2C4", "cz", [Good("SHP-0042", 49_900, (9_900, 2_900, 2_900))])


def _to_austria(id_order: str, vat: str) -> Callable[[Scribe], Order]:
    goods = [Good("15/ZLU", 5_190, (590,), vat)]
    return lambda scribe: scribe.order(id_order, "de", goods, ship_to="AT")


def _partly_cancelled(scribe: Scribe) -> Order:
    made = scribe.order("MPC3X01", "cz", [Good("43/BIL", 24_900, (9_900, 0, 0))])
    made.pieces[2].status, made.pieces[2].cancel_reason = "cancelled", "NoInventory"
    return made


def _cancelled_in_window(scribe: Scribe) -> Order:
    made = scribe.order("MCW7Q11", "cz", [Good("32/ZEL", 69_900, (9_900,))], status="open")
    piece = made.pieces[0]
    piece.status, piece.cancel_reason = "cancelled", "NoReaction"
    piece.updated = made.created + timedelta(minutes=6)
    return made


def _open(scribe: Scribe) -> Order:
    ordered = scribe.market.clock.now() - timedelta(minutes=5)
    goods = [Good("DS53437473", 219_000, (9_900,))]
    return scribe.order("MOP8N05", "cz", goods, status="open", ordered=ordered)


def _pickup(id_order: str, storefront: str, good: Good, point: Row) -> Callable[[Scribe], Order]:
    return lambda scribe: scribe.order(id_order, storefront, [good], pickup=point)


def _home(scribe: Scribe) -> Order:
    return scribe.order("MHM2D10", "cz", [Good("32/ZEL", 69_900, (9_900,))])


def _two_rates(scribe: Scribe) -> Order:
    goods = [Good("0035", 18_900, (9_900,), "12"), Good("43/BIL", 24_900)]
    return scribe.order("MVT2R11", "cz", goods)


def _voucher(scribe: Scribe) -> Order:
    return scribe.order("MVC5K12", "cz", [Good("15/ZLU", 129_000, (9_900,), off=5_000)])


def _without_discounts(scribe: Scribe) -> Order:
    made = scribe.order("MVC5K13", "cz", [Good("15/ZLU", 129_000, (9_900,))])
    made.pieces[0].verbatim = {"discounts": ...}
    return made


def _deemed(scribe: Scribe) -> Order:
    invoice = {
        "id_invoice": 918_273_645,
        "id_order": "MDS1U13",
        "storefront": "de",
        "is_marketplace_deemed_supplier": True,
        "original_name": "invoice_MDS1U13.pdf",
        "mime_type": "application/pdf",
        "url": "https://kaufland.de/dynamic/files/order_invoices/918273645/?access_token=sandbox",
        "ts_created_iso": "2026-09-01T05:30:00Z",
    }
    goods = [Good("43/BIL", 990, (590,), "19")]
    return scribe.order("MDS1U13", "de", goods, deemed_supplier=True, invoices=[invoice])


def _wrong_zero(scribe: Scribe) -> Order:
    made = scribe.order("MZR0V14", "cz", [Good("32/ZEL", 69_900, (9_900,), "0")])
    made.pieces[0].facts |= {"revenue_gross": 60_813, "revenue_net": 69_426}
    made.pieces[0].verbatim = {"vat": 0.0}
    return made


def _no_offer(scribe: Scribe) -> Order:
    made = scribe.order("MNO1F15", "cz", [Good("PHONE-12", 1_299_000)])
    made.pieces[0].facts["id_offer"] = None
    return made


def _no_product(scribe: Scribe) -> Order:
    made = scribe.order("MNP1D15", "cz", [Good("SHP-0042", 49_900, (9_900,))])
    made.pieces[0].facts["product"] = None
    return made


def _in_status(id_order: str, status: str, *, received: bool = False) -> Callable[[Scribe], Order]:
    def write(scribe: Scribe) -> Order:
        ordered = scribe.market.clock.now() - timedelta(days=9)
        made = scribe.order(
            id_order, "cz", [Good("43/BIL", 24_900, (9_900,))], status=status, ordered=ordered
        )
        piece = made.pieces[0]
        piece.updated = ordered + timedelta(days=4)
        piece.received = piece.updated if received else None
        return made

    return write


def _upper_case(scribe: Scribe) -> Order:
    made = scribe.order("MUC7S17", "de", [Good("SHP-0042", 1_990, (590,), "19")])
    made.pieces[0].verbatim = {"storefront": "DE"}
    return made


def _odd_time(id_order: str, text: str) -> Callable[[Scribe], Order]:
    def write(scribe: Scribe) -> Order:
        made = scribe.order(id_order, "cz", [Good("43/BIL", 24_900, (9_900,))])
        made.verbatim = made.pieces[0].verbatim = {"ts_created_iso": text}
        return made

    return write


PACKETA: Final[dict[str, str | None]] = {
    "pickup_location_id": "12345",
    "provider": "Packeta",
    "carrier": "Packeta",
    "services": "",
    "dhl_post_number": None,
}
_PACKSTATION: Final = PACKETA | {
    "pickup_location_id": "260",
    "provider": "DHL",
    "carrier": "DHL",
    "dhl_post_number": "999999999999",
}

FACTS: Final[Mapping[str, Callable[[Scribe], Order]]] = MappingProxyType(
    {
        "measured": _measured,
        "three_pieces": _three,
        "three_pieces_next": _three_next,
        "germany_to_austria": _to_austria("MAT2K05", "20"),
        "germany_to_austria_19": _to_austria("MAT1K05", "19"),
        "partly_cancelled": _partly_cancelled,
        "cancelled_in_window": _cancelled_in_window,
        "open": _open,
        "packeta": _pickup("MPK4T09", "cz", Good("32/ZEL", 69_900, (6_900,)), PACKETA),
        "packstation": _pickup("MPS4T09", "de", Good("32/ZEL", 2_790, (590,), "19"), _PACKSTATION),
        "home_delivery": _home,
        "two_vat_rates": _two_rates,
        "voucher": _voucher,
        "without_discounts": _without_discounts,
        "deemed_supplier": _deemed,
        "wrong_zero_vat": _wrong_zero,
        "no_offer": _no_offer,
        "no_product": _no_product,
        "autopaid": _in_status("MST1A16", "sent_and_autopaid"),
        "received": _in_status("MST2R16", "received", received=True),
        "returned": _in_status("MST3B16", "returned", received=True),
        "returned_paid": _in_status("MST4P16", "returned_paid", received=True),
        "unknown_status": _in_status("MST5X16", "in_clearance"),
        "upper_case_storefront": _upper_case,
        "odd_time_t": _odd_time("MTM1F18", "2019-07-19T17:24:05T"),
        "odd_time_space": _odd_time("MTM2F18", "2016-05-06 23:07:41"),
        "odd_time_fraction": _odd_time("MTM3F18", "2023-11-30T00:00:00.000Z"),
        "odd_time_offset": _odd_time("MTM4F18", "2026-08-31T11:12:44+02:00"),
    }
)
"""An order for each known fact about orders, by name. The open one is to be placed, the others added."""

TYPICAL: Final = (
    "measured",
    "three_pieces",
    "germany_to_austria",
    "packeta",
    "home_delivery",
    "partly_cancelled",
    "two_vat_rates",
    "voucher",
    "wrong_zero_vat",
    "open",
)
"""The facts that show most with the fewest rows."""


def write_facts(market: Market, names: Iterable[str]) -> None:
    """Put in the orders of these facts."""
    scribe = Scribe(market)
    for name in names:
        made = FACTS[name](scribe)
        (market.place if made.pieces[0].status == "open" else market.add)(made)
