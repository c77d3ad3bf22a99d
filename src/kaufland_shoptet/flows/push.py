"""Push: Kaufland's units follow the statuses that orders get in the shop.

There is one call for each unit: ``send``, ``cancel`` or ``fulfil``. Before it there is an intent in the ledger,
after it how it ended. Whatever breaks in between, the next run reads the unit again and goes on from there.
A unit that is where it should be is left alone, and Kaufland itself refuses to send or cancel one twice.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from attrs import evolve, field, frozen

from .._core.flows import Failed, Flow, do, now, settle, together
from .._core.request import Request
from ..errors import Forbidden, KauflandShoptetError, NotFound, OutcomeUnknown
from ..kaufland.resources.carriers import Carriers
from ..kaufland.resources.order_units import OrderUnitCancelReason, OrderUnits
from ..kaufland.resources.orders import Orders as KauflandOrders
from ..ledger import Action, ActionState, Imported
from ..mapping import dispatch, statuses
from ..mapping.dispatch import Decision, DispatchRules, Parcel, Shipped, Waiting
from ..mapping.statuses import Label
from ..settings import StorefrontSettings
from ..shoptet.resources.orders import Order
from ..shoptet.resources.orders import Orders as ShoptetOrders
from ..shoptet.resources.shipments import Shipments, ShipmentSummary
from ..shoptet.resources.shipping_methods import ShippingMethods
from .applying import in_turn
from .changes import CancelUnit, FulfilUnit, SendUnit, UnitChange
from .plans import Mark, Outcome, Plan, Result, Skip, flatten
from .shop import Shop
from .steps import (
    REFUSALS,
    TRIED,
    UNFINISHED,
    check_statuses,
    mark,
    outcome,
    plan_of,
    refuse_errors,
    remember_names,
    start_of,
    status_names,
    unread,
    whole,
)

FLOW: Final = "statuses.push"

LOG: Final = timedelta(days=30)
"""How far back Shoptet tells what changed."""
SETTLING: Final = timedelta(hours=1)
"""How long a unit may look as if nothing had been done to it, before it is done again."""


@frozen
class _Live:
    """What both systems say at the moment, as far as a dispatch depends on it."""

    statuses: Mapping[int, str]
    carriers: tuple[str, ...]
    companies: Mapping[str, str]
    """Code of the company behind each shipping method, by the method's GUID."""


@frozen
class _Review:
    """What is to be done for one order."""

    changes: tuple[UnitChange, ...]
    skips: tuple[Skip, ...]
    units: Mapping[int, str] = field(factory=dict[int, str])
    """Status of each unit on Kaufland."""


@frozen
class _Case:
    """What decides about all units of one order."""

    entry: Imported
    wanted: Label
    because: str
    rules: DispatchRules
    numbers: tuple[str, ...]
    parcel: Parcel | Waiting
    moment: datetime


async def plan(shop: Shop, *, full: bool) -> Plan:
    """Say which units of Kaufland would follow the shop, which not, and why."""
    moment = await now()
    fronts = _fronts(shop)
    changes: list[UnitChange] = []
    skips: list[Skip] = []
    marks: list[Mark] = []
    if fronts:
        live = await _live()
        skips += await _check(shop, fronts, live)
        names = {code: f"{FLOW}.{code}" for code in fronts}
        skips += await _gaps(shop, names, moment)
        starts = {code: await start_of(shop, name, moment) for code, name in names.items()}
        entries = [
            entry
            for entry in await do(shop.ledger.orders)
            if entry.state == "imported" and entry.code is not None and entry.storefront in fronts
        ]
        if full:
            changed = {entry.id_order: starts[entry.storefront] for entry in entries}
        else:
            touched = await _touched(max(min(starts.values()), moment - LOG))
            # What came into the ledger since may have been changed in the shop long before.
            fresh = {e.id_order: e.updated for e in entries if e.updated >= starts[e.storefront]}
            changed = fresh | {e.id_order: touched[e.code] for e in entries if e.code in touched}
        chosen = [entry for entry in entries if entry.id_order in changed]
        answers = await settle([Flow(_review, (shop, live, entry), {}) for entry in chosen])
        left: list[Skip] = []
        for entry, answer in zip(chosen, answers, strict=True):
            if isinstance(answer, Failed):
                left.append(unread(entry, answer.error))
            else:
                changes += answer.value.changes
                left += answer.value.skips
        skips += left
        for code, name in names.items():
            again = (changed[skip.subject] for skip in left if skip.again and skip.storefront == code)
            marks.append(mark(name, moment, again))
    return plan_of(shop, FLOW, moment, changes, skips, marks)


