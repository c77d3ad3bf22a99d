"""Who a client is to Shoptet."""

from __future__ import annotations

import json
import stat
import threading
from datetime import timedelta

import anyio
import pytest

from kaufland_shoptet import SHOPTET, AsyncShoptet, Reply, Shoptet, together
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet._http import Wire
from kaufland_shoptet.errors import AuthenticationError, NotSent, OutcomeUnknown, SettingsError, TokenError
from kaufland_shoptet.sandbox import Sandbox
from kaufland_shoptet.sandbox.sdk import on
from kaufland_shoptet.shoptet import tokens
from kaufland_shoptet.shoptet.tokens import (
    AddonToken,
    ApiToken,
    FileTokenStore,
    MemoryTokenStore,
    PrivateToken,
)

GET = Endpoint(SHOPTET, "getThing", "GET", "/api/things", None).request()
WRITE = Endpoint(SHOPTET, "createThing", "POST", "/api/things", None, repeat="never").request()
MINT = "https://partner.myshoptet.com/action/ApiOAuthServer/getAccessToken"
ADDON = {"oauth_token": "oauth-secret", "token_url": MINT}


class OAuth:
    """Shoptet's API and its OAuth server: tokens of 30 minutes, counted."""

    def __init__(self, clock):
        self.clock = clock
        self.minted = 0
        self.calls = []
        self.mints = []
        self.ends = {}
        self.answers = []
        self.refusals = []

    def __call__(self, wire):
        return self.mint(wire) if wire.url == MINT else self.call(wire)

    def mint(self, wire):
        self.mints.append(wire)
        assert wire.headers["Authorization"] == "Bearer oauth-secret"
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        self.minted += 1
        self.ends[f"token-{self.minted}"] = self.clock.now() + timedelta(seconds=1800)
        body = {"access_token": f"token-{self.minted}", "expires_in": 1800}
        return Reply(200, {}, json.dumps(body).encode())

    def call(self, wire):
        token = wire.headers["Shoptet-Access-Token"]
        self.calls.append(token)
        assert "Authorization" not in wire.headers
        if self.refusals:
            return refusal(*self.refusals.pop(0))
        if self.clock.now() >= self.ends[token]:
            return refusal("expired-token")
        return Reply(204)


def refusal(code, message="No"):
    body = {"data": None, "errors": [{"errorCode": code, "message": message, "instance": "unknown"}]}
    return Reply(401, {}, json.dumps(body).encode())


@pytest.fixture
def server(clock):
    return OAuth(clock)


# Private tokens.


def test_a_private_token_goes_in_its_header(shoptet):
    seen = []

    def handler(wire):
        seen.append(wire.headers)
        return Reply(204)

    client = shoptet(handler)
    client.run(GET)
    assert len(seen[0]["Shoptet-Private-API-Token"]) == 32
    assert "Shoptet-Access-Token" not in seen[0]


def test_a_private_token_is_not_renewed(shoptet):
    calls = []

    def handler(wire):
        calls.append(wire)
        return refusal("expired-token")

    with pytest.raises(AuthenticationError):
        shoptet(handler).run(GET)
    assert len(calls) == 1


# Add-ons.


def test_a_token_is_minted_once_and_used_for_its_whole_life(shoptet, server, clock):
    client = shoptet(server, **ADDON)
    for _ in range(3):
        client.run(GET)
    clock.sleep(1739)
    client.run(GET)
    assert server.minted == 1
    assert server.calls == ["token-1"] * 4


def test_a_token_is_renewed_a_minute_before_its_end(shoptet, server, clock):
    client = shoptet(server, **ADDON)
    client.run(GET)
    clock.sleep(1740)
    client.run(GET)
    assert server.calls == ["token-1", "token-2"]


@pytest.mark.parametrize("code", ["expired-token", "invalid-token"])
def test_a_token_that_is_refused_is_renewed_and_the_call_repeated_once(shoptet, server, code):
    server.refusals = [(code,)]
    shoptet(server, **ADDON).run(WRITE)
    assert server.calls == ["token-1", "token-2"]


def test_a_second_refusal_is_told(shoptet, server):
    server.refusals = [("expired-token",), ("expired-token",)]
    with pytest.raises(AuthenticationError, match="expired-token"):
        shoptet(server, **ADDON).run(GET)
    assert server.calls == ["token-1", "token-2"]


@pytest.mark.parametrize(
    "refused", [("invalid-token", "Addon installation is not approved."), ("missing-access-token",)]
)
def test_a_refusal_that_no_new_token_helps_is_told_at_once(shoptet, server, refused):
    server.refusals = [refused]
    with pytest.raises(AuthenticationError):
        shoptet(server, **ADDON).run(GET)
    assert server.calls == ["token-1"]
    assert server.minted == 1


