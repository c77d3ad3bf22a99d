"""A small rule language for JSON bodies: tables of keys with their types, lengths and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

from attrs import field, frozen

from .wire import is_array, is_object

__all__ = ["Anything", "Flag", "Flaw", "Number", "Rows", "Rule", "Shape", "Text", "Whole"]


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


@frozen(kw_only=True)
class Text:
    """A string."""

    minimum: int = 0
    maximum: int | None = None
    pattern: str | None = None
    among: tuple[str, ...] | None = None
    null: bool = False

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type, length, pattern and enumeration."""
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
        if self.among is not None and value not in self.among:
            listed = ",".join(f'"{name}"' for name in self.among)
            yield Flaw(at, f"Does not have a value in the enumeration [{listed}]")


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
    """A JSON number, whole or not."""

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type."""
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            yield _mistyped(value, "a number", at)


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
    """An array whose elements all follow one rule."""

    of: Rule
    minimum: int = 0
    maximum: int | None = None

    def flaws(self, value: Any, at: str) -> Iterator[Flaw]:
        """Type, count and every element."""
        if not is_array(value):
            yield _mistyped(value, "an array", at)
            return
        if len(value) < self.minimum:
            yield Flaw(at, f"There must be a minimum of {self.minimum} items in the array")
        if self.maximum is not None and len(value) > self.maximum:
            yield Flaw(at, f"There must be a maximum of {self.maximum} items in the array")
        for index, row in enumerate(value):
            yield from self.of.flaws(row, f"{at}[{index}]")


@frozen(kw_only=True)
class Shape:
    """An object with known keys and no others."""

    keys: Mapping[str, Rule]
    required: tuple[str, ...] = field(default=())
    null: bool = False

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
        for key, held in value.items():
            rule = self.keys.get(key)
            if rule is None:
                yield Flaw(
                    _join(at, key),
                    f"The property {key} is not defined and the definition does not allow additional properties",
                )
            else:
                yield from rule.flaws(held, _join(at, key))


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
