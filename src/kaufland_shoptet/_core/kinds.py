"""Looking at types: what a model's attributes are, and which member of a union a value is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from .leaves import LEAVES, enum_reader
from .values import Json, JsonObject, Model, Unset

_UNIONS = (Union, UnionType)


class Slot(NamedTuple):
    """One attribute of a model: its name, its wire name, its type, whether it may be absent."""

    name: str
    wire: str
    kind: Any
    optional: bool


Slots: TypeAlias = Callable[[type[Model]], tuple[Slot, ...]]
"""Looks up the attributes of a model."""


def is_model(kind: Any) -> bool:
    """Whether values are objects with known keys."""
    return isinstance(kind, type) and issubclass(kind, Model)


def is_enum(kind: Any) -> bool:
    """Whether values are members of an enumeration."""
    return isinstance(kind, type) and issubclass(kind, Enum)


def is_literal(kind: Any) -> bool:
    """Whether the values themselves are given."""
    return get_origin(kind) is cast("Any", Literal)


def is_annotated(kind: Any) -> bool:
    """Whether there are marks on the type."""
    return get_origin(kind) is cast("Any", Annotated)


def is_union(kind: Any) -> bool:
    """Whether values are of one of several types."""
    return get_origin(kind) in _UNIONS


def is_many(kind: Any) -> bool:
    """Whether values are lists."""
    return get_origin(kind) is tuple


def is_map(kind: Any) -> bool:
    """Whether values are objects with any keys."""
    return get_origin(kind) is dict


def bare(kind: Any) -> Any:
    """The type without its marks."""
    return bare(get_args(kind)[0]) if is_annotated(kind) else kind


def members(kind: Any) -> tuple[list[Any], bool]:
    """The types of a value that is there and not null, and whether it may be null."""
    every: Sequence[Any] = get_args(kind) if is_union(kind) else [kind]
    return [each for each in every if each not in (Unset, NoneType)], NoneType in every


def alone(kinds: Sequence[Any]) -> Any:
    """One type for several."""
    return kinds[0] if len(kinds) == 1 else Union[tuple(kinds)]  # noqa: UP007 - made at run time


def read_slots(cls: type[Model], rename: Callable[[str], str]) -> tuple[Slot, ...]:
    """The attributes of a model; *rename* makes wire names."""
    hints = get_type_hints(cls, include_extras=True)
    slots: list[Slot] = []
    for attribute in attrs.fields(cls):
        if attribute.name == "extra":
            continue
        kind = hints[attribute.name]
        optional = is_union(kind) and Unset in get_args(kind)
        wire = attribute.metadata.get("wire") or rename(attribute.name)
        slots.append(Slot(attribute.name, wire, kind, optional))
    return tuple(slots)


def chooser(kinds: Sequence[Any], slots: Slots) -> Callable[[Json], Any]:
    """A function that says which of *kinds* a value is; the first when it is none of them."""
    models = [each for each in kinds if is_model(each)]
    others = [each for each in kinds if not is_model(each)]

    def choose(raw: Json) -> Any:
        if isinstance(raw, dict) and models:
            return _closest(cast("JsonObject", raw), models, slots)
        return next((each for each in others if _suits(raw, each)), kinds[0])

    return choose


def _suits(raw: Json, kind: Any) -> bool:
    """Whether *raw* looks like *kind*."""
    base = bare(kind)
    if is_many(base):
        return isinstance(raw, list)
    if base is Decimal and kind is not base:
        return isinstance(raw, str)
    if is_map(base):
        return isinstance(raw, dict)
    try:
        leaf = enum_reader(base) if is_enum(base) else LEAVES[base]
        leaf(raw)
    except (KeyError, ValueError):
        return False
    return True


def _closest(raw: JsonObject, models: Sequence[Any], slots: Slots) -> Any:
    """The model whose required keys are all there and that knows the most of the others."""

    def fit(cls: Any) -> tuple[int, int]:
        known = slots(cls)
        missing = sum(1 for slot in known if not slot.optional and slot.wire not in raw)
        found = sum(1 for slot in known if slot.wire in raw)
        return -missing, found

    return max(models, key=fit)
