"""Feeds are read item by item; whatever is in them, the rest goes on and nothing is lost without a word."""

from __future__ import annotations

import contextlib
import csv
import io
import time
import tracemalloc
from decimal import Decimal
from io import BytesIO
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet.errors import FeedError
from kaufland_shoptet.shoptet import catalog, feeds
from kaufland_shoptet.shoptet.feeds import BadItem, CatalogItem, FeedLimits, read_csv, read_feed, read_xml

COMPLETE = """<?xml version="1.0" encoding="utf-8"?>
<SHOP>
  <LAST_UPDATE>2026-09-01</LAST_UPDATE>
  <SHOPITEM id="17">
    <NAME>Mikina Oslo</NAME>
    <GUID>g-17</GUID>
    <SHORT_DESCRIPTION>Krátce</SHORT_DESCRIPTION>
    <DESCRIPTION><![CDATA[<p>Dlouze &amp; jasně</p>]]></DESCRIPTION>
    <MANUFACTURER>Lumi</MANUFACTURER>
    <ITEM_TYPE>product</ITEM_TYPE>
    <CURRENCY>CZK</CURRENCY>
    <CATEGORIES>
      <CATEGORY id="5">Móda</CATEGORY>
      <CATEGORY id="7">Móda &gt; Mikiny</CATEGORY>
      <DEFAULT_CATEGORY id="7">Móda &gt; Mikiny</DEFAULT_CATEGORY>
    </CATEGORIES>
    <IMAGES><IMAGE description="x">https://x.example/1.jpg</IMAGE><IMAGE>https://x.example/2.jpg</IMAGE></IMAGES>
    <TEXT_PROPERTIES><TEXT_PROPERTY><NAME>Střih</NAME><VALUE>volný</VALUE></TEXT_PROPERTY></TEXT_PROPERTIES>
    <INFORMATION_PARAMETERS>
      <INFORMATION_PARAMETER><NAME>Materiál</NAME><VALUE>bavlna</VALUE><VALUE>len</VALUE></INFORMATION_PARAMETER>
    </INFORMATION_PARAMETERS>
    <FLAGS>
      <FLAG><CODE>kaufland</CODE><ACTIVE>1</ACTIVE></FLAG>
      <FLAG><CODE>sale</CODE><ACTIVE>0</ACTIVE></FLAG>
      <FLAG><CODE>plain</CODE></FLAG>
      <TIP>1</TIP><NEW>0</NEW>
    </FLAGS>
    <RELATED_PRODUCTS><CODE>FOREIGN</CODE></RELATED_PRODUCTS>
    <VISIBILITY>visible</VISIBILITY>
    <VARIANTS>
      <VARIANT id="1">
        <CODE>32/S</CODE><EAN>8590000001012</EAN><PRICE_VAT>699</PRICE_VAT><CURRENCY>EUR</CURRENCY>
        <STOCK><AMOUNT>-2.5</AMOUNT></STOCK><VISIBLE>1</VISIBLE>
        <PARAMETERS><PARAMETER><NAME>Velikost</NAME><VALUE>S</VALUE></PARAMETER></PARAMETERS>
        <IMAGE_REF>https://x.example/s.jpg</IMAGE_REF>
      </VARIANT>
      <VARIANT id="2">
        <CODE>32/M</CODE><PRICE_VAT>1 299,50</PRICE_VAT><VISIBLE>0</VISIBLE>
        <STOCK><WAREHOUSES>
          <WAREHOUSE><VALUE>3</VALUE></WAREHOUSE><WAREHOUSE><VALUE>4</VALUE></WAREHOUSE>
          <WAREHOUSE><VALUE/></WAREHOUSE>
        </WAREHOUSES></STOCK>
        <PARAMETER><NAME>Velikost</NAME><VALUE>M</VALUE></PARAMETER>
      </VARIANT>
      <VARIANT id="3"><CODE>32/L</CODE><PRICE_VAT>draho</PRICE_VAT></VARIANT>
      <VARIANT id="4"><EAN>1</EAN></VARIANT>
    </VARIANTS>
  </SHOPITEM>
  <SHOPITEM id="18">
    <NAME>Lampa</NAME><CODE>15</CODE><VISIBLE>0</VISIBLE><PRICE_VAT>0</PRICE_VAT>
    <CATEGORY>Svítidla</CATEGORY><DEFAULT_CATEGORY/>
  </SHOPITEM>
</SHOP>
"""

