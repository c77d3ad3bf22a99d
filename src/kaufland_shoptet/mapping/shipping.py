"""Shipping and payment methods of imported orders, and pickup points.

A buyer chooses no carrier on Kaufland and has always paid already. Which of the shop's methods an order
gets is therefore the merchant's choice: one per storefront, with exceptions by country and, for shipping,
by the provider of the pickup point. Methods are named by their GUID, which every shop has its own of.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, Final, Protocol

from attrs import Attribute, field, frozen

from ..errors import MappingError, SettingsError
from .findings import Finding

__all__ = ["MethodRules", "PickupLocation", "PickupPoint", "check", "choose", "pickup_point"]


def __dir__() -> list[str]:
    return __all__


# Shoptet's GUIDs are of several UUID versions and not all of a standard variant: only the shape is checked.
_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_WHERE: Final = (
    "`shoptet.shipping_methods.list()` and `shoptet.payment_methods.list()` tell the shop's GUIDs."
)


def _guid(text: str) -> str:
    return text.strip().lower()


def _folded(provider: str) -> str:
    return provider.strip().casefold()


def _upper(table: Mapping[str, str]) -> dict[str, str]:
    return {country.upper(): _guid(guid) for country, guid in table.items()}


def _as_written(table: Mapping[str, str]) -> dict[str, str]:
    return {provider: _guid(guid) for provider, guid in table.items()}


def _guid_problem(key: str, guid: str) -> SettingsError | None:
    if _GUID.fullmatch(guid):
        return None
    if guid.startswith("<"):
        return SettingsError(
            key, "still holds the placeholder of the example.", f"Put a GUID there. {_WHERE}"
        )
    return SettingsError(key, "is not a GUID: 8-4-4-4-12 hexadecimal digits.", f"Copy it whole. {_WHERE}")


def _is_guid(_: object, attribute: Attribute[Any], guid: str) -> None:
    if problem := _guid_problem(attribute.name, guid):
        raise problem


def _are_guids(_: object, attribute: Attribute[Any], table: Mapping[str, str]) -> None:
    problems = [_guid_problem(f"{attribute.name}.{name}", guid) for name, guid in table.items()]
    if found := [problem for problem in problems if problem]:
        raise SettingsError.gathered(found)


def _by_country(_: object, attribute: Attribute[Any], table: Mapping[str, str]) -> None:
    wrong = [
        SettingsError(
            f"{attribute.name}.{country}",
            "is not a country code.",
            "Write the two letters of ISO 3166, such as AT.",
        )
        for country in table
        if not _COUNTRY.fullmatch(country)
    ]
    if wrong:
        raise SettingsError.gathered(wrong)


def _by_pickup(_: object, attribute: Attribute[Any], table: Mapping[str, str]) -> None:
    first: dict[str, str] = {}
    for provider in table:
        other = first.setdefault(_folded(provider), provider)
        if other != provider:
            raise SettingsError(
                f"{attribute.name}.{provider}",
                f"is the same provider as {other}: case does not count.",
                "Remove one of the two.",
            )


@frozen(kw_only=True)
class MethodRules:
    """Which of the shop's shipping (or payment) methods an order gets.

    Raises:
        SettingsError: A value is not a GUID, or a country not a country code.

    >>> rules = MethodRules(default="1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed",
    ...                     by_pickup={"Packeta": "3f8c2b1e-0d41-11ec-a8b5-0cc47a6b4bcc"})
    >>> choose(rules, country="CZ", pickup_provider="PACKETA")
    '3f8c2b1e-0d41-11ec-a8b5-0cc47a6b4bcc'
    """

    default: str = field(converter=_guid, validator=_is_guid)
    """GUID of the method of all other orders."""
    by_country: Mapping[str, str] = field(
        converter=_upper, factory=dict[str, str], validator=[_by_country, _are_guids]
    )
    """GUID by the country of delivery, ISO 3166 alpha-2."""
    by_pickup: Mapping[str, str] = field(
        converter=_as_written, factory=dict[str, str], validator=[_by_pickup, _are_guids]
    )
    """GUID by the provider of the pickup point as Kaufland names it; case does not count."""


def choose(rules: MethodRules, *, country: str | None, pickup_provider: str | None = None) -> str:
    """The GUID of the method of one order: by pickup point, else by country, else the default.

    Args:
        rules: The merchant's rules.
        country: ISO 3166 alpha-2 of the delivery address, if there is one yet.
        pickup_provider: Who runs the pickup point; ``None`` for home delivery.

    >>> choose(MethodRules(default="1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed"), country="AT")
    '1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed'
    """
    by_pickup = {_folded(provider): guid for provider, guid in rules.by_pickup.items()}
    if pickup_provider is not None and (guid := by_pickup.get(_folded(pickup_provider))):
        return guid
    if country is not None and (guid := rules.by_country.get(country.strip().upper())):
        return guid
    return rules.default


def check(rules: MethodRules, live: Mapping[str, str], *, key: str) -> tuple[Finding, ...]:
    """Compare the rules with the methods that the shop has now.

    Args:
        rules: The merchant's rules.
        live: Name of each method of the shop by its GUID.
        key: The rules' place in the settings, such as ``storefront.cz.payment``.

    Returns:
        An error for each GUID that the shop does not have.

    >>> rules = MethodRules(default="1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed")
    >>> print(*check(rules, {"3f8c2b1e-0d41-11ec-a8b5-0cc47a6b4bcc": "Packeta"}, key="shipping"))
    error: shipping.default: the shop has no method 1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed. Choose one of:
    3f8c2b1e-0d41-11ec-a8b5-0cc47a6b4bcc Packeta.
    """
    names = {guid.lower(): name for guid, name in live.items()}
    known = ", ".join(f"{guid} {name}" for guid, name in names.items()) or "none"
    placed = {
        "default": rules.default,
        **{f"by_country.{country}": guid for country, guid in rules.by_country.items()},
        **{f"by_pickup.{provider}": guid for provider, guid in rules.by_pickup.items()},
    }
    found: list[Finding] = []
    for place, guid in placed.items():
        if guid in names:
            continue
        close = difflib.get_close_matches(guid, names, n=1, cutoff=0.9)
        remedy = f"Is {close[0]} {names[close[0]]} meant?" if close else f"Choose one of: {known}."
        found.append(
            Finding(
                severity="error",
                key=f"{key}.{place}",
                problem=f"the shop has no method {guid}.",
                remedy=remedy,
            )
        )
    return tuple(found)


class PickupLocation(Protocol):
    """What Kaufland tells of a pickup point, with ``embedded=["delivery"]`` only."""

    @property
    def pickup_location_id(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def carrier(self) -> str: ...
    @property
    def services(self) -> str: ...
    @property
    def dhl_post_number(self) -> str | None: ...


@frozen(kw_only=True)
class PickupPoint:
    """A pickup point as Shoptet's ``shippingDetails`` take it, and in words for the order's remark."""

    provider: str
    """Who runs it, as Kaufland names it: the key of :attr:`MethodRules.by_pickup`."""
    branch_id: str
    branch_name: str | None
    """Kaufland tells no name: provider and number, and the buyer's DHL post number, without which the
    parcel cannot be delivered. ``None`` when there is no provider."""
    carrier_id: int | None
    """Packeta's number of the carrier, where Kaufland gives a number; else ``None``."""
    remark: str
    """One line with all that Kaufland tells of the point."""


