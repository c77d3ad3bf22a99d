"""Returns: what buyers send back, in a merchant's words, and what a seller can do about it.

Kaufland knows a return (a parcel) and return units (the pieces in it). A return unit begins as announced; once
it has arrived it waits for the seller, who accepts or rejects it, repairs it, or asks the buyer a question.
Without a decision Kaufland accepts it by itself after three working days.

What happens to a return unit is told in the history of the shop's order (:func:`remark`). A refund is a matter
of its own: it leaves no trace that could be read back (:func:`check_refund`).
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from attrs import frozen

from ..errors import MappingError
from .money import from_minor

__all__ = [
    "DECISIONS",
    "Decision",
    "InvoiceLine",
    "Touched",
    "check_message",
    "check_refund",
    "credit_obstacle",
    "credit_words",
    "credited_line",
    "is_credited",
    "is_told",
    "marker",
    "parcel_words",
    "reached",
    "reason_words",
    "remark",
    "touched",
    "unit_words",
    "waits",
]


def __dir__() -> list[str]:
    return __all__


Decision: TypeAlias = Literal["accept", "reject", "clarify", "repair"]
"""What a seller can decide about a return unit."""

DECISIONS: Final[Mapping[Decision, str]] = {
    "accept": "return_accepted",
    "reject": "return_rejected",
    "clarify": "return_in_clarification",
    "repair": "return_in_repair",
}
"""The status that each decision leads to."""

_CLOSED: Final = "return_closed"
_UNITS: Final[Mapping[str, str]] = {
    "need_to_be_returned": "announced, not here yet",
    "return_arrived": "arrived, waits for your decision; without one Kaufland accepts it after 3 working days",
    "return_accepted": "accepted, Kaufland pays the buyer back",
    "return_rejected": "rejected",
    "return_in_repair": "in repair",
    "return_in_clarification": "in clarification with the buyer",
    _CLOSED: "closed",
}
_PARCELS: Final[Mapping[str, str]] = {
    "return_requested": "requested",
    "label_generated": "label printed",
    "package_sent": "on its way back",
    "package_received": "back",
    "label_deleted": "label withdrawn",
}
_REASONS: Final[Mapping[str, str]] = {
    "accidentally_ordered": "ordered by mistake",
    "bad_quality": "bad quality",
    "better_price": "found a better price",
    "defect": "defective",
    "delivered_damaged": "delivered damaged",
    "dislike": "not liked",
    "misleading_description": "not as described",
    "missing_parts": "parts are missing",
    "no_reason": "no reason given",
    "too_late": "came too late",
    "wrong_article": "wrong article",
    "wrong_size": "wrong size",
}


def _words(table: Mapping[str, str], word: str) -> str:
    return table.get(word, f"{word!r}, which this version does not know")


def unit_words(status: str) -> str:
    """What the status of a return unit means for a merchant.

    >>> unit_words("return_in_repair"), unit_words("return_lost")
    ('in repair', "'return_lost', which this version does not know")
    """
    return _words(_UNITS, status)


def parcel_words(status: str) -> str:
    """What the status of a return means for a merchant.

    >>> parcel_words("package_sent")
    'on its way back'
    """
    return _words(_PARCELS, status)


def reason_words(reason: str) -> str:
    """Why something comes back.

    >>> reason_words("defect")
    'defective'
    """
    return _words(_REASONS, reason)


# Decisions.


def waits(status: str) -> bool:
    """Whether a return unit waits for the seller.

    >>> waits("return_arrived"), waits("return_closed")
    (True, False)
    """
    return status in ("return_arrived", "return_in_repair", "return_in_clarification")


def reached(decision: Decision, status: str, *, begun: bool = False) -> bool:
    """Whether a return unit is where a decision leads.

    A closed one does not tell how it was decided. Only where acceptance was begun from here it counts as
    accepted: without it Kaufland would have accepted it too.

    Args:
        decision: The decision.
        status: The status of the return unit.
        begun: Whether this decision was sent before, with an end that nobody knows.

    >>> reached("accept", "return_accepted"), reached("accept", "return_closed"), reached("reject", "in_space")
    (True, False, False)
    >>> reached("accept", "return_closed", begun=True), reached("reject", "return_closed", begun=True)
    (True, False)
    """
    return status == DECISIONS[decision] or (begun and decision == "accept" and status == _CLOSED)


def check_message(message: str) -> str:
    """What a buyer is written, without blanks around it.

    Raises:
        MappingError: There is nothing in it.
    """
    if not message.strip():
        raise MappingError("message", "is empty.", "The buyer reads it: write why.")
    return message.strip()


# What is told in the shop.


@frozen(kw_only=True)
class Touched:
    """A product line of the shop's order with what comes back of it."""

    line: int
    """Index among the product lines, in the order of the ledger."""
    units: tuple[int, ...]
    """The order units that come back."""
    of: int
    """Pieces in the line."""

    @property
    def whole(self) -> bool:
        """Whether all of the line comes back."""
        return len(self.units) == self.of


