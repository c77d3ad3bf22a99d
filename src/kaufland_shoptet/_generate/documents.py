"""Loading an OpenAPI document, and looking at one schema of it without its many spellings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

Node: TypeAlias = Mapping[str, Any]
"""A piece of the document as it was parsed."""

METHODS = ("get", "post", "put", "patch", "delete")
STRUCTURAL = frozenset({"properties", "required", "items", "allOf", "oneOf", "anyOf", "type", "enum"})
"""Keywords that change what a reference points to; the others only describe the place it is used in."""


class DocumentError(Exception):
    """The document says something this generator does not understand. Names the place."""


@frozen
class Schema:
    """A schema with references followed and "or null" told apart.

    Attributes:
        node: The keywords that remain; ``type`` is one word or missing, ``oneOf`` has two options or more.
        component: The name it has in the document, if it has one.
        nullable: Whether ``null`` is allowed, in whatever way the document says so.
        origins: Properties that come from another component -> that component.
    """

    node: Node
    component: str | None = None
    nullable: bool = False
    origins: Mapping[str, str] = field(factory=dict[str, str])

    @property
    def kind(self) -> str | tuple[str, ...] | None:
        """The JSON type, several of them, or ``None`` when the document does not say."""
        kinds: str | list[str] | None = self.node.get("type")
        return tuple(kinds) if isinstance(kinds, list) else kinds

    @property
    def properties(self) -> Mapping[str, Node]:
        """The properties of an object."""
        return self.node.get("properties") or {}

    @property
    def required(self) -> frozenset[str]:
        """The properties that are always there."""
        return frozenset(self.node.get("required") or ())

    @property
    def options(self) -> list[Node]:
        """The alternatives of a union."""
        return [*self.node.get("oneOf", ()), *self.node.get("anyOf", ())]


@frozen(eq=False)
class Document:
    """One vendor's OpenAPI document."""

    root: Node = field(repr=False)
    digest: str = ""

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read JSON or YAML."""
        raw = path.read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        if path.suffix == ".json":
            return cls(json.loads(raw), digest)
        import yaml  # only here: the generator of a JSON document needs no YAML

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return cls(yaml.load(raw, loader), digest)  # noqa: S506 - it is one of the two safe ones

    @property
    def components(self) -> Mapping[str, Node]:
        """The named schemas."""
        schemas: Mapping[str, Node] = self.root.get("components", {}).get("schemas", {})
        return schemas

    def operations(self) -> Iterator[tuple[str, str, Node]]:
        """Every operation as method, path and node, in the order of the document."""
        for path, item in self.root.get("paths", {}).items():
            for method in item:
                if method in METHODS:
                    yield method.upper(), path, item[method]

    def parameters(self, operation: Node) -> list[Node]:
        """The parameters of an operation, references followed, without the ``Content-Type`` header."""
        found = [
            self._target(each["$ref"]) if "$ref" in each else each for each in operation.get("parameters", ())
        ]
        return [each for each in found if each.get("in") != "header"]

    def body(self, operation: Node) -> Node | None:
        """The schema of the JSON body, if there is one."""
        request = operation.get("requestBody")
        return _json(request) if request else None

    def success(self, operation: Node) -> tuple[int, Node | None]:
        """The one answer of an operation that is not an error: its status and schema."""
        for status, response in operation.get("responses", {}).items():
            if str(status).startswith("2"):
                return int(status), _json(response)
        raise DocumentError(f"{operation.get('operationId')}: no successful answer is declared")

    def failures(self, operation: Node) -> list[int]:
        """The error statuses an operation declares."""
        statuses = [str(status) for status in operation.get("responses", {})]
        return sorted(int(status) for status in statuses if status.isdigit() and status[0] in "45")

    def look(self, node: Node) -> Schema:
        """See what a schema really is: see :class:`Schema`."""
        if "$ref" in node:
            return self._follow(node)
        nullable = bool(node.get("nullable"))
        rest = {key: value for key, value in node.items() if key != "nullable"}
        if "allOf" in rest:
            return self._merge(rest, nullable)
        for keyword in ("oneOf", "anyOf"):
            if keyword in rest:
                options = [option for option in rest.pop(keyword) if _says_something(option)]
                real = [option for option in options if option.get("type") != "null"]
                nullable = nullable or len(real) < len(options)
                if len(real) == 1 and not STRUCTURAL & rest.keys() - {"type"}:
                    inner = self.look(real[0])
                    return evolve(inner, node={**inner.node, **rest}, nullable=nullable or inner.nullable)
                if real:
                    rest[keyword] = real
        kinds: str | list[str] | None = rest.get("type")
        if isinstance(kinds, list):
            real_kinds = [kind for kind in kinds if kind != "null"]
            nullable = nullable or len(real_kinds) < len(kinds)
            rest["type"] = real_kinds[0] if len(real_kinds) == 1 else real_kinds
        if None in rest.get("enum", ()):
            nullable = True
            rest["enum"] = [value for value in rest["enum"] if value is not None]
        return Schema(rest, None, nullable)

    def _follow(self, node: Node) -> Schema:
        """A reference, with what is written beside it."""
        reference: str = node["$ref"]
        name = reference.rpartition("/")[2]
        beside = {key: value for key, value in node.items() if key != "$ref"}
        raw = self._target(reference)
        target = self.look(raw)
        known = None if "$ref" in raw else target.component
        nullable = target.nullable or bool(beside.pop("nullable", False))
        if beside.get("properties", {}).keys() <= target.properties.keys():
            beside.pop("properties", None)  # says again what the target says
        if STRUCTURAL & beside.keys():
            merged = self.look({**target.node, **_joined(target.node, beside)})
            return Schema(merged.node, None, nullable or merged.nullable, _owners(target, known or name))
        return Schema({**target.node, **beside}, known or name, nullable, target.origins)

    def _merge(self, node: dict[str, Any], nullable: bool) -> Schema:
        """``allOf``: one bare reference stays what it is, anything more becomes a new object."""
        parts = [self.look(part) for part in node.pop("allOf")]
        nullable = nullable or any(part.nullable for part in parts)
        if len(parts) == 1 and not STRUCTURAL & node.keys() - {"type"}:
            return Schema({**parts[0].node, **node}, parts[0].component, nullable, parts[0].origins)
        owners = {wire: owner for part in parts for wire, owner in _owners(part, part.component).items()}
        merged: dict[str, Any] = {}
        for part in (*(part.node for part in parts), node):
            merged = {**merged, **part, **_joined(merged, part)}
        return Schema(merged, None, nullable, owners)

    def _target(self, reference: str) -> Node:
        node: Any = self.root
        for key in reference.removeprefix("#/").split("/"):
            try:
                node = node[key.replace("~1", "/").replace("~0", "~")]
            except KeyError:
                raise DocumentError(f"{reference} points to nothing") from None
        target: Node = node
        return target


def _owners(schema: Schema, component: str | None) -> dict[str, str]:
    """The component that each property of a schema comes from."""
    if component is None:
        return dict(schema.origins)
    return {wire: schema.origins.get(wire, component) for wire in schema.properties}


def _joined(one: Node, other: Node) -> dict[str, Any]:
    """Properties of both, requirements of both, everything else of the second."""
    joined = dict(other)
    if "properties" in one or "properties" in other:
        joined["properties"] = {**one.get("properties", {}), **other.get("properties", {})}
    if "required" in one or "required" in other:
        joined["required"] = [*one.get("required", ()), *other.get("required", ())]
    return joined


def _says_something(option: Node) -> bool:
    """Leave out alternatives that only repeat which properties must be there."""
    return bool(option.keys() - {"required", "description", "title"})


def _json(carrier: Node) -> Node | None:
    """The schema of a body or answer, whatever the exact content type."""
    for content in carrier.get("content", {}).values():
        if "schema" in content:
            schema: Node = content["schema"]
            return schema
    return None