HEUREKA = """<?xml version="1.0"?>
<SHOP>
  <SHOPITEM>
    <ITEM_ID>A-1</ITEM_ID><PRODUCTNAME>Lumi mikina S</PRODUCTNAME><PRODUCT>Lumi mikina S akce</PRODUCT>
    <DESCRIPTION>Hezká</DESCRIPTION><EAN>8590000001012</EAN><PRICE_VAT>699</PRICE_VAT>
    <IMGURL>https://x.example/1.jpg</IMGURL><IMGURL_ALTERNATIVE>https://x.example/2.jpg</IMGURL_ALTERNATIVE>
    <CATEGORYTEXT>Heureka.cz | Móda | Mikiny</CATEGORYTEXT><MANUFACTURER>Lumi</MANUFACTURER>
    <ITEMGROUP_ID>A</ITEMGROUP_ID>
    <PARAM><PARAM_NAME>Barva</PARAM_NAME><VAL>bílá</VAL></PARAM><PARAM/>
  </SHOPITEM>
  <SHOPITEM><PRODUCTNAME>Bez čísla</PRODUCTNAME></SHOPITEM>
  <SHOPITEM><ITEM_ID>A-2</ITEM_ID><PRODUCT>Jen produkt</PRODUCT><PRICE_VAT>1e5</PRICE_VAT></SHOPITEM>
</SHOP>
"""

HEADER = (
    "code;pairCode;name;ean;price;currency;stock;productVisibility;variantVisibility;manufacturer;itemType;"
    "shortDescription;description;defaultCategory;categoryText;defaultImage;image;image2;textProperty1;"
    "variant:Velikost;filteringProperty:Barva;tipFlag;newFlag"
)
TABLE = f"""{HEADER}
32/S;32;Mikina;8590000001012;"1 299,50";CZK;-2;detailOnly;visible;Lumi;product;Krátce;"<p>Dlouze
; a ""jasně""</p>";Móda > Mikiny;Móda;a.jpg;a.jpg;b.jpg;Střih;S;bílá;1;0

32/M;32;Mikina;;0;;;visible;hidden;;;;;;;;;;Materiál;bavlna;true;
"""
TABLE = TABLE.replace("Střih;S;", '"Střih;volný;popis";S;').replace(
    "Materiál;bavlna;true;", ';;"bílá; žlutá";true;'
)


def read(text, **how):
    return list(read_feed(BytesIO(text if isinstance(text, bytes) else text.encode()), **how))


def codes(items):
    return [item.code if isinstance(item, CatalogItem) else item.problem for item in items]


