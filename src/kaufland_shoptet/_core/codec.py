"""JSON to models and back.

The interface is a cattrs converter. Its hooks for models are straight-line functions compiled at first
use: decoding is where a client spends its time. They do not track where they are; when one fails, the
same value is decoded again by cattrs' own detailed hooks, which do.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from enum import Enum, IntEnum, StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs
import cattrs
from attrs import frozen
from cattrs.gen import make_dict_structure_fn, override
from typing_extensions import TypeForm

from .values import UNSET, Json, Model, Text, Unset


def _parser() -> Callable[[bytes], Json]:
    """Orjson when the extra is installed: half of the decoding time."""
    try:
        import orjson
    except ImportError:
        return lambda data: json.loads(data, parse_float=Decimal, parse_constant=_refuse)
    return orjson.loads


def _refuse(constant: str) -> Json:
    """``NaN`` and ``Infinity`` are not JSON."""
    raise ValueError(constant)


_loads = _parser()

__all__ = ["Codec", "Mismatch", "camel", "many_of", "plain"]

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]


class Mismatch(ValueError):
    """A value is not what the document promises; ``path`` says where."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem


def plain(name: str) -> str:
    """Python name to wire name where both are snake_case.

    >>> plain("id_order"), plain("type_")
    ('id_order', 'type')
    """
    return name.removesuffix("_")


def camel(name: str) -> str:
    """Python name to wire name where the wire is camelCase.

    >>> camel("external_code"), camel("from_")
    ('externalCode', 'from')
    """
    first, *rest = name.removesuffix("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


# Leaves. Each takes a JSON value and returns the Python value, or raises ValueError saying what it saw.


def _saw(value: Json) -> str:
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


def _as_str(value: Json) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"a string was due, {_saw(value)} came")


def _as_bool(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"a boolean was due, {_saw(value)} came")


def _as_int(value: Json) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, (float, Decimal)):
        number = Decimal(value)
        # Ten characters of JSON, such as ``1E+999999999``, may stand for a gigabyte of digits.
        if number.is_finite() and number.adjusted() < 40 and number == number.to_integral_value():
            return int(number)
    raise ValueError(f"a whole number was due, {_saw(value)} came")


def _as_decimal(value: Json) -> Decimal:
    try:
        if isinstance(value, (str, Decimal)):
            number = Decimal(value)
        elif isinstance(value, float):
            number = Decimal(repr(value))  # the digits as they were written
        elif isinstance(value, int) and not isinstance(value, bool):
            number = Decimal(value)
        else:
            raise ValueError(f"a decimal number was due, {_saw(value)} came")
    except InvalidOperation:
        raise ValueError("a decimal number was due, other text came") from None
    if not number.is_finite():
        raise ValueError("a decimal number was due, other text came")
    return number


_from_iso = datetime.fromisoformat
_ODD_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)T")


@lru_cache(1)
def _berlin() -> Any:
    from dateutil.tz import gettz

    return gettz("Europe/Berlin")


def _as_datetime(value: Json) -> datetime:
    try:
        moment = _from_iso(value)
    except ValueError:
        moment = _odd_datetime(value)
    except TypeError:
        raise ValueError(f"a time was due, {_saw(value)} came") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=_berlin())


def _odd_datetime(text: str) -> datetime:
    """Shapes that ISO 8601 does not know, such as Kaufland's ``2019-07-19T17:24:05T``."""
    from dateutil import parser

    match = _ODD_TIME.fullmatch(text)
    try:
        return parser.isoparse(f"{match[1]}T{match[2]}" if match else text)
    except ValueError:
        raise ValueError("a time was due, other text came") from None


def _as_date(value: Json) -> date:
    if not isinstance(value, str):
        raise ValueError(f"a date was due, {_saw(value)} came")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("a date was due, other text came") from None


