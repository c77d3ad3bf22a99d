"""The fixtures that users get: projects of their own, run by a pytest of its own.

In the same process a project would forget, at its end, the modules that it was the first to load.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = "pytester"


@pytest.fixture
def run(pytester):
    def run(source, *arguments, **files):
        pytester.makepyfile(test_project=source, **files)
        return pytester.runpytest_subprocess("-q", "-W", "error", "--strict-markers", *arguments)

    return run


CLIENTS = """
import anyio

def test_kaufland(sandbox, sandbox_kaufland):
    assert sandbox_kaufland.orders.get("MA1B2C3").id_order == "MA1B2C3"
    assert sandbox.counts()["kaufland", "GET", "/orders/MA1B2C3"] == 1

def test_the_next_test_has_another_sandbox(sandbox, sandbox_shoptet):
    assert not sandbox.log
    assert sandbox_shoptet.eshop.get().contact_information.eshop_id
    assert len(sandbox.log) == 1

def test_bridge(sandbox, sandbox_bridge, sandbox_shoptet):
    assert sandbox_bridge.apply(sandbox_bridge.orders.plan()).good
    assert len(list(sandbox_shoptet.orders.list())) == len(sandbox.shoptet.orders) > 5

def test_asynchronous(sandbox, sandbox_async_kaufland, sandbox_async_shoptet, sandbox_async_bridge):
    async def work():
        assert (await sandbox_async_kaufland.orders.get("MA1B2C3")).id_order == "MA1B2C3"
        assert (await sandbox_async_bridge.apply(await sandbox_async_bridge.orders.plan())).good
        return [order async for order in sandbox_async_shoptet.orders.list()]
    assert len(anyio.run(work)) == len(sandbox.shoptet.orders) > 5
"""


def test_every_test_has_clients_on_a_sandbox_of_its_own(run):
    run(CLIENTS).assert_outcomes(passed=4)


MARKS = """
import pytest
from kaufland_shoptet import Sandbox
from kaufland_shoptet.sandbox import START, Switches

pytestmark = pytest.mark.sandbox("packeta", "voucher")

def test_the_mark_of_a_module(sandbox):
    assert sorted(sandbox.kaufland.orders) == ["MPK4T09", "MVC5K12"]
    assert sandbox.clock.now() == START

@pytest.mark.sandbox("three_pieces", seed=5, switches=Switches(discount_sign=-1))
def test_the_mark_of_a_test_goes_first(sandbox):
    assert list(sandbox.kaufland.orders) == ["MA1B2C3"]
    assert sandbox.secret_key == Sandbox(seed=5).secret_key != Sandbox().secret_key
    assert sandbox.switches.discount_sign == -1

@pytest.mark.sandbox
def test_without_names_it_has_all(sandbox):
    assert len(sandbox.kaufland.orders) > 20

class TestOwn:
    @pytest.fixture
    def sandbox(self):
        return Sandbox()

    def test_a_fixture_of_ones_own_is_what_the_others_stand_on(self, sandbox, sandbox_kaufland):
        assert list(sandbox_kaufland.orders.list()) == []
        assert len(sandbox.log) == 1

@pytest.mark.sandbox("no_such_order")
def test_an_unknown_name(sandbox):
    pass
"""


def test_marks_choose_what_the_sandbox_is_made_of(run):
    result = run(MARKS)
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(["*KeyError: 'no_such_order'"])


SERVER = """
import json, os, subprocess, sys
import pytest

FOREIGN = '''
import json, os, urllib.request
asked = urllib.request.Request(
    os.environ["SHOPTET_BASE_URL"] + "/api/eshop",
    headers={"Shoptet-Private-API-Token": os.environ["SHOPTET_PRIVATE_TOKEN"]},
)
print(json.load(urllib.request.urlopen(asked))["data"]["contactInformation"]["eshopName"])
'''

@pytest.mark.sandbox("three_pieces")
def test_a_program_of_any_language(sandbox, sandbox_server, tmp_path):
    said = subprocess.run([sys.executable, "-X", "utf8", "-c", FOREIGN], capture_output=True, encoding="utf-8", check=True)
    assert said.stdout == "Ukázkový obchod\\n"
    assert sandbox_server.shoptet_url == os.environ["SHOPTET_BASE_URL"]

def test_the_clock_runs(sandbox_server, sandbox):
    from kaufland_shoptet import Kaufland
    with Kaufland() as client:
        assert client.status.ping().message
    assert sandbox.log
    before = sandbox.clock.now()
    while sandbox.clock.now() == before:
        pass

def test_the_environment_is_as_it_was():
    assert "KAUFLAND_BASE_URL" not in os.environ
    assert os.environ["SHOPTET_PRIVATE_TOKEN"] == "mine"
"""


def test_the_server_and_where_it_is(run, monkeypatch):
    monkeypatch.setenv("SHOPTET_PRIVATE_TOKEN", "mine")
    monkeypatch.delenv("KAUFLAND_BASE_URL", raising=False)
    run(SERVER).assert_outcomes(passed=3)


def test_pytest_itself_tells_of_the_fixtures_and_the_marker(run):
    told = run("", "--fixtures").stdout.str().partition("kaufland_shoptet.pytest_plugin -")[2]
    assert "sandbox_bridge -- " in told
    assert "A blocking bridge over both" in told
    assert "sandbox" not in run("", "--fixtures", "-p", "no:kaufland_shoptet").stdout.str()
    run("", "--markers").stdout.fnmatch_lines(["@pytest.mark.sandbox(?facts, seed=0, switches=None): *"])


LIGHT = """
import sys
import pytest
before = set(sys.modules)
import kaufland_shoptet.pytest_plugin
print(*sorted(set(sys.modules) - before))
"""


def test_who_does_not_use_it_does_not_pay_for_it():
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["kaufland_shoptet", "kaufland_shoptet.pytest_plugin"]
