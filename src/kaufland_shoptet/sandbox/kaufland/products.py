"""The catalogue of products that all sellers share: looking one up by its EAN."""

from __future__ import annotations

from ..checks import Flaw
from ..params import many
from ..routes import Asked, Route
from ..wire import Answer, answer
from .market import Market
from .offers import STOREFRONT, ean_is_valid
from .problems import invalid


def by_ean(market: Market, asked: Asked) -> Answer:
    """One product; a shell without data has an empty title and is not valid."""
    ean = asked.names["ean"]
    if not (ean.isdecimal() and ean_is_valid(ean)):
        raise invalid(Flaw("ean", "Invalid EAN provided"))
    row = market.products.get(ean)
    if row is None:
        return answer(404, {"message": f"Product {ean} not found."})
    return answer(200, {"data": row | {"storefront": asked.query["storefront"]}})


ROUTES: tuple[Route[Market], ...] = (
    Route(
        "GET",
        "/products/ean/{ean}",
        by_ean,
        query={**STOREFRONT, "embedded": many("category", "category_basic", "units")},
        needs=("storefront",),
    ),
)
