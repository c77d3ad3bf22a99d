"""Shoptet's API, imitated: tokens, limits, locks and the route table over the state of one e-shop.

It follows the vendor's OpenAPI document of 2026-08-21 and the pages of https://developers.shoptet.com; what
they leave open is in `Switches`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from email.utils import format_datetime
from random import Random
from typing import Any
from uuid import UUID

from ..checks import Flaw
from ..clock import Clock
from ..limits import Bucket, Lines
from ..params import text
from ..routes import Asked, Refused, Route, Routes, read_query
from ..switches import Switches
from ..wire import Answer, Call
from . import (
    brands,
    credit_notes,
    eshop,
    feeds,
    goods,
    hooks,
    invoices,
    jobs,
    movements,
    orders,
    products,
    shipments,
)
from .credit_notes import Bookkeeping
from .envelope import Error, bad_parameter, bare, malformed, refuse, stamped
from .tokens import AddOn, Tokens

__all__ = ["Shoptet"]

WRITES = ("POST", "PUT", "PATCH", "DELETE")
WRITE_COST = 3
HEAVY = 20_000
"""Bytes of an answer that cost one drop more."""


class Shoptet(Bookkeeping):
    """The API of one e-shop. `routes` says what it can; `lines.peak` and `buckets` how close it came to limits.

    `denied` holds pairs of an endpoint group (the word after ``/api/``) and ``read`` or ``write`` that the
    token has no rights for. `skew` is how far the server's clock is ahead of the true time, `drift` what moves the
    rows of lists. `system_url` is where the partner wants to be told of the life of the add-on.
    """

    def __init__(
        self, clock: Clock, switches: Switches, dice: Random, contact: dict[str, Any], add_on: AddOn
    ) -> None:
        super().__init__(clock, switches, dice)
        self.contact = contact
        self.result_base: str = str(contact["url"])
        self.tokens: Tokens = Tokens(clock, switches, dice, contact, add_on)
        self.denied: set[tuple[str, str]] = set()
        self.lines: Lines = Lines()
        self.buckets: dict[str, Bucket] = {}
        self.routes: Routes[Any] = Routes[Any](
            orders.ROUTES,
            products.ROUTES,
            brands.ROUTES,
            eshop.ROUTES,
            goods.ROUTES,
            movements.ROUTES,
            hooks.ROUTES,
            jobs.ROUTES,
            shipments.ROUTES,
            invoices.ROUTES,
            credit_notes.ROUTES,
            more=self._generic,
        )
        self.skew: timedelta = timedelta()
        self.drift: Callable[[], object] = lambda: None
        self.system_url: str | None = None
        self._locks: set[tuple[str, str]] = set()

    def _generic(self) -> Iterable[Route[Any]]:
        """The operations without behaviour of their own."""
        from ..generic.shoptet import routes

        return routes(self)

    def rights(self) -> dict[str, str]:
        """Every endpoint group that has routes, without what is denied."""
        found: dict[str, str] = {}
        for name in {
            route.path.split("/")[2]: None for route in self.routes if route.path.startswith("/api/")
        }:
            denied = {access for group, access in self.denied if group == name}
            if denied != {"read", "write"}:
                found[name] = {"read": "write", "write": "read"}.get("".join(denied), "both")
        return found

    # -- the life of the add-on --------------------------------------------------------------------------

    def feed(self, name: str, pattern: int = -5) -> str:
        """The permanent address of an export: ``products.csv`` or ``productsComplete.xml``."""
        return feeds.address(self, self.result_base, name, pattern)

    def suspend(self) -> None:
        """The merchant, or Shoptet, pauses the add-on: its calls are refused."""
        self._turn("addon:suspend", "addon_suspended", self.contact["eshopId"])

    def approve(self) -> None:
        """The add-on goes on."""
        self._turn("addon:approve", None, self.contact["eshopId"])

    def terminate(self) -> None:
        """The e-shop ends; for the add-on that is like a pause."""
        self._turn("addon:terminate", "addon_suspended", self.contact["eshopId"])

    def uninstall(self) -> None:
        """The merchant takes the add-on away. In this event alone the instance is a text, as the vendor shows it."""
        self._turn("addon:uninstall", "addon_not_installed", str(self.contact["eshopId"]))

    def _turn(self, event: str, trouble: str | None, instance: int | str) -> None:
        with self.clock.lock:
            self.tokens.trouble = trouble
            if self.system_url is not None:
                self.notify(0, self.system_url, event, instance)

    # -- connections -------------------------------------------------------------------------------------

    def enter(self, call: Call) -> Answer | None:
        """Open a connection for a call; the answer when there are too many, or when its URL is locked."""
        if self.lines.enter(_token(call)) > self.switches.connections and _token(call):
            self.lines.leave(_token(call))
            page = b"<html><head><title>429 Too Many Requests</title></head></html>"
            return Answer(status=429, headers={"content-type": "text/html"}, body=page)
        lock = _lock(call)
        if lock in self._locks:
            self.lines.leave(_token(call))
            return self._stamp(bare(423))
        if lock is not None:
            self._locks.add(lock)
        return None

    def leave(self, call: Call) -> None:
        """Close a connection that `enter` has opened."""
        self.lines.leave(_token(call))
        lock = _lock(call)
        if lock is not None:
            self._locks.discard(lock)

    # -- answering ---------------------------------------------------------------------------------------

    def answer(self, call: Call, path: str) -> Answer:
        """Answer a call; `path` is the path from ``/api/`` or ``/action/`` on."""
        if path.startswith("/action/"):
            return self.tokens.answer(call, path)
        if path.startswith("/export/"):
            return feeds.export(self, call, path.removeprefix("/export/"))
        if path.startswith("/api-results/"):
            return self.download(path.removeprefix("/api-results/"))
        try:
            key = self.tokens.key_of(call)
        except Refused as refused:
            return self._stamp(refused.answer)
        return self._limited(key, call, path)

    def _limited(self, key: str, call: Call, path: str) -> Answer:
        now, switches = self.clock.now(), self.switches
        bucket = self.buckets.setdefault(key, Bucket(switches.bucket_size, switches.bucket_leak, now))
        wait = bucket.admit(now)
        headers: dict[str, str] = {}
        if wait is not None:
            until = (now + self.skew + wait + timedelta(seconds=1)).replace(microsecond=0)
            headers["retry-after"] = format_datetime(until, usegmt=True)
            given = bare(429)
        else:
            cost, given = self._performed(call, path)
            if switches.bucket_costs:
                bucket.pour(cost + len(given.body) // HEAVY, now)
        headers["x-ratelimit-bucket-filling"] = f"{bucket.filling(now)}/{bucket.size}"
        return self._stamp(given, headers)

    def _performed(self, call: Call, path: str) -> tuple[int, Answer]:
        cost = 1
        try:
            route, names = self._route(call, path)
            cost = WRITE_COST if call.method in WRITES else route.cost
            return cost, route.act(self, self._read(route, call, names))
        except Refused as refused:
            return cost, refused.answer

    def _stamp(self, given: Answer, headers: dict[str, str] | None = None) -> Answer:
        return stamped(given, self._request_id(), headers or {})

    def _request_id(self) -> str:
        """A UUID of version 7: milliseconds and chance."""
        milliseconds = int(self.clock.timestamp() * 1000)
        low = self.dice.getrandbits(62) | 2 << 62
        return str(UUID(int=milliseconds << 80 | 7 << 76 | self.dice.getrandbits(12) << 64 | low))

    def _route(self, call: Call, path: str) -> tuple[Route[Any], dict[str, str]]:
        try:
            route, names = self.routes.find(call.method, path)
        except LookupError:
            raise refuse(404, Error("endpoint-not-found", f'Endpoint "{path}" not found.', path)) from None
        if route is None:
            message = f'Method "{call.method}" is not allowed for "{path}".'
            raise refuse(405, Error("method-not-allowed", message, path))
        access = "write" if call.method in WRITES else "read"
        if (path.split("/")[2], access) in self.denied:
            message = "Your access token has no defined rights for this resource."
            raise refuse(403, Error("invalid-token-no-rights", message, "access-token"))
        return route, names

    def _read(self, route: Route[Any], call: Call, names: dict[str, str]) -> Asked:
        values, strange, flaws = read_query({**route.query, "language": text}, call.query)
        if strange:
            message = f"Unsupported query parameters: {', '.join(strange)}"
            raise bad_parameter(strange[0], message)
        if flaws:
            errors = (Error("invalid-parameter", f'"{flaw.at}" {flaw.message}', flaw.at) for flaw in flaws)
            raise refuse(400, *errors)
        for name in route.needs:
            if name not in values:
                raise bad_parameter(name, f'Missing value for parameter "{name}".', "missing-parameter")
        return Asked(call=call, names=names, query=values, body=_body(route, call))


def _body(route: Route[Any], call: Call) -> Any:
    if route.body is None:
        return None
    try:
        body = call.json()
    except ValueError:
        raise malformed([Flaw("payload", "The body is not JSON.")]) from None
    flaws = list(route.body.flaws(body, ""))
    if flaws:
        raise malformed(flaws)
    return body


def _lock(call: Call) -> tuple[str, str] | None:
    """What nobody else may do meanwhile: the same write, or any other download of a document."""
    if call.path.endswith(("/pdf", "/isdoc")):
        return "GET", "documents"
    return (call.method, call.url) if call.method in WRITES else None


def _token(call: Call) -> str:
    names = ("shoptet-private-api-token", "shoptet-access-token")
    return next((call.headers[name] for name in names if name in call.headers), "")
