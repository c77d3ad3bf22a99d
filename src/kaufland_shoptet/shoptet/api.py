"""The conventions of Shoptet's REST API.

See https://developers.shoptet.com/ and https://api.docs.shoptet.com/.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast, get_args, get_origin

from .._core.api import Api
from .._core.request import Reply, Request
from .._core.values import Json, JsonObject, Mismatch, camel, many_of
from ..errors import ApiError, AuthenticationError, DuplicateExternalCode, Forbidden, InvalidRequest

if TYPE_CHECKING:
    from .._core.answers import Problem
    from .._core.pages import Page
    from .._core.registry import Operation

__all__ = ["SHOPTET", "ShoptetApi"]

_HINTS = {
    "expired-token": "The API token lived its 30 minutes; a client with an OAuth token fetches a new one",
    "missing-access-token": "Give the client a private token or an OAuth token",
    "invalid-token": (
        "Check that a private token is used as such and an add-on's token as such, and that the add-on is "
        "neither paused nor uninstalled"
    ),
    "invalid-token-no-rights": (
        "The token may not use this endpoint: the merchant grants endpoint groups in the administration, "
        "under Connections, Private API, or approves them for the add-on"
    ),
    "missing-module": "The e-shop does not have the module that this endpoint belongs to",
    "job-detail-try-counter-exceeded-limit": (
        "An unfinished job may be read ten times; wait for the job:finished webhook or read the list of jobs"
    ),
}


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a time needs a zone: use an aware datetime")
    return value.strftime("%Y-%m-%dT%H:%M:%S%z")


class ShoptetApi(Api):
    """Shoptet's way of doing things: ``data``, ``errors``, ``metadata``, numbered pages, partial success."""

    name: ClassVar[str] = "shoptet"
    base_url: ClassVar[str] = "https://api.myshoptet.com"
    joined: ClassVar[bool] = True
    lock_passes: ClassVar[bool] = True

    def rename(self, name: str) -> str:
        """In camelCase."""
        return camel(name)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, as the vendor and as we call it."""
        from .resources import OPERATIONS

        return OPERATIONS

    def moment(self, value: datetime) -> str:
        """ISO 8601 with an offset without colon."""
        return _moment(value)

    def page_query(self, start: int, size: int) -> tuple[tuple[str, str], ...]:
        """``page``, counted from 1, and ``itemsPerPage``."""
        return ("page", str(start // size + 1)), ("itemsPerPage", str(size))

    def decode(self, request: Request[Any], reply: Reply) -> Any:
        """Unwrap the payload; writes keep their warnings."""
        from .._core.answers import Answer, Started
        from .._core.pages import Page

        into: Any = request.endpoint.into
        raw: Json = self.codec.load(reply.body) if reply.body.strip() else {}
        if not isinstance(raw, dict):
            raise Mismatch("$", "an object was due, something else came")
        envelope = cast("JsonObject", raw)
        at = request.endpoint.at
        path = ".".join(("$", *at))
        if get_origin(into) is Answer:
            (kind,) = get_args(into)
            problems = self.complaints(request, raw)
            if kind is type(None):
                data = None
            elif envelope.get("data") is None and problems:
                raise InvalidRequest(request, reply, problems)  # 200, yet nothing was done
            else:
                data = self.codec.decode(self.payload(raw, at), kind, path)
            return Answer(data, problems, _request_id(envelope, reply))
        if envelope.get("data") is None and (problems := self.complaints(request, raw)):
            raise InvalidRequest(request, reply, problems)
        data = self.payload(raw, at)
        if get_origin(into) is Page:
            rows: Any = self.codec.decode(data, many_of(get_args(into)[0]), path)
            return _page(request, raw, rows)
        if get_origin(into) is Started:
            row = get_args(into)[0]
            return Started(self.codec.decode(data, str, path), None if row is type(None) else row)
        return self.codec.decode(data, into, path)

    def problems(self, raw: Json) -> tuple[Problem, ...]:
        """The ``errors`` of an envelope, or the bare ``error`` of the OAuth server."""
        from .._core.answers import Problem
        from .._core.scrub import told

        row = self.row(raw)
        found = tuple(
            Problem(
                told(each.get("errorCode")), told(each.get("message")), told(each.get("instance")) or None
            )
            for each in self.rows(row.get("errors"))
        )
        bare = told(row.get("error"))
        return found or ((Problem(bare, told(row.get("error_description"))),) if bare else ())

    def explain(
        self, kind: type[ApiError], request: Request[Any], reply: Reply, problems: tuple[Problem, ...]
    ) -> tuple[type[ApiError], str | None]:
        """Name the way out where the code tells it, and recognise an order imported before."""
        hint = next((_HINTS[p.code] for p in problems if p.code in _HINTS), None)
        # The code of this refusal is not documented; the text has been observed.
        repeated = any("already imported" in problem.message.lower() for problem in problems)
        if repeated and kind is InvalidRequest and request.endpoint.vendor_id == "createOrder":
            return DuplicateExternalCode, "The order was imported before; look it up instead"
        if hint is None and kind in (AuthenticationError, Forbidden):
            hint = _HINTS["invalid-token" if kind is AuthenticationError else "invalid-token-no-rights"]
        return kind, hint


def _request_id(envelope: JsonObject, reply: Reply) -> str | None:
    from .._core.scrub import told

    return told(SHOPTET.row(envelope.get("metadata")).get("requestId")) or reply.request_id


def _page(request: Request[Any], raw: Json, rows: tuple[Any, ...]) -> Page[Any]:
    from .._core.pages import Page

    asked = dict(request.query)
    paginator = SHOPTET.row(SHOPTET.row(raw["data"]).get("paginator"))
    keys = ("totalCount", "page", "itemsPerPage")
    total, page, told = (SHOPTET.whole(paginator, key, "$.data.paginator") for key in keys)
    size = max(told or int(asked["itemsPerPage"]), 1)
    return Page(rows, total, ((page or int(asked["page"])) - 1) * size, size)


SHOPTET: Final = ShoptetApi()
"""Shoptet's API."""