def _as_json(value: Json) -> Json:
    """Anything, but never with a binary float in it."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list):
        return [_as_json(item) for item in cast("Sequence[Json]", value)]
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in cast("Mapping[str, Json]", value).items()}
    return value


_LEAVES: dict[Any, Callable[[Json], Any]] = {
    str: _as_str,
    bool: _as_bool,
    int: _as_int,
    Decimal: _as_decimal,
    datetime: _as_datetime,
    date: _as_date,
    Any: _as_json,
}
_EXACT = {str: "str", bool: "bool", int: "int"}
_UNIONS = (Union, UnionType)


@lru_cache(None)
def _enum_reader(cls: type[Enum]) -> Callable[[Json], Enum]:
    members = dict(cls._value2member_map_)

    def read(value: Json) -> Enum:
        try:
            found = members.get(value)
            if not isinstance(value, bool):  # which Python takes for 0 and 1
                return found if found is not None else cls(value)
        except (TypeError, ValueError):
            pass
        raise ValueError(f"one of {cls.__name__} was due, {_saw(value)} came")

    return read


def _literal_reader(allowed: tuple[Any, ...]) -> Callable[[Json], Any]:
    def read(value: Json) -> Any:
        if value in allowed:
            return value
        raise ValueError(f"one of {', '.join(map(repr, allowed))} was due, something else came")

    return read


# Shapes of types.


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is cast("Any", Literal)


def _is_annotated(kind: Any) -> bool:
    return get_origin(kind) is cast("Any", Annotated)


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in _UNIONS


def _is_many(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_map(kind: Any) -> bool:
    return get_origin(kind) is dict


def _members(union: Any) -> list[Any]:
    """The members of a union that say something about a value that is there."""
    return [member for member in get_args(union) if member is not Unset]


@frozen
class _Slot:
    """One attribute of a model: its name, its wire name, its type, whether it may be absent."""

    name: str
    wire: str
    kind: Any
    optional: bool


class Codec:
    """How one API writes its values as JSON.

    Args:
        rename: Python attribute name to wire name.
        time: How a moment is written.
    """

    def __init__(self, rename: Callable[[str], str], time: Callable[[datetime], str]) -> None:
        self._rename = rename
        self._time = time
        self.converter: cattrs.Converter = self._make(detailed=False)
        self._detailed = self._make(detailed=True)
        self._building = threading.RLock()
        self._readers: dict[Any, Hook] = {}
        self._known_slots: dict[Any, tuple[_Slot, ...]] = {}
        self._writers: dict[Any, Callable[[Any, str], Json]] = {}

    def load(self, body: bytes) -> Json:
        """Parse a JSON body. Raises :class:`Mismatch` when it is not JSON."""
        try:
            return _loads(body)
        except (ValueError, RecursionError):
            raise Mismatch("$", "the body is not JSON") from None

    def dump(self, value: Json) -> bytes:
        """Write an encoded value as compact UTF-8."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    def decode(self, raw: Json, into: TypeForm[T], at: str = "$") -> T:
        """Build *into* from parsed JSON. Raises :class:`Mismatch` with the path of what is wrong."""
        kind: Any = into
        try:
            read = self._readers.get(kind) or self._reader(kind)
            result: T = read(raw, kind)
        except Exception as error:  # whatever it was, the detailed pass names it
            try:
                with self._building:
                    self._detailed.structure(raw, kind)
            except Exception as detailed:  # noqa: BLE001
                raise _mismatch(detailed, at) from None
            raise Mismatch(at, str(error)) from error
        return result

    def encode(self, value: object, kind: TypeForm[object] | None = None) -> Json:
        """Turn a model, or a value of type *kind*, into what :meth:`dump` writes.

        Raises:
            Mismatch: A value cannot be written without changing it, such as a price with too many
                places or a ``float``.
        """
        chosen: Any = kind if kind is not None else type(value)
        return self._writer(chosen)(value, "$")

    # Reading.

    def _reader(self, kind: Any) -> Hook:
        """Make the reader of *kind*; one thread at a time, for a half made reader is visible to others."""
        with self._building:
            return self._readers.setdefault(kind, self.converter.get_structure_hook(kind))

    def _make(self, *, detailed: bool) -> cattrs.Converter:
        converter = cattrs.Converter(detailed_validation=detailed)

        def reading(read: Callable[[Json], Any]) -> Hook:
            return lambda value, _: read(value)

        def when(test: Callable[[Any], bool], make: Callable[[Any], Hook]) -> None:
            converter.register_structure_hook_factory(test, make)

        for leaf, read in _LEAVES.items():
            if leaf is Any:
                converter.register_structure_hook_func(lambda kind: kind is Any, reading(read))
            else:
                converter.register_structure_hook(leaf, reading(read))
        for base in (Enum, StrEnum, IntEnum):  # cattrs takes a subclass of str for a str otherwise
            converter.register_structure_hook(base, lambda value, kind: _enum_reader(kind)(value))
        when(_is_literal, lambda kind: reading(_literal_reader(get_args(kind))))
        when(_is_annotated, lambda kind: converter.get_structure_hook(get_args(kind)[0]))
        when(_is_union, lambda kind: self._union(converter, kind))
        when(_is_map, lambda kind: _map(converter, kind))
        when(_is_many, lambda kind: (_many_detailed if detailed else _many)(converter, kind))
        make = self._detailed_reader if detailed else self._compiled_reader
        when(_is_model, _tied(lambda cls: make(converter, cls)))
        return converter

    def _slots(self, cls: type[Model]) -> tuple[_Slot, ...]:
        if cls not in self._known_slots:
            self._known_slots[cls] = self._read_slots(cls)
        return self._known_slots[cls]

    def _read_slots(self, cls: type[Model]) -> tuple[_Slot, ...]:
        hints = get_type_hints(cls, include_extras=True)
        slots: list[_Slot] = []
        for attribute in attrs.fields(cls):
            if attribute.name == "extra":
                continue
            kind = hints[attribute.name]
            optional = _is_union(kind) and Unset in get_args(kind)
            wire = attribute.metadata.get("wire") or self._rename(attribute.name)
            slots.append(_Slot(attribute.name, wire, kind, optional))
        return tuple(slots)

    def _compiled_reader(self, converter: cattrs.Converter, cls: type[Model]) -> Hook:
        return _compile(cls, self._slots(cls), converter)

    def _detailed_reader(self, converter: cattrs.Converter, cls: type[Model]) -> Hook:
        renames: dict[str, Any] = {slot.name: override(rename=slot.wire) for slot in self._slots(cls)}
        fill: Hook = make_dict_structure_fn(
            cls, converter, _cattrs_detailed_validation=True, extra=override(omit=True), **renames
        )

        def read(raw: Json, kind: Any) -> Any:
            if not isinstance(raw, dict):
                raise ValueError(f"an object was due, {_saw(raw)} came")
            return fill(cast("Json", raw), kind)

        return read

    def _union(self, converter: cattrs.Converter, union: Any) -> Hook:
        members = _members(union)
        nullable = NoneType in members
        members = [member for member in members if member is not NoneType]
        models = [member for member in members if _is_model(member)]
        others = [member for member in members if not _is_model(member)]

        def pick(raw: Json) -> Any:
            if isinstance(raw, dict) and models:
                return _closest(cast("dict[str, Json]", raw), models, self._slots)
            return next((kind for kind in others if _suits(raw, kind)), members[0])

        if len(members) == 1:
            (only,) = members
            hook = converter.get_structure_hook(only)
            if not nullable:
                return lambda raw, _: hook(raw, only)
            return lambda raw, _: None if raw is None else hook(raw, only)

        hooks = {member: converter.get_structure_hook(member) for member in members}

        def read(raw: Json, _: Any) -> Any:
            if raw is None and nullable:
                return None
            kind = pick(raw)
            return hooks[kind](raw, kind)

        return read

    # Writing.

    def _writer(self, kind: Any) -> Callable[[Any, str], Json]:
        if kind not in self._writers:
            self._writers[kind] = self._make_writer(kind)
        return self._writers[kind]

    def _make_writer(self, kind: Any) -> Callable[[Any, str], Json]:
        origin: Any = get_origin(kind)
        if _is_annotated(kind):
            base, *marks = get_args(kind)
            text = next((mark for mark in marks if isinstance(mark, Text)), None)
            return _text_writer(text) if text is not None else self._writer(base)
        if _is_model(kind):
            return self._model_writer(kind)
        if kind is datetime:
            return lambda value, at: self._time(_due(value, datetime, at))
        if kind is date:
            return _write_date
        if kind is Decimal:
            return _write_number
        if origin is tuple:
            return self._many_writer(get_args(kind)[0])
        if origin is dict:
            item = self._writer(get_args(kind)[1])
            return lambda value, at: {key: item(each, f"{at}.{key}") for key, each in value.items()}
        if _is_union(kind):
            return self._union_writer(kind)
        return self._any_writer

    def _model_writer(self, cls: type[Model]) -> Callable[[Any, str], Json]:
        parts: list[tuple[str, str, Callable[[Any, str], Json]]] = []

        def write(value: Any, at: str) -> Json:
            if not isinstance(value, cls):
                raise Mismatch(at, f"{cls.__name__} was due, {type(value).__name__} was given")
            if not parts:
                # All of them at once: another thread may be writing such a model, too.
                parts[:] = [(slot.name, slot.wire, self._writer(slot.kind)) for slot in self._slots(cls)]
            found: dict[str, Json] = {}
            for name, wire, writer in parts:
                inner = getattr(value, name)
                if inner is not UNSET:
                    found[wire] = writer(inner, f"{at}.{wire}")
            for key, extra in value.extra.items():
                found[key] = self._any_writer(extra, f"{at}.{key}")
            return found

        return write

    def _many_writer(self, kind: Any) -> Callable[[Any, str], Json]:
        item = self._writer(kind)

        def write(value: Any, at: str) -> Json:
            if isinstance(value, str):  # a list of letters, if we let it pass
                raise Mismatch(at, "a list was due, str was given")
            return [item(each, f"{at}[{index}]") for index, each in enumerate(value)]

        return write

    def _union_writer(self, union: Any) -> Callable[[Any, str], Json]:
        members = [member for member in _members(union) if member is not NoneType]
        if len(members) == 1:
            write = self._writer(members[0])
            return lambda value, at: None if value is None else write(value, at)
        decimals = [self._writer(kind) for kind in members if _is_annotated(kind)]

        def write_any(value: Any, at: str) -> Json:
            if decimals and isinstance(value, Decimal):
                return decimals[0](value, at)
            return self._any_writer(value, at)

        return write_any

    def _any_writer(self, value: Any, at: str) -> Json:
        """Write by what the value is, where the type does not say."""
        if isinstance(value, Enum):
            return value.value
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, (list, tuple)):
            many = cast("tuple[Any, ...]", value)
            return [self._any_writer(each, f"{at}[{index}]") for index, each in enumerate(many)]
        if isinstance(value, dict):
            pairs = cast("dict[str, Any]", value)
            return {key: self._any_writer(each, f"{at}.{key}") for key, each in pairs.items()}
        if isinstance(value, (Model, Decimal, datetime, date)):
            return self._writer(type(value))(value, at)
        raise Mismatch(at, f"{type(value).__name__} cannot be written; use Decimal, int, str or a model")


