"""TOML into classes and back. Every mistake is named by its dotted key, with the way out; all are found.

A :class:`Kind` says how one sort of value stands in TOML. :func:`section` makes one for a class: its
attributes are the keys of a table, attributes without a default are required keys, and the validators of
the class are what a value must meet. Validators raise :class:`SettingsError` with keys that begin at the
class; the section puts its own place before them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Generic, TypeGuard, TypeVar, cast

import attrs
from attrs import NOTHING, Attribute, frozen

from .errors import SettingsError

T = TypeVar("T")


class Loose(str):
    """A floating-point number of a TOML file, as it was written."""

    __slots__ = ()


def _same(value: Any) -> Any:
    return value


@frozen
class Kind(Generic[T]):
    """One sort of value: what is due, how it is read under its full key, how it is written."""

    due: str
    read: Callable[[Any, str], T]
    write: Callable[[T], Any] = _same
    empty: Any = None
    """What is read when the key is not there at all; ``None`` leaves it to the class."""


def parse(text: str) -> dict[str, Any]:
    """The table that *text* is.

    Raises:
        SettingsError: It is not TOML, or holds what cannot be read.
    """
    try:
        return tomllib.loads(text, parse_float=Loose)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            "settings", f"this is not TOML: {error}.", "A text stands in quotes, a section in brackets."
        ) from None
    except ValueError:  # so many digits that Python does not read them
        raise SettingsError(
            "settings", "a number in it has too many digits.", "Look for it and write it with fewer."
        ) from None
    except RecursionError:
        raise SettingsError(
            "settings",
            "lists or tables in it are nested too deep.",
            "Settings.example() shows how deep they are.",
        ) from None


def is_whole(raw: Any) -> TypeGuard[int]:
    """Whether *raw* is a whole number as TOML has them, of 64 bits; Python reads larger ones too."""
    return type(raw) is int and -(2**63) <= raw < 2**63


def shown(raw: Any) -> str:
    """A value of a TOML file in words; long texts, which may be secrets, are not repeated."""
    match raw:
        case bool():
            return f"the switch {str(raw).lower()}"
        case int() if not is_whole(raw):
            return "a number beyond 64 bits"
        case Loose() | int():
            return f"the number {raw}"
        case str():
            return f'the text "{raw}"' if len(raw) < 30 else f"a text of {len(raw)} characters"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"the date or time {raw}"


def _wrong(key: str, raw: Any, due: str) -> SettingsError:
    return SettingsError(key, f"is {shown(raw)}.", f"Write {due}.")


# Kinds.


def text(due: str = "a text in quotes") -> Kind[str]:
    """A text."""

    def read(raw: Any, key: str) -> str:
        if type(raw) is not str:
            raise _wrong(key, raw, due)
        return raw

    return Kind(due, read)


def choice(*words: str) -> Kind[Any]:
    """One of a few words."""
    due = "one of " + ", ".join(f'"{word}"' for word in words)

    def read(raw: Any, key: str) -> str:
        if type(raw) is not str or raw not in words:
            close = difflib.get_close_matches(str(raw), words, 1) if isinstance(raw, str) else []
            raise _wrong(key, raw, f'"{close[0]}"' if close else due)
        return raw

    return Kind(due, read)


def _read_switch(raw: Any, key: str) -> bool:
    if not isinstance(raw, bool):
        raise _wrong(key, raw, SWITCH.due)
    return raw


SWITCH: Final = Kind("true or false, without quotes", _read_switch)


def _read_whole(raw: Any, key: str) -> int:
    if not is_whole(raw):
        raise _wrong(key, raw, WHOLE.due)
    return raw


WHOLE: Final = Kind("a whole number without quotes", _read_whole)


def _read_exact(raw: Any, key: str) -> Decimal:
    if isinstance(raw, Loose):
        raise SettingsError(
            key, f"{raw} without quotes is not an exact number.", f'Write it in quotes: "{raw}".'
        )
    if not (is_whole(raw) or (isinstance(raw, str) and _EXACT.fullmatch(raw))):
        raise _wrong(key, raw, EXACT.due)
    return Decimal(raw)


_EXACT: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
EXACT: Final = Kind('a number in quotes, with a decimal point: "25.30"', _read_exact, "{:f}".format)


def list_of(kind: Kind[T]) -> Kind[tuple[T, ...]]:
    """A list; one value may stand for a list of it."""

    def read(raw: Any, key: str) -> tuple[T, ...]:
        listed = cast(Sequence[Any], raw) if isinstance(raw, list) else [raw]
        return tuple(kind.read(value, key) for value in listed)

    def write(values: tuple[T, ...]) -> Any:
        return [kind.write(value) for value in values]

    return Kind(f"{kind.due}, or a list of such", read, write)


def table_of(
    kind: Kind[T], refusal: Callable[[str, str], SettingsError | None] | None = None
) -> Kind[Mapping[str, T]]:
    """A table with keys of the user's choice, in which case does not make a key another one.

    Args:
        kind: The kind of each value.
        refusal: Given a full key and its last word, tells why there cannot be such a key.
    """

    def read(raw: Any, key: str) -> Mapping[str, T]:
        values: dict[str, T] = {}
        problems: list[SettingsError] = []
        first: dict[str, str] = {}
        for name, value in _table(raw, key).items():
            at = joined(key, name)
            other = first.setdefault(name.casefold(), name)
            try:
                if refusal and (refused := refusal(at, name)):
                    raise refused
                if other != name:
                    raise SettingsError(at, f"stands there as {other} already.", "Remove one of the two.")
                values[name] = kind.read(value, at)
            except SettingsError as problem:
                problems.append(problem)
        if problems:
            raise SettingsError.gathered(problems)
        return values

    def write(values: Mapping[str, T]) -> Any:
        return {name: kind.write(value) for name, value in values.items()}

    return Kind("a table", read, write)


def section(cls: type[T], kinds: Mapping[str, Kind[Any]], **keys: str) -> Kind[T]:
    """A table whose keys are the attributes of *cls*.

    Args:
        cls: An attrs class. A required attribute is a required key.
        kinds: The kind of each attribute, in the order in which they are written.
        keys: The key of an attribute, where it is another word.
    """
    attributes: Mapping[str, Attribute[Any]] = attrs.fields_dict(cast(Any, cls))
    known = {keys.get(name, name): (attributes[name], kind) for name, kind in kinds.items()}

    def read(raw: Any, key: str) -> T:
        table = _table(raw, key)
        problems = [unknown(joined(key, name), name, known) for name in table if name not in known]
        values: dict[str, Any] = {}
        for name, (attribute, kind) in known.items():
            value = table.get(name, kind.empty)
            at = joined(key, name)
            try:
                if value is not None:
                    values[attribute.name] = kind.read(value, at)
                    _meet(attribute, values[attribute.name], key)
                elif attribute.default is NOTHING:
                    raise SettingsError(at, "is missing.", f"Write {kind.due}.")
            except SettingsError as problem:
                problems.append(problem)
        if problems:
            raise SettingsError.gathered(problems)
        try:
            return cls(**values)
        except SettingsError as problem:
            raise problem.within(key) from None

    def write(value: T) -> Any:
        present = {name: (kind, getattr(value, attribute.name)) for name, (attribute, kind) in known.items()}
        return {name: kind.write(part) for name, (kind, part) in present.items() if part is not None}

    return Kind("a table", read, write, {})


def _meet(attribute: Attribute[Any], value: Any, key: str) -> None:
    """Put *value* to the validators of *attribute*, so that one bad value does not hide the next."""
    converter: Any = cast(Any, attribute).converter
    if converter is not None:
        value = converter(value)
    if attribute.validator is not None:
        try:
            attribute.validator(None, attribute, value)
        except SettingsError as problem:
            raise problem.within(key) from None


def unknown(key: str, name: str, known: Iterable[str]) -> SettingsError:
    """The error for a key that nobody knows; what it holds is not repeated, it may be a secret."""
    names = list(known)
    if f"{name}_env" in names:
        return SettingsError(
            key,
            "keys stay out of this file.",
            f"Set an environment variable to it and write the variable's name as {name}_env.",
        )
    close = difflib.get_close_matches(name.lower(), names, 1)
    return SettingsError(
        key, "is not a setting.", f"Is {close[0]} meant?" if close else f"Known here: {', '.join(names)}."
    )


def joined(key: str, name: str) -> str:
    """The dotted key of *name* in the table *key*."""
    return f"{key}.{name}" if key else name


def _table(raw: Any, key: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _wrong(key, raw, f"a section [{key}]")
    return cast(dict[str, Any], raw)


# Out again.

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED: Final = re.compile(r'[\x00-\x1f\x7f"\\]')


def dumps(table: Mapping[str, Any]) -> str:
    """*table* as TOML: text, switches, whole numbers, lists of them, and tables."""
    return "\n".join(_sections(table, ()))


def _sections(table: Mapping[str, Any], at: Sequence[str]) -> Iterable[str]:
    flat = {name: value for name, value in table.items() if not isinstance(value, Mapping)}
    if flat:
        head = [f"[{'.'.join(map(_key, at))}]"] if at else []
        yield "\n".join([*head, *(f"{_key(name)} = {_value(value)}" for name, value in flat.items()), ""])
    for name, value in table.items():
        if name not in flat:
            yield from _sections(value, (*at, name))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return f"\\{character}" if character in '"\\' else f"\\u{ord(character):04x}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return f'"{_ESCAPED.sub(_escaped, value)}"'
        case _:
            return f"[{', '.join(map(_value, value))}]"
