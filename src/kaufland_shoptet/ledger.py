"""What has been done: which Kaufland order became which Shoptet order, unit by unit, and every other write.

An intent is written before a call that creates something and settled after it. After a crash between the
two, an intent without an end says: this may have happened, read back before doing it again.

A ledger belongs to one shop. It holds order numbers, codes and amounts, but no buyer's data.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeAlias

from attrs import Attribute, evolve, field, frozen

from .errors import LedgerError

__all__ = ["Action", "ActionState", "Imported", "Ledger", "MemoryLedger", "SqliteLedger", "State"]


def __dir__() -> list[str]:
    return __all__


State: TypeAlias = Literal["intended", "imported", "refused"]
"""``intended``: a call was about to be made, its end is not known. ``imported``: the order is in Shoptet.
``refused``: Shoptet said no, nothing was created."""


def _utc(moment: datetime) -> datetime:
    """The same moment in UTC: entries and watermarks are compared, and kept as text."""
    if moment.utcoffset() is None:
        raise LedgerError(f"{moment} has no time zone; use an aware datetime")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise LedgerError(f"{moment} is outside the calendar in UTC; use an earlier or a later one") from None


_LARGEST: Final = 2**63 - 1
"""What SQLite holds; a ledger in memory is to hold the same."""


def _writable(**texts: str | None) -> None:
    """Refuse half a character, which no file can hold. The text itself is not told."""
    for name, text in texts.items():
        try:
            (text or "").encode()
        except UnicodeEncodeError:
            told = f"{name} has half of a character in it, which no file can hold; give it whole"
            raise LedgerError(told) from None


def _text(_: object, attribute: Attribute[Any], value: str | None) -> None:
    _writable(**{attribute.name: value})


def _holds(entry: Imported, attribute: Attribute[int], value: int) -> None:
    if not -_LARGEST - 1 <= value <= _LARGEST:
        raise LedgerError(
            f"{entry.id_order}: {attribute.name} is larger than a ledger can hold. Mend the order; "
            "nobody pays that much"
        )


@frozen(kw_only=True)
class Imported:
    """One Kaufland order in the ledger.

    Attributes:
        id_order: Kaufland's order number.
        storefront: Storefront code, lower case.
        state: How far it came.
        code: Shoptet's order code; ``None`` until known.
        lines: The unit ids of each product line, in the order of the lines.
        cancelled: Units that were cancelled before the import.
        total: What the customer paid, in minor units of ``currency``.
        updated: When this entry changed last; kept in UTC.

    Raises:
        LedgerError: ``updated`` has no time zone, or a text or ``total`` cannot be kept in a file.
    """

    id_order: str = field(validator=_text)
    storefront: str = field(validator=_text)
    state: State
    code: str | None = field(default=None, validator=_text)
    lines: tuple[tuple[int, ...], ...] = ()
    cancelled: tuple[int, ...] = ()
    total: int = field(default=0, validator=_holds)
    currency: str = field(default="", validator=_text)
    updated: datetime = field(converter=_utc)


ActionState: TypeAlias = Literal["intended", "done", "refused"]
"""``intended``: a call was about to be made, its end is not known. ``done``: it is in place. ``refused``: the
other side said no, nothing was changed."""


@frozen(kw_only=True)
class Action:
    """One write other than the import of an order, in the ledger.

    Attributes:
        kind: What was done: each flow has its own words.
        key: What it was done to: a unit, an order, an offer.
        state: How far it came.
        detail: What else the flow keeps, as JSON text of the flow's own shape.
        updated: When this entry changed last; kept in UTC.

    Raises:
        LedgerError: ``updated`` has no time zone, or a text cannot be kept in a file.
    """

    kind: str = field(validator=_text)
    key: str = field(validator=_text)
    state: ActionState
    detail: str = field(default="", validator=_text)
    updated: datetime = field(converter=_utc)


class Ledger(Protocol):
    """What flows ask of a ledger. Every call takes effect wholly or not at all.

    All of them raise :class:`~kaufland_shoptet.errors.LedgerError` when the ledger cannot be used.
    """

    def order(self, id_order: str) -> Imported | None:
        """The entry of one order."""
        ...

    def orders(self) -> list[Imported]:
        """All entries, by order number."""
        ...

    def intend(self, entry: Imported) -> None:
        """Write that an order is about to be created. What was intended or refused may be intended again.

        Raises:
            LedgerError: The order is imported already, or the entry's state is not ``intended``.
        """
        ...

    def settle(self, id_order: str, state: State, code: str | None, at: datetime) -> Imported:
        """Write how an intent ended.

        An order that is imported stays so: settling it again as imported may add the code, if it was not
        known, and nothing else.

        Args:
            id_order: Kaufland's order number.
            state: ``imported`` or ``refused``.
            code: Shoptet's order code; ``None`` if it is not known.
            at: When it ended.

        Raises:
            LedgerError: There was no intent, or the order is imported already and the call says otherwise.
        """
        ...

    def action(self, kind: str, key: str) -> Action | None:
        """The entry of one action."""
        ...

    def actions(self, kind: str) -> list[Action]:
        """All entries of a kind, by key."""
        ...

    def intend_action(
        self,
        kind: str,
        key: str,
        detail: str,
        at: datetime,
        again: bool = False,
        once: bool = False,
        stale: datetime | None = None,
    ) -> Action:
        """Write that something is about to be done. What was intended or refused may be intended again.

        Args:
            kind: What is about to be done.
            key: To what.
            detail: JSON text to keep with it.
            at: When.
            again: Allow it although it was done before, for what may be done more than once.
            once: Refuse it also if it was intended before and its end is not known, for what must not be
                tried twice. Of several callers at the same moment one gets through.
            stale: With ``once``, what was intended before this moment may be intended again all the same.

        Raises:
            LedgerError: It is done already, and ``again`` was not given; or it was intended, and ``once`` was.
        """
        ...

    def settle_action(self, kind: str, key: str, state: ActionState, detail: str, at: datetime) -> Action:
        """Write how an intent ended.

        What is done stays done; settling it again as done replaces its detail.

        Args:
            kind: What was to be done.
            key: To what.
            state: ``done`` or ``refused``.
            detail: JSON text to keep with it, in place of the intent's.
            at: When it ended.

        Raises:
            LedgerError: There was no intent, or it is done already and the call says otherwise.
        """
        ...

    def watermark(self, name: str) -> datetime | None:
        """How far a walk over changes came, in UTC, if it ever ran."""
        ...

    def move_watermark(self, name: str, to: datetime) -> None:
        """Write how far a walk came; a watermark never moves backwards.

        Raises:
            LedgerError: The time has no time zone.
        """
        ...


def _may_intend(known: Imported | None, entry: Imported) -> None:
    if entry.state != "intended":
        raise LedgerError(f"{entry.id_order}: an intent has the state 'intended', not {entry.state!r}")
    if known is not None and known.state == "imported":
        raise LedgerError(f"{entry.id_order} is imported already{_as(known.code)}; nothing was written")


def _settled(known: Imported | None, id_order: str, state: State, code: str | None, at: datetime) -> Imported:
    if state == "intended":
        raise LedgerError(f"{id_order}: an intent ends as imported or refused, not as an intent")
    if known is None:
        raise LedgerError(f"{id_order}: settled without an intent")
    if known.state == "imported":
        if state != "imported":
            raise LedgerError(f"{id_order} is imported already{_as(known.code)}; it cannot be {state}")
        if known.code is not None and code not in (known.code, None):
            raise LedgerError(f"{id_order} is imported already{_as(known.code)}; it cannot become {code}")
    return evolve(known, state=state, code=known.code if code is None else code, updated=at)


def _as(code: str | None) -> str:
    return f", as {code}" if code is not None else ""


def _intended(
    known: Action | None,
    kind: str,
    key: str,
    detail: str,
    at: datetime,
    again: bool,
    once: bool,
    stale: datetime | None,
) -> Action:
    stale = stale and _utc(stale)
    if known is not None and known.state == "done" and not again:
        raise LedgerError(f"{kind} {key} is done already; nothing was written")
    fresh = known is not None and (stale is None or known.updated >= stale)
    if known is not None and known.state == "intended" and once and fresh:
        raise LedgerError(f"{kind} {key} was begun before, and its end is not known; nothing was written")
    return Action(kind=kind, key=key, state="intended", detail=detail, updated=at)


def _ended(
    known: Action | None, kind: str, key: str, state: ActionState, detail: str, at: datetime
) -> Action:
    if state == "intended":
        raise LedgerError(f"{kind} {key}: an intent ends as done or refused, not as an intent")
    if known is None:
        raise LedgerError(f"{kind} {key}: settled without an intent")
    if known.state == "done" and state != "done":
        raise LedgerError(f"{kind} {key} is done already; it cannot be {state}")
    return evolve(known, state=state, detail=detail, updated=at)


class MemoryLedger:
    """A ledger that is gone when the process ends: for tests and for looking around."""

    def __init__(self) -> None:
        self._orders: dict[str, Imported] = {}
        self._actions: dict[tuple[str, str], Action] = {}
        self._watermarks: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def order(self, id_order: str) -> Imported | None:
        """The entry of one order."""
        _writable(id_order=id_order)
        return self._orders.get(id_order)

    def orders(self) -> list[Imported]:
        """All entries, by order number."""
        with self._lock:
            return [self._orders[key] for key in sorted(self._orders)]

    def intend(self, entry: Imported) -> None:
        """Write that an order is about to be created."""
        with self._lock:
            _may_intend(self._orders.get(entry.id_order), entry)
            self._orders[entry.id_order] = entry

    def settle(self, id_order: str, state: State, code: str | None, at: datetime) -> Imported:
        """Write how an intent ended."""
        _writable(id_order=id_order, code=code)
        with self._lock:
            entry = _settled(self._orders.get(id_order), id_order, state, code, at)
            self._orders[id_order] = entry
        return entry

    def action(self, kind: str, key: str) -> Action | None:
        """The entry of one action."""
        _writable(kind=kind, key=key)
        return self._actions.get((kind, key))

    def actions(self, kind: str) -> list[Action]:
        """All entries of a kind, by key."""
        _writable(kind=kind)
        with self._lock:
            return [self._actions[each] for each in sorted(self._actions) if each[0] == kind]

    def intend_action(
        self,
        kind: str,
        key: str,
        detail: str,
        at: datetime,
        again: bool = False,
        once: bool = False,
        stale: datetime | None = None,
    ) -> Action:
        """Write that something is about to be done."""
        _writable(kind=kind, key=key, detail=detail)
        with self._lock:
            entry = _intended(self._actions.get((kind, key)), kind, key, detail, at, again, once, stale)
            self._actions[kind, key] = entry
        return entry

    def settle_action(self, kind: str, key: str, state: ActionState, detail: str, at: datetime) -> Action:
        """Write how an intent ended."""
        _writable(kind=kind, key=key, detail=detail)
        with self._lock:
            entry = _ended(self._actions.get((kind, key)), kind, key, state, detail, at)
            self._actions[kind, key] = entry
        return entry

    def watermark(self, name: str) -> datetime | None:
        """How far a walk over changes came."""
        _writable(name=name)
        return self._watermarks.get(name)

    def move_watermark(self, name: str, to: datetime) -> None:
        """Write how far a walk came."""
        _writable(name=name)
        to = _utc(to)
        with self._lock:
            self._watermarks[name] = max(to, self._watermarks.get(name, to))


_APPLICATION = int.from_bytes(b"KSle")
"""``application_id`` in the header of the file: that it is a ledger and not something else's database."""
_FIRST = (
    """
    CREATE TABLE orders (
        shop TEXT NOT NULL,
        id_order TEXT NOT NULL,
        storefront TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('intended', 'imported', 'refused')),
        code TEXT,
        lines TEXT NOT NULL,
        cancelled TEXT NOT NULL,
        total INTEGER NOT NULL,
        currency TEXT NOT NULL,
        updated TEXT NOT NULL,
        PRIMARY KEY (shop, id_order)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE watermarks (
        shop TEXT NOT NULL,
        name TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (shop, name)
    ) WITHOUT ROWID
    """,
    f"PRAGMA application_id={_APPLICATION}",
)
_ACTIONS = (
    """
    CREATE TABLE actions (
        shop TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('intended', 'done', 'refused')),
        detail TEXT NOT NULL,
        updated TEXT NOT NULL,
        PRIMARY KEY (shop, kind, key)
    ) WITHOUT ROWID
    """,
)
_STEPS = (_FIRST, _ACTIONS)
"""What makes each version out of the one before; a new file begins at version 0."""
_VERSION = len(_STEPS)

