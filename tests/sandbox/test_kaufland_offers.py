"""Units (offers), shipping groups and warehouses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaufland_shoptet.sandbox.data import ean13
from kaufland_shoptet.sandbox.kaufland.offers import ean_is_valid, offer
from kaufland_shoptet.sandbox.kaufland.tables import BY_KAUFLAND

NEW = {
    "ean": "4010355051486",
    "id_offer": "SHP-0042",
    "listing_price": 199_00,
    "handling_time": 1,
    "id_shipping_group": 195844,
    "amount": 5,
}


def unit(sandbox, code="SHP-0042", storefront="cz"):
    rows = sandbox.kaufland.offers.values()
    return next(row for row in rows if (row.id_offer, row.storefront) == (code, storefront))


def test_units_are_listed_by_storefront(sandbox, seller):
    rows = seller.data("/units", storefront="cz", limit=100)
    assert len(rows) == 8
    assert {row["currency"] for row in rows} == {"CZK"}
    (row,) = seller.data("/units", storefront="cz", id_offer="SHP-0042")
    assert (row["listing_price"], row["price"], row["amount"], row["is_live"]) == (49_900, 49_900, 100, True)
    assert row["shipping_rate"] == 9_900
    assert "product" not in row
    (same,) = seller.data("/units", storefront="cz", ean="4010355051486", embedded="products")
    assert same == row | {"product": sandbox.kaufland.products["4010355051486"]}
    assert seller.data("/units", storefront="cz", id_product=row["id_product"]) == [row]
    assert seller.data("/units", storefront="cz", fulfillment_type=BY_KAUFLAND) == []
    assert seller.data("/units", storefront="cz", limit=0) == []


def test_the_storefront_must_be_given(seller):
    for path in ("/units", "/units/1", "/shipping-groups"):
        assert seller.get(path).json()["errors"] == [
            {"field": "storefront", "message": "storefront is required"}
        ]


def test_one_unit_belongs_to_its_storefront(sandbox, seller):
    number = unit(sandbox).id
    assert seller.data(f"/units/{number}", storefront="cz")["id_unit"] == number
    for name, storefront in [(number, "sk"), (1, "cz"), ("abc", "cz")]:
        assert seller.get(f"/units/{name}", storefront=storefront).status == 404


def test_the_27_shape_lacks_what_came_later(make, seller_of):
    (row, *_) = seller_of(make(shape="2.27")).data("/units", storefront="cz")
    assert not {"is_live", "manufacturer_guarantee_years"} & set(row)


# -- creating --------------------------------------------------------------------------------------------


def create(seller, storefront="pl", **changes):
    body = {key: value for key, value in (NEW | changes).items() if value is not ...}
    return seller("POST", "/units", body, query={"storefront": storefront})


def test_a_new_unit_is_known_by_location_and_shows_later(sandbox, seller):
    answer = create(seller)
    assert (answer.status, answer.body) == (201, b"")
    path = answer.headers["location"].removeprefix("/v2")
    assert seller.data(path, storefront="pl")["status"] == "AVAILABLE"
    assert seller.data("/units", storefront="pl") == []
    sandbox.clock.advance(timedelta(minutes=3))
    (row,) = seller.data("/units", storefront="pl")
    assert (row["currency"], row["amount"], row["condition"]) == ("PLN", 5, "NEW")
    assert unit(sandbox).amount == 5


def test_how_a_new_unit_is_answered_is_a_switch(make, seller_of):
    answer = create(seller_of(make(unit_created="body")))
    assert (answer.status, list(answer.json()["data"]), "location" in answer.headers) == (
        201,
        ["id_unit"],
        False,
    )
    answer = create(seller_of(make(unit_created="nothing")))
    assert (answer.status, answer.body, "location" in answer.headers) == (201, b"", False)
    answer = create(seller_of(make(unit_created="document")))
    assert (answer.status, answer.json()["data"]["id_offer"]) == (200, "SHP-0042")


def test_a_unit_of_a_product_without_page_is_incomplete(sandbox, seller):
    answer = create(seller, ean=ean13(859123456789), id_offer="NEW-1", condition=100)
    row = seller.data(answer.headers["location"].removeprefix("/v2"), storefront="pl")
    assert (row["status"], row["is_live"], row["condition"]) == ("INCOMPLETE", False, "NEW")
    again = create(seller, "pl", ean=..., id_product=row["id_product"], id_offer="NEW-2")
    assert again.status == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ean": "4010355051487"}, "ean"),
        ({"ean": "40103"}, "ean"),
        ({"ean": ...}, "ean"),
        ({"ean": ..., "id_product": 1}, "id_product"),
        ({"id_offer": ...}, "id_offer"),
        ({"id_offer": "x" * 51}, "id_offer"),
        ({"listing_price": 0}, "listing_price"),
        ({"listing_price": 450_000_001}, "listing_price"),
        ({"handling_time": 101}, "handling_time"),
        ({"id_shipping_group": ...}, "id_shipping_group"),
        ({"id_shipping_group": 195841}, "id_shipping_group"),
        ({"id_warehouse": 1}, "id_warehouse"),
        ({"condition": "new"}, "condition"),
        ({"condition": []}, "condition"),
        ({"condition": 999}, "condition"),
        ({"minimum_price": None}, "minimum_price"),
    ],
)
def test_new_units_are_checked(seller, changes, field):
    answer = create(seller, **changes)
    assert (answer.status, answer.json()["errors"][0]["field"]) == (400, field)


def test_the_storefront_in_the_body_gives_contradictory_errors(seller):
    body = NEW | {"storefront": "pl"}
    answer = seller("POST", "/units", body, query={"storefront": "pl"})
    assert [row["message"] for row in answer.json()["errors"]] == [
        "storefront excess property",
        "storefront is required",
    ]


def test_a_storefront_must_be_one_of_the_account(sandbox, seller):
    sandbox.kaufland.storefronts = ("cz",)
    assert create(seller).json()["type"] == "/problems/storefront-not-configured"


def test_an_offer_without_shipping_group_is_a_switch(make, seller_of):
    assert create(seller_of(make(shipping_group_needed=False)), id_shipping_group=...).status == 201


def test_an_id_offer_stands_for_one_product_and_condition(seller):
    other = create(seller, ean="0194252013212")
    assert other.json()["type"] == "/problems/already-exists"
    assert create(seller, condition="USED___GOOD").json()["type"] == "/problems/already-exists"


def test_the_same_offer_again_is_an_update_or_refused(make, seller_of):
    changes = {"id_shipping_group": 195841, "listing_price": 55_500, "amount": 3}
    seller = seller_of(make())
    answer = create(seller, "cz", **changes)
    number = unit(seller.sandbox).id
    assert answer.headers["location"] == f"/v2/units/{number}"
    row = seller.data(f"/units/{number}", storefront="cz")
    assert (row["listing_price"], row["amount"]) == (55_500, 3)
    refused = create(seller_of(make(second_offer="refuse")), "cz", **changes)
    assert refused.json()["type"] == "/problems/already-exists"


# -- changing --------------------------------------------------------------------------------------------


def patch(seller, made, **changes):
    return seller("PATCH", f"/units/{made.id}", changes, query={"storefront": made.storefront})


def test_stock_is_shared_by_all_storefronts_of_an_offer_and_the_price_is_not(sandbox, seller):
    czech, slovak = unit(sandbox), unit(sandbox, storefront="sk")
    before = seller.data(f"/units/{slovak.id}", storefront="sk")
    sandbox.clock.advance(60)
    answer = patch(seller, czech, amount=7, listing_price=45_000)
    assert (answer.status, answer.json()["data"]["amount"]) == (200, 7)
    assert answer.json()["data"]["date_lastchange_iso"] == "2026-09-01T08:01:00Z"
    after = seller.data(f"/units/{slovak.id}", storefront="sk")
    assert (after["amount"], after["listing_price"]) == (7, before["listing_price"])
    assert unit(sandbox, "32/ZEL").amount == 100


def test_the_delay_of_linked_stock_is_a_switch(make, seller_of):
    seller = seller_of(make(linked_stock_delay=timedelta(minutes=1)))
    czech, slovak = unit(seller.sandbox), unit(seller.sandbox, storefront="sk")
    patch(seller, czech, amount=7)
    assert (czech.amount, slovak.amount) == (7, 100)
    seller.sandbox.clock.advance(60)
    assert slovak.amount == 7


def test_units_without_offer_code_share_nothing(sandbox, seller):
    made = [
        sandbox.kaufland.add_offer(
            offer(sandbox.kaufland, front, id_offer=None, ean="4010355051486", listing_price=100)
        )
        for front in ("cz", "sk")
    ]
    patch(seller, made[0], amount=9)
    assert [row.amount for row in made] == [9, 1]
    assert seller.data(f"/units/{made[0].id}", storefront="cz")["shipping_rate"] == 0
    assert seller("DELETE", f"/units/{made[0].id}", query={"storefront": "cz"}).status == 204


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"listing_price": 0}, "listing_price"),
        ({"amount": -1}, "amount"),
        ({"amount": "7"}, "amount"),
        ({"status": "INCOMPLETE"}, "status"),
        ({"id_offer": "X"}, "id_offer"),
        ({"minimum_price": 2**31}, "minimum_price"),
        ({"id_shipping_group": 195842}, "id_shipping_group"),
        ({"note": "x" * 251}, "note"),
    ],
)
def test_changes_are_checked(sandbox, seller, changes, field):
    answer = patch(seller, unit(sandbox), **changes)
    assert (answer.status, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_unit_can_be_paused_and_taken_away(sandbox, seller):
    made = unit(sandbox)
    row = patch(seller, made, status="ONHOLD", minimum_price=40_000).json()["data"]
    assert (row["status"], row["is_live"], row["minimum_price"]) == ("ONHOLD", False, 40_000)
    path, query = f"/units/{made.id}", {"storefront": "cz"}
    assert [seller("DELETE", path, query=query).status for _ in range(2)] == [204, 404]


def test_amount_alone_is_a_switch(make, seller_of):
    seller = seller_of(make(price_with_every_patch=True))
    answer = patch(seller, unit(seller.sandbox), amount=7)
    assert answer.json()["errors"][0]["field"] == "listing_price"
    assert patch(seller, unit(seller.sandbox), amount=7, listing_price=49_900).status == 200


def test_what_kaufland_stores_cannot_be_changed(sandbox, seller):
    made = unit(sandbox)
    made.fulfillment = BY_KAUFLAND
    for answer in (
        patch(seller, made, amount=1),
        seller("DELETE", f"/units/{made.id}", query={"storefront": "cz"}),
    ):
        assert (answer.status, answer.json()["errors"][0]["field"]) == (400, "fulfillment_type")
        assert "Parameters [fulfillmentType]" in answer.json()["message"]


# -- many at once ----------------------------------------------------------------------------------------


def bulk(seller, *rows):
    body = [{"id_unit": number, "unit_data": changes} for number, changes in rows]
    return seller("POST", "/units/bulk", body, query={"storefront": "cz"})


def test_each_row_of_a_bulk_update_has_its_own_outcome(sandbox, seller):
    good, bad, broken, lost = (unit(sandbox, code).id for code in ("SHP-0042", "32/ZEL", "15/ZLU", "0035"))
    sandbox.kaufland.row_faults |= {broken: "internal", lost: "missing"}
    rows = [
        (good, {"amount": 1}),
        (bad, {"listing_price": 0}),
        (broken, {"amount": 1}),
        (lost, {"amount": 1}),
    ]
    answer = bulk(seller, *rows, (1, {"amount": 1}))
    assert answer.status == 207
    first, second, third, unknown = answer.json()["data"]
    assert (first["status_code"], first["unit"]["amount"]) == (200, 1)
    assert second == {
        "id_unit": bad,
        "status_code": 400,
        "message": "Parameters [listingPrice] are missing or have wrong value.",
        "errors": [{"field": "listing_price", "message": "listing_price must be greater than 0"}],
    }
    assert (third["id_unit"], third["status_code"], set(third)) == (
        broken,
        500,
        {"id_unit", "status_code", "key", "message"},
    )
    assert (unknown["id_unit"], unknown["status_code"]) == (1, 404)
    amounts = [sandbox.kaufland.offers[number].amount for number in (good, bad, broken, lost)]
    assert amounts == [1, 100, 100, 1]


def test_rules_for_the_whole_list_refuse_all_of_it(sandbox, seller):
    number = unit(sandbox).id
    many = bulk(seller, *((place, {"amount": 1}) for place in range(1, 152)))
    assert (many.status, many.json()["type"]) == (400, "/problems/units/bulk-too-many-units")
    twice = bulk(seller, (number, {"amount": 1}), (number, {"amount": 2}))
    assert (twice.status, twice.json()["type"]) == (400, "/problems/units/bulk-duplicate-units")
    wrong = seller("POST", "/units/bulk", [{"id_unit": number}], query={"storefront": "cz"})
    assert wrong.json()["errors"][0]["field"] == "[0].unit_data"
    assert sandbox.kaufland.offers[number].amount == 100


# -- products --------------------------------------------------------------------------------------------


def test_a_product_is_found_by_its_ean(seller):
    row = seller.data("/products/ean/4010355051486", storefront="sk")
    assert (row["title"], row["storefront"], row["is_valid"]) == ("Rychlovarná konvice 1,7 l", "sk", True)
    assert seller.get("/products/ean/0000000000017", storefront="sk").status == 404
    for wrong in ("4010355051487", "none"):
        answer = seller.get(f"/products/ean/{wrong}", storefront="sk")
        assert (answer.status, answer.json()["errors"][0]["field"]) == (400, "ean")
    assert seller.get("/products/ean/4010355051486").status == 400


# -- lookups ---------------------------------------------------------------------------------------------


def test_shipping_groups_and_warehouses(seller):
    (group,) = seller.data("/shipping-groups", storefront="de")
    assert group["regions"][0]["countries"] == ["DE", "AT"]
    path = f"/shipping-groups/{group['id_shipping_group']}"
    assert seller.data(path, storefront="de") == group
    assert seller.get("/shipping-groups/1", storefront="de").status == 404
    (warehouse,) = seller.data("/warehouses")
    assert seller.data(f"/warehouses/{warehouse['id_warehouse']}") == warehouse
    assert seller.get("/warehouses/1").status == 404
    assert seller.get("/warehouses", limit=31).status == 400


@pytest.mark.parametrize(
    ("ean", "valid"),
    [("4010355051486", True), ("4010355051487", False), ("0194252013212", True), ("96385074", True)],
)
def test_the_check_digit_of_an_ean(ean, valid):
    assert ean_is_valid(ean) is valid
