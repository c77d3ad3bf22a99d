"""Jobs: requests that are only queued, run on the clock, and leave a file behind."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Final

from attrs import define

from ..clock import Clock
from ..params import Parser, choice, offset_time, text
from ..routes import Asked, Route
from ..switches import Switches
from ..wire import Answer, dumps
from . import products
from .envelope import Error, Row, not_found, refuse, reply, stamp
from .orders import FILTERS, snapshot
from .paging import page, paged
from .shop import Shop
from .tokens import random_text

STATES: Final = ("pending", "running", "completed", "failed", "expired", "killed")
READS: Final = 10
"""How often the detail of an unfinished job may be read."""

KEPT: Final = timedelta(hours=24)
BROKEN_AFTER: Final = timedelta(hours=3)
FORGOTTEN_AFTER: Final = timedelta(days=30)
"""How long anything is known of a job."""


@define(eq=False, kw_only=True)
class Job:
    """One job: `reads` counts the looks at its detail while it was unfinished, `file` is its result."""

    id: str
    endpoint: str
    created: datetime
    status: str = "pending"
    completed: datetime | None = None
    reads: int = 0
    file: bytes = b""
    name: str = ""


class Office(Shop):
    """A shop that runs jobs. `result_base` is the address under which result files are downloaded."""

    def __init__(self, clock: Clock, switches: Switches, dice: Random) -> None:
        super().__init__(clock, switches, dice)
        self.jobs: dict[str, Job] = {}
        self.result_base = ""

    def start(self, endpoint: str, rows: Callable[[], Iterable[Row]]) -> Job:
        """Queue a job.

        Raises:
            Refused: Nobody registered for ``job:finished``.
        """
        if not any(hook["event"] == "job:finished" for hook in self.webhooks.values()):
            message = "Webhook job:finished is required to run asynchronous requests."
            raise refuse(403, Error("webhook-job-finished-required", message, "job:finished"))
        number = random_text(self.dice, 7).lower()
        job = Job(id=number, endpoint=endpoint, created=self.clock.now())
        self.jobs[number] = job
        self.clock.after(1, lambda: self._run(job))
        if self.switches.jobs_stuck:
            self.clock.after(BROKEN_AFTER, lambda: self._finish(job, "failed"))
        else:
            self.clock.after(self.switches.job_seconds, lambda: self._complete(job, rows))
        return job

    def _run(self, job: Job) -> None:
        job.status = "running"

    def _finish(self, job: Job, status: str) -> None:
        job.status = status
        job.completed = self.clock.now()
        self.clock.after(FORGOTTEN_AFTER, lambda: self.jobs.pop(job.id))

    def _complete(self, job: Job, rows: Callable[[], Iterable[Row]]) -> None:
        self._finish(job, "completed")
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as file:
            for row in rows():
                file.write(dumps(row) + b"\n")
        job.file = packed.getvalue()
        job.name = f"{job.id}-{random_text(self.dice, 7).lower()}.json"
        if self.switches.job_expires:
            self.clock.after(KEPT, lambda: self._expire(job))
        self.emit("job:finished", job.id)

    def _expire(self, job: Job) -> None:
        job.status = "expired"

    def download(self, name: str) -> Answer:
        """A result file; no token is asked for, and after a day it is gone."""
        for job in self.jobs.values():
            if name and job.name == name and self.clock.now() < (job.completed or job.created) + KEPT:
                return Answer(status=200, headers={"content-type": "application/gzip"}, body=job.file)
        return Answer(status=404, headers={"content-type": "text/html"}, body=b"<h1>Not Found</h1>")


def _row(job: Job) -> Row:
    return {
        "jobId": job.id,
        "endpoint": job.endpoint,
        "creationTime": stamp(job.created),
        "completionTime": stamp(job.completed),
        "status": job.status,
        "validUntil": stamp(job.completed and job.completed + KEPT),
        "language": "cs",
    }


def order_snapshot(shop: Office, asked: Asked) -> Answer:
    """Queue a job that writes all orders."""
    job = shop.start("/api/orders/snapshot", snapshot(shop, asked))
    return reply(202, {"jobId": job.id})


def product_snapshot(shop: Office, asked: Asked) -> Answer:
    """Queue a job that writes all products."""
    job = shop.start("/api/products/snapshot", products.snapshot(shop, asked))
    return reply(202, {"jobId": job.id})


_TIMES: Mapping[str, tuple[str, int]] = {
    "creationTimeFrom": ("created", 1),
    "creationTimeTo": ("created", -1),
    "completionTimeFrom": ("completed", 1),
    "completionTimeTo": ("completed", -1),
}


def _fits(job: Job, asked: Asked) -> bool:
    for name, (attribute, sign) in _TIMES.items():
        bound: datetime | None = asked.query.get(name)
        moment: datetime | None = getattr(job, attribute)
        if bound is not None and (moment is None or (moment - bound) * sign < timedelta(0)):
            return False
    return asked.query.get("status") in (None, job.status)


def list_jobs(shop: Office, asked: Asked) -> Answer:
    """Jobs by state and time; looking here does not count as a look at the detail."""
    rows = [job for job in shop.jobs.values() if _fits(job, asked)]
    return page(shop, asked, "jobs", rows, _row, default=100, maximum=500)


def get_job(shop: Office, asked: Asked) -> Answer:
    """One job; the eleventh look at an unfinished one is refused."""
    job = shop.jobs.get(asked.names["jobId"])
    if job is None:
        raise not_found("job", "Job with ID", asked.names["jobId"])
    if job.completed is None:
        job.reads += 1
        if job.reads > READS:
            message = f'You have exceeded the limit of job detail request for unprocessed job "{job.id}".'
            raise refuse(403, Error("job-detail-try-counter-exceeded-limit", message, job.id))
    done = job.status == "completed"
    seconds = (job.completed - job.created).total_seconds() if job.completed else None
    row = _row(job) | {
        "duration": None if seconds is None else f"{seconds:.3f}",
        "resultUrl": f"{shop.result_base}/api-results/{job.name}" if done else None,
        "log": None,
    }
    return reply(200, {"job": row})


_LIST: Mapping[str, Parser] = dict.fromkeys(_TIMES, offset_time) | {"status": choice(*STATES), **paged()}

ROUTES: tuple[Route[Office], ...] = (
    Route("GET", "/api/orders/snapshot", order_snapshot, query={**FILTERS, "include": text}, cost=10),
    Route(
        "GET",
        "/api/products/snapshot",
        product_snapshot,
        query={**products.FILTERS, "include": text},
        cost=10,
    ),
    Route("GET", "/api/system/jobs", list_jobs, query=_LIST),
    Route("GET", "/api/system/jobs/{jobId}", get_job),
)
