"""Issue part 6 in the sandbox: invoices of the shop's orders."""

from __future__ import annotations

import pytest


@pytest.fixture
def invoice(sandbox, merchant):
    """An invoice that a status has made."""
    assert merchant.order(statusId=52).status == 201
    (made,) = sandbox.shoptet.invoices.values()
    return made


def test_a_status_issues_an_invoice_once(sandbox, merchant, invoice):
    for status in (26, 52):
        merchant("PATCH", f"/api/orders/{invoice.order}/status", {"data": {"statusId": status}})
    (row,) = merchant.data("/api/invoices")["invoices"]
    assert (row["code"], row["orderCode"], row["isValid"]) == (invoice.code, invoice.order, True)
    assert row["price"]["withVat"] == "1596.00"
    assert row["billFullName"] == "Jana Nováková"
    detail = merchant.data(f"/api/invoices/{invoice.code}")["invoice"]
    assert [item["itemType"] for item in detail["items"]] == ["product", "shipping", "billing"]


def test_filters(sandbox, merchant, invoice):
    sandbox.clock.advance(86400)
    other = sandbox.shoptet.issue_invoice(invoice.order)
    sandbox.shoptet.cancel_invoice(invoice.code)

    def codes(**query):
        return [row["code"] for row in merchant.data("/api/invoices", **query)["invoices"]]

    both = [other.code, invoice.code]
    assert codes() == codes(orderCode=invoice.order) == codes(codeFrom=invoice.code) == both
    assert codes(isValid="false") == codes(codeTo=invoice.code) == [invoice.code]
    assert codes(creationTimeTo="2026-09-01T23:00:00+0200") == [invoice.code]
    assert codes(creationTimeFrom="2026-09-02T00:00:00+0200") == [other.code]
    assert codes(taxDateFrom="2026-09-02T00:00:00+0200") == codes(varSymbol=other.code) == [other.code]
    assert codes(orderCode="x") == codes(proformaInvoiceCode="x") == []


def test_changes_name_each_invoice_once(sandbox, merchant, invoice):
    sandbox.clock.advance(60)
    sandbox.shoptet.cancel_invoice(invoice.code)
    since = {"from": "2026-09-01T00:00:00+0200"}
    (row,) = merchant.data("/api/invoices/changes", **since)["changes"]
    assert row == {"code": invoice.code, "changeTime": "2026-09-01T10:01:00+0200", "changeType": "edit"}
    assert merchant.data("/api/invoices/changes", changeType="delete", **since)["changes"] == []
    later = {"from": "2026-09-01T10:05:00+0200"}
    assert merchant.data("/api/invoices/changes", **later)["changes"] == []
    assert merchant.get("/api/invoices/changes").status == 400


def test_the_file_comes_as_it_is(merchant, invoice):
    answer = merchant.get(f"/api/invoices/{invoice.code}/pdf")
    assert (answer.status, answer.body) == (200, invoice.pdf)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-request-id"]


def test_one_download_at_a_time(sandbox, merchant, invoice):
    other = sandbox.shoptet.issue_invoice(invoice.order)
    first, second = (merchant.call("GET", f"/api/invoices/{each.code}/pdf") for each in (invoice, other))
    with sandbox.connect(first) as one:
        with sandbox.connect(second) as two:
            assert two.answer().status == 423
        assert one.answer().status == 200
    assert sandbox.handle(second).status == 200


@pytest.mark.parametrize("path", ["", "/pdf"])
def test_what_is_not_there(merchant, path):
    answer = merchant.get("/api/invoices/nothing" + path)
    assert (answer.status, merchant.errors(answer)) == (404, [("invoice-not-found", "nothing")])


def test_the_client_reads_them(sandbox, invoice):
    shoptet = sandbox.shoptet_client()
    assert shoptet.invoices.get(invoice.code).order_code == invoice.order
    assert shoptet.invoices.list(order_code=invoice.order).first().code == invoice.code
    assert shoptet.invoices.pdf(invoice.code) == invoice.pdf
