from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import anyio
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet import KAUFLAND, Kaufland, Model, Reply
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet._http import Wire
from kaufland_shoptet.kaufland import signing
from kaufland_shoptet.kaufland.signing import Keys, Signer, sign, verify
from kaufland_shoptet.sandbox import Sandbox
from kaufland_shoptet.sandbox.sdk import on

SECRET = "a7d0cb1da1ddbc86c96ee5fedd341b7d8ebfbb2f5c83cfe0909f4e57f05dd403"
BASE = "https://sellerapi.kaufland.com/v2"
OFFICIAL = ("POST", f"{BASE}/units/", b"", 1411055926)
SIGNATURE = "da0b65f51c0716c1d3fa658b7eaf710583630a762a98c9af8e9b392bd9df2e2a"


@frozen(kw_only=True)
class Note(Model):
    text: str


GET = Endpoint(KAUFLAND, "GetNotes", "GET", "/notes", None)
PUT = Endpoint(KAUFLAND, "PutNote", "PUT", "/notes/{id}", None, repeat="idempotent")


def test_the_official_known_answer():
    assert sign(*OFFICIAL, SECRET) == SIGNATURE
    assert verify(SIGNATURE, *OFFICIAL, SECRET)


@pytest.mark.parametrize(
    ("method", "url", "body", "timestamp", "signature"),
    [
        (
            "POST",
            f"{BASE}/units",
            b"",
            1411055926,
            "9d03a12d15dbcd2954fb1ab9ea80031b9ac93022ba8ae5aa9257e5004b5789da",
        ),
        (
            "GET",
            f"{BASE}/order-units?storefront=cz&status=need_to_be_sent&limit=100&offset=0",
            b"",
            1735689600,
            "12083f0cb15ce328dedeb60c2cd4f2f04a8286a4b3dd858780703b9f1cd6067b",
        ),
        (
            "PATCH",
            f"{BASE}/order-units/314568015200001/send",
            b'{"tracking_numbers":"Z1234567890","carrier_code":"Packeta"}',
            1735689600,
            "4007ecd492b91e6c98e879d0c2126a09162ff8b304a7a37621b2c5d3d147cef5",
        ),
        (
            "GET",
            f"{BASE}/orders?ts_created_from_iso=2025-01-01T00%3A00%3A00Z",
            b"",
            1735689600,
            "0c72d88d6a11d657dffd00ced0135d016809c669e7d32811b1af79213153c1cf",
        ),
        (
            "GET",
            f"{BASE}/orders?ts_created_from_iso=2025-01-01T00:00:00Z",
            b"",
            1735689600,
            "a0d4f61a2aea6d55deaf69b70b3eef15350a94acc0f42c1cbb04327768da843a",
        ),
    ],
)
def test_further_vectors(method, url, body, timestamp, signature):
    assert sign(method, url, body, timestamp, SECRET) == signature
    assert verify(signature, method, url, body, timestamp, SECRET)
    assert not verify(SIGNATURE, method, url, body, timestamp, SECRET)


def test_a_newline_at_the_end_or_a_decoded_secret_give_another_signature():
    text = b"POST\nhttps://sellerapi.kaufland.com/v2/units/\n\n1411055926"
    ended = hmac.digest(SECRET.encode(), text + b"\n", "sha256").hex()
    decoded = hmac.digest(bytes.fromhex(SECRET), text, "sha256").hex()
    assert ended == "323db7d9839ebb0d86d8a068ca7d8f5d5de132dc1f10add57711af16c724e48a"
    assert decoded == "b5bb32373c54c411cdd3cbbd49a8ea74ae6004b55d9e4b5fe3f82181087d3c4b"
    assert SIGNATURE not in (ended, decoded)


@pytest.mark.parametrize("wrong", ["", "da0b", SIGNATURE.upper(), SIGNATURE[:-1] + "b", "ž" * 64])
def test_anything_but_the_signature_is_refused(wrong):
    assert not verify(wrong, *OFFICIAL, SECRET)


@settings(deadline=None, max_examples=60)
@given(st.text(), st.binary(), st.integers(0, 2**40), st.text(min_size=1), st.data())
def test_one_change_anywhere_gives_another_signature(url, body, timestamp, secret, data):
    try:
        made = sign("PUT", url, body, timestamp, secret)
    except UnicodeEncodeError:
        return
    assert len(made) == 64
    assert made == made.lower()
    changed = data.draw(
        st.sampled_from(
            [
                ("POST", url, body, timestamp, secret),
                ("PUT", url + "/", body, timestamp, secret),
                ("PUT", url, body + b" ", timestamp, secret),
                ("PUT", url, body, timestamp + 1, secret),
                ("PUT", url, body, timestamp, secret + "x"),
            ]
        )
    )
    assert sign(*changed) != made


