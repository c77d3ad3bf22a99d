"""Products: what the shop sells, as the product data that Kaufland wants; and what is missing for that.

An item is looked at in three steps, each a pure function: :func:`selected` tells whether it is meant for
Kaufland at all, :func:`draft` makes its attributes, :func:`assess` puts the category to them and tells what is
missing. :func:`readiness` is all of them at once. Nothing is sent that is not ready.

Values of attributes are lists of texts. Descriptions are HTML and go through a sanitizer, which is the package
``nh3`` of the extra ``products``.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, BinaryIO, Final, Literal, Protocol, cast
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from attrs import Attribute, field, frozen

from .._checks import a, between, demand, each, is_table, is_text, listed, optional, switch, tabled
from ..errors import MappingError, SettingsError
from ..shoptet.catalog import CatalogItem
from .offers import gtin
from .storefronts import storefront as front_of

__all__ = [
    "LOCALES",
    "REQUIRED",
    "TAGS",
    "Draft",
    "KauflandCategory",
    "NamedAttribute",
    "ProductRules",
    "Readiness",
    "SafetyContact",
    "Sheet",
    "SheetLike",
    "assess",
    "category_of",
    "clean_html",
    "draft",
    "picture_url",
    "readiness",
    "selected",
    "write_csv",
]


def __dir__() -> list[str]:
    return __all__


LOCALES: Final = ("de-DE", "cs-CZ", "sk-SK", "de-AT", "pl-PL", "fr-FR", "it-IT", "es-ES", "nl-NL")
"""Languages and countries that product data can be in."""

REQUIRED: Final = ("title", "description", "picture", "manufacturer", "category", "product_safety_contact")
"""What a product needs besides its EAN, whatever its category is."""

TAGS: Final = frozenset(
    [
        "b",
        "br",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "i",
        "li",
        "ol",
        "p",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
"""HTML elements that stay in a description, all without attributes."""

_GONE: Final = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "head",
        "title",
        "textarea",
        "select",
        "button",
    ]
)
"""HTML elements that go with everything in them; of others the text stays."""

_MOST_TAGS: Final = 5000
"""Elements within each other cost the sanitizer time by the square of their number."""

_SHOWN: Final = 80
"""Characters of a title that are surely shown; Kaufland recommends 50 to this many."""


# What the merchant chooses.


def _filled(most: int) -> Any:
    def check(_: object, attribute: Attribute[Any], value: str | None) -> None:
        if is_text(value, attribute) and not 1 <= len(value.strip()) <= len(value) <= most:
            raise SettingsError(
                attribute.name,
                f"has {len(value)} characters.",
                f"Write 1 to {most}, not only blanks; or leave it out.",
            )

    return check


def _matching(pattern: str, remedy: str) -> Any:
    def check(_: object, attribute: Attribute[Any], value: str | None) -> None:
        if is_text(value, attribute) and not (len(value) <= 500 and re.fullmatch(pattern, value)):
            raise SettingsError(attribute.name, "cannot be.", remedy)

    return check


_ADDRESS: Final = _matching(r"https?://[^\s/@]+\.[^\s/@]+(/\S*)?", "Write an address on the web: https://…")


@frozen(kw_only=True)
class SafetyContact:
    """Who answers for the safety of a product (GPSR): its maker, or who stands in for them in the EU.

    Raises:
        SettingsError: A value cannot be.
    """

    name: str = field(validator=_filled(255))
    """The company's name."""
    address: str = field(validator=_filled(1000))
    """Postal address in one line."""
    email: str | None = field(
        default=None,
        validator=_matching(r"[^@\s]+@[^@\s]+", 'Write an e-mail address: "info@maker.example".'),
    )
    """Where the company reads e-mail."""
    phone: str | None = field(default=None, validator=_filled(50))
    """Telephone number, with the country's prefix."""
    url: str | None = field(default=None, validator=_ADDRESS)
    """Web address, beginning with ``https://`` or ``http://``."""