def touched(lines: Iterable[Sequence[int]], returned: Iterable[int]) -> tuple[Touched, ...]:
    """Which lines of an order a return touches.

    Args:
        lines: The units of each product line, as the ledger keeps them.
        returned: The order units that come back; those of other orders do not count.

    >>> touched([(1, 2, 3), (4,)], [4, 2])
    (Touched(line=0, units=(2,), of=3), Touched(line=1, units=(4,), of=1))
    """
    back = set(returned)
    found = (
        Touched(line=line, units=tuple(unit for unit in units if unit in back), of=len(units))
        for line, units in enumerate(lines)
    )
    return tuple(each for each in found if each.units)


def marker(id_return_unit: int, status: str) -> str:
    """What a remark about a return unit ends with, and by which it is found again.

    >>> marker(45456767, "return_arrived")
    '(return unit 45456767: return_arrived)'
    """
    return f"(return unit {id_return_unit}: {status})"


def remark(
    *, id_order: str, id_return_unit: int, status: str, reason: str, article: str | None, line: Touched | None
) -> str:
    """The remark in the history of the shop's order. It names no buyer and repeats none of the buyer's words.

    Args:
        id_order: Kaufland's order number.
        id_return_unit: The piece that comes back.
        status: Its status.
        reason: Why it comes back, in Kaufland's word.
        article: The code of the article, if it is known.
        line: The line that the piece is of, if it was imported.

    >>> remark(id_order="MA1B2C3", id_return_unit=45456767, status="return_arrived", reason="defect",
    ...        article="SHP-0042", line=Touched(line=0, units=(314568015200001,), of=3))
    'Kaufland MA1B2C3, return of SHP-0042 (1 of 3 pieces): arrived, waits for your decision; without one Kaufland
    accepts it after 3 working days. Reason: defective. (return unit 45456767: return_arrived)'
    """
    pieces = "" if line is None else f" ({len(line.units)} of {line.of} pieces)"
    return (
        f"Kaufland {id_order}, return of {article or 'one piece'}{pieces}: {unit_words(status)}. "
        f"Reason: {reason_words(reason)}. {marker(id_return_unit, status)}"
    )


def is_told(texts: Iterable[str], sign: str) -> bool:
    """Whether a remark with this :func:`marker` is among the texts of a history.

    >>> is_told(["Something else", "<p>… (return&nbsp;unit 45456767: return_arrived)</p>"],
    ...         marker(45456767, "return_arrived"))
    True
    """
    return any(sign in " ".join(html.unescape(text).split()) for text in texts)


# Credit notes.


@frozen(kw_only=True)
class InvoiceLine:
    """A line of the shop's invoice.

    Attributes:
        item: Its number in the invoice.
        kind: ``product``, ``shipping`` and so on.
        code: The article's code, if it has one.
        price: Price of one piece, VAT included.
        amount: Pieces.
        ratio: The part of the price that is charged.
    """

    item: int
    kind: str
    code: str | None
    price: Decimal | None
    amount: Decimal | None
    ratio: Decimal = Decimal(1)