def many_of(item: Any) -> Any:
    """The type of a tuple of *item*, for :meth:`Codec.decode`."""
    return tuple[item, ...]


def _due(value: Any, kind: type[T], at: str) -> T:
    if isinstance(value, kind):
        return value
    raise Mismatch(at, f"{kind.__name__} was due, {type(value).__name__} was given")


def _exactly(value: Any, at: str) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    number = _due(value, Decimal, at)
    if not number.is_finite():
        raise Mismatch(at, f"{number} cannot be written")
    return number


def _write_date(value: Any, at: str) -> Json:
    if isinstance(value, datetime):  # which Python takes for a date
        raise Mismatch(at, "date was due, datetime was given")
    return _due(value, date, at).isoformat()


_WIDE = Context(prec=60)
"""Enough for any amount, whatever the caller's own context."""


def _text_writer(text: Text) -> Callable[[Any, str], Json]:
    places = text.places

    def write(value: Any, at: str) -> Json:
        number = _exactly(value, at)
        if places is None:
            return format(number, "f")
        try:
            exact = number.quantize(Decimal(1).scaleb(-places), context=_WIDE)
        except InvalidOperation:
            raise Mismatch(at, "has more digits than an amount can have") from None
        if exact != number:
            raise Mismatch(at, f"has more than {places} decimal places; round it first")
        return format(exact, "f")

    return write


