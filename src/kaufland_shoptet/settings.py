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
from typing import Any, Final, Literal, cast

from attrs import Attribute, evolve, field, frozen

from ._toml import EXACT, SWITCH, WHOLE, Kind, choice, dumps, parse, section, shown, table_of, text
from .errors import MissingCredentials, SettingsError
from .mapping.shipping import MethodRules
from .mapping.statuses import Label, StatusMap
from .mapping.storefronts import STOREFRONTS
from .mapping.vat import MODES, VatRules

__all__ = [
    "KauflandSettings",
    "LedgerSettings",
    "OrdersSettings",
    "Settings",
    "ShopSettings",
    "ShoptetSettings",
    "StorefrontSettings",
]


def __dir__() -> list[str]:
    return __all__


# What values must meet, wherever they come from.


def _length(least: int, most: int) -> Any:
    def check(_: object, attribute: Attribute[Any], value: str) -> None:
        if not least <= len(value.strip()) <= len(value) <= most:
            size = f"{least} to {most}" if least else f"at most {most}"
            raise SettingsError(
                attribute.name, f"has {len(value)} characters.", f"Write {size}, not only blanks."
            )

    return check


def _between(least: int, most: int) -> Any:
    def check(_: object, attribute: Attribute[Any], value: int) -> None:
        if not least <= value <= most:
            raise SettingsError(attribute.name, f"{value} is out of range.", f"Write {least} to {most}.")

    return check


_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET: Final = re.compile(r"[0-9A-Fa-f]{32,}")


def _variable(_: object, attribute: Attribute[Any], value: str | None) -> None:
    # Whatever stands here by mistake may be a key: it is never repeated.
    if value is not None and (not _VARIABLE.fullmatch(value) or _SECRET.fullmatch(value)):
        raise SettingsError(
            attribute.name,
            "is not the name of an environment variable.",
            "Write a name, of letters, digits and underscores; the key itself belongs in the environment.",
        )


def _https(_: object, attribute: Attribute[Any], value: str | None) -> None:
    if value is not None and not re.fullmatch(r"https://[^\s/]+/\S+", value):
        raise SettingsError(
            attribute.name,
            "is not an address on the web.",
            "Write https://, the e-shop's or the partner's domain, /action/ApiOAuthServer/getAccessToken.",
        )


def _phone(_: object, attribute: Attribute[Any], value: str | None) -> None:
    if value is not None and not re.fullmatch(r"\+[0-9][0-9 ]{4,30}", value):
        raise SettingsError(
            attribute.name,
            "is not a telephone number in international form.",
            'Write "+420601000111", with at most 32 characters.',
        )


def _email(_: object, attribute: Attribute[Any], value: str | None) -> None:
    if value is not None and (len(value) > 100 or not re.fullmatch(r"[^@\s]+@[^@\s]+", value)):
        raise SettingsError(
            attribute.name,
            "is not an e-mail address.",
            "Write one of the shop's own, at most 100 characters.",
        )


def _exchange_rate(_: object, attribute: Attribute[Any], value: Decimal | None) -> None:
    if value is None:
        return
    if not (value.is_finite() and 0 < value < 1_000_000 and value == round(value, 8)):
        raise SettingsError(
            attribute.name,
            f"{value} is not an exchange rate.",
            "Write a positive number with at most 8 places, in the form in which the shop shows it.",
        )


def _one_of(*words: str) -> Any:
    def check(_: object, attribute: Attribute[Any], value: str) -> None:
        if value not in words:
            raise SettingsError(attribute.name, f"{value!r} is unknown.", f"Write one of {', '.join(words)}.")

    return check


def _no_pickup(_: object, attribute: Attribute[Any], value: MethodRules | None) -> None:
    if value is not None and value.by_pickup:
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


# What there is to set.


@frozen(kw_only=True)
class ShopSettings:
    """``[shop]``: what the shop is called."""

    name: str = field(validator=_length(1, 200))
    """For plans and reports."""


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
    playground: bool = False
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

    path: str = field(validator=_length(1, 1000))
    """An SQLite file; a relative path begins at the folder of the settings file. One shop, one file."""


@frozen(kw_only=True)
class OrdersSettings:
    """``[orders]``: how new and changed orders are looked for."""

    overlap_minutes: int = field(default=30, validator=_between(0, 1440))
    """How far each search reaches back before the end of the last one."""
    look_back_days: int = field(default=30, validator=_between(1, 365))
    """How far the very first search reaches back."""


