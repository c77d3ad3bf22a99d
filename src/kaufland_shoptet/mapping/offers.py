"""Offers: what Kaufland's units should be by the shop's stock and prices, and what of that is not so yet.

One variant of the shop is one unit on each storefront; the variant's code is the unit's ``id_offer``, in which
case does not count. Units of several storefronts with one ``id_offer`` share the number of pieces, so it is
written once, and is the smallest that one of the storefronts asks for.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol

from attrs import field, frozen

from .._checks import between, exact, optional
from ..errors import MappingError
from . import prices
from .findings import Finding

__all__ = [
    "CONDITIONS",
    "MOST",
    "Comparison",
    "Front",
    "Index",
    "ListedUnit",
    "Offer",
    "StockRule",
    "Update",
    "check_stock",
    "code_of",
    "compare",
    "gtin",
    "lowest",
    "missing",
    "pieces",
    "shared_pieces",
    "whole",
    "worth_sending",
]


def __dir__() -> list[str]:
    return __all__


MOST: Final = 99_999
"""Most pieces that an offer can have."""

CONDITIONS: Final = (
    "NEW",
    "REFURBISHED___AS_NEW",
    "REFURBISHED___VERY_GOOD",
    "REFURBISHED___GOOD",
    "REFURBISHED___ACCEPTABLE",
    "USED___AS_NEW",
    "USED___VERY_GOOD",
    "USED___GOOD",
    "USED___ACCEPTABLE",
)
"""Conditions of goods, in Kaufland's words."""

_FEW: Final = 5
"""So many offers may always sell out at once: to hold that back would sell what is not there."""
_PLENTY: Final = 10**9


# Stock.


_share: Final = exact(
    lambda value: 0 <= value <= 1,
    "is not a share.",
    'Write a part of all: "0.3" is 30 %, "1" is no limit.',
)


@frozen(kw_only=True)
class StockRule:
    """How many of the shop's pieces are offered on a storefront.

    Raises:
        SettingsError: A value cannot be.
    """

    buffer: int = field(default=0, validator=between(0, MOST))
    """Pieces that stay with the shop."""
    cap: int | None = field(default=None, validator=optional(between(1, MOST)))
    """Most pieces to offer."""
    minimum_change: int = field(default=1, validator=between(1, MOST))
    """Smaller rises of an offer that is on sale are not worth sending. What falls is always sent."""
    null_stock: int | None = field(default=None, validator=optional(between(0, MOST)))
    """Pieces of a variant whose stock the shop does not count; ``None`` leaves its offer as it is."""
    share_to_zero: Decimal = field(default=Decimal("0.5"), validator=_share)
    """Part of the offers on sale that may sell out in one run; more looks like a mistake and stops it."""


def pieces(
    stock: Decimal | int | None, rule: StockRule, *, reserved: int = 0, available: bool = True
) -> int | None:
    """How many pieces to offer.

    Args:
        stock: What can be ordered in the shop: may be a fraction, negative, or ``None``, not counted.
        rule: The merchant's rule.
        reserved: Pieces in orders on the way to the shop, where they are not taken off yet.
        available: Whether the shop says that a variant without a count can be ordered.

    Returns:
        Whole pieces, 0 to :data:`MOST`; ``None`` for what is to be left as it is.

    >>> rule = StockRule(buffer=2, cap=50)
    >>> [pieces(stock, rule, reserved=1) for stock in (Decimal("8.900"), Decimal("-4"), 300, None)]
    [5, 0, 50, None]
    """
    if stock is None:
        return rule.null_stock if available or rule.null_stock is None else 0
    left = whole(stock) - reserved - rule.buffer
    return 0 if left < 0 else min(left, rule.cap or MOST)


def whole(stock: Decimal | int) -> int:
    """Whole pieces of a stock; less than none is none, and more than a thousand million is that.

    >>> whole(Decimal("8.900")), whole(Decimal("-0.5")), whole(Decimal("1E+999999"))
    (8, 0, 1000000000)
    """
    return 0 if stock < 1 else _PLENTY if stock > _PLENTY else int(stock)


