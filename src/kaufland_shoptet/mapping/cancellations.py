"""Cancellations: pieces that Kaufland cancels after their order was imported.

An order of which all pieces are cancelled gets the status for that. Where only some are, the order lives on, and
nothing in the shop would tell that a piece is not to be sent: that is told in its history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .returns import Touched, touched
from .statuses import Label, OrderState, StatusMap

__all__ = ["marker", "remark", "to_tell"]


def __dir__() -> list[str]:
    return __all__


def to_tell(
    map: StatusMap,
    state: OrderState,
    lines: Iterable[Sequence[int]],
    statuses: Mapping[int, str],
) -> dict[int, Touched]:
    """The units that the shop still holds for alive, each with the line that it is a piece of.

    Args:
        map: The merchant's table.
        state: The order on Kaufland.
        lines: The units of each product line, as they were imported.
        statuses: Status of each unit on Kaufland.

    >>> from .statuses import order_state
    >>> found = ["need_to_be_sent", "cancelled", "sent"]
    >>> to_tell(StatusMap(), order_state(found), [(1, 2), (3,)], dict(zip((1, 2, 3), found)))
    {2: Touched(line=0, units=(2,), of=2)}
    """
    status_tells = state.label is Label.CANCELLED and map.inward.get(Label.CANCELLED) is not None
    if status_tells:
        return {}
    gone = [unit for unit, status in statuses.items() if status == "cancelled"]
    return {unit: line for line in touched(lines, gone) for unit in line.units}


def marker(id_order_unit: int) -> str:
    """What a remark about a cancelled unit ends with, and by which it is found again.

    >>> marker(314568015200001)
    '(cancelled unit 314568015200001)'
    """
    return f"(cancelled unit {id_order_unit})"


def remark(*, id_order: str, id_order_unit: int, article: str | None, line: Touched) -> str:
    """The remark in the history of the shop's order.

    Args:
        id_order: Kaufland's order number.
        id_order_unit: The piece that is cancelled.
        article: The code of the article, if it is known.
        line: The line that the piece is of, with all of its pieces that are cancelled.

    >>> remark(id_order="MA1B2C3", id_order_unit=314568015200001, article="SHP-0042",
    ...        line=Touched(line=0, units=(314568015200001,), of=3))
    'Kaufland MA1B2C3: a piece of SHP-0042 was cancelled after the import, do not send it. Of the 3 pieces of this
    line 1 is cancelled: take it out of the order. (cancelled unit 314568015200001)'
    """
    gone = len(line.units)
    are, them = ("is", "it") if gone == 1 else ("are", "them")
    return (
        f"Kaufland {id_order}: a piece of {article or 'this order'} was cancelled after the import, do not send it. "
        f"Of the {line.of} pieces of this line {gone} {are} cancelled: take {them} out of the order. "
        f"{marker(id_order_unit)}"
    )
