from __future__ import annotations

import pickle

import pytest

from kaufland_shoptet import KAUFLAND, Problem, Reply, errors
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet.errors import (
    ApiError,
    AuthenticationError,
    DecodeError,
    FeedError,
    FileTooLarge,
    JobFailed,
    JobUnfinished,
    KauflandShoptetError,
    MappingError,
    MissingCredentials,
    NoAnswer,
    NotificationError,
    NotSent,
    OutcomeUnknown,
    PagingError,
    RateLimited,
    ResultError,
    ServerError,
    SettingsError,
    TokenError,
    UnexpectedAnswer,
)

REQUEST = Endpoint(KAUFLAND, "SendUnit", "PATCH", "/units/{id}", None).request((7,), {"email": "jan@a.cz"})
REPLY = Reply(422, {"x-request-id": "R1"}, b"{}")
PROBLEMS = (Problem("/problems/x", "Bad", "amount"), Problem("", "Worse"))

TEXTS = [
    (SettingsError("a.b", "is missing.", "Set it."), "a.b: is missing. Set it."),
    (MissingCredentials("key", "nothing was given.", "Get one."), "key: nothing was given. Get one."),
    (TokenError("addon_suspended", "it is paused"), "addon_suspended: it is paused"),
    (NoAnswer(REQUEST, "timed out"), "PATCH /units/7: timed out"),
    (NotSent(REQUEST, "refused"), "PATCH /units/7: refused"),
    (
        OutcomeUnknown(REQUEST, "timed out"),
        "PATCH /units/7: timed out; it may have been carried out: read back before repeating",
    ),
    (UnexpectedAnswer(REQUEST, "HTML"), "PATCH /units/7: HTML"),
    (UnexpectedAnswer(REQUEST, "HTML", "R1"), "PATCH /units/7: HTML (request id R1)"),
    (
        DecodeError(REQUEST, "$.data.price", "a number was due", "R1"),
        "PATCH /units/7: a number was due @ $.data.price (request id R1)",
    ),
    (PagingError(REQUEST, "short page"), "PATCH /units/7: short page"),
    (
        ApiError(REQUEST, REPLY, PROBLEMS),
        "422 for PATCH /units/7: /problems/x Bad (amount); Worse (request id R1)",
    ),
    (ServerError(REQUEST, Reply(503)), "503 for PATCH /units/7"),
    (RateLimited(REQUEST, Reply(429), hint="Wait", retry_after=3.0), "429 for PATCH /units/7. Wait"),
    (
        JobFailed("J1", "/api/orders/snapshot", "failed", " out of memory\n"),
        "job J1 (/api/orders/snapshot) is failed: out of memory. Start it again",
    ),
    (
        JobFailed("J1", "/api/orders/snapshot", "expired"),
        "job J1 (/api/orders/snapshot) is expired. Start it again",
    ),
    (
        JobUnfinished("J1", "running", 9),
        (
            "job J1 is running after 9 looks, and ten are allowed; "
            "wait for its job:finished webhook or look for it in jobs.list(status='completed')"
        ),
    ),
    (ResultError("J1", 3, "it is cut"), "result of job J1, row 3: it is cut"),
    (FileTooLarge(7, 100), "only 7 rows fit into the 100 bytes that Shoptet takes; write several files"),
    (FeedError("it is cut", 9, 2), "the feed, line 9, after 2 items: it is cut"),
    (FeedError("it is none"), "the feed, line 1: it is none"),
    (NotificationError("the signature is wrong"), "the signature is wrong"),
    (MappingError("price", "is negative.", "Check it."), "price: is negative. Check it."),
]


@pytest.mark.parametrize(("error", "text"), TEXTS, ids=lambda value: type(value).__name__)
def test_every_error_says_what_where_and_what_to_do(error, text):
    assert str(error) == text


@pytest.mark.parametrize("error", [error for error, _ in TEXTS], ids=lambda error: type(error).__name__)
def test_every_error_survives_a_trip_to_another_process(error):
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert {**vars(twin)} == {**vars(error)}


@pytest.mark.parametrize("error", [error for error, _ in TEXTS], ids=lambda error: type(error).__name__)
def test_no_error_shows_the_values_of_a_query(error):
    assert "jan@a.cz" not in repr(error)


def test_an_api_error_tells_apart_what_the_vendor_said():
    error = ApiError(REQUEST, REPLY, PROBLEMS, retry_after=2.0)
    assert error.status == 422
    assert error.request_id == "R1"
    assert error.codes == {"/problems/x"}
    assert error.problems == PROBLEMS
    assert error.retry_after == 2.0
    assert error.hint is None


@pytest.mark.parametrize(
    ("skew", "told"),
    [
        (None, ""),
        (59.0, ""),
        (300.0, ". This machine's clock is 300 s ahead of the server's: set it"),
        (-301.0, ". This machine's clock is 301 s behind the server's: set it"),
    ],
)
def test_a_refusal_of_the_keys_tells_when_the_clock_is_wrong(skew, told):
    error = AuthenticationError(REQUEST, Reply(401))
    error.clock_skew = skew
    assert str(error) == f"401 for PATCH /units/7{told}"


def test_wrong_settings_and_mappings_are_value_errors():
    assert issubclass(SettingsError, ValueError)
    assert issubclass(MappingError, ValueError)


def test_settings_are_read_to_their_end():
    first = SettingsError("a", "is wrong.", "Mend it.")
    other = SettingsError("b", "is missing.", "Set it.", [SettingsError("c", "is odd.", "Look.")])
    whole = SettingsError.gathered([first, other])
    assert (whole.key, [each.key for each in whole.others]) == ("a", ["b", "c"])
    assert str(whole) == "a: is wrong. Mend it. (2 more to mend: b, c)"
    within = whole.within("shop")
    assert (within.key, [each.key for each in within.others]) == ("shop.a", ["shop.b", "shop.c"])
    assert whole.within("").key == "a"


def test_the_tree_in_the_docstring_is_the_tree():
    told = [line for line in errors.__doc__.splitlines() if "──" in line]
    drawn = {line.strip("│├└─ ").split()[0] for line in told} | {"KauflandShoptetError"}
    assert drawn == set(errors.__all__) == set(dir(errors))
    for name in drawn:
        assert issubclass(getattr(errors, name), KauflandShoptetError)
