from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("kaufland_shoptet._generate", reason="the generator is not in the wheel")

from kaufland_shoptet import Answer, Reply, Started
from kaufland_shoptet._generate.overlay import OverlayError

from .miniature import PAGINATOR, PAGING, document, kaufland, obj, operation, project, ref, run

CODE = {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}
ROW = obj("*", code={"type": "string"}, price={"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$"})


def things(path: str, method: str, node: Any, entry: Any = "things.call", **sections: Any) -> Any:
    """The resource class generated for one operation."""
    source = document({path: {method: node}}, row=ROW)
    return run(project(source, {f"{method.upper()} {path}": entry}, **sections)).Things


def sent(request: Any) -> Any:
    return json.loads(request.content)


def read(request: Any, raw: Any, status: int = 200) -> Any:
    return request.endpoint.api.read(request, Reply(status, {}, json.dumps(raw).encode()))


@pytest.mark.parametrize(
    ("data", "at", "raw"),
    [
        (obj("order", order=ref("row")), ("data", "order"), {"order": {"code": "a", "price": "1.00"}}),
        (ref("row"), ("data",), {"code": "a", "price": "1.00"}),
    ],
)
def test_a_wrapper_around_the_payload_is_taken_off(data: Any, at: tuple[str, ...], raw: Any) -> None:
    request = things("/things/{code}", "get", operation("a", data, parameters=[CODE])).call("a/b")
    assert request.endpoint.at == at
    assert request.url == "/things/a%2Fb"
    assert read(request, {"data": raw, "errors": None}).code == "a"


def test_an_answer_may_stay_whole() -> None:
    node = operation("a", obj("key", key={"type": "string"}))
    assert things("/key", "get", node).call().endpoint.at == ("data", "key")
    whole = things(
        "/key", "get", node, {"name": "things.call", "whole": True}, model={"GET /key response": "Key"}
    )
    assert whole.call().endpoint.at == ("data",)


def test_a_list_with_a_paginator_and_page_parameters_is_a_listing() -> None:
    data = obj("*", rows={"type": "array", "items": ref("row")}, paginator=PAGINATOR)
    entry = {"name": "things.call", "maximum": 50, "key": "code"}
    listing = things("/things", "get", operation("a", data, parameters=PAGING), entry).call()
    assert (listing.size, listing.endpoint.key, listing.endpoint.at) == (50, ("code",), ("data", "rows"))
    assert listing.page().query == (("page", "1"), ("itemsPerPage", "50"))


def test_a_paginator_without_page_parameters_is_not_paged_unless_told() -> None:
    data = obj("*", rows={"type": "array", "items": ref("row")}, paginator=PAGINATOR)
    assert things("/things", "get", operation("a", data)).call().endpoint.at == ("data", "rows")
    paged = things("/things", "get", operation("a", data), {"name": "things.call", "unpaged": False})
    assert paged.call().endpoint.maximum == 100


def test_writes_answer_with_warnings() -> None:
    request = things("/things/{code}", "delete", operation("a", parameters=[CODE])).call("1")
    problem = {"errorCode": "document-not-generated", "message": "no", "instance": "x"}
    answer = read(request, {"data": None, "errors": [problem]})
    assert isinstance(answer, Answer)
    assert [each.code for each in answer.warnings] == ["document-not-generated"]
    assert request.content is None


def test_a_queued_job_is_a_handle_even_when_read() -> None:
    node = operation("a", obj("jobId", jobId={"type": "string"}), status=202)
    request = things("/things/snapshot", "get", node, {"name": "things.call", "row": "row"}).call()
    started = read(request, {"data": {"jobId": "3ax1844"}}, 202)
    assert isinstance(started, Started)
    assert started.job_id == "3ax1844"
    assert started.row.__name__ == "Row"  # type: ignore[union-attr]


def test_rows_of_batch_files_are_models_although_nothing_refers_to_them() -> None:
    node = operation(
        "a",
        obj("jobId", jobId={"type": "string"}),
        status=202,
        body=obj("batchFileUrlPath", batchFileUrlPath={"type": "string"}),
    )
    source = document(
        {"/things/batch": {"patch": node}},
        thingBatch={"allOf": [ref("row")], "properties": {"language": {"type": "string"}}},
        row=ROW,
    )
    made = project(source, {"PATCH /things/batch": {"name": "things.update_batch", "batch": "thingBatch"}})
    module = run(made)
    assert "Each line of the file is a :class:`ThingBatch`." in (module.Things.update_batch.__doc__ or "")
    assert sent(module.Things.update_batch(batch_file_url_path="u")) == {"batchFileUrlPath": "u"}


def test_answers_without_content_are_files_or_nothing() -> None:
    assert things("/pdf", "get", operation("a", content=False)).call().endpoint.into is bytes
    request = things("/cancel", "post", operation("a", content=False, status=202)).call()
    assert request.endpoint.api.read(request, Reply(202, {}, b"")).data is None


