"""Shipments handed to carriers through the shop: reading only. They are made by `Shop.ship`."""

from __future__ import annotations

from ..params import text
from ..routes import Asked, Route
from ..wire import Answer
from .envelope import Row, not_found, reply
from .paging import page
from .shop import Shop

EVERYTHING = 10**6
"""The list has a paginator and no parameters for it."""


def _summary(row: Row) -> Row:
    packages: list[Row] = row["packages"]
    without = [{key: value for key, value in each.items() if key != "history"} for each in packages]
    return row | {"packages": without}


def list_shipments(shop: Shop, asked: Asked) -> Answer:
    """Shipments, the oldest first, of one order or in one status if asked for."""
    code, status = asked.query.get("orderCode"), asked.query.get("status")
    rows = [
        row for row in shop.shipments if code in (None, row["orderCode"]) and status in (None, row["status"])
    ]
    return page(shop, asked, "items", rows, _summary, default=EVERYTHING, maximum=EVERYTHING)


def get_shipment(shop: Shop, asked: Asked) -> Answer:
    """One shipment with the history of its packages."""
    guid = asked.names["guid"]
    row = next((row for row in shop.shipments if row["guid"] == guid), None)
    if row is None:
        raise not_found("shipment", "Shipment", guid)
    return reply(200, row)


ROUTES: tuple[Route[Shop], ...] = (
    Route("GET", "/api/shipments", list_shipments, query={"orderCode": text, "status": text}),
    Route("GET", "/api/shipments/{guid}", get_shipment),
)
