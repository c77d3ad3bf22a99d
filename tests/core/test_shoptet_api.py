from __future__ import annotations

import json

import pytest
from attrs import evolve, frozen

from kaufland_shoptet import SHOPTET, Answer, Model, Problem, Reply, Started
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet.errors import (
    ApiError,
    AuthenticationError,
    Conflict,
    DecodeError,
    DuplicateExternalCode,
    Forbidden,
    InvalidRequest,
    Locked,
    UnexpectedAnswer,
)


@frozen(kw_only=True)
class Order(Model):
    code: str


GET = Endpoint(SHOPTET, "getOrder", "GET", "/api/orders", Order, at=("data", "order"))
WRITE = Endpoint(
    SHOPTET, "createOrder", "POST", "/api/orders", Answer[Order], at=("data", "order"), repeat="read_back"
)
QUIET = evolve(WRITE, into=Answer[None], at=())
START = evolve(GET, into=Started[Order], at=("data", "jobId"))
PARTLY = [{"errorCode": "document-not-generated", "message": "No invoice", "instance": "2018"}]
WARNING = Problem("document-not-generated", "No invoice", "2018")


def read(endpoint, body=None, status=200, **headers):
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return SHOPTET.read(endpoint.request(), Reply(status, headers, content))


def refused(status, body=None, endpoint=GET):
    with pytest.raises(ApiError) as caught:
        read(endpoint, body, status)
    return caught.value


def errors(code, message="Text", instance="unknown"):
    return {"data": None, "errors": [{"errorCode": code, "message": message, "instance": instance}]}


# Answers.


def test_the_payload_is_unwrapped():
    body = {"data": {"order": {"code": "C"}}, "errors": None, "metadata": {"requestId": "R"}}
    assert read(GET, body) == Order(code="C")


def test_what_is_read_does_not_mind_errors_beside_the_data():
    assert read(GET, {"data": {"order": {"code": "C"}}, "errors": PARTLY}) == Order(code="C")


def test_a_read_with_errors_and_without_data_failed():
    with pytest.raises(InvalidRequest, match="200 for GET /api/orders: document-not-generated No invoice"):
        read(GET, {"data": None, "errors": PARTLY})


@pytest.mark.parametrize("body", [None, {}, {"data": None}, {"data": None, "errors": []}, {"data": {}}])
def test_a_read_without_data_and_without_errors_is_not_what_was_promised(body):
    with pytest.raises(DecodeError):
        read(GET, body)


@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b"<html>"])
def test_what_is_no_envelope_is_no_answer(body):
    with pytest.raises(UnexpectedAnswer) as caught:
        read(GET, body)
    assert type(caught.value) is UnexpectedAnswer


# Writes.


def test_a_write_answers_with_data_warnings_and_request_id():
    body = {"data": {"order": {"code": "C"}}, "errors": PARTLY, "metadata": {"requestId": "R"}}
    answer = read(WRITE, body)
    assert answer == Answer(Order(code="C"), (WARNING,), "R")
    assert not answer.complete


def test_the_request_id_may_come_in_a_header_only():
    body = {"data": {"order": {"code": "C"}}}
    assert read(WRITE, body, **{"x-request-id": "H"}).request_id == "H"
    assert read(WRITE, {**body, "metadata": "odd"}).request_id is None


def test_a_write_without_data_says_what_was_left_undone():
    assert read(QUIET) == Answer(None)
    assert read(QUIET, {"errors": PARTLY}) == Answer(None, (WARNING,))
    assert read(QUIET, {"data": {"ignored": 1}}) == Answer(None)


def test_a_write_that_did_nothing_although_it_promised_data_failed():
    with pytest.raises(InvalidRequest) as caught:
        read(WRITE, {"data": None, "errors": PARTLY})
    assert caught.value.problems == (WARNING,)


def test_a_write_without_the_promised_data_is_named():
    with pytest.raises(DecodeError, match=r"@ \$\.data"):
        read(WRITE, {"data": None})
    with pytest.raises(DecodeError, match=r"@ \$\.data\.order\.code"):
        read(WRITE, {"data": {"order": {}}})


def test_a_job_that_was_started_knows_the_type_of_its_rows():
    assert read(START, {"data": {"jobId": "J1"}}, 202) == Started("J1", Order)
    assert read(evolve(START, into=Started[None]), {"data": {"jobId": "J1"}}, 202) == Started("J1", None)
    with pytest.raises(DecodeError, match=r"@ \$\.data\.jobId"):
        read(START, {"data": {"jobId": 1}}, 202)


# Errors.


def test_an_error_tells_code_message_and_place():
    error = refused(422, errors("invalid-request-data", "Bad", "data.items[0].vatRate"))
    assert type(error) is InvalidRequest
    assert error.problems == (Problem("invalid-request-data", "Bad", "data.items[0].vatRate"),)
    assert error.hint is None


def test_an_error_of_the_oauth_server_is_bare():
    assert refused(400, {"error": "addon_suspended"}).problems == (Problem("addon_suspended", ""),)
    body = {"error": "invalid_grant", "error_description": "Code expired"}
    assert refused(400, body).problems == (Problem("invalid_grant", "Code expired"),)


@pytest.mark.parametrize("body", [None, b"<html>", {}, {"errors": "none"}, {"errors": [1]}, [1]])
def test_an_error_may_say_nothing_useful(body):
    assert refused(409, body).problems == ()
    assert type(refused(409, body)) is Conflict


def test_parts_of_an_error_may_be_missing():
    assert refused(400, {"errors": [{}]}).problems == (Problem("", ""),)


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (401, "expired-token", AuthenticationError, "30 minutes"),
        (401, "missing-access-token", AuthenticationError, "Give the client"),
        (401, "invalid-token", AuthenticationError, "neither paused nor uninstalled"),
        (401, "something-new", AuthenticationError, "neither paused nor uninstalled"),
        (403, "invalid-token-no-rights", Forbidden, "grants endpoint groups"),
        (403, "missing-module", Forbidden, "does not have the module"),
        (403, "job-detail-try-counter-exceeded-limit", Forbidden, "ten times"),
        (403, "something-new", Forbidden, "grants endpoint groups"),
    ],
)
def test_a_refusal_says_what_helps(status, code, kind, words):
    error = refused(status, errors(code))
    assert type(error) is kind
    assert words in error.hint
    assert str(error).endswith(error.hint)


def test_an_order_that_was_imported_before_is_recognised():
    body = errors("invalid-request-data", "Order was Already Imported with code 2018", "data.externalCode")
    error = refused(422, body, WRITE)
    assert type(error) is DuplicateExternalCode
    assert "look it up" in error.hint
    assert type(refused(422, body, GET)) is InvalidRequest
    assert type(refused(409, body, WRITE)) is Conflict


def test_a_lock_of_shoptet_passes():
    assert type(refused(423)) is Locked
    assert SHOPTET.lock_passes
