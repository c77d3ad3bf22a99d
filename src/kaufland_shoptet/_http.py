"""The only module that knows the HTTP library."""

from __future__ import annotations

import logging
import ssl
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from attrs import field, frozen

from ._core.exchange import Interrupted
from ._core.request import PRIVATE, Reply, Request
from .errors import NoAnswer, NotSent

# httpx imports its command line tool, and with it click, rich and pygments, wherever these are installed.
if "httpx" not in sys.modules:
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
    import httpx

    del sys.modules["httpx._main"]
else:
    import httpx

__all__ = ["Authority", "Handler", "InMemory", "Mint", "Transport", "Wire"]

Transport: TypeAlias = httpx.BaseTransport | httpx.AsyncBaseTransport
"""What a client can be given in place of the network: an httpx transport."""


def _without_values(record: logging.LogRecord) -> bool:
    """Httpx logs every address it calls; the values of private parameters are taken out of it."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            arg.copy_with(params=[(k, "***" if k in PRIVATE else v) for k, v in arg.params.multi_items()])
            if isinstance(arg, httpx.URL) and PRIVATE & set(arg.params)
            else arg
            for arg in record.args
        )
    return True


logging.getLogger("httpx").addFilter(_without_values)


@frozen
class Wire:
    """A request as it goes over the wire, for whoever signs or imitates it."""

    method: str
    url: str = field(repr=lambda url: repr(url.partition("?")[0]))
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    timeout: float | None = None
    """Seconds the sender waits for an answer."""


Handler: TypeAlias = Callable[[Wire], Reply]
"""Answers requests in memory. ``ConnectionError`` and ``TimeoutError`` stand for answers that never come,
``ConnectionRefusedError`` for requests that never left."""


class Authority(Protocol):
    """Who vouches for a request: headers computed from the request exactly as it is sent."""

    def headers(self, wire: Wire) -> dict[str, str]:
        """The headers that authenticate *wire*; called again for every attempt."""
        ...


Incoming: TypeAlias = tuple[int, Mapping[str, str], Iterator[bytes]]
"""An answer whose body is still coming: status, headers, and the pieces as they were sent."""
AsyncIncoming: TypeAlias = tuple[int, Mapping[str, str], AsyncIterator[bytes]]


@frozen
class Mint:
    """A request for a token: where, and with which secret header."""

    url: str
    headers: Mapping[str, str] = field(repr=False)


@runtime_checkable
class TokenAuthority(Protocol):
    """An authority whose token has to be fetched now and then."""

    def headers(self, wire: Wire) -> dict[str, str]:
        """The headers that authenticate *wire* with the token at hand."""
        ...

    def due(self) -> Mint | None:
        """The request for a new token, when the one at hand is missing or about to expire."""
        ...

    def take(self, reply: Reply) -> None:
        """Take the answer to :meth:`due`."""
        ...

    def refused(self, wire: Wire, reply: Reply) -> bool:
        """Whether *reply* says that the token of *wire* expired; that token is then forgotten."""
        ...


def _wire(request: httpx.Request) -> Wire:
    timeout: dict[str, float] = request.extensions.get("timeout") or {}
    return Wire(request.method, str(request.url), request.headers, request.content, timeout.get("read"))


def _minting(mint: Mint, request: httpx.Request) -> httpx.Request:
    """The request for a token that *request* needs; it is as patient as that one."""
    return httpx.Request("GET", mint.url, headers=mint.headers, extensions=dict(request.extensions))


def _reply(response: httpx.Response) -> Reply:
    return Reply(response.status_code, _headers(response), response.content)


def _headers(response: httpx.Response) -> dict[str, str]:
    """The headers with their names in lower case; what ``dict(response.headers)`` makes, in a fifth of the time."""
    found: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "replace")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


class _Tokened(httpx.Auth):
    """Fetches a token when one is due, one caller at a time, and once more when it is refused."""

    def __init__(self, authority: TokenAuthority) -> None:
        self._authority = authority
        self._lock = threading.Lock()

    @cached_property
    def _async_lock(self) -> Any:
        from anyio import Lock

        return Lock()

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for _ in range(2):
            with self._lock:
                mint = self._authority.due()
                if mint is not None:
                    fetched = yield _minting(mint, request)
                    fetched.read()
                    self._authority.take(_reply(fetched))
                request.headers.update(self._authority.headers(_wire(request)))
            response = yield request
            if response.status_code != 401:
                return
            response.read()
            if not self._authority.refused(_wire(request), _reply(response)):
                return

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        for _ in range(2):
            async with self._async_lock:
                mint = self._authority.due()
                if mint is not None:
                    fetched = yield _minting(mint, request)
                    await fetched.aread()
                    self._authority.take(_reply(fetched))
                request.headers.update(self._authority.headers(_wire(request)))
            response = yield request
            if response.status_code != 401:
                return
            await response.aread()
            if not self._authority.refused(_wire(request), _reply(response)):
                return


class InMemory(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for both kinds of client that asks *handler* instead of the network."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a blocking client."""
        request.read()
        return self._answer(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer an asynchronous client."""
        await request.aread()
        from anyio.lowlevel import checkpoint

        await checkpoint()
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            reply = self._handler(_wire(request))
        except ConnectionRefusedError as error:
            raise httpx.ConnectError(str(error), request=request) from error
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)


@lru_cache(1)
def _tls() -> ssl.SSLContext:
    """One context for all clients: building it costs far more than anything else about a client."""
    return httpx.create_ssl_context()


def _failure(request: Request[Any], built: httpx.Request, error: httpx.RequestError) -> NoAnswer:
    """Tell apart what never left from what may have arrived."""
    unsent = (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.UnsupportedProtocol,
        httpx.ProxyError,
    )
    minting = error.request is not built
    kind = NotSent if minting or isinstance(error, unsent) else NoAnswer
    return kind(request, _reason(error, " while a token was fetched" if minting else ""))


def _reason(error: Exception, where: str = "") -> str:
    reason = "the connection failed"
    if isinstance(error, httpx.TimeoutException):
        reason = "timed out"
    elif isinstance(error, httpx.DecodingError):
        reason = "the answer is damaged"
    return f"{reason}{where} ({type(error).__name__})"


_CLOSED = "this client is closed; open another one"


def _options(transport: Any) -> dict[str, Any]:
    """The arguments of an httpx client."""
    return {"transport": transport, "verify": True if transport else _tls(), "headers": {}}


class Http:
    """Blocking exchange with one API."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        authority: Authority | TokenAuthority,
        transport: Transport | None,
    ) -> None:
        if transport is not None and not isinstance(transport, httpx.BaseTransport):
            raise TypeError("a blocking client takes a blocking httpx transport")
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)
        self._authority, self._auth = _split(authority)
        self._transport = transport
        self._opening = threading.Lock()
        self._opened: httpx.Client | None = None
        self._closed = False

    @property
    def _client(self) -> httpx.Client:
        """Made for the first request: it costs more than all the rest of a client."""
        if self._opened is None:
            with self._opening:
                if self._closed:
                    raise RuntimeError(_CLOSED)
                opened: httpx.Client | None = vars(self)["_opened"]  # another thread may have been faster
                self._opened = opened or httpx.Client(**_options(self._transport))
        return self._opened

    def send(self, request: Request[Any], timeout: float) -> Reply:
        """One attempt."""
        built = _build(self._base, self._headers, request, timeout, self._authority)
        try:
            return _reply(self._client.send(built, auth=self._auth))
        except httpx.RequestError as error:
            raise _failure(request, built, error) from error

    @contextmanager
    def fetch(self, url: str, headers: Mapping[str, str], timeout: float) -> Generator[Incoming, None, None]:
        """Open a file anywhere, without telling who is asking. Raises :class:`Interrupted`."""
        try:
            built = _anonymous(url, self._headers, headers, timeout)
            response = self._client.send(built, auth=None, stream=True, follow_redirects=False)
            try:
                yield response.status_code, _headers(response), _pieces(response)
            finally:
                response.close()
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise Interrupted(_reason(error)) from error

    def close(self) -> None:
        """Close the connections."""
        with self._opening:
            self._closed = True
        if self._opened is not None:
            self._opened.close()


