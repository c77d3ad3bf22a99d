"""Which products are to be published: the going through of catalogues and feeds for the flow of products."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

from attrs import frozen

from .._core.flows import Failed, Flow, do, settle, together
from ..errors import FeedError, Forbidden, InvalidRequest, NotFound, SettingsError
from ..kaufland.resources.categories import Categories, CategoryDetails, CategoryQuery, CategoryQueryItem
from ..kaufland.resources.common import CatalogLocale, Storefront
from ..kaufland.resources.products import Products as KauflandProducts
from ..ledger import Action
from ..mapping.catalog import contacts_of, items_of
from ..mapping.offers import code_of
from ..mapping.products import Draft, Readiness, SafetyContact, assess, clean_html, draft, selected
from ..mapping.storefronts import STOREFRONTS
from ..settings import StorefrontSettings
from ..shoptet.catalog import BadItem, CatalogItem
from ..shoptet.feeds import read_feed
from ..shoptet.resources.brands import Brand, Brands
from ..shoptet.resources.eshop import Eshop
from ..shoptet.resources.pricelists import Pricelists
from ..shoptet.resources.products import Product, ProductSection, ProductSummary
from ..shoptet.resources.products import Products as ShoptetProducts
from .changes import PublishProduct
from .plans import Mark, Skip, digest, flatten
from .shop import Shop
from .steps import named

FLOW: Final = "products"
KIND: Final = "product"
"""Action of the ledger: product data that were sent. Its key is EAN and locale."""

_CHUNK: Final = 100
"""Items that are looked at together."""
_SECTIONS: Final[tuple[ProductSection, ...]] = (
    "images",
    "variantParameters",
    "allCategories",
    "flags",
    "descriptiveParameters",
    "filteringParameters",
)
_CUTS: Final = ("orig", "big")

Item: TypeAlias = CatalogItem | BadItem | Product


@frozen
class _Case:
    """One item for one storefront."""

    front: str
    locale: str
    item: CatalogItem
    draft: Draft
    fingerprint: str
    reason: str


class Assortment:
    """What is found on one walk, storefront by storefront."""

    def __init__(
        self, shop: Shop, moment: datetime, storefronts: Sequence[str], *, again: bool = False
    ) -> None:
        self.fronts: dict[str, StorefrontSettings] = _fronts(shop, storefronts)
        self.changes: list[PublishProduct] = []
        self.skips: list[Skip] = []
        self.marks: list[Mark] = []
        self._shop = shop
        self._moment = moment
        self._again = again
        self._tally: Counter[tuple[str, str]] = Counter()
        """How many items are left out for which storefront and reason."""
        self._left: Counter[str] = Counter()
        """How many more there would be beyond the limit of a storefront."""
        self._planned: Counter[str] = Counter()
        self._seen: dict[tuple[str, str], tuple[str, str]] = {}
        """Code and storefront by EAN and locale."""
        self._sent: dict[str, Action] = {}
        self._contacts: Mapping[str, SafetyContact] = {}
        self._categories: dict[tuple[str, str, int], CategoryDetails | None] = {}
        self._image_base: str | None = None
        self._language: str | None = None
        self._priced: dict[int, frozenset[str]] = {}
        """What has a price, by the number of the price list."""

    async def prepare(self) -> None:
        """Read what is the same for all items."""
        await do(clean_html, "<p>")  # whether there is what cleans descriptions
        eshop, brands = await together(Eshop.get(include=["imageCuts"]), Flow(_brands, (), {}))
        bases = {cut.name: cut.url_path for cut in eshop.image_cuts or ()}
        self._image_base = next((bases[name] for name in _CUTS if name in bases), None)
        self._language = eshop.settings.eshop_language or None
        if brands is None:
            reason = "the shop's brands may not be read, so nobody is known who answers for their products"
            self.skips.append(Skip(subject="brands", storefront="", reason=reason))
        self._contacts = await do(contacts_of, brands or [])
        for code, front in self.fronts.items():
            number = front.products.pricelist
            if number is not None and number not in self._priced:
                self._priced[number] = await _priced(f"storefront.{code}.products.pricelist", number)
        self._sent = {action.key: action for action in await do(self._shop.ledger.actions, KIND)}

    # Where the items come from.

    async def take(self, items: Iterable[Item], codes: tuple[str, ...], language: str | None) -> None:
        """Go through items, a few at a time."""
        rest = iter(items)
        read = 0
        while not self._full(codes):
            chunk, broken = await do(_some, rest)
            read += len(chunk)
            await self._look(chunk, codes, language)
            if broken is not None and not read:
                raise broken
            if broken is not None:
                self._skip(codes, "the feed", f"it could be read in part only: {broken}")
            if broken is not None or not chunk:
                break

    async def walk(self, *, full: bool) -> None:
        """Go through the feeds that the settings name, and through the catalogue for the rest."""
        feeds: dict[str | None, list[str]] = {}
        for code, front in self.fronts.items():
            feeds.setdefault(front.products.feed, []).append(code)
        for name, codes in feeds.items():
            if name is None:
                await self._catalogue(tuple(codes), full=full)
                continue
            path = (self._shop.settings.folder or Path()) / name
            file, items = await do(opened, f"storefront.{codes[0]}.products.feed", path)
            with file:
                await self.take(items, tuple(codes), None)

    async def _catalogue(self, codes: tuple[str, ...], *, full: bool) -> None:
        """The shop's catalogue by API: all of it, or what changed."""
        names = {code: self._mark(code) for code in codes}
        since = [await do(self._shop.ledger.watermark, name) for name in names.values()]
        known = [each for each in since if each is not None]
        start = None
        if not full and len(known) == len(codes):
            start = min(known) - timedelta(minutes=self._shop.settings.orders.overlap_minutes)
        waiting: list[datetime] = []
        everything = ShoptetProducts.list(change_time_from=start)
        rows = [row async for row in everything if self._worth(row, codes)]
        for place in range(0, len(rows), _CHUNK):
            if self._full(codes):
                self._left.update(dict.fromkeys(codes, len(rows) - place))
                break
            chunk = rows[place : place + _CHUNK]
            answers = await settle([ShoptetProducts.get(row.guid, include=_SECTIONS) for row in chunk])
            found: list[Product] = []
            for row, answer in zip(chunk, answers, strict=True):
                if not isinstance(answer, Failed):
                    found.append(answer.value)
                elif not isinstance(answer.error, NotFound):
                    waiting.append(row.change_time or self._moment)
                    self._skip(codes, row.name, flatten(answer.error), again=True)
            await self._look(found, codes, None)
        again = {skip.storefront for skip in self.skips if skip.again}
        for code, name in names.items():
            if not self._left[code] and code not in again:
                self.marks.append(Mark(name=name, to=self._moment))

    def _mark(self, code: str) -> str:
        """The name of a storefront's watermark: another one once settings, contacts or price list are others."""
        rules = self.fronts[code].products
        priced = sorted(self._priced[rules.pricelist]) if rules.pricelist is not None else []
        parts = (repr(rules), repr(sorted(self._contacts.items())), *priced)
        return f"{FLOW}.{code}.{digest(part.encode() for part in parts)[:8]}"

    def _worth(self, row: ProductSummary, codes: Iterable[str]) -> bool:
        """Whether a product may be meant for a storefront, as far as the list tells."""
        seen = CatalogItem(code=row.guid, type=row.type, visibility=_visibility(row.visibility))
        told = {code: _unfit(seen, self.fronts[code]) for code in codes}
        if not all(told.values()):
            return True
        self._tally.update((code, reason) for code, reason in told.items() if reason)
        return False

    # What becomes of them.

    def _full(self, codes: Iterable[str]) -> bool:
        return all(self._left[code] for code in codes)

    async def _look(self, chunk: Sequence[Item], codes: tuple[str, ...], language: str | None) -> None:
        cases = await do(self._cases, chunk, codes, language)
        wanted = await settle([Flow(self._decided, (case,), {}) for case in cases])
        categories: set[tuple[str, str, int]] = set()
        decided: list[tuple[_Case, int | None]] = []
        for case, answer in zip(cases, wanted, strict=True):
            if isinstance(answer, Failed):
                self._skip((case.front,), case.item.code, flatten(answer.error), again=True)
            elif isinstance(answer.value, str):
                self._tally[case.front, answer.value] += 1
            else:
                decided.append((case, answer.value))
                if answer.value is not None:
                    categories.add((case.front, case.locale, answer.value))
        failed = await self._read_categories(categories - self._categories.keys())
        for case, number in decided:
            key = (case.front, case.locale, number or 0)
            if key in failed:
                self._skip((case.front,), case.item.code, failed[key], again=True)
            else:
                self._settle(case, number, self._categories.get(key))

    def _cases(self, chunk: Sequence[Item], codes: tuple[str, ...], language: str | None) -> list[_Case]:
        """What of a chunk is to be looked at closely; no request is made for the rest."""
        cases: list[_Case] = []
        for each in chunk:
            if isinstance(each, BadItem):
                self._skip(codes, each.subject or f"line {each.line}", str(each))
                continue
            items: tuple[CatalogItem, ...] = (each,) if isinstance(each, CatalogItem) else self._items(each)
            told = language if isinstance(each, CatalogItem) else language or self._language
            for item in items:
                for code in codes:
                    case = self._case(item, code, item.language or told)
                    if case is not None:
                        cases.append(case)
        return cases

    def _items(self, product: Product) -> tuple[CatalogItem, ...]:
        return items_of(product, image_base=self._image_base)

    def _case(self, item: CatalogItem, code: str, language: str | None) -> _Case | None:
        front = self.fronts[code]
        rules = front.products
        locale = _locale(code, front)
        reason = selected(item, rules)
        number = rules.pricelist
        if reason is None and number is not None and code_of(item.code) not in self._priced[number]:
            reason = f"it has no price in price list {number}"
        if reason is None and language is not None and language.lower() != locale[:2]:
            reason = f"its texts are in {language}, the storefront's product data are in {locale}"
        if reason is not None:
            self._tally[code, reason] += 1
            return None
        made = draft(item, rules, self._contacts)
        assessed = assess(
            made, rules, storefront=code, locale=locale, undecided=made.category is not None or rules.decide
        )
        if not assessed.ready:
            self._skip((code,), item.code, f"not ready: {'; '.join(assessed.missing)}")
            return None
        if self._doubled(made, code, locale):
            return None
        fingerprint = _fingerprint(made, locale, front)
        known = self._sent.get(f"{made.ean} {locale}")
        because = self._because(item.code, code, known, fingerprint)
        if because is None:
            return None
        return _Case(code, locale, item, made, fingerprint, because)

    def _doubled(self, made: Draft, code: str, locale: str) -> bool:
        """Whether there is something for this EAN and language already: the first one counts."""
        seen = self._seen.get((made.ean, locale))
        if seen is None:
            self._seen[made.ean, locale] = (made.code, code)
            return False
        other, where = seen
        if other != made.code:
            self._skip((code,), made.code, f"its EAN {made.ean} is the one of {other}, too")
        elif where != code:
            self._tally[code, f"the same data are for {where}"] += 1
        else:
            self._skip((code,), made.code, "it comes several times: the first one counts")
        return True

    def _because(self, item: str, code: str, known: Action | None, fingerprint: str) -> str | None:
        """Why a product is sent; ``None`` if it is not."""
        if known is None:
            return "it was not sent yet"
        detail: dict[str, Any] = json.loads(known.detail)
        same = detail["digest"] == fingerprint
        if same and not self._again and known.state == "done":
            self._tally[code, "they were sent like that before"] += 1
            return None
        if same and not self._again and known.state == "refused":
            told = f"Kaufland refused exactly this before: {detail.get('problem', '')}"
            self._skip((code,), item, f"{told}; change the product, or plan with again=True")
            return None
        if known.state == "intended":
            return "an earlier attempt did not end"
        if same:
            return "asked for again"
        before = "" if detail["code"] == item else f" for {detail['code']}"
        return f"it changed since it was {'sent' if known.state == 'done' else 'refused'}{before}"

    async def _decided(self, case: _Case) -> int | str | None:
        """The number of Kaufland's category, or why the product is not published after all."""
        front = self.fronts[case.front]
        storefront = Storefront(case.front)
        if front.products.existing == "skip":
            try:
                product = await KauflandProducts.by_ean(case.draft.ean, storefront=storefront)
            except NotFound:
                pass
            else:
                if product.is_valid:
                    return "Kaufland has a page of them already"
        if case.draft.category is not None or not front.products.decide:
            return case.draft.category
        query = CategoryQuery(
            item=CategoryQueryItem(
                title=case.draft.title,
                description=case.draft.text,
                manufacturer=" ".join(case.draft.attributes.get("manufacturer", ())),
            ),
            price=_hint(case.item, front, STOREFRONTS[case.front].currency),
        )
        ranking = await Categories.decide(query, storefront=storefront, locale=CatalogLocale(case.locale))
        return ranking[0].id_category if ranking else None

    async def _read_categories(self, keys: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str, int], str]:
        """Read what categories ask for; what of them could not be read, and why."""
        wanted = sorted(keys)
        answers = await settle(
            [
                Categories.get(
                    number,
                    storefront=Storefront(front),
                    embedded=["required_attributes"],
                    locale=CatalogLocale(locale),
                )
                for front, locale, number in wanted
            ]
        )
        failed: dict[tuple[str, str, int], str] = {}
        for key, answer in zip(wanted, answers, strict=True):
            if not isinstance(answer, Failed):
                self._categories[key] = answer.value
            elif isinstance(answer.error, NotFound | InvalidRequest):
                self._categories[key] = None
            else:
                failed[key] = flatten(answer.error)
        return failed

    def _settle(self, case: _Case, number: int | None, category: CategoryDetails | None) -> None:
        front = self.fronts[case.front]
        found: Readiness = assess(
            case.draft, front.products, storefront=case.front, locale=case.locale, category=category
        )
        if found.sheet is None:
            unknown = f"; Kaufland has no category {number}" if number and category is None else ""
            self._skip((case.front,), case.item.code, f"not ready: {'; '.join(found.missing)}{unknown}")
        elif self._planned[case.front] >= front.products.limit:
            self._left[case.front] += 1
        else:
            self._planned[case.front] += 1
            self.changes.append(
                PublishProduct(
                    subject=case.item.code,
                    storefront=case.front,
                    reason=case.reason,
                    notes=found.warnings,
                    ean=found.sheet.ean,
                    locale=case.locale,
                    attributes=found.sheet.attributes,
                    contact=found.sheet.contact,
                    replace=front.products.method == "put",
                    again=self._again,
                    fingerprint=case.fingerprint,
                )
            )

    # What is told.

    def _skip(self, codes: Iterable[str], subject: str, reason: str, *, again: bool = False) -> None:
        for code in codes:
            self.skips.append(Skip(subject=subject, storefront=code, reason=reason, again=again))

    def told(self) -> Iterator[Skip]:
        """What is not published, and why; what there is a lot of in one line."""
        yield from self.skips
        for (code, reason), number in sorted(self._tally.items()):
            yield Skip(subject=_products(number), storefront=code, reason=reason)
        for code, number in sorted(self._left.items()):
            reason = (
                f"the limit of {self.fronts[code].products.limit} is reached: run again once they are sent"
            )
            yield Skip(subject=f"{number} products or more", storefront=code, reason=reason, again=True)


