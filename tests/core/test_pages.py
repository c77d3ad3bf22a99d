from __future__ import annotations

import json
from contextlib import aclosing
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet import KAUFLAND, SHOPTET, AsyncPages, Model, Page, Pages, Reply, together
from kaufland_shoptet._core.pages import AHEAD
from kaufland_shoptet._core.request import PagedEndpoint
from kaufland_shoptet.errors import DecodeError, NoAnswer, PagingError

BOTH_LOOPS = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])


@frozen(kw_only=True)
class Row(Model):
    id: int
    group: int = 0


ROWS = PagedEndpoint(
    KAUFLAND,
    "ListRows",
    "GET",
    "/rows",
    Row,
    at=("data",),
    paginator=("pagination",),
    maximum=100,
    key=("id",),
)
SHOP_ROWS = evolve(ROWS, api=SHOPTET, at=("data", "rows"), paginator=("data", "paginator"))
LISTING = ROWS.listing()


class Shelf:
    """A server of numbered rows, in the manner of either API.

    ``biggest`` is the largest page it gives, ``told`` changes the paginator, ``before`` is called ahead of
    every answer and may move the rows.
    """

    def __init__(self, count, biggest=100, told=None, before=None):
        self.rows = [{"id": number, "group": 0} for number in range(count)]
        self.biggest = biggest
        self.told = told or (lambda paginator: paginator)
        self.before = before or (lambda shelf, start: None)
        self.asked = []

    def __call__(self, wire):
        query = {name: int(value) for name, (value,) in parse_qs(urlsplit(wire.url).query).items()}
        kaufland = "limit" in query
        size = min(query["limit"] if kaufland else query["itemsPerPage"], self.biggest)
        start = query["offset"] if kaufland else (query["page"] - 1) * size
        self.asked.append((start, size))
        self.before(self, start)
        shown = self.rows[start : start + size]
        if kaufland:
            body = {"data": shown}
            paginator = self.told({"offset": start, "limit": size, "total": len(self.rows)})
            if paginator is not None:
                body["pagination"] = paginator
        else:
            paginator = {"totalCount": len(self.rows), "page": query["page"], "itemsPerPage": size}
            body = {"data": {"rows": shown, "paginator": self.told(paginator)}}
        return Reply(200, {"content-type": "application/json"}, json.dumps(body).encode())


def ids(rows):
    return [row.id for row in rows]


@pytest.fixture
def walk(kaufland):
    """Everything that a blocking client finds on a shelf."""

    def walk(shelf, listing=LISTING):
        return ids(Pages(listing, kaufland(shelf)))

    return walk


