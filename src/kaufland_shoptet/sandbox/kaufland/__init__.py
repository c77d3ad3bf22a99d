"""Kaufland's Seller API, imitated: authentication, rate limit and the route table over a seller's state.

It follows the vendor's OpenAPI document 2.44 and the pages of https://sellerapi.kaufland.com; what they leave
open is in `Switches`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from ..checks import Flaw, Shape
from ..clock import Clock
from ..limits import Window
from ..routes import Asked, Refused, Route, Routes, read_query
from ..switches import Switches
from ..wire import Answer, Call, is_object
from . import info, invoices, library, offers, orders, playground, products, returns, subscriptions
from .library import Library
from .problems import bare, invalid, problem, unknown
from .signature import check

__all__ = ["Kaufland"]

LIMIT = 111


class Kaufland(Library):
    """The API of one seller account. `routes` says what it can, `windows[key].peak` how close each key came to the limit.

    Args:
        keys: Secrets by client key.
        partners: Secrets by partner client key, for tools of third parties.

    `skew` is how far the server's clock is ahead of the true time, `drift` what moves the rows of lists.
    """

    def __init__(
        self, clock: Clock, switches: Switches, keys: dict[str, str], partners: dict[str, str]
    ) -> None:
        super().__init__(clock, switches)
        self.keys = keys
        self.partners = partners
        self.push.secret = next(iter(keys.values()))
        self.active = True
        self.limit: int = LIMIT
        self.skew: timedelta = timedelta()
        self.drift: Callable[[], object] = lambda: None
        self.windows: dict[str, Window] = {}
        self.routes: Routes[Any] = Routes[Any](
            info.ROUTES,
            orders.ROUTES,
            offers.ROUTES,
            products.ROUTES,
            library.ROUTES,
            returns.ROUTES,
            invoices.ROUTES,
            subscriptions.ROUTES,
            playground.ROUTES,
            more=self._generic,
        )

    def _generic(self) -> Iterable[Route[Any]]:
        """The operations without behaviour of their own."""
        from ..generic.kaufland import routes

        return routes(self)

    def answer(self, call: Call, path: str) -> Answer:
        """Answer a call; `path` is the path behind ``/v2``."""
        try:
            now = self.clock.now() + self.skew
            key = check(call, now, self.keys, self.partners, self.switches.stale_clock_problem)
            self._admit(key)
            if not self.active:
                raise problem(401, "inactive-account", "The account is not active.")
            route, names = self._route(call, path)
            return route.act(self, self._read(route, call, names))
        except Refused as refused:
            return refused.answer

    def _admit(self, key: str) -> None:
        now = self.clock.now()
        window = self.windows.setdefault(key, Window(self.limit, timedelta(seconds=1)))
        wait = window.admit(now)
        if wait is None:
            return
        headers: dict[str, dict[str, str]] = {
            "none": {},
            "seconds": {"retry-after": "1"},
            "date": {"retry-after": format_datetime(now + self.skew + timedelta(seconds=1), usegmt=True)},
        }
        raise Refused(bare(429, headers[self.switches.kaufland_retry_after]))

    def _route(self, call: Call, path: str) -> tuple[Route[Any], dict[str, str]]:
        try:
            route, names = self.routes.find(call.method, path)
        except LookupError:
            raise unknown("Resource", path) from None
        if route is None:
            raise problem(405, "bad-request", f"Method {call.method} is not allowed here.")
        return route, names

    def _read(self, route: Route[Any], call: Call, names: dict[str, str]) -> Asked:
        values, strange, flaws = read_query(route.query, call.query)
        if self.switches.unknown_parameters == "refuse":
            flaws += [Flaw(name, "is not a known parameter") for name in strange]
        flaws += [Flaw(name, "is required") for name in route.needs if name not in call.query]
        if flaws:
            raise invalid(*flaws)
        return Asked(call=call, names=names, query=values, body=self._body(route, call))

    def _body(self, route: Route[Any], call: Call) -> Any:
        if route.body is None:
            return None
        if not call.headers.get("content-type", "").startswith("application/json"):
            raise problem(400, "bad-request", "The body must be sent as application/json.")
        try:
            body: Any = call.json()
        except ValueError:
            raise problem(400, "bad-request", "The body is not JSON.") from None
        own = isinstance(route.body, Shape) and "storefront" not in route.body.keys
        if own and is_object(body) and "storefront" in body:  # what the live API says about it
            raise invalid(Flaw("storefront", "excess property"), Flaw("storefront", "is required"))
        flaws = list(route.body.flaws(body, ""))
        if flaws:
            raise invalid(*flaws)
        return body
