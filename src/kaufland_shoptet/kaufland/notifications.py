"""Kaufland's push notifications: answer the verification, check the signature, read the message.

A message says that something happened and where to look; it carries no data, and it does not tell the
seller: give each shop a callback address of its own. Messages are lost when Kaufland cannot deliver them for
about twelve hours, and they come twice now and then. They only bring runs forward: what is true is what
the runs read, and what no message told they find out all the same.

Kaufland waits about five seconds for an answer of 200: put the message in a queue and work later.

See https://sellerapi.kaufland.com/?page=push-notifications.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from attrs import field, frozen

from .._core.values import Mismatch
from ..errors import NotificationError
from .api import KAUFLAND
from .resources.subscriptions import SubscriptionEvent
from .signing import verify

__all__ = ["LIMIT", "TOLERANCE", "Notification", "UrlForm", "challenge", "read"]


def __dir__() -> list[str]:
    return __all__


LIMIT: Final = 65_536
"""Bytes; a longer message is none of Kaufland's."""
TOLERANCE: Final = timedelta(minutes=5)
"""How far the time of a message may be off, as Kaufland has it for requests."""

UrlForm: TypeAlias = Literal["any", "whole", "without_query"]
"""Which form of the callback address is signed. Kaufland does not document it; ``any`` tries both."""

_CHALLENGE: Final = re.compile(r"[\x21-\x7e]{1,1000}")


@frozen(kw_only=True)
class Notification:
    """One message.

    Attributes:
        event: What happened; an event that this version does not know is kept as it came.
        id: Number of the message; the same message may come twice.
        resource: What it happened to, as Kaufland names it: a path or an address.
        subject: Last part of that: an order number, a unit, an offer. Empty when there is none.
        storefront: Storefront code, lower case, if told.
        payload: What some events of offers tell besides.
    """

    event: SubscriptionEvent
    id: str
    resource: str
    subject: str
    storefront: str | None = None
    payload: Any = field(default=None, repr=False)


def challenge(url: str) -> str | None:
    """What to answer to a verification call: status 200, as ``text/plain``, within 15 seconds.

    Args:
        url: The address that was called, or its query.

    Returns:
        The body; ``None`` if this is no verification call.

    >>> challenge("https://shop.example/kaufland/5f1c?mode=subscribe&challenge=aB3")
    'aB3'
    """
    query = parse_qs(url.partition("?")[2] or url)
    modes, challenges = query.get("mode"), query.get("challenge", [])
    if modes != ["subscribe"] or len(challenges) != 1 or not _CHALLENGE.fullmatch(challenges[0]):
        return None
    return challenges[0]


def read(
    body: bytes,
    headers: Mapping[str, str],
    *,
    url: str,
    secret_key: str,
    now: datetime,
    form: UrlForm = "any",
    tolerance: timedelta = TOLERANCE,
) -> Notification:
    """Check a message and read it.

    Args:
        body: The body as it came, before anything parsed it.
        headers: The headers; case does not count.
        url: The callback address that was called, with its query, as it stands in the subscription. Behind a
            proxy that is not what the server sees.
        secret_key: The secret key of the seller account.
        now: The time, aware.
        form: Which form of the address is signed.
        tolerance: How far the message's time may be off; an older message is a replay.

    Raises:
        NotificationError: The message is too long, too old, not signed by that key, or no notification.
    """
    if len(body) > LIMIT:
        raise NotificationError(f"it has {len(body)} bytes, at most {LIMIT} are read")
    lower = {name.lower(): value for name, value in headers.items()}
    timestamp, signature = lower.get("shop-timestamp", ""), lower.get("shop-signature", "")
    if not re.fullmatch(r"[0-9A-Fa-f]+", signature) or not re.fullmatch(r"[0-9]{1,15}", timestamp):
        raise NotificationError("it is not signed: Shop-Timestamp or Shop-Signature is missing or none")
    moment = int(timestamp)
    # Both are always tried, so that the time taken tells nothing.
    whole = url.encode(errors="replace").decode()
    forms = {"whole": whole, "without_query": whole.partition("?")[0]}
    right = [
        verify(signature, "POST", signed, body, moment, secret_key) and form in ("any", name)
        for name, signed in forms.items()
    ]
    if not any(right):
        raise NotificationError(
            "its signature is wrong: check the secret key, and that url is the address as subscribed"
        )
    if abs(now.timestamp() - moment) > tolerance.total_seconds():
        raise NotificationError("its time is too far from now: a replay, or one of the clocks is wrong")
    return _parsed(body)


def _parsed(body: bytes) -> Notification:
    try:
        row = KAUFLAND.row(KAUFLAND.codec.load(body))
    except Mismatch:
        raise NotificationError("it is not JSON") from None
    event, number, resource = (row.get(name) for name in ("event_name", "id_message", "resource"))
    if not isinstance(event, str) or not event or not isinstance(resource, str):
        raise NotificationError("event_name or resource is missing")
    storefront = row.get("storefront")
    return Notification(
        event=SubscriptionEvent(event),
        id=str(number) if isinstance(number, str | int) else "",
        resource=resource,
        subject=_subject(resource),
        storefront=storefront.lower() if isinstance(storefront, str) and storefront else None,
        payload=row.get("payload"),
    )


def _subject(resource: str) -> str:
    """The identifier in ``/orders/MA1B2C3/`` or ``https://…/v2/orders/MA1B2C3``."""
    try:
        path = urlsplit(resource).path
    except ValueError:
        raise NotificationError("resource is neither a path nor an address") from None
    parts = [unquote(part) for part in path.split("/") if part]
    return parts[-1] if len(parts) > 1 else ""
