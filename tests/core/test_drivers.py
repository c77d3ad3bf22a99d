"""Flows, run by the blocking driver and by the asynchronous one: the same in each colour."""

from __future__ import annotations

import _thread
import gc
import threading
from contextlib import suppress
from datetime import timedelta

import anyio
import pytest
from attrs import evolve

from kaufland_shoptet import (
    KAUFLAND,
    SHOPTET,
    Done,
    Failed,
    Flow,
    Reply,
    SystemClock,
    do,
    now,
    pause,
    settle,
    together,
)
from kaufland_shoptet._core.exchange import Policy
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet._core.rows import Download, RowLimits
from kaufland_shoptet.errors import KauflandShoptetError, NotFound, NotSent, OutcomeUnknown, ServerError

THING = Endpoint(KAUFLAND, "GetThing", "GET", "/things/{id}", int, at=("data",))
WRITE = Endpoint(KAUFLAND, "PutThing", "PUT", "/things/{id}", None, repeat="never")
FOREIGN = Endpoint(SHOPTET, "getEshop", "GET", "/api/eshop", None).request()


def thing(number):
    return THING.request((number,))


def write(number, repeat="never"):
    return evolve(WRITE, repeat=repeat).request((number,))


def number_of(wire):
    return int(wire.url.rpartition("/")[2])


def echo(wire):
    """Answers with the number asked for; what is below zero does not exist, and 500 fails."""
    number = number_of(wire)
    if number < 0:
        return Reply(404)
    if number == 500:
        return Reply(500)
    return Reply(200, {"content-type": "application/json"}, b'{"data": %d}' % number)


class Foreign:
    """Something that only another library knows how to wait for."""

    def __await__(self):
        return (yield "something else")


# One after the other.


def test_what_a_flow_asks_for_is_a_value():
    assert pause(3) == pause(3) != pause(4)
    assert now() == now() != pause(3)
    assert len({pause(3), pause(3), do(len, "a"), do(len, "a")}) == 2
    assert repr(pause(3)) == "Pause(seconds=3)"
    assert repr(now()) == "Now()"
    assert SystemClock() == SystemClock()
    assert repr(SystemClock()) == "SystemClock()"


def test_a_flow_does_one_thing_after_the_other(play):
    seen = []

    def answer(wire):
        seen.append(number_of(wire))
        return echo(wire)

    async def flow():
        first = await thing(1)
        second = await thing(first + 1)
        return first, second

    assert play(flow(), answer) == (1, 2)
    assert seen == [1, 2]


def test_a_flow_may_call_another(play):
    async def inner(number):
        return await thing(number)

    async def outer():
        return await inner(1) + await inner(2)

    assert play(outer(), echo) == 3


def test_a_request_is_a_flow_of_its_own(play):
    assert play(thing(7), echo) == 7


def test_a_flow_knows_the_time_of_its_client_and_waits_by_it(play, clock):
    async def flow():
        before = await now()
        await pause(90)
        return await now() - before

    assert play(flow(), echo) == timedelta(seconds=90)
    assert clock.slept == [90]


def test_a_flow_takes_local_steps(play):
    written = []

    async def flow():
        await do(written.append, 1)
        return await do(max, 3, 5)

    assert play(flow(), echo) == 5
    assert written == [1]


@pytest.mark.parametrize("grouped", [False, True])
def test_the_failure_of_a_local_step_reaches_the_flow(play, grouped):
    async def step():
        await do(int, "x")

    async def flow():
        try:
            await (together([step()]) if grouped else step())
        except ValueError as error:
            return str(error)

    assert "invalid literal" in play(flow(), echo)


def test_a_flow_may_catch_a_failure_and_go_on(play):
    async def flow():
        with suppress(NotFound):
            await thing(-1)
        return await thing(2)

    assert play(flow(), echo) == 2


@pytest.mark.parametrize("failure", [NotFound, KeyboardInterrupt])
def test_a_flow_that_fails_is_closed(play, failure):
    closed = []

    def interrupt():
        raise KeyboardInterrupt

    async def flow():
        try:
            await (thing(-1) if failure is NotFound else do(interrupt))
        finally:
            closed.append(True)

    with pytest.raises(failure):
        play(flow(), echo)
    assert closed == [True]


