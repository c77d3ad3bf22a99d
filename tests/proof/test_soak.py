"""A short season of the soak: nothing lost, nothing doubled, with and without the layer that tries again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture(scope="module")
def soak():
    """The script, which finds its neighbours as it does when it is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        import soak

        yield soak
        for name in ("soak", "naive", "measure"):
            sys.modules.pop(name, None)


def is_well(found, orders):
    assert found["orders"] == found["in the shop"] == orders
    nothing = (
        "lost",
        "doubled",
        "money difference",
        "units sent twice",
        "second orders refused by Shoptet",
        "turned away by a limit or lock",
        "ledger differs",
    )
    assert {name: found[name] for name in nothing} == dict.fromkeys(nothing, 0)
    assert found["most requests in a second"] <= 111
    assert found["most connections to Shoptet"] <= 3


@pytest.mark.parametrize("name", ["ours, blocking", "ours, asynchronous"])
def test_a_season_loses_and_doubles_nothing(soak, name):
    found = soak.play(soak.CONTESTANTS[name], orders=60, rounds=8, rate=0.05, seed=7)
    is_well(found, 60)
    assert found["units sent"] == found["units"]
    assert found["faults"] > 30
    assert found["retries"] > 30
    assert found["found again after an answer was lost"] > 0


def test_without_retries_orders_come_late_but_come(soak):
    found = soak.play(soak.CONTESTANTS["ours, retries off"], orders=60, rounds=8, rate=0.05, seed=7)
    is_well(found, 60)
    assert found["retries"] == 0
    assert found["not there after its first run"] > 20


def test_scripts_lose_or_double(soak):
    once = soak.play(soak.CONTESTANTS["script, once"], orders=400, rounds=15, rate=0.1, seed=7)
    again = soak.play(soak.CONTESTANTS["script, again"], orders=400, rounds=15, rate=0.1, seed=7)
    assert once["lost"] > 20
    assert again["doubled"] > 0
    calm = soak.play(soak.CONTESTANTS["script, once"], orders=100, rounds=15, rate=0, seed=7)
    assert (calm["lost"], calm["doubled"], calm["money difference"]) == (0, 0, 0)  # it can do it in principle


def test_processes_that_share_a_ledger_and_a_key_and_are_killed(soak):
    found = soak.share(orders=15, rate=0.03, seed=7, size=3, kills=2, batches=3)
    assert found["killed"] == 2
    assert found["orders"] == found["in the shop"] == 15
    nothing = ("lost", "doubled", "money difference", "units sent twice", "ledger differs")
    assert {name: found[name] for name in nothing} == dict.fromkeys(nothing, 0)
    assert found["units sent"] == found["units"]
    assert found["most requests in a second"] <= 111
    assert found["most connections to Shoptet"] <= 3