class AsyncHttp:
    """Asynchronous exchange with one API."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        authority: Authority | TokenAuthority,
        transport: Transport | None,
    ) -> None:
        if transport is not None and not isinstance(transport, httpx.AsyncBaseTransport):
            raise TypeError("an asynchronous client takes an asynchronous httpx transport")
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)
        self._authority, self._auth = _split(authority)
        self._transport = transport
        self._opened: httpx.AsyncClient | None = None
        self._closed = False

    @property
    def _client(self) -> httpx.AsyncClient:
        """Made for the first request: it costs more than all the rest of a client."""
        if self._opened is None:
            if self._closed:
                raise RuntimeError(_CLOSED)
            self._opened = httpx.AsyncClient(**_options(self._transport))
        return self._opened

    async def send(self, request: Request[Any], timeout: float) -> Reply:  # noqa: ASYNC109 - httpx does it
        """One attempt."""
        built = _build(self._base, self._headers, request, timeout, self._authority)
        try:
            return _reply(await self._client.send(built, auth=self._auth))
        except httpx.RequestError as error:
            raise _failure(request, built, error) from error

    @asynccontextmanager
    async def fetch(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109 - httpx does it
    ) -> AsyncGenerator[AsyncIncoming, None]:
        """Open a file anywhere, without telling who is asking. Raises :class:`Interrupted`."""
        try:
            built = _anonymous(url, self._headers, headers, timeout)
            response = await self._client.send(built, auth=None, stream=True, follow_redirects=False)
            try:
                async with aclosing(_async_pieces(response)) as pieces:
                    yield response.status_code, _headers(response), pieces
            finally:
                await response.aclose()
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise Interrupted(_reason(error)) from error

    async def close(self) -> None:
        """Close the connections."""
        self._closed = True
        if self._opened is not None:
            await self._opened.aclose()


def _split(authority: Authority | TokenAuthority) -> tuple[Authority | None, httpx.Auth | None]:
    """Who signs while a request is built, or who fetches a token first."""
    return (None, _Tokened(authority)) if isinstance(authority, TokenAuthority) else (authority, None)


def _build(
    base: str, headers: Mapping[str, str], request: Request[Any], timeout: float, authority: Authority | None
) -> httpx.Request:
    """One attempt, signed exactly as it is sent; the next attempt is built and signed anew."""
    method, content = request.method, request.content
    url = httpx.URL(base + request.target)
    sent = {"Host": url.netloc.decode("ascii"), **headers}
    if content is not None:
        sent["Content-Type"] = "application/json"
    body = content or b""
    if body or method in ("POST", "PUT", "PATCH"):
        sent["Content-Length"] = str(len(body))
    if authority is not None:
        sent |= authority.headers(Wire(method, str(url), sent, body, timeout))
    # With a stream httpx takes the headers as they are, in a quarter of the time.
    built = httpx.Request(
        method,
        url,
        headers=sent,
        stream=httpx.ByteStream(body),
        extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout)},
    )
    built.read()
    return built


def _anonymous(
    url: str, ours: Mapping[str, str], headers: Mapping[str, str], timeout: float
) -> httpx.Request:
    """A request with nothing in it that tells who we are, but the name of the software."""
    return httpx.Request(
        "GET",
        url,
        headers={"User-Agent": ours["User-Agent"], **headers},
        extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout)},
    )


def _pieces(response: httpx.Response) -> Iterator[bytes]:
    """The body as it comes; transports in memory may have it at hand."""
    return iter([response.content]) if response.is_stream_consumed else response.iter_raw()


async def _async_pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    if response.is_stream_consumed:
        yield response.content
        return
    async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as pieces:
        async for piece in pieces:
            yield piece
