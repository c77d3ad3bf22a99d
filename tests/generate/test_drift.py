from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("kaufland_shoptet._generate", reason="the generator is not in the wheel")

from kaufland_shoptet._generate.drift import Change, Inventory, Uses, compare, main, report

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


def test_an_operation_that_goes_takes_its_parts_along() -> None:
    found = [str(each) for each in compare(inventory(newer=True), inventory(newer=False))]
    assert "- operation gifts.get: GET /gifts" in found
    assert not any("gifts.get(" in line or "answer" in line for line in found)


def test_another_answer_is_told() -> None:
    now, then = inventory(newer=False), inventory(newer=False)
    then.answers["orders.get"] = "Request[Gift]"
    assert list(map(str, compare(now, then))) == ["~ answer orders.get: Request[Order] -> Request[Gift]"]


def test_a_list_of_words_is_told_but_not_the_alias_beside_an_enumeration() -> None:
    code = "A: TypeAlias = Literal['x', 'y']\nALike: TypeAlias = A | Literal['x']\nB: int = 1\n"
    assert Inventory.of({"a.py": code}).words == {"A": "Literal['x', 'y']"}


CALL = """
from ..shoptet.resources.orders import Orders as ShoptetOrders

async def flow():
    order = await ShoptetOrders.get("1")
"""
BOUND = "shoptet.orders.get('1')\n"
FIELD = CALL + "    print(order.vat)\n"
WORD = CALL + "    print(order.state == 'open')\n"
MEMBER = "from kaufland_shoptet.shoptet.resources.orders import State\nprint(State.OPEN)\n"
OTHER = "from ..kaufland.resources.orders import Orders\nOrders.get('1').vat\n"
ALIAS = "from ..shoptet.resources.orders import Section\n"


@pytest.mark.parametrize(
    ("change", "text", "noticed"),
    [
        (Change("removed", "operation", "orders.get", "GET /orders"), CALL, True),
        (Change("removed", "operation", "orders.get", "GET /orders"), BOUND, True),
        (Change("removed", "operation", "orders.get", "GET /orders"), OTHER, False),
        (Change("removed", "operation", "gifts.get", "GET /gifts"), CALL, False),
        (Change("changed", "argument", "orders.get(q)", "str -> int"), CALL, True),
        (Change("changed", "answer", "orders.get", "Request[Order] -> Request[Gift]"), CALL, True),
        (Change("removed", "field", "Order.vat", "str"), FIELD, True),
        (Change("removed", "field", "Order.vat", "str"), CALL, False),
        (Change("removed", "field", "Order.vat", "str"), OTHER, False),
        (Change("changed", "field", "Order.vat", "str -> int"), FIELD, True),
        (Change("removed", "word", "State.OPEN", "'open'"), WORD, True),
        (Change("removed", "word", "State.OPEN", "'open'"), MEMBER, True),
        (Change("removed", "word", "State.OPEN", "'open'"), FIELD, False),
        (Change("changed", "word", "Section", "Literal['a'] -> Literal['b']"), ALIAS, True),
        (Change("added", "field", "Order.vat", "str"), FIELD, False),
    ],
)
def test_code_that_would_notice_is_named(change: Change, text: str, noticed: bool) -> None:
    uses = {"flows/a.py": Uses.of(text, inventory(newer=False), "shoptet")}
    line = list(report("Shoptet", [change], uses))[1]
    assert line.endswith("(used in flows/a.py)") is noticed


def test_classes_within_classes_are_reached() -> None:
    code = "class A:\n    b: tuple[B, ...]\nclass B:\n    a: A | None\n    c: C\n"
    assert Inventory.of({"a.py": code}).reach({"A"}) == {"A", "B", "C", "None"}


def test_the_report_counts() -> None:
    assert list(report("Kaufland", [], {})) == ["Kaufland: 0 added, 0 changed, 0 removed"]


def test_the_command_reads_documents_and_tells_whether_anything_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "newer.json"
    row = obj("*", id_warehouse={"type": "integer"})
    path.write_text(json.dumps(document({"/new": {"get": operation("getNew", row)}}).root))
    assert main(["--kaufland", str(path)]) == 1
    told = capsys.readouterr().out
    assert told.startswith("Kaufland: ")
    assert "- operation orders.get: GET /orders/{id_order}  (used in " in told
    assert "+ operation " in told
    assert main([]) == 0
