"""What holds for any JSON whatever."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from attrs import evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet import KAUFLAND, SHOPTET, UNSET, Unset
from kaufland_shoptet._core.codec import Mismatch
from kaufland_shoptet._core.values import FoldedStrEnum, Model, OpenIntEnum, OpenStrEnum, Text

CODEC = SHOPTET.codec
LAW = settings(deadline=None, max_examples=60)


class Colour(OpenStrEnum):
    RED = "red"


class Step(OpenIntEnum):
    CART = 0


class Country(FoldedStrEnum):
    CZ = "cz"


@frozen(kw_only=True)
class Leaf(Model):
    count: int
    other_name: str | Unset = UNSET


@frozen(kw_only=True)
class Twig(Model):
    width: Annotated[Decimal, Text(1)]


@frozen(kw_only=True)
class Tree(Model):
    name: str
    live: bool
    ratio: Decimal
    unit_price: Annotated[Decimal, Text(2)]
    changed_at: datetime
    day: date
    colour: Colour
    step: Step
    country: Country
    kind: Literal["oak", "ash"]
    anything: Any
    leaves: tuple[Leaf, ...]
    words: dict[str, Colour]
    note: str | None
    shape: Leaf | Twig | None
    several: str | int | tuple[Leaf | None, ...]
    colours: tuple[Colour, ...] | Unset = UNSET
    parent: Tree | Unset | None = UNSET
    type_: str | Unset = field(default=UNSET, metadata={"wire": "$type"})


texts = st.text(max_size=8)
wholes = st.integers(-(2**63), 2**63 - 1)
numbers = wholes | st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1e9, max_value=1e9)
json_values = st.recursive(
    st.none() | st.booleans() | texts | wholes | st.floats() | st.decimals(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
exact_values = st.recursive(
    st.none() | st.booleans() | texts | wholes,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def priced(places):
    return st.decimals(
        allow_nan=False, allow_infinity=False, places=places, min_value=-1e9, max_value=1e9
    ).map(lambda number: format(number, "f"))


times = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0).isoformat() + "+0200"
)
extras = st.dictionaries(st.text("xyz", min_size=1, max_size=3), exact_values, max_size=2)


def rows(required, optional):
    return st.builds(
        lambda row, extra: {**extra, **row},
        st.fixed_dictionaries(required, optional=optional),
        extras,
    )


leaves = rows({"count": wholes}, {"otherName": texts})
twigs = rows({"width": priced(1)}, {})
required = {
    "name": texts,
    "live": st.booleans(),
    "ratio": wholes,
    "unitPrice": priced(2),
    "changedAt": times,
    "day": st.dates().map(date.isoformat),
    "colour": texts,
    "step": wholes,
    "country": st.sampled_from(["cz", "sk", "xk"]),
    "kind": st.sampled_from(["oak", "ash"]),
    "anything": exact_values,
    "leaves": st.lists(leaves, max_size=2),
    "words": st.dictionaries(texts, texts, max_size=2),
    "note": st.none() | texts,
    "shape": st.none() | leaves | twigs,
    "several": texts | wholes | st.lists(st.none() | leaves, max_size=2),
}
optional = {"colours": st.lists(texts, max_size=2), "$type": texts}
trees = st.recursive(
    rows(required, {**optional, "parent": st.none()}),
    lambda inner: rows(required, {**optional, "parent": inner}),
    max_leaves=2,
)


def mismatch(read, *args):
    """The mismatch that reading ends in, if it does; anything else passes through."""
    try:
        read(*args)
    except Mismatch as error:
        return error
    return None


KINDS = [
    Tree,
    Leaf | Twig,
    tuple[Leaf, ...],
    dict[str, int],
    str | int | tuple[Leaf | None, ...],
    Annotated[Decimal, Text(2)],
    Colour | None,
    datetime,
    date,
    int,
    Decimal,
    bool,
    Literal["oak"],
    Any,
]


@LAW
@given(trees)
def test_what_was_read_is_written_back(raw):
    assert CODEC.encode(CODEC.decode(raw, Tree)) == raw


@LAW
@given(trees)
def test_what_was_written_is_read_back(raw):
    tree = CODEC.decode(raw, Tree)
    assert CODEC.decode(CODEC.load(CODEC.dump(CODEC.encode(tree))), Tree) == tree


@LAW
@given(st.sampled_from(KINDS), json_values)
def test_reading_anything_raises_nothing_but_a_mismatch(kind, raw):
    for codec in (KAUFLAND.codec, SHOPTET.codec):
        error = mismatch(codec.decode, raw, kind)
        assert error is None or (error.path.startswith("$") and error.problem)


@LAW
@given(trees, st.sampled_from(sorted(required)), json_values)
def test_one_wrong_value_is_found_wherever_it_is(raw, name, wrong):
    error = mismatch(CODEC.decode, {**raw, "parent": {**raw, name: wrong}}, Tree)
    assert error is None or error.path.startswith("$.parent.")


@LAW
@given(st.binary(max_size=30) | st.text(max_size=30).map(str.encode))
def test_parsing_anything_raises_nothing_but_a_mismatch(body):
    error = mismatch(CODEC.load, body)
    assert error is None or error.path == "$"


@LAW
@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 9))
def test_decimal_text_is_the_same_number_or_refused(number, places):
    kind = Annotated[Decimal, Text(places)]
    try:
        text = CODEC.encode(number, kind)
    except Mismatch:
        return
    assert Decimal(text) == number
    assert len(text.partition(".")[2]) == places
    assert CODEC.decode(text, kind) == number


@LAW
@given(st.decimals())
def test_a_json_number_is_the_same_number_or_refused(number):
    try:
        written = CODEC.dump(CODEC.encode(number))
    except Mismatch:
        return
    assert json.loads(written, parse_int=Decimal, parse_float=Decimal) == number


@LAW
@given(trees, texts)
def test_changing_one_attribute_changes_one_key(raw, name):
    tree = CODEC.decode(raw, Tree)
    assert CODEC.encode(evolve(tree, name=name)) == {**raw, "name": name}
