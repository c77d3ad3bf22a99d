"""Issue part 6 in the sandbox: invoices of orders on Kaufland."""

from __future__ import annotations

import base64

import pytest

PDF = b"%PDF-1.4\n%%EOF\n"


def body(name="1.pdf", data=PDF, **changes):
    encoded = base64.b64encode(data).decode()
    return {"original_name": name, "mime_type": "application/pdf", "data": encoded} | changes


def test_an_invoice_is_uploaded_read_and_deleted(sandbox, seller):
    answer = seller("POST", "/order-invoices/MA1B2C3", body())
    assert answer.status == 201
    row = answer.json()["data"]
    assert (row["original_name"], row["is_marketplace_deemed_supplier"]) == ("1.pdf", False)
    assert "access_token=" in row["url"]
    path = f"/order-invoices/MA1B2C3/{row['id_invoice']}"
    assert seller.data(path) == row
    assert sandbox.kaufland.files["MA1B2C3", row["id_invoice"]] == PDF
    assert seller.data("/orders/MA1B2C3", embedded="order_invoices")["order_invoices"] == [row]
    assert seller("DELETE", path).status == 204
    assert seller.get(path).status == 404
    assert sandbox.kaufland.files == {}


def test_a_second_one_is_taken_as_well(sandbox, seller):
    for _ in range(2):
        assert seller("POST", "/order-invoices/MA1B2C3", body()).status == 201
    assert len(sandbox.kaufland.orders["MA1B2C3"].invoices) == 2


def test_the_list_has_those_of_kaufland_too(sandbox, seller):
    seller("POST", "/order-invoices/MA1B2C3", body())
    rows = seller.data("/order-invoices")
    assert [(row["id_order"], row["is_marketplace_deemed_supplier"]) for row in rows] == [
        ("MA1B2C3", False),
        ("MDS1U13", True),
    ]
    assert len(seller.data("/order-invoices", storefront="de")) == 1
    assert len(seller.data("/order-invoices", ts_created_from_iso="2026-09-01T08:00:00Z")) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (body(data=b""), "data"),
        (body() | {"data": "%"}, "data"),
        (body(name=" "), "original_name"),
        ({"original_name": "x"}, "mime_type"),
    ],
)
def test_what_is_no_invoice(seller, wrong, field):
    answer = seller("POST", "/order-invoices/MA1B2C3", wrong)
    assert answer.status == 400
    assert field in {row["field"] for row in answer.json()["errors"]}


def test_what_cannot_be_taken_away(seller):
    assert seller("DELETE", "/order-invoices/MDS1U13/918273645").status == 404
    assert seller("DELETE", "/order-invoices/MA1B2C3/1").status == 404
    assert seller("POST", "/order-invoices/nothing", body()).status == 404
