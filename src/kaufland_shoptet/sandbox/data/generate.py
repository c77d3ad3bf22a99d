"""Generated orders: any number, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from ..kaufland.market import Market, Order
from ..kaufland.tables import STOREFRONTS
from ..shoptet.creation import Draft, put
from ..shoptet.shop import Order as ShopOrder
from ..shoptet.shop import Shop
from .facts import PACKETA
from .orders import Good, Scribe

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def populate(market: Market, codes: Sequence[str], orders: int, seed: int = 0) -> list[Order]:
    """Add realistic orders for these offers, the same for the same seed.

    Mostly one piece, some with several articles, pick-up points, vouchers and cancelled pieces, over five
    storefronts and the last thirty days.
    """
    dice, scribe = Random(seed), Scribe(market)  # noqa: S311 - data that can be repeated
    return [market.add(_random_order(scribe, dice, codes)) for _ in range(orders)]


def order_on_kaufland(market: Market, dice: Random) -> Order | None:
    """A customer orders on Kaufland at this moment; nobody does where nothing is offered."""
    codes = [made.id_offer for made in market.offers.values() if made.id_offer is not None]
    if not codes:
        return None
    return market.place(_random_order(Scribe(market), dice, codes, market.clock.now()))


def order_in_shop(shop: Shop, dice: Random) -> ShopOrder | None:
    """A customer orders in the e-shop itself at this moment; nobody does where nothing is on sale."""
    if not shop.variants:
        return None
    code = dice.choice(list(shop.variants))
    item = {"itemType": "product", "code": code, "vatRate": "21.00", "unitPriceWithVat": "100.00"}
    row = {
        "externalCode": None,
        "email": "zakaznik@example.com",
        "currency": {"code": shop.currencies[0]["code"]},
        "billingAddress": {"fullName": "Karel Zákazník", "countryCode": "CZ"},
        "items": [item],
    }
    return put(Draft(shop, row, {}, shop.clock.now()))


def _random_order(
    scribe: Scribe, dice: Random, codes: Sequence[str], ordered: datetime | None = None
) -> Order:
    """An order of a month ago at most that waits to be sent, or one that is placed at a moment and still open."""
    id_order = next(name for name in _names(dice) if name not in scribe.market.orders)
    storefront = dice.choices(("cz", "sk", "de", "pl", "at"), (50, 20, 20, 5, 5))[0]
    front = STOREFRONTS[storefront]
    low, high = (9_900, 990_000) if front.currency == "CZK" else (390, 39_900)
    goods = [
        Good(
            code,
            dice.randint(low, high),
            (dice.choice((0, low // 2)), *(0,) * dice.choices((0, 1, 2), (80, 15, 5))[0]),
            str(dice.choices((front.vat["standard_rate"], front.vat["reduced_rate_1"]), (90, 10))[0]),
            dice.choices((0, low // 4), (95, 5))[0],
        )
        for code in dice.sample(list(codes), k=min(len(codes), dice.choices((1, 2, 3), (80, 15, 5))[0]))
    ]
    age = timedelta(minutes=dice.randint(20, 30 * 24 * 60))
    made = scribe.order(
        id_order,
        storefront,
        goods,
        status="need_to_be_sent" if ordered is None else "open",
        ordered=ordered or scribe.market.clock.now() - age,
        ship_to="AT" if storefront == "de" and dice.random() < 0.1 else None,
        pickup=PACKETA if front.country == "CZ" and dice.random() < 0.3 else None,
    )
    if ordered is None and len(made.pieces) > 1 and dice.random() < 0.1:
        made.pieces[-1].status, made.pieces[-1].cancel_reason = "cancelled", "NoInventory"
    return made


def _names(dice: Random) -> Iterator[str]:
    while True:
        yield "M" + "".join(dice.choices(_LETTERS, k=6))
