"""Returns: told in the shop, decided by explicit calls, and refunds, which are never tried twice.

:meth:`Returns.plan` looks for pieces that buyers send back and writes what became of each into the history of
the shop's order, once for each status. What is to be done about a return unit is the merchant's own decision:
:meth:`Returns.accept`, :meth:`Returns.reject`, :meth:`Returns.clarify` and :meth:`Returns.repair` read where it
stands, act once, and say what came of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from attrs import evolve, frozen

from .._core.calling import M, Resource, flow
from .._core.flows import Failed, Together, do, now, settle, together
from .._core.request import Request
from ..errors import (
    ApiError,
    LedgerError,
    MappingError,
    NotSent,
    OutcomeUnknown,
    PlanError,
)
from ..kaufland.resources.order_units import OrderUnitRefundReason, OrderUnitRefundReasonLike, OrderUnits
from ..kaufland.resources.orders import OrderDetails
from ..kaufland.resources.orders import Orders as KauflandOrders
from ..kaufland.resources.return_units import ReturnUnits
from ..kaufland.resources.returns import ReturnUnit
from ..ledger import Action, Imported
from ..mapping import returns
from ..mapping.money import from_minor
from ..mapping.returns import Decision
from ..shoptet.resources.order_history import OrderHistory, OrderHistoryEntry
from . import crediting
from .applying import in_turn, meant, once, reported
from .changes import Remark
from .plans import Outcome, Plan, Report, Result, Skip, flatten
from .remarks import Telling
from .returned import by_order, planned, skipped
from .shop import Shop
from .steps import TRIED, outcome, unread

__all__ = ["Returns"]

FLOW: Final = "returns"
REMARKS: Final = Remark.verb
"""Actions of the ledger: return units that were remarked on, by unit and status."""
DECISIONS: Final = "return"
"""Actions of the ledger: decisions on return units, by unit and decision."""
REFUNDS: Final = "refund"
"""Actions of the ledger: refunds, by the caller's key."""

SETTLING: Final = timedelta(hours=1)
"""How long a return unit may look as if nothing had been decided, before it is decided again."""
ROOM: Final = 100
"""Remarks that Shoptet takes for an order."""