def test_a_delete_may_have_a_body() -> None:
    body = obj("data", data=obj("codes", codes={"type": "array", "items": {"type": "string"}}))
    request = things("/things", "delete", operation("a", body=body)).call(["a", "b"])
    assert request.method == "DELETE"
    assert sent(request) == {"data": {"codes": ["a", "b"]}}


def test_few_simple_properties_are_arguments() -> None:
    body = obj(
        "data",
        data=obj(
            "code", code={"type": "string"}, kind={"enum": ["a", "b"]}, note={"type": ["string", "null"]}
        ),
    )
    call = things("/things", "post", operation("a", body=body), model={"POST /things request": "Thing"}).call
    assert sent(call(code="x")) == {"data": {"code": "x"}}
    assert sent(call(code="x", kind="b", note=None)) == {"data": {"code": "x", "kind": "b", "note": None}}


def test_a_body_with_more_in_it_stays_an_object() -> None:
    body = obj("data", data=obj("rows", rows={"type": "array", "items": ref("row")}, name={"type": "string"}))
    source = document({"/things": {"post": operation("a", body=body)}}, row=ROW)
    names = {"POST /things request": "ThingCreate"}
    module = run(project(source, {"POST /things": {"name": "things.create", "body": "thing"}}, model=names))
    thing = module.ThingCreate(rows=(module.Row(code="a", price=3),))
    assert sent(module.Things.create(thing)) == {"data": {"rows": [{"code": "a", "price": "3.00"}]}}
    assert sent(module.Things.create(thing=thing)) == sent(module.Things.create(thing))


def test_a_body_nested_by_mistake_is_put_right() -> None:
    body = obj("", schema=obj("data", data=obj("text", text={"type": "string"}, rating={"type": "string"})))
    entry = {"name": "things.call", "body_at": "schema"}
    call = things(
        "/remarks", "post", operation("a", body=body), entry, model={"POST /remarks request": "Remark"}
    ).call
    assert sent(call(text="x")) == {"data": {"text": "x"}}


def test_a_broken_path_is_corrected() -> None:
    entry = {"name": "things.call", "path": "/things/{code}/copy"}
    call = things("/api_things_{code}_copy.yaml", "post", operation("a", parameters=[CODE]), entry).call
    assert call("1").url == "/things/1/copy"


def test_filters_are_typed_by_name_and_example() -> None:
    parameters = [
        {"name": "creationTimeFrom", "in": "query", "schema": {"type": "string"}},
        {"name": "validFrom", "in": "query", "schema": {"type": "string"}, "example": "2026-05-29"},
        {"name": "orderCodes", "in": "query", "schema": {"type": "string"}},
        {"name": "from", "in": "query", "required": True, "schema": {"type": "string"}},
        {"name": "isValid", "in": "query", "schema": {"type": "boolean", "default": True}},
    ]
    call = things("/things", "get", operation("a", ref("row"), parameters=parameters)).call
    moment = datetime(2026, 5, 29, 9, tzinfo=UTC)
    request = call(from_=moment, creation_time_from=moment, order_codes=["a", "b"], is_valid=False)
    assert dict(request.query) == {
        "from": "2026-05-29T09:00:00+0000",
        "creationTimeFrom": "2026-05-29T09:00:00+0000",
        "orderCodes": "a,b",
        "isValid": "false",
    }
    assert "Default: true." in (call.__doc__ or "")


def test_words_told_in_prose_only_come_from_the_overlay() -> None:
    parameters = [{"name": "include", "in": "query", "schema": {"type": "string"}}]
    section = {"summary": "A part.", "values": ["notes", "images"], "places": ["GET /things ?include"]}
    source = document({"/things": {"get": operation("a", ref("row"), parameters=parameters)}}, row=ROW)
    text = project(source, {"GET /things": "things.get"}, list={"Section": section}).files["things.py"]
    assert 'Section: TypeAlias = Literal["notes", "images"]' in text
    assert "include: Sequence[Section] = ()" in text


def test_parameters_may_be_dropped_and_added() -> None:
    entry = {"name": "things.call", "drop": ["page", "itemsPerPage"], "query": ["include"]}
    call = things("/things", "post", operation("a", parameters=PAGING), entry).call
    assert call(include=["x"]).query == (("include", "x"),)
    with pytest.raises(OverlayError, match="no parameter limit to drop"):
        things("/things", "post", operation("a"), {"name": "things.call", "drop": ["limit"]})


def test_an_argument_that_the_path_has_too_needs_a_new_name() -> None:
    body = obj("data", data=obj("", code={"type": "string"}, name={"type": "string"}))
    node = operation("a", body=body, parameters=[CODE])
    with pytest.raises(OverlayError, match="two arguments are called code"):
        things("/things/{code}", "patch", node)
    rename = {"PATCH /things/{code} request.code": "new_code"}
    call = things("/things/{code}", "patch", node, rename=rename).call
    assert sent(call("a", new_code="b")) == {"data": {"code": "b"}}


