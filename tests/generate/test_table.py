from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("kaufland_shoptet._generate", reason="the generator is not in the wheel")

from kaufland_shoptet._generate import __main__ as command
from kaufland_shoptet._generate.__main__ import main

from .miniature import PAGINATOR, PAGING, document, obj, operation, project, ref

TEXT = {"type": "string", "description": "Prose.", "examples": ["a"]}
PRICE = {"type": ["string", "null"], "pattern": r"^\d+\.\d{2}$", "description": "Prose."}


def table(source: Any, operations: Any = None, **sections: Any) -> Any:
    return json.loads(project(source, operations, **sections).table)


def only(source: Any, entry: Any = None) -> Any:
    """The one operation of a document."""
    ((key, _),) = [(f"{method} {path}", node) for method, path, node in source.operations()]
    (row,) = table(source, {key: entry} if entry else None)["operations"]
    return row


def test_an_operation_is_told_without_any_prose() -> None:
    row = only(
        document(
            {
                "/things/{code}": {
                    "patch": operation(
                        "patchThing",
                        obj("*", name=TEXT, price=PRICE),
                        body=obj("*", data=obj("name", name=TEXT)),
                        parameters=[
                            {"name": "code", "in": "path", "required": True, "schema": TEXT},
                            {"name": "from", "in": "query", "required": True, "schema": TEXT},
                        ],
                    )
                }
            }
        )
    )
    text = {"type": "string"}
    assert row.pop("answer")["properties"]["data"]["properties"] == {
        "name": text,
        "price": {"type": "string", "pattern": r"^\d+\.\d{2}$", "nullable": True},
    }
    assert row.pop("body")["properties"]["data"]["required"] == ["name"]
    assert row == {
        "id": "patchThing",
        "method": "PATCH",
        "path": "/things/{code}",
        "names": {"code": text},
        "query": {"from": {**text, "format": "date-time"}},
        "needs": ["from"],
        "status": 200,
    }


def test_components_keep_their_names_and_repeated_schemas_get_a_number() -> None:
    large = obj("*", **{f"property{number}": TEXT for number in range(9)})
    paths = {f"/{name}": {"get": operation(name, ref(name))} for name in ("one", "two")}
    found = table(
        document(paths, one=obj("*", large=large, price=PRICE), two=obj("*", large=large), never=TEXT)
    )
    assert found["schemas"].keys() == {"one", "two", "1"}
    assert found["schemas"]["one"]["properties"]["large"] == {"$ref": "1"}
    assert len(found["schemas"]["1"]["properties"]) == 9


def test_what_stands_beside_a_reference_counts() -> None:
    data = obj(
        "*",
        same=ref("name", description="Prose."),
        none={"oneOf": [{"type": "null"}, ref("name")]},
        long=ref("name", minLength=5),
        one={"anyOf": [ref("name"), {"type": "integer"}]},
    )
    paths = {"/things": {"get": operation("getThings", data)}}
    row = table(document(paths, name=TEXT))["operations"][0]
    assert row["answer"]["properties"]["data"]["properties"] == {
        "same": {"$ref": "name"},
        "none": {"$ref": "name", "nullable": True},
        "long": {"type": "string", "minLength": 5},
        "one": {"anyOf": [{"$ref": "name"}, {"type": "integer"}]},
    }


def test_ways_to_fill_an_object_are_kept() -> None:
    ways = [{"required": ["net"]}, {"required": ["gross"]}]
    body = {**obj("", net=TEXT, gross=TEXT), "anyOf": ways}
    row = only(document({"/things": {"post": operation("postThing", body=body)}}))
    assert row["body"]["either"] == [["net"], ["gross"]]


def test_a_map_and_a_closed_object_differ() -> None:
    data = {"type": "object", "additionalProperties": TEXT}
    row = only(document({"/things": {"get": operation("getThing", obj("*", map=data))}}))
    inside = row["answer"]["properties"]["data"]
    assert inside["additionalProperties"] is False
    assert inside["properties"]["map"] == {"type": "object", "additionalProperties": {"type": "string"}}


def test_lists_know_their_largest_page_and_filters_their_words() -> None:
    rows = obj("*", things={"type": "array", "items": obj("*", code=TEXT)}, paginator=PAGINATOR)
    parameters = [*PAGING, {"name": "include", "in": "query", "schema": TEXT}]
    source = document({"/things": {"get": operation("getThings", rows, parameters=parameters)}})
    words = {"places": ["GET /things ?include"], "summary": "Words.", "values": ["images"]}
    (row,) = table(source, {"GET /things": {"maximum": 50}}, list={"Section": words})["operations"]
    assert row["page"] == 50
    assert row["query"] == {
        "page": {"type": "integer"},
        "itemsPerPage": {"type": "integer"},
        "include": {"type": "array", "items": {"enum": ["images"]}},
    }


def test_pages_that_only_prose_tells_of_have_parameters() -> None:
    rows = obj("*", things={"type": "array", "items": obj("*", code=TEXT)}, paginator=PAGINATOR)
    source = document({"/things": {"get": operation("getThings", rows)}})
    (row,) = table(source, {"GET /things": {"unpaged": False}})["operations"]
    assert row["query"]["page"] == row["query"]["itemsPerPage"] == {"type": "integer", "minimum": 1}


def test_files_and_rows_of_jobs_are_told() -> None:
    job = obj("*", jobId=TEXT)
    source = document(
        {
            "/things/{code}/pdf": {"get": operation("getPdf", content=False)},
            "/things/snapshot": {"get": operation("getAll", job, status=202)},
        },
        thingRow=obj("*", code=TEXT),
    )
    file, snapshot = sorted(
        table(source, {"GET /things/snapshot": {"row": "thingRow"}})["operations"],
        key=lambda row: row["status"],
    )
    assert (file["file"], "answer" in file) == (True, False)
    assert (snapshot["status"], snapshot["row"]) == (202, {"$ref": "thingRow"})


def test_broken_places_of_a_document_are_mended() -> None:
    wrong = obj("*", data=obj("*", schema=obj("*", text=TEXT)))
    entry = {"path": "/things", "body_at": "data"}
    row = only(document({"/broken": {"post": operation("postThing", body=wrong)}}), entry)
    assert row["path"] == "/things"
    assert row["body"]["properties"].keys() == {"schema"}


def test_the_table_is_checked_with_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "HERE", tmp_path)  # where there is no overlay
    path = tmp_path / "kaufland.json"
    path.write_text(json.dumps({"paths": {}, "components": {"schemas": {}}}), encoding="utf-8")
    given = ["--kaufland", str(path), "--into", str(tmp_path)]
    assert main([*given, "--check"]) == 1
    assert "differs: sandbox/resources/kaufland.json" in capsys.readouterr().err
    assert main(given) == 0
    assert main([*given, "--check"]) == 0
    table = tmp_path / "sandbox" / "resources" / "kaufland.json"
    assert json.loads(table.read_text(encoding="utf-8")) == {"schemas": {}, "operations": []}
