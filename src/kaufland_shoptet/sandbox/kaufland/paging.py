"""Kaufland's lists: `limit` and `offset` over what stands there at the moment of each call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from ..params import Parser, whole
from ..routes import Asked
from ..wire import Answer, answer
from .market import Market

T = TypeVar("T")


def paged(maximum: int, minimum: int = 1) -> dict[str, Parser]:
    """The two parameters of a list."""
    return {"limit": whole(minimum, maximum), "offset": whole(0)}


def page(market: Market, asked: Asked, rows: Sequence[T], render: Callable[[T], Any]) -> Answer:
    """One page. Nothing holds the rows still between two pages: what is new shifts the rest."""
    limit, offset = asked.query.get("limit", 30), asked.query.get("offset", 0)
    body: dict[str, Any] = {"data": [render(row) for row in rows[offset : offset + limit]]}
    if market.switches.pagination_shown:
        body["pagination"] = {"offset": offset, "limit": limit, "total": len(rows)}
    return answer(200, body)


def stamp(moment: datetime | None) -> str | None:
    """A time as Kaufland writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def settled(row: dict[str, Any], verbatim: Any) -> dict[str, Any]:
    """A row with the values that are sent as they stand; ``...`` takes a key out."""
    merged = row | dict(verbatim)
    return {key: value for key, value in merged.items() if value is not ...}
