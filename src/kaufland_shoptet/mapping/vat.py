"""The VAT rate of an order's lines.

Kaufland gives a rate with every unit. On real accounts some of them are zero although the goods are taxed,
and the field may be empty: then a fallback rate is taken and the order says so. Orders for which Kaufland
itself owes the VAT (``is_marketplace_deemed_supplier``) keep the rate they came with, which is zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias, get_args

from attrs import Attribute, field, frozen

from .._checks import demand, switch
from ..errors import SettingsError

__all__ = ["MODES", "Mode", "VatDecision", "VatRules", "decide"]


def __dir__() -> list[str]:
    return __all__


Mode: TypeAlias = Literal["Normal", "One Stop Shop", "Reverse charge", "Outside the EU"]
"""Shoptet's VAT mode of an order. One Stop Shop needs the shop to have it switched on."""

MODES: Final[tuple[str, ...]] = get_args(Mode)
"""All VAT modes."""

_UNTAXED: Final = frozenset({"Reverse charge", "Outside the EU"})
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_CENT: Final = Decimal("0.01")
_ZERO: Final = Decimal("0.00")


def _upper(table: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {country.upper(): rate for country, rate in table.items()}


def _is_mode(_: object, attribute: Attribute[Any], mode: str) -> None:
    if mode not in MODES:
        raise SettingsError(
            attribute.name, f"{mode!r} is not a VAT mode of Shoptet.", f"Choose one of: {', '.join(MODES)}."
        )


def _are_rates(_: object, attribute: Attribute[Any], table: Mapping[str, Decimal]) -> None:
    problems: list[SettingsError] = []
    for country, rate in table.items():
        key = f"{attribute.name}.{country}"
        demand(key, rate, Decimal, 'an exact number: Decimal("21")')
        if not _COUNTRY.fullmatch(country):
            remedy = "Write the two letters of ISO 3166, such as CZ."
            problems.append(SettingsError(key, "is not a country code.", remedy))
        if not (_plausible(rate) and rate == rate.quantize(_CENT)):
            problems.append(
                SettingsError(
                    key, f"{rate} is not a VAT rate.", 'Write percent with at most two places: "21".'
                )
            )
    if problems:
        raise SettingsError.gathered(problems)


@frozen(kw_only=True)
class VatRules:
    """How the VAT of imported orders is treated.

    Raises:
        SettingsError: The mode is not one of Shoptet's, or a fallback is not a rate of a country.
    """

    mode: Mode = field(default="Normal", validator=_is_mode)
    """The VAT mode of the Shoptet orders."""
    payer: bool = field(default=True, validator=switch)
    """Whether the shop pays VAT; the lines of one that does not have the rate 0."""
    fallback: Mapping[str, Decimal] = field(
        converter=_upper, factory=dict[str, Decimal], validator=_are_rates
    )
    """Rate in percent by country, ISO 3166 alpha-2 (a storefront's code is its country), for units that
    came without one. Countries not named here take their storefront's standard rate from Kaufland."""


@frozen(kw_only=True)
class VatDecision:
    """The rate of one unit and where it comes from."""

    rate: Decimal
    """Percent, two places."""
    source: Literal["unit", "fallback", "none"]
    """``unit``: as Kaufland gave it; ``fallback``: ours, for want of one; ``none``: 0, no VAT applies or no
    rate is known."""
    note: str | None = None
    """What the merchant should know, if anything."""


def decide(
    vat: Decimal | None,
    *,
    storefront: str,
    country: str | None,
    deemed_supplier: bool,
    rules: VatRules,
    rates: Mapping[str, Decimal],
) -> VatDecision:
    """Decide on the VAT rate of one unit.

    Args:
        vat: The unit's rate in percent as Kaufland gave it.
        storefront: Where it was sold.
        country: ISO 3166 alpha-2 of the delivery address, if there is one yet.
        deemed_supplier: Whether Kaufland owes the VAT of this order.
        rules: The merchant's rules.
        rates: Standard rate in percent by storefront, from ``info.vat_indicators``.

    Returns:
        The unit's own rate if it can be right. Else, for a taxed order, the first of: the merchant's
        fallback for the country of delivery, for the storefront; Kaufland's standard rate for either.

    >>> decide(Decimal("0.0"), storefront="cz", country="CZ", deemed_supplier=False, rules=VatRules(),
    ...        rates={"cz": Decimal(21)})
    VatDecision(rate=Decimal('21.00'), source='fallback', note='VAT 0.0 % from Kaufland looks wrong: 21.00 %
    taken, the standard rate of CZ')
    """
    if not rules.payer:
        return VatDecision(rate=_ZERO, source="none")
    if vat is not None and _plausible(vat):
        return VatDecision(rate=_shown(vat), source="unit")
    if deemed_supplier or rules.mode in _UNTAXED:
        return VatDecision(rate=_ZERO, source="none" if vat is None else "unit")
    came = "No VAT rate came from Kaufland" if vat is None else f"VAT {vat} % from Kaufland looks wrong"
    places = [place.strip().upper() for place in (country, storefront) if place]
    live = {code.upper(): rate for code, rate in rates.items()}
    for table, what in ((rules.fallback, "the settings' rate for"), (live, "the standard rate of")):
        for place in places:
            if place in table and _plausible(table[place]):
                rate = _shown(table[place])
                return VatDecision(
                    rate=rate, source="fallback", note=f"{came}: {rate} % taken, {what} {place}"
                )
    unknown = " or ".join(dict.fromkeys(places))
    return VatDecision(
        rate=_ZERO,
        source="none",
        note=f"{came}, and no rate is known for {unknown}: 0 % taken; set storefront.{storefront}.vat.fallback",
    )


def _plausible(rate: Decimal) -> bool:
    return rate.is_finite() and 0 < rate < 100


def _shown(rate: Decimal) -> Decimal:
    """*rate* with two places, as Shoptet writes it; with more if it needs them."""
    rounded = rate.quantize(_CENT)
    return rounded if rounded == rate else rate
