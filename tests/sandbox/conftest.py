"""Callers that speak the two protocols without any client of ours."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest

from kaufland_shoptet.sandbox import Answer, Call, Sandbox, Switches


def _body(value):
    return b"" if value is None else json.dumps(value).encode()


class Seller:
    """Signs and sends calls to Kaufland's API."""

    base = "https://sellerapi.kaufland.com/v2"

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def sign(self, secret: str, method: str, url: str, body: bytes, timestamp: str) -> str:
        text = f"{method}\n{url}\n".encode() + body + f"\n{timestamp}".encode()
        return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()

    def call(self, method: str, path: str, body=None, *, query=None, base=None, off=0, **headers) -> Call:
        url = (base or self.base) + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        raw = body if isinstance(body, bytes) else _body(body)
        timestamp = str(int(self.sandbox.clock.timestamp()) + off)
        given = {
            "shop-client-key": self.sandbox.client_key,
            "shop-timestamp": timestamp,
            "shop-signature": self.sign(self.sandbox.secret_key, method, url, raw, timestamp),
            "content-type": "application/json",
        }
        changed = given | {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in changed.items() if value is not None}
        return Call(method=method, url=url, headers=kept, body=raw)

    def __call__(self, method: str, path: str, body=None, **how) -> Answer:
        return self.sandbox.handle(self.call(method, path, body, **how))

    def get(self, path: str, **query) -> Answer:
        return self("GET", path, query=query)

    def data(self, path: str, **query):
        answer = self.get(path, **query)
        assert answer.status == 200, answer.body
        return answer.json()["data"]


class Merchant:
    """Sends calls to Shoptet's API with the private token, or with the headers that are given."""

    base = "https://api.myshoptet.com"

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def call(self, method: str, path: str, body=None, *, query=None, headers=None, base=None) -> Call:
        url = (base or self.base) + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        given = {"shoptet-private-api-token": self.sandbox.private_token} if headers is None else headers
        raw = body if isinstance(body, bytes) else _body(body)
        return Call(method=method, url=url, headers=given, body=raw)

    def __call__(self, method: str, path: str, body=None, **how) -> Answer:
        return self.sandbox.handle(self.call(method, path, body, **how))

    def get(self, path: str, **query) -> Answer:
        return self("GET", path, query=query)

    def data(self, path: str, **query):
        answer = self.get(path, **query)
        assert answer.status == 200, answer.body
        return answer.json()["data"]

    def order(self, external: str = "MA1B2C3", *, query=None, **changes) -> Answer:
        return self("POST", "/api/orders", {"data": order_data(external, **changes)}, query=query)

    def errors(self, answer: Answer) -> list[tuple[str, str]]:
        return [(row["errorCode"], row["instance"]) for row in answer.json()["errors"]]


def order_data(external: str = "MA1B2C3", **changes) -> dict:
    """A correct body of an order insertion; ``...`` takes a key out."""
    data = {
        "externalCode": external,
        "email": "kupujici@example.com",
        "phone": "+420601000111",
        "currency": {"code": "CZK"},
        "paymentMethodGuid": "6f2c8e36-3faf-11e2-a723-705ab6a2ba75",
        "shippingGuid": "8921cdc1-051b-11e5-a8d3-ac162d8a2454",
        "billingAddress": {"fullName": "Jana Nováková", "streetWithNr": "Dlouhá 15/3", "countryCode": "CZ"},
        "items": [
            item(code="SHP-0042", unitPriceWithVat="499.00", amount="3"),
            item("shipping", name="Doprava", unitPriceWithVat="99.00"),
            item("billing", name="Platba", unitPriceWithVat="0"),
        ],
    }
    return {key: value for key, value in (data | changes).items() if value is not ...}


def item(kind: str = "product", **keys) -> dict:
    return {"itemType": kind, "vatRate": "21.00", **keys}


@pytest.fixture
def make():
    """Sandboxes with the facts and switches that a test names."""

    def make(*facts: str, **switches) -> Sandbox:
        return Sandbox.demo(*facts, switches=Switches(**switches))

    return make


@pytest.fixture
def sandbox(make) -> Sandbox:
    return make()


@pytest.fixture
def seller(sandbox) -> Seller:
    return Seller(sandbox)


@pytest.fixture
def merchant(sandbox) -> Merchant:
    return Merchant(sandbox)


@pytest.fixture
def seller_of():
    return Seller


@pytest.fixture
def merchant_of():
    return Merchant


@pytest.fixture
def line():
    return item


@pytest.fixture
def order_body():
    return order_data
