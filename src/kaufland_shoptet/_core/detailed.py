"""Readers that tell where a value is wrong: cattrs' detailed validation over the same leaves.

Loaded when something could not be read; until then nobody pays for it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, IntEnum, StrEnum
from typing import Any, cast, get_args

import cattrs
from cattrs.gen import make_dict_structure_fn, override

from .kinds import (
    Slots,
    chooser,
    is_annotated,
    is_literal,
    is_many,
    is_map,
    is_model,
    is_union,
    members,
)
from .leaves import LEAVES, Reader, enum_reader, literal_reader, wrong_list, wrong_object
from .values import Json, Model

Hook = Callable[[Any, Any], Any]


def converter(slots: Slots) -> cattrs.Converter:
    """A converter whose failures name their places."""
    made = cattrs.Converter(detailed_validation=True)

    def when(test: Callable[[Any], bool], make: Callable[[Any], Hook]) -> None:
        made.register_structure_hook_factory(test, make)

    for leaf, read in LEAVES.items():
        if leaf is Any:
            made.register_structure_hook_func(lambda kind: kind is Any, _hook(read))
        else:
            made.register_structure_hook(leaf, _hook(read))
    for base in (Enum, StrEnum, IntEnum):  # cattrs takes a subclass of str for a str otherwise
        made.register_structure_hook(base, lambda value, kind: enum_reader(kind)(value))
    when(is_literal, lambda kind: _hook(literal_reader(get_args(kind))))
    when(is_annotated, lambda kind: made.get_structure_hook(get_args(kind)[0]))
    when(is_union, lambda kind: _union(made, kind, slots))
    when(is_map, lambda kind: _map(made, kind))
    when(is_many, lambda kind: _many(made, kind))
    when(is_model, _tied(lambda cls: _model(made, cls, slots)))
    return made


def complaint(error: Exception, at: str) -> tuple[str, str]:
    """The first of cattrs' complaints, as a path from *at* on and one sentence."""
    first = cattrs.transform_error(error, path=at, format_exception=_sentence)[0]
    problem, _, path = first.rpartition(" @ ")
    return path, problem


def _hook(read: Reader) -> Hook:
    return lambda value, _: read(value)


def _tied(make: Callable[[type[Model]], Hook]) -> Callable[[type[Model]], Hook]:
    """Make each reader once. A model may contain itself, so its reader is known before it is complete."""
    known: dict[type[Model], Hook] = {}

    def build(cls: type[Model]) -> Hook:
        if cls not in known:
            made: list[Hook] = []
            known[cls] = lambda raw, kind: made[0](raw, kind)  # noqa: PLW0108 - there is none yet
            made.append(make(cls))
            known[cls] = made[0]
        return known[cls]

    return build


def _model(converter: cattrs.Converter, cls: type[Model], slots: Slots) -> Hook:
    renames: dict[str, Any] = {slot.name: override(rename=slot.wire) for slot in slots(cls)}
    fill: Hook = make_dict_structure_fn(
        cls, converter, _cattrs_detailed_validation=True, extra=override(omit=True), **renames
    )

    def read(raw: Json, kind: Any) -> Any:
        if not isinstance(raw, dict):
            wrong_object(raw)
        return fill(cast("Json", raw), kind)

    return read


def _many(converter: cattrs.Converter, kind: Any) -> Hook:
    many: Any = list[get_args(kind)[0]]  # type: ignore[misc]

    def read(raw: Json, _: Any) -> Any:
        if not isinstance(raw, list):
            wrong_list(raw)
        return tuple(converter.structure(cast("Json", raw), many))

    return read


def _map(converter: cattrs.Converter, kind: Any) -> Hook:
    fill: Hook = converter.gen_structure_mapping(kind)

    def read(raw: Json, _: Any) -> Any:
        if not isinstance(raw, dict):
            wrong_object(raw)
        return fill(cast("Json", raw), kind)

    return read


def _union(converter: cattrs.Converter, union: Any, slots: Slots) -> Hook:
    kinds, nullable = members(union)
    choose = chooser(kinds, slots)

    def read(raw: Json, _: Any) -> Any:
        if raw is None and nullable:
            return None
        kind = choose(raw) if len(kinds) > 1 else kinds[0]
        return converter.get_structure_hook(kind)(raw, kind)

    return read


def _sentence(error: BaseException, _kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "a required field is missing"
    return str(error)
