"""Operations, listings and flows: declared once, offered blocking, awaitable and as values."""

from __future__ import annotations

import doctest
import inspect
import pickle
import traceback
from importlib import import_module

import anyio
import pytest
from attrs import frozen

from kaufland_shoptet import (
    KAUFLAND,
    SHOPTET,
    AsyncKaufland,
    AsyncPages,
    AsyncShoptet,
    Flow,
    Kaufland,
    Listing,
    Model,
    Pages,
    Reply,
    Request,
    Resource,
    Shoptet,
)
from kaufland_shoptet._core.calling import M, flow, listing, operation
from kaufland_shoptet._core.request import Endpoint, PagedEndpoint
from kaufland_shoptet.errors import NotFound, OutcomeUnknown, ServerError


@frozen(kw_only=True)
class Thing(Model):
    id: int


GET = Endpoint(KAUFLAND, "GetThing", "GET", "/things/{id}", Thing, at=("data",))
WRITE = Endpoint(KAUFLAND, "PutThing", "PUT", "/things/{id}", None, repeat="never")
LIST = PagedEndpoint(
    KAUFLAND, "ListThings", "GET", "/things", Thing, at=("data",), paginator=("pagination",), maximum=100
)


class Things(Resource[M]):
    """Things (client attribute ``things``)."""

    @operation(GET)
    @staticmethod
    def get(id_thing: int, *, embedded: list[str] | None = None) -> Request[Thing]:
        """Fetch one thing.

        >>> Things.get(7).url
        '/things/7'
        """
        return GET.request((id_thing,), {"embedded": embedded})

    @operation(WRITE)
    @staticmethod
    def put(id_thing: int) -> Request[None]:
        """Write one thing."""
        return WRITE.request((id_thing,))

    @flow
    @staticmethod
    async def sum(shop: str, first: int, *, second: int = 2) -> tuple[str, int]:
        """Add two things."""
        return shop, (await Things.get(first)).id + (await Things.get(second)).id

    @listing(LIST)
    @staticmethod
    def list(*, storefront: str | None = None) -> Listing[Thing]:
        """List things."""
        return LIST.listing((), {"storefront": storefront})


def echo(wire):
    number = wire.url.partition("?")[0].rpartition("/")[2]
    if number == "things":
        return Reply(200, {"content-type": "application/json"}, b'{"data": [{"id": 1}, {"id": 2}]}')
    if number == "404":
        return Reply(404)
    if number == "500":
        return Reply(500)
    return Reply(200, {"content-type": "application/json"}, b'{"data": {"id": %s}}' % number.encode())


@pytest.fixture
def things(kaufland):
    return Things(kaufland(echo), "shop")


# Three ways to say it.


def test_on_the_class_an_operation_is_a_value():
    assert Things.get(7, embedded=["a"]) == GET.request((7,), {"embedded": ["a"]})
    assert isinstance(Things.list(storefront="cz"), Listing)
    assert isinstance(Things.sum("shop", 1), Flow)


def test_on_a_blocking_client_an_operation_answers(things):
    assert things.get(7) == Thing(id=7)
    assert things.put(7) is None
    assert things.sum(1, second=3) == ("shop", 4)
    assert [thing.id for thing in things.list()] == [1, 2]
    assert isinstance(things.list(), Pages)


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_on_an_asynchronous_client_an_operation_is_awaited(anyio_backend, async_kaufland):
    async with async_kaufland(echo) as client:
        things = Things(client, "shop")
        coroutine = things.get(7)
        assert inspect.iscoroutine(coroutine)
        assert await coroutine == Thing(id=7)
        assert await things.sum(1, second=3) == ("shop", 4)
        assert [thing.id async for thing in things.list()] == [1, 2]
        assert isinstance(things.list(), AsyncPages)


def test_a_request_can_be_made_here_and_sent_there(kaufland):
    assert kaufland(echo).run(pickle.loads(pickle.dumps(Things.get(7)))) == Thing(id=7)


def test_flows_use_the_same_values(kaufland):
    async def mine():
        return (await Things.get(1)).id, await Things.sum("mine", 5)

    assert kaufland(echo).run(mine()) == (1, ("mine", 7))


# Errors.


def test_the_traceback_of_a_refusal_is_short(things):
    with pytest.raises(NotFound, match="404 for GET /things/404") as caught:
        things.get(404)
    assert len(traceback.extract_tb(caught.tb)) == 2


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_traceback_of_a_refusal_is_short_for_asynchronous_clients_too(async_kaufland, backend):
    async def main():
        async with async_kaufland(echo) as client:
            with pytest.raises(NotFound) as caught:
                await Things(client).get(404)
            return len(traceback.extract_tb(caught.tb))

    assert anyio.run(main, backend=backend) == 2


def test_a_short_traceback_keeps_the_cause(things):
    with pytest.raises(OutcomeUnknown) as caught:
        things.put(500)
    assert type(caught.value.__cause__) is ServerError


