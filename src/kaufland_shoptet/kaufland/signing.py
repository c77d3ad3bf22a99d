"""Kaufland's request signature: pure functions, and the authority a client uses.

See https://sellerapi.kaufland.com/?page=rest-api and ?page=code-examples. The vendor's prose speaks of
base64; its own samples and its known-answer vector are lower-case hex, and so are we.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from .._http import Wire

__all__ = ["Keys", "Signer", "sign", "verify"]


def __dir__() -> list[str]:
    return __all__


def sign(method: str, url: str, body: bytes, timestamp: int, secret_key: str) -> str:
    """The signature of one request: 64 lower-case hex characters.

    Args:
        method: The HTTP method, in upper case.
        url: The complete URL exactly as sent, query and trailing slash included.
        body: The body exactly as sent; empty when there is none.
        timestamp: Whole Unix seconds, the same as in the ``Shop-Timestamp`` header.
        secret_key: The secret as text; it is not decoded.

    >>> sign("POST", "https://sellerapi.kaufland.com/v2/units/", b"", 1411055926,
    ...      "a7d0cb1da1ddbc86c96ee5fedd341b7d8ebfbb2f5c83cfe0909f4e57f05dd403")
    'da0b65f51c0716c1d3fa658b7eaf710583630a762a98c9af8e9b392bd9df2e2a'
    """
    text = b"\n".join([method.encode(), url.encode(), body, str(timestamp).encode()])
    return hmac.digest(secret_key.encode(), text, "sha256").hex()


def verify(signature: str, method: str, url: str, body: bytes, timestamp: int, secret_key: str) -> bool:
    """Whether *signature* is right, compared in constant time."""
    due = sign(method, url, body, timestamp, secret_key)
    return hmac.compare_digest(due.encode(), signature.encode())


@frozen
class Keys:
    """One pair of keys of a seller account; it opens all storefronts.

    They stand in the Seller Portal under Shop Settings, API.
    """

    client_key: str = field(repr=False)
    secret_key: str = field(repr=False)


@frozen
class Signer:
    """Signs each attempt anew, with the time by *now*.

    Args:
        shop: The seller's keys.
        partner: The technology partner's own keys, for software sold as a service.
    """

    shop: Keys
    partner: Keys | None = None
    now: Callable[[], datetime] = field(kw_only=True, repr=False)

    def headers(self, wire: Wire) -> dict[str, str]:
        """The authentication headers of *wire*."""
        timestamp = int(self.now().timestamp())
        headers = {
            "Shop-Client-Key": self.shop.client_key,
            "Shop-Timestamp": str(timestamp),
            "Shop-Signature": sign(wire.method, wire.url, wire.body, timestamp, self.shop.secret_key),
        }
        if self.partner is not None:
            headers["Shop-Partner-Client-Key"] = self.partner.client_key
            headers["Shop-Partner-Signature"] = sign(
                wire.method, wire.url, wire.body, timestamp, self.partner.secret_key
            )
        return headers