def _are_attributes(_: object, attribute: Attribute[Any], value: Iterable[str]) -> None:
    for name in value:
        demand(attribute.name, name, str, "names of attributes")
        if not re.fullmatch(r"[A-Za-z0-9_\-]{1,100}", name):
            raise SettingsError(
                attribute.name,
                f"{name[:40]!r} is not the name of an attribute of Kaufland.",
                "Write its technical name, such as colour; `kaufland.attributes.search` finds them.",
            )


def _map_to_attributes(_: object, attribute: Attribute[Any], value: Mapping[str, str]) -> None:
    _are_attributes(_, attribute, value.values())


def _are_ids(_: object, attribute: Attribute[Any], value: Mapping[str, int]) -> None:
    for name, number in value.items():
        demand(f"{attribute.name}.{name}", number, int, "a whole number")
        if number < 1:
            raise SettingsError(
                f"{attribute.name}.{name}",
                f"{number} is not the id of a category.",
                "`kaufland.categories.list` and `decide` find them.",
            )


def _lists(value: Mapping[str, Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    if is_table(value):
        return {name: listed(values) for name, values in value.items()}
    return cast("Mapping[str, tuple[str, ...]]", value)


_is_table: Final = a(Mapping, "a table")
_are_texts: Final = each(str, "a text")


def _are_lists(_: object, attribute: Attribute[Any], value: Mapping[str, tuple[str, ...]]) -> None:
    for name, values in value.items():
        demand(f"{attribute.name}.{name}", values, tuple, "a list of texts")


def _are_contacts(_: object, attribute: Attribute[Any], value: Mapping[str, SafetyContact]) -> None:
    for brand, contact in value.items():
        demand(f"{attribute.name}.{brand}", contact, SafetyContact, "SafetyContact(…)")


@frozen(kw_only=True)
class ProductRules:
    """Which products are published on a storefront, and how.

    Raises:
        SettingsError: A value cannot be.
    """

    visibility: tuple[str, ...] = field(default=("visible",), converter=listed, validator=_are_texts)
    """Publish products that are shown in one of these ways in the shop; none: in any way."""
    types: tuple[str, ...] = field(default=("product",), converter=listed, validator=_are_texts)
    """Publish products of these kinds; none: of any."""
    flags: tuple[str, ...] = field(default=(), converter=listed, validator=_are_texts)
    """Publish products with one of these flags; none: flags do not matter."""
    shop_categories: tuple[str, ...] = field(default=(), converter=listed, validator=_are_texts)
    """Publish products in one of these categories of the shop or below; none: in any."""
    categories: Mapping[str, int] = field(
        factory=dict[str, int], converter=tabled, validator=[_is_table, _are_ids]
    )
    """Id of Kaufland's category by GUID, path or name of the shop's; it counts for what is below, too."""
    decide: bool = field(default=True, validator=switch)
    """Let Kaufland decide on the category of the rest; otherwise they are not published."""
    parameters: Mapping[str, str] = field(
        factory=dict[str, str], converter=tabled, validator=[_is_table, _map_to_attributes]
    )
    """Name of Kaufland's attribute by name of the shop's parameter; others are not sent."""
    fixed: Mapping[str, tuple[str, ...]] = field(
        factory=dict[str, tuple[str, ...]],
        converter=_lists,
        validator=[_is_table, _are_attributes, _are_lists],
    )
    """Values of attributes that products have unless they say otherwise."""
    manufacturer: str | None = field(default=None, validator=_filled(200))
    """Of products without a brand."""
    contact: SafetyContact | None = field(default=None, validator=optional(a(SafetyContact)))
    """Who answers for products whose brand tells nobody."""
    contacts: Mapping[str, SafetyContact] = field(
        factory=dict[str, SafetyContact], converter=tabled, validator=[_is_table, _are_contacts]
    )
    """The same by brand; goes before what the shop says about the brand."""
    required: tuple[str, ...] = field(
        default=REQUIRED, converter=listed, validator=[_are_texts, _are_attributes]
    )
    """What each product needs besides its EAN and what Kaufland's category asks for."""
    title_length: int = field(default=200, validator=between(20, 1000))
    """Characters of the longest title; others are cut at a word."""
    pictures: int = field(default=10, validator=between(1, 100))
    """Most pictures of a product."""
    image_base: str | None = field(default=None, validator=_ADDRESS)
    """Where addresses of pictures begin that do not begin with ``https://``."""


# One product.


@frozen(kw_only=True)
class Sheet:
    """Product data for one EAN in one language."""

    ean: str
    locale: str
    attributes: Mapping[str, tuple[str, ...]]
    """Values by name."""
    contact: SafetyContact | None = None
    """What Kaufland calls ``product_safety_contact``, the one attribute that is not a list of texts."""


@frozen(kw_only=True)
class Draft:
    """A product on the way: its attributes without the category."""

    code: str
    ean: str
    """Checked; empty where there is none."""
    attributes: Mapping[str, tuple[str, ...]]
    contact: SafetyContact | None
    category: int | None
    """Kaufland's category by the merchant's table."""
    missing: tuple[str, ...]
    """What is missing already, and what to do."""
    warnings: tuple[str, ...]

    @property
    def title(self) -> str:
        """The title, perhaps empty."""
        return next(iter(self.attributes.get("title", ())), "")

    @property
    def text(self) -> str:
        """The description without markup, perhaps empty."""
        return _plain(_text_of(" ".join(self.attributes.get("description", ()))))


class NamedAttribute(Protocol):
    """An attribute of Kaufland's."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def is_multiple(self) -> bool: ...


class KauflandCategory(Protocol):
    """A category with what it requires."""

    @property
    def id_category(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def is_leaf(self) -> bool: ...
    @property
    def required_attributes(self) -> Sequence[NamedAttribute] | Any: ...


@frozen(kw_only=True)
class Readiness:
    """Whether a product can be published, and what stands in the way.

    >>> print(Readiness(code="A1", storefront="cz", locale="cs-CZ", ean="4010355051486",
    ...                 missing=("picture: it has none",), warnings=("the title is long",)))
    A1 for cz: not ready. Missing: picture: it has none. Besides: the title is long
    """

    code: str
    storefront: str
    locale: str
    ean: str
    missing: tuple[str, ...] = ()
    """What is missing, each with its reason or remedy."""
    warnings: tuple[str, ...] = ()
    """What was changed or left out on the way."""
    sheet: Sheet | None = field(default=None, repr=False)
    """What would be sent; nothing unless it is ready."""

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    def __str__(self) -> str:
        told = [f"{self.code} for {self.storefront}: {'ready' if self.ready else 'not ready'}"]
        if self.missing:
            told.append(f"Missing: {'; '.join(self.missing)}")
        if self.warnings:
            told.append(f"Besides: {'; '.join(self.warnings)}")
        return ". ".join(told)


def selected(item: CatalogItem, rules: ProductRules) -> str | None:
    """Why an item is not meant for the storefront; ``None`` if it is.

    >>> print(selected(CatalogItem(code="A1", visibility="hidden"), ProductRules()))
    it is hidden in the shop
    >>> print(selected(CatalogItem(code="A1", flags=("tip",)), ProductRules(flags=("TIP", "kaufland"))))
    None
    """
    if rules.visibility and item.visibility not in {_visibility(word) for word in rules.visibility}:
        return f"it is {item.visibility} in the shop"
    if rules.types and item.type not in rules.types:
        return f"it is of the kind {item.type}"
    if rules.flags and not _folded(rules.flags) & _folded(item.flags):
        return f"it has none of the flags {', '.join(rules.flags)}"
    if rules.shop_categories:
        wanted = {_path(name) for name in rules.shop_categories}
        if not any(path in wanted for name in item.categories for path in _ancestors(name)):
            return "it is in none of the chosen categories"
    return None


def _visibility(word: str) -> str:
    return "visible" if word == "normal" else word


def _folded(words: Iterable[str]) -> set[str]:
    return {word.strip().casefold() for word in words}


_SEPARATOR: Final = re.compile(r"\s*[|>]\s*")


def _path(name: str) -> tuple[str, ...]:
    """A category in the form in which they are compared."""
    return tuple(part.strip().casefold() for part in _SEPARATOR.split(name))


def _ancestors(name: str) -> list[tuple[str, ...]]:
    """A category and all above it, the nearest first."""
    path = _path(name)
    return [path[:depth] for depth in range(len(path), 0, -1)]


def category_of(item: CatalogItem, table: Mapping[str, int]) -> int | None:
    """Kaufland's category by the merchant's table: for the item's own categories first, then for those above.

    >>> lamp = CatalogItem(code="A1", categories=("Home > Lights > Table lamps", "Table lamps"))
    >>> category_of(lamp, {"home": 1, "Home | Lights": 2}), category_of(lamp, {"table lamps": 3, "Home": 1})
    (2, 3)
    """
    known = {_path(name): number for name, number in table.items()}
    steps = [_ancestors(name) for name in item.categories]
    for depth in range(max(map(len, steps), default=0)):
        for paths in steps:
            if depth < len(paths) and paths[depth] in known:
                return known[paths[depth]]
    return None


def draft(
    item: CatalogItem, rules: ProductRules, contacts: Mapping[str, SafetyContact] | None = None
) -> Draft:
    """Make the attributes of a product, all but its category.

    Args:
        item: As the shop has it.
        rules: The merchant's choice.
        contacts: Who answers for the products of a brand, by its name in lower case, as the shop tells.

    Raises:
        SettingsError: The package that cleans HTML is not installed.
    """
    warnings: list[str] = []
    missing: list[str] = []
    try:
        ean = gtin(item.ean)
    except MappingError as error:
        ean = ""
        missing.append(str(error))
    attributes: dict[str, tuple[str, ...]] = {}

    def put(name: str, values: Iterable[str]) -> None:
        kept = tuple(dict.fromkeys(value for value in values if value))
        if kept:
            attributes[name] = kept

    put("title", [_title(item, rules.title_length, warnings)])
    put("description", [_description(item, warnings)])
    put("picture", _pictures(item, rules, warnings))
    put("manufacturer", [_plain(item.brand or rules.manufacturer or "")])
    names = {name.strip().casefold(): attribute for name, attribute in rules.parameters.items()}
    found: dict[str, list[str]] = {}
    for name, value in (*item.variant, *item.parameters):
        attribute = names.get(name.strip().casefold())
        if attribute is not None and attribute not in attributes:
            found.setdefault(attribute, []).append(_plain(value))
    for name, values in (*found.items(), *((k, v) for k, v in rules.fixed.items() if k not in found)):
        if name not in attributes:
            put(name, values)
    return Draft(
        code=item.code,
        ean=ean,
        attributes=attributes,
        contact=_contact(item.brand, rules, contacts or {}),
        category=category_of(item, rules.categories),
        missing=tuple(missing),
        warnings=tuple(warnings),
    )


def assess(
    draft: Draft,
    rules: ProductRules,
    *,
    storefront: str,
    locale: str | None = None,
    category: KauflandCategory | None = None,
    undecided: bool = False,
) -> Readiness:
    """Put the category to a draft and tell what is missing.

    Args:
        draft: From :func:`draft`.
        rules: The merchant's choice.
        storefront: Storefront code.
        locale: Of the texts; by default the storefront's.
        category: Kaufland's category with its ``required_attributes``; ``None`` if there is none.
        undecided: Whether the category is still to be found, so that it does not count as missing.
    """
    attributes = dict(draft.attributes)
    missing = list(draft.missing)
    warnings = list(draft.warnings)
    needed: dict[str, str] = {name: _REMEDIES.get(name, _SET_PARAMETER) for name in rules.required}
    if category is not None:
        attributes["category"] = (category.name,)
        if not category.is_leaf:
            warnings.append(f"{category.name} has categories below it, one of which would be better")
        for each in category.required_attributes or ():
            needed.setdefault(each.name, f"{each.title}: {category.name} requires it. {_SET_PARAMETER}")
            values = attributes.get(each.name, ())
            if len(values) > 1 and not each.is_multiple:
                attributes[each.name] = values[:1]
                warnings.append(f"{each.name} takes one value: {values[0]}")
    there = {"ean", *attributes}
    there |= {"product_safety_contact"} if draft.contact else set()
    there |= {"category"} if undecided else set()
    missing += [f"{name}: {remedy}" for name, remedy in needed.items() if name not in there]
    locale = locale or front_of(storefront).locale
    sheet = Sheet(ean=draft.ean, locale=locale, attributes=attributes, contact=draft.contact)
    return Readiness(
        code=draft.code,
        storefront=storefront,
        locale=locale,
        ean=draft.ean,
        missing=tuple(missing),
        warnings=tuple(warnings),
        sheet=None if missing else sheet,
    )


_SET_PARAMETER: Final = "Give the product a parameter for it and name that in products.parameters"
_REMEDIES: Final[Mapping[str, str]] = {
    "title": "the product has no name",
    "description": "the product has neither a description nor a short one",
    "picture": "the product has no picture with a complete address",
    "manufacturer": "the product has no brand. Set one, or products.manufacturer",
    "category": "Kaufland's is not known. Name the shop's in products.categories, or set products.decide",
    "product_safety_contact": (
        "nobody is named who answers for the brand's products. Complete the brand in the shop, or set "
        "products.contacts or products.contact"
    ),
}


def readiness(
    item: CatalogItem,
    rules: ProductRules,
    *,
    storefront: str,
    locale: str | None = None,
    category: KauflandCategory | None = None,
    contacts: Mapping[str, SafetyContact] | None = None,
) -> Readiness:
    """Tell whether a product can be published: :func:`draft` and :func:`assess` at once."""
    made = draft(item, rules, contacts)
    return assess(made, rules, storefront=storefront, locale=locale, category=category)


# Texts.


def _plain(text: str) -> str:
    """A text in one line, without control characters and what cannot be seen."""
    return " ".join(_CONTROL.sub(" ", _UNSEEN.sub("", text)).split())


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_UNSEEN: Final = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\uf8ff\ufeff\ufff9-\uffff]")


def _title(item: CatalogItem, most: int, warnings: list[str]) -> str:
    title = _plain(_text_of(item.name))
    if not title:
        return ""
    for _, value in item.variant:
        told = _plain(value)
        if told and told.casefold() not in title.casefold():
            title = f"{title}, {told}"
    if len(title) > most:
        warnings.append(f"the title was cut to {most} characters")
        shorter = title[: most + 1].rpartition(" ")[0].rstrip(" ,;:-")
        title = shorter if len(shorter) > most // 2 else title[:most]
    elif len(title) > _SHOWN:
        warnings.append(f"the title has {len(title)} characters, of which Kaufland may show {_SHOWN}")
    return title


_MARKUP: Final = re.compile(r"<[^<>]*>")
_BAD: Final = re.compile(
    r"<\s*(?:script|iframe|object|embed|form|style)\b|\bon\w+\s*=|javascript:", re.IGNORECASE
)
_LINK: Final = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)


def _text_of(markup: str) -> str:
    """The text of HTML, without any markup."""
    return html.unescape(_MARKUP.sub(" ", markup))


def _description(item: CatalogItem, warnings: list[str]) -> str:
    for source in (item.description_html, item.short_description_html):
        cleaned = clean_html(source)
        if _plain(_text_of(cleaned)):
            if _BAD.search(source):
                warnings.append("what could do harm was taken out of the description")
            if _LINK.search(source):
                warnings.append("links were taken out of the description")
            return cleaned
    return ""


def clean_html(text: str) -> str:
    """HTML with nothing in it that could do harm or lead elsewhere: few elements, no attributes, no links.

    Scripts, styles, frames and comments go with all that is in them; of other elements that are not in
    :data:`TAGS` the text stays. Addresses on the web are taken out of the text, too. A text without markup
    keeps its lines; one with thousands of elements loses them all.

    Raises:
        SettingsError: The package that does it is not installed.

    >>> clean_html('<p onclick="x()">Bright <a href="https://x.example">lamp</a><script>steal()</script></p>')
    '<p>Bright lamp</p>'
    """
    if not text or text.isspace():
        return ""
    if "<" not in text:
        text = "<br>".join(text.strip().splitlines())
    if text.count("<") > _MOST_TAGS:
        text = html.escape(_text_of(text), quote=False)
    cleaned = _sanitizer()(_UNSEEN.sub("", text).replace("\x00", ""))
    while (shorter := _LINK.sub("", cleaned)) != cleaned:
        cleaned = shorter
    return " ".join(cleaned.split())


@cache
def _sanitizer() -> Callable[[str], str]:
    try:
        nh3: Any = import_module("nh3")
    except ImportError:
        raise SettingsError(
            "sync_products",
            "the cleaning of descriptions needs the package nh3, which is not installed.",
            'Install it with the extra: pip install "kaufland-shoptet[products]".',
        ) from None

    def clean(text: str) -> str:
        cleaned: str = nh3.clean(
            text,
            tags=set(TAGS),
            attributes={},
            clean_content_tags=set(_GONE),
            link_rel=None,
            url_schemes=set(),
        )
        return cleaned

    return clean


# Pictures.


def _pictures(item: CatalogItem, rules: ProductRules, warnings: list[str]) -> list[str]:
    found = [picture_url(image, rules.image_base) for image in item.images]
    good = list(dict.fromkeys(url for url in found if url))
    if None in found:
        warnings.append(f"{found.count(None)} pictures have no complete address")
    if len(good) > rules.pictures:
        warnings.append(f"{len(good) - rules.pictures} pictures were left out")
    return good[: rules.pictures]


def picture_url(address: str, base: str | None = None) -> str | None:
    """The complete address of a picture; ``None`` if it cannot be fetched from the web.

    >>> picture_url("//cdn.shop.example/židle 1.jpg?7f")
    'https://cdn.shop.example/%C5%BEidle%201.jpg?7f'
    >>> picture_url("lamp.jpg", "https://shop.example/user/shop/orig/"), picture_url("lamp.jpg")
    ('https://shop.example/user/shop/orig/lamp.jpg', None)
    """
    address = address.strip()
    if not address:
        return None
    try:
        parts = urlsplit(urljoin(base or "https:", address))
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
        path, query = (quote(part, safe="/%:@!$&'()*+,;=~-._?") for part in (parts.path, parts.query))
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "." not in host.strip(".") or "@" in parts.netloc:
        return None
    return urlunsplit((parts.scheme, host + port, path, query, ""))


# Contacts.


def _contact(
    brand: str | None, rules: ProductRules, contacts: Mapping[str, SafetyContact]
) -> SafetyContact | None:
    name = (brand or "").strip().casefold()
    chosen = {key.strip().casefold(): contact for key, contact in rules.contacts.items()}
    return chosen.get(name) or contacts.get(name) or rules.contact


# Kaufland's CSV.


class SheetLike(Protocol):
    """Product data: a :class:`Sheet`, or a planned publication."""

    @property
    def ean(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, tuple[str, ...]]: ...


def write_csv(sheets: Iterable[SheetLike], file: BinaryIO, *, separator: Literal[";", ","] = ";") -> int:
    """Write product data as the CSV file that Kaufland reads; give the number of products.

    One column for each attribute, with the same header several times where a product has several values; UTF-8.
    The safety contact has no column: give those with ``kaufland.manufacturer_contacts`` or
    ``kaufland.product_contacts``.

    Args:
        sheets: Ready products, or the changes of a plan; of one language or of several.
        file: Open for writing bytes.
        separator: Between columns. Kaufland's page on the format says ``;``, some of its other texts a comma.

    See https://sellerapi.kaufland.com/?page=product-data-files

    >>> file = io.BytesIO()
    >>> lamp = Sheet(ean="4010355051486", locale="cs-CZ", attributes={"title": ("Lamp",), "picture": ("a", "b")})
    >>> write_csv([lamp], file)
    1
    >>> print(file.getvalue().decode(), end="")
    ean;locale;title;picture;picture
    4010355051486;cs-CZ;Lamp;a;b
    """
    rows = list(sheets)
    widths: dict[str, int] = {}
    for row in rows:
        for name, values in row.attributes.items():
            widths[name] = max(widths.get(name, 0), len(values))
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(["ean", "locale", *(name for name, width in widths.items() for _ in range(width))])
    for row in rows:
        cells = [row.ean, row.locale]
        for name, width in widths.items():
            values = row.attributes.get(name, ())
            cells += [*values, *[""] * (width - len(values))]
        writer.writerow(cells)
    text.detach()
    return len(rows)