class TestComplete:
    def test_each_variant_is_an_item(self):
        small, middle, dear, nameless, lamp = read(COMPLETE)
        assert small == CatalogItem(
            code="32/S",
            ean="8590000001012",
            name="Mikina Oslo",
            variant_of="g-17",
            variant=(("Velikost", "S"),),
            description_html="<p>Dlouze &amp; jasně</p>",
            short_description_html="Krátce",
            price=Decimal(699),
            currency="EUR",
            stock=Decimal("-2.5"),
            images=("https://x.example/s.jpg", "https://x.example/1.jpg", "https://x.example/2.jpg"),
            parameters=(("Materiál", "bavlna"), ("Materiál", "len"), ("Střih", "volný")),
            brand="Lumi",
            category="Móda > Mikiny",
            categories=("Móda > Mikiny", "7", "Mikiny", "Móda", "5"),
            flags=("kaufland", "plain", "tip"),
        )
        assert (middle.code, middle.price, middle.stock) == ("32/M", Decimal("1299.50"), Decimal(7))
        assert (middle.visibility, middle.variant, middle.ean) == ("hidden", (("Velikost", "M"),), None)
        assert str(dear) == 'line 4 (32/L): PRICE_VAT is no number: "draho"'
        assert str(nameless) == "line 4 (Mikina Oslo): it has no CODE"
        assert (lamp.variant_of, lamp.visibility, lamp.price) == (None, "hidden", Decimal(0))
        assert (lamp.category, lamp.categories) == ("Svítidla", ("Svítidla",))

    def test_a_code_that_stands_elsewhere_is_not_the_products(self):
        (bad,) = read("<SHOP><SHOPITEM><FLAGS><FLAG><CODE>x</CODE></FLAG></FLAGS></SHOPITEM></SHOP>")
        assert bad.problem == "it has no CODE"

    def test_the_language_is_kept_with_each_item(self):
        assert {item.language for item in read(COMPLETE, language="cs") if isinstance(item, CatalogItem)} == {
            "cs"
        }

    @pytest.mark.parametrize("encoding", ["windows-1250", "utf-16", "iso-8859-2", "utf-8"])
    def test_encodings(self, encoding):
        text = COMPLETE.replace('encoding="utf-8"', f'encoding="{encoding}"')
        assert read(text.encode(encoding))[0] == read(COMPLETE)[0]

    def test_a_byte_order_mark(self):
        assert codes(read_feed(BytesIO(b"\xef\xbb\xbf" + COMPLETE.encode()))) == codes(read(COMPLETE))

    def test_pieces_of_any_size(self):
        class Slow(BytesIO):
            def read(self, size=-1):
                return super().read(min(size, 7))

        assert list(read_xml(Slow(COMPLETE.encode()))) == read(COMPLETE)


class TestHeureka:
    def test_each_item_is_a_variant(self):
        item, nameless, dear = read(HEUREKA)
        assert item == CatalogItem(
            code="A-1",
            ean="8590000001012",
            name="Lumi mikina S",
            variant_of="A",
            description_html="Hezká",
            price=Decimal(699),
            images=("https://x.example/1.jpg", "https://x.example/2.jpg"),
            parameters=(("Barva", "bílá"),),
            brand="Lumi",
            category="Heureka.cz | Móda | Mikiny",
            categories=("Heureka.cz | Móda | Mikiny", "Mikiny"),
        )
        assert (nameless.problem, nameless.subject) == ("it has no ITEM_ID", "Bez čísla")
        assert (dear.problem, dear.subject) == ('PRICE_VAT is no number: "1e5"', "A-2")


