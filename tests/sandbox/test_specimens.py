"""Values made for schemas, and values bent into their shape."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest

from kaufland_shoptet.sandbox.generic.rules import Rules
from kaufland_shoptet.sandbox.generic.specimens import Maker, Specimens
from kaufland_shoptet.sandbox.generic.table import Table
from kaufland_shoptet.sandbox.params import offset_time

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
TEXT = {"type": "string"}
TREE = {
    "type": "object",
    "properties": {"name": TEXT, "parent": {"$ref": "tree", "nullable": True}, "children": {"type": "array"}},
    "required": ["name", "parent", "children"],
}
TREE["properties"]["children"]["items"] = {"$ref": "tree"}


@pytest.fixture
def common():
    table = Table({"tree": TREE, "price": {"type": "string", "pattern": r"^\d+\.\d{2}$"}}, ())
    return Specimens(table, Rules(table, offset_time), lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S%z}")


@pytest.fixture
def maker(common):
    return Maker(common, Random(1), NOW)


def fits(common, schema, value):
    return not list(common.rules.rule(schema).flaws(value, ""))


def test_what_contains_itself_comes_to_an_end(common, maker):
    made = maker.make({"$ref": "tree"})
    assert fits(common, {"$ref": "tree"}, made)
    assert made["parent"] is None
    assert [each["children"] for each in made["children"]] == [[]]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 40, "pattern": "^0+$"},
        {"type": "string", "maxLength": 2},
        {"type": "string", "format": "uuid"},
        {"type": "integer", "minimum": 500},
        {"type": "integer", "minimum": -9, "maximum": -3},
        {"type": "number", "multipleOf": 5},
        {"type": ["integer", "string"]},
        {"type": "array", "items": {"$ref": "price"}, "minItems": 3},
        {
            "type": "object",
            "properties": {"a": TEXT, "b": TEXT},
            "minProperties": 1,
            "additionalProperties": False,
        },
        {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "either": [["a"], ["b"]]},
        {"oneOf": [{"$ref": "price"}, {"type": "boolean"}]},
        {"enum": [3, 5]},
        {"type": "null"},
        {},
    ],
)
@pytest.mark.parametrize("lean", [False, True])
def test_a_specimen_is_what_its_schema_describes(common, schema, lean):
    for seed in range(20):
        assert fits(common, schema, Maker(common, Random(seed), NOW, lean).make(schema))


@pytest.mark.parametrize(
    ("value", "schema", "bent"),
    [
        ("5", {"$ref": "price"}, "5.00"),
        (Decimal("5.5"), {"$ref": "price"}, "5.50"),
        ("12", {"type": "integer"}, 12),
        ("1.5", {"type": "number"}, Decimal("1.5")),
        (None, {"$ref": "price", "nullable": True}, None),
        ("2026-05-29T09:02:27+0200", {"type": "string", "format": "date"}, "2026-05-29"),
        ("2026-05-29T09:02:27", {"type": "string", "pattern": r"^.{19}\+0000$"}, "2026-05-29T09:02:27+0000"),
        ("2026-05-29 oops", {"type": "string", "pattern": r"^.{19}\+0000$"}, "2026-09-01T08:00:00+0000"),
        ("2026-05-29T09:02:27+0200", {"type": "string", "maxLength": 24}, "2026-05-29T09:02:27+0200"),
        ({"a": "x", "c": 1}, {"type": "object", "properties": {"a": TEXT}}, {"a": "x"}),
        ({"x": 1}, {"type": "object"}, {"x": 1}),
        ([1, 2], {"type": "array", "items": {"type": "string"}}, ["1", "2"]),
        (True, {"oneOf": [{"$ref": "price"}, {"type": "boolean"}]}, True),
        ("7", {"oneOf": [{"type": "boolean"}, {"$ref": "price"}]}, "7.00"),
    ],
)
def test_a_value_is_bent_into_the_shape_of_the_schema(maker, value, schema, bent):
    assert maker.fit(value, schema) == bent


def test_of_alternatives_the_closest_is_taken(maker):
    def shape(*names):
        properties = dict.fromkeys(names, TEXT)
        return {
            "type": "object",
            "properties": properties,
            "required": [*names],
            "additionalProperties": False,
        }

    schema = {"oneOf": [shape("a", "b"), shape("c", "d")]}
    assert maker.fit({"c": "x", "d": "y", "e": "z"}, schema) == {"c": "x", "d": "y"}


def test_what_cannot_be_bent_is_made_anew(common, maker):
    for value, schema in (
        ("x", {"type": "integer"}),
        (None, TEXT),
        ([], {"type": "array", "minItems": 2, "items": TEXT}),
    ):
        assert fits(common, schema, maker.fit(value, schema))
