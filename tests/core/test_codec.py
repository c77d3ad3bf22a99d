from __future__ import annotations

import copy
import gc
import math
import pickle
import sys
import threading
import weakref
from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from typing import Annotated, Any, Literal

import pytest
from attrs import evolve, field, frozen
from attrs.exceptions import FrozenInstanceError

from kaufland_shoptet import KAUFLAND, SHOPTET, UNSET, Unset
from kaufland_shoptet._core import codec as codecs
from kaufland_shoptet._core.codec import Codec, Mismatch, camel, many_of, plain
from kaufland_shoptet._core.values import FoldedStrEnum, Model, OpenIntEnum, OpenStrEnum, Text

SNAKE = KAUFLAND.codec
CAMEL = SHOPTET.codec
Price = Annotated[Decimal, Text(2)]
Free = Annotated[Decimal, Text(None)]


class Colour(OpenStrEnum):
    RED = "red"


class Step(OpenIntEnum):
    CART = 0
    DELIVERY = 1


class Country(FoldedStrEnum):
    CZ = "cz"


@frozen(kw_only=True)
class Leaf(Model):
    count: int


@frozen(kw_only=True)
class Tree(Model):
    """One attribute of every kind, and itself."""

    name: str
    live: bool
    count: int
    ratio: Decimal
    price: Price
    free: Free
    changed: datetime
    day: date
    colour: Colour
    step: Step
    country: Country
    kind: Literal["oak", "ash"]
    anything: Any
    leaf: Leaf
    leaves: tuple[Leaf, ...]
    words: dict[str, int]
    note: str | None
    type_: str | Unset = UNSET
    parent: Tree | Unset | None = UNSET
    branches: tuple[Tree, ...] | Unset = UNSET
    marked: Annotated[str, "anything else"] | Unset = UNSET
    late: datetime | Unset | None = UNSET
    odd: int | Unset = field(default=UNSET, metadata={"wire": "$odd"})


ROW = {
    "name": "old",
    "live": True,
    "count": 3,
    "ratio": 1.5,
    "price": "199.00",
    "free": "0.12345",
    "changed": "2026-09-01T08:00:00Z",
    "day": "2026-09-01",
    "colour": "red",
    "step": 1,
    "country": "cz",
    "kind": "oak",
    "anything": {"a": [1, None, "x", True]},
    "leaf": {"count": 1},
    "leaves": [{"count": 2}, {"count": 3}],
    "words": {"one": 1},
    "note": None,
}
FULL = {
    **ROW,
    "type": "deciduous",
    "parent": ROW,
    "branches": [ROW, {**ROW, "parent": None}],
    "marked": "yes",
    "late": None,
    "$odd": 7,
}


def problem(raw, kind, codec=SNAKE):
    """Why *raw* is not a *kind*, as ``path: problem``."""
    with pytest.raises(Mismatch) as caught:
        codec.decode(raw, kind)
    return f"{caught.value.path}: {caught.value.problem}"


def refusal(value, kind=None, codec=SNAKE):
    with pytest.raises(Mismatch) as caught:
        codec.encode(value, kind)
    return f"{caught.value.path}: {caught.value.problem}"


def complaint(read):
    """What *read* complains about, if it does."""
    try:
        read()
    except Mismatch as error:
        return str(error)
    return ""


# Names.


@pytest.mark.parametrize(("name", "wire"), [("id_order", "idOrder"), ("type_", "type"), ("a", "a")])
def test_camel_case_names(name, wire):
    assert camel(name) == wire


def test_snake_case_names_lose_only_their_last_underscore():
    assert plain("from_") == "from"
    assert plain("id_order") == "id_order"


@frozen(kw_only=True)
class Sign(Model):
    first_name: str
    from_: str | Unset = UNSET


