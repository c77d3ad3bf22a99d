"""Issue part 6, invoices: which files Kaufland gets."""

from __future__ import annotations

import re

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet import UNSET, Sandbox
from kaufland_shoptet.errors import MappingError
from kaufland_shoptet.mapping import invoices


@pytest.fixture(scope="module")
def order():
    return Sandbox.demo("three_pieces").kaufland_client().orders.get("MA1B2C3", embedded=["order_invoices"])


@given(st.text(max_size=40))
def test_every_invoice_has_a_plain_file_name(code):
    """Part 6."""
    assert re.fullmatch(r"[A-Za-z0-9._-]*\.pdf", invoices.file_name(code))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is no PDF"),
        (b"<html>", "is no PDF"),
        (b"%PDF-1.4 half of", "breaks off"),
        (b"%PDF-1.4 %%EOF" + b" " * 2000, "breaks off"),
        (b"%PDF-1.4" + b" " * invoices.LARGEST + b"%%EOF", "has 10000013 bytes"),
    ],
)
def test_what_is_not_sent(content, problem):
    """Part 6."""
    with pytest.raises(MappingError, match=rf"invoice: the file of 26/1 {problem}"):
        invoices.check_pdf(content, "26/1")


def test_deemed_supplier_orders_never(order):
    """Part 6: gotcha 58, whether the order says so or one of its units."""
    assert invoices.obstacle(order) == ""
    whole = evolve(order, is_marketplace_deemed_supplier=True)
    first, *rest = order.order_units
    one = evolve(order, order_units=(evolve(first, is_marketplace_deemed_supplier=True), *rest))
    for each in (whole, one):
        assert invoices.obstacle(each).startswith("Kaufland is the deemed supplier")


def test_a_cancelled_order_not(order):
    """Part 6."""
    gone = tuple(evolve(unit, status="cancelled") for unit in order.order_units)
    assert invoices.obstacle(evolve(order, order_units=gone)) == "is cancelled as a whole"


def test_an_order_that_was_read_without_its_invoices(order):
    """Part 6: nobody knows then what is there."""
    assert invoices.uploaded(evolve(order, order_invoices=None)) == ()
    with pytest.raises(MappingError, match="the order came without its invoices"):
        invoices.obstacle(evolve(order, order_invoices=UNSET))
