"""Who may call Shoptet's API, how often, and how answers are wrapped."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from kaufland_shoptet.sandbox import Call

PARTNER = "https://partner.myshoptet.com"


def exchange(merchant, how="json", **changes):
    add_on = merchant.sandbox.add_on
    fields = {
        "client_id": add_on.client_id,
        "client_secret": add_on.client_secret,
        "code": merchant.sandbox.installation_code,
        "grant_type": "authorization_code",
        "redirect_uri": add_on.redirect_uri,
        "scope": "api",
    } | changes
    body = urlencode(fields).encode() if how == "form" else fields
    return merchant("POST", "/action/ApiOAuthServer/token", body, headers={}, base=PARTNER)


def mint(merchant, token=None, base=PARTNER):
    headers = {"authorization": f"Bearer {token or merchant.sandbox.oauth_token}"}
    return merchant("GET", "/action/ApiOAuthServer/getAccessToken", headers=headers, base=base)


def with_token(merchant, token):
    return merchant("GET", "/api/orders", headers={"shoptet-access-token": token})


# -- tokens ----------------------------------------------------------------------------------------------


def test_a_call_without_token(merchant):
    answer = merchant("GET", "/api/orders", headers={})
    assert answer.status == 401
    assert merchant.errors(answer) == [("missing-access-token", "unknown")]


def test_the_private_token_goes_into_its_own_header(sandbox, merchant):
    token = sandbox.private_token
    assert merchant("GET", "/api/orders", headers={"shoptet-private-api-token": token}).status == 200
    for headers, code in [
        ({"shoptet-access-token": token}, "invalid-token"),
        ({"authorization": f"Bearer {token}"}, "missing-access-token"),
        ({"shoptet-private-api-token": "wrong"}, "invalid-token"),
    ]:
        answer = merchant("GET", "/api/orders", headers=headers)
        assert (answer.status, merchant.errors(answer)[0][0]) == (401, code)


@pytest.mark.parametrize("how", ["json", "form"])
def test_the_installation_code_is_exchanged_once(sandbox, merchant, how):
    answer = exchange(merchant, how)
    assert (answer.status, answer.json()) == (
        200,
        {
            "access_token": sandbox.oauth_token,
            "expires_in": None,
            "token_type": "Bearer",
            "scope": "api",
            "eshopId": 269953,
            "eshopUrl": "https://269953.myshoptet.com",
            "contactEmail": "obchod@example.com",
        },
    )
    again = exchange(merchant, how)
    assert (again.status, again.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("client_id", 401, "invalid_client"),
        ("client_secret", 401, "invalid_client"),
        ("code", 400, "invalid_grant"),
        ("grant_type", 400, "unsupported_grant_type"),
        ("redirect_uri", 400, "redirect_uri_mismatch"),
        ("scope", 400, "invalid_scope"),
    ],
)
def test_a_wrong_exchange_is_refused(merchant, name, status, error):
    answer = exchange(merchant, **{name: "wrong"})
    assert (answer.status, answer.json()) == (status, {"error": error})


def test_an_exchange_needs_fields(merchant):
    answer = merchant("POST", "/action/ApiOAuthServer/token", [], headers={}, base=PARTNER)
    assert answer.status == 401


def test_an_api_token_lives_half_an_hour(sandbox, merchant):
    answer = mint(merchant)
    assert (answer.status, answer.json()["expires_in"]) == (200, 1800)
    token = answer.json()["access_token"]
    assert re.fullmatch(r"269953-a-1-\w{32}", token)
    sandbox.clock.advance(1799)
    assert with_token(merchant, token).status == 200
    sandbox.clock.advance(1)
    expired = with_token(merchant, token)
    assert (expired.status, merchant.errors(expired)[0][0]) == (401, "expired-token")


def test_five_tokens_can_be_valid_at_the_same_time(sandbox, merchant):
    answers = [mint(merchant) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert answers[-1].json() == {"error": "maximum_tokens_reached"}
    sandbox.clock.advance(1800)
    assert mint(merchant).status == 200


def test_minting_needs_the_oauth_token(merchant):
    answer = mint(merchant, "wrong")
    assert (answer.status, answer.json()) == (401, {"error": "invalid_token"})
    assert merchant("GET", "/action/ApiOAuthServer/authorize", headers={}, base=PARTNER).status == 404


def test_a_suspended_add_on_is_shut_out(sandbox, merchant):
    token = mint(merchant).json()["access_token"]
    sandbox.shoptet.tokens.trouble = "addon_suspended"
    assert mint(merchant).json() == {"error": "addon_suspended"}
    answer = with_token(merchant, token)
    assert answer.status == 401
    assert answer.json()["errors"][0]["message"] == "Addon installation is not approved."
    assert merchant.get("/api/orders").status == 200


@pytest.mark.parametrize(
    ("switch", "served"),
    [("any", {"partner", "eshop", "other"}), ("partner", {"partner"}), ("eshop", {"eshop"})],
)
def test_which_host_serves_oauth_is_a_switch(make, merchant_of, switch, served):
    merchant = merchant_of(make(oauth_host=switch))
    hosts = {"partner": PARTNER, "eshop": "https://269953.myshoptet.com", "other": "https://x.myshoptet.com"}
    assert {name for name, base in hosts.items() if mint(merchant, base=base).status == 200} == served


def test_the_urls_of_oauth(sandbox):
    assert sandbox.oauth_exchange_url == PARTNER + "/action/ApiOAuthServer/token"
    assert sandbox.oauth_token_url == PARTNER + "/action/ApiOAuthServer/getAccessToken"


def test_rights_are_by_group_and_access(sandbox, merchant):
    sandbox.shoptet.denied.add(("orders", "write"))
    assert merchant.get("/api/orders").status == 200
    answer = merchant.order()
    assert (answer.status, merchant.errors(answer)) == (403, [("invalid-token-no-rights", "access-token")])


# -- envelope --------------------------------------------------------------------------------------------


def test_every_answer_carries_its_request_id(merchant):
    good, bad = merchant.get("/api/orders"), merchant("GET", "/api/orders", headers={})
    for answer in (good, bad):
        number = answer.json()["metadata"]["requestId"]
        assert answer.headers["x-request-id"] == number
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", number)
    assert good.json()["errors"] is None
    assert bad.json()["data"] is None
    assert good.headers["x-request-id"] != bad.headers["x-request-id"]


def test_unknown_paths_methods_and_parameters(merchant):
    assert merchant.errors(merchant.get("/api/nothing")) == [("endpoint-not-found", "/api/nothing")]
    assert merchant("PUT", "/api/orders").status == 405
    answer = merchant.get("/api/orders", externalCode="MA1B2C3", limit=1)
    assert (answer.status, merchant.errors(answer)) == (400, [("invalid-parameter", "externalCode")])
    assert answer.json()["errors"][0]["message"] == "Unsupported query parameters: externalCode, limit"
    assert merchant.get("/api/orders", language="cs").status == 200
    assert merchant.errors(merchant.get("/api/orders", statusId="x")) == [("invalid-parameter", "statusId")]
    missing = merchant.get("/api/orders/changes")
    assert (missing.status, merchant.errors(missing)) == (400, [("missing-parameter", "from")])


def test_a_plus_sign_must_be_encoded(merchant):
    call = merchant.call("GET", "/api/orders/changes?from=2026-08-01T00:00:00+0200")
    assert merchant.sandbox.handle(call).status == 400
    assert merchant.get("/api/orders/changes", **{"from": "2026-08-01T00:00:00+0200"}).status == 200


def test_a_body_must_be_json(merchant):
    answer = merchant("POST", "/api/orders", b"{")
    assert (answer.status, merchant.errors(answer)) == (422, [("invalid-request-data", "payload")])


# -- limits ----------------------------------------------------------------------------------------------


def test_the_bucket_fills_with_every_call_and_leaks(sandbox, merchant):
    def filling(answer):
        return answer.headers["x-ratelimit-bucket-filling"]

    assert [filling(merchant.get("/api/orders")) for _ in range(2)] == ["1/200", "2/200"]
    assert filling(merchant.order()) == "5/200"
    sandbox.clock.advance(0.05)
    assert filling(merchant.get("/api/orders/nothing")) == "6/200"
    sandbox.clock.advance(60)
    assert filling(merchant.get("/api/orders")) == "1/200"


def test_a_full_bucket_asks_for_a_wait_until_a_date(sandbox, merchant):
    answers = [merchant.get("/api/orders") for _ in range(201)]
    assert [answer.status for answer in answers] == [200] * 200 + [429]
    full = answers[-1]
    assert full.headers["x-ratelimit-bucket-filling"] == "200/200"
    assert full.headers["retry-after"] == "Tue, 01 Sep 2026 08:00:01 GMT"
    assert answers[-2].headers["x-ratelimit-bucket-filling"] == "200/200"
    sandbox.clock.advance(1)
    assert merchant.get("/api/orders").status == 200
    assert sandbox.shoptet.buckets["private"].peak == 200


def test_tokens_of_an_add_on_share_a_bucket_of_their_own(sandbox, merchant):
    tokens = [mint(merchant).json()["access_token"] for _ in range(2)]
    merchant.get("/api/orders")
    fillings = [with_token(merchant, token).headers["x-ratelimit-bucket-filling"] for token in tokens]
    assert fillings == ["1/200", "2/200"]


def test_costs_are_a_switch(make, merchant_of):
    merchant = merchant_of(make(bucket_costs=False))
    assert merchant.get("/api/orders").headers["x-ratelimit-bucket-filling"] == "0/200"


def test_a_fourth_connection_is_turned_away_without_json(sandbox, merchant):
    calls = [merchant.call("GET", f"/api/orders?page={number}") for number in range(1, 5)]
    open_ones = [sandbox.connect(call).__enter__() for call in calls]
    answers = [connection.answer() for connection in open_ones]
    assert [answer.status for answer in answers[:1] + answers[3:]] == [200, 429]
    assert answers[3].body.startswith(b"<html>")
    assert "retry-after" not in answers[3].headers
    for connection in open_ones:
        connection.__exit__(None, None, None)
    assert merchant.get("/api/orders").status == 200
    assert sandbox.shoptet.lines.peak == 4
    assert sandbox.log[-2].status == 429


def test_calls_without_token_and_to_kaufland_count_no_connections(sandbox, merchant, seller):
    calls = [Call(method="GET", url="https://api.myshoptet.com/api/orders")] * 5
    calls += [seller.call("GET", "/status/ping")] * 5
    open_ones = [sandbox.connect(call).__enter__() for call in calls]
    assert [connection.answer().status for connection in open_ones] == [401] * 5 + [200] * 5


def test_a_url_is_locked_while_it_is_written(sandbox, merchant, order_body):
    body = {"data": order_body("A")}
    with sandbox.connect(merchant.call("POST", "/api/orders", body)) as first:
        locked = merchant("POST", "/api/orders", {"data": order_body("B")})
        assert (locked.status, merchant.errors(locked)[0][0]) == (423, "locked")
        assert merchant.get("/api/orders").status == 200
        assert merchant.order("B", query={"suppressEmailSending": "true"}).status == 201
        assert first.answer().status == 201
    assert merchant.order("C").status == 201


def test_chance_and_time_make_ids_of_version_7(sandbox, merchant):
    first = merchant.get("/api/orders").headers["x-request-id"]
    sandbox.clock.advance(timedelta(days=1))
    assert merchant.get("/api/orders").headers["x-request-id"] > first
