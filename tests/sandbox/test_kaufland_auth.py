"""What Kaufland's API demands of every call: signature, clock, rate."""

from __future__ import annotations

import pytest

from kaufland_shoptet.sandbox.kaufland.signature import signed

SECRET = "a7d0cb1da1ddbc86c96ee5fedd341b7d8ebfbb2f5c83cfe0909f4e57f05dd403"
BASE = "https://sellerapi.kaufland.com/v2"


@pytest.mark.parametrize(
    ("method", "url", "body", "timestamp", "expected"),
    [
        (
            "POST",
            f"{BASE}/units/",
            b"",
            "1411055926",
            "da0b65f51c0716c1d3fa658b7eaf710583630a762a98c9af8e9b392bd9df2e2a",
        ),
        (
            "POST",
            f"{BASE}/units",
            b"",
            "1411055926",
            "9d03a12d15dbcd2954fb1ab9ea80031b9ac93022ba8ae5aa9257e5004b5789da",
        ),
        (
            "GET",
            f"{BASE}/order-units?storefront=cz&status=need_to_be_sent&limit=100&offset=0",
            b"",
            "1735689600",
            "12083f0cb15ce328dedeb60c2cd4f2f04a8286a4b3dd858780703b9f1cd6067b",
        ),
        (
            "PATCH",
            f"{BASE}/order-units/314568015200001/send",
            b'{"tracking_numbers":"Z1234567890","carrier_code":"Packeta"}',
            "1735689600",
            "4007ecd492b91e6c98e879d0c2126a09162ff8b304a7a37621b2c5d3d147cef5",
        ),
        (
            "GET",
            f"{BASE}/orders?ts_created_from_iso=2025-01-01T00%3A00%3A00Z",
            b"",
            "1735689600",
            "0c72d88d6a11d657dffd00ced0135d016809c669e7d32811b1af79213153c1cf",
        ),
        (
            "GET",
            f"{BASE}/orders?ts_created_from_iso=2025-01-01T00:00:00Z",
            b"",
            "1735689600",
            "a0d4f61a2aea6d55deaf69b70b3eef15350a94acc0f42c1cbb04327768da843a",
        ),
    ],
)
def test_known_answers(method, url, body, timestamp, expected):
    assert signed(SECRET, method, url, body, timestamp) == expected


def test_a_signed_call_is_answered_with_the_time_of_the_server(seller):
    answer = seller.get("/status/ping")
    assert (answer.status, answer.json()) == (200, {"data": {"message": "Never tell me the odds"}})
    assert answer.headers["date"] == "Tue, 01 Sep 2026 08:00:00 GMT"


@pytest.mark.parametrize("header", ["shop_client_key", "shop_timestamp", "shop_signature"])
def test_a_missing_header_is_named(seller, header):
    answer = seller("GET", "/status/ping", **{header: None})
    assert (answer.status, answer.json()["type"]) == (401, "/problems/missing-or-invalid-request-header")
    assert header.replace("_", "-") in answer.json()["message"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"shop_client_key": "0" * 32}, "/problems/invalid-credentials"),
        ({"shop_timestamp": "1756200000.75"}, "/problems/invalid-credentials"),
        ({"shop_timestamp": "²³"}, "/problems/invalid-credentials"),
        ({"shop_signature": "š" * 64}, "/problems/corrupted-signature"),
        ({"shop_signature": "0" * 64}, "/problems/corrupted-signature"),
        ({"off": -301}, "/problems/invalid-credentials"),
        ({"off": 301}, "/problems/invalid-credentials"),
    ],
)
def test_wrong_credentials_are_401(seller, changes, problem):
    answer = seller("GET", "/status/ping", **changes)
    assert (answer.status, answer.json()["type"]) == (401, problem)


@pytest.mark.parametrize("off", [-299, 299, 0])
def test_the_clock_may_be_five_minutes_off(seller, off):
    assert seller("GET", "/status/ping", off=off).status == 200


def test_which_problem_a_wrong_clock_gives_is_a_switch(make, seller_of):
    seller = seller_of(make(stale_clock_problem="/problems/unauthorized"))
    assert seller("GET", "/status/ping", off=400).json()["type"] == "/problems/unauthorized"


