"""Subscriptions to push notifications: one for each event and storefront, whose address is called at once."""

from __future__ import annotations

from ..checks import Flag, Flaw, Shape, Text
from ..params import choice
from ..routes import Asked, Route
from ..wire import Answer, answer
from .market import Market, Row
from .orders import DONE
from .paging import page, paged
from .problems import invalid, problem, unknown
from .push import EVENTS
from .tables import STOREFRONTS

_KEYS = {
    "callback_url": Text(pattern=r"https?://.+", maximum=255),
    "fallback_email": Text(pattern=r"[^@\s]+@[^@\s]+"),
    "event_name": Text(among=EVENTS),
}
CREATE = Shape(keys=_KEYS, required=tuple(_KEYS))
PATCH = Shape(keys={**_KEYS, "is_active": Flag(), "storefront": Text(among=tuple(STOREFRONTS), null=True)})


def _find(market: Market, asked: Asked) -> Row:
    name = asked.names["id_subscription"]
    row = market.push.rows.get(int(name)) if name.isdecimal() else None
    if row is None:
        raise unknown("Subscription", name)
    return row


def _verify(market: Market, url: str) -> None:
    if not market.push.verified(url):
        message = "The callback URL did not answer the challenge."
        raise problem(400, "subscriptions/unverified-callback-url", message)


def list_subscriptions(market: Market, asked: Asked) -> Answer:
    """What is subscribed to."""
    wanted = {
        "storefront": market.front(asked.query.get("storefront")),
        "event_name": asked.query.get("event_name"),
    }
    rows = [
        row
        for row in market.push.rows.values()
        if all(value in (None, row[name]) for name, value in wanted.items())
    ]
    return page(market, asked, rows, lambda row: row)


def get_subscription(market: Market, asked: Asked) -> Answer:
    """One subscription."""
    return answer(200, {"data": _find(market, asked)})


def create_subscription(market: Market, asked: Asked) -> Answer:
    """Subscribe to an event of a storefront; there can be one subscription only."""
    storefront, event = asked.query["storefront"], asked.body["event_name"]
    if any(
        (row["storefront"], row["event_name"]) == (storefront, event) for row in market.push.rows.values()
    ):
        raise invalid(Flaw("event_name", "is subscribed to already"))
    _verify(market, asked.body["callback_url"])
    number = next(market.push.ids)
    row = {"id_subscription": number, **asked.body, "is_active": True, "storefront": storefront}
    market.push.rows[number] = row
    return answer(201, {"data": row})


def change_subscription(market: Market, asked: Asked) -> Answer:
    """Change a subscription, or switch it on or off."""
    row = _find(market, asked)
    if asked.body.get("callback_url", row["callback_url"]) != row["callback_url"]:
        _verify(market, asked.body["callback_url"])
    row.update(asked.body)
    return answer(200, {"data": row})


def delete_subscription(market: Market, asked: Asked) -> Answer:
    """Take a subscription away."""
    del market.push.rows[_find(market, asked)["id_subscription"]]
    return DONE


ROUTES: tuple[Route[Market], ...] = (
    Route(
        "GET",
        "/subscriptions",
        list_subscriptions,
        query={"storefront": choice(*STOREFRONTS), "event_name": choice(*EVENTS), **paged(30, 0)},
    ),
    Route(
        "POST",
        "/subscriptions",
        create_subscription,
        query={"storefront": choice(*STOREFRONTS)},
        needs=("storefront",),
        body=CREATE,
    ),
    Route("GET", "/subscriptions/{id_subscription}", get_subscription),
    Route("PATCH", "/subscriptions/{id_subscription}", change_subscription, body=PATCH),
    Route("DELETE", "/subscriptions/{id_subscription}", delete_subscription),
)