@pytest.mark.parametrize(
    ("name", "wrong"), [("get", {"id_thng": 7}), ("get", {"id_thing": 7, "embeded": []})]
)
def test_a_misspelt_argument_is_answered_with_the_right_one(things, name, wrong):
    right = {"id_thng": "id_thing", "embeded": "embedded"}[[*wrong][-1]]
    with pytest.raises(TypeError, match=rf"Did you mean '{right}'\?$"):
        getattr(things, name)(**wrong)


def test_misspelt_arguments_of_listings_and_flows_are_found_when_they_are_called(things):
    with pytest.raises(TypeError, match="Did you mean 'storefront'"):
        things.list(storfront="cz")
    with pytest.raises(TypeError, match="Did you mean 'second'"):
        things.sum(1, secnd=2)
    with pytest.raises(TypeError, match="secnd"):
        Things.sum("shop", 1, secnd=2)


def test_an_argument_like_no_other_is_just_refused(things):
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'xyz'$"):
        things.get(7, xyz=1)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        things.get()


# What tools see.


def test_signatures_names_and_documentation_are_those_of_the_builder(things):
    assert str(inspect.signature(things.get)).startswith("(id_thing: 'int', *, embedded:")
    assert str(inspect.signature(Things.get)).startswith("(id_thing: 'int', *, embedded:")
    assert things.get.__name__ == "get"
    assert things.get.__doc__.startswith("Fetch one thing.")
    assert inspect.getsource(things.get).lstrip().startswith("@operation(GET)")
    assert things.get.__func__ is things.get.__func__


def test_a_bound_flow_does_not_ask_for_its_context(things):
    assert list(inspect.signature(things.sum).parameters) == ["first", "second"]
    assert list(inspect.signature(Things.sum).parameters) == ["shop", "first", "second"]


def test_examples_in_documentation_are_found():
    declared = inspect.getattr_static(Things, "get")
    (found,) = doctest.DocTestFinder().find(declared.__wrapped__, "get", globs={"Things": Things})
    assert doctest.DocTestRunner().run(found) == (0, 1)
    assert declared.__qualname__ == "Things.get"
    assert declared.__module__ == Things.__module__


def test_a_declaration_knows_its_endpoint():
    assert inspect.getattr_static(Things, "get").endpoint is GET
    assert inspect.getattr_static(Things, "list").endpoint is LIST


def test_a_resource_says_whose_it_is(things):
    assert repr(things) == "<Things of <Kaufland at https://sellerapi.kaufland.com/v2>>"


def test_a_builder_may_also_be_a_plain_function():
    declared = operation(GET)(lambda number: GET.request((number,)))
    assert declared.build(1) == GET.request((1,))


# The list of operations.


@pytest.mark.parametrize("api", [KAUFLAND, SHOPTET])
def test_every_operation_of_an_api_is_listed_and_can_be_loaded(api):
    assert len(api.operations) > 100
    assert len({(each.resource, each.name) for each in api.operations}) == len(api.operations)
    first = api.operations[0]
    assert str(first) == f"{first.resource}.{first.name}: {first.method} {first.route}"
    assert first.declared.build is first.build
    assert first.declared.endpoint.vendor_id == first.vendor_id
    assert callable(first.build)


@pytest.fixture(scope="module")
def clients():
    keys = ("c" * 32, "s" * 64)
    return {
        KAUFLAND: (Kaufland(*keys), AsyncKaufland(*keys)),
        SHOPTET: (Shoptet("t" * 40), AsyncShoptet("t" * 40)),
    }


EVERY = [(api, each) for api in (KAUFLAND, SHOPTET) for each in api.operations]


def test_the_number_of_operations_is_that_of_the_documents():
    assert (len(KAUFLAND.operations), len(SHOPTET.operations)) == (119, 328)


@pytest.mark.parametrize(("api", "listed"), EVERY, ids=lambda each: str(each).partition(":")[0])
def test_every_operation_is_an_attribute_of_both_clients_and_a_value(api, listed, clients):
    blocking, asynchronous = (getattr(client, listed.resource) for client in clients[api])
    public = import_module(f"kaufland_shoptet.{api}")
    assert type(blocking) is type(asynchronous) is getattr(public, listed.owner)
    assert getattr(public, listed.owner).__dict__[listed.name] is listed.declared
    value = getattr(type(blocking), listed.name)
    endpoint = listed.declared.endpoint
    for fact in ("vendor_id", "method", "route", "repeat"):
        assert getattr(endpoint, fact) == getattr(listed, fact)
    call, acall = (getattr(resource, listed.name) for resource in (blocking, asynchronous))
    assert inspect.signature(call) == inspect.signature(acall) == inspect.signature(value)
    # A list in pages is walked, anything else is answered at once or awaited.
    assert inspect.iscoroutinefunction(acall) is isinstance(endpoint, Endpoint)
    assert not inspect.iscoroutinefunction(call)