_Row: TypeAlias = tuple[str, str, str, State, str | None, str, str, int, str, str]
_ActionRow: TypeAlias = tuple[str, str, ActionState, str, str]


@frozen
class SqliteLedger:
    """A ledger in an SQLite file, which several processes and several shops may share.

    Args:
        path: The file; it is made when missing, for its owner only. It has to be on a disk of this machine.
        shop: Whose ledger it is; each shop sees its own entries only, and none under another name.
        wait: Seconds to wait for another process that is writing.

    Raises:
        LedgerError: The file cannot be opened, is no ledger, or is one of a later version.
    """

    path: Path = field(converter=Path)
    shop: str = field(default="shop", validator=_text)
    wait: float = 30.0

    def __attrs_post_init__(self) -> None:
        try:
            with suppress(OSError):  # if it cannot be made, opening it says why
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except ValueError:
            raise LedgerError(f"{str(self.path)!r} cannot be the path of a file: choose another") from None
        with self._open() as base:
            base.execute("BEGIN")  # or else what is read below may change in between
            if self._version(base) == _VERSION:
                return
        with self._writing() as base:
            for step in _STEPS[self._version(base) :]:  # another process may have been faster
                for statement in step:
                    base.execute(statement)
            base.execute(f"PRAGMA user_version={_VERSION}")

    def _version(self, base: sqlite3.Connection) -> int:
        """The version of the file, 0 if nothing is in it yet; else it has to be a ledger that is known."""
        (application,) = base.execute("PRAGMA application_id").fetchone()
        (version,) = base.execute("PRAGMA user_version").fetchone()
        (tables,) = base.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != _APPLICATION:
            if application or version or tables:
                raise LedgerError(f"{self.path} is a database of something else, not a ledger")
            return 0
        if version > _VERSION:
            raise LedgerError(
                f"{self.path} was written by a later version of this package (ledger version {version}, "
                f"known is {_VERSION}): update the package"
            )
        return int(version)

    def shops(self) -> tuple[str, ...]:
        """Names of the shops that have done something, or were about to; this one may not be among them."""
        with self._open() as base:
            query = "SELECT shop FROM orders UNION SELECT shop FROM actions ORDER BY shop"
            return tuple(shop for (shop,) in base.execute(query))

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        """A connection of this call's own: calls come from any thread."""
        try:
            with closing(sqlite3.connect(self.path, timeout=self.wait, isolation_level=None)) as base:
                yield base
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path} cannot be used as a ledger: {error}") from error

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """A transaction that holds the write lock from its first moment; closing ends it when it fails."""
        with self._open() as base:
            base.execute("PRAGMA journal_mode=TRUNCATE")  # as safe as deleting the journal, and faster
            base.execute("BEGIN IMMEDIATE")
            yield base
            base.execute("COMMIT")

    def _find(self, base: sqlite3.Connection, id_order: str) -> Imported | None:
        row = base.execute(
            "SELECT * FROM orders WHERE shop = ? AND id_order = ?", (self.shop, id_order)
        ).fetchone()
        return None if row is None else self._entry(row)

    def _entry(self, row: _Row) -> Imported:
        with self._reading(f"the entry of order {row[1]}"):
            return _entry(row)

    def _action(self, row: _ActionRow) -> Action:
        with self._reading(f"the entry of {row[0]} {row[1]}"):
            return _action(row)

    @contextmanager
    def _reading(self, what: str) -> Generator[None]:
        """Whatever is wrong with what stands in the file is one thing; what exactly stands there is not told."""
        try:
            yield
        except (LedgerError, ValueError, TypeError, RecursionError):
            told = f"{self.path}: {what} is damaged: put back the last good copy of the file"
            raise LedgerError(told) from None

    def _write(self, base: sqlite3.Connection, entry: Imported) -> None:
        base.execute(
            "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.shop,
                entry.id_order,
                entry.storefront,
                entry.state,
                entry.code,
                json.dumps(entry.lines),
                json.dumps(entry.cancelled),
                entry.total,
                entry.currency,
                entry.updated.isoformat(),
            ),
        )

    def order(self, id_order: str) -> Imported | None:
        """The entry of one order."""
        _writable(id_order=id_order)
        with self._open() as base:
            return self._find(base, id_order)

    def orders(self) -> list[Imported]:
        """All entries of this shop, by order number."""
        with self._open() as base:
            query = "SELECT * FROM orders WHERE shop = ? ORDER BY id_order"
            return [self._entry(row) for row in base.execute(query, (self.shop,))]

    def intend(self, entry: Imported) -> None:
        """Write that an order is about to be created."""
        with self._writing() as base:
            _may_intend(self._find(base, entry.id_order), entry)
            self._write(base, entry)

    def settle(self, id_order: str, state: State, code: str | None, at: datetime) -> Imported:
        """Write how an intent ended."""
        _writable(id_order=id_order, code=code)
        with self._writing() as base:
            entry = _settled(self._find(base, id_order), id_order, state, code, at)
            self._write(base, entry)
        return entry

    def _find_action(self, base: sqlite3.Connection, kind: str, key: str) -> Action | None:
        row = base.execute(
            "SELECT kind, key, state, detail, updated FROM actions WHERE shop = ? AND kind = ? AND key = ?",
            (self.shop, kind, key),
        ).fetchone()
        return None if row is None else self._action(row)

    def _write_action(self, base: sqlite3.Connection, entry: Action) -> None:
        base.execute(
            "INSERT OR REPLACE INTO actions VALUES (?, ?, ?, ?, ?, ?)",
            (self.shop, entry.kind, entry.key, entry.state, entry.detail, entry.updated.isoformat()),
        )

    def action(self, kind: str, key: str) -> Action | None:
        """The entry of one action."""
        _writable(kind=kind, key=key)
        with self._open() as base:
            return self._find_action(base, kind, key)

    def actions(self, kind: str) -> list[Action]:
        """All entries of a kind of this shop, by key."""
        _writable(kind=kind)
        with self._open() as base:
            query = (
                "SELECT kind, key, state, detail, updated FROM actions "
                "WHERE shop = ? AND kind = ? ORDER BY key"
            )
            return [self._action(row) for row in base.execute(query, (self.shop, kind))]

    def intend_action(
        self,
        kind: str,
        key: str,
        detail: str,
        at: datetime,
        again: bool = False,
        once: bool = False,
        stale: datetime | None = None,
    ) -> Action:
        """Write that something is about to be done."""
        _writable(kind=kind, key=key, detail=detail)
        with self._writing() as base:
            entry = _intended(self._find_action(base, kind, key), kind, key, detail, at, again, once, stale)
            self._write_action(base, entry)
        return entry

    def settle_action(self, kind: str, key: str, state: ActionState, detail: str, at: datetime) -> Action:
        """Write how an intent ended."""
        _writable(kind=kind, key=key, detail=detail)
        with self._writing() as base:
            entry = _ended(self._find_action(base, kind, key), kind, key, state, detail, at)
            self._write_action(base, entry)
        return entry

    def watermark(self, name: str) -> datetime | None:
        """How far a walk over changes came."""
        _writable(name=name)
        with self._open() as base:
            query = "SELECT at FROM watermarks WHERE shop = ? AND name = ?"
            row = base.execute(query, (self.shop, name)).fetchone()
        if row is None:
            return None
        with self._reading(f"the watermark {name}"):
            return _utc(datetime.fromisoformat(row[0]))

    def move_watermark(self, name: str, to: datetime) -> None:
        """Write how far a walk came."""
        _writable(name=name)
        with self._writing() as base:
            base.execute(
                "INSERT INTO watermarks VALUES (?, ?, ?) "
                "ON CONFLICT (shop, name) DO UPDATE SET at = excluded.at WHERE excluded.at > at",
                (self.shop, name, _utc(to).isoformat(timespec="microseconds")),
            )


def _entry(row: _Row) -> Imported:
    _, id_order, storefront, state, code, lines, cancelled, total, currency, updated = row
    return Imported(
        id_order=id_order,
        storefront=storefront,
        state=state,
        code=code,
        lines=tuple(tuple(line) for line in json.loads(lines)),
        cancelled=tuple(json.loads(cancelled)),
        total=total,
        currency=currency,
        updated=datetime.fromisoformat(updated),
    )


def _action(row: _ActionRow) -> Action:
    kind, key, state, detail, updated = row
    return Action(kind=kind, key=key, state=state, detail=detail, updated=datetime.fromisoformat(updated))
