"""What Shoptet's API tells of products and brands, as the items that :mod:`.products` works with."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import quote

from .._core.values import Unset
from ..errors import SettingsError
from ..shoptet.catalog import CatalogItem, visibility_of
from ..shoptet.resources.brands import Brand
from ..shoptet.resources.products import Product, ProductVariant
from .products import SafetyContact

__all__ = ["contact_of", "contacts_of", "items_of"]


def __dir__() -> list[str]:
    return __all__


def items_of(
    product: Product, *, image_base: str | None = None, language: str | None = None
) -> tuple[CatalogItem, ...]:
    """The variants of a product as items; one that has no variants is a single item.

    Args:
        product: From ``products.get`` or a snapshot, with the sections ``images``, ``variantParameters``,
            ``allCategories``, ``flags``, ``descriptiveParameters`` and ``filteringParameters``.
        image_base: Where addresses of pictures begin: ``url_path`` of a cut of ``eshop.get``.
        language: Of the texts, as two letters.
    """
    base = image_base or ""
    main = product.default_category
    categories = [main.guid, main.name]
    for each in product.categories or ():
        categories += [each.guid, each.name]
    flags = [word for flag in product.flags or () for word in (flag.code, flag.title)]
    parameters = [(each.name, each.value) for each in product.descriptive_parameters or () if each.value]
    parameters += [
        (each.display_name or each.name, value.name)
        for each in product.filtering_parameters or ()
        for value in each.values
    ]
    images = sorted(
        (image for image in product.images or () if image.gallery == "shop"),
        key=lambda image: (image.is_main_image is not True, image.priority or 0),
    )
    pictures = [base + quote(image.name) for image in images]
    several = len(product.variants) > 1 or product.is_variant is True
    return tuple(
        CatalogItem(
            code=variant.code,
            ean=variant.ean or None,
            name=product.name or "",
            variant_of=product.guid if several else None,
            variant=tuple(
                (each.display_name or each.param_name or each.param_index, each.param_value)
                for each in variant.parameters or ()
            ),
            description_html=product.description or "",
            short_description_html=product.short_description or "",
            price=_price(variant),
            currency=variant.currency_code,
            stock=variant.stock,
            images=_once([*([base + quote(variant.image)] if variant.image else []), *pictures]),
            parameters=tuple(parameters),
            brand=product.brand.name if product.brand else None,
            category=main.name,
            categories=_once(categories),
            flags=_once(flags),
            visibility=visibility_of(product.visibility) if variant.visible else "hidden",
            type=product.type,
            language=language,
            changed=product.change_time,
        )
        for variant in product.variants
    )


def _price(variant: ProductVariant) -> Decimal | None:
    if variant.price is None or variant.including_vat:
        return variant.price
    return variant.price * (100 + variant.vat_rate) / 100


def _once(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def contacts_of(brands: Iterable[Brand]) -> dict[str, SafetyContact]:
    """Who answers for the products of each brand that tells it, by its name in lower case."""
    found = ((brand, contact_of(brand)) for brand in brands)
    return {brand.name.strip().casefold(): contact for brand, contact in found if contact is not None}


def contact_of(brand: Brand) -> SafetyContact | None:
    """Who answers for the safety of a brand's products; ``None`` where a name or an address is missing.

    Somebody in the EU who stands in for a maker outside of it goes before the maker.
    """
    standing_in = _contact(
        brand.european_reseller_manufacturing_company_name,
        brand.european_reseller_postal_address,
        brand.european_reseller_contact_email,
        None,
    )
    return standing_in or _contact(
        brand.manufacturing_company_name, brand.postal_address, brand.contact_email, brand.brand_web
    )


_Text: TypeAlias = str | Unset | None


def _contact(name: _Text, address: _Text, email: _Text, url: _Text) -> SafetyContact | None:
    lines = ", ".join(line.strip() for line in (address or "").splitlines() if line.strip())
    for mail, web in ((email or None, url or None), (email or None, None), (None, None)):
        try:
            return SafetyContact(name=(name or "").strip(), address=lines, email=mail, url=web)
        except SettingsError:
            continue  # a web address or an e-mail address that is none can be left out
    return None
