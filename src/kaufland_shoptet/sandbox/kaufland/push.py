"""Push notifications: who wants to know what, and the messages that go out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from ..clock import Clock
from ..post import Post, kaufland
from ..switches import Switches
from ..wire import Answer, Call, dumps
from .signature import signed

Row = dict[str, Any]

EVENTS: Final = (
    "order_new",
    "order_unit_new",
    "order_unit_status_changed",
    "item_changed",
    "category_changed",
    "return_new",
    "return_status_changed",
    "return_unit_status_changed",
    "item_unit_new",
    "item_unit_changed",
    "item_unit_deleted",
    "item_unit_out_of_stock",
    "item_unit_not_available",
    "item_unit_available",
    "item_unit_live",
    "item_unit_not_live",
    "buy_box_changed",
)


VERIFIED_IN: Final = 15
"""Seconds in which an address has to answer the verification."""


def echo(call: Call) -> Answer:
    """A server that answers every verification as it should."""
    return Answer(status=200, body=call.query["challenge"][0].encode())


class Push:
    """The subscriptions of one account, and what was sent to them.

    `visit` stands for the servers behind the callback addresses: it gets the verification call. Messages lie
    in `outbox`, signed with `secret`, and go out by `post`. `warned` are the fallback addresses that were
    written to because a subscription was switched off.
    """

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self.clock = clock
        self.switches = switches
        self.secret = ""
        self.rows: dict[int, Row] = {}
        self.visit: Callable[[Call], Answer] = echo
        self.outbox: list[Call] = []
        self.warned: list[str] = []
        self.post: Post = Post(clock)
        self.ids: Iterator[int] = itertools.count(11_011)
        self._messages: Iterator[int] = itertools.count(1)
        self._challenges: Iterator[int] = itertools.count(1)

    def verified(self, url: str) -> bool:
        """Call an address with a challenge and see whether it comes back."""
        challenge = f"c{next(self._challenges):031d}"
        mark = "&" if urlsplit(url).query else "?"
        call = Call(method="GET", url=f"{url}{mark}mode=subscribe&challenge={challenge}", timeout=VERIFIED_IN)
        try:
            answer = self.visit(call)
        except OSError:
            return False
        in_time = answer.delay <= VERIFIED_IN
        return in_time and answer.status == 200 and answer.body == challenge.encode()

    def emit(self, event: str, resource: str, storefront: str, payload: Row | None = None) -> None:
        """An event happens; whoever subscribed to it gets a signed message."""
        switches = self.switches
        rule = kaufland(switches.push_patience, switches.push_retry_minutes)
        for number, row in self.rows.items():
            if (row["event_name"], row["storefront"], row["is_active"]) != (event, storefront, True):
                continue
            write = self._writer(row, resource, payload)
            self.outbox.append(self.post.send("kaufland", number, rule, write, partial(self.give_up, number)))

    def _writer(self, row: Row, resource: str, payload: Row | None) -> Callable[[], Call]:
        message = {
            "event_name": row["event_name"],
            "id_message": f"m-{next(self._messages)}",
            "resource": resource,
            "storefront": row["storefront"],
        }
        body = dumps(message if payload is None else {**message, "payload": payload})
        url = str(row["callback_url"])
        signed_url = url if self.switches.push_signs == "whole" else url.partition("?")[0]
        first = self.clock.timestamp()

        def write() -> Call:
            moment = self.clock.timestamp() if self.switches.push_signed_anew else first
            timestamp = str(int(moment))
            headers = {
                "content-type": "application/json",
                "shop-timestamp": timestamp,
                "shop-signature": signed(self.secret, "POST", signed_url, body, timestamp),
            }
            return Call(method="POST", url=url, headers=headers, body=body)

        return write

    def give_up(self, number: int) -> None:
        """Deliveries failed for twelve hours: the subscription is switched off, and what happens is lost."""
        row = self.rows.get(number)
        if row is not None and row["is_active"]:
            row["is_active"] = False
            self.warned.append(row["fallback_email"])
