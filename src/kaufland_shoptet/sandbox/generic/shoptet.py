"""Shoptet's operations without behaviour of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final

from attrs import evolve

from ..params import offset_time
from ..routes import Asked, Refused, Route
from ..shoptet import envelope, paging, products
from ..shoptet.envelope import Error
from ..wire import Answer, is_object
from .acts import Engine
from .atlas import Atlas, Payload
from .dialect import Dialect
from .rules import Rules
from .shop import MOUNTS
from .specimens import Specimens
from .store import Mount, Row, Store
from .table import Entry, load, plain

__all__ = ["atlas", "routes"]

SIZES: Final[Mapping[str, int]] = {
    "/api/products/changes": 1000,
    "/api/categories": 500,
    "/api/pricelists/{id}": 100,
    "/api/orders/claims": 100,
    "/api/stocks/{stockId}/movements": 25,
    "/api/stocks/{stockId}/supplies": 1000,
    "/api/suppliers": 200,
    "/api/brands": 500,
    "/api/discount-coupons": 1000,
    "/api/products/surcharge-parameters": 500,
    "/api/products/filtering-parameters": 100,
    "/api/products/variant-parameters": 50,
    "/api/articles": 10,
    "/api/reviews/project": 100,
}
"""Rows on a page when nobody says how many; 20 elsewhere."""
FILE: Final = b"%PDF-1.4\n% Made up by a sandbox.\n%%EOF\n"
ISDOC: Final = b'<?xml version="1.0" encoding="UTF-8"?><Invoice xmlns="http://isdoc.cz/namespace/2013"/>\n'


def _stamp(moment: datetime) -> str:
    return str(envelope.stamp(moment))


class _Shoptet(Dialect):
    keys: ClassVar[Mapping[str, str]] = {
        "POST /api/mailing-lists/{code}": "",
        "GET /api/sales-channels/{guid}": "salesChannel",
        "GET /api/sales-channels/id/{id}": "salesChannel",
    }
    mounts: ClassVar[Mapping[str, Mount]] = MOUNTS
    nested: ClassVar[Mapping[str, str]] = {
        "/api/orders/*/item": "items",
        "/api/orders/*/payment": "items",
        "/api/orders/*/shipping": "items",
        "/api/orders/*/item/*/surcharge-parameters": "surchargeParameters",
        "/api/credit-notes/*/item": "items",
        "/api/products/*/relatedProducts": "relatedProducts",
        "/api/products/*/alternativeProducts": "alternativeProducts",
        "/api/products/*/gifts": "gifts",
        "/api/products/*/set": "setItems",
        "/api/products/*/images/*": "images",
        "/api/products/*/related-files": "relatedFiles",
        "/api/products/surcharge-parameters/*": "values",
        "/api/products/filtering-parameters/*": "values",
        "/api/products/variant-parameters/*": "values",
    }
    aliases: ClassVar[Mapping[str, tuple[str, str]]] = {
        "/api/products/code": ("/api/products", "code"),
        "/api/sales-channels/id": ("/api/sales-channels", "id"),
        "/api/discount-coupons/use": ("/api/discount-coupons", "code"),
        "/api/shipments/order": ("/api/orders", "code"),
        "/api/proof-payments/order": ("/api/orders", "code"),
        "/api/proof-payments/proforma-invoice": ("/api/proforma-invoices", "code"),
    }
    views: ClassVar[Mapping[str, tuple[str, str]]] = {
        "/api/proof-payments/order/*": ("/api/proof-payments", "orderCode"),
        "/api/proof-payments/proforma-invoice/*": ("/api/proof-payments", "proformaInvoiceCode"),
    }
    homes: ClassVar[Mapping[str, str]] = {
        "/api/discount-coupons/set": "/api/discount-coupons",
        "/api/shipments/order/*": "/api/shipments",
    }
    renames: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "/api/pages": {"description": "content", "sourceOgImageName": "ogImage"},
        "/api/articles": {"sourceImageName": "image", "sourceOgImageName": "ogImage"},
        "/api/articles/sections": {"sourceImageName": "image", "sourceOgImageName": "ogImage"},
        "/api/parametric-categories": {"sourceImageName": "image"},
        "/api/products/*/related-files": {"sourceFileName": "name"},
    }
    defaults: ClassVar[Mapping[str, Row]] = {
        "/api/products": {"type": "product", "visibility": "visible"},
        "/api/shipments": {"status": "requested", "shipmentType": "standard"},
    }
    upserts: ClassVar[tuple[str, ...]] = ("/api/template-include",)
    effects: ClassVar[Mapping[str, Row]] = {
        "/api/orders/*/payment": {"itemType": "billing"},
        "/api/orders/*/shipping": {"itemType": "shipping"},
        "/api/credit-notes/*/restock": {"restocked": True},
        "/api/shipments/*/cancel-request": {"status": "cancel_requested"},
    }

    @staticmethod
    def stamp(moment: datetime) -> str:
        """A moment as Shoptet writes it."""
        return _stamp(moment)

    def payload(self, body: Any) -> Any:
        """What stands under ``data``."""
        return body["data"] if is_object(body) and "data" in body else body

    def reply(self, entry: Entry, data: Any, flaws: Sequence[Refused] = ()) -> Answer:
        """The envelope; files have none, and some answers are empty."""
        if entry.file:
            body = ISDOC if entry.path.endswith("isdoc") else FILE
            return Answer(status=200, headers={"content-type": "application/octet-stream"}, body=body)
        if entry.answer is None:
            return Answer(status=entry.status)
        return envelope.reply(entry.status, data, [error for each in flaws for error in _errors(each)])

    def page(
        self, api: Any, entry: Entry, asked: Asked, payload: Payload, rows: Sequence[Any]
    ) -> Answer | None:
        """One page, where the answer has a paginator."""
        if "paginator" not in payload.data.get("properties", {}):
            return None
        maximum = entry.page or 1000
        size = min(SIZES.get(entry.path, 20), maximum)
        return paging.page(api, asked, payload.key, rows, lambda row: row, default=size, maximum=maximum)

    def refusal(self, word: str, name: str, *, taken: bool = False) -> Refused:
        """404 or 422."""
        spoken = word.replace("-", " ").capitalize()
        if not taken:
            return envelope.not_found(word, spoken, name)
        return envelope.refuse(422, Error("invalid-request-data", f'{spoken} "{name}" already exists.', name))

    def refused(self, flaws: Iterable[Refused]) -> Refused:
        """400: not a single row was changed."""
        return envelope.refuse(400, *(error for each in flaws for error in _errors(each)))

    def special(self, store: Store, entry: Entry, asked: Asked) -> Answer | None:
        """Jobs, and what has rules of its own."""
        if entry.key == "GET /api/products/code/{code}" and asked.names["code"] in store.api.variants:
            guid = store.api.variants[asked.names["code"]].product
            return products.get_product(store.api, evolve(asked, names={"guid": guid}))
        if entry.key == "POST /api/mailing-lists/{code}":
            return _subscribe(store, entry, asked)
        if entry.status != 202 or entry.answer is None:
            return None
        rows = _lines(store, entry)
        return envelope.reply(202, {"jobId": store.api.start(entry.path, lambda: rows).id})


def _subscribe(store: Store, entry: Entry, asked: Asked) -> Answer:
    """Put addresses on a list; those that are on it already are told apart."""
    code = asked.names["code"]
    lists = store.collection("/api/mailing-lists", "/api/mailing-lists")
    emails = store.collection("/api/mailing-lists/*", f"/api/mailing-lists/{code}")
    assert lists is not None
    assert emails is not None
    if lists.find(code) is None:
        raise envelope.not_found("mailing-list", "Mailing list", code)
    given: list[str] = asked.body["data"]["emails"]
    there = [email for email in given if emails.find(email) is not None]
    new = [email for email in dict.fromkeys(given) if email not in there]
    now = _stamp(store.api.clock.now())
    for email in new:
        row: Row = {"email": email, "added": now}
        emails.stored.append(row)
        store.note(emails, row, "add", now)
    data = {"emailsInserted": new, "emailsExisting": there, "emailsInvalid": [], "errorMessages": []}
    return envelope.reply(entry.status, data)


def _errors(refused: Refused) -> Iterable[Error]:
    for each in refused.answer.json()["errors"]:
        yield Error(each["errorCode"], each["message"], each["instance"])


def _lines(store: Store, entry: Entry) -> list[Row]:
    """What the job of a snapshot writes: the rows of the collection, as the file has them."""
    if entry.row is None:
        return []
    path = entry.path.removesuffix("/snapshot")
    collection = store.collection(plain(path), path) if "{" not in path else None
    maker = store.maker(entry.path)
    if collection is None:
        return [store.maker(f"{entry.path}#{number}").make(entry.row) for number in range(2)]
    return [maker.fit(row, entry.row) for row in collection.rows]


@lru_cache(1)
def atlas() -> Atlas:
    """What the paths of the API say."""
    table = load("shoptet")
    return Atlas(Specimens(table, Rules(table, offset_time), _stamp), _Shoptet.keys, _Shoptet.nested)


def routes(shop: Any) -> Iterable[Route[Any]]:
    """A route for every operation of Shoptet's document, over a store of its own."""
    known, dialect = atlas(), _Shoptet()
    salt = f"{shop.dice.getrandbits(64):016x}"
    store = Store(shop, known, salt, dialect.mounts, dialect.nested, dialect.aliases, dialect.bare)
    return Engine(known.common.table, known.common.rules, known, dialect, store).routes()