def _write_number(value: Any, at: str) -> Json:
    number = _exactly(value, at)
    if number == number.to_integral_value() and number.as_tuple().exponent == 0:
        return int(number)
    shortest = float(number)  # JSON's own notation; refused unless it reads back as the same number
    if Decimal(repr(shortest)) != number:
        raise Mismatch(at, "has more digits than a JSON number carries")
    return shortest


# Compiled readers.


def _tied(make: Callable[[type[Model]], Hook]) -> Callable[[type[Model]], Hook]:
    """Make each reader once. A model may contain itself, so its reader is known before it is complete."""
    known: dict[type[Model], Hook] = {}

    def build(cls: type[Model]) -> Hook:
        if cls not in known:
            made: list[Hook] = []

            def later(raw: Json, kind: Any) -> Any:
                return made[0](raw, kind)

            known[cls] = later
            made.append(make(cls))
            known[cls] = made[0]
        return known[cls]

    return build


def _many(converter: cattrs.Converter, kind: Any) -> Hook:
    item = get_args(kind)[0]
    hook = converter.get_structure_hook(item)

    def read(raw: Json, _: Any) -> Any:
        if raw.__class__ is not list:
            raise ValueError(f"a list was due, {_saw(raw)} came")
        return tuple([hook(each, item) for each in raw])

    return read


