"""One request from first attempt to answer, stepped through without any I/O."""

from __future__ import annotations

import email.utils
import json
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet import (
    KAUFLAND,
    SHOPTET,
    Answered,
    DeprecatedOperation,
    Model,
    Reply,
    Retrying,
    Sent,
    pause,
)
from kaufland_shoptet._core import exchange as exchanges
from kaufland_shoptet._core.exchange import Policy, Send, exchange, retry_after
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet.errors import (
    ApiError,
    AuthenticationError,
    Conflict,
    DecodeError,
    Forbidden,
    InvalidRequest,
    Locked,
    NoAnswer,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ServerError,
    UnexpectedAnswer,
)


@frozen(kw_only=True)
class Thing(Model):
    name: str


GET = Endpoint(KAUFLAND, "GetThing", "GET", "/things/{id}", Thing, at=("data",))
GOOD = Reply(200, {"content-type": "application/json"}, b'{"data": {"name": "a"}}')
HTML = Reply(200, {"content-type": "text/html"}, b"<html>Sign in</html>")
CUT = Reply(200, {"content-type": "application/json"}, b'{"data": {"na')
OTHER = Reply(200, {"content-type": "application/json"}, b'{"data": {"name": 5}}')
REDIRECT = Reply(302, {"location": "https://elsewhere.example/"})
REPEATS = ["safe", "idempotent", "read_back", "never"]


def asked(repeat="safe", api=KAUFLAND):
    return evolve(GET, api=api, repeat=repeat).request((1,))


class Talk:
    """Carries out what an exchange asks for, with replies from a script."""

    def __init__(self, clock):
        self.clock = clock
        self.events = []
        self.sent = []
        self.pauses = []

    def __call__(self, request, *script, policy=None):
        replies = iter(script)
        steps = exchange(
            request,
            request.endpoint.api.read,
            policy or Policy(attempts=3),
            self.clock,
            self.events.append,
        )
        try:
            effect = next(steps)
            while True:
                if isinstance(effect, Send):
                    self.sent.append(effect)
                    came = next(replies)
                    came = came(request) if callable(came) else came
                    effect = steps.throw(came) if isinstance(came, Exception) else steps.send(came)
                else:
                    assert effect == pause(effect.seconds)
                    self.pauses.append(effect.seconds)
                    self.clock.sleep(effect.seconds)
                    effect = steps.send(None)
        except StopIteration as finished:
            return finished.value


@pytest.fixture
def talk(clock):
    return Talk(clock)


def no_answer(request):
    return NoAnswer(request, "timed out")


def not_sent(request):
    return NotSent(request, "refused")


# The decision table: what comes, and what becomes of it for each kind of repeating.

AGAIN = "again"
REFUSED = {
    400: InvalidRequest,
    401: AuthenticationError,
    403: Forbidden,
    404: NotFound,
    408: ApiError,
    409: Conflict,
    413: InvalidRequest,
    418: ApiError,
    422: InvalidRequest,
}
TABLE = [
    *[(Reply(status), KAUFLAND, [kind] * 4) for status, kind in REFUSED.items()],
    (Reply(423), KAUFLAND, [Locked] * 4),
    (Reply(423), SHOPTET, [AGAIN] * 4),
    (Reply(429), KAUFLAND, [AGAIN] * 4),
    (Reply(429), SHOPTET, [AGAIN] * 4),
    (Reply(500), KAUFLAND, [AGAIN, AGAIN, OutcomeUnknown, OutcomeUnknown]),
    (Reply(503), SHOPTET, [AGAIN, AGAIN, OutcomeUnknown, OutcomeUnknown]),
    (not_sent, KAUFLAND, [AGAIN] * 4),
    (no_answer, KAUFLAND, [AGAIN, AGAIN, OutcomeUnknown, OutcomeUnknown]),
    (HTML, KAUFLAND, [AGAIN, OutcomeUnknown, OutcomeUnknown, OutcomeUnknown]),
    (CUT, SHOPTET, [AGAIN, OutcomeUnknown, OutcomeUnknown, OutcomeUnknown]),
    (REDIRECT, KAUFLAND, [AGAIN, OutcomeUnknown, OutcomeUnknown, OutcomeUnknown]),
    (OTHER, KAUFLAND, [DecodeError, OutcomeUnknown, OutcomeUnknown, OutcomeUnknown]),
]
CASES = [
    pytest.param(
        came, api, repeat, then, id=f"{getattr(came, 'status', None) or came.__name__}-{api}-{repeat}"
    )
    for came, api, outcomes in TABLE
    for repeat, then in zip(REPEATS, outcomes, strict=True)
]


@pytest.mark.parametrize(("came", "api", "repeat", "then"), CASES)
def test_what_is_tried_again_and_what_is_not(talk, came, api, repeat, then):
    request = asked(repeat, api)
    if then is AGAIN:
        assert talk(request, came, GOOD) == Thing(name="a")
        assert len(talk.sent) == 2
        return
    with pytest.raises(ApiError if then is ApiError else then) as caught:
        talk(request, came)
    assert type(caught.value) is then
    assert len(talk.sent) == 1