def test_each_api_has_its_own_spelling():
    sign = Sign(first_name="Ada", from_="Brno")
    assert CAMEL.encode(sign) == {"firstName": "Ada", "from": "Brno"}
    assert SNAKE.encode(sign) == {"first_name": "Ada", "from": "Brno"}
    assert CAMEL.decode({"firstName": "Ada", "from": "Brno"}, Sign) == sign


# Reading.


def test_every_kind_of_attribute_is_read():
    tree = SNAKE.decode(FULL, Tree)
    assert tree.name == "old"
    assert tree.live is True
    assert tree.ratio == Decimal("1.5")
    assert tree.price == Decimal("199.00")
    assert tree.free == Decimal("0.12345")
    assert tree.changed == datetime(2026, 9, 1, 8, tzinfo=UTC)
    assert tree.day == date(2026, 9, 1)
    assert tree.colour is Colour.RED
    assert tree.step is Step.DELIVERY
    assert tree.country is Country.CZ
    assert tree.anything == {"a": [1, None, "x", True]}
    assert tree.leaf == Leaf(count=1)
    assert tree.leaves == (Leaf(count=2), Leaf(count=3))
    assert tree.words == {"one": 1}
    assert tree.note is None
    assert tree.type_ == "deciduous"
    assert tree.parent.name == "old"
    assert tree.branches[1].parent is None
    assert tree.branches[0].parent is UNSET
    assert tree.marked == "yes"
    assert tree.odd == 7


def test_absent_keys_are_unset_and_null_is_none():
    tree = SNAKE.decode({**ROW, "late": None}, Tree)
    assert tree.type_ is tree.parent is tree.branches is tree.odd is UNSET
    assert tree.late is None
    assert tree.extra == {}


def test_what_was_read_is_written_back():
    assert SNAKE.encode(SNAKE.decode(ROW, Tree)) == ROW
    assert SNAKE.encode(SNAKE.decode(FULL, Tree)) == FULL


def test_unknown_words_numbers_and_countries_are_no_failure():
    tree = SNAKE.decode({**ROW, "colour": "mauve", "step": 9, "country": "XK"}, Tree)
    assert (tree.colour.value, tree.step.value, tree.country.value) == ("mauve", 9, "xk")
    assert not tree.colour.known


def test_unknown_keys_are_kept_and_written_back():
    raw = {"count": 1, "new": {"deep": [1]}}
    leaf = SNAKE.decode(raw, Leaf)
    assert leaf.extra == {"new": {"deep": [1]}}
    assert SNAKE.encode(leaf) == raw
    assert SNAKE.encode(evolve(leaf, count=2)) == {**raw, "count": 2}


def test_numbers_among_unknown_keys_become_decimals():
    leaf = SNAKE.decode(SNAKE.load(b'{"count": 1, "new": {"deep": [0.1]}}'), Leaf)
    assert repr(leaf.extra["new"]["deep"][0]) == "Decimal('0.1')"


def test_a_list_of_things_is_a_tuple():
    assert SNAKE.decode([{"count": 1}], many_of(Leaf)) == (Leaf(count=1),)
    assert SNAKE.decode(["a", None], tuple[str | None, ...]) == ("a", None)


@pytest.mark.parametrize("kind", [Colour, Colour | None, Annotated[Colour, "marked"], Colour | int])
def test_words_are_members_of_their_set_wherever_they_are(kind):
    assert SNAKE.decode("red", kind) is Colour.RED
    assert SNAKE.decode(["red"], tuple[kind, ...])[0] is Colour.RED
    assert SNAKE.decode({"a": "red"}, dict[str, kind])["a"] is Colour.RED
    assert type(SNAKE.decode("mauve", kind)) is Colour


def test_whole_numbers_may_be_written_with_a_point():
    assert SNAKE.decode(1.0, int) == 1
    assert SNAKE.decode(Decimal("2.00"), int) == 2
    assert type(SNAKE.decode(1.0, int)) is int


def test_decimals_come_as_numbers_and_as_text():
    assert SNAKE.decode(["1.10", 1.1, 1, Decimal("1.10")], tuple[Decimal, ...]) == (
        Decimal("1.1"),
        Decimal("1.1"),
        Decimal(1),
        Decimal("1.1"),
    )


