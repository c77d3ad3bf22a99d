"""The sandbox as a server on this machine: both APIs behind path prefixes, and a status page."""

from __future__ import annotations

import html
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

from . import Sandbox
from .wire import Answer, Call, Unanswered

__all__ = ["Server", "serve"]

ADDRESS = "127.0.0.1"
POLL = 0.02
"""Seconds until the server notices that it is to stop."""


class Server:
    """A running server. As a context manager it stops at the end.

    Base URLs are `kaufland_url` (``…/kaufland/v2``) and `shoptet_url` (``…/shoptet``, paths start with
    ``/api/``). It listens on the loopback address only.
    """

    def __init__(self, sandbox: Sandbox, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"sandbox": sandbox})
        self._server = ThreadingHTTPServer((ADDRESS, port), handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(POLL,), name="sandbox", daemon=True)
        self._thread.start()
        sandbox.shoptet.result_base = self.shoptet_url

    @property
    def url(self) -> str:
        """Where the status page is."""
        return f"http://{ADDRESS}:{self._server.server_address[1]}"

    @property
    def kaufland_url(self) -> str:
        """Base URL of Kaufland's API."""
        return self.url + "/kaufland/v2"

    @property
    def shoptet_url(self) -> str:
        """Base URL of Shoptet's API."""
        return self.url + "/shoptet"

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        self._thread.join()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """The running server."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.close()


def serve(sandbox: Sandbox, port: int = 0) -> Server:
    """Start a server for a sandbox; port 0 takes any free one.

    Callers from outside sign with the time of day, so the sandbox should have a running clock:
    ``Sandbox(Clock(datetime.now(UTC), running=True))``.
    """
    return Server(sandbox, port)


class _Handler(BaseHTTPRequestHandler):
    sandbox: Sandbox
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True  # else a body waits 40 ms behind its headers

    def _answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if self.path == "/":
            self._send(Answer(status=200, headers={"content-type": "text/html"}, body=_page(self.sandbox)))
            return
        call = Call(
            method=self.command,
            url=f"http://{self.headers.get('host', '')}{self.path}",
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        try:
            with self.sandbox.connect(call) as connection:
                given = connection.answer()
                time.sleep(given.delay)
        except Unanswered:
            self.close_connection = True
            return
        self._send(given)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names of the base class

    def _send(self, given: Answer) -> None:
        self.send_response_only(given.status)
        headers = {"content-length": str(len(given.body)), **given.headers}
        if given.status == 204:
            del headers["content-length"]
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(given.body)
        if headers.get("content-length", "0") != str(len(given.body)):
            self.close_connection = given.status != 204

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _page(sandbox: Sandbox) -> bytes:
    with sandbox.clock.lock:
        rows = [
            ("Clock", sandbox.clock.now().isoformat(timespec="seconds")),
            ("Kaufland orders", str(len(sandbox.kaufland.orders))),
            ("Kaufland offers", str(len(sandbox.kaufland.offers))),
            ("Shoptet orders", str(len(sandbox.shoptet.orders))),
            ("Shoptet variants", str(len(sandbox.shoptet.variants))),
            ("Calls", str(len(sandbox.log))),
            *(
                (f"{api} {method} {path}", str(number))
                for (api, method, path), number in sandbox.counts().items()
            ),
        ]
    cells = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(value)}</td></tr>" for name, value in rows
    )
    page = f"<!doctype html><title>Sandbox</title><h1>Sandbox</h1><table>{cells}</table>"
    return page.encode()