def test_a_flow_value_can_be_run_again_and_again(kaufland):
    async def start(number, *, plus):
        return await thing(number) + plus

    client = kaufland(echo)
    flow = Flow(start, (1,), {"plus": 2})
    assert client.run(flow) == client.run(flow) == 3
    assert str(flow).endswith("start")


def test_a_blocking_flow_stays_in_the_thread_of_its_caller(kaufland, crowd):
    transport = crowd(echo)
    kaufland(transport).run(thing(1))
    assert transport.threads == {threading.get_ident()}


# What a client cannot wait for.


@pytest.mark.parametrize("grouped", [False, True])
def test_a_blocking_client_says_what_a_flow_may_await(kaufland, grouped):
    async def flow():
        await Foreign()

    with pytest.raises(
        TypeError, match=r"cannot wait for 'something else'; a flow may await requests, pause"
    ):
        kaufland(echo).run(together([flow()]) if grouped else flow())


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_asynchronous_flow_may_await_anything(async_kaufland, backend, grouped):
    async def flow():
        await anyio.sleep(0.001)
        event = anyio.Event()
        event.set()
        await event.wait()
        with anyio.move_on_after(0.001):
            await anyio.sleep_forever()
        return await thing(3)

    async def main():
        async with async_kaufland(echo) as client:
            return await client.run(together([flow()]) if grouped else flow())

    assert anyio.run(main, backend=backend) == ([3] if grouped else 3)


@pytest.mark.parametrize("grouped", [False, True])
def test_a_request_to_the_other_api_is_refused_with_the_way_out(play, grouped):
    with pytest.raises(TypeError, match=r"GET /api/eshop is a request to shoptet, .* with a Bridge"):
        play(together([FOREIGN]) if grouped else FOREIGN, echo)


