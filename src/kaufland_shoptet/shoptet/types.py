"""Decimal numbers as Shoptet writes them: strings with a fixed number of places.

In Python they are :class:`~decimal.Decimal`. A value with fewer places is padded when it is sent, one with
more is refused: nothing is rounded on the way out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeAlias

from .._core.values import Text

__all__ = [
    "Amount",
    "AnyDecimal",
    "Dimension",
    "ExchangeRate",
    "Price",
    "PriceRatio",
    "ProductPriceRatio",
    "UnitRatio",
    "VatRate",
    "Weight",
]


def __dir__() -> list[str]:
    return __all__


Price: TypeAlias = Annotated[Decimal, Text(2)]
"""Money, 2 places: ``"199.00"``."""

VatRate: TypeAlias = Annotated[Decimal, Text(2)]
"""A VAT rate in percent, 2 places: ``"21.00"``."""

Amount: TypeAlias = Annotated[Decimal, Text(3)]
"""A quantity, 3 places: ``"1.000"``."""

Weight: TypeAlias = Annotated[Decimal, Text(3)]
"""Kilograms, 3 places: ``"0.500"``."""

Dimension: TypeAlias = Annotated[Decimal, Text(1)]
"""Centimetres, 1 place: ``"10.0"``."""

PriceRatio: TypeAlias = Annotated[Decimal, Text(4)]
"""A factor on a price, 4 places: ``"0.9000"`` is a discount of 10 %."""

ProductPriceRatio: TypeAlias = Annotated[Decimal, Text(3)]
"""A factor on a product's price, 3 places: ``"0.780"``."""

ExchangeRate: TypeAlias = Annotated[Decimal, Text(8)]
"""An exchange rate, 8 places: ``"1.00000000"``."""

UnitRatio: TypeAlias = Annotated[Decimal, Text(9)]
"""How many of one unit another one holds, 9 places."""

AnyDecimal: TypeAlias = Annotated[Decimal, Text(None)]
"""A decimal number with whatever places it has."""