def test_an_outcome_in_doubt_keeps_what_led_to_it(talk):
    with pytest.raises(
        OutcomeUnknown, match="503, the server failed; it may have been carried out"
    ) as caught:
        talk(asked("never"), Reply(503))
    assert type(caught.value.__cause__) is ServerError
    with pytest.raises(OutcomeUnknown, match="GET /things/1: timed out; it may") as caught:
        talk(asked("read_back"), no_answer)
    assert type(caught.value.__cause__) is NoAnswer
    with pytest.raises(OutcomeUnknown) as caught:
        talk(asked("idempotent"), HTML)
    assert type(caught.value.__cause__) is UnexpectedAnswer


# Answers that are none.


@pytest.mark.parametrize("reply", [HTML, CUT, Reply(200), Reply(200, {}, b"[]")])
def test_what_is_not_an_answer_of_the_api_is_told_apart(talk, reply):
    with pytest.raises(UnexpectedAnswer, match=rf"\(200, .*, {len(reply.body)} bytes\)") as caught:
        talk(asked(), reply, policy=Policy(attempts=1))
    assert type(caught.value) is UnexpectedAnswer


def test_another_shape_is_named_with_path_and_request_id(talk):
    reply = evolve(OTHER, headers={"x-request-id": "R1"})
    with pytest.raises(DecodeError, match=r"a string was due, a number came @ .*request id R1") as caught:
        talk(asked(), reply)
    assert caught.value.path == "$.data.name"


@pytest.mark.parametrize("into", [None, bytes])
def test_a_web_page_is_no_success_even_where_nothing_is_expected(talk, into):
    request = evolve(GET, into=into).request((1,))
    with pytest.raises(UnexpectedAnswer, match=r"a web page came \(200, text/html, 20 bytes\)"):
        talk(request, HTML, policy=Policy(attempts=1))
    empty = Reply(204, {"content-type": "text/html"})
    assert talk(request, empty) == (None if into is None else b"")
    assert talk(request, Reply(200, {}, b"%PDF")) == (None if into is None else b"%PDF")


def test_a_redirect_is_an_error(talk):
    with pytest.raises(UnexpectedAnswer, match="302: a redirect, which is not followed") as caught:
        talk(asked(), REDIRECT, policy=Policy(attempts=1))
    assert "elsewhere" not in str(caught.value)


# Waiting.


def test_no_more_than_the_allowed_attempts(talk):
    with pytest.raises(ServerError):
        talk(asked(), *[Reply(500)] * 3)
    assert len(talk.sent) == 3
    assert len(talk.pauses) == 2


def test_waits_grow_but_stay_bounded(talk):
    with pytest.raises(ServerError):
        talk(asked(), *[Reply(500)] * 12, policy=Policy(attempts=12))
    for number, seconds in enumerate(talk.pauses):
        assert 0 <= seconds <= min(20, 0.5 * 2**number)


@pytest.mark.parametrize(("status", "api"), [(429, KAUFLAND), (423, SHOPTET)])
def test_limits_and_locks_are_given_at_least_a_second(talk, status, api):
    talk(asked(api=api), Reply(status), GOOD)
    assert talk.pauses[0] >= 1


def test_the_server_says_how_long_to_wait(talk, clock):
    later = clock.now() + timedelta(seconds=9)
    scripts = {"7": 7, email.utils.format_datetime(later, usegmt=True): 9, later.isoformat(): 9, "1": 1}
    for told, seconds in scripts.items():
        clock.passed = 0.0
        talk(asked(), Reply(429, {"retry-after": told}), GOOD)
        assert talk.pauses[-1] == seconds


@pytest.mark.parametrize("told", ["0", "Mon, 01 Jul 2024 12:01:11 GMT"])
def test_a_wait_that_is_over_by_this_clock_is_still_a_moment(talk, told):
    talk(asked(), Reply(429, {"retry-after": told}), GOOD)
    assert talk.pauses == [1.0]
    talk(asked(), Reply(503, {"retry-after": told}), GOOD)
    assert talk.pauses == [1.0, 0.0]


@pytest.mark.parametrize(
    "told", ["01 Jul 9999900310:00 699999", "soon", "-3", "1.5", "٣", "", "Mon, 99 Foo", "nan", "١٢"]
)
def test_a_wait_that_cannot_be_read_is_ignored(talk, told):
    talk(asked(), Reply(503, {"retry-after": told}), GOOD)
    assert talk.pauses[0] <= 0.5


def test_a_server_that_asks_for_too_long_a_wait_is_not_waited_for(talk):
    with pytest.raises(RateLimited) as caught:
        talk(asked(), Reply(429, {"retry-after": "121"}))
    assert caught.value.retry_after == 121
    assert talk.pauses == []


