"""Articles, and what they are in both APIs: variants in the shop, products and offers on Kaufland."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from attrs import frozen

from ..kaufland.market import Market, Row
from ..kaufland.offers import offer
from ..kaufland.tables import STOREFRONTS
from ..shoptet.shop import Price, Shop, Variant


@frozen(kw_only=True)
class Article:
    """Something that is sold: one variant in the shop, one product on Kaufland. `price` is in haler."""

    code: str
    ean: str
    title: str
    brand: str
    price: int
    vat: str = "21.00"
    variant: str | None = None


def ean13(number: int) -> str:
    """The EAN with these first twelve digits."""
    digits = f"{number:012d}"
    odd, even = (sum(map(int, digits[start::2])) for start in (0, 1))
    return digits + str(-(odd + 3 * even) % 10)


ARTICLES: Final = (
    Article(
        code="SHP-0042", ean="4010355051486", title="Rychlovarná konvice 1,7 l", brand="Alva", price=49_900
    ),
    Article(
        code="SHP-1001", ean=ean13(859000000101), title="Zahradní křeslo Oslo", brand="Terra", price=569_000
    ),
    Article(
        code="32/ZEL",
        ean=ean13(859000000102),
        title="Dětská mikina",
        brand="Lumi",
        price=69_900,
        variant="Barva: zelená",
    ),
    Article(
        code="15/ZLU",
        ean=ean13(859000000103),
        title="Stolní lampa",
        brand="Lumi",
        price=129_000,
        variant="Barva: žlutá",
    ),
    Article(
        code="43/BIL",
        ean=ean13(859000000104),
        title="Ručník froté",
        brand="Alva",
        price=24_900,
        variant="Barva: bílá",
    ),
    Article(
        code="DS53437473", ean=ean13(859000000105), title="Sada nářadí 82 dílů", brand="Terra", price=219_000
    ),
    Article(
        code="0035",
        ean=ean13(859000000106),
        title="Med květový 900 g",
        brand="Včelín",
        price=18_900,
        vat="12.00",
    ),
    Article(code="PHONE-12", ean="0194252013212", title="Telefon mini 64 GB", brand="Apfel", price=1_299_000),
)
"""The catalogue of the demonstration. The code of a variant is the `id_offer` on Kaufland."""


def articles(number: int) -> tuple[Article, ...]:
    """That many articles more, the same in every run."""
    return tuple(
        Article(
            code=f"GEN-{place:05d}",
            ean=ean13(859100000000 + place),
            title=f"Zboží {place}",
            brand="Alva",
            price=9_900 + 1_000 * (place % 90),
        )
        for place in range(1, number + 1)
    )


def _product(article: Article, storefront: str, number: int) -> Row:
    return {
        "id_product": 362_524_873 + number,
        "storefront": storefront,
        "title": article.title,
        "eans": [article.ean, article.ean.lstrip("0")] if article.ean.startswith("0") else [article.ean],
        "id_category": 34401,
        "main_picture": "https://media.cdn.kaufland.de/product-images/2048x2048/7ddfbf37e8c5.jpg",
        "manufacturer": article.brand,
        "url": f"https://www.kaufland.{storefront}/product/{362_524_873 + number}/",
        "age_rating": 0,
        "is_valid": True,
        "dangerous_goods_li_shipping": None,
        "danger_label_9A": None,
    }


def fill_catalogue(
    market: Market, shop: Shop, goods: Iterable[Article], storefronts: Sequence[str] = ("cz", "sk", "de")
) -> None:
    """Articles as variants with a price and 100 pieces in stock, as products, and as offers in some storefronts."""
    rate = {"CZK": Decimal(1), "EUR": Decimal("25.1"), "PLN": Decimal("5.87")}
    for article in goods:
        shop.add_variant(
            Variant(
                code=article.code,
                product=shop.new_guid(),
                name=article.title,
                variant_name=article.variant,
                brand=article.brand,
                ean=article.ean,
                stock=Decimal(100),
            )
        )
        listed = Price(price=Decimal(article.price) / 100, vat_rate=Decimal(article.vat))
        shop.prices.setdefault(1, {})[article.code] = listed
        market.products[article.ean] = _product(article, storefronts[0], len(market.products))
        for storefront in storefronts:
            group = next(row for row in market.shipping_groups if row["storefront"] == storefront)
            price = Decimal(article.price) / rate[STOREFRONTS[storefront].currency]
            market.add_offer(
                offer(
                    market,
                    storefront,
                    id_offer=article.code,
                    ean=article.ean,
                    listing_price=int(price.quantize(Decimal(1), ROUND_HALF_UP)),
                    amount=100,
                    id_shipping_group=group["id_shipping_group"],
                    id_warehouse=51234,
                )
            )