async def apply(shop: Shop, plan: Plan) -> list[Outcome]:
    """Do what *plan* says, unless the two sides say something else by now."""
    fronts = _fronts(shop)
    live = await _live()
    await _check(shop, fronts, live)
    outcomes: list[Outcome] = []
    wanted = [change for change in plan.changes if isinstance(change, UnitChange)]
    for _, group in itertools.groupby(wanted, lambda change: (change.storefront, change.order)):
        changes = list(group)
        if changes[0].storefront not in fronts:
            told = "push_statuses is off by now"
            outcomes += [outcome(change, "changed", change.code, told) for change in changes]
        else:
            outcomes += await _carry_out(shop, live, changes)
    await remember_names(shop, live.statuses)
    return outcomes


def _fronts(shop: Shop) -> dict[str, StorefrontSettings]:
    return {code: front for code, front in shop.settings.storefronts.items() if front.push_statuses}


async def _live() -> _Live:
    names, carriers, methods = await together(
        Flow(status_names, (), {}), Carriers.list(), ShippingMethods.list()
    )
    return _Live(
        statuses=names,
        carriers=tuple(carrier.name for carrier in carriers),
        companies={
            method.guid: method.shipping_company.code
            for method in methods.shipping_methods
            if method.shipping_company is not None
        },
    )


async def _check(shop: Shop, fronts: Mapping[str, StorefrontSettings], live: _Live) -> list[Skip]:
    problems, renamed = await check_statuses(shop, fronts, live.statuses)
    for code, front in fronts.items():
        problems += dispatch.check(front.dispatch, live.carriers, key=f"storefront.{code}.dispatch")
    refuse_errors(problems)
    return renamed


async def _gaps(shop: Shop, names: Mapping[str, str], moment: datetime) -> list[Skip]:
    """Shoptet forgets what changed after 30 days; who was away for longer should know."""
    gaps: list[Skip] = []
    for code, name in names.items():
        since = await do(shop.ledger.watermark, name)
        if since is not None and since < moment - LOG:
            told = f"Shoptet tells the changes of 30 days, the last run was on {since:%Y-%m-%d}"
            gaps.append(Skip(subject=name, storefront=code, reason=f"{told}: plan with full=True once"))
    return gaps


async def _touched(start: datetime) -> dict[str | None, datetime]:
    """Orders that were made, changed or deleted in the shop, and when.

    A deleted one is found out when it is read.
    """
    touched: dict[str | None, datetime] = {}
    for row in await whole(ShoptetOrders.changes(from_=start).sized(1000)):
        moment = row.change_time or start
        touched[row.code] = min(touched.get(row.code, moment), moment)
    return touched


# Deciding.


async def _review(shop: Shop, live: _Live, entry: Imported) -> _Review:
    """Read an order on both sides, and decide for each of its units."""
    front = shop.settings.storefronts[entry.storefront]
    ours = await ShoptetOrders.get(entry.code or "", include=["notes", "shippingDetails"])
    here = "without a status" if ours.status is None else f"as {ours.status.id} {ours.status.name}"
    wanted = None if ours.status is None else statuses.kaufland_label(front.statuses, ours.status.id)
    if wanted is None:
        return _Review((), (_skip(entry, f"the shop has it {here}, which means nothing on Kaufland"),))
    theirs = await KauflandOrders.get(entry.id_order)
    units = {unit.id_order_unit: str(unit.status) for unit in theirs.order_units}
    actions = await _actions(shop, dispatch.verb(wanted), units)
    sent = await _actions(shop, "send", units) if wanted is Label.CANCELLED else {}
    numbers, parcel = await _parcel(live, entry, front, ours, ask=_asks(wanted, units, actions))
    alive = sum(status != "cancelled" for status in units.values())
    if short := dispatch.shortage(((item.item_type, item.amount) for item in ours.items), alive):
        parcel = Waiting(reason=short)
    case = _Case(
        entry=entry,
        wanted=wanted,
        because=f"the shop has it {here}",
        rules=front.dispatch,
        numbers=numbers,
        parcel=parcel,
        moment=await now(),
    )
    changes: list[UnitChange] = []
    reasons: Counter[tuple[str, bool]] = Counter()
    for unit, status in units.items():
        found = _decide(case, unit, status, actions.get(unit), sent.get(unit))
        if isinstance(found, Decision):
            reasons[found.reason, found.again] += 1
        else:
            changes.append(found)
    skips = [
        _skip(entry, told if number == len(units) else f"{number} of {len(units)} units: {told}", again=again)
        for (told, again), number in reasons.items()
    ]
    return _Review(tuple(changes), tuple(skips), units)


