"""Prices: what the shop asks, as what Kaufland asks.

Kaufland converts nothing: each storefront's prices are in its own currency, VAT included, in whole minor
units. Between two currencies stands a coefficient of the merchant's; without one there is no price, never one
taken over as it is. All arithmetic is in whole numbers, exact for every amount, and rounds once, at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, Inexact
from fractions import Fraction
from typing import Any, Final, Literal, Protocol, TypeAlias, get_args

from attrs import Attribute, field, frozen

from .._checks import each, exact, listed, optional
from .._tables import html_table, text_table
from ..errors import MappingError, SettingsError
from .findings import Finding
from .money import from_minor, to_minor

__all__ = [
    "LIMITS",
    "MODES",
    "ActionPrice",
    "ListedPrice",
    "Mode",
    "Preview",
    "PriceChange",
    "PriceGuard",
    "PriceParts",
    "PriceRule",
    "PriceTerms",
    "check",
    "convert",
    "converter",
    "preview",
    "selling_price",
]


def __dir__() -> list[str]:
    return __all__


Mode: TypeAlias = Literal["half_up", "up", "down"]
"""To the nearest price (from the middle upwards), to the next higher one, to the next lower one."""

MODES: Final[tuple[str, ...]] = get_args(Mode)
"""All ways to round."""
LIMITS: Final = {"EUR": 100_000_000, "CZK": 2_147_483_647, "PLN": 450_000_000}
"""Highest price in minor units by currency. Kaufland names 25,000,000 CZK, but its field holds 32 bits."""

_EXACT: Final = Context(prec=200)
_ENDING: Final = re.compile(r"(?=.)(\d{0,4})(?:\.(\d\d))?")
_EXAMPLES: Final = 5


# What the merchant chooses.


_positive: Final = exact(
    lambda value: 0 < value < 1_000_000, "cannot be.", 'Write a positive number below a million: "0.0398".'
)
_is_money: Final = exact(
    lambda value: 0 <= value < 100_000_000 and value == round(value, 2),
    "is not an amount of money.",
    'Write an amount of the storefront\'s currency with at most two places: "1.50".',
)


def _is_step(_: object, attribute: Attribute[Any], value: Decimal) -> None:
    _is_money(_, attribute, value)
    if value == 0:
        raise SettingsError(attribute.name, "0 is no step.", 'Write the smallest unit of a price: "0.10".')


_are_texts: Final = each(str, "a text")


def _are_endings(_: object, attribute: Attribute[Any], value: tuple[str, ...]) -> None:
    _are_texts(_, attribute, value)
    for ending in value:
        if not _ENDING.fullmatch(ending):
            raise SettingsError(
                attribute.name,
                f'"{ending}" is no ending of a price.',
                'Write the last digits, with two places if any: ".90", "9", "49.00".',
            )


def _is_mode(_: object, attribute: Attribute[Any], value: str) -> None:
    if value not in MODES:
        raise SettingsError(attribute.name, f'"{value}" is unknown.', f"Write one of {', '.join(MODES)}.")


@frozen(kw_only=True)
class PriceTerms:
    """How a price is made, whichever the currencies.

    Raises:
        SettingsError: A value cannot be.
    """

    coefficient: Decimal | None = field(default=None, validator=optional(_positive))
    """What a price is multiplied by; needed between two currencies, allowed within one."""
    surcharge: Decimal = field(default=Decimal(0), validator=_is_money)
    """Added after the multiplication, in the storefront's currency."""
    step: Decimal | None = field(default=None, validator=optional(_is_step))
    """Prices are multiples of this; by default of the minor unit."""
    endings: tuple[str, ...] = field(default=(), converter=listed, validator=_are_endings)
    """Prices end with one of these: ``.90``, ``9``, ``49.00``. Instead of a step."""
    mode: Mode = field(default="half_up", validator=_is_mode)
    """Which way to round."""
    minimum: Decimal | None = field(default=None, validator=optional(_is_money))
    """Lower results are lifted to this, after rounding."""
    maximum: Decimal | None = field(default=None, validator=optional(_is_money))
    """Higher results are lowered to this, after rounding."""

    def __attrs_post_init__(self) -> None:
        if self.step is not None and self.endings:
            raise SettingsError("endings", "stands there beside step.", "Remove one of the two.")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise SettingsError(
                "minimum", f"{self.minimum} is more than the maximum {self.maximum}.", "Swap the two."
            )


