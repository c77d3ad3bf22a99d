"""Calls of every operation, made from specimens, and answers compared with what they were made of."""

from __future__ import annotations

import collections.abc
import inspect
import json
import re
import types
import typing
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from dateutil import parser
from dateutil.tz import gettz

from kaufland_shoptet import Answer, Created, Listing, Operation, Page, Reply, Request, Started

from .documents import DAY, MOMENT, Maker, Vendor


def call_of(vendor: Vendor, operation: Operation, maker: Maker, whole: Any = None) -> Request[Any]:
    """The request that a call with values from *maker* builds; its body is *whole*, if given."""
    node = vendor.node(operation.vendor_id)
    build = operation.build
    hints = typing.get_type_hints(build, include_extras=True)
    parameters = vendor.parameters(node)
    known = {_letters(name): each for name, each in parameters.items()}
    body = payload(vendor, operation, specimen(vendor, operation, maker) if whole is None else whole)
    positional: list[Any] = []
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(build).parameters.items():
        declared = known.get(_letters(name))
        in_path = f"{{{declared['name']}}}" in operation.route if declared is not None else False
        if parameter.kind is parameter.KEYWORD_ONLY or not in_path:
            value = _argument(vendor, name, parameter, declared, body, maker)
            if value is not _LEFT_OUT:
                given[name] = _decoded(vendor, value, hints[name])
        else:
            positional.append(
                _decoded(vendor, maker.make(declared["schema"], name=declared["name"]), hints[name])
            )
    built = build(*positional, **given)
    return built.page() if isinstance(built, Listing) else built


_LEFT_OUT = object()


def _argument(
    vendor: Vendor, name: str, parameter: inspect.Parameter, declared: Any, body: Any, maker: Maker
) -> Any:
    if isinstance(body, dict) and parameter.kind is parameter.KEYWORD_ONLY:
        wire = next((key for key in body if _letters(key) == _letters(name)), None)
        wire = wire or next((key for key in body if name.endswith(_snake(key)) and declared is None), None)
        if wire is not None:
            return body[wire]
    if declared is not None and parameter.kind is parameter.KEYWORD_ONLY:
        if not maker.all and not declared.get("required"):
            return _LEFT_OUT
        return maker.make(declared["schema"], name=declared["name"])
    if parameter.default is not inspect.Parameter.empty:
        return _LEFT_OUT
    return body


def specimen(vendor: Vendor, operation: Operation, maker: Maker) -> Any:
    """A body for an operation, as it travels."""
    content = vendor.body(vendor.node(operation.vendor_id))
    return None if content is None else maker.make(vendor.meant(content["schema"]))


def payload(vendor: Vendor, operation: Operation, whole: Any) -> Any:
    """The part of a body that a caller gives."""
    return at(whole, () if whole is None else operation.declared.endpoint.wrap)


def _decoded(vendor: Vendor, value: Any, hint: Any) -> Any:
    """A JSON value as an argument of type *hint*."""
    hint = _storable(hint)
    if _is_many(hint) and not isinstance(value, list):
        value = [] if value is None else [value]
    for kind, text in ((datetime, MOMENT), (date, DAY)):
        if kind in (hint, *typing.get_args(hint)) and isinstance(value, str) and value[:2] != "20":
            value = text
    if hint is int and isinstance(value, str):
        value = 12  # declared as a text here and as a number elsewhere
    words = typing.get_args(typing.get_args(hint)[0]) if _is_many(hint) else ()
    if words and all(isinstance(word, str) for word in words):
        value = list(words)  # the words that only prose tells
    return vendor.api.codec.decode(value, hint)


def _storable(hint: Any) -> Any:
    """The type of an argument as the type of an attribute: tuples for sequences."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is collections.abc.Sequence:
        return tuple[_storable(inner[0]), ...]
    if origin in (typing.Union, types.UnionType):
        kinds = [_storable(each) for each in inner]
        words = [each for each in kinds if typing.get_origin(each) is typing.Literal]
        kept = [each for each in kinds if each not in words or len(kinds) == len(words) + _nones(kinds)]
        return typing.Union[tuple(kept)]  # noqa: UP007
    return hint


def _nones(kinds: list[Any]) -> int:
    return sum(1 for each in kinds if each is type(None) or getattr(each, "__name__", "") == "Unset")


def _is_many(hint: Any) -> bool:
    if typing.get_origin(hint) is tuple:
        return True
    return any(typing.get_origin(each) is tuple for each in typing.get_args(hint))


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _snake(wire: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", wire).lower()


def sent(request: Request[Any]) -> Any:
    """The JSON body that a request sends."""
    return None if request.content is None else json.loads(request.content)


# Answers


def decoded(operation: Operation, request: Request[Any], status: int, raw: Any, **headers: str) -> Any:
    """What the client gives back for an answer."""
    body = b"" if raw is None else json.dumps(raw).encode()
    found: Any = request.endpoint.api.read(
        request, Reply(status, {"content-type": "application/json", **headers}, body)
    )
    return found


def encoded(request: Request[Any], value: Any) -> Any:
    """The payload that *value* was decoded from."""
    into: Any = request.endpoint.into
    codec = request.endpoint.api.codec
    origin, inner = typing.get_origin(into), typing.get_args(into)
    if origin is Page:
        return codec.encode(value.items, tuple[inner[0], ...])
    if origin in (Answer, Created):
        return None if value.data is None else codec.encode(value.data, inner[0])
    if origin is Started:
        return value.job_id
    return None if into is None else codec.encode(value, into)


def at(raw: Any, path: tuple[str, ...]) -> Any:
    """The payload within an answer."""
    for key in path:
        raw = None if raw is None else raw.get(key)
    return raw


def differences(one: Any, other: Any, path: str = "$") -> list[str]:
    """Where two JSON values mean different things."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = [f"{path}.{key}: only on one side" for key in one.keys() ^ other.keys()]
        for key in one.keys() & other.keys():
            found += differences(one[key], other[key], f"{path}.{key}")
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            text
            for i, pair in enumerate(zip(one, other, strict=True))
            for text in differences(*pair, f"{path}[{i}]")
        ]
    return [] if _means_the_same(one, other, path) else [f"{path}: {one!r} became {other!r}"]


def _means_the_same(one: Any, other: Any, path: str) -> bool:
    if one == other and type(one) is type(other):
        return True
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return float(one) == float(other)
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    if path.endswith(".storefront"):
        return one.lower() == other.lower()
    if re.match(r"\d{4}-\d\d-\d\d[T ]", one):
        return _same_moment(one, other)
    return _number(one) is not None and _number(one) == _number(other)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _same_moment(one: str, other: str) -> bool:
    """To the second, which is all that either vendor takes; a missing zone is the client's to add."""
    left, right = (parser.isoparse(re.sub(r"(?<=\d)T$", "", text).replace(" ", "T")) for text in (one, other))
    left, right = left.replace(microsecond=0), right.replace(microsecond=0)
    return right == (left if left.tzinfo is not None else left.replace(tzinfo=gettz("Europe/Berlin")))