def _skip(entry: Imported, reason: str, *, again: bool = False) -> Skip:
    return Skip(subject=entry.id_order, storefront=entry.storefront, reason=reason, again=again)


async def _actions(shop: Shop, act: dispatch.Action | None, units: Iterable[int]) -> dict[int, Action]:
    """What the ledger knows of this action, by unit."""
    if act is None:
        return {}
    found = {unit: await do(shop.ledger.action, act, str(unit)) for unit in units}
    return {unit: action for unit, action in found.items() if action is not None}


def _asks(wanted: Label, units: Mapping[int, str], actions: Mapping[int, Action]) -> bool:
    """Whether it matters with which parcel an order left: something is to be sent, or was sent from here."""
    waits = any(statuses.label(status) is Label.NOT_DISPATCHED for status in units.values())
    return wanted is Label.DISPATCHED and (waits or bool(actions))


async def _parcel(
    live: _Live, entry: Imported, front: StorefrontSettings, ours: Order, *, ask: bool
) -> tuple[tuple[str, ...], Parcel | Waiting]:
    if not ask:
        return (), Waiting(reason="nothing is to be sent")
    note = ours.notes.tracking_number if ours.notes else None
    shipments = () if dispatch.tracking(note) else await _shipments(ours.code)
    guid = ours.shipping.guid if ours.shipping else None
    details = ours.shipping_details
    found = dispatch.parcel(
        front.dispatch,
        note=note,
        shipments=shipments,
        methods=[guid, details.shipping_company_code if details else None, live.companies.get(guid or "")],
        waited=None if ours.change_time is None else await now() - ours.change_time,
        key=f"storefront.{entry.storefront}.dispatch",
    )
    return dispatch.tracking(note, shipments), found


async def _shipments(code: str) -> tuple[Shipped, ...]:
    try:
        rows = await Shipments.list(order_code=code)
    except (Forbidden, NotFound):
        return ()  # Not every shop ships through Shoptet.
    return tuple(_shipped(row) for row in rows if row.order_code == code and row.shipment_type != "return")


def _shipped(row: ShipmentSummary) -> Shipped:
    return Shipped(
        status=row.status or "",
        numbers=tuple(each.tracking_number for each in row.packages or () if each.tracking_number),
        service=row.service_code or None,
    )


def _decide(
    case: _Case, unit: int, status: str, action: Action | None, sent: Action | None
) -> UnitChange | Decision:
    act = dispatch.verb(case.wanted)
    decision = dispatch.decide(status, case.wanted, case.rules, case.parcel)
    there = act is not None and dispatch.reached(act, status)
    if act is not None and action is not None and action.state == "intended" and there:
        return _change(case, act, unit, UNFINISHED, json.loads(action.detail))
    if decision.action is None:
        late = _late(case, action) if there else ""
        return evolve(decision, reason=late) if late else decision
    for done in (action, sent):  # what was sent a moment ago is not cancelled either
        if done is not None and done.state == "done" and case.moment - done.updated < SETTLING:
            told = f"Kaufland does not show yet what was done at {done.updated:%H:%M} UTC"
            return Decision(action=None, reason=told, again=True)
    if action is None:
        return _change(case, decision.action, unit, case.because, _detail(case))
    known = {**TRIED, "done": "was done before, without effect"}
    return _change(case, decision.action, unit, f"{case.because}; {known[action.state]}", _detail(case))


def _late(case: _Case, action: Action | None) -> str:
    """What to say of parcels that came after a unit was sent.

    Kaufland takes them, but cannot tell which it has, so they are never reported by themselves.
    """
    if case.wanted is not Label.DISPATCHED or action is None:
        return ""
    sent = json.loads(action.detail)["tracking"].split(",")
    late = [number for number in case.numbers if number not in sent]
    return (
        f"sent already, and now there is {', '.join(late)} too: add it in the Seller Portal" if late else ""
    )


