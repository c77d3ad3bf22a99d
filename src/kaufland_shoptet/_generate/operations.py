"""Paths become methods of resources."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from attrs import define, field, frozen

from .documents import Document, DocumentError, Node, Schema
from .model import (
    BYTES,
    NOTHING,
    Answer,
    Array,
    Body,
    Enum,
    Fixed,
    Nullable,
    OneOf,
    Operation,
    Paging,
    Parameter,
    Plain,
    Property,
    Resource,
    Shape,
    Type,
    Use,
    bare,
    mentioned,
)
from .names import pascal, singular, snake
from .overlay import OperationEntry, Overlay
from .shapes import Reader
from .vendors import Vendor

FEW = 10
"""A body with at most so many simple properties is given as arguments."""

_MOMENT = re.compile(r".*Time(From|To)?|changedFrom|from")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SEVERAL = re.compile(r".*(Codes|Guids)|include")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@frozen(eq=False)
class Root:
    """A class that an operation mentions itself, and what it is there.

    Attributes:
        kind: ``request``, ``response`` or ``row``.
        word: The word it goes by in the document, if any.
    """

    what: Shape | Enum
    kind: str
    word: str
    operation: OperationEntry


@define
class Builder:
    """Reads all operations of a document."""

    document: Document
    overlay: Overlay
    vendor: Vendor
    reader: Reader
    derive: bool = False
    """Whether operations without an entry get a derived one instead of being an error."""
    words: dict[str, Enum] = field(factory=dict[str, Enum])
    roots: list[Root] = field(factory=list["Root"])
    problems: list[str] = field(factory=list[str])
    _numbers: set[tuple[str, str]] = field(factory=set[tuple[str, str]])

    def resources(self) -> list[Resource]:
        """All resources, in the order of the overlay."""
        found = {name: self._resource(name) for name in self.overlay.resources}
        seen: set[str] = set()
        for method, path, node in self.document.operations():
            key = f"{method} {path}"
            entry = self.overlay.operations.get(key)
            seen.add(key)
            if entry is None and not self.derive:
                self.problems.append(f"{key} ({node.get('operationId')}) has no entry in the overlay")
                continue
            entry = entry or derived(method, path, node)
            resource = found.setdefault(entry.resource, self._resource(entry.resource))
            if any(each.name == entry.name for each in resource.operations):
                self.problems.append(f"{key}: {entry.resource}.{entry.name} is taken")
            resource.operations.append(self._operation(method, path, node, entry))
        self.problems += [
            f"{key} is not in the document" for key in self.overlay.operations if key not in seen
        ]
        return [resource for resource in found.values() if resource.operations]

    def _resource(self, name: str) -> Resource:
        entry = self.overlay.resources.get(name)
        if entry is None:
            return Resource(name, pascal(name), f"{' '.join(name.split('_')).capitalize()}.")
        return Resource(name, entry.class_name or pascal(name), entry.summary, page=entry.page)

    def _operation(self, method: str, path: str, node: Node, entry: OperationEntry) -> Operation:
        key, route = f"{method} {path}", entry.path or path
        declared = {each["name"]: each for each in self.document.parameters(node)}
        answer, paging = self._answer(key, node, entry, declared.keys())
        extra: list[Node] = [
            {"name": name, "in": "query", "schema": {"type": "string"}} for name in entry.query
        ]
        query = [
            each
            for name, each in declared.items()
            if each["in"] == "query"
            and name not in entry.drop
            and not (paging and name in self.vendor.paging)
        ]
        for name in entry.drop:
            if name not in declared:
                self.problems.append(f"{key}: there is no parameter {name} to drop")
        made = Operation(
            vendor_id=node["operationId"],
            method=method,
            route=route,
            name=entry.name,
            summary=entry.summary,
            note=entry.note,
            repeat=entry.repeat,
            read_back=entry.read_back,
            page=entry.page,
            path=tuple(
                self._path(key, name, declared.get(name), entry) for name in _PLACEHOLDER.findall(route)
            ),
            query=tuple(self._query(key, each, entry) for each in [*query, *extra]),
            body=self._body(key, node, entry),
            answer=answer,
            paging=paging,
            failures=tuple(self.document.failures(node)),
            path_in_document=path,
            batch=self._row(entry.batch, entry) if entry.batch else None,
        )
        names = [each.name for each in made.arguments]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.problems.append(f"{key}: two arguments are called {name}, see [rename]")
        return made

    # --- parameters ----------------------------------------------------------------------------------

    def _path(self, key: str, name: str, node: Node | None, entry: OperationEntry) -> Parameter:
        schema: Node = {"type": "string"} if node is None else node.get("schema", {})
        origin = f"{key} ?{name}"
        if self._is_number(key.partition(f"{{{name}}}")[0].partition(" ")[2], name):
            schema = {"type": "integer"}
        return Parameter(
            self._name(name, [origin]), name, self._argument(schema, name, origin, entry), True, (), (origin,)
        )

    def _is_number(self, start: str, name: str) -> bool:
        """Whether a path parameter is a number in this or in another operation of the same beginning."""
        if not self._numbers:
            for _, path, node in self.document.operations():
                for each in self.document.parameters(node):
                    if each["in"] == "path" and self.document.look(each["schema"]).kind == "integer":
                        self._numbers.add((path.partition(f"{{{each['name']}}}")[0], each["name"]))
        return (start, name) in self._numbers

    def _query(self, key: str, node: Node, entry: OperationEntry) -> Parameter:
        wire, schema = node["name"], node.get("schema", {})
        origin = f"{key} ?{wire}"
        type_ = self._argument(schema, wire, origin, entry)
        if self.vendor.envelope == "shoptet" and type_ == Plain("str"):
            type_ = self._text(wire, origin, str(node.get("example", "")))
        if isinstance(type_, Plain) and type_.name in self.vendor.aliases:
            type_ = Plain("Decimal")  # a filter takes the places it is given
        words = self.overlay.lists.find(origin)
        if words is not None:
            listed = Enum(wire, origin, words.values, name=words.name, summary=words.summary)
            type_ = Array(Use(self.words.setdefault(words.name, listed)))
        facts = tuple(self.reader.facts(schema))
        return Parameter(
            self._name(wire, [origin]), wire, type_, bool(node.get("required")), facts, (origin,)
        )

    def _text(self, wire: str, origin: str, example: str) -> Type:
        """Shoptet declares every filter as a string; names and examples tell times and lists apart."""
        if _SEVERAL.fullmatch(wire):
            return Array(Plain("str"))
        kind = self.overlay.times.find(origin)
        if kind is None and _DAY.fullmatch(example):
            kind = "date"
        if kind is None and (_MOMENT.fullmatch(wire) or _DAY.match(example)):
            kind = "datetime"
        return Plain(kind or "str")

    def _argument(self, node: Node, wire: str, origin: str, entry: OperationEntry) -> Type:
        """The type of an argument: closed where the only value is known, plain words beside enumerations."""
        type_ = asked(self.reader.type(node, singular(wire), origin))
        self._root(type_, "parameter", wire, entry)
        return type_

    def _name(self, wire: str, origins: Iterable[str]) -> str:
        """The name of an argument."""
        renamed = [self.overlay.renames.exact(origin) for origin in origins]
        return next(filter(None, renamed), snake(wire) if wire else "")

    # --- bodies --------------------------------------------------------------------------------------

    def _body(self, key: str, operation: Node, entry: OperationEntry) -> Body | None:
        node = self.document.body(operation)
        if node is None:
            return None
        origin, word, wrap = f"{key} request", "", tuple[str, ...]()
        if entry.body_at:
            node = self.document.look(node).properties[entry.body_at]
        schema = self.document.look(node)
        if self.vendor.envelope == "shoptet" and set(schema.properties) == {"data"}:
            node, wrap = schema.properties["data"], ("data",)
            schema = self.document.look(node)
        while _wrapper(schema):
            ((word, node),) = schema.properties.items()
            wrap, origin = (*wrap, word), f"{origin}.{word}"
            schema = self.document.look(node)
        type_ = self.reader.type(node, singular(word) or entry.name, origin)
        self._root(type_, "request", word, entry)
        facts = self.reader.facts(node)
        if isinstance(bare(type_), Plain):
            one = Parameter(self._name(word, [origin]), word, type_, True, facts, (origin,))
            return Body(wrap, type_, whole=one, keyword=True)
        shape = type_.what if isinstance(type_, Use) else None
        if isinstance(shape, Shape) and not entry.body and _simple(shape):
            arguments = tuple(self._given(each) for each in shape.properties)
            return Body(wrap, type_, arguments=arguments)
        noun = entry.resource if isinstance(type_, Array) else singular(entry.resource)
        name = entry.body or self._name(word, [origin]) or noun
        return Body(wrap, type_, whole=Parameter(name, word, asked(type_), True, facts, (origin,)))

    def _given(self, each: Property) -> Parameter:
        places = tuple(each.places)
        return Parameter(
            self._name(each.wire, places),
            each.wire,
            asked(each.type),
            each.required,
            each.facts,
            places,
            each.type,
        )

    # --- answers -------------------------------------------------------------------------------------

    def _answer(
        self, key: str, operation: Node, entry: OperationEntry, declared: AbstractSet[str]
    ) -> tuple[Answer, Paging | None]:
        status, node = self.document.success(operation)
        if self.vendor.envelope == "kaufland":
            answer, rows = self._kaufland(key, status, node, entry)
        else:
            answer, rows = self._shoptet(key, status, node, entry)
        pages = self.vendor.paging <= declared and key.startswith("GET ")
        if not rows or not (pages or entry.unpaged is False) or entry.unpaged:
            return answer, None
        names = tuple(snake(name) for name in entry.key)
        row = bare(answer.type)
        item = row.item if isinstance(row, Array) else row
        there = {each.wire for what in mentioned(item) if isinstance(what, Shape) for each in what.properties}
        self.problems += [f"{key}: rows have no {name}" for name in entry.key if name not in there]
        maximum = entry.maximum or self._limit(operation) or self.vendor.maximum
        return answer, Paging(maximum, self.vendor.paginator, names)

    def _limit(self, operation: Node) -> int | None:
        """The largest page by the schema of the parameter."""
        for each in self.document.parameters(operation):
            if each["name"] == "limit":
                maximum: int | None = self.document.look(each.get("schema", {})).node.get("maximum")
                return maximum
        return None

    def _kaufland(
        self, key: str, status: int, node: Node | None, entry: OperationEntry
    ) -> tuple[Answer, bool]:
        envelope = self.document.look(node) if node else None
        if envelope is None or "data" not in envelope.properties:
            return Answer(NOTHING, (), status), False
        payload, at = envelope.properties["data"], tuple[str, ...](["data"])
        origin, word = f"{key} response", ""
        for word in entry.at[1:]:
            payload = self.document.look(payload).properties[word]
            at, origin = (*at, word), f"{origin}.{word}"
        type_ = self.reader.type(payload, singular(word) or entry.name, origin)
        if type_ == Plain("Any"):
            return Answer(NOTHING, (), status), False
        self._root(type_, "response", word, entry)
        return Answer(
            type_, at, status, "Created" if entry.located else None
        ), "pagination" in envelope.properties

    def _shoptet(
        self, key: str, status: int, node: Node | None, entry: OperationEntry
    ) -> tuple[Answer, bool]:
        envelope = None if key.startswith("GET ") else "Answer"
        if node is None:
            return Answer(NOTHING if envelope else BYTES, (), status, envelope), False
        outer = self.document.look(node)
        payload = outer.properties.get("data")
        if payload is None:
            raise DocumentError(f"{key}: the answer has no data")
        data = self.document.look(payload)
        at, origin, word = tuple[str, ...](["data"]), f"{key} response", ""
        if status == 202 and "jobId" in data.properties:
            row = self._row(entry.row, entry) if entry.row else None
            return Answer(Use(row) if row else NOTHING, ("data", "jobId"), status, "Started"), False
        others = [name for name in data.properties if name != "paginator"]
        if len(others) == 1 and data.component is None and not entry.at and not entry.whole:
            word = others[0]
            payload, at, origin = data.properties[word], (*at, word), f"{origin}.{word}"
        for word in entry.at[1:]:
            payload = self.document.look(payload).properties[word]
            at, origin = (*at, word), f"{origin}.{word}"
        looked = self.document.look(payload)
        if looked.kind in ("object", "null") and not looked.properties and not looked.options:
            return Answer(NOTHING, ("data",), status, envelope), False
        hint = singular(word) if looked.kind == "array" else word
        type_ = self.reader.type(payload, hint or entry.name, origin)
        self._root(type_, "response", word, entry)
        return Answer(type_, at, status, envelope), "paginator" in data.properties

    def _row(self, component: str, entry: OperationEntry) -> Shape | None:
        if component not in self.document.components:
            self.problems.append(f"{entry.resource}.{entry.name}: there is no component {component}")
            return None
        type_ = self.reader.type(
            {"$ref": f"#/components/schemas/{component}"}, singular(component), component
        )
        while isinstance(type_, (Array, Nullable)):
            type_ = type_.item if isinstance(type_, Array) else type_.inner
        if not isinstance(type_, Use) or not isinstance(type_.what, Shape):
            raise DocumentError(f"{component} is not an object")
        self._root(type_, "row", component, entry)
        return type_.what

    def _root(self, type_: Type, kind: str, word: str, entry: OperationEntry) -> None:
        self.roots += [Root(what, kind, word, entry) for what in mentioned(type_)]


def asked(type_: Type) -> Type:
    """The type as an argument: enumerations accept words, those with one word are that word."""
    match type_:
        case Use(Enum() as enum) if len(enum.values) == 1:
            return Fixed(enum.values)
        case Use(Enum() as enum):
            enum.asked = True
            return type_
        case Array(inner):
            return Array(asked(inner))
        case Nullable(inner):
            return Nullable(asked(inner))
        case OneOf(options):
            return OneOf(tuple(asked(option) for option in options))
        case _:
            return type_


def derived(method: str, path: str, node: Node) -> OperationEntry:
    """An entry for an operation nobody has named yet."""
    resource = snake(re.sub(r"\W+", "_", node.get("tags", ["other"])[0]))
    name = snake(node["operationId"])
    repeat = "safe" if method == "GET" else "never"
    return OperationEntry(resource, name, f"Call {method} {path}.", repeat=repeat)


def _wrapper(schema: Schema) -> bool:
    """Whether an inline object only wraps one required thing."""
    return (
        schema.component is None
        and not schema.nullable
        and not schema.options
        and len(schema.properties) == 1
        and schema.required == frozenset(schema.properties)
    )


def _simple(shape: Shape) -> bool:
    """Whether the properties of a body make good arguments."""
    return (
        len(shape.properties) <= FEW and not shape.open and all(_flat(each.type) for each in shape.properties)
    )


def _flat(type_: Type) -> bool:
    match type_:
        case Plain(name):
            return name != "Any"
        case Use(what):
            return isinstance(what, Enum)
        case Array(inner) | Nullable(inner):
            return _flat(inner)
        case _:
            return False
