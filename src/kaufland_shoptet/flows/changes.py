"""What a plan can contain: one class for each kind of change, as plain data.

A change says what will be written, about what, and why. It holds no buyer's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from attrs import field, frozen

__all__ = ["CHANGES", "Change", "ImportOrder"]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class Change:
    """Base of all changes.

    Attributes:
        subject: What it is about: an order number, a unit, an offer.
        storefront: Storefront code, lower case.
        reason: Why it is done.
        notes: What else is worth knowing, such as what was clipped or guessed on the way.
    """

    verb: ClassVar[str]
    """What is done, in one word."""

    subject: str
    storefront: str
    reason: str
    notes: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What exactly will be written, in a few words."""
        raise NotImplementedError

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """The columns of a printed plan: verb, subject, storefront, what, why."""
        why = "; ".join((self.reason, *self.notes))
        return self.verb, self.subject, self.storefront, self.what, why


@frozen(kw_only=True)
class ImportOrder(Change):
    """A Kaufland order becomes a Shoptet order. The subject is Kaufland's order number.

    Attributes:
        lines: What is in it: amount and variant code of each product line.
        units: Unit ids of each product line.
        total: What the customer paid, in minor units of ``currency``.
        status: Shoptet status id, or ``None`` for the shop's default.
        shipping: GUID of the Shoptet shipping method.
        payment: GUID of the Shoptet payment method.
        fingerprint: Digest of everything that would be sent, buyer's data included; it tells at apply
            time whether the order or the settings have changed since.
    """

    verb: ClassVar[str] = "import"

    lines: tuple[str, ...]
    units: tuple[tuple[int, ...], ...]
    total: int
    currency: str
    status: int | None
    shipping: str
    payment: str
    fingerprint: str = field(repr=False)

    @property
    def what(self) -> str:
        """The lines and the total."""
        return f"{', '.join(self.lines)} = {amount(self.total, self.currency)}"


CHANGES: Final[Mapping[str, type[Change]]] = {change.verb: change for change in (ImportOrder,)}
"""Every kind of change, by its verb."""


def amount(minor: int, currency: str) -> str:
    """Minor units as people read them.

    >>> amount(159600, "CZK")
    '1596.00 CZK'
    """
    sign, whole = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{whole // 100}.{whole % 100:02d} {currency}"