def _detail(case: _Case) -> dict[str, Any]:
    """What belongs to the action besides the unit."""
    if case.wanted is Label.CANCELLED:
        return {"cause": case.rules.cancel_reason}
    if isinstance(case.parcel, Parcel):
        return {"tracking": case.parcel.tracking, "carrier": case.parcel.carrier}
    return {}


def _change(
    case: _Case, act: dispatch.Action, unit: int, reason: str, detail: Mapping[str, Any]
) -> UnitChange:
    kinds: Mapping[dispatch.Action, type[UnitChange]] = {
        "send": SendUnit,
        "cancel": CancelUnit,
        "fulfil": FulfilUnit,
    }
    return kinds[act](
        subject=str(unit),
        storefront=case.entry.storefront,
        reason=reason,
        unit=unit,
        order=case.entry.id_order,
        code=case.entry.code or "",
        **detail,
    )


# Acting.


async def _carry_out(shop: Shop, live: _Live, changes: Sequence[UnitChange]) -> list[Outcome]:
    """Decide again for one order, and do what comes to the same as planned, unit by unit."""
    first = changes[0]
    try:
        entry = await do(shop.ledger.order, first.order)
        if entry is None or entry.code != first.code:
            told = "the ledger knows another order: plan again"
            return [outcome(change, "changed", change.code, told) for change in changes]
        review = await _review(shop, live, entry)
    except KauflandShoptetError as error:
        return [outcome(change, "failed", change.code, flatten(error)) for change in changes]
    return await in_turn(changes, partial(_do, shop, review), lambda change: change.code)


async def _do(shop: Shop, review: _Review, change: UnitChange) -> Outcome:
    act, request = _call(change)
    status = review.units.get(change.unit)
    if status is not None and dispatch.reached(act, status):
        action = await do(shop.ledger.action, act, change.subject)
        if action is not None and action.state == "intended":
            return await _end(shop, change, "recovered")
        return outcome(change, "already", change.code)
    due = (evolve(each, reason=change.reason, notes=change.notes) for each in review.changes)
    if status is None or change not in due:
        return outcome(change, "changed", change.code, "is not what was planned any more: plan again")
    await do(shop.ledger.intend_action, act, change.subject, _kept(change), await now(), True)
    return await _call_once(shop, change, act, request, status)


async def _call_once(
    shop: Shop,
    change: UnitChange,
    act: dispatch.Action,
    request: Request[None],
    status: str,
    *,
    again: bool = False,
) -> Outcome:
    """Call, and when the answer is missing or no, look where the unit is.

    Only a unit that is still where it was is tried a second time; Kaufland refuses what was done already.
    """
    try:
        await request
    except OutcomeUnknown:
        here = (await OrderUnits.get(change.unit)).status
        if dispatch.reached(act, here):
            return await _end(shop, change, "recovered")
        if again:
            raise
        return await _call_once(shop, change, act, request, status, again=True)
    except REFUSALS as error:
        here = (await OrderUnits.get(change.unit)).status
        if dispatch.reached(act, here):
            return await _end(shop, change, "already")
        return await _end(shop, change, "refused" if here == status else "changed", flatten(error))
    return await _end(shop, change, "done")


async def _end(shop: Shop, change: UnitChange, result: Result, detail: str = "") -> Outcome:
    state: ActionState = "refused" if result in ("refused", "changed") else "done"
    await do(shop.ledger.settle_action, change.verb, change.subject, state, _kept(change), await now())
    return outcome(change, result, change.code, detail)


def _call(change: UnitChange) -> tuple[dispatch.Action, Request[None]]:
    match change:
        case SendUnit():
            return "send", OrderUnits.send(
                change.unit, tracking_numbers=change.tracking, carrier_code=change.carrier
            )
        case CancelUnit():
            return "cancel", OrderUnits.cancel(change.unit, reason=OrderUnitCancelReason(change.cause))
        case _:
            return "fulfil", OrderUnits.fulfil(change.unit)


def _kept(change: UnitChange) -> str:
    """What the ledger keeps of a change: what :func:`_change` needs to make it again."""
    match change:
        case SendUnit():
            kept = {"tracking": change.tracking, "carrier": change.carrier}
        case CancelUnit():
            kept = {"cause": change.cause}
        case _:
            kept = {}
    return json.dumps(kept)
