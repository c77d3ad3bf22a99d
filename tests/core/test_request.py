from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import unquote

import pytest
from attrs import evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet import KAUFLAND, SHOPTET, UNSET, Page, Reply, Unset
from kaufland_shoptet._core.request import Endpoint, PagedEndpoint
from kaufland_shoptet._core.values import Model, OpenIntEnum, OpenStrEnum
from kaufland_shoptet.errors import NotFound


@frozen(kw_only=True)
class Customer(Model):
    code: str
    email: str | Unset = field(default=UNSET, repr=False)


class Status(OpenStrEnum):
    OPEN = "open"


class Step(OpenIntEnum):
    CART = 0


GET = Endpoint(KAUFLAND, "GetCustomer", "GET", "/customers/{id}/notes/{number}", Customer, at=("data",))
PUT = Endpoint(SHOPTET, "putCustomer", "PUT", "/api/customers/{id}", None, wrap=("data", "customer"))
LIST = PagedEndpoint(
    KAUFLAND,
    "ListCustomers",
    "GET",
    "/groups/{id}/customers",
    Customer,
    at=("data",),
    paginator=("pagination",),
    maximum=100,
)


def query(api, **values):
    return api.query(values)


# A value.


def test_equal_calls_are_equal_values():
    assert GET.request(("a", 1), {"b": 2}) == GET.request(("a", "1"), {"b": "2"})
    assert GET.request(("a", 1)) != GET.request(("a", 2))
    assert GET.request(("a", 1)) != PUT.request(("a",))
    assert LIST.listing(("a",)) == LIST.listing(("a",))


def test_a_request_is_frozen_and_not_a_key():
    request = GET.request(("a", 1))
    with pytest.raises(AttributeError):
        request.path = ()
    with pytest.raises(TypeError, match="unhashable"):
        hash(request)


def test_a_request_prints_as_what_it_does():
    request = GET.request(("32/ZEL", 1), {"email": "jan@example.cz"})
    assert str(request) == f"{request}" == "GET /customers/32%2FZEL/notes/1"


def test_the_representation_tells_names_but_no_data():
    request = PUT.request(
        ("a",), {"email": "jan@example.cz", "from": 1}, Customer(code="C", email="jan@a.cz")
    )
    assert repr(request) == "<putCustomer: PUT /api/customers/a?email=***&from=1 with Customer>"
    assert repr(GET.request(("a", 1))).endswith(": GET /customers/a/notes/1>")
    listing = LIST.listing(("a",), {"email": "jan@example.cz"})
    assert repr(listing) == "Listing(endpoint=ListCustomers, path=('a',), query=email=***, size=100)"


def test_an_endpoint_prints_its_api_by_name():
    assert repr(GET).startswith("Endpoint(api=kaufland, vendor_id='GetCustomer', method='GET'")
    assert repr(KAUFLAND) == "KAUFLAND"
    assert str(SHOPTET) == "shoptet"


@pytest.mark.parametrize("api", [KAUFLAND, SHOPTET])
def test_an_api_stays_itself_when_pickled_or_copied(api):
    assert pickle.loads(pickle.dumps(api)) is copy.copy(api) is copy.deepcopy(api) is api


@pytest.mark.parametrize(
    "value",
    [
        GET.request(("32/ZEL", 1), {"since": date(2026, 9, 1)}),
        PUT.request(("a",), body=Customer(code="C")),
        LIST.listing(("a",)),
        LIST.listing(("a",)).page(100),
    ],
    ids=str,
)
def test_requests_can_be_stored_and_sent_later(value):
    twin = pickle.loads(pickle.dumps(value))
    assert twin == copy.deepcopy(value) == value
    assert twin.endpoint.api is value.endpoint.api


# Paths.


def test_every_part_of_a_path_is_encoded():
    request = GET.request(("32/ZEL", "a b?ž#%"))
    assert request.url == "/customers/32%2FZEL/notes/a%20b%3F%C5%BE%23%25"


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1).filter(lambda text: text not in {".", ".."}), st.integers())
def test_any_text_is_one_part_of_a_path(text, number):
    try:
        parts = GET.request((text, number)).url.split("/")
    except UnicodeEncodeError:  # half of a surrogate pair is no text
        return
    assert [unquote(part) for part in parts] == ["", "customers", text, "notes", str(number)]


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_a_part_that_would_lead_elsewhere_is_refused(part):
    with pytest.raises(ValueError, match="names nothing; an id or a code is due"):
        GET.request((part, 1))
    with pytest.raises(ValueError, match="an id or a code is due"):
        LIST.listing((part,))


# Queries.


