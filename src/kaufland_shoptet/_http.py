"""The only module that knows the HTTP library."""

from __future__ import annotations

import logging
import re
import ssl
import sys
import threading
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from http.cookiejar import CookieJar
from typing import Any, Final, Protocol, TypeAlias, cast, runtime_checkable

from attrs import field, frozen

from ._core.address import LOOPBACK
from ._core.exchange import Interrupted
from ._core.request import Reply, Request
from ._core.scrub import scrub
from .errors import AnswerTooLarge, KauflandShoptetError, NoAnswer, NotSent

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


LARGEST: Final = 1 << 26
"""Bytes of the largest answer that is read, unless a client says otherwise."""

# What the HTTP libraries log of our requests: no address or header with a secret or a buyer's data in it.

_under_way: ContextVar[tuple[str, Request[Any] | None] | None] = ContextVar("under_way", default=None)
"""The base address and the request that is being sent, if it is ours; a file is fetched without a request."""


def _address(url: httpx.URL, base: str, request: Request[Any] | None) -> str:
    """An address to print: without buyers' data, and of files the host only, for such an address is a key."""
    if request is None:
        return f"{url.scheme}://{url.host}/***"
    if str(url) != str(httpx.URL(base + request.target)):
        return str(url).partition("?")[0]  # where tokens are made
    return base + request.shown


def _discreet(record: logging.LogRecord) -> bool:
    """Httpx logs every address it calls."""
    ours = _under_way.get()
    if ours is not None and isinstance(record.args, tuple):
        record.args = tuple(
            _address(arg, *ours) if isinstance(arg, httpx.URL) else arg for arg in record.args
        )
    return True


_TELLING: Final = re.compile(
    r"\A([\w.]+\.(?:complete return_value=\((?:b'[^']*', )?\d+|failed exception=\w+)).*", re.DOTALL
)


def _brief(record: logging.LogRecord) -> bool:
    """Its core logs the headers of every answer, and what it found wrong with a header of ours."""
    if _under_way.get() is not None and isinstance(record.msg, str):
        record.msg = _TELLING.sub(r"\1, ***)", record.msg)
    return True


logging.getLogger("httpx").addFilter(_discreet)
for _name in ("connection", "http11", "http2", "proxy", "socks"):
    logging.getLogger(f"httpcore.{_name}").addFilter(_brief)


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


class _AtHand(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in one piece, by an iterator that need not be closed."""

    def __init__(self, body: bytes) -> None:
        self._pieces = [body]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop()


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
        headers = httpx.Headers(dict(reply.headers))
        if "content-encoding" in headers:  # it would be unpacked here, whatever its size
            return httpx.Response(reply.status, headers=headers, stream=_AtHand(reply.body))
        return httpx.Response(reply.status, headers=headers, content=reply.body)


@lru_cache(1)
def _tls() -> ssl.SSLContext:
    """One context for all clients: building it costs far more than anything else about a client."""
    return httpx.create_ssl_context()


# Answers are read up to a limit, also when they come packed.


class _TooLarge(Exception):
    """An answer has more bytes than are read."""


_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
"""We ask for none of them; a server between may all the same."""
_BLOCK: Final = 1 << 16


class _Bounded(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of an answer, unpacked, as far as it may be read."""

    def __init__(self, stream: Any, packed: str, largest: int) -> None:
        self._stream = stream
        self._left = self._largest = largest
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS + 32) if packed in _PACKED else None
        self._strange = bool(packed) and packed != "identity" and self._inflater is None

    def _pieces(self, piece: bytes) -> Iterator[bytes]:
        if self._strange:
            raise httpx.DecodingError("it is packed in a way that was not asked for")
        for block in (piece,) if self._inflater is None else self._unpacked(self._inflater, piece):
            self._left -= len(block)
            if self._left < 0:
                raise _TooLarge(self._largest)
            yield block

    def _unpacked(self, inflater: Any, piece: bytes) -> Iterator[bytes]:
        try:
            while piece and not inflater.eof:
                yield inflater.decompress(piece, _BLOCK)
                piece = inflater.unconsumed_tail
        except zlib.error:
            raise httpx.DecodingError("it cannot be unpacked") from None

    def _end(self) -> None:
        if self._inflater is not None and not self._inflater.eof and self._left < self._largest:
            raise httpx.DecodingError("it is packed and ends too early")

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            yield from self._pieces(piece)
        self._end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        coming: Any = aiter(self._stream)
        try:
            async for piece in coming:
                for block in self._pieces(piece):
                    yield block
        finally:
            await coming.aclose()  # httpx's is a generator, and may not be used up
        self._end()

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()


def _bound(response: httpx.Response, largest: int) -> None:
    """Let *response* be read up to *largest* bytes; a file is none of its business."""
    if response.is_stream_consumed:  # a transport in memory had it at hand
        if len(response.content) > largest:
            raise _TooLarge(largest)
    elif "file" not in response.request.extensions:
        packed = response.headers.pop("content-encoding", "").strip().lower()
        response.stream = _Bounded(response.stream, packed, largest)


# What can go wrong.


def _failed(
    request: Request[Any],
    built: httpx.Request,
    error: httpx.RequestError | KauflandShoptetError | _TooLarge,
) -> KauflandShoptetError:
    """What *error* means for *request*.

    The HTTP library's own error is not handed on: it knows the whole request, keys included.
    """
    match error:
        case KauflandShoptetError():
            return error.with_traceback(None)
        case _TooLarge():
            return AnswerTooLarge(
                request, f"the answer has more than {error} bytes, which is all that is read"
            )
        case _:
            failure = _failure(request, built, error)
    failure.__cause__ = _harmless(error)
    return failure


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


