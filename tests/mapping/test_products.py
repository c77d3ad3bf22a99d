"""Products as product data: nothing unready is sent, nothing harmful is in it, and what is missing is told."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from decimal import Decimal
from types import SimpleNamespace

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet._core.values import UNSET
from kaufland_shoptet.errors import SettingsError
from kaufland_shoptet.mapping import products
from kaufland_shoptet.mapping.products import (
    REQUIRED,
    TAGS,
    ProductRules,
    Readiness,
    SafetyContact,
    Sheet,
    assess,
    category_of,
    clean_html,
    draft,
    picture_url,
    readiness,
    selected,
    write_csv,
)
from kaufland_shoptet.shoptet.catalog import CatalogItem

CONTACT = SafetyContact(name="Alva GmbH", address="Weg 1, 10115 Berlin, DE", email="a@alva.example")
LAMP = CatalogItem(
    code="15/ZLU",
    ean="4010355051486",
    name="Stolní lampa",
    variant=(("Barva", "žlutá"),),
    description_html="<p>Svítí</p>",
    images=("https://x.example/1.jpg",),
    brand="Alva",
    categories=("Dům > Světla", "Světla"),
)
RULES = ProductRules(contact=CONTACT)


def attribute(name, *, multiple=False):
    return SimpleNamespace(name=name, title=name.capitalize(), is_multiple=multiple)


def category(*required, leaf=True):
    return SimpleNamespace(id_category=7, name="Lamps", is_leaf=leaf, required_attributes=required)


def ready(item=LAMP, rules=RULES, **how):
    return readiness(item, rules, storefront="cz", category=how.pop("category", category()), **how)


class TestSelection:
    @pytest.mark.parametrize(
        ("item", "rules", "reason"),
        [
            ({}, {}, None),
            ({"visibility": "detail-only"}, {}, "it is detail-only in the shop"),
            ({"visibility": "hidden"}, {"visibility": ()}, None),
            ({"visibility": "visible"}, {"visibility": ("normal",)}, None),
            ({"type": "service"}, {}, "it is of the kind service"),
            ({"type": "bazar"}, {"types": ("product", "bazar")}, None),
            ({"type": "x"}, {"types": ()}, None),
            ({"flags": ("Kaufland",)}, {"flags": ("kaufland",)}, None),
            ({"flags": ("tip",)}, {"flags": ("kaufland", "x")}, "it has none of the flags kaufland, x"),
            ({}, {"shop_categories": ("Dům",)}, None),
            ({}, {"shop_categories": ("dům|světla",)}, None),
            ({}, {"shop_categories": ("Zahrada",)}, "it is in none of the chosen categories"),
        ],
    )
    def test_what_is_meant_for_the_storefront(self, item, rules, reason):
        """Part 5: selection rules."""
        assert selected(evolve(LAMP, **item), ProductRules(**rules)) == reason


class TestCategories:
    def test_the_nearest_entry_of_the_table_counts(self):
        assert category_of(LAMP, {"Dům": 1}) == 1
        assert category_of(LAMP, {"Dům": 1, "DŮM>světla": 2}) == 2
        assert category_of(LAMP, {"Dům": 1, "Světla": 3}) == 3
        assert category_of(LAMP, {"Zahrada": 1}) is None
        assert category_of(CatalogItem(code="A"), {"Zahrada": 1}) is None

    def test_a_guid_is_a_name(self):
        item = evolve(LAMP, categories=("Dům", "0f-1"))
        assert category_of(item, {"0F-1": 9}) == 9


class TestReadiness:
    def test_a_ready_product(self):
        found = ready()
        assert found.ready
        assert found.sheet == Sheet(
            ean="4010355051486",
            locale="cs-CZ",
            attributes={
                "title": ("Stolní lampa, žlutá",),
                "description": ("<p>Svítí</p>",),
                "picture": ("https://x.example/1.jpg",),
                "manufacturer": ("Alva",),
                "category": ("Lamps",),
            },
            contact=CONTACT,
        )
        assert str(found) == "15/ZLU for cz: ready"

    @pytest.mark.parametrize(
        ("changes", "missing"),
        [
            ({"ean": None}, "ean: the variant has none"),
            ({"ean": "4010355051487"}, "ean: the last digit of 4010355051487 does not fit"),
            ({"ean": "abc"}, 'ean: "abc" is not an EAN'),
            ({"ean": "2000000000008"}, "ean: 2000000000008 is a number for use within one shop"),
            ({"name": " \u200b\x00"}, "title: the product has no name"),
            ({"description_html": "<p> </p><script>x</script>"}, "description: the product has neither"),
            ({"images": ()}, "picture: the product has no picture"),
            ({"images": ("lamp.jpg", "javascript:x")}, "picture: the product has no picture"),
            ({"brand": None}, "manufacturer: the product has no brand"),
        ],
    )
    def test_what_is_missing_is_told_one_by_one(self, changes, missing):
        found = ready(evolve(LAMP, **changes))
        assert not found.ready
        assert found.sheet is None
        (told,) = found.missing
        assert told.startswith(missing)
        assert str(found).startswith("15/ZLU for cz: not ready. Missing: ")

    def test_nothing_at_all(self):
        found = readiness(CatalogItem(code="A"), ProductRules(), storefront="cz")
        assert [told.partition(":")[0] for told in found.missing] == ["ean", *REQUIRED]

    def test_what_has_to_be_there_is_chosen(self):
        found = ready(
            evolve(LAMP, images=(), brand=None), ProductRules(required=("title", "gtin")), category=None
        )
        assert [told.partition(":")[0] for told in found.missing] == ["gtin"]

    def test_an_undecided_category_is_not_missing_yet(self):
        made = draft(LAMP, RULES)
        assert assess(made, RULES, storefront="cz", undecided=True).ready
        assert not assess(made, RULES, storefront="cz").ready

    def test_the_category_says_what_else_is_needed(self):
        wanted = category(
            attribute("title"), attribute("colour", multiple=True), attribute("ean"), leaf=False
        )
        found = ready(category=wanted)
        assert found.missing == (
            "colour: Colour: Lamps requires it. Give the product a parameter for it and name that in "
            "products.parameters",
        )
        assert found.warnings == ("Lamps has categories below it, one of which would be better",)
        rules = evolve(RULES, parameters={"barva": "colour"})
        assert ready(rules=rules, category=wanted).sheet.attributes["colour"] == ("žlutá",)

    def test_a_category_that_was_asked_for_without_its_attributes(self):
        assert ready(
            category=SimpleNamespace(id_category=1, name="x", is_leaf=True, required_attributes=UNSET)
        ).ready

    def test_several_values_only_where_they_are_taken(self):
        item = evolve(LAMP, parameters=(("Materiál", "dřevo"), ("Materiál", "kov"), ("Materiál", "dřevo")))
        rules = evolve(RULES, parameters={"Materiál": "material"})
        assert ready(item, rules).sheet.attributes["material"] == ("dřevo", "kov")
        one = ready(item, rules, category=category(attribute("material")))
        assert one.sheet.attributes["material"] == ("dřevo",)
        assert one.warnings == ("material takes one value: dřevo",)

    def test_fixed_values_fill_gaps_and_nothing_else(self):
        rules = evolve(
            RULES,
            parameters={"Barva": "colour", "Název": "title"},
            fixed={"colour": ("bílá",), "material": ("dřevo",), "title": ("X",), "empty": ("",)},
        )
        found = ready(evolve(LAMP, parameters=(("Název", "Y"), ("Jiný", "Z"))), rules).sheet.attributes
        assert (found["colour"], found["material"]) == (("žlutá",), ("dřevo",))
        assert found["title"] == ("Stolní lampa, žlutá",)
        assert "empty" not in found

    def test_the_locale_is_the_storefronts_unless_chosen(self):
        assert readiness(LAMP, RULES, storefront="at", category=category()).locale == "de-AT"
        assert readiness(LAMP, RULES, storefront="at", locale="de-DE", category=category()).locale == "de-DE"


class TestContacts:
    def test_the_settings_go_before_the_shop_and_the_brand_before_the_default(self):
        own, shops = evolve(CONTACT, name="Own"), evolve(CONTACT, name="Shop")
        rules = ProductRules(contact=CONTACT, contacts={" ALVA ": own})
        assert draft(LAMP, rules, {"alva": shops}).contact is own
        assert draft(LAMP, RULES, {"alva": shops}).contact is shops
        assert draft(LAMP, RULES, {"lumi": shops}).contact is CONTACT
        assert draft(evolve(LAMP, brand=None), RULES, {"alva": shops}).contact is CONTACT
        assert draft(LAMP, ProductRules()).contact is None

    @pytest.mark.parametrize(
        ("values", "key"),
        [
            ({"name": " "}, "name"),
            ({"address": ""}, "address"),
            ({"email": "nobody"}, "email"),
            ({"url": "alva"}, "url"),
            ({"url": f"https://x.example/{'x' * 500}"}, "url"),
            ({"phone": "1" * 51}, "phone"),
        ],
    )
    def test_what_cannot_be_is_refused(self, values, key):
        with pytest.raises(SettingsError) as caught:
            evolve(CONTACT, **values)
        assert caught.value.key == key


class TestRules:
    @pytest.mark.parametrize(
        ("values", "key"),
        [
            ({"categories": {"x": 0}}, "categories.x"),
            ({"parameters": {"x": "a b"}}, "parameters"),
            ({"fixed": {"": ("x",)}}, "fixed"),
            ({"required": ("ti;tle",)}, "required"),
            ({"manufacturer": ""}, "manufacturer"),
            ({"title_length": 10}, "title_length"),
            ({"pictures": 0}, "pictures"),
            ({"image_base": "ftp://x"}, "image_base"),
        ],
    )
    def test_what_cannot_be_is_refused(self, values, key):
        with pytest.raises(SettingsError) as caught:
            ProductRules(**values)
        assert caught.value.key == key


class TestTitles:
    def test_markup_and_blanks_go(self):
        item = evolve(LAMP, name="  <b>Lampa</b>&nbsp;&amp;\tstín ", variant=())
        assert draft(item, RULES).title == "Lampa & stín"

    def test_what_is_in_the_name_already_is_not_added(self):
        assert draft(evolve(LAMP, name="Lampa ŽLUTÁ"), RULES).title == "Lampa ŽLUTÁ"
        assert draft(evolve(LAMP, variant=(("Barva", " "),)), RULES).title == "Stolní lampa"

    def test_long_titles(self):
        made = draft(evolve(LAMP, name="lampa " * 16, variant=()), RULES)
        assert made.warnings == ("the title has 95 characters, of which Kaufland may show 80",)
        made = draft(evolve(LAMP, name="lampa, " * 100, variant=()), RULES)
        assert made.title == "lampa, " * 27 + "lampa"
        assert made.warnings == ("the title was cut to 200 characters",)
        assert len(draft(evolve(LAMP, name="x" * 500), RULES).title) == 200

    @given(st.text(max_size=300), st.integers(20, 60))
    def test_a_title_is_one_line_within_its_limit(self, name, most):
        title = draft(evolve(LAMP, name=name), evolve(RULES, title_length=most)).title
        assert len(title) <= most
        assert title == title.strip()
        assert not re.search(r"[\n\r\t\x00]", title)


class TestDescriptions:
    def test_the_short_one_stands_in(self):
        item = evolve(LAMP, description_html="<div>&nbsp;</div>", short_description_html="Krátce & dobře")
        assert ready(item).sheet.attributes["description"] == ("Krátce &amp; dobře",)

    def test_what_was_taken_out_is_told(self):
        html = '<p onclick="x()">Lampa <a href="https://x.example">zde</a> https://x.example/y</p><script>x</script>'
        found = ready(evolve(LAMP, description_html=html))
        assert found.sheet.attributes["description"] == ("<p>Lampa zde </p>",)
        assert found.warnings == (
            "what could do harm was taken out of the description",
            "links were taken out of the description",
        )

    @pytest.mark.parametrize(
        ("text", "cleaned"),
        [
            ("", ""),
            (" \n", ""),
            ("one\ntwo\n", "one<br>two"),
            ("<script>alert(1)</script>x", "x"),
            ("<img src=x onerror=alert(1)>x", "x"),
            ("<svg/onload=alert(1)>x</svg>y", "y"),
            ("<a href='javascript:alert(1)'>x</a>", "x"),
            ("<iframe src=//evil.example>x</iframe>y", "y"),
            ("<p style='background:url(//evil.example)'>x</p>", "<p>x</p>"),
            ("<!-- x --><b>y</b>", "<b>y</b>"),
            ("<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"),
            ("<p>see www.shop.example/x!</p>", "<p>see </p>"),
            ("whttps://a.example ww.x.example", "w ww.x.example"),
            ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
            ("<div><span>x</span></div>", "x"),
            ("a\x00<b>b</b>", "a<b>b</b>"),
            ("<form><input name=x><button>y</button>z</form>", "z"),
        ],
    )
    def test_html(self, text, cleaned):
        assert clean_html(text) == cleaned

    def test_thousands_of_elements_are_not_worth_their_time(self):
        assert clean_html("<div>" * 100_000 + "a < b") == "a &lt; b"

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                [
                    "<p>",
                    "</p>",
                    "<script>",
                    "</script>",
                    "<a href='x' onclick=y>",
                    "<svg>",
                    "<style>",
                    "</style>",
                ]
            )
            | st.sampled_from(
                ["<table>", "<td>", "<!--", "-->", "<b", ">", "&lt;script&gt;", "https://x.y", "www.", "'"]
            )
            | st.text(max_size=5),
            max_size=12,
        ).map("".join)
    )
    def test_only_harmless_elements_are_left_and_cleaning_again_changes_nothing(self, text):
        """Hostile: HTML with scripts."""
        cleaned = clean_html(text)
        for tag in re.findall(r"<[^>]*>", cleaned):
            assert re.fullmatch(r"</?([a-z0-9]+)>", tag), tag
            assert tag.strip("</>") in TAGS
        assert not re.search(r"(https?://|www\.)[^\s<>\"]", cleaned, re.IGNORECASE)
        assert clean_html(cleaned) == cleaned

    def test_without_the_package_it_says_what_to_install(self, monkeypatch):
        def none(name, *_):
            raise ImportError(name)

        products._sanitizer.cache_clear()
        monkeypatch.setattr(products, "import_module", none)
        with pytest.raises(
            SettingsError, match=r'sync_products: .* nh3, .*pip install "kaufland-shoptet\[products\]"'
        ):
            clean_html("<b>x</b>")
        monkeypatch.undo()
        assert clean_html("<b>x</b>") == "<b>x</b>"

    def test_nothing_is_imported_until_html_is_cleaned(self):
        code = "import sys, kaufland_shoptet.mapping.products; assert 'nh3' not in sys.modules"
        subprocess.run([sys.executable, "-c", code], check=True)


class TestPictures:
    @pytest.mark.parametrize(
        ("address", "url"),
        [
            ("https://x.example/a.jpg", "https://x.example/a.jpg"),
            (" http://x.example/a b.jpg ", "http://x.example/a%20b.jpg"),
            ("https://x.example/a%20b.jpg?5f1c#top", "https://x.example/a%20b.jpg?5f1c"),
            ("//x.example/a.jpg", "https://x.example/a.jpg"),
            ("https://židle.example:8443/ž.jpg", "https://xn--idle-kbb.example:8443/%C5%BE.jpg"),
            ("", None),
            ("a.jpg", None),
            ("/a.jpg", None),
            ("data:image/png;base64,AAAA", None),
            ("javascript:alert(1)", None),
            ("ftp://x.example/a.jpg", None),
            ("https://user:pass@x.example/a.jpg", None),
            ("https://localhost/a.jpg", None),
            ("https://x.example:port/a.jpg", None),
            ("https://[broken/a.jpg", None),
            (f"https://{'x' * 70}.example/a.jpg", None),
        ],
    )
    def test_only_what_can_be_fetched_from_the_web(self, address, url):
        assert picture_url(address) == url

    def test_a_base_makes_them_complete(self):
        rules = evolve(RULES, image_base="https://shop.example/user/")
        item = evolve(LAMP, images=("a.jpg", "/b.jpg", "a.jpg", "mailto:x"))
        found = ready(item, rules)
        assert found.sheet.attributes["picture"] == (
            "https://shop.example/user/a.jpg",
            "https://shop.example/b.jpg",
        )
        assert found.warnings == ("1 pictures have no complete address",)

    def test_not_too_many(self):
        item = evolve(LAMP, images=tuple(f"https://x.example/{n}.jpg" for n in range(13)))
        found = ready(item)
        assert len(found.sheet.attributes["picture"]) == 10
        assert found.warnings == ("3 pictures were left out",)

    @given(st.text(max_size=40))
    def test_an_address_is_complete_ascii_or_none(self, text):
        url = picture_url(text)
        if url is not None:
            assert re.fullmatch(r"https?://[!-~]+", url)
            assert picture_url(url) is not None


class TestAnything:
    texts = st.text(max_size=12)
    pairs = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
    items = st.builds(
        CatalogItem,
        code=st.text(min_size=1, max_size=8),
        ean=st.none() | texts | st.sampled_from(["4010355051486", "0", "000000000000", "401035505148\uff16"]),
        name=texts,
        variant=pairs,
        description_html=texts,
        short_description_html=texts,
        price=st.none() | st.sampled_from([Decimal(0), Decimal(-1), Decimal("NaN")]),
        images=st.lists(texts | st.just("https://x.example/1.jpg"), max_size=3).map(tuple),
        parameters=pairs,
        brand=st.none() | texts,
        categories=st.lists(texts, max_size=3).map(tuple),
        flags=st.lists(texts, max_size=2).map(tuple),
        visibility=texts | st.just("visible"),
        type=texts | st.just("product"),
    )

    @settings(max_examples=200, deadline=None)
    @given(items, st.sampled_from(["cz", "de", "pl"]))
    def test_any_item_is_ready_or_says_why_not(self, item, storefront):
        """Part 5: a readiness report for any item."""
        rules = ProductRules(contact=CONTACT, parameters={"a": "colour"}, categories={"x": 1})
        found = readiness(item, rules, storefront=storefront, category=category())
        assert found.ready == (found.sheet is not None) == (not found.missing)
        assert isinstance(str(found), str)
        selected(item, rules)
        if found.sheet:
            assert re.fullmatch(r"[0-9]{13,14}", found.sheet.ean)
            assert set(REQUIRED) - {"product_safety_contact"} <= found.sheet.attributes.keys()
            for values in found.sheet.attributes.values():
                assert values
                assert all(isinstance(value, str) and value for value in values)


class TestFile:
    def test_one_column_for_each_value(self):
        rows = [
            Sheet(ean="1", locale="cs-CZ", attributes={"title": ('a;"b"\nc',), "picture": ("x", "y")}),
            Sheet(
                ean="2", locale="de-DE", attributes={"picture": ("z",), "colour": ("bílá",)}, contact=CONTACT
            ),
        ]
        file = io.BytesIO()
        assert write_csv(rows, file) == 2
        assert file.getvalue().decode() == (
            'ean;locale;title;picture;picture;colour\n1;cs-CZ;"a;""b""\nc";x;y;\n2;de-DE;;z;;bílá\n'
        )
        assert not file.closed

    def test_commas_if_asked_for(self):
        file = io.BytesIO()
        write_csv(iter([Sheet(ean="1", locale="cs-CZ", attributes={"title": ("a,b",)})]), file, separator=",")
        assert file.getvalue() == b'ean,locale,title\n1,cs-CZ,"a,b"\n'

    def test_nothing(self):
        file = io.BytesIO()
        assert write_csv([], file) == 0
        assert file.getvalue() == b"ean;locale\n"


def test_readiness_is_a_value():
    assert Readiness(code="A", storefront="cz", locale="cs-CZ", ean="") == Readiness(
        code="A", storefront="cz", locale="cs-CZ", ean=""
    )
