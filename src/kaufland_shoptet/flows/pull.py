"""Pull: orders of the shop follow the statuses that Kaufland gives them.

An order gets the status that the merchant's table has for Kaufland's label, and never goes backwards: the
ledger keeps the label that was written last. It gets there by an intent before the call and its end after
it, so that a label counts as written even if the process dies in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from attrs import evolve

from .._core.answers import Answer
from .._core.flows import Failed, Together, do, now, settle, together
from .._core.request import Request
from ..errors import KauflandShoptetError, OutcomeUnknown, ServerError
from ..kaufland.resources.common import Storefront
from ..kaufland.resources.order_units import OrderUnits
from ..kaufland.resources.orders import OrderDetails
from ..kaufland.resources.orders import Orders as KauflandOrders
from ..ledger import Action, Imported
from ..mapping import cancellations, statuses
from ..mapping.statuses import Label, OrderState
from ..settings import StorefrontSettings
from ..shoptet.resources.orders import Order
from ..shoptet.resources.orders import Orders as ShoptetOrders
from .applying import in_turn, once
from .changes import Change, SetStatus, TellCancelled
from .plans import Mark, Outcome, Plan, Result, Skip, flatten
from .remarks import Telling
from .shop import Shop
from .steps import (
    REFUSALS,
    UNFINISHED,
    check_statuses,
    mark,
    note,
    outcome,
    plan_of,
    refuse_errors,
    remember_names,
    start_of,
    status_names,
    unread,
)

FLOW: Final = "statuses.pull"

LABELS: Final = "status"
"""Actions of the ledger: the label that each order gets, and the one it got before."""
CANCELLED: Final = TellCancelled.verb
"""Actions of the ledger: cancelled units that an order's history tells of."""


async def plan(shop: Shop, *, full: bool) -> Plan:
    """Say which orders of the shop would follow Kaufland, which not, and why."""
    moment = await now()
    fronts = _fronts(shop)
    changes: list[Change] = []
    skips: list[Skip] = []
    marks: list[Mark] = []
    if fronts:
        live = await status_names()
        problems, skips = await check_statuses(shop, fronts, live)
        refuse_errors(problems)
        for code in fronts:
            name = f"{FLOW}.{code}"
            start = await start_of(shop, name, moment)
            changed = await (_imported(shop, code, start) if full else _changed(shop, code, start))
            found, left = await _decide(shop, live, changed, code)
            changes += found
            skips += left
            marks.append(mark(name, moment, (changed[skip.subject] for skip in left if skip.again)))
    return plan_of(shop, FLOW, moment, changes, skips, marks)


async def apply(shop: Shop, plan: Plan) -> list[Outcome]:
    """Set what *plan* says, unless the two sides say something else by now."""
    fronts = _fronts(shop)
    live = await status_names()
    problems, _ = await check_statuses(shop, fronts, live)
    refuse_errors(problems)

    async def carry_out(change: SetStatus | TellCancelled) -> Outcome:
        if change.storefront not in fronts:
            return outcome(change, "changed", change.code, "pull_statuses is off by now")
        if isinstance(change, SetStatus):
            return await _follow(shop, live, change)
        return outcome(change, *await _told(shop, change))

    # From one place: otherwise Shoptet may send mails and make documents twice.
    changes = (change for change in plan.changes if isinstance(change, SetStatus | TellCancelled))
    outcomes = await in_turn(changes, carry_out, lambda change: change.code)
    await remember_names(shop, live)
    return outcomes


def _fronts(shop: Shop) -> dict[str, StorefrontSettings]:
    return {code: front for code, front in shop.settings.storefronts.items() if front.pull_statuses}


