"""Money between the two notations: Kaufland's integer minor units and Shoptet's decimals. Never ``float``.

Both functions are exact for every amount, whatever the caller's decimal context is.
"""

from __future__ import annotations

from decimal import Decimal

from ..errors import MappingError

__all__ = ["from_minor", "to_minor"]


def __dir__() -> list[str]:
    return __all__


def from_minor(minor: int) -> Decimal:
    """Minor units (cent, haler, grosz) as an amount with two places.

    >>> from_minor(49900)
    Decimal('499.00')
    """
    return Decimal(f"{minor:d}E-2")  # text is taken as it is, arithmetic would round to the context


def to_minor(amount: Decimal, field: str = "amount") -> int:
    """An amount as minor units; exact or not at all.

    Args:
        amount: In whole units of the currency.
        field: What the error names.

    Raises:
        MappingError: The amount has a fraction of a minor unit, or is no number.

    >>> to_minor(Decimal("499.0"))
    49900
    """
    if not amount.is_finite():
        raise MappingError(field, f"{amount} is not an amount.", "Give a number.")
    numerator, denominator = amount.as_integer_ratio()
    minor, rest = divmod(100 * numerator, denominator)
    if rest:
        raise MappingError(
            field, f"{amount} has a fraction of a minor unit.", "Round it to two places first."
        )
    return minor
