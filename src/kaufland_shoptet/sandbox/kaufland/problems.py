"""Kaufland's error answers: `type`, `message` and, for wrong values, `errors` with field and message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ..checks import Flaw
from ..routes import Refused
from ..wire import Answer, answer


def problem(status: int, kind: str, message: str, flaws: Iterable[Flaw] = ()) -> Refused:
    """An error to raise; `kind` is the part of the type after ``/problems/``."""
    errors = [{"field": flaw.at, "message": flaw.message} for flaw in flaws]
    return Refused(answer(status, {"type": f"/problems/{kind}", "message": message, "errors": errors}))


def invalid(*flaws: Flaw) -> Refused:
    """400 for wrong values. The message names the parameters, the reasons are in `errors`."""
    names = ", ".join(dict.fromkeys(_camel(flaw.at) for flaw in flaws))
    worded = [
        Flaw(flaw.at, f"{flaw.at} {flaw.message[:1].lower()}{flaw.message[1:]}".strip()) for flaw in flaws
    ]
    return problem(400, "validation-error", f"Parameters [{names}] are missing or have wrong value.", worded)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def unknown(what: str, name: object) -> Refused:
    """404."""
    return problem(404, "not-found", f"{what} {name} not found.")


def forbidden(message: str, kind: str = "forbidden") -> Refused:
    """403."""
    return problem(403, kind, message)


def fulfilled_by_kaufland() -> Refused:
    """403 for actions on what Kaufland itself dispatches."""
    return forbidden("Access forbidden. The method cannot be executed for entity fulfilled by Kaufland.")


_BARE: Final[Mapping[int, tuple[str, str]]] = {
    401: ("/problems/invalid-credentials", "Invalid credentials."),
    423: ("about:blank", "Locked"),
    429: ("about:blank", "Too Many Requests"),
    500: ("/problems/server-error", "Internal Server Error"),
}


def bare(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    """An error that comes before any operation."""
    kind, message = _BARE[status]
    return answer(status, {"type": kind, "message": message, "errors": []}, headers)
