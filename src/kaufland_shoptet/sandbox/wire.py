"""What travels between a client and the sandbox: a call, its answer, and the ways in which no answer arrives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeGuard
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen

__all__ = [
    "Answer",
    "Call",
    "Dropped",
    "Json",
    "TimedOut",
    "Unanswered",
    "Unreached",
    "answer",
    "dumps",
    "is_array",
    "is_object",
]

Json = Any
"""A JSON value. Numbers of a request with a decimal point are read as `Decimal`."""


@frozen(kw_only=True)
class Call:
    """One request as it came over the wire.

    `url` is absolute and exactly as sent; the names in `headers` are in lower case. `timeout` is how many seconds
    the sender waits for an answer, where that is known.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout: float | None = None

    @property
    def host(self) -> str:
        """The host named in the URL, without the port."""
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        """The path of the URL, still percent-encoded."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, list[str]]:
        """The decoded query: each key with its values in order."""
        found: dict[str, list[str]] = {}
        for key, value in parse_qsl(urlsplit(self.url).query, keep_blank_values=True):
            found.setdefault(key, []).append(value)
        return found

    def json(self) -> Json:
        """The body as JSON.

        Raises:
            ValueError: The body is not JSON.
        """
        return json.loads(self.body, parse_float=Decimal)


@frozen(kw_only=True)
class Answer:
    """One response. `delay` says how many seconds it takes to arrive; who transports it lets them pass."""

    status: int
    headers: Mapping[str, str] = field(factory=dict[str, str])
    body: bytes = b""
    delay: float = 0.0

    def json(self) -> Json:
        """The body as JSON."""
        return json.loads(self.body)


class Unanswered(Exception):
    """No answer reaches the client."""


class Unreached(Unanswered):
    """The request never leaves: nothing happened. `waited` tells whether that shows only when time is up."""

    def __init__(self, *, waited: bool) -> None:
        super().__init__("not connected in time" if waited else "connection refused")
        self.waited = waited


class Dropped(Unanswered):
    """The connection is reset; `before` tells whether that happened before the call had its effect."""

    def __init__(self, *, before: bool) -> None:
        super().__init__("connection reset " + ("before" if before else "after") + " the effect")
        self.before = before


class TimedOut(Unanswered):
    """The answer does not come in time; `after_effect` tells whether the call had its effect."""

    def __init__(self, *, after_effect: bool) -> None:
        super().__init__("timed out " + ("after" if after_effect else "before") + " the effect")
        self.after_effect = after_effect


def is_object(value: Json) -> TypeGuard[dict[str, Any]]:
    """Is it a JSON object?"""
    return isinstance(value, dict)


def is_array(value: Json) -> TypeGuard[list[Any]]:
    """Is it a JSON array?"""
    return isinstance(value, list)


def _number(value: object) -> float | int:
    if isinstance(value, Decimal):  # rates only: money is an integer or a string on both wires
        return int(value) if value == value.to_integral_value() else float(value)
    message = f"{type(value).__name__} is not JSON"
    raise TypeError(message)


def dumps(value: Json) -> bytes:
    """JSON as both vendors write it: compact, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def answer(
    status: int,
    value: Json,
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str = "application/json",
) -> Answer:
    """An answer with a JSON body."""
    return Answer(status=status, headers={"content-type": content_type, **(headers or {})}, body=dumps(value))


Effect = Callable[[], Answer]
"""What a call does when nothing stands in its way."""
