"""What a shop sells, as its feeds and its API both tell it: one :class:`CatalogItem` for each variant."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import frozen

__all__ = ["BadItem", "CatalogItem", "visibility_of"]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class CatalogItem:
    """One variant of a product, or a product without variants.

    Texts are as the merchant wrote them: HTML may be in the two descriptions, and nothing has been checked.
    """

    code: str
    """Code of the variant; what Kaufland calls ``id_offer``."""
    ean: str | None = None
    """Bar code as typed; it may be missing or wrong."""
    name: str = ""
    """Name of the product, without what tells its variants apart."""
    variant_of: str | None = None
    """What all variants of the product share: a GUID, a pair code; ``None`` when there is only this one."""
    variant: tuple[tuple[str, str], ...] = ()
    """What tells this variant from the others: names and values, such as ``("Size", "XL")``."""
    description_html: str = ""
    short_description_html: str = ""
    price: Decimal | None = None
    """VAT included, in :attr:`currency`."""
    currency: str | None = None
    """ISO 4217; ``None`` where the source does not tell."""
    stock: Decimal | None = None
    """Pieces; may be negative or a fraction, ``None``: not counted or not told."""
    images: tuple[str, ...] = ()
    """Addresses, the main picture first; as the source has them, so perhaps relative."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Names and values of the product's properties; a name may come several times."""
    brand: str | None = None
    category: str | None = None
    """The main category, by its path or name."""
    categories: tuple[str, ...] = ()
    """Everything by which a category of the product may be named: GUIDs, paths, names; the main one first."""
    flags: tuple[str, ...] = ()
    """Flags by code, and by title where it is known."""
    visibility: str = "visible"
    """In the API's spelling: ``visible``, ``hidden``, ``detail-only`` and so on."""
    type: str = "product"
    """``product``, ``bazar``, ``service``, ``gift-certificate``, ``product-set``."""
    language: str | None = None
    """Of the texts, as two letters; ``None`` where the source does not tell."""
    changed: datetime | None = None
    """When the product was last changed in the shop, where that is known."""


@frozen(kw_only=True)
class BadItem:
    """Something in a feed that cannot be read as an item; what comes after it can.

    >>> print(BadItem(line=17, offset=2048, problem="it has no CODE", subject="Lamp"))
    line 17 (Lamp): it has no CODE
    """

    line: int
    """Where it begins, counted from 1."""
    offset: int
    """The same in bytes from the beginning."""
    problem: str
    subject: str = ""
    """Its code or name, where that could be read."""

    def __str__(self) -> str:
        what = f" ({self.subject})" if self.subject else ""
        return f"line {self.line}{what}: {self.problem}"


_SPELLINGS: Final = {"normal": "visible", "1": "visible", "true": "visible", "0": "hidden", "false": "hidden"}
_HUMP: Final = re.compile(r"(?<=[a-z])[A-Z]")


def visibility_of(text: str) -> str:
    """A visibility in the API's spelling; feeds write ``detailOnly``, old ones 1 and 0.

    >>> visibility_of("detailOnly"), visibility_of("normal"), visibility_of(""), visibility_of("0")
    ('detail-only', 'visible', 'visible', 'hidden')
    """
    word = _HUMP.sub(lambda hump: f"-{hump[0]}", text.strip()).lower()
    return _SPELLINGS.get(word, word) or "visible"
