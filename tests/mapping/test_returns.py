"""Issue part 6, returns: the words, the lines, the remark, and how much may be paid back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet.errors import MappingError
from kaufland_shoptet.kaufland.resources.common import ReturnReason, ReturnUnitStatus
from kaufland_shoptet.kaufland.resources.returns import ReturnStatus
from kaufland_shoptet.mapping import returns

words = st.text(max_size=30)


@pytest.mark.parametrize(
    ("speak", "known"),
    [
        (returns.unit_words, ReturnUnitStatus),
        (returns.parcel_words, ReturnStatus),
        (returns.reason_words, ReturnReason),
    ],
)
def test_every_word_of_the_document_is_spoken(speak, known):
    """Part 6."""
    assert all("does not know" not in speak(word) for word in known)


@given(words)
def test_no_word_breaks_anything(word):
    """Part 6: totality; the vendor may add words."""
    for speak in (returns.unit_words, returns.parcel_words, returns.reason_words):
        assert speak(word)
    assert returns.waits(word) in (True, False)
    for decision in returns.DECISIONS:
        assert returns.reached(decision, word) in (True, False)


def test_a_decision_leads_to_one_status():
    """Part 6."""
    for decision, status in returns.DECISIONS.items():
        assert [each for each in ReturnUnitStatus if returns.reached(decision, each)] == [status]


@given(
    st.lists(st.integers(1, 60), unique=True, max_size=30),
    st.lists(st.integers(1, 3), max_size=12),
    st.sets(st.integers(1, 80), max_size=20),
)
def test_lines_part_the_units_that_come_back(units, cuts, returned):
    """Part 6, a law: each unit of the order that comes back is in one line, and no other is in any."""
    lines, rest = [], list(units)
    for cut in cuts:
        lines.append(rest[:cut])
        rest = rest[cut:]
    lines.append(rest)
    found = returns.touched(lines, returned)
    back = [unit for each in found for unit in each.units]
    assert sorted(back) == sorted(returned & set(units))
    for each in found:
        assert 0 < len(each.units) <= each.of == len(lines[each.line])
        assert each.whole == (set(lines[each.line]) <= returned)


@given(st.integers(1, 10**12), st.sampled_from([*ReturnUnitStatus]), st.sampled_from([*ReturnReason]))
def test_a_remark_is_found_again_and_taken_for_no_other(number, status, reason):
    """Part 6, a law."""
    text = returns.remark(
        id_order="M1", id_return_unit=number, status=status, reason=reason, article=None, line=None
    )
    assert returns.is_told([text], returns.marker(number, status))
    assert not returns.is_told([text], returns.marker(number + 1, status))
    assert not returns.is_told([text], returns.marker(number, f"{status}_more"))
    others = [each for each in ReturnUnitStatus if each != status]
    assert not any(returns.is_told([text], returns.marker(number, each)) for each in others)


def test_a_message_is_needed():
    """Part 6."""
    assert returns.check_message(" Where is the charger?\n") == "Where is the charger?"
    with pytest.raises(MappingError, match="message: is empty"):
        returns.check_message(" \n")


@given(st.integers(1, 10**7), st.integers(0, 10**7), st.integers(-(10**7), 2 * 10**7))
def test_nothing_is_paid_back_that_was_not_paid(paid, refunded, amount):
    """Part 6, a law: all refunds together stay within what was paid."""
    try:
        returns.check_refund(amount, paid=paid, refunded=refunded, currency="CZK")
    except MappingError:
        assert amount < 1 or amount + refunded > paid
    else:
        assert 0 < amount <= paid - refunded


def test_a_piece_is_credited_only_where_its_line_is_certain():
    """Part 6: to the cent, or not at all."""
    line = returns.InvoiceLine(item=7, kind="product", code="C1", price=Decimal("499.00"), amount=Decimal(2))
    shipping = evolve(line, item=8, kind="shipping")
    assert returns.credited_line([line, shipping], [(1, 2)], 2, 49_900) is line
    assert returns.credited_line([line], [(1, 2)], 3, 49_900) is None  # of no line
    assert returns.credited_line([line], [(1, 2), (3,)], 2, 49_900) is None  # another number of lines
    for changed in ({"price": Decimal("449.00")}, {"ratio": Decimal("0.9")}, {"amount": Decimal(1)}):
        assert returns.credited_line([evolve(line, **changed)], [(1, 2)], 2, 49_900) is None