# What was read is a real model.


def test_what_was_read_is_frozen():
    leaf = SNAKE.decode({"count": 1}, Leaf)
    assert type(leaf) is Leaf
    with pytest.raises(FrozenInstanceError):
        leaf.count = 2
    with pytest.raises(AttributeError):
        leaf.other = 2
    assert not hasattr(leaf, "__dict__")


def test_what_was_read_equals_and_hashes_like_what_was_made():
    read, made = SNAKE.decode({"count": 1}, Leaf), Leaf(count=1)
    assert read == made
    assert hash(read) == hash(made)
    assert repr(read) == repr(made) == "Leaf(count=1)"
    assert evolve(read, count=2) == Leaf(count=2)


def test_what_was_read_can_be_pickled_copied_and_referred_to_weakly():
    tree = SNAKE.decode({**FULL, "new": 1}, Tree)
    for twin in (pickle.loads(pickle.dumps(tree)), copy.deepcopy(tree), copy.copy(tree)):
        assert twin == tree
        assert type(twin) is Tree
        assert twin.extra == {"new": 1}
        with pytest.raises(FrozenInstanceError):
            twin.name = "young"
    watched = weakref.ref(SNAKE.decode({"count": 1}, Leaf))
    gc.collect()
    assert watched() is None


@frozen(kw_only=True)
class Bud(Leaf):
    open: bool


def test_a_model_may_extend_another():
    bud = SNAKE.decode({"count": 1, "open": True, "x": 0}, Bud)
    assert bud == Bud(count=1, open=True)
    assert bud.extra == {"x": 0}
    assert SNAKE.encode(bud) == {"count": 1, "open": True, "x": 0}


@frozen(kw_only=True)
class Nothing(Model):
    """No attributes at all."""


def test_a_model_without_attributes_keeps_everything():
    assert SNAKE.decode({}, Nothing).extra == {}
    assert SNAKE.encode(SNAKE.decode({"a": 1}, Nothing)) == {"a": 1}


# Errors of reading.


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("name", 1, "a string was due, a number came"),
        ("name", None, "a string was due, null came"),
        ("live", "true", "a boolean was due, a string came"),
        ("live", 1, "a boolean was due, a number came"),
        ("count", "3", "a whole number was due, a string came"),
        ("count", True, "a whole number was due, a boolean came"),
        ("count", 1.5, "a whole number was due, a number came"),
        ("count", Decimal("1.5"), "a whole number was due, a number came"),
        ("count", math.inf, "a whole number was due, a number came"),
        ("count", math.nan, "a whole number was due, a number came"),
        ("count", Decimal("1E+999999999"), "a whole number was due, a number came"),
        ("ratio", True, "a decimal number was due, a boolean came"),
        ("ratio", "a lot", "a decimal number was due, other text came"),
        ("price", "NaN", "a decimal number was due, other text came"),
        ("price", math.inf, "a decimal number was due, other text came"),
        ("price", [], "a decimal number was due, a list came"),
        ("changed", 1756713600, "a time was due, a number came"),
        ("changed", "yesterday", "a time was due, other text came"),
        ("day", 20260901, "a date was due, a number came"),
        ("day", "2026-02-30", "a date was due, other text came"),
        ("colour", 1, "one of Colour was due, a number came"),
        ("colour", [], "one of Colour was due, a list came"),
        ("step", "1", "one of Step was due, a string came"),
        ("step", True, "one of Step was due, a boolean came"),
        ("country", {}, "one of Country was due, an object came"),
        ("kind", "elm", "one of 'oak', 'ash' was due, something else came"),
        ("leaf", [], "an object was due, a list came"),
        ("leaf", None, "an object was due, null came"),
        ("leaves", {}, "a list was due, an object came"),
        ("leaves", "ab", "a list was due, a string came"),
        ("words", [], "an object was due, a list came"),
        ("note", 1, "a string was due, a number came"),
        ("parent", 1, "an object was due, a number came"),
    ],
)
def test_a_wrong_value_is_named_with_its_path(name, wrong, told):
    assert problem({**ROW, name: wrong}, Tree) == f"$.{name}: {told}"
    assert problem({**ROW, "branches": [ROW, {**ROW, name: wrong}]}, Tree) == f"$.branches[1].{name}: {told}"


