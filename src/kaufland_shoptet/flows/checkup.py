"""The settings held against themselves and against what both sides say: pure checks, one for each matter.

Every finding names the setting and the way out. What could not be read is not judged.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import ClassVar, Final, Literal, TypeAlias, cast

from attrs import asdict, field, frozen

from .._tables import html_table, plain
from ..kaufland.resources.carriers import Carrier
from ..kaufland.resources.info import StorefrontVatRates
from ..kaufland.resources.shipping_groups import ShippingGroup
from ..kaufland.resources.warehouses import Warehouse
from ..mapping import dispatch, shipping, statuses
from ..mapping.findings import Finding
from ..mapping.storefronts import STOREFRONTS
from ..settings import Settings, StorefrontSettings
from ..shoptet.resources.common import Pricelist
from ..shoptet.resources.endpoints import EndpointAccess
from ..shoptet.resources.eshop import CustomerFields, EshopInfo
from ..shoptet.resources.orders import OrderStatuses
from ..shoptet.resources.payment_methods import PaymentMethodList
from ..shoptet.resources.shipping_methods import ShippingMethodList
from ..shoptet.resources.stocks import StockList
from ..shoptet.resources.webhooks import Webhook
from .notifications import IN_PLACE
from .plans import Plan
from .table import FLOWS

__all__ = ["Findings", "Live", "validate"]


def __dir__() -> list[str]:
    return __all__


_Gravity: TypeAlias = Literal["error", "warning", "note"]
_GRAVITY: Final[tuple[_Gravity, ...]] = ("error", "warning", "note")
_FRONT: Final = re.compile(r"storefront\.([a-z]+)(.*)")


@frozen(kw_only=True)
class Findings:
    """What a look at the settings found, the gravest first: print it, or let a notebook show it.

    Attributes:
        shop: The shop.
        findings: What is the matter, each with what to do about it.
        made: When it was looked, if both sides were asked.
    """

    shop: str
    findings: tuple[Finding, ...]
    live: bool = False
    """Whether both sides were asked."""
    made: datetime | None = None

    _columns: ClassVar = ("", "setting", "what is the matter", "what to do")

    @property
    def good(self) -> bool:
        """Whether nothing would fail on the first order; warnings may be left."""
        return all(finding.severity != "error" for finding in self.findings)

    @property
    def title(self) -> str:
        """One line that sums it up."""
        counted = {gravity: sum(each.severity == gravity for each in self.findings) for gravity in _GRAVITY}
        told = ", ".join(f"{n} {word}{'s' * (n > 1)}" for word, n in counted.items() if n)
        asked = "both sides" if self.live else "the settings alone"
        moment = f" of {self.made:%Y-%m-%d %H:%M}" if self.made else ""
        return f"Check{moment} for {self.shop}, {asked}: {told or 'nothing is wrong'}"

    @property
    def _merged(self) -> list[Finding]:
        """The same thing found for several storefronts stands there once."""
        merged: dict[tuple[str, ...], list[str]] = {}
        for each in self.findings:
            matched = _FRONT.fullmatch(each.key)
            place, rest = (matched[1], matched[2]) if matched else ("", each.key)
            merged.setdefault((each.severity, rest, each.problem, each.remedy), []).append(place)
        return [
            _finding(
                cast("_Gravity", gravity),
                f"storefront.{','.join(places)}{rest}" if places[0] else rest,
                *told,
            )
            for (gravity, rest, *told), places in merged.items()
        ]

    def __str__(self) -> str:
        lines = [plain(self.title)]
        for each in self._merged:
            lines += ["", f"{each.severity}: {plain(each.key)}"]
            for text in (each.problem, each.remedy):
                lines += textwrap.wrap(plain(text), 100, initial_indent="  ", subsequent_indent="  ")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [(each.severity, each.key, each.problem, each.remedy) for each in self._merged]
        return html_table(self.title, self._columns, rows)

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(
            {
                "shop": self.shop,
                "made": self.made.isoformat() if self.made else None,
                "live": self.live,
                "good": self.good,
                "findings": [asdict(each) for each in self.findings],
            },
            indent=2,
            ensure_ascii=False,
        )


@frozen(kw_only=True)
class Live:
    """What both sides say at the moment; ``None`` is what could not be read, or was not asked for.

    Attributes:
        names: What the shop called its statuses when it was looked at before.
        strangers: The shops that the ledger has entries of, if it has none of this one.
        groups: Shipping groups by storefront.
        subscriptions: What the flow of notifications would do.
        feeds: Whether the feed of each storefront that has one is there.
        cleaner: Whether the package is there that cleans descriptions.
    """

    storefronts: tuple[str, ...] | None = None
    vat: tuple[StorefrontVatRates, ...] | None = None
    carriers: tuple[Carrier, ...] | None = None
    warehouses: list[Warehouse] | None = None
    groups: Mapping[str, list[ShippingGroup]] = field(factory=dict[str, list[ShippingGroup]])
    eshop: EshopInfo | None = None
    statuses: OrderStatuses | None = None
    names: Mapping[int, str] = field(factory=dict[int, str])
    strangers: tuple[str, ...] = ()
    shipping: ShippingMethodList | None = None
    payment: PaymentMethodList | None = None
    customers: CustomerFields | None = None
    pricelists: tuple[Pricelist, ...] | None = None
    stocks: StockList | None = None
    webhooks: list[Webhook] | None = None
    rights: tuple[EndpointAccess, ...] | None = None
    subscriptions: Plan | None = None
    feeds: Mapping[str, bool] = field(factory=dict[str, bool])
    cleaner: bool = True


def validate(settings: Settings, live: Live | None = None, found: Iterable[Finding] = ()) -> Findings:
    """Hold *settings* against themselves, and against *live* if given; *found* are findings made before."""
    findings = [*found]
    for check in _CHECKS:
        findings += check(settings, live or Live())
    findings.sort(key=lambda finding: _GRAVITY.index(finding.severity))
    return Findings(shop=settings.shop.name, findings=tuple(findings), live=live is not None)


def _finding(severity: Literal["error", "warning", "note"], key: str, problem: str, remedy: str) -> Finding:
    return Finding(severity=severity, key=key, problem=problem, remedy=remedy)


def _fronts(
    settings: Settings, on: Callable[[StorefrontSettings], bool]
) -> Iterator[tuple[str, str, StorefrontSettings]]:
    for code, front in settings.storefronts.items():
        if on(front):
            yield code, f"storefront.{code}", front


def _imports(front: StorefrontSettings) -> bool:
    return front.import_orders


def _offers(front: StorefrontSettings) -> bool:
    return front.sync_offers or front.sync_prices


# By the settings alone.


def _switches(settings: Settings, _: Live) -> Iterator[Finding]:
    if not any(each.storefronts(settings) for each in FLOWS):
        problem = "nothing is switched on." if settings.storefronts else "no storefront is set up."
        remedy = "Switch something on in a section such as [storefront.cz]; Settings.example() explains all."
        yield _finding("warning", "storefront", problem, remedy)


def _reservations(settings: Settings, _: Live) -> Iterator[Finding]:
    for _code, key, front in _fronts(settings, _imports):
        if front.import_open and front.email_fallback is None:
            problem = "orders are imported before Kaufland tells the buyer's e-mail, which Shoptet demands."
            yield _finding("error", f"{key}.email_fallback", problem, "Write an address of the shop.")


def _push(settings: Settings, _: Live) -> Iterator[Finding]:
    for _code, key, front in _fronts(settings, lambda front: front.push_statuses):
        if not front.dispatch.carriers and front.dispatch.without_tracking == "wait":
            problem = "no carrier is named, and without one nothing is reported as sent."
            remedy = 'Write for example carriers = { ppl = "PPL" }, or without_tracking = "other".'
            yield _finding("warning", f"{key}.dispatch.carriers", problem, remedy)
        if not front.import_orders:
            problem = "only orders that were imported are followed, and the import is off."
            yield _finding("note", f"{key}.push_statuses", problem, "Nothing to do if that is only for now.")


def _renamed(_: Settings, live: Live) -> Iterator[Finding]:
    if live.strangers:
        problem = f"the ledger has entries of {', '.join(live.strangers)}, and none of this shop."
        remedy = (
            "If the shop was renamed, give it its old name: under a new one nothing counts as done, and refunds "
            "could be paid twice. A new shop that shares the file is told so until its first entry."
        )
        yield _finding("warning", "shop.name", problem, remedy)


# Kaufland.


def _storefronts(settings: Settings, live: Live) -> Iterator[Finding]:
    if live.storefronts is None:
        return
    there = [code.lower() for code in live.storefronts]
    for code in settings.storefronts:
        if code not in there and any(code in each.storefronts(settings) for each in FLOWS):
            yield _finding(
                "error",
                f"storefront.{code}",
                f"the seller account does not sell there; it does in {', '.join(there) or 'none'}.",
                "Add the storefront in the Seller Portal, or remove the section.",
            )


def _carriers(settings: Settings, live: Live) -> Iterator[Finding]:
    if live.carriers is None:
        return
    known: dict[str, str] | None = None
    if live.shipping is not None:
        methods = live.shipping.shipping_methods
        known = {method.guid: method.name for method in methods}
        known |= {each.shipping_company.code: each.name for each in methods if each.shipping_company}
    names = [carrier.name for carrier in live.carriers]
    for _, key, front in _fronts(settings, lambda front: front.push_statuses):
        yield from dispatch.check(front.dispatch, names, key=f"{key}.dispatch", known=known)


def _new_offers(settings: Settings, live: Live) -> Iterator[Finding]:
    for code, key, front in _fronts(settings, _offers):
        group, warehouse = front.offers.shipping_group, front.offers.warehouse
        groups = {each.id_shipping_group: each.name for each in live.groups.get(code, ())}
        if code in live.groups and group is not None and group not in groups:
            yield _unknown(f"{key}.offers.shipping_group", f"{code} has no shipping group {group}", groups)
        places = {each.id_warehouse: each.name for each in live.warehouses or ()}
        if live.warehouses is not None and warehouse is not None and warehouse not in places:
            yield _unknown(f"{key}.offers.warehouse", f"the account has no warehouse {warehouse}", places)


def _unknown(key: str, problem: str, known: Mapping[int, str]) -> Finding:
    listed = ", ".join(f"{number} {name}" for number, name in known.items()) or "none; make one first"
    return _finding("error", key, f"{problem}.", f"Choose one of: {listed}.")


# Shoptet.


def _methods(settings: Settings, live: Live) -> Iterator[Finding]:
    for _, key, front in _fronts(settings, _imports):
        if live.shipping is not None and front.shipping is not None:
            names = {method.guid: method.name for method in live.shipping.shipping_methods}
            yield from shipping.check(front.shipping, names, key=f"{key}.shipping")
        if live.payment is not None and front.payment is not None:
            names = {method.guid: method.name for method in live.payment.payment_methods}
            yield from shipping.check(front.payment, names, key=f"{key}.payment")


def _statuses(settings: Settings, live: Live) -> Iterator[Finding]:
    if live.statuses is None:
        return
    names = {status.id: status.name for status in live.statuses.statuses}
    uses = _fronts(settings, lambda front: front.import_orders or front.pull_statuses or front.push_statuses)
    for _, key, front in uses:
        for found in statuses.check(front.statuses, names, seen=live.names, key=f"{key}.statuses"):
            if found.severity != "note" or front.push_statuses:
                yield found


def _currencies(settings: Settings, live: Live) -> Iterator[Finding]:
    if live.eshop is None:
        return
    there = [currency.code for currency in live.eshop.currencies]
    for code, key, _ in _fronts(settings, _imports):
        currency = STOREFRONTS[code].currency
        if currency not in there:
            yield _finding(
                "error",
                f"{key}.import_orders",
                f"orders of this storefront are in {currency}, which the shop has not enabled.",
                f"Enable {currency} in Shoptet's administration, Settings, Currencies.",
            )
    default = next((currency.code for currency in live.eshop.currencies if currency.is_default), "")
    for code, key, front in _fronts(settings, lambda front: front.sync_prices):
        source, target = front.prices.source_currency or default, STOREFRONTS[code].currency
        if source != target and front.prices.coefficient is None:
            yield _finding(
                "error",
                f"{key}.prices.coefficient",
                f"is missing: the shop's prices are in {source}, the storefront's in {target}.",
                f'Write what 1 {source or "unit"} is in {target}: "0.0398".',
            )


def _lists(settings: Settings, live: Live) -> Iterator[Finding]:
    for _, key, front in _fronts(settings, lambda _: live.pricelists is not None):
        names = {each.id: each.name for each in live.pricelists or ()}
        wanted = {
            "prices": front.prices.pricelist if front.sync_prices else None,
            "products": front.products.pricelist if front.sync_products else None,
        }
        for section, number in wanted.items():
            if number is not None and number not in names:
                yield _unknown(f"{key}.{section}.pricelist", f"the shop has no price list {number}", names)
    for _, key, front in _fronts(settings, _offers):
        stock = front.stock.stock_id
        if live.stocks is not None and front.sync_offers and stock is not None:
            names = {each.id: each.title for each in live.stocks.stocks}
            if stock not in names:
                yield _unknown(f"{key}.stock.stock_id", f"the shop has no stock {stock}", names)


def _vat(settings: Settings, live: Live) -> Iterator[Finding]:
    rates = {row.storefront.lower(): row.vat_rates for row in live.vat or ()}
    for code, key, front in _fronts(settings, _imports):
        rules = front.vat
        standard = [rate.value for rate in rates.get(code, ()) if rate.vat_indicator == "standard_rate"]
        for country, rate in rules.fallback.items():
            if country.lower() in rates:
                there = {each.value for each in rates[country.lower()]}
                if rate not in there:
                    listed = ", ".join(f"{each:f}" for each in sorted(there, reverse=True))
                    problem = f"{rate} % is no VAT rate of {country}."
                    yield _finding("warning", f"{key}.vat.fallback.{country}", problem, f"It has {listed}.")
        if live.eshop is None:
            continue
        shop = live.eshop.settings
        if rules.payer != shop.vat_payer:
            does = "pays" if shop.vat_payer else "does not pay"
            remedy = f"Write payer = {str(shop.vat_payer).lower()}, or mend it in Shoptet's administration."
            yield _finding("error", f"{key}.vat.payer", f"the shop {does} VAT.", remedy)
        if rules.mode == "One Stop Shop" and not shop.oss:
            remedy = "Switch One Stop Shop on in Shoptet's administration, or choose another mode."
            yield _finding("error", f"{key}.vat.mode", "the shop does not use One Stop Shop.", remedy)
        classes = {each.vat_rate for group in live.eshop.tax_classes for each in group.rates}
        if rules.payer and rules.mode == "Normal" and standard and standard[0] not in classes:
            listed = ", ".join(f"{each:f}" for each in sorted(classes, reverse=True)) or "none"
            yield _finding(
                "warning",
                f"{key}.vat.mode",
                f"goods sold there have {standard[0]:f} % VAT, and the shop has the rates {listed}.",
                'Look whether Shoptet takes such an order; mode = "One Stop Shop" may be what is meant.',
            )


_NEVER: Final = {
    "contact_info.birthday": "no date of birth",
    "billing_info.company_id": "no company number",
    "billing_info.tax_id": "no tax number",
    "billing_address.district": "no district",
    "delivery_address.district": "no district",
    "billing_address.company": "a company only for some buyers",
    "delivery_address.company": "a company only for some buyers",
}
_LATER: Final = ("full_name", "street", "house_number", "city", "zip")


def _customers(settings: Settings, live: Live) -> Iterator[Finding]:
    if live.customers is None:
        return
    required = {
        f"{part}.{name}"
        for part in ("billing_address", "delivery_address", "billing_info", "contact_info")
        for name, rule in asdict(getattr(live.customers, part), recurse=False).items()
        if rule == "required"
    }
    mend = "Make the field optional in Shoptet's administration: orders without it are refused"
    for _, key, front in _fronts(settings, _imports):
        for name, told in _NEVER.items():
            if name in required:
                problem = f"the shop demands {name}, and Kaufland tells {told}."
                yield _finding("error", f"{key}.import_orders", problem, f"{mend}.")
        if "contact_info.phone" in required and front.phone_fallback is None:
            problem = "the shop demands a telephone number, and Kaufland tells one for some countries only."
            remedy = "Write a number of the shop, or make the field optional in Shoptet's administration."
            yield _finding("error", f"{key}.phone_fallback", problem, remedy)
        late = [name for name in _LATER if f"billing_address.{name}" in required]
        if front.import_open and late:
            problem = f"the shop demands {', '.join(late)}, which Kaufland tells after 15 minutes."
            yield _finding("error", f"{key}.import_open", problem, f"{mend}. Or write import_open = false.")


def _publishing(settings: Settings, live: Live) -> Iterator[Finding]:
    for code, key, front in _fronts(settings, lambda front: front.sync_products):
        if live.feeds.get(code) is False:
            problem = f"there is no file {front.products.feed}."
            remedy = "Let something fetch the feed before each run, or leave it out to read the catalogue."
            yield _finding("error", f"{key}.products.feed", problem, remedy)
        if not live.cleaner:
            problem = "descriptions are cleaned by the package nh3, which is not installed."
            yield _finding("error", f"{key}.products", problem, "Install kaufland-shoptet[products].")


def _jobs(settings: Settings, live: Live) -> Iterator[Finding]:
    if live.webhooks is None or any(hook.event == "job:finished" for hook in live.webhooks):
        return
    wanting = [each for each in FLOWS if each.jobs and each.storefronts(settings)]
    for code in {code: None for each in wanting for code in each.storefronts(settings)}:
        yield _finding(
            "error",
            f"storefront.{code}",
            f"{', '.join(each.name for each in wanting)}: Shoptet runs no jobs for who has no webhook for "
            "job:finished.",
            "Set notifications.shoptet_url and apply bridge.notifications.plan(), or register any address "
            "with shoptet.webhooks.register: it has to exist, nobody has to listen.",
        )


def _rights(settings: Settings, live: Live) -> Iterator[Finding]:
    if live.rights is None:
        return
    held: dict[str, set[str]] = {}
    for right in live.rights:
        access = right.access.value
        held.setdefault(_letters(right.endpoint), set()).update(
            ("read", "write") if access == "both" else (access,)
        )
    for each in FLOWS:
        if not each.storefronts(settings):
            continue
        needs = [(group, "read") for group in each.reads] + [(group, "write") for group in each.writes]
        for group, access in needs:
            if access not in held.get(_letters(group), ()):
                yield _finding(
                    "warning",
                    "shoptet",
                    f"{each.name}: the token's list of rights has no {access} of {group}.",
                    "Grant it in Shoptet's administration under Connections, Private API, or have it approved "
                    "for the add-on; if calls are not refused, Shoptet calls it otherwise.",
                )


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _subscriptions(_: Settings, live: Live) -> Iterator[Finding]:
    if live.subscriptions is None:
        return
    told: dict[tuple[str, str, str], list[str]] = {}
    for change in live.subscriptions.changes:
        remedy = "Apply bridge.notifications.plan(), or let a synchronisation do it."
        told.setdefault((change.storefront, change.reason, remedy), []).append(change.subject)
    for skip in live.subscriptions.skips:
        if skip.reason != IN_PLACE:
            remedy = "Runs by the clock do without."
            told.setdefault((skip.storefront, skip.reason, remedy), []).append(skip.subject)
    for (code, reason, remedy), events in told.items():
        side = f"Kaufland, {code}" if code else "Shoptet"
        yield _finding("warning", "notifications", f"{side}: {', '.join(events)}: {reason}.", remedy)


_CHECKS: Final[tuple[Callable[[Settings, Live], Iterator[Finding]], ...]] = (
    _switches,
    _reservations,
    _push,
    _renamed,
    _storefronts,
    _methods,
    _statuses,
    _currencies,
    _vat,
    _customers,
    _carriers,
    _new_offers,
    _lists,
    _publishing,
    _jobs,
    _rights,
    _subscriptions,
)
