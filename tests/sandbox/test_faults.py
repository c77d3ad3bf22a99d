"""What can go wrong on the wire, planned or by chance."""

from __future__ import annotations

import pytest

from kaufland_shoptet.sandbox import Dropped, Entry, Fault, TimedOut, Unanswered
from kaufland_shoptet.sandbox.faults import KINDS, Strike

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
