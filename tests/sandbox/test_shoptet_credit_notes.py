"""Issue part 6 in the sandbox: credit notes for the shop's invoices."""

from __future__ import annotations

from decimal import Decimal

import pytest


@pytest.fixture
def invoice(sandbox, merchant):
    """An invoice of three pieces, shipping and payment."""
    assert merchant.order(statusId=52).status == 201
    (made,) = sandbox.shoptet.invoices.values()
    return made


@pytest.fixture
def issue(merchant, invoice):
    """Issue a credit note for it."""
    return lambda **data: merchant("POST", f"/api/invoices/{invoice.code}/credit-note", {"data": data})


def item_of(invoice):
    return invoice.order_row["items"][0]["itemId"]


def test_some_pieces_are_taken_back(merchant, invoice, issue):
    answer = issue(items=[{"invoiceItemId": item_of(invoice), "amount": "1.000"}], reasonRemark="broken")
    assert answer.status == 201
    (row,) = merchant.data("/api/credit-notes")["creditNotes"]
    assert (row["invoiceCode"], row["orderCode"], row["reasonRemark"], row["price"]["withVat"]) == (
        invoice.code,
        invoice.order,
        "broken",
        "-499.00",
    )
    detail = merchant.data(f"/api/credit-notes/{row['code']}")["creditNote"]
    (item,) = detail["items"]
    assert (item["amount"], item["itemPrice"]["withVat"]) == ("-1.000", "-499.00")


def test_a_whole_invoice_and_then_nothing_is_left(merchant, invoice, issue):
    assert issue().status == 201
    (row,) = merchant.data("/api/credit-notes")["creditNotes"]
    assert Decimal(row["price"]["withVat"]) == -Decimal(invoice.order_row["price"]["withVat"])
    refused = issue(items=[{"invoiceItemId": item_of(invoice)}])
    assert (refused.status, merchant.errors(refused)) == (
        422,
        [("invalid-request-data", "data.items[0].amount")],
    )


def test_what_does_not_fit_is_refused(merchant, issue, invoice):
    wrong = [
        ({"items": []}, "data.items"),
        ({"items": [{"invoiceItemId": 0}]}, "data.items[0].invoiceItemId"),
        ({"items": [{"invoiceItemId": 999_999}]}, "data.items[0].invoiceItemId"),
        ({"items": [{"invoiceItemId": item_of(invoice), "amount": "4.000"}]}, "data.items[0].amount"),
        ({"items": [{"invoiceItemId": item_of(invoice), "amount": "1"}]}, "data.items[0].amount"),
        ({"reasonRemark": ""}, "data.reasonRemark"),
        ({"unheard": 1}, "data.unheard"),
    ]
    for data, at in wrong:
        answer = issue(**data)
        assert (answer.status, [where for _, where in merchant.errors(answer)]) == (422, [at]), data
    assert merchant("POST", "/api/invoices/none/credit-note", {"data": {}}).status == 404
    assert merchant.data("/api/credit-notes")["creditNotes"] == []


def test_filters(sandbox, merchant, invoice):
    first = sandbox.shoptet.issue_credit_note(invoice.code, {item_of(invoice): Decimal(1)})
    sandbox.clock.advance(86400)
    second = sandbox.shoptet.issue_credit_note(invoice.code, {item_of(invoice): Decimal(1)})
    first.valid = False

    def codes(**query):
        return [row["code"] for row in merchant.data("/api/credit-notes", **query)["creditNotes"]]

    assert codes() == codes(invoiceCode=invoice.code) == [second.code, first.code]
    assert codes(isValid="true") == codes(creationTimeFrom="2026-09-02T00:00:00+0200") == [second.code]
    assert codes(creationTimeTo="2026-09-01T23:00:00+0200") == codes(varSymbol=first.code) == [first.code]
    assert codes(invoiceCode="x") == codes(proofPaymentCode="x") == []
    assert sandbox.shoptet.left_of(invoice)[item_of(invoice)] == 2, "what is not valid took nothing"


def test_the_client_reads_and_issues_them(sandbox, invoice):
    shoptet = sandbox.shoptet_client()
    made = sandbox.shoptet.issue_credit_note(invoice.code)
    assert shoptet.credit_notes.get(made.code).invoice_code == invoice.code
    assert shoptet.credit_notes.list(invoice_code=invoice.code).first().code == made.code
    assert shoptet.credit_notes.pdf(made.code) == made.pdf


@pytest.mark.parametrize("path", ["", "/pdf"])
def test_what_is_not_there(merchant, path):
    answer = merchant.get("/api/credit-notes/nothing" + path)
    assert (answer.status, merchant.errors(answer)) == (404, [("credit-note-not-found", "nothing")])
