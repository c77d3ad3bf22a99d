"""Kaufland's push notifications: the challenge, the signature over the raw bytes, the message."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet.errors import NotificationError
from kaufland_shoptet.kaufland.notifications import LIMIT, challenge, read
from kaufland_shoptet.kaufland.signing import sign

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
URL = "https://shop.example/kaufland/5f1c?shop=7"
SECRET = "5" * 64
MESSAGE = {
    "event_name": "order_unit_status_changed",
    "id_message": "m-1",
    "resource": "/order-units/314568015200001/",
    "storefront": "CZ",
}


def message(body, *, url=URL, secret=SECRET, at=NOW):
    """Body and headers as Kaufland sends them."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    timestamp = int(at.timestamp())
    signature = sign("POST", url, raw, timestamp, secret)
    return raw, {"Shop-Timestamp": str(timestamp), "Shop-Signature": signature}


def received(body, headers, **changes):
    return read(body, headers, **{"url": URL, "secret_key": SECRET, "now": NOW, **changes})


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("https://shop.example/k?mode=subscribe&challenge=aB3_-.", "aB3_-."),
        ("https://shop.example/k?shop=7&challenge=a%2Bb&mode=subscribe", "a+b"),
        ("mode=subscribe&challenge=x", "x"),
        ("https://shop.example/k", None),
        ("https://shop.example/k?mode=subscribe", None),
        ("https://shop.example/k?challenge=x", None),
        ("https://shop.example/k?mode=unsubscribe&challenge=x", None),
        ("https://shop.example/k?mode=subscribe&challenge=", None),
        ("https://shop.example/k?mode=subscribe&challenge=x&challenge=y", None),
        ("https://shop.example/k?mode=subscribe&challenge=a%0d%0ab", None),
        ("https://shop.example/k?mode=subscribe&challenge=" + "x" * 1001, None),
    ],
)
def test_only_a_verification_is_answered_and_only_with_its_challenge(url, answer):
    assert challenge(url) == answer


def test_a_message_is_read():
    found = received(*message({**MESSAGE, "payload": {"id_unit": 7}}))
    assert (found.event, found.id, found.subject, found.storefront) == (
        "order_unit_status_changed",
        "m-1",
        "314568015200001",
        "cz",
    )
    assert found.payload == {"id_unit": 7}
    assert "id_unit" not in repr(found)


@pytest.mark.parametrize(
    ("resource", "subject"),
    [
        ("/orders/MA1B2C3", "MA1B2C3"),
        ("/orders/MA1B2C3/", "MA1B2C3"),
        ("https://sellerapi.kaufland.com/v2/orders/MA1B2C3/?storefront=cz", "MA1B2C3"),
        ("orders/32%2FZEL", "32/ZEL"),
        ("/orders/", ""),
        ("", ""),
    ],
)
def test_the_subject_is_found_in_a_path_and_in_an_address(resource, subject):
    assert received(*message({**MESSAGE, "resource": resource})).subject == subject


def test_what_may_be_missing_or_new():
    found = received(*message({"event_name": "pigs_fly", "id_message": 12, "resource": "/x/1"}))
    assert (found.event.known, found.id, found.storefront, found.payload) == (False, "12", None, None)
    odd = {"event_name": "order_new", "id_message": None, "storefront": 7, "resource": "/orders/1"}
    assert (received(*message(odd)).id, received(*message(odd)).storefront) == ("", None)


@pytest.mark.parametrize(("form", "signed"), [("whole", URL), ("without_query", URL.partition("?")[0])])
def test_both_forms_of_the_address_are_tried_unless_one_is_named(form, signed):
    body, headers = message(MESSAGE, url=signed)
    assert received(body, headers).id == "m-1"
    assert received(body, headers, form=form).id == "m-1"
    other = "without_query" if form == "whole" else "whole"
    with pytest.raises(NotificationError, match="signature is wrong"):
        received(body, headers, form=other)


def test_header_names_are_read_in_any_case():
    body, headers = message(MESSAGE)
    assert received(body, {name.upper(): value for name, value in headers.items()}).id == "m-1"


@given(st.binary(max_size=50), st.integers(0, 200))
def test_any_other_byte_anywhere_is_refused(junk, place):
    body, headers = message(MESSAGE)
    forged = body[:place] + junk + body[place + len(junk) :]
    if forged != body:
        with pytest.raises(NotificationError, match="signature is wrong"):
            received(forged, headers)


def test_the_same_json_in_other_bytes_is_refused():
    _, headers = message(MESSAGE)
    with pytest.raises(NotificationError, match="signature"):
        received(json.dumps(MESSAGE, indent=1).encode(), headers)


@pytest.mark.parametrize(
    "changes",
    [
        {"Shop-Timestamp": "soon"},
        {"Shop-Timestamp": "9" * 16},
        {"Shop-Timestamp": "-1"},
        {"Shop-Signature": ""},
        {"Shop-Signature": "é" * 64},
        {"Shop-Signature": "\udcff"},
    ],
)
def test_headers_that_are_none_are_refused(changes):
    body, headers = message(MESSAGE)
    with pytest.raises(NotificationError, match="not signed"):
        received(body, {**headers, **changes})
    with pytest.raises(NotificationError, match="not signed"):
        received(body, {})


def test_wrong_keys_and_addresses_are_told_and_no_secret_is():
    body, headers = message(MESSAGE)
    for changes in ({"secret_key": "6" * 64}, {"url": "https://shop.example/other"}):
        with pytest.raises(NotificationError, match="check the secret key") as caught:
            received(body, headers, **changes)
        assert SECRET not in str(caught.value)
        assert "314568015200001" not in str(caught.value)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_replay_is_refused(seconds):
    body, headers = message(MESSAGE, at=NOW + timedelta(seconds=seconds))
    with pytest.raises(NotificationError, match="too far from now"):
        received(body, headers)
    assert received(body, headers, tolerance=timedelta(hours=13)).id == "m-1"


def test_a_message_within_the_tolerance_is_read():
    assert received(*message(MESSAGE, at=NOW - timedelta(seconds=299))).id == "m-1"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 20_000, "not JSON"),
        (b"[]", "event_name or resource"),
        (b"{}", "event_name or resource"),
        (b'{"event_name": 7, "resource": "/x/1"}', "event_name or resource"),
        (b'{"event_name": "order_new", "resource": null}', "event_name or resource"),
        (b"x" * (LIMIT + 1), "at most"),
    ],
)
def test_what_is_no_message_is_refused(body, problem):
    with pytest.raises(NotificationError, match=problem):
        received(*message(body))
