"""What a connection must not do: carry keys elsewhere, go without TLS, or bring more than is read."""

from __future__ import annotations

import gzip
import logging
import ssl
import zlib

import anyio
import httpx
import pytest

from kaufland_shoptet import (
    KAUFLAND,
    SHOPTET,
    AsyncKaufland,
    AsyncShoptet,
    AsyncShoptetAddon,
    InMemory,
    Kaufland,
    Reply,
    Shoptet,
    ShoptetAddon,
)
from kaufland_shoptet import _http as http
from kaufland_shoptet._core.exchange import Policy
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet._core.rows import Download, RowLimits
from kaufland_shoptet.errors import (
    AnswerTooLarge,
    KauflandShoptetError,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    SettingsError,
    UnexpectedAnswer,
)

pytestmark = pytest.mark.filterwarnings(
    # httpx leaves it to the event loop to end what it has not read to its end, and trio complains.
    r"ignore:Exception ignored in. <async_generator object:pytest.PytestUnraisableExceptionWarning"
)

KEY, SECRET, TOKEN = "c" * 32, "5" * 64, "TokenOfTheShop" * 3
OAUTH = "OauthTokenOfTheShop" * 12
MINT = "https://partner.myshoptet.com/action/ApiOAuthServer/getAccessToken"
RAW = Endpoint(KAUFLAND, "GetThing", "GET", "/things", bytes).request()
WRITE = Endpoint(KAUFLAND, "PutThing", "PUT", "/things", None, repeat="idempotent").request((), {}, {"a": 1})
SHOP = Endpoint(SHOPTET, "getThing", "GET", "/api/things", bytes).request()


def answered(body, *headers, status="200 OK", length=True):
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


# Where keys go.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_gets_no_request_at_all(ask, serve, status):
    elsewhere = serve(answered(b"{}"))
    door = serve(answered(b"", f"Location: {elsewhere.url}/x", status=f"{status} Moved"))
    for clients, flow, keys in (
        ((Kaufland, AsyncKaufland), RAW, (KEY, SECRET)),
        ((Shoptet, AsyncShoptet), SHOP, (TOKEN,)),
    ):
        with pytest.raises(UnexpectedAnswer, match="a redirect, which is not followed"):
            ask(*clients, flow, *keys, base_url=door.url, attempts=1)
    assert len(door.came) == 2
    assert elsewhere.came == []


def test_a_redirect_to_no_address_is_a_failure_like_others(ask, serve):
    door = serve(answered(b"", "Location: https://[::/", status="302 Found"))
    with pytest.raises(NoAnswer, match="the connection failed"):
        ask(Kaufland, AsyncKaufland, RAW, KEY, SECRET, base_url=door.url, attempts=1)


def test_where_tokens_are_made_no_redirect_is_followed_either(ask, serve):
    elsewhere = serve(answered(b"{}"))
    mint = serve(answered(b"", f"Location: {elsewhere.url}/x", status="307 Moved"))
    url = f"{mint.url}/action/ApiOAuthServer/getAccessToken"
    with pytest.raises(KauflandShoptetError):
        ask(Shoptet, AsyncShoptet, SHOP, oauth_token=OAUTH, token_url=url, base_url=mint.url, attempts=1)
    assert OAUTH.encode() in mint.came[0]
    assert elsewhere.came == []


@pytest.mark.parametrize(
    "url",
    [
        "http://sellerapi.kaufland.com/v2",
        "http://localhost.evil.example",
        "http://localhost:pw@evil.example/",
        "https://me:secret@sellerapi.kaufland.com",
        "https://sellerapi.kaufland.com/v2?x=",
        "https://sellerapi.kaufland.com/v2#",
        "https://sellerapi.kaufland.com\\@evil.example",
        "https://sellerapi.kaufland.com/\r\nX: y",
        "https://sellerapi.kaufland.com:port/",
        "https://[::/",
        "https:///v2",
        "ftp://127.0.0.1/",
        "sellerapi.kaufland.com",
        "https://käufland.com",
    ],
)
def test_keys_go_to_a_protected_address_only(url):
    for client, arguments in ((Kaufland, (KEY, SECRET)), (AsyncKaufland, (KEY, SECRET)), (Shoptet, (TOKEN,))):
        with pytest.raises(SettingsError, match="base_url: this is not an address that keys may be sent to"):
            client(*arguments, base_url=url)
    path = "/action/ApiOAuthServer/token"
    for client in (ShoptetAddon, AsyncShoptetAddon):
        with pytest.raises(SettingsError, match="exchange_url"):
            client("id", redirect_uri="https://x.cz/", exchange_url=url + path)
    with pytest.raises(SettingsError, match="token_url"):
        Shoptet(oauth_token=OAUTH, token_url=url)


