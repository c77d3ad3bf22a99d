"""The operations of a document as data, for the sandbox: what may be asked, and what has to be answered.

One JSON file for each API, one line for each entry, without any prose. ``schemas`` has the components by name
and, by number, inline schemas that occur more than once. A schema says what it says in JSON Schema, except for
``nullable`` (as in OpenAPI 3.0), for ``$ref`` (the bare name of an entry of ``schemas``) and for ``either``
(lists of properties, of which one list has to be there).

``operations`` has for each operation ``id``, ``method``, ``path``, ``names`` (path parameters), ``query``,
``needs`` (those of `query` that must be there), ``body``, ``status`` and ``answer`` of success (or ``file``),
``errors`` (the statuses that are declared), ``page`` (rows on the largest page), ``row`` (the schema of one
line of the file that its job writes) and ``rows`` (of the file that its job reads).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeGuard

from attrs import define, field

from .documents import Document, Node, Schema
from .model import BYTES, Array, Operation, Parameter, Plain, Resource, Type, Use, bare
from .overlay import Overlay
from .vendors import Vendor

LIMITS: Final = (
    *("type", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "default"),
)
FORMATS: Final = frozenset({"date", "date-time", "email", "uri", "uuid"})
"""Formats that say something about a text; those of numbers say how wide they are, often wrongly."""
SHARED: Final = 80
"""An inline schema of at least so many characters is written once."""
_SCHEMAS: Final = ("items", "additionalProperties")


def table(document: Document, overlay: Overlay, vendor: Vendor, resources: Iterable[Resource]) -> str:
    """The file."""
    made = _Table(document, overlay, vendor)
    operations = {
        operation.key: made.operation(operation)
        for resource in resources
        for operation in resource.operations
    }
    schemas = made.components()
    seen = Counter[str]()
    for schema in (*schemas.values(), *(each for row in operations.values() for each in _roots(row))):
        _count(schema, seen)
    shared = _Shared({text for text, number in seen.items() if number > 1 and len(text) >= SHARED})
    rows = [shared.inside(operations[key]) for key in sorted(operations)]
    schemas = {name: shared.inside(schemas[name]) for name in sorted(schemas)} | shared.found
    named = ",\n".join(f"{json.dumps(name)}:{_text(schema)}" for name, schema in schemas.items())
    listed = ",\n".join(map(_text, rows))
    return f'{{"schemas":{{\n{named}\n}},"operations":[\n{listed}\n]}}\n'


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@define
class _Table:
    document: Document
    overlay: Overlay
    vendor: Vendor
    used: dict[str, None] = field(factory=dict[str, None])

    def operation(self, operation: Operation) -> dict[str, Any]:
        """One entry."""
        in_document = f"{operation.method} {operation.path_in_document}"
        node = self.document.root["paths"][operation.path_in_document][operation.method.lower()]
        entry = self.overlay.operations.get(in_document)
        declared = {(each["in"], each["name"]): each for each in self.document.parameters(node)}
        query = {name: each for (place, name), each in declared.items() if place == "query"}
        known = {each.wire: each for each in operation.query}
        names = [*query, *(name for name in known if name not in query)]
        if operation.paging is not None:
            names += sorted(self.vendor.paging.difference(query))
        row: dict[str, Any] = {
            "id": operation.vendor_id,
            "method": operation.method,
            "path": operation.route,
            "names": {
                each.wire: self.schema(
                    declared.get(("path", each.wire), {}).get("schema", {"type": "string"})
                )
                for each in operation.path
            },
            "query": {name: self._parameter(query.get(name), known.get(name)) for name in names},
            "needs": [name for name, each in query.items() if each.get("required")],
            "body": self._body(node, entry.body_at if entry else ""),
            "status": operation.answer.status,
        }
        answer = self.document.success(node)[1]
        row |= {
            "answer": self.schema(answer) if answer is not None else None,
            "file": answer is None and operation.answer.type == BYTES,
            "errors": list(operation.failures),
            "page": operation.paging.maximum if operation.paging else None,
            "row": self._component(entry.row if entry else ""),
            "rows": self._component(entry.batch if entry else ""),
        }
        return {key: value for key, value in row.items() if value}

    def _parameter(self, node: Node | None, known: Parameter | None) -> dict[str, Any]:
        """A query parameter; what names and prose tell of it is in its argument."""
        said = self.schema(node.get("schema", {})) if node else {"type": "string"}
        if node is None and known is None:
            return {"type": "integer", "minimum": 1}  # the page of a list, and its size
        kind = bare(known.type) if known else None
        if isinstance(kind, Array) and said.get("type") == "string":
            return {"type": "array", "items": _words(kind.item)}
        if isinstance(kind, Plain) and kind.name in ("date", "datetime"):
            return said | {"format": "date" if kind.name == "date" else "date-time"}
        return said

    def _body(self, node: Node, inside: str) -> dict[str, Any] | None:
        body = self.document.body(node)
        if body is not None and inside:
            body = self.document.look(body).properties[inside]
        return None if body is None else self.schema(body)

    def _component(self, name: str) -> dict[str, Any] | None:
        return self.schema({"$ref": f"#/components/schemas/{name}"}) if name else None

    def components(self) -> dict[str, dict[str, Any]]:
        """The components that were mentioned, and those that they mention."""
        found: dict[str, dict[str, Any]] = {}
        while left := [name for name in self.used if name not in found]:
            for name in left:
                found[name] = self.schema(self.document.components[name])
        return found

    def schema(self, node: Node) -> dict[str, Any]:
        """A schema in the words of the table."""
        look = self.document.look(node)
        if look.component is None:
            return self._inline(node, look)
        named = self.document.components[look.component]
        target = self.document.look(named)
        if _limits(look) != _limits(target):
            return self._inline(named, look)
        self.used.setdefault(look.component)
        found: dict[str, Any] = {"$ref": look.component}
        return found | {"nullable": True} if look.nullable and not target.nullable else found

    def _inline(self, node: Node, look: Schema) -> dict[str, Any]:
        found = _limits(look)
        if look.nullable:
            found["nullable"] = True
        if look.properties:
            found["properties"] = {name: self.schema(each) for name, each in look.properties.items()}
        if look.required:
            found["required"] = [name for name in look.properties if name in look.required]
        for name in _SCHEMAS:
            inner: Any = look.node.get(name)
            if inner is False:
                found[name] = False
            elif inner is not None and inner is not True:
                found[name] = self.schema(inner)
        for name in ("oneOf", "anyOf"):
            if name in look.node:
                found[name] = [self.schema(each) for each in look.node[name]]
        options = [each["required"] for each in node.get("anyOf", ()) if each.keys() == {"required"}]
        return found | {"either": options} if options else found


def _limits(look: Schema) -> dict[str, Any]:
    found = {name: look.node[name] for name in LIMITS if name in look.node}
    if look.node.get("format") in FORMATS:
        found["format"] = look.node["format"]
    return found


def _words(kind: Type) -> dict[str, Any]:
    if isinstance(kind, Use):
        return {"enum": list(getattr(kind.what, "values", ()))}
    return {"type": "string"}


# -- schemas that occur several times ----------------------------------------------------------------------


def _roots(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("names", "query"):
        yield from row.get(name, {}).values()
    for name in ("body", "answer", "row", "rows"):
        if name in row:
            yield row[name]


def _inner(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from schema.get("properties", {}).values()
    yield from (schema[name] for name in _SCHEMAS if isinstance(schema.get(name), dict))
    yield from (each for name in ("oneOf", "anyOf") for each in schema.get(name, ()))


def _count(schema: dict[str, Any], seen: Counter[str]) -> None:
    """Count every schema in this one, those within a repeated one once."""
    text = _text(schema)
    seen[text] += 1
    if seen[text] == 1:
        for each in _inner(schema):
            _count(each, seen)


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


@define
class _Shared:
    """Replaces repeated schemas by references; what they were is in `found`."""

    repeated: set[str]
    found: dict[str, dict[str, Any]] = field(factory=dict[str, dict[str, Any]])
    names: dict[str, str] = field(factory=dict[str, str])

    def inside(self, value: Any) -> Any:
        """The same, with references."""
        if _is_object(value):
            return {key: self._replaced(each) for key, each in value.items()}
        return [self._replaced(each) for each in value] if _is_list(value) else value

    def _replaced(self, value: Any) -> Any:
        text = _text(value) if isinstance(value, dict) else ""
        if text not in self.repeated:
            return self.inside(value)
        if text not in self.names:
            self.names[text] = name = str(len(self.names) + 1)
            self.found[name] = {}
            self.found[name] = self.inside(value)
        return {"$ref": self.names[text]}
