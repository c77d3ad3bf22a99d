"""Canaries: no key, token, e-mail address or telephone number is shown by anything."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve, field, frozen

from kaufland_shoptet import (
    KAUFLAND,
    SHOPTET,
    Answer,
    AsyncKaufland,
    InMemory,
    Kaufland,
    Model,
    Reply,
    Sandbox,
    Shoptet,
    settle,
    together,
)
from kaufland_shoptet._core.pages import Pages
from kaufland_shoptet._core.request import Endpoint, PagedEndpoint
from kaufland_shoptet._http import Mint, Wire
from kaufland_shoptet.errors import KauflandShoptetError
from kaufland_shoptet.kaufland.signing import Keys, Signer
from kaufland_shoptet.shoptet.tokens import AddonToken, ApiToken, MemoryTokenStore, PrivateToken

CLIENT_KEY = "1234567890ab" + "c1" * 10
SECRET_KEY = "9876543210ef" + "d2" * 26
PRIVATE_TOKEN = "654321-p-7-PrivateCanaryPrivateCanary1234"
OAUTH_TOKEN = "OauthCanary" * 20
API_TOKEN = "654321-a-8-ApiTokenCanaryApiTokenCanary99"
EMAIL = "canary.bird@example.cz"
PHONE = "+420 601 000 111"
CANARIES = (CLIENT_KEY, SECRET_KEY, PRIVATE_TOKEN, OAUTH_TOKEN, API_TOKEN, EMAIL, PHONE)
TELLTALE = f"The key {CLIENT_KEY} of {EMAIL}, {PHONE}, token {API_TOKEN} or {PRIVATE_TOKEN} is wrong"
MINT = "https://partner.myshoptet.com/action/ApiOAuthServer/getAccessToken"


@frozen(kw_only=True)
class Buyer(Model):
    id: int
    email: str = field(repr=False)
    phone: str | None = field(repr=False)


BUYER = Buyer(id=1, email=EMAIL, phone=PHONE)
QUERY = {"email": EMAIL, "phone": PHONE, "status": "open"}


def silent(*things):
    """None of *things* shows a canary, whichever way it is printed."""
    for thing in things:
        shown = f"{thing} {thing!r} {[thing]} {thing!s}"
        if isinstance(thing, BaseException):
            shown += "".join(traceback.format_exception(thing)) + repr(thing.args)
        for canary in CANARIES:
            assert canary not in shown, shown
            assert canary[:-1] not in shown, shown


def noisy(status, api):
    """A refusal that repeats everything it knows."""
    headers = {"set-cookie": API_TOKEN, "x-echo": EMAIL, "location": f"https://x.cz/?token={API_TOKEN}"}
    told = {"type": "/problems/x", "message": TELLTALE, "errors": [{"field": EMAIL, "message": TELLTALE}]}
    if api is SHOPTET:
        told = {"data": None, "errors": [{"errorCode": "x", "message": TELLTALE, "instance": EMAIL}]}
    return Reply(status, headers, json.dumps(told).encode())


def endpoint(api, **changes):
    return Endpoint(api, "GetBuyer", "GET", "/buyers/{id}", Buyer, at=("data",), **changes)


def request(api, repeat="safe"):
    return endpoint(api, repeat=repeat).request((1,), QUERY, BUYER)


@pytest.fixture
def open_client(clock):
    def make(api, handler, on_event=None):
        options = {"transport": InMemory(handler), "clock": clock, "attempts": 2, "on_event": on_event}
        if api is KAUFLAND:
            return Kaufland(CLIENT_KEY, SECRET_KEY, **options)
        return Shoptet(PRIVATE_TOKEN, **options)

    return make


def test_credentials_are_not_shown(clock):
    store = MemoryTokenStore()
    token = ApiToken(API_TOKEN, datetime(2026, 9, 1, tzinfo=UTC))
    store.put(token)
    addon = AddonToken(OAUTH_TOKEN, MINT, store, clock.now)
    due = AddonToken(OAUTH_TOKEN, MINT, MemoryTokenStore(), clock.now).due()
    keys = Keys(CLIENT_KEY, SECRET_KEY)
    signer = Signer(keys, keys, now=clock.now)
    assert isinstance(due, Mint)
    silent(token, store, addon, due, keys, signer, PrivateToken(PRIVATE_TOKEN))


def test_clients_and_their_copies_are_not_telling(open_client):
    kaufland = open_client(KAUFLAND, lambda wire: Reply(204))
    shoptet = open_client(SHOPTET, lambda wire: Reply(204))
    silent(kaufland, shoptet, kaufland.options(timeout=1), kaufland.status, shoptet.orders)
    silent(AsyncKaufland(CLIENT_KEY, SECRET_KEY, transport=InMemory(lambda wire: Reply(204))))
    silent(*vars(kaufland._driver).values(), *kaufland._driver.lines.values())


@pytest.mark.parametrize("api", [KAUFLAND, SHOPTET])
def test_requests_and_listings_are_not_telling(api, open_client):
    paged = PagedEndpoint(
        api, "ListBuyers", "GET", "/buyers", Buyer, at=("data",), paginator=("pagination",), maximum=100
    )
    listing = paged.listing((), QUERY)
    silent(request(api), listing, listing.page(), Pages(listing, open_client(api, None)))
    silent(together([request(api)]), settle([request(api)]), BUYER, Answer(BUYER))


def test_what_goes_over_the_wire_is_not_shown(open_client):
    wires, replies = [], []

    def handler(wire):
        wires.append(wire)
        replies.append(noisy(500, KAUFLAND))
        return replies[-1]

    with pytest.raises(KauflandShoptetError):
        open_client(KAUFLAND, handler).run(request(KAUFLAND))
    assert EMAIL.encode() in wires[0].body
    assert isinstance(wires[0], Wire)
    silent(*wires, *replies)


def odd_replies(api):
    yield from (noisy(status, api) for status in (302, 400, 401, 403, 404, 409, 422, 423, 429, 500, 503))
    yield Reply(200, {"content-type": "text/html"}, f"<html>{TELLTALE}</html>".encode())
    yield Reply(200, {}, f'{{"data": "{TELLTALE}'.encode())
    yield Reply(200, {}, json.dumps({"data": TELLTALE}).encode())
    yield Reply(200, {}, json.dumps({"data": {"id": EMAIL, "email": EMAIL, "phone": PHONE}}).encode())
    yield Reply(200, {}, json.dumps({"data": {"id": 1, "email": {EMAIL: PHONE}, "phone": PHONE}}).encode())
    yield noisy(200, api)
    yield ConnectionRefusedError(TELLTALE)
    yield ConnectionResetError(TELLTALE)
    yield TimeoutError(TELLTALE)


@pytest.mark.parametrize("repeat", ["safe", "never"])
@pytest.mark.parametrize("api", [KAUFLAND, SHOPTET])
def test_no_error_event_or_log_record_tells(api, repeat, open_client, caplog):
    caplog.set_level(logging.DEBUG, "kaufland_shoptet")
    for reply in odd_replies(api):
        broken = isinstance(reply, Exception)

        def handler(wire, reply=reply, broken=broken):
            if broken:
                raise type(reply)
            return reply

        events = []
        for on_event in (None, events.append):
            with pytest.raises(KauflandShoptetError) as caught:
                open_client(api, handler, on_event).run(request(api, repeat))
            silent(caught.value)
            silent(*caught.value.args)
        silent(*events)
        assert events
    ours = [each for each in caplog.records if each.name.startswith("kaufland_shoptet")]
    assert ours
    silent(*(each.getMessage() for each in ours))


def test_settled_failures_are_not_telling(open_client):
    client = open_client(KAUFLAND, lambda wire: noisy(404, KAUFLAND))
    silent(*client.run(settle([request(KAUFLAND)] * 2)))


def test_warnings_of_partial_success_are_not_telling(open_client):
    told = json.loads(noisy(200, SHOPTET).body) | {"data": {"id": 1, "email": EMAIL, "phone": PHONE}}
    reply = Reply(200, {}, json.dumps(told).encode())
    partly = evolve(endpoint(SHOPTET), into=Answer[Buyer]).request((1,))
    answer = open_client(SHOPTET, lambda wire: reply).run(partly)
    assert answer.data == BUYER
    assert answer.warnings
    silent(answer, *answer.warnings)


def test_failures_of_the_oauth_server_are_not_telling(clock):
    for body in (f'{{"error": "invalid_token", "error_description": "{OAUTH_TOKEN}"}}', TELLTALE, "[]"):
        client = Shoptet(
            oauth_token=OAUTH_TOKEN,
            token_url=MINT,
            clock=clock,
            transport=InMemory(lambda wire, body=body: Reply(401, {}, body.encode())),
        )
        with pytest.raises(KauflandShoptetError) as caught:
            client.run(request(SHOPTET))
        silent(caught.value)


def test_what_cannot_be_decoded_is_not_repeated_in_the_exception():
    reply = Reply(200, {}, json.dumps({"data": {"id": 1, "email": EMAIL, "phone": [PHONE]}}).encode())
    with pytest.raises(KauflandShoptetError) as caught:
        KAUFLAND.read(request(KAUFLAND), reply)
    silent(caught.value)


def test_orders_do_not_show_who_bought():
    sandbox = Sandbox.demo()
    sandbox.clock.advance(timedelta(minutes=30))
    with sandbox.kaufland_client() as client:
        order = client.orders.get("MA1B2C3")
    address = order.shipping_address
    private = {order.buyer.email, address.phone, address.last_name, address.street, address.postcode}
    assert None not in private
    for value in private:
        assert value not in repr(order)
