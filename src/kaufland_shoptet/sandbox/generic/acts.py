"""Create, read, update and delete: what an operation does, as far as its method, path and schemas tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeGuard

from attrs import define

from ..routes import Asked, Refused, Route
from ..wire import Answer, is_array, is_object
from .atlas import Atlas, Payload, singular
from .dialect import Dialect
from .rules import Rules
from .store import Collection, Row, Step, Store, merged
from .table import Entry, Table, plain

__all__ = ["Engine"]

CHANGED: Final = ("changeTime", "updatedAt", "ts_updated_iso", "ts_updated", "updated_at")
"""Properties that tell when a row was last written."""
SNAPSHOT: Final = 10
"""What a call costs that starts a job."""


@define(eq=False)
class Engine:
    """The operations of one API without behaviour of their own, over one store."""

    table: Table
    rules: Rules
    atlas: Atlas
    dialect: Dialect
    store: Store

    def routes(self) -> Iterator[Route[Any]]:
        """A route for every operation of the table."""
        for entry in self.table.entries:
            yield Route(
                entry.method,
                entry.path,
                partial(self._answer, entry),
                query={name: self.rules.parser(schema) for name, schema in entry.query.items()},
                needs=entry.needs,
                body=self.rules.rule(entry.body) if entry.body is not None else None,
                cost=SNAPSHOT if entry.status == 202 else 1,
            )

    def _answer(self, entry: Entry, _api: Any, asked: Asked) -> Answer:
        given = self.dialect.special(self.store, entry, asked)
        return given or _Act(self, entry, asked, self.atlas.payloads[entry.key]).answer()


@define(eq=False)
class _Act:
    """One call."""

    engine: Engine
    entry: Entry
    asked: Asked
    payload: Payload

    def answer(self) -> Answer:
        """Do it."""
        trail, here = self._walk()
        target = trail[-1] if trail and self.entry.last else None
        match self.entry.method:
            case "GET":
                return self._read(trail, target, here)
            case "DELETE":
                return self._delete(trail, target, here)
            case _:
                return self._write(trail, target, here)

    # -- finding -----------------------------------------------------------------------------------------

    @property
    def _store(self) -> Store:
        return self.engine.store

    @property
    def _dialect(self) -> Dialect:
        return self.engine.dialect

    @property
    def _now(self) -> str:
        return self._dialect.stamp(self._store.api.clock.now())

    def _walk(self) -> tuple[list[Step], Collection | None]:
        """What the placeholders of the path find, and the collection that the whole path is.

        Raises:
            Refused: Something on the way is not there.
        """
        trail: list[Step] = []
        generic = concrete = ""
        parent: Row | None = None
        segments = self.entry.path.strip("/").split("/")
        for place, segment in enumerate(segments, 1):
            if not segment.startswith("{"):
                generic, concrete = f"{generic}/{segment}", f"{concrete}/{segment}"
                continue
            name = self.asked.names[segment[1:-1]]
            collection = self._store.collection(generic, concrete, parent)
            row = collection.find(name) if collection else None
            if row is None and collection is not None and place < len(segments):
                row = self._missing(collection, name)
            parent = parent if row is None else row
            trail.append(Step(generic, collection, segment[1:-1], name, row))
            generic, concrete = f"{generic}/*", f"{concrete}/{name}"
        view = self._dialect.views.get(generic)
        if view is not None:
            path, name = view
            return trail, self._view(path, name, trail[-1].name)
        return trail, self._store.collection(generic, concrete, parent)

    def _view(self, path: str, name: str, value: str) -> Collection | None:
        collection = self._store.collection(path, path)
        assert collection is not None
        if self.entry.method != "GET":
            return collection
        rows = [row for row in collection.rows if str(row.get(name)) == value]
        return Collection(self._store, path, path, collection.kind, collection.field, stored=rows)

    def _missing(self, collection: Collection, name: str) -> Row:
        """A row nobody made. Where no list says what there is, there is whatever one asks for."""
        if collection.kind.listed or collection.mount is not None:
            raise self._unknown(collection, name)
        row: Row = self._store.maker(f"{collection.path}/{name}").make(collection.kind.schema)
        if collection.field:
            row[collection.field] = name
        collection.stored.append(row)
        return row

    def _unknown(self, collection: Collection, name: str) -> Refused:
        return self._dialect.refusal(_word(collection), name)

    # -- reading -----------------------------------------------------------------------------------------

    def _read(self, trail: list[Step], target: Step | None, here: Collection | None) -> Answer:
        match self.payload.kind:
            case "rows" if here is not None:
                if target is not None and target.row is None and target.collection is not None:
                    self._missing(target.collection, target.name)
                return self._list(list(map(here.shown, here.rows)))
            case "row" if target is not None and target.collection is not None:
                row = target.row or self._missing(target.collection, target.name)
                return self._show([target.collection.shown(row)])
            case "row":
                return self._show([{**self._single(), **self.asked.query}])
            case _:
                return self._dialect.reply(self.entry, self._data(lean=False))

    def _single(self) -> Row:
        return self._store.single(self._concrete(), self.payload.schema)

    def _concrete(self) -> str:
        return self.entry.path.format_map(self.asked.names)

    def _list(self, rows: list[Row]) -> Answer:
        chosen = [row for row in rows if all(_meets(row, *pair) for pair in self.asked.query.items())]
        maker = self._store.maker(self._concrete())
        shown = [maker.fit(row, self.payload.schema) for row in chosen]
        given = self._dialect.page(self._store.api, self.entry, self.asked, self.payload, shown)
        return given or self._dialect.reply(self.entry, self._data(shown))

    def _show(self, candidates: list[Row], errors: list[Refused] | None = None) -> Answer:
        """Answer with the row that has most of what the answer is about."""
        properties = self.engine.atlas.common.properties(self.payload.schema)
        row = max(candidates, key=lambda each: len(each.keys() & properties.keys()))
        maker = self._store.maker(self._concrete(), lean=True)
        return self._dialect.reply(self.entry, self._data(maker.fit(row, self.payload.schema)), errors or ())

    def _data(self, value: Any = ..., *, lean: bool = True) -> Any:
        """What stands under ``data``, around a payload."""
        if value is not ... and not self.payload.key:
            return value
        if self.payload.kind == "nothing":
            return None
        data = self._store.maker(self._concrete(), lean=lean).make({**self.payload.data, "nullable": False})
        return data if value is ... else {**data, self.payload.key: value}

    # -- writing -----------------------------------------------------------------------------------------

    def _write(self, trail: list[Step], target: Step | None, here: Collection | None) -> Answer:
        body = self._dialect.payload(self.asked.body)
        generic = plain(self.entry.path)
        home = self._home(generic, trail, here)
        if home is not None:
            return self._created(home, trail, body)
        item = target is not None and target.collection is not None
        if here is not None and (self.entry.method == "POST" or not item or is_array(body)):
            if target is not None and target.row is None and target.collection is not None:
                self._missing(target.collection, target.name)
            if self.entry.method == "POST":
                return self._created(here, trail, body)
            return self._several(here, trail, body)
        if target is not None and target.collection is not None:
            return self._changed(trail, target, body)
        return self._acted(trail, body)

    def _home(self, generic: str, trail: list[Step], here: Collection | None) -> Collection | None:
        """The collection of what an action creates: the invoice of an order."""
        path = self._dialect.homes.get(generic)
        if path is None and here is None and self.entry.method == "POST" and self.payload.kind == "row":
            path = self.engine.atlas.homes.get(self.payload.key)
            if path in {step.collection.generic for step in trail if step.collection} or "*" in (path or "*"):
                path = None
        return self._store.collection(path, path) if path else None

    def _created(self, collection: Collection, trail: list[Step], body: Any) -> Answer:
        rows = [self._create(collection, trail, each) for each in self._rows(collection, body)]
        if self.payload.kind == "rows":
            return self._rows_shown(collection, rows)
        made = [*map(collection.shown, rows[:1])]
        return self._result([*made, *_shown(trail)], body, field=collection.field)

    def _rows_shown(
        self, collection: Collection, rows: list[Row], errors: list[Refused] | None = None
    ) -> Answer:
        maker = self._store.maker(self._concrete(), lean=True)
        shown = [maker.fit(collection.shown(row), self.payload.schema) for row in rows]
        return self._dialect.reply(self.entry, self._data(shown), errors or ())

    def _result(
        self,
        candidates: list[Row],
        body: Any,
        errors: list[Refused] | None = None,
        *,
        field: str = "",
    ) -> Answer:
        if self.payload.kind == "row" and candidates:
            return self._show(candidates, errors)
        data = self._data()
        if is_object(data) and field in data and candidates:
            data[field] = candidates[0].get(field)  # what it is called, if nothing else
        if self.payload.kind in ("value", "row") and is_object(body) and is_object(data):
            data = self._store.maker(self._concrete(), lean=True).fit({**data, **body}, self.payload.data)
        return self._dialect.reply(self.entry, data, errors or ())

    def _create(self, collection: Collection, trail: list[Step], given: Row) -> Row:
        kind, field = collection.kind, collection.field
        place = f"{collection.path}+{next(self._store.numbers)}"
        named = given.get(field) is not None and field == kind.field
        known = collection.find(str(given[field])) if named else None
        if known is not None and collection.generic in self._dialect.upserts:
            self._put(collection, known, given)
            return known
        if known is not None:
            raise self._dialect.refusal(_word(collection), str(given[field]), taken=True)
        row: Row = self._store.maker(place, lean=True).make(kind.schema)
        row |= self._dialect.defaults.get(collection.generic, {})
        properties = self.engine.atlas.common.properties(kind.schema)
        told = (*self.asked.query.items(), *self._links(trail, collection))
        row |= {name: value for name, value in told if name in properties}
        maker = self._store.maker(place, lean=True)
        row |= {name: maker.make(each, name) for name, each in properties.items() if name not in row}
        self._merge(collection, row, given)
        row |= self._dialect.effects.get(collection.generic, {})
        if kind.field and not named:
            taken = {collection.named(each) for each in collection.rows}
            row[kind.field] = self._store.key(kind, place, taken)
        if collection.mount is None:
            collection.stored.append(row)
        elif collection.mount.add is not None:
            collection.mount.add(self._store, collection.above or {}, row, given)
        self._store.note(collection, row, "add", self._now)
        return row

    def _links(self, trail: list[Step], collection: Collection) -> Iterator[tuple[str, Any]]:
        """Properties by which a row tells what it hangs on: ``orderCode``, ``id_ticket``."""
        for step in trail:
            if step.collection is None or step.row is None:
                continue
            field = step.collection.field
            value = step.row.get(field, step.name)
            if step.placeholder != collection.kind.field:
                yield step.placeholder, value
            yield from ((name, each) for name, each in step.row.items() if name == "orderCode")
            first, *rest = _word(step.collection).split("-")
            yield first + "".join(map(str.capitalize, (*rest, field))), value

    def _changed(self, trail: list[Step], target: Step, body: Any) -> Answer:
        """Change the row that the path names; what no list knows is there all the same."""
        collection = target.collection
        assert collection is not None
        row = target.row
        if row is None and self.entry.method == "PUT":
            row = self._create(collection, trail[:-1], {collection.field: target.name})
        elif row is None:
            row = self._missing(collection, target.name)
        changes = next(self._rows(collection, body), Row())
        self._put(collection, row, changes)
        if self.payload.kind == "rows":
            return self._rows_shown(collection, [row])
        return self._result([collection.shown(row), *_shown(trail[:-1])], body)

    def _merge(self, collection: Collection, row: Row, changes: Row) -> None:
        merged(row, deepcopy(changes))
        if collection.shared:
            properties = self.engine.atlas.common.properties(collection.kind.schema)
            maker = self._store.maker(self._concrete(), lean=True)
            for name in changes:
                value = row.pop(name)
                if name in properties:
                    row[name] = maker.fit(value, properties[name], name)

    def _put(self, collection: Collection, row: Row, changes: Row) -> None:
        self._merge(collection, row, changes)
        properties = self.engine.atlas.common.properties(collection.kind.schema)
        row |= {name: self._now for name in CHANGED if name in properties}
        if collection.mount is not None:
            collection.mount.changed(self._store, collection.above or {}, row, changes)
        self._store.note(collection, row, "edit", self._now)

    def _several(self, collection: Collection, trail: list[Step], body: Any) -> Answer:
        """Change rows that the body names; with PUT they replace what is there."""
        if self.entry.method == "PUT":
            collection.stored.clear()
            rows = [self._create(collection, trail, each) for each in self._rows(collection, body)]
            return self._rows_shown(collection, rows)
        rows, errors = list[Row](), list[Refused]()
        for changes in self._rows(collection, body, bulk=True):
            row = self._addressed(collection, changes)
            if row is None and collection.field in changes and collection.kind.listed:
                errors.append(self._unknown(collection, str(changes.get(collection.field))))
                continue
            if row is None:
                row = self._create(collection, trail, changes)
            self._put(collection, row, changes)
            rows.append(row)
        if errors and not rows:
            raise self._dialect.refused(errors)
        if self.payload.kind == "rows":
            return self._rows_shown(collection, rows, errors)
        return self._result(list(map(collection.shown, rows)), body, errors)

    def _addressed(self, collection: Collection, changes: Row) -> Row | None:
        if collection.field in changes:
            return collection.find(str(changes[collection.field]))
        first = next(iter(changes), "")
        return next((row for row in collection.rows if first and row.get(first) == changes[first]), None)

    def _acted(self, trail: list[Step], body: Any) -> Answer:
        """Do something to the row above, or to the one row of the path."""
        step = next((step for step in reversed(trail) if step.row is not None), None)
        generic = plain(self.entry.path)
        if step is None or step.collection is None or step.row is None:
            row = self._single() if self.payload.kind == "row" else {}
            merged(row, deepcopy(body) if is_object(body) else {})
            return self._result([row] if row else [], body)
        if generic.endswith("/copy"):
            copied = {**step.collection.copied(step.row), **(deepcopy(body) if is_object(body) else {})}
            copied.pop(step.collection.kind.field, None)
            return self._show([step.collection.shown(self._create(step.collection, [], copied))])
        properties = self.engine.atlas.common.properties(step.collection.kind.schema)
        changes = {
            name: value for name, value in (body if is_object(body) else {}).items() if name in properties
        }
        self._put(step.collection, step.row, changes | self._dialect.effects.get(generic, {}))
        return self._result([step.collection.shown(step.row)], body)

    def _rows(self, collection: Collection, body: Any, *, bulk: bool = False) -> Iterator[Row]:
        """The rows that a body is about, whatever it wraps them in; `bulk`: a list of keys, and what they get."""
        field = collection.field
        listed = [name for name, value in body.items() if is_array(value)] if bulk and is_object(body) else []
        if listed and not any(map(is_object, body[listed[0]])):
            rest = {name: value for name, value in body.items() if name != listed[0]}
            yield from ({field: each, **rest} for each in body[listed[0]])
            return
        properties = self.engine.atlas.common.properties(collection.kind.schema)
        renames = self._dialect.renames.get(collection.generic, {})
        inner = {name: self.engine.atlas.common.properties(each) for name, each in properties.items()}
        for row in _unwrapped(body, properties, field):
            named = {renames.get(name, name): value for name, value in row.items()}
            homes = [name for name, known in inner.items() if named.keys() <= known.keys()]
            alone = len(homes) == 1 and not named.keys() & properties.keys()
            yield {homes[0]: named} if alone and named else named

    # -- removing ----------------------------------------------------------------------------------------

    def _delete(self, trail: list[Step], target: Step | None, here: Collection | None) -> Answer:
        if target is not None and target.collection is not None:
            if target.row is None:
                raise self._unknown(target.collection, target.name)
            self._remove(target.collection, target.row)
            return self._result([], None)
        assert here is not None
        body = self._dialect.payload(self.asked.body)
        named = [*self._rows(here, body, bulk=True)] if body else []
        named += [{here.field: each} for each in _several(self.asked.query.get("id", ()))]
        rows = [self._addressed(here, each) for each in named] if named else list(here.rows)
        errors = [
            self._unknown(here, str(each.get(here.field)))
            for each, row in zip(named, rows, strict=False)
            if row is None
        ]
        if errors and len(errors) == len(rows):
            raise self._dialect.refused(errors)
        for row in rows:
            if row is not None:
                self._remove(here, row)
        return self._result([], None, errors)

    def _remove(self, collection: Collection, row: Row) -> None:
        self._store.note(collection, row, "delete", self._now)
        if collection.mount is None:
            collection.stored[:] = [each for each in collection.stored if each is not row]
        else:
            assert collection.mount.remove is not None
            collection.mount.remove(self._store, collection.above or {}, row)


def _shown(trail: list[Step]) -> list[Row]:
    """The rows on the way, as they are read, the nearest first."""
    return [
        step.collection.shown(step.row)
        for step in reversed(trail)
        if step.row is not None and step.collection is not None
    ]


def _word(collection: Collection) -> str:
    words = [segment for segment in collection.generic.split("/") if segment not in ("", "*")]
    return singular(words[-1])


def _unwrapped(body: Any, properties: Mapping[str, Any], field: str) -> Iterator[Row]:
    if is_array(body):
        yield from (each if is_object(each) else {field: each} for each in body)
    elif is_object(body) and len(body) == 1 and not body.keys() & properties.keys():
        ((name, inner),) = body.items()
        if is_array(inner) or is_object(inner):
            yield from _unwrapped(inner, properties, field)
        else:  # giftCode is a code, a url is no number
            yield {field if name.lower().endswith(field.lower()) else name: inner}
    else:
        yield body if is_object(body) else {}


def _is_tuple(value: Any) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(value, tuple)


def _several(value: Any) -> tuple[Any, ...]:
    """What a parameter asks for, as several values."""
    return value if _is_tuple(value) else (value,)


def _meets(row: Row, name: str, wanted: Any) -> bool:
    """Is a property what a parameter of that name asks for? Parameters that are no property ask for nothing."""
    if name == "from" and "changeTime" in row:
        return bool(datetime.fromisoformat(row["changeTime"]) >= wanted)
    held = row.get(name)
    if held is None or is_array(held) or is_object(held):
        return True
    asked = _several(wanted)
    return not asked or str(held).lower() in {str(each).lower() for each in asked}
