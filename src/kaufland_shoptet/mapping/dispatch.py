"""Dispatch: what a status of the shop makes Kaufland's units do, and with which parcel.

Kaufland lets a seller do three things to a unit, one unit at a time: take it into fulfilment early, report
it as sent, cancel it. A label that cannot act, or a unit that is not where the action begins, is a no-op
with its reason. :func:`decide` says which.

A unit is sent with tracking numbers and a carrier. The numbers come from the order's notes, else from its
newest live shipment (:func:`tracking`); the carrier from the merchant's table, by Kaufland's exact name
(:func:`parcel`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias
from unicodedata import combining, normalize

from attrs import Attribute, field, frozen

from .._checks import between, switch
from ..errors import SettingsError
from .findings import Finding
from .statuses import Label, label

__all__ = [
    "CANCEL_REASONS",
    "Action",
    "Decision",
    "DispatchRules",
    "Parcel",
    "Shipped",
    "Waiting",
    "check",
    "decide",
    "parcel",
    "reached",
    "shortage",
    "tracking",
    "verb",
]


def __dir__() -> list[str]:
    return __all__


Action: TypeAlias = Literal["fulfil", "send", "cancel"]
"""What a seller can do to a unit."""

CANCEL_REASONS: Final = (
    "BuyerCancelled",
    "ShippingAddressUndeliverable",
    "WrongCatalogData",
    "GeneralAdjustment",
    "MerchandiseNotReceived",
    "NoInventory",
    "DelayedInventory",
    "WrongPrice",
    "NoReactionBuyer",
    "UndeliverableRegion",
)
"""The reasons that a seller can give for a cancellation."""

_OTHER: Final = "Other"
"""The carrier that goes without a tracking number."""


# The merchant's rules.


def _carriers(table: Mapping[str, str]) -> dict[str, str]:
    return {key.strip(): name.strip() for key, name in table.items()}


def _are_named(_: object, attribute: Attribute[Any], table: Mapping[str, str]) -> None:
    wrong = [
        SettingsError(
            f"{attribute.name}.{key}",
            "names no carrier.",
            "Write the name as Kaufland spells it: `kaufland.carriers.list()` tells all.",
        )
        for key, name in table.items()
        if not key or not name or name.startswith("<")
    ]
    if wrong:
        raise SettingsError.gathered(wrong)


def _are_distinct(_: object, attribute: Attribute[Any], table: Mapping[str, str]) -> None:
    first: dict[str, str] = {}
    for key in table:
        other = first.setdefault(key.casefold(), key)
        if other != key:
            raise SettingsError(
                f"{attribute.name}.{key}",
                f"is the same as {other}: case does not count.",
                "Remove one of the two.",
            )


def _is_policy(_: object, attribute: Attribute[Any], value: str) -> None:
    if value not in ("wait", "other"):
        raise SettingsError(attribute.name, f"{value!r} is unknown.", "Write wait or other.")


def _is_reason(_: object, attribute: Attribute[Any], value: str | None) -> None:
    if value is not None and value not in CANCEL_REASONS:
        close = difflib.get_close_matches(value, CANCEL_REASONS, 1, 0.4)
        remedy = f"Is {close[0]} meant?" if close else f"Write one of {', '.join(CANCEL_REASONS)}."
        raise SettingsError(attribute.name, f"{value!r} is no reason that Kaufland takes.", remedy)


@frozen(kw_only=True)
class DispatchRules:
    """How orders that leave the shop, or do not, are reported to Kaufland.

    Raises:
        SettingsError: A value cannot be, or units are to be cancelled for no reason.
    """

    carriers: Mapping[str, str] = field(
        converter=_carriers, factory=dict[str, str], validator=[_are_named, _are_distinct]
    )
    """Kaufland's name of a carrier by the code of Shoptet's shipping company, the GUID of a shipping method
    or the service code of a shipment; case does not count on this side."""
    without_tracking: Literal["wait", "other"] = field(default="wait", validator=_is_policy)
    """What to do with an order that left the shop without a tracking number: wait for one, or report it as
    sent by the carrier ``Other``, which delays the payout."""
    wait_hours: int = field(default=24, validator=between(0, 720))
    """How long ``other`` waits for a number, counted from the order's last change in the shop."""
    fulfil: bool = field(default=False, validator=switch)
    """Take units into fulfilment as soon as the shop does, before Kaufland's 15 minutes are over."""
    cancel: bool = field(default=False, validator=switch)
    """Cancel units on Kaufland when the shop cancels the order. It may cost a fee and cannot be undone."""
    cancel_reason: str | None = field(default=None, validator=_is_reason)
    """The reason given to Kaufland; some count against the seller."""

    def __attrs_post_init__(self) -> None:
        if self.cancel and self.cancel_reason is None:
            raise SettingsError(
                "cancel_reason",
                "is missing.",
                f"Units are cancelled: write one of {', '.join(CANCEL_REASONS)}, or cancel = false.",
            )


