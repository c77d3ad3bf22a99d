"""Notifications of both sides: which runs they call for, and the subscriptions that bring them.

A notification brings a run forward, and that is all: it carries no data, it may come twice, late or never.
What is true is what the runs read, so runs by the clock go on beside it.

:func:`runs` is pure. :class:`Notifications` plans and makes the subscriptions; it never takes an event away
from another address unless told to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from attrs import field, frozen

from .._core.calling import M, Resource, flow
from .._core.flows import now
from .._core.values import UNSET
from ..errors import ApiError, KauflandShoptetError, OutcomeUnknown
from ..kaufland.notifications import Notification
from ..kaufland.resources.common import Storefront
from ..kaufland.resources.subscriptions import SubscriptionEvent, Subscriptions
from ..settings import Settings
from ..shoptet.resources.webhooks import WebhookRegistration, Webhooks
from ..shoptet.webhooks import Event
from .applying import meant, reported
from .changes import Change, Redirect, Revive, Subscribe, SubscriptionChange
from .plans import Outcome, Plan, Report, Skip, digest, flatten
from .shop import Shop
from .steps import outcome, plan_of
from .table import FLOWS

__all__ = ["KAUFLAND_EVENTS", "SHOPTET_EVENTS", "Notifications", "Run", "runs"]


def __dir__() -> list[str]:
    return __all__


FLOW: Final = "notifications"
IN_PLACE: Final = "is in place"

_ORDERS: Final = ("orders",)
_PULL: Final = ("statuses.pull",)
_PUSH: Final = ("statuses.push",)
_OFFERS: Final = ("offers",)
_PRODUCTS: Final = ("products",)
_RETURNS: Final = ("returns", "returns.credit")
_INVOICES: Final = ("returns.credit", "invoices")

KAUFLAND_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "order_new": _ORDERS,
    "order_unit_new": _ORDERS,
    "order_unit_status_changed": (*_ORDERS, *_PULL),
    "return_new": _RETURNS,
    "return_status_changed": _RETURNS,
    "return_unit_status_changed": _RETURNS,
    "item_unit_changed": _OFFERS,
    "item_unit_deleted": _OFFERS,
}
"""Which flows an event of Kaufland calls for. Events of offers that are not here follow from what we write."""

SHOPTET_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "order:create": _OFFERS,
    "order:massCreate": _OFFERS,
    "order:update": (*_PUSH, *_OFFERS),
    "order:massUpdate": (*_PUSH, *_OFFERS),
    "order:cancel": (*_PUSH, *_OFFERS),
    "shipment:create": _PUSH,
    "shipment:update": _PUSH,
    "invoice:create": _INVOICES,
    "invoice:update": _INVOICES,
    "invoice:massUpdate": _INVOICES,
    "product:create": _PRODUCTS,
    "product:massCreate": _PRODUCTS,
    "product:update": _PRODUCTS,
    "product:massUpdate": _PRODUCTS,
    "productVariant:create": (*_PRODUCTS, *_OFFERS),
    "productVariant:massCreate": (*_PRODUCTS, *_OFFERS),
    "productVariant:update": (*_PRODUCTS, *_OFFERS),
    "productVariant:massUpdate": (*_PRODUCTS, *_OFFERS),
    "productVariantPrice:update": _OFFERS,
    "productVariantPrice:massUpdate": _OFFERS,
    "stock:movement": _OFFERS,
}
"""Which flows an event of Shoptet calls for. Mass events come beside single ones today and in their place one
day, so there are both."""

_RIVALS: Final[Mapping[str, str]] = {"order:update": "order:cancel"}
"""Events of Shoptet that tell what another one tells, too; it takes one of the two."""


@frozen(kw_only=True)
class Run:
    """One run of a flow that notifications call for.

    Attributes:
        flow: Its name in :data:`.table.FLOWS`.
        storefronts: The storefronts that were named, sorted; empty when one of the messages named none.
        subjects: What was named: order numbers, units, codes, sorted. For the log; a run looks for itself.
    """

    flow: str
    storefronts: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


Message: TypeAlias = Notification | Event


def runs(messages: Iterable[Message], settings: Settings | None = None) -> tuple[Run, ...]:
    """The fewest runs that do what *messages* call for: one for each flow, in the order in which they are safe.

    Messages that came twice, single events beside mass events, and the five pieces of one order make one run.

    Args:
        messages: A batch of notifications of both sides, in any order.
        settings: Leave out flows that these do not switch on.

    >>> unit = Notification(event=SubscriptionEvent.ORDER_UNIT_NEW, id="1", resource="/order-units/7/",
    ...                     subject="7", storefront="cz")
    >>> runs([unit, unit])
    (Run(flow='orders', storefronts=('cz',), subjects=('7',)),)
    """
    storefronts: dict[str, set[str]] = {}
    subjects: dict[str, set[str]] = {}
    for message in messages:
        for name in _called(message):
            storefronts.setdefault(name, set()).add(_storefront(message))
            subjects.setdefault(name, set()).update(_subjects(message))
    found: list[Run] = []
    for each in FLOWS:
        if each.name not in storefronts:
            continue
        named = storefronts[each.name]
        if settings is not None:
            on = each.storefronts(settings)
            named = named & {_ANY, *on} if on else set[str]()
        if named:
            codes = () if _ANY in named else tuple(sorted(named))
            found.append(Run(flow=each.name, storefronts=codes, subjects=tuple(sorted(subjects[each.name]))))
    return tuple(found)


_ANY: Final = ""
"""In place of a storefront: Shoptet knows nothing of storefronts, and Kaufland may not tell."""


def _storefront(message: Message) -> str:
    return (message.storefront or _ANY) if isinstance(message, Notification) else _ANY


def _called(message: Message) -> tuple[str, ...]:
    if isinstance(message, Notification):
        return KAUFLAND_EVENTS.get(message.event.value, ())
    return SHOPTET_EVENTS.get(message.event, ())


def _subjects(message: Message) -> tuple[str, ...]:
    if isinstance(message, Notification):
        return (message.subject,) if message.subject else ()
    return message.subjects


class Notifications(Resource[M]):
    """The subscriptions of one shop: ``bridge.notifications``."""

    @flow
    @staticmethod
    async def plan(shop: Shop, *, take_over: bool = False) -> Plan:
        """Say which subscriptions are missing or switched off. Writes nothing.

        Wanted are the events that call for a flow which is switched on, at the addresses of the settings.

        Args:
            shop: Supplied by the bridge.
            take_over: Replace the addresses of others. There is one address for an event: another tool, such
                as the production system beside a test, hears of nothing from then on.

        Raises:
            ApiError: One of the two refuses to answer.
        """
        moment = await now()
        changes: list[Change] = []
        skips: list[Skip] = []
        for place in _places(shop.settings):
            there = await _there(place)
            for event in place.events:
                step = _step(place, event, there, take_over=take_over)
                if isinstance(step, Skip):
                    skips.append(step)
                else:
                    changes.append(step)
        return plan_of(shop, FLOW, moment, changes, skips)

    @flow
    @staticmethod
    async def apply(shop: Shop, plan: Plan) -> Report:
        """Make the subscriptions that *plan* says; safe to repeat.

        Kaufland calls a new address at once and wants its challenge back, so the server behind it has to be
        running: see :func:`kaufland_shoptet.kaufland.notifications.challenge`.

        Args:
            shop: Supplied by the bridge.
            plan: From :meth:`plan`, or from its JSON.

        Raises:
            PlanError: The plan was made for another shop or by another flow.
        """
        changes = meant(shop, plan, FLOW, SubscriptionChange)
        places = {(place.api, place.storefront): place for place in _places(shop.settings)}
        outcomes = [
            await _carried_out(places.get((change.api, change.storefront)), change) for change in changes
        ]
        return await reported(shop, plan, outcomes)


@frozen(kw_only=True)
class _Place:
    """Where events are to go: one storefront's of Kaufland, or the shop's."""

    api: str
    storefront: str
    url: str = field(repr=False)
    email: str = field(repr=False)
    events: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return digest([self.url.encode(), self.email.encode()])


@frozen(kw_only=True)
class _Found:
    """A subscription that there is."""

    number: int
    url: str = field(repr=False)
    active: bool


def _places(settings: Settings) -> list[_Place]:
    wanted, on = settings.notifications, {each.name: set(each.storefronts(settings)) for each in FLOWS}
    found: list[_Place] = []
    if wanted.kaufland_url is not None:
        for code in settings.storefronts:
            events = _events(KAUFLAND_EVENTS, {name for name, codes in on.items() if code in codes})
            found.append(
                _Place(
                    api="kaufland",
                    storefront=code,
                    url=wanted.kaufland_url,
                    email=wanted.fallback_email or "",
                    events=events,
                )
            )
    if wanted.shoptet_url is not None:
        events = _events(SHOPTET_EVENTS, {name for name, codes in on.items() if codes})
        found.append(
            _Place(
                api="shoptet",
                storefront="",
                url=wanted.shoptet_url,
                email="",
                events=tuple(each for each in events if each not in _RIVALS.values()),
            )
        )
    return found


def _events(table: Mapping[str, tuple[str, ...]], flows: set[str]) -> tuple[str, ...]:
    return tuple(event for event, called in table.items() if flows.intersection(called))


async def _there(place: _Place) -> dict[str, _Found]:
    """What is subscribed to, by event."""
    if place.api == "shoptet":
        return {row.event: _Found(number=row.id, url=row.url, active=True) async for row in Webhooks.list()}
    rows = Subscriptions.list(storefront=Storefront(place.storefront))
    return {
        row.event_name.value: _Found(number=row.id_subscription, url=row.callback_url, active=row.is_active)
        async for row in rows
        if (row.storefront or "").lower() == place.storefront
    }


def _step(
    place: _Place, event: str, there: Mapping[str, _Found], *, take_over: bool
) -> SubscriptionChange | Skip:
    found = there.get(event)
    kind: type[SubscriptionChange] | None = None
    if found is None:
        kind, reason = Subscribe, "nobody is told"
        rival = _RIVALS.get(event)
        if place.api == "shoptet" and rival in there:
            kind, reason = (
                None,
                f"Shoptet tells of {rival} already, and only of one of the two: delete that one",
            )
    elif found.url != place.url:
        reason = f"another address is told, at {_host(found.url)}"
        if take_over:
            kind, reason = Redirect, f"{reason}; it will not be told any more"
        else:
            reason = f"{reason}; take_over=True would replace it"
    elif not found.active:
        kind, reason = Revive, "Kaufland has switched it off after hours of failures"
    else:
        reason = IN_PLACE
    if kind is None:
        return Skip(subject=event, storefront=place.storefront, reason=reason)
    return kind(
        subject=event,
        storefront=place.storefront,
        reason=reason,
        api=place.api,
        host=_host(place.url),
        fingerprint=place.fingerprint,
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or "an unknown host"


# Applying.


async def _carried_out(place: _Place | None, change: SubscriptionChange) -> Outcome:
    if place is None or place.fingerprint != change.fingerprint:
        return outcome(change, "changed", None, "the settings changed since: plan again")
    try:
        there = await _there(place)
        step = _step(place, change.subject, there, take_over=isinstance(change, Redirect))
        if isinstance(step, Skip):
            done = step.reason == IN_PLACE
            return outcome(change, "already" if done else "changed", None, "" if done else step.reason)
        try:
            warnings = await _write(place, step, there.get(change.subject))
        except OutcomeUnknown:
            found = (await _there(place)).get(change.subject)
            if found is None or found.url != place.url or not found.active:
                raise
            return outcome(change, "recovered", str(found.number))
        except ApiError as error:
            return outcome(change, "refused", None, flatten(error))
    except KauflandShoptetError as error:
        return outcome(change, "failed", None, flatten(error))
    return outcome(change, "refused" if warnings else "done", None, warnings)


async def _write(place: _Place, step: SubscriptionChange, found: _Found | None) -> str:
    """One call; what it was refused with although it answered well."""
    if place.api == "kaufland":
        if found is None:
            await Subscriptions.create(
                callback_url=place.url,
                fallback_email=place.email,
                event_name=SubscriptionEvent(step.subject),
                storefront=Storefront(place.storefront),
            )
        else:
            url = UNSET if found.url == place.url else place.url
            await Subscriptions.update(found.number, callback_url=url, is_active=True)
        return ""
    if found is None:
        answer = await Webhooks.register([WebhookRegistration(event=step.subject, url=place.url)])
        return "; ".join(map(str, answer.warnings))
    changed = await Webhooks.update(found.number, url=place.url)
    return "; ".join(map(str, changed.warnings))