def test_the_request_for_a_token_is_as_patient_as_the_call(shoptet, server):
    shoptet(server, **ADDON, timeout=7).run(GET)
    assert server.mints[0].timeout == 7


def test_clients_may_share_a_store(shoptet, server):
    store = MemoryTokenStore()
    shoptet(server, **ADDON, token_store=store).run(GET)
    shoptet(server, **ADDON, token_store=store).run(GET)
    assert server.calls == ["token-1", "token-1"]


def test_threads_mint_once(shoptet, server):
    client = shoptet(server, **ADDON, in_flight=8)
    start = threading.Barrier(8)

    def work():
        start.wait()
        client.run(GET)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.minted == 1
    assert server.calls == ["token-1"] * 8


def test_threads_whose_token_expired_renew_it_once(shoptet, server):
    client = shoptet(server, **ADDON, in_flight=8)
    client.run(GET)
    server.ends["token-1"] = server.clock.now()
    client.run(together([GET] * 8))
    assert server.minted == 2
    assert server.calls.count("token-2") == 8


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_tasks_mint_once_and_renew_once(anyio_backend, async_shoptet, server):
    async with async_shoptet(server, **ADDON, in_flight=8) as client:
        await client.run(together([GET] * 8))
        assert server.minted == 1
        server.ends["token-1"] = server.clock.now()
        await client.run(together([GET] * 8))
        assert server.minted == 2
        assert server.calls.count("token-2") == 8


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_an_asynchronous_client_is_refused_in_the_same_ways(anyio_backend, async_shoptet, server):
    async with async_shoptet(server, **ADDON) as client:
        server.refusals = [("missing-access-token",), ("expired-token",), ("expired-token",)]
        for _ in range(2):
            with pytest.raises(AuthenticationError):
                await client.run(GET)
        assert server.minted == 2


# The OAuth server refuses.


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            Reply(200, {}, b'{"error": "maximum_tokens_reached"}'),
            "maximum_tokens_reached: five API tokens are valid already; let all processes share one token",
        ),
        (Reply(400, {}, b'{"error": "addon_suspended"}'), "addon_suspended: the add-on is paused"),
        (
            Reply(200, {}, b'{"error": "addon_not_installed"}'),
            "addon_not_installed: the add-on is not installed",
        ),
        (Reply(401, {}, b""), "http-401: the OAuth token is not valid any more"),
        (Reply(503, {}, b"<html>"), "http-503: no token came back"),
        (Reply(200, {}, b"[]"), "http-200: no token came back"),
        (Reply(200, {}, b'{"access_token": "t"}'), "http-200: no token came back"),
        (Reply(200, {}, b'{"access_token": 1, "expires_in": 1800}'), "http-200: no token came back"),
    ],
)
def test_without_a_token_nothing_is_sent(shoptet, server, answer, text):
    server.answers = [answer]
    with pytest.raises(TokenError, match=f"^{text}"):
        shoptet(server, **ADDON).run(WRITE)
    assert server.calls == []


@pytest.mark.parametrize("event", [ConnectionRefusedError(), ConnectionResetError(), TimeoutError()])
def test_a_write_whose_token_did_not_come_was_not_sent_and_is_tried_again(shoptet, server, event):
    server.answers = [event]
    shoptet(server, **ADDON).run(WRITE)
    assert server.calls == ["token-1"]
    server.answers, server.ends, server.calls = [event] * 2, {}, []
    with pytest.raises(NotSent, match="while a token was fetched"):
        shoptet(server, **ADDON, attempts=2).run(WRITE)
    assert server.calls == []


def test_after_a_failure_to_mint_the_next_caller_is_not_locked_out(shoptet, server):
    client = shoptet(server, **ADDON)
    server.answers = [Reply(503)]
    with pytest.raises(TokenError):
        client.run(GET)
    client.run(GET)
    assert server.calls == ["token-1"]


def test_a_write_that_broke_off_after_the_token_came_is_in_doubt(shoptet, server):
    def handler(wire):
        if wire.url == MINT:
            return server(wire)
        raise ConnectionResetError

    with pytest.raises(OutcomeUnknown):
        shoptet(handler, **ADDON).run(WRITE)


