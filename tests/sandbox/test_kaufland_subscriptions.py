"""Subscriptions to push notifications, and the messages that go out."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from kaufland_shoptet.sandbox import Answer
from kaufland_shoptet.sandbox.data import Good, Scribe

URL = "https://shop.example/kaufland?shop=7"
NEW = {"callback_url": URL, "fallback_email": "orders@shop.example", "event_name": "order_new"}


def subscribe(seller, event="order_new", storefront="cz", **changes):
    return seller(
        "POST", "/subscriptions", {**NEW, "event_name": event, **changes}, query={"storefront": storefront}
    )


def problem(answer):
    return answer.status, answer.json()["type"].removeprefix("/problems/")


def test_a_subscription_is_verified_and_listed(sandbox, seller):
    asked = []
    sandbox.kaufland.push.visit = lambda call: (
        asked.append(call) or Answer(status=200, body=call.query["challenge"][0].encode())
    )
    answer = subscribe(seller)
    row = {**NEW, "id_subscription": 11011, "is_active": True, "storefront": "cz"}
    assert (answer.status, answer.json()["data"]) == (201, row)
    (call,) = asked
    assert (call.method, call.query["mode"], call.query["shop"]) == ("GET", ["subscribe"], ["7"])
    assert seller.data("/subscriptions") == seller.data("/subscriptions", storefront="cz") == [row]
    assert seller.data("/subscriptions", storefront="sk") == []
    assert seller.data("/subscriptions", event_name="return_new") == []
    assert seller.data("/subscriptions/11011") == row
    for name in ("1", "x"):
        assert seller.get(f"/subscriptions/{name}").status == 404


@pytest.mark.parametrize(
    "answer", [Answer(status=500), Answer(status=200, body=b"hello"), Answer(status=204, body=b"")]
)
def test_an_address_that_does_not_give_the_challenge_back_is_refused(sandbox, seller, answer):
    sandbox.kaufland.push.visit = lambda _: answer
    unverified = (400, "subscriptions/unverified-callback-url")
    assert problem(subscribe(seller, callback_url="https://shop.example/kaufland")) == unverified
    assert seller.data("/subscriptions") == []


def test_there_is_one_subscription_for_an_event_and_storefront(seller):
    assert subscribe(seller).status == 201
    assert subscribe(seller, storefront="sk").status == 201
    assert subscribe(seller, "order_unit_new").status == 201
    assert subscribe(seller).status == 400


@pytest.mark.parametrize(
    "changes",
    [{"event_name": "x"}, {"callback_url": "shop.example"}, {"callback_url": "https://x/" + "y" * 250}],
)
def test_wrong_bodies(seller, changes):
    assert problem(subscribe(seller, **changes)) == (400, "validation-error")


def test_a_new_address_is_verified_again_and_an_old_one_is_not(sandbox, seller):
    subscribe(seller)
    sandbox.kaufland.push.visit = lambda _: Answer(status=500)
    assert seller("PATCH", "/subscriptions/11011", {"callback_url": URL, "is_active": False}).status == 200
    answer = seller("PATCH", "/subscriptions/11011", {"callback_url": URL + "8"})
    assert problem(answer) == (400, "subscriptions/unverified-callback-url")
    assert seller.data("/subscriptions/11011")["is_active"] is False
    assert seller("DELETE", "/subscriptions/11011").status == 204
    assert seller("DELETE", "/subscriptions/11011").status == 404


def order(sandbox, count):
    return Scribe(sandbox.kaufland).order(
        "MPUSH01", "cz", [Good("SHP-0042", 49_900, (0,) * count)], status="open", ordered=sandbox.clock.now()
    )


def test_an_order_of_three_pieces_is_one_message_and_three(sandbox, seller):
    for event in ("order_new", "order_unit_new", "order_unit_status_changed"):
        subscribe(seller, event)
    subscribe(seller, storefront="sk")
    made = order(sandbox, 3)
    sandbox.kaufland.place(made)
    told = [json.loads(call.body) for call in sandbox.kaufland.push.outbox]
    assert [row["event_name"] for row in told] == ["order_new"] + ["order_unit_new"] * 3
    assert told[0] == {
        "event_name": "order_new",
        "id_message": "m-1",
        "resource": "/orders/MPUSH01/",
        "storefront": "cz",
    }
    sandbox.clock.advance(16 * 60)
    changed = [json.loads(call.body)["resource"] for call in sandbox.kaufland.push.outbox[4:]]
    assert set(changed) >= {f"/order-units/{piece.id}/" for piece in made.pieces}
    sandbox.kaufland.push.emit("order_new", "/units/1/", "cz", {"id_unit": 1})
    assert json.loads(sandbox.kaufland.push.outbox[-1].body)["payload"] == {"id_unit": 1}


@pytest.mark.parametrize(("signs", "signed"), [("whole", URL), ("without_query", URL.partition("?")[0])])
def test_messages_are_signed(make, seller_of, signs, signed):
    sandbox = make(push_signs=signs)
    subscribe(seller_of(sandbox))
    sandbox.kaufland.place(order(sandbox, 1))
    (call,) = sandbox.kaufland.push.outbox
    text = f"POST\n{signed}\n".encode() + call.body + f"\n{call.headers['shop-timestamp']}".encode()
    due = hmac.new(sandbox.secret_key.encode(), text, hashlib.sha256).hexdigest()
    assert (call.url, call.headers["shop-signature"]) == (URL, due)


def test_nobody_is_told_of_what_happens_after_kaufland_gave_up(sandbox, seller):
    subscribe(seller)
    sandbox.kaufland.push.give_up(11011)
    sandbox.kaufland.place(order(sandbox, 1))
    assert sandbox.kaufland.push.outbox == []
