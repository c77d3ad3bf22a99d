from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("kaufland_shoptet._generate", reason="the generator is not in the wheel")

from kaufland_shoptet import SHOPTET, UNSET
from kaufland_shoptet._generate.documents import DocumentError
from kaufland_shoptet._generate.overlay import OverlayError

from .miniature import document, kaufland, obj, operation, project, ref, run

DECIMAL = r"^(-)?[0-9]+\.[0-9]{2}$"
WHOLE = {"name": "things.get", "whole": True}
MOMENT = r"^[0-9]{4}-[01][0-9]-[0123][0-9]T[012][0-9]:[0-5][0-9]:[0-5][0-9]\+[0-9]{4}$"


def answered(
    schema: dict[str, Any], name: str = "Thing", overlay: dict[str, Any] | None = None, **schemas: Any
) -> Any:
    """The module generated for ``GET /things/{id}``, which answers *schema*."""
    source = document({"/things": {"get": operation("getThing", schema)}}, **schemas)
    sections = {"model": {"GET /things response": name}} if "$ref" not in schema else {}
    return run(project(source, {"GET /things": WHOLE}, **{**sections, **(overlay or {})}))


def text_of(schema: dict[str, Any], overlay: dict[str, Any] | None = None, **schemas: Any) -> str:
    source = document({"/things": {"get": operation("getThing", schema)}}, **schemas)
    sections = {"model": {"GET /things response": "Thing"}} if "$ref" not in schema else {}
    return project(source, {"GET /things": WHOLE}, **{**sections, **(overlay or {})}).files["things.py"]


def test_scalars_become_what_they_are() -> None:
    module = answered(
        obj(
            "*",
            name={"type": "string"},
            count={"type": "integer"},
            share={"type": "number"},
            good={"type": "boolean"},
            price={"type": "string", "pattern": DECIMAL},
            created={"type": "string", "pattern": MOMENT},
            day={"type": "string", "format": "date"},
            anything={},
        )
    )
    raw = {
        "name": "a",
        "count": 1,
        "share": 0.5,
        "good": True,
        "price": "1.50",
        "created": "2026-05-29T09:02:27+0200",
        "day": "2026-05-29",
        "anything": [1],
    }
    thing = SHOPTET.codec.decode(raw, module.Thing)
    assert (thing.share, thing.price, thing.day) == (Decimal("0.5"), Decimal("1.50"), date(2026, 5, 29))
    assert thing.created == datetime(2026, 5, 29, 7, 2, 27, tzinfo=UTC)
    assert SHOPTET.codec.encode(thing) == raw


@pytest.mark.parametrize(
    ("pattern", "alias"),
    [
        (DECIMAL, "Price"),
        (r"[0-9]+\.[0-9]{4}$", "PriceRatio"),
        (r"^[0-9]{1,4}\.[0-9]{1}$", "Dimension"),
        (r"^[0-9]+\.[0-9]{2,8}$", "AnyDecimal"),
        (r"^[0-9]+\.?[0-9]{0,3}$", "AnyDecimal"),
        (r"^[a-z]+$", "str"),
    ],
)
def test_patterns_of_decimals_are_recognised(pattern: str, alias: str) -> None:
    assert f"value: {alias}" in text_of(obj("value", value={"type": "string", "pattern": pattern}))


def test_the_name_helps_to_choose_among_decimals_of_equal_places() -> None:
    text = text_of(
        obj(
            "*",
            vatRate={"type": "string", "pattern": DECIMAL},
            weight={"type": "string", "pattern": r"^[0-9]+\.[0-9]{3}$"},
        )
    )
    assert "vat_rate: VatRate" in text
    assert "weight: Weight" in text


def test_decimals_without_a_pattern_come_from_the_overlay() -> None:
    text = text_of(obj("*", price={"type": "string"}, code={"type": "string"}), {"text": {"price": 2}})
    assert "price: Price" in text
    assert "code: str" in text


def test_required_is_not_the_same_as_not_null() -> None:
    module = answered(
        obj("a b", a={"type": ["string", "null"]}, b={"type": "string"}, c={"type": ["string", "null"]})
    )
    thing = SHOPTET.codec.decode({"a": None, "b": "x"}, module.Thing)
    assert (thing.a, thing.c) == (None, UNSET)
    assert SHOPTET.codec.encode(module.Thing(a="1", b="2", c=None)) == {"a": "1", "b": "2", "c": None}