async def _changed(shop: Shop, code: str, start: datetime) -> dict[str, datetime]:
    """Orders with units that changed, oldest change first, and when each changed.

    What came into the ledger since may have changed on Kaufland long before.
    """
    changed: dict[str, datetime] = {}
    async for unit in OrderUnits.list(
        storefront=Storefront(code), ts_updated_from_iso=start, sort="ts_updated:desc"
    ):
        # A filter that a server does not know is ignored, so the storefront is looked at again here.
        if unit.storefront == code:
            changed[unit.id_order] = min(changed.get(unit.id_order, unit.ts_updated_iso), unit.ts_updated_iso)
    for entry in await do(shop.ledger.orders):
        if entry.storefront == code and entry.state == "imported" and entry.updated >= start:
            changed.setdefault(entry.id_order, entry.updated)
    return dict(sorted(changed.items(), key=lambda item: (item[1], item[0])))


async def _imported(shop: Shop, code: str, start: datetime) -> dict[str, datetime]:
    return {entry.id_order: start for entry in await do(shop.ledger.orders) if entry.storefront == code}


async def _decide(
    shop: Shop, live: Mapping[int, str], found: Iterable[str], code: str
) -> tuple[list[Change], list[Skip]]:
    changes: list[Change] = []
    skips: list[Skip] = []
    entries: list[Imported] = []
    for id_order in found:
        entry = await do(shop.ledger.order, id_order)
        if entry is None or entry.state != "imported":
            continue  # Its status is the import's business.
        if entry.code is None:
            told = "imported, its Shoptet code is not known"
            skips.append(Skip(subject=id_order, storefront=code, reason=told))
        else:
            entries.append(entry)
    answers = await settle([_both(entry) for entry in entries])
    for entry, answer in zip(entries, answers, strict=True):
        if isinstance(answer, Failed):
            skips.append(unread(entry, answer.error))
            continue
        step = await _step(shop, live, entry, *answer.value)
        if isinstance(step, SetStatus):
            changes.append(step)
        else:
            skips.append(step)
        changes += await _cancelled(shop, entry, answer.value[0])
    return changes, skips


def _both(entry: Imported) -> Together[tuple[OrderDetails, Order]]:
    """The order on Kaufland and in the shop."""
    return together(KauflandOrders.get(entry.id_order), ShoptetOrders.get(entry.code or ""))


async def _step(
    shop: Shop, live: Mapping[int, str], entry: Imported, theirs: OrderDetails, ours: Order
) -> SetStatus | Skip:
    table = shop.settings.storefronts[entry.storefront].statuses
    written = await do(shop.ledger.action, LABELS, entry.id_order)
    units = theirs.order_units
    state = _state(shop, entry, theirs)
    current = None if ours.status is None else ours.status.id
    step = statuses.step(
        table,
        state,
        current=current,
        last=_last(written),
        news=any(unit.ts_updated_iso > entry.updated for unit in units),
    )
    status, reason = step.status, step.reason
    if step.in_place and _is_open(written):
        status, reason = current, UNFINISHED
    if status is None:
        reason = "; ".join((reason, *state.parts))
        return Skip(subject=entry.id_order, storefront=entry.storefront, reason=reason)
    return SetStatus(
        subject=entry.id_order,
        storefront=entry.storefront,
        reason=reason,
        notes=state.parts,
        code=ours.code,
        before=current,
        after=status,
        name=live.get(status, ""),
        label=str(state.label),
    )


def _state(shop: Shop, entry: Imported, theirs: OrderDetails) -> OrderState:
    autopaid = shop.settings.storefronts[entry.storefront].statuses.autopaid
    return statuses.order_state((str(unit.status) for unit in theirs.order_units), autopaid=autopaid)


def _is_open(written: Action | None) -> bool:
    return written is not None and written.state == "intended"


def _last(written: Action | None) -> Label | None:
    """The label that an order surely got."""
    if written is None:
        return None
    kept = json.loads(written.detail)
    name = kept["label"] if written.state == "done" else kept["last"]
    return None if name is None else Label(name)