def test_what_is_not_given_is_left_out():
    assert query(KAUFLAND, a=None, b=UNSET, c=[], d=()) == ()
    assert query(SHOPTET, a=None, b=UNSET, c=[], d="") == (("d", ""),)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (7, "7"),
        ("word", "word"),
        (Status.OPEN, "open"),
        (Status("new"), "new"),
        (Step.CART, "0"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.10"), "0.10"),
        (date(2026, 9, 1), "2026-09-01"),
    ],
)
def test_values_of_a_query(value, text):
    assert query(KAUFLAND, x=value) == query(SHOPTET, x=value) == (("x", text),)


def test_each_api_writes_times_in_its_own_way():
    moment = datetime(2026, 9, 1, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    assert query(KAUFLAND, x=moment) == (("x", "2026-09-01T08:00:00Z"),)
    assert query(SHOPTET, x=moment) == (("x", "2026-09-01T10:00:00+0200"),)


def test_several_values_are_repeated_by_kaufland_and_joined_for_shoptet():
    values = ["open", Status("sent"), 3]
    assert query(KAUFLAND, x=values) == (("x", "open"), ("x", "sent"), ("x", "3"))
    assert query(SHOPTET, x=tuple(values)) == (("x", "open,sent,3"),)


@pytest.mark.parametrize("value", [1.5, b"x", {"a": 1}, {1}])
def test_what_has_no_place_in_a_query_is_refused(value):
    with pytest.raises(TypeError, match=f"a query parameter cannot be {type(value).__name__}"):
        query(KAUFLAND, x=value)


def test_a_query_is_encoded_in_the_target():
    request = GET.request(("a", 1), {"since": datetime(2025, 1, 1, tzinfo=UTC), "q": "č +&", "s": ["x", "y"]})
    assert request.target == "/customers/a/notes/1?since=2025-01-01T00%3A00%3A00Z&q=%C4%8D%20%2B%26&s=x&s=y"
    assert GET.request(("a", 1)).target == "/customers/a/notes/1"


def test_the_plus_of_a_time_zone_is_encoded():
    request = PUT.request(("a",), {"from": datetime(2014, 9, 5, tzinfo=UTC)})
    assert request.target.endswith("?from=2014-09-05T00%3A00%3A00%2B0000")


def test_more_parameters_may_be_added():
    request = GET.request(("a", 1), {"b": 2})
    more = request.with_query({"language": "cs", "none": None})
    assert more.query == (("b", "2"), ("language", "cs"))
    assert request.query == (("b", "2"),)


def test_a_request_may_be_answered_by_the_reply_as_it_came():
    request = GET.request(("a", 1), {"b": 2})
    reply = Reply(200, {"x-request-id": "R1"}, b"anything")
    assert KAUFLAND.read(request.undecoded, reply) is reply
    assert request.undecoded.target == request.target
    with pytest.raises(NotFound):
        KAUFLAND.read(request.undecoded, Reply(404))


# Bodies.


def test_no_body_is_not_an_empty_body():
    assert GET.request(("a", 1)).content is None
    assert PUT.request(("a",), body=None).content == b'{"data":{"customer":null}}'


def test_a_body_is_wrapped_as_the_endpoint_says():
    customer = Customer(code="Č", email="jan@example.cz")
    assert PUT.request(("a",), body=customer).content == (
        '{"data":{"customer":{"code":"Č","email":"jan@example.cz"}}}'.encode()
    )
    bare = evolve(PUT, wrap=())
    assert bare.request(("a",), body=[customer, customer]).content.startswith(b'[{"code":')


# Listings.


def test_a_listing_asks_for_the_largest_page_unless_told_otherwise():
    listing = LIST.listing(("a",), {"b": 1})
    assert listing.page().query == (("b", "1"), ("limit", "100"), ("offset", "0"))
    assert listing.sized(30).page(60).query == (("b", "1"), ("limit", "30"), ("offset", "60"))
    assert listing.sized(1000).size == 100


def test_shoptets_pages_are_numbered_from_one():
    listing = evolve(LIST, api=SHOPTET).listing(("a",)).sized(50)
    assert listing.page().query == (("page", "1"), ("itemsPerPage", "50"))
    assert listing.page(100).query == (("page", "3"), ("itemsPerPage", "50"))


def test_a_page_holds_at_least_one_row():
    with pytest.raises(ValueError, match="a page holds at least 1 row, not 0"):
        LIST.listing(("a",)).sized(0)


def test_a_page_is_a_small_collection():
    page = Page((1, 2), 5, 0, 2)
    assert list(page) == [1, 2]
    assert len(page) == 2


# Replies.


def test_a_reply_prints_neither_body_nor_headers():
    reply = Reply(200, {"x-request-id": "R1", "set-cookie": "secret"}, b"secret")
    assert repr(reply) == "Reply(status=200, body=<6 bytes>)"
    assert reply.request_id == "R1"
    assert Reply(204).request_id is None
    assert Reply(204).headers == {}
