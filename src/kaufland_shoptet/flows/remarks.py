"""Remarks in the history of the shop's orders, each told once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import frozen

from .._core.request import Request
from ..mapping import returns
from ..shoptet.resources.order_history import OrderHistory


@frozen(kw_only=True)
class Telling:
    """One remark, to be written by :func:`.applying.once`.

    Attributes:
        kind: What the ledger calls this sort of remark.
        key: What it is about, in the ledger.
        code: The shop's order.
        text: What is told.
        sign: The part of the text by which it is found again.
        obstacle: Says why it must not be told as things are by now; empty if nothing is in the way.
    """

    kind: str
    key: str
    code: str
    text: str
    sign: str
    obstacle: Callable[[], Awaitable[str]]

    @property
    def detail(self) -> str:
        """JSON text that the ledger keeps."""
        return json.dumps({"code": self.code})

    async def there(self, *, begun: bool) -> bool:
        """Whether the history tells it."""
        return returns.is_told([each.text for each in await OrderHistory.list(self.code)], self.sign)

    async def problem(self) -> str:
        """Why it must not be told."""
        return await self.obstacle()

    async def request(self) -> Request[Any]:
        """What is to be sent."""
        return OrderHistory.add(self.code, text=self.text, type="comment")
