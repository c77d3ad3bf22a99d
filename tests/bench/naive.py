"""What a script does that somebody writes in an afternoon: plain httpx, ``raise_for_status`` and a loop.

No ledger, no read-back, nothing of this package. Signature, lists, addresses and sums are right; what it lacks
is an answer to the question what a failed call has done. There are three of its kind:

``once``
    tries each call once. Kaufland's order number is the external code.
``again``
    tries each call up to five times, a second apart, and makes a new external code for every attempt, as
    scripts do that number what they send.
``again, one code``
    tries as often, with Kaufland's order number as the external code, so that Shoptet refuses a second order.
    What is refused at the end counts as failed.

All of them remember where the last run began, look every time at the units that changed since and wait to be
sent, and go on with the next order when one fails.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx

KAUFLAND, SHOPTET = "https://sellerapi.kaufland.com/v2", "https://api.myshoptet.com"
TRIES = 5


class Naive:
    """One such script.

    Args:
        keys: Client key and secret key of Kaufland, private token of Shoptet.
        transport: What it is given in the place of the network.
        now: What time it is.
        sleep: How it waits.
        tries: How often each call is tried.
        fresh: Whether each attempt gets an external code of its own.
        methods: GUID of the shipping and of the payment method.
    """

    def __init__(
        self,
        keys: tuple[str, str, str],
        transport: httpx.BaseTransport,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        *,
        tries: int,
        fresh: bool,
        methods: tuple[str, str],
    ) -> None:
        self._client_key, self._secret, self._token = keys
        self._http = httpx.Client(transport=transport, timeout=30)
        self._now, self._sleep = now, sleep
        self._tries, self._fresh = tries, fresh
        self._shipping, self._payment = methods
        self._since: dict[str, datetime] = {}
        self._numbers = itertools.count(1)
        self.count: Counter[str] = Counter()

    def run(self, storefronts: tuple[str, ...], begin: datetime) -> None:
        """Import what is new."""
        for storefront in storefronts:
            started = self._now()
            try:
                found = dict.fromkeys(self._waiting(storefront, self._since.get(storefront, begin)))
            except (httpx.HTTPError, ValueError):
                self.count["runs that failed"] += 1
                continue
            self._since[storefront] = started
            for number in found:
                try:
                    self._import(number)
                except (httpx.HTTPError, ValueError):
                    self.count["orders that failed"] += 1

    def _waiting(self, storefront: str, since: datetime) -> Iterator[str]:
        for offset in itertools.count(0, 100):
            query = {
                "storefront": storefront,
                "status": "need_to_be_sent",
                "ts_updated_from_iso": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "limit": "100",
                "offset": str(offset),
            }
            rows = self._again(lambda q=query: self._kaufland("/order-units?" + urlencode(q)))["data"]
            yield from (row["id_order"] for row in rows)
            if len(rows) < 100:
                return

    def _import(self, number: str) -> None:
        order = self._again(lambda: self._kaufland(f"/orders/{number}?embedded=delivery"))["data"]
        self._again(lambda: self._create(order))

    def _again(self, call: Callable[[], Any]) -> Any:
        for attempt in range(1, self._tries + 1):
            try:
                return call()
            except (httpx.HTTPError, ValueError):
                if attempt == self._tries:
                    raise
                self.count["retries"] += 1
                self._sleep(1)
        return None

    def _kaufland(self, path: str) -> Any:
        stamp, url = str(int(self._now().timestamp())), KAUFLAND + path
        text = f"GET\n{url}\n\n{stamp}"
        signature = hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        headers = {
            "Shop-Client-Key": self._client_key,
            "Shop-Timestamp": stamp,
            "Shop-Signature": signature,
            "User-Agent": "Inhouse_development",
        }
        self.count["requests"] += 1
        answer = self._http.get(url, headers=headers)
        answer.raise_for_status()
        return answer.json()

    def _create(self, order: dict[str, Any]) -> None:
        number = order["id_order"]
        code = f"{number}-{next(self._numbers)}" if self._fresh else number
        self.count["requests"] += 1
        answer = self._http.post(
            f"{SHOPTET}/api/orders?suppressEmailSending=true&suppressDocumentGeneration=true",
            headers={"Shoptet-Private-API-Token": self._token},
            json={"data": self._order(order, code)},
        )
        answer.raise_for_status()

    def _order(self, order: dict[str, Any], code: str) -> dict[str, Any]:
        units = [unit for unit in order["order_units"] if unit["status"] != "cancelled"]
        rate = f"{float(units[0]['vat']):.2f}"
        return {
            "externalCode": code,
            "email": order["buyer"]["email"],
            "currency": {"code": units[0]["currency"]},
            "statusId": 26,
            "shippingGuid": self._shipping,
            "paymentMethodGuid": self._payment,
            "billingAddress": _address(order["billing_address"]),
            "items": [
                *(_item("product", unit["price"], f"{float(unit['vat']):.2f}", unit) for unit in units),
                *(
                    _item("discount-coupon", -each["discount_value"], f"{float(unit['vat']):.2f}")
                    for unit in units
                    for each in unit["discounts"]
                ),
                _item("shipping", sum(unit["shipping_rate"] for unit in units), rate),
                _item("billing", 0, rate),
            ],
        }


def _item(kind: str, minor: int, rate: str, unit: dict[str, Any] | None = None) -> dict[str, Any]:
    item = {"itemType": kind, "name": kind, "vatRate": rate, "unitPriceWithVat": f"{minor / 100:.2f}"}
    return item if unit is None else item | {"code": unit["id_offer"], "amount": "1"}


def _address(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "fullName": f"{row['first_name']} {row['last_name']}",
        "street": row["street"],
        "houseNumber": row["house_number"],
        "zip": row["postcode"],
        "city": row["city"],
        "countryCode": row["country"],
    }