@pytest.mark.parametrize("name", list(ROW))
def test_a_missing_value_is_named_with_its_path(name):
    row = {key: value for key, value in ROW.items() if key != name}
    assert problem(row, Tree) == f"$.{name}: a required field is missing"
    deep = {**ROW, "parent": {**ROW, "branches": [row]}}
    assert problem(deep, Tree) == f"$.parent.branches[0].{name}: a required field is missing"


def test_a_wrong_value_in_a_map_is_named_with_its_key():
    assert problem({**ROW, "words": {"one": 1, "two": "2"}}, Tree) == (
        "$.words['two']: a whole number was due, a string came"
    )


def test_only_the_first_of_several_problems_is_told():
    assert problem([{"count": "1"}, {"count": "2"}], many_of(Leaf)).startswith("$[0].count: ")


def test_the_path_begins_where_it_is_told_to():
    with pytest.raises(Mismatch) as caught:
        SNAKE.decode({"count": None}, Leaf, "$.data.order")
    assert caught.value.path == "$.data.order.count"


def test_the_whole_may_be_wrong():
    assert problem([], Leaf) == "$: an object was due, a list came"
    assert problem({}, int) == "$: a whole number was due, an object came"
    assert problem(1, many_of(Leaf)) == "$: a list was due, a number came"


def test_only_what_a_json_parser_makes_is_read():
    assert problem(OrderedDict(count=1), Leaf) == (
        "$: an object was due, <class 'collections.OrderedDict'> came"
    )
    assert problem(object(), int).startswith("$: a whole number was due, <class 'object'> came")


@pytest.mark.parametrize("kind", [bytes, set])
def test_a_type_that_no_json_value_has_is_refused(kind):
    assert "$: " in problem([], kind)


def test_problems_never_repeat_the_value():
    for name in ROW:
        for secret in ("jan@example.cz", ["jan@example.cz"], {"jan@example.cz": 1}, 601000111):
            told = complaint(lambda: SNAKE.decode({**ROW, name: secret}, Tree))  # noqa: B023
            assert "jan@" not in told
            assert "601000111" not in told


# Unions.


@frozen(kw_only=True)
class ByCode(Model):
    code: str
    note: str | Unset = UNSET


@frozen(kw_only=True)
class ByGuid(Model):
    guid: str
    note: str | Unset = UNSET
    more: str | Unset = UNSET


@frozen(kw_only=True)
class ByBoth(Model):
    code: str
    guid: str


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ({"code": "a"}, ByCode),
        ({"guid": "a"}, ByGuid),
        ({"code": "a", "guid": "b"}, ByBoth),
        ({"guid": "a", "more": "b"}, ByGuid),
        ({"code": "a", "other": 1}, ByCode),
    ],
)
def test_a_union_of_models_is_decided_by_the_keys_that_are_there(raw, kind):
    value = SNAKE.decode(raw, ByCode | ByGuid | ByBoth)
    assert type(value) is kind
    assert SNAKE.encode(value, ByCode | ByGuid | ByBoth) == raw


def test_a_union_that_nothing_fits_tells_what_the_closest_lacks():
    assert problem({"guid": 1}, ByCode | ByGuid) == "$.guid: a string was due, a number came"
    assert problem({"note": "n"}, ByCode | None).endswith("code: a required field is missing")
    assert problem(5, ByCode | ByGuid) == "$: an object was due, a number came"


Mixed = str | int | Leaf | tuple[int, ...] | None


