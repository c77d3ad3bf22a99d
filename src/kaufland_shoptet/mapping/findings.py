"""What a look at the settings beside a live shop finds."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

__all__ = ["Finding"]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class Finding:
    """One thing to know or to mend.

    >>> print(Finding(severity="error", key="storefront.cz.payment.default",
    ...               problem="the shop has no such payment method.", remedy="Choose another."))
    error: storefront.cz.payment.default: the shop has no such payment method. Choose another.
    """

    severity: Literal["error", "warning", "note"]
    """An ``error`` would fail on the first order, a ``warning`` loses something, a ``note`` is as designed."""
    key: str
    """The setting, dotted."""
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.key}: {self.problem} {self.remedy}"