def _many_detailed(converter: cattrs.Converter, kind: Any) -> Hook:
    many: Any = list[get_args(kind)[0]]  # type: ignore[misc]

    def read(raw: Json, _: Any) -> Any:
        if not isinstance(raw, list):
            raise ValueError(f"a list was due, {_saw(raw)} came")
        return tuple(converter.structure(raw, many))

    return read


def _map(converter: cattrs.Converter, kind: Any) -> Hook:
    fill: Hook = converter.gen_structure_mapping(kind)

    def read(raw: Json, _: Any) -> Any:
        if not isinstance(raw, dict):
            raise ValueError(f"an object was due, {_saw(raw)} came")
        return fill(cast("Json", raw), kind)

    return read


def _suits(raw: Json, kind: Any) -> bool:
    """Whether *raw* looks like *kind*, to choose among members of a union."""
    base = get_args(kind)[0] if _is_annotated(kind) else kind
    if _is_many(base):
        return isinstance(raw, list)
    if base is Decimal and kind is not base:
        return isinstance(raw, str)
    if _is_map(base):
        return isinstance(raw, dict)
    try:
        leaf = _enum_reader(base) if isinstance(base, type) and issubclass(base, Enum) else _LEAVES[base]
        leaf(raw)
    except (KeyError, ValueError):
        return False
    return True


def _closest(raw: dict[str, Json], models: list[Any], slots: Callable[[Any], tuple[_Slot, ...]]) -> Any:
    """The model whose required keys are all there and that knows the most of the others."""

    def fit(cls: Any) -> tuple[int, int]:
        known = slots(cls)
        missing = sum(1 for slot in known if not slot.optional and slot.wire not in raw)
        found = sum(1 for slot in known if slot.wire in raw)
        return -missing, found

    return max(models, key=fit)


