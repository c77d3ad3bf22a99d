"""The sending of product data, one by one or as a file, and how Kaufland takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from attrs import asdict, frozen

from .._core.flows import Failed, Flow, do, now, settle
from .._core.request import Request
from .._core.values import UNSET
from .._tables import html_table, text_table
from ..errors import (
    ApiError,
    Conflict,
    Forbidden,
    InvalidRequest,
    KauflandShoptetError,
    Locked,
    NotFound,
    OutcomeUnknown,
    PlanError,
)
from ..kaufland.resources.product_data import (
    Locale,
    ProductData,
    ProductDataAttributes,
    ProductDataSheet,
    ProductDataStatus,
    ProductSafetyContact,
)
from .assortment import KIND
from .changes import PublishProduct
from .plans import Outcome, Result, digest, flatten
from .shop import Shop

FILES: Final = "product-file"
"""Action of the ledger: files of product data that Kaufland was told of."""
DAILY: Final = 30
_DAY: Final = timedelta(hours=24)
_TOGETHER: Final = 50
_REFUSALS: Final = (InvalidRequest, Forbidden, NotFound, Conflict)
_COMPLAINTS: Final = frozenset({"DECLINED", "MIN_ONE_MISSING", "MISSING", "REFUSED", "DELETE_REJECTED"})


# One by one.


async def send(shop: Shop, changes: Sequence[PublishProduct], made: datetime) -> list[Outcome]:
    """Send product data, several at a time; each says all of it and may be repeated."""
    outcomes: list[Outcome] = []
    for place in range(0, len(changes), _TOGETHER):
        chunk = changes[place : place + _TOGETHER]
        answers = await settle([Flow(_send, (shop, change, made), {}) for change in chunk])
        for change, answer in zip(chunk, answers, strict=True):
            if isinstance(answer, Failed):
                outcomes.append(_outcome(change, "failed", flatten(answer.error)))
            else:
                outcomes.append(answer.value)
    return outcomes


async def _send(shop: Shop, change: PublishProduct, made: datetime) -> Outcome:
    before = await _before(shop, change, made)
    if before is not None:
        return before
    await _intend(shop, change)
    try:
        await _request(change)
    except _REFUSALS as error:
        await _end(shop, change, problem=flatten(error))
        return _outcome(change, "refused", flatten(error))
    await _end(shop, change)
    return _outcome(change, "done")


async def _before(shop: Shop, change: PublishProduct, made: datetime) -> Outcome | None:
    """What comes of a change that need not or must not be made."""
    front = shop.settings.storefronts.get(change.storefront)
    if front is None or not front.sync_products:
        return _outcome(change, "changed", "sync_products is off by now")
    entry = await do(shop.ledger.action, KIND, _key(change))
    if entry is None or entry.state != "done":
        return None
    same = json.loads(entry.detail)["digest"] == change.fingerprint
    if same and (entry.updated > made or not change.again):
        return _outcome(change, "already")
    if entry.updated > made:
        return _outcome(change, "changed", "other data were sent since the plan was made: plan again")
    return None


def _request(change: PublishProduct) -> Request[None]:
    contact = change.contact
    attributes = ProductDataAttributes(
        extra={name: list(values) for name, values in change.attributes.items() if name not in _NAMED},
        product_safety_contact=UNSET
        if contact is None
        else ProductSafetyContact(
            name=contact.name,
            address=contact.address,
            email_address=contact.email or UNSET,
            phone_number=contact.phone or UNSET,
            url=contact.url or UNSET,
        ),
        **{name: change.attributes.get(name, UNSET) for name in _NAMED},
    )
    sheet = ProductDataSheet(ean=(change.ean,), attributes=attributes)
    write = ProductData.replace if change.replace else ProductData.merge
    return write(sheet, locale=Locale(change.locale))


_NAMED: Final = ("title", "description", "picture")


def _key(change: PublishProduct) -> str:
    return f"{change.ean} {change.locale}"


def _detail(change: PublishProduct, **more: object) -> str:
    told = {"digest": change.fingerprint, "code": change.subject, "storefront": change.storefront}
    return json.dumps(told | more, ensure_ascii=False)


async def _intend(shop: Shop, change: PublishProduct) -> None:
    await do(shop.ledger.intend_action, KIND, _key(change), _detail(change), await now(), True)


async def _end(shop: Shop, change: PublishProduct, **more: object) -> None:
    """Write that a product was sent, or with a problem that it was refused."""
    state: Any = "refused" if "problem" in more else "done"
    await do(shop.ledger.settle_action, KIND, _key(change), state, _detail(change, **more), await now())


def _outcome(change: PublishProduct, result: Result, detail: str = "") -> Outcome:
    return Outcome(subject=change.subject, storefront=change.storefront, result=result, detail=detail)


# As a file.


async def send_file(shop: Shop, changes: Sequence[PublishProduct], made: datetime, url: str) -> list[Outcome]:
    """Tell Kaufland of one file with all of it, unless it took 30 within 24 hours."""
    key = digest(part.encode() for part in (url, *(change.fingerprint for change in changes)))
    entry = await do(shop.ledger.action, FILES, key)
    number: int | None = None
    result: Result = "done"
    if entry is not None and entry.state == "done":
        number, result = json.loads(entry.detail)["file"], "already"
    elif entry is not None and entry.state == "intended":
        number, result = await _found(url, json.loads(entry.detail)["before"]), "recovered"
    if number is None:
        result = "done"
        await _check_file(shop, changes, made)
        await _within_limit(shop, key)
        before = await _latest()
        moment = await now()
        await do(shop.ledger.intend_action, FILES, key, json.dumps({"before": before}), moment, True)
        try:
            number = (await ProductData.create_import_file(url=url)).id_import_file
        except OutcomeUnknown:
            number = await _found(url, before)
            if number is None:
                raise
            result = "recovered"
        except ApiError as error:
            await do(shop.ledger.settle_action, FILES, key, "refused", "{}", await now())
            busy = isinstance(error, Locked)
            return [_outcome(change, "failed" if busy else "refused", flatten(error)) for change in changes]
    detail = json.dumps({"file": number})
    if result != "already":
        await do(shop.ledger.settle_action, FILES, key, "done", detail, await now())
    outcomes: list[Outcome] = []
    for change in changes:
        known = await do(shop.ledger.action, KIND, _key(change))
        if known is None or known.detail != _detail(change, file=number):
            await _intend(shop, change)
            await _end(shop, change, file=number)
        told = f"file {number}{', without its safety contact' if change.contact else ''}"
        outcomes.append(_outcome(change, result, told))
    return outcomes


async def _check_file(shop: Shop, changes: Sequence[PublishProduct], made: datetime) -> None:
    """A file goes as a whole or not at all."""
    for change in changes:
        before = await _before(shop, change, made)
        if before is not None and before.result == "changed":
            raise PlanError(
                f"{change.subject} for {change.storefront}: {before.detail}, and write the file anew"
            )


async def _within_limit(shop: Shop, key: str) -> None:
    moment = await now()
    given = sorted(
        action.updated
        for action in await do(shop.ledger.actions, FILES)
        if action.state != "refused" and action.key != key and action.updated > moment - _DAY
    )
    if len(given) >= DAILY:
        free = given[-DAILY] + _DAY
        raise PlanError(
            f"{len(given)} files were given to Kaufland within 24 hours, and it takes {DAILY}: the next one from "
            f"{free:%Y-%m-%d %H:%M} UTC on. Put more products into one file, or send them one by one"
        )


async def _latest() -> int:
    """The number of the newest file that Kaufland knows; files are told apart by it."""
    async for file in ProductData.import_files(sort="ts_created:desc").sized(1):
        return file.id_import_file
    return 0


async def _found(url: str, before: int) -> int | None:
    """The number of the file with this address that came after another one."""
    async for file in ProductData.import_files(sort="ts_created:desc"):
        if file.id_import_file <= before:
            return None
        if file.uri == url:
            return file.id_import_file
    return None


# How Kaufland takes them.


@frozen(kw_only=True)
class ProductState:
    """What became of the product data for one EAN in one language.

    Attributes:
        code: The shop's variant.
        ready: Whether the product can be offered; ``None`` if that could not be asked.
        progress: How far Kaufland has come with what was sent last: ``PENDING``, ``IN_PROGRESS``, ``SUCCESS``,
            ``FAIL``, ``ABORTED``.
        problems: What is missing or was not accepted, in Kaufland's words.
    """

    code: str
    ean: str
    locale: str
    ready: bool | None
    progress: str = ""
    problems: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether it is ready, or on the way without a complaint."""
        return self.ready is True or (not self.problems and self.progress in {"PENDING", "IN_PROGRESS"})


