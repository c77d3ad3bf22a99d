"""What flows share: where a walk begins and ends, what is checked, noted and said of an outcome."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from .._core.flows import do, now
from .._core.pages import Listing
from ..errors import Conflict, Forbidden, InvalidRequest, KauflandShoptetError, NotFound, SettingsError
from ..ledger import Imported
from ..mapping import statuses
from ..mapping.findings import Finding
from ..settings import StorefrontSettings
from ..shoptet.resources.orders import Orders as ShoptetOrders
from .changes import Change
from .plans import Mark, Outcome, Plan, Result, Skip, flatten
from .shop import Shop

NAMES: Final = "status-names"
"""Action of the ledger: what the shop called its statuses when one was set last."""

REFUSALS: Final = (InvalidRequest, Forbidden, NotFound, Conflict)
"""Errors that say no to what was asked, rather than not now."""

T = TypeVar("T")

WALKS: Final = 3
"""Most times that a list of several pages is walked for rows that moved meanwhile."""

UNFINISHED: Final = "an earlier attempt did not end: it is looked for first"
TRIED: Final = {"intended": UNFINISHED, "refused": "was refused before"}
"""What is said of a write that the ledger knows of, by how far it came."""


async def start_of(shop: Shop, name: str, moment: datetime, *, full: bool = False) -> datetime:
    """Where a walk begins: somewhat before the end of the last one.

    A full one reaches back as far as the very first, or further: what nobody has looked at since the last one
    would be lost, for its end becomes the begin of the next.
    """
    first = moment - timedelta(days=shop.settings.orders.look_back_days)
    since = await do(shop.ledger.watermark, name) or first
    return min(since, first if full else since) - timedelta(minutes=shop.settings.orders.overlap_minutes)


async def whole(listing: Listing[T]) -> list[T]:
    """Every row of a list, also of one from which rows go away while it is read.

    Where one goes, those behind it move up, and one of them steps over the border between two pages unseen. So
    a list of several pages is walked until a walk shows nothing new.
    """
    identify: Callable[[Any], Any] = operator.attrgetter(*listing.endpoint.key)
    seen: dict[Any, T] = {}
    for walk in range(WALKS):
        before, pages = len(seen), 0
        async with aclosing(listing.pages()) as found:
            async for page in found:
                pages += 1
                seen.update((identify(row), row) for row in page)
        if pages == 1 or (walk and len(seen) == before):
            break
    return list(seen.values())


def named(names: Iterable[str]) -> tuple[str, ...]:
    """What is named; a single text is one name, not its letters."""
    return (names,) if isinstance(names, str) else tuple(names)


def mark(name: str, moment: datetime, again: Iterable[datetime]) -> Mark:
    """Where the next walk begins: what has to be looked at again keeps it from moving past that."""
    return Mark(name=name, to=min([moment, *again]))


def plan_of(
    shop: Shop,
    flow: str,
    made: datetime,
    changes: Iterable[Change],
    skips: Iterable[Skip],
    marks: Iterable[Mark] = (),
) -> Plan:
    """The plan of a flow for *shop*."""
    return Plan(
        flow=flow,
        shop=shop.settings.shop.name,
        made=made,
        changes=tuple(changes),
        skips=tuple(skips),
        marks=tuple(marks),
    )


async def status_names() -> dict[int, str]:
    """The statuses that the shop has now."""
    return {status.id: status.name for status in (await ShoptetOrders.statuses()).statuses}


async def check_statuses(
    shop: Shop, fronts: Mapping[str, StorefrontSettings], live: Mapping[int, str]
) -> tuple[list[Finding], list[Skip]]:
    """What is wrong with the statuses of the settings, and which were renamed since one was set last."""
    known = await do(shop.ledger.action, NAMES, "all")
    seen = {int(number): name for number, name in json.loads(known.detail).items()} if known else {}
    problems: list[Finding] = []
    renamed: list[Skip] = []
    for code, front in fronts.items():
        key = f"storefront.{code}.statuses"
        found = statuses.check(front.statuses, live, key=key)
        problems += found
        renamed += [
            Skip(subject=each.key, storefront=code, reason=f"{each.problem} {each.remedy}")
            for each in statuses.check(front.statuses, live, seen=seen, key=key)
            if each not in found
        ]
    return problems, renamed


def refuse_errors(findings: Iterable[Finding]) -> None:
    """What the settings name has to exist, before anything is written.

    Raises:
        SettingsError: Something does not; all that is wrong is in its ``others``.
    """
    errors = [
        SettingsError(each.key, each.problem, each.remedy) for each in findings if each.severity == "error"
    ]
    if errors:
        raise SettingsError.gathered(errors)


async def remember_names(shop: Shop, live: Mapping[int, str]) -> None:
    """Keep what the shop calls its statuses, to tell when one is renamed."""
    await note(shop, NAMES, "all", json.dumps(live, ensure_ascii=False))


async def note(shop: Shop, kind: str, key: str, detail: str) -> None:
    """Keep in the ledger what is in place already."""
    moment = await now()
    await do(shop.ledger.intend_action, kind, key, detail, moment, True)
    await do(shop.ledger.settle_action, kind, key, "done", detail, moment)


def unread(entry: Imported, error: KauflandShoptetError) -> Skip:
    """An order that could not be read; one that is gone will not come back."""
    again = not isinstance(error, NotFound)
    return Skip(subject=entry.id_order, storefront=entry.storefront, reason=flatten(error), again=again)


def outcome(change: Change, result: Result, code: str | None, detail: str = "") -> Outcome:
    """What came of *change*."""
    return Outcome(
        subject=change.subject, storefront=change.storefront, result=result, code=code, detail=detail
    )
