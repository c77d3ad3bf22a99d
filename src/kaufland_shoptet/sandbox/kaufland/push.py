"""Push notifications: who wants to know what, and the messages that go out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from ..clock import Clock
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


def echo(call: Call) -> Answer:
    """A server that answers every verification as it should."""
    return Answer(status=200, body=call.query["challenge"][0].encode())


class Push:
    """The subscriptions of one account, and what was sent to them.

    `visit` stands for the servers behind the callback addresses: it gets the verification call. Messages lie
    in `outbox`, signed with `secret`; nobody delivers them but who wants to.
    """

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self.clock = clock
        self.switches = switches
        self.secret = ""
        self.rows: dict[int, Row] = {}
        self.visit: Callable[[Call], Answer] = echo
        self.outbox: list[Call] = []
        self.ids: Iterator[int] = itertools.count(11_011)
        self._messages: Iterator[int] = itertools.count(1)
        self._challenges: Iterator[int] = itertools.count(1)

    def verified(self, url: str) -> bool:
        """Call an address with a challenge and see whether it comes back."""
        challenge = f"c{next(self._challenges):031d}"
        mark = "&" if urlsplit(url).query else "?"
        answer = self.visit(Call(method="GET", url=f"{url}{mark}mode=subscribe&challenge={challenge}"))
        return answer.status == 200 and answer.body == challenge.encode()

    def emit(self, event: str, resource: str, storefront: str, payload: Row | None = None) -> None:
        """An event happens; whoever subscribed to it gets a signed message in `outbox`."""
        for row in self.rows.values():
            if (row["event_name"], row["storefront"], row["is_active"]) == (event, storefront, True):
                self.outbox.append(self._message(row, resource, payload))

    def _message(self, row: Row, resource: str, payload: Row | None) -> Call:
        message = {
            "event_name": row["event_name"],
            "id_message": f"m-{next(self._messages)}",
            "resource": resource,
            "storefront": row["storefront"],
        }
        body = dumps(message if payload is None else {**message, "payload": payload})
        url = str(row["callback_url"])
        form = url if self.switches.push_signs == "whole" else url.partition("?")[0]
        timestamp = str(int(self.clock.timestamp()))
        headers = {
            "content-type": "application/json",
            "shop-timestamp": timestamp,
            "shop-signature": signed(self.secret, "POST", form, body, timestamp),
        }
        return Call(method="POST", url=url, headers=headers, body=body)

    def give_up(self, number: int) -> None:
        """Deliveries failed for twelve hours: the subscription is switched off, and what happens is lost."""
        self.rows[number]["is_active"] = False
