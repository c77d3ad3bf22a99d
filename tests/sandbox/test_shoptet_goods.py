"""Stocks with their supplies, price lists with their prices, products with their variants."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from kaufland_shoptet.sandbox import Call
from kaufland_shoptet.sandbox.shoptet.shop import Price, Variant, Variants

# -- stocks ----------------------------------------------------------------------------------------------


def test_all_stocks_are_listed_with_the_default_one(merchant):
    data = merchant.data("/api/stocks")
    assert data["defaultStockId"] == 1
    assert [(row["id"], row["title"]) for row in data["stocks"]] == [(1, "Sklad Praha"), (2, "Dodavatel")]
    assert "type" not in data["stocks"][0]


def test_one_stock_has_a_type(merchant):
    assert merchant.data("/api/stocks/2")["stock"]["type"] == "external"
    answer = merchant.get("/api/stocks/9")
    assert (answer.status, merchant.errors(answer)) == (404, [("stock-not-found", "9")])


def test_supplies_lie_in_the_default_stock(sandbox, merchant):
    rows = merchant.data("/api/stocks/1/supplies")["supplies"]
    assert [row["code"] for row in rows] == list(sandbox.shoptet.variants)
    assert (rows[0]["amount"], rows[0]["claim"]) == ("100.000", "0.000")
    assert merchant.data("/api/stocks/2/supplies")["supplies"] == []
    assert merchant.get("/api/stocks/9/supplies").status == 404


def test_supplies_of_one_variant_or_product(sandbox, merchant):
    variant = sandbox.shoptet.variants["32/ZEL"]
    for query in ({"code": "32/ZEL"}, {"productGuid": variant.product}):
        (row,) = merchant.data("/api/stocks/1/supplies", **query)["supplies"]
        assert (row["code"], row["productGuid"]) == ("32/ZEL", variant.product)


def test_pieces_taken_by_orders_are_claimed(merchant):
    merchant.order()
    (row,) = merchant.data("/api/stocks/1/supplies", onlyWithClaim="true")["supplies"]
    assert (row["code"], row["amount"], row["claim"]) == ("SHP-0042", "97.000", "3.000")


def test_only_what_changed_since_a_moment(sandbox, merchant):
    sandbox.clock.advance(60)
    sandbox.shoptet.set_stock("0035", None)
    sandbox.clock.advance(60)
    merchant.order()

    def changed(since):
        rows = merchant.data("/api/stocks/1/supplies", changedFrom=since)["supplies"]
        return {row["code"]: row["amount"] for row in rows}

    assert changed("2026-09-01T10:00:30+0200") == {"SHP-0042": "97.000", "0035": None}
    assert changed("2026-09-01T10:01:30+0200") == {"SHP-0042": "97.000"}
    assert changed("2026-09-01T10:02:30+0200") == {}
    sandbox.clock.advance(timedelta(days=31))
    assert changed("2026-09-01T10:00:00+0200") == {}, "thirty days are known"


def test_supplies_come_in_pages_of_a_thousand(merchant):
    data = merchant.data("/api/stocks/1/supplies", itemsPerPage=3, page=2)
    assert len(data["supplies"]) == 3
    assert data["paginator"]["pageCount"] == 3
    assert merchant.get("/api/stocks/1/supplies", itemsPerPage=1001).status == 400


# -- price lists -----------------------------------------------------------------------------------------


def test_all_price_lists_are_listed(merchant):
    assert merchant.data("/api/pricelists")["pricelists"] == [
        {"id": 1, "name": "Hlavní ceník"},
        {"id": 2, "name": "Kaufland EUR"},
    ]


def test_prices_of_a_list(sandbox, merchant):
    rows = {row["code"]: row for row in merchant.data("/api/pricelists/1")["pricelist"]}
    assert set(rows) == set(sandbox.shoptet.variants)
    row = rows["0035"]
    assert (row["currencyCode"], row["includingVat"], row["vatRate"]) == ("CZK", True, "12.00")
    assert (row["price"]["price"], row["price"]["priceRatio"]) == ("189.00", "1.000")
    assert row["price"]["actionPrice"] is None
    assert merchant.data("/api/pricelists/2")["pricelist"] == []
    answer = merchant.get("/api/pricelists/9")
    assert (answer.status, merchant.errors(answer)) == (404, [("pricelist-not-found", "9")])


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        ((date(2026, 8, 1), date(2026, 8, 31)), ("2026-08-01", "2026-08-31")),
        ((None, date(2026, 8, 31)), (None, "2026-08-31")),
        ((date(2026, 8, 1), None), ("2026-08-01", None)),
    ],
)
def test_special_prices_have_days(sandbox, merchant, days, shown):
    sandbox.shoptet.prices[2] = {"0035": Price(price=None, currency="EUR", action=(Decimal("5.5"), *days))}
    (row,) = merchant.data("/api/pricelists/2")["pricelist"]
    assert row["price"]["price"] is None
    assert row["price"]["actionPrice"] == {"price": "5.50", "fromDate": shown[0], "toDate": shown[1]}


def test_prices_of_one_variant_or_product(sandbox, merchant):
    sandbox.shoptet.prices[1]["GONE"] = Price(price=Decimal(1))
    variant = sandbox.shoptet.variants["32/ZEL"]
    for query in ({"code": "32/ZEL"}, {"guid": variant.product}):
        (row,) = merchant.data("/api/pricelists/1", **query)["pricelist"]
        assert row["code"] == "32/ZEL"


def test_prices_come_in_pages_of_a_hundred(merchant):
    assert len(merchant.data("/api/pricelists/1", itemsPerPage=3, page=3)["pricelist"]) == 2
    assert merchant.get("/api/pricelists/1", itemsPerPage=101).status == 400


# -- products --------------------------------------------------------------------------------------------


def test_a_product_has_its_variants(sandbox, merchant):
    variant = sandbox.shoptet.variants["32/ZEL"]
    variant.availability = -1
    path = f"/api/products/{variant.product}"
    product = merchant.data(path, include="images,perStockAmounts")
    (row,) = product["variants"]
    assert (row["code"], row["ean"], row["stock"]) == ("32/ZEL", variant.ean, "100.000")
    assert (row["price"], row["availability"]["id"], row["name"]) == ("699.00", -1, "Barva: zelená")
    assert product["isVariant"] is True
    assert merchant.get(path, include="everything").status == 400
    assert merchant.get("/api/products/nothing").status == 404


def test_a_product_without_price_and_brand(sandbox, merchant):
    variant = sandbox.shoptet.variants["0035"]
    variant.brand, variant.negative = None, True
    del sandbox.shoptet.prices[1]["0035"]
    product = merchant.data(f"/api/products/{variant.product}")
    (row,) = product["variants"]
    assert (row["price"], row["availability"], row["negativeStockAllowed"]) == (None, None, "yes")
    assert (product["brand"], product["isVariant"]) == (None, False)


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({}, 8),
        ({"visibility": "visible", "type": "product"}, 8),
        ({"type": "service"}, 0),
        ({"brandName": "Terra"}, 2),
        ({"productCodes": "0035,32/ZEL,none"}, 2),
        ({"availabilityId": -1}, 1),
        ({"flag": "new"}, 0),
    ],
)
def test_products_are_listed_by_what_they_are(sandbox, merchant, query, number):
    sandbox.shoptet.variants["0035"].availability = -1
    assert len(merchant.data("/api/products", **query)["products"]) == number


def test_products_are_listed_by_guid(sandbox, merchant):
    guid = sandbox.shoptet.variants["0035"].product
    (row,) = merchant.data("/api/products", productGuids=guid)["products"]
    assert (row["guid"], row["name"]) == (guid, "Med květový 900 g")


def test_a_products_page_comes_with_its_sections(sandbox, merchant):
    guid = sandbox.shoptet.variants["32/ZEL"].product
    plain = merchant.data(f"/api/products/{guid}")
    assert plain["description"].startswith("<p>Dětská mikina")
    assert plain["defaultCategory"]["name"] == "Sortiment"
    assert not {"images", "categories", "flags", "descriptiveParameters"} & plain.keys()
    every = "images,variantParameters,allCategories,flags,descriptiveParameters,filteringParameters"
    row = merchant.data(f"/api/products/{guid}", include=every)
    assert [each["name"] for each in row["images"]] == ["32-ZEL-2.jpg", "32-ZEL.jpg"]
    assert row["categories"][0]["name"] == "Sortiment"
    (parameter,) = row["variants"][0]["parameters"]
    assert (parameter["paramName"], parameter["paramValue"]) == ("Barva", "zelená")
    kettle = sandbox.shoptet.variants["SHP-0042"].product
    assert merchant.data(f"/api/products/{kettle}", include=every)["variants"][0]["parameters"] is None


def test_products_are_listed_by_when_they_changed(sandbox, merchant):
    guid = sandbox.shoptet.variants["0035"].product
    sandbox.shoptet.pages[guid]["changeTime"] = "2026-09-01T09:00:00+0200"
    for moment, number in (("2026-09-01T08:59:00+0200", 1), ("2026-09-01T09:01:00+0200", 0)):
        assert len(merchant.data("/api/products", changeTimeFrom=moment)["products"]) == number


def test_a_job_writes_all_products(sandbox, merchant):
    hook = {"event": "job:finished", "url": "https://add-on.example/"}
    merchant("POST", "/api/webhooks", {"data": [hook]})
    number = merchant("GET", "/api/products/snapshot", query={"include": "images"}).json()["data"]["jobId"]
    sandbox.clock.advance(60)
    url = merchant.data(f"/api/system/jobs/{number}")["job"]["resultUrl"]
    answer = sandbox.handle(Call(method="GET", url=url))
    rows = [json.loads(line) for line in gzip.decompress(answer.body).splitlines()]
    assert len(rows) == 8
    assert all(row["images"] for row in rows)


def test_brands_say_who_answers_for_their_products(merchant):
    rows = merchant.data("/api/brands")["brands"]
    assert [row["name"] for row in rows] == ["Alva", "Terra", "Lumi", "Včelín", "Apfel"]
    assert rows[0]["manufacturingCompanyName"] == "Alva GmbH"
    assert rows[2]["postalAddress"] is None


# -- the catalogue ---------------------------------------------------------------------------------------


def test_variants_are_found_by_their_product():
    """Whatever happens to them: one more, one in the place of another, one less."""
    variants = Variants()

    def put(code, product, name="x"):
        variants[code] = made = Variant(code=code, product=product, name=name)
        return made

    first, second, third = put("A", "p"), put("B", "p"), put("C", "q")
    assert (variants.of("p"), variants.of("q"), variants.of("r")) == ([first, second], [third], [])
    del variants["A"]
    moved = put("B", "q")
    assert (variants.of("p"), variants.of("q")) == ([], [third, moved])
    assert list(variants.by_product()) == [[third, moved]]
    assert variants.pop("C") is third
    assert list(variants.values()) == variants.of("q") == [moved]
