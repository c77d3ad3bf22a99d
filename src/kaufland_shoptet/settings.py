"""The settings of one shop: a TOML file with a section for each of Kaufland's storefronts.

Everything that can be chosen stands here; keys and tokens do not, they come from the environment. The
names of the environment variables may be chosen too, so that many shops live side by side in one process.

:meth:`Settings.example` is a file to fill in; :meth:`Settings.load` reads it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from attrs import Attribute, evolve, field, fields_dict, frozen

from ._checks import a, between, demand, each, exact, is_text, listed, optional, stripped, switch
from ._toml import (
    EXACT,
    SWITCH,
    WHOLE,
    Kind,
    choice,
    dumps,
    is_whole,
    list_of,
    parse,
    section,
    shown,
    table_of,
    text,
)
from .errors import MissingCredentials, SettingsError
from .mapping.dispatch import CANCEL_REASONS, DispatchRules
from .mapping.offers import CONDITIONS, StockRule
from .mapping.prices import MODES as ROUNDING_MODES
from .mapping.prices import PriceGuard, PriceRule, PriceTerms, is_share
from .mapping.products import LOCALES, ProductRules, SafetyContact
from .mapping.shipping import MethodRules
from .mapping.statuses import Label, StatusMap
from .mapping.storefronts import STOREFRONTS
from .mapping.vat import MODES, VatRules

if TYPE_CHECKING:
    from .description import Description, Difference
    from .flows.checkup import Findings, Live

__all__ = [
    "KauflandSettings",
    "LedgerSettings",
    "NotificationSettings",
    "OfferSettings",
    "OrdersSettings",
    "PriceSettings",
    "ProductSettings",
    "Settings",
    "ShopSettings",
    "ShoptetSettings",
    "StockSettings",
    "StorefrontSettings",
]


def __dir__() -> list[str]:
    return __all__


# What values must meet, wherever they come from.


def _length(least: int, most: int) -> Any:
    def check(_: object, attribute: Attribute[Any], value: str) -> None:
        demand(attribute.name, value, str, "a text")
        if not least <= len(value.strip()) <= len(value) <= most:
            size = f"{least} to {most}" if least else f"at most {most}"
            raise SettingsError(
                attribute.name, f"has {len(value)} characters.", f"Write {size}, not only blanks."
            )

    return check


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _path(_: object, attribute: Attribute[Any], value: str) -> None:
    _length(1, 1000)(_, attribute, value)
    if _CONTROL.search(value):
        raise SettingsError(
            attribute.name,
            "has a control character in it.",
            "Write / in place of \\, or put the path in single quotes.",
        )


_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET: Final = re.compile(r"[0-9A-Fa-f]{32,}")


def _variable(_: object, attribute: Attribute[Any], value: str | None) -> None:
    # Whatever stands here by mistake may be a key: it is never repeated.
    if is_text(value, attribute) and (not _VARIABLE.fullmatch(value) or _SECRET.fullmatch(value)):
        raise SettingsError(
            attribute.name,
            "is not the name of an environment variable.",
            "Write a name, of letters, digits and underscores; the key itself belongs in the environment.",
        )


def _https(_: object, attribute: Attribute[Any], value: str | None) -> None:
    if is_text(value, attribute) and not re.fullmatch(r"https://[^\s/]+/\S+", value):
        raise SettingsError(
            attribute.name,
            "is not an address on the web.",
            "Write https://, the e-shop's or the partner's domain, /action/ApiOAuthServer/getAccessToken.",
        )


def _phone(_: object, attribute: Attribute[Any], value: str | None) -> None:
    if is_text(value, attribute) and not re.fullmatch(r"\+[0-9][0-9 ]{4,30}", value):
        raise SettingsError(
            attribute.name,
            "is not a telephone number in international form.",
            'Write "+420601000111", with at most 32 characters.',
        )


def _email(_: object, attribute: Attribute[Any], value: str | None) -> None:
    if is_text(value, attribute) and (len(value) > 100 or not re.fullmatch(r"[^@\s]+@[^@\s]+", value)):
        raise SettingsError(
            attribute.name,
            "is not an e-mail address.",
            "Write one of the shop's own, at most 100 characters.",
        )


_exchange_rate: Final = exact(
    lambda value: 0 < value < 1_000_000 and value == round(value, 8),
    "is not an exchange rate.",
    "Write a positive number with at most 8 places, in the form in which the shop shows it.",
)


def _one_of(*words: str) -> Any:
    def check(_: object, attribute: Attribute[Any], value: str) -> None:
        if value not in words:
            raise SettingsError(attribute.name, f"{value!r} is unknown.", f"Write one of {', '.join(words)}.")

    return check


def _no_pickup(_: object, attribute: Attribute[Any], value: MethodRules | None) -> None:
    if value is None:
        return
    demand(attribute.name, value, MethodRules, "MethodRules(…)")
    if value.by_pickup:
        raise SettingsError(
            f"{attribute.name}.by_pickup",
            "the payment method does not depend on the pickup point.",
            "Remove it; by_country may stay.",
        )


def _no_storefront(key: str, code: str) -> SettingsError | None:
    if code in STOREFRONTS:
        return None
    meant = f"Is {code.lower()} meant? " if code.lower() in STOREFRONTS else ""
    return SettingsError(
        key, "is not a storefront of Kaufland.", f"{meant}There are {', '.join(STOREFRONTS)}."
    )


def _are_storefronts(_: object, __: object, value: Mapping[str, object]) -> None:
    if wrong := [found for code in value if (found := _no_storefront(f"storefront.{code}", code))]:
        raise SettingsError.gathered(wrong)


@frozen(kw_only=True)
class ShopSettings:
    """``[shop]``: what the shop is called."""

    name: str = field(converter=stripped, validator=_length(1, 200))
    """For plans and reports, and what the shop's entries in the ledger are found by. Never change it once there
    is a ledger: under another name nothing counts as done, and a refund could be paid twice."""


@frozen(kw_only=True)
class KauflandSettings:
    """``[kaufland]``: where the keys of the seller account are."""

    client_key_env: str = field(default="KAUFLAND_CLIENT_KEY", validator=_variable)
    """Name of the environment variable that holds the client key."""
    secret_key_env: str = field(default="KAUFLAND_SECRET_KEY", validator=_variable)
    """Name of the environment variable that holds the secret key."""
    partner_client_key_env: str | None = field(default=None, validator=_variable)
    """The same for a technology partner's own client key, if there is one."""
    partner_secret_key_env: str | None = field(default=None, validator=_variable)
    """The same for a technology partner's own secret key."""
    playground: bool = field(default=False, validator=switch)
    """Use Kaufland's test system."""

    def __attrs_post_init__(self) -> None:
        _both_or_none(self, "partner_client_key_env", "partner_secret_key_env")

    def credentials(self, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
        """The keys, as arguments for a client: ``Kaufland(**settings.kaufland.credentials())``.

        Only the variables named here are looked at, so that one shop never gets another's keys.

        Raises:
            MissingCredentials: One of the variables is not set; the message names it.

        >>> sorted(KauflandSettings().credentials({"KAUFLAND_CLIENT_KEY": "c", "KAUFLAND_SECRET_KEY": "s"}))
        ['client_key', 'secret_key']
        """
        variables = {
            "client_key": self.client_key_env,
            "secret_key": self.secret_key_env,
            "partner_client_key": self.partner_client_key_env,
            "partner_secret_key": self.partner_secret_key_env,
        }
        remedy = (
            "Set it to the key from the Seller Portal, Shop Settings, API; use the pair that exists, other "
            "tools may depend on it."
        )
        return _credentials(variables, environ, remedy)


@frozen(kw_only=True)
class ShoptetSettings:
    """``[shoptet]``: where the token of the e-shop is."""

    private_token_env: str = field(default="SHOPTET_PRIVATE_TOKEN", validator=_variable)
    """Name of the environment variable that holds a Premium e-shop's private token."""
    oauth_token_env: str | None = field(default=None, validator=_variable)
    """Name of the environment variable that holds an add-on's OAuth token; it takes the private token's place."""
    token_url: str | None = field(default=None, validator=_https)
    """Where the add-on's API tokens are minted."""

    def __attrs_post_init__(self) -> None:
        _both_or_none(self, "oauth_token_env", "token_url")

    def credentials(self, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
        """The token, as arguments for a client: ``Shoptet(**settings.shoptet.credentials())``.

        Raises:
            MissingCredentials: The variable is not set; the message names it.

        >>> sorted(ShoptetSettings().credentials({"SHOPTET_PRIVATE_TOKEN": "t"}))
        ['private_token']
        """
        if self.token_url is not None:
            remedy = "Set it to the OAuth access token that the installation of the add-on gave."
            token = _credentials({"oauth_token": self.oauth_token_env}, environ, remedy)
            return {**token, "token_url": self.token_url}
        remedy = (
            "Set it to the token that a Premium e-shop makes in its administration under Connections, "
            "Private API."
        )
        return _credentials({"private_token": self.private_token_env}, environ, remedy)


def _credentials(
    variables: Mapping[str, str | None], environ: Mapping[str, str], remedy: str
) -> dict[str, Any]:
    found = {
        name: environ.get(variable, "").strip()
        for name, variable in variables.items()
        if variable is not None
    }
    for name, value in found.items():
        if not value:
            raise MissingCredentials(
                str(variables[name]), "this environment variable is not set, or empty.", remedy
            )
    return found


def _both_or_none(settings: object, one: str, other: str) -> None:
    for there, missing in ((one, other), (other, one)):
        if getattr(settings, there) is not None and getattr(settings, missing) is None:
            raise SettingsError(missing, "is missing.", f"Write it, or remove {there}: they go together.")


@frozen(kw_only=True)
class LedgerSettings:
    """``[ledger]``: where it is kept what has been done."""

    path: str = field(validator=_path)
    """An SQLite file; a relative path begins at the folder of the settings file. One shop, one file."""


@frozen(kw_only=True)
class OrdersSettings:
    """``[orders]``: how new and changed orders are looked for."""

    overlap_minutes: int = field(default=30, validator=between(0, 1440))
    """How far each search reaches back before the end of the last one."""
    look_back_days: int = field(default=30, validator=between(1, 365))
    """How far the very first search reaches back."""


def _currency(_: object, attribute: Attribute[Any], value: str | None) -> None:
    if is_text(value, attribute) and not re.fullmatch(r"[A-Z]{3}", value):
        raise SettingsError(
            attribute.name, f"{value!r} is not a currency.", 'Write the three letters of ISO 4217: "CZK".'
        )


_part: Final = exact(
    lambda value: 0 < value <= 1, "is not a part of the price.", 'Write "0.9" for 90 % of it.'
)


@frozen(kw_only=True)
class PriceSettings(PriceTerms):
    """``[storefront.cz.prices]``: how the shop's prices become prices of the storefront.

    Raises:
        SettingsError: A value cannot be.
    """

    pricelist: int | None = field(default=None, validator=optional(between(1, 2**31)))
    """Number of the shop's price list; by default the shop's default one."""
    source_currency: str | None = field(default=None, validator=_currency)
    """The currency of that list, ISO 4217; by default the shop's default one."""
    max_change: Decimal = field(default=PriceGuard().max_change, validator=is_share)
    """How far each price may move in one run, as a part of the old one."""
    max_run_change: Decimal = field(default=PriceGuard().max_run_change, validator=is_share)
    """How far all prices together may."""
    smart_pricing_floor: Decimal | None = field(default=None, validator=optional(_part))
    """Lowest price for Smart Pricing as a part of the price. Sending one lets Kaufland change prices by
    itself, and no way back is documented; by default none is ever sent."""

    def rule(self, source: str, target: str) -> PriceRule:
        """The rule from the shop's currency to the storefront's."""
        terms = {name: getattr(self, name) for name in fields_dict(PriceTerms)}
        return PriceRule(source=source, target=target, **terms)

    @property
    def guard(self) -> PriceGuard:
        """How far prices may move at once."""
        return PriceGuard(max_change=self.max_change, max_run_change=self.max_run_change)


@frozen(kw_only=True)
class StockSettings(StockRule):
    """``[storefront.cz.stock]``: how many of the shop's pieces are offered.

    Raises:
        SettingsError: A value cannot be.
    """

    stock_id: int | None = field(default=None, validator=optional(between(1, 2**31)))
    """Number of the shop's stock; by default the shop's default one."""
    available: tuple[int, ...] = field(default=(), converter=listed, validator=each(int, "a whole number"))
    """Ids of the availabilities with which a variant without a count gets ``null_stock``; none: all do."""
    reserve: bool = field(default=True, validator=switch)
    """Hold back the pieces of orders that Kaufland has and the shop does not have yet."""


@frozen(kw_only=True)
class OfferSettings:
    """``[storefront.cz.offers]``: which offers there are, and what is the same about all of them.

    Raises:
        SettingsError: A value cannot be.
    """

    create: bool = field(default=False, validator=switch)
    """Offer variants that are not offered yet; otherwise only the offers that exist are looked after."""
    create_limit: int = field(default=200, validator=between(1, 10_000))
    """Most new offers in one run."""
    orphans: Literal["report", "pause"] = field(default="report", validator=_one_of("report", "pause"))
    """What happens to offers whose variant the shop does not have."""
    handling_time: int | None = field(default=None, validator=optional(between(0, 100)))
    """Business days from order to dispatch, of all offers; by default those of existing ones stay."""
    condition: str = field(default="NEW", validator=_one_of(*CONDITIONS))
    """Condition of the goods of new offers."""
    shipping_group: int | None = field(default=None, validator=optional(between(1, 2**31)))
    """Id of the shipping group of new offers; groups belong to one storefront."""
    warehouse: int | None = field(default=None, validator=optional(between(1, 2**31)))
    """Id of the warehouse of new offers; by default the account's default one."""


def _callback(longest: int, *ports: int) -> Any:
    def check(_: object, attribute: Attribute[Any], value: str | None) -> None:
        if not is_text(value, attribute):
            return
        found = re.fullmatch(r"https://[^\s/?#@:]+(?::([0-9]+))?/[^\s#]*", value)
        if not found or len(value) > longest or (found[1] and ports and int(found[1]) not in ports):
            allowed = f", with port {' or '.join(map(str, ports))} if with any" if ports else ""
            raise SettingsError(
                attribute.name,
                "is not an address that can be called.",
                f"Write https://, a domain and a path, at most {longest} characters{allowed}.",
            )

    return check


@frozen(kw_only=True)
class NotificationSettings:
    """``[notifications]``: where both sides report what happens, so that less has to be asked for.

    Notifications only bring runs forward. What is true is what the runs read; without any the same is done,
    later.
    """

    kaufland_url: str | None = field(default=None, repr=False, validator=_callback(255))
    """The address that Kaufland calls, one of its own for each shop: messages do not tell the seller."""
    shoptet_url: str | None = field(default=None, repr=False, validator=_callback(2000, 80, 8080, 443, 8443))
    """The address that Shoptet calls."""
    fallback_email: str | None = field(default=None, repr=False, validator=_email)
    """Whom Kaufland writes to when its calls have failed for hours."""

    def __attrs_post_init__(self) -> None:
        _both_or_none(self, "kaufland_url", "fallback_email")


@frozen(kw_only=True)
class ProductSettings(ProductRules):
    """``[storefront.cz.products]``: which products are published on the storefront, and how.

    Raises:
        SettingsError: A value cannot be.
    """

    feed: str | None = field(default=None, validator=optional(_path))
    """A file with the shop's feed, which is read instead of the catalogue by API; a relative path begins at
    the folder of the settings file. Something else fetches it."""
    locale: str | None = field(default=None, validator=optional(_one_of(*LOCALES)))
    """Language and country of the texts; by default the storefront's."""
    method: Literal["put", "patch"] = field(default="put", validator=_one_of("put", "patch"))
    """``put`` replaces what was sent for a product before, ``patch`` leaves what is not sent now."""
    existing: Literal["publish", "skip"] = field(default="publish", validator=_one_of("publish", "skip"))
    """What happens with products that Kaufland has a page of already."""
    pricelist: int | None = field(default=None, validator=optional(between(1, 2**31)))
    """Publish only variants with a price in this price list of the shop, by its number; by default price lists
    do not matter."""
    limit: int = field(default=1000, validator=between(1, 100_000))
    """Most products in one run; the rest follows with the next."""


@frozen(kw_only=True)
class StorefrontSettings:
    """``[storefront.cz]``: how one storefront and the shop work together.

    Raises:
        SettingsError: A value cannot be, or orders are imported and no method is named for them.
    """

    import_orders: bool = field(default=False, validator=switch)
    """Turn Kaufland's orders into orders of the shop."""
    import_open: bool = field(default=False, validator=switch)
    """Import orders in their first 15 minutes too, as a reservation: Kaufland gives no address yet. A later run
    completes them."""
    shipping: MethodRules | None = field(default=None, validator=optional(a(MethodRules)))
    """The shipping method of imported orders."""
    payment: MethodRules | None = field(default=None, validator=_no_pickup)
    """The payment method of imported orders. The buyer has always paid already."""
    shipping_name: str = field(default="Kaufland - shipping", validator=_length(1, 250))
    """Name of the order's line for shipping."""
    payment_name: str = field(default="Kaufland - paid", validator=_length(1, 250))
    """Name of the order's line for payment."""
    kaufland_titles: bool = field(default=False, validator=switch)
    """Name product lines by Kaufland's titles; otherwise the shop's own names are used."""
    discounts: Literal["deduct", "ignore"] = field(default="deduct", validator=_one_of("deduct", "ignore"))
    """Whether vouchers lower the order's total; Kaufland does not document who bears them."""
    external_code_prefix: str = field(default="", validator=_length(0, 200))
    """Put before Kaufland's order number in the order's external code. Not to be changed later."""
    phone_fallback: str | None = field(default=None, validator=_phone)
    """For shops that demand a telephone number, which Kaufland gives for some countries only."""
    email_fallback: str | None = field(default=None, validator=_email)
    """For orders without a buyer's address, such as reservations; Shoptet demands one."""
    exchange_rate: Decimal | None = field(default=None, validator=optional(_exchange_rate))
    """The order's exchange rate as the shop's administration writes it; by default the shop's current one."""
    send_emails: bool = field(default=False, validator=switch)
    """Let the shop write to the buyer and the merchant about imported orders."""
    create_documents: bool = field(default=False, validator=switch)
    """Let the shop issue the documents that belong to the order's status."""
    move_stock: bool = field(default=True, validator=switch)
    """Take the pieces from the shop's stock."""
    check_products: bool = field(default=True, validator=switch)
    """Refuse orders with products that the shop does not have."""
    match_eans: bool = field(default=False, validator=switch)
    """Look for the variant by EAN where a piece names no offer code, or one that the shop does not have.
    Each article of a new order is asked for; the EANs come from ``products.feed``, or else once a day from the
    whole catalogue."""
    unmatched: Literal["text", "refuse"] = field(default="text", validator=_one_of("text", "refuse"))
    """What becomes of a piece that no variant is known for: ``text``, a line that is tied to no product and takes
    nothing from the stock; or ``refuse``, its order is not imported, and the plan says why."""
    statuses: StatusMap = field(factory=StatusMap, validator=a(StatusMap))
    """Which status of the shop stands for which label, both ways."""
    pull_statuses: bool = field(default=False, validator=switch)
    """Let orders of the shop follow the statuses that Kaufland gives them."""
    push_statuses: bool = field(default=False, validator=switch)
    """Let Kaufland's units follow the statuses that orders get in the shop: sent, cancelled."""
    dispatch: DispatchRules = field(factory=DispatchRules, validator=a(DispatchRules))
    """How units are sent, cancelled and taken into fulfilment."""
    remark_returns: bool = field(default=False, validator=switch)
    """Tell in the order's history what its buyer sends back and what becomes of it."""
    credit_returns: bool = field(default=False, validator=switch)
    """Let the shop issue a credit note for each piece that came back and was accepted."""
    upload_invoices: bool = field(default=False, validator=switch)
    """Give the shop's invoices to Kaufland for the buyers."""
    vat: VatRules = field(factory=VatRules, validator=a(VatRules))
    """How VAT is treated."""
    sync_offers: bool = field(default=False, validator=switch)
    """Keep the stock of the storefront's offers as it is in the shop."""
    sync_prices: bool = field(default=False, validator=switch)
    """Keep the prices of the storefront's offers as they are in the shop, converted."""
    prices: PriceSettings = field(factory=PriceSettings, validator=a(PriceSettings))
    """How prices are converted."""
    stock: StockSettings = field(factory=StockSettings, validator=a(StockSettings))
    """How many pieces are offered."""
    offers: OfferSettings = field(factory=OfferSettings, validator=a(OfferSettings))
    """Which offers there are."""
    sync_products: bool = field(default=False, validator=switch)
    """Give Kaufland the product data of what the shop sells."""
    products: ProductSettings = field(factory=ProductSettings, validator=a(ProductSettings))
    """Which products are published, and how."""

    def _lacks_for_offers(self) -> list[SettingsError]:
        """What new offers need and is not there."""
        if not self.offers.create:
            return []
        needed = {
            "sync_offers": self.sync_offers or None,
            "sync_prices": self.sync_prices or None,
            "offers.shipping_group": self.offers.shipping_group,
            "offers.handling_time": self.offers.handling_time,
        }
        return [
            SettingsError(key, "is missing.", "New offers need it: set it, or offers.create = false.")
            for key, value in needed.items()
            if value is None
        ]

    def __attrs_post_init__(self) -> None:
        if lacks := self._lacks_for_offers():
            raise SettingsError.gathered(lacks)
        if not self.import_orders:
            return
        missing = [
            SettingsError(
                key,
                "is missing.",
                f"Orders are imported: write the GUID of the {key} method, or import_orders = false.",
            )
            for key, rules in (("shipping", self.shipping), ("payment", self.payment))
            if rules is None
        ]
        if missing:
            raise SettingsError.gathered(missing)


def _sections(value: Mapping[str, StorefrontSettings]) -> dict[str, StorefrontSettings]:
    demand("storefront", value, Mapping, "a table of StorefrontSettings(…) by code")
    for code, front in value.items():
        demand(f"storefront.{code}", front, StorefrontSettings, "StorefrontSettings(…)")
    return dict(value)


def _cross_currencies(_: object, __: object, value: Mapping[str, StorefrontSettings]) -> None:
    """Prices never go from one currency to another without a coefficient."""
    missing = [
        SettingsError(
            f"storefront.{code}.prices.coefficient",
            f"is missing: the prices are in {front.prices.source_currency}, the storefront's in "
            f"{STOREFRONTS[code].currency}.",
            f'Write what 1 {front.prices.source_currency} is in {STOREFRONTS[code].currency}: "0.0398".',
        )
        for code, front in value.items()
        if front.sync_prices
        and front.prices.coefficient is None
        and front.prices.source_currency not in {None, STOREFRONTS[code].currency}
    ]
    if missing:
        raise SettingsError.gathered(missing)


@frozen(kw_only=True)
class Settings:
    """All settings of one shop.

    Raises:
        SettingsError: A value cannot be.

    >>> settings = Settings.loads('''
    ... [shop]
    ... name = "Bicycles"
    ... [ledger]
    ... path = "bicycles.sqlite"
    ... [storefront.cz]
    ... import_orders = true
    ... shipping = "1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed"
    ... payment = "3f8c2b1e-0d41-11ec-a8b5-0cc47a6b4bcc"
    ... statuses = { not_dispatched = -2, dispatched = [-3, 26], cancelled = -4 }
    ... ''')
    >>> settings.storefront("cz").import_orders, settings.orders.look_back_days
    (True, 30)
    """

    shop: ShopSettings = field(validator=a(ShopSettings))
    kaufland: KauflandSettings = field(factory=KauflandSettings, validator=a(KauflandSettings))
    shoptet: ShoptetSettings = field(factory=ShoptetSettings, validator=a(ShoptetSettings))
    ledger: LedgerSettings = field(validator=a(LedgerSettings))
    orders: OrdersSettings = field(factory=OrdersSettings, validator=a(OrdersSettings))
    notifications: NotificationSettings = field(
        factory=NotificationSettings, validator=a(NotificationSettings)
    )
    storefronts: Mapping[str, StorefrontSettings] = field(
        converter=_sections,
        factory=dict[str, StorefrontSettings],
        validator=[_are_storefronts, _cross_currencies],
    )
    """``[storefront.…]``: the settings of each storefront by its code."""
    folder: Path | None = field(default=None, eq=False, repr=False)
    """Where the settings were loaded from; relative paths begin there."""

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Settings:
        """Read the settings from a file.

        Args:
            path: A TOML file in UTF-8.

        Raises:
            SettingsError: The file cannot be read, or something in it cannot be; all that is wrong is in
                the error's ``others``.
        """
        file = Path(path)
        try:
            settings = cls.loads(file.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise SettingsError(
                str(file),
                f"cannot be read: {error.strerror}.",
                "Settings.example() is a text to begin such a file with.",
            ) from None
        except UnicodeDecodeError:
            raise SettingsError(str(file), "is not in UTF-8.", "Save it in that encoding.") from None
        except SettingsError as problem:
            problem.add_note(f"In {file}.")
            raise
        return evolve(settings, folder=file.absolute().parent)

    @classmethod
    def loads(cls, text: str) -> Settings:
        """Read the settings from a TOML text.

        Raises:
            SettingsError: Something in it cannot be; all that is wrong is in the error's ``others``.

        >>> Settings.loads("shop = { nam = 'Bicycles' }")
        Traceback (most recent call last):
        ...
        kaufland_shoptet.errors.SettingsError: shop.nam: is not a setting. Is name meant? (2 more to mend:
        shop.name, ledger.path)
        """
        return _SETTINGS.read(parse(text), "")

    def dumps(self) -> str:
        """The settings as a TOML text; :meth:`loads` turns it back into the same settings."""
        return dumps(_SETTINGS.write(self))

    def describe(self) -> Description:
        """The finished setup as a whole: what is on, and every setting. Print it, or let a notebook show it.

        >>> print(Settings(shop=ShopSettings(name="Bicycles"), ledger=LedgerSettings(path="b.sqlite")).describe())
        Setup of Bicycles: no storefront is set up, nothing will be done
        ...
        """
        from .description import describe

        return describe(self, _SETTINGS.write(self), _STOREFRONT.write(StorefrontSettings()))

    def _repr_html_(self) -> str:
        return self.describe()._repr_html_()

    def diff(self, new: Settings) -> tuple[Difference, ...]:
        """What differs in *new*: each key with the old and the new value."""
        from .description import differences

        default = _STOREFRONT.write(StorefrontSettings())
        return differences(_SETTINGS.write(self), _SETTINGS.write(new), default)

    def validate(self, live: Live | None = None) -> Findings:
        """What is odd about these settings; with *live*, also what the shop and the account say otherwise.

        What cannot be is refused when settings are read already. ``bridge.doctor.examine()`` asks both sides
        and validates in one go.

        Args:
            live: What both sides say.
        """
        from .flows.checkup import validate

        return validate(self, live)

    @staticmethod
    def example() -> str:
        """A settings file with everything explained, to be filled in where it says ``<…>``."""
        return _EXAMPLE

    @property
    def ledger_path(self) -> Path:
        """The ledger's file, from the folder of the settings file if its path is relative."""
        return (self.folder or Path()) / self.ledger.path

    def storefront(self, code: str) -> StorefrontSettings:
        """The settings of one storefront.

        Args:
            code: Storefront code; case does not count.

        Raises:
            SettingsError: There is no section for it.
        """
        code = code.lower()
        if code in self.storefronts:
            return self.storefronts[code]
        key = f"storefront.{code}"
        there = ", ".join(self.storefronts) or "none"
        raise _no_storefront(key, code) or SettingsError(
            key, "has no section.", f"Add [{key}] to the settings; there are sections for: {there}."
        )


# How it stands in TOML.


def _read_ids(raw: Any, key: str) -> tuple[int, ...]:
    listed = cast(Sequence[object], raw) if isinstance(raw, list) else [raw]
    ids = tuple(status for status in listed if is_whole(status))
    wrong = [shown(status) for status in listed if not is_whole(status)]
    if wrong or not ids:
        raise SettingsError(
            key,
            f"is {wrong[0] if wrong else 'an empty list'}.",
            "Write a status id of the shop, such as -3, or a list of them, the one to set first: [-3, 26].",
        )
    return ids


def _write_ids(ids: tuple[int, ...]) -> Any:
    return ids[0] if len(ids) == 1 else ids


@frozen(kw_only=True)
class _StatusTable:
    """The table of statuses as it is written."""

    pending: tuple[int, ...] | None = None
    not_dispatched: tuple[int, ...] | None = None
    dispatched: tuple[int, ...] | None = None
    delivered: tuple[int, ...] | None = None
    returned: tuple[int, ...] | None = None
    cancelled: tuple[int, ...] | None = None
    autopaid: Literal["dispatched", "delivered"] = "dispatched"


_IDS: Final = Kind("a status id of the shop", _read_ids, _write_ids)
_STATUS_TABLE: Final = section(
    _StatusTable,
    {
        **{label.key: _IDS for label in Label},
        "autopaid": choice(Label.DISPATCHED.key, Label.DELIVERED.key),
    },
)


def _read_statuses(raw: Any, key: str) -> StatusMap:
    written = _STATUS_TABLE.read(raw, key)
    table = {label: cast(tuple[int, ...], getattr(written, label.key) or ()) for label in Label}
    try:
        return StatusMap.of(table, autopaid=Label[written.autopaid.upper()])
    except SettingsError as problem:
        raise problem.within(key) from None


def _write_statuses(value: StatusMap) -> Any:
    table: dict[str, Any] = {label.key: ids for label, ids in value.table.items()}
    return _STATUS_TABLE.write(_StatusTable(**table, autopaid=cast(Any, value.autopaid.key)))


_GUID: Final = text("the GUID of the method in quotes")
_METHOD_TABLE: Final = section(
    MethodRules, {"default": _GUID, "by_country": table_of(_GUID), "by_pickup": table_of(_GUID)}
)


def _read_methods(raw: Any, key: str) -> MethodRules:
    table = cast(dict[str, Any], raw) if isinstance(raw, dict) else {"default": raw}
    return _METHOD_TABLE.read(table, key)


def _write_methods(value: MethodRules) -> Any:
    return _METHOD_TABLE.write(value) if value.by_country or value.by_pickup else value.default


_METHODS: Final = Kind("the GUID of the method in quotes", _read_methods, _write_methods)
_TEXT: Final = text()
_NAME: Final = text("the name of an environment variable in quotes")
_CONTACT: Final = evolve(
    section(SafetyContact, {"name": _TEXT, "address": _TEXT, "email": _TEXT, "phone": _TEXT, "url": _TEXT}),
    empty=None,
)
_STOREFRONT: Final = section(
    StorefrontSettings,
    {
        "import_orders": SWITCH,
        "import_open": SWITCH,
        "shipping": _METHODS,
        "payment": _METHODS,
        "shipping_name": _TEXT,
        "payment_name": _TEXT,
        "kaufland_titles": SWITCH,
        "discounts": choice("deduct", "ignore"),
        "external_code_prefix": _TEXT,
        "phone_fallback": _TEXT,
        "email_fallback": _TEXT,
        "exchange_rate": EXACT,
        "send_emails": SWITCH,
        "create_documents": SWITCH,
        "move_stock": SWITCH,
        "check_products": SWITCH,
        "match_eans": SWITCH,
        "unmatched": choice("text", "refuse"),
        "pull_statuses": SWITCH,
        "push_statuses": SWITCH,
        "remark_returns": SWITCH,
        "credit_returns": SWITCH,
        "upload_invoices": SWITCH,
        "statuses": Kind("a table", _read_statuses, _write_statuses),
        "dispatch": section(
            DispatchRules,
            {
                "without_tracking": choice("wait", "other"),
                "wait_hours": WHOLE,
                "fulfil": SWITCH,
                "cancel": SWITCH,
                "cancel_reason": choice(*CANCEL_REASONS),
                "carriers": table_of(text("the name of a carrier of Kaufland in quotes")),
            },
        ),
        "vat": section(VatRules, {"mode": choice(*MODES), "payer": SWITCH, "fallback": table_of(EXACT)}),
        "sync_offers": SWITCH,
        "sync_prices": SWITCH,
        "prices": section(
            PriceSettings,
            {
                "pricelist": WHOLE,
                "source_currency": _TEXT,
                "coefficient": EXACT,
                "surcharge": EXACT,
                "step": EXACT,
                "endings": list_of(text('the last digits of a price in quotes: ".90"')),
                "mode": choice(*ROUNDING_MODES),
                "minimum": EXACT,
                "maximum": EXACT,
                "max_change": EXACT,
                "max_run_change": EXACT,
                "smart_pricing_floor": EXACT,
            },
        ),
        "stock": section(
            StockSettings,
            {
                "stock_id": WHOLE,
                "buffer": WHOLE,
                "cap": WHOLE,
                "minimum_change": WHOLE,
                "null_stock": WHOLE,
                "available": list_of(WHOLE),
                "reserve": SWITCH,
                "share_to_zero": EXACT,
            },
        ),
        "offers": section(
            OfferSettings,
            {
                "create": SWITCH,
                "create_limit": WHOLE,
                "orphans": choice("report", "pause"),
                "handling_time": WHOLE,
                "condition": choice(*CONDITIONS),
                "shipping_group": WHOLE,
                "warehouse": WHOLE,
            },
        ),
        "sync_products": SWITCH,
        "products": section(
            ProductSettings,
            {
                "feed": _TEXT,
                "locale": choice(*LOCALES),
                "method": choice("put", "patch"),
                "existing": choice("publish", "skip"),
                "pricelist": WHOLE,
                "limit": WHOLE,
                "visibility": list_of(_TEXT),
                "types": list_of(_TEXT),
                "flags": list_of(_TEXT),
                "shop_categories": list_of(_TEXT),
                "decide": SWITCH,
                "manufacturer": _TEXT,
                "required": list_of(_TEXT),
                "title_length": WHOLE,
                "pictures": WHOLE,
                "image_base": _TEXT,
                "categories": table_of(WHOLE),
                "parameters": table_of(text("the name of an attribute of Kaufland in quotes")),
                "fixed": table_of(list_of(_TEXT)),
                "contact": _CONTACT,
                "contacts": table_of(_CONTACT),
            },
        ),
    },
)
_SETTINGS: Final = section(
    Settings,
    {
        "shop": section(ShopSettings, {"name": _TEXT}),
        "kaufland": section(
            KauflandSettings,
            {
                "client_key_env": _NAME,
                "secret_key_env": _NAME,
                "partner_client_key_env": _NAME,
                "partner_secret_key_env": _NAME,
                "playground": SWITCH,
            },
        ),
        "shoptet": section(
            ShoptetSettings, {"private_token_env": _NAME, "oauth_token_env": _NAME, "token_url": _TEXT}
        ),
        "ledger": section(LedgerSettings, {"path": _TEXT}),
        "orders": section(OrdersSettings, {"overlap_minutes": WHOLE, "look_back_days": WHOLE}),
        "notifications": section(
            NotificationSettings, {"kaufland_url": _TEXT, "shoptet_url": _TEXT, "fallback_email": _TEXT}
        ),
        "storefronts": table_of(_STOREFRONT, _no_storefront),
    },
    storefronts="storefront",
)

_EXAMPLE: Final = """\
# One shop: its Shoptet e-shop and its Kaufland account. Fill in what stands in <…>; what begins with # may
# stay as it is. Check the file with `Settings.load("shop.toml")`.

[shop]
name = "My shop"                  # for plans, reports and the ledger: never change it once there is a ledger

# Keys and tokens never stand in this file. They come from environment variables, of which these are the names.
[kaufland]
client_key_env = "KAUFLAND_CLIENT_KEY"     # both keys: Seller Portal, Shop Settings, API
secret_key_env = "KAUFLAND_SECRET_KEY"
# partner_client_key_env = "KAUFLAND_PARTNER_CLIENT_KEY"     # technology partners only
# partner_secret_key_env = "KAUFLAND_PARTNER_SECRET_KEY"
playground = false                # true: Kaufland's test system

[shoptet]
private_token_env = "SHOPTET_PRIVATE_TOKEN"     # Premium e-shops: Connections, Private API
# oauth_token_env = "SHOPTET_OAUTH_TOKEN"       # add-ons, in place of the private token
# token_url = "https://myshop.example/action/ApiOAuthServer/getAccessToken"

# What has been done is kept in this file; a relative path begins at the folder of the settings.
[ledger]
path = "my-shop.sqlite"

[orders]
overlap_minutes = 30              # each search begins this much before the end of the last one
look_back_days = 30               # the very first search begins this long ago

# Where both sides report what happens. It only saves time: the same is done without.
[notifications]
# kaufland_url = "https://myshop.example/kaufland/…"     # hard to guess, another one for each shop
# shoptet_url = "https://myshop.example/shoptet/…"
# fallback_email = "orders@myshop.example"      # told by Kaufland when its calls fail for hours

# One section for each storefront: de, cz, sk, pl, at, fr, it, es, nl.
[storefront.cz]
import_orders = true              # turn Kaufland's orders into orders of the shop
import_open = false               # also in their first 15 minutes, without an address; it comes later
shipping = "<GUID of the shipping method>"
payment = "<GUID of the payment method>"
shipping_name = "Kaufland - shipping"           # names of the lines in the order
payment_name = "Kaufland - paid"
kaufland_titles = false           # true: product lines are named as on Kaufland, not as in the shop
discounts = "deduct"              # vouchers lower the total; "ignore": they do not
external_code_prefix = ""         # put before Kaufland's order number; not to be changed later
# phone_fallback = "+420601000111"              # for a shop that demands a telephone number
# email_fallback = "orders@myshop.example"      # for orders without a buyer's address
# exchange_rate = "25.30"         # as the shop writes it; otherwise the shop's current rate
send_emails = false               # let the shop write to buyers
create_documents = false          # let the shop issue the documents of the order's status
move_stock = true                 # take the pieces from the shop's stock
check_products = true             # refuse products that the shop does not have
match_eans = false                # true: find the variant by EAN where a piece names no code of the shop
unmatched = "text"                # pieces without a variant: a line of text; or "refuse" their order
pull_statuses = false             # true: orders follow the statuses that Kaufland gives them
push_statuses = false             # true: Kaufland's units follow the orders: sent, cancelled
remark_returns = false            # true: what buyers send back is told in the order's history
credit_returns = false            # true: accepted returns get a credit note, where there is an invoice
upload_invoices = false           # true: the shop's invoices are given to Kaufland
sync_offers = false               # true: the stock of offers follows the shop
sync_prices = false               # true: the prices of offers follow the shop
sync_products = false             # true: Kaufland gets the product data of what the shop sells

# Kaufland's label = id of the shop's status. Of several ids the first is set on orders, and each of them
# means the label when an order reaches it in the shop. A label that is left out changes nothing.
[storefront.cz.statuses]
pending = -1
not_dispatched = -2
dispatched = -3                   # several: [-3, 26]
# delivered = 52
# returned = 53
cancelled = -4
autopaid = "dispatched"           # sent and paid out counts as this; or "delivered"

# What is sent to Kaufland when push_statuses is on.
[storefront.cz.dispatch]
without_tracking = "wait"         # for a tracking number; "other": report the carrier Other without one
wait_hours = 24                   # "other" waits this long after the order's last change
fulfil = false                    # true: end Kaufland's first 15 minutes when the shop takes an order up
cancel = false                    # true: cancel on Kaufland what the shop cancels; it may cost a fee
# cancel_reason = "NoInventory"   # needed then; Kaufland lists the others when one is wrong
# carriers = { ppl = "PPL", zasilkovna = "Packeta" }     # shipping company or GUID of the method = carrier

[storefront.cz.vat]
mode = "Normal"                   # or "One Stop Shop", "Reverse charge", "Outside the EU"
payer = true                      # false: the shop pays no VAT
# fallback = { CZ = "21" }        # percent by country, for units without a rate; otherwise Kaufland's rate

# How the shop's prices become the storefront's when sync_prices is on. First the coefficient, then the
# surcharge, then the rounding, then the bounds. A change takes effect with the next run.
[storefront.cz.prices]
# pricelist = 1                   # number of the shop's price list; otherwise the default one
# source_currency = "CZK"         # the currency of that list; otherwise the shop's default one
# coefficient = "0.0398"          # needed between two currencies: here 1 CZK is 0.0398 EUR
surcharge = "0"                   # in the storefront's currency
# step = "0.10"                   # prices are multiples of this; otherwise of the smallest coin
endings = []                      # or end like one of these, in place of a step: [".90", ".99"]
mode = "half_up"                  # or "up", "down"
# minimum = "1.50"                # lower prices are lifted to this
# maximum = "5000"                # higher prices are lowered to this
max_change = "0.5"                # a price that would change by more than 50 % stops the run; "1000": never
max_run_change = "0.25"           # so do all prices together by more than 25 %
# smart_pricing_floor = "0.9"     # lets Kaufland lower prices by itself, down to 90 %; cannot be undone

# How many of the shop's pieces are offered when sync_offers is on.
[storefront.cz.stock]
# stock_id = 1                    # number of the shop's stock; otherwise the default one
buffer = 0                        # pieces that stay with the shop
# cap = 50                        # offer at most so many
minimum_change = 1                # smaller rises are not sent; what falls always is
# null_stock = 10                 # pieces of variants that the shop does not count; otherwise left alone
available = []                    # … only with these availabilities (ids), without them 0; []: all of them
reserve = true                    # hold back what is ordered on Kaufland and not in the shop yet
share_to_zero = "0.5"             # more than half of the offers selling out at once stops the run

[storefront.cz.offers]
create = false                    # true: offer variants that are not offered yet, by their EAN
create_limit = 200                # most new offers in one run
orphans = "report"                # offers without a variant in the shop; or "pause"
# handling_time = 1               # business days until dispatch, of all offers; new ones need it
condition = "NEW"                 # of new offers
# shipping_group = 195841         # of new offers, which need it
# warehouse = 51234               # of new offers; otherwise the default one

# Which products are published when sync_products is on, and how. Their EANs have to be right.
[storefront.cz.products]
# feed = "products.xml"           # the shop's feed in a file, in place of its catalogue by API
# locale = "cs-CZ"                # of the texts; otherwise the storefront's
method = "put"                    # "patch": leave alone what was sent before and is not sent now
existing = "publish"              # "skip": not what Kaufland has a page of already
limit = 1000                      # most products in one run
visibility = ["visible"]          # as the shop shows them; []: any
types = ["product"]               # also "bazar"; []: any
# pricelist = 2                   # only what has a price in this price list of the shop
flags = []                        # codes of flags, of which products need one
shop_categories = []              # paths or GUIDs of the shop's categories, in one of which products are
decide = true                     # false: not without a category of the table below
# manufacturer = "My company"     # of products without a brand
required = ["title", "description", "picture", "manufacturer", "category", "product_safety_contact"]
title_length = 200                # longer titles are cut
pictures = 10                     # most pictures of a product
# image_base = "https://myshop.example/"        # before addresses of pictures that begin with nothing
# categories = { "Home > Lights" = 34401 }      # the shop's category = id of Kaufland's, for all below it too
# parameters = { Barva = "colour" }             # the shop's parameter = attribute of Kaufland
# fixed = { material_composition = "100 % wood" }        # attributes that all products have
# contact = { name = "My company", address = "Street 1, 110 00 Praha, CZ", email = "safety@myshop.example" }
# contacts = { Alva = { name = "Alva GmbH", address = "Weg 2, 10115 Berlin, DE", url = "https://alva.example" } }

# Exceptions by country and, for shipping, by provider of the pickup point:
# [storefront.de.shipping]
# default = "<GUID of the shipping method>"
# by_country = { AT = "<GUID of the shipping method to Austria>" }
# by_pickup = { Packeta = "<GUID of the shipping method to pickup points>" }
"""
