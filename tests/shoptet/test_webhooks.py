"""Shoptet's webhooks: the signature over the raw bytes, single, mass and system events."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet import Sandbox
from kaufland_shoptet.errors import NotificationError
from kaufland_shoptet.shoptet.resources.webhooks import WebhookRegistration
from kaufland_shoptet.shoptet.webhooks import LIMIT, Event, read, sign, verify

KEY = "b" * 32
BODY = {
    "eshopId": 222651,
    "event": "order:create",
    "eventCreated": "2019-01-08T15:13:39+0100",
    "eventInstance": "2018000057",
}


def message(body, key=KEY):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return raw, {"Shoptet-Webhook-Signature": sign(raw, key)}


def received(body):
    return read(*message(body), signature_key=KEY)


def test_a_notification_is_read():
    assert received(BODY) == Event(
        event="order:create",
        eshop_id=222651,
        subjects=("2018000057",),
        created="2019-01-08T15:13:39+0100",
    )
    assert not received(BODY).mass
    assert not received(BODY).system


def test_what_the_sandbox_sends_is_read():
    sandbox = Sandbox.demo()
    shoptet = sandbox.shoptet_client()
    key = shoptet.webhooks.renew_signature_key().data.signature_key
    shoptet.webhooks.register([WebhookRegistration(event="order:update", url="https://shop.example/hook")])
    sandbox.bridge().apply(sandbox.bridge().orders.plan())
    code = next(iter(sandbox.shoptet.orders))
    sandbox.shoptet.edit(code)
    (call,) = sandbox.shoptet.outbox
    assert read(call.body, call.headers, signature_key=key).subjects == (code,)
    shoptet.webhooks.renew_signature_key()
    sandbox.shoptet.edit(code)
    with pytest.raises(NotificationError, match="each renewal of the key ends the one before"):
        read(sandbox.shoptet.outbox[-1].body, sandbox.shoptet.outbox[-1].headers, signature_key=key)


@pytest.mark.parametrize(
    ("event", "instance", "subjects"),
    [
        ("order:massUpdate", '["2018000057","2018000058"]', ("2018000057", "2018000058")),
        ("order:massUpdate", ["a", 7], ("a", "7")),
        ("quantityDiscount:massDelete", "[1,2]", ("1", "2")),
        ("order:massUpdate", "[]", ()),
        ("order:massUpdate", '"a"', ("a",)),
        ("order:create", '["a"]', ('["a"]',)),
        ("order:create", "", ()),
        ("order:create", None, ()),
        ("stock:movement", 1, ("1",)),
        ("addon:suspend", 269953, ("269953",)),
        ("addon:uninstall", "269953", ("269953",)),
    ],
)
def test_the_subjects_in_all_their_shapes(event, instance, subjects):
    assert received({**BODY, "event": event, "eventInstance": instance}).subjects == subjects


def test_mass_and_system_events_say_so():
    assert received({**BODY, "event": "order:massPaid", "eventInstance": "[]"}).mass
    assert received({**BODY, "event": "addon:uninstall"}).system


def test_a_payload_is_kept_and_not_printed():
    found = received({**BODY, "payload": {"email": "jan@example.cz"}})
    assert found.payload == {"email": "jan@example.cz"}
    assert "jan@" not in repr(found)


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=300))
def test_only_the_very_bytes_verify(body, other):
    signature = sign(body, KEY)
    assert verify(signature, body, KEY)
    assert verify(signature, other, KEY) is (other == body)
    assert not verify(signature, body, KEY + "x")
    assert not verify(signature.upper(), body, KEY) or signature.isdecimal()


def test_unsigned_notifications_are_accepted_only_when_asked_for_and_never_beside_a_key():
    body, _ = message(BODY)
    with pytest.raises(NotificationError, match="no key to check it by"):
        read(body, {}, signature_key=None)
    with pytest.raises(NotificationError, match="no key"):
        read(body, {}, signature_key="")
    assert read(body, {}, signature_key=None, accept_unsigned=True).subjects == ("2018000057",)
    with pytest.raises(NotificationError, match="signature is missing"):
        read(body, {}, signature_key=KEY, accept_unsigned=True)


@pytest.mark.parametrize("signature", ["", "0" * 40, "é", "\udcff"])
def test_other_signatures_are_refused(signature):
    body, _ = message(BODY)
    with pytest.raises(NotificationError, match="signature is") as caught:
        read(body, {"shoptet-webhook-signature": signature}, signature_key=KEY)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not JSON"),
        (b"[" * 20_000, "not JSON"),
        (b"[]", "event or eshopId"),
        (b'{"event": "order:create", "eshopId": true}', "event or eshopId"),
        (b'{"event": "order:create", "eshopId": "7"}', "event or eshopId"),
        (b'{"event": "", "eshopId": 7}', "event or eshopId"),
        ({**BODY, "eventInstance": 1.5}, "eventInstance"),
        ({**BODY, "eventInstance": True}, "eventInstance"),
        ({**BODY, "eventInstance": ["a"]}, "eventInstance"),
        ({**BODY, "event": "order:massUpdate", "eventInstance": "[[1]]"}, "eventInstance"),
        ({**BODY, "event": "order:massUpdate", "eventInstance": "{}"}, "eventInstance"),
        ({**BODY, "event": "order:massUpdate", "eventInstance": "["}, "not JSON"),
        (b" " * (LIMIT + 1), "at most"),
    ],
)
def test_what_is_no_notification_is_refused(body, problem):
    with pytest.raises(NotificationError, match=problem):
        received(body)