def test_a_flow_may_recover_from_a_request_to_the_other_api(play):
    async def one():
        with suppress(TypeError):
            await FOREIGN
        return await thing(1)

    async def flow():
        return await one(), *await together([one()])

    assert play(flow(), echo) == (1, 1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_asynchronous_flow_can_be_cancelled(async_kaufland, backend):
    closed = []

    async def flow():
        try:
            await together([Sleeper(), Sleeper()])
        finally:
            closed.append(True)

    class Sleeper:
        def __await__(self):
            return anyio.sleep_forever().__await__()

    async def main():
        async with async_kaufland(echo) as client:
            with anyio.move_on_after(0.01):
                await client.run(flow())

    anyio.run(main, backend=backend)
    assert closed == [True]


# Together.


def test_what_runs_together_comes_back_in_order(play):
    async def flow():
        several = await together([thing(number) for number in (3, 1, 2)])
        two = await together(thing(4), thing(5))
        return several, two, await together([])

    assert play(flow(), echo) == ([3, 1, 2], (4, 5), [])


def test_groups_may_be_nested(play):
    async def pair(number):
        return await together(thing(number), thing(number + 1))

    async def flow():
        return await together([together([pair(1), pair(3)]), together([]), pair(5)])

    assert play(flow(), echo) == [[(1, 2), (3, 4)], [], (5, 6)]


def test_branches_do_local_steps_and_know_the_time(play, clock):
    async def branch(number):
        await do(written.append, number)
        return await now()

    written = []
    assert play(together([branch(1), branch(2)]), echo) == [clock.now()] * 2
    assert sorted(written) == [1, 2]


def test_one_thing_is_not_several():
    with pytest.raises(TypeError, match="not iterable"):
        together(thing(1))


def test_no_more_requests_are_under_way_than_allowed(play, crowd, colour):
    transport = crowd(echo)

    async def deep(number):
        return sum(await together([thing(number), together([thing(number), thing(number)])]), start=0)

    async def nested(number):
        first, rest = await together([thing(number), together([thing(number)] * 3)])
        return first + sum(rest)

    async def flow():
        return await together([nested(number) for number in range(8)])

    assert play(flow(), transport, in_flight=3) == [4 * number for number in range(8)]
    assert 1 < transport.most <= 3
    assert len(transport.threads) <= (3 if colour == "blocking" else 1)


def test_threads_that_share_a_client_share_its_requests_under_way(kaufland, crowd):
    transport = crowd(echo)
    client = kaufland(transport, in_flight=2)
    threads = [threading.Thread(target=client.run, args=(together([thing(1)] * 4),)) for _ in range(4)]
    threads += [threading.Thread(target=client.run, args=(thing(1),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(transport.ended) == 20
    assert transport.most <= 2


# Time, simulated.


def test_pauses_of_branches_pass_side_by_side(play, clock):
    order = []

    async def branch(name, *seconds):
        for each in seconds:
            await pause(each)
            order.append((name, clock.passed))
        return name

    async def flow():
        return await together([branch("a", 5, 5), branch("b", 7), together([branch("c", 1), pause(2)])])

    assert play(flow(), echo) == ["a", "b", ["c", None]]
    assert order == [("c", 1), ("a", 5), ("b", 7), ("a", 10)]
    assert clock.passed == 10


def test_requests_go_on_while_others_pause(play, clock, crowd):
    async def waiting():
        await pause(30)
        return await thing(1)

    async def busy():
        return [await thing(number) for number in range(3)]

    assert play(together(waiting(), busy()), crowd(echo)) == (1, [0, 1, 2])
    assert clock.passed == pytest.approx(30, abs=0.1)


def test_retries_of_branches_wait_side_by_side(play, clock):
    tried = []

    def answer(wire):
        number = number_of(wire)
        tried.append(number)
        return Reply(429, {"retry-after": "10"}) if tried.count(number) == 1 else echo(wire)

    assert play(together([thing(number) for number in range(4)]), answer) == [0, 1, 2, 3]
    assert clock.passed == pytest.approx(10, abs=0.1)


# A branch that fails.


def test_a_failing_branch_fails_the_group(play):
    async def flow():
        try:
            await together([thing(1), thing(-1), thing(2)])
        except NotFound as error:
            return str(error)

    assert play(flow(), echo) == "404 for GET /things/-1"


def test_a_failing_branch_of_an_inner_group_fails_the_outer_one(play):
    inner = together([thing(2), thing(-1)])
    with pytest.raises(NotFound):
        play(together([thing(1), together([inner, thing(3)]), thing(4)]), echo)


def test_a_failure_keeps_what_led_to_it(play):
    with pytest.raises(OutcomeUnknown) as caught:
        play(together([write(500)]), echo)
    assert type(caught.value.__cause__) is ServerError

    def refuse(wire):
        raise ConnectionRefusedError

    with pytest.raises(NotSent) as caught:
        play(together([together([thing(1)])]), refuse, attempts=1)
    assert type(caught.value.__cause__).__name__ == "ConnectError"


def test_after_a_failure_nothing_new_is_begun(play, crowd):
    transport = crowd(echo, {f"/things/{number}": 0.05 for number in range(30)})
    with pytest.raises(NotFound):
        play(together([thing(-1), *map(thing, range(30))]), transport, in_flight=2)
    assert len(transport.begun) - transport.begun.index("/things/-1") <= 4


def test_after_a_failure_branches_go_no_further(play, crowd):
    reached = []

    async def long():
        try:
            await thing(1)
            await do(reached.append, "next step")
            await thing(2)
        finally:
            reached.append("closed")

    async def never():
        reached.append("begun")

    async def flow():
        await together([long(), together([long()]), late(), thing(-1)])

    async def late():
        await thing(1)
        await together([never()])

    transport = crowd(echo, {"/things/1": 0.1})
    with pytest.raises(NotFound):
        play(flow(), transport)
    assert reached == ["closed", "closed"]
    assert "/things/2" not in transport.begun


def test_after_a_failure_nobody_sleeps_on(play, clock):
    async def sleeper():
        await pause(1000)

    with pytest.raises(NotFound):
        play(together([sleeper(), together([sleeper()]), pause(5), thing(-1)]), echo)
    assert clock.passed < 1000


@pytest.mark.parametrize("repeat", ["idempotent", "read_back", "never"])
def test_a_write_under_way_is_finished_although_its_group_has_failed(play, crowd, repeat):
    transport = crowd(echo, {"/things/1": 0.12, "/things/-1": 0.02})
    with pytest.raises(NotFound):
        play(together([write(1, repeat), thing(-1)]), transport)
    assert sorted(transport.ended) == ["/things/-1", "/things/1"]
    assert transport.present == 0


def test_the_first_of_several_failures_is_raised(play, crowd):
    transport = crowd(echo, {"/things/-1": 0.1, "/things/-3": 0.1})
    with pytest.raises(NotFound, match="/things/-2"):
        play(together([thing(-1), thing(-2), thing(-3)]), transport)


def test_branches_that_never_began_are_closed(play):
    async def never():
        await thing(1)

    async def failing():
        raise ValueError("at once")

    with pytest.raises(ValueError, match="at once"):
        play(together([failing(), *(never() for _ in range(20))]), echo)
    gc.collect()  # a forgotten coroutine would complain now


def test_after_an_interruption_nothing_new_is_begun(kaufland, crowd):
    def interrupt(wire):
        if number_of(wire) == 0:
            _thread.interrupt_main()
        return echo(wire)

    transport = crowd(interrupt, {f"/things/{number}": 0.05 for number in range(20)})
    client = kaufland(transport, in_flight=1)
    with pytest.raises(KeyboardInterrupt):
        client.run(together([thing(number) for number in range(20)]))
    client.close()
    assert len(transport.begun) <= 3


# Settle.


def test_settling_tells_the_outcome_of_each(play):
    outcomes = play(settle([thing(1), write(500), thing(-1), thing(2)]), echo)
    assert outcomes[0] == Done(1)
    assert outcomes[3] == Done(2)
    assert [type(each.error) for each in outcomes[1:3]] == [OutcomeUnknown, NotFound]
    assert type(outcomes[1].error.__cause__) is ServerError
    assert isinstance(outcomes[1], Failed)


def test_settling_runs_everything_to_its_end(play, crowd):
    transport = crowd(echo)
    outcomes = play(settle([thing(-1), *map(thing, range(10))]), transport, in_flight=2)
    assert [type(each) for each in outcomes] == [Failed] + [Done] * 10
    assert len(transport.ended) == 11


def test_settling_flows_of_several_steps(play):
    async def branch(number):
        await pause(1)
        return await together([thing(number), thing(-number)])

    outcomes = play(settle([branch(0), branch(1)]), echo)
    assert outcomes[0] == Done([0, 0])
    assert isinstance(outcomes[1].error, NotFound)


def test_settling_nothing(play):
    assert play(settle([]), echo) == []


def test_settling_does_not_swallow_mistakes(play):
    async def mistake():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        play(settle([thing(1), mistake()]), echo)


def test_a_group_that_fails_takes_a_settled_one_with_it(play, crowd):
    transport = crowd(echo, {"/things/7": 0.1})

    async def slow():
        await thing(7)
        await thing(8)

    with pytest.raises(NotFound):
        play(together([settle([slow(), thing(1)]), thing(-1)]), transport)
    assert "/things/8" not in transport.begun


def test_failures_are_our_own_errors():
    assert issubclass(NotFound, KauflandShoptetError)


# Files.


def test_the_last_row_of_a_file_needs_no_line_break(colour, shoptet, async_shoptet):
    def file(wire):
        return Reply(200, {}, b"1\n2")

    def fetch():
        return Download(SHOPTET, "J1", "https://files.example/1", int, RowLimits(), Policy())

    async def main():
        async with async_shoptet(file) as client:
            return [row async for row in client._driver.download(fetch(), SHOPTET)]

    if colour == "blocking":
        assert list(shoptet(file)._driver.download(fetch(), SHOPTET)) == [1, 2]
    else:
        assert anyio.run(main, backend=colour) == [1, 2]