class Returns(Resource[M]):
    """The returns of one shop: ``bridge.returns``."""

    @flow
    @staticmethod
    async def plan(shop: Shop, *, full: bool = False) -> Plan:
        """Say which returns would be told in the shop, which not, and why. Writes nothing.

        The status of the order is not touched: that is a matter of ``bridge.statuses``.

        Args:
            shop: Supplied by the bridge.
            full: Look at all returns that changed in the days that a first search reaches back.

        Raises:
            ApiError: One of the two refuses to answer.
        """
        return await planned(shop, FLOW, lambda front: front.remark_returns, _decide, full=full)

    @flow
    @staticmethod
    async def apply(shop: Shop, plan: Plan) -> Report:
        """Write what *plan* says; safe to repeat, also after a crash.

        Each return unit is read again first. One that has gone on since is left alone and reported as
        ``changed``.

        Args:
            shop: Supplied by the bridge.
            plan: From :meth:`plan` or :meth:`plan_credits`, or from its JSON.

        Raises:
            PlanError: The plan was made for another shop or by another flow.
        """
        if plan.flow == crediting.FLOW:
            return await reported(shop, plan, await crediting.apply(shop, plan))
        changes = meant(shop, plan, FLOW, Remark)
        outcomes = await in_turn(changes, partial(_remark, shop), lambda change: change.code)
        return await reported(shop, plan, outcomes)

    @flow
    @staticmethod
    async def plan_credits(shop: Shop, *, full: bool = False) -> Plan:
        """Say which pieces that came back would get a credit note, which not, and why. Writes nothing.

        A credit note takes one piece of the order's invoice back, at the price that was paid for it. Where that
        is not certain to the cent, as after a discount, it is left to the merchant and said so. Charges for
        shipping are not taken back.

        Args:
            shop: Supplied by the bridge.
            full: Look at all returns that changed in the days that a first search reaches back.

        Raises:
            ApiError: One of the two refuses to answer.
        """
        return await crediting.plan(shop, full=full)

    @flow
    @staticmethod
    async def accept(shop: Shop, id_return_unit: int) -> Outcome:
        """Accept a returned piece; Kaufland pays its buyer back.

        Args:
            shop: Supplied by the bridge.
            id_return_unit: Id of the return unit.

        Returns:
            ``already`` if it is accepted, whoever did it; ``refused`` if Kaufland says no.

        Raises:
            NotFound: There is no such return unit.
            OutcomeUnknown: No answer came, twice, and the piece is not accepted; run it again.
        """
        return await _decided(shop, id_return_unit, "accept", ReturnUnits.accept(id_return_unit))

    @flow
    @staticmethod
    async def reject(shop: Shop, id_return_unit: int, message: str) -> Outcome:
        """Reject a returned piece. Opens a ticket: the buyer reads the message.

        Args:
            shop: Supplied by the bridge.
            id_return_unit: Id of the return unit.
            message: Why, for the buyer. It is kept nowhere.

        Returns:
            ``already`` if it is rejected; ``refused`` if Kaufland says no.

        Raises:
            MappingError: The message is empty.
            NotFound: There is no such return unit.
            OutcomeUnknown: No answer came, twice, and the piece is not rejected; run it again.
        """
        request = ReturnUnits.reject(id_return_unit, message=returns.check_message(message))
        return await _decided(shop, id_return_unit, "reject", request)

    @flow
    @staticmethod
    async def clarify(shop: Shop, id_return_unit: int, message: str) -> Outcome:
        """Ask the buyer about a returned piece. Opens a ticket: the buyer reads the message.

        Args:
            shop: Supplied by the bridge.
            id_return_unit: Id of the return unit.
            message: The question. It is kept nowhere.

        Returns:
            ``already`` if it is in clarification; ``refused`` if Kaufland says no.

        Raises:
            MappingError: The message is empty.
            NotFound: There is no such return unit.
            OutcomeUnknown: No answer came, twice, and the piece is not in clarification; run it again.
        """
        request = ReturnUnits.clarify(id_return_unit, message=returns.check_message(message))
        return await _decided(shop, id_return_unit, "clarify", request)

    @flow
    @staticmethod
    async def repair(shop: Shop, id_return_unit: int) -> Outcome:
        """Mark a returned piece as being repaired.

        Args:
            shop: Supplied by the bridge.
            id_return_unit: Id of the return unit.

        Returns:
            ``already`` if it is in repair; ``refused`` if Kaufland says no.

        Raises:
            NotFound: There is no such return unit.
            OutcomeUnknown: No answer came, twice, and the piece is not in repair; run it again.
        """
        return await _decided(shop, id_return_unit, "repair", ReturnUnits.repair(id_return_unit))

    @flow
    @staticmethod
    async def refund(
        shop: Shop, id_order_unit: int, amount_minor: int, reason: OrderUnitRefundReasonLike, *, key: str
    ) -> Outcome:
        """Pay part or all of an order unit back to its buyer, at most once for each key.

        No field of Kaufland's API shows a refund. So the intent is in the ledger before the call, and if its
        end does not become known, nothing with this key is ever sent again: look it up, then tell
        :meth:`settle_refund`.

        Args:
            shop: Supplied by the bridge.
            id_order_unit: Id of the order unit, a number of 15 digits.
            amount_minor: What to pay back, in minor units of the unit's currency.
            reason: Why.
            key: What this refund is called, such as the number of the complaint. Another refund needs
                another key.

        Returns:
            ``already`` if this refund was made before; ``refused`` if Kaufland says no, and then it may be
            tried again.

        Raises:
            MappingError: The amount is not part of what was paid for the unit, or the reason is none.
            PlanError: The key was used for another refund.
            LedgerError: Nobody can know whether the refund was made.
            NotFound: There is no such order unit.
        """
        return await _refund(shop, id_order_unit, amount_minor, OrderUnitRefundReason(reason), key)

    @flow
    @staticmethod
    async def settle_refund(shop: Shop, key: str, *, paid: bool) -> Action:
        """Tell what became of a refund whose end was not known, after looking it up.

        Args:
            shop: Supplied by the bridge.
            key: What the refund is called.
            paid: Whether the money went to the buyer. If not, the refund may be tried again.

        Raises:
            LedgerError: There is no such refund, or it is known to have been made.
        """
        known = await do(shop.ledger.action, REFUNDS, key)
        detail = "" if known is None else known.detail
        state = "done" if paid else "refused"
        return await do(shop.ledger.settle_action, REFUNDS, key, state, detail, await now())


# Planning.