def check(
    rules: DispatchRules, carriers: Iterable[str], *, key: str, known: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    """Compare the rules with the carriers that Kaufland has now, and with what the shop ships by.

    Args:
        rules: The merchant's rules.
        carriers: Kaufland's names, from ``carriers.list``.
        key: The rules' place in the settings, such as ``storefront.cz.dispatch``.
        known: Names of the shop's shipping methods by GUID and by the code of their company, if at hand.

    Returns:
        An error for each carrier that Kaufland does not have by exactly this name, a warning for each key
        that nothing in the shop goes by.

    >>> rules = DispatchRules(carriers={"dpd": "DPD CZ"})
    >>> print(*check(rules, ["DPD Czech Republic", "PPL", "DPD"], key="dispatch"))
    error: dispatch.carriers.dpd: Kaufland has no carrier 'DPD CZ'. Write the exact name: DPD, DPD Czech
    Republic?
    """
    names = list(carriers)
    wanted = {f"carriers.{each}": name for each, name in rules.carriers.items()}
    if rules.without_tracking == "other":
        wanted["without_tracking"] = _OTHER
    found = [
        Finding(
            severity="error",
            key=f"{key}.{place}",
            problem=f"Kaufland has no carrier {name!r}.",
            remedy=_suggestion(name, names),
        )
        for place, name in wanted.items()
        if name not in names
    ]
    if known is not None:
        there = {each.casefold() for each in known}
        found += [
            Finding(
                severity="warning",
                key=f"{key}.carriers.{each}",
                problem="the shop has no shipping method of this GUID or company.",
                remedy="It has an effect only if shipments name it as their service.",
            )
            for each in rules.carriers
            if each.casefold() not in there
        ]
    return tuple(found)


_CALLED: Final[Mapping[str, str]] = {
    "zasilkovna": "Packeta",
    "balikovna": "Czech Post",
    "ceska posta": "Czech Post",
    "slovenska posta": "Slovakia Post",
    "sps": "Slovak Parcel Service",
}
"""What carriers are called where Kaufland calls them otherwise."""


def _suggestion(name: str, names: Sequence[str]) -> str:
    folded = {_plain(each): each for each in names}
    wanted = _plain(name)
    close = [each for called, each in _CALLED.items() if called in wanted and each in names]
    close += [folded[each] for each in difflib.get_close_matches(wanted, folded, 3, 0.5)]
    close += [each for plain, each in folded.items() if plain.split()[:1] == wanted.split()[:1]]
    if close:
        return f"Write the exact name: {', '.join(list(dict.fromkeys(close))[:5])}?"
    return f"Choose one of: {', '.join(names) or 'none'}."


def _plain(name: str) -> str:
    """Without case and accents."""
    return "".join(char for char in normalize("NFKD", name.casefold()) if not combining(char))


# The parcel.

_DEAD: Final = frozenset({"canceled", "cancel_requested", "deleted", "request_failed"})
"""Statuses of shipments that will not go out; they keep their tracking numbers."""


@frozen(kw_only=True)
class Shipped:
    """A shipment of the shop, as far as it matters here."""

    status: str
    numbers: tuple[str, ...] = ()
    service: str | None = None
    """Its service code, a key of :attr:`DispatchRules.carriers`."""


@frozen(kw_only=True)
class Parcel:
    """What Kaufland is told about what was sent."""

    numbers: tuple[str, ...]
    carrier: str

    @property
    def tracking(self) -> str:
        """The numbers as Kaufland takes them.

        >>> Parcel(numbers=("4150123", "4150124"), carrier="PPL").tracking
        '4150123,4150124'
        """
        return ",".join(self.numbers)


@frozen(kw_only=True)
class Waiting:
    """Why there is no parcel to report yet."""

    reason: str


def tracking(note: str | None, shipments: Sequence[Shipped] = ()) -> tuple[str, ...]:
    """The tracking numbers of an order, each once.

    Args:
        note: ``notes.trackingNumber`` of the order, in which several numbers may stand.
        shipments: The shipments of the order, the oldest first. They count only if the note is empty, and
            of them only the newest that was neither cancelled nor failed.

    >>> tracking("4150123; 4150124")
    ('4150123', '4150124')
    >>> tracking(None, [Shipped(status="created", numbers=("1",)), Shipped(status="canceled", numbers=("2",))])
    ('1',)
    """
    noted = _numbers(note or "")
    newest = _newest(shipments)
    if noted or newest is None:
        return noted
    return _numbers(" ".join(newest.numbers))


def parcel(
    rules: DispatchRules,
    *,
    note: str | None,
    shipments: Sequence[Shipped] = (),
    methods: Sequence[str | None] = (),
    waited: timedelta | None = None,
    key: str = "dispatch",
) -> Parcel | Waiting:
    """What Kaufland can be told about an order that left the shop, or why nothing yet.

    Args:
        rules: The merchant's rules.
        note: ``notes.trackingNumber`` of the order.
        shipments: The shipments of the order, the oldest first.
        methods: What the order ships by, the most telling first: GUIDs, codes of companies.
        waited: How long ago the order changed last in the shop; ``None`` if nobody knows.
        key: The rules' place in the settings, for what is missing there.

    >>> rules = DispatchRules(carriers={"zasilkovna": "Packeta"})
    >>> parcel(rules, note="Z1234567890", methods=["8921cdc1-051b-11e5-a8d3-ac162d8a2454", "zasilkovna"])
    Parcel(numbers=('Z1234567890',), carrier='Packeta')
    >>> parcel(rules, note=None).reason
    'there is no tracking number yet'
    """
    numbers = tracking(note, shipments)
    if not numbers:
        patience = timedelta(hours=rules.wait_hours)
        if rules.without_tracking == "other" and (waited is None or waited >= patience):
            return Parcel(numbers=(), carrier=_OTHER)
        return Waiting(reason="there is no tracking number yet")
    newest = None if _numbers(note or "") else _newest(shipments)
    named = [each for each in (newest and newest.service, *methods) if each]
    table = {each.casefold(): name for each, name in rules.carriers.items()}
    carrier = next((table[each.casefold()] for each in named if each.casefold() in table), None)
    if carrier is None:
        told = " or ".join(dict.fromkeys(named)) or "an order without a shipping method"
        return Waiting(reason=f"no carrier is set for {told}: add it to {key}.carriers")
    return Parcel(numbers=numbers, carrier=carrier)


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, re.split(r"[,;\s]+", text))))