class TestTable:
    @pytest.mark.parametrize("encoding", ["cp1250", "utf-8", "utf-8-sig"])
    def test_each_record_is_an_item(self, encoding):
        small, middle = read(TABLE.encode(encoding))
        assert small == CatalogItem(
            code="32/S",
            ean="8590000001012",
            name="Mikina",
            variant_of="32",
            variant=(("Velikost", "S"),),
            description_html='<p>Dlouze\n; a "jasně"</p>',
            short_description_html="Krátce",
            price=Decimal("1299.50"),
            currency="CZK",
            stock=Decimal(-2),
            images=("a.jpg", "b.jpg"),
            parameters=(("Střih", "volný"), ("Barva", "bílá")),
            brand="Lumi",
            category="Móda > Mikiny",
            categories=("Móda > Mikiny", "Mikiny", "Móda"),
            flags=("tip",),
            visibility="detail-only",
        )
        assert (middle.price, middle.stock, middle.visibility) == (Decimal(0), None, "hidden")
        assert (middle.parameters, middle.flags) == ((("Barva", "bílá"), ("Barva", "žlutá")), ("tip",))

    def test_the_encoding_can_be_given(self):
        text = "code;name\nA;Židle\n"
        (item,) = read_csv(BytesIO(text.encode("cp1250")), encoding="cp1250", language="cs")
        assert (item.name, item.language) == ("Židle", "cs")
        with pytest.raises(ValueError, match="Shoptet writes cp1250 and utf-8"):
            read_csv(BytesIO(), encoding="utf-16")

    def test_what_is_not_in_the_encoding_is_not_guessed(self):
        bad, good = read("code;name\nA;Ž\n".encode("cp1250") + b"B;\x81\nC;c\n")[1:]
        assert bad.problem == "it holds bytes that are not cp1250"
        assert good.code == "C"

    @pytest.mark.parametrize(
        ("record", "problem"),
        [
            ("A;b;c", "it has 3 cells, the header has 2"),
            ("A", "it has 1 cells, the header has 2"),
            (";x", "it has no code"),
            ("A;\rx", "it cannot be read: new-line character seen in unquoted field"),
            (f"A;{'x' * 140_000}", "it cannot be read: field larger than field limit"),
        ],
    )
    def test_a_bad_record_is_reported_and_the_rest_goes_on(self, record, problem):
        bad, good = read(f"code;name\n{record}\nB;b\n")
        assert bad.problem.startswith(problem)
        assert (bad.line, bad.offset) == (2, 10)
        assert good.code == "B"

    @pytest.mark.parametrize("column", ["price", "stock"])
    @pytest.mark.parametrize("number", ["x", "1.2.3", "1e3", "NaN", "٣", "--1", "9" * 40])
    def test_numbers_that_are_none(self, column, number):
        (bad,) = read(f"code;{column}\nA;{number}\n")
        assert bad.problem == f'{column} is no number: "{number[:30]}"'

    def test_a_quotation_mark_that_opens_nothing_is_a_character(self):
        assert [item.name for item in read('code;name\nA;monitor 5" x\nB;"5"" x"\n')] == [
            'monitor 5" x',
            '5" x',
        ]

    def test_a_cell_that_is_never_closed_costs_what_is_in_it(self):
        *_, bad = read('code;name\nA;a\nB;"b\nC;c\n')
        assert (bad.line, bad.problem) == (3, "a quotation mark is not closed")

    def test_nothing_between_records_is_nothing(self):
        assert codes(read("\n;;\ncode;name;ean\n\n;;\nA;;\n")) == ["A"]

    @given(
        st.lists(
            st.tuples(
                st.text("AB1/-", min_size=1, max_size=5),
                st.text(
                    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd"), max_size=8
                )
                | st.sampled_from(['"', '";"', "a\nb", '""', ";", "\n"]),
            ),
            max_size=5,
        )
    )
    def test_what_a_spreadsheet_writes_is_read_back(self, rows):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\n")
        writer.writerows([("code", "name"), *rows])
        found = read(text.getvalue())
        assert [(item.code, item.name) for item in found] == [(code, name.strip()) for code, name in rows]


