"""Jobs from start to last row: on the sandbox, over sockets, and over connections that break."""

from __future__ import annotations

import gzip
import io
import json
import pickle
from contextlib import aclosing
from decimal import Decimal

import anyio
import anyio.lowlevel
import httpx
import pytest
from attrs import frozen

from kaufland_shoptet import (
    SHOPTET,
    UNSET,
    AsyncShoptet,
    InMemory,
    Model,
    Reply,
    Request,
    Sandbox,
    Shoptet,
    Started,
    pause,
)
from kaufland_shoptet._core.flows import Do, Pause
from kaufland_shoptet.errors import (
    FileTooLarge,
    Forbidden,
    JobError,
    JobFailed,
    JobUnfinished,
    NotFound,
    ResultError,
)
from kaufland_shoptet.sandbox import START, Fault, Switches
from kaufland_shoptet.sandbox.sdk import SimulatedClock, transport
from kaufland_shoptet.sandbox.server import Server
from kaufland_shoptet.shoptet import jobs
from kaufland_shoptet.shoptet.jobs import WAITS, RowLimits, dump_rows, wait, write_rows
from kaufland_shoptet.shoptet.resources.jobs import Job
from kaufland_shoptet.shoptet.resources.orders import Order, OrderBatchCreateSettings
from kaufland_shoptet.shoptet.resources.products import ProductBatchUpdate, Products
from kaufland_shoptet.shoptet.resources.webhooks import WebhookRegistration

COLOURS = ["blocking", "asyncio", "trio"]


@pytest.fixture
def shop():
    """A sandbox with orders in its e-shop, where somebody is told when a job is done."""

    def make(**switches):
        sandbox = Sandbox.demo(switches=Switches(**switches))
        bridge = sandbox.bridge()
        bridge.apply(bridge.orders.plan())
        hook = WebhookRegistration(event="job:finished", url="https://shop.example/hook")
        sandbox.shoptet_client().webhooks.register([hook])
        sandbox.log.clear()
        return sandbox

    return make


@pytest.fixture
def sandbox(shop):
    return shop()


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


@pytest.fixture
def play(colour):
    """Let a client of each colour do something: start a snapshot, run a flow, take all rows."""

    def run(sandbox, act):
        if colour == "blocking":
            return act(sandbox.shoptet_client())

        async def main():
            async with sandbox.async_shoptet_client() as client:
                return await act(client)

        return anyio.run(main, backend=colour)

    return run


def snapshot(sandbox):
    return sandbox.shoptet_client().orders.snapshot()


def taken(client, *args, **how):
    """All rows, by either kind of client."""
    if isinstance(client, Shoptet):
        return list(client.rows(*args, **how))

    async def walk():
        async with aclosing(client.rows(*args, **how)) as rows:
            return [row async for row in rows]

    return walk()


def looks(sandbox):
    return sum(1 for entry in sandbox.log if entry.path.startswith("/api/system/jobs/"))


def codes(sandbox):
    return sorted(sandbox.shoptet.orders)


# Rows.


def test_rows_of_a_snapshot_are_waited_for_and_typed(sandbox, play):
    rows = play(sandbox, lambda client: taken(client, snapshot(sandbox)))
    assert sorted(row.code for row in rows) == codes(sandbox)
    assert all(type(row) is Order for row in rows)
    assert type(rows[0].price.with_vat) is Decimal
    assert looks(sandbox) == 3  # after 5, 15 and 35 seconds of a job that takes 30


def test_rows_of_a_known_job_need_to_be_told_their_type(sandbox, play):
    number = snapshot(sandbox).job_id
    job = sandbox.shoptet_client().run(wait(number))
    for known in (job, number):
        rows = play(sandbox, lambda client, known=known: taken(client, known, Order, finished=True))
        assert sorted(row.code for row in rows) == codes(sandbox)


def test_nothing_is_asked_for_before_the_first_row_is(sandbox):
    client = sandbox.shoptet_client()
    started = snapshot(sandbox)
    rows = client.rows(started)
    assert looks(sandbox) == 0
    assert next(rows).code in codes(sandbox)
    rows.close()


