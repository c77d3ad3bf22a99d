"""What flows share when they apply a plan: whose plan it is, writes that are done once, the report.

Before a write there is an intent in the ledger, after it how it ended. An intent without an end says that the
write may have happened: then it is looked for first. The same look decides when no answer came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Final, Protocol, TypeVar

from .._core.flows import do, now
from .._core.request import Request
from ..errors import KauflandShoptetError, OutcomeUnknown, PlanError
from ..ledger import ActionState
from .changes import Change
from .plans import Outcome, Plan, Report, Result, flatten
from .shop import Shop
from .steps import REFUSALS, note, outcome

C = TypeVar("C", bound=Change)


def refuse_others(shop: Shop, plan: Plan, *flows: str) -> None:
    """A plan has to be meant for this shop and one of *flows*.

    Raises:
        PlanError: It is meant for another one.
    """
    if plan.flow not in flows:
        raise PlanError(f"a plan of {plan.flow!r} is not for {' or '.join(flows)}")
    if plan.shop != shop.settings.shop.name:
        raise PlanError(f"the plan is for {plan.shop!r}, these settings are for {shop.settings.shop.name!r}")


def meant(shop: Shop, plan: Plan, flow: str, *kinds: type[C]) -> list[C]:
    """The changes of *kinds* in a plan that is meant for this shop and this flow.

    Raises:
        PlanError: It is meant for another one.
    """
    refuse_others(shop, plan, flow)
    return [change for change in plan.changes if isinstance(change, kinds)]


async def in_turn(
    changes: Iterable[C],
    act: Callable[[C], Awaitable[Outcome]],
    code: Callable[[C], str | None] = lambda _: None,
) -> list[Outcome]:
    """What comes of *changes*, one after the other; one that fails does not keep the others from theirs.

    Args:
        changes: What is to be done.
        act: Carries out one.
        code: What a change is to, for the report of one that failed.
    """
    outcomes: list[Outcome] = []
    for change in changes:
        try:
            outcomes.append(await act(change))
        except KauflandShoptetError as error:
            outcomes.append(outcome(change, "failed", code(change), flatten(error)))
    return outcomes


async def reported(shop: Shop, plan: Plan, outcomes: Sequence[Outcome]) -> Report:
    """The report; when everything is in place, the next walk begins where this one ended."""
    report = Report(flow=plan.flow, shop=plan.shop, outcomes=tuple(outcomes))
    if report.good:
        for mark in plan.marks:
            await do(shop.ledger.move_watermark, mark.name, mark.to)
    return report


class Deed(Protocol):
    """One such write."""

    @property
    def kind(self) -> str:
        """What the ledger calls this sort of write."""
        ...

    @property
    def key(self) -> str:
        """What it is done to, in the ledger."""
        ...

    @property
    def detail(self) -> str:
        """JSON text that the ledger keeps."""
        ...

    async def there(self, *, begun: bool) -> bool:
        """Whether it is in place; *begun* if it may have been sent from here."""
        ...

    async def problem(self) -> str:
        """Why it must not be done as things are by now; empty if nothing is in the way."""
        ...

    async def request(self) -> Request[Any]:
        """What is to be sent."""
        ...


LIVING: Final = timedelta(minutes=15)
"""So long an intent without an end may be the one of another run that is at it."""


async def once(
    shop: Shop, deed: Deed, *, again: bool = False, alone: bool = False, look: bool = False
) -> tuple[Result, str]:
    """Do it, unless it was done before; what came of it, and what there is to say.

    Args:
        shop: Whose ledger it stands in.
        deed: What is to be done.
        again: Do it although it was done before.
        alone: Never do it while another run may be at it, for what nothing else keeps from being done twice.
        look: When the ledger knows nothing of it, look first: it may be there, as after another ledger.
    """
    known = await do(shop.ledger.action, deed.kind, deed.key)
    if known is not None and known.state == "done" and not again:
        return "already", ""
    if known is None and look and await deed.there(begun=False):
        await note(shop, deed.kind, deed.key, deed.detail)
        return "already", "it was there already"
    begun = known is not None and known.state == "intended"
    if begun and await deed.there(begun=True):
        return await _end(shop, deed, "recovered")
    stale = await now() - LIVING
    if known is not None and begun and alone and known.updated >= stale:
        told = f"was begun at {known.updated:%H:%M} UTC and does not show yet: another run may be at it"
        return "failed", f"{told}; run again in a quarter of an hour"
    if problem := await deed.problem():
        return await _end(shop, deed, "changed", problem) if begun else ("changed", problem)
    request = await deed.request()
    intent = (deed.kind, deed.key, deed.detail, await now(), again)
    await do(shop.ledger.intend_action, *intent, alone, stale)
    try:
        return await _sent(shop, deed, request)
    except REFUSALS as error:
        if await deed.there(begun=begun):
            return await _end(shop, deed, "already")
        return await _end(shop, deed, "refused", flatten(error))


async def _sent(shop: Shop, deed: Deed, request: Request[Any], *, again: bool = False) -> tuple[Result, str]:
    """Send it, and when no answer comes look for it; what did not arrive is sent once more."""
    try:
        await request
    except OutcomeUnknown:
        if await deed.there(begun=True):
            return await _end(shop, deed, "recovered")
        if again:
            raise
        return await _sent(shop, deed, request, again=True)
    return await _end(shop, deed, "done")


async def _end(shop: Shop, deed: Deed, result: Result, detail: str = "") -> tuple[Result, str]:
    state: ActionState = "refused" if result in ("refused", "changed") else "done"
    await do(shop.ledger.settle_action, deed.kind, deed.key, state, deed.detail, await now())
    return result, detail
