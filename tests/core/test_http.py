"""The one module that knows the HTTP library."""

from __future__ import annotations

from importlib.metadata import version

import anyio
import httpx
import pytest
from attrs import evolve

from kaufland_shoptet import KAUFLAND, SHOPTET, UNSET, AsyncKaufland, InMemory, Kaufland, Reply
from kaufland_shoptet import _http as http
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet._http import Wire
from kaufland_shoptet.errors import NoAnswer, NotFound, NotSent, UnexpectedAnswer

GET = Endpoint(KAUFLAND, "GetThing", "GET", "/things", None)
PUT = Endpoint(KAUFLAND, "PutThing", "PUT", "/things", None, repeat="idempotent").request((), {}, {"a": 1})


def good(wire):
    return Reply(204)


@pytest.fixture
def failing(colour, kaufland, async_kaufland):
    """What a client of any colour raises when its transport raises *error*."""

    def fail(transport):
        with pytest.raises(NoAnswer) as caught:
            if colour == "blocking":
                kaufland(transport, attempts=1).run(GET.request())

            async def main():
                async with async_kaufland(transport, attempts=1) as client:
                    await client.run(GET.request())

            anyio.run(main, backend=colour)
        return caught.value

    return fail


# Failures.


@pytest.mark.parametrize(
    ("event", "kind", "reason"),
    [
        (ConnectionRefusedError, NotSent, "the connection failed (ConnectError)"),
        (ConnectionResetError, NoAnswer, "the connection failed (ReadError)"),
        (ConnectionError, NoAnswer, "the connection failed (ReadError)"),
        (TimeoutError, NoAnswer, "timed out (ReadTimeout)"),
    ],
)
def test_what_a_handler_raises_stands_for_what_a_network_does(failing, event, kind, reason):
    def handler(wire):
        raise event

    error = failing(handler)
    assert type(error) is kind
    assert str(error) == f"GET /things: {reason}"
    assert type(error.__cause__).__name__ in reason
    assert error.__cause__.__cause__ is error.__cause__.__context__ is error.__cause__.__traceback__ is None


@pytest.mark.parametrize(
    ("event", "kind", "reason"),
    [
        (httpx.ConnectError, NotSent, "the connection failed (ConnectError)"),
        (httpx.ConnectTimeout, NotSent, "timed out (ConnectTimeout)"),
        (httpx.PoolTimeout, NotSent, "timed out (PoolTimeout)"),
        (httpx.UnsupportedProtocol, NotSent, "the connection failed (UnsupportedProtocol)"),
        (httpx.ProxyError, NotSent, "the connection failed (ProxyError)"),
        (httpx.ReadTimeout, NoAnswer, "timed out (ReadTimeout)"),
        (httpx.WriteTimeout, NoAnswer, "timed out (WriteTimeout)"),
        (httpx.WriteError, NoAnswer, "the connection failed (WriteError)"),
        (httpx.RemoteProtocolError, NoAnswer, "the connection failed (RemoteProtocolError)"),
    ],
)
def test_what_never_left_is_told_apart_from_what_may_have_arrived(failing, event, kind, reason):
    def handler(request):
        raise event("https://secret.example/?email=jan@example.cz")

    error = failing(httpx.MockTransport(handler))
    assert type(error) is kind
    assert str(error) == f"GET /things: {reason}"


def test_an_answer_that_cannot_be_unpacked_is_no_answer(failing):
    def handler(wire):
        return Reply(200, {"content-encoding": "gzip"}, b"this is not gzip")

    error = failing(handler)
    assert type(error) is NoAnswer
    assert str(error) == "GET /things: the answer is damaged (DecodingError)"


def test_nobody_at_home_is_not_sent():
    nowhere = Kaufland("k" * 32, "s" * 64, base_url="http://127.0.0.1:9", attempts=1, timeout=5)
    with nowhere, pytest.raises(NotSent, match=r"the connection failed \(ConnectError\)"):
        nowhere.run(GET.request())


def test_other_failures_of_a_handler_are_mistakes_and_pass_through(kaufland):
    def handler(wire):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        kaufland(handler).run(GET.request())


# What is sent.


class Mirror:
    def __init__(self, reply=None):
        self.wires = []
        self.reply = reply or Reply(204)

    def __call__(self, wire):
        self.wires.append(wire)
        return self.reply


def test_the_headers_of_a_request(kaufland):
    mirror = Mirror()
    client = kaufland(mirror)
    client.run(GET.request())
    client.run(PUT)
    read, write = (dict(wire.headers) for wire in mirror.wires)
    assert read["accept"] == "application/json"
    assert read["user-agent"] == f"Inhouse_development kaufland-shoptet/{version('kaufland-shoptet')}"
    assert read["host"] == "sellerapi.kaufland.com"
    assert "content-type" not in read
    assert write["content-type"] == "application/json"
    assert write["content-length"] == "7"
    assert [wire.body for wire in mirror.wires] == [b"", b'{"a":1}']


