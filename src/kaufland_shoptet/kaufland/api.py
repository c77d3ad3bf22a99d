"""The conventions of Kaufland's Marketplace Seller API, version 2.

See https://sellerapi.kaufland.com/?page=rest-api.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, get_args, get_origin

from .._core.api import Api
from .._core.request import Reply, Request
from .._core.values import Json, Mismatch, many_of, plain
from ..errors import ApiError, AuthenticationError

if TYPE_CHECKING:
    from .._core.answers import Problem
    from .._core.pages import Page
    from .._core.registry import Operation

__all__ = ["KAUFLAND", "PLAYGROUND_URL", "KauflandApi"]

PLAYGROUND_URL: Final = "https://sellerapi-playground.kaufland.com/v2"
"""Kaufland's own test system; an account has to be enabled for it."""

_REFUSED = (
    "Check, in this order: the clock of this machine (5 minutes are tolerated), that nothing between here "
    "and Kaufland rewrites the URL or the body, that client key and secret key belong together "
    "(Seller Portal, Shop Settings, API), and that the seller account is verified and active: new accounts "
    "are refused until then. Keep the keys you have; other tools may be using them"
)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a time needs a zone: use an aware datetime")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class KauflandApi(Api):
    """Kaufland's way of doing things: ``data`` and ``pagination``, offsets, problem types."""

    name: ClassVar[str] = "kaufland"
    base_url: ClassVar[str] = "https://sellerapi.kaufland.com/v2"
    joined: ClassVar[bool] = False
    lock_passes: ClassVar[bool] = False

    def rename(self, name: str) -> str:
        """The same, without the underscore that keeps Python's words apart."""
        return plain(name)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, as the vendor and as we call it."""
        from .resources import OPERATIONS

        return OPERATIONS

    def moment(self, value: datetime) -> str:
        """UTC, whole seconds, ``Z``: the only form the filters take."""
        return _moment(value)

    def page_query(self, start: int, size: int) -> tuple[tuple[str, str], ...]:
        """``limit`` and ``offset``."""
        return ("limit", str(size)), ("offset", str(start))

    def decode(self, request: Request[Any], reply: Reply) -> Any:
        """Unwrap ``data`` and decode it."""
        from .._core.answers import Created
        from .._core.pages import Page

        into: Any = request.endpoint.into
        at = request.endpoint.at
        if get_origin(into) is Created:
            return self._created(request, reply)
        raw = self.codec.load(reply.body)
        data = self.payload(raw, at)
        path = ".".join(("$", *at))
        if get_origin(into) is Page:
            rows: Any = self.codec.decode(data, many_of(get_args(into)[0]), path)
            return _page(request, raw, rows)
        return self.codec.decode(data, into, path)

    def _created(self, request: Request[Any], reply: Reply) -> Any:
        from .._core.answers import Created

        location = reply.headers.get("location")
        told = location.rstrip("/").rpartition("/")[2] if location else None
        if not reply.body.strip():
            return Created[Any](told, None, location)
        kind = get_args(request.endpoint.into)[0]
        at = request.endpoint.at
        try:
            raw = self.payload(self.codec.load(reply.body), at)
            if told is None:
                named = ((key, value) for key, value in self.row(raw).items() if value is not None)
                told = next((str(value) for key, value in named if key.startswith("id_")), None)
            data = self.codec.decode(raw, kind, ".".join(("$", *at)))
        except Mismatch:
            if told is None:
                raise
            data = None  # the thing exists and is known by name; a short body is no failure
        return Created[Any](told, data, location)

    def problems(self, raw: Json) -> tuple[Problem, ...]:
        """One problem for each field named, or one for the whole."""
        from .._core.answers import Problem
        from .._core.scrub import told

        row = self.row(raw)
        code, message = told(row.get("type")), told(row.get("message"))
        return tuple(
            Problem(code, told(each.get("message")) or message, told(each.get("field")) or None)
            for each in self.rows(row.get("errors"))
        ) or ((Problem(code, message),) if row else ())

    def explain(
        self, kind: type[ApiError], request: Request[Any], reply: Reply, problems: tuple[Problem, ...]
    ) -> tuple[type[ApiError], str | None]:
        """A 401 never says which of its many causes it has."""
        return kind, _REFUSED if kind is AuthenticationError else None


def _page(request: Request[Any], raw: Json, rows: tuple[Any, ...]) -> Page[Any]:
    from .._core.pages import Page

    asked = dict(request.query)
    told = KAUFLAND.row(KAUFLAND.row(raw).get("pagination"))
    total, start, size = (KAUFLAND.whole(told, key, "$.pagination") for key in ("total", "offset", "limit"))
    return Page(
        rows,
        total,
        start if start is not None else int(asked["offset"]),
        max(size or int(asked["limit"]), 1),
    )


KAUFLAND: Final = KauflandApi()
"""Kaufland's Seller API."""