class TestHostile:
    """Must show: malformed feeds, XML bombs, a page instead of a feed."""

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "it is empty"),
            ("\n \n", "it is empty"),
            ("<!DOCTYPE html><html><body>404</body></html>", "HTML page, not a feed.*wrong hash"),
            ("<html><head/></html>", "HTML page, not a feed"),
            ("<HTML></HTML>", "HTML page, not a feed"),
            ("<rss></rss>", "begins with <rss>, a feed begins with <SHOP>"),
            ("<p>x", "begins with <p>"),
            ("< no", "this is not XML: not well-formed"),
            ("<SHOP", "it breaks off: unclosed token"),
            ('{"items": []}', "no column code"),
            ("name,code\nx,y", "no column code"),
            (
                "<!DOCTYPE SHOP SYSTEM 'http://evil.example/x.dtd'><SHOP/>",
                "document type declaration, which is refused",
            ),
            ("<!DOCTYPE SHOP [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><SHOP>&x;</SHOP>", "document type"),
            ("<?xml version='1.0' encoding='big5'?><SHOP/>", "encoding cannot be read"),
            ("<?xml version='1.0' encoding='nonsense'?><SHOP/>", "encoding cannot be read"),
            ("<SHOP>" + "<a>" * 60, "more than 50 deep"),
            ("<SHOP><SHOPITEM>" + "<a>" * 60, "more than 50 deep"),
        ],
    )
    def test_what_is_not_a_feed_is_an_error(self, text, problem):
        with pytest.raises(FeedError, match=problem):
            read(text)

    def test_an_empty_file_given_as_xml(self):
        with pytest.raises(FeedError, match="line 2: it is empty"):
            list(read_xml(BytesIO(b" \n")))

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("<html></html>", "HTML page"),
            ("<!doctype HTML>", "HTML page"),
            ("<SHOP/>", "this is XML, not CSV"),
        ],
    )
    def test_a_page_given_as_csv(self, text, problem):
        with pytest.raises(FeedError, match=problem):
            list(read_csv(BytesIO(text.encode())))

    def test_a_broken_header(self):
        with pytest.raises(FeedError, match="a quotation mark is not closed"):
            read('"code;name\n')

    def test_a_billion_laughs_are_refused_at_once(self):
        """Hostile: XML bombs."""
        levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
        bomb = (
            f'<!DOCTYPE s [<!ENTITY l0 "lol">{levels}]><SHOP><SHOPITEM><NAME>&l11;</NAME></SHOPITEM></SHOP>'
        )
        start = time.perf_counter()
        with pytest.raises(FeedError, match="document type declaration"):
            read(bomb)
        assert time.perf_counter() - start < 5

    @pytest.mark.parametrize(
        "broken",
        [
            "<SHOPITEM><CODE>X</CODE><NAME>a & b</NAME></SHOPITEM>",
            "<SHOPITEM><CODE>X</CODE><NAME>&nbsp;</NAME></SHOPITEM>",
            "<SHOPITEM><CODE>X</CODE><NAME>a < b</NAME></SHOPITEM>",
            "<SHOPITEM><CODE>X</CODE><NAME>a</SHOPITEM>",
            "<SHOPITEM><CODE>X</CODE><NAME>\x00</NAME></SHOPITEM>",
            "<SHOPITEM><CODE>X</CODE>",
        ],
    )
    def test_a_broken_item_costs_no_other(self, broken):
        """Hostile: malformed feeds."""
        good = "<SHOPITEM><CODE>{}</CODE><NAME>x</NAME></SHOPITEM>\n"
        text = f"<SHOP>\n{good.format('A')}{broken}\n{good.format('B')}{good.format('C')}</SHOP>\n"
        first, bad, *rest = read(text)
        assert [first.code, *(item.code for item in rest)] == ["A", "B", "C"]
        assert (bad.line, bad.subject) == (3, "X")
        assert bad.offset == text.index(broken)
        assert "well-formed" in bad.problem or bad.problem == "it has no end"

    def test_lines_and_offsets_stay_right_after_a_broken_item(self):
        text = "<SHOP>\n<SHOPITEM>\n&\n</SHOPITEM>\n<SHOPITEM><NAME>ž</NAME></SHOPITEM>\n<SHOPITEM>&</SHOPITEM></SHOP>"
        assert [(bad.line, bad.offset) for bad in read(text)] == [
            (2, 7),
            (5, text.encode().index(b"<SHOPITEM><NAME>")),
            (6, text.encode().index(b"<SHOPITEM>&")),
        ]

    def test_what_is_broken_between_items(self):
        item = "<SHOPITEM><CODE>{}</CODE></SHOPITEM>"
        text = f"<SHOP>{item.format('A')}<x></y>{item.format('B')}<SHOPITEM a='' a=''></SHOPITEM>{item.format('C')}</SHOP>"
        assert codes(read(text)) == [
            "A",
            "between items, it is not well-formed: mismatched tag",
            "B",
            "between items, it is not well-formed: duplicate attribute",
            "C",
        ]

    @pytest.mark.parametrize("size", [1, 5, 64, 1000])
    def test_a_broken_item_on_the_edge_of_a_piece(self, size):
        class Pieces(BytesIO):
            def read(self, wanted=-1):
                return super().read(min(size, wanted))

        text = (
            b"<SHOP><SHOPITEM><CODE>&</CODE></SHOPITEM> <!-- x --> <SHOPITEM><CODE>B</CODE></SHOPITEM></SHOP>"
        )
        assert codes(read_feed(Pieces(text)))[1:] == ["B"]

    def test_a_broken_last_item_is_not_the_end_of_the_feed(self):
        assert codes(read("<SHOP><SHOPITEM><CODE>A</CODE></SHOPITEM><SHOPITEM>&</SHOPITEM></SHOP>")) == [
            "A",
            "it is not well-formed: not well-formed (invalid token)",
        ]

    def test_what_stands_behind_the_end_does_not_matter(self):
        assert codes(read("<SHOP><SHOPITEM><CODE>A</CODE></SHOPITEM></SHOP>\n<!-- 0.1 s --> & <x>")) == ["A"]

    @pytest.mark.parametrize("cut", [100, 700, 2000, -10])
    def test_a_feed_that_breaks_off_gives_what_came_before_and_says_so(self, cut):
        whole, found = codes(read(COMPLETE)), []
        with pytest.raises(FeedError, match="it breaks off") as caught:
            for item in read_feed(BytesIO(COMPLETE.encode()[:cut])):
                found.append(item)  # noqa: PERF402 - what came before the error counts
        assert codes(found) == whole[: len(found)]
        assert caught.value.items == len(found)

    def test_a_feed_that_breaks_off_behind_a_broken_item(self):
        with pytest.raises(FeedError, match="after 1 items: it breaks off"):
            read("<SHOP><SHOPITEM>&</SHOPITEM>")

    def test_utf_16_cannot_be_taken_up_again(self):
        text = "<?xml version='1.0' encoding='utf-16'?><SHOP><SHOPITEM>&</SHOPITEM></SHOP>"
        with pytest.raises(FeedError, match="this is not XML"):
            read(text.encode("utf-16"))

    def test_an_item_that_is_too_large_is_left_out(self):
        limits = FeedLimits(item=10_000)
        many = "<a/>" * 2000
        text = (
            f"<SHOP><SHOPITEM><CODE>A</CODE><NAME>{'x' * 20_000}</NAME></SHOPITEM>"
            f"<SHOPITEM><CODE>B</CODE>{many}</SHOPITEM><SHOPITEM><CODE>C</CODE></SHOPITEM></SHOP>"
        )
        big, wide, good = read(text, limits=limits)
        assert (big.problem, big.subject) == ("it has more than 10000 characters", "A")
        assert (wide.problem, wide.subject) == ("it has more than 10000 characters", "B")
        assert good.code == "C"

    @pytest.mark.parametrize("endless", ["<!-- ", "<a b='", "<?pi "])
    def test_a_tag_without_end_is_not_kept(self, endless):
        with pytest.raises(FeedError, match="a tag or a comment has no end"):
            read("<SHOP>" + endless + "x" * 300_000, limits=FeedLimits(item=100_000))

    def test_a_record_that_is_too_large_is_left_out(self):
        limits = FeedLimits(item=10_000)
        text = 'code;name\nA;"' + "x\n" * 6000 + f'"\nB;b\nC;{"y" * 11_000}\nD;d\n'
        large = "it has more than 10000 bytes"
        assert codes(read(text, limits=limits)) == [large, "B", large, "D"]

    def test_a_cell_that_is_never_closed_does_not_swallow_the_feed(self):
        text = 'code;name\nA;"a\n' + "".join(f"B{n};b\n" for n in range(5000))
        bad, *rest = read(text, limits=FeedLimits(item=10_000))
        assert bad.line == 2
        assert len(rest) > 3000
        assert rest[-1].code == "B4999"

    def test_many_bad_items_in_a_row_are_not_a_feed(self):
        text = "code;name\n" + "x\n" * 50
        with pytest.raises(FeedError, match=r"line 11, after 10 items: 10 items in a row cannot be read"):
            read(text, limits=FeedLimits(bad=10))

    def test_a_feed_that_never_ends_is_limited(self):
        with pytest.raises(FeedError, match="more than 1000 bytes"):
            read(COMPLETE, limits=FeedLimits(total=1000))

    def test_text_mode_is_a_mistake_of_the_caller(self):
        with pytest.raises(TypeError, match="open the feed for reading bytes"):
            list(read_feed(io.StringIO(COMPLETE)))

    @pytest.mark.parametrize(
        "text", ["a" * 400_000, '"' * 400_000, '";' * 200_000, '""' * 200_000, 'x"y;"z' * 60_000]
    )
    def test_no_line_takes_long(self, text):
        start = time.perf_counter()
        read(f"code;name\nA;{text}\n")
        assert time.perf_counter() - start < 5

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=300))
    def test_any_bytes_are_read_or_refused(self, junk):
        for text in (
            junk,
            b"<SHOP>" + junk + b"<SHOPITEM><CODE>Z</CODE></SHOPITEM></SHOP>",
            b"code;name\n" + junk,
        ):
            with contextlib.suppress(FeedError):
                for item in read_feed(BytesIO(text)):
                    assert isinstance(item, CatalogItem | BadItem)
                    assert str(item)

    @settings(max_examples=100, deadline=None)
    @given(st.data())
    def test_a_feed_with_damage_anywhere_keeps_its_other_items(self, data):
        items = [f"<SHOPITEM><CODE>C{n}</CODE><NAME>zboží {n}</NAME></SHOPITEM>".encode() for n in range(6)]
        place = data.draw(st.integers(0, 5))
        at = data.draw(st.integers(10, len(items[place]) - 1))
        junk = data.draw(st.sampled_from([b"&", b"<", b"\x01", b"</x>", b"\xff"]))
        items[place] = items[place][:at] + junk + items[place][at:]
        found = codes(read(b"<SHOP>" + b"\n".join(items) + b"</SHOP>"))
        assert [code for code in (f"C{n}" for n in range(6) if n != place) if code not in found] == []