def test_software_may_name_itself(kaufland):
    mirror = Mirror()
    kaufland(mirror, user_agent="acme/2").run(GET.request())
    assert mirror.wires[0].headers["user-agent"] == "acme/2"


def test_the_time_out_goes_with_the_request(kaufland):
    mirror = Mirror()
    kaufland(mirror, timeout=7).run(GET.request())
    assert mirror.wires[0].timeout == 7


def test_a_wire_does_not_show_what_it_carries():
    wire = Wire("GET", "https://x.cz/a?email=jan@example.cz", {"Shop-Signature": "secret"}, b"secret", 3.0)
    assert repr(wire) == "Wire(method='GET', url='https://x.cz/a', timeout=3.0)"


def test_a_request_without_time_out_has_none():
    seen = []

    def handler(wire):
        seen.append(wire.timeout)
        return Reply(204)

    InMemory(handler).handle_request(httpx.Request("GET", "https://x.cz/"))
    assert seen == [None]


# What comes back.


def test_headers_are_known_by_their_lower_case_names(kaufland):
    mirror = Mirror(Reply(200, {"X-Request-ID": "R1", "Content-Type": "text/plain"}, b"Pong"))
    reply = kaufland(mirror).raw(GET.request())
    assert (reply.status, reply.body, reply.request_id) == (200, b"Pong", "R1")
    assert reply.headers["content-type"] == "text/plain"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_for_it_would_carry_the_keys_along(play, status):
    mirror = Mirror(Reply(status, {"location": "https://elsewhere.example/"}))
    with pytest.raises(UnexpectedAnswer, match=f"{status}: a redirect, which is not followed"):
        play(GET.request(), mirror, attempts=1)
    assert [wire.url for wire in mirror.wires] == ["https://sellerapi.kaufland.com/v2/things"]


# Transports.


def test_each_colour_of_client_takes_its_colour_of_transport():
    class OnlyBlocking(httpx.BaseTransport):
        pass

    class OnlyAsynchronous(httpx.AsyncBaseTransport):
        pass

    with pytest.raises(TypeError, match="a blocking client takes a blocking httpx transport"):
        Kaufland("k" * 32, "s" * 64, transport=OnlyAsynchronous())
    with pytest.raises(TypeError, match="an asynchronous client takes an asynchronous httpx transport"):
        AsyncKaufland("k" * 32, "s" * 64, transport=OnlyBlocking())


def test_all_clients_share_one_tls_context():
    with Kaufland("k" * 32, "s" * 64) as one, Kaufland("k" * 32, "s" * 64) as other:
        transports = [client._driver.lines[KAUFLAND].http._client._transport for client in (one, other)]
        contexts = [transport._pool._ssl_context for transport in transports]
    assert contexts[0] is contexts[1] is http._tls()


def test_a_client_with_a_transport_of_its_own_needs_no_tls_context(monkeypatch, kaufland):
    monkeypatch.setattr(http, "_tls", lambda: pytest.fail("a context was made"))
    kaufland(good).run(GET.request())


def test_a_closed_client_sends_nothing(kaufland):
    client = kaufland(good)
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.run(GET.request())


def test_a_closed_client_stays_closed(kaufland, async_kaufland):
    client = kaufland(good)
    client.run(GET.request())
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.run(GET.request())

    async def main():
        unused = async_kaufland(good)
        await unused.close()
        with pytest.raises(RuntimeError, match="closed"):
            await unused.run(GET.request())

    anyio.run(main)


def test_headers_that_come_twice_are_joined(kaufland):
    class Twice(httpx.BaseTransport):
        def handle_request(self, request):
            headers = [(b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"X-Name", "Žofie".encode())]
            return httpx.Response(200, headers=headers, content=b"{}")

    reply = kaufland(Twice()).raw(GET.request())
    assert reply.headers["set-cookie"] == "a=1, b=2"
    assert reply.headers["x-name"] == "Žofie"


def test_lengths_are_told_as_a_server_expects_them(kaufland):
    told = []

    def handler(wire):
        told.append((wire.method, wire.headers.get("content-length"), wire.headers["host"]))
        return Reply(204)

    client = kaufland(handler, base_url="https://sandbox.example:8443/v2")
    for method, body in (("GET", UNSET), ("POST", UNSET), ("PATCH", {"a": 1}), ("DELETE", UNSET)):
        client.raw(evolve(GET, method=method).request(body=body))
    host = "sandbox.example:8443"
    assert told == [("GET", None, host), ("POST", "0", host), ("PATCH", "7", host), ("DELETE", None, host)]


def test_the_same_transport_serves_both_colours(kaufland, async_kaufland):
    transport = InMemory(lambda wire: Reply(404))
    with pytest.raises(NotFound):
        kaufland(transport).run(GET.request())

    async def main():
        async with async_kaufland(transport) as client:
            with pytest.raises(NotFound):
                await client.run(GET.request())

    anyio.run(main)


def test_both_apis_are_reached_over_https():
    assert KAUFLAND.base_url.startswith("https://")
    assert SHOPTET.base_url.startswith("https://")
