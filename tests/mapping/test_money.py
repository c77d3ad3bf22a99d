import decimal
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet.errors import MappingError
from kaufland_shoptet.mapping import money
from kaufland_shoptet.mapping.money import from_minor, to_minor

minors = st.integers(min_value=-(10**40), max_value=10**40)


@given(minor=minors)
def test_there_and_back(minor):
    assert to_minor(from_minor(minor)) == minor


@given(minor=minors)
def test_an_amount_has_two_places(minor):
    amount = from_minor(minor)
    assert amount.as_tuple().exponent == -2
    assert amount.as_integer_ratio() == Decimal(f"{minor}e-2").as_integer_ratio()


@given(minor=minors, precision=st.integers(min_value=1, max_value=5))
def test_the_callers_decimal_context_does_not_matter(minor, precision):
    with decimal.localcontext() as context:
        context.prec = precision
        context.traps[decimal.Inexact] = True
        amount = from_minor(minor)
        assert to_minor(amount) == minor
    assert amount == from_minor(minor)


@given(minors=st.lists(minors))
def test_the_sum_of_the_amounts_is_the_amount_of_the_sum(minors):
    with decimal.localcontext() as context:
        context.prec = 60
        assert sum(map(from_minor, minors)) == from_minor(sum(minors))


@pytest.mark.parametrize(("minor", "text"), [(0, "0.00"), (1, "0.01"), (-1, "-0.01"), (10**8, "1000000.00")])
def test_as_shoptet_writes_it(minor, text):
    assert str(from_minor(minor)) == text


@pytest.mark.parametrize(
    ("text", "minor"), [("499", 49900), ("499.0", 49900), ("4.99E+2", 49900), ("-0.010", -1)]
)
def test_however_it_is_written(text, minor):
    assert to_minor(Decimal(text)) == minor


@pytest.mark.parametrize("text", ["0.001", "-0.015", "1E-30"])
def test_a_fraction_of_a_minor_unit_is_refused(text):
    with pytest.raises(MappingError, match="fraction of a minor unit") as caught:
        to_minor(Decimal(text), "price")
    assert caught.value.field == "price"


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(MappingError, match="is not an amount"):
        to_minor(Decimal(text))


def test_public_names():
    assert dir(money) == ["from_minor", "to_minor"]
