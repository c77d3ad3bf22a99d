"""The shop's brands, with those who answer for the safety of their products."""

from __future__ import annotations

from ..routes import Asked, Route
from ..wire import Answer
from .paging import page, paged
from .shop import Shop


def list_brands(shop: Shop, asked: Asked) -> Answer:
    """All brands."""
    return page(shop, asked, "brands", shop.brands, lambda row: row, default=100, maximum=1000)


ROUTES: tuple[Route[Shop], ...] = (Route("GET", "/api/brands", list_brands, query=paged()),)
