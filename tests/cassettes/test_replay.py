"""Both clients, given the cassettes in place of the network."""

from __future__ import annotations

import anyio
import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

from kaufland_shoptet import Started
from kaufland_shoptet.kaufland.resources.units import UnitPatch
from kaufland_shoptet.sandbox.sdk import kaufland, shoptet

from .__main__ import carry_out, record_sandbox
from .redaction import GONE, LOOKS
from .scenarios import SCENARIOS, furnished
from .tape import ROOT, Serializer, loaded, path, play, player

MADE_UP = "Made up for tests."

RECORDED = [
    pytest.param(origin, scenario, id=f"{origin}-{scenario.api}-{scenario.name}")
    for origin in ("sandbox", "live")
    for scenario in SCENARIOS
    if path(origin, scenario.api, scenario.name).exists()
]


async def carry_out_async(client, scenario):
    found = await client.run(scenario.script())
    return [row async for row in client.rows(found)] if isinstance(found, Started) else found


def replayed(origin, scenario, backend=None):
    """What a script gets from its cassette, all of which it has to use."""
    file = path(origin, scenario.api, scenario.name)
    with play(file, origin, scenario.api) as cassette:
        if backend is None:
            with player(origin, scenario.api, asynchronous=False) as client:
                found = carry_out(client, scenario)
        else:

            async def work():
                async with player(origin, scenario.api, asynchronous=True) as client:
                    return await carry_out_async(client, scenario)

            found = anyio.run(work, backend=backend)
    assert cassette.all_played
    assert not cassette.dirty
    return found


@pytest.mark.parametrize("origin, scenario", RECORDED)
def test_both_clients_read_the_same(origin, scenario):
    found = replayed(origin, scenario)
    assert found
    for backend in ("asyncio", "trio"):
        assert replayed(origin, scenario, backend) == found


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: f"{each.api}-{each.name}")
def test_what_is_read_is_what_the_sandbox_tells_but_for_people(scenario):
    """A ``repr`` leaves out what is personal, and nothing else.

    Texts that the sandbox makes up are the same for people and for things, so they may be gone from both.
    """
    sandbox = furnished()
    scenario.prepare(sandbox)
    with {"kaufland": kaufland, "shoptet": shoptet}[scenario.api](sandbox) as client:
        told = LOOKS.sub(GONE, repr(carry_out(client, scenario)))
    found = repr(replayed("sandbox", scenario))
    assert found == told.replace(MADE_UP, GONE) or found.replace(GONE, MADE_UP) == told.replace(GONE, MADE_UP)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: f"{each.api}-{each.name}")
def test_a_cassette_is_what_would_be_recorded_today(scenario, tmp_path):
    new = record_sandbox(scenario, tmp_path)
    old = path("sandbox", scenario.api, scenario.name)
    assert loaded(new.read_text("utf-8")) == loaded(old.read_text("utf-8")), (
        "the sandbox answers otherwise than it did: python -m nox -s record, and look at the difference"
    )


def test_a_request_that_sends_something_else_is_not_answered():
    serializer = Serializer("sandbox", "kaufland")
    file = path("sandbox", "kaufland", "units_write")
    recorded = [each["request"] for each in serializer.deserialize(file.read_text("utf-8"))["interactions"]]
    (patch,) = [each for each in recorded if each["method"] == "PATCH"]
    unit = int(patch["uri"].partition("?")[0].rpartition("/")[2])
    with play(file, "sandbox", "kaufland"), player("sandbox", "kaufland", asynchronous=False) as client:
        with pytest.raises(CannotOverwriteExistingCassetteException, match="differ in match_sent"):
            client.units.update(unit, UnitPatch(amount=8), storefront="cz")
        assert client.units.update(unit, UnitPatch(amount=7), storefront="cz").amount == 7


def test_there_is_no_cassette_that_nobody_plays():
    known = {path(origin, each.api, each.name) for origin in ("sandbox", "live") for each in SCENARIOS}
    assert set(ROOT.rglob("*.yaml")) <= known
    assert {each.api for each in SCENARIOS if each.writes} == {"kaufland", "shoptet"}
    assert all(each.script.__doc__ for each in SCENARIOS)
