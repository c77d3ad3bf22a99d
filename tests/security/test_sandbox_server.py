"""The sandbox's server is for this machine only, also when a page of another site calls it."""

from __future__ import annotations

import socket

import pytest

from kaufland_shoptet import Sandbox
from kaufland_shoptet.sandbox.server import LARGEST, serve


@pytest.fixture
def server():
    with serve(Sandbox.demo("three_pieces")) as running:
        yield running


def said(server, *lines):
    """The first line of the answer to a request that consists of *lines*."""
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        text = "\r\n".join([*lines, "Connection: close", "", ""]).replace("PORT", str(port))
        connection.sendall(text.encode())
        return connection.makefile("rb").readline().decode().strip()


def test_it_listens_to_this_machine_only(server):
    assert server._server.socket.getsockname()[0] == "127.0.0.1"


PATHS = ["/", "/sandbox", "/kaufland/v2/status/ping", "/shoptet/api/eshop", "/elsewhere"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:PORT", "127.0.0.1.evil.example:PORT", "127.0.0.1", ""]
)
def test_a_name_that_was_made_to_point_here_opens_nothing(server, path, host):
    assert said(server, f"GET {path} HTTP/1.1", f"Host: {host}") == "HTTP/1.1 403 Forbidden"
    assert server.sandbox.log == []


@pytest.mark.parametrize("host", ["127.0.0.1:PORT", "localhost:PORT"])
def test_its_own_names_are_answered(server, host):
    assert said(server, "GET / HTTP/1.1", f"Host: {host}") == "HTTP/1.1 200 OK"
    assert said(server, "GET /kaufland/v2/status/ping HTTP/1.1", f"Host: {host}").startswith("HTTP/1.1 401")


@pytest.mark.parametrize("length", ["-1", "x", "9" * 5000, "1_0", str(LARGEST + 1)])
def test_a_body_of_no_or_too_great_length_is_not_waited_for(server, length):
    lines = "POST /kaufland/v2/units HTTP/1.1", "Host: 127.0.0.1:PORT", f"Content-Length: {length}"
    assert said(server, *lines).startswith("HTTP/1.1 413")
