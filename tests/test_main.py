"""The command line, on the sandbox over real sockets: what it prints, and what it exits with."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime

import pytest
from attrs import evolve

from kaufland_shoptet import KAUFLAND, SHOPTET, Kaufland, Plan, Settings, Shoptet
from kaufland_shoptet.__main__ import main
from kaufland_shoptet.flows.table import FLOWS
from kaufland_shoptet.sandbox import Clock, Fault, Sandbox
from kaufland_shoptet.sandbox.demo import SCENES
from kaufland_shoptet.sandbox.sdk import demo_settings
from kaufland_shoptet.sandbox.server import serve

FACTS = ("three_pieces", "packeta")


@pytest.fixture
def sandbox():
    return Sandbox.demo(*FACTS, clock=Clock(datetime.now(UTC), running=True))


@pytest.fixture
def shop(sandbox, tmp_path, monkeypatch):
    """Runs commands for the shop of one settings file, against the sandbox behind real sockets."""
    front = demo_settings().storefronts["cz"]
    settings = evolve(demo_settings(), storefronts={"cz": front})
    file = tmp_path / "shop.toml"
    file.write_text(settings.dumps(), encoding="utf-8")
    with serve(sandbox) as server:
        for name, value in {
            "KAUFLAND_CLIENT_KEY": sandbox.client_key,
            "KAUFLAND_SECRET_KEY": sandbox.secret_key,
            "SHOPTET_PRIVATE_TOKEN": sandbox.private_token,
            "KAUFLAND_BASE_URL": server.kaufland_url,
            "SHOPTET_BASE_URL": server.shoptet_url,
        }.items():
            monkeypatch.setenv(name, value)

        def run(command, *arguments):
            return main([command, "--settings", str(file), *arguments])

        run.file = file
        run.settings = settings
        yield run


def printed(capsys):
    return capsys.readouterr().out


def secrets(sandbox):
    return (sandbox.client_key, sandbox.secret_key, sandbox.private_token)


# A whole life: plan, look, apply, plan again.


def test_a_plan_is_made_saved_applied_and_then_there_is_nothing_to_do(shop, sandbox, tmp_path, capsys):
    """Part 9: plan and apply, with exit codes."""
    assert shop("plan", "--check") == 4
    assert "2 to import" in printed(capsys)
    assert shop("plan", "--flow", "orders", "--json") == 0
    text = printed(capsys)
    plan = Plan.from_json(text)
    assert [change.subject for change in plan.changes] == ["MA1B2C3", "MPK4T09"]
    assert sandbox.shoptet.orders == {}
    saved = tmp_path / "plan.json"
    saved.write_text(text, encoding="utf-8")
    assert shop("apply", "--plan", str(saved), "--json") == 0
    (report,) = json.loads(printed(capsys))
    assert [outcome["result"] for outcome in report["outcomes"]] == ["done", "done"]
    assert len(sandbox.shoptet.orders) == 2
    assert (tmp_path / "demo.sqlite").exists(), "the ledger lies beside the settings"
    assert shop("plan", "--check") == 0
    assert "nothing to do" in printed(capsys)
    assert shop("plan", "--full", "--check", "--json") == 0
    (whole,) = json.loads(printed(capsys))
    assert len(whole["skips"]) == 2


def test_all_plans_of_a_list_are_applied_from_the_standard_input(shop, sandbox, capsys, monkeypatch):
    shop("plan", "--json")
    monkeypatch.setattr(sys, "stdin", io.StringIO(printed(capsys)))
    assert shop("apply", "--plan", "-") == 0
    assert "2 in place" in printed(capsys)
    assert len(sandbox.shoptet.orders) == 2


def test_a_flow_is_planned_and_applied_at_once(shop, sandbox, capsys):
    assert shop("apply", "--flow", "orders", "--json") == 0
    assert len(json.loads(printed(capsys))["outcomes"]) == 2
    assert len(sandbox.shoptet.orders) == 2


def test_synchronisation_says_what_it_did(shop, sandbox, capsys):
    assert shop("sync", "--dry-run") == 0
    assert "MA1B2C3" in printed(capsys)
    assert sandbox.shoptet.orders == {}
    assert shop("sync", "--max-writes", "1", "--json") == 0
    first = json.loads(printed(capsys))
    assert (first["good"], first["flows"][0]["left"], len(sandbox.shoptet.orders)) == (True, 1, 1)
    assert shop("sync", "--flow", "orders") == 0
    assert len(sandbox.shoptet.orders) == 2
    assert "Synchronisation, " in printed(capsys)


def test_the_doctor_says_what_is_wrong_and_exits_with_it(shop, sandbox, capsys):
    """Part 9: doctor."""
    assert shop("doctor") == 0
    assert "no status is set for Delivered" in printed(capsys)
    sandbox.shoptet.status_row(52)["name"] = "Předáno"
    shop("doctor", "--json")
    assert "is now 'Předáno'" in printed(capsys)
    assert shop("doctor", "--accept-names") == 0
    assert "Předáno" not in printed(capsys)
    sandbox.shoptet.shipping_methods.clear()
    assert shop("doctor", "--json") == 1
    assert json.loads(printed(capsys))["good"] is False


def test_the_setup_is_described_without_keys_and_without_asking(shop, sandbox, capsys, monkeypatch):
    for name in ("KAUFLAND_CLIENT_KEY", "KAUFLAND_SECRET_KEY", "SHOPTET_PRIVATE_TOKEN"):
        monkeypatch.delenv(name)
    assert shop("describe") == 0
    assert printed(capsys).startswith("Setup of Demo shop\n")
    assert shop("describe", "--json") == 0
    assert json.loads(printed(capsys))["flows"]["orders"] == ["cz"]
    assert sandbox.log == []


def test_both_sides_are_compared_and_deadlines_told(shop, sandbox, capsys):
    """Part 9: reconcile, in JSON too."""
    assert shop("reconcile", "--no-offers", "--check", "--json") == 4
    assert {each["subject"] for each in json.loads(printed(capsys))["findings"]} == {"MA1B2C3", "MPK4T09"}
    shop("sync")
    printed(capsys)
    assert shop("reconcile", "--check") == 0
    assert "everything agrees" in printed(capsys)
    assert shop("reconcile", "--from", "2020-01-01", "--to", "2020-01-31", "--json") == 0
    compared = json.loads(printed(capsys))
    assert (compared["since"], compared["until"]) == (
        "2020-01-01T00:00:00+00:00",
        "2020-02-01T00:00:00+00:00",
    )
    assert shop("reconcile", "--from", "2020-01-01T10:00+02:00", "--to", "2020-01-01T12:00Z", "--json") == 0
    assert json.loads(printed(capsys))["until"] == "2020-01-01T12:00:00+00:00"
    assert shop("reconcile", "--from", "2020-02-01", "--to", "2020-01-01") == 2
    assert "before --from" in capsys.readouterr().err
    assert shop("deadlines", "--check") == 0
    assert printed(capsys).startswith("Deadlines of Demo shop")
    assert shop("deadlines", "--within", "99", "--check", "--json") == 4
    assert len(json.loads(printed(capsys))["due"]) == 4


# What it exits with.


def test_a_change_that_is_not_in_place_is_1(shop, sandbox, capsys):
    del sandbox.shoptet.variants["SHP-0042"]
    assert shop("apply", "--flow", "orders") == 1
    assert "refused" in printed(capsys)
    assert shop("sync") == 1


def test_a_plan_of_another_shop_is_1(shop, tmp_path, capsys):
    shop("plan", "--flow", "orders", "--json")
    other = {**json.loads(printed(capsys)), "shop": "Another shop"}
    (tmp_path / "plan.json").write_text(json.dumps(other))
    assert shop("apply", "--plan", str(tmp_path / "plan.json")) == 1
    assert "'Another shop'" in capsys.readouterr().err


def test_what_was_written_is_told_also_when_a_later_plan_is_refused(shop, sandbox, tmp_path, capsys):
    shop("plan", "--flow", "orders", "--json")
    plan = json.loads(printed(capsys))
    (tmp_path / "plans.json").write_text(json.dumps([plan, {**plan, "shop": "Another shop"}]))
    assert shop("apply", "--plan", str(tmp_path / "plans.json"), "--json") == 1
    out, err = capsys.readouterr()
    (report,) = json.loads(out)
    assert len(report["outcomes"]) == len(sandbox.shoptet.orders) == 2
    assert "'Another shop'" in err


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_is_gone_does_not_hide_what_failed(shop, tmp_path, capsys, monkeypatch, unbuffered):
    shop("plan", "--flow", "orders", "--json")
    plan = json.loads(printed(capsys))
    (tmp_path / "plans.json").write_text(json.dumps([plan, {**plan, "shop": "Another shop"}]))
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    command = [sys.executable, "-m", "kaufland_shoptet", "apply", "--settings", str(shop.file)]
    command += ["--plan", str(tmp_path / "plans.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        program.stdout.close()
        told = program.stderr.read()
    assert "'Another shop'" in told
    assert "BrokenPipe" not in told
    assert program.returncode == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("shop = 1", "shop: is the number 1"),
        ("[shop]\nname = 'x'\n[storefront.cz]\nimport_order = true", "Is import_orders meant?"),
        ("[", "this is not TOML"),
    ],
)
def test_settings_that_cannot_be_are_2_and_all_mistakes_are_told(shop, text, problem, capsys):
    shop.file.write_text(text, encoding="utf-8")
    assert shop("plan") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert problem in err
    if "import_order" in text:
        assert "ledger.path: is missing." in err
    assert f"In {shop.file}." in err


def test_a_missing_file_or_key_is_2_and_says_where_keys_are_found(shop, capsys, monkeypatch, sandbox):
    """R4: who has no keys is told where they are found; no key is ever shown."""
    assert main(["describe", "--settings", "missing.toml"]) == 2
    assert "cannot be read" in capsys.readouterr().err
    monkeypatch.delenv("KAUFLAND_SECRET_KEY")
    assert shop("plan") == 2
    err = capsys.readouterr().err
    assert "KAUFLAND_SECRET_KEY: this environment variable is not set" in err
    assert "Seller Portal, Shop Settings, API" in err
    assert not any(secret in err for secret in secrets(sandbox))


def test_keys_never_go_to_an_address_in_the_open(shop, capsys, monkeypatch):
    monkeypatch.setenv("SHOPTET_BASE_URL", "http://shop.example")
    assert shop("plan") == 2
    assert "SHOPTET_BASE_URL: this is not an address that keys may be sent to" in capsys.readouterr().err


@pytest.mark.parametrize("text", [None, "", "{}", "[1]", '[{"flow": "orders"}]'])
def test_a_file_that_is_no_plan_is_2(shop, text, tmp_path, capsys):
    file = tmp_path / "plan.json"
    if text is not None:
        file.write_text(text)
    assert shop("apply", "--plan", str(file)) == 2
    assert "--plan: " in capsys.readouterr().err


def test_options_that_a_flow_does_not_have_are_2(shop, capsys):
    assert shop("plan", "--flow", "orders", "--override", "max_change") == 2
    assert "orders: " in capsys.readouterr().err
    assert shop("plan", "--flow", "offers", "--override", "nonsense") == 2
    assert "nonsense" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        shop("plan", "--flow", "nonsense")
    assert caught.value.code == 2
    assert "this version has no flow 'nonsense'" in capsys.readouterr().err


def test_a_mistake_of_ours_is_no_mistake_of_the_user(shop, monkeypatch):
    monkeypatch.setattr("kaufland_shoptet.flows.orders.Orders.plan", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shop("plan", "--flow", "orders")
    monkeypatch.setattr("kaufland_shoptet.flows.orders.Orders.plan", lambda _: int("x"))
    with pytest.raises(ValueError, match="invalid literal"):
        shop("plan", "--flow", "orders")


def test_a_ledger_that_cannot_be_used_is_2(shop, tmp_path, capsys):
    (tmp_path / "demo.sqlite").write_text("something else, and long enough to be looked at " * 10)
    assert shop("sync") == 2
    assert "ledger" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["apply"],
        ["apply", "--plan", "x", "--flow", "orders"],
        ["sync", "--max-writes", "-1"],
        ["sync", "--max-writes", "many"],
        ["plan", "--flow", "nonsense"],
        ["sync", "--flow", "nonsense"],
    ],
)
def test_wrong_arguments_are_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: " in capsys.readouterr().err


def test_keys_that_are_refused_are_3(shop, capsys, monkeypatch):
    """R2 and R3 on the command line: not verified yet, perhaps; and keep the keys."""
    monkeypatch.setenv("KAUFLAND_SECRET_KEY", "0" * 64)
    assert shop("plan") == 3
    err = capsys.readouterr().err
    assert "401 for GET" in err
    assert "verified and active" in err
    assert "Keep the keys you have" in err
    assert "0" * 64 not in err
    assert shop("sync", "--json") == 3
    assert json.loads(printed(capsys))["flows"][0]["error"]["kind"] == "AuthenticationError"


def test_a_side_that_does_not_answer_as_it_should_is_3(shop, sandbox, capsys, monkeypatch):
    sandbox.faults.add(Fault(kind="html", api="shoptet", method="POST"))
    sandbox.faults.add(Fault(kind="truncated", api="kaufland", method="GET", path="/orders/MA1B2C3", times=9))
    monkeypatch.setenv("KAUFLAND_BASE_URL", "http://127.0.0.1:9/kaufland/v2")
    monkeypatch.setattr("kaufland_shoptet._core.exchange._Waits.next", lambda *_: 0.0)
    assert shop("plan") == 3
    assert "the connection failed" in capsys.readouterr().err


def test_interrupting_is_1_and_says_that_nothing_is_lost(shop, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("kaufland_shoptet.clients.Bridge.run", interrupted)
    assert shop("plan") == 1
    assert "the next run goes on from here" in capsys.readouterr().err


def test_nothing_on_is_nothing_to_do(shop, capsys):
    off = evolve(shop.settings, storefronts={})
    shop.file.write_text(off.dumps(), encoding="utf-8")
    assert shop("plan", "--check") == 0
    assert printed(capsys) == "Nothing is switched on.\n"
    assert shop("plan", "--json") == 0
    assert json.loads(printed(capsys)) == []


def test_the_playground_and_the_real_addresses_are_the_default(shop, monkeypatch):
    asked = []

    def refuse(bridge, flow):
        asked.append([line.http._base for line in bridge._driver.lines.values()])
        raise KeyboardInterrupt

    monkeypatch.setattr("kaufland_shoptet.clients.Bridge.run", refuse)
    for name in ("KAUFLAND_BASE_URL", "SHOPTET_BASE_URL"):
        monkeypatch.delenv(name)
    shop("plan")
    playground = evolve(shop.settings, kaufland=evolve(shop.settings.kaufland, playground=True))
    shop.file.write_text(playground.dumps(), encoding="utf-8")
    shop("plan")
    assert asked == [
        ["https://sellerapi.kaufland.com/v2", "https://api.myshoptet.com"],
        ["https://sellerapi-playground.kaufland.com/v2", "https://api.myshoptet.com"],
    ]


def test_nothing_that_is_printed_holds_a_secret(shop, sandbox, capsys):
    for arguments in (["describe"], ["doctor"], ["plan"], ["plan", "--json"], ["sync"], ["sync", "--json"]):
        shop(*arguments)
    out, err = capsys.readouterr()
    assert out
    assert not any(secret in out + err for secret in secrets(sandbox))


# Help, and what needs no shop.


@pytest.mark.parametrize(
    "command", [[], ["describe"], ["doctor"], ["plan"], ["apply"], ["sync"], ["reconcile"]]
)
def test_help_tells_what_the_exit_status_means(command, capsys):
    """Part 9: exit codes that mean something."""
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    text = printed(capsys)
    assert "exit status:" in text
    assert "KAUFLAND_BASE_URL" in text
    if command in (["plan"], ["apply"], ["sync"]):
        assert all(each.name in " ".join(text.split()) for each in FLOWS)


def test_the_example_is_printed(capsys):
    assert main(["example"]) == 0
    assert printed(capsys) == Settings.example()


@pytest.mark.parametrize(
    ("chosen", "apis"), [([], [KAUFLAND, SHOPTET]), (["kaufland"], [KAUFLAND]), (["shoptet"], [SHOPTET])]
)
def test_every_operation_is_listed_once_and_counted(chosen, apis, capsys):
    assert main(["operations", *chosen]) == 0
    lines = [line.split() for line in printed(capsys).splitlines()]
    listed = [tuple(words) for words in lines if len(words) == 5]
    assert listed == [
        (each.method, each.route, f"{api}.{each.resource}.{each.name}", each.repeat, each.vendor_id)
        for api in apis
        for each in api.operations
    ]
    assert [words for words in lines if len(words) == 2 and words[1] == "operations"] == [
        [str(len(api.operations)), "operations"] for api in apis
    ]
    assert main(["operations", *chosen, "--json"]) == 0
    assert [(row["method"], row["route"], row["vendor_id"]) for row in json.loads(printed(capsys))] == [
        (each.method, each.route, each.vendor_id) for api in apis for each in api.operations
    ]


def test_the_demo_runs_every_flow_and_all_is_as_it_should_be(capsys):
    assert main(["demo"]) == 0
    text = printed(capsys)
    for each in FLOWS:
        assert f"\n{each.name}: {each.does}. {SCENES[each.name][0]}\nPlan of " in text
    assert "Customers paid 5038.00 CZK, Shoptet counts 5038.00 CZK." in text
    assert "A synchronisation afterwards has nothing to do." in text
    assert "everything agrees" in text
    assert set(SCENES) == {each.name for each in FLOWS}


def test_the_demo_tells_when_something_is_not_as_it_should_be(monkeypatch, capsys):
    monkeypatch.setattr("kaufland_shoptet.sandbox.demo.play", lambda: iter([("a", False), ("b", True)]))
    assert main(["demo"]) == 1
    assert printed(capsys) == "a\nb\n"


def test_the_sandbox_serves_until_it_is_interrupted(monkeypatch, capsys):
    asked = []

    def interrupted(server):
        with urllib.request.urlopen(server.url, timeout=5) as page:
            asked.append(page.status)
        raise KeyboardInterrupt

    monkeypatch.setattr("kaufland_shoptet.sandbox.server.Server.wait", interrupted)
    assert main(["sandbox", "--port", "0"]) == 0
    exported = dict(line.removeprefix("export ").split("=") for line in printed(capsys).splitlines()[3:])
    assert exported["KAUFLAND_BASE_URL"].endswith("/kaufland/v2")
    assert asked == [200]
    for name, value in exported.items():  # in another terminal
        monkeypatch.setenv(name, value)
    assert repr(Kaufland()) == f"<Kaufland at {exported['KAUFLAND_BASE_URL']}>"
    assert repr(Shoptet()) == f"<Shoptet at {exported['SHOPTET_BASE_URL']}>"


@pytest.mark.parametrize(
    ("arguments", "products", "orders"),
    [([], 8, 28), (["--products", "30"], 30, 0), (["--products", "30", "--orders", "5"], 30, 5)],
)
def test_the_sandbox_may_have_a_shop_by_chance(monkeypatch, capsys, arguments, products, orders):
    seen = []

    def look(server):
        shop, market = server.sandbox.shoptet, server.sandbox.kaufland
        seen.append((len(list(shop.variants.by_product())), len(market.orders), server.sandbox.client_key))

    monkeypatch.setattr("kaufland_shoptet.sandbox.server.Server.wait", look)
    assert main(["sandbox", "--port", "0", "--seed", "7", *arguments]) == 0
    assert seen == [(products, orders, Sandbox(seed=7).client_key)]
    printed(capsys)


def test_orders_alone_come_with_a_thousand_products(monkeypatch, capsys):
    made = []
    monkeypatch.setattr(Sandbox, "generated", lambda *sizes, **_: made.append(sizes) or Sandbox())
    monkeypatch.setattr("kaufland_shoptet.sandbox.server.Server.wait", lambda _: None)
    assert main(["sandbox", "--port", "0", "--orders", "3"]) == 0
    assert made == [(1000, 3)]
    printed(capsys)


def test_it_is_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "kaufland_shoptet", "example"], capture_output=True, text=True, check=True
    )
    assert done.stdout == Settings.example()
    assert done.stderr == ""


def test_a_reader_may_go_before_the_end():
    command = [sys.executable, "-m", "kaufland_shoptet", "operations"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        program.stdout.close()
        assert program.stderr.read() == ""
    assert program.returncode == 141
