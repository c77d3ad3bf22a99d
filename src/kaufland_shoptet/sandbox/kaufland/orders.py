"""Orders and order units: lists, details and the four actions of a seller."""

from __future__ import annotations

from ..checks import Flaw, Shape, Text, Whole
from ..params import Parser, choice, many, text, zulu_time
from ..routes import Asked, Route
from ..wire import Answer, answer
from .market import Market, Order, Piece, Refund, Row, Shipment
from .paging import page, paged, settled, stamp
from .problems import forbidden, fulfilled_by_kaufland, invalid, problem, unknown
from .tables import (
    BY_KAUFLAND,
    BY_MERCHANT,
    CANCEL_REASONS,
    NO_TRACKING,
    REFUND_REASONS,
    STATUSES,
    STOREFRONTS,
)

DONE = Answer(status=204)

FILTERS: dict[str, Parser] = {
    "storefront": choice(*STOREFRONTS),
    "ts_created_from_iso": zulu_time,
    "fulfillment_type": many(BY_MERCHANT, BY_KAUFLAND),
    **paged(100),
}
ORDER_EMBEDS = ("order_invoices", "delivery", "kss_delivery")
UNIT_EMBEDS = (
    "delivery_attempt_timestamp_iso",
    "return_unit",
    "tickets",
    "delivery",
    "kss_delivery",
    "shipping_group",
)


# -- rows ------------------------------------------------------------------------------------------------


def is_playground(asked: Asked) -> bool:
    """Does the call go to the playground?"""
    return asked.call.host.startswith("sellerapi-playground.")


def _core(market: Market, asked: Asked, order: Order, piece: Piece) -> Row:
    row = {
        "id_order_unit": piece.id,
        "id_order": piece.order,
        "ts_created_iso": stamp(order.created),
        "ts_updated_iso": stamp(piece.updated),
        "is_marketplace_deemed_supplier": order.deemed_supplier,
        "status": piece.status,
        "price": piece.price,
        "shipping_rate": 0 if is_playground(asked) else piece.shipping_rate,
        "storefront": order.storefront,
        "currency": STOREFRONTS[order.storefront].currency,
        "order_received_timestamp_iso": stamp(piece.received),
        "cancel_reason": piece.cancel_reason,
        "vat": piece.vat,
        "discounts": [
            discount | {"discount_value": market.switches.discount_sign * discount["discount_value"]}
            for discount in piece.discounts
        ],
        **piece.facts,
    }
    if market.switches.shape == "2.27":
        del row["discounts"]
    return row


def unit_row(market: Market, asked: Asked, piece: Piece) -> Row:
    """A row of `/order-units`: the unit with what belongs to its order; no addresses while it is open."""
    order = market.orders[piece.order]
    shown = piece.released
    row = _core(market, asked, order, piece) | {
        "fulfillment_type": order.fulfillment,
        "buyer": order.buyer if shown else None,
        "billing_address": order.billing if shown else None,
        "shipping_address": order.shipping if shown else None,
    }
    return settled(row, piece.verbatim)


def header_row(order: Order) -> Row:
    """A row of `/orders`: neither units nor addresses."""
    row = {
        "id_order": order.id,
        "ts_created_iso": stamp(order.created),
        "is_marketplace_deemed_supplier": order.deemed_supplier,
        "order_units_count": len(order.pieces),
        "ts_units_updated_iso": stamp(order.updated),
        "storefront": order.storefront,
        "fulfillment_type": order.fulfillment,
    }
    return settled(row, order.verbatim)


# -- reading ---------------------------------------------------------------------------------------------


def _matching(market: Market, asked: Asked) -> list[Order]:
    """Orders by what both lists filter by, newest first."""
    wanted = market.front(asked.query.get("storefront"))
    kinds = asked.query.get("fulfillment_type", (BY_MERCHANT,))
    since = asked.query.get("ts_created_from_iso")
    return [
        order
        for order in reversed(market.timeline)
        if (wanted is None or order.storefront == wanted)
        and order.fulfillment in kinds
        and (since is None or order.created >= since)
    ]