def _key(id_return_unit: int, word: str) -> str:
    return f"{id_return_unit}/{word}"


async def _decide(shop: Shop, units: Iterable[ReturnUnit]) -> tuple[list[Remark], list[Skip]]:
    fresh: dict[int, Action | None] = {}
    chosen: list[ReturnUnit] = []
    for unit in units:
        known = await do(shop.ledger.action, REMARKS, _key(unit.id_return_unit, unit.status))
        if known is None or known.state != "done":
            fresh[unit.id_return_unit] = known
            chosen.append(unit)
    orders, skips = await by_order(shop, chosen)
    changes: list[Remark] = []
    answers = await settle([_both(entry) for entry, _ in orders])
    for (entry, some), answer in zip(orders, answers, strict=True):
        if isinstance(answer, Failed):
            skips.append(unread(entry, answer.error))
            continue
        theirs, history = answer.value
        found, left = _remarks(entry, some, theirs, history, fresh)
        changes += found
        skips += left
    return changes, skips


def _both(entry: Imported) -> Together[tuple[OrderDetails, tuple[OrderHistoryEntry, ...]]]:
    """The order on Kaufland, for its articles, and what is in its history in the shop."""
    return together(KauflandOrders.get(entry.id_order), OrderHistory.list(entry.code or ""))


def _remarks(
    entry: Imported,
    units: Sequence[ReturnUnit],
    theirs: OrderDetails,
    history: Sequence[OrderHistoryEntry],
    known: Mapping[int, Action | None],
) -> tuple[list[Remark], list[Skip]]:
    changes: list[Remark] = []
    skips: list[Skip] = []
    articles = {unit.id_order_unit: unit.id_offer for unit in theirs.order_units}
    texts = [each.text for each in history]
    for unit in units:
        action = known[unit.id_return_unit]
        sign = returns.marker(unit.id_return_unit, unit.status)
        if action is None and returns.is_told(texts, sign):
            skips.append(skipped(unit, f"told in the history of {entry.code} already: {unit.status}"))
        elif (action is None or action.state == "refused") and len(texts) + len(changes) >= ROOM:
            skips.append(
                skipped(unit, f"{entry.code} has {ROOM} remarks, Shoptet takes no more: {unit.status}")
            )
        else:
            changes.append(_change(entry, unit, articles.get(unit.id_order_unit), action))
    return changes, skips


def _change(entry: Imported, unit: ReturnUnit, article: str | None, action: Action | None) -> Remark:
    reason = f"is {returns.unit_words(unit.status)}"
    if action is not None:
        reason = f"{reason}; {TRIED[action.state]}"
    return Remark(
        subject=str(unit.id_return_unit),
        storefront=entry.storefront,
        reason=reason,
        unit=unit.id_return_unit,
        order=entry.id_order,
        code=entry.code or "",
        status=str(unit.status),
        text=returns.remark(
            id_order=entry.id_order,
            id_return_unit=unit.id_return_unit,
            status=unit.status,
            reason=unit.reason,
            article=article,
            line=next(iter(returns.touched(entry.lines, [unit.id_order_unit])), None),
        ),
    )


# Applying.


def _telling(change: Remark) -> Telling:
    """The remark on a returned piece."""

    async def obstacle() -> str:
        status = (await ReturnUnits.get(change.unit)).status
        return "" if status == change.status else f"is {returns.unit_words(status)} by now: plan again"

    return Telling(
        kind=REMARKS,
        key=_key(change.unit, change.status),
        code=change.code,
        text=change.text,
        sign=returns.marker(change.unit, change.status),
        obstacle=obstacle,
    )


async def _remark(shop: Shop, change: Remark) -> Outcome:
    if not shop.settings.storefront(change.storefront).remark_returns:
        return outcome(change, "changed", change.code, "remark_returns is off by now")
    result, detail = await once(shop, _telling(change), alone=True)
    await _end_earlier(shop, change)
    return outcome(change, result, change.code, detail)


async def _end_earlier(shop: Shop, change: Remark) -> None:
    """Bring to an end what was begun about earlier statuses of the unit: it was told, or never will be."""
    for action in await do(shop.ledger.actions, REMARKS):
        number, _, status = action.key.partition("/")
        if action.state == "intended" and number == str(change.unit) and status != change.status:
            told = await _telling(evolve(change, status=status)).there(begun=True)
            state = "done" if told else "refused"
            await do(shop.ledger.settle_action, REMARKS, action.key, state, action.detail, await now())