def _upper(currency: str) -> str:
    return currency.upper()


def _kaufland_has(_: object, attribute: Attribute[Any], value: str) -> None:
    if value not in LIMITS:
        raise SettingsError(
            attribute.name, f"Kaufland has no prices in {value}.", f"There are {', '.join(LIMITS)}."
        )


def _lattice(endings: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Each ending as a remainder and what it repeats after, in minor units."""
    found = [match.groups() for ending in endings if (match := _ENDING.fullmatch(ending))]
    return tuple((int(whole or 0) * 100 + int(part or 0), 100 * 10 ** len(whole)) for whole, part in found)


def _derived() -> Any:
    return field(init=False, eq=False, repr=False)


@frozen(kw_only=True)
class PriceRule(PriceTerms):
    """How a price in one currency becomes one in another.

    Raises:
        SettingsError: A value cannot be, or Kaufland has no prices in the target currency.
    """

    source: str = field(converter=_upper)
    """The shop's currency, ISO 4217."""
    target: str = field(converter=_upper, validator=_kaufland_has)
    """The storefront's currency."""
    # The same in whole numbers: a price times _top / _bottom is minor units; _top is 0 where there is no way.
    _top: int = _derived()
    _bottom: int = _derived()
    _surcharge: int = _derived()
    _low: int = _derived()
    _high: int = _derived()
    _limit: int = _derived()
    _step: int = _derived()
    _lattice: tuple[tuple[int, int], ...] = _derived()

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        factor = Fraction(self.source == self.target if self.coefficient is None else self.coefficient)
        derived = {
            "_top": 100 * factor.numerator,
            "_bottom": factor.denominator,
            "_surcharge": to_minor(self.surcharge),
            "_low": to_minor(self.minimum or Decimal(0)),
            "_limit": LIMITS[self.target],
            "_high": LIMITS[self.target] + 1 if self.maximum is None else to_minor(self.maximum),
            "_step": to_minor(self.step or Decimal("0.01")),
            "_lattice": _lattice(self.endings),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)


# One price.


def convert(amount: Decimal, rule: PriceRule, *, currency: str | None = None) -> int:
    """A price of the shop as a price on Kaufland.

    Args:
        amount: VAT included, in whole units of the rule's source currency.
        rule: How to convert.
        currency: What the amount is really in, when that is known; it has to be the rule's source.

    Returns:
        Minor units of the rule's target currency: rounded as the rule says, then within its bounds.

    Raises:
        MappingError: The currencies differ and there is no coefficient, the amount is in another currency
            than the rule is for, is not positive, comes to nothing, or to more than Kaufland takes.

    >>> convert(Decimal("1299.00"), PriceRule(source="CZK", target="EUR", coefficient=Decimal("0.0398")))
    5170
    >>> convert(Decimal("1299.00"), PriceRule(source="CZK", target="EUR", coefficient=Decimal("0.0398"),
    ...                                       surcharge=Decimal(2), endings=(".90", ".49"), mode="up"))
    5390
    """
    if currency is not None and currency != rule.source:
        raise MappingError(
            "currency", f"the price is in {currency}, the rule is for {rule.source}.", _CURRENCY_REMEDY
        )
    if not rule._top:
        raise MappingError(
            "coefficient", f"there is none from {rule.source} to {rule.target}.", _COEFFICIENT_REMEDY
        )
    if not _plausible(amount) or amount <= 0:
        raise MappingError(
            "price", f"{_shown_short(amount)} is not a price.", "Set the variant's price in the shop."
        )
    top, bottom = amount.as_integer_ratio()
    bottom *= rule._bottom
    top = top * rule._top + rule._surcharge * bottom
    minor = _on_lattice(top, bottom, rule) if rule._lattice else _on_step(top, bottom, rule._step, rule.mode)
    minor = min(max(minor, rule._low), rule._high)
    if 0 < minor <= rule._limit:
        return minor
    raise MappingError(
        "price",
        f"{_plain(amount)} {rule.source} comes to {from_minor(minor)} {rule.target}, which Kaufland does not take.",
        f"Prices there are between 0.01 and {from_minor(rule._limit)}: check the coefficient and the bounds.",
    )


def converter(rule: PriceRule) -> Callable[[Decimal], int]:
    """:func:`convert` for many prices of one rule: where prices are rounded to the minor unit, in one step.

    >>> convert_one = converter(PriceRule(source="CZK", target="EUR", coefficient=Decimal("0.0398")))
    >>> convert_one(Decimal("1299.00"))
    5170
    """
    if not rule._top or rule._lattice or rule._step != 1:
        return lambda amount: convert(amount, rule)
    surcharge, low, high = Decimal(rule._surcharge), max(rule._low, 1), min(rule._high, rule._limit)
    exact = Context(prec=_DIGITS, rounding=_ROUNDING[rule.mode], traps=[Inexact])
    multiply, to_whole = exact.fma, exact.to_integral_value
    factor = rule.coefficient or Decimal(1)
    if len(factor.as_tuple().digits) > _DIGITS // 2:
        return lambda amount: convert(amount, rule)
    factor = exact.multiply(factor, Decimal(100))

    def quickly(amount: Decimal) -> int:
        if amount.is_finite() and -16 < amount.adjusted() < 16 and not amount.is_signed():
            try:
                minor = int(to_whole(multiply(amount, factor, surcharge)))
            except Inexact:
                minor = 0
            if amount and low <= minor <= high:
                return minor
        return convert(amount, rule)  # it is at the edge, or it says what is wrong

    return quickly


_DIGITS: Final = 100
"""So many digits hold any product of a price and a coefficient that people write; longer ones go the long way."""
_ROUNDING: Final[Mapping[str, str]] = {"half_up": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}

_CURRENCY_REMEDY: Final = "Choose a price list in that currency, or set source_currency and the coefficient."
_COEFFICIENT_REMEDY: Final = (
    "Set the coefficient of the storefront's prices: nothing is converted without one, and never one to one."
)


def _plausible(number: Decimal) -> bool:
    """Whether arithmetic with it is short: no other system decides how long a price keeps us busy."""
    return number.is_finite() and -16 < number.adjusted() < 16


def _shown_short(number: Decimal) -> str:
    return _plain(number) if _plausible(number) else f"{number:.3g}"


def _plain(number: Decimal) -> str:
    """A number without the zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _on_step(top: int, bottom: int, step: int, mode: Mode) -> int:
    bottom *= step
    if mode == "half_up":
        return (2 * top + bottom) // (2 * bottom) * step
    if mode == "up":
        return -(-top // bottom) * step
    return top // bottom * step


def _on_lattice(top: int, bottom: int, rule: PriceRule) -> int:
    floor, ceiling = top // bottom, -(-top // bottom)
    below = max(floor - (floor - ending) % every for ending, every in rule._lattice)
    above = min(ceiling + (ending - ceiling) % every for ending, every in rule._lattice)
    if rule.mode == "down":
        return below
    if rule.mode == "up" or below <= 0:
        return above
    return above if 2 * top >= (below + above) * bottom else below


# What the shop asks.


class ActionPrice(Protocol):
    """A special price and the days it is valid for, both included; ``None`` is open."""

    @property
    def price(self) -> Decimal: ...
    @property
    def from_date(self) -> date | None: ...
    @property
    def to_date(self) -> date | None: ...


class PriceParts(Protocol):
    """What makes up the price of a variant."""

    @property
    def price(self) -> Decimal | None: ...
    @property
    def price_ratio(self) -> Decimal: ...
    @property
    def action_price(self) -> ActionPrice | None: ...


class ListedPrice(Protocol):
    """One row of a price list of Shoptet."""

    @property
    def currency_code(self) -> str: ...
    @property
    def including_vat(self) -> bool: ...
    @property
    def vat_rate(self) -> Decimal: ...
    @property
    def price(self) -> PriceParts: ...


def selling_price(row: ListedPrice, on: date) -> Decimal:
    """What the shop asks for a variant on a day, VAT included; exact, so it may have many places.

    The special price while it is valid; otherwise the price times the price ratio, which does not apply to
    the special price. A row without VAT gets the VAT of its own rate.

    Args:
        row: As the price list has it.
        on: The day, where the shop is.

    Raises:
        MappingError: There is no price, or a rate that is none.

    >>> from types import SimpleNamespace
    >>> summer = SimpleNamespace(price=Decimal(100), from_date=None, to_date=date(2026, 8, 31))
    >>> parts = SimpleNamespace(price=Decimal(200), price_ratio=Decimal("0.780"), action_price=summer)
    >>> row = SimpleNamespace(currency_code="CZK", including_vat=False, vat_rate=Decimal(21), price=parts)
    >>> selling_price(row, date(2026, 8, 31)), selling_price(row, date(2026, 9, 1))
    (Decimal('121.00'), Decimal('188.76000'))
    """
    parts = row.price
    action = parts.action_price
    if action is not None and _valid(action, on):
        amount = action.price
    elif parts.price is None:
        raise MappingError("price", "the variant has none in the price list.", "Set it in the shop.")
    else:
        amount = _times(parts.price, parts.price_ratio)
    if row.including_vat:
        return amount
    if not (_plausible(row.vat_rate) and 0 <= row.vat_rate < 100):
        raise MappingError("vat_rate", f"{row.vat_rate} is not a VAT rate.", "Correct it in the shop.")
    return _times(amount, _EXACT.multiply(_EXACT.add(100, row.vat_rate), Decimal("0.01")))


def _times(amount: Decimal, factor: Decimal) -> Decimal:
    for number in (amount, factor):
        if not _plausible(number):
            raise MappingError("price", f"{_shown_short(number)} cannot be.", "Correct it in the shop.")
    return _EXACT.multiply(amount, factor)


def _valid(action: ActionPrice, on: date) -> bool:
    begins, ends = action.from_date, action.to_date
    return (begins is None or begins <= on) and (ends is None or on <= ends)


# Many prices, before and after.


is_share: Final = exact(
    lambda value: 0 < value <= 1000, "is not a share.", 'Write a part of the old price: "0.2" is 20 %.'
)
"""Validate how far a price may move."""


@frozen(kw_only=True)
class PriceGuard:
    """How far prices may move at once, as a part of the old price: ``0.5`` is 50 %.

    Raises:
        SettingsError: A value cannot be.
    """

    max_change: Decimal = field(default=Decimal("0.5"), validator=is_share)
    """For each price by itself."""
    max_run_change: Decimal = field(default=Decimal("0.25"), validator=is_share)
    """For all prices of a storefront together: of their sum."""


_GUARD: Final = PriceGuard()


def check(
    changes: Iterable[tuple[str, int, int]],
    guard: PriceGuard,
    *,
    key: str = "prices",
    unchanged: int = 0,
) -> tuple[Finding, ...]:
    """Hold changes of prices against the guard.

    Args:
        changes: Code, old and new price in minor units.
        guard: What may be.
        key: The place of the guard in the settings, such as ``storefront.de.prices``.
        unchanged: Sum of the prices that stay, in minor units.

    Returns:
        An error for each guard that trips, saying how to proceed.

    >>> for finding in check([("A", 1000, 400), ("B", 1000, 1100)], PriceGuard()):
    ...     print(finding)
    error: prices.max_change: 1 of 2 prices would change by more than 50 %: A from 10.00 to 4.00. Check the
    coefficient and the price list; to do it all the same, plan with override=["max_change"], or raise the limit.
    """
    before = after = unchanged
    count = far = 0
    worst: list[str] = []
    part, whole = guard.max_change.as_integer_ratio()
    for code, old, new in changes:
        count += 1
        before += old
        after += new
        if abs(new - old) * whole > old * part:
            far += 1
            if far <= _EXAMPLES:
                worst.append(f"{code} from {from_minor(old)} to {from_minor(new)}")
    found: list[Finding] = []
    if far:
        more = f" and {far - _EXAMPLES} more" if far > _EXAMPLES else ""
        share = _percent(guard.max_change)
        problem = f"{far} of {count} prices would change by more than {share}: {', '.join(worst)}{more}."
        found.append(_tripped(key, "max_change", problem))
    run = guard.max_run_change
    if abs(after - before) > before * Fraction(run):
        problem = (
            f"all prices together would change from {from_minor(before)} to {from_minor(after)}, by more than "
            f"{_percent(run)}."
        )
        found.append(_tripped(key, "max_run_change", problem))
    return tuple(found)


def _tripped(key: str, name: str, problem: str) -> Finding:
    remedy = (
        "Check the coefficient and the price list; to do it all the same, plan with "
        f'override=["{name}"], or raise the limit.'
    )
    return Finding(severity="error", key=f"{key}.{name}", problem=problem, remedy=remedy)


def _percent(share: Decimal) -> str:
    return f"{_plain(share.scaleb(2))} %"


@frozen(kw_only=True)
class PriceChange:
    """One price before and after, in minor units; ``None`` where there is none, and ``note`` says why."""

    code: str
    old: int | None
    new: int | None
    note: str = ""

    @property
    def difference(self) -> int | None:
        """What changes."""
        return None if self.old is None or self.new is None else self.new - self.old


@frozen(kw_only=True)
class Preview:
    """What a change of the rule does to prices: a table, as text and as HTML in a notebook.

    Attributes:
        currency: Of all prices in it.
        lines: Each variant's price before and after.
    """

    currency: str
    lines: tuple[PriceChange, ...]
    findings: tuple[Finding, ...] = ()
    """Guards that trip."""

    @property
    def title(self) -> str:
        """One line that sums it up."""
        moved = sum(line.old != line.new for line in self.lines)
        tripped = "".join(f"; {finding}" for finding in self.findings)
        return f"Prices in {self.currency}: {moved} of {len(self.lines)} change{tripped}"

    @property
    def _rows(self) -> Sequence[Sequence[str]]:
        return [
            (line.code, _shown(line.old), _shown(line.new), _shown(line.difference), line.note)
            for line in self.lines
        ]

    def __str__(self) -> str:
        return text_table(self.title, _COLUMNS, self._rows)

    def _repr_html_(self) -> str:
        return html_table(self.title, _COLUMNS, self._rows)


_COLUMNS: Final = ("code", "old", "new", "difference", "note")


def _shown(minor: int | None) -> str:
    return "" if minor is None else str(from_minor(minor))


def preview(
    prices: Iterable[tuple[str, Decimal]],
    old: PriceRule,
    new: PriceRule,
    *,
    guard: PriceGuard = _GUARD,
    key: str = "prices",
) -> Preview:
    """Convert prices by an old and by a new rule and put the results side by side.

    Args:
        prices: Code and price of each variant, VAT included, in the rules' source currency.
        old: The rule until now.
        new: The rule from now on, to the same currency.
        guard: What changes may be.
        key: The place of the guard in the settings.

    Raises:
        MappingError: The two rules end in different currencies.

    >>> rule = PriceRule(source="CZK", target="EUR", coefficient=Decimal("0.04"))
    >>> dearer = PriceRule(source="CZK", target="EUR", coefficient=Decimal("0.042"))
    >>> print(preview([("A", Decimal(100)), ("B", Decimal(0))], rule, dearer))
    Prices in EUR: 1 of 2 change
      code  old   new   difference  note
      A     4.00  4.20  0.20
      B                             price: 0 is not a price. Set the variant's price in the shop.
    """
    if old.target != new.target:
        raise MappingError(
            "target", f"the rules end in {old.target} and {new.target}.", "Compare two of one storefront."
        )
    lines: list[PriceChange] = []
    for code, amount in prices:
        before, _ = _tried(amount, old)
        after, note = _tried(amount, new)
        lines.append(PriceChange(code=code, old=before, new=after, note=note))
    pairs = [
        (line.code, line.old, line.new) for line in lines if line.old is not None and line.new is not None
    ]
    return Preview(currency=new.target, lines=tuple(lines), findings=check(pairs, guard, key=key))


def _tried(amount: Decimal, rule: PriceRule) -> tuple[int | None, str]:
    try:
        return convert(amount, rule), ""
    except MappingError as error:
        return None, str(error)