def list_orders(market: Market, asked: Asked) -> Answer:
    """Headers, newest first; there is no other order and no filter by status."""
    since = asked.query.get("ts_units_updated_from_iso")
    rows = _matching(market, asked)
    if since is not None:
        rows = [order for order in rows if order.updated >= since]
    return page(market, asked, rows, header_row)


def list_units(market: Market, asked: Asked) -> Answer:
    """Units with addresses, newest first by creation or by change."""
    query = asked.query
    statuses, since = query.get("status"), query.get("ts_updated_from_iso")
    rows = [
        piece
        for order in _matching(market, asked)
        for piece in reversed(order.pieces)
        if (statuses is None or piece.status in statuses)
        and (since is None or piece.updated >= since)
        and ("id_offer" not in query or piece.facts["id_offer"] == query["id_offer"])
    ]
    if query.get("sort") == "ts_updated:desc":
        rows.sort(key=lambda piece: piece.updated, reverse=True)
    return page(market, asked, rows, lambda piece: unit_row(market, asked, piece))


def _delivery(order: Order) -> Row:
    return {"pickup_location": order.pickup if order.released else None}


def get_order(market: Market, asked: Asked) -> Answer:
    """An order with all its units; the pick-up point only with ``embedded=delivery``."""
    order = market.orders.get(asked.names["id_order"])
    if order is None:
        raise unknown("Order", asked.names["id_order"])
    embedded = asked.query.get("embedded", ())
    shown = order.released
    row = {
        "id_order": order.id,
        "ts_created_iso": stamp(order.created),
        "is_marketplace_deemed_supplier": order.deemed_supplier,
        "storefront": order.storefront,
        "fulfillment_type": order.fulfillment,
        "order_units": [
            settled(_core(market, asked, order, piece) | {"tickets": []}, piece.verbatim)
            for piece in order.pieces
        ],
        "billing_address": order.billing if shown else None,
        "shipping_address": order.shipping if shown else None,
        "buyer": order.buyer if shown else None,
        "order_invoices": order.invoices if "order_invoices" in embedded else ...,
        "delivery": _delivery(order) if "delivery" in embedded else ...,
    }
    return answer(200, {"data": settled(row, order.verbatim)})


def get_unit(market: Market, asked: Asked) -> Answer:
    """One unit with its parts on demand."""
    piece = _piece(market, asked)
    extras: Row = {
        "delivery_attempt_timestamp_iso": None,
        "return_unit": market.return_of(piece),
        "tickets": [],
        "delivery": _delivery(market.orders[piece.order]),
        "kss_eligible": False,
        "shipping_group": {"id_shipping_group": None},
    }
    wanted = ["kss_eligible" if name == "kss_delivery" else name for name in asked.query.get("embedded", ())]
    return answer(200, {"data": unit_row(market, asked, piece) | {name: extras[name] for name in wanted}})


# -- actions ---------------------------------------------------------------------------------------------


def _piece(market: Market, asked: Asked) -> Piece:
    name = asked.names["id_order_unit"]
    if not name.isdecimal():
        raise invalid(Flaw("id_order_unit", "must be an integer"))
    piece = market.pieces.get(int(name))
    if piece is None:
        raise unknown("Order unit", name)
    return piece


def _own(market: Market, asked: Asked) -> Piece:
    piece = _piece(market, asked)
    if market.orders[piece.order].fulfillment == BY_KAUFLAND:
        raise fulfilled_by_kaufland()
    return piece


def check_parcel(market: Market, carrier: str, numbers: str, at: str = "tracking_numbers") -> None:
    """A carrier is named exactly as `/carriers` spells it; only two of them go without tracking number."""
    if carrier not in market.carriers:
        raise invalid(
            Flaw("carrier_code", f"must be one of the carriers of the carrier list, not '{carrier}'")
        )
    if not numbers.strip() and carrier not in NO_TRACKING:
        raise invalid(Flaw(at, "must not be empty for this carrier"))


def fulfil(market: Market, asked: Asked) -> Answer:
    """End the open window early."""
    piece = _own(market, asked)
    if piece.status != "open":
        raise forbidden(f"Order unit is {piece.status}, not open.", "action-not-allowed")
    market.release(piece)
    return DONE