NOW = datetime(2024, 7, 1, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("Mon, 01 Jul 2024 12:01:11 GMT", 11),
        ("Mon, 01 Jul 2024 12:01:11 -0000", 11),
        ("2024-07-01T12:01:11Z", 11),
        ("2024-07-01T14:01:11+02:00", 11),
        ("2024-07-01 12:01:11", 11),
        ("Mon, 01 Jul 2024 11:00:00 GMT", 0),
        ("9" * 400, float("inf")),
    ],
)
def test_retry_after_is_read_in_every_form(told, seconds):
    assert retry_after({"retry-after": told}, NOW) == seconds


def test_no_retry_after_is_none():
    assert retry_after({}, NOW) is None


@settings(deadline=None, max_examples=200)
@given(
    st.text(max_size=40)
    | st.text("0123456789 :,-+TZGMonJul", max_size=40)
    | st.builds("{}, {} {} {} {}:{}:{} {}".format, *[st.text("0123456789JulMon+-", max_size=5)] * 8)
)
def test_any_retry_after_is_read_or_ignored(told):
    seconds = retry_after({"retry-after": told}, NOW)
    assert seconds is None or seconds >= 0


# What is told.


def test_every_attempt_answer_and_retry_is_told(talk, clock):
    talk(asked(), not_sent, Reply(500, {"x-request-id": "R1"}), GOOD)
    request = asked()
    kinds = [type(event) for event in talk.events]
    assert kinds == [Sent, Retrying, Sent, Answered, Retrying, Sent, Answered]
    assert talk.events[0] == Sent(request, 1)
    assert talk.events[3] == Answered(request, 2, 500, 0.0, "R1")
    assert talk.events[-1] == Answered(request, 3, 200, 0.0, None)
    retrying = talk.events[4]
    assert (retrying.attempt, type(retrying.error), retrying.seconds) == (2, ServerError, talk.pauses[1])


def test_the_time_out_of_the_policy_goes_with_each_attempt(talk):
    talk(asked(), Reply(500), GOOD, policy=Policy(timeout=4.5))
    assert [send.timeout for send in talk.sent] == [4.5, 4.5]


# Failing for good.


def test_the_last_failure_is_raised(talk):
    with pytest.raises(RateLimited):
        talk(asked("never"), not_sent, not_sent, Reply(429))


def test_that_a_write_was_not_sent_last_does_not_hide_that_it_may_have_arrived_before(talk):
    with pytest.raises(NoAnswer) as caught:
        talk(asked("idempotent"), no_answer, not_sent, not_sent)
    assert type(caught.value) is NoAnswer
    with pytest.raises(ServerError):
        talk(asked("idempotent"), Reply(500), not_sent, not_sent)
    with pytest.raises(NotSent):
        talk(asked("idempotent"), not_sent, Reply(429), not_sent)


# Clocks.


@pytest.mark.parametrize("off", [-400, 400])
def test_a_refusal_tells_how_wrong_the_clock_is(talk, clock, off):
    date = email.utils.format_datetime(clock.now() - timedelta(seconds=off), usegmt=True)
    with pytest.raises(AuthenticationError) as caught:
        talk(asked(), Reply(401, {"date": date}))
    assert caught.value.clock_skew == off
    side = "ahead of" if off > 0 else "behind"
    assert str(caught.value).endswith(f"This machine's clock is 400 s {side} the server's: set it")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": "today"},
        {"date": "01 Jul 9999900310:00 699999"},
        {"date": "Mon, 01 Jul 2024 12:01:11 -0000"},
    ],
)
def test_a_refusal_without_a_usable_date_says_nothing_about_the_clock(talk, headers):
    with pytest.raises(AuthenticationError) as caught:
        talk(asked(), Reply(401, headers))
    assert caught.value.clock_skew is None
    assert "clock is" not in str(caught.value)


# Deprecation.


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-shoptet-deprecated": "1"}, "shoptet: {} is deprecated$"),
        ({"deprecation": "@1688169599"}, "shoptet: {} is deprecated$"),
        (
            {"sunset": "Sat, 31 Dec 2026 23:59:59 GMT"},
            "shoptet: {} is deprecated and ends on Sat, 31 Dec 2026 23:59:59 GMT$",
        ),
    ],
)
def test_a_deprecated_operation_is_announced_once(talk, headers, told):
    exchanges._warn.cache_clear()
    name = f"old{len(headers)}{next(iter(headers))}"
    request = evolve(GET, api=SHOPTET, vendor_id=name).request((1,))
    reply = evolve(GOOD, headers=headers)
    with pytest.warns(DeprecatedOperation, match=told.format(name)):
        talk(request, reply)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert talk(request, reply) == Thing(name="a")


def test_an_error_keeps_what_the_vendor_said(talk):
    body = {"type": "/problems/validation-error", "message": "Validation Failed", "errors": []}
    with pytest.raises(InvalidRequest, match="/problems/validation-error Validation Failed") as caught:
        talk(asked(), Reply(400, {"x-request-id": "R1"}, json.dumps(body).encode()))
    assert caught.value.request_id == "R1"
    assert caught.value.retry_after is None
