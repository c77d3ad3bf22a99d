"""Returns and return units: lists, details and the four decisions of a seller."""

from __future__ import annotations

from collections.abc import Callable

from ..checks import Flaw, Shape, Text
from ..params import Parser, choice, many, text, zulu_time
from ..routes import Asked, Route
from ..wire import Answer, answer
from .desk import DECIDABLE, PARCEL_STATUSES, UNIT_STATUSES, Desk, Message, Parcel, ReturnUnit, unit_row
from .market import Row
from .orders import DONE
from .orders import unit_row as order_unit_row
from .paging import page, paged, stamp
from .problems import forbidden, fulfilled_by_kaufland, invalid, unknown
from .tables import BY_KAUFLAND, BY_MERCHANT, STOREFRONTS

FILTERS: dict[str, Parser] = {
    "storefront": choice(*STOREFRONTS),
    "ts_created_from_iso": zulu_time,
    "fulfillment_type": many(BY_MERCHANT, BY_KAUFLAND),
    "sort": choice("ts_created:desc", "ts_updated:desc"),
    **paged(100),
}


# -- rows ------------------------------------------------------------------------------------------------


def return_row(desk: Desk, parcel: Parcel) -> Row:
    """A return as lists give it: the parcel without what is in it."""
    order = desk.orders[parcel.order]
    return {
        "id_return": parcel.id,
        "ts_created_iso": stamp(parcel.created),
        "ts_updated_iso": stamp(parcel.updated),
        "storefront": order.storefront,
        "tracking_provider": parcel.provider,
        "tracking_code": parcel.code,
        "status": parcel.status,
        "fulfillment_type": order.fulfillment,
    }


# -- reading ---------------------------------------------------------------------------------------------


def _fits(desk: Desk, asked: Asked, one: Parcel | ReturnUnit, id_order: str) -> bool:
    order, query = desk.orders[id_order], asked.query
    since, statuses = query.get("ts_created_from_iso"), query.get("status")
    return (
        desk.front(query.get("storefront")) in (None, order.storefront)
        and order.fulfillment in query.get("fulfillment_type", (BY_MERCHANT,))
        and (since is None or one.created >= since)
        and (not statuses or one.status in statuses)
    )


def list_returns(desk: Desk, asked: Asked) -> Answer:
    """Returns, newest first by creation or by change."""
    code, since = asked.query.get("tracking_code"), asked.query.get("ts_updated_from_iso")
    rows = [
        parcel
        for parcel in reversed(desk.returns.values())
        if _fits(desk, asked, parcel, parcel.order)
        and code in (None, parcel.code)
        and (since is None or parcel.updated >= since)
    ]
    if asked.query.get("sort") == "ts_updated:desc":
        rows.sort(key=lambda parcel: parcel.updated, reverse=True)
    return page(desk, asked, rows, lambda parcel: return_row(desk, parcel))


def get_return(desk: Desk, asked: Asked) -> Answer:
    """One return with its parts on demand."""
    parcel = desk.returns.get(_number(asked, "id_return"))
    if parcel is None:
        raise unknown("Return", asked.names["id_return"])
    extras: Row = {
        "buyer": desk.orders[parcel.order].buyer,
        "return_units": [unit_row(desk, unit) for unit in parcel.units],
    }
    row = return_row(desk, parcel) | {name: extras[name] for name in asked.query.get("embedded", ())}
    return answer(200, {"data": row})


def list_units(desk: Desk, asked: Asked) -> Answer:
    """Return units, newest first by creation or by change; there is no filter by the time of the change."""
    rows = [
        unit
        for unit in reversed(desk.return_units.values())
        if _fits(desk, asked, unit, desk.returns[unit.parcel].order)
    ]
    if asked.query.get("sort") == "ts_updated:desc":
        rows.sort(key=lambda unit: unit.updated, reverse=True)
    return page(desk, asked, rows, lambda unit: unit_row(desk, unit))


def get_unit(desk: Desk, asked: Asked) -> Answer:
    """One return unit, always with its return, with its other parts on demand."""
    unit = _unit(desk, asked)
    extras: Row = {
        "return": return_row(desk, desk.returns[unit.parcel]),
        "order_unit": order_unit_row(desk, asked, desk.pieces[unit.order_unit]),
        "tickets": [],
    }
    names = ("return", *asked.query.get("embedded", ()))
    return answer(200, {"data": unit_row(desk, unit) | {name: extras[name] for name in names}})


# -- decisions -------------------------------------------------------------------------------------------


def _number(asked: Asked, name: str) -> int:
    if not asked.names[name].isdecimal():
        raise invalid(Flaw(name, "must be an integer"))
    return int(asked.names[name])


def _unit(desk: Desk, asked: Asked) -> ReturnUnit:
    unit = desk.return_units.get(_number(asked, "id_return_unit"))
    if unit is None:
        raise unknown("Return unit", asked.names["id_return_unit"])
    return unit


def _decision(status: str) -> Callable[[Desk, Asked], Answer]:
    """What brings a return unit to a status; a message, if there is one, reaches the buyer."""

    def decide(desk: Desk, asked: Asked) -> Answer:
        unit = _unit(desk, asked)
        if desk.orders[desk.returns[unit.parcel].order].fulfillment == BY_KAUFLAND:
            raise fulfilled_by_kaufland()
        if unit.status not in DECIDABLE or unit.status == status:
            raise forbidden(f"Return unit is {unit.status}.", "returns/unit-wrong-status")
        if asked.body is not None:
            desk.messages.append(Message(unit.id, asked.body["message"]))
        if status == "return_accepted":
            desk.accept(unit)
        else:
            desk.turn(unit, status)
        return DONE

    return decide


_UNIT = "/return-units/{id_return_unit}"
_MESSAGE = Shape(keys={"message": Text()}, required=("message",))

ROUTES: tuple[Route[Desk], ...] = (
    Route(
        "GET",
        "/returns",
        list_returns,
        query=FILTERS
        | {"ts_updated_from_iso": zulu_time, "tracking_code": text, "status": many(*PARCEL_STATUSES)},
    ),
    Route("GET", "/returns/{id_return}", get_return, query={"embedded": many("buyer", "return_units")}),
    Route("GET", "/return-units", list_units, query=FILTERS | {"status": many(*UNIT_STATUSES)}),
    Route("GET", _UNIT, get_unit, query={"embedded": many("return", "order_unit", "tickets")}),
    Route("PATCH", _UNIT + "/accept", _decision("return_accepted")),
    Route("PATCH", _UNIT + "/reject", _decision("return_rejected"), body=_MESSAGE),
    Route("PATCH", _UNIT + "/clarify", _decision("return_in_clarification"), body=_MESSAGE),
    Route("PATCH", _UNIT + "/repair", _decision("return_in_repair")),
)