@frozen(kw_only=True)
class StorefrontSettings:
    """``[storefront.cz]``: how one storefront and the shop work together.

    Raises:
        SettingsError: A value cannot be, or orders are imported and no method is named for them.
    """

    import_orders: bool = False
    """Turn Kaufland's orders into orders of the shop."""
    import_open: bool = False
    """Import orders in their first 15 minutes too, as a reservation: Kaufland gives no address yet."""
    shipping: MethodRules | None = None
    """The shipping method of imported orders."""
    payment: MethodRules | None = field(default=None, validator=_no_pickup)
    """The payment method of imported orders. The buyer has always paid already."""
    shipping_name: str = field(default="Kaufland - shipping", validator=_length(1, 250))
    """Name of the order's line for shipping."""
    payment_name: str = field(default="Kaufland - paid", validator=_length(1, 250))
    """Name of the order's line for payment."""
    kaufland_titles: bool = False
    """Name product lines by Kaufland's titles; otherwise the shop's own names are used."""
    discounts: Literal["deduct", "ignore"] = field(default="deduct", validator=_one_of("deduct", "ignore"))
    """Whether vouchers lower the order's total; Kaufland does not document who bears them."""
    external_code_prefix: str = field(default="", validator=_length(0, 200))
    """Put before Kaufland's order number in the order's external code. Not to be changed later."""
    phone_fallback: str | None = field(default=None, validator=_phone)
    """For shops that demand a telephone number, which Kaufland gives for some countries only."""
    email_fallback: str | None = field(default=None, validator=_email)
    """For orders without a buyer's address, such as reservations; Shoptet demands one."""
    exchange_rate: Decimal | None = field(default=None, validator=_exchange_rate)
    """The order's exchange rate as the shop's administration writes it; by default the shop's current one."""
    send_emails: bool = False
    """Let the shop write to the buyer and the merchant about imported orders."""
    create_documents: bool = False
    """Let the shop issue the documents that belong to the order's status."""
    move_stock: bool = True
    """Take the pieces from the shop's stock."""
    check_products: bool = True
    """Refuse orders with products that the shop does not have."""
    statuses: StatusMap = field(factory=StatusMap)
    """Which status of the shop stands for which label, both ways."""
    vat: VatRules = field(factory=VatRules)
    """How VAT is treated."""

    def __attrs_post_init__(self) -> None:
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
    return dict(value)


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

    shop: ShopSettings
    kaufland: KauflandSettings = field(factory=KauflandSettings)
    shoptet: ShoptetSettings = field(factory=ShoptetSettings)
    ledger: LedgerSettings
    orders: OrdersSettings = field(factory=OrdersSettings)
    storefronts: Mapping[str, StorefrontSettings] = field(
        converter=_sections, factory=dict[str, StorefrontSettings], validator=_are_storefronts
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
    ids = tuple(status for status in listed if type(status) is int)
    wrong = [shown(status) for status in listed if type(status) is not int]
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
        "statuses": Kind("a table", _read_statuses, _write_statuses),
        "vat": section(VatRules, {"mode": choice(*MODES), "payer": SWITCH, "fallback": table_of(EXACT)}),
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
        "storefronts": table_of(_STOREFRONT, _no_storefront),
    },
    storefronts="storefront",
)

_EXAMPLE: Final = """\
# One shop: its Shoptet e-shop and its Kaufland account. Fill in what stands in <…>; what begins with # may
# stay as it is. Check the file with `Settings.load("shop.toml")`.

[shop]
name = "My shop"                  # for plans and reports

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

# One section for each storefront: de, cz, sk, pl, at, fr, it, es, nl.
[storefront.cz]
import_orders = true              # turn Kaufland's orders into orders of the shop
import_open = false               # also in their first 15 minutes, without an address, as a reservation
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

[storefront.cz.vat]
mode = "Normal"                   # or "One Stop Shop", "Reverse charge", "Outside the EU"
payer = true                      # false: the shop pays no VAT
# fallback = { CZ = "21" }        # percent by country, for units without a rate; otherwise Kaufland's rate

# Exceptions by country and, for shipping, by provider of the pickup point:
# [storefront.de.shipping]
# default = "<GUID of the shipping method>"
# by_country = { AT = "<GUID of the shipping method to Austria>" }
# by_pickup = { Packeta = "<GUID of the shipping method to pickup points>" }
"""