async def _follow(
    shop: Shop, live: Mapping[int, str], change: SetStatus, trouble: KauflandShoptetError | None = None
) -> Outcome:
    """Decide again by what both sides say now, and set the status if it comes to the same.

    When the order was changed at the same moment, or nobody knows what became of the call, all of it is
    done once more.
    """
    entry = await do(shop.ledger.order, change.subject)
    if entry is None or entry.code != change.code:
        return outcome(change, "changed", change.code, "the ledger knows another order: plan again")
    theirs, ours = await _both(entry)
    written = await do(shop.ledger.action, LABELS, change.subject)
    last = _last(written)
    kept = json.dumps({"label": change.label, "last": last})
    if ours.status is not None and ours.status.id == change.after:
        known = _is_open(written)
        await note(shop, LABELS, change.subject, kept)
        return outcome(change, "recovered" if known else "already", change.code)
    found = await _step(shop, live, entry, theirs, ours)
    if isinstance(found, Skip):
        return outcome(change, "changed", change.code, found.reason)
    if evolve(found, name=change.name, reason=change.reason, notes=change.notes) != change:
        return outcome(change, "changed", change.code, f"now it is {found.what}: plan again")
    await do(shop.ledger.intend_action, LABELS, change.subject, kept, await now(), True)
    try:
        answer = await _set(shop, change, theirs)
    except (OutcomeUnknown, ServerError) as error:
        if trouble is not None:
            raise
        return await _follow(shop, live, change, error)
    except REFUSALS as error:
        await do(shop.ledger.settle_action, LABELS, change.subject, "refused", kept, await now())
        if trouble is None and "record-already-changed" in error.codes:
            return await _follow(shop, live, change, error)
        return outcome(change, "refused", change.code, flatten(error))
    await do(shop.ledger.settle_action, LABELS, change.subject, "done", kept, await now())
    return outcome(change, "done", change.code, "; ".join(map(str, answer.warnings)))


def _set(shop: Shop, change: SetStatus, theirs: OrderDetails) -> Request[Answer[Order]]:
    front = shop.settings.storefronts[change.storefront]
    return ShoptetOrders.update_status(
        change.code,
        status_id=change.after,
        # Where Kaufland is the deemed supplier it issues the invoice, and the shop must not.
        suppress_document_generation=theirs.is_marketplace_deemed_supplier or not front.create_documents,
        suppress_email_sending=not front.send_emails,
        suppress_sms_sending=not front.send_emails,
    )


# Pieces that are cancelled while their order lives on.


async def _cancelled(shop: Shop, entry: Imported, theirs: OrderDetails) -> list[TellCancelled]:
    """What the history of an order is to tell of its cancelled pieces, each once."""
    table = shop.settings.storefronts[entry.storefront].statuses
    units = {unit.id_order_unit: unit for unit in theirs.order_units}
    told = cancellations.to_tell(
        table,
        _state(shop, entry, theirs),
        entry.lines,
        {number: str(unit.status) for number, unit in units.items()},
    )
    found: list[TellCancelled] = []
    for number, line in told.items():
        known = await do(shop.ledger.action, CANCELLED, str(number))
        if known is not None and known.state == "done":
            continue
        begun = known is not None and known.state == "intended"
        found.append(
            TellCancelled(
                subject=str(number),
                storefront=entry.storefront,
                reason=UNFINISHED if begun else "was cancelled on Kaufland after the import",
                unit=number,
                order=entry.id_order,
                code=entry.code or "",
                text=cancellations.remark(
                    id_order=entry.id_order, id_order_unit=number, article=units[number].id_offer, line=line
                ),
            )
        )
    return found


def _telling(change: TellCancelled) -> Telling:
    """The remark on a cancelled piece."""

    async def obstacle() -> str:
        status = (await OrderUnits.get(change.unit)).status
        return "" if status == "cancelled" else f"is {status} by now: plan again"

    return Telling(
        kind=CANCELLED,
        key=change.subject,
        code=change.code,
        text=change.text,
        sign=cancellations.marker(change.unit),
        obstacle=obstacle,
    )


async def _told(shop: Shop, change: TellCancelled) -> tuple[Result, str | None, str]:
    result, detail = await once(shop, _telling(change), alone=True, look=True)
    return result, change.code, detail