def worth_sending(now: int, wanted: int, minimum_change: int) -> bool:
    """Whether a number of pieces is worth a write: all that falls, and what rises from nothing or enough.

    >>> [worth_sending(10, wanted, 3) for wanted in (9, 12, 13, 0)], worth_sending(0, 1, 3)
    ([True, False, True, True], True)
    """
    return wanted < now or wanted - now >= minimum_change or (now == 0 and wanted > 0)


# The units there are.


class Offer(NamedTuple):
    """One unit on a storefront, as far as it is looked at."""

    id_unit: int
    code: str
    amount: int
    price: int
    """``listing_price``, what the seller set; in minor units."""
    handling_time: int
    status: str
    minimum_price: int | None = None


class ListedUnit(Protocol):
    """A row of Kaufland's list of units."""

    @property
    def id_unit(self) -> int: ...
    @property
    def id_offer(self) -> str | None: ...
    @property
    def amount(self) -> int: ...
    @property
    def listing_price(self) -> int: ...
    @property
    def handling_time(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def minimum_price(self) -> Any: ...
    @property
    def storefront(self) -> str: ...
    @property
    def fulfillment_type(self) -> str: ...


def code_of(text: str) -> str:
    """A variant's code in the form in which codes are compared; the shop keeps them in capitals.

    >>> code_of(" 32/zel ")
    '32/ZEL'
    """
    return text.strip().upper()


@frozen
class Index:
    """The units of one storefront by code, built row by row; rows of others are left out."""

    storefront: str
    offers: dict[str, Offer] = field(init=False, factory=dict[str, Offer])
    odd: list[tuple[str, str]] = field(init=False, factory=list[tuple[str, str]])
    """Units that belong to no variant: what they are called, and why."""

    def add(self, unit: ListedUnit) -> None:
        """Take in one row."""
        if unit.storefront != self.storefront or unit.fulfillment_type != "fulfilled_by_merchant":
            return
        code = code_of(unit.id_offer or "")
        if not code:
            self.odd.append((f"unit {unit.id_unit}", "has no id_offer, so that no variant can be told"))
            return
        offer = Offer(
            unit.id_unit,
            code,
            unit.amount,
            unit.listing_price,
            unit.handling_time,
            unit.status,
            unit.minimum_price or None,
        )
        other = self.offers.setdefault(code, offer)
        if other.id_unit == offer.id_unit:
            return
        kept, second = sorted((other, offer))
        self.offers[code] = kept
        problem = (
            f"unit {second.id_unit} is a second offer of the variant of unit {kept.id_unit}, which sells its "
            "pieces twice: end one of them in the Seller Portal"
        )
        self.odd.append((code, problem))


# What should be, and what is not so.


@frozen(kw_only=True)
class Front:
    """One storefront: its units and what is wanted of them."""

    storefront: str
    offers: Mapping[str, Offer]
    """The units by code."""
    stock: StockRule | None = None
    """``None`` leaves amounts as they are."""
    supply: Mapping[str, int | Decimal | None] = field(factory=dict[str, int | Decimal | None])
    """Pieces that can be ordered in the shop by code; ``None``: not counted."""
    reserved: Mapping[str, int] = field(factory=dict[str, int])
    """Pieces by code in orders that are not in the shop yet."""
    unavailable: Container[str] = ()
    """Codes of variants without a count that the shop does not deliver."""
    partial: bool = False
    """Whether *supply* holds only some of the variants, so that nothing follows from a missing one."""
    price: prices.PriceRule | None = None
    """``None`` leaves prices as they are."""
    selling: Mapping[str, Decimal | str] = field(factory=dict[str, Decimal | str])
    """By code what the shop asks, VAT included, in the rule's source currency; or why there is no price."""
    guard: prices.PriceGuard = field(factory=prices.PriceGuard)
    price_floor: Decimal | None = None
    """Lowest price for Smart Pricing as a part of the price; ``None`` never sends one."""
    handling_time: int | None = None
    """Business days, of every offer; ``None`` leaves them as they are."""
    pause_orphans: bool = False
    """Take units without a variant off sale, where stock is looked at."""
    paused: Container[int] = ()
    """Units that were taken off sale because they had no variant."""


class Update(NamedTuple):
    """A unit and what to change about it; ``None`` is left as it is."""

    offer: Offer
    amount: int | None = None
    price: int | None = None
    handling_time: int | None = None
    status: str | None = None
    minimum_price: int | None = None


@frozen
class Comparison:
    """What one storefront needs."""

    updates: list[Update] = field(factory=list[Update])
    orphans: list[Offer] = field(factory=list[Offer])
    """Units whose variant the shop does not have."""
    problems: list[tuple[str, str]] = field(factory=list[tuple[str, str]])
    """Codes without a price, and why; their stock is looked after all the same."""
    findings: list[Finding] = field(factory=list[Finding])
    """Guards that trip."""


def compare(fronts: Sequence[Front]) -> list[Comparison]:
    """Find what has to change, storefront by storefront. Pieces that several share are written once."""
    amounts = shared_pieces(fronts)
    written: set[str] = set()
    return [_compare(front, amounts, written) for front in fronts]


def shared_pieces(fronts: Sequence[Front]) -> dict[str, int]:
    """Pieces by code: the smallest number that a storefront with a unit of it asks for."""
    wanted: dict[str, int] = {}
    for front in fronts:
        rule, supply, reserved, unavailable = front.stock, front.supply, front.reserved, front.unavailable
        if rule is None:
            continue
        buffer, most = rule.buffer, rule.cap or MOST
        for code in front.offers:
            if code not in supply:
                continue
            amount: int | None
            count = supply[code]
            held = reserved.get(code, 0) if reserved else 0
            if type(count) is int:  # what `pieces` does, without a call for each of many offers
                left = count - buffer - held
                amount = most if left > most else max(0, left)
            else:
                amount = pieces(count, rule, reserved=held, available=code not in unavailable)
            if amount is not None and amount < wanted.get(code, MOST + 1):
                wanted[code] = amount
    return wanted


def _compare(front: Front, amounts: Mapping[str, int], written: set[str]) -> Comparison:
    result = Comparison()
    rule = front.stock
    known: Container[str] = front.selling if rule is None else front.supply
    selling, convert = front.selling, None if front.price is None else prices.converter(front.price)
    share, handling_time = front.price_floor, front.handling_time
    on_sale = sold_out = unchanged = 0
    moved: list[tuple[str, int, int]] = []
    for code, offer in front.offers.items():
        if code not in known:
            if not front.partial:
                gone = _orphan(front, offer, result)
                on_sale += gone
                sold_out += gone
            continue
        amount = price = days = status = floor = None
        if rule is not None:
            wanted = amounts.get(code)
            if wanted is not None:
                if offer.amount:
                    on_sale += 1
                    sold_out += not wanted
                if (
                    wanted != offer.amount
                    and code not in written
                    and worth_sending(offer.amount, wanted, rule.minimum_change)
                ):
                    amount = wanted
                    written.add(code)
            if handling_time is not None and handling_time != offer.handling_time:
                days = handling_time
            if offer.status == "ONHOLD" and offer.id_unit in front.paused:
                status = "AVAILABLE"
        if convert is not None:
            asked = selling.get(code, _NO_PRICE)
            try:
                wanted = None if isinstance(asked, str) else convert(asked)
            except MappingError as error:
                wanted, asked = None, str(error)
            if wanted is None:
                result.problems.append((code, str(asked)))
            elif wanted == offer.price:
                unchanged += wanted
            else:
                price = wanted
                moved.append((code, offer.price, wanted))
            if wanted is not None and share is not None and lowest(wanted, share) != offer.minimum_price:
                floor = lowest(wanted, share)
        if amount is not None or price is not None or (days, status, floor) != _NOTHING:
            result.updates.append(Update(offer, amount, price, days, status, floor))
    key = f"storefront.{front.storefront}"
    result.findings.extend(prices.check(moved, front.guard, key=f"{key}.prices", unchanged=unchanged))
    if rule is not None:
        result.findings.extend(check_stock(sold_out, on_sale, rule, key=f"{key}.stock"))
    return result


_NOTHING: Final = (None,) * 3


def _orphan(front: Front, offer: Offer, result: Comparison) -> bool:
    """Note an offer without a variant; tell whether it goes off sale."""
    result.orphans.append(offer)
    if front.stock is None or not front.pause_orphans or offer.status == "ONHOLD":
        return False
    result.updates.append(Update(offer, status="ONHOLD"))
    return True


_NO_PRICE: Final = "price: the variant is not in the price list. Put it there, or choose another price list."


def lowest(price: int, share: Decimal) -> int:
    """The lowest price for Smart Pricing.

    >>> lowest(9999, Decimal("0.9"))
    8999
    """
    top, bottom = share.as_integer_ratio()
    return max(1, price * top // bottom)


def check_stock(sold_out: int, on_sale: int, rule: StockRule, *, key: str = "stock") -> tuple[Finding, ...]:
    """Hold the number of offers that sell out in one run against the guard.

    >>> [len(check_stock(sold_out, 100, StockRule())) for sold_out in (50, 51)], check_stock(5, 5, StockRule())
    ([0, 1], ())
    """
    top, bottom = rule.share_to_zero.as_integer_ratio()
    if sold_out <= _FEW or sold_out * bottom <= on_sale * top:
        return ()
    problem = f"{sold_out} of {on_sale} offers on sale would go off sale at once."
    remedy = (
        "Look whether the shop's stock is as it should be; to do it all the same, plan with "
        'override=["share_to_zero"], or raise the limit.'
    )
    return (Finding(severity="error", key=f"{key}.share_to_zero", problem=problem, remedy=remedy),)


# What is not offered.


def missing(front: Front, shared: Mapping[str, int] | None = None) -> list[tuple[str, int]]:
    """Variants with pieces to sell that are not offered on a storefront: code and pieces, by code.

    Args:
        front: The storefront.
        shared: What :func:`shared_pieces` says; a new unit takes no more than the units that share with it.
    """
    rule, limits = front.stock, shared or {}
    if rule is None:
        return []
    found: list[tuple[str, int]] = []
    for code, count in front.supply.items():
        if code not in front.offers:
            amount = pieces(
                count,
                rule,
                reserved=front.reserved.get(code, 0),
                available=code not in front.unavailable,
            )
            amount = min(amount or 0, limits.get(code, MOST))
            if amount:
                found.append((code, amount))
    return sorted(found)


def gtin(text: str | None) -> str:
    """A variant's EAN as Kaufland takes it: 13 or 14 digits.

    Raises:
        MappingError: There is none, it is not one of 8, 12, 13 or 14 digits, the last digit does not fit
            the others, or it is a number for use within one shop only.

    >>> gtin("194252013212"), gtin("4010355051486")
    ('0194252013212', '4010355051486')
    """
    digits = "".join((text or "").split())
    if not digits:
        raise MappingError("ean", "the variant has none.", _EAN_REMEDY)
    if not (digits.isascii() and digits.isdigit() and len(digits) in (8, 12, 13, 14) and digits.strip("0")):
        raise MappingError("ean", f'"{digits[:20]}" is not an EAN.', _EAN_REMEDY)
    if sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10:
        raise MappingError("ean", f"the last digit of {digits} does not fit the others.", _EAN_REMEDY)
    digits = digits.removeprefix("0") if len(digits) == 14 else digits
    if len(digits) == 13 and digits[0] == "2":
        raise MappingError("ean", f"{digits} is a number for use within one shop.", _EAN_REMEDY)
    return digits.zfill(13)


_EAN_REMEDY: Final = "Enter the EAN that the maker gave the product, in the shop."
