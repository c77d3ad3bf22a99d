"""What can go wrong.

::

    KauflandShoptetError
    ├── SettingsError            a setting is missing or cannot be (also a ValueError)
    │   └── MissingCredentials   no keys were given
    ├── TokenError               Shoptet's OAuth server gave no API token
    ├── NoAnswer                 the exchange broke off before an answer came
    │   ├── NotSent              … before the request left: nothing happened
    │   └── OutcomeUnknown       … after a write may have been carried out: read back, do not repeat
    ├── UnexpectedAnswer         an answer came, but not one of this API's
    │   ├── AnswerTooLarge       more bytes than are read of an answer
    │   ├── DecodeError          JSON of another shape than documented; names the path
    │   └── PagingError          a list ended before its own total said so
    ├── ApiError                 the API answered, and the answer is an error
    │   ├── InvalidRequest       400, 413, 422
    │   │   └── DuplicateExternalCode   Shoptet has an order with this external code
    │   ├── AuthenticationError  401
    │   ├── Forbidden            403
    │   ├── NotFound             404
    │   ├── Conflict             409
    │   ├── Locked               423
    │   ├── RateLimited          429
    │   └── ServerError          500 and above
    ├── JobError                 a job of Shoptet did not give what was asked of it
    │   ├── JobFailed            it failed, was killed, or its result expired
    │   ├── JobUnfinished        it runs on and may not be looked at any more
    │   └── ResultError          its file is cut, damaged or not what was promised; names the row
    ├── FileTooLarge             a file of rows grew larger than Shoptet takes (also a ValueError)
    ├── FeedError                a feed is not what it should be, or ends in the middle (also a ValueError)
    ├── NotificationError        what claims to be a notification cannot be trusted or read (also a ValueError)
    ├── MappingError             a value of one side has no counterpart on the other (also a ValueError)
    ├── PlanError                a plan cannot be applied as it stands
    └── LedgerError              the ledger contradicts itself or cannot be used

Every error says what is wrong, where, and what to do. None carries a secret or a buyer's data.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._core.answers import Problem
    from ._core.request import Reply, Request

__all__ = [
    "AnswerTooLarge",
    "ApiError",
    "AuthenticationError",
    "Conflict",
    "DecodeError",
    "DuplicateExternalCode",
    "FeedError",
    "FileTooLarge",
    "Forbidden",
    "InvalidRequest",
    "JobError",
    "JobFailed",
    "JobUnfinished",
    "KauflandShoptetError",
    "LedgerError",
    "Locked",
    "MappingError",
    "MissingCredentials",
    "NoAnswer",
    "NotFound",
    "NotSent",
    "NotificationError",
    "OutcomeUnknown",
    "PagingError",
    "PlanError",
    "RateLimited",
    "ResultError",
    "ServerError",
    "SettingsError",
    "TokenError",
    "UnexpectedAnswer",
]


def __dir__() -> list[str]:
    return __all__


class KauflandShoptetError(Exception):
    """Base of everything this package raises on purpose."""


class SettingsError(KauflandShoptetError, ValueError):
    """A setting is missing, unknown or impossible. The message names the key and the way out.

    Settings are read to their end: what else is wrong with them is in :attr:`others`.
    """

    def __init__(self, key: str, problem: str, remedy: str, others: Iterable[SettingsError] = ()) -> None:
        others = tuple(others)
        super().__init__(key, problem, remedy, others)
        self.key = key
        """The setting, dotted from the top: ``storefront.cz.shipping.default``."""
        self.problem = problem
        self.remedy = remedy
        self.others = others
        """The other problems found on the same occasion; they have no others of their own."""

    def __str__(self) -> str:
        text = f"{self.key}: {self.problem} {self.remedy}"
        if not self.others:
            return text
        return f"{text} ({len(self.others)} more to mend: {', '.join(other.key for other in self.others)})"

    @classmethod
    def gathered(cls, problems: Iterable[SettingsError]) -> SettingsError:
        """One error for *problems*, of which there is at least one: the first, carrying the rest."""
        first, *rest = (
            SettingsError(one.key, one.problem, one.remedy)
            for problem in problems
            for one in (problem, *problem.others)
        )
        return SettingsError(first.key, first.problem, first.remedy, rest)

    def within(self, section: str) -> SettingsError:
        """The same problems, with *section* put before their keys; an empty *section* changes nothing."""
        dot = "." if section else ""
        return SettingsError(
            f"{section}{dot}{self.key}",
            self.problem,
            self.remedy,
            (other.within(section) for other in self.others),
        )


class MissingCredentials(SettingsError):
    """No keys were given, neither as arguments nor in the environment."""


class TokenError(KauflandShoptetError):
    """Shoptet's OAuth server gave no API token; ``code`` is its own word for why."""

    def __init__(self, code: str, meaning: str) -> None:
        super().__init__(code, meaning)
        self.code = code
        self.meaning = meaning

    def __str__(self) -> str:
        return f"{self.code}: {self.meaning}"