def pickup_point(location: PickupLocation) -> PickupPoint:
    """Turn Kaufland's pickup location into what a Shoptet order keeps. Nothing told is lost.

    Args:
        location: ``delivery.pickup_location`` of an order.

    Raises:
        MappingError: It has no number, so that the parcel could not be sent there.

    >>> from types import SimpleNamespace
    >>> point = pickup_point(SimpleNamespace(pickup_location_id="260", provider="DHL", carrier="DHL",
    ...                                      services="", dhl_post_number="999999999999"))
    >>> point.branch_name
    'DHL 260, post number 999999999999'
    >>> point.remark
    'Pickup point 260; provider DHL; carrier DHL; DHL post number 999999999999'
    """
    branch, provider, carrier, services, post_number = (
        (text or "").strip()
        for text in (
            location.pickup_location_id,
            location.provider,
            location.carrier,
            location.services,
            location.dhl_post_number,
        )
    )
    if not branch:
        raise MappingError(
            "delivery.pickup_location.pickup_location_id",
            "the order goes to a pickup point, and Kaufland does not tell which.",
            "Look the order up in the Seller Portal and import it by hand.",
        )
    name = ", post number ".join(filter(None, (f"{provider} {branch}" if provider else "", post_number)))
    told = {"provider": provider, "carrier": carrier, "services": services, "DHL post number": post_number}
    return PickupPoint(
        provider=provider,
        branch_id=branch,
        branch_name=name or None,
        carrier_id=int(carrier) if _folded(provider) == "packeta" and carrier.isdecimal() else None,
        remark="; ".join(
            [f"Pickup point {branch}", *(f"{what} {text}" for what, text in told.items() if text)]
        ),
    )
