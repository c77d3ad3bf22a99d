"""What one REST API is like: how it writes queries and bodies, wraps answers and reports errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from ..errors import (
    ApiError,
    AuthenticationError,
    Conflict,
    DecodeError,
    Forbidden,
    InvalidRequest,
    Locked,
    NotFound,
    RateLimited,
    ServerError,
    UnexpectedAnswer,
)
from .request import Reply, Request
from .values import UNSET, Json, JsonObject, Mismatch

if TYPE_CHECKING:
    from .answers import Problem
    from .codec import Codec
    from .registry import Operation

T = TypeVar("T")

_KINDS: dict[int, type[ApiError]] = {
    400: InvalidRequest,
    401: AuthenticationError,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: InvalidRequest,
    422: InvalidRequest,
    423: Locked,
    429: RateLimited,
}


class Api:
    """The conventions of one REST API; :data:`KAUFLAND` and :data:`SHOPTET` are the two there are."""

    name: ClassVar[str]
    base_url: ClassVar[str]
    joined: ClassVar[bool]
    """Whether several values of one parameter are joined by commas rather than repeated."""
    lock_passes: ClassVar[bool]
    """Whether a 423 goes away within seconds."""

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return self.name.upper()

    def __reduce__(self) -> str:
        return self.name.upper()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation there is, without loading the code behind any of them."""
        raise NotImplementedError

    @cached_property
    def codec(self) -> Codec:
        """How values are written as JSON; made when first needed."""
        from .codec import Codec

        return Codec(self.rename, self.moment)

    def rename(self, name: str) -> str:
        """What an attribute is called on the wire."""
        raise NotImplementedError

    # Requests.

    def query(self, values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
        """Write query parameters; ``None``, :data:`UNSET` and empty sequences are left out."""
        return tuple(self._pairs(values.items()))

    def _pairs(self, values: Iterable[tuple[str, object]]) -> Iterable[tuple[str, str]]:
        for name, value in values:
            if value is None or value is UNSET:
                continue
            if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
                parts = [self._text(each) for each in cast("Sequence[object]", value)]
                if self.joined:
                    parts = [",".join(parts)] if parts else []
                for part in parts:
                    yield name, part
            else:
                yield name, self._text(value)

    def _text(self, value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Enum):
            return str(value.value)
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, (str, int)):
            return str(value)
        from decimal import Decimal

        if isinstance(value, Decimal):
            return format(value, "f")
        raise TypeError(f"a query parameter cannot be {type(value).__name__}")

    def moment(self, value: datetime) -> str:
        """Write a time as this API wants it in a query."""
        raise NotImplementedError

    def page_query(self, start: int, size: int) -> tuple[tuple[str, str], ...]:
        """The parameters that ask for *size* rows from row *start* on."""
        raise NotImplementedError

    # Answers.

    def read(self, request: Request[T], reply: Reply) -> T:
        """Decode *reply* to what *request* promises, or raise."""
        if not 200 <= reply.status < 300:
            raise self.refusal(request, reply)
        into = cast("Any", request.endpoint.into)
        kind = reply.headers.get("content-type", "no content type")
        came = f"({reply.status}, {kind}, {len(reply.body)} bytes)"
        if into in (None, bytes) and kind.startswith("text/html") and reply.body:
            raise UnexpectedAnswer(request, f"a web page came {came}", reply.request_id)
        if into is None:
            return cast("T", None)
        if into is bytes:
            return cast("T", reply.body)
        if into is Reply:
            return cast("T", reply)
        try:
            return cast("T", self.decode(request, reply))
        except Mismatch as error:
            path, problem = error.path, error.problem
        # Raised here, for the error at hand there knows the body.
        if path == "$":
            raise UnexpectedAnswer(request, f"{problem} {came}", reply.request_id)
        raise DecodeError(request, path, problem, reply.request_id)

    def decode(self, request: Request[Any], reply: Reply) -> Any:
        """Decode a successful reply; a :class:`Mismatch` says what does not fit."""
        raise NotImplementedError

    def payload(self, raw: Json, at: Sequence[str]) -> Json:
        """Follow the keys *at* from the root of an answer."""
        path = "$"
        for key in at:
            if not isinstance(raw, dict):
                raise Mismatch(path, "an object was due, something else came")
            path += f".{key}"
            try:
                raw = cast("JsonObject", raw)[key]
            except KeyError:
                raise Mismatch(path, "a required field is missing") from None
        return raw

    def row(self, raw: Json) -> JsonObject:
        """*raw* when it is an object, else an empty one."""
        return cast("JsonObject", raw) if isinstance(raw, dict) else {}

    def rows(self, raw: Json) -> list[JsonObject]:
        """The objects in *raw*, when it is a list."""
        if not isinstance(raw, list):
            return []
        return [self.row(each) for each in cast("Sequence[Json]", raw) if isinstance(each, dict)]

    def whole(self, row: JsonObject, name: str, path: str) -> int | None:
        """The number that *row*, which stands at *path*, has under *name*, if any."""
        value = row.get(name)
        return None if value is None else self.codec.decode(value, int, f"{path}.{name}")

    def refusal(self, request: Request[Any], reply: Reply) -> ApiError | UnexpectedAnswer:
        """The error that a status outside 200 to 299 means."""
        if reply.status < 400:
            place = "a redirect, which is not followed since it would carry the keys along"
            return UnexpectedAnswer(request, f"{reply.status}: {place}", reply.request_id)
        try:
            problems = self.complaints(request, self.codec.load(reply.body))
        except Mismatch:
            problems = ()
        kind = ServerError if reply.status >= 500 else _KINDS.get(reply.status, ApiError)
        kind, hint = self.explain(kind, request, reply, problems)
        return kind(request, reply, problems, hint=hint)

    def problems(self, raw: Json) -> tuple[Problem, ...]:
        """What the body of an error complains about."""
        raise NotImplementedError

    def complaints(self, request: Request[Any], raw: Json) -> tuple[Problem, ...]:
        """The same, without the private values of *request* that the vendor repeats."""
        problems = self.problems(raw)
        if not problems:
            return ()
        from .discretion import discreet

        return discreet(problems, request)

    def explain(
        self, kind: type[ApiError], request: Request[Any], reply: Reply, problems: tuple[Problem, ...]
    ) -> tuple[type[ApiError], str | None]:
        """Refine the kind of an error and say what helps."""
        return kind, None