# Complete and in order.


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250, 1050])
@pytest.mark.parametrize("endpoint", [ROWS, SHOP_ROWS], ids=["kaufland", "shoptet"])
def test_every_row_comes_once_and_in_order(kaufland, shoptet, count, endpoint):
    shelf = Shelf(count)
    client = (kaufland if endpoint is ROWS else shoptet)(shelf)
    assert ids(Pages(endpoint.listing(), client)) == list(range(count))
    assert len(shelf.asked) == max(1, -(-count // 100))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 60), st.integers(1, 12), st.integers(1, 12))
def test_pages_of_any_size_make_the_same_list(count, asked, biggest):
    shelf = Shelf(count, biggest)
    steps = LISTING.sized(asked).collect().__await__()

    def answer(request):
        return KAUFLAND.read(request, shelf(Wire(f"https://x{request.target}")))

    effect = next(steps)
    with pytest.raises(StopIteration) as finished:
        while True:
            many = getattr(effect, "branches", None)
            effect = steps.send([answer(each) for each in many] if many else answer(effect))
    assert ids(finished.value.value) == list(range(count))


class Wire:
    def __init__(self, url):
        self.url = url


def test_pages_after_the_first_are_asked_for_several_at_a_time():
    walk = LISTING.pages()
    steps = walk.__anext__().__await__()
    assert next(steps) == LISTING.page(0)
    with pytest.raises(StopIteration):
        steps.send(Page(tuple(range(100)), 1100, 0, 100))
    effect = next(walk.__anext__().__await__())
    assert effect == together([LISTING.page(start) for start in range(100, 900, 100)])
    assert len(effect.branches) == AHEAD


def test_nothing_is_asked_for_before_it_is_needed(kaufland):
    shelf = Shelf(250)
    rows = iter(Pages(LISTING, kaufland(shelf)))
    assert shelf.asked == []
    assert next(rows).id == 0
    assert shelf.asked == [(0, 100)]


def test_a_list_can_be_walked_again(kaufland):
    pages = Pages(LISTING, kaufland(Shelf(150)))
    assert ids(pages) == ids(pages) == list(range(150))


# Lists that move.


def new_row_after_the_first_page(shelf, start):
    if start == 100 and len(shelf.rows) == 101:
        shelf.rows.insert(0, {"id": 999, "group": 0})


def test_a_row_that_comes_twice_because_the_list_moved_is_seen_once(walk):
    assert walk(Shelf(101, before=new_row_after_the_first_page)) == list(range(101))


def test_rows_that_nothing_identifies_are_all_shown(walk):
    shelf = Shelf(101, before=new_row_after_the_first_page)
    assert walk(shelf, evolve(ROWS, key=()).listing()) == [*range(100), 99, 100]


def test_several_attributes_may_identify_a_row(walk):
    shelf = Shelf(0)
    shelf.rows = [{"id": n // 2, "group": n % 2} for n in range(6)] + [{"id": 0, "group": 0}]
    assert walk(shelf, evolve(ROWS, key=("id", "group")).listing()) == [0, 0, 1, 1, 2, 2]
    assert walk(shelf) == [0, 1, 2]


def test_a_list_that_grows_is_followed(walk):
    def grow(shelf, start):
        if start == 100:
            shelf.rows += [{"id": 150 + number, "group": 0} for number in range(100)]

    assert walk(Shelf(150, before=grow)) == list(range(250))


def test_a_list_that_shrinks_ends_earlier(walk):
    def shrink(shelf, start):
        if start >= 100:  # whichever of the two comes first: they are asked for side by side
            del shelf.rows[120:]

    assert walk(Shelf(250, before=shrink)) == list(range(120))


# Servers of another opinion.


def test_a_server_may_give_smaller_pages_than_asked_for(walk):
    shelf = Shelf(100, biggest=30)
    assert walk(shelf) == list(range(100))
    assert [size for _, size in shelf.asked] == [30, 30, 30, 30]


def test_a_server_may_give_larger_pages_than_the_documented_maximum(walk):
    def all_of_them(wire):
        return shelf(Wire(wire.url.replace("limit=100", "limit=200")))

    shelf = Shelf(500, biggest=200)
    assert walk(all_of_them) == list(range(500))


def test_a_page_without_pagination_is_the_end_when_it_is_not_full(walk):
    shelf = Shelf(250, told=lambda _: None)
    assert walk(shelf) == list(range(250))
    assert [start for start, _ in shelf.asked] == [0, 100, 200]


def test_a_full_last_page_without_pagination_costs_one_more_request(walk):
    shelf = Shelf(200, told=lambda _: None)
    assert walk(shelf) == list(range(200))
    assert [start for start, _ in shelf.asked] == [0, 100, 200]


def test_a_total_told_only_once_is_remembered(walk):
    shelf = Shelf(250, told=lambda paginator: paginator if paginator["offset"] == 0 else None)
    assert walk(shelf) == list(range(250))


@pytest.mark.parametrize("told", [{}, {"total": 150}, {"limit": 0, "total": 150}, {"limit": None}])
def test_what_the_paginator_does_not_say_is_what_was_asked_for(walk, told):
    assert walk(Shelf(150, told=lambda _: told)) == list(range(150))


# Broken reads.


@pytest.mark.parametrize(
    ("start", "left", "problem"),
    [
        (0, 60, "60 rows from row 0 on where 100 were due from row 0 on, of 250 in all"),
        (100, 0, "0 rows from row 100 on where 100 were due from row 100 on, of 250 in all"),
        (200, 49, "49 rows from row 200 on where 50 were due from row 200 on, of 250 in all"),
    ],
)
def test_a_short_page_is_a_broken_read_and_not_the_end(walk, start, left, problem):
    def answer(wire):
        reply = shelf(wire)
        if shelf.asked[-1][0] != start:
            return reply
        body = json.loads(reply.body)
        del body["data"][left:]
        return evolve(reply, body=json.dumps(body).encode())

    shelf = Shelf(250)
    with pytest.raises(PagingError, match=f"GET /rows: {problem}; the list cannot be trusted"):
        walk(answer)


def test_rows_of_a_broken_first_page_are_not_given_out(kaufland):
    shelf = Shelf(5, told=lambda paginator: {**paginator, "total": 9})
    with pytest.raises(PagingError):
        next(iter(Pages(LISTING, kaufland(shelf))))


def test_another_page_than_asked_for_is_a_broken_read(walk):
    def ignores_the_offset(wire):
        return shelf(Wire(wire.url.replace("offset=100", "offset=0")))

    shelf = Shelf(200)
    with pytest.raises(PagingError, match="100 rows from row 0 on where 100 were due from row 100 on"):
        walk(ignores_the_offset)


def test_a_server_that_changes_the_size_of_its_pages_loses_no_rows_silently(shoptet):
    def shrink(shelf, start):
        shelf.biggest = 40

    shelf = Shelf(300, before=shrink)
    with pytest.raises(PagingError, match="were due from row"):
        list(Pages(SHOP_ROWS.listing(), shoptet(shelf)))


@pytest.mark.parametrize("key", ["total", "offset", "limit"])
def test_a_paginator_that_cannot_be_read_is_named(walk, key):
    shelf = Shelf(3, told=lambda paginator: {**paginator, key: "many"})
    with pytest.raises(DecodeError) as caught:
        walk(shelf)
    assert caught.value.path == f"$.pagination.{key}"


@pytest.mark.parametrize("key", ["totalCount", "page", "itemsPerPage"])
def test_a_paginator_of_shoptet_that_cannot_be_read_is_named(shoptet, key):
    shelf = Shelf(3, told=lambda paginator: {**paginator, key: {}})
    with pytest.raises(DecodeError) as caught:
        Pages(SHOP_ROWS.listing(), shoptet(shelf)).first()
    assert caught.value.path == f"$.data.paginator.{key}"


def test_a_row_that_cannot_be_read_is_named(walk):
    shelf = Shelf(3)
    shelf.rows[1] = {"id": "b"}
    with pytest.raises(DecodeError) as caught:
        walk(shelf)
    assert caught.value.path == "$.data[1].id"


# Parts of a list.


def test_a_part_of_a_list_costs_one_request(kaufland):
    shelf = Shelf(250)
    pages = Pages(LISTING, kaufland(shelf))
    assert pages.first() == Row(id=0)
    assert pages.count() == 250
    assert pages.first_page() == Page(tuple(Row(id=n) for n in range(100)), 250, 0, 100)
    assert pages.sized(7).first_page().size == 7
    assert shelf.asked == [(0, 1), (0, 1), (0, 100), (0, 7)]
    assert repr(pages) == "<pages of GET /rows>"


def test_an_empty_list_has_no_first_row(kaufland):
    pages = Pages(LISTING, kaufland(Shelf(0)))
    assert pages.first() is None
    assert pages.count() == 0
    assert len(pages.first_page()) == 0


def test_a_list_that_does_not_tell_its_size_has_no_count(kaufland):
    assert Pages(LISTING, kaufland(Shelf(5, told=lambda _: None))).count() is None


def test_pages_come_one_by_one(kaufland):
    pages = Pages(LISTING, kaufland(Shelf(250))).pages()
    assert [(page.start, len(page)) for page in pages] == [(0, 100), (100, 100), (200, 50)]


# Within flows, in each colour.


def test_a_flow_walks_a_list(play):
    async def flow():
        return [row.id async for row in LISTING]

    assert play(flow(), Shelf(250)) == list(range(250))
    assert ids(play(LISTING.collect(), Shelf(250))) == list(range(250))


def test_a_flow_sees_each_row_once(play):
    rows = play(LISTING.collect(), Shelf(101, before=new_row_after_the_first_page))
    assert ids(rows) == list(range(101))


def test_a_flow_may_stop_in_the_middle_of_a_list(play):
    shelf = Shelf(250)

    async def flow():
        async with aclosing(LISTING.__aiter__()) as rows:
            async for row in rows:
                if row.id == 30:
                    return row.id
        raise AssertionError

    assert play(flow(), shelf) == 30
    assert shelf.asked == [(0, 100)]


def test_a_blocking_flow_may_just_break(kaufland):
    async def flow():
        async for row in LISTING:
            if row.id == 30:
                break
        return row.id

    assert kaufland(Shelf(250)).run(flow()) == 30


def test_a_failure_in_the_middle_of_a_list_reaches_the_flow(play):
    def break_off(shelf, start):
        if start:
            raise ConnectionResetError

    async def flow():
        try:
            async for row in LISTING:
                last = row.id
        except NoAnswer:
            return last
        raise AssertionError

    assert play(flow(), Shelf(250, before=break_off)) == 99


# Asynchronous.


@BOTH_LOOPS
async def test_an_asynchronous_client_walks_a_list(anyio_backend, async_kaufland):
    shelf = Shelf(250)
    async with async_kaufland(shelf) as client:
        pages = AsyncPages(LISTING, client)
        assert [row.id async for row in pages] == list(range(250))
        assert [page.start async for page in pages.pages()] == [0, 100, 200]
        assert await pages.first() == Row(id=0)
        assert await pages.count() == 250
        assert (await pages.first_page()).total == 250
        assert (await pages.sized(7).first_page()).size == 7
        assert repr(pages) == "<pages of GET /rows>"


@BOTH_LOOPS
async def test_an_asynchronous_client_sees_each_row_once(anyio_backend, async_kaufland):
    async with async_kaufland(Shelf(101, before=new_row_after_the_first_page)) as client:
        assert [row.id async for row in AsyncPages(LISTING, client)] == list(range(101))


@BOTH_LOOPS
async def test_an_asynchronous_client_may_stop_in_the_middle(anyio_backend, async_kaufland):
    shelf = Shelf(250)
    async with async_kaufland(shelf) as client, aclosing(AsyncPages(LISTING, client).__aiter__()) as rows:
        async for row in rows:
            if row.id == 30:
                break
    assert shelf.asked == [(0, 100)]


@BOTH_LOOPS
async def test_an_asynchronous_client_gets_the_same_errors(anyio_backend, async_kaufland):
    shelf = Shelf(5, told=lambda paginator: {**paginator, "total": 9})
    async with async_kaufland(shelf) as client:
        with pytest.raises(PagingError):
            [row async for row in AsyncPages(LISTING, client)]
        assert await AsyncPages(LISTING, client).first() == Row(id=0)
