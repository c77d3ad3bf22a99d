"""Models as rows of plain values, for tables of any kind."""

from __future__ import annotations

import enum
from typing import Any, TypeAlias, TypeGuard

import attrs

from .._tables import html_table
from .values import UNSET, Model

Row: TypeAlias = dict[str, Any]


def flat(model: Model, /, *, personal: bool = False) -> Row:
    """One row of a table: what a model holds, as plain values under one name each.

    Names of what is nested are joined by a dot, words of enumerations are text, what is absent is ``None``, and
    lists of models are tuples of rows. Unknown keys stay in ``extra``.

    >>> from kaufland_shoptet import Sandbox, flat
    >>> order = Sandbox.demo().kaufland_client().orders.get("MPK4T09")
    >>> row = flat(order.order_units[0])
    >>> row["status"], row["price"], row["product.title"]
    ('need_to_be_sent', 69900, 'Dětská mikina')

    With pandas, ``pandas.DataFrame(map(flat, kaufland.order_units.list()))`` makes a table of all units.

    Args:
        model: What an API answered, or what is to be sent.
        personal: Whether buyers' data are wanted: names, addresses and what else a model keeps out of its ``repr``.

    Returns:
        Values by name: numbers, texts, times, ``Decimal`` and tuples.
    """
    row: Row = {}
    for attribute in attrs.fields(type(model)):
        if attribute.name == "extra" or not (attribute.repr or personal):
            continue
        value: Any = getattr(model, attribute.name)
        if isinstance(value, Model):
            inner = flat(value, personal=personal)
            row |= {f"{attribute.name}.{name}": each for name, each in inner.items()}
        else:
            row[attribute.name] = _plain(value, personal)
    return row


def html(model: Model) -> str:
    """A model as a table for a notebook: what is there and may be shown to anybody."""
    shown = ((name, value) for name, value in flat(model).items() if value is not None)
    return html_table(type(model).__name__, ("", ""), [(name, _brief(value)) for name, value in shown])


def _brief(value: Any) -> str:
    if not _is_tuple(value):
        return str(value)
    if value and isinstance(value[0], dict):
        return f"{len(value)} {'rows' if len(value) > 1 else 'row'}"
    return ", ".join(map(str, value))


def _plain(value: Any, personal: bool) -> Any:
    if _is_tuple(value):
        return tuple(_plain(each, personal) for each in value)
    match value:
        case Model():
            return flat(value, personal=personal)
        case enum.Enum():
            return None if value is UNSET else value.value
        case _:
            return value


def _is_tuple(value: Any) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(value, tuple)
