from __future__ import annotations

from typing import Any, get_args

import pytest

from .documents import Maker, Vendor
from .harness import at, call_of, decoded, differences, encoded, sent

pytestmark = pytest.mark.filterwarnings("ignore")
UNDECLARED = {
    ("getDetailOfEmailDistributionList", "page"),
    ("getDetailOfEmailDistributionList", "itemsPerPage"),
}
UNDECLARED |= {("getInvoiceDetail", "include"), ("getProductSuppliesInStock", "include")}
"""Parameters that work although the document only mentions them in prose."""
EXPECTED = {"kaufland": 119, "shoptet": 328}


def test_every_operation_of_the_document_is_offered_once(vendor: Vendor) -> None:
    documented = {
        (node["operationId"], method, vendor.corrected.get(path, path))
        for method, path, node in vendor.operations()
    }
    offered = [(each.vendor_id, each.method, each.route) for each in vendor.api.operations]
    assert set(offered) == documented
    assert len(offered) == len(documented) == EXPECTED[str(vendor)]


def test_every_operation_is_called_correctly_with_everything(vendor: Vendor) -> None:
    _check_calls(vendor, Maker(vendor))


def test_every_operation_is_called_correctly_with_the_least(vendor: Vendor) -> None:
    _check_calls(vendor, Maker(vendor, all=False))


def _check_calls(vendor: Vendor, maker: Maker) -> None:
    wrong: list[str] = []
    for operation in vendor.api.operations:
        try:
            wrong += [f"{operation}: {each}" for each in _call_complaints(vendor, operation, maker)]
        except Exception as error:
            wrong.append(f"{operation}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)


def _call_complaints(vendor: Vendor, operation: Any, maker: Maker) -> list[str]:
    node = vendor.node(operation.vendor_id)
    request = call_of(vendor, operation, maker)
    declared = vendor.parameters(node)
    content = vendor.body(node)
    undeclared = {*declared, *(name for owner, name in UNDECLARED if owner == operation.vendor_id)}
    complaints = [f"query {name} is not declared" for name, _ in request.query if name not in undeclared]
    names = {name for name, _ in request.query}
    complaints += [
        f"query {name} is missing"
        for name, each in declared.items()
        if each["in"] == "query" and each.get("required") and name not in names
    ]
    if "{" in request.url:
        complaints.append(f"path {request.url} is not filled in")
    if content is None:
        return [*complaints, *(["a body is sent"] if request.content is not None else [])]
    body = sent(request)
    return [*complaints, *vendor.complaints(vendor.meant(content["schema"]), body)]


def test_answers_with_unheard_of_keys_and_words_are_understood(vendor: Vendor) -> None:
    _check_answers(vendor, Maker(vendor, surprising=True))


def test_answers_without_anything_optional_are_understood(vendor: Vendor) -> None:
    _check_answers(vendor, Maker(vendor, all=False))


def _check_answers(vendor: Vendor, maker: Maker) -> None:
    wrong: list[str] = []
    for operation in vendor.api.operations:
        node = vendor.node(operation.vendor_id)
        status, content = vendor.success(node)
        if content is None or "schema" not in content:
            continue
        schema = vendor.deref(content["schema"])
        raw = {**maker.make(schema), "data": maker.make(schema["properties"]["data"])}
        if not maker.all:
            raw.pop("metadata", None)
            raw.pop("pagination", None)
        wrong += [f"{operation}: {each}" for each in _answer_complaints(vendor, operation, status, raw)]
    assert not wrong, "\n".join(wrong)


def _answer_complaints(vendor: Vendor, operation: Any, status: int, raw: Any) -> list[str]:
    request = call_of(vendor, operation, Maker(vendor, all=False))
    if {None, type(None)} & {request.endpoint.into, *get_args(request.endpoint.into)}:
        return []  # nothing is promised
    try:
        value = decoded(operation, request, status, {**raw, "errors": None} if "data" in raw else raw)
        return differences(at(raw, request.endpoint.at), encoded(request, value))
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