def _harmless(error: Exception) -> Exception:
    """The same error with what the system said of a connection, but without the request and its headers."""
    told = scrub(str(error)) if isinstance(error, httpx.NetworkError | httpx.TimeoutException) else ""
    kind: Any = next(each for each in type(error).__mro__ if each.__module__.startswith("httpx"))
    return cast("Exception", kind(told))


_ERRORS: Final = (httpx.RequestError, KauflandShoptetError, _TooLarge)
_CLOSED = "this client is closed; open another one"


class _NoCookies(CookieJar):
    """Keeps no cookie: a request is all in what is given, and none of ours would take one along."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Forget them."""


def _options(transport: Any, base: str, hook: Any) -> dict[str, Any]:
    """The arguments of an httpx client."""
    return {
        "cookies": _NoCookies(),
        "transport": transport,
        "verify": True if transport else _tls(),
        "headers": {},
        "event_hooks": {"response": [hook]},
        # No proxy of the environment hears what one process of a machine tells another.
        "trust_env": httpx.URL(base).host not in LOOPBACK,
    }


class Http:
    """Blocking exchange with one API."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        authority: Authority | TokenAuthority,
        transport: Transport | None,
        largest: int = LARGEST,
    ) -> None:
        if transport is not None and not isinstance(transport, httpx.BaseTransport):
            raise TypeError("a blocking client takes a blocking httpx transport")
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)
        self._authority, self._auth = _split(authority)
        self._transport = transport
        self._largest = largest
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
                self._opened = opened or httpx.Client(**_options(self._transport, self._base, self._bound))
        return self._opened

    def send(self, request: Request[Any], timeout: float) -> Reply:
        """One attempt."""
        outcome = self._attempt(request, timeout)
        if isinstance(outcome, Reply):
            return outcome
        raise outcome  # here, where nothing is at hand that holds keys

    def _attempt(self, request: Request[Any], timeout: float) -> Reply | KauflandShoptetError:
        built = _build(self._base, self._headers, request, timeout, self._authority)
        before = _under_way.set((self._base, request))
        try:
            return _reply(self._client.send(built, auth=self._auth))
        except _ERRORS as error:
            return _failed(request, built, error)
        finally:
            _under_way.reset(before)

    def _bound(self, response: httpx.Response) -> None:
        _bound(response, self._largest)

    @contextmanager
    def fetch(self, url: str, headers: Mapping[str, str], timeout: float) -> Generator[Incoming, None, None]:
        """Open a file anywhere, without telling who is asking. Raises :class:`Interrupted`."""
        try:
            built = _anonymous(url, self._headers, headers, timeout)
            before = _under_way.set((self._base, None))
            try:
                response = self._client.send(built, auth=None, stream=True, follow_redirects=False)
            finally:
                _under_way.reset(before)
            try:
                yield response.status_code, _headers(response), _pieces(response)
            finally:
                response.close()
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise Interrupted(_reason(error)) from None

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
        largest: int = LARGEST,
    ) -> None:
        if transport is not None and not isinstance(transport, httpx.AsyncBaseTransport):
            raise TypeError("an asynchronous client takes an asynchronous httpx transport")
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)
        self._authority, self._auth = _split(authority)
        self._transport = transport
        self._largest = largest
        self._opened: httpx.AsyncClient | None = None
        self._closed = False

    @property
    def _client(self) -> httpx.AsyncClient:
        """Made for the first request: it costs more than all the rest of a client."""
        if self._opened is None:
            if self._closed:
                raise RuntimeError(_CLOSED)
            self._opened = httpx.AsyncClient(**_options(self._transport, self._base, self._bound))
        return self._opened

    async def send(self, request: Request[Any], timeout: float) -> Reply:  # noqa: ASYNC109 - httpx does it
        """One attempt."""
        outcome = await self._attempt(request, timeout)
        if isinstance(outcome, Reply):
            return outcome
        raise outcome  # here, where nothing is at hand that holds keys

    async def _attempt(self, request: Request[Any], timeout: float) -> Reply | KauflandShoptetError:  # noqa: ASYNC109
        built = _build(self._base, self._headers, request, timeout, self._authority)
        before = _under_way.set((self._base, request))
        try:
            return _reply(await self._client.send(built, auth=self._auth))
        except _ERRORS as error:
            return _failed(request, built, error)
        finally:
            _under_way.reset(before)

    async def _bound(self, response: httpx.Response) -> None:
        _bound(response, self._largest)

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
            before = _under_way.set((self._base, None))
            try:
                response = await self._client.send(built, auth=None, stream=True, follow_redirects=False)
            finally:
                _under_way.reset(before)
            try:
                async with aclosing(_async_pieces(response)) as pieces:
                    yield response.status_code, _headers(response), pieces
            finally:
                await response.aclose()
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise Interrupted(_reason(error)) from None

    async def close(self) -> None:
        """Close the connections."""
        self._closed = True
        if self._opened is not None:
            await self._opened.aclose()


def _split(authority: Authority | TokenAuthority) -> tuple[Authority | None, httpx.Auth]:
    """Who signs while a request is built, or who fetches a token first."""
    return (None, _Tokened(authority)) if isinstance(authority, TokenAuthority) else (authority, httpx.Auth())


def _build(
    base: str, headers: Mapping[str, str], request: Request[Any], timeout: float, authority: Authority | None
) -> httpx.Request:
    """One attempt, signed exactly as it is sent; the next attempt is built and signed anew."""
    method, content = request.method, request.content
    try:
        url = httpx.URL(base + request.target)
    except httpx.InvalidURL:
        raise NotSent(request, "its address is longer than any can be") from None
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
        extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout), "file": True},
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