def test_a_job_that_only_leaves_a_log_has_no_rows(sandbox, play):
    for started in (Started("1xv8s4c", None), "1xv8s4c"):
        with pytest.raises(TypeError, match="has no rows, only a log"):
            play(sandbox, lambda client, started=started: taken(client, started))


def test_the_file_is_fetched_without_the_token(sandbox):
    asked = []
    inner = transport(sandbox)

    class Watching(httpx.BaseTransport):
        def handle_request(self, request):
            asked.append(request)
            return inner.handle_request(request)

    client = Shoptet(sandbox.private_token, transport=Watching(), clock=SimulatedClock(sandbox))
    list(client.rows(client.orders.snapshot()))
    last = asked[-1]
    assert last.url.host == "269953.myshoptet.com"
    assert {"user-agent", "accept-encoding", "host"} == set(last.headers)
    assert sandbox.private_token not in str(last.headers.raw)
    assert sandbox.private_token in str(asked[0].headers.raw)


@pytest.mark.parametrize("kind", ["truncated", "reset", "timeout", "html", "503", "429"])
def test_a_broken_download_is_taken_up_again(sandbox, play, kind):
    started = snapshot(sandbox)
    sandbox.faults.add(Fault(kind=kind, path="/api-results/*", times=2))
    rows = play(sandbox, lambda client: taken(client, started))
    assert sorted(row.code for row in rows) == codes(sandbox)


def test_a_download_that_never_succeeds_is_given_up(sandbox, play):
    started = snapshot(sandbox)
    sandbox.faults.add(Fault(kind="truncated", path="/api-results/*", times=99))
    with pytest.raises(ResultError, match="given up after 5 attempts in vain") as caught:
        play(sandbox, lambda client: taken(client, started))
    assert caught.value.job_id == started.job_id
    assert sum(1 for entry in sandbox.log if entry.path.startswith("/api-results/")) >= 5


def test_a_result_is_gone_after_a_day(sandbox, play):
    started = snapshot(sandbox)
    job = sandbox.shoptet_client().run(wait(started))
    sandbox.clock.advance(25 * 3600)
    with pytest.raises(ResultError, match="no file any more") as caught:
        play(sandbox, lambda client: taken(client, job, Order))
    assert job.result_url not in str(caught.value)


def test_limits_apply(sandbox, play):
    with pytest.raises(ResultError, match="more than 100 bytes"):
        play(sandbox, lambda client: taken(client, snapshot(sandbox), limits=RowLimits(total=100)))


def test_rows_come_over_a_socket_as_well(shop, colour):
    sandbox = shop()
    with Server(sandbox) as server:
        where = {"base_url": server.shoptet_url, "clock": SimulatedClock(sandbox)}
        if colour == "blocking":
            with Shoptet(sandbox.private_token, **where) as client:
                rows = list(client.rows(client.orders.snapshot()))
        else:

            async def main():
                async with AsyncShoptet(sandbox.private_token, **where) as client:
                    return await taken(client, await client.orders.snapshot())

            rows = anyio.run(main, backend=colour)
    assert sorted(row.code for row in rows) == codes(sandbox)


# Rows over a connection that breaks in the middle.

LINES = b"".join(json.dumps({"code": f"P{number}", "old": number}).encode() + b"\n" for number in range(3000))
FILE = gzip.compress(LINES)
JOB = {
    "jobId": "1xv8s4c",
    "endpoint": "/api/products/snapshot",
    "creationTime": None,
    "completionTime": None,
    "duration": None,
    "status": "completed",
    "resultUrl": "https://files.example/1xv8s4c.gz",
    "validUntil": None,
    "log": None,
}


