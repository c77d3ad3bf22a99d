"""Shoptet's webhooks: check the signature, read the notification.

A notification says that something happened and to what. It may come late, twice and out of order, and after
three failed attempts not at all. It only brings runs forward: what is true is what the runs read, and
what no notification told they find out all the same.

Shoptet waits four seconds for an answer of 200: put the notification in a queue and work later.

The key of the signature is made by ``webhooks.renew_signature_key``, which can be read once and replaces the
key before it. Before that no notification is signed.

See https://developers.shoptet.com/api/documentation/webhooks/.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from attrs import field, frozen

from .._core.leaves import as_datetime
from .._core.scrub import told
from .._core.values import Json, Mismatch
from ..errors import NotificationError
from .api import SHOPTET

__all__ = ["LIMIT", "TOLERANCE", "Event", "read", "sign", "verify"]


def __dir__() -> list[str]:
    return __all__


LIMIT: Final = 2_000_000
"""Bytes; mass events name everything that changed."""
TOLERANCE: Final = timedelta(hours=1)
"""How far the time of an event may be off; Shoptet tries three times, a quarter of an hour apart."""


@frozen(kw_only=True)
class Event:
    """One notification.

    Attributes:
        event: What happened, such as ``order:update``.
        eshop_id: Number of the e-shop: what installations of an add-on are known by.
        subjects: What it happened to: order codes, GUIDs, job ids; several for a mass event.
        created: When, as Shoptet writes it.
        payload: The thing itself, when asked for and there; never rely on it.
        id: What it is known by, for :class:`~kaufland_shoptet.Seen`: a digest of the body, for Shoptet numbers
            none.
    """

    event: str
    eshop_id: int
    subjects: tuple[str, ...]
    created: str = ""
    payload: Any = field(default=None, repr=False)
    id: str = field(default="", repr=False, eq=False)

    @property
    def mass(self) -> bool:
        """Whether many things changed at once.

        >>> Event(event="order:massUpdate", eshop_id=1, subjects=("1", "2")).mass
        True
        """
        return _is_mass(self.event)

    @property
    def system(self) -> bool:
        """Whether it is about the add-on itself: ``addon:suspend``, ``approve``, ``terminate``, ``uninstall``.

        After ``uninstall`` the OAuth token is worth nothing; a later installation brings another one.
        """
        return self.event.startswith("addon:")


def sign(body: bytes, signature_key: str) -> str:
    """The signature of a notification: 40 lower-case hex characters.

    >>> sign(b"{}", "key")
    'c9963b837183dc667106461b3de91d0885f539b3'
    """
    return hmac.digest(signature_key.encode(), body, "sha1").hex()


def verify(signature: str, body: bytes, signature_key: str) -> bool:
    """Whether *signature* is right, compared in constant time."""
    return hmac.compare_digest(sign(body, signature_key).encode(), signature.encode(errors="replace"))


def read(
    body: bytes,
    headers: Mapping[str, str],
    *,
    signature_key: str | None,
    accept_unsigned: bool = False,
    now: datetime | None = None,
    tolerance: timedelta = TOLERANCE,
) -> Event:
    """Check a notification and read it.

    The signature covers the body and nothing else. Whoever recorded a notification can send it again: give
    the time, and what was made too long ago is refused; what comes twice within that,
    :class:`~kaufland_shoptet.Seen` tells.

    Args:
        body: The body as it came, before anything parsed it.
        headers: The headers; case does not count.
        signature_key: The key of the signature; with one, nothing unsigned is ever accepted.
        accept_unsigned: Read notifications although there is no key: anybody may have sent them.
        now: The time, aware; without it the time of the event is not looked at.
        tolerance: How far the time of the event may be off.

    Raises:
        NotificationError: The notification is too long, not signed by that key, too old, or none of Shoptet's.
    """
    if len(body) > LIMIT:
        raise NotificationError(f"it has {len(body)} bytes, at most {LIMIT} are read")
    if signature_key:
        lower = {name.lower(): value for name, value in headers.items()}
        signature = lower.get("shoptet-webhook-signature", "")
        if not verify(signature, body, signature_key):
            raise NotificationError(
                f"its signature is {'wrong' if signature else 'missing'}: each renewal of the key ends the one before"
            )
    elif not accept_unsigned:
        raise NotificationError("there is no key to check it by: make one, or accept_unsigned=True")
    event = _parsed(body)
    if now is not None and not _recent(event.created, now, tolerance):
        raise NotificationError("its time is too far from now, or missing: a replay, or a clock is wrong")
    return event


def _recent(created: str, now: datetime, tolerance: timedelta) -> bool:
    try:
        return abs(now - as_datetime(created)) <= tolerance
    except (ValueError, OverflowError):
        return False


def _parsed(body: bytes) -> Event:
    row = SHOPTET.row(_json(body))
    event, shop, instance = (row.get(name) for name in ("event", "eshopId", "eventInstance"))
    if not isinstance(event, str) or not event or type(shop) is not int:
        raise NotificationError("event or eshopId is missing")
    return Event(
        event=event,
        eshop_id=shop,
        subjects=_subjects(instance, many=_is_mass(event)),
        created=told(row.get("eventCreated")),
        payload=row.get("payload"),
        id=hashlib.sha256(body).hexdigest(),
    )


def _is_mass(event: str) -> bool:
    return event.partition(":")[2].startswith("mass")


def _subjects(instance: Json, *, many: bool) -> tuple[str, ...]:
    """A text or a number; of a mass event a list, or the JSON of one in a text."""
    if many and isinstance(instance, str):
        instance = _json(instance.encode())
    if isinstance(instance, str | int) and not isinstance(instance, bool):
        return (str(instance),) if instance != "" else ()
    if many and isinstance(instance, list):
        listed = cast("Sequence[Json]", instance)
        return tuple(subject for each in listed for subject in _subjects(each, many=False))
    if instance is None:
        return ()
    raise NotificationError("eventInstance is neither a text nor a number")


def _json(body: bytes) -> Json:
    try:
        return SHOPTET.codec.load(body)
    except Mismatch:
        raise NotificationError("it is not JSON") from None