class NoAnswer(KauflandShoptetError):
    """The exchange broke off before an answer came."""

    def __init__(self, request: Request[Any], reason: str) -> None:
        super().__init__(request, reason)
        self.request = request
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.request}: {self.reason}"


class NotSent(NoAnswer):
    """The request never left: nothing happened at the other side, repeating is safe."""


class OutcomeUnknown(NoAnswer):
    """A write may or may not have been carried out. Read the thing back; do not repeat it blindly."""

    def __str__(self) -> str:
        return f"{self.request}: {self.reason}; it may have been carried out: read back before repeating"


class UnexpectedAnswer(KauflandShoptetError):
    """An answer came, but not one of this API's: HTML from a proxy, a cut body, a redirect."""

    def __init__(self, request: Request[Any], reason: str, request_id: str | None = None) -> None:
        super().__init__(request, reason, request_id)
        self.request = request
        self.reason = reason
        self.request_id = request_id

    def __str__(self) -> str:
        tail = f" (request id {self.request_id})" if self.request_id else ""
        return f"{self.request}: {self.reason}{tail}"


class AnswerTooLarge(UnexpectedAnswer):
    """An answer has more bytes, unpacked, than the client reads; its ``largest`` says how many that are."""


class DecodeError(UnexpectedAnswer):
    """The answer is JSON, but not of the documented shape. ``path`` says where, as in ``$.data.price``."""

    def __init__(self, request: Request[Any], path: str, problem: str, request_id: str | None = None) -> None:
        super().__init__(request, f"{problem} @ {path}", request_id)
        self.args: tuple[Any, ...] = (request, path, problem, request_id)
        self.path = path
        self.problem = problem


class PagingError(UnexpectedAnswer):
    """A list ended before its own total said so; acting on a part of it could lose something."""


