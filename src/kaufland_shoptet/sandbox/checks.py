"""A small rule language for JSON bodies: tables of keys with their types, lengths and patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from attrs import field, frozen

from .wire import is_array, is_object

__all__ = [
    "Anything",
    "Branches",
    "Deferred",
    "Either",
    "Flag",
    "Flaw",
    "Number",
    "OrNull",
    "Rows",
    "Rule",
    "Shape",
    "Text",
    "Whole",
    "Words",
]


@frozen
class Flaw:
    """One thing wrong in a body: where (``data.items[0].vatRate``) and what."""

    at: str
    message: str


class Rule(Protocol):
    """What a JSON value must look like."""

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Everything wrong with `value`, which sits at path `at`."""
        ...


_NAMES: Mapping[type[object], str] = {
    bool: "a boolean",
    int: "an integer",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def _kind(value: object) -> str:
    return "null" if value is None else _NAMES.get(type(value), "a number")


def _mistyped(value: object, wanted: str, at: str) -> Flaw:
    return Flaw(at, f"{_kind(value)} found, but {wanted} is required".capitalize())


@frozen
class Anything:
    """Any value."""

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Nothing is ever wrong."""
        return iter(())


@frozen
class Words:
    """One of a few JSON values, of whatever type."""

    among: tuple[Any, ...]

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Enumeration; ``true`` is not 1."""
        if not any(
            value == each and isinstance(value, bool) is isinstance(each, bool) for each in self.among
        ):
            yield _stranger(self.among, at)


@frozen
class OrNull:
    """Null, or what another rule says."""

    of: Rule

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """What is wrong, unless it is null."""
        return iter(()) if value is None else self.of.flaws(value, at)


@frozen
class Deferred:
    """A rule that is made when it is needed: rules may contain each other."""

    make: Callable[[], Rule]

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """What the rule says."""
        return self.make().flaws(value, at)


@frozen
class Branches:
    """What one of several rules says; with `exactly`, only one of them."""

    rules: tuple[Rule, ...]
    exactly: bool = False

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """The flaws of the rule that comes closest, if none is met."""
        found = [list(rule.flaws(value, at)) for rule in self.rules]
        met = found.count([])
        if met > 1 and self.exactly:
            yield Flaw(at, "Failed to match exactly one schema")
        if not met:
            yield from min(found, key=len)


@frozen
class Either:
    """What another rule says, and besides one of several lists of keys."""

    of: Rule
    lists: tuple[tuple[str, ...], ...]

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """The flaws of the rule, and whether a list is there."""
        yield from self.of.flaws(value, at)
        if is_object(value) and not any(value.keys() >= set(each) for each in self.lists):
            ways = " or ".join("+".join(each) for each in self.lists)
            yield Flaw(at, f"One of these is required: {ways}")


def _stranger(among: tuple[Any, ...], at: str) -> Flaw:
    listed = ",".join(f'"{name}"' if isinstance(name, str) else str(name) for name in among)
    return Flaw(at, f"Does not have a value in the enumeration [{listed}]")


def _reads(read: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return check


_FORMATS: Mapping[str, Callable[[str], object]] = {
    "date": _reads(date.fromisoformat),
    "date-time": _reads(datetime.fromisoformat),
    "email": re.compile(r"[^@\s]+@[^@\s]+").fullmatch,
}


@frozen(kw_only=True)
class Text:
    """A string. The pattern covers all of it; `format` is ``date``, ``date-time`` or ``email``."""

    minimum: int = 0
    maximum: int | None = None
    pattern: str | None = None
    format: str | None = None
    among: tuple[str, ...] | None = None
    null: bool = False

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type, length, pattern, format and enumeration."""
        if value is None and self.null:
            return
        if not isinstance(value, str):
            yield _mistyped(value, "a string", at)
            return
        if len(value) < self.minimum:
            yield Flaw(at, f"Must be at least {self.minimum} characters long")
        if self.maximum is not None and len(value) > self.maximum:
            yield Flaw(at, f"Must be at most {self.maximum} characters long")
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            yield Flaw(at, f"Does not match the regex pattern {self.pattern}")
        if self.format is not None and not _FORMATS[self.format](value):
            yield Flaw(at, f"Invalid {self.format}")
        if self.among is not None and value not in self.among:
            yield _stranger(self.among, at)


@frozen(kw_only=True)
class Whole:
    """A JSON integer."""

    minimum: int | None = None
    maximum: int | None = None
    null: bool = False

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type and range."""
        if value is None and self.null:
            return
        if not isinstance(value, int) or isinstance(value, bool):
            yield _mistyped(value, "an integer", at)
            return
        if self.minimum is not None and value < self.minimum:
            yield Flaw(at, f"Must be greater than {self.minimum - 1}")
        if self.maximum is not None and value > self.maximum:
            yield Flaw(at, f"Must be at most {self.maximum}")


@frozen(kw_only=True)
class Number:
    """A JSON number, whole or not; `step` is what it has to be a multiple of."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type and range."""
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            yield _mistyped(value, "a number", at)
            return
        if self.minimum is not None and value < self.minimum:
            yield Flaw(at, f"Must be at least {self.minimum}")
        if self.maximum is not None and value > self.maximum:
            yield Flaw(at, f"Must be at most {self.maximum}")
        if self.step is not None and value % self.step:
            yield Flaw(at, f"Must be a multiple of {self.step}")


@frozen(kw_only=True)
class Flag:
    """A JSON boolean."""

    null: bool = False

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type."""
        if not (isinstance(value, bool) or (value is None and self.null)):
            yield _mistyped(value, "a boolean", at)


@frozen(kw_only=True)
class Rows:
    """An array whose elements all follow one rule, and differ from each other if they have to."""

    of: Rule
    minimum: int = 0
    maximum: int | None = None
    unique: bool = False

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type, count and every element."""
        if not is_array(value):
            yield _mistyped(value, "an array", at)
            return
        if len(value) < self.minimum:
            yield Flaw(at, f"There must be a minimum of {self.minimum} items in the array")
        if self.maximum is not None and len(value) > self.maximum:
            yield Flaw(at, f"There must be a maximum of {self.maximum} items in the array")
        if self.unique and any(row in value[:index] for index, row in enumerate(value)):
            yield Flaw(at, "There are no duplicates allowed in the array")
        for index, row in enumerate(value):
            yield from self.of.flaws(row, f"{at}[{index}]")


@frozen(kw_only=True)
class Shape:
    """An object with known keys; `rest` is the rule for all others, which are wrong without it.

    At least `minimum` keys have to be there.
    """

    keys: Mapping[str, Rule]
    required: tuple[str, ...] = field(default=())
    null: bool = False
    rest: Rule | None = None
    minimum: int = 0

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type, missing keys, unknown keys and every value."""
        if value is None and self.null:
            return
        if not is_object(value):
            yield _mistyped(value, "an object", at)
            return
        for key in self.required:
            if key not in value:
                yield Flaw(_join(at, key), f"The property {key} is required")
        if len(value) < self.minimum:
            yield Flaw(at, f"Must contain a minimum of {self.minimum} properties")
        for key, held in value.items():
            rule = self.keys.get(key, self.rest)
            if rule is None:
                yield Flaw(
                    _join(at, key),
                    f"The property {key} is not defined and the definition does not allow additional properties",
                )
            else:
                yield from rule.flaws(held, _join(at, key))


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
