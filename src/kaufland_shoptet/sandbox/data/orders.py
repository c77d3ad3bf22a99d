"""Kaufland orders: people, sums and times that hang together."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from attrs import frozen

from ..clock import central_european
from ..kaufland.market import Market, Order, Piece, Row
from ..kaufland.tables import STOREFRONTS


@frozen
class Good:
    """Pieces of one article in an order: the price of one, shipping and VAT rate; `off` is a voucher on each.

    `rates` gives the shipping of each piece, and so their number.
    """

    code: str
    price: int
    rates: tuple[int, ...] = (0,)
    vat: str | None = "21"
    off: int = 0


_PEOPLE: Final[Mapping[str, tuple[str, str, str, str, str, str]]] = {
    "CZ": ("Jana", "Nováková", "Dlouhá", "15/3", "11000", "Praha"),
    "SK": ("Peter", "Horváth", "Hlavná", "8", "81101", "Bratislava"),
    "DE": ("Lena", "Schmidt", "Lindenstraße", "27a", "10969", "Berlin"),
    "AT": ("Anna", "Gruber", "Mariahilfer Straße", "101", "1060", "Wien"),
    "PL": ("Piotr", "Kowalski", "Długa", "4", "00-238", "Warszawa"),
}
_PHONES: Final = {"CZ": "+420601000111", "SK": "+421901000111"}


def address(country: str, **changes: Any) -> Row:
    """An address there. Kaufland asks for phones in the Czech Republic and Slovakia only."""
    first, last, street, number, postcode, city = _PEOPLE[country]
    return {
        "first_name": first,
        "last_name": last,
        "company_name": None,
        "street": street,
        "house_number": number,
        "postcode": postcode,
        "additional_field": None,
        "city": city,
        "phone": _PHONES.get(country),
        "country": country,
        **changes,
    }


def latest_delivery(ordered: datetime, days: int) -> datetime:
    """The end, in Berlin, of the day that many business days after an order."""
    day = central_european(ordered)
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    end = day.replace(hour=23, minute=59, second=59, microsecond=0)
    return end.replace(tzinfo=central_european(end).tzinfo).astimezone(UTC)


def revenue(total: int, vat: str | None) -> tuple[int, int]:
    """What the seller keeps, gross and net, with a commission of 13 % (an assumption that fits a real row)."""
    fee = int((total * Decimal("0.13")).quantize(Decimal(1), ROUND_HALF_UP))
    net = (total / (1 + Decimal(vat or 0) / 100)).quantize(Decimal(1), ROUND_HALF_UP)
    return total - fee, int(net) - fee


class Scribe:
    """Writes orders for one market; ids follow one another."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._units = itertools.count(max(market.pieces, default=314_568_015_200_000) + 1)
        self._buyers = itertools.count(21_631_426 + len(market.orders))

    def order(
        self,
        id_order: str,
        storefront: str,
        goods: Sequence[Good],
        *,
        status: str = "need_to_be_sent",
        ordered: datetime | None = None,
        ship_to: str | None = None,
        bill_to: str | None = None,
        days: tuple[int, int] = (2, 4),
        **changes: Any,
    ) -> Order:
        """An order, not yet put in. `changes` are attributes of `Order`."""
        created = ordered or self.market.clock.now() - timedelta(hours=3)
        country = STOREFRONTS[storefront].country
        billed = bill_to or country
        pieces = [self._piece(good, rate, status, created, days) for good in goods for rate in good.rates]
        buyer = {
            "id_buyer": next(self._buyers),
            "email": f"{id_order.lower()}-3f9d2c71a0b4@kaufland-marktplatz.de",
        }
        made: dict[str, Any] = {
            "id": id_order,
            "storefront": storefront,
            "created": created,
            "pieces": pieces,
            "buyer": buyer,
            "billing": address(billed),
            "shipping": address(ship_to or billed),
        }
        return Order(**made | changes)

    def _piece(self, good: Good, rate: int, status: str, created: datetime, days: tuple[int, int]) -> Piece:
        waiting = status == "open"
        gross, net = revenue(good.price + rate, good.vat)
        return Piece(
            id=next(self._units),
            status=status,
            price=good.price,
            shipping_rate=rate,
            vat=None if good.vat is None else Decimal(good.vat),
            discounts=[{"usage_type": "voucher", "discount_value": good.off}] if good.off else [],
            updated=created if waiting else created + timedelta(minutes=15),
            released=not waiting,
            facts={
                "id_offer": good.code,
                "product": self._product(good.code),
                "unit_condition": "new",
                "note": None,
                "revenue_gross": gross,
                "revenue_net": net,
                "delivery_time_min": days[0],
                "delivery_time_max": days[1],
                "delivery_time_expires_iso": latest_delivery(created, days[1]).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        )

    def _product(self, code: str) -> Row | None:
        made = self.market.named(code)
        return self.market.products[made[0].ean] if made else None
