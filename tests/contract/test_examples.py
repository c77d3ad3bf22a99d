"""Every example of both documents: it decodes, and what it decoded to is written back as it was.

Media-type examples are taken as they stand. Most examples of Shoptet's document stand with single
properties; answers and bodies are put together from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, get_args, get_origin

from kaufland_shoptet import Started

from .documents import Maker, Vendor, examples, schemas, shown
from .harness import at, call_of, decoded, differences, encoded, sent, specimen
from .wrong_examples import COUNTS, WRONG_ANSWERS, WRONG_BODIES, WRONG_VALUES


def test_wrong_examples_of_values_are_those_we_know(
    vendor: Vendor, record_property: Callable[[str, object], None]
) -> None:
    found, wrong = 0, set[str]()
    for name, node in schemas(vendor.root):
        for example in examples(node):
            found += 1
            if vendor.complaints(node, example):
                wrong.add(name)
    record_property("values", found)
    assert wrong == WRONG_VALUES[str(vendor)].keys()
    assert found == COUNTS[str(vendor)]["values"]


def test_examples_of_answers_decode_and_encode_back(vendor: Vendor) -> None:
    found, wrong = 0, dict[str, str]()
    for name, operation, status, raw in _answers(vendor):
        found += 1
        problems = _answer_problems(vendor, operation, status, raw)
        if problems:
            wrong[name] = "; ".join(problems)
    unexpected = {name: why for name, why in wrong.items() if name not in WRONG_ANSWERS}
    assert not unexpected, "\n".join(f"{name}: {why}" for name, why in unexpected.items())
    assert {name for name in WRONG_ANSWERS if name.startswith(str(vendor))} == wrong.keys()
    assert found == COUNTS[str(vendor)]["answers"]


def test_examples_of_bodies_are_what_a_call_sends(vendor: Vendor) -> None:
    found, wrong = 0, dict[str, str]()
    for operation in vendor.api.operations:
        content = vendor.body(vendor.node(operation.vendor_id))
        if content is None:
            continue
        maker = Maker(vendor, told=True)
        for whole in [*shown(content), specimen(vendor, operation, maker)]:
            found += 1
            try:
                problems = differences(whole, sent(call_of(vendor, operation, maker, whole)))
            except Exception as error:
                problems = [f"{type(error).__name__}: {error}"]
            if problems:
                wrong[f"{vendor} {operation.method} {operation.route}"] = "; ".join(problems)
    unexpected = {name: why for name, why in wrong.items() if name not in WRONG_BODIES}
    assert not unexpected, "\n".join(f"{name}: {why}" for name, why in unexpected.items())
    assert {name for name in WRONG_BODIES if name.startswith(str(vendor))} == wrong.keys()
    assert found == COUNTS[str(vendor)]["bodies"]


def test_examples_of_refusals_tell_what_is_wrong(vendor: Vendor) -> None:
    found = 0
    for operation in vendor.api.operations:
        for status, response in vendor.node(operation.vendor_id)["responses"].items():
            if str(status)[0] in "45":
                for content in response.get("content", {}).values():
                    for raw in shown(content):
                        found += 1
                        problems = vendor.api.problems(raw)
                        assert problems, f"{operation} {status}"
                        assert all(each.code for each in problems), f"{operation} {status}"
    assert found == COUNTS[str(vendor)]["refusals"]


def _answer_problems(vendor: Vendor, operation: Any, status: int, raw: Any) -> list[str]:
    request = call_of(vendor, operation, Maker(vendor, all=False))
    if {None, type(None)} & {request.endpoint.into, *get_args(request.endpoint.into)}:
        return []
    try:
        value = decoded(operation, request, status, raw)
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    return differences(at(raw, request.endpoint.at), encoded(request, value))


def _answers(vendor: Vendor) -> Iterator[tuple[str, Any, int, Any]]:
    """The examples of whole answers, and answers put together from the examples of their parts."""
    for operation in vendor.api.operations:
        status, content = vendor.success(vendor.node(operation.vendor_id))
        if content is None or "schema" not in content:
            continue
        name = f"{vendor} {operation.method} {operation.route}"
        for number, raw in enumerate([*shown(content), *examples(vendor.deref(content["schema"]))]):
            yield f"{name} example {number}", operation, status, raw
        put = Maker(vendor, told=True).make(content["schema"])
        yield f"{name} from parts", operation, status, {**put, "errors": None}


ROWS = {
    "getListOfAllOrders": "orderSnapshot",
    "getListOfAllRemarks": "orderHistorySnapshot",
    "getListOfAllProducts": "productSnapshot",
    "getListOfAllProductsAndPricelistPrices": "productPricelistSnapshot",
    "getListOfAllPricelistDetails": "pricelistSnapshot",
    "getListOfAllInvoices": "invoiceSnapshot",
    "getListOfAllProformaInvoices": "proformaInvoiceSnapshot",
    "getListOfAllProofPayments": "proofPaymentSnapshot",
    "getListOfAllCreditNotes": "creditNoteSnapshot",
    "getListOfAllDeliveryNotes": "deliveryNoteSnapshot",
    "getListOfAllAbandonedCarts": "abandonedCartSnapshot",
    "getListOfAllCustomers": "customerSnapshot",
    "getListOfAllDiscountCoupons": "discountCouponSnapshot",
    "getListOfAllQuantityDiscounts": "quantityDiscountSnapshot",
    "getListAllArticles": "articleSnapshot",
    "orderBatchInsertion": "orderBatchCreate",
    "productBatchUpdate": "productBatchUpdate",
    "productBatchDelete": "productBatchDelete",
    "updateProductCategoryBatch": "categoryBatchUpdate",
    "updateCategoryProductsPriorityBatch": "categoryProductPriorityBatchUpdate",
    "updatePricelistBatch": "pricelistUpdate",
    "createBrandBatch": "brandBatchCreate",
}
"""Jobs -> the component of one line of the file they write or read; the document does not connect them."""


def test_rows_of_files_decode_and_encode_back(vendor: Vendor) -> None:
    found, wrong = set[str](), list[str]()
    for operation in vendor.api.operations:
        kind = _row_of(operation)
        if kind is None:
            continue
        found.add(operation.vendor_id)
        component = {"$ref": f"#/components/schemas/{ROWS[operation.vendor_id]}"}
        for maker in (Maker(vendor, told=True), Maker(vendor, all=False), Maker(vendor, surprising=True)):
            raw = maker.make(component)
            for row in raw if isinstance(raw, list) else [raw]:
                try:
                    row_back = vendor.api.codec.encode(vendor.api.codec.decode(row, kind))
                    problems = differences(row, row_back)
                except Exception as error:
                    problems = [f"{type(error).__name__}: {error}"]
                wrong += [f"{operation}: {each}" for each in problems]
    assert not wrong, "\n".join(wrong)
    assert found == (ROWS.keys() if str(vendor) == "shoptet" else set())


def _row_of(operation: Any) -> Any:
    """The type of one line of the file that a job writes or reads."""
    into = operation.declared.endpoint.into if hasattr(operation.declared.endpoint, "into") else None
    if get_origin(into) is Started and get_args(into)[0] is not type(None):
        return get_args(into)[0]
    named = re.search(r"Each line of the file is a :class:`(\w+)`", operation.build.__doc__)
    return getattr(import_module(operation.module), named[1]) if named else None
