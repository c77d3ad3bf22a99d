"""A request is a value; awaiting it inside a flow evaluates to its answer."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypeVar, cast
from urllib.parse import quote, urlencode

from attrs import evolve, field, frozen

from .values import UNSET, Json

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from .api import Api
    from .pages import Listing

T = TypeVar("T")

Repeat: TypeAlias = Literal["safe", "idempotent", "read_back", "never"]
"""May a request be sent again when nobody knows whether it was carried out?

``safe``: it only reads. ``idempotent``: it sets absolute values. ``read_back``: no, but reading shows
what happened. ``never``: no, and nothing shows it.
"""


PRIVATE: Final = frozenset({"email", "paymentCode", "phone", "shippingRequestCode", "userEmail"})
"""Names of parameters whose values are nobody else's business: buyers' data and codes that open things."""


def shown(query: tuple[tuple[str, str], ...]) -> str:
    """A query for printing."""
    return "&".join(f"{name}={'***' if name in PRIVATE else value}" for name, value in query)


@frozen
class Reply:
    """An HTTP response, reduced to what decoding needs. The body stays out of the ``repr``.

    Attributes:
        status: The HTTP status.
        body: The bytes as they came, decompressed.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    """Keys in lower case."""
    body: bytes = field(default=b"", repr=lambda body: f"<{len(body)} bytes>")

    @property
    def request_id(self) -> str | None:
        """The vendor's number of this exchange."""
        return self.headers.get("x-request-id")


@frozen
class Endpoint(Generic[T]):
    """One operation of an API: where it is, what it answers, and whether it may be repeated.

    Attributes:
        vendor_id: The ``operationId`` of the vendor's document.
        route: Path with named placeholders.
        into: What the answer decodes to.
        at: Keys that lead from the root of the answer to its payload.
        wrap: Keys under which a body is nested.
    """

    api: Api = field(repr=str)
    vendor_id: str
    method: str
    route: str
    into: TypeForm[T]
    at: tuple[str, ...] = field(default=(), kw_only=True)
    wrap: tuple[str, ...] = field(default=(), kw_only=True)
    repeat: Repeat = field(default="safe", kw_only=True)

    def request(
        self,
        path: tuple[object, ...] = (),
        query: Mapping[str, object] | None = None,
        body: object = UNSET,
    ) -> Request[T]:
        """Describe one call of this operation."""
        return Request(self, _parts(path), self.api.query(query or {}), body)


@frozen
class PagedEndpoint(Generic[T]):
    """An operation that answers a list in pages.

    Attributes:
        item: What one row decodes to.
        at: Keys that lead to the rows.
        paginator: Keys that lead to the paginator.
        maximum: Most rows the vendor gives at once.
        key: Attributes that identify a row; empty when nothing does.
    """

    api: Api = field(repr=str)
    vendor_id: str
    method: str
    route: str
    item: TypeForm[T]
    at: tuple[str, ...] = field(kw_only=True)
    paginator: tuple[str, ...] = field(kw_only=True)
    maximum: int = field(kw_only=True)
    key: tuple[str, ...] = field(default=(), kw_only=True)
    repeat: Repeat = field(default="safe", kw_only=True)

    def listing(self, path: tuple[object, ...] = (), query: Mapping[str, object] | None = None) -> Listing[T]:
        """Describe the walk over all pages."""
        from .pages import Listing

        return Listing(self, _parts(path), self.api.query(query or {}), self.maximum)


def _parts(path: tuple[object, ...]) -> tuple[str, ...]:
    """The parts of a path as text; the three that would lead to another address are refused."""
    parts = tuple(map(str, path))
    for part in parts:
        if part in {"", ".", ".."}:
            raise ValueError(f"{part!r} names nothing; an id or a code is due")
    return parts


@frozen(hash=False, repr=False)
class Request(Generic[T]):
    """One API call, described but not sent. Compare it, print it, store it, send it later.

    Inside a flow, ``await`` it; elsewhere give it to ``client.run``. Printing it shows of the body only its
    kind, and of buyers' data and secret codes nothing.

    Attributes:
        endpoint: The operation: its method, its path with placeholders, what it answers.
        path: What goes into the placeholders, in order, not yet encoded.
        query: Names and values as they are sent, in order.
        body: What will be written as JSON, or ``UNSET``.
    """

    endpoint: Endpoint[T]
    path: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: object = UNSET

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.endpoint.method

    @property
    def url(self) -> str:
        """The path below the API's base, every part percent-encoded, without the query."""
        return self._filled(frozenset())

    def _filled(self, hidden: frozenset[str]) -> str:
        values = iter(self.path)
        parts: list[str] = []
        for piece in self.endpoint.route.split("/"):
            if not piece.startswith("{"):
                parts.append(piece)
            else:
                value = next(values)
                parts.append("***" if piece[1:-1] in hidden else quote(value, safe=""))
        return "/".join(parts)

    @property
    def target(self) -> str:
        """Path and query as they are sent."""
        return f"{self.url}?{urlencode(self.query, quote_via=quote)}" if self.query else self.url

    @property
    def content(self) -> bytes | None:
        """The body as it is sent, or ``None``."""
        if self.body is UNSET:
            return None
        body: Json = self.endpoint.api.codec.encode(self.body)
        for key in reversed(self.endpoint.wrap):
            body = {key: body}
        return self.endpoint.api.codec.dump(body)

    def with_query(self, extra: Mapping[str, object]) -> Request[T]:
        """The same request with more query parameters, for what the vendor adds before we do."""
        return evolve(self, query=(*self.query, *self.endpoint.api.query(extra)))

    @property
    def undecoded(self) -> Request[Reply]:
        """The same request, answered by the reply as it came: for who wants the headers, say."""
        return evolve(cast("Any", self), endpoint=evolve(cast("Any", self.endpoint), into=Reply))

    def __str__(self) -> str:
        return f"{self.method} {self._filled(PRIVATE)}"

    @property
    def shown(self) -> str:
        """Path and query for printing."""
        query = f"?{shown(self.query)}" if self.query else ""
        return f"{self._filled(PRIVATE)}{query}"

    def __repr__(self) -> str:
        body = "" if self.body is UNSET else f" with {type(self.body).__name__}"
        return f"<{self.endpoint.vendor_id}: {self.method} {self.shown}{body}>"

    def __await__(self) -> Generator[Any, Any, T]:
        answer: T = yield self
        return answer
