"""What strangers send is read, or refused with an error that says why; never anything else.

These are few tries of each kind, others each time; ``nox -s fuzz`` tries many and counts them.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaufland_shoptet._core import codec

from . import targets

FEW = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
numbers = st.integers(0, 2**64 - 1)


@pytest.fixture(params=targets.PARSERS, autouse=True)
def parser(request, monkeypatch):
    monkeypatch.setattr(codec, "_loads", targets.PARSERS[request.param])


@pytest.mark.parametrize("name", targets.BY_CHANCE)
@FEW
@given(number=numbers)
def test_made_by_chance(name, number):
    targets.by_chance(name, number)


@pytest.mark.parametrize("name", targets.BY_BYTES)
@FEW
@given(number=numbers)
def test_made_of_good_ones(name, number):
    targets.by_bytes(name, number)


@pytest.mark.parametrize("name", targets.BY_BYTES)
@FEW
@given(data=st.binary(max_size=300))
def test_any_bytes(name, data):
    targets.BY_BYTES[name][0](data)


@pytest.mark.parametrize("name", targets.BY_BYTES)
def test_the_seeds_themselves_are_good(name):
    target, seeds = targets.BY_BYTES[name]
    assert target(seeds()[0]) == "read"