def _compile(cls: type[Model], slots: tuple[_Slot, ...], converter: cattrs.Converter) -> Hook:
    """Write and compile the reader of one model.

    Assigning to a frozen class costs several times what assigning to a plain one does, so the object
    is filled as an instance of a plain twin with the same slots and becomes the real class at the end.
    """
    twin = type(
        cls.__name__, cls.__bases__, {"__slots__": tuple(s.name for s in slots if s.name in vars(cls))}
    )
    twin.__setattr__ = object.__setattr__  # type: ignore[method-assign,assignment]
    scope: dict[str, Any] = {
        "UNSET": UNSET,
        "new": object.__new__,
        "twin": twin,
        "cls": cls,
        "wrong": _wrong_object,
        "leftovers": _leftovers,
        "known": frozenset(slot.wire for slot in slots),
    }
    lines = [
        "def read(raw, _):",
        "    if raw.__class__ is not dict: wrong(raw)",
        "    it = new(twin)",
        f"    due = {len(slots)}",
    ]
    if any(slot.optional for slot in slots):
        lines.append("    get = raw.get")
    for number, slot in enumerate(slots):
        lines += _slot_lines(number, slot, scope, converter)
    lines += [
        "    it.extra = {} if due == len(raw) else leftovers(raw, known)",
        "    it.__class__ = cls",
        "    return it",
    ]
    exec(compile("\n".join(lines), f"<reader of {cls.__name__}>", "exec"), scope)  # noqa: S102
    return cast("Hook", scope["read"])


def _slot_lines(number: int, slot: _Slot, scope: dict[str, Any], converter: cattrs.Converter) -> list[str]:
    members = _members(slot.kind) if _is_union(slot.kind) else [slot.kind]
    nullable = NoneType in members
    present = [member for member in members if member is not NoneType]
    alone: Any = present[0] if len(present) == 1 else Union[tuple(present)]  # noqa: UP007
    guards = ["v is not None"] if nullable else []
    exact = _EXACT.get(alone)
    if exact:
        scope[f"r{number}"] = _LEAVES[alone]
        guards.append(f"v.__class__ is not {exact}")
        call = f"v = r{number}(v)"
    elif alone in _LEAVES or (isinstance(alone, type) and issubclass(alone, Enum)):
        scope[f"r{number}"] = _LEAVES[alone] if alone in _LEAVES else _enum_reader(alone)
        call = f"v = r{number}(v)"
    else:
        scope[f"r{number}"], scope[f"k{number}"] = converter.get_structure_hook(alone), alone
        call = f"v = r{number}(v, k{number})"
    test = f"if {' and '.join(guards)}: " if guards else ""
    if not slot.optional:
        return [f"    v = raw[{slot.wire!r}]", f"    {test}{call}", f"    it.{slot.name} = v"]
    branch = "elif" + test[2:] if test else "else: "
    return [
        f"    v = get({slot.wire!r}, UNSET)",
        "    if v is UNSET: due -= 1",
        f"    {branch}{call}",
        f"    it.{slot.name} = v",
    ]


def _wrong_object(raw: Json) -> None:
    raise ValueError(f"an object was due, {_saw(raw)} came")


def _leftovers(raw: dict[str, Json], known: frozenset[str]) -> dict[str, Json]:
    return {key: _as_json(value) for key, value in raw.items() if key not in known}


def _mismatch(error: Exception, at: str) -> Mismatch:
    """The first of cattrs' complaints, as one path and one sentence."""
    complaint = cattrs.transform_error(error, path=at, format_exception=_sentence)[0]
    problem, _, path = complaint.rpartition(" @ ")
    return Mismatch(path, problem)


def _sentence(error: BaseException, _kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "a required field is missing"
    return str(error)
