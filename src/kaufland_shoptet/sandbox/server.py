"""The sandbox as a server on this machine: both APIs behind path prefixes, webhooks, a status page, controls."""

from __future__ import annotations

import json
import re
import select
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from . import Sandbox, control, loopback
from .kaufland.push import echo
from .page import POLICY, render
from .wire import Answer, Call, Json, TimedOut, Unanswered, answer

__all__ = ["Server", "serve"]

ADDRESS = "127.0.0.1"
POLL = 0.02
"""Seconds until the server notices that it is to stop."""
TICK = 0.1
"""Seconds between two looks at what the clock has due."""
SILENCE = 120.0
"""Seconds after which a connection that gets no answer is closed."""
LONGEST: Final = 65_536
"""Bytes that a control takes."""
LARGEST: Final = 1 << 26
"""Bytes that anything here takes."""


class Server:
    """A running server. As a context manager it stops at the end.

    Base URLs are `kaufland_url` (``…/kaufland/v2``) and `shoptet_url` (``…/shoptet``, paths start with
    ``/api/``). It listens on the loopback address only. Webhooks are delivered to addresses on this machine;
    those for other addresses are recorded and not sent. Behind ``/sandbox`` the sandbox is steered;
    `sandbox` is the present one, which ``POST /sandbox/reset`` replaces.
    """

    sandbox: Sandbox

    def __init__(self, sandbox: Sandbox, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"owner": self})
        self.stopping: Event = Event()
        self._server = ThreadingHTTPServer((ADDRESS, port), handler)
        self._server.daemon_threads = True
        self._carriers = ThreadPoolExecutor(8, "webhook")
        self._adopt(sandbox)
        self._threads = [
            Thread(target=self._server.serve_forever, args=(POLL,), name="sandbox", daemon=True),
            Thread(target=self._tick, name="clock", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _adopt(self, sandbox: Sandbox) -> None:
        sandbox.shoptet.result_base = self.shoptet_url
        if sandbox.post.receiver is None:
            sandbox.post.receiver = loopback.deliver
            sandbox.post.run = self._carry
        if sandbox.kaufland.push.visit is echo:
            sandbox.kaufland.push.visit = loopback.visit
        self.sandbox = sandbox

    def _carry(self, deliver: Callable[[], None]) -> None:
        """Deliver beside the calls; what is under way when the server stops is left waiting."""
        if not self.stopping.is_set():
            self._carriers.submit(deliver)

    def _tick(self) -> None:
        while not self.stopping.wait(TICK):
            self.sandbox.clock.catch_up()

    def reset(self) -> None:
        """Take the sandbox as it was in the beginning, with the same credentials."""
        self._adopt(self.sandbox.again())

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
        self._threads[0].join()

    def close(self) -> None:
        """Stop."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()
        self._carriers.shutdown(cancel_futures=True)

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
    owner: Server
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True  # else a body waits 40 ms behind its headers

    def handle(self) -> None:
        """Answer one connection; callers may go at any moment."""
        with suppress(ConnectionError):
            super().handle()

    def _answer(self) -> None:
        length = self.headers.get("content-length") or "0"
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > LARGEST:
            self.close_connection = True
            self._send(answer(413, {"error": f"a body has at most {LARGEST} bytes, and says how many"}))
            return
        body = self.rfile.read(int(length))
        path = urlsplit(self.path).path
        if self.headers.get("host") not in _names(self.owner):
            self._send(answer(403, {"error": "this is not the address of this server"}))
            return
        if path in ("/", "/sandbox") or path.startswith("/sandbox/"):
            self._send(_steer(self.owner, self.command, path, self._headers(), body))
            return
        call = Call(
            method=self.command,
            url=f"http://{self.headers.get('host', '')}{self.path}",
            headers=self._headers(),
            body=body,
        )
        try:
            with self.owner.sandbox.connect(call) as connection:
                given = connection.answer()
                time.sleep(given.delay)
        except Unanswered as event:
            if isinstance(event, TimedOut):
                self._be_silent()
            self.close_connection = True
            return
        self._send(given)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names of the base class

    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _be_silent(self) -> None:
        """Say nothing until the caller has had enough."""
        until = time.monotonic() + SILENCE
        while time.monotonic() < until and not self.owner.stopping.wait(POLL):
            if select.select([self.connection], [], [], 0)[0] and self._is_left():
                return

    def _is_left(self) -> bool:
        """Has the caller closed the connection?"""
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

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


# -- page and controls -----------------------------------------------------------------------------------


def _names(owner: Server) -> tuple[str, str]:
    """What this server is called. By another name comes a page elsewhere that has taken over our address."""
    own = urlsplit(owner.url)
    return own.netloc, f"localhost:{own.port}"


def _steer(owner: Server, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    """The status page, the status as JSON, or something that is done. Pages of other sites are kept out."""
    origin = headers.get("origin")
    if origin not in (None, *(f"http://{name}" for name in _names(owner))):
        return answer(403, {"error": "only pages of this server, under its own address, may do that"})
    if method == "GET" and path == "/":
        page = render(control.status(owner.sandbox), owner.kaufland_url, owner.shoptet_url)
        return Answer(
            status=200,
            headers={"content-type": "text/html; charset=utf-8", "content-security-policy": POLICY},
            body=page,
        )
    if method == "GET" and path == "/sandbox":
        return answer(200, control.status(owner.sandbox))
    name = path.removeprefix("/sandbox/")
    if method != "POST" or (name != "reset" and name not in control.DOORS):
        known = ", ".join(f"POST /sandbox/{door}" for door in (*control.DOORS, "reset"))
        return answer(404, {"error": f"there is GET /, GET /sandbox, {known}"})
    form = _is_form(headers, body)
    try:
        asked = _asked(body, form=form)
        given: Json = {} if name == "reset" else control.DOORS[name](owner.sandbox, asked)
    except control.Wrong as wrong:
        return answer(400, {"error": str(wrong)})
    if name == "reset":
        owner.reset()
    return Answer(status=303, headers={"location": "/"}) if form else answer(200, given)


def _is_form(headers: dict[str, str], body: bytes) -> bool:
    """Did the page send it? ``curl -d`` and others call JSON a form, too."""
    said = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return said and not body.lstrip().startswith(b"{")


def _asked(body: bytes, *, form: bool) -> Json:
    """What a control is asked for: JSON, or the fields of a form, where what looks like a number is one.

    Raises:
        Wrong: It is too long, or neither.
    """
    if len(body) > LONGEST:
        raise control.Wrong("the body is too long")
    if form:
        fields = parse_qsl(body.decode(errors="replace"))
        return {name: _typed(name, value) for name, value in fields}
    try:
        return json.loads(body or b"{}", parse_float=Decimal)
    except ValueError:
        raise control.Wrong("the body is not JSON") from None


_NUMBERS: Final = ("seconds", "nth", "times", "seed", "rate", "number", "amount")


def _typed(name: str, value: str) -> Json:
    if name == "clear":
        return value == "true"
    try:
        return json.loads(value, parse_float=Decimal) if name in _NUMBERS else value
    except ValueError:
        return value