def send(market: Market, asked: Asked) -> Answer:
    """Report the dispatch of one unit. The second time is an error that says ``already_marked_as_sent``."""
    piece = _own(market, asked)
    carrier, numbers = asked.body["carrier_code"], asked.body["tracking_numbers"]
    check_parcel(market, carrier, numbers)
    if market.has_left(piece):
        raise problem(
            market.switches.second_send_status, "duplicate-action", "Order unit is already_marked_as_sent."
        )
    if piece.status != "need_to_be_sent":
        raise forbidden(f"Order unit is {piece.status} and cannot be sent.", "action-not-allowed")
    market.shipments.append(Shipment(piece.id, carrier, numbers))
    market.dispatch(piece, tracked=bool(numbers.strip()))
    return DONE


def cancel(market: Market, asked: Asked) -> Answer:
    """Cancel one unit; after dispatch only if the switch allows it."""
    piece = _own(market, asked)
    possible = piece.status in ("open", "need_to_be_sent") or (
        market.has_left(piece) and market.switches.cancel_after_sent == "allow"
    )
    if not possible:
        raise forbidden(f"Order unit is {piece.status}.", "order-units/cancel-not-possible")
    piece.cancel_reason = asked.body["reason"]
    market.touch(piece, "cancelled")
    return DONE


def refund(market: Market, asked: Asked) -> Answer:
    """Give money back for one unit; its status stays and no endpoint shows the refund."""
    piece = _piece(market, asked)
    amount = asked.body["amount"]
    if market.switches.refund_ceiling and piece.refunded + amount > piece.total:
        raise invalid(Flaw("amount", "must not exceed what was paid for the order unit"))
    piece.refunded += amount
    market.refunds.append(Refund(piece.id, amount, asked.body["reason"]))
    return DONE


def add_shipment(market: Market, asked: Asked) -> Answer:
    """Report one more parcel for a unit that was sent."""
    parcel = asked.body["shipment_information"]
    piece = market.pieces.get(asked.body["id_order_unit"])
    if piece is None:
        raise unknown("Order unit", asked.body["id_order_unit"])
    check_parcel(market, parcel["carrier_code"], parcel["tracking_number"], "tracking_number")
    if not market.has_left(piece):
        raise forbidden("Order unit was not sent yet.", "action-not-allowed")
    market.shipments.append(Shipment(piece.id, parcel["carrier_code"], parcel["tracking_number"]))
    return DONE


_UNIT = "/order-units/{id_order_unit}"

ROUTES: tuple[Route[Market], ...] = (
    Route("GET", "/orders", list_orders, query=FILTERS | {"ts_units_updated_from_iso": zulu_time}),
    Route("GET", "/orders/{id_order}", get_order, query={"embedded": many(*ORDER_EMBEDS)}),
    Route(
        "GET",
        "/order-units",
        list_units,
        query=FILTERS
        | {
            "id_offer": text,
            "status": many(*STATUSES),
            "ts_updated_from_iso": zulu_time,
            "sort": choice("ts_created:desc", "ts_updated:desc"),
        },
    ),
    Route("GET", _UNIT, get_unit, query={"embedded": many(*UNIT_EMBEDS)}),
    Route("PATCH", _UNIT + "/fulfil", fulfil),
    Route(
        "PATCH",
        _UNIT + "/send",
        send,
        body=Shape(
            keys={"tracking_numbers": Text(), "carrier_code": Text()},
            required=("tracking_numbers", "carrier_code"),
        ),
    ),
    Route(
        "PATCH",
        _UNIT + "/cancel",
        cancel,
        body=Shape(keys={"reason": Text(among=CANCEL_REASONS)}, required=("reason",)),
    ),
    Route(
        "PATCH",
        _UNIT + "/refund",
        refund,
        body=Shape(
            keys={"amount": Whole(minimum=1, maximum=2**31 - 1), "reason": Text(among=REFUND_REASONS)},
            required=("amount", "reason"),
        ),
    ),
    Route(
        "POST",
        "/shipments",
        add_shipment,
        body=Shape(
            keys={
                "id_order_unit": Whole(minimum=1),
                "shipment_information": Shape(
                    keys={"tracking_number": Text(), "carrier_code": Text()},
                    required=("tracking_number", "carrier_code"),
                ),
            },
            required=("id_order_unit", "shipment_information"),
        ),
    ),
)
