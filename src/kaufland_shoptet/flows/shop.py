"""What the flows of one shop work with, besides the two clients."""

from __future__ import annotations

from attrs import frozen

from ..ledger import Ledger
from ..settings import Settings

__all__ = ["Shop"]


@frozen
class Shop:
    """One shop: its settings and its ledger."""

    settings: Settings
    ledger: Ledger
