from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("kaufland_shoptet._generate", reason="the generator is not in the wheel")

from kaufland_shoptet._generate.documents import Document, DocumentError

from .miniature import HEADER, document, obj, operation, ref


def look(node: object, **schemas: object):
    return document(None, **schemas).look(node)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "node",
    [
        {"type": ["string", "null"]},
        {"type": "string", "nullable": True},
        {"oneOf": [{"type": "null"}, {"type": "string"}]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"type": "string", "enum": ["a", None]},
        {"allOf": [{"type": "string"}], "nullable": True},
    ],
)
def test_all_ways_to_say_or_null_are_one(node: object) -> None:
    schema = look(node)
    assert schema.nullable
    assert schema.kind == "string"
    assert None not in schema.node.get("enum", ())


def test_a_list_of_one_type_is_that_type() -> None:
    assert look({"type": ["object"]}).kind == "object"
    assert look({"type": ["string", "null", "integer"]}).kind == ("string", "integer")


def test_words_beside_a_reference_are_kept() -> None:
    schema = look(
        ref("code", maxLength=9, description="ours", deprecated=True), code={"type": "string", "maxLength": 5}
    )
    assert schema.component == "code"
    assert (schema.node["maxLength"], schema.node["deprecated"]) == (9, True)


def test_properties_beside_a_reference_make_another_object() -> None:
    schema = look(ref("row", properties={"more": {"type": "string"}}), row=obj("id", id={"type": "integer"}))
    assert schema.component is None
    assert set(schema.properties) == {"id", "more"}
    assert schema.origins == {"id": "row"}


def test_properties_that_the_target_has_anyway_change_nothing() -> None:
    assert (
        look(ref("row", properties={"id": {"type": "integer"}}), row=obj(id={"type": "integer"})).component
        == "row"
    )


def test_all_of_one_reference_is_that_component() -> None:
    schema = look({"allOf": [ref("row")], "nullable": True}, row=obj(id={"type": "integer"}))
    assert (schema.component, schema.nullable) == ("row", True)


def test_all_of_with_properties_joins_even_what_forbids_it() -> None:
    node = {"allOf": [ref("row")], "properties": {"orderCode": {"type": "string"}}, "required": ["orderCode"]}
    schema = look(ref("snapshot"), row=obj("id", id={"type": "integer"}), snapshot=node)
    assert schema.component == "snapshot"
    assert set(schema.properties) == {"id", "orderCode"}
    assert schema.required == {"id", "orderCode"}


def test_alternatives_that_only_require_are_no_alternatives() -> None:
    node = {
        **obj(a={"type": "string"}, b={"type": "string"}),
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    assert look(node).options == []


def test_an_alias_of_a_component_keeps_its_own_name() -> None:
    assert look(ref("alias"), alias=ref("row"), row=obj(id={"type": "integer"})).component == "alias"


def test_a_reference_to_nothing_is_named() -> None:
    with pytest.raises(DocumentError, match="nowhere"):
        look(ref("nowhere"))


def test_the_content_type_is_no_parameter() -> None:
    source = document(
        {"/a": {"get": operation("a", parameters=[{"name": "q", "in": "query", "schema": {}}])}}
    )
    ((_, _, node),) = source.operations()
    assert HEADER in node["parameters"]
    assert [each["name"] for each in source.parameters(node)] == ["q"]


def test_parameters_may_be_references() -> None:
    source = Document(
        {
            "paths": {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/Page"}]}}},
            "components": {
                "parameters": {"Page": {"name": "page", "in": "query", "schema": {"type": "integer"}}}
            },
        }
    )
    ((_, _, node),) = source.operations()
    assert [each["name"] for each in source.parameters(node)] == ["page"]


def test_the_status_may_be_a_number_and_the_content_type_long() -> None:
    source = document({"/a": {"get": operation("a", status=202, kind="application/json; charset=utf-8")}})
    ((_, _, node),) = source.operations()
    status, schema = source.success(node)
    assert status == 202
    assert schema is not None


def test_an_operation_without_success_is_an_error() -> None:
    with pytest.raises(DocumentError, match="lost"):
        document().success({"operationId": "lost", "responses": {"404": {}}})


def test_json_and_yaml_are_read_alike(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    root = {"paths": {"/a": {"get": {"operationId": "a"}}}}
    (tmp_path / "a.json").write_text(json.dumps(root))
    (tmp_path / "a.yaml").write_text("paths:\n  /a:\n    get:\n      operationId: a\n")
    one, other = Document.load(tmp_path / "a.json"), Document.load(tmp_path / "a.yaml")
    assert list(one.operations()) == list(other.operations())
    assert one.digest != other.digest