def signer(partner=None):
    now = datetime(2025, 1, 1, 0, 0, 0, 750_000, tzinfo=UTC)
    return Signer(Keys("k" * 32, SECRET), partner, now=lambda: now)


def test_the_headers_of_a_seller():
    wire = Wire("GET", f"{BASE}/orders?ts_created_from_iso=2025-01-01T00%3A00%3A00Z", {}, b"")
    assert signer().headers(wire) == {
        "Shop-Client-Key": "k" * 32,
        "Shop-Timestamp": "1735689600",
        "Shop-Signature": "0c72d88d6a11d657dffd00ced0135d016809c669e7d32811b1af79213153c1cf",
    }


def test_a_partner_signs_the_same_text_with_his_own_key():
    wire = Wire("GET", f"{BASE}/orders", {}, b"")
    headers = signer(Keys("p" * 32, "q" * 64)).headers(wire)
    assert headers["Shop-Partner-Client-Key"] == "p" * 32
    assert headers["Shop-Partner-Signature"] == sign("GET", wire.url, b"", 1735689600, "q" * 64)
    assert headers["Shop-Signature"] == sign("GET", wire.url, b"", 1735689600, SECRET)


def test_the_module_shows_its_public_names_only():
    assert set(dir(signing)) == {"Keys", "Signer", "sign", "verify"}


def test_keys_and_signers_do_not_show_their_keys():
    shown = repr(signer(Keys("p" * 32, "q" * 64)))
    assert shown == "Signer(shop=Keys(), partner=Keys())"


# What is signed is what is sent.


class Doorman:
    """Answers only what carries the right signature."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.wires = []

    def __call__(self, wire):
        self.wires.append(wire)
        text = f"{wire.method}\n{wire.url}\n".encode() + wire.body + f"\n{self.time(wire)}".encode()
        due = hmac.new(b"s" * 64, text, hashlib.sha256).hexdigest()
        assert wire.headers["Shop-Signature"] == due
        return Reply(self.statuses.pop(0) if self.statuses else 204)

    def time(self, wire):
        return wire.headers["Shop-Timestamp"]


TRICKY = [
    GET.request((), {"since": datetime(2025, 1, 1, tzinfo=UTC), "q": "ž &?#+/,~*'()", "s": ["a", "b"]}),
    PUT.request(("32/ZEL ž:%",), {"a": "b:c"}, Note(text="Žluťoučký kůň 🐴 \"'\\\n")),
]


@pytest.mark.parametrize("request_", TRICKY, ids=str)
def test_what_is_signed_is_what_is_sent(play, request_):
    door = Doorman()

    async def flow():
        await request_

    play(flow(), door)
    (wire,) = door.wires
    assert wire.url == BASE + request_.target
    assert wire.body == (request_.content or b"")
    assert "%3A" in wire.url


def test_every_attempt_is_signed_anew(play):
    door = Doorman(503, 503)

    async def flow():
        await PUT.request((1,), body=Note(text="a"))

    play(flow(), door)
    assert len(door.wires) == 3
    times = [int(door.time(wire)) for wire in door.wires]
    assert times == sorted(times)
    assert len({wire.headers["Shop-Signature"] for wire in door.wires}) == len(set(times))


def test_a_later_attempt_carries_a_later_time(kaufland):
    door = Doorman(429)
    kaufland(door).run(PUT.request((1,), body=Note(text="a")))
    first, second = (int(door.time(wire)) for wire in door.wires)
    assert second > first


def test_a_base_with_a_slash_at_the_end_makes_no_difference(kaufland):
    door = Doorman()
    kaufland(door, base_url=f"{BASE}/").run(GET.request())
    assert door.wires[0].url == f"{BASE}/notes"


def test_the_sandbox_accepts_what_partners_sign():
    sandbox = Sandbox.demo()
    client = sandbox.kaufland_client()
    with Kaufland(
        sandbox.client_key,
        sandbox.secret_key,
        partner_client_key=sandbox.partner_key,
        partner_secret_key=sandbox.partner_secret,
        **on(sandbox),
    ) as partner:
        assert partner.status.ping() == client.status.ping()


def test_an_asynchronous_sandbox_accepts_our_signature():
    async def main():
        async with Sandbox.demo().async_kaufland_client() as client:
            return await client.status.ping()

    assert anyio.run(main).message
