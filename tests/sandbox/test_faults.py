"""What can go wrong on the wire, planned or by chance."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaufland_shoptet.errors import AuthenticationError, NotSent
from kaufland_shoptet.sandbox import Dropped, Entry, Fault, Sandbox, TimedOut, Unanswered, Unreached
from kaufland_shoptet.sandbox.faults import ANY, KINDS, WEBHOOKS, Strike

SEND = {"tracking_numbers": "1", "carrier_code": "PPL"}


@pytest.fixture
def unit(sandbox):
    return sandbox.kaufland.orders["MA1B2C3"].pieces[0]


@pytest.fixture
def send(seller, unit):
    return lambda: seller("PATCH", f"/order-units/{unit.id}/send", SEND)


@pytest.mark.parametrize(
    ("kind", "failure", "status"),
    [
        ("timeout", TimedOut, "need_to_be_sent"),
        ("timeout_after", TimedOut, "sent"),
        ("reset", Dropped, "need_to_be_sent"),
        ("reset_after", Dropped, "sent"),
    ],
)
def test_no_answer_before_or_after_the_effect(sandbox, unit, send, kind, failure, status):
    sandbox.faults.add(Fault(kind=kind, method="PATCH", path="/order-units/*/send"))
    with pytest.raises(failure) as caught:
        send()
    after = status == "sent"
    assert getattr(caught.value, "after_effect", not getattr(caught.value, "before", not after)) is after
    assert unit.status == status
    path = f"/order-units/{unit.id}/send"
    assert sandbox.log == [Entry("kaufland", "PATCH", path, None)]
    assert sandbox.faults.struck == [Strike(kind, "kaufland", "PATCH", path)]


@pytest.mark.parametrize(
    ("kind", "status", "body", "after"),
    [
        ("html", 200, b"<html>", False),
        ("html_after", 200, b"<html>", True),
        ("401", 401, b'{"type":"/problems/invalid-credentials"', False),
        ("423", 423, b'{"type":"about:blank"', False),
        ("429", 429, b'{"type":"about:blank"', False),
        ("429_seconds", 429, b'{"type":"about:blank"', False),
        ("429_date", 429, b'{"type":"about:blank"', False),
        ("500", 500, b'{"type":"/problems/server-error"', False),
        ("500_after", 500, b'{"type":"/problems/server-error"', True),
        ("502", 502, b"<html>", False),
        ("503", 503, b"<html>", False),
    ],
)
def test_answers_that_are_none(sandbox, unit, send, kind, status, body, after):
    sandbox.faults.add(Fault(kind=kind))
    answer = send()
    assert (answer.status, answer.body[: len(body)]) == (status, body)
    assert (unit.status == "sent") is after
    assert send().status in (204, 403)


def test_a_wait_is_asked_for_in_seconds_or_as_a_date(sandbox, seller):
    sandbox.faults.add(Fault(kind="429_seconds", seconds=7))
    sandbox.faults.add(Fault(kind="429_date", nth=2))
    assert seller.get("/status/ping").headers["retry-after"] == "7"
    assert seller.get("/status/ping").headers["retry-after"] == "Tue, 01 Sep 2026 08:00:30 GMT"


def test_an_answer_can_be_slow_or_cut_short(sandbox, seller):
    whole = seller.get("/carriers").body
    sandbox.faults.add(Fault(kind="slow", seconds=12))
    slow = seller.get("/carriers")
    assert (slow.delay, slow.body) == (12, whole)
    sandbox.faults.add(Fault(kind="truncated"))
    cut = seller.get("/carriers")
    assert (cut.body, cut.headers["content-length"]) == (whole[: len(whole) // 2], str(len(whole)))


def test_a_fault_waits_for_its_call_and_strikes_as_often_as_told(sandbox, seller, merchant):
    sandbox.faults.add(Fault(kind="500", api="kaufland", method="GET", path="/orders*", nth=2, times=2))
    merchant.get("/api/orders")
    seller.get("/order-units")
    assert [seller.get("/orders").status for _ in range(5)] == [200, 500, 500, 200, 200]


def test_shoptets_errors_come_in_its_envelope(sandbox, merchant):
    sandbox.faults.add(Fault(kind="401"))
    assert merchant.errors(merchant.get("/api/orders")) == [("expired-token", "unknown")]


def test_an_unknown_kind_is_refused(sandbox):
    with pytest.raises(KeyError):
        sandbox.faults.add(Fault(kind="fire"))


def test_a_process_can_be_killed_before_a_call(sandbox, seller):
    def kill():
        raise KeyboardInterrupt

    sandbox.faults.before(kill, Fault(kind="kill", path="/orders"))
    with pytest.raises(KeyboardInterrupt):
        seller.get("/orders")
    assert seller.get("/orders").status == 200


def outcomes(sandbox, seller, number):
    def one():
        try:
            return seller.get("/status/ping").status
        except Unanswered as event:
            return type(event).__name__

    return [one() for _ in range(number)]


def test_chance_repeats_itself_with_the_same_seed(make, seller_of):
    def run(seed):
        sandbox = make("measured")
        sandbox.faults.random(0.3, seed, kinds=("timeout", "502", "reset_after"))
        return outcomes(sandbox, seller_of(sandbox), 100)

    assert run(1) == run(1) != run(2)
    assert 15 < 100 - run(1).count(200) < 45


def test_every_kind_can_happen_by_chance_and_be_switched_off(sandbox, seller):
    sandbox.faults.random(1.0)
    outcomes(sandbox, seller, 100)
    assert {strike.kind for strike in sandbox.faults.struck} <= set(KINDS)
    sandbox.faults.clear()
    assert outcomes(sandbox, seller, 5) == [200] * 5
    assert len(sandbox.faults.struck) == 100


@pytest.mark.parametrize(("kind", "passed"), [("refused", 0), ("connect_timeout", 30)])
def test_a_request_that_never_leaves(sandbox, unit, send, kind, passed):
    """A refused or too slow connection is told apart from an answer that is lost: nothing happened."""
    sandbox.faults.add(Fault(kind=kind, method="PATCH", times=9))
    with pytest.raises(Unreached) as caught:
        send()
    assert (caught.value.waited, unit.status) == (bool(passed), "need_to_be_sent")
    before = sandbox.clock.now()
    with pytest.raises(NotSent):
        sandbox.kaufland_client().options(attempts=1).order_units.send(
            unit.id, tracking_numbers="1", carrier_code="PPL"
        )
    assert (sandbox.clock.now() - before).total_seconds() == passed


def test_a_clock_that_is_wrong_for_one_call(sandbox, seller, merchant):
    """Kaufland refuses what is signed at another time than its own; the answer's Date shows why."""
    sandbox.faults.add(Fault(kind="skew", seconds=301))
    answer = seller.get("/status/ping")
    assert (answer.status, answer.json()["type"]) == (401, "/problems/invalid-credentials")
    assert answer.headers["date"] == "Tue, 01 Sep 2026 08:05:01 GMT"
    assert seller.get("/status/ping").headers["date"] == "Tue, 01 Sep 2026 08:00:00 GMT"
    sandbox.faults.add(Fault(kind="skew", seconds=301))
    answer = merchant.get("/api/orders")
    assert (answer.status, answer.headers["date"]) == (200, "Tue, 01 Sep 2026 08:05:01 GMT")