# Where tokens come from.


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.myshoptet.com/action/ApiOAuthServer/getAccessToken",
        "http://127.0.0.1.evil.example/action",
        "http://127.0.0.1@evil.example/action",
        "https//partner.myshoptet.com",
        "partner.myshoptet.com",
        "ftp://127.0.0.1/",
    ],
)
def test_the_oauth_token_never_travels_unencrypted(url):
    with pytest.raises(SettingsError, match="token_url: the OAuth token would travel unencrypted"):
        Shoptet(oauth_token="secret", token_url=url)


def test_a_server_on_this_machine_needs_no_encryption(clock):
    AddonToken("secret", "http://127.0.0.1:8000/getAccessToken", MemoryTokenStore(), clock.now)


# Stores.


def test_the_module_shows_its_public_names_only():
    assert set(dir(tokens)) == set(tokens.__all__)


@pytest.fixture
def token(clock):
    return ApiToken("123-a-4-secret", clock.now() + timedelta(minutes=30))


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    return MemoryTokenStore() if request.param == "memory" else FileTokenStore(str(tmp_path / "token.json"))


def test_a_store_keeps_one_token(store, token):
    assert store.get() is None
    store.put(token)
    assert store.get() == token
    other = ApiToken("other", token.expires)
    store.put(other)
    assert store.get() == other
    store.put(None)
    assert store.get() is None
    store.put(None)


def test_stores_and_tokens_do_not_show_what_they_hold(store, token):
    store.put(token)
    assert "secret" not in repr(store) + repr(token) + repr(PrivateToken("secret"))


def test_a_token_is_usable_until_a_minute_before_its_end(token):
    assert token.usable(token.expires - timedelta(seconds=61))
    assert not token.usable(token.expires - timedelta(seconds=60))


def test_a_file_is_for_its_owner_only(tmp_path, token):
    store = FileTokenStore(tmp_path / "token.json")
    store.put(token)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["token.json"]


def test_a_file_changes_as_a_whole_or_not_at_all(tmp_path, token, monkeypatch):
    store = FileTokenStore(tmp_path / "token.json")
    store.put(token)

    def crash(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(json, "dump", crash)
    with pytest.raises(KeyboardInterrupt):
        store.put(ApiToken("half", token.expires))
    assert store.get() == token


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"token": "t"}',
        b'{"token": "t", "expires": "later"}',
        b'{"token": "t", "expires": 5}',
    ],
)
def test_a_file_that_cannot_be_read_counts_as_none(tmp_path, content):
    path = tmp_path / "token.json"
    path.write_bytes(content)
    assert FileTokenStore(path).get() is None


def test_a_time_without_a_zone_in_a_file_is_one_of_this_machine(tmp_path, clock):
    path = tmp_path / "token.json"
    path.write_text('{"token": "t", "expires": "2000-01-01T00:00:00"}')
    assert not FileTokenStore(path).get().usable(clock.now())


def test_processes_share_a_file(tmp_path, shoptet, server, clock):
    for _ in range(2):
        shoptet(server, **ADDON, token_store=FileTokenStore(tmp_path / "token.json")).run(GET)
    assert server.calls == ["token-1", "token-1"]
    clock.sleep(1800)
    shoptet(server, **ADDON, token_store=FileTokenStore(tmp_path / "token.json")).run(GET)
    assert server.minted == 2


def test_a_token_that_somebody_else_renewed_is_not_forgotten(clock, token):
    store = MemoryTokenStore()
    authority = AddonToken("oauth", MINT, store, clock.now)
    store.put(token)
    late = Wire("GET", "https://x", {"Shoptet-Access-Token": "older"}, b"")
    assert authority.refused(late, refusal("expired-token"))
    assert store.get() == token
    same = Wire("GET", "https://x", {"Shoptet-Access-Token": token.token}, b"")
    assert authority.refused(same, refusal("expired-token"))
    assert store.get() is None
    assert authority.refused(same, refusal("expired-token"))


# On the sandbox.


def test_an_add_on_lives_longer_than_its_tokens():
    sandbox = Sandbox.demo()
    keys = {"oauth_token": sandbox.oauth_token, "token_url": sandbox.oauth_token_url}
    with Shoptet(**keys, **on(sandbox)) as client:
        before = client.eshop.get()
        sandbox.clock.advance(timedelta(minutes=45))
        assert client.eshop.get() == before


def test_an_asynchronous_add_on_lives_longer_than_its_tokens():
    sandbox = Sandbox.demo()
    keys = {"oauth_token": sandbox.oauth_token, "token_url": sandbox.oauth_token_url}

    async def main():
        async with AsyncShoptet(**keys, **on(sandbox)) as client:
            before = await client.eshop.get()
            sandbox.clock.advance(timedelta(minutes=45))
            assert await client.eshop.get() == before

    anyio.run(main)
