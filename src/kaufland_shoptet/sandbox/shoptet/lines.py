"""The arithmetic of an order: what its lines and the order come to. Decimals throughout."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from attrs import frozen

from .envelope import Row

CENT: Final = Decimal("0.01")
_MODES: Final = {"up": ROUND_CEILING, "down": ROUND_FLOOR, "math": ROUND_HALF_UP}


def cents(value: Decimal) -> Decimal:
    """Rounded to two places, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)


@frozen
class Amount:
    """A sum with VAT, without it, and at which rate."""

    with_vat: Decimal
    without_vat: Decimal
    rate: Decimal

    @classmethod
    def of(cls, price: Decimal, rate: Decimal, *, gross: bool) -> Amount:
        """The amount that a price stands for, which contains VAT or does not."""
        factor = 1 + rate / 100
        whole, net = (price, price / factor) if gross else (price * factor, price)
        return cls(cents(whole), cents(net), rate)

    def row(self) -> Row:
        """As the API writes it."""
        return {
            "withVat": str(self.with_vat),
            "withoutVat": str(self.without_vat),
            "vat": str(self.with_vat - self.without_vat),
            "vatRate": str(self.rate.quantize(CENT)),
        }


@frozen
class Line:
    """One item: the price of one piece as sent, how many, and the part of the price that is charged."""

    price: Decimal
    gross: bool
    rate: Decimal
    amount: Decimal
    ratio: Decimal

    @classmethod
    def read(cls, item: Row) -> Line:
        """From an item of a request whose prices have been checked."""
        name = next(name for name in PRICES if item.get(name) is not None)
        return cls(
            Decimal(item[name]),
            name.endswith("WithVat"),
            Decimal(item["vatRate"]),
            Decimal(item.get("amount", "1.000")),
            Decimal(item.get("priceRatio", "1.0000")),
        )

    @property
    def unit(self) -> Amount:
        """One piece, before the ratio."""
        return Amount.of(self.price, self.rate, gross=self.gross)

    @property
    def total(self) -> Amount:
        """The line: price times amount times ratio, rounded to two places once."""
        return Amount.of(self.price * self.amount * self.ratio, self.rate, gross=self.gross)


PRICES: Final = ("unitPriceWithVat", "unitPriceWithoutVat", "itemPriceWithVat", "itemPriceWithoutVat")
"""The keys that may name the price of one piece; the last two are old names of the first two."""


def total(lines: Iterable[Line], currency: Row, rate: Decimal) -> Row:
    """`price` of an order: the sum of its lines; `toPay` is rounded as the currency is set."""
    sums = [line.total for line in lines]
    whole = sum((amount.with_vat for amount in sums), Decimal("0.00"))
    net = sum((amount.without_vat for amount in sums), Decimal("0.00"))
    mode = _MODES.get(currency["rounding"])
    places = Decimal(1).scaleb(-currency["documentPriceDecimalPlaces"])
    to_pay = whole.quantize(places, mode) if mode else whole
    return {
        "vat": str(whole - net),
        "toPay": str(to_pay.quantize(CENT)),
        "currencyCode": currency["code"],
        "withoutVat": str(net),
        "withVat": str(whole),
        "exchangeRate": f"{rate:.8f}",
        "invoicingExchangeRate": f"{rate:.8f}",
    }
