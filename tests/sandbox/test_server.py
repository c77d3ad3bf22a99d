"""The sandbox over real sockets."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
import time
from urllib.parse import urlsplit

import pytest

from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.server import serve


@pytest.fixture
def server(sandbox):
    with serve(sandbox) as running:
        yield running


@pytest.fixture
def fetch(server):
    def fetch(call):
        parts = urlsplit(call.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
        try:
            target = call.url.removeprefix(f"{parts.scheme}://{parts.netloc}")
            connection.request(call.method, target, call.body, dict(call.headers))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    return fetch


def test_it_listens_on_this_machine_only(server):
    assert urlsplit(server.url).hostname == "127.0.0.1"
    assert server.kaufland_url == server.url + "/kaufland/v2"
    assert server.shoptet_url == server.url + "/shoptet"


def test_kaufland_checks_the_url_that_was_signed(server, fetch, seller):
    call = seller.call(
        "GET", "/orders", query={"ts_created_from_iso": "2026-08-01T00:00:00Z"}, base=server.kaufland_url
    )
    status, _, body = fetch(call)
    assert (status, json.loads(body)["pagination"]["total"]) == (200, 28)
    from attrs import evolve

    status, _, body = fetch(evolve(call, url=call.url + "&limit=1"))
    assert json.loads(body)["type"] == "/problems/corrupted-signature"


def test_a_write_has_its_effect(server, fetch, sandbox, seller):
    unit = sandbox.kaufland.orders["MA1B2C3"].pieces[0]
    body = {"tracking_numbers": "1", "carrier_code": "PPL"}
    call = seller.call("PATCH", f"/order-units/{unit.id}/send", body, base=server.kaufland_url)
    status, headers, answer = fetch(call)
    assert (status, answer, unit.status) == (204, b"", "sent")
    assert "content-length" not in {name.lower() for name in headers}


def test_shoptet_and_its_oauth(server, fetch, sandbox, merchant, order_body):
    call = merchant.call("POST", "/api/orders", {"data": order_body()}, base=server.shoptet_url)
    assert fetch(call)[0] == 201
    token = {"authorization": f"Bearer {sandbox.oauth_token}"}
    path = "/action/ApiOAuthServer/getAccessToken"
    status, _, body = fetch(merchant.call("GET", path, base=server.shoptet_url, headers=token))
    assert (status, json.loads(body)["expires_in"]) == (200, 1800)
    assert sandbox.shoptet.result_base == server.shoptet_url


def test_the_status_page(server, fetch, merchant):
    fetch(merchant.call("GET", "/api/orders", base=server.shoptet_url))
    status, headers, body = fetch(merchant.call("GET", "/", base=server.url))
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"/api/orders</td>" in body
    assert b"http" not in body.replace(server.url.encode(), b"")  # it asks nobody else for anything
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert fetch(merchant.call("GET", "/favicon.ico", base=server.url))[0] == 404


def test_faults_are_felt(server, fetch, sandbox, seller):
    call = seller.call("GET", "/status/ping", base=server.kaufland_url)
    sandbox.faults.add(Fault(kind="reset"))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        fetch(call)
    sandbox.faults.add(Fault(kind="truncated"))
    with pytest.raises(http.client.IncompleteRead):
        fetch(call)
    sandbox.faults.add(Fault(kind="slow", seconds=0))
    assert fetch(call)[0] == 200


def test_a_caller_may_wait_in_vain(server, sandbox, seller):
    """A time-out is felt as one, before and after the effect: nothing comes until the caller has had enough."""
    sandbox.faults.add(Fault(kind="timeout"))
    sandbox.faults.add(Fault(kind="timeout_after", nth=2))
    unit = sandbox.kaufland.orders["MA1B2C3"].pieces[0]
    body = {"tracking_numbers": "1", "carrier_code": "PPL"}
    call = seller.call("PATCH", f"/order-units/{unit.id}/send", body, base=server.kaufland_url)
    for after in ("need_to_be_sent", "sent"):
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=0.2)
        connection.request("PATCH", urlsplit(call.url).path, call.body, dict(call.headers))
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
        assert unit.status == after


def test_who_waits_is_let_go_when_the_server_stops(sandbox, seller):
    sandbox.faults.add(Fault(kind="timeout"))
    with serve(sandbox) as server:
        call = seller.call("GET", "/status/ping", base=server.kaufland_url)
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=5)
        connection.request("GET", urlsplit(call.url).path, headers=dict(call.headers))
        while not sandbox.faults.struck:
            time.sleep(0.01)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()


def test_nobody_is_kept_waiting_for_ever(server, fetch, sandbox, seller, monkeypatch):
    monkeypatch.setattr("kaufland_shoptet.sandbox.server.SILENCE", 0.05)
    sandbox.faults.add(Fault(kind="timeout"))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        fetch(seller.call("GET", "/status/ping", base=server.kaufland_url))


def test_who_sends_more_is_kept_waiting_too(server, sandbox, seller):
    """What comes after a call that is not answered does not count as hanging up."""
    sandbox.faults.add(Fault(kind="timeout"))
    call = seller.call("GET", "/status/ping", base=server.kaufland_url)
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=0.2)
    connection.request("GET", urlsplit(call.url).path, headers=dict(call.headers))
    connection.sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()


@pytest.mark.parametrize("kind", ["timeout", "slow"])
def test_who_hangs_up_hard_is_let_go_without_a_word(server, sandbox, seller, kind, capfd):
    sandbox.faults.add(Fault(kind=kind, seconds=1))
    call = seller.call("GET", "/status/ping", base=server.kaufland_url)
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=5)
    connection.request("GET", urlsplit(call.url).path, headers=dict(call.headers))
    while not sandbox.faults.struck:
        time.sleep(0.01)
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    while any("process_request_thread" in thread.name for thread in threading.enumerate()):
        time.sleep(0.01)  # nobody waits for who has gone
    assert fetch_status(server) == 200
    assert capfd.readouterr().err == ""


def fetch_status(server):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=5)
    connection.request("GET", "/sandbox")
    with connection.getresponse() as answer:
        answer.read()
    connection.close()
    return answer.status


def test_it_serves_until_it_is_closed(sandbox):
    server = serve(sandbox)
    server.close()
    server.wait()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=1).request("GET", "/")
