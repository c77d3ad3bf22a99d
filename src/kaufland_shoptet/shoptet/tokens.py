"""Who a client is to Shoptet: a private token, or an add-on's token that is fetched and renewed.

See https://developers.shoptet.com/api/documentation/getting-api-access-token/ and
https://developers.shoptet.com/home/premium/private-api-tokens-maintenance/.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeGuard, cast

from attrs import define, field, frozen

from .._core.address import takes_keys
from ..errors import SettingsError, TokenError

if TYPE_CHECKING:
    from .._core.request import Reply
    from .._http import Mint, Wire

__all__ = ["AddonToken", "ApiToken", "FileTokenStore", "MemoryTokenStore", "PrivateToken", "TokenStore"]


def __dir__() -> list[str]:
    return __all__


EARLY: Final = timedelta(seconds=60)
"""A token this close to its end is renewed before it is used."""

_LONGEST: Final = 366 * 86_400
"""Seconds; no token lives longer."""
_CODE: Final = r"[A-Za-z][A-Za-z0-9_-]{0,30}"
"""What an error is called; nothing else is repeated, for it may be the token."""


def _is_token(value: object) -> TypeGuard[str]:
    """Whether *value* is a text that a header can carry."""
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable()


_MEANINGS = {
    "maximum_tokens_reached": (
        "five API tokens are valid already; let all processes share one token store, or wait up to 30 minutes"
    ),
    "addon_suspended": "the add-on is paused in this e-shop; wait for its addon:approve event",
    "addon_not_installed": "the add-on is not installed in this e-shop any more; its OAuth token is dead",
}


@frozen
class PrivateToken:
    """A private API token of a Premium e-shop; it does not expire."""

    token: str = field(repr=False)

    def headers(self, wire: Wire) -> dict[str, str]:
        """The header that carries the token."""
        return {"Shoptet-Private-API-Token": self.token}


@frozen
class ApiToken:
    """An add-on's access token and the moment it stops working."""

    token: str = field(repr=False)
    expires: datetime

    def usable(self, now: datetime) -> bool:
        """Whether it is good for a while yet."""
        return now < self.expires - EARLY


class TokenStore(Protocol):
    """Where the API token of one installation is kept, so that all who use it share one.

    Shoptet lets at most five tokens of an installation be valid at a time.
    """

    def get(self) -> ApiToken | None:
        """The token at hand."""
        ...

    def put(self, token: ApiToken | None) -> None:
        """Keep *token*, or forget the one at hand."""
        ...


@define
class MemoryTokenStore:
    """Keeps the token in this process."""

    _token: ApiToken | None = field(default=None, repr=False)

    def get(self) -> ApiToken | None:
        """The token at hand."""
        return self._token

    def put(self, token: ApiToken | None) -> None:
        """Keep *token*, or forget the one at hand."""
        self._token = token


@frozen
class FileTokenStore:
    """Keeps the token in a file that only its owner can read; processes of one machine share it."""

    path: Path = field(converter=Path)

    def get(self) -> ApiToken | None:
        """The token at hand; an unreadable file counts as none."""
        try:
            row: dict[str, str] = json.loads(self.path.read_text("utf-8"))
            return ApiToken(row["token"], datetime.fromisoformat(row["expires"]).astimezone(UTC))
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None

    def put(self, token: ApiToken | None) -> None:
        """Keep *token*, or forget the one at hand; the file changes as a whole or not at all."""
        if token is None:
            self.path.unlink(missing_ok=True)
            return
        from tempfile import mkstemp

        handle, name = mkstemp(dir=self.path.parent)  # created readable by its owner only
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"token": token.token, "expires": token.expires.isoformat()}, file)
        Path(name).replace(self.path)


@define(eq=False)
class AddonToken:
    """The token of an add-on in one e-shop: minted from the OAuth token, shared, renewed.

    Args:
        oauth_token: The OAuth access token from the installation. It never leaves this object.
        token_url: Where tokens are minted, ``https://…/action/ApiOAuthServer/getAccessToken``. The vendor's
            texts name the e-shop's own address in one place and the partner's in another, hence no default.
        store: Where the token is kept.
        now: The clock.
    """

    oauth_token: str = field(repr=False)
    token_url: str
    store: TokenStore
    now: Callable[[], datetime] = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if not takes_keys(self.token_url):
            raise SettingsError(
                "token_url",
                "the OAuth token would travel unencrypted, or to no one knows where.",
                "Give the https address that ends in /action/ApiOAuthServer/getAccessToken.",
            )

    def due(self) -> Mint | None:
        """The request for a new token when the one in the store is missing or about to expire."""
        from .._http import Mint

        token = self.store.get()
        if token is not None and token.usable(self.now()):
            return None
        return Mint(self.token_url, {"Authorization": f"Bearer {self.oauth_token}"})

    def take(self, reply: Reply) -> None:
        """Keep the token that came."""
        row: dict[str, Any] = {}
        try:
            parsed = json.loads(reply.body)
            row = cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
        except (ValueError, RecursionError):
            pass
        token, seconds = row.get("access_token"), row.get("expires_in")
        if reply.status == 200 and _is_token(token) and isinstance(seconds, int) and 0 < seconds <= _LONGEST:
            self.store.put(ApiToken(token, self.now().astimezone(UTC) + timedelta(seconds=seconds)))
            return
        told = row.get("error")
        code = told if isinstance(told, str) and re.fullmatch(_CODE, told) else f"http-{reply.status}"
        meaning = "the OAuth token is not valid any more" if reply.status == 401 else "no token came back"
        raise TokenError(code, _MEANINGS.get(code, meaning))

    def headers(self, wire: Wire) -> dict[str, str]:
        """The header that carries the token at hand."""
        token = self.store.get()
        if token is None:  # pragma: no cover - another process emptied the store in this very moment
            raise TokenError("token-vanished", "the token store was emptied meanwhile; try again")
        return {"Shoptet-Access-Token": token.token}

    def refused(self, wire: Wire, reply: Reply) -> bool:
        """Whether the token of *wire* expired or is unknown; it is then forgotten, so that a new one comes."""
        paused = b"not approved" in reply.body
        if paused or not any(code in reply.body for code in (b"expired-token", b"invalid-token")):
            return False
        token = self.store.get()
        if token is not None and token.token == wire.headers.get("Shoptet-Access-Token"):
            self.store.put(None)  # unless somebody else renewed it in the meantime
        return True
