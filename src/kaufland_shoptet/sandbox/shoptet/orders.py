"""Orders: lists, detail, change feed, status, notes, history, deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from ..checks import Flaw
from ..params import Parser, flag, offset_time, text, whole
from ..routes import Asked, Route
from ..wire import Answer
from . import order_rules
from .creation import BILLING_METHODS, address, billing, create_order
from .envelope import Error, Row, bad_parameter, invalid, malformed, not_found, refuse, reply, stamp
from .paging import page, paged
from .shop import Order, Shop

T = TypeVar("T")

INCLUDES = (
    "notes",
    "images",
    "shippingDetails",
    "stockLocation",
    "surchargeParameters",
    "paymentTransactions",
    "productFlags",
)
SNAPSHOT_INCLUDES = tuple(name for name in INCLUDES if name != "paymentTransactions")
CODES_LIMIT = 50
LONG_FIELDS = (1, 2, 3)
FIELD_LIMIT = 255
HISTORY = timedelta(days=30)

_SUPPRESS_STATUS: Mapping[str, Parser] = {
    "suppressDocumentGeneration": flag,
    "suppressEmailSending": flag,
    "suppressSmsSending": flag,
}


# -- sections on demand ----------------------------------------------------------------------------------


def included(asked: Asked, known: Sequence[str]) -> set[str]:
    """The sections that were asked for; order and case do not matter."""
    spelled = {name.lower(): name for name in known}
    wanted = [name for name in asked.query.get("include", "").split(",") if name]
    for name in wanted:
        if name.lower() not in spelled:
            raise bad_parameter("include", f'Unsupported section "{name}".')
    return {spelled[name.lower()] for name in wanted}


def _notes_row(shop: Shop, order: Order) -> Row:
    notes = order.notes
    number = notes["trackingNumber"]
    shipping = order.row["shipping"] or {"guid": ""}
    method = shop.method_row(shop.shipping_methods, shipping["guid"]) or {"trackingUrl": None}
    url = method["trackingUrl"] if number else None
    return {
        "customerRemark": notes["customerRemark"],
        "eshopRemark": notes["eshopRemark"],
        "trackingNumber": number,
        "trackingUrl": url and url.replace("#PACKAGE_NUMBER#", number),
        "additionalFields": [
            {"index": row["index"], "label": row["label"], "text": notes["texts"].get(row["index"])}
            for row in shop.order_fields
        ],
    }


_ITEM_SECTIONS: Mapping[str, tuple[str, Any]] = {
    "images": ("mainImage", None),
    "stockLocation": ("stockLocation", None),
    "surchargeParameters": ("surchargeParameters", []),
    "productFlags": ("productFlags", []),
}


def detail(shop: Shop, order: Order, sections: set[str] | frozenset[str] = frozenset()) -> Row:
    """An order as its detail gives it."""
    row = dict(order.row)
    extra = dict(_ITEM_SECTIONS[name] for name in sections if name in _ITEM_SECTIONS)
    row["items"] = [item | extra for item in order.row["items"]]
    if "notes" in sections:
        row["notes"] = _notes_row(shop, order)
    if "shippingDetails" in sections:
        row["shippingDetails"] = order.details
    if "paymentTransactions" in sections:
        row["paymentTransactions"] = []
    return row


def header(order: Order) -> Row:
    """An order as lists give it. It has no `externalCode`."""
    row = order.row
    same = (
        "code",
        "guid",
        "creationTime",
        "changeTime",
        "email",
        "phone",
        "customerGuid",
        "cashDeskOrder",
        "adminUrl",
        "status",
        "source",
        "shipping",
        "paymentMethod",
        "price",
        "paid",
        "salesChannelGuid",
    )
    return {
        **{name: row[name] for name in same},
        "fullName": row["billingAddress"]["fullName"],
        "company": row["billingAddress"]["company"],
        "remark": order.notes["customerRemark"],
    }


# -- reading ---------------------------------------------------------------------------------------------


def _part(order: Order, key: str, name: str) -> Any:
    part: Row = order.row[key] or {}
    return part.get(name)


_FILTERS: Mapping[str, tuple[Parser, Callable[[Shop, Order, Any], bool]]] = {
    "statusId": (whole(-(10**9)), lambda _, order, value: order.status == value),
    "shippingGuid": (text, lambda _, order, value: _part(order, "shipping", "guid") == value),
    "shippingCompanyCode": (text, lambda shop, order, value: _company(shop, order) == value),
    "paymentMethodGuid": (text, lambda _, order, value: _part(order, "paymentMethod", "guid") == value),
    "creationTimeFrom": (offset_time, lambda _, order, value: bool(order.created and order.created >= value)),
    "creationTimeTo": (offset_time, lambda _, order, value: bool(order.created and order.created <= value)),
    "codeFrom": (text, lambda _, order, value: order.code >= value),
    "codeTo": (text, lambda _, order, value: order.code <= value),
    "customerGuid": (text, lambda _, order, value: order.row["customerGuid"] == value),
    "email": (text, lambda _, order, value: (order.row["email"] or "").lower() == value.lower()),
    "phone": (text, lambda _, order, value: order.row["phone"] == value),
    "productCode": (text, lambda _, order, value: any(item["code"] == value for item in order.row["items"])),
    "changeTimeFrom": (offset_time, lambda _, order, value: order.changed >= value),
    "changeTimeTo": (offset_time, lambda _, order, value: order.changed <= value),
    "sourceId": (whole(-(10**9)), lambda _, order, value: _part(order, "source", "id") == value),
}


def _company(shop: Shop, order: Order) -> Any:
    method = shop.method_row(shop.shipping_methods, _part(order, "shipping", "guid"))
    company: Row = (method or {}).get("shippingCompany") or {}
    return company.get("code")


def _chosen(shop: Shop, asked: Asked) -> list[Order]:
    newest_first = list(reversed(shop.orders.values()))
    if "orderCodes" in asked.query:  # it disables every other filter
        codes = [code for code in str(asked.query["orderCodes"]).split(",") if code]
        if not codes:
            message = 'Missing value for parameter "orderCodes".'
            raise bad_parameter("orderCodes", message, "missing-parameter")
        if len(codes) > CODES_LIMIT:
            message = f'Invalid "orderCodes" parameter. Expected max. {CODES_LIMIT} elements, but {len(codes)} given.'
            raise bad_parameter("orderCodes", message)
        return [order for order in newest_first if order.code in codes]
    tests = [(_FILTERS[name][1], value) for name, value in asked.query.items() if name in _FILTERS]
    return [order for order in newest_first if all(test(shop, order, value) for test, value in tests)]


def list_orders(shop: Shop, asked: Asked) -> Answer:
    """Headers of orders, at most 50 on a page."""
    return page(shop, asked, "orders", _chosen(shop, asked), header, default=50, maximum=50)


def snapshot(shop: Shop, asked: Asked) -> Callable[[], Iterator[Row]]:
    """What a job over all orders will write: one detail a line."""
    sections = included(asked, SNAPSHOT_INCLUDES)
    chosen = _chosen(shop, asked)
    return lambda: (detail(shop, order, sections) for order in chosen)


def _order(shop: Shop, asked: Asked) -> Order:
    code = asked.names["code"]
    order = shop.orders.get(code)
    if order is None:
        raise not_found("order", "Order", code)
    return order


def get_order(shop: Shop, asked: Asked) -> Answer:
    """One order with the sections that are asked for."""
    order = _order(shop, asked)
    return reply(200, {"order": detail(shop, order, included(asked, INCLUDES))})


def list_statuses(shop: Shop, _: Asked) -> Answer:
    """The statuses of the e-shop; names are the merchant's, negative ids are the system's."""
    return reply(200, {"defaultStatus": shop.default_status, "statuses": shop.statuses})


def list_sources(shop: Shop, _: Asked) -> Answer:
    """Where orders can come from."""
    return reply(200, {"sources": shop.sources})


def list_changes(shop: Shop, asked: Asked) -> Answer:
    """Each order that changed since a moment, once, with its last change; thirty days back."""
    since = max(asked.query["from"], shop.clock.now() - HISTORY)
    kind = asked.query.get("changeType")
    rows = [
        {"code": code, "changeTime": stamp(moment), "changeType": what}
        for code, (moment, what) in sorted(shop.changes.items(), key=lambda change: change[1][0])
        if moment >= since and kind in (None, what)
    ]
    return page(shop, asked, "changes", rows, lambda row: row, default=20, maximum=1000)


# -- writing ---------------------------------------------------------------------------------------------


def create(shop: Shop, asked: Asked) -> Answer:
    """Insert an order."""
    return create_order(shop, asked, lambda order: detail(shop, order))


def _known_status(shop: Shop, number: Any) -> int:
    if shop.status_row(number) is None:
        message = f'Invalid statusId "{number}".'
        raise invalid(message, "data.statusId")
    return int(number)


def _move(shop: Shop, asked: Asked, order: Order, number: int) -> list[Error]:
    failed = shop.set_status(
        order,
        number,
        mails=not asked.query.get("suppressEmailSending", False),
        documents=not asked.query.get("suppressDocumentGeneration", False),
    )
    return [
        Error("document-not-generated", f'{kind} of order "{order.code}" was not created.', order.code)
        for kind in failed
    ]


def set_status(shop: Shop, asked: Asked) -> Answer:
    """Change status, payment flag or billing method. The status that the order has already is no change."""
    order, data = _order(shop, asked), asked.body["data"]
    if not data:
        message = "At least one property must be filled."
        raise invalid(message, "data")
    if "statusId" in data:
        _known_status(shop, data["statusId"])
    if order.edited:
        order.edited = False
        raise refuse(409, Error("record-already-changed", "Order has been changed before update."))
    errors: list[Error] = []
    before = dict(order.row)
    if data.get("statusId", order.status) != order.status:
        errors = _move(shop, asked, order, data["statusId"])
    if "paid" in data:
        shop.set_paid(order, paid=data["paid"])
    if "billingMethodId" in data:
        number = data["billingMethodId"]
        order.row["billingMethod"] = {"id": number, "name": BILLING_METHODS[number]}
    if order.row != before:
        shop.note_change(order)
        shop.emit("order:update", order.code)
    return reply(200, {"order": detail(shop, order)}, errors)


def set_statuses(shop: Shop, asked: Asked) -> Answer:
    """Change the status of up to 100 orders; codes that do not exist are skipped and named in one error."""
    data = asked.body["data"]
    number = _known_status(shop, data["statusId"])
    codes = list(dict.fromkeys(data["orderCodes"]))
    found = [shop.orders[code] for code in codes if code in shop.orders]
    missing = [code for code in codes if code not in shop.orders]
    moved = [order for order in found if order.status != number]
    errors: list[Error] = []
    for order in moved:
        errors += _move(shop, asked, order, number)
        shop.note_change(order)
    shop.emit_each("order:update", "order:massUpdate", (order.code for order in moved))
    if missing:
        message = f"Orders with codes {', '.join(missing)} do not exist. Skipped."
        errors.append(Error("invalid-request-data", message, "data.orderCodes"))
    return reply(200 if found else 400, None, errors)


def set_head(shop: Shop, asked: Asked) -> Answer:
    """Change contacts and addresses: what is absent stays."""
    order, data = _order(shop, asked), asked.body["data"]
    if not data:
        raise invalid("At least one property must be filled.", "data")
    row = order.row
    equal = data.get("addressesEqual", row["addressesEqual"])
    given = data.get("deliveryAddress", row["deliveryAddress"])
    if equal is False and given is None:
        message = "Delivery address is required when addresses are not equal."
        raise invalid(message, "data.deliveryAddress")
    if order.edited:
        order.edited = False
        raise refuse(409, Error("record-already-changed", "Order has been changed before update."))
    row |= {name: data[name] for name in ("email", "phone", "birthDate", "customerGuid") if name in data}
    row["addressesEqual"] = equal is not False
    row["deliveryAddress"] = address(given) if equal is False else None
    if "billingAddress" in data:
        row["billingAddress"] = billing(data["billingAddress"])
    shop.note_change(order)
    shop.emit("order:update", order.code)
    return reply(200, {"order": detail(shop, order)})


def set_notes(shop: Shop, asked: Asked) -> Answer:
    """Change remarks: what is absent stays, null clears."""
    order, data = _order(shop, asked), asked.body["data"]
    texts = {row["index"]: row["text"] for row in data.get("additionalFields", [])}
    flaws = [
        Flaw(f"data.additionalFields[{place}].text", f"Must be at most {FIELD_LIMIT} characters long")
        for place, (index, held) in enumerate(texts.items())
        if index in LONG_FIELDS and held is not None and len(held) > FIELD_LIMIT
    ]
    if flaws:
        raise malformed(flaws)
    order.notes |= {name: value for name, value in data.items() if name != "additionalFields"}
    order.notes["texts"] |= texts
    shop.note_change(order)
    shop.emit("order:update", order.code)
    return reply(200, None)


def delete(shop: Shop, asked: Asked) -> Answer:
    """Delete an order and put its pieces back into stock. Its external code stays used."""
    order = _order(shop, asked)
    shop.note_change(order, "delete")
    shop.move_stock(order, -1)
    del shop.orders[order.code]
    shop.emit("order:delete", order.code)
    return reply(200, None)


def list_history(shop: Shop, asked: Asked) -> Answer:
    """The remarks of an order."""
    order, system = _order(shop, asked), asked.query.get("system")
    rows = [row for row in order.history if system is None or row["system"] == system]
    return reply(200, {"orderHistory": rows})


def add_remark(shop: Shop, asked: Asked) -> Answer:
    """Add a remark; an order has room for 100."""
    order, data = _order(shop, asked), asked.body["data"]
    limit = shop.switches.history_limit
    if len(order.history) >= limit:
        message = f'Order history item count limit exceeded ({limit}) for order "{order.code}".'
        raise refuse(403, Error("order-history-item-exceeded-limit", message, order.code))
    kind = data.get("type", "comment")
    order.history.append(
        {
            "id": next(shop.remark_ids),
            "creationTime": stamp(shop.clock.now()),
            "text": data["text"],
            "user": {"id": "api.service-1@sandbox", "name": "api"},
            "system": kind == "system",
            "type": kind,
        }
    )
    return reply(201, None)


_ORDER = "/api/orders/{code}"
FILTERS: Mapping[str, Parser] = {name: reader for name, (reader, _) in _FILTERS.items()} | {
    "orderCodes": text
}

ROUTES: tuple[Route[Shop], ...] = (
    Route("GET", "/api/orders", list_orders, query={**FILTERS, **paged()}),
    Route(
        "POST",
        "/api/orders",
        create,
        query=dict.fromkeys(
            (
                "suppressDocumentGeneration",
                "suppressEmailSending",
                "suppressProductChecking",
                "suppressStockMovements",
                "suppressHistoricalMandatoryFields",
                "suppressHistoricalPaymentChecking",
                "suppressHistoricalShippingChecking",
            ),
            flag,
        ),
        body=order_rules.CREATE,
    ),
    Route("GET", "/api/orders/statuses", list_statuses),
    Route("GET", "/api/orders/sources", list_sources),
    Route(
        "GET",
        "/api/orders/changes",
        list_changes,
        query={"from": offset_time, "changeType": text, **paged()},
        needs=("from",),
    ),
    Route(
        "PATCH",
        "/api/orders/status-change",
        set_statuses,
        query=_SUPPRESS_STATUS,
        body=order_rules.STATUS_CHANGE,
    ),
    Route("GET", _ORDER, get_order, query={"include": text}),
    Route("DELETE", _ORDER, delete),
    Route("PATCH", _ORDER + "/status", set_status, query=_SUPPRESS_STATUS, body=order_rules.STATUS),
    Route("PATCH", _ORDER + "/head", set_head, body=order_rules.HEAD),
    Route("PATCH", _ORDER + "/notes", set_notes, body=order_rules.NOTES),
    Route("GET", _ORDER + "/history", list_history, query={"system": flag}),
    Route("POST", _ORDER + "/history", add_remark, body=order_rules.REMARK),
)
