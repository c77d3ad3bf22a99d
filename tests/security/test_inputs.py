"""Single inputs made to do harm, each with what becomes of it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from kaufland_shoptet import KAUFLAND, SHOPTET, Plan, Reply
from kaufland_shoptet._core import codec
from kaufland_shoptet._core.answers import Problem, scrub
from kaufland_shoptet._core.discretion import discreet
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet.errors import NotificationError, PlanError
from kaufland_shoptet.kaufland import notifications
from kaufland_shoptet.kaufland.resources.tickets import TicketOpenRequest
from kaufland_shoptet.shoptet.tokens import FileTokenStore

from . import targets


@pytest.fixture(params=targets.PARSERS, autouse=True)
def parser(request, monkeypatch):
    monkeypatch.setattr(codec, "_loads", targets.PARSERS[request.param])


# JSON.


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'"\\ud83d"',
        b'{"\\uDEAD": 1}',
        b'["\\ud83d\\ude00", "\\ude00"]',
        b"\xed\xa0\x80",
        b"NaN",
        b"-Infinity",
        b"1 1",
        b"",
    ],
)
def test_what_is_no_json_or_too_deep_is_refused(body):
    with pytest.raises(codec.Mismatch, match="not JSON"):
        SHOPTET.codec.load(body)


@pytest.mark.parametrize(
    "body", [b"9" * 5000, b"1e999999999999999999999", b"1e400", b"-1e-99999999999999999999"]
)
def test_numbers_that_no_memory_holds_do_no_harm(body):
    """The two parsers differ in whether they refuse such a number or round it; no model takes it either way."""
    for kind in (int, Decimal):
        with pytest.raises(codec.Mismatch):
            found = SHOPTET.codec.decode(SHOPTET.codec.load(body), kind)
            raise codec.Mismatch("$", "rounded to nothing") if found == 0 else AssertionError(found)


def test_whole_characters_outside_the_first_plane_are_read():
    assert SHOPTET.codec.load(b'["\\ud83d\\ude00", 1.5]')[0] == "😀"


@pytest.mark.parametrize("text", ["1E+999999999", "1E-999999999", "1" * 70, "0." + "1" * 70, "1E+61"])
def test_a_decimal_number_that_would_write_gigabytes_is_refused(text):
    with pytest.raises(codec.Mismatch, match="a decimal number was due"):
        SHOPTET.codec.decode(text, Decimal)
    product = {"weight": text}
    with pytest.raises(codec.Mismatch, match="a decimal number was due"):
        SHOPTET.codec.decode(product, dict[str, Decimal])


@pytest.mark.parametrize(
    "text", ["1E+40", "1E-12", "123456789012345678901234567890.1234567890", "-0.00", "1e3"]
)
def test_a_long_but_sane_number_is_kept_to_the_digit(text):
    assert SHOPTET.codec.decode(text, Decimal) == Decimal(text)


@pytest.mark.parametrize("value", [[[]], {"a": {}}, True, None, 1.5])
def test_complaints_are_texts_or_nothing(value):
    body = {
        "type": value,
        "message": value,
        "errors": [{"errorCode": value, "message": value, "field": value}],
    }
    for api in (KAUFLAND, SHOPTET):
        error = api.refusal(
            Endpoint(api, "x", "GET", "/x", None).request(), Reply(400, {}, json.dumps(body).encode())
        )
        assert str(error) == "400 for GET /x"


# Texts that go into logs.


def test_a_complaint_cannot_forge_lines_of_a_log():
    body = {"message": "wrong\r\n2026-09-01 ERROR all keys revoked\u2028\x1b[2J"}
    error = KAUFLAND.refusal(
        Endpoint(KAUFLAND, "x", "GET", "/x", None).request(), Reply(400, {}, json.dumps(body).encode())
    )
    assert str(error).isprintable()


@pytest.mark.parametrize(
    "text",
    ["a" * 2_000_000, "a.b-" * 500_000, "+1 " * 500_000, "1(" * 500_000, "@" * 1_000_000, "a@" * 500_000],
)
def test_long_texts_are_scrubbed_in_a_time_in_proportion(text):
    """The old way took a time that grew with the square of the length: minutes for these."""
    assert len(scrub(text)) <= len(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail jan@x.cz, jan.novak+a@example.co.uk", "mail ***, ***"),
        ("key=" + "Ab1" * 11, "key=***"),
        ("call 123 456 789jan@x.cz", "call ******"),
        ("." * 100 + "@y.cz", "." * 36 + "***"),
        ("order MA1B2C3 of 7.9.", "order MA1B2C3 of 7.9."),
    ],
)
def test_what_looks_private_is_blanked(text, left):
    assert scrub(text) == left


def test_places_and_codes_keep_numbers_and_long_words_but_no_keys():
    problem = Problem("job-detail-try-counter-exceeded-limit", "", "units.314568015200000")
    assert str(problem) == "job-detail-try-counter-exceeded-limit (units.314568015200000)"
    token = "654321-p-7-PrivateTokenPrivateToken12345"
    for each in (Problem(token, "", None), Problem("", "", token), Problem("", "", "+420 777 888 999")):
        assert "***" in str(each)
        assert "***" in repr(each)


def test_what_was_sent_in_private_is_taken_out_of_complaints():
    body = TicketOpenRequest(id_order_unit=(1,), reason="other", message="Zobacek ulomen pri krmeni")
    request = Endpoint(KAUFLAND, "x", "POST", "/x/{email}/{id}", None).request(
        ("jana@x.cz", "7"), {"phone": "777 888", "status": "open"}, {"data": [body, {"more": 1}]}
    )
    told = Problem("x", "no 'zobacek', 777%20888, 777+888, jana%40x.cz of OPEN 7", "ulomen")
    (found,) = discreet((told,), request)
    assert found == Problem("x", "no '***', ***, ***, *** of OPEN 7", "***")
    assert discreet((told,), Endpoint(KAUFLAND, "x", "GET", "/x", None).request()) == (told,)


# Plans.


@pytest.mark.parametrize(
    "change",
    [
        {"made": "2026-09-01T08:00:00"},
        {"made": "0001-01-01T00:00:00+23:59"},
        {"made": "yesterday"},
        {"made": 1},
        {"shop": "\ud800"},
        {"changes": [{"verb": "drop"}]},
        {"changes": [{"verb": ["import"]}]},
        {"changes": [1]},
        {"changes": None},
        {"extra": 1},
    ],
)
def test_a_plan_that_is_none_is_refused(change):
    good = {
        "flow": "orders",
        "shop": "x",
        "made": "2026-09-01T08:00:00+00:00",
        "changes": [],
        "skips": [],
        "marks": [],
    }
    assert not Plan.from_json(json.dumps(good)).changes
    with pytest.raises(PlanError, match="this is not a plan"):
        Plan.from_json(json.dumps(good | change))


_CHANGES: dict[str, dict[str, Any]] = {
    "publish": {
        "verb": "publish",
        "subject": "LAMP-1",
        "storefront": "cz",
        "reason": "new",
        "ean": "4006381333931",
        "locale": "cs-CZ",
        "attributes": {"title": ["Lamp"]},
        "fingerprint": "f",
    },
    "offer": {
        "verb": "offer",
        "subject": "LAMP-1",
        "storefront": "cz",
        "reason": "the shop asks more",
        "id_unit": 1,
        "currency": "CZK",
        "listed": 100,
        "price": [100, 110],
    },
}


def _plan_of(**parts: Any) -> str:
    return json.dumps({"flow": "products", "shop": "x", "made": "2026-09-01T08:00:00+00:00"} | parts)


@pytest.mark.parametrize(
    ("verb", "wrong", "told"),
    [
        ("publish", {"attributes": {"title": "Lamp"}}, r"a list was due @ $.changes[0].attributes['title']"),
        (
            "publish",
            {"attributes": {"title": {"a": 1}}},
            r"a list was due @ $.changes[0].attributes['title']",
        ),
        ("publish", {"attributes": []}, "expected a mapping @ $.changes[0].attributes"),
        ("publish", {"notes": "abc"}, "a list was due @ $.changes[0].notes"),
        ("publish", {"notes": {}}, "a list was due @ $.changes[0].notes"),
        ("publish", {"contact": "x"}, "an object was due @ $.changes[0].contact"),
        ("publish", {"contact": ["name"]}, "an object was due @ $.changes[0].contact"),
        ("publish", {"subject": ""}, "its subject is empty @ $.changes[0]"),
        ("publish", {"subject": " "}, "its subject is empty @ $.changes[0]"),
        ("publish", {"subject": 1}, "a text was due @ $.changes[0].subject"),
        ("publish", {"verb": "drop"}, "this version has no such kind of change @ $.changes[0]"),
        ("publish", {"verb": ["publish"]}, "this version has no such kind of change @ $.changes[0]"),
        ("offer", {"price": "12"}, "a list was due @ $.changes[0].price"),
        ("offer", {"price": [100]}, "a list of 2 was due @ $.changes[0].price"),
        ("offer", {"price": [100, 110, 120]}, "a list of 2 was due @ $.changes[0].price"),
        ("offer", {"price": [100, "110"]}, "a whole number was due @ $.changes[0].price"),
        ("offer", {"status": "AB"}, "a list was due @ $.changes[0].status"),
    ],
)
def test_a_change_with_the_wrong_shape_is_told_with_its_place(verb, wrong, told):
    good = _CHANGES[verb]
    assert Plan.from_json(_plan_of(changes=[good])).changes
    with pytest.raises(PlanError, match=re.escape(f"this is not a plan: {told}; make a new one")):
        Plan.from_json(_plan_of(changes=[good | wrong]))


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"changes": {}}, "a list was due @ $.changes"),
        ({"changes": ""}, "a list was due @ $.changes"),
        ({"changes": ["publish"]}, "an object was due @ $.changes[0]"),
        ({"changes": [_CHANGES["offer"], None]}, "an object was due @ $.changes[1]"),
        ({"changes": [], "skips": {}}, "a list was due @ $.skips"),
        ({"changes": [], "skips": ["x"]}, "an object was due @ $.skips[0]"),
        ({"changes": [], "marks": [[]]}, "an object was due @ $.marks[0]"),
    ],
)
def test_what_is_no_list_is_not_taken_for_one(parts, told):
    with pytest.raises(PlanError, match=re.escape(f"this is not a plan: {told}; make a new one")):
        Plan.from_json(_plan_of(**parts))


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000, "", "[]", "null", "\x00"])
def test_a_plan_that_is_no_object_is_refused(text):
    with pytest.raises(PlanError, match="this is not a plan"):
        Plan.from_json(text)


# Notifications.


def test_a_notification_about_what_is_no_address():
    data = b'{"event_name":"order_new","id_message":"7","resource":"http://["}'
    headers = {
        "Shop-Timestamp": str(int(targets.NOW.timestamp())),
        "Shop-Signature": targets.sign(
            "POST", targets.URL, data, int(targets.NOW.timestamp()), targets.SECRET
        ),
    }
    with pytest.raises(NotificationError, match="resource is neither a path nor an address"):
        notifications.read(data, headers, url=targets.URL, secret_key=targets.SECRET, now=targets.NOW)


def test_an_address_with_half_a_character_is_signed_by_nobody():
    headers = {"Shop-Timestamp": "1", "Shop-Signature": "a" * 64}
    with pytest.raises(NotificationError, match="its signature is wrong"):
        notifications.read(
            b"{}", headers, url="https://x.cz/\ud800", secret_key=targets.SECRET, now=targets.NOW
        )


# Tokens.


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"token": "a"}',
        '{"token": "a", "expires": 1}',
        '{"token": "a", "expires": "0001-01-01T00:00:00+23:59"}',
        "[" * 100_000,
    ],
)
def test_a_file_of_tokens_that_is_none_counts_as_empty(tmp_path, text):
    store = FileTokenStore(tmp_path / "token.json")
    store.path.write_text(text)
    assert store.get() is None
