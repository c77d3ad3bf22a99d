"""Invoices: which of the shop's invoices Kaufland gets, and as which file.

Kaufland takes one invoice for an order as a whole. Where it is the deemed supplier itself, it owes the VAT and
issues the invoice; then the seller must not.
"""

from __future__ import annotations

import re
from typing import Final

from ..errors import MappingError
from ..kaufland.resources.orders import OrderDetails

__all__ = ["LARGEST", "check_pdf", "file_name", "obstacle", "uploaded"]


def __dir__() -> list[str]:
    return __all__


LARGEST: Final = 10_000_000
"""Bytes of the largest file that is sent. Kaufland's own limit is not documented."""

_TAIL: Final = 1024
_MARKS: Final = (b"%PDF-", b"%%EOF")


def file_name(invoice: str) -> str:
    """What the file of an invoice is called; it is found again by this name.

    >>> file_name("2026/FV 0001")
    '2026-FV-0001.pdf'
    """
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', invoice)}.pdf"


def check_pdf(content: bytes, invoice: str) -> bytes:
    """The file of an invoice, if it is one as a whole.

    Args:
        content: What the shop gave.
        invoice: The invoice's code, for the error.

    Raises:
        MappingError: It is no PDF, a part of one, or too large.

    >>> check_pdf(b"%PDF-1.4 ... %%EOF", "1")
    b'%PDF-1.4 ... %%EOF'
    """
    begin, end = _MARKS
    if not content.startswith(begin):
        raise _unfit(invoice, "is no PDF.", "Open it in the shop's administration.")
    if end not in content[-_TAIL:]:
        raise _unfit(invoice, "breaks off in the middle.", "Run it again.")
    if len(content) > LARGEST:
        told = f"has {len(content)} bytes, at most {LARGEST} are sent."
        raise _unfit(invoice, told, "Print it without pictures, or upload it in the Seller Portal.")
    return content


def _unfit(invoice: str, problem: str, remedy: str) -> MappingError:
    return MappingError("invoice", f"the file of {invoice} {problem}", remedy)


def uploaded(order: OrderDetails) -> tuple[str, ...]:
    """Names of the invoices that the seller has given to Kaufland for an order.

    Args:
        order: Read with ``embedded=["order_invoices"]``.

    Raises:
        MappingError: The order was read without its invoices.
    """
    if order.order_invoices is not None and not isinstance(order.order_invoices, tuple):
        raise MappingError(
            "order_invoices", "the order came without its invoices.", "Ask for them, or run it again."
        )
    return tuple(
        each.original_name for each in order.order_invoices or () if not each.is_marketplace_deemed_supplier
    )


def obstacle(order: OrderDetails) -> str:
    """Why Kaufland is not to get an invoice for an order; empty if it is.

    Args:
        order: Read with ``embedded=["order_invoices"]``.

    Raises:
        MappingError: The order was read without its invoices.
    """
    units = order.order_units
    if order.is_marketplace_deemed_supplier or any(unit.is_marketplace_deemed_supplier for unit in units):
        return "Kaufland is the deemed supplier and issues the invoice, the shop must not"
    if all(unit.status == "cancelled" for unit in units):
        return "is cancelled as a whole"
    names = uploaded(order)
    return f"has an invoice on Kaufland: {', '.join(names)}" if names else ""
