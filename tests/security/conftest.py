"""A server that answers whatever bytes it is told to, in the clear or over TLS, and keeps what came."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress

import anyio
import pytest

SELF_SIGNED = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfisx7E6Pkhe8Kt6n
M+KQ51Eo+BpOw4wYL4valUKmHJ2hRANCAAQlusLi8G4ez9P/3F817fnvcnHczw7a
CU8o019/0m9F0ZSP16/1unX/yJNnRv14sxlXPfmTZje+0TLWD0AbIS19
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUOQ4o+eDbVmNTcbi1qc/44kYrpK0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODE5MDMxN1oYDzIxMjYxMTA0
MTkwMzE3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQlusLi8G4ez9P/3F817fnvcnHczw7aCU8o019/0m9F0ZSP16/1unX/
yJNnRv14sxlXPfmTZje+0TLWD0AbIS19o28wbTAdBgNVHQ4EFgQU37itui+xR4QB
aqRPYgboYK3x69owHwYDVR0jBBgwFoAU37itui+xR4QBaqRPYgboYK3x69owDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAJu04N6bxeFicQv1pM1Lphtn/K5f9Ak3LaUYSoDT18lHAiBu
bI7QrhlCi1Ly5wUC452DYzD9F5EdUJPho3jrKP1x2Q==
-----END CERTIFICATE-----
"""
"""Made for these tests, for 127.0.0.1; nobody trusts it, and it protects nothing."""


class RawServer:
    """Answers each connection's first request with *answer*; :attr:`came` is what arrived."""

    def __init__(self, answer, tls=None):
        self.came = []
        self._answer = answer
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(10)
                self._talk(self._tls.wrap_socket(connection, server_side=True) if self._tls else connection)

    def _talk(self, connection):
        got = b""
        while b"\r\n\r\n" not in got:
            piece = connection.recv(65536)
            if not piece:
                return
            got += piece
        self.came.append(got)
        for piece in self._answer:
            connection.sendall(piece)

    def close(self):
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def serve():
    opened = []

    def make(*answer, tls=None):
        opened.append(RawServer(answer, tls))
        return opened[-1]

    yield make
    for server in opened:
        server.close()


@pytest.fixture
def untrusted(tmp_path):
    """The server's side of a TLS connection that no client should trust."""
    path = tmp_path / "self-signed.pem"
    path.write_text(SELF_SIGNED)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture(params=["blocking", "asyncio", "trio"])
def colour(request):
    return request.param


@pytest.fixture
def ask(colour):
    """Run a flow with a client of either kind: ``ask(Kaufland, AsyncKaufland, flow, *arguments)``."""

    def run(blocking, asynchronous, flow, *arguments, **options):
        if colour == "blocking":
            with blocking(*arguments, **options) as client:
                return client.run(flow)

        async def main():
            async with asynchronous(*arguments, **options) as client:
                return await client.run(flow)

        return anyio.run(main, backend=colour)

    return run