def credit_obstacle(return_status: str, unit_status: str, *, discounted: bool) -> str | None:
    """Why no credit note is due for a returned piece; empty if one is, ``None`` if nothing is to be said.

    A return unit that is closed does not tell how it was decided; then its order unit does.

    Args:
        return_status: The status of the return unit.
        unit_status: The status of its order unit.
        discounted: Whether its price was lowered by a discount that stands in the invoice.

    >>> credit_obstacle("return_accepted", "received", discounted=False)
    ''
    >>> credit_obstacle("return_closed", "returned_paid", discounted=False)
    ''
    >>> print(credit_obstacle("return_arrived", "received", discounted=False))
    None
    """
    accepted = return_status == DECISIONS["accept"]
    if return_status == _CLOSED and unit_status not in ("returned", "returned_paid"):
        return "is closed, and Kaufland does not say that its buyer got the money: issue the credit note yourself"
    if not accepted and return_status != _CLOSED:
        return None
    if discounted:
        return "was sold with a discount, of which no line of an invoice takes a part back: issue it yourself"
    return ""


def credited_line(
    invoice: Sequence[InvoiceLine], lines: Sequence[Sequence[int]], unit: int, price: int
) -> InvoiceLine | None:
    """The line of an invoice that a returned piece is of; ``None`` where that is not certain to the cent.

    Args:
        invoice: The lines of the invoice, in its order.
        lines: The units of each product line of the order, as the ledger keeps them.
        unit: The order unit that came back.
        price: What was paid for it, in minor units.

    >>> one = InvoiceLine(item=7, kind="product", code="SHP-0042", price=Decimal("499.00"), amount=Decimal(3))
    >>> credited_line([one], [(1, 2, 3)], 2, 49_900) is one
    True
    >>> credited_line([one], [(1, 2, 3)], 2, 49_800) is None
    True
    """
    goods = [line for line in invoice if line.kind == "product"]
    place = next((place for place, units in enumerate(lines) if unit in units), None)
    if place is None or len(goods) != len(lines):
        return None
    line = goods[place]
    as_sold = line.price == from_minor(price) and line.ratio == 1 and line.amount == len(lines[place])
    return line if as_sold else None


def credit_words(id_order: str, piece: int, id_return_unit: int) -> str:
    """Why a credit note is issued.

    Args:
        id_order: Kaufland's order number.
        piece: Id of the order unit that came back.
        id_return_unit: Id of the return unit that it came back as.

    >>> credit_words("MA1B2C3", 314568015200004, 45456767)
    'Kaufland MA1B2C3, returned and accepted (piece 314568015200004, return unit 45456767)'
    """
    return f"Kaufland {id_order}, returned and accepted ({_credited(piece)} return unit {id_return_unit})"


def is_credited(text: str, piece: int) -> bool:
    """Whether a credit note with this reason takes *piece* back.

    >>> is_credited(credit_words("MA1B2C3", 314568015200004, 45456767), 314568015200004)
    True
    """
    return _credited(piece) in text


def _credited(piece: int) -> str:
    return f"piece {piece},"


# Refunds.


def check_refund(amount: int, *, paid: int, refunded: int = 0, currency: str) -> None:
    """An amount to pay back has to be part of what was paid for the unit.

    Args:
        amount: What is to be paid back, in minor units of *currency*.
        paid: Price and shipping of the unit.
        refunded: What was paid back before, or may have been.
        currency: The currency of the unit.

    Raises:
        MappingError: It is not.

    >>> check_refund(50_000, paid=49_900, currency="CZK")
    Traceback (most recent call last):
    ...
    kaufland_shoptet.errors.MappingError: amount: 500.00 CZK is more than the 499.00 CZK that are left of what was
    paid for the unit. Give 49900 minor units at most.
    """
    left = paid - refunded
    if amount < 1:
        raise MappingError("amount", f"{amount} is no amount.", "Give minor units, such as 49900 for 499.00.")
    if amount > left:
        raise MappingError(
            "amount",
            f"{from_minor(amount)} {currency} is more than the {from_minor(max(left, 0))} {currency} that are left of "
            "what was paid for the unit.",
            f"Give {max(left, 0)} minor units at most.",
        )