@pytest.mark.parametrize("raw", ["a", 1, {"count": 1}, [1, 2], None])
def test_a_union_of_several_shapes_is_decided_by_the_shape(raw):
    assert SNAKE.encode(SNAKE.decode(raw, Mixed), Mixed) == raw


def test_a_union_falls_back_to_its_first_member():
    assert problem([1, "x"], Mixed) == "$[1]: a whole number was due, a string came"
    assert problem(1.5, Mixed) == "$: a string was due, a number came"
    assert problem(None, str | int) == "$: a string was due, null came"


def test_a_union_may_hold_enumerations_maps_and_decimal_text():
    kind = Price | Step | dict[str, int]
    assert SNAKE.decode("1.50", kind) == Decimal("1.50")
    assert SNAKE.decode(1, kind) is Step.DELIVERY
    assert SNAKE.decode({"a": 1}, kind) == {"a": 1}
    assert SNAKE.encode(Decimal("1.5"), kind) == "1.50"
    assert SNAKE.encode(Step.DELIVERY, kind) == 1
    assert SNAKE.encode({"a": 1}, kind) == {"a": 1}


def test_a_member_of_a_union_that_cannot_be_told_by_its_shape_is_passed_over():
    assert SNAKE.decode(1, Literal["a"] | int) == 1


def test_a_nullable_thing_in_a_list_is_read_and_written():
    kind = tuple[Leaf | None, ...]
    assert SNAKE.encode(SNAKE.decode([None, {"count": 1}], kind), kind) == [None, {"count": 1}]
    assert problem([{}], kind) == "$[0].count: a required field is missing"


# Time.


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-09-01T08:00:00Z", datetime(2026, 9, 1, 8, tzinfo=UTC)),
        ("2023-11-30T00:00:00.000Z", datetime(2023, 11, 30, tzinfo=UTC)),
        ("2019-07-19T17:24:05T", datetime(2019, 7, 19, 15, 24, 5, tzinfo=UTC)),
        ("2016-05-06 23:07:41", datetime(2016, 5, 6, 21, 7, 41, tzinfo=UTC)),
        ("2016-12-06 23:07:41", datetime(2016, 12, 6, 22, 7, 41, tzinfo=UTC)),
        ("2026-09-01T10:00:00+02:00", datetime(2026, 9, 1, 8, tzinfo=UTC)),
        ("2018-05-29T09:02:27+0200", datetime(2018, 5, 29, 7, 2, 27, tzinfo=UTC)),
        ("2014-09-05T00:00:00+0000", datetime(2014, 9, 5, tzinfo=UTC)),
        ("2026-09", datetime(2026, 8, 31, 22, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_every_shape_that_was_seen(text, moment):
    assert SNAKE.decode(text, datetime) == moment
    assert SNAKE.decode(text, datetime).tzinfo is not None


def test_a_time_without_a_zone_survives_pickling():
    moment = SNAKE.decode("2016-05-06 23:07:41", datetime)
    assert pickle.loads(pickle.dumps(moment)) == copy.deepcopy(moment) == moment


def test_times_are_written_as_each_api_wants_them():
    moment = datetime(2026, 9, 1, 10, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    assert SNAKE.encode(moment) == "2026-09-01T08:00:00Z"
    assert CAMEL.encode(moment) == "2026-09-01T10:00:00+0200"


@pytest.mark.parametrize("codec", [SNAKE, CAMEL])
def test_a_time_without_a_zone_is_not_sent(codec):
    with pytest.raises(ValueError, match="a time needs a zone"):
        codec.encode(datetime(2026, 9, 1))  # noqa: DTZ001


# Writing.


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.5"), "1.50"),
        (Decimal("1.500"), "1.50"),
        (Decimal("-0.5"), "-0.50"),
        (Decimal("1E+3"), "1000.00"),
        (Decimal("1E+27"), "1000000000000000000000000000.00"),
        (7, "7.00"),
    ],
)
def test_decimal_text_is_padded(value, text):
    assert SNAKE.encode(value, Price) == text


def test_decimal_text_does_not_depend_on_the_callers_precision():
    with localcontext(prec=3):
        assert SNAKE.encode(Decimal("123456.5"), Price) == "123456.50"


def test_decimal_text_with_free_places_is_written_as_it_is():
    assert SNAKE.encode(Decimal("1E+2"), Free) == "100"
    assert SNAKE.encode(Decimal("0.1200"), Free) == "0.1200"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Decimal("1.505"), "has more than 2 decimal places; round it first"),
        (Decimal("NaN"), "NaN cannot be written"),
        (Decimal("sNaN"), "sNaN cannot be written"),
        (Decimal("Infinity"), "Infinity cannot be written"),
        (Decimal("1E+80"), "has more digits than an amount can have"),
        (1.5, "Decimal was due, float was given"),
        ("1.50", "Decimal was due, str was given"),
        (True, "Decimal was due, bool was given"),
    ],
)
def test_decimal_text_is_never_rounded_or_guessed(value, told):
    assert refusal(value, Price) == f"$: {told}"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (Decimal("0.1"), "0.1"),
        (Decimal(3), "3"),
        (Decimal("1.50"), "1.5"),
        (5, "5"),
        (Decimal("1E+2"), "100.0"),
    ],
)
def test_a_decimal_where_a_number_is_due_is_written_exactly(value, number):
    assert SNAKE.dump(SNAKE.encode(value, Decimal)) == number.encode()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Decimal("0.12345678901234567890123"), "has more digits than a JSON number carries"),
        (Decimal("1E+400"), "has more digits than a JSON number carries"),
        (Decimal("NaN"), "NaN cannot be written"),
        (0.5, "Decimal was due, float was given"),
    ],
)
def test_a_decimal_that_a_json_number_cannot_carry_is_refused(value, told):
    assert refusal(value, Decimal) == f"$: {told}"


