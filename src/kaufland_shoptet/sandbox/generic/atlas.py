"""What the paths of an API say: which of them are collections, what their rows are, what a call answers with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from attrs import define, field, frozen

from .specimens import Specimens
from .table import Entry, Schema, plain

__all__ = ["Atlas", "Kind", "Payload", "singular"]


@frozen
class Payload:
    """What an answer is about: rows, one row, some other value, or nothing.

    `data` is the schema of what stands under ``data``, `key` the property of it that holds the payload
    (empty: it is the payload), `schema` that of one row.
    """

    kind: Literal["rows", "row", "value", "nothing"]
    schema: Schema = field(factory=dict[str, Any], repr=False)
    key: str = ""
    data: Schema = field(factory=dict[str, Any], repr=False)


@frozen
class Kind:
    """The rows of a collection. `field` is the property that paths address them by."""

    schema: Schema = field(repr=False)
    field: str
    listed: bool
    """Whether one can look whether a row is there."""


@define(eq=False)
class Atlas:
    """Reads the table once. `keys` says where the payload is, where shapes do not tell; empty: it is no row.

    `nested` names the property of the row above in which a collection stands.
    """

    common: Specimens
    keys: Mapping[str, str]
    nested: Mapping[str, str]
    kinds: dict[str, Kind] = field(factory=dict[str, Kind])
    homes: dict[str, str] = field(factory=dict[str, str])
    """Collections of rows by the key that holds one in an answer."""
    payloads: dict[str, Payload] = field(factory=dict[str, Payload])

    def __attrs_post_init__(self) -> None:
        entries = self.common.table.entries
        paths = {plain(entry.path) for entry in entries}
        several = {path.removesuffix("/*") for path in paths if path.endswith("/*")}
        several |= {plain(entry.path) for entry in entries if entry.method == "POST"}
        for entry in entries:
            self.payloads[entry.key] = self._payload(entry, many=plain(entry.path) in several)
        for path in sorted(paths | several):
            kind = self._kind(path)
            if kind is not None:
                self.kinds[path] = kind
        for path in sorted(self.nested, key=len):
            self.kinds[path] = self._nested(
                path, [entry for entry in entries if plain(entry.path) == f"{path}/*"]
            )
        for entry in entries:
            payload = self.payloads[entry.key]
            if entry.method == "GET" and entry.last and payload.kind == "row" and payload.key:
                self.homes.setdefault(payload.key, plain(entry.path).removesuffix("/*"))

    # -- payloads ----------------------------------------------------------------------------------------

    def _payload(self, entry: Entry, *, many: bool) -> Payload:
        properties = self.common.properties(entry.answer or {})
        if "data" not in properties:
            return Payload("nothing")
        data = self._look(properties["data"])
        if self.keys.get(entry.key) == "":
            return Payload("value", data, "", data)
        inside = self.common.properties(data)
        if data.get("type") == "array":
            return self._of_items(data, "", data)
        key = self.keys.get(entry.key) or _key(self, inside, many=many)
        if key:
            look = self._look(inside[key])
            if look.get("type") == "array":
                return self._of_items(look, key, data)
            return Payload("row" if self.common.properties(look) else "value", look, key, data)
        if inside:
            return Payload("row", data, "", data)
        return Payload(
            "nothing" if data.get("type", "object") in ("object", "null") else "value", data, "", data
        )

    def _of_items(self, array: Schema, key: str, data: Schema) -> Payload:
        items = self._look(array.get("items", {}))
        objects = bool(self.common.properties(items))
        return Payload("rows" if objects else "value", array.get("items", {}), key, data)

    def _look(self, schema: Schema) -> Schema:
        return self.common.table.look(schema)

    def is_rows(self, schema: Schema) -> bool:
        """Is it an array of objects?"""
        look = self._look(schema)
        return look.get("type") == "array" and bool(self.common.properties(look.get("items", {})))

    # -- collections -------------------------------------------------------------------------------------

    def _kind(self, path: str) -> Kind | None:
        """What a collection holds; None when the path is not one."""
        entries = self.common.table.entries
        whole = [entry for entry in entries if plain(entry.path) == path]
        items = [entry for entry in entries if plain(entry.path) == f"{path}/*"]
        rows = [each for each in whole if each.method == "GET" and self._is(each, "rows")]
        removable = whole and any(entry.method == "DELETE" for entry in items)
        ranked = [
            *(each for each in items if each.method == "GET" and self._is(each, "row")),
            *(each for each in whole if each.method == "POST" and self._is(each, "row")),
            *(each for each in items if self._is(each, "row")),
            *(each for each in (*whole, *items) if self._is(each, "rows")),
        ]
        if not ranked or not (rows or removable or any(self._is(entry, "row") for entry in items)):
            return None
        schema = self.payloads[ranked[0].key].schema
        field = _field([entry.last for entry in items], self.common.properties(schema))
        return Kind(schema, field, listed=bool(rows))

    def _nested(self, path: str, items: list[Entry]) -> Kind:
        above = path.rpartition("/*")[0]
        while above not in self.kinds:
            above = above.rpartition("/*")[0]
        array = self._look(self.common.properties(self.kinds[above].schema)[self.nested[path]])
        schema = array["items"]
        return Kind(
            schema, _field([entry.last for entry in items], self.common.properties(schema)), listed=True
        )

    def _is(self, entry: Entry, kind: str) -> bool:
        return self.payloads[entry.key].kind == kind


def _key(atlas: Atlas, inside: Mapping[str, Schema], *, many: bool) -> str:
    """The one property that wraps the payload."""
    others = [name for name in inside if name != "paginator"]
    if len(others) == 1:
        return others[0]
    arrays = [name for name in others if atlas.is_rows(inside[name])]
    return arrays[0] if len(arrays) == 1 and (many or "paginator" in inside) and len(others) < 4 else ""


def _field(names: Iterable[str], properties: Mapping[str, Schema]) -> str:
    usual = ("guid", "code", "id", "paramIndex", "valueIndex", "name", "email", "location")
    for name in (*_spellings(names), *usual):
        if name in properties:
            return name
    return next((name for name in properties if name.startswith("id_")), "")


def _spellings(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield name
        last = re.split(r"(?<=[a-z])(?=[A-Z])", name)[-1]
        yield last.lower()
        yield f"item{last.capitalize()}"


def singular(word: str) -> str:
    """One of many, roughly.

    >>> singular("categories"), singular("credit-notes"), singular("addresses"), singular("taxes")
    ('category', 'credit-note', 'address', 'tax')
    """
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if word.endswith(ending) and not word.endswith("ss"):
            return word.removesuffix(ending) + instead
    return word