def _newest(shipments: Sequence[Shipped]) -> Shipped | None:
    return next((each for each in reversed(shipments) if each.status not in _DEAD), None)


# The unit.


@frozen(kw_only=True)
class Decision:
    """What is to be done to one unit, and why."""

    action: Action | None
    """``None``: nothing."""
    reason: str
    again: bool = False
    """Whether nothing is to be done only for the time being."""


_ACTIONS: Final[Mapping[Label, Action]] = {
    Label.NOT_DISPATCHED: "fulfil",
    Label.DISPATCHED: "send",
    Label.CANCELLED: "cancel",
}
_GONE: Final = frozenset({Label.DISPATCHED, Label.DELIVERED, Label.RETURNED})
_ENDS: Final[Mapping[Action, frozenset[Label]]] = {
    "fulfil": frozenset({Label.NOT_DISPATCHED, *_GONE}),
    "send": _GONE,
    "cancel": frozenset({Label.CANCELLED}),
}


def verb(wanted: Label) -> Action | None:
    """What brings a unit to a label; ``None`` if a seller cannot.

    >>> verb(Label.DISPATCHED), verb(Label.DELIVERED)
    ('send', None)
    """
    return _ACTIONS.get(wanted)


def reached(action: Action, status: str) -> bool:
    """Whether a unit is where an action leads, or beyond.

    >>> reached("send", "received"), reached("send", "cancelled"), reached("send", "in_clearance")
    (True, False, False)
    """
    return label(status) in _ENDS[action]


