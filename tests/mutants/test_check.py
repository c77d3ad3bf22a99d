"""The bugs that are planted still have their places; whether they are caught, ``nox -s mutants`` tells."""

from __future__ import annotations

import pytest

from .check import BUGS, PACKAGE, ROOT, Bug, plant


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_bug_has_its_place_and_its_tests(bug):
    assert (PACKAGE / bug.path).read_text("utf-8").count(bug.old) == 1
    assert bug.new != bug.old
    assert all((ROOT / test).is_file() for test in bug.tests)


@pytest.mark.parametrize("text", ["something else", "here and here"])
def test_a_bug_without_one_certain_place_is_not_planted(tmp_path, text):
    file = tmp_path / "module.py"
    file.write_text(text)
    with pytest.raises(LookupError, match="not once"):
        plant(Bug("a bug", "module.py", "here", "there", ()), tmp_path)
    assert file.read_text() == text


def test_a_bug_takes_the_place_of_its_text(tmp_path):
    file = tmp_path / "module.py"
    file.write_text("it is here")
    plant(Bug("a bug", "module.py", "here", "there", ()), tmp_path)
    assert file.read_text() == "it is there"
