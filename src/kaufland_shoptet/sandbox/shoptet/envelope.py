"""Shoptet's envelope: `data`, `errors`, `metadata`, and the error items in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from attrs import evolve, frozen

from ..checks import Flaw
from ..clock import central_european
from ..routes import Refused
from ..wire import Answer, answer, dumps

Row = dict[str, Any]


@frozen
class Error:
    """One item of `errors`: code, message, and what it is about (a code, a JSON path, ``payload``)."""

    code: str
    message: str
    instance: str = "payload"


def reply(status: int, data: Any, errors: Iterable[Error] = ()) -> Answer:
    """An answer in the envelope; `metadata` is added when it leaves (`stamped`)."""
    items = [{"errorCode": row.code, "message": row.message, "instance": row.instance} for row in errors]
    return answer(
        status, {"data": data, "errors": items or None}, content_type="application/json; charset=utf-8"
    )


def stamped(given: Answer, request_id: str, headers: Mapping[str, str]) -> Answer:
    """The answer with its request id, in the header and in `metadata`, unless it is a file, empty or without `data`."""
    headers = {**given.headers, **headers, "x-request-id": request_id}
    if (
        not given.body.startswith(b'{"data"')
        or given.headers.get("content-type") == "application/octet-stream"
    ):
        return evolve(given, headers=headers)
    body = given.body.removesuffix(b"}") + b',"metadata":' + dumps({"requestId": request_id}) + b"}"
    return evolve(given, headers=headers, body=body)


def refuse(status: int, *errors: Error) -> Refused:
    """An error answer to raise."""
    return Refused(reply(status, None, errors))


def invalid(message: str, instance: str = "payload") -> Refused:
    """422 for one thing that is wrong with a body."""
    return refuse(422, Error("invalid-request-data", message, instance))


def malformed(flaws: Iterable[Flaw]) -> Refused:
    """422 for everything that does not fit the schema."""
    return refuse(422, *(Error("invalid-request-data", flaw.message, flaw.at) for flaw in flaws))


def bad_parameter(name: str, message: str, code: str = "invalid-parameter") -> Refused:
    """400 for a query parameter."""
    return refuse(400, Error(code, message, name))


def not_found(what: str, spoken: str, name: str) -> Refused:
    """404; `what` is the word in the error code, `spoken` the one in the message."""
    return refuse(404, Error(f"{what}-not-found", f'{spoken} "{name}" not found.', name))


def stamp(moment: datetime | None) -> str | None:
    """A time as Shoptet writes it: with the offset of Prague, without a colon in it."""
    return central_european(moment).strftime("%Y-%m-%dT%H:%M:%S%z") if moment else None


def read_stamp(text: str) -> datetime | None:
    """A time of a request, with or without offset; None when it has another form, or is beyond the calendar."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:?\d\d)?", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=central_european(moment.replace(tzinfo=UTC)).tzinfo)
        central_european(moment)  # the last hours of all have no such time, nor the first
    except (ValueError, OverflowError):
        return None
    return moment


_BARE: Final[Mapping[int, Error]] = {
    401: Error("expired-token", "Access token has expired.", "unknown"),
    423: Error("locked", "Another request for this URL is being processed.", "unknown"),
    429: Error("too-many-requests", "Too Many Requests", "unknown"),
    500: Error("server-error", "Internal Server Error", "unknown"),
}


def bare(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    """An error that comes before any operation; of these codes only that of 401 is documented."""
    given = reply(status, None, [_BARE[status]])
    return evolve(given, headers={**given.headers, **(headers or {})})
