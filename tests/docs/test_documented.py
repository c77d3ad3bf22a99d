"""Whatever a reader may look up has words of its own, and a place on a page of the reference."""

from __future__ import annotations

import argparse
import ast
import re
import sys
from pathlib import Path

import pytest
from attrs import frozen

from kaufland_shoptet import Settings

EXTENSIONS = Path(__file__).parents[2] / "docs" / "_ext"
sys.path.insert(0, str(EXTENSIONS))

import inventory  # noqa: E402


def wordless():
    """Everything without words."""
    for name in inventory.names():
        if not name.doc.strip():
            yield f"name {name.home}.{name.name}"
        yield from (f"method {name.home}.{name.name}.{each}" for each in inventory.wordless_methods(name))
    for api in inventory.APIS:
        for op in inventory.operations(api):
            if inventory.first_line(op.declared.__doc__).strip("`") in {"", f"{op.method} {op.route}"}:
                yield f"operation {api}.{op}"
    for key in inventory.settings_keys():
        if not key.doc.strip():
            yield f"setting {key.path}"
    for _, error in inventory.error_tree():
        if not inventory.first_line(error.__doc__):
            yield f"error {error.__name__}"
    for switch in inventory.switches():
        if not switch.doc.strip():
            yield f"switch {switch.name}"
    for command in inventory.commands():
        if not command.doc.strip():
            yield f"command {command.name}"
        for option in command.options:
            if not option.doc.strip():
                yield f"option {command.name} {option.names}"


def test_everything_has_words():
    found = sorted(wordless())
    assert not found, "without words: " + ", ".join(found)


def test_nothing_is_overlooked():
    """The inventory really sees what there is."""
    assert len(inventory.operations("kaufland")) >= 119
    assert len(inventory.operations("shoptet")) >= 328
    assert len({name.value for name in inventory.names() if name.kind == "class"}) > 100
    assert {key.path for key in inventory.settings_keys()} >= {
        "shop.name",
        "storefront.CODE.shipping.by_pickup",
        "storefront.CODE.statuses.dispatched",
        "storefront.CODE.prices.coefficient",
    }
    assert len(list(inventory.error_tree())) > 25
    assert len(inventory.switches()) > 30
    assert {command.name for command in inventory.commands()} >= {"demo", "sandbox", "plan", "apply"}


def test_every_fixture_for_users_tests_has_words_and_is_on_the_page_about_tests():
    told = (EXTENSIONS.parent / "how-to" / "test-with-the-sandbox.md").read_text("utf-8")
    fixtures = {
        node.name: ast.get_docstring(node)
        for node in inventory.tree("kaufland_shoptet.pytest_plugin").body
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    }
    assert len(fixtures) > 5
    assert all(fixtures.values())
    table = {
        name for line in told.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)
    }
    assert table == set(fixtures)


def test_the_readme_counts_operations_rightly():
    readme = (EXTENSIONS.parents[1] / "README.md").read_text("utf-8")
    for api in inventory.APIS:
        assert f"all {len(inventory.operations(api))} operations" in readme


def test_every_key_of_the_example_is_a_setting():
    """The example and the reference tell of the same keys."""
    shown: set[str] = set()
    section = ""
    for line in Settings.example().splitlines():
        if found := re.match(r"#? ?\[([\w.]+)\]", line):
            section = re.sub(r"^storefront\.\w+", "storefront.CODE", found[1])
        elif found := re.match(r"(?:# )?(\w+) = ", line):
            shown.add(f"{section}.{found[1]}")
    known = {key.path for key in inventory.settings_keys()}
    # What is no key itself is a table that may be written on one line.
    assert all(any(key.startswith(f"{each}.") for key in known) for each in shown - known)
    single = ("shipping", "payment", "contact", "contacts.NAME")  # what one value or line may stand for
    assert all(key.rpartition(".")[0].endswith(single) for key in known - shown)


def test_every_requirement_has_a_test_that_names_it():
    page = EXTENSIONS.parent / "reference" / "requirements.md"
    wanted = [each.name for each in inventory.requirements(page)]
    named = inventory.tests_of_requirements(Path(__file__).parents[1])
    assert [name for name in wanted if name not in named] == []
    assert [name for name in named if name not in wanted] == [], "named in a test and in no table"
    assert {f"R{number}" for number in range(1, 22)} <= set(wanted)
    assert {f"Part {number}" for number in range(1, 10)} <= set(wanted)


def test_every_fact_of_the_vendors_has_a_test_that_tells_it():
    """Thirty of each; the reference lists them with these words."""
    known = inventory.known(Path(__file__).parents[1])
    assert [each.name for each in known] == [
        f"{vendor}{number}" for vendor in "KS" for number in range(1, 31)
    ]
    assert all(each.what.endswith(".") for each in known)
    shown = {each.name: each.tests for each in known}
    assert (
        "sandbox/test_post.py::test_kaufland_goes_on_for_twelve_hours_and_then_switches_off" in shown["K27"]
    )


@pytest.mark.parametrize("doc", [None, "", "   "])
def test_a_class_without_words_is_found(doc, monkeypatch):
    @frozen
    class Silent:
        field: int = 0

    Silent.__doc__ = doc
    monkeypatch.setattr("kaufland_shoptet.flows.shop.Shop", Silent)
    assert "name kaufland_shoptet.flows.shop.Shop" in set(wordless())


def test_a_switch_a_setting_and_an_option_without_words_are_found(monkeypatch):
    monkeypatch.setattr(inventory, "attribute_docs", lambda *_: {})
    add = argparse.ArgumentParser.add_argument

    def silently(parser, *names, **how):
        return add(parser, *names, **{**how, "help": None})

    monkeypatch.setattr(argparse.ArgumentParser, "add_argument", silently)
    inventory.settings_keys.cache_clear()
    try:
        found = set(wordless())
    finally:
        inventory.settings_keys.cache_clear()
    assert {"switch discount_sign", "setting shop.name", "option sandbox --port"} <= found