def test_values_are_written_by_what_they_are_where_no_type_says_it():
    value = {
        "list": [1, "a", None, True],
        "tuple": (Colour.RED, Step(9)),
        "model": Leaf(count=1),
        "day": date(2026, 9, 1),
        "time": datetime(2026, 9, 1, tzinfo=UTC),
        "number": Decimal("0.5"),
    }
    assert SNAKE.encode(value) == {
        "list": [1, "a", None, True],
        "tuple": ["red", 9],
        "model": {"count": 1},
        "day": "2026-09-01",
        "time": "2026-09-01T00:00:00Z",
        "number": 0.5,
    }


@pytest.mark.parametrize("value", [0.1, b"bytes", {1, 2}, object()])
def test_floats_and_foreign_things_are_not_written(value):
    told = refusal({"a": [value]})
    assert told.startswith("$.a[0]: ")
    assert "cannot be written; use Decimal, int, str or a model" in told


def test_what_cannot_be_written_is_named_with_its_path():
    tree = evolve(SNAKE.decode(ROW, Tree), leaves=(Leaf(count=1), "leaf"))
    assert refusal(tree) == "$.leaves[1]: Leaf was due, str was given"
    assert refusal(evolve(tree, leaves=(), words={"a": 0.5})).startswith("$.words.a: float cannot be written")
    assert refusal(evolve(tree, leaves=(), day="2026-09-01")) == "$.day: date was due, str was given"
    assert refusal(evolve(tree, leaves=(), changed="now")) == "$.changed: datetime was due, str was given"
    assert refusal(Leaf(count=1, extra={"new": {"deep": 0.5}})).startswith("$.new.deep: float")


def test_the_path_of_what_cannot_be_written_is_in_the_words_of_the_api():
    assert refusal(Sign(first_name=0.5), codec=CAMEL).startswith("$.firstName: ")


def test_a_time_is_not_a_date():
    assert refusal(datetime(2026, 9, 1, tzinfo=UTC), date) == "$: date was due, datetime was given"


