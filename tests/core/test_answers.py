from __future__ import annotations

import pytest

from kaufland_shoptet import Answer, Created, Problem, Started
from kaufland_shoptet._core.scrub import scrub


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("no customer jan.novak+x@example.co.uk!", "no customer ***"),
        ("call +420 601 000 111 or 0049 (30) 1234567", "call *** or ***"),
        ("token 123456-a-7-abcdefghijklmnopqrstuvwxyz0123", "token ***"),
        ("key " + "0123456789abcdef" * 4, "key ***"),
        ("price 199.00 of 3 items at 08:00", "price 199.00 of 3 items at 08:00"),
        ("Unsupported query parameters", "Unsupported query parameters"),
        ("", ""),
    ],
)
def test_texts_of_vendors_are_blanked_where_they_may_be_private(text, clean):
    assert scrub(text) == clean


def test_a_problem_reads_as_one_line():
    assert str(Problem("invalid", "Bad value.", "data.items[0]")) == "invalid Bad value. (data.items[0])"
    assert str(Problem("invalid", "")) == "invalid"
    assert str(Problem("", "Bad value.")) == "Bad value."


def test_a_problem_tells_no_address_but_knows_what_it_is_about():
    problem = Problem("invalid", "jan@example.cz is taken", "jan@example.cz")
    assert problem.message == "*** is taken"
    assert problem.where == "jan@example.cz"
    assert str(problem) == "invalid *** is taken (***)"
    assert repr(problem) == "Problem(code='invalid', message='*** is taken', where='***')"
    assert repr(Problem("", "")) == "Problem(code='', message='', where=None)"


def test_an_answer_with_warnings_is_not_complete():
    assert Answer(1).complete
    assert not Answer(1, (Problem("document-not-generated", ""),)).complete


def test_the_other_answers_are_plain_values():
    assert Created("7") == Created("7", None, None)
    assert Started("J1") == Started("J1", None)
