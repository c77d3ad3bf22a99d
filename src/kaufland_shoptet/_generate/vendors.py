"""What differs between the two vendors, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from attrs import field, frozen

from .names import camel, same


@frozen
class Vendor:
    """One of the two APIs, as far as generated code shows it.

    Attributes:
        name: Package below ``kaufland_shoptet``.
        constant: The ``Api`` value in that package's ``api`` module.
        title: How to call it in prose.
        envelope: How answers and bodies are wrapped.
        rename: Attribute name to wire name, as the core's codec does it.
        decimals: Component of a decimal string -> alias in that package's ``types`` module.
        places: Decimal places -> alias, for decimal strings without a component; 0 keeps them.
        paging: Query parameters that :class:`Listing` sets itself.
        paginator: Where the paginator is.
        maximum: The largest page when nobody says.
        folded: Enumerations in which case carries no meaning.
        prefixes: What component names start with that says nothing.
        suffixes: What component names end with that says nothing.
    """

    name: str
    constant: str
    title: str
    envelope: Literal["kaufland", "shoptet"]
    rename: Callable[[str], str]
    decimals: Mapping[str, str] = field(factory=dict[str, str])
    places: Mapping[int, str] = field(factory=dict[int, str])
    paging: frozenset[str] = frozenset()
    paginator: tuple[str, ...] = ()
    maximum: int = 100
    folded: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()

    @property
    def aliases(self) -> frozenset[str]:
        """The names of all decimal strings."""
        return frozenset({*self.decimals.values(), *self.places.values()})


KAUFLAND_VENDOR = Vendor(
    name="kaufland",
    constant="KAUFLAND",
    title="Kaufland",
    envelope="kaufland",
    rename=same,
    paging=frozenset({"limit", "offset"}),
    paginator=("pagination",),
    folded=frozenset({"Storefront"}),
    prefixes=("SellerApi",),
    suffixes=("Enum",),
)

SHOPTET_VENDOR = Vendor(
    name="shoptet",
    constant="SHOPTET",
    title="Shoptet",
    envelope="shoptet",
    rename=camel,
    decimals={
        "typePrice": "Price",
        "typePriceNullable": "Price",
        "typeAmount": "Amount",
        "typeAmountNullable": "Amount",
        "typePositiveAmount": "Amount",
        "typePositiveAmountNullable": "Amount",
        "typePriceRatio": "PriceRatio",
        "typeProductPriceRatio": "ProductPriceRatio",
        "typeVatRate": "VatRate",
        "typeVatRateNullable": "VatRate",
        "typeDimension": "Dimension",
        "typeWeight": "Weight",
        "typeWeightUnlimited": "Weight",
        "typeWeightRequest": "Weight",
        "typeExchangeRate": "ExchangeRate",
        "typeUnitRatio": "UnitRatio",
    },
    places={
        0: "AnyDecimal",
        1: "Dimension",
        2: "Price",
        3: "Amount",
        4: "PriceRatio",
        8: "ExchangeRate",
        9: "UnitRatio",
    },
    paging=frozenset({"page", "itemsPerPage"}),
    paginator=("data", "paginator"),
)