class ApiError(KauflandShoptetError):
    """The API answered with an error status."""

    hint: str | None = None
    """What usually helps, when something does."""

    def __init__(
        self,
        request: Request[Any],
        reply: Reply,
        problems: tuple[Problem, ...] = (),
        *,
        retry_after: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(request, reply, problems)
        self.request = request
        self.reply = reply
        self.problems = problems
        self.retry_after = retry_after
        """Seconds the server asked to wait, when it did."""
        if hint is not None:
            self.hint = hint

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.reply.status

    @property
    def request_id(self) -> str | None:
        """What the vendor's support asks for."""
        return self.reply.request_id

    @property
    def codes(self) -> frozenset[str]:
        """The vendor's problem types or error codes, without the texts."""
        return frozenset(p.code for p in self.problems if p.code)

    def __str__(self) -> str:
        told = "; ".join(map(str, self.problems))
        text = f"{self.status} for {self.request}" + (f": {told}" if told else "")
        if self.request_id:
            text += f" (request id {self.request_id})"
        return f"{text}. {self.hint}" if self.hint else text


class InvalidRequest(ApiError):
    """The request was understood and refused: parameters, body, batch size (400, 413, 422)."""


class DuplicateExternalCode(InvalidRequest):
    """Shoptet already has, or had, an order with this external code: proof that it was imported."""


class AuthenticationError(ApiError):
    """The keys, token or signature were refused (401)."""

    clock_skew: float | None = None
    """Seconds by which this machine's clock is ahead of the server's, by the ``Date`` of the answer."""

    def __str__(self) -> str:
        text = super().__str__()
        if self.clock_skew is None or abs(self.clock_skew) < 60:
            return text
        side = "ahead of" if self.clock_skew > 0 else "behind"
        return f"{text}. This machine's clock is {abs(self.clock_skew):.0f} s {side} the server's: set it"


class Forbidden(ApiError):
    """Not allowed for this account, token, module or state (403)."""


class NotFound(ApiError):
    """There is nothing at that address, or it is not yours (404)."""


class Conflict(ApiError):
    """Something changed or runs in the meantime (409); read again and decide again."""


class Locked(ApiError):
    """The same thing is being processed right now (423)."""


class RateLimited(ApiError):
    """Too many requests (429)."""


class ServerError(ApiError):
    """The vendor's server failed (500 and above)."""


class JobError(KauflandShoptetError):
    """A job of Shoptet did not give what was asked of it."""

    job_id: str


class JobFailed(JobError):
    """A job ended without a result: it failed, was killed, or its result expired.

    Attributes:
        status: ``failed``, ``killed`` or ``expired``.
        log: What the job told, with anything that looks personal blanked out.
    """

    def __init__(self, job_id: str, endpoint: str, status: str, log: str | None = None) -> None:
        super().__init__(job_id, endpoint, status, log)
        self.job_id = job_id
        self.endpoint = endpoint
        self.status = status
        self.log = log

    def __str__(self) -> str:
        told = f": {self.log.strip()[:200]}" if self.log and self.log.strip() else ""
        return f"job {self.job_id} ({self.endpoint}) is {self.status}{told}. Start it again"


class JobUnfinished(JobError):
    """A job runs on and may not be looked at any more: Shoptet answers ten looks at an unfinished job."""

    def __init__(self, job_id: str, status: str, reads: int) -> None:
        super().__init__(job_id, status, reads)
        self.job_id = job_id
        self.status = status
        self.reads = reads

    def __str__(self) -> str:
        return (
            f"job {self.job_id} is {self.status} after {self.reads} looks, and ten are allowed; wait for its "
            "job:finished webhook or look for it in jobs.list(status='completed')"
        )


class ResultError(JobError):
    """The file of a job is cut, damaged, too large or not what was promised.

    Attributes:
        row: Number of the row that could not be read, counted from 1; all before it were good.
    """

    def __init__(self, job_id: str, row: int, problem: str) -> None:
        super().__init__(job_id, row, problem)
        self.job_id = job_id
        self.row = row
        self.problem = problem

    def __str__(self) -> str:
        return f"result of job {self.job_id}, row {self.row}: {self.problem}"


class FileTooLarge(KauflandShoptetError, ValueError):
    """A file of rows grew larger than Shoptet takes; ``rows`` of them fit."""

    def __init__(self, rows: int, limit: int) -> None:
        super().__init__(rows, limit)
        self.rows = rows
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"only {self.rows} rows fit into the {self.limit} bytes that Shoptet takes; write several files"
        )


class FeedError(KauflandShoptetError, ValueError):
    """A feed is not one, must not be read, or breaks off; nothing after the place can be read.

    Attributes:
        line: Where, counted from 1.
        items: How many items came before.
    """

    def __init__(self, problem: str, line: int = 1, items: int = 0) -> None:
        super().__init__(problem, line, items)
        self.problem = problem
        self.line = line
        self.items = items

    def __str__(self) -> str:
        after = f", after {self.items} items" if self.items else ""
        return f"the feed, line {self.line}{after}: {self.problem}"


class NotificationError(KauflandShoptetError, ValueError):
    """What claims to be a notification cannot be trusted or read. Answer 400 and do nothing else.

    Attributes:
        problem: What is wrong with it; nothing of the message is repeated.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class MappingError(KauflandShoptetError, ValueError):
    """A value of one side has no counterpart on the other. Names the field, the value and the way out."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(field, problem, remedy)
        self.field = field
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.field}: {self.problem} {self.remedy}"


class PlanError(KauflandShoptetError):
    """A plan cannot be applied as it stands."""


class LedgerError(KauflandShoptetError):
    """The ledger contradicts itself or cannot be used."""