@pytest.mark.parametrize(
    "url", ["https://x.example/v2", "http://127.0.0.1:8080", "http://[::1]:80/", "http://localhost/a"]
)
def test_this_machine_and_https_get_keys(url):
    Kaufland(KEY, SECRET, base_url=url).close()


def test_an_address_that_is_too_long_is_not_sent(ask):
    asked = Endpoint(KAUFLAND, "GetThing", "GET", "/things", bytes).request((), {"ids": "1" * 70_000})
    with pytest.raises(NotSent, match="its address is longer than any can be"):
        ask(Kaufland, AsyncKaufland, asked, KEY, SECRET, attempts=1)


@pytest.mark.parametrize("bad", ["acme\r\nX-Evil: 1", "acme\n", "\x00", " ", "žofie"])
def test_nothing_can_be_smuggled_into_a_header(bad):
    with pytest.raises(SettingsError, match="user_agent"):
        Kaufland(KEY, SECRET, user_agent="a" + bad if bad.strip() else bad)
    with pytest.raises(SettingsError) as caught:
        Shoptet(oauth_token=OAUTH + bad + OAUTH, token_url=MINT)
    assert OAUTH not in str(caught.value)


def test_a_token_that_no_header_can_carry_is_not_taken(ask):
    def handler(wire):
        return Reply(200, {}, b'{"access_token": "a\\r\\nX-Evil: 1", "expires_in": 1800}')

    with pytest.raises(KauflandShoptetError, match="no token came back"):
        ask(
            Shoptet,
            AsyncShoptet,
            SHOP,
            oauth_token=OAUTH,
            token_url=MINT,
            transport=InMemory(handler),
            attempts=1,
        )


# TLS.


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(
    ask, serve, untrusted, colour
):
    door = serve(answered(b"{}"), tls=untrusted)
    with pytest.raises(NotSent, match="ConnectError") as caught:
        ask(Kaufland, AsyncKaufland, RAW, KEY, SECRET, base_url=door.url, attempts=1, timeout=5)
    if colour != "trio":  # which tells nothing
        assert "certificate" in str(caught.value.__cause__).lower()
    assert door.came == []


