"""What the generator knows between reading a document and writing code."""

from __future__ import annotations

from typing import TypeAlias

from attrs import define, field, frozen

# --- types -------------------------------------------------------------------------------------------


@frozen
class Plain:
    """A type with a name of its own: ``str``, ``int``, ``Decimal``, ``Price``, ``datetime``, ``Any``."""

    name: str


@frozen
class Array:
    """Any number of one thing: ``tuple[item, ...]``."""

    item: Type


@frozen
class Table:
    """An object used as a mapping: ``Mapping[str, value]``."""

    value: Type


@frozen
class OneOf:
    """One of several things."""

    options: tuple[Type, ...]


@frozen
class Nullable:
    """A thing, or ``None``."""

    inner: Type


@frozen
class Fixed:
    """One of a few words, written out: ``Literal["a", "b"]``."""

    values: tuple[str | int, ...]


@frozen
class Use:
    """A class of ours."""

    what: Shape | Enum


Type: TypeAlias = "Plain | Array | Table | OneOf | Nullable | Fixed | Use"

NOTHING = Plain("None")
ANY = Plain("Any")
BYTES = Plain("bytes")


def nullable(inner: Type, yes: bool = True) -> Type:
    """*inner* or ``None``; ``Any`` already includes it."""
    return inner if not yes or isinstance(inner, Nullable) or inner in (ANY, NOTHING) else Nullable(inner)


def bare(type_: Type) -> Type:
    """Without the ``None``."""
    return type_.inner if isinstance(type_, Nullable) else type_


def mentioned(type_: Type) -> list[Shape | Enum]:
    """The classes of ours that a type mentions, in order."""
    match type_:
        case Use(what):
            return [what]
        case Array(inner) | Table(inner) | Nullable(inner):
            return mentioned(inner)
        case OneOf(options):
            return [what for option in options for what in mentioned(option)]
        case _:
            return []


# --- classes -----------------------------------------------------------------------------------------


@define(eq=False)
class Property:
    """One property of an object."""

    wire: str
    type: Type
    required: bool
    facts: tuple[str, ...] = ()
    deprecated: bool = False
    places: list[str] = field(factory=list[str])
    """Where the document has it; equal objects make it several."""


@define(eq=False)
class Shape:
    """An object with named properties. Two are the same only if they are the same Python object."""

    hint: str
    """The word it goes by where it is used, in the singular."""
    origin: str
    """Where the document first shows it, as ``order.items[]`` or ``GET /api/orders data.orders[]``."""
    component: str | None = None
    properties: list[Property] = field(factory=list["Property"])
    open: bool = False
    """Whether unknown keys are part of what the document promises."""
    name: str = ""


@define(eq=False)
class Enum:
    """A set of words, or of numbers, that may grow."""

    hint: str
    origin: str
    values: tuple[str | int, ...]
    component: str | None = None
    name: str = ""
    asked: bool = False
    """Whether some parameter takes it, so that plain words are accepted too."""
    summary: str = ""
    """Given for a closed list of words: it is an alias of a ``Literal``, not a class."""


# --- operations --------------------------------------------------------------------------------------


@frozen(eq=False)
class Parameter:
    """One argument of a method."""

    name: str
    wire: str
    type: Type
    required: bool
    facts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    """Where to look for words about it."""
    stored: Type | None = None
    """The type of the property it fills, for arguments that are properties of a body."""


@frozen(eq=False)
class Body:
    """What a request carries.

    Attributes:
        wrap: The keys it is nested under.
        type: What it is.
        arguments: Its properties as arguments, when they are few and simple …
        whole: … or the one argument it is.
    """

    wrap: tuple[str, ...]
    type: Type
    arguments: tuple[Parameter, ...] = ()
    whole: Parameter | None = None
    keyword: bool = False
    """Whether ``whole`` is a plain value, better given by keyword."""


@frozen(eq=False)
class Paging:
    """How a list comes in pages."""

    maximum: int
    paginator: tuple[str, ...]
    key: tuple[str, ...]


@frozen(eq=False)
class Answer:
    """What a request is answered with.

    Attributes:
        type: The payload.
        at: The keys that lead to it.
        status: The HTTP status of success.
        envelope: ``Answer``, ``Created`` or ``Started`` when the payload comes inside one of them.
    """

    type: Type
    at: tuple[str, ...]
    status: int
    envelope: str | None = None


@frozen(eq=False)
class Operation:
    """One method of a resource."""

    vendor_id: str
    method: str
    route: str
    name: str
    summary: str
    note: str
    repeat: str
    read_back: str
    page: str
    path: tuple[Parameter, ...]
    query: tuple[Parameter, ...]
    body: Body | None
    answer: Answer
    paging: Paging | None
    failures: tuple[int, ...]
    path_in_document: str
    batch: Shape | None = None
    """Rows of the file that a batch job reads."""

    @property
    def arguments(self) -> list[Parameter]:
        """Everything a caller may give, in the order it is explained."""
        body = self.body
        whole = [body.whole] if body is not None and body.whole is not None else []
        given = body.arguments if body is not None else ()
        return [*self.path, *whole, *given, *self.query]

    @property
    def key(self) -> str:
        """Method and path."""
        return f"{self.method} {self.route}"


@define(eq=False)
class Resource:
    """A group of operations: an attribute of the client."""

    attribute: str
    class_name: str
    summary: str
    operations: list[Operation] = field(factory=list["Operation"])
    page: str = ""


@define(eq=False)
class Module:
    """One file."""

    name: str
    resource: Resource | None = None
    classes: list[Shape | Enum] = field(factory=list["Shape | Enum"])


def mentions(resource: Resource) -> list[Shape | Enum]:
    """The classes that the operations of a resource mention themselves, each once, in order."""
    found: list[Shape | Enum] = []
    for operation in resource.operations:
        found += mentioned(operation.answer.type)
        if operation.batch is not None:
            found.append(operation.batch)
        for parameter in (*operation.path, *operation.query):
            found += mentioned(parameter.type)
        if operation.body is not None:
            found += mentioned(operation.body.type)
            for parameter in operation.body.arguments:
                found += mentioned(parameter.stored or parameter.type)
    return list(dict.fromkeys(found))


def used_by(shape: Shape) -> list[Shape | Enum]:
    """The classes that the properties of a shape mention, each once, in order."""
    return list(dict.fromkeys(what for each in shape.properties for what in mentioned(each.type)))
