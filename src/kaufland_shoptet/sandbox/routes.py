"""Route tables: which function answers which method and path, and what its parameters may look like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

from attrs import field, frozen

from .checks import Flaw, Rule
from .params import Parser
from .wire import Answer, Call, Json

__all__ = ["Asked", "Refused", "Route", "Routes", "read_query"]

S = TypeVar("S")


class Refused(Exception):
    """The API says no: `answer` is what the client gets."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}: {answer.body.decode(errors='replace')}")
        self.answer = answer


@frozen(kw_only=True)
class Asked:
    """A call whose route is known and whose parameters and body have been read and checked."""

    call: Call
    names: Mapping[str, str] = field(factory=dict[str, str])
    query: Mapping[str, Any] = field(factory=dict[str, Any])
    body: Json = None


@frozen
class Route(Generic[S]):
    """One operation: method, path with ``{placeholders}``, the function that answers, and its rules.

    `query` names every query parameter with its reader, `needs` those that must be there, `body` the rule
    of the JSON body (None: no body is read). `cost` is what the call puts into a leaky bucket.
    """

    method: str
    path: str
    act: Callable[[S, Asked], Answer]
    query: Mapping[str, Parser] = field(factory=dict[str, Parser], kw_only=True)
    needs: tuple[str, ...] = field(default=(), kw_only=True)
    body: Rule | None = field(default=None, kw_only=True)
    cost: int = field(default=1, kw_only=True)


class Routes(Generic[S]):
    """Finds the route of a call; literal segments go before placeholders, values are percent-decoded.

    `more` gives routes for what the tables do not have. It is asked when a call may be for one of them, at
    most once.
    """

    def __init__(
        self, *tables: Iterable[Route[S]], more: Callable[[], Iterable[Route[S]]] | None = None
    ) -> None:
        self._tree: dict[str, Any] = {}
        self._more = more
        for table in tables:
            self._add(table)

    def _add(self, table: Iterable[Route[S]]) -> None:
        for route in table:
            node = self._tree
            for segment in route.path.strip("/").split("/"):
                node = node.setdefault("*" if segment.startswith("{") else "=" + segment, {})
            node.setdefault("", {}).setdefault(route.method, route)

    def _complete(self) -> bool:
        """Ask for more; is there now anything that was not there before?"""
        more, self._more = self._more, None
        self._add(more() if more else ())
        return more is not None

    def __iter__(self) -> Iterator[Route[S]]:
        """Every route."""
        self._complete()
        return iter(_leaves(self._tree))

    def find(self, method: str, path: str) -> tuple[Route[S] | None, dict[str, str]]:
        """The route of a path with the values of its placeholders.

        Raises:
            LookupError: No route has this path. With another method it has: ``(None, {})``.
        """
        route, names = self._find(method, path)
        doubtful = route is None or any(map(_WORD.fullmatch, names.values()))
        if doubtful and self._complete():
            route, names = self._find(method, path)
        if route is None and not names:
            raise LookupError(path)
        return route, {} if route is None else names

    def _find(self, method: str, path: str) -> tuple[Route[S] | None, dict[str, str]]:
        """The same, but for a path that no route has: ``(None, {})``; with another method it has a name."""
        segments = path.strip("/").split("/")
        found = list(_walk(self._tree, segments))
        for methods in found:
            if method in methods:
                route: Route[S] = methods[method]
                pattern = route.path.strip("/").split("/")
                pairs = zip(pattern, segments, strict=True)
                return route, {key[1:-1]: unquote(value) for key, value in pairs if key.startswith("{")}
        return None, {"": method} if found else {}


_WORD = re.compile(r"[a-z]+(-?[A-Za-z]+)*")
"""What is more likely a word of a path than a value."""


def _walk(node: dict[str, Any], segments: list[str]) -> Iterator[dict[str, Any]]:
    if not segments:
        if "" in node:
            yield node[""]
        return
    for key in ("=" + segments[0], "*"):
        if key in node:
            yield from _walk(node[key], segments[1:])


def _leaves(node: dict[str, Any]) -> Iterator[Any]:
    for key, value in node.items():
        yield from value.values() if key == "" else _leaves(value)


def read_query(
    known: Mapping[str, Parser], query: Mapping[str, list[str]]
) -> tuple[dict[str, Any], list[str], list[Flaw]]:
    """The values of the known parameters, the names of the unknown ones, and what is wrong with the values."""
    values: dict[str, Any] = {}
    unknown: list[str] = []
    flaws: list[Flaw] = []
    for key, texts in query.items():
        reader = known.get(key)
        if reader is None:
            unknown.append(key)
            continue
        try:
            values[key] = reader(texts)
        except ValueError as wrong:
            flaws.append(Flaw(key, str(wrong)))
    return values, unknown, flaws
