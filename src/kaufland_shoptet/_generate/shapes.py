"""Schemas become types; objects become shapes, and shapes that are equal become one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import define, field

from .documents import Document, DocumentError, Node, Schema
from .model import (
    ANY,
    Array,
    Enum,
    Nullable,
    OneOf,
    Plain,
    Property,
    Shape,
    Table,
    Type,
    Use,
    bare,
    mentioned,
    nullable,
)
from .names import singular, snake, words
from .overlay import Overlay
from .vendors import Vendor

_DECIMAL = re.compile(r"\^?(?:\(-\)\?|-\?)?\[0-9\](?:\+|\{[\d,]+\})\\\.\??\[0-9\]\{(\d+)(,\d+)?\}\$")
_SCALARS = {"string": "str", "integer": "int", "boolean": "bool", "number": "Decimal"}

_Class = TypeVar("_Class", Shape, Enum)
_Fields = frozenset[tuple[str, Type, bool]]


@define
class Reader:
    """Reads schemas of one document.

    An inline object is told from others by the word it goes by and by its properties: two objects
    ``{id, name}`` are one class if both are called ``status``, and two classes if one is a ``source``.
    """

    document: Document
    overlay: Overlay
    vendor: Vendor
    components: dict[str, Shape | Enum] = field(factory=dict[str, "Shape | Enum"])
    _known: dict[tuple[str, _Fields], Shape] = field(factory=dict[tuple[str, _Fields], Shape])
    _words: dict[tuple[str, frozenset[str | int]], Enum] = field(
        factory=dict[tuple[str, frozenset[str | int]], Enum]
    )

    _titles: dict[str, Any] = field(factory=dict[str, Any])
    problems: list[str] = field(factory=list[str])

    def __attrs_post_init__(self) -> None:
        # Components come first, so that an inline copy of one is recognised as that one.
        for name, node in self.document.components.items():
            type_ = self.type({"$ref": f"#/components/schemas/{name}"}, singular(name), name)
            title, named = self.overlay.models.exact(name), [what.name for what in mentioned(type_)]
            if title is not None and named != [title]:
                self.problems.append(f"[model] {name} is another name of {', '.join(named)}, not {title}")
            shape = self.components.get(name)
            if isinstance(shape, Shape) and node.get("properties"):
                self._known.setdefault((snake(singular(name)), _fields(shape)), shape)

    def type(self, node: Node, hint: str, origin: str) -> Type:
        """The type of a schema that goes by the word *hint* and is found at *origin*."""
        schema = self.document.look(node)
        return nullable(self._bare(schema, hint, origin), schema.nullable)

    def facts(self, node: Node) -> tuple[str, ...]:
        """Limits and defaults, told mechanically."""
        return facts(self.document.look(node))

    def _bare(self, schema: Schema, hint: str, origin: str) -> Type:
        if schema.component in self.components:
            return Use(self.components[schema.component])
        if schema.component is not None:
            hint, origin = singular(schema.component), schema.component
        if schema.options:
            return self._union(schema, hint, origin)
        if "enum" in schema.node:
            return self._enum(schema, hint, origin)
        match schema.kind:
            case "object" | None if schema.properties:
                return Use(self._object(schema, hint, origin))
            case "object":
                inner: Node | bool | None = schema.node.get("additionalProperties")
                value = self.type(inner, hint, origin) if isinstance(inner, Mapping) and inner else ANY
                return Table(value)
            case "array":
                items = schema.node.get("items")
                if not items:
                    return Array(ANY)
                item = self.type(items, hint, f"{origin}[]")
                # A component may be null elsewhere; as a row of a list that says nothing.
                return Array(bare(item) if "$ref" in items else item)
            case "string":
                return Plain(self._string(schema, hint, origin))
            case "number" if self._whole(hint, origin):
                return Plain("int")
            case "null":
                return Plain("None")
            case str(kind) if kind in _SCALARS:
                return Plain(_SCALARS[kind])
            case tuple(kinds):
                return OneOf(tuple(Plain(_SCALARS[kind]) for kind in kinds))
            case None:
                return ANY
            case kind:
                raise DocumentError(f"{origin}: type {kind!r} is not understood")

    def _union(self, schema: Schema, hint: str, origin: str) -> Type:
        """Alternatives. An open enumeration beside any string is that enumeration."""
        looked = [self.document.look(option) for option in schema.options]
        everywhere = [frozenset(option.properties) for option in looked]
        shared = everywhere[0].intersection(*everywhere)
        options: list[Type] = []
        for number, option in enumerate(schema.options):
            own = [name for name in looked[number].properties if name not in shared]
            named = f"{hint}_{snake(own[0])}" if own and looked[number].component is None else hint
            type_ = self.type(option, named, f"{origin}|{number}")
            if type_ not in options:
                options.append(type_)
        if any(isinstance(option, Use) and isinstance(option.what, Enum) for option in options):
            options = [option for option in options if option != Plain("str")]
        return options[0] if len(options) == 1 else OneOf(tuple(options))

    def _enum(self, schema: Schema, hint: str, origin: str) -> Type:
        values = schema.node["enum"]
        title = self.overlay.models.exact(origin)
        numbers = all(isinstance(value, (int, float)) for value in values)
        if numbers and title not in self.overlay.members.entries:
            return Plain("int")
        made = Enum(hint, origin, tuple(value for value in values if value != ""), schema.component)
        key = (title or snake(hint), frozenset(made.values))
        known = self._titled(title, made, lambda other: set(other.values) == set(made.values))
        known = known or self._words.setdefault(key, made)
        return Use(self._keep(known, made))

    def _object(self, schema: Schema, hint: str, origin: str) -> Shape:
        made = Shape(hint, origin, schema.component, open=_extras(schema.node))
        if schema.component is not None:
            self.components[schema.component] = made  # it may contain itself
        for wire, node in schema.properties.items():
            place = f"{schema.origins.get(wire, origin)}.{wire}"
            made.properties.append(self._property(wire, node, place, wire in schema.required))
        title = self.overlay.models.exact(origin)
        known = self._titled(title, made, lambda other: _kinds(other) == _kinds(made))
        if known is None and schema.component is None and title is None:
            known = self._known.setdefault((snake(hint), _fields(made)), made)
        return self._keep(known or made, made)

    def _property(self, wire: str, node: Node, origin: str, required: bool) -> Property:
        schema = self.document.look(node)
        word = singular(wire) if schema.kind == "array" else wire
        type_ = nullable(self.type(node, word, origin), bool(self.overlay.null.find(origin)))
        required = required and not self.overlay.absent.find(origin)
        return Property(wire, type_, required, facts(schema), bool(schema.node.get("deprecated")), [origin])

    def _titled(self, title: str | None, made: _Class, same: Callable[[_Class], bool]) -> _Class | None:
        """The class of that name, if there is one already: it has to be equal."""
        if title is None:
            return None
        known = self._titles.setdefault(title, made)
        made.name = title
        if known is made:
            return known
        if type(known) is not type(made) or not same(known):
            pair: tuple[object, object] = (known, made)
            both = [each for each in pair if isinstance(each, Shape)]
            what = _difference(*both) if len(both) == 2 else "values"
            told = f"{made.origin} and {known.origin} differ in {what}"
            self.problems.append(f"[model] {told}; they cannot both be {title}")
            return made
        return known

    def _keep(self, known: _Class, made: _Class) -> _Class:
        """Use *known* wherever *made* was found."""
        if made.component is not None:
            self.components[made.component] = known
        pair: tuple[object, object] = (known, made)
        both = [each for each in pair if isinstance(each, Shape)]
        if known is not made and len(both) == 2:
            _weaken(*both)
        return known

    def _string(self, schema: Schema, hint: str, origin: str) -> str:
        node = schema.node
        pattern = node.get("pattern", "")
        alias = self.vendor.decimals.get(schema.component or "")
        if alias is not None:
            return alias
        if node.get("format") == "date":
            return "date"
        if node.get("format") == "date-time" or "T[" in pattern or hint.endswith("_iso"):
            return "datetime"
        decimal = _DECIMAL.fullmatch(pattern)
        if decimal:
            return self.decimal(hint, 0 if decimal[2] else int(decimal[1]))
        time = self.overlay.times.find(origin) if not pattern else None
        if time is not None:
            return time
        places = self.overlay.text.find(origin) if not pattern else None
        return "str" if places is None else self.decimal(hint, places)

    def decimal(self, wire: str, places: int) -> str:
        """The alias for a decimal string."""
        parts = words(wire)
        if places == 2 and parts[-2:] == ["vat", "rate"]:
            return "VatRate"
        if places == 3 and "weight" in parts:
            return "Weight"
        return self.vendor.places.get(places, self.vendor.places.get(0, "Decimal"))

    def _whole(self, hint: str, origin: str) -> bool:
        """Numbers that are identifiers are whole, whatever the document says."""
        return bool({"id", "ids"} & set(words(hint))) or bool(self.overlay.whole.find(origin))


def facts(schema: Schema) -> tuple[str, ...]:
    """Limits and defaults of a value, told mechanically."""
    node = schema.node
    told: list[str] = []
    if "maxLength" in node:
        told.append(f"At most {node['maxLength']} characters.")
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        told.append(f"Between {low} and {high}.")
    elif low is not None and low > 1:
        told.append(f"At least {low}.")
    elif high is not None:
        told.append(f"At most {high}.")
    few, most = node.get("minItems"), node.get("maxItems")
    if most is not None:
        told.append(f"{few or 0} to {most} of them.")
    elif few:
        told.append(f"At least {few}.")
    values = node.get("enum", ())
    if values and all(isinstance(value, (int, float)) for value in values):
        told.append(f"One of {', '.join(map(str, values))}.")
    default: str | float | list[str] | None = node.get("default")
    if default not in (None, "", []):
        shown = ", ".join(map(str, default)) if isinstance(default, list) else default
        told.append(f"Default: {str(shown).lower() if isinstance(shown, bool) else shown}.")
    return tuple(told)


def _fields(shape: Shape) -> _Fields:
    return frozenset((each.wire, each.type, each.required) for each in shape.properties)


def _kinds(shape: Shape) -> dict[str, Type]:
    """The properties by name, whether or not they have to be there or may be null."""
    return {each.wire: bare(each.type) for each in shape.properties}


def _extras(node: Node) -> bool:
    """Whether unknown keys are promised: ``additionalProperties`` is there and not ``false``."""
    return "additionalProperties" in node and node["additionalProperties"] not in (False, None)


def _difference(one: Shape, other: Shape) -> str:
    left, right = _kinds(one), _kinds(other)
    return ", ".join(sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name)))


def _weaken(known: Shape, other: Shape) -> None:
    """Keep only what holds wherever a shared shape is used."""
    told = {each.wire: each for each in other.properties}
    for each in known.properties:
        each.places += told[each.wire].places
        each.required = each.required and told[each.wire].required
        each.type = nullable(each.type, isinstance(told[each.wire].type, Nullable))
        each.facts = tuple(fact for fact in each.facts if fact in told[each.wire].facts)
        each.deprecated = each.deprecated and told[each.wire].deprecated