def test_a_number_in_one_path_is_a_number_in_its_siblings() -> None:
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    text = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    source = document(
        {
            "/things/{id}": {
                "get": operation("a", ref("row"), parameters=[number]),
                "delete": operation("b", parameters=[text]),
            }
        },
        row=ROW,
    )
    written = project(
        source, {"GET /things/{id}": "things.get", "DELETE /things/{id}": "things.delete"}
    ).files["things.py"]
    assert written.count("(id: int)") == 2


def test_every_operation_explains_itself() -> None:
    entry = {
        "name": "things.send",
        "summary": "Send a thing.",
        "note": "It *costs* `1`.",
        "repeat": "read_back",
        "read_back": "The thing is `sent`.",
        "page": "https://vendor.example/things",
    }
    node = operation("a", parameters=[CODE])
    node["responses"].update({"404": {}, "409": {}})
    doc = things("/things/{code}", "post", node, entry).send.__doc__
    assert doc.splitlines()[0] == "Send a thing."
    for part in ("``POST /things/{code}``", "``1``", "Args:", "code: ", "Returns:", "NotFound:", "Conflict:"):
        assert part in doc
    assert "OutcomeUnknown: No answer came. It was carried out if: The thing is ``sent``." in " ".join(
        doc.split()
    )
    assert "See https://vendor.example/things" in doc


# Kaufland


def envelope(data: Any, *, paged: bool = False) -> Any:
    pages = {"pagination": obj(total={"type": "integer"})} if paged else {}
    return obj("data", data=data, **pages)


def test_kauflands_envelopes_are_not_classes() -> None:
    limits = [
        {"name": name, "in": "query", "schema": {"type": "integer", "maximum": 30}}
        for name in ("limit", "offset")
    ]
    source = document(
        {
            "/rows": {
                "get": operation("list", envelope=ref("CollectionApiResponse_Row_"), parameters=limits)
            },
            "/rows/{code}": {"get": operation("get", envelope=ref("ApiResponse_Row_"), parameters=[CODE])},
            "/rows/send": {"patch": operation("send", status=204, content=False)},
        },
        Row=ROW,
        ApiResponse_Row_=envelope(ref("Row")),
        CollectionApiResponse_Row_=envelope({"type": "array", "items": ref("Row")}, paged=True),
    )
    module = run(
        kaufland(
            source,
            {"GET /rows": "things.list", "GET /rows/{code}": "things.get", "PATCH /rows/send": "things.send"},
        )
    )
    assert module.Things.list().endpoint.maximum == 30
    assert module.Things.get("a").endpoint.into is module.Row
    assert module.Things.send().endpoint.into is None
    assert not [name for name in module.__all__ if "Response" in name]


def test_a_creation_may_be_answered_by_its_address_alone() -> None:
    source = document(
        {"/rows": {"post": operation("add", envelope=envelope(ref("Row")), body=ref("Row"), status=201)}},
        Row=ROW,
    )
    entry = {"name": "things.create", "located": True, "body": "row"}
    module = run(kaufland(source, {"POST /rows": entry}))
    request = module.Things.create(module.Row(code="a", price="1.00"))
    created = request.endpoint.api.read(request, Reply(201, {"location": "/v2/rows/17"}, b""))
    assert (created.id, created.data) == ("17", None)


def test_a_payload_without_a_type_is_not_promised() -> None:
    source = document({"/rows": {"put": operation("put", envelope=envelope({}))}})
    assert run(kaufland(source, {"PUT /rows": "things.put"})).Things.put().endpoint.into is None


def test_the_payload_may_be_deeper_than_usual() -> None:
    data = obj("carriers", carriers={"type": "array", "items": ref("Row")})
    source = document({"/rows": {"get": operation("get", envelope=envelope(data))}}, Row=ROW)
    entry = {"name": "things.list", "at": ["data", "carriers"]}
    assert run(kaufland(source, {"GET /rows": entry})).Things.list().endpoint.at == ("data", "carriers")


def test_lists_of_words_and_single_words() -> None:
    parameters = [
        {"name": "status", "in": "query", "schema": {"type": "array", "items": ref("Status")}},
        {"name": "version", "in": "query", "schema": {"enum": ["v2"]}},
    ]
    source = document(
        {"/rows": {"get": operation("get", envelope=envelope(ref("Row")), parameters=parameters)}},
        Row=ROW,
        Status={"enum": ["open", "sent"]},
    )
    made = kaufland(source, {"GET /rows": "things.get"})
    module = run(made)
    assert 'version: Literal["v2"] | None = None' in made.files["things.py"]
    assert "status: Sequence[StatusLike] = ()" in made.files["things.py"]
    assert module.Status.OPEN == "open"
