"""Kaufland's storefronts: what is fixed about each of them.

Tax rates are not fixed: they are read from ``info.vat_indicators``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from ..errors import MappingError

__all__ = ["STOREFRONTS", "Storefront", "storefront"]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class Storefront:
    """One of Kaufland's marketplaces."""

    code: str
    """As in Kaufland's API: two letters, lower case."""
    country: str
    """ISO 3166 alpha-2, upper case."""
    currency: str
    """ISO 4217; prices and orders of the storefront are in it, Kaufland converts nothing."""
    locale: str
    """Language and country of its product data."""


STOREFRONTS: Final[Mapping[str, Storefront]] = MappingProxyType(
    {
        code: Storefront(
            code=code, country=code.upper(), currency=currency, locale=f"{language}-{code.upper()}"
        )
        for code, currency, language in (
            ("de", "EUR", "de"),
            ("cz", "CZK", "cs"),
            ("sk", "EUR", "sk"),
            ("pl", "PLN", "pl"),
            ("at", "EUR", "de"),
            ("fr", "EUR", "fr"),
            ("it", "EUR", "it"),
            ("es", "EUR", "es"),
            ("nl", "EUR", "nl"),
        )
    }
)
"""Every storefront by its code.

>>> STOREFRONTS["at"].currency, STOREFRONTS["at"].locale
('EUR', 'de-AT')
"""


def storefront(code: str) -> Storefront:
    """The storefront of *code*, in whichever case Kaufland wrote it.

    Raises:
        MappingError: There is none of that code; the message lists those there are.

    >>> storefront("CZ").currency, storefront("at").locale
    ('CZK', 'de-AT')
    """
    found = STOREFRONTS.get(code.lower())
    if found is None:
        raise MappingError(
            "storefront", f"{code!r} is not a storefront of Kaufland.", f"There are {', '.join(STOREFRONTS)}."
        )
    return found
