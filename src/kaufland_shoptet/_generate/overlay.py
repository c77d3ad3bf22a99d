"""The overlay: the only place where a person writes names and words for what a document describes.

See ``kaufland.toml`` and ``shoptet.toml``. Keys are always the document's names, never ours:

* ``order`` is a component, ``order.items.status`` a property below it (array levels may be written as ``[]``);
* ``GET /api/orders response.orders[]`` is what an operation answers, without the envelope,
  ``POST /api/orders request`` what it is sent, ``GET /api/orders ?include`` one of its parameters;
* ``/api/orders/{code}`` in ``[doc]`` is a path parameter in every path that begins so;
* ``status`` alone is every property and parameter of that name.

The longer key wins. Everything is checked: an entry that matches nothing in the document is an error, and so
is an operation of the document without an entry.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from attrs import define, field, fields, frozen

T = TypeVar("T")


class OverlayError(Exception):
    """The overlay and the document disagree. Every disagreement is listed."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


@define
class Table(Generic[T]):
    """Entries by place in the document; remembers which of them were of use."""

    title: str
    entries: dict[str, T] = field(factory=dict[str, T])
    used: set[str] = field(factory=set[str])

    def exact(self, origin: str) -> T | None:
        """The entry for this place and no other."""
        return self._take(place(origin))

    def find(self, origins: str | Iterable[str]) -> T | None:
        """The entry for one of these places, else the one for the bare name."""
        places = [place(origin) for origin in ([origins] if isinstance(origins, str) else origins)]
        found = [self._take(key) for key in (*places, *(bare(each) for each in places))]
        return next((entry for entry in found if entry is not None), None)

    def along(self, path: str, name: str) -> T | None:
        """The entry for the longest beginning of *path* that ends with the placeholder *name*."""
        ends = [match.end() for match in re.finditer(r"\{\w+\}", path)]
        for end in reversed(ends):
            if path[:end].endswith(f"{{{name}}}"):
                return self._take(path[:end])
        return None

    def unused(self) -> list[str]:
        """Entries that matched nothing."""
        return [f"[{self.title}] {key!r} matches nothing" for key in self.entries if key not in self.used]

    def _take(self, key: str) -> T | None:
        if key in self.entries:
            self.used.add(key)
        return self.entries.get(key)


def _table(title: str, entries: Mapping[str, T]) -> Table[T]:
    """A table whose keys may write array levels or leave them out."""
    return Table(title, {place(key): value for key, value in entries.items()})


def place(key: str) -> str:
    """A key without its array levels."""
    return key.replace("[]", "")


def bare(key: str) -> str:
    """The last name of a key.

    >>> bare("order.items.status"), bare("GET /api/orders ?include"), bare("code")
    ('status', 'include', 'code')
    """
    return key.rpartition("?")[2].rpartition(".")[2]


@frozen
class ResourceEntry:
    """What stands below ``[resource.order_units]``."""

    tags: tuple[str, ...]
    summary: str
    page: str = ""
    class_name: str = ""


@frozen
class WordsEntry:
    """What stands below ``[list.OrderSection]``: the words that some parameters take."""

    name: str
    summary: str
    values: tuple[str, ...]


@frozen
class OperationEntry:
    """What stands below ``[operation."PATCH /order-units/{id_order_unit}/send"]``.

    Attributes:
        maximum: Rows on the largest page of a list.
        key: Wire names that identify a row; for a ``located`` creation, the one that holds the new id.
        body: Name of the argument when the body stays one object.
        row: Component of one line of the file that a snapshot writes.
        batch: Component of one line of the file that a batch job reads.
        located: Whether a creation may answer with nothing but a ``Location``.
        path: The path where the document's own is broken.
        body_at: Property of the body schema that holds the real schema by mistake.
        at: Keys that lead to the payload, where it is not the usual place.
        drop: Parameters that are declared by mistake.
        query: Parameters that work although they are not declared.
        whole: Whether an answer with a single property stays an object.
        unpaged: Whether the list comes whole; ``False`` makes an undeclared paginator count.
    """

    resource: str
    name: str
    summary: str
    note: str = ""
    repeat: str = "safe"
    read_back: str = ""
    page: str = ""
    maximum: int | None = None
    key: tuple[str, ...] = ()
    body: str = ""
    row: str = ""
    batch: str = ""
    located: bool = False
    path: str = ""
    body_at: str = ""
    at: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    whole: bool = False
    unpaged: bool | None = None