class Fragile(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Gives the job, and its file in small pieces, a part of it at each attempt."""

    def __init__(self, *, ranges, parts=3, job=JOB):
        self._ranges = ranges
        self._step = len(FILE) // parts + 1
        self._job = job
        self.asked = []

    def _pieces(self, request):
        given = request.headers.get("range")
        start = int(given.removeprefix("bytes=").rstrip("-")) if given and self._ranges else 0
        self.asked.append(start)
        stop = self._step * len(self.asked)
        for place in range(start, min(stop, len(FILE)), 500):
            yield FILE[place : min(place + 500, stop)]
        if stop < len(FILE):
            raise httpx.ReadError("reset", request=request)

    def _respond(self, request, stream):
        if request.url.host != "files.example":
            return httpx.Response(200, json={"data": {"job": self._job}, "errors": None})
        headers = {"content-length": str(len(FILE)), "accept-ranges": "bytes" if self._ranges else "none"}
        status = 200
        if "range" in request.headers:
            start = int(request.headers["range"].removeprefix("bytes=").rstrip("-"))
            status, headers["content-length"] = 206, str(len(FILE) - start)
            headers["content-range"] = f"bytes {start}-{len(FILE) - 1}/{len(FILE)}"
        return httpx.Response(status, headers=headers, stream=stream(request))

    def handle_request(self, request):
        fragile = self

        class Body(httpx.SyncByteStream):
            def __iter__(self):
                yield from fragile._pieces(request)

        return self._respond(request, lambda _: Body())

    async def handle_async_request(self, request):
        fragile = self

        class Body(httpx.AsyncByteStream):
            async def __aiter__(self):
                for piece in fragile._pieces(request):
                    await anyio.lowlevel.checkpoint()
                    yield piece

        return self._respond(request, lambda _: Body())


class Patient:
    """A clock on which waiting takes no time."""

    def __init__(self):
        self.slept = []

    def now(self):
        return START

    def monotonic(self):
        return float(sum(self.slept))

    def sleep(self, seconds):
        self.slept.append(seconds)

    async def sleep_async(self, seconds):
        self.slept.append(seconds)
        await anyio.lowlevel.checkpoint()


def on(transport, colour, act, **options):
    clock = Patient()
    if colour == "blocking":
        with Shoptet("t" * 40, transport=transport, clock=clock, **options) as client:
            return act(client)

    async def main():
        async with AsyncShoptet("t" * 40, transport=transport, clock=clock, **options) as client:
            return await act(client)

    return anyio.run(main, backend=colour)


@frozen(kw_only=True)
class Row(Model):
    code: str


@pytest.mark.parametrize("ranges", [True, False])
def test_no_row_is_lost_or_given_twice_when_the_connection_breaks(colour, ranges):
    transport = Fragile(ranges=ranges)
    rows = on(transport, colour, lambda client: taken(client, "1xv8s4c", Row, finished=True))
    assert [row.code for row in rows] == [f"P{number}" for number in range(3000)]
    assert [row.extra["old"] for row in rows] == list(range(3000))
    assert len(transport.asked) == 3
    assert (transport.asked[1] > 0) is ranges


def test_a_client_that_may_try_once_does_not_resume(colour):
    transport = Fragile(ranges=True, parts=2)
    with pytest.raises(ResultError, match=r"the connection failed \(ReadError\); given up") as caught:
        on(transport, colour, lambda client: taken(client, "1xv8s4c", Row, finished=True), attempts=1)
    assert 100 < caught.value.row < 3000


# Under trio httpx leaves a generator of its own to the garbage collector.
@pytest.mark.filterwarnings("ignore:.*__aiter__ at:pytest.PytestUnraisableExceptionWarning")
def test_who_stops_early_leaves_nothing_open(colour):
    transport = Fragile(ranges=True, parts=1)

    def few(client):
        if colour == "blocking":
            rows = client.rows("1xv8s4c", Row, finished=True)
            found = [next(rows), next(rows)]
            rows.close()
            return found

        async def walk():
            async with aclosing(client.rows("1xv8s4c", Row, finished=True)) as rows:
                return [await anext(rows), await anext(rows)]

        return walk()

    assert [row.code for row in on(transport, colour, few)] == ["P0", "P1"]


@pytest.mark.parametrize(
    ("url", "told"),
    [("https://files.example:port/x", "its address"), ("https://files.example/\x01", "given up")],
)
def test_an_address_that_is_none_is_a_failure(colour, url, told):
    transport = Fragile(ranges=True, job={**JOB, "resultUrl": url})
    with pytest.raises(ResultError, match=told):
        on(transport, colour, lambda client: taken(client, "1xv8s4c", Row, finished=True))


def test_a_completed_job_without_a_file_says_so(colour):
    transport = Fragile(ranges=True, job={**JOB, "resultUrl": None})
    with pytest.raises(ResultError, match="there is no file; what the job did stands in its log"):
        on(transport, colour, lambda client: taken(client, "1xv8s4c", Row, finished=True))


def test_redirects_are_followed_without_the_token(colour):
    asked = []

    def handler(wire):
        asked.append(wire)
        if "/api/system" in wire.url:
            body = json.dumps({"data": {"job": JOB}, "errors": None}).encode()
            return Reply(200, {"content-type": "application/json"}, body)
        if "files.example" in wire.url:
            return Reply(302, {"location": "https://cdn.example/file"})
        return Reply(200, {}, FILE)

    rows = on(InMemory(handler), colour, lambda client: taken(client, "1xv8s4c", Row, finished=True))
    assert len(rows) == 3000
    assert [wire.url.split("/")[2] for wire in asked[1:]] == ["files.example", "cdn.example"]
    assert not any("token" in name.lower() for wire in asked[1:] for name in wire.headers)


# Waiting.


def job(status, log=None):
    raw = {**JOB, "status": status, "log": log}
    return SHOPTET.codec.decode(raw, Job)


def walk(flow, statuses, hints=()):
    """Step through *flow*: each look at the job sees the next status, each question to the hint the next answer."""
    statuses, hints = iter(statuses), iter(hints)
    steps = flow.__await__()
    done, value = [], None
    while True:
        try:
            effect = steps.send(value)
        except StopIteration as end:
            return done, end.value
        value = None
        match effect:
            case Pause():
                done.append(effect.seconds)
            case Do():
                value = next(hints)
                done.append(value)
            case Request():
                done.append("look")
                value = job(next(statuses))


def test_an_unfinished_job_is_looked_at_more_and_more_seldom():
    done, found = walk(wait("1xv8s4c"), [*["pending"] * 2, *["running"] * 7, "completed"])
    assert done == [part for seconds in WAITS for part in (seconds, "look")]
    assert found.status == "completed"


def test_a_job_is_looked_at_ten_times_at_most():
    with pytest.raises(JobUnfinished) as caught:
        walk(wait(Started("1xv8s4c")), ["running"] * 11)
    assert (caught.value.status, caught.value.reads) == ("running", 10)
    assert "job 1xv8s4c is running after 10 looks" in str(caught.value)
    with pytest.raises(ValueError, match="1 to 10 times, not 11"):
        wait("1xv8s4c", waits=range(11))
    with pytest.raises(ValueError, match="not 0"):
        wait("1xv8s4c", waits=())


def test_a_webhook_that_came_saves_the_waiting():
    assert walk(wait(job("pending"), finished=True), ["completed"])[0] == ["look"]


def test_a_webhook_that_came_too_early_is_not_believed_again():
    done, _ = walk(wait("1xv8s4c", finished=True), ["running", "running", "completed"])
    assert done == ["look", 10, "look", 20, "look"]


def test_a_hint_is_asked_while_waiting_and_costs_no_look():
    flow = wait("1xv8s4c", finished=lambda: False)
    done, _ = walk(flow, ["running", "completed"], [False, False, False, True])
    assert done == [False, 5, False, "look", False, 5, True, "look"]


def test_a_hint_that_was_wrong_is_not_asked_again():
    flow = wait("1xv8s4c", finished=lambda: True, waits=(12, 13))
    done, _ = walk(flow, ["running", "completed"], [True])
    assert done == [True, "look", 13, "look"]


def test_the_last_part_of_a_wait_may_be_short():
    done, _ = walk(wait("1xv8s4c", finished=lambda: False, waits=(7,)), ["completed"], [False] * 3)
    assert done == [False, 5, False, 2, False, "look"]


@pytest.mark.parametrize("status", ["failed", "expired", "killed"])
def test_a_job_that_failed_says_why(status):
    steps = wait("1xv8s4c", finished=True).__await__()
    steps.send(None)
    with pytest.raises(JobFailed) as caught:
        steps.send(job(status, "row 3: jan@example.cz is taken\n"))
    error = caught.value
    assert str(error) == (
        f"job 1xv8s4c (/api/products/snapshot) is {status}: row 3: *** is taken. Start it again"
    )
    assert (error.job_id, error.status, error.log) == ("1xv8s4c", status, "row 3: *** is taken\n")
    assert isinstance(error, JobError)


def test_a_job_that_failed_without_a_word_is_told_all_the_same():
    assert str(JobFailed("1", "/api/x", "killed", " ")) == "job 1 (/api/x) is killed. Start it again"


def test_a_job_is_waited_for_on_the_sandbox(sandbox, play):
    started = snapshot(sandbox)
    found = play(sandbox, lambda client: client.run(wait(started)))
    assert (found.job_id, found.status) == (started.job_id, "completed")


def test_a_job_that_broke_is_found_out_after_three_hours(shop, play):
    sandbox = shop(jobs_stuck=True)
    started = snapshot(sandbox)
    with pytest.raises(JobUnfinished):
        play(sandbox, lambda client: client.run(wait(started)))
    with pytest.raises(JobUnfinished) as caught:  # Shoptet has counted, too
        play(sandbox, lambda client: client.run(wait(started)))
    assert isinstance(caught.value.__cause__, Forbidden)
    sandbox.clock.advance(3 * 3600)
    with pytest.raises(JobFailed):
        play(sandbox, lambda client: client.run(wait(started, finished=True)))


def test_other_refusals_are_told_as_they_are(sandbox, play):
    sandbox.shoptet.denied.add(("system", "read"))
    with pytest.raises(Forbidden) as caught:
        play(sandbox, lambda client: client.run(wait("1xv8s4c")))
    assert "invalid-token-no-rights" in caught.value.codes
    sandbox.shoptet.denied.clear()
    with pytest.raises(NotFound):
        play(sandbox, lambda client: client.run(wait("1xv8s4c")))


def test_waiting_may_be_a_part_of_another_flow(sandbox, play):
    started = snapshot(sandbox)

    async def flow():
        await pause(1)
        return (await wait(started, finished=lambda: True)).status

    with pytest.raises(JobUnfinished):
        play(sandbox, lambda client: client.run(wait(started, finished=True, waits=(0,))))
    assert play(sandbox, lambda client: client.run(flow())) == "completed"


def test_the_flow_is_a_value():
    assert wait("1") == wait("1")
    assert str(wait("1")) == "_wait"


@pytest.mark.parametrize(
    "error",
    [
        JobFailed("1", "/x", "failed", "log"),
        JobUnfinished("1", "running", 10),
        ResultError("1", 3, "cut"),
        FileTooLarge(3, 100),
    ],
)
def test_errors_survive_pickling(error):
    twin = pickle.loads(pickle.dumps(error))
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)


# Files for batches.


def product(number, **more):
    return ProductBatchUpdate(guid=f"g{number}", **more)


def test_rows_are_written_one_a_line():
    file = io.BytesIO()
    settings = OrderBatchCreateSettings(suppress_email_sending=True)
    assert write_rows([product(1, name="Město\n"), settings, product(2)], file) == 3
    assert file.getvalue().decode() == (
        '{"guid":"g1","name":"Město\\n"}\n{"suppressEmailSending":true}\n{"guid":"g2"}\n'
    )
    assert dump_rows(iter([product(2)])) == b'{"guid":"g2"}\n'
    assert dump_rows([]) == b""
    assert settings.suppress_product_checking is UNSET


def test_a_file_that_grows_too_large_ends_before_the_row_that_does_not_fit():
    file = io.BytesIO()
    with pytest.raises(FileTooLarge) as caught:
        write_rows((product(number) for number in range(9)), file, largest=50)
    assert caught.value.rows == 3
    assert len(file.getvalue()) == 3 * 14
    assert str(caught.value) == "only 3 rows fit into the 50 bytes that Shoptet takes; write several files"
    assert isinstance(caught.value, ValueError)


def test_a_value_that_cannot_be_written_is_refused():
    with pytest.raises(ValueError, match=r"float was given|cannot be written"):
        dump_rows([product(1, name=0.5)])


def test_public_names():
    assert dir(jobs) == sorted(jobs.__all__)


def test_a_snapshot_names_the_type_of_its_rows():
    assert Products.snapshot().endpoint.into == Started[Products.get("x").endpoint.into]
