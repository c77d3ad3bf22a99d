"""From a schema to the rule of a body, and to the reader of a query parameter."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import define, field

from ..checks import (
    Anything,
    Branches,
    Deferred,
    Either,
    Flag,
    Number,
    OrNull,
    Rows,
    Rule,
    Shape,
    Text,
    Whole,
    Words,
)
from ..params import Parser, flag
from ..wire import is_array
from .table import Schema, Table

__all__ = ["Rules"]

CHECKED = ("date", "date-time", "email")


@define(eq=False)
class Rules:
    """The rules of one table. `moment` reads the times of query parameters."""

    table: Table
    moment: Parser
    _named: dict[str, Rule] = field(factory=dict[str, Rule])

    def rule(self, schema: Schema) -> Rule:
        """What a JSON value must look like."""
        if "$ref" not in schema:
            return self._made(schema)
        name = schema["$ref"]
        named = Deferred(lambda: self._rule_of(name))
        return OrNull(named) if schema.get("nullable") else named

    def _rule_of(self, name: str) -> Rule:
        if name not in self._named:
            self._named[name] = self.rule(self.table.schemas[name])
        return self._named[name]

    def _made(self, schema: Schema) -> Rule:
        made = self._plain(schema)
        if "either" in schema:
            made = Either(made, tuple(map(tuple, schema["either"])))
        return OrNull(made) if schema.get("nullable") else made

    def _plain(self, schema: Schema) -> Rule:
        for name in ("oneOf", "anyOf"):
            if name in schema:
                return Branches(tuple(map(self.rule, schema[name])), exactly=name == "oneOf")
        kind: Any = schema.get("type")
        if is_array(kind):
            return Branches(tuple(self._plain({**schema, "type": each}) for each in kind))
        if kind == "string":
            return _text(schema)
        if "enum" in schema:
            return Words(tuple(schema["enum"]))
        match kind:
            case "object":
                return self._shape(schema)
            case "array":
                items = self.rule(schema.get("items", {}))
                least, most = schema.get("minItems", 0), schema.get("maxItems")
                return Rows(of=items, minimum=least, maximum=most, unique=schema.get("uniqueItems", False))
            case "integer":
                return Whole(minimum=schema.get("minimum"), maximum=schema.get("maximum"))
            case "number":
                names = {"minimum": "minimum", "maximum": "maximum", "step": "multipleOf"}
                return Number(**{key: _exact(schema[name]) for key, name in names.items() if name in schema})
            case "boolean":
                return Flag()
            case "null":
                return Words((None,))
            case _:
                return self._shape(schema) if "properties" in schema else Anything()

    def _shape(self, schema: Schema) -> Rule:
        rest: Any = schema.get("additionalProperties", True)
        return Shape(
            keys={name: self.rule(each) for name, each in schema.get("properties", {}).items()},
            required=tuple(schema.get("required", ())),
            rest=None if rest is False else Anything() if rest is True else self.rule(rest),
            minimum=schema.get("minProperties", 0),
        )

    # -- query parameters --------------------------------------------------------------------------------

    def parser(self, schema: Schema) -> Parser:
        """The reader of a query parameter; several values come as repeated keys or with commas."""
        look = self.table.look(schema)
        match look.get("type"):
            case "array":
                items = self.table.look(look.get("items", {}))
                return _several(self.parser(items), items)
            case "boolean":
                return flag
            case "string" if look.get("format") == "date-time":
                return self.moment
            case "integer" | "number":
                return self._read(look, _number)
            case _:
                return self._read(look, str)

    def _read(self, schema: Schema, convert: Any) -> Parser:
        rule = self.rule({**schema, "nullable": False})

        def read(values: Sequence[str]) -> Any:
            value = convert(values[-1])
            for flaw in rule.flaws(value, ""):
                raise ValueError(f"{flaw.message[:1].lower()}{flaw.message[1:]}")
            return value

        return read


def _several(one: Parser, items: Schema) -> Parser:
    words = {str(word).lower(): word for word in items.get("enum", ())}

    def read(values: Sequence[str]) -> tuple[Any, ...]:
        asked = [word.strip() for value in values for word in value.split(",") if word.strip()]
        return tuple(one([words.get(word.lower(), word)]) for word in asked)

    return read


def _number(text: str) -> int | Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError("must be a number")
    return int(number) if number == number.to_integral_value() else number


def _exact(number: float) -> Decimal:
    return Decimal(str(number))


def _text(schema: Schema) -> Text:
    form = schema.get("format")
    return Text(
        minimum=schema.get("minLength", 0),
        maximum=schema.get("maxLength"),
        pattern=_whole(schema["pattern"]) if "pattern" in schema else None,
        format=form if form in CHECKED else None,
        among=tuple(each for each in schema["enum"] if each is not None) if "enum" in schema else None,
    )


def _whole(pattern: str) -> str:
    """A pattern that may fit anywhere, as one that covers the whole text.

    >>> _whole("^[a-z]+$"), _whole("[0-9]$")
    ('[a-z]+', '.*[0-9]')
    """
    start = "" if pattern.startswith("^") else ".*"
    end = "" if pattern.endswith("$") else ".*"
    return start + pattern.removeprefix("^").removesuffix("$") + end