# Decisions.


@frozen
class _Deciding:
    """A decision on a return unit."""

    unit: int
    decision: Decision
    asked: Request[None]
    kind: str = DECISIONS
    detail: str = "{}"

    @property
    def key(self) -> str:
        return _key(self.unit, self.decision)

    async def there(self, *, begun: bool) -> bool:
        return returns.reached(self.decision, (await ReturnUnits.get(self.unit)).status, begun=begun)

    async def problem(self) -> str:
        return ""  # Whether a decision is possible is for Kaufland to say.

    async def request(self) -> Request[Any]:
        return self.asked


async def _decided(shop: Shop, number: int, decision: Decision, request: Request[None]) -> Outcome:
    unit = await ReturnUnits.get(number)
    deed = _Deciding(number, decision, request)
    known = await do(shop.ledger.action, deed.kind, deed.key)
    begun = known is not None and known.state == "intended"
    done = known is not None and known.state == "done"
    young = known is not None and await now() - known.updated < SETTLING
    result: Result = "already"
    detail = ""
    if done and (young or not returns.waits(unit.status)):
        detail = f"is {returns.unit_words(unit.status)}"
    elif begun or not returns.reached(decision, unit.status):
        # What waits again some time after it was decided so may be decided so again.
        result, detail = await once(shop, deed, again=done)
    return Outcome(subject=str(number), storefront=str(unit.storefront), result=result, detail=detail)


# Refunds.


async def _refund(shop: Shop, number: int, amount: int, reason: OrderUnitRefundReason, key: str) -> Outcome:
    if not reason.known:
        words = ", ".join(each.value for each in OrderUnitRefundReason)
        raise MappingError(
            "reason", f"{reason.value!r} is none that Kaufland takes.", f"Choose one of: {words}."
        )
    known = await do(shop.ledger.action, REFUNDS, key)
    if known is not None and known.state == "intended":
        raise LedgerError(_unknown(known))
    unit = await OrderUnits.get(number)
    kept = {"unit": number, "amount": amount, "currency": unit.currency.value, "reason": reason.value}
    if known is not None and known.state == "done":
        if json.loads(known.detail) != kept:
            raise PlanError(f"refund {key!r} was another one, {_what(known)}: give this one another key")
        return _refunded(number, str(unit.storefront), "already", kept)
    before = sum(
        json.loads(each.detail)["amount"]
        for each in await do(shop.ledger.actions, REFUNDS)
        if each.state != "refused" and json.loads(each.detail)["unit"] == number
    )
    returns.check_refund(
        amount, paid=unit.price + unit.shipping_rate, refunded=before, currency=unit.currency.value
    )
    detail = json.dumps(kept)
    intent = await do(shop.ledger.intend_action, REFUNDS, key, detail, await now(), False, True)
    try:
        await OrderUnits.refund(number, amount=amount, reason=reason)
    except OutcomeUnknown as error:
        raise LedgerError(_unknown(intent)) from error
    except (ApiError, NotSent) as error:
        await do(shop.ledger.settle_action, REFUNDS, key, "refused", detail, await now())
        if isinstance(error, NotSent):
            raise
        return _refunded(number, str(unit.storefront), "refused", kept, flatten(error))
    await do(shop.ledger.settle_action, REFUNDS, key, "done", detail, await now())
    return _refunded(number, str(unit.storefront), "done", kept)


def _refunded(
    number: int, storefront: str, result: Result, kept: Mapping[str, Any], detail: str = ""
) -> Outcome:
    told = f"{from_minor(kept['amount'])} {kept['currency']}"
    return Outcome(
        subject=str(number),
        storefront=storefront,
        result=result,
        detail=f"{told}: {detail}" if detail else told,
    )


def _what(action: Action) -> str:
    kept = json.loads(action.detail)
    return f"{from_minor(kept['amount'])} {kept['currency']} for unit {kept['unit']}, {kept['reason']}"


def _unknown(action: Action) -> str:
    return (
        f"refund {action.key!r} of {_what(action)}, was begun at {action.updated:%Y-%m-%d %H:%M} UTC, and nobody "
        "can know whether it was made: no field of Kaufland's API shows a refund, so it is not tried again. "
        "Look for it among the bookings in the Seller Portal (or reports.request_bookings), then say "
        "settle_refund(key, paid=True) or paid=False"
    )
