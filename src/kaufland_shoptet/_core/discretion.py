"""A vendor that complains may repeat what it was sent; what of that is private is taken out again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast
from urllib.parse import quote, quote_plus

import attrs
from attrs import evolve

from .answers import Problem
from .request import PRIVATE, Request
from .values import Model

_SHORTEST: Final = 3
"""Characters; a shorter text would be found everywhere."""
_WORDS: Final = 8
"""So many words of a value are looked for one by one: a name, a street; not each word of a letter."""


def discreet(problems: tuple[Problem, ...], request: Request[Any]) -> tuple[Problem, ...]:
    """*problems* without the private values that *request* carried."""
    values = {
        form
        for text in (_carried(request) if problems else ())
        for part in (text, *text.split()[:_WORDS])
        for form in (part, quote(part, safe=""), quote_plus(part))
        if len(part) >= _SHORTEST
    }
    if not values:
        return problems
    either = "|".join(re.escape(text) for text in sorted(values, key=len, reverse=True))
    pattern = re.compile(either, re.IGNORECASE)
    return tuple(
        evolve(
            each,
            code=pattern.sub("***", each.code),
            message=pattern.sub("***", each.message),
            where=each.where and pattern.sub("***", each.where),
        )
        for each in problems
    )


def _carried(request: Request[Any]) -> Iterator[str]:
    names = (piece[1:-1] for piece in request.endpoint.route.split("/") if piece.startswith("{"))
    for name, value in (*zip(names, request.path, strict=False), *request.query):
        if name in PRIVATE:
            yield value
    yield from _private(request.body, hidden=False)


def _private(value: object, *, hidden: bool) -> Iterator[str]:
    """The texts in *value* that no ``repr`` shows; *hidden*: whether it is not shown itself."""
    if isinstance(value, str):
        if hidden:
            yield value.strip()
    elif isinstance(value, Model):
        for attribute in attrs.fields(type(value)):
            yield from _private(getattr(value, attribute.name), hidden=hidden or attribute.repr is not True)
    elif isinstance(value, Mapping):
        for each in cast("Mapping[str, object]", value).values():
            yield from _private(each, hidden=hidden)
    elif isinstance(value, (list, tuple)):
        for each in cast("Iterable[object]", value):
            yield from _private(each, hidden=hidden)
