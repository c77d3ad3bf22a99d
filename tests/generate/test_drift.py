from __future__ import annotations

import pytest

pytest.importorskip("kaufland_shoptet._generate", reason="the generator is not in the wheel")

from kaufland_shoptet._generate.drift import Change, Inventory, compare, report, users

from .miniature import document, obj, operation, project, ref

TEXT = {"type": "string"}


def inventory(*, newer: bool) -> Inventory:
    """A document, and what became of it."""
    fresh = {"gift": {"type": "boolean"}} if newer else {"vat": TEXT}
    parameters = [{"name": "q", "in": "query", "schema": {"type": "integer" if newer else "string"}}]
    paths = {"/orders": {"get": operation("getOrder", ref("order"), parameters=parameters)}}
    if newer:
        paths["/gifts"] = {"get": operation("getGift", ref("order"))}
    source = document(
        paths,
        order=obj("*", state=ref("state"), **fresh),
        state={"enum": ["open", "sent", *(["late"] if newer else [])]},
    )
    return Inventory.of(project(source, {"GET /orders": "orders.get", "GET /gifts": "gifts.get"}).files)


def test_nothing_changes_by_itself() -> None:
    assert compare(inventory(newer=False), inventory(newer=False)) == []


def test_what_was_added_changed_and_removed_is_told() -> None:
    found = [str(each) for each in compare(inventory(newer=False), inventory(newer=True))]
    assert found == [
        "+ operation gifts.get: GET /gifts",
        "~ argument orders.get(q): str | None -> int | None",
        "+ field Order.gift: bool",
        "- field Order.vat: str",
        "+ word State.LATE: 'late'",
    ]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (Change("removed", "operation", "order_units.send"), "await OrderUnits.send(1)"),
        (Change("changed", "argument", "order_units.send(carrier)"), "kaufland.order_units.send(1)"),
        (Change("removed", "field", "OrderUnit.vat"), "kaufland: unit.vat"),
        (Change("removed", "word", "State.OPEN"), "State.OPEN"),
    ],
)
def test_code_that_would_notice_is_named(change: Change, text: str) -> None:
    assert users(change, {"flows/a.py": text, "flows/b.py": "other.vat"}, "kaufland") == ["flows/a.py"]
    line = list(report("Kaufland", [change], {"flows/a.py": text}))[1]
    assert line.endswith("(used in flows/a.py)")


def test_what_is_new_is_used_by_nobody() -> None:
    assert users(Change("added", "field", "A.vat"), {"flows/a.py": "kaufland .vat"}, "kaufland") == []


def test_the_report_counts() -> None:
    assert list(report("Kaufland", [], {})) == ["Kaufland: 0 added, 0 changed, 0 removed"]
