"""The smallest parts of JSON: each function takes one value and returns the Python value of its type.

What does not fit raises ``ValueError`` saying what was due and what came, never repeating the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from enum import Enum
from functools import lru_cache
from math import inf
from types import NoneType
from typing import Any, Final, cast

from .values import Json

Reader = Callable[[Json], Any]


def saw(value: Json) -> str:
    """What *value* is, in the words of JSON."""
    kinds: dict[Any, str] = {
        str: "a string",
        int: "a number",
        float: "a number",
        Decimal: "a number",
        bool: "a boolean",
        list: "a list",
        dict: "an object",
        NoneType: "null",
    }
    kind = value.__class__
    return kinds.get(kind) or str(kind)


def wrong_object(value: Json) -> Any:
    """Refuse what is not an object."""
    raise ValueError(f"an object was due, {saw(value)} came")


def wrong_list(value: Json) -> Any:
    """Refuse what is not a list."""
    raise ValueError(f"a list was due, {saw(value)} came")


def as_str(value: Json) -> str:
    """Text."""
    if isinstance(value, str):
        return value
    raise ValueError(f"a string was due, {saw(value)} came")


def as_bool(value: Json) -> bool:
    """``true`` or ``false``."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"a boolean was due, {saw(value)} came")


_EXACT: Final = 2**53
"""From here on a binary float does not hold every whole number."""


def as_int(value: Json) -> int:
    """A whole number, however it is written."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and _EXACT <= abs(value) < inf:  # the parser may have rounded it
        raise ValueError("a whole number was due, a number too large to be exact came")
    if isinstance(value, (float, Decimal)):
        number = Decimal(value)
        # Ten characters of JSON, such as ``1E+999999999``, may stand for a gigabyte of digits.
        if number.is_finite() and number.adjusted() < 40 and number == number.to_integral_value():
            return int(number)
    raise ValueError(f"a whole number was due, {saw(value)} came")


EXACTLY: Final = Context(prec=60, Emax=60, Emin=-60, traps=[InvalidOperation, Overflow, Inexact])
"""Makes a Decimal of text a little faster than the class itself, and like that without rounding. Ten characters
such as ``1E+999999999`` may stand for a gigabyte of digits; more than sixty are nobody's."""


def as_decimal(value: Json) -> Decimal:
    """A decimal number, written as one or as text."""
    if isinstance(value, float):
        value = repr(value)  # the digits as they were written, up to fifteen of them
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError(f"a decimal number was due, {saw(value)} came")
    try:
        number = EXACTLY.create_decimal(value)
    except ArithmeticError:
        raise ValueError("a decimal number was due, other text came") from None
    if not number.is_finite():
        raise ValueError("a decimal number was due, other text came")
    return number


_from_iso = datetime.fromisoformat
_ODD_TIME = r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)T"


@lru_cache(1)
def _berlin() -> Any:
    from dateutil.tz import gettz

    return gettz("Europe/Berlin")


def as_datetime(value: Json) -> datetime:
    """A moment; one without a zone is Berlin's."""
    try:
        moment = _from_iso(value)
    except ValueError:
        moment = _odd_datetime(value)
    except TypeError:
        raise ValueError(f"a time was due, {saw(value)} came") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=_berlin())


def _odd_datetime(text: str) -> datetime:
    """Shapes that ISO 8601 does not know, such as Kaufland's ``2019-07-19T17:24:05T``."""
    from dateutil import parser

    match = re.fullmatch(_ODD_TIME, text)
    try:
        return parser.isoparse(f"{match[1]}T{match[2]}" if match else text)
    except ValueError:
        raise ValueError("a time was due, other text came") from None


def as_date(value: Json) -> date:
    """A day."""
    if not isinstance(value, str):
        raise ValueError(f"a date was due, {saw(value)} came")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("a date was due, other text came") from None


def as_json(value: Json) -> Json:
    """Anything, but never with a binary float in it."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list):
        return [as_json(item) for item in cast("Sequence[Json]", value)]
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in cast("Mapping[str, Json]", value).items()}
    return value


LEAVES: Final[dict[Any, Reader]] = {
    str: as_str,
    bool: as_bool,
    int: as_int,
    Decimal: as_decimal,
    datetime: as_datetime,
    date: as_date,
    Any: as_json,
}


@lru_cache(None)
def enum_reader(cls: type[Enum]) -> Reader:
    """Reads a member, or a made-up one for a value that is new."""
    members = dict(cls._value2member_map_)

    def read(value: Json) -> Enum:
        try:
            found = members.get(value)
            if not isinstance(value, bool):  # which Python takes for 0 and 1
                return found if found is not None else cls(value)
        except (TypeError, ValueError):
            pass
        raise ValueError(f"one of {cls.__name__} was due, {saw(value)} came")

    return read


def literal_reader(allowed: tuple[Any, ...]) -> Reader:
    """Reads one of a few values."""

    def read(value: Json) -> Any:
        if value in allowed:
            return value
        raise ValueError(f"one of {', '.join(map(repr, allowed))} was due, something else came")

    return read