@pytest.mark.parametrize("change", ["method", "url", "body"])
def test_the_signature_covers_method_url_and_body(sandbox, seller, change):
    from attrs import evolve

    call = seller.call("PATCH", "/order-units/1/send", {"a": 1}, query={"t": "2026-01-01T00:00:00Z"})
    other = {"method": "GET", "url": call.url.replace("%3A", ":"), "body": call.body + b" "}
    answer = sandbox.handle(evolve(call, **{change: other[change]}))
    assert answer.json()["type"] == "/problems/corrupted-signature"


def test_an_upper_case_signature_is_wrong(seller):
    call = seller.call("GET", "/status/ping")
    answer = seller("GET", "/status/ping", shop_signature=call.headers["shop-signature"].upper())
    assert answer.status == 401


def test_an_account_that_is_not_active_is_told_so(sandbox, seller):
    sandbox.kaufland.active = False
    answer = seller.get("/status/ping")
    assert (answer.status, answer.json()["type"]) == (401, "/problems/inactive-account")


def test_partners_sign_a_second_time_with_their_own_secret(sandbox, seller):
    def headers(key, secret):
        call = seller.call("GET", "/status/ping")
        timestamp = call.headers["shop-timestamp"]
        signature = seller.sign(secret, "GET", call.url, b"", timestamp)
        return {"shop_partner_client_key": key, "shop_partner_signature": signature}

    good = headers(sandbox.partner_key, sandbox.partner_secret)
    assert seller("GET", "/status/ping", **good).status == 200
    for wrong, problem in [
        (headers("nobody", sandbox.partner_secret), "/problems/invalid-credentials"),
        (headers(sandbox.partner_key, sandbox.secret_key), "/problems/corrupted-signature"),
        ({"shop_partner_client_key": sandbox.partner_key}, "/problems/missing-or-invalid-request-header"),
    ]:
        answer = seller("GET", "/status/ping", **wrong)
        assert (answer.status, answer.json()["type"]) == (401, problem)


def test_the_112th_call_within_a_second_is_too_many(sandbox, seller):
    assert [seller.get("/status/ping").status for _ in range(112)] == [200] * 111 + [429]
    assert "retry-after" not in seller.get("/status/ping").headers
    sandbox.clock.advance(0.999)
    assert seller.get("/status/ping").status == 429
    sandbox.clock.advance(0.001)
    assert seller.get("/status/ping").status == 200
    assert sandbox.kaufland.windows[sandbox.client_key].peak == 111


@pytest.mark.parametrize(("switch", "value"), [("seconds", "1"), ("date", "Tue, 01 Sep 2026 08:00:01 GMT")])
def test_retry_after_is_a_switch(make, seller_of, switch, value):
    seller = seller_of(make(kaufland_retry_after=switch))
    answers = [seller.get("/status/ping") for _ in range(112)]
    assert answers[-1].headers["retry-after"] == value


def test_unknown_paths_and_methods(seller):
    assert seller.get("/nothing").json() == {
        "type": "/problems/not-found",
        "message": "Resource /nothing not found.",
        "errors": [],
    }
    assert seller("DELETE", "/carriers").status == 405


def test_a_body_must_be_json_and_say_so(seller):
    path = "/order-units/1/send"
    assert seller("PATCH", path, {}, content_type="text/plain").json()["type"] == "/problems/bad-request"
    assert seller("PATCH", path, {}, content_type=None).status == 400
    answer = seller("PATCH", path, b'{"tracking_numbers": ')
    assert (answer.status, answer.json()["message"]) == (400, "The body is not JSON.")


def test_paths_may_end_with_a_slash(seller):
    assert seller.get("/status/ping/").status == 200


def test_unknown_parameters_are_ignored_or_refused(make, seller_of):
    assert seller_of(make()).get("/orders", status="open").status == 200
    answer = seller_of(make(unknown_parameters="refuse")).get("/orders", status="open")
    assert answer.status == 400
    assert answer.json()["errors"] == [{"field": "status", "message": "status is not a known parameter"}]