@frozen(kw_only=True)
class ProductStates:
    """What became of the product data that were sent: a table, as text and as HTML in a notebook."""

    states: tuple[ProductState, ...]

    _columns: ClassVar = ("", "about", "EAN", "locale", "progress", "problems")

    @property
    def good(self) -> bool:
        """Whether nothing has failed and nothing is complained about."""
        return all(state.good for state in self.states)

    @property
    def title(self) -> str:
        """One line that sums it up."""
        ready = sum(state.ready is True for state in self.states)
        failed = sum(not state.good for state in self.states)
        tail = f", {failed} with problems" if failed else ""
        return f"Product data: {ready} of {len(self.states)} ready{tail}"

    @property
    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                "ready" if state.ready else "bad" if not state.good else "wait",
                state.code,
                state.ean,
                state.locale,
                state.progress,
                "; ".join(state.problems),
            )
            for state in self.states
        ]

    def __str__(self) -> str:
        return text_table(self.title, self._columns, self._rows)

    def _repr_html_(self) -> str:
        return html_table(self.title, self._columns, self._rows)

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps([asdict(state) for state in self.states], indent=2, ensure_ascii=False)


async def states(wanted: Sequence[tuple[str, str, str]]) -> ProductStates:
    """Ask how far Kaufland has come: EAN, locale and code of each."""
    found: list[ProductState] = []
    for place in range(0, len(wanted), _TOGETHER):
        chunk = wanted[place : place + _TOGETHER]
        answers = await settle([ProductData.status(ean, locale=Locale(locale)) for ean, locale, _ in chunk])
        for (ean, locale, code), answer in zip(chunk, answers, strict=True):
            if isinstance(answer, Failed):
                found.append(_unknown(ean, locale, code, answer.error))
            else:
                found.append(_state(ean, locale, code, answer.value))
    return ProductStates(states=tuple(found))


def _unknown(ean: str, locale: str, code: str, error: KauflandShoptetError) -> ProductState:
    told = "Kaufland has no data for it" if isinstance(error, NotFound) else flatten(error)
    return ProductState(code=code, ean=ean, locale=locale, ready=None, problems=(told,))


def _state(ean: str, locale: str, code: str, status: ProductDataStatus) -> ProductState:
    problems: list[str] = []
    progress = status.update_status.value
    if not status.product_ready and progress in {"FAIL", "ABORTED", "SUCCESS"}:
        reasons = (status.update_fail_reason, status.product_not_ready_reason)
        problems += [reason.value for reason in reasons if reason is not None]
        problems += [f"{name} is missing" for name in status.missing_attributes or ()]
        if status.min_one_missing_attributes:
            problems.append(f"one of {', '.join(status.min_one_missing_attributes)} is missing")
    problems += [
        f"{each.attribute} {each.state.value}: {each.message}".rstrip(": ")
        for each in status.attribute_values or ()
        if each.state.value in _COMPLAINTS
    ]
    return ProductState(
        code=code,
        ean=ean,
        locale=locale,
        ready=status.product_ready,
        progress=progress,
        problems=tuple(dict.fromkeys(problems)),
    )
