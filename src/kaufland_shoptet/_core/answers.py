"""What an answer can be besides plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import field, frozen

from .scrub import scrub, scrub_name

if TYPE_CHECKING:
    from typing_extensions import TypeForm

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


@frozen
class Problem:
    """One thing the vendor complains about.

    Attributes:
        code: Kaufland's problem type or Shoptet's ``errorCode``; may be empty.
        message: The vendor's text, with anything that looks personal blanked out.
        where: Field, path or thing it is about, if told; printed without what looks personal or like a key.
    """

    code: str = field(converter=scrub_name)
    message: str = field(converter=scrub)
    where: str | None = field(default=None, repr=lambda where: repr(where and scrub_name(where)))

    def __str__(self) -> str:
        text = " ".join(part for part in (self.code, self.message) if part)
        return f"{text} ({scrub_name(self.where)})" if self.where else text


@frozen
class Answer(Generic[T_co]):
    """What Shoptet answers to a write: the data, and warnings about what was left undone.

    A status of 200 with warnings is partial success: some records, or some side effects such as a
    document, were refused while the rest was done.

    Attributes:
        data: What was asked for.
        warnings: What was left undone, in Shoptet's words.
        request_id: Shoptet's number of this exchange, for its support.
    """

    data: T_co
    warnings: tuple[Problem, ...] = ()
    request_id: str | None = None

    @property
    def complete(self) -> bool:
        """Whether everything asked for was done."""
        return not self.warnings


@frozen
class Created(Generic[T_co]):
    """What Kaufland answers to a creation: an identity, in one of the several ways it is told.

    Attributes:
        id: Last part of ``Location``, else the identifier in the body, else ``None``: then look the
            thing up by what you named it.
        data: The body's data, when there was a body.
        location: The ``Location`` header as it came.
    """

    id: str | None
    data: T_co | None = None
    location: str | None = None


@frozen
class Started(Generic[T]):
    """A Shoptet job that was queued.

    Attributes:
        job_id: What ``jobs.get`` takes.
        row: Type of one line of the result file; ``None`` for jobs whose result is only a log.
    """

    job_id: str
    row: TypeForm[T] | None = None
