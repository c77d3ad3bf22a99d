"""Rows in memory: one collection for each path, filled with a few specimens when it is first looked at."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from random import Random
from typing import Any, Final

from attrs import Factory, define, frozen

from ..wire import is_array, is_object
from .atlas import Atlas, Kind
from .specimens import Maker

__all__ = ["Collection", "Mount", "Row", "Step", "Store", "merged"]

Row = dict[str, Any]
"""What is kept of one thing, as JSON shows it."""
SEEDS: Final = 3
"""Rows that a collection starts with."""
TRIES: Final = 30
"""How often chance may give what is there already."""


@frozen(kw_only=True)
class Mount:
    """A collection whose rows belong to the operations that have behaviour of their own.

    All functions get the store and the row above the collection, empty if it hangs on none; `changed` and `add` also
    get what was written. Without `add`, a row is answered, but not kept.

    Attributes:
        rows: The rows as they stand; what is written into one has to last, or `changed` has to see to it.
        raw: Whether `changed` and `add` make of what was written what the row has.
        find: Looks for a row by a property and its value; by default among `rows`.
        shown: A row as it is read.
        copied: What a copy of a row is created from.
    """

    rows: Callable[[Store, Row], list[Row]]
    raw: bool = False
    find: Callable[[Store, Row, str, str], Row | None] | None = None
    shown: Callable[[Store, Row], Row] = lambda _, row: row
    copied: Callable[[Store, Row], Row] = lambda _, row: deepcopy(row)
    changed: Callable[[Store, Row, Row, Row], None] = lambda _, __, ___, ____: None
    add: Callable[[Store, Row, Row, Row], None] | None = None
    remove: Callable[[Store, Row, Row], None] | None = None


@define(eq=False)
class Collection:
    """The rows at one path. `field` addresses them, `above` is the row that they hang on."""

    store: Store
    path: str
    generic: str
    kind: Kind
    field: str
    above: Row | None = None
    mount: Mount | None = None
    stored: list[Row] = Factory(list[Row])

    @property
    def rows(self) -> list[Row]:
        """All rows."""
        return self.stored if self.mount is None else self.mount.rows(self.store, self.above or {})

    def find(self, name: str) -> Row | None:
        """The row that a path addresses; without a field, by its place from 1."""
        if self.mount is not None and self.mount.find is not None:
            return self.mount.find(self.store, self.above or {}, self.field, name)
        if not self.field:
            place = int(name) - 1 if name.isdecimal() else -1
            return self.rows[place] if 0 <= place < len(self.rows) else None
        return next((row for row in self.rows if str(row.get(self.field)) == name), None)

    def named(self, row: Row) -> str:
        """What addresses a row."""
        return str(row.get(self.field, "")) if self.field else str(self.rows.index(row) + 1)

    @property
    def shared(self) -> bool:
        """Do other operations answer with these rows as they stand?"""
        return self.above is not None if self.mount is None else not self.mount.raw

    def copied(self, row: Row) -> Row:
        """What a copy of a row is created from."""
        return deepcopy(row) if self.mount is None else self.mount.copied(self.store, row)

    def shown(self, row: Row) -> Row:
        """A row as it is read."""
        return row if self.mount is None else self.mount.shown(self.store, row)


@frozen
class Step:
    """One placeholder of a path: where it looks, what for, and what is there."""

    generic: str
    collection: Collection | None
    placeholder: str
    name: str
    row: Row | None


@define(eq=False)
class Store:
    """What the generic operations of one API hold.

    Args:
        salt: Makes the values; the same salt gives the same ones, in whatever order they are asked for.
        nested: Paths of collections that stand in a property of the row above them.
        aliases: Paths by which the rows of another collection are addressed, with the property that does.
        bare: Endings of paths whose collections start empty.
    """

    api: Any
    atlas: Atlas
    salt: str
    mounts: Mapping[str, Mount]
    nested: Mapping[str, str]
    aliases: Mapping[str, tuple[str, str]]
    bare: tuple[str, ...]
    numbers: Iterator[int] = Factory(itertools.count)
    """Counts what is created."""
    _rows: dict[str, list[Row]] = Factory(dict[str, list[Row]])
    _single: dict[str, Row] = Factory(dict[str, Row])

    def maker(self, place: str, *, lean: bool = False) -> Maker:
        """A maker of values for one place."""
        return Maker(self.atlas.common, Random(f"{self.salt}:{place}"), self.api.clock.now(), lean)  # noqa: S311

    def collection(self, generic: str, concrete: str, parent: Row | None = None) -> Collection | None:
        """The collection at a path; None when the path is not one."""
        field_name = ""
        if generic in self.aliases:
            generic, field_name = self.aliases[generic]
            concrete = generic
        kind = self.atlas.kinds.get(generic)
        if kind is None:
            return None
        field_name = field_name or kind.field
        if generic in self.mounts:
            return Collection(self, concrete, generic, kind, field_name, parent, self.mounts[generic])
        name = self.nested.get(generic)
        if name is not None and parent is not None:
            rows = parent.get(name)
            if not is_array(rows):
                rows = parent[name] = []
            return Collection(self, concrete, generic, kind, field_name, parent, stored=rows)
        if concrete not in self._rows:
            self._rows[concrete] = []
            self._rows[concrete] += self._seeds(generic, concrete, kind)
        return Collection(self, concrete, generic, kind, field_name, stored=self._rows[concrete])

    def _seeds(self, generic: str, concrete: str, kind: Kind) -> Iterator[Row]:
        if not kind.listed or generic.endswith(self.bare):
            return
        taken = set[str]()
        for number in range(SEEDS):
            row = self.maker(f"{concrete}#{number}").make(kind.schema)
            if kind.field:
                row[kind.field] = made = self.key(kind, f"{concrete}#{number}", taken)
                if str(made) in taken:
                    return  # the words that a row may be called by are used up
                taken.add(str(made))
            yield row

    def key(self, kind: Kind, place: str, taken: set[str]) -> Any:
        """A value for the field that addresses rows, which none of them has, if there is one."""
        schema = self.atlas.common.table.look(self.atlas.common.properties(kind.schema)[kind.field])
        if schema.get("type") in ("integer", "number"):
            return max((int(each) for each in taken if each.isdecimal()), default=1000) + 1
        maker = self.maker(f"{place}:{len(taken)}")
        tries = (maker.make({**schema, "nullable": False}, kind.field) for _ in range(TRIES))
        made = next(tries)
        return next((each for each in (made, *tries) if str(each) not in taken), made)

    def note(self, collection: Collection, row: Row, change: str, now: str) -> None:
        """Put a row into the list of changes of its collection, where each stands once, with its last change."""
        changes = self.collection(f"{collection.generic}/changes", f"{collection.path}/changes")
        if changes is None or changes.mount is not None:
            return
        field = collection.kind.field
        rows = [each for each in changes.stored if each[field] != row[field]]
        changes.stored[:] = [*rows, {field: row[field], "changeTime": now, "changeType": change}]

    def single(self, concrete: str, schema: Any) -> Row:
        """The one row at a path that is no collection."""
        if concrete not in self._single:
            self._single[concrete] = self.maker(concrete).make(schema)
        return self._single[concrete]


def merged(row: Row, changes: Mapping[str, Any]) -> None:
    """Write changes into a row; objects are merged, everything else is replaced."""
    for name, value in changes.items():
        held = row.get(name)
        if is_object(held) and is_object(value):
            merged(held, value)
        else:
            row[name] = value