def test_a_clock_that_is_wrong_for_good(sandbox, seller, merchant):
    sandbox.kaufland.skew = sandbox.shoptet.skew = timedelta(minutes=-6)
    assert seller.get("/status/ping").status == 401
    assert seller("GET", "/status/ping", off=-360).status == 200
    assert merchant.get("/api/orders").headers["date"] == "Tue, 01 Sep 2026 07:54:00 GMT"
    with pytest.raises(AuthenticationError) as caught:
        sandbox.kaufland_client().status.ping()
    assert caught.value.clock_skew == 360


def test_rows_drift_between_two_pages(sandbox, seller, merchant):
    """A customer orders after the first page was read: the second page repeats its last row."""
    sandbox.faults.add(Fault(kind="drift", api="kaufland", nth=2))
    sandbox.faults.add(Fault(kind="drift", api="shoptet", nth=2))
    first = seller.data("/orders", limit=5)
    second = seller.data("/orders", limit=5, offset=5)
    assert first[-1] == second[0]
    merchant.order()
    listed = merchant.data("/api/orders")
    assert listed["paginator"]["totalCount"] == 2
    assert listed["orders"][0]["fullName"] == "Karel Zákazník"


def test_nothing_drifts_in_an_empty_sandbox(seller_of, merchant_of):
    sandbox = Sandbox()
    sandbox.faults.add(Fault(kind="drift", times=2))
    assert seller_of(sandbox).data("/orders") == []
    assert merchant_of(sandbox).data("/api/orders")["orders"] == []


def test_the_kinds_of_chance_have_weights(sandbox, seller):
    sandbox.faults.random(1.0, kinds={"503": 9, "500": 1, "429": 0})
    answers = outcomes(sandbox, seller, 300)
    assert set(answers) == {500, 503}
    assert 10 < answers.count(500) < 60


def test_chance_takes_no_kind_that_does_not_exist(sandbox):
    with pytest.raises(KeyError):
        sandbox.faults.random(0.1, kinds=("fire",))


def test_chance_of_webhooks_leaves_calls_alone(sandbox, seller):
    sandbox.faults.random(1.0, kinds=tuple(WEBHOOKS))
    assert outcomes(sandbox, seller, 20) == [200] * 20


@pytest.mark.parametrize(
    ("kind", "seconds"), [("webhook_lost", []), ("webhook_twice", [0, 7]), ("webhook_late", [7])]
)
def test_webhooks_are_lost_or_come_twice_or_late(sandbox, kind, seconds):
    sandbox.faults.add(Fault(kind=kind, api="shoptet", path="/hooks*", nth=2, seconds=7))
    sandbox.faults.add(Fault(kind="500"))
    asked = [("kaufland", "/hooks"), ("shoptet", "/other"), *[("shoptet", "/hooks/1")] * 3]
    found = [sandbox.faults.deliveries(*each) for each in asked]
    once = (timedelta(),)
    assert found == [once, once, once, tuple(timedelta(seconds=each) for each in seconds), once]
    assert sandbox.faults.struck == [Strike(kind, "shoptet", "POST", "/hooks/1")]


def test_webhooks_fail_by_chance_in_the_same_way_for_the_same_seed(make):
    def run(seed):
        sandbox = make("measured")
        sandbox.faults.random(0.3, seed, kinds=ANY)
        return [sandbox.faults.deliveries("shoptet", "/hooks") for _ in range(100)]

    assert run(1) == run(1) != run(2)
    assert len(set(run(1))) == 4
    assert 15 < 100 - run(1).count((timedelta(),)) < 45
