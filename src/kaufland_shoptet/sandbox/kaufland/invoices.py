"""Invoices of orders: those that the seller uploads and those of Kaufland itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
from operator import itemgetter

from ..checks import Flaw, Shape, Text
from ..params import choice, zulu_time
from ..routes import Asked, Route
from ..wire import Answer, answer
from .desk import Desk
from .market import Order, Row
from .orders import DONE
from .paging import page, paged, stamp
from .problems import invalid, unknown
from .tables import STOREFRONTS


def list_invoices(desk: Desk, asked: Asked) -> Answer:
    """All invoices of all orders, newest first."""
    front, since = desk.front(asked.query.get("storefront")), asked.query.get("ts_created_from_iso")
    rows = [
        row
        for order in desk.orders.values()
        for row in order.invoices
        if front in (None, order.storefront) and (since is None or row["ts_created_iso"] >= stamp(since))
    ]
    rows.sort(key=itemgetter("ts_created_iso"), reverse=True)
    return page(desk, asked, rows, lambda row: row)


def _order(desk: Desk, asked: Asked) -> Order:
    order = desk.orders.get(asked.names["id_order"])
    if order is None:
        raise unknown("Order", asked.names["id_order"])
    return order


def _row(order: Order, asked: Asked) -> Row:
    number = asked.names["id_invoice"]
    row = next((row for row in order.invoices if str(row["id_invoice"]) == number), None)
    if row is None:
        raise unknown("Invoice", number)
    return row


def get_invoice(desk: Desk, asked: Asked) -> Answer:
    """One invoice; its address carries a token."""
    return answer(200, {"data": _row(_order(desk, asked), asked)})


def upload(desk: Desk, asked: Asked) -> Answer:
    """Take an invoice of the seller, for the order as a whole. A second one is taken as well."""
    order, body = _order(desk, asked), asked.body
    try:
        content = base64.b64decode(body["data"], validate=True)
    except binascii.Error:
        raise invalid(Flaw("data", "must be encoded in base64")) from None
    flaws = [Flaw(name, "must not be empty") for name in body if not body[name].strip()]
    if flaws:
        raise invalid(*flaws)
    number = next(desk.invoice_ids)
    token = hashlib.sha256(content).hexdigest()[:32]
    row: Row = {
        "id_invoice": number,
        "id_order": order.id,
        "storefront": order.storefront,
        "is_marketplace_deemed_supplier": False,
        "original_name": body["original_name"],
        "mime_type": body["mime_type"],
        "url": f"https://kaufland.de/dynamic/files/order_invoices/{number}/?access_token={token}",
        "ts_created_iso": stamp(desk.clock.now()),
    }
    desk.files[order.id, number] = content
    order.invoices.append(row)
    return answer(201, {"data": row})


def delete(desk: Desk, asked: Asked) -> Answer:
    """Take an invoice of the seller away; those of Kaufland stay."""
    order = _order(desk, asked)
    row = _row(order, asked)
    if row["is_marketplace_deemed_supplier"]:
        raise unknown("Invoice", asked.names["id_invoice"])
    order.invoices.remove(row)
    desk.files.pop((order.id, row["id_invoice"]), None)
    return DONE


ROUTES: tuple[Route[Desk], ...] = (
    Route(
        "GET",
        "/order-invoices",
        list_invoices,
        query={"storefront": choice(*STOREFRONTS), "ts_created_from_iso": zulu_time, **paged(100)},
    ),
    Route(
        "POST",
        "/order-invoices/{id_order}",
        upload,
        body=Shape(
            keys={"original_name": Text(), "mime_type": Text(), "data": Text()},
            required=("original_name", "mime_type", "data"),
        ),
    ),
    Route("GET", "/order-invoices/{id_order}/{id_invoice}", get_invoice),
    Route("DELETE", "/order-invoices/{id_order}/{id_invoice}", delete),
)
