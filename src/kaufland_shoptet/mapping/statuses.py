"""Statuses: Kaufland's eight per piece, six labels per order, and the statuses of the merchant's shop.

Kaufland keeps a status for every piece sold (order unit). Eight of them fold to the six labels of the
table that a merchant fills in, and the labels of an order's units make the label of the order:

=====================  ====================================  ==========================================
Label                  Kaufland's unit status                A change in Shoptet acts on Kaufland by
=====================  ====================================  ==========================================
Pending                ``open``                              nothing
Not Dispatched         ``need_to_be_sent``                   ``fulfil``, from ``open`` only
Dispatched             ``sent``, ``sent_and_autopaid``       ``send``, unit by unit
Delivered              ``received``                          nothing: Kaufland learns it from the carrier
Returned               ``returned``, ``returned_paid``       nothing: returns have their own process
Cancelled              ``cancelled``                         ``cancel``, units not yet sent, if asked for
=====================  ====================================  ==========================================

``sent_and_autopaid`` says that Kaufland released the revenue, and nothing about the delivery; the argument
``autopaid`` makes it Delivered for shops that prefer so.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import field, frozen

from ..errors import SettingsError
from .findings import Finding

__all__ = [
    "Label",
    "OrderState",
    "StatusMap",
    "Step",
    "advances",
    "check",
    "kaufland_label",
    "label",
    "order_state",
    "shoptet_status",
    "step",
]


def __dir__() -> list[str]:
    return __all__


class Label(enum.StrEnum):
    """Where an order stands, in the words of the merchant's table, from the least to the most advanced.

    >>> Label.NOT_DISPATCHED.key, Label.NOT_DISPATCHED.acts
    ('not_dispatched', True)
    """

    PENDING = "Pending"
    NOT_DISPATCHED = "Not Dispatched"
    DISPATCHED = "Dispatched"
    DELIVERED = "Delivered"
    RETURNED = "Returned"
    CANCELLED = "Cancelled"

    @property
    def key(self) -> str:
        """The label as a key of the settings file."""
        return self.name.lower()

    @property
    def acts(self) -> bool:
        """Whether Kaufland lets a seller bring a unit to this label."""
        return self in _ACTING


_ACTING: Final = frozenset({Label.NOT_DISPATCHED, Label.DISPATCHED, Label.CANCELLED})
_RANK: Final[Mapping[Label, int]] = {each: rank for rank, each in enumerate(Label)}
_NOWHERE: Final = -1
_AUTOPAID: Final = "sent_and_autopaid"
_LABELS: Final[Mapping[str, Label]] = {
    "open": Label.PENDING,
    "need_to_be_sent": Label.NOT_DISPATCHED,
    "sent": Label.DISPATCHED,
    _AUTOPAID: Label.DISPATCHED,
    "received": Label.DELIVERED,
    "returned": Label.RETURNED,
    "returned_paid": Label.RETURNED,
    "cancelled": Label.CANCELLED,
}


def label(status: str, *, autopaid: Label = Label.DISPATCHED) -> Label | None:
    """The label of one unit.

    Args:
        status: The unit's status as Kaufland gives it.
        autopaid: What ``sent_and_autopaid`` counts as: Dispatched or Delivered.

    Returns:
        The label, or ``None`` for a status that this version does not know.

    >>> label("returned_paid"), label("in_clearance")
    (<Label.RETURNED: 'Returned'>, None)
    """
    return autopaid if status == _AUTOPAID else _LABELS.get(status)


@frozen(kw_only=True)
class OrderState:
    """Where an order as a whole stands."""

    label: Label | None
    """``None`` when nothing can be said: no units, or one whose status is unknown. Leave the order as it is."""
    partially_dispatched: bool = False
    """Some units are dispatched or further, and others are not yet. Cancelled units never count."""
    partially_delivered: bool = False
    partially_returned: bool = False
    partially_cancelled: bool = False
    """Some units are cancelled, and others are not."""
    unknown: tuple[str, ...] = ()
    """Statuses that this version does not know, each once, sorted: to be reported."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The flags in words.

        >>> order_state(["need_to_be_sent", "sent", "cancelled"]).parts
        ('partly dispatched', 'partly cancelled')
        """
        flags = {
            "partly dispatched": self.partially_dispatched,
            "partly delivered": self.partially_delivered,
            "partly returned": self.partially_returned,
            "partly cancelled": self.partially_cancelled,
        }
        return tuple(words for words, is_so in flags.items() if is_so)


def order_state(statuses: Iterable[str], *, autopaid: Label = Label.DISPATCHED) -> OrderState:
    """Where an order stands, by the statuses of its units in any order.

    Cancelled units do not count unless all are; of the rest the least advanced decides. A unit of unknown
    status counts as not having got anywhere, so that a status nobody knows yet never moves an order on.

    Args:
        statuses: The status of each unit as Kaufland gives it.
        autopaid: What ``sent_and_autopaid`` counts as: Dispatched or Delivered.

    >>> state = order_state(["need_to_be_sent", "sent", "cancelled"])
    >>> state.label, state.partially_dispatched, state.partially_cancelled
    (<Label.NOT_DISPATCHED: 'Not Dispatched'>, True, True)
    >>> order_state(["received", "in_clearance"])
    OrderState(label=None, partially_dispatched=True, partially_delivered=True, partially_returned=False,
    partially_cancelled=False, unknown=('in_clearance',))
    """
    found = {status: label(status, autopaid=autopaid) for status in statuses}
    unknown = tuple(sorted(status for status, each in found.items() if each is None))
    labels = {each for each in found.values() if each is not None}
    live = labels - {Label.CANCELLED}
    ranks = {_RANK[each] for each in live} | {_NOWHERE for _ in unknown}

    def partially(reached: Label) -> bool:
        return bool(ranks) and min(ranks) < _RANK[reached] <= max(ranks)

    least = min(live, key=_RANK.__getitem__, default=Label.CANCELLED)
    return OrderState(
        label=least if labels and not unknown else None,
        partially_dispatched=partially(Label.DISPATCHED),
        partially_delivered=partially(Label.DELIVERED),
        partially_returned=partially(Label.RETURNED),
        partially_cancelled=bool(ranks) and Label.CANCELLED in labels,
        unknown=unknown,
    )


def advances(old: Label, new: Label) -> bool:
    """Whether going from *old* to *new* is going forward; a stale read or a repeat is not.

    Pending, Not Dispatched, Dispatched, Delivered, Returned follow each other, and any number may be skipped.
    Every label may become Cancelled, and Cancelled stays.

    >>> advances(Label.NOT_DISPATCHED, Label.DELIVERED), advances(Label.DELIVERED, Label.DISPATCHED)
    (True, False)
    """
    return _RANK[old] < _RANK[new]


def _inward(table: Mapping[Label, int]) -> dict[Label, int]:
    return dict(table)


def _meanings(table: Mapping[int, Label]) -> dict[int, Label]:
    return dict(table)


@frozen(kw_only=True)
class StatusMap:
    """The merchant's table: which status of the shop stands for which label, both ways.

    A status set for a label also means that label when an order reaches it in the shop, unless the status
    serves several labels: then it means the one that can act on Kaufland.

    Raises:
        SettingsError: The two directions contradict each other, as when a status means a label for which
            none is set.

    >>> table = StatusMap.of({Label.DISPATCHED: [-3, 26], Label.DELIVERED: [-3]})
    >>> table.inward == {Label.DISPATCHED: -3, Label.DELIVERED: -3}
    True
    >>> table.outward == {-3: Label.DISPATCHED, 26: Label.DISPATCHED}
    True
    """

    inward: Mapping[Label, int] = field(converter=_inward, factory=dict[Label, int])
    """The Shoptet status that orders of each label get. A label that is missing changes nothing."""
    outward: Mapping[int, Label] = field(converter=_meanings, factory=dict[int, Label])
    """The label that each Shoptet status means; the statuses of :attr:`inward` are always among them."""
    autopaid: Label = Label.DISPATCHED
    """What ``sent_and_autopaid`` counts as: Dispatched or Delivered."""

    def __attrs_post_init__(self) -> None:
        if self.autopaid not in {Label.DISPATCHED, Label.DELIVERED}:
            raise SettingsError(
                "autopaid",
                f"a unit that is sent and paid out cannot count as {self.autopaid}.",
                "Write dispatched or delivered.",
            )
        for status, meaning in self.outward.items():
            if meaning not in self.inward:
                raise SettingsError(
                    meaning.key,
                    f"status {status} means {meaning}, but no status is set for {meaning} itself.",
                    "Name that one too.",
                )
        outward = _outward(self.table)
        for status, meaning in self.outward.items():
            if outward[status] is not meaning:
                raise SettingsError(
                    meaning.key,
                    f"status {status} cannot mean {meaning}: it is set for {outward[status]}.",
                    f"Let it mean {outward[status]}, or set another status for that.",
                )
        object.__setattr__(self, "outward", outward)

    @classmethod
    def of(cls, table: Mapping[Label, Sequence[int]], *, autopaid: Label = Label.DISPATCHED) -> StatusMap:
        """The map of a table: for each label the Shoptet statuses that mean it, the one to set first.

        Raises:
            SettingsError: A status means two labels that both act on Kaufland, or stands in a list without
                effect.
        """
        inward = {each: ids[0] for each, ids in table.items() if ids}
        return cls(inward=inward, outward=_outward(table), autopaid=autopaid)

    @property
    def table(self) -> Mapping[Label, tuple[int, ...]]:
        """The map as a table, which :meth:`of` turns back into this map."""
        return {
            each: (
                self.inward[each],
                *sorted(
                    status
                    for status, meaning in self.outward.items()
                    if meaning is each and status != self.inward[each]
                ),
            )
            for each in Label
            if each in self.inward
        }


def _outward(table: Mapping[Label, Sequence[int]]) -> dict[int, Label]:
    """What each status of *table* means."""
    labels: dict[int, list[Label]] = {}
    for each in Label:
        for status in table.get(each, ()):
            labels.setdefault(status, []).append(each)
    outward: dict[int, Label] = {}
    problems: list[SettingsError] = []
    for status, claims in labels.items():
        acting = [each for each in claims if each.acts]
        outward[status] = meaning = (acting or claims)[0]
        problems.extend(
            SettingsError(
                each.key,
                f"status {status} already means {meaning}.",
                f"Remove it here or under {meaning.key}: one status has one meaning.",
            )
            for each in claims
            if each is not meaning and (each.acts or table[each][0] != status)
        )
    if problems:
        raise SettingsError.gathered(problems)
    return outward


def shoptet_status(map: StatusMap, label: Label) -> int | None:
    """The status id that an order of *label* gets in the shop; ``None`` leaves its status alone.

    >>> shoptet_status(StatusMap(inward={Label.DISPATCHED: -3}), Label.DISPATCHED)
    -3
    """
    return map.inward.get(label)


def kaufland_label(map: StatusMap, status_id: int) -> Label | None:
    """What a status of the shop means for Kaufland; ``None`` for a status outside the table.

    >>> kaufland_label(StatusMap(inward={Label.DISPATCHED: -3}), -3)
    <Label.DISPATCHED: 'Dispatched'>
    """
    return map.outward.get(status_id)


@frozen(kw_only=True)
class Step:
    """What becomes of the status of one order in the shop."""

    status: int | None
    """The status to set, or ``None`` to leave the one it has."""
    reason: str
    """Why."""
    in_place: bool = False
    """Whether the shop says already what Kaufland says."""


def step(
    map: StatusMap,
    state: OrderState,
    *,
    current: int | None,
    last: Label | None = None,
    news: bool = True,
) -> Step:
    """What Kaufland's state of an order makes of its status in the shop: one step forward, or nothing.

    A stale read never moves an order back, neither behind what its status means now nor behind what was
    written last. A status outside the merchant's table means nothing; what was written last counts then.

    Args:
        map: The merchant's table.
        state: The order on Kaufland.
        current: The status that the order has in the shop.
        last: The label that was written last, if one was.
        news: Whether Kaufland tells anything that the import did not know. It counts only while the order
            has a status outside the table and nothing was written yet.

    >>> table = StatusMap.of({Label.NOT_DISPATCHED: [26], Label.DISPATCHED: [52, -3]})
    >>> step(table, order_state(["sent"]), current=26)
    Step(status=52, reason='is Dispatched on Kaufland', in_place=False)
    >>> step(table, order_state(["sent"]), current=-3)
    Step(status=None, reason='is Dispatched in the shop already', in_place=True)
    >>> step(table, order_state(["need_to_be_sent"]), current=52).reason
    'is Dispatched in the shop already, Not Dispatched would be a step back'
    """
    there = state.label
    if there is None:
        told = (
            f"{', '.join(state.unknown)}, which this version does not know" if state.unknown else "no units"
        )
        return Step(status=None, reason=f"Kaufland tells {told}")
    target = map.inward.get(there)
    if target is None:
        return Step(status=None, reason=f"is {there} on Kaufland, for which no status is set")
    if target == current:
        return Step(status=None, reason=f"is {there} in the shop already", in_place=True)
    means = None if current is None else map.outward.get(current)
    known = [each for each in (means, last) if each is not None]
    if not known and not news:
        return Step(status=None, reason="has a status of its own in the shop, and Kaufland tells nothing new")
    here = max(known, key=_RANK.__getitem__, default=None)
    if here is there:
        return Step(status=None, reason=f"is {there} in the shop already", in_place=True)
    if here is not None and not advances(here, there):
        return Step(status=None, reason=f"is {here} in the shop already, {there} would be a step back")
    return Step(status=target, reason=f"is {there} on Kaufland")


def check(
    map: StatusMap,
    live: Mapping[int, str],
    *,
    seen: Mapping[int, str] | None = None,
    key: str = "statuses",
) -> tuple[Finding, ...]:
    """Compare the merchant's table with the statuses that the shop has now.

    Args:
        map: The table.
        live: Name of each status of the shop by its id, from ``orders.statuses``.
        seen: The names as they were when the table was made, if known: a renamed status is reported.
        key: The table's place in the settings.

    Returns:
        In the order of the labels: an error for each status that the shop does not have, a warning for
        each label without a status, each renamed status and each status that is set for several labels,
        a note for each label whose statuses cannot act on Kaufland.

    >>> findings = check(StatusMap(inward={Label.DISPATCHED: 52}), {-1: "New", -3: "Done"})
    >>> print(findings[0])
    warning: statuses.pending: no status is set for Pending. Orders keep the status they have when Kaufland
    calls them Pending; name one to change that.
    >>> print(findings[2])
    error: statuses.dispatched: the shop has no status 52. Choose one of: -1 New, -3 Done.
    """
    return tuple(
        found for each in Label for found in _check(map, each, live, seen or {}, f"{key}.{each.key}")
    )


def _check(
    map: StatusMap, each: Label, live: Mapping[int, str], seen: Mapping[int, str], key: str
) -> Iterable[Finding]:
    ids = map.table.get(each, ())
    if not ids:
        yield Finding(
            severity="warning",
            key=key,
            problem=f"no status is set for {each}.",
            remedy=f"Orders keep the status they have when Kaufland calls them {each}; name one to change that.",
        )
        return
    for status in ids:
        if status not in live:
            known = ", ".join(f"{i} {name}" for i, name in live.items()) or "none"
            yield Finding(
                severity="error",
                key=key,
                problem=f"the shop has no status {status}.",
                remedy=f"Choose one of: {known}.",
            )
        elif seen.get(status, live[status]) != live[status]:
            yield Finding(
                severity="warning",
                key=key,
                problem=f"status {status} was called {seen[status]!r} and is now {live[status]!r}.",
                remedy=f"Make sure that it still means {each}.",
            )
    meaning = map.outward[ids[0]]
    if meaning is not each:
        yield Finding(
            severity="warning",
            key=key,
            problem=f"status {ids[0]} is also set for {meaning}.",
            remedy=f"In the shop it will mean {meaning}; a status of its own would tell the two apart.",
        )
    elif not each.acts:
        yield Finding(
            severity="note",
            key=key,
            problem=f"an order that reaches {each} in the shop changes nothing on Kaufland.",
            remedy=f"Kaufland decides itself what is {each}.",
        )