def test_names_and_certificates_are_checked():
    context = http._tls()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_proxies_of_the_environment_do_not_hear_what_stays_on_this_machine(ask, serve, monkeypatch):
    proxy = serve(answered(b"{}", status="502 Bad"))
    door = serve(answered(b"Pong"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert ask(Kaufland, AsyncKaufland, RAW, KEY, SECRET, base_url=door.url, attempts=1) == b"Pong"
    assert proxy.came == []


def test_a_proxy_of_the_environment_sees_the_name_of_the_host_and_nothing_else(ask, serve, monkeypatch):
    proxy = serve(answered(b"", status="502 Bad"))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    with pytest.raises(NotSent, match="ProxyError"):
        ask(Kaufland, AsyncKaufland, RAW, KEY, SECRET, attempts=1, timeout=5)
    assert b"CONNECT sellerapi.kaufland.com:443" in proxy.came[0]
    assert KEY.encode() not in proxy.came[0]


# Size.

LIMIT = 100_000


def packed(size, how):
    zeros = b"0" * size
    return gzip.compress(zeros) if how == "gzip" else zlib.compress(zeros)


def fetched(ask, server, flow=RAW, **options):
    return ask(
        Kaufland, AsyncKaufland, flow, KEY, SECRET, base_url=server.url, attempts=3, largest=LIMIT, **options
    )


def test_an_answer_of_the_largest_size_is_read(ask, serve):
    assert len(fetched(ask, serve(answered(b"0" * LIMIT)))) == LIMIT


@pytest.mark.parametrize("how", ["gzip", "x-gzip", "deflate"])
def test_a_packed_answer_is_unpacked_up_to_that_size(ask, serve, how):
    body = packed(LIMIT, how.removeprefix("x-"))
    assert fetched(ask, serve(answered(body, f"Content-Encoding: {how}"))) == b"0" * LIMIT


@pytest.mark.parametrize("how", ["plain", "no length", "gzip", "deflate"])
def test_a_larger_answer_is_an_error_and_not_asked_for_again(ask, serve, how):
    body = b"0" * (LIMIT + 1) if how in ("plain", "no length") else packed(1 << 28, how)
    headers = [f"Content-Encoding: {how}"] if how in ("gzip", "deflate") else []
    server = serve(answered(body, *headers, length=how != "no length"))
    with pytest.raises(AnswerTooLarge, match=f"more than {LIMIT} bytes"):
        fetched(ask, server)
    assert len(server.came) == 1


def test_a_write_with_too_large_an_answer_is_in_doubt(ask, serve):
    with pytest.raises(OutcomeUnknown) as caught:
        fetched(ask, serve(answered(b"0" * (LIMIT + 1))), WRITE)
    assert isinstance(caught.value.__cause__, AnswerTooLarge)


@pytest.mark.parametrize(
    ("how", "body"),
    [
        ("br", b"\x1b\x00\x00"),
        ("zstd", b"(\xb5/\xfd"),
        ("gzip, gzip", packed(10, "gzip")),
        ("gzip", packed(LIMIT, "gzip")[:-9]),
        ("gzip", b"this is not gzip"),
    ],
)
def test_what_cannot_be_unpacked_is_no_answer(ask, serve, how, body):
    with pytest.raises(NoAnswer, match="the answer is damaged"):
        ask(
            Kaufland,
            AsyncKaufland,
            RAW,
            KEY,
            SECRET,
            base_url=serve(answered(body, f"Content-Encoding: {how}")).url,
            attempts=1,
        )


def test_answers_without_a_body_need_not_be_packed(ask, serve):
    assert fetched(ask, serve(answered(b"", "Content-Encoding: gzip"))) == b""


def test_where_tokens_are_made_the_same_limit_holds(ask, serve):
    mint = serve(answered(packed(1 << 28, "gzip"), "Content-Encoding: gzip"))
    url = f"{mint.url}/action/ApiOAuthServer/getAccessToken"
    with pytest.raises(AnswerTooLarge):
        ask(Shoptet, AsyncShoptet, SHOP, oauth_token=OAUTH, token_url=url, base_url=mint.url, attempts=1)


def test_transports_in_memory_are_held_to_it_too():
    whole = httpx.MockTransport(lambda request: httpx.Response(200, content=b"0" * 11))
    packed_ = InMemory(lambda wire: Reply(200, {"content-encoding": "gzip"}, packed(1 << 28, "gzip")))
    for transport in (whole, packed_):
        client = Kaufland(KEY, SECRET, transport=transport, largest=10)
        with pytest.raises(AnswerTooLarge):
            client.run(RAW)

        async def main(transport=transport):
            async with AsyncKaufland(KEY, SECRET, transport=transport, largest=10) as client:
                with pytest.raises(AnswerTooLarge):
                    await client.run(RAW)

        anyio.run(main)


def test_a_packed_answer_of_a_transport_in_memory_is_unpacked_by_both():
    ping = gzip.compress(b'{"data": {"message": "hello"}}')
    transport = InMemory(lambda wire: Reply(200, {"content-encoding": "gzip"}, ping))
    assert Kaufland(KEY, SECRET, transport=transport).status.ping().message == "hello"

    async def main():
        async with AsyncKaufland(KEY, SECRET, transport=transport) as client:
            assert (await client.status.ping()).message == "hello"

    anyio.run(main)


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "٣", "1 1"])
def test_a_file_that_lies_about_its_length_is_read_all_the_same(length):
    rows = b'{"jobId": "a"}\n'

    file = Download(
        SHOPTET, "1xv8s4c", "https://1.myshoptet.com/api-results/x", dict[str, str], RowLimits(), Policy()
    )
    assert file.opened(200, {"content-length": length})
    assert list(file.feed(rows)) == [{"jobId": "a"}]


# Logs of the HTTP libraries.


def test_logs_of_the_http_library_show_no_header_and_no_private_value(ask, serve, caplog):
    caplog.set_level(logging.DEBUG)
    asked = Endpoint(KAUFLAND, "GetThing", "GET", "/things/{email}", bytes).request(
        ("a@x.cz",), {"phone": "777123456", "status": "open"}
    )
    server = serve(
        answered(b"Pong", "Set-Cookie: session=CookieOfTheServer", "Location: https://x.cz/?t=TheToken")
    )
    ask(Kaufland, AsyncKaufland, asked, KEY, SECRET, base_url=server.url, attempts=1)
    assert b"777123456" in server.came[0]
    for secret in ("CookieOfTheServer", "TheToken", KEY, "777123456", "x.cz"):
        assert secret not in caplog.text
    assert f"GET {server.url}/things/***?phone=***&status=open" in caplog.text
    assert "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, ***)" in caplog.text


def test_what_others_do_with_the_library_is_logged_as_ever(serve, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(answered(b"Pong", "X-Known: CookieOfTheServer"))
    with httpx.Client(trust_env=False) as client:
        client.get(f"{server.url}/?phone=777123456")
    assert "phone=777123456" in caplog.text
    assert "CookieOfTheServer" in caplog.text


def test_the_address_of_a_file_is_not_logged_for_it_is_a_key(serve, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(answered(b"{}\n"))
    with Shoptet(TOKEN, base_url=server.url) as client:
        driver_http = client._driver.lines[SHOPTET].http
        with driver_http.fetch(f"{server.url}/api-results/TheRandomPart", {}, 5) as (status, _, pieces):
            assert (status, b"".join(pieces)) == (200, b"{}\n")
    assert TOKEN.encode() not in server.came[0]
    assert "TheRandomPart" not in caplog.text
    assert "GET http://127.0.0.1/***" in caplog.text
