"""Generated orders: any number, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Final

from ..kaufland.market import Market, Order
from ..kaufland.tables import STOREFRONTS
from .facts import PACKETA
from .orders import Good, Scribe

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def populate(market: Market, codes: Sequence[str], orders: int, seed: int = 0) -> list[Order]:
    """Add realistic orders for these offers, the same for the same seed.

    Mostly one piece, some with several articles, pick-up points, vouchers and cancelled pieces, over five
    storefronts and the last thirty days.
    """
    dice, scribe = Random(seed), Scribe(market)  # noqa: S311 - data that can be repeated
    made: list[Order] = []
    while len(made) < orders:
        id_order = "M" + "".join(dice.choices(_LETTERS, k=6))
        if id_order not in market.orders:
            made.append(market.add(_random_order(scribe, dice, id_order, codes)))
    return made


def _random_order(scribe: Scribe, dice: Random, id_order: str, codes: Sequence[str]) -> Order:
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
    ordered = scribe.market.clock.now() - timedelta(minutes=dice.randint(20, 30 * 24 * 60))
    made = scribe.order(
        id_order,
        storefront,
        goods,
        ordered=ordered,
        ship_to="AT" if storefront == "de" and dice.random() < 0.1 else None,
        pickup=PACKETA if front.country == "CZ" and dice.random() < 0.3 else None,
    )
    if len(made.pieces) > 1 and dice.random() < 0.1:
        made.pieces[-1].status, made.pieces[-1].cancel_reason = "cancelled", "NoInventory"
    return made
