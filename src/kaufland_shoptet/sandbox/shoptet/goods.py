"""What the e-shop has and asks for it: stocks with their supplies, price lists with their prices. Reading only."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from ..params import flag, offset_time, text
from ..routes import Asked, Route
from ..wire import Answer
from .envelope import Row, not_found, reply
from .paging import page, paged
from .shop import Price, Shop, Variant

HISTORY = timedelta(days=30)
"""How far back changes of stock are known."""


def places(number: Decimal | None, count: int) -> str | None:
    """A decimal number as Shoptet writes it."""
    return None if number is None else f"{number:.{count}f}"


# -- stocks ----------------------------------------------------------------------------------------------


def _summary(row: Row) -> Row:
    return {key: value for key, value in row.items() if key not in {"type", "parentStockId"}}


def list_stocks(shop: Shop, _: Asked) -> Answer:
    """All stocks, and which one is the default."""
    rows = [_summary(row) for row in shop.stocks]
    return reply(200, {"stocks": rows, "defaultStockId": shop.default_stock})


def find_stock(shop: Shop, asked: Asked) -> Row:
    """The stock that a path names."""
    number = asked.names["stockId"]
    row = next((row for row in shop.stocks if str(row["id"]) == number), None)
    if row is None:
        raise not_found("stock", "Stock", number)
    return row


def get_stock(shop: Shop, asked: Asked) -> Answer:
    """One stock with its type."""
    return reply(200, {"stock": find_stock(shop, asked)})


def _supply(variant: Variant) -> Row:
    return {
        "productGuid": variant.product,
        "code": variant.code,
        "amount": places(variant.stock, 3),
        "claim": places(variant.claim, 3),
        "location": None,
    }


def list_supplies(shop: Shop, asked: Asked) -> Answer:
    """What a stock holds of each variant; all pieces lie in the default stock."""
    query, oldest = asked.query, shop.clock.now() - HISTORY
    since = max(query["changedFrom"], oldest) if "changedFrom" in query else None
    rows = [
        variant
        for variant in shop.variants.values()
        if query.get("code", variant.code) == variant.code
        and query.get("productGuid", variant.product) == variant.product
        and not (query.get("onlyWithClaim") and not variant.claim)
        and (since is None or (variant.changed is not None and variant.changed >= since))
    ]
    here = rows if find_stock(shop, asked)["id"] == shop.default_stock else []
    return page(shop, asked, "supplies", here, _supply, default=1000, maximum=1000)


# -- price lists -----------------------------------------------------------------------------------------


def list_pricelists(shop: Shop, _: Asked) -> Answer:
    """All price lists, without prices."""
    return reply(200, {"pricelists": shop.pricelists})


def action_row(price: Price) -> Row | None:
    """The special price with its days; it stays there when it is over."""
    if price.action is None:
        return None
    special, begins, ends = price.action
    return {
        "price": places(special, 2),
        "fromDate": begins and begins.isoformat(),
        "toDate": ends and ends.isoformat(),
    }


def price_row(code: str, price: Price) -> Row:
    """One price as a price list gives it."""
    return {
        "code": code,
        "currencyCode": price.currency,
        "includingVat": price.including_vat,
        "vatRate": places(price.vat_rate, 2),
        "price": {
            "price": places(price.price, 2),
            "commonPrice": None,
            "buyPrice": None,
            "priceRatio": places(price.ratio, 3),
            "actionPrice": action_row(price),
        },
        "orderableAmount": {"minimumAmount": None, "maximumAmount": None},
        "sales": {
            "minPriceRatio": "0.000",
            "freeShipping": False,
            "freeBilling": False,
            "loyaltyDiscount": True,
            "volumeDiscount": True,
            "quantityDiscount": True,
            "discountCoupon": True,
        },
        "prices": {},
    }


def list_prices(shop: Shop, asked: Asked) -> Answer:
    """The prices in one price list."""
    number, query = asked.names["id"], asked.query
    if all(str(row["id"]) != number for row in shop.pricelists):
        raise not_found("pricelist", "Pricelist", number)
    prices = shop.prices.get(int(number), {})
    codes = [code for code in (query.get("code"),) if code in prices] if "code" in query else list(prices)
    if "guid" in query:
        guids = {code: variant.product for code, variant in shop.variants.items()}
        codes = [code for code in codes if guids.get(code) == query["guid"]]
    return page(
        shop, asked, "pricelist", codes, lambda code: price_row(code, prices[code]), default=100, maximum=100
    )


ROUTES: tuple[Route[Shop], ...] = (
    Route("GET", "/api/stocks", list_stocks),
    Route("GET", "/api/stocks/{stockId}", get_stock),
    Route(
        "GET",
        "/api/stocks/{stockId}/supplies",
        list_supplies,
        query={
            "productGuid": text,
            "code": text,
            "onlyWithClaim": flag,
            "changedFrom": offset_time,
            **paged(),
        },
    ),
    Route("GET", "/api/pricelists", list_pricelists),
    Route("GET", "/api/pricelists/{id}", list_prices, query={"code": text, "guid": text, **paged()}),
)
