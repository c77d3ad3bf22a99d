"""A whole assortment by chance: products as shops have them, with their gaps, and what of it is on Kaufland.

The same seed gives the same assortment. A hundred thousand products fit into memory because what a product says of
itself is written only when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Final, NamedTuple
from uuid import NAMESPACE_DNS, uuid5

from ..kaufland.market import Market, Offer, Row
from ..kaufland.tables import STOREFRONTS
from ..shoptet.shop import Price, Shop, Variant
from .catalogue import ean13

__all__ = ["RATES", "fill_assortment"]

RATES: Final = {"CZK": Decimal(1), "EUR": Decimal("25.1"), "PLN": Decimal("5.87")}
"""How many CZK one unit of a currency is worth."""


class _Kind(NamedTuple):
    """A kind of product: its category in the shop and on Kaufland, its words, prices in CZK, VAT, what it varies in."""

    category: str
    id_category: int
    nouns: tuple[str, ...]
    low: int
    high: int
    vat: str = "21.00"
    varies: str | None = None


_KINDS: Final = (
    _Kind("Rychlovarné konvice", 20101, ("Rychlovarná konvice", "Skleněná konvice"), 390, 2_490),
    _Kind("Zahradní nábytek", 20201, ("Zahradní křeslo", "Zahradní židle", "Lehátko"), 890, 12_900),
    _Kind("Mikiny", 20301, ("Dětská mikina", "Dámská mikina", "Pánské tričko"), 199, 1_490, varies="Barva"),
    _Kind("Svítidla", 20401, ("Stolní lampa", "Svítidlo závěsné"), 299, 6_900, varies="Barva"),
    _Kind("Ručníky", 20501, ("Ručník froté", "Osuška"), 99, 790, varies="Velikost"),
    _Kind("Nářadí", 20601, ("Sada nářadí", "Kladivo", "Vrtačka"), 129, 8_900),
    _Kind("Med", 20701, ("Med květový", "Med lesní"), 89, 390, vat="12.00"),
    _Kind("Telefony", 34401, ("Telefon", "Obal na telefon"), 149, 29_900, varies="Barva"),
)
_VALUES: Final = {
    "Barva": (
        ("CER", "černá"),
        ("BIL", "bílá"),
        ("ZEL", "zelená"),
        ("ZLU", "žlutá"),
        ("MOD", "modrá"),
        ("CRV", "červená"),
    ),
    "Velikost": (("S", "50 x 100 cm"), ("M", "70 x 140 cm"), ("L", "90 x 180 cm")),
}
_LINES: Final = ("Oslo", "Bergen", "Alva", "Tatra", "Praha", "Vltava", "Lipno", "Sázava", "Morava", "Aroma")
_MAKERS: Final = ("Alva", "Terra", "Lumi", "Včelín", "Apfel", "Norda", "Kvarta", "Silva", "Domov", "Ferro")
_VISIBILITIES: Final[Mapping[str, int]] = {
    "visible": 920,
    "hidden": 40,
    "blocked": 10,
    "detail-only": 15,
    "cash-desk-only": 5,
    "show-registered": 5,
    "block-unregistered": 5,
}
_TYPES: Final[Mapping[str, int]] = {"product": 975, "bazar": 10, "service": 10, "gift-certificate": 5}
_FRONTS: Final[Mapping[tuple[str, ...], int]] = {
    (): 25,
    ("cz",): 25,
    ("cz", "sk"): 25,
    ("cz", "sk", "de"): 15,
    ("cz", "sk", "de", "pl", "at"): 10,
}
"""In which storefronts a variant is offered, by weight."""


def _pick(dice: Random, weights: Mapping[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def fill_assortment(market: Market, shop: Shop, products: int, seed: int = 0) -> None:
    """Put that many products into the shop, and what is sold of them on Kaufland into the account.

    Most have one variant, others up to six. Some EANs are missing or wrong; stock is 0, negative, a fraction or not
    tracked here and there; a few prices are action prices, of which some are over. Brands have contacts for product
    safety, or only parts of them. Three quarters of the variants with a good EAN are offered in one to five
    storefronts, at converted prices; some products have no page on Kaufland, some offers are on hold.
    """
    dice = Random(f"assortment {seed}")  # noqa: S311 - data that can be repeated
    places: dict[str, int] = {}
    brands = [_brand(number) for number in range(min(300, 5 + products // 40))]
    shop.brands += brands
    today = shop.clock.now().date()
    for place in range(1, products + 1):
        kind = dice.choice(_KINDS)
        brand = str(dice.choice(brands)["name"])
        title = f"{dice.choice(kind.nouns)} {dice.choice(_LINES)} {place}"
        product = shop.new_guid()
        places[product] = place
        for variant in _variants(dice, kind, place, product, title, brand):
            shop.add_variant(variant)
            price = _price(dice, kind, today)
            shop.prices.setdefault(1, {})[variant.code] = price
            ean = variant.ean
            if ean is not None and ean == ean13(int(ean[:-1])) and price.price is not None:
                _offer(market, dice, variant, ean, price.price, kind)
    kinds = {str(uuid5(NAMESPACE_DNS, kind.category)): kind.category for kind in _KINDS}
    categories = [{"guid": guid, "name": name, "parentGuid": None} for guid, name in kinds.items()]
    shop.pages.write = lambda guid: (
        _page(shop, guid, f"{seed} {places[guid]}", categories) if guid in places else None
    )


# -- in the shop -----------------------------------------------------------------------------------------


def _variants(
    dice: Random, kind: _Kind, place: int, product: str, title: str, brand: str
) -> Iterator[Variant]:
    values: Sequence[tuple[str, str]] = ()
    if kind.varies is not None:
        known = _VALUES[kind.varies]
        values = known[: dice.randint(1, len(known))]
    if len(values) < 2:
        form = dice.choice(("{:04d}", "DS{:08d}", "SHP-{:04d}"))
        yield _variant(dice, form.format(place), place * 10, product, title, brand, None)
    else:
        for number, (code, value) in enumerate(values):
            name = f"{kind.varies}: {value}"
            yield _variant(dice, f"{place}/{code}", place * 10 + number, product, title, brand, name)


def _variant(
    dice: Random, code: str, number: int, product: str, title: str, brand: str, name: str | None
) -> Variant:
    ean: str | None = ean13(859_400_000_000 + number)
    chance = dice.random()
    if chance < 0.02:
        ean = None
    elif chance < 0.03:
        ean = f"{str(ean)[:-1]}{(int(str(ean)[-1]) + 1) % 10}"
    return Variant(
        code=code,
        product=product,
        name=title,
        variant_name=name,
        brand=brand,
        ean=ean,
        stock=_stock(dice),
        weight=Decimal(dice.randint(50, 9_000)).scaleb(-3),
        negative=dice.random() < 0.01,
    )


def _stock(dice: Random) -> Decimal | None:
    chance = dice.random()
    if chance < 0.03:
        return None
    if chance < 0.04:
        return Decimal(-dice.randint(1, 5))
    if chance < 0.14:
        return Decimal(0)
    pieces = Decimal(dice.choice((1, 2, 3, 5, 8, 13, 40, 100, 250)))
    return pieces + Decimal("0.5") if chance > 0.995 else pieces


def _price(dice: Random, kind: _Kind, today: date) -> Price:
    price = Decimal(dice.randint(kind.low, kind.high))
    action: tuple[Decimal, date | None, date | None] | None = None
    chance = dice.random()
    if chance < 0.08:
        begins = today - timedelta(days=dice.randint(10, 40))
        ends = today + timedelta(days=dice.randint(-9, 20))
        action = ((price * Decimal("0.8")).quantize(Decimal(1)), begins, None if chance < 0.01 else ends)
    ratio = Decimal("0.900") if chance > 0.97 else Decimal("1.000")
    return Price(price=price, vat_rate=Decimal(kind.vat), ratio=ratio, action=action)


def _brand(number: int) -> Row:
    name = _MAKERS[number] if number < len(_MAKERS) else f"{_MAKERS[number % 10]} {number // 10}"
    told, abroad = number % 4 != 3, number % 5 == 4
    host = f"{name.lower().replace(' ', '-')}.example"
    return {
        "guid": str(uuid5(NAMESPACE_DNS, f"{number}.brand.example")),
        "name": name,
        "indexName": name.lower().replace(" ", "-"),
        "description": None,
        "brandWeb": f"https://{host}" if told else None,
        "postalAddress": f"Dlouhá {number + 1}, 110 00 Praha, CZ" if told else None,
        "contactEmail": f"info@{host}" if told and number % 3 else None,
        "europeanResellerPostalAddress": f"Quay {number}, Cork, IE" if abroad else None,
        "europeanResellerContactEmail": f"eu@{host}" if abroad else None,
        "manufacturingCompanyName": f"{name} s.r.o." if told else None,
        "europeanResellerManufacturingCompanyName": f"{name} Ireland Ltd." if abroad else None,
        "showInCategoriesMenu": True,
        "showInBrandList": True,
        "metaTitle": None,
        "metaDescription": None,
    }


def _page(shop: Shop, guid: str, seed: str, categories: Sequence[Row]) -> Row:
    """What a product says of itself; the same whenever it is asked."""
    dice = Random(f"page {seed}")  # noqa: S311 - data that can be repeated
    first = shop.variants.of(guid)[0]
    category = dice.choice(categories)
    names = [
        f"-{number}" if number else "" for number in range(dice.choices((0, 1, 2, 4), (3, 50, 32, 15))[0])
    ]
    place = seed.rpartition(" ")[2]
    text = f"<p>{first.name} od značky <strong>{first.brand}</strong>.</p>"
    return {
        "type": _pick(dice, _TYPES),
        "visibility": _pick(dice, _VISIBILITIES),
        "description": text if dice.random() < 0.97 else None,
        "shortDescription": first.name,
        "defaultCategory": {"guid": category["guid"], "name": category["name"], "visible": True},
        "images": [_image(f"{place}{name}", f"zbozi-{place}", main=not name) for name in names],
        "categories": [category],
        "descriptiveParameters": [],
        "filteringParameters": [],
        "flags": [],
    }


def _image(name: str, words: str, *, main: bool) -> Row:
    return {
        "name": f"{name}.jpg",
        "seoName": f"{name}_{words}.jpg",
        "cdnName": f"{name}.jpg",
        "signedCdnNames": None,
        "priority": None if main else 1,
        "description": None,
        "changeTime": None,
        "isMainImage": main,
        "gallery": "shop",
    }


# -- on Kaufland -----------------------------------------------------------------------------------------


def _offer(market: Market, dice: Random, variant: Variant, ean: str, price: Decimal, kind: _Kind) -> None:
    fronts = dice.choices(list(_FRONTS), list(_FRONTS.values()))[0]
    if not fronts:
        return
    known = dice.random() < 0.97
    number = 362_524_873 + len(market.products)
    market.products[ean] = {
        "id_product": number,
        "storefront": fronts[0],
        "title": variant.name if known else "",
        "eans": [ean],
        "id_category": kind.id_category,
        "main_picture": f"https://media.cdn.kaufland.de/product-images/2048x2048/{number:x}.jpg",
        "manufacturer": variant.brand or "",
        "url": f"https://www.kaufland.{fronts[0]}/product/{number}/",
        "age_rating": 0,
        "is_valid": known,
        "dangerous_goods_li_shipping": None,
        "danger_label_9A": None,
    }
    now = market.clock.now()
    amount = max(0, int(variant.stock)) if variant.stock is not None else 10
    status = "ONHOLD" if dice.random() < 0.03 else "AVAILABLE"
    handling = dice.randint(0, 5)
    for storefront in fronts:
        listed = price / RATES[STOREFRONTS[storefront].currency] * 100
        created = now - timedelta(days=dice.randint(1, 400))
        market.add_offer(
            Offer(
                id=next(market.offer_ids),
                storefront=storefront,
                id_offer=variant.code,
                ean=ean,
                id_product=number,
                condition="NEW",
                status=status if known else "INCOMPLETE",
                amount=amount,
                id_warehouse=market.warehouses[0]["id_warehouse"],
                facts={
                    "note": None,
                    "minimum_price": None,
                    "id_shipping_group": next(
                        row["id_shipping_group"]
                        for row in market.shipping_groups
                        if row["storefront"] == storefront
                    ),
                    "handling_time": handling,
                    "vat_indicator": "standard_rate" if kind.vat == "21.00" else "reduced_rate_1",
                    "manufacturer_guarantee_years": None,
                    "listing_price": int(listed.quantize(Decimal(1), ROUND_HALF_UP)),
                },
                created=created,
                changed=created,
                visible=created,
            )
        )
