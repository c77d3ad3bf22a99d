"""Tokens: private ones, and the OAuth of add-ons with its installation code and short-lived API tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from string import ascii_letters, digits
from typing import Any, Final
from urllib.parse import parse_qsl

from attrs import field, frozen

from ..clock import Clock
from ..switches import Switches
from ..wire import Answer, Call, answer, is_object
from .envelope import Error, refuse

LIFE: Final = timedelta(seconds=1800)
"""How long an API token of an add-on lives."""

AT_ONCE: Final = 5
"""How many API tokens of one installation can be valid at the same time."""


@frozen(kw_only=True)
class AddOn:
    """What a partner registered for an add-on."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    partner_host: str


def random_text(dice: Random, length: int) -> str:
    """Letters and digits."""
    return "".join(dice.choices(ascii_letters + digits, k=length))


class Tokens:
    """Everything that opens the API of one e-shop.

    `code` is the installation code that the e-shop sends to the add-on, good for one exchange. `trouble` is
    what the OAuth server answers instead of a token: ``addon_suspended`` or ``addon_not_installed``.
    """

    def __init__(
        self, clock: Clock, switches: Switches, dice: Random, shop: Mapping[str, object], add_on: AddOn
    ) -> None:
        self.clock = clock
        self.switches = switches
        self.shop = shop
        self.add_on = add_on
        self.private: str = f"{shop['eshopId']}-p-1-{random_text(dice, 32)}"
        self.code: str = random_text(dice, 255)
        self.access: str = random_text(dice, 255)
        self.trouble: str | None = None
        self._dice = dice
        self._code_used = False
        self._minted: dict[str, datetime] = {}

    @property
    def suspended(self) -> bool:
        """Was the add-on paused? Its API tokens are refused then."""
        return self.trouble is not None

    def key_of(self, call: Call) -> str:
        """Who is calling, by the token in the headers.

        Raises:
            Refused: 401.
        """
        private, minted = (
            call.headers.get(name) for name in ("shoptet-private-api-token", "shoptet-access-token")
        )
        if private is None and minted is None:
            hint = "Missing access token. Please add `Shoptet-Access-Token` header to your request."
            raise refuse(401, Error("missing-access-token", hint, "unknown"))
        if private == self.private:
            return "private"
        expires = self._minted.get(minted or "")
        if expires is None:
            raise refuse(401, Error("invalid-token", "Invalid access token", "unknown"))
        if expires <= self.clock.now():
            raise refuse(401, Error("expired-token", "Access token has expired.", "unknown"))
        if self.suspended:
            raise refuse(401, Error("invalid-token", "Addon installation is not approved.", "unknown"))
        return "add-on"

    def serves(self, host: str) -> bool:
        """Does this host have the OAuth endpoints? The documents name two; a local server has them, too."""
        eshop = str(self.shop["url"]).removeprefix("https://")
        known = {"partner": self.add_on.partner_host, "eshop": eshop}.get(self.switches.oauth_host, host)
        return host == known or not host.endswith(".myshoptet.com")

    def answer(self, call: Call, path: str) -> Answer:
        """Answer a call to the OAuth server: bare JSON, no envelope."""
        acts = {
            ("POST", "/action/ApiOAuthServer/token"): self._exchange,
            ("GET", "/action/ApiOAuthServer/getAccessToken"): self._mint,
        }
        act = acts.get((call.method, path)) if self.serves(call.host) else None
        return act(call) if act else answer(404, {"error": "not_found"})

    def _exchange(self, call: Call) -> Answer:
        fields = _fields(call)
        wanted = {
            "client_id": (self.add_on.client_id, 401, "invalid_client"),
            "client_secret": (self.add_on.client_secret, 401, "invalid_client"),
            "grant_type": ("authorization_code", 400, "unsupported_grant_type"),
            "redirect_uri": (self.add_on.redirect_uri, 400, "redirect_uri_mismatch"),
            "scope": ("api", 400, "invalid_scope"),
            "code": (self.code, 400, "invalid_grant"),
        }
        for name, (value, status, error) in wanted.items():
            if fields.get(name) != value:
                return answer(status, {"error": error})
        if self._code_used:
            return answer(400, {"error": "invalid_grant"})
        self._code_used = True
        return answer(
            200,
            {
                "access_token": self.access,
                "expires_in": None,
                "token_type": "Bearer",
                "scope": "api",
                "eshopId": self.shop["eshopId"],
                "eshopUrl": self.shop["url"],
                "contactEmail": self.shop["email"],
            },
        )

    def _mint(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {self.access}":
            return answer(401, {"error": "invalid_token"})
        if self.trouble is not None:
            return answer(403, {"error": self.trouble})
        now = self.clock.now()
        if sum(expires > now for expires in self._minted.values()) >= AT_ONCE:
            return answer(self.switches.maximum_tokens_status, {"error": "maximum_tokens_reached"})
        token = f"{self.shop['eshopId']}-a-{len(self._minted) + 1}-{random_text(self._dice, 32)}"
        self._minted[token] = now + LIFE
        return answer(200, {"access_token": token, "expires_in": int(LIFE.total_seconds())})


def _fields(call: Call) -> dict[str, object]:
    try:
        found: Any = json.loads(call.body)
    except ValueError:
        return dict(parse_qsl(call.body.decode(errors="replace")))
    return found if is_object(found) else {}
