"""Product data, categories and files of product data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaufland_shoptet.sandbox.data import ean13

NEW = ean13(859555555555)
FULL = {
    "title": ["Stolní lampa"],
    "description": ["Svítí"],
    "picture": ["https://x.example/1.jpg"],
    "manufacturer": ["Alva"],
    "category": ["Table lamps"],
    "colour": ["bílá"],
    "product_safety_contact": {"name": "Alva GmbH", "address": "Weg 1, Berlin", "email_address": None},
}


def put(seller, attributes, ean=NEW, method="PUT", locale="cs-CZ"):
    query = {"locale": locale} if locale else None
    return seller(method, "/product-data", {"ean": [ean], "attributes": attributes}, query=query)


def status(seller, ean=NEW):
    return seller.data(f"/product-data/status/{ean}", locale="cs-CZ")


def test_put_replaces_and_patch_adds(seller):
    answer = put(seller, FULL)
    assert (answer.status, answer.json()) == (200, {"data": "Content created or replaced"})
    assert put(seller, {"title": ["Jiná"]}, method="PATCH").status == 200
    assert seller.data(f"/product-data/{NEW}", locale="cs-CZ") == {
        "ean": [NEW],
        "attributes": FULL | {"title": ["Jiná"]},
    }
    put(seller, {"title": ["Jen titul"]})
    assert seller.data(f"/product-data/{NEW}", locale="cs-CZ")["attributes"] == {"title": ["Jen titul"]}
    assert put(seller, {"title": ["x"]}, method="PATCH", locale="de-DE").status == 200
    assert seller.data(f"/product-data/{NEW}", locale="de-DE")["attributes"] == {"title": ["x"]}


def test_what_was_told_can_be_taken_back(seller):
    put(seller, FULL)
    assert seller("DELETE", f"/product-data/{NEW}", query={"locale": "cs-CZ"}).status == 200
    for method, path in (
        ("GET", f"/product-data/{NEW}"),
        ("DELETE", f"/product-data/{NEW}"),
        ("GET", f"/product-data/status/{NEW}"),
    ):
        assert seller(method, path, query={"locale": "cs-CZ"}).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ean": [NEW[:-1] + "0"], "attributes": {}}, "ean"),
        ({"ean": ["123"], "attributes": {}}, "ean"),
        ({"ean": [], "attributes": {}}, "ean"),
        ({"ean": [NEW, NEW], "attributes": {}}, "ean"),
        ({"ean": [NEW]}, "attributes"),
        ({"ean": [NEW], "attributes": []}, "attributes"),
        ({"ean": [NEW], "attributes": {"title": "x"}}, "attributes.title"),
        ({"ean": [NEW], "attributes": {"title": [1]}}, "attributes.title[0]"),
        (
            {"ean": [NEW], "attributes": {"product_safety_contact": {"name": "x"}}},
            "attributes.product_safety_contact.address",
        ),
    ],
)
def test_what_cannot_be_is_refused(seller, body, field):
    answer = seller("PUT", "/product-data", body, query={"locale": "cs-CZ"})
    assert answer.status == 400
    assert answer.json()["errors"][0]["field"] == field


def test_the_language_must_be_one_of_kauflands(seller):
    assert put(seller, FULL, locale=None).status == 400
    assert put(seller, FULL, locale="en-US").status == 400


def test_processing_takes_hours_and_makes_a_page(sandbox, seller):
    put(seller, FULL)
    assert status(seller)["update_status"] == "PENDING"
    sandbox.clock.advance(timedelta(minutes=70))
    assert status(seller)["update_status"] == "IN_PROGRESS"
    sandbox.clock.advance(timedelta(hours=1))
    row = status(seller)
    assert (row["update_status"], row["product_ready"]) == ("SUCCESS", True)
    assert {each["state"] for each in row["attribute_values"]} == {"ACCEPTED"}
    product = seller.data(f"/products/ean/{NEW}", storefront="cz")
    assert (product["title"], product["is_valid"], product["id_product"]) == (
        "Stolní lampa",
        True,
        row["id_product"],
    )
    assert product["id_category"] == 20401


def test_what_was_told_again_meanwhile_counts(sandbox, seller):
    put(seller, {"title": ["x"]})
    sandbox.clock.advance(timedelta(hours=1))
    put(seller, FULL)
    sandbox.clock.advance(timedelta(minutes=90))
    assert status(seller)["update_status"] == "IN_PROGRESS"
    sandbox.clock.advance(timedelta(hours=1))
    assert status(seller)["update_status"] == "SUCCESS"


def test_a_page_that_is_there_keeps_its_text(sandbox, seller):
    ean = "4010355051486"
    title = sandbox.kaufland.products[ean]["title"]
    put(seller, FULL, ean)
    sandbox.clock.advance(timedelta(hours=3))
    assert status(seller, ean)["product_ready"]
    assert sandbox.kaufland.products[ean]["title"] == title


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"colour": []}, ("SUCCESS", None, "MISSING_ATTRIBUTES", ["colour"])),
        ({"description": []}, ("FAIL", "NOT_ENOUGH_TEXT", "MISSING_ATTRIBUTES", ["description"])),
        ({"category": ["Nowhere"]}, ("FAIL", "NO_CATEGORY", "PROCESSING_FAILED", [])),
    ],
)
def test_what_is_missing_is_told(sandbox, seller, changes, expected):
    put(seller, FULL | changes | {"picture": ["nowhere"]})
    sandbox.clock.advance(timedelta(hours=3))
    row = status(seller)
    assert expected == (
        row["update_status"],
        row["update_fail_reason"],
        row["product_not_ready_reason"],
        row["missing_attributes"],
    )
    assert not row["product_ready"]
    assert [each["state"] for each in row["attribute_values"] if each["attribute"] == "picture"] == [
        "DECLINED"
    ]


def test_a_category_is_guessed_by_words(seller):
    item = {"title": "Stolní lampa", "description": "a konvice", "manufacturer": "x"}
    query = {"storefront": "cz", "locale": "cs-CZ"}
    answer = seller("POST", "/categories/decide", {"item": item, "price": 100}, query=query)
    assert [row["name"] for row in answer.json()["data"]] == ["Kettles", "Table lamps"]
    item = {"title": "Nic", "description": "", "manufacturer": "x"}
    assert seller("POST", "/categories/decide", {"item": item, "price": 1.5}, query=query).json() == {
        "data": []
    }
    assert seller("POST", "/categories/decide", {"item": item}, query=query).status == 400


def test_a_category_with_what_it_requires(seller):
    plain = seller.data("/categories/20401", storefront="cz")
    assert (plain["name"], plain["is_leaf"], "required_attributes" in plain) == ("Table lamps", True, False)
    everything = [
        "required_attributes",
        "optional_attributes",
        "conditional_attributes",
        "parent",
        "children",
    ]
    row = seller.data("/categories/20401", storefront="cz", embedded=everything)
    assert [each["name"] for each in row["required_attributes"]] == [
        "title",
        "description",
        "picture",
        "manufacturer",
        "colour",
    ]
    assert row["parent"]["id_category"] == 1
    for name in ("99", "x"):
        assert seller.get(f"/categories/{name}", storefront="cz").status == 404


class TestFiles:
    URL = "https://files.example/a.csv"

    def create(self, seller, url=URL):
        return seller("POST", "/product-data/import-files", {"url": url})

    @pytest.mark.parametrize("separator", [";", ","])
    def test_a_file_is_fetched_and_read(self, sandbox, seller, separator):
        lines = [
            ["ean", "locale", "title", "picture", "picture"],
            [NEW, "cs-CZ", "Lampa", "a", ""],
            ["1", "cs-CZ", "x", "", ""],
        ]
        sandbox.kaufland.web[self.URL] = "\n".join(map(separator.join, lines)).encode()
        row = self.create(seller).json()["data"]
        assert (row["status"], row["uri"], row["async_import_done"]) == ("NEW", self.URL, 0)
        sandbox.clock.advance(timedelta(minutes=5))
        row = seller.data(f"/product-data/import-files/{row['id_import_file']}")
        assert (row["status"], row["total_lines"], row["error_count"], row["async_import_done"]) == (
            "DONE",
            2,
            1,
            1,
        )
        told = seller.data(f"/product-data/{NEW}", locale="cs-CZ")["attributes"]
        assert told == {"title": ["Lampa"], "picture": ["a"]}

    def test_an_address_with_nothing_behind(self, sandbox, seller):
        number = self.create(seller).json()["data"]["id_import_file"]
        sandbox.clock.advance(timedelta(minutes=5))
        assert seller.data(f"/product-data/import-files/{number}")["status"] == "DOWNLOADING_FAILED"

    def test_files_are_listed(self, sandbox, seller):
        for name in "abc":
            self.create(seller, f"https://files.example/{name}")
        listed = [row["uri"][-1] for row in seller.data("/product-data/import-files")]
        assert listed == ["c", "b", "a"]
        rows = seller.data("/product-data/import-files", sort="ts_created:asc", status="NEW", limit=1)
        assert [row["uri"][-1] for row in rows] == ["a"]
        assert seller.data("/product-data/import-files", status="DONE") == []
        assert seller.get("/product-data/import-files/1").status == 404

    def test_thirty_a_day(self, sandbox, seller):
        answers = [self.create(seller).status for _ in range(31)]
        assert answers == [200] * 30 + [423]
        sandbox.clock.advance(timedelta(days=1))
        assert self.create(seller).status == 200

    def test_busy_and_refused(self, sandbox, seller):
        assert self.create(seller, "nowhere").status == 400
        sandbox.kaufland.busy = True
        assert self.create(seller).status == 423