def test_enumerations_are_open_and_their_words_need_not_be_names() -> None:
    words = ["yes-global", "shop360", "OK", "4 weeks", "", None]
    module = answered(
        obj("stock", stock={"enum": words}),
        overlay={"model": {"GET /things response": "Thing", "GET /things response.stock": "Rule"}},
    )
    assert [each.name for each in module.Rule] == ["YES_GLOBAL", "SHOP360", "OK", "N4_WEEKS"]
    assert SHOPTET.codec.decode({"stock": "tomorrow"}, module.Thing).stock.value == "tomorrow"


def test_numbers_of_an_enumeration_stay_numbers_unless_named() -> None:
    schema = obj("step", step={"type": "integer", "enum": [0, 1]})
    assert "step: int" in text_of(schema)
    assert "One of 0, 1." in text_of(schema)
    names = {"model": {"GET /things response": "Thing", "GET /things response.step": "Step"}}
    module = answered(schema, overlay={**names, "member": {"Step": {"0": "CART", "1": "PAID"}}})
    assert SHOPTET.codec.decode({"step": 1}, module.Thing).step is module.Step.PAID
    assert SHOPTET.codec.decode({"step": 7}, module.Thing).step.value == 7


def test_a_value_of_two_types_is_both() -> None:
    assert "weight: str | int | None" in text_of(
        obj("weight", weight={"type": ["string", "null", "integer"]})
    )


def test_objects_without_properties_are_mappings() -> None:
    text = text_of(
        obj("a b", a={"type": "object"}, b={"type": "object", "additionalProperties": {"type": "integer"}})
    )
    assert "a: dict[str, Any]" in text
    assert "b: dict[str, int]" in text


def test_unknown_keys_are_kept_although_forbidden() -> None:
    module = answered(obj("a", a={"type": "string"}))
    raw = {"a": "1", "new": {"b": 2}}
    thing = SHOPTET.codec.decode(raw, module.Thing)
    assert thing.extra == {"new": {"b": 2}}
    assert SHOPTET.codec.encode(thing) == raw


def test_branches_without_a_discriminator_are_told_apart_by_their_keys() -> None:
    branch = [
        obj("*", code={"type": "string"}, quantity={"type": "integer"}),
        obj("*", code={"type": "string"}, change={"type": "integer"}),
    ]
    module = answered(obj("rows", rows={"type": "array", "items": {"type": "object", "oneOf": branch}}))
    thing = SHOPTET.codec.decode(
        {"rows": [{"code": "a", "change": 1}, {"code": "b", "quantity": 2}]}, module.Thing
    )
    assert [type(each).__name__ for each in thing.rows] == ["ThingRowChange", "ThingRowQuantity"]


def test_an_open_enumeration_beside_any_text_is_enough() -> None:
    assert "reason: Reason" in text_of(
        obj("reason", reason={"anyOf": [ref("reason"), {"type": "string"}]}), reason={"enum": ["a", "b"]}
    )


def test_an_object_may_contain_itself() -> None:
    tree = obj("*", name={"type": "string"}, children={"type": "array", "items": ref("tree")})
    module = answered(ref("tree"), tree=tree)
    raw = {"name": "a", "children": [{"name": "b", "children": []}]}
    assert SHOPTET.codec.encode(SHOPTET.codec.decode(raw, module.Tree)) == raw


def test_equal_objects_of_one_word_are_one_class() -> None:
    status = obj("*", id={"type": "integer"}, name={"type": "string"})
    reordered = obj("*", name={"type": "string"}, id={"type": "integer"})
    text = text_of(obj("*", a=obj("*", status=status), b=obj("*", status=reordered), source=status))
    assert text.count("class ThingStatus(Model)") == 1
    assert text.count("class ThingSource(Model)") == 1
    assert text.count("(Model):") == 5


def test_limits_of_a_shared_class_are_told_only_where_they_hold_for_all() -> None:
    short, long_ = ({"type": "string", "maxLength": size} for size in (5, 9))
    text = text_of(
        obj("*", a=obj("*", part=obj("*", x=short, y=long_)), b=obj("*", part=obj("*", x=long_, y=long_)))
    )
    assert "At most 5 characters." not in text
    assert text.count("At most 9 characters.") == 1


def test_there_are_no_numbered_duplicates_but_a_request_for_a_name() -> None:
    one, other = obj("*", a={"type": "string"}), obj("*", b={"type": "string"})
    source = document({"/a": {"get": operation("a", obj("*", x=one, row=other))}}, row=one)
    with pytest.raises(OverlayError, match=r"row cannot be Row: that is GET /a response.x"):
        project(
            source,
            None,
            model={"GET /a response": "Thing", "GET /a response.x": "Row", "GET /a response.row": "Row"},
        )


