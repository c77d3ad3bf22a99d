"""Webhooks: one URL for an event, and the key that signs notifications."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from ..checks import Rows, Shape, Text
from ..params import choice, flag, offset_time, text
from ..post import Letter, is_local
from ..routes import Asked, Route
from ..wire import Answer
from .envelope import Error, Row, not_found, refuse, reply, stamp
from .paging import page, paged
from .shop import Shop

PORTS: Final[set[int | None]] = {None, 80, 8080, 443, 8443}
"""Where webhooks may be received; on this machine, where there is no other way to try, any port will do."""

KEPT: Final = timedelta(days=7)
"""How long notifications are listed."""
EXCLUSIVE: Final = (
    {"order:update", "order:cancel"},
    {"customer:update", "customer:enableOrders"},
    {"customer:update", "customer:disableOrders"},
)
"""Events that cannot be registered together."""

_EVENT = Text(pattern=r"(?!addon:)[a-zA-Z]+:[a-zA-Z]+")
_URL = Text(pattern=r"https?://.+", maximum=2000)
_PAYLOAD = Text(among=("full",), null=True)


def _objections(shop: Shop, row: Row, place: int) -> Iterator[tuple[int, Error]]:
    at, event = f"data[{place}]", row["event"]
    registered = {hook["event"] for hook in shop.webhooks.values()}
    if event in registered:
        yield 422, Error("webhook-exists", "Webhook already exists for this event", f"{at}.event")
    for pair in EXCLUSIVE:
        if event in pair and registered & (pair - {event}):
            yield 409, Error("webhook-conflict", "These events exclude one another.", f"{at}.event")
    url = str(row["url"])
    if not _is_allowed(url):
        yield 422, Error("invalid-request-data", "Unsupported port.", f"{at}.url")


def _is_allowed(url: str) -> bool:
    try:
        return urlsplit(url).port in PORTS or is_local(url)
    except ValueError:  # no port at all
        return False


def list_hooks(shop: Shop, asked: Asked) -> Answer:
    """What is registered."""
    return page(
        shop, asked, "webhooks", list(shop.webhooks.values()), lambda row: row, default=20, maximum=500
    )


def register(shop: Shop, asked: Asked) -> Answer:
    """Register up to 50; those that cannot be are named in `errors`, and when none can be, that is the answer."""
    made: list[Row] = []
    objections: list[tuple[int, Error]] = []
    for place, row in enumerate(asked.body["data"]):
        wrong = list(_objections(shop, row, place))
        objections += wrong
        if not wrong:
            now = stamp(shop.clock.now())
            number = next(shop.webhook_ids)
            hook = {"id": number, "created": now, "updated": None, "sendPayload": None, **row}
            shop.webhooks[number] = hook
            made.append(hook)
    errors = [error for _, error in objections]
    if not made:
        raise refuse(objections[0][0], *errors)
    return reply(201, {"webhooks": made}, errors)


def _hook(shop: Shop, asked: Asked) -> Row:
    name = asked.names["id"]
    hook = shop.webhooks.get(int(name)) if name.isdecimal() else None
    if hook is None:
        raise not_found("webhook", "Webhook with id", name)
    return hook


def get_hook(shop: Shop, asked: Asked) -> Answer:
    """One registration."""
    return reply(200, {"webhook": _hook(shop, asked)})


def change_hook(shop: Shop, asked: Asked) -> Answer:
    """Change the URL or the payload; the event stays."""
    _hook(shop, asked).update(asked.body["data"], updated=stamp(shop.clock.now()))
    return reply(200, None)


def delete_hook(shop: Shop, asked: Asked) -> Answer:
    """Take a registration away."""
    del shop.webhooks[_hook(shop, asked)["id"]]
    return reply(200, None)


def _notification(letter: Letter) -> Row:
    data = letter.call.json()
    status = {"delivered": "success", "failed": "failed", "lost": "failed"}.get(letter.state)
    tries = len(letter.attempts)
    return {
        "id": letter.id,
        "webhookId": letter.hook,
        "webhookUrl": letter.call.url,
        "event": data["event"],
        "eventCreated": data["eventCreated"],
        "created": stamp(letter.made),
        "attempted": stamp(letter.attempts[-1].at) if letter.attempts else None,
        "attempts": tries,
        "status": status or ("failed" if tries else "new"),
        "active": status is None,
        "data": data,
    }


def list_notifications(shop: Shop, asked: Asked) -> Answer:
    """What was sent in the last seven days and how that went; the way to learn of what did not arrive."""
    query = asked.query
    since = max(query.get("from", datetime.min.replace(tzinfo=UTC)), shop.clock.now() - KEPT)
    rows = [
        _notification(letter)
        for letter in shop.post.letters
        if letter.api == "shoptet" and letter.hook and letter.made >= since
    ]
    wanted = {name: query[name] for name in ("status", "event", "active") if name in query}
    rows = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return page(shop, asked, "notifications", rows, lambda row: row, default=20, maximum=500)


def renew_key(shop: Shop, _: Asked) -> Answer:
    """A new key for signatures; the former one is worthless from now on."""
    shop.signature_key = f"{shop.dice.getrandbits(128):032x}"
    return reply(200, {"signatureKey": shop.signature_key})


_ROW = Shape(keys={"event": _EVENT, "url": _URL, "sendPayload": _PAYLOAD}, required=("event", "url"))

ROUTES: tuple[Route[Shop], ...] = (
    Route("GET", "/api/webhooks", list_hooks, query=paged()),
    Route(
        "POST",
        "/api/webhooks",
        register,
        body=Shape(keys={"data": Rows(of=_ROW, minimum=1, maximum=50)}, required=("data",)),
    ),
    Route("POST", "/api/webhooks/renew-signature-key", renew_key),
    Route(
        "GET",
        "/api/webhooks/notifications",
        list_notifications,
        query={
            "status": choice("new", "failed", "success"),
            "event": text,
            "active": flag,
            "from": offset_time,
            **paged(),
        },
    ),
    Route("GET", "/api/webhooks/{id}", get_hook),
    Route(
        "PATCH",
        "/api/webhooks/{id}",
        change_hook,
        body=Shape(keys={"data": Shape(keys={"url": _URL, "sendPayload": _PAYLOAD})}, required=("data",)),
    ),
    Route("DELETE", "/api/webhooks/{id}", delete_hook),
)
