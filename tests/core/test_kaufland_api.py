from __future__ import annotations

import json

import pytest
from attrs import evolve, frozen

from kaufland_shoptet import KAUFLAND, UNSET, Created, Model, Reply, Unset
from kaufland_shoptet._core.request import Endpoint
from kaufland_shoptet.errors import (
    ApiError,
    AuthenticationError,
    DecodeError,
    InvalidRequest,
    Locked,
    NotFound,
    ServerError,
    UnexpectedAnswer,
)


@frozen(kw_only=True)
class Offer(Model):
    id_unit: int
    id_offer: str | Unset | None = UNSET


GET = Endpoint(KAUFLAND, "GetOffer", "GET", "/units/{id}", Offer, at=("data",))
CREATE = Endpoint(KAUFLAND, "CreateOffer", "POST", "/units", Created[Offer], at=("data",), repeat="never")


def read(endpoint, body=None, status=200, **headers):
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    path = (1,) if "{" in endpoint.route else ()
    return KAUFLAND.read(endpoint.request(path), Reply(status, headers, content))


def refused(status, body=None, **headers):
    with pytest.raises(ApiError) as caught:
        read(GET, body, status, **headers)
    return caught.value


# Answers.


def test_the_payload_is_unwrapped():
    assert read(GET, {"data": {"id_unit": 7}}) == Offer(id_unit=7)
    assert read(evolve(GET, at=("data", "unit")), {"data": {"unit": {"id_unit": 7}}}) == Offer(id_unit=7)
    assert read(evolve(GET, into=tuple[Offer, ...]), {"data": [{"id_unit": 7}]}) == (Offer(id_unit=7),)
    assert read(evolve(GET, into=str), {"data": "Pong"}) == "Pong"


def test_where_nothing_or_bytes_are_due_nothing_is_decoded():
    assert read(evolve(GET, into=None), b"", 204) is None
    assert read(evolve(GET, into=None), b'{"anything": 1}') is None
    assert read(evolve(GET, into=bytes), b"%PDF-1.7") == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("body", "at", "problem"),
    [
        ({}, ("data",), "a required field is missing @ $.data"),
        ({"data": {}}, ("data", "unit"), "a required field is missing @ $.data.unit"),
        ({"data": []}, ("data", "unit"), "an object was due, something else came @ $.data"),
        ({"data": {"id_unit": "7"}}, ("data",), "a whole number was due, a string came @ $.data.id_unit"),
        ({"data": None}, ("data",), "an object was due, null came @ $.data"),
    ],
)
def test_a_payload_that_is_not_there_is_named(body, at, problem):
    with pytest.raises(DecodeError) as caught:
        read(evolve(GET, at=at), body, **{"x-request-id": "R1"})
    assert str(caught.value) == f"GET /units/1: {problem} (request id R1)"


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_json_of_no_known_form_is_no_answer(body):
    with pytest.raises(UnexpectedAnswer):
        read(GET, json.dumps(body).encode())


# Creations.


@pytest.mark.parametrize("location", ["/v2/units/7", "https://sellerapi.kaufland.com/v2/units/7/", "7"])
def test_what_was_created_is_told_by_its_location(location):
    assert read(CREATE, None, 201, location=location) == Created("7", None, location)


def test_what_was_created_is_told_by_its_body():
    body = {"data": {"id_offer": None, "id_unit": 7}}
    assert read(CREATE, body) == Created("7", Offer(id_unit=7, id_offer=None), None)


def test_the_location_is_worth_more_than_the_body():
    body = {"data": {"id_unit": 8}}
    assert read(CREATE, body, 201, location="/v2/units/7") == Created("7", Offer(id_unit=8), "/v2/units/7")


def test_something_created_may_not_be_told_at_all():
    assert read(CREATE, b" ", 201) == Created(None, None, None)


@pytest.mark.parametrize("body", [{}, {"data": {}}, [], b"OK", {"data": {"id_unit": "x"}}])
def test_an_odd_body_is_no_failure_when_the_location_tells_what_was_created(body):
    assert read(CREATE, body, 201, location="/v2/units/7") == Created("7", None, "/v2/units/7")


@pytest.mark.parametrize(
    ("body", "kind"),
    [({}, DecodeError), ({"data": {}}, DecodeError), ({"data": []}, DecodeError), (b"OK", UnexpectedAnswer)],
)
def test_an_odd_body_is_a_failure_when_nothing_tells_what_was_created(body, kind):
    with pytest.raises(kind) as caught:
        read(CREATE, body, 201)
    assert type(caught.value) is kind


def test_the_path_of_an_odd_body_begins_at_its_root():
    with pytest.raises(DecodeError, match=r"@ \$\.data\.id_unit"):
        read(CREATE, {"data": {"name": 1}}, 201)


# Errors.


def test_each_field_that_is_complained_about_is_a_problem():
    error = refused(
        400,
        {
            "type": "/problems/validation-error",
            "message": "Validation Failed",
            "errors": [
                {"field": "listing_price", "message": "listing_price must be greater than 0"},
                {"field": "amount"},
                "odd",
                {"message": "and more"},
            ],
        },
    )
    assert type(error) is InvalidRequest
    assert error.codes == {"/problems/validation-error"}
    assert [(each.where, each.message) for each in error.problems] == [
        ("listing_price", "listing_price must be greater than 0"),
        ("amount", "Validation Failed"),
        (None, "and more"),
    ]


def test_an_error_may_have_a_message_only():
    error = refused(404, {"message": "Not found", "errors": "none"})
    assert type(error) is NotFound
    assert str(error) == "404 for GET /units/1: Not found"
    assert error.codes == frozenset()


@pytest.mark.parametrize("body", [None, b"<html>Bad gateway</html>", [], "text", {}, {"errors": [1]}])
def test_an_error_may_say_nothing_useful(body):
    error = refused(502, body)
    assert type(error) is ServerError
    assert str(error).startswith("502 for GET /units/1")


def test_private_data_in_errors_is_blanked():
    error = refused(400, {"message": "jan@example.cz or +420 601 000 111 unknown"})
    assert str(error) == "400 for GET /units/1: *** or *** unknown"
    assert "jan@" not in repr(error)


def test_a_lock_of_kaufland_is_not_one_of_seconds():
    assert type(refused(423)) is Locked
    assert not KAUFLAND.lock_passes


def test_a_refusal_of_the_keys_lists_its_causes_and_does_not_begin_with_new_keys():
    error = refused(401, {"type": "/problems/corrupted-signature", "message": "Corrupted"})
    assert type(error) is AuthenticationError
    words = ["clock", "URL", "body", "client key and secret key", "verified", "Keep the keys you have"]
    places = [error.hint.index(word) for word in words]
    assert places == sorted(places)
    assert "regenerat" not in str(error)
    assert "new keys" not in str(error)
    assert refused(403).hint is None
