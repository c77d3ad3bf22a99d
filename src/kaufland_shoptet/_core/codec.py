"""JSON to models and back.

Decoding is where a client spends its time: models are read by functions compiled at first use, which do not
track where they are. When one fails, cattrs reads the same value again in detail and says where.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin

from .compiled import Readers
from .kinds import Slot, is_annotated, is_model, is_union, members, read_slots
from .values import UNSET, Json, Mismatch, Model, Text, camel, many_of, plain

if TYPE_CHECKING:
    from cattrs import Converter
    from typing_extensions import TypeForm


def _parser() -> Callable[[bytes], Json]:
    """Orjson when the extra is installed: it takes a third off the time of decoding, or more."""
    try:
        import orjson
    except ImportError:
        return _standard
    return orjson.loads


def _standard(body: bytes) -> Json:
    """What ``json.loads`` does, without making a parser for every body."""
    text = str(body, "utf-8").strip(" \t\n\r")
    value, end = _decoder.raw_decode(text)
    if end != len(text):
        raise ValueError("more than one value")
    # Half a character cannot be written anywhere. Most bodies have no backslash, which is quick to see.
    if b"\\" in body and re.search(rb"\\u[dD]", body):
        json.dumps(value, ensure_ascii=False, default=str).encode()
    return value


def _refuse(constant: str) -> Json:
    """``NaN`` and ``Infinity`` are not JSON."""
    raise ValueError(constant)


_decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)


def _first(body: bytes) -> Json:
    """Choose the parser when there is something to parse; loading it takes a moment."""
    global _loads  # noqa: PLW0603
    _loads = _parser()
    return _loads(body)


_loads: Callable[[bytes], Json] = _first


def _key(word: str) -> str:
    """*word* as a key of a parsed object; orjson gives the same one each time, as long as it remembers it."""
    found: dict[str, Json] = _loads(json.dumps({word: None}).encode())
    return next(iter(found))


__all__ = ["Codec", "Mismatch", "camel", "many_of", "plain"]

T = TypeVar("T")


class Codec:
    """How one API writes its values as JSON.

    Args:
        rename: Python attribute name to wire name.
        time: How a moment is written.
    """

    def __init__(self, rename: Callable[[str], str], time: Callable[[datetime], str]) -> None:
        self._rename = rename
        self._time = time
        self._known_slots: dict[type[Model], tuple[Slot, ...]] = {}
        self._readers = Readers(self._slots, _key)
        self._detailed: Converter | None = None
        self._detailing = threading.RLock()
        self._writers: dict[Any, Callable[[Any, str], Json]] = {}

    def load(self, body: bytes) -> Json:
        """Parse a JSON body. Raises :class:`Mismatch` when it is not JSON."""
        try:
            return _loads(body)
        except (ValueError, ArithmeticError, RecursionError):  # numbers may be too large to be any
            raise Mismatch("$", "the body is not JSON") from None

    def dump(self, value: Json) -> bytes:
        """Write an encoded value as compact UTF-8."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    def decode(self, raw: Json, into: TypeForm[T], at: str = "$") -> T:
        """Build *into* from parsed JSON. Raises :class:`Mismatch` with the path of what is wrong."""
        kind: Any = into
        try:
            read = self._readers.ready.get(kind) or self._readers.of(kind)
            result: T = read(raw)
        except Exception as error:  # noqa: BLE001 - whatever it was, the detailed pass names it
            mismatch = self._mismatch(raw, kind, at, error)
        else:
            return result
        raise mismatch

    def quick(self, into: TypeForm[T]) -> Callable[[bytes], T]:
        """What :meth:`load` and :meth:`decode` do in turn, for many bodies of a kind.

        What the function raises may be anything; the two say what is wrong.
        """
        read = self._readers.of(into)
        return lambda body: read(_loads(body))

    def encode(self, value: object, kind: TypeForm[object] | None = None) -> Json:
        """Turn a model, or a value of type *kind*, into what :meth:`dump` writes.

        Raises:
            Mismatch: A value cannot be written without changing it, such as a price with too many
                places or a ``float``.
        """
        chosen: Any = kind if kind is not None else type(value)
        return self._writer(chosen)(value, "$")

    def _slots(self, cls: type[Model]) -> tuple[Slot, ...]:
        if cls not in self._known_slots:
            self._known_slots[cls] = read_slots(cls, self._rename)
        return self._known_slots[cls]

    def _mismatch(self, raw: Json, kind: Any, at: str, error: Exception) -> Mismatch:
        """What is wrong with *raw*, found by reading it again in detail."""
        from . import detailed

        with self._detailing:
            self._detailed = self._detailed or detailed.converter(self._slots)
            try:
                self._detailed.structure(raw, kind)
            except Exception as found:  # noqa: BLE001 - cattrs groups whatever was raised
                return Mismatch(*detailed.complaint(found, at))
        return Mismatch(at, str(error))

    # Writing.

    def _writer(self, kind: Any) -> Callable[[Any, str], Json]:
        if kind not in self._writers:
            self._writers[kind] = self._make_writer(kind)
        return self._writers[kind]

    def _make_writer(self, kind: Any) -> Callable[[Any, str], Json]:
        origin: Any = get_origin(kind)
        if is_annotated(kind):
            base, *marks = get_args(kind)
            text = next((mark for mark in marks if isinstance(mark, Text)), None)
            return _text_writer(text) if text is not None else self._writer(base)
        if is_model(kind):
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
        if is_union(kind):
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
        kinds, _ = members(union)
        if len(kinds) == 1:
            write = self._writer(kinds[0])
            return lambda value, at: None if value is None else write(value, at)
        decimals = [self._writer(kind) for kind in kinds if is_annotated(kind)]

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
