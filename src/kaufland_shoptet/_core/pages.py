"""Lists that come in pages."""

from __future__ import annotations

import operator
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Hashable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import evolve, field, frozen

from ..errors import PagingError
from .flows import together
from .request import Endpoint, PagedEndpoint, Request, shown

if TYPE_CHECKING:
    from .calling import AsyncCaller, Caller

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

AHEAD = 8
"""Pages asked for at once after the first; the client's own limits still apply."""
FARTHEST = 96
"""Pages asked for at once later on: four times as many each time, for who got this far wants the rest."""


@frozen
class Page(Generic[T_co]):
    """One page of a list.

    Attributes:
        items: The rows.
        total: How many rows the whole list has, by the server's own count; ``None`` if it does not say.
        start: Index of the first row in the whole list.
        size: Rows per page that the server really uses.
    """

    items: tuple[T_co, ...]
    total: int | None
    start: int
    size: int

    def __iter__(self) -> Iterator[T_co]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@frozen(hash=False)
class Listing(Generic[T]):
    """A list operation, described but not sent.

    Inside a flow walk it with ``async for``; ``client.run(listing.collect())`` gets everything.

    Attributes:
        endpoint: The operation, with the largest page it gives and what tells its rows apart.
        path: What goes into the placeholders, in order, not yet encoded.
        query: Names and values as they are sent, without those of the page.
        size: Rows of a page.
    """

    endpoint: PagedEndpoint[T] = field(repr=lambda endpoint: endpoint.vendor_id)
    path: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = field(default=(), repr=shown)
    size: int = 100

    def sized(self, size: int) -> Listing[T]:
        """The same list in pages of *size* rows, at most the vendor's maximum."""
        if size < 1:
            raise ValueError(f"a page holds at least 1 row, not {size}")
        return evolve(self, size=min(size, self.endpoint.maximum))

    def page(self, start: int = 0) -> Request[Page[T]]:
        """The request for the page whose first row has index *start*."""
        paged = self.endpoint
        api = paged.api
        page_of: Any = Page  # subscripted at run time, for the codec to see
        endpoint: Endpoint[Page[T]] = Endpoint(
            api, paged.vendor_id, paged.method, paged.route, page_of[paged.item], at=paged.at
        )
        return Request(endpoint, self.path, (*self.query, *api.page_query(start, self.size)))

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Walk the pages in order; those after the first are asked for several at a time."""
        page = await self.page()
        step, start, total = page.size, len(page), page.total
        if total is None:
            yield page
            while len(page) == step:
                page = await self.page(start)
                start += len(page)
                yield page
            return
        self._check(page, 0, step, total)
        yield page
        walk = evolve(self, size=step)  # a server may use pages of another size than asked for
        several = AHEAD
        while start < total:
            ahead = range(start, total, step)[:several]
            found = await together([walk.page(index) for index in ahead])
            for index, page in zip(ahead, found, strict=True):
                if page.total is not None:
                    total = page.total
                self._check(page, index, step, total)
                yield page
            start = ahead[-1] + step
            several = min(4 * several, FARTHEST)

    def _check(self, page: Page[T], start: int, size: int, total: int) -> None:
        """A short page in the middle is a broken read, not the end; so is another page than asked for."""
        due = min(size, max(total - start, 0))
        if len(page) < due or page.start != start:
            raise PagingError(
                self.page(start),
                f"{len(page)} rows from row {page.start} on where {due} were due from row {start} on, "
                f"of {total} in all; the list cannot be trusted, run it again",
            )

    async def __aiter__(self) -> AsyncGenerator[T, None]:
        fresh = _unseen(self.endpoint.key)
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page.items:
                    if fresh(item):
                        yield item

    async def collect(self) -> list[T]:
        """Everything, in order, each row once."""
        return [item async for item in self]


def _unseen(key: tuple[str, ...]) -> Callable[[Any], bool]:
    """Rows repeat when the list moves between two pages; tell the first sight from the second."""
    if not key:
        return lambda _: True
    identify: Callable[[Any], Hashable] = operator.attrgetter(*key)
    seen: set[Hashable] = set()

    def fresh(item: Any) -> bool:
        identity = identify(item)
        if identity in seen:
            return False
        seen.add(identity)
        return True

    return fresh


class Pages(Generic[T]):
    """A list, bound to a blocking client: iterate it, or take a page, the first row, the count."""

    def __init__(self, listing: Listing[T], caller: Caller) -> None:
        self._listing = listing
        self._caller = caller

    def __repr__(self) -> str:
        return f"<pages of {self._listing.page()}>"

    def sized(self, size: int) -> Pages[T]:
        """The same list in pages of *size* rows, at most the vendor's maximum."""
        return Pages(self._listing.sized(size), self._caller)

    def __iter__(self) -> Iterator[T]:
        fresh = _unseen(self._listing.endpoint.key)
        return (item for page in self.pages() for item in page.items if fresh(item))

    def pages(self) -> Iterator[Page[T]]:
        """Walk the pages in order."""
        walk = self._listing.pages()
        while True:
            try:
                yield self._caller.run(_Next(walk))
            except StopAsyncIteration:
                return

    def first_page(self) -> Page[T]:
        """Only the first page."""
        return self._caller.run(self._listing.page())

    def first(self) -> T | None:
        """Only the first row, or ``None`` when there is none."""
        return next(iter(self._caller.run(self._listing.sized(1).page()).items), None)

    def count(self) -> int | None:
        """How many rows there are by the server's count, fetching a single one."""
        return self._caller.run(self._listing.sized(1).page()).total


class AsyncPages(Generic[T]):
    """A list, bound to an asynchronous client: ``async for``, or await a page, the first row, the count."""

    def __init__(self, listing: Listing[T], caller: AsyncCaller) -> None:
        self._listing = listing
        self._caller = caller

    def __repr__(self) -> str:
        return f"<pages of {self._listing.page()}>"

    def sized(self, size: int) -> AsyncPages[T]:
        """The same list in pages of *size* rows, at most the vendor's maximum."""
        return AsyncPages(self._listing.sized(size), self._caller)

    async def __aiter__(self) -> AsyncGenerator[T, None]:
        fresh = _unseen(self._listing.endpoint.key)
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page.items:
                    if fresh(item):
                        yield item

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Walk the pages in order."""
        async with aclosing(self._listing.pages()) as walk:
            while True:
                try:
                    page = await self._caller.run(_Next(walk))
                except StopAsyncIteration:
                    return
                yield page

    async def first_page(self) -> Page[T]:
        """Only the first page."""
        return await self._caller.run(self._listing.page())

    async def first(self) -> T | None:
        """Only the first row, or ``None`` when there is none."""
        return next(iter((await self._caller.run(self._listing.sized(1).page())).items), None)

    async def count(self) -> int | None:
        """How many rows there are by the server's count, fetching a single one."""
        return (await self._caller.run(self._listing.sized(1).page())).total


class _Next(Generic[T]):
    """One step of a walk, as something a client can run."""

    def __init__(self, walk: AsyncIterator[Page[T]]) -> None:
        self._walk = walk

    def __await__(self) -> Generator[Any, Any, Page[T]]:
        return self._walk.__anext__().__await__()