def _products(number: int) -> str:
    return "1 product" if number == 1 else f"{number} products"


def _fronts(shop: Shop, storefronts: Sequence[str]) -> dict[str, StorefrontSettings]:
    wanted = [code.lower() for code in named(storefronts)] or [
        code for code, front in shop.settings.storefronts.items() if front.sync_products
    ]
    fronts = {code: shop.settings.storefront(code) for code in wanted}
    for code, front in fronts.items():
        if not front.sync_products:
            raise SettingsError(
                f"storefront.{code}.sync_products", "is off.", "Switch it on to publish products there."
            )
    return fronts


def _locale(code: str, front: StorefrontSettings) -> str:
    return front.products.locale or STOREFRONTS[code].locale


def _visibility(word: str) -> str:
    return "visible" if word == "normal" else word


def _unfit(item: CatalogItem, front: StorefrontSettings) -> str | None:
    """Why a product is not meant for a storefront, by its kind and visibility alone."""
    rules = front.products
    if rules.types and item.type not in rules.types:
        return f"it is of the kind {item.type}"
    if rules.visibility and item.visibility not in {_visibility(word) for word in rules.visibility}:
        return f"it is {item.visibility} in the shop"
    return None


def _some(rest: Iterator[Item]) -> tuple[list[Item], FeedError | None]:
    """The next few items; and what broke the feed off."""
    chunk: list[Item] = []
    try:
        for item in rest:
            chunk.append(item)
            if len(chunk) == _CHUNK:
                break
    except FeedError as error:
        return chunk, error
    return chunk, None