class Endless:
    """A large feed that is made while it is read."""

    def __init__(self, pieces):
        self._pieces = iter(pieces)
        self._held = b""
        self.size = 0

    def read(self, wanted):
        while len(self._held) < wanted:
            piece = b"".join(islice(self._pieces, 50))
            if not piece:
                break
            self._held += piece
        given, self._held = self._held[:wanted], self._held[wanted:]
        self.size += len(given)
        return given


def large_xml(number):
    yield b"<SHOP>"
    text = "Popis s háčky. " * 100
    for place in range(number):
        yield f"<SHOPITEM><CODE>C{place}</CODE><DESCRIPTION>{text}</DESCRIPTION></SHOPITEM>\n".encode()
    yield b"</SHOP>"


def large_csv(number):
    yield b"code;description\n"
    text = ("Popis s háčky. " * 20 + "\n") * 5
    for place in range(number):
        yield f'C{place};"{text}"\n'.encode("cp1250")


@pytest.mark.parametrize("make", [large_xml, large_csv])
def test_memory_does_not_grow_with_the_feed(make):
    """Hostile: a feed of any size in bounded memory. Must show: bounded memory; the benchmark has the figures of 300 MB."""

    def peak(number):
        file = Endless(make(number))
        tracemalloc.start()
        try:
            assert sum(isinstance(item, CatalogItem) for item in read_feed(file)) == number
            return tracemalloc.get_traced_memory()[1], file.size
        finally:
            tracemalloc.stop()

    (small, small_size), (large, large_size) = peak(500), peak(5000)
    assert large_size > 9 * small_size > 6_000_000
    assert large < small * 1.5 < 6_000_000


def test_words_for_visibility():
    assert [
        catalog.visibility_of(word)
        for word in ("cashDeskOnly", " Hidden ", "true", "false", "blockUnregistered")
    ] == [
        "cash-desk-only",
        "hidden",
        "visible",
        "hidden",
        "block-unregistered",
    ]


@pytest.mark.parametrize("module", [catalog, feeds])
def test_a_module_shows_what_it_offers(module):
    assert dir(module) == sorted(module.__all__)