def test_the_overlay_may_not_unite_what_differs() -> None:
    schema = obj("*", a=obj("*", x={"type": "string"}), b=obj("*", x={"type": "integer"}))
    names = {
        "GET /things response": "Thing",
        "GET /things response.a": "Part",
        "GET /things response.b": "Part",
    }
    with pytest.raises(OverlayError, match="differ in x"):
        text_of(schema, {"model": names})


def test_shapes_that_differ_in_what_is_required_may_be_united() -> None:
    schema = obj("*", a=obj("x", x={"type": "string"}), b=obj("", x={"type": ["string", "null"]}))
    names = {
        "GET /things response": "Thing",
        "GET /things response.a": "Part",
        "GET /things response.b": "Part",
    }
    assert "x: str | Unset | None = UNSET" in text_of(schema, {"model": names})


def test_names_that_python_or_a_type_needs_are_stepped_aside() -> None:
    text = text_of(
        obj(
            "*",
            **{
                "from": {"type": "string"},
                "date": {"type": "string", "format": "date"},
                "id": {"type": "integer"},
            },
            clientIPAddress={"type": "string"},
        )
    )
    assert "from_: str" in text
    assert "date: dt.date" in text
    assert "id: int" in text
    assert 'client_ip_address: str = field(metadata={"wire": "clientIPAddress"})' in text


def test_personal_values_stay_out_of_the_repr() -> None:
    schema = obj("*", email={"type": "string"}, status=obj("*", email={"type": "boolean"}))
    module = answered(
        schema, overlay={"model": {"GET /things response": "Thing"}, "personal": {"names": ["email"]}}
    )
    thing = SHOPTET.codec.decode({"email": "jan@example.cz", "status": {"email": True}}, module.Thing)
    assert "jan@" not in repr(thing)
    assert "email=True" in repr(thing)  # a bare name means texts only


def test_what_is_said_about_a_component_holds_where_it_is_extended() -> None:
    extended = {"allOf": [ref("remark")], "properties": {"orderCode": {"type": "string"}}}
    overlay = {"personal": {"names": ["remark.text"]}, "doc": {"remark.text": "What was said."}}
    text = text_of(ref("snapshot"), overlay, remark=obj("*", text={"type": "string"}), snapshot=extended)
    assert "text: str = field(repr=False)" in text
    assert "What was said." in text
    assert "order_code: str" in text


def test_what_answers_may_lack_is_tolerated() -> None:
    tolerate = {"absent": ["GET /things response.new"], "null": ["old"]}
    schema = obj("*", new={"type": "string"}, old={"type": "string"})
    module = answered(schema, overlay={"model": {"GET /things response": "Thing"}, "tolerate": tolerate})
    thing = SHOPTET.codec.decode({"old": None}, module.Thing)
    assert (thing.new, thing.old) == (UNSET, None)


def test_limits_defaults_and_deprecation_are_told() -> None:
    text = text_of(
        obj(
            a={"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
            b={
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "maxItems": 4,
                "deprecated": True,
            },
            c={"type": "boolean", "default": False},
        )
    )
    assert '"""Between 1 and 9. Default: 3."""' in text
    assert '"""1 to 4 of them. Deprecated."""' in text
    assert '"""Default: false."""' in text


def test_texts_of_the_document_are_not_copied() -> None:
    assert "secret words" not in text_of(obj("a", a={"type": "string", "description": "secret words"}))


def test_a_type_nobody_knows_is_named_with_its_place() -> None:
    with pytest.raises(DocumentError, match=r"GET /things response.a.*file"):
        text_of(obj("a", a={"type": "file"}))


def test_identifiers_are_whole_numbers_whatever_the_document_says() -> None:
    double = {"type": "number", "format": "double"}
    source = document(
        {"/v": {"get": operation("v", ref("Voucher"))}},
        Voucher=obj("*", id_voucher=double, acos=double, level=double),
    )
    text = kaufland(source, integer={"names": ["level"]}).files["things.py"]
    assert "id_voucher: int" in text
    assert "acos: Decimal" in text
    assert "level: int" in text


def test_storefronts_are_read_without_regard_to_case() -> None:
    source = document(
        {"/v": {"get": operation("v", ref("Row"))}},
        Row=obj("s", s=ref("Storefront")),
        Storefront={"type": "string", "enum": ["de", "cz"]},
    )
    assert "class Storefront(FoldedStrEnum)" in kaufland(source).files["things.py"]