def test_text_is_not_a_list_of_letters():
    assert refusal("abc", tuple[str, ...]) == "$: a list was due, str was given"
    assert SNAKE.encode(["abc"], tuple[str, ...]) == ["abc"]


# JSON.


@pytest.fixture(params=["orjson", "json"])
def loads(request, monkeypatch):
    """Both parsers: the fast one of the extra, and the one that is always there."""
    if request.param == "json":
        monkeypatch.setitem(sys.modules, "orjson", None)
    else:
        pytest.importorskip("orjson")
    monkeypatch.setattr(codecs, "_loads", codecs._parser())
    return request.param


def test_numbers_are_never_floats_in_models(loads):
    row = SNAKE.dump({**ROW, "ratio": "RATIO", "anything": ["DEEP"]})
    row = row.replace(b'"RATIO"', b"0.1").replace(b'"DEEP"', b"19.99")
    tree = SNAKE.decode(SNAKE.load(row), Tree)
    assert repr(tree.ratio) == "Decimal('0.1')"
    assert repr(tree.anything) == "[Decimal('19.99')]"


@pytest.mark.parametrize("number", [2**53 - 1, 2**63, 2**64 - 1, 2**64, 2**90 + 1, -(2**63), -(2**80)])
def test_a_whole_number_is_exact_or_refused(loads, number):
    """A parser that has no room for a number must not round it: ids would be other ids."""
    raw = SNAKE.load(b'{"count":%d}' % number)
    try:
        leaf = SNAKE.decode(raw, Leaf)
    except Mismatch as error:
        assert error.args == ("$.count", "a whole number was due, a number too large to be exact came")
        assert loads == "orjson"
        assert abs(number) > 2**63
    else:
        assert leaf.count == number


def test_keys_may_be_spelled_in_any_way(loads):
    codec = Codec({"count": 'po"č\\et\n'}.__getitem__, str)
    body = codec.dump({'po"č\\et\n': 1, "count": 2})
    assert codec.decode(codec.load(body), Leaf) == Leaf(count=1, extra={"count": 2})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b'{"data": [1, 2',
        b"NaN",
        b'{"a": Infinity}',
        b"\xff",
        b"1 2",
        b"1" * 5000,
        b"[" * 100_000,
    ],
)
def test_what_is_not_json_is_a_mismatch_of_the_whole(loads, body):
    with pytest.raises(Mismatch) as caught:
        SNAKE.load(body)
    assert caught.value.args == ("$", "the body is not JSON")


def test_json_of_any_legal_depth_is_read_or_refused_but_does_not_break(loads):
    deep = b'{"count":1,"new":' + b"[" * 900 + b"]" * 900 + b"}"
    try:
        leaf = SNAKE.decode(SNAKE.load(deep), Leaf)
    except Mismatch:
        return
    assert leaf.count == 1


def test_json_is_written_compact_and_in_utf_8():
    assert SNAKE.dump({"město": ["Brno", None, True]}) == '{"město":["Brno",null,true]}'.encode()


# Threads.


def test_several_threads_may_be_the_first_to_read_and_write_a_model():
    raw = {"name": "a", "kids": [{"name": "b", "kids": []}], "leaf": {"count": 1}, "other": {"count": 2}}
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    failures = []

    def work(codec, start):
        try:
            start.wait()
            value = codec.decode(raw, Family)
            assert codec.encode(value) == raw
            codec.decode({"name": 1}, Family)
        except Mismatch as error:
            if "a string was due" not in str(error):
                failures.append(error)
        except Exception as error:
            failures.append(error)

    try:
        for _ in range(15):
            codec, start = Codec(plain, str), threading.Barrier(4)
            threads = [threading.Thread(target=work, args=(codec, start)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(before)
    assert failures == []


@frozen(kw_only=True)
class Family(Model):
    name: str
    kids: tuple[Family, ...]
    leaf: Leaf | Unset = UNSET
    other: Leaf | ByCode | Unset = UNSET
