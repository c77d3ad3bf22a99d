"""Real HTTP to this machine and nowhere else: how the sandbox's server delivers webhooks."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from .kaufland.push import echo
from .post import is_local
from .wire import Answer, Call

__all__ = ["deliver", "visit"]

LONGEST = 65_536
"""Bytes of an answer that are read."""


def deliver(call: Call) -> Answer | None:
    """Send a call to an address on this machine. Other addresses, and those with ``https``, get nothing: None.

    Redirects are not followed.

    Raises:
        OSError: Nobody answers there, or not in time.
    """
    if not is_local(call.url) or not call.url.lower().startswith("http:"):
        return None
    try:
        return _exchange(call)
    except (http.client.HTTPException, ValueError) as error:  # no HTTP, or no address that HTTP can call
        raise ConnectionError(str(error)) from error


def _exchange(call: Call) -> Answer:
    parts = urlsplit(call.url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    began = time.monotonic()
    connection = http.client.HTTPConnection(host, parts.port or 80, timeout=call.timeout)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(call.method, target, call.body or None, {**call.headers, "Host": parts.netloc})
        given = connection.getresponse()
        body = given.read(LONGEST)
    finally:
        connection.close()
    return Answer(status=given.status, body=body, delay=time.monotonic() - began)


def visit(call: Call) -> Answer:
    """Verify an address: by a real call if it is on this machine, else by taking it as good.

    Raises:
        OSError: Nobody answers there, or not in time.
    """
    return deliver(call) or echo(call)
