"""Signatures: what a caller must have signed, and what is wrong when it did not."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ..wire import Call
from .problems import problem

TOLERANCE: Final = 300
"""Seconds that a timestamp may be off."""


def signed(secret: str, method: str, url: str, body: bytes, timestamp: str) -> str:
    """Lower-case hex HMAC-SHA256 over method, URL as sent, body and timestamp, joined by line feeds."""
    message = b"\n".join([method.upper().encode(), url.encode(), body, timestamp.encode()])
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def check(
    call: Call, now: datetime, sellers: Mapping[str, str], partners: Mapping[str, str], stale_problem: str
) -> str:
    """The client key of a call whose headers are in order.

    Raises:
        Refused: 401, with the type of what is wrong.
    """
    headers = call.headers
    names = ["shop-client-key", "shop-timestamp", "shop-signature"]
    partner = [name for name in ("shop-partner-client-key", "shop-partner-signature") if name in headers]
    missing = [name for name in names if name not in headers]
    if missing or len(partner) == 1:
        missing = missing or ["shop-partner-client-key", "shop-partner-signature"]
        raise problem(
            401, "missing-or-invalid-request-header", f"Missing or invalid header: {', '.join(missing)}"
        )
    key, timestamp = headers["shop-client-key"], headers["shop-timestamp"]
    if key not in sellers or not (timestamp.isascii() and timestamp.isdecimal()):
        raise problem(401, "invalid-credentials", "Invalid credentials.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        raise problem(401, stale_problem.removeprefix("/problems/"), "Invalid credentials.")
    _verify(call, headers["shop-signature"], sellers[key], timestamp)
    if partner:
        if headers["shop-partner-client-key"] not in partners:
            raise problem(401, "invalid-credentials", "Invalid credentials.")
        _verify(
            call, headers["shop-partner-signature"], partners[headers["shop-partner-client-key"]], timestamp
        )
    return key


def _verify(call: Call, signature: str, secret: str, timestamp: str) -> None:
    expected = signed(secret, call.method, call.url, call.body, timestamp)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise problem(401, "corrupted-signature", "The signature does not fit the request.")
