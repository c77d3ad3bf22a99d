"""Validators of what can be set: first of what type a value is, then whether it can be.

Values of a file have their types already; those of a program may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias, TypeGuard, TypeVar, cast

from attrs import Attribute

from .errors import SettingsError

Check: TypeAlias = Callable[[Any, "Attribute[Any]", Any], None]
T = TypeVar("T")


def demand(key: str, value: object, kind: type[Any], due: str) -> None:
    """Refuse *value* unless it is of *kind*; what it is instead may be a secret and is not repeated."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SettingsError(key, f"is of type {type(value).__name__}.", f"Give it {due}.")


def is_text(value: str | None, attribute: Attribute[Any]) -> TypeGuard[str]:
    """Whether there is a text at all; something else is refused."""
    if value is not None:
        demand(attribute.name, value, str, "a text")
    return value is not None


def optional(check: Check) -> Check:
    """The same *check*, which ``None`` need not meet."""

    def checked(of: object, attribute: Attribute[Any], value: Any) -> None:
        if value is not None:
            check(of, attribute, value)

    return checked


def a(kind: type[Any], due: str | None = None) -> Check:
    """A value of *kind*."""

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        demand(attribute.name, value, kind, due or f"{kind.__name__}(…)")

    return check


def switch(_: object, attribute: Attribute[Any], value: Any) -> None:
    """True or false, and nothing that only counts as one of them."""
    demand(attribute.name, value, bool, "True or False")


def between(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        demand(attribute.name, value, int, "a whole number")
        if not least <= value <= most:
            raise SettingsError(attribute.name, f"{value} is out of range.", f"Write {least} to {most}.")

    return check


def exact(fits: Callable[[Decimal], bool], problem: str, remedy: str) -> Check:
    """A decimal number that *fits*; if not, *problem* and *remedy* say so."""

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        demand(attribute.name, value, Decimal, 'an exact number: Decimal("0.5")')
        if not (value.is_finite() and fits(value)):
            raise SettingsError(attribute.name, f"{value} {problem}", remedy)

    return check


def each(kind: type[Any], due: str) -> Check:
    """A tuple, as :func:`listed` makes it, of values of *kind*."""

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        demand(attribute.name, value, tuple, f"a list, each of them {due}")
        for one in value:
            demand(attribute.name, one, kind, f"a list, each of them {due}")

    return check


def is_table(value: object) -> bool:
    """Whether names stand for something in it."""
    return isinstance(value, Mapping)


def _is_list(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def stripped(value: str) -> str:
    """*value* without blanks around it. What is no text stays as it is, for the validator."""
    return value.strip() if value.__class__ is str else value


def listed(value: Iterable[T]) -> tuple[T, ...]:
    """*value* as a tuple. What is no list stays as it is, for the validator; a text is none."""
    return tuple(value) if _is_list(value) else cast("tuple[T, ...]", value)


def tabled(value: Mapping[str, T]) -> Mapping[str, T]:
    """A copy of *value*. What is no table stays as it is, for the validator."""
    return dict(value) if is_table(value) else value