@define
class Overlay:
    """Everything people decided about one API.

    Attributes:
        models: Place of an object or enumeration -> class name.
        personal: Places whose values stay out of a ``repr``.
        text: Places of decimals that travel as text although nothing says so -> decimal places, 0 for any.
        doc: Places -> one line about them.
        classes: Class name -> one line about it.
        absent: Places that answers may lack although the document requires them.
        null: Places that answers may give as null although the document forbids it.
        times: Places of strings that are moments (``datetime``) or days (``date``).
        lists: Places of parameters that take several words, joined by commas -> the words.
        whole: Places of numbers that are whole.
        homes: Class name -> module it lives in.
        renames: Places of parameters and of properties of a body -> name of the argument.
        members: Class name of an enumeration -> value -> name of the member.
    """

    resources: dict[str, ResourceEntry] = field(factory=dict[str, ResourceEntry])
    operations: dict[str, OperationEntry] = field(factory=dict[str, OperationEntry])
    models: Table[str] = field(factory=lambda: Table[str]("model"))
    personal: Table[bool] = field(factory=lambda: Table[bool]("personal"))
    text: Table[int] = field(factory=lambda: Table[int]("text"))
    doc: Table[str] = field(factory=lambda: Table[str]("doc"))
    classes: Table[str] = field(factory=lambda: Table[str]("class"))
    absent: Table[bool] = field(factory=lambda: Table[bool]("tolerate"))
    null: Table[bool] = field(factory=lambda: Table[bool]("tolerate"))
    times: Table[str] = field(factory=lambda: Table[str]("time"))
    lists: Table[WordsEntry] = field(factory=lambda: Table[WordsEntry]("list"))
    whole: Table[bool] = field(factory=lambda: Table[bool]("integer"))
    homes: Table[str] = field(factory=lambda: Table[str]("home"))
    renames: Table[str] = field(factory=lambda: Table[str]("rename"))
    members: Table[Mapping[str, str]] = field(factory=lambda: Table[Mapping[str, str]]("member"))

    @classmethod
    def load(cls, path: Path) -> Overlay:
        """Read and check an overlay; a missing file is an empty one."""
        return cls.read(tomllib.loads(path.read_text(encoding="utf-8"))) if path.exists() else cls()

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Overlay:
        """Check a parsed overlay."""
        problems = [f"[{section}] is not a section of an overlay" for section in raw.keys() - _SECTIONS]
        overlay = cls(
            models=_table("model", _branches(raw.get("model", {}))),
            personal=_marks("personal", raw.get("personal", {}).get("names", ())),
            text=_table("text", raw.get("text", {})),
            doc=_table("doc", raw.get("doc", {})),
            classes=_table("class", raw.get("class", {})),
            absent=_marks("tolerate", raw.get("tolerate", {}).get("absent", ())),
            null=_marks("tolerate", raw.get("tolerate", {}).get("null", ())),
            times=_table(
                "time", {name: kind for kind, names in raw.get("time", {}).items() for name in names}
            ),
            lists=_table("list", _words(raw.get("list", {}))),
            whole=_marks("integer", raw.get("integer", {}).get("names", ())),
            homes=_table("home", raw.get("home", {})),
            renames=_table("rename", raw.get("rename", {})),
            members=_table("member", raw.get("member", {})),
        )
        for name, entry in raw.get("resource", {}).items():
            summary, page, class_name = (entry.get(word, "") for word in ("summary", "page", "class"))
            overlay.resources[name] = ResourceEntry(_many(entry.get("tag", ())), summary, page, class_name)
        for key, entry in raw.get("operation", {}).items():
            overlay.operations[key] = _operation(key, entry, problems)
        if problems:
            raise OverlayError(sorted(problems))
        return overlay

    def unused(self) -> list[str]:
        """Entries of all tables that matched nothing."""
        tables: list[Table[Any]] = [self.models, self.personal, self.text, self.doc, self.classes]
        tables += [
            self.absent,
            self.null,
            self.times,
            self.lists,
            self.whole,
            self.homes,
            self.renames,
            self.members,
        ]
        return [problem for table in tables for problem in table.unused()]


_SECTIONS = {
    *("resource", "operation", "model", "class", "personal", "text", "doc"),
    *("tolerate", "time", "list", "integer", "home", "rename", "member"),
}
_WORDS = {attribute.name for attribute in fields(OperationEntry)} - {"resource"}
_REPEATS = ("safe", "idempotent", "read_back", "never")
_TUPLES = ("key", "at", "drop", "query")


def _operation(key: str, entry: Mapping[str, Any], problems: list[str]) -> OperationEntry:
    resource, dot, name = entry.get("name", "").partition(".")
    if not (dot and name.isidentifier() and resource.isidentifier()):
        problems.append(f"{key}: name has to be resource.method, it is {entry.get('name')!r}")
    summary = entry.get("summary", "")
    if not summary.endswith(".") or len(summary) >= 100:
        problems.append(f"{key}: summary has to be one sentence of less than 100 characters")
    if not key.startswith("GET ") and entry.get("repeat") not in _REPEATS:
        problems.append(f"{key}: repeat has to be one of {', '.join(_REPEATS)}")
    if entry.get("repeat") == "read_back" and not entry.get("read_back"):
        problems.append(f"{key}: read_back has to say what to read")
    problems += [f"{key}: {word} is not known here" for word in sorted(entry.keys() - _WORDS)]
    known = {word: value for word, value in entry.items() if word in _WORDS}
    known |= {word: _many(entry[word]) for word in _TUPLES if word in entry}
    return OperationEntry(**{**known, "resource": resource, "name": name, "summary": summary})


def _branches(models: Mapping[str, str | list[str]]) -> dict[str, str]:
    """A list names the branches of a union in their order."""
    found: dict[str, str] = {}
    for key, names in models.items():
        if isinstance(names, str):
            found[key] = names
        else:
            found |= {f"{key}|{number}": name for number, name in enumerate(names)}
    return found


def _words(raw: Mapping[str, Any]) -> dict[str, WordsEntry]:
    found: dict[str, WordsEntry] = {}
    for name, entry in raw.items():
        made = WordsEntry(name, entry["summary"], tuple(entry["values"]))
        found |= dict.fromkeys(entry["places"], made)
    return found


def _marks(title: str, names: Iterable[str]) -> Table[bool]:
    return _table(title, dict.fromkeys(names, True))


def _many(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
