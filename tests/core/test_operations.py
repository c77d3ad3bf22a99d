"""What operations of both APIs send and answer where they have a way of their own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import get_origin

import pytest

from kaufland_shoptet import KAUFLAND, SHOPTET, Created, Kaufland, Reply, Shoptet, Started
from kaufland_shoptet.kaufland import OrderInvoices, OrderUnits, Units
from kaufland_shoptet.kaufland.resources.units import (
    BulkFailedUnit,
    BulkRejectedUnit,
    BulkUnitUpdate,
    UnitPatch,
)
from kaufland_shoptet.shoptet import (
    DiscountCoupons,
    Files,
    Invoices,
    Orders,
    Products,
    ProformaInvoices,
    VariantParameters,
)
from kaufland_shoptet.shoptet.jobs import dump_rows
from kaufland_shoptet.shoptet.resources.files import FileUpload
from kaufland_shoptet.shoptet.resources.orders import OrderBatchCreateSettings

JOBS = [
    each
    for each in SHOPTET.operations
    if get_origin(getattr(each.declared.endpoint, "into", None)) is Started
]


def sent(request):
    """Method, path with query, and body."""
    return request.method, request.target, request.content and json.loads(request.content)


@pytest.mark.parametrize(
    ("request_", "target"),
    [
        (Products.get_by_code("32/XL"), "/api/products/code/32%2FXL"),
        (
            VariantParameters.delete_value("size", "a b?"),
            "/api/products/variant-parameters/size/a%20b%3F",
        ),
        (OrderInvoices.delete("M/1", 7), "/order-invoices/M%2F1/7"),
    ],
)
def test_codes_may_hold_any_character(request_, target):
    assert sent(request_) == (request_.method, target, None)


def test_some_deletions_have_a_body():
    assert sent(DiscountCoupons.delete_many(["A", "B"])) == (
        "DELETE",
        "/api/discount-coupons",
        {"data": {"couponCodes": ["A", "B"]}},
    )
    method, target, body = sent(Products.delete_batch(batch_file_url_path="https://shop.example/rows"))
    assert (method, target) == ("DELETE", "/api/products/batch")
    assert body == {"batchFileUrlPath": "https://shop.example/rows"}


def test_the_path_that_is_broken_in_the_document_is_the_real_one():
    request = ProformaInvoices.create_from_order("2026/1", suppress_existence_check=True)
    assert sent(request) == (
        "POST",
        "/api/orders/2026%2F1/proforma-invoice?suppressExistenceCheck=true",
        {"data": {}},
    )


def test_what_is_to_be_suppressed_stands_in_the_query():
    request = Orders.update_status("1", status_id=-2, suppress_email_sending=True)
    method, target, body = sent(request)
    assert (method, body) == ("PATCH", {"data": {"statusId": -2}})
    assert target == "/api/orders/1/status?suppressEmailSending=true"
    # In the file of a batch it stands in a row of its own.
    rows = dump_rows([OrderBatchCreateSettings(suppress_email_sending=True)])
    assert rows == b'{"suppressEmailSending":true}\n'


def test_files_are_uploaded_as_each_api_takes_them():
    invoice = OrderInvoices.upload("M1", original_name="a.pdf", mime_type="application/pdf", data="JVBERi0=")
    assert sent(invoice) == (
        "POST",
        "/order-invoices/M1",
        {"original_name": "a.pdf", "mime_type": "application/pdf", "data": "JVBERi0="},
    )
    assert get_origin(invoice.endpoint.into) is Created
    one = Files.upload(source_url="https://shop.example/a.png")
    assert sent(one) == ("POST", "/api/system/file", {"data": {"sourceUrl": "https://shop.example/a.png"}})
    many = Files.upload_batch([FileUpload(source_url="https://shop.example/a.png")])
    assert sent(many)[2] == {"data": [{"sourceUrl": "https://shop.example/a.png"}]}
    assert many.endpoint.into == Started[None]


def test_documents_come_as_bytes():
    downloads = [each for each in SHOPTET.operations if getattr(each.declared.endpoint, "into", 0) is bytes]
    assert {each.name for each in downloads} == {"pdf", "isdoc"}
    assert len(downloads) == 9
    assert Invoices.pdf("1").endpoint.into is bytes


def test_times_lists_and_absent_values_are_written_as_each_api_wants_them():
    moment = datetime(2026, 9, 1, 10, 30, tzinfo=UTC)
    assert OrderUnits.list(
        storefront="cz", status=["open", "sent"], ts_created_from_iso=moment
    ).page().target.partition("?")[2].split("&")[:4] == [
        "storefront=cz",
        "status=open",
        "status=sent",
        "ts_created_from_iso=2026-09-01T10%3A30%3A00Z",
    ]
    listing = Orders.list(creation_time_from=moment)
    assert "creationTimeFrom=2026-09-01T10%3A30%3A00%2B0000" in listing.page().target
    assert Units.update(1, UnitPatch(amount=0, id_warehouse=None), storefront="de").content == (
        b'{"amount":0,"id_warehouse":null}'
    )


def test_answers_of_many_statuses_are_told_apart_row_by_row():
    changes = [BulkUnitUpdate(id_unit=number, unit_data=UnitPatch(amount=3)) for number in (1, 2)]
    request = Units.bulk_update(changes, storefront="cz")
    assert sent(request)[2] == [{"id_unit": number, "unit_data": {"amount": 3}} for number in (1, 2)]
    rejected = {
        "id_unit": 1,
        "status_code": 422,
        "message": "no",
        "errors": [{"field": "amount", "message": "?"}],
    }
    failed = {"id_unit": 2, "status_code": 500, "key": "internal_error", "message": "oh"}
    body = json.dumps({"data": [rejected, failed]}).encode()
    rows = KAUFLAND.read(request, Reply(207, {"content-type": "application/json"}, body))
    assert [(type(row), row.id_unit) for row in rows] == [(BulkRejectedUnit, 1), (BulkFailedUnit, 2)]


def test_every_job_is_a_handle():
    assert len(JOBS) == 27
    for each in JOBS:
        started = SHOPTET.read(
            each.declared.endpoint.request(), Reply(202, {}, b'{"data": {"jobId": "1xv"}, "errors": null}')
        )
        assert started.job_id == "1xv"


def test_a_misspelt_argument_is_answered_with_the_right_one():
    kaufland = Kaufland("c" * 32, "s" * 64)
    with pytest.raises(TypeError, match=r"'embeded'.*Did you mean 'embedded'\?"):
        kaufland.orders.get("M1", embeded=["delivery"])
    with pytest.raises(
        TypeError, match=r"'suppress_emails_sending'.*Did you mean 'suppress_email_sending'\?"
    ):
        Shoptet("t" * 40).orders.update_status("1", status_id=1, suppress_emails_sending=True)