def opened(key: str, path: Path) -> tuple[BinaryIO, Iterator[CatalogItem | BadItem]]:
    """A feed in a file, and what is in it; *key* names it in the settings."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise SettingsError(
            key, f"{path} cannot be read: {error.strerror}.", "Let something fetch the feed before the run."
        ) from None
    return file, read_feed(file)


async def _brands() -> list[Brand] | None:
    """The shop's brands; ``None`` where they may not be read."""
    try:
        return [brand async for brand in Brands.list()]
    except Forbidden:
        return None


async def _priced(key: str, number: int) -> frozenset[str]:
    """The codes that have a price in a price list."""
    try:
        rows = [row async for row in Pricelists.prices(number)]
    except NotFound:
        there = ", ".join(f"{each.id} {each.name}" for each in await Pricelists.list())
        raise SettingsError(key, f"the shop has no price list {number}.", f"There are: {there}.") from None
    return frozenset(code_of(row.code) for row in rows if row.price.price is not None)


def _fingerprint(made: Draft, locale: str, front: StorefrontSettings) -> str:
    """Digest of what the shop has to say, without what Kaufland decides."""
    contact = made.contact
    parts = (
        made.ean,
        locale,
        front.products.method,
        json.dumps(dict(made.attributes), sort_keys=True),
        repr(contact and (contact.name, contact.address, contact.email, contact.phone, contact.url)),
        str(made.category),
    )
    return digest(part.encode() for part in parts)


def _hint(item: CatalogItem, front: StorefrontSettings, currency: str) -> int:
    """A price for the guess of a category, in minor units; it need not be exact."""
    price = item.price
    if price is None or price <= 0:
        return 1
    if item.currency != currency:
        if front.prices.coefficient is None:
            return 1
        price *= front.prices.coefficient
    return max(1, int(price * 100))
