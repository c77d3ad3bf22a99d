"""Readers that are fast: for each model a straight-line function, written and compiled at its first use.

They do not track where they are, and what they raise may be anything: when one fails, the value is read
again in detail (:mod:`.detailed`) for an error that names the place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, cast, get_args

from .kinds import (
    Slot,
    Slots,
    alone,
    bare,
    chooser,
    is_enum,
    is_literal,
    is_many,
    is_map,
    is_model,
    is_union,
    members,
)
from .leaves import (
    EXACTLY,
    LEAVES,
    Reader,
    as_datetime,
    as_decimal,
    as_json,
    enum_reader,
    literal_reader,
    wrong_list,
    wrong_object,
)
from .values import EMPTY, UNSET, FoldedStrEnum, Json, JsonObject, Model

_EXACT: Final = {str: "str", bool: "bool", int: "int"}
_PLAIN: Final = ("__init__", "__setattr__", "__delattr__")
"""What makes a class plain: attributes are assigned without a detour only if deleting them has none, either."""


class Readers:
    """The readers of all types of one API; each is made once.

    Args:
        slots: The attributes of a model.
        key: A word as the parser gives it, best the very object: a dict finds that faster than its equal.
    """

    def __init__(self, slots: Slots, key: Callable[[str], str]) -> None:
        self._slots = slots
        self._key = key
        self._known: dict[Any, Reader] = {}
        self._lock = threading.RLock()
        self.ready: dict[Any, Reader] = {}
        """Complete readers, safe to use by any thread."""

    def of(self, kind: Any) -> Reader:
        """The reader of *kind*."""
        with self._lock:
            return self.ready.setdefault(kind, self._of(kind))

    def _of(self, kind: Any) -> Reader:
        kind = bare(kind)
        if kind in LEAVES:
            return LEAVES[kind]
        if is_model(kind):
            return self._model(kind)
        if is_enum(kind):
            return enum_reader(kind)
        if is_literal(kind):
            return literal_reader(get_args(kind))
        if is_many(kind):
            return self._many(kind)
        if is_map(kind):
            return self._map(kind)
        if is_union(kind):
            return self._union(kind)
        raise TypeError(f"{kind!r} cannot be read")

    def _many(self, kind: Any) -> Reader:
        item = self._of(get_args(kind)[0])

        def read(raw: Json) -> Any:
            if raw.__class__ is not list:
                wrong_list(raw)
            return tuple([item(each) for each in raw])

        return read

    def _map(self, kind: Any) -> Reader:
        item = self._of(get_args(kind)[1])

        def read(raw: Json) -> Any:
            if raw.__class__ is not dict:
                wrong_object(raw)
            return {key: item(each) for key, each in raw.items()}

        return read

    def _union(self, kind: Any) -> Reader:
        kinds, nullable = members(kind)
        if len(kinds) == 1:
            only = self._of(kinds[0])
            return (lambda raw: None if raw is None else only(raw)) if nullable else only
        readers = {each: self._of(each) for each in kinds}
        choose = chooser(kinds, self._slots)
        return lambda raw: None if raw is None and nullable else readers[choose(raw)](raw)

    def _model(self, cls: type[Model]) -> Reader:
        """Make each once. A model may contain itself, so its reader is known before it is complete."""
        if cls not in self._known:
            made: list[Reader] = []
            self._known[cls] = lambda raw: made[0](raw)  # noqa: PLW0108 - there is none yet
            made.append(_Writer(self, self._slots, self._key).reader(cls))
            self._known[cls] = made[0]
        return self._known[cls]


class _Writer:
    """Writes the reader of one model."""

    def __init__(self, readers: Readers, slots: Slots, key: Callable[[str], str]) -> None:
        self._readers = readers
        self._slots = slots
        self._key = key
        self._scope: dict[str, Any] = {
            "UNSET": UNSET,
            "EMPTY": EMPTY,
            "decimal": EXACTLY.create_decimal,
            "moment": datetime.fromisoformat,
            "leftovers": _leftovers,
            "wrong_object": wrong_object,
            "wrong_list": wrong_list,
        }

    def reader(self, cls: type[Model]) -> Reader:
        """Compile it."""
        source = "\n    ".join(["def read(raw):", *self._body(cls)])
        exec(compile(source, f"<reader of {cls.__name__}>", "exec"), self._scope)  # noqa: S102
        return cast("Reader", self._scope["read"])

    def _body(self, cls: type[Model]) -> list[str]:
        """Lines that make an object of *cls*.

        Assigning to a frozen class costs several times what assigning to a plain one does, so the object
        is filled as one of a plain twin, which adds nothing to it, and becomes one of the real class at the end.
        """
        plain: dict[str, Any] = {name: vars(object)[name] for name in _PLAIN}
        twin = self._use(type(cls.__name__, (cls,), {"__slots__": (), **plain}))
        slots = self._slots(cls)
        lines = [
            "if raw.__class__ is not dict: wrong_object(raw)",
            f"it = {twin}()",
            f"due = {len(slots)}",
        ]
        for slot in slots:
            key = self._use(self._key(slot.wire))
            take = [f"v = raw[{key}]", *self._present(slot), f"it.{slot.name} = v"]
            if slot.optional:
                absent = [f"it.{slot.name} = UNSET", "due -= 1"]
                take = [f"if {key} in raw:", *_indented(take), "else:", *_indented(absent)]
            lines += take
        known = self._use(frozenset(slot.wire for slot in slots))
        return [
            *lines,
            f"it.extra = EMPTY if due == len(raw) else leftovers(raw, {known})",
            f"it.__class__ = {self._use(cls)}",
            "return it",
        ]

    def _present(self, slot: Slot) -> list[str]:
        """Lines that turn ``v``, the value of an attribute that is there, into what it is."""
        kinds, nullable = members(slot.kind)
        lines = self._steps(alone(kinds), "v")
        return ["if v is not None:", *_indented(lines)] if nullable else lines

    def _steps(self, kind: Any, v: str) -> list[str]:
        """Lines that turn *v*, which is not null, into a *kind*."""
        kind = bare(kind)
        if kind in _EXACT:
            return [f"if {v}.__class__ is not {_EXACT[kind]}: {v} = {self._use(LEAVES[kind])}({v})"]
        if kind is Any:
            return [f"if {v}.__class__ is not str: {v} = {self._use(as_json)}({v})"]
        if kind is Decimal:
            read = self._use(as_decimal)
            return [
                f"if {v}.__class__ is str or {v}.__class__ is int: {v} = decimal({v})",
                f"elif {v}.__class__ is float: {v} = decimal(repr({v}))",
                f"else: {v} = {read}({v})",
                f"if not {v}.is_finite(): {read}({v})",
            ]
        if kind is datetime:
            read = self._use(as_datetime)
            return [
                f"try: time = moment({v})",
                f"except ValueError: {v} = {read}({v})",
                f"else: {v} = {read}({v}) if time.tzinfo is None else time",
            ]
        if is_enum(kind) and issubclass(kind, str):
            words, read = self._use(_words(kind)), self._use(enum_reader(kind))
            return [f"try: {v} = {words}[{v}]", f"except KeyError: {v} = {read}({v})"]
        if is_many(kind):
            x, many = f"{v}_x", f"{v}_many"
            return [
                f"if {v}.__class__ is not list: wrong_list({v})",
                f"{many} = []",
                f"for {x} in {v}:",
                *_indented(self._steps(get_args(kind)[0], x)),
                f"    {many}.append({x})",
                f"{v} = tuple({many})",
            ]
        return [f"{v} = {self._use(self._readers._of(kind))}({v})"]

    def _use(self, thing: Any) -> str:
        """The name of *thing* in the code."""
        for name, there in self._scope.items():
            if there is thing:
                return name
        name = f"r{len(self._scope)}"
        self._scope[name] = thing
        return name


def _words(kind: Any) -> dict[str, Enum]:
    """The members by their words, in every spelling that is common."""
    known: dict[str, Enum] = dict(kind._value2member_map_)
    folded = issubclass(kind, FoldedStrEnum)
    return {**{word.upper(): member for word, member in known.items() if folded}, **known}


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _leftovers(raw: JsonObject, known: frozenset[str]) -> JsonObject:
    return {key: as_json(value) for key, value in raw.items() if key not in known}
