"""Readers of query parameters: from the texts that were sent under one key to a value, or a ValueError."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

__all__ = ["Parser", "choice", "flag", "many", "offset_time", "text", "whole", "zulu_time"]

Parser = Callable[[Sequence[str]], Any]
"""Turns what came for a parameter, at least one text, into its value; raises ``ValueError`` if it cannot be."""

_ZULU = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_OFFSET = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?([+-]\d\d:?\d\d|Z)?)?")


def text(values: Sequence[str]) -> str:
    """Any text; of several the last one counts."""
    return values[-1]


def whole(minimum: int, maximum: int | None = None) -> Parser:
    """A whole number within bounds."""

    def read(values: Sequence[str]) -> int:
        if not re.fullmatch(r"-?\d+", values[-1]):
            message = "must be an integer"
            raise ValueError(message)
        number = int(values[-1])
        if number < minimum or (maximum is not None and number > maximum):
            message = f"must be at least {minimum}" + (f" and at most {maximum}" if maximum else "")
            raise ValueError(message)
        return number

    return read


def choice(*allowed: str) -> Parser:
    """One of a set of words."""

    def read(values: Sequence[str]) -> str:
        if values[-1] not in allowed:
            message = f"must be one of {', '.join(allowed)}"
            raise ValueError(message)
        return values[-1]

    return read


def many(*allowed: str) -> Parser:
    """Any number of words of a set, as repeated keys or separated by commas."""
    one = choice(*allowed)

    def read(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(one([word]) for value in values for word in value.split(",") if word)

    return read


def flag(values: Sequence[str]) -> bool:
    """``true`` or ``false`` (also 1 and 0)."""
    known = {"true": True, "1": True, "false": False, "0": False}
    if values[-1] not in known:
        message = "must be true or false"
        raise ValueError(message)
    return known[values[-1]]


def zulu_time(values: Sequence[str]) -> datetime:
    """``YYYY-MM-ddTHH:mm:ssZ``: no fraction, no offset."""
    if not _ZULU.fullmatch(values[-1]):
        message = "must be a date-time in the format YYYY-MM-ddTHH:mm:ssZ"
        raise ValueError(message)
    return datetime.fromisoformat(values[-1])


def offset_time(values: Sequence[str]) -> datetime:
    """``2014-09-05T00:00:00+0000``, also with a colon in the offset or without offset.

    An offset whose plus sign was not percent-encoded arrives as a space and is refused.
    """
    if not _OFFSET.fullmatch(values[-1]):
        message = "must be a date-time such as 2014-09-05T00:00:00+0000"
        raise ValueError(message)
    moment = datetime.fromisoformat(values[-1])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
