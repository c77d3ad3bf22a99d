"""What differs between the two APIs for operations without behaviour of their own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from ..routes import Asked, Refused
from ..wire import Answer
from .atlas import Payload
from .store import Mount, Row, Store
from .table import Entry

__all__ = ["Dialect"]


class Dialect(ABC):
    """One API. The tables name paths with ``*`` for placeholders.

    Attributes:
        keys: Where the payload of an answer is, by method and path; empty: it is no row.
        mounts: Collections that belong to operations with behaviour.
        nested: Collections that stand in a property of the row above them.
        aliases: Other paths to the rows of a collection, with the property by which they address them.
        views: Lists that show the rows of another collection, with the property that has to be what the path says.
        homes: Where an operation creates, if it is not where its path says.
        renames: Properties of a body that are called otherwise in the row, by path.
        defaults: What a new row has unless its body says otherwise, where the document only says it in prose.
        upserts: Collections in which creating what is there changes it.
        effects: What an action makes of the row that it is done to.
        bare: Endings of paths whose collections start empty.
    """

    keys: ClassVar[Mapping[str, str]] = {}
    mounts: ClassVar[Mapping[str, Mount]] = {}
    nested: ClassVar[Mapping[str, str]] = {}
    aliases: ClassVar[Mapping[str, tuple[str, str]]] = {}
    views: ClassVar[Mapping[str, tuple[str, str]]] = {}
    homes: ClassVar[Mapping[str, str]] = {}
    renames: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    defaults: ClassVar[Mapping[str, Row]] = {}
    upserts: ClassVar[tuple[str, ...]] = ()
    effects: ClassVar[Mapping[str, Row]] = {}
    bare: ClassVar[tuple[str, ...]] = ("/changes",)

    @staticmethod
    @abstractmethod
    def stamp(moment: datetime) -> str:
        """A moment as the API writes it."""

    def payload(self, body: Any) -> Any:
        """A body without its envelope."""
        return body

    @abstractmethod
    def reply(self, entry: Entry, data: Any, flaws: Sequence[Refused] = ()) -> Answer:
        """Success; `flaws` are refusals of single rows."""

    @abstractmethod
    def page(
        self, api: Any, entry: Entry, asked: Asked, payload: Payload, rows: Sequence[Any]
    ) -> Answer | None:
        """One page of a list; None when it comes whole."""

    @abstractmethod
    def refusal(self, word: str, name: str, *, taken: bool = False) -> Refused:
        """There is no such row, or there is one already."""

    @abstractmethod
    def special(self, store: Store, entry: Entry, asked: Asked) -> Answer | None:
        """Answers that no rule gives."""

    def refused(self, flaws: Iterable[Refused]) -> Refused:
        """All rows of a request were refused."""
        return next(iter(flaws))