def decide(status: str, wanted: Label, rules: DispatchRules, parcel: Parcel | Waiting) -> Decision:
    """What to do to one unit.

    Args:
        status: The unit's status on Kaufland.
        wanted: The label that the order's status means in the shop.
        rules: The merchant's rules.
        parcel: What would be reported as sent.

    >>> decide("need_to_be_sent", Label.DISPATCHED, DispatchRules(), Waiting(reason="no number yet"))
    Decision(action=None, reason='no number yet', again=True)
    >>> decide("sent", Label.CANCELLED, DispatchRules(), Waiting(reason="")).reason
    'sent already: it can only come back as a return'
    >>> decide("sent", Label.DELIVERED, DispatchRules(), Waiting(reason="")).reason
    'Kaufland does not let a seller set Delivered'
    """
    here = label(status)
    if here is None:
        return _nothing(f"Kaufland calls it {status}, which this version does not know")
    match _ACTIONS.get(wanted):
        case "fulfil":
            return _fulfil(here, rules)
        case "send":
            return _send(here, parcel)
        case "cancel":
            return _cancel(here, rules)
        case _:
            return _cannot(here, wanted)


_NO_GOODS: Final = frozenset(
    {"shipping", "billing", "discount-coupon", "volume-discount", "gift", "deposit", "product-set-item"}
)


def shortage(lines: Iterable[tuple[str, Decimal | None]], units: int) -> str:
    """Why an order must not be reported as sent although the shop says so; empty if nothing is in the way.

    Args:
        lines: Kind and amount of each line of the shop's order.
        units: Units on Kaufland that are not cancelled.

    >>> shortage([("product", Decimal(2)), ("shipping", Decimal(1))], 3)
    'has 2 pieces in the shop, and Kaufland waits for 3: cancel there what will not be sent, or put it back into
    the order'
    """
    there = sum((amount or Decimal(0) for kind, amount in lines if kind not in _NO_GOODS), Decimal(0))
    if there >= units:
        return ""
    return (
        f"has {int(there)} pieces in the shop, and Kaufland waits for {units}: cancel there what will not be sent, "
        "or put it back into the order"
    )


def _nothing(reason: str, *, again: bool = False) -> Decision:
    return Decision(action=None, reason=reason, again=again)


def _fulfil(here: Label, rules: DispatchRules) -> Decision:
    if here is not Label.PENDING:
        return _nothing(f"{here} on Kaufland already")
    if not rules.fulfil:
        return _nothing("open: Kaufland takes it into fulfilment by itself")
    return Decision(action="fulfil", reason="open on Kaufland")


def _send(here: Label, parcel: Parcel | Waiting) -> Decision:
    if here in _GONE:
        return _nothing("sent already")
    if here is Label.CANCELLED:
        return _nothing("cancelled on Kaufland: it is not to be sent")
    if here is Label.PENDING:
        return _nothing("still open: it can be sent once Kaufland's 15 minutes are over", again=True)
    if isinstance(parcel, Waiting):
        return _nothing(parcel.reason, again=True)
    return Decision(action="send", reason="waits to be sent on Kaufland")


def _cancel(here: Label, rules: DispatchRules) -> Decision:
    if here is Label.CANCELLED:
        return _nothing("cancelled already")
    if here in _GONE:
        return _nothing("sent already: it can only come back as a return")
    if not rules.cancel:
        return _nothing("still to be sent on Kaufland: cancelling is switched off")
    return Decision(action="cancel", reason="not sent on Kaufland yet")


def _cannot(here: Label, wanted: Label) -> Decision:
    if here is wanted:
        return _nothing(f"{here} on Kaufland already")
    waits = here is Label.NOT_DISPATCHED and wanted is not Label.PENDING
    return _nothing(
        f"Kaufland does not let a seller set {wanted}{', and it still waits to be sent there' * waits}"
    )
