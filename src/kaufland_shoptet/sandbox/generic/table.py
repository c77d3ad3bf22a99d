"""The vendors' documents as data: every operation with its schemas, read when it is first asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

from attrs import field, frozen

__all__ = ["Entry", "Schema", "Table", "load"]

Schema: TypeAlias = Mapping[str, Any]
"""A schema in the words of the table: JSON Schema with ``nullable``, ``either`` and bare names in ``$ref``."""


@frozen(kw_only=True)
class Entry:
    """One operation.

    Attributes:
        id: What the vendor's document calls it.
        names: Path parameters with their schemas.
        needs: Those of `query` that must be there.
        answer: The schema of success; None when there is no body, or when it is a `file`.
        errors: The statuses that are declared besides.
        page: Rows on the largest page of a list.
        row: The schema of one line of the file that its job writes.
        rows: The schema of one line of the file that its job reads.
    """

    id: str
    method: str
    path: str
    names: Mapping[str, Schema] = field(factory=dict[str, Schema])
    query: Mapping[str, Schema] = field(factory=dict[str, Schema])
    needs: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    body: Schema | None = None
    status: int
    answer: Schema | None = None
    file: bool = False
    errors: tuple[int, ...] = field(default=(), converter=tuple[int, ...])
    page: int | None = None
    row: Schema | None = None
    rows: Schema | None = None

    @property
    def key(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def last(self) -> str:
        """The name of the placeholder that the path ends with; empty when it ends with a word."""
        return self.path[self.path.rindex("{") + 1 : -1] if self.path.endswith("}") else ""


@frozen(eq=False)
class Table:
    """All operations of one API, and the schemas that they share."""

    schemas: Mapping[str, Schema] = field(repr=False)
    entries: tuple[Entry, ...] = field(repr=False)

    def look(self, schema: Schema) -> Schema:
        """A schema without reference; what stands beside the reference counts."""
        while "$ref" in schema:
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**self.schemas[schema["$ref"]], **beside}
        return schema


@lru_cache(2)
def load(name: str) -> Table:
    """The table of ``kaufland`` or ``shoptet``."""
    text = files("kaufland_shoptet.sandbox").joinpath("resources", f"{name}.json").read_text(encoding="utf-8")
    raw = json.loads(text)
    return Table(raw["schemas"], tuple(Entry(**row) for row in raw["operations"]))


def plain(path: str) -> str:
    """A path whose placeholders have no names: two operations call the same thing by different ones.

    >>> plain("/api/brands/{code}")
    '/api/brands/*'
    """
    return re.sub(r"\{\w+\}", "*", path)
