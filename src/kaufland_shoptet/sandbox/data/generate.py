"""Generated orders: any number, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from ..kaufland.desk import REASONS, Desk
from ..kaufland.market import OPEN_WINDOW, Market, Offer, Order, Piece, Shipment
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
    basket = _Basket(market, dice)
    if not basket.fronts:
        return None
    return market.place(basket.order(market.clock.now(), "open"))


def order_offer(market: Market, dice: Random, offer: Offer, number: int) -> Order:
    """A customer orders so many pieces of an offer at this moment."""
    return market.place(_Basket(market, dice).order_of(offer, number))


def sell(desk: Desk, orders: int, seed: int = 0) -> list[Order]:
    """That many orders of the last sixty days for what is offered, at its prices, in all statuses that fit their age.

    None where nothing is offered.
    """
    basket = _Basket(desk, Random(f"orders {seed}"))  # noqa: S311 - data that can be repeated
    if not basket.fronts:
        return []
    return [basket.sold(desk) for _ in range(orders)]


class _Basket:
    """What customers take: offers that can be bought, by storefront."""

    def __init__(self, market: Market, dice: Random) -> None:
        self.market = market
        self.dice = dice
        self.scribe = Scribe(market)
        self.offers: dict[str, list[Offer]] = {}
        for storefront in market.storefronts:
            live = [
                made
                for made in market.offered(storefront)
                if made.id_offer is not None and made.status == "AVAILABLE" and made.amount > 0
            ]
            if live:
                self.offers[storefront] = live
        self.fronts: dict[str, int] = {name: _FRONTS.get(name, 1) for name in self.offers}

    def order(self, ordered: datetime, status: str) -> Order:
        """An order of one storefront, not yet put in."""
        dice = self.dice
        storefront = dice.choices(list(self.fronts), list(self.fronts.values()))[0]
        front, live = STOREFRONTS[storefront], self.offers[storefront]
        goods = [
            self._good(made)
            for made in dice.sample(live, min(len(live), dice.choices((1, 2, 3), (80, 15, 5))[0]))
        ]
        taken = self.market.orders
        return self.scribe.order(
            next(name for name in _names(dice) if name not in taken),
            storefront,
            goods,
            status=status,
            ordered=ordered,
            ship_to="AT" if storefront == "de" and dice.random() < 0.1 else None,
            pickup=PACKETA if front.country == "CZ" and dice.random() < 0.3 else None,
        )

    def order_of(self, made: Offer, number: int) -> Order:
        """An order of so many pieces of one offer, placed at this moment, not yet put in."""
        good = self._good(made)
        pieces = Good(good.code, good.price, (good.rates[0], *(0,) * (number - 1)), good.vat)
        name = next(name for name in _names(self.dice) if name not in self.market.orders)
        return self.scribe.order(
            name, made.storefront, [pieces], status="open", ordered=self.market.clock.now()
        )

    def _good(self, made: Offer) -> Good:
        dice, front = self.dice, STOREFRONTS[made.storefront]
        price = int(made.facts["listing_price"])
        first = dice.choice((0, 9_900 if front.currency == "CZK" else 490))
        more = (0,) * dice.choices((0, 1, 2), (80, 15, 5))[0]
        rate = front.vat.get(made.facts["vat_indicator"], front.vat["standard_rate"])
        off = dice.choices((0, price // 10), (95, 5))[0]
        return Good(str(made.id_offer), price, (first, *more), str(rate), off)

    def sold(self, desk: Desk) -> Order:
        """An order some time ago, put in, with what became of it."""
        dice, now = self.dice, desk.clock.now()
        age = timedelta(
            minutes=dice.choices((dice.randint(1, 14), dice.randint(15, 60 * 24 * 60)), (3, 97))[0]
        )
        if age < OPEN_WINDOW:
            return desk.place(self.order(now - age, "open"))
        order = desk.add(self.order(now - age, "need_to_be_sent"))
        fates = [fate for fate in _FATES if fate.after <= age]
        fate = dice.choices(fates, [each.weight for each in fates])[0]
        for piece in order.pieces:
            lost = fate.status != "cancelled" and len(order.pieces) > 1 and dice.random() < 0.03
            self._befall(desk, piece, _CANCELLED if lost else fate, order.created)
        return order

    def _befall(self, desk: Desk, piece: Piece, fate: _Fate, created: datetime) -> None:
        piece.status = fate.status
        piece.updated = created + max(fate.after, OPEN_WINDOW)
        if fate.status == "cancelled":
            piece.cancel_reason = self.dice.choice(("NoInventory", "BuyerCancelled", "NoReaction"))
        elif fate.status != "need_to_be_sent":
            number = f"DR{self.dice.randrange(10**10):010d}E"
            desk.shipments.append(Shipment(piece.id, "Czech Post", number))
        if fate.status in ("received", "returned", "returned_paid"):
            piece.received = created + timedelta(days=3)
        if fate.status in ("returned", "returned_paid"):
            parcel = desk.begin_return(piece.id, reason=self.dice.choice(REASONS))
            (unit,) = parcel.units
            parcel.status = "package_received"
            unit.status = "return_accepted" if fate.status == "returned" else "return_closed"
            parcel.created = unit.created = piece.updated - timedelta(days=2)
            parcel.updated = unit.updated = piece.updated


class _Fate(NamedTuple):
    """What can have become of an order: a status, how old the order is at least then, and how likely that is."""

    status: str
    after: timedelta
    weight: int


_CANCELLED: Final = _Fate("cancelled", timedelta(hours=2), 5)
_FATES: Final = (
    _Fate("need_to_be_sent", timedelta(), 6),
    _CANCELLED,
    _Fate("sent", timedelta(days=1), 15),
    _Fate("received", timedelta(days=3), 50),
    _Fate("sent_and_autopaid", timedelta(days=22), 15),
    _Fate("returned", timedelta(days=10), 4),
    _Fate("returned_paid", timedelta(days=12), 6),
)
_FRONTS: Final = {"cz": 50, "sk": 20, "de": 20, "pl": 5, "at": 5}
"""How many of a hundred orders come from each storefront."""


def order_in_shop(shop: Shop, dice: Random) -> ShopOrder | None:
    """A customer orders in the e-shop itself at this moment; nobody does where nothing is on sale."""
    return buy(shop, dice, list(shop.variants))


def buy(shop: Shop, dice: Random, codes: Sequence[str]) -> ShopOrder | None:
    """A customer orders one of these variants in the e-shop itself, at this moment; None if there is none."""
    if not codes:
        return None
    code = dice.choice(codes)
    item = {"itemType": "product", "code": code, "vatRate": "21.00", "unitPriceWithVat": "100.00"}
    row = {
        "externalCode": None,
        "email": "zakaznik@example.com",
        "currency": {"code": shop.currencies[0]["code"]},
        "billingAddress": {"fullName": "Karel Zákazník", "countryCode": "CZ"},
        "items": [item],
    }
    return put(Draft(shop, row, {}, shop.clock.now()))


def _random_order(scribe: Scribe, dice: Random, codes: Sequence[str]) -> Order:
    id_order = next(name for name in _names(dice) if name not in scribe.market.orders)
    storefront = dice.choices(list(_FRONTS), list(_FRONTS.values()))[0]
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
        ordered=scribe.market.clock.now() - age,
        ship_to="AT" if storefront == "de" and dice.random() < 0.1 else None,
        pickup=PACKETA if front.country == "CZ" and dice.random() < 0.3 else None,
    )
    if len(made.pieces) > 1 and dice.random() < 0.1:
        made.pieces[-1].status, made.pieces[-1].cancel_reason = "cancelled", "NoInventory"
    return made


def _names(dice: Random) -> Iterator[str]:
    while True:
        yield "M" + "".join(dice.choices(_LETTERS, k=6))
