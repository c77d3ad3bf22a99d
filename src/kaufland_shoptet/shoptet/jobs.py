"""Jobs: wait for one, and write the files that batches read. Reading results: ``client.rows``.

Some operations only start a job and answer :class:`~kaufland_shoptet.Started`. Shoptet wants a registered
``job:finished`` webhook for that, and answers ten looks at an unfinished job.

>>> from kaufland_shoptet import Sandbox
>>> from kaufland_shoptet.shoptet.resources.webhooks import WebhookRegistration
>>> sandbox = Sandbox.demo()
>>> bridge, shoptet = sandbox.bridge(), sandbox.shoptet_client()
>>> report = bridge.apply(bridge.orders.plan())
>>> hook = WebhookRegistration(event="job:finished", url="https://shop.example/hook")
>>> answer = shoptet.webhooks.register([hook])
>>> started = shoptet.orders.snapshot()
>>> codes = [order.code for order in shoptet.rows(started)]  # waits, then reads while the file is coming
>>> shoptet.run(wait(started)).status
'completed'

See https://developers.shoptet.com/asynchronous-requests/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any, BinaryIO, Final, TypeAlias

from .._core.answers import Started
from .._core.exchange import Policy
from .._core.flows import Flow, do, pause
from .._core.rows import Download, RowLimits
from .._core.scrub import scrub
from .._core.values import Model
from ..errors import FileTooLarge, Forbidden, JobFailed, JobUnfinished, ResultError
from .api import SHOPTET
from .resources.jobs import Job, Jobs

__all__ = ["LARGEST", "WAITS", "Hint", "RowLimits", "dump_rows", "wait", "write_rows"]


def __dir__() -> list[str]:
    return __all__


WAITS: Final[Sequence[float]] = (5, 10, 20, 40, 80, 160, 320, 600, 1200, 1800)
"""Seconds before each look at a job: the ten looks there are, spread over 70 minutes."""

LOOK: Final = 5.0
"""Seconds between two questions to a hint."""

LARGEST: Final = 100_000_000
"""Bytes of the largest file that a batch reads."""

Hint: TypeAlias = bool | Callable[[], bool]
"""What is known of a job without asking Shoptet: that its ``job:finished`` webhook came, or whom to ask."""

_ENDED = ("failed", "expired", "killed")
_EXCEEDED = "job-detail-try-counter-exceeded-limit"


def wait(
    job: Started[Any] | Job | str, *, finished: Hint = False, waits: Sequence[float] = WAITS
) -> Flow[Job]:
    """Wait until a job is completed, and evaluate to it. A flow: ``client.run(wait(…))``, or await it in yours.

    Args:
        job: What started it, the job itself, or its number.
        finished: Whether its ``job:finished`` webhook came: then the job is looked at without waiting. A
            function is asked every 5 seconds, and costs none of the looks.
        waits: Seconds before each look; one look each, ten at most.

    Returns:
        The completed job, with the address of its result or its log.

    Raises:
        JobFailed: It failed, was killed, or its result expired.
        JobUnfinished: It is not done after the last look.
        NotFound: There is no such job.
    """
    if not 0 < len(waits) <= len(WAITS):
        raise ValueError(f"an unfinished job may be looked at 1 to {len(WAITS)} times, not {len(waits)}")
    number = job if isinstance(job, str) else job.job_id
    return Flow(_wait, (number, finished, tuple(waits)), {})


async def _wait(number: str, finished: Hint, waits: Sequence[float]) -> Job:
    status = "unfinished"
    for seconds in waits:
        if await _told(seconds, finished):
            finished = False  # a hint that was too early is not believed again
        try:
            job = await Jobs.get(number)
        except Forbidden as error:
            if _EXCEEDED in error.codes:
                raise JobUnfinished(number, status, len(WAITS)) from error
            raise
        status = job.status
        if status == "completed":
            return job
        if status in _ENDED:
            raise JobFailed(number, job.endpoint, status, None if job.log is None else scrub(job.log))
    raise JobUnfinished(number, status, len(waits))


async def _told(seconds: float, finished: Hint) -> bool:
    """Let *seconds* pass, or fewer when the hint says so; whether it did."""
    if not callable(finished):
        if not finished:
            await pause(seconds)
        return finished
    left = seconds
    while not await do(finished):
        if left <= 0:
            return False
        await pause(min(left, LOOK))
        left -= LOOK
    return True


def row_of(job: Started[Any] | Job | str, row: Any) -> Any:
    """The type of the rows of a job, which *row* tells unless the start did."""
    row = job.row if row is None and isinstance(job, Started) else row
    if row is None:
        raise TypeError(f"{job!r} has no rows, only a log; wait for it and read that")
    return row


def download(job: Job, row: Any, limits: RowLimits | None, policy: Policy) -> Download[Any]:
    """The download of a completed job's result."""
    if job.result_url is None:
        raise ResultError(job.job_id, 1, "there is no file; what the job did stands in its log")
    return Download(SHOPTET, job.job_id, job.result_url, row, limits or RowLimits(), policy)


def write_rows(rows: Iterable[Model], file: BinaryIO, *, largest: int = LARGEST) -> int:
    """Write *rows* to a file that a batch reads: one JSON object a line, in UTF-8.

    The rows are those of the batch: :class:`~.resources.orders.OrderBatchCreate` for
    ``orders.create_batch``, :class:`~.resources.products.ProductBatchUpdate` for ``products.update_batch`` and
    so on. Put the file where Shoptet can fetch it and give its address to the batch.

    Args:
        rows: Taken one at a time.
        file: Open for writing bytes.
        largest: Bytes; Shoptet takes 100 MB.

    Returns:
        The number of rows written.

    Raises:
        FileTooLarge: The next row would not fit; those before it are in the file.
        ValueError: A value cannot be written without changing it.
    """
    size = count = 0
    codec = SHOPTET.codec
    for row in rows:
        line = codec.dump(codec.encode(row)) + b"\n"
        size += len(line)
        if size > largest:
            raise FileTooLarge(count, largest)
        file.write(line)
        count += 1
    return count


def dump_rows(rows: Iterable[Model], *, largest: int = LARGEST) -> bytes:
    """The bytes that :func:`write_rows` would write."""
    file = BytesIO()
    write_rows(rows, file, largest=largest)
    return file.getvalue()
