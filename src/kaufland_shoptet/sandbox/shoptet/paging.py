"""Shoptet's lists: `page` and `itemsPerPage` over what stands there at the moment of each call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..params import Parser, whole
from ..routes import Asked
from ..wire import Answer
from .envelope import Error, bad_parameter, refuse, reply
from .shop import Shop

T = TypeVar("T")


def paged() -> dict[str, Parser]:
    """The two parameters of a list."""
    return {"page": whole(1), "itemsPerPage": whole(1)}


def page(
    shop: Shop,
    asked: Asked,
    key: str,
    rows: Sequence[T],
    render: Callable[[T], Any],
    *,
    default: int,
    maximum: int,
) -> Answer:
    """One page under `key`, with its `paginator`; there is nothing beyond the last page but an error."""
    number, size = asked.query.get("page", 1), asked.query.get("itemsPerPage", default)
    if size > maximum:
        if shop.switches.items_per_page_over == "refuse":
            message = f"Value of itemsPerPage must not exceed {maximum}."
            raise bad_parameter("itemsPerPage", message)
        size = maximum
    count = max(1, -(-len(rows) // size))
    if number > count:
        message = f"Page {number} not found, max page is {count}."
        raise refuse(shop.switches.page_beyond_status, Error("page-not-found", message, "page"))
    shown = [render(row) for row in rows[(number - 1) * size : number * size]]
    paginator = {
        "totalCount": len(rows),
        "page": number,
        "pageCount": count,
        "itemsOnPage": len(shown),
        "itemsPerPage": size,
    }
    return reply(200, {key: shown, "paginator": paginator})
