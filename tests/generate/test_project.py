from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("kaufland_shoptet._generate", reason="the generator is not in the wheel")

from kaufland_shoptet._generate.__main__ import main
from kaufland_shoptet._generate.overlay import Overlay, OverlayError
from kaufland_shoptet._generate.project import Project, differences, write
from kaufland_shoptet._generate.vendors import SHOPTET_VENDOR

from .miniature import document, obj, operation, project, ref

SMALL = obj("*", id={"type": "integer"})


def two_resources(order: Any = None, **sections: Any) -> Project:
    """Orders and invoices that share what *order* says."""
    source = document(
        {
            "/orders": {"get": operation("getOrder", ref("order"))},
            "/invoices": {"get": operation("getInvoice", ref("invoice"))},
        },
        order=order or obj("*", price=ref("price"), items={"type": "array", "items": SMALL}),
        invoice=obj("*", price=ref("price"), order=ref("order")),
        price=obj("*", vat={"type": "string"}),
    )
    names = {"GET /orders": "orders.get", "GET /invoices": "invoices.get"}
    return project(source, names, **sections)


def classes(made: Project) -> dict[str, list[str]]:
    return {module.name: sorted(what.name for what in module.classes) for module in made.modules}


def test_a_class_lives_where_it_belongs_and_shared_ones_in_common() -> None:
    found = classes(two_resources())
    assert found["orders"] == ["Order", "OrderItem"]
    assert found["invoices"] == ["Invoice"]
    assert found["common"] == ["Price"]


def test_classes_that_contain_each_other_live_together() -> None:
    found = classes(two_resources(obj("*", price=ref("price"), invoice=ref("invoice"))))
    assert ["Invoice", "Order", "Price"] in found.values()


def test_what_would_make_a_circle_lives_in_common() -> None:
    source = document(
        {
            "/orders": {"get": operation("getOrder", ref("order"))},
            "/invoices": {"get": operation("getInvoice", ref("invoice"))},
        },
        order=obj("*", note=ref("invoiceNote"), items={"type": "array", "items": SMALL}),
        invoice=obj("*", order=ref("order"), note=ref("invoiceNote")),
        invoiceNote=obj("*", text={"type": "string"}),
    )
    found = classes(project(source, {"GET /orders": "orders.get", "GET /invoices": "invoices.get"}))
    assert found == {"common": ["InvoiceNote"], "orders": ["Order", "OrderItem"], "invoices": ["Invoice"]}


def test_the_overlay_may_choose_a_home_but_no_circle() -> None:
    assert "Price" in classes(two_resources(home={"Price": "orders"}))["orders"]
    with pytest.raises(OverlayError, match="would import each other"):
        two_resources(home={"Price": "invoices"})


def test_the_same_document_gives_the_same_files() -> None:
    one, other = two_resources(), two_resources()
    assert one.files == other.files


def test_files_are_checked_without_being_written(tmp_path: Path) -> None:
    made = two_resources()
    assert differences(made, tmp_path) == [f"{tmp_path.name}/{name}" for name in sorted(made.files)]
    write(made, tmp_path)
    assert differences(made, tmp_path) == []
    (tmp_path / "orders.py").write_text("# edited by hand")
    (tmp_path / "gone.py").write_text("# of an operation that is no more")
    assert differences(made, tmp_path) == [f"{tmp_path.name}/gone.py", f"{tmp_path.name}/orders.py"]
    write(made, tmp_path)
    assert differences(made, tmp_path) == []


def test_generated_code_is_lazy_and_says_where_it_comes_from() -> None:
    made = two_resources()
    assert "from .orders import Orders" in made.files["__init__.py"]
    assert "import_module" in made.files["__init__.py"]
    for text in made.files.values():
        assert "changes belong in the overlay" in text


def test_the_index_lists_every_operation() -> None:
    text = two_resources().files["_operations.py"]
    for word in (
        "getOrder",
        "getInvoice",
        "/orders",
        "kaufland_shoptet.shoptet.resources.orders",
        "Orders",
        "safe",
    ):
        assert f'"{word}"' in text


def test_an_operation_without_an_entry_is_named() -> None:
    source = document({"/a": {"get": operation("getA", SMALL)}})
    with pytest.raises(OverlayError, match=r"GET /a \(getA\) has no entry"):
        Project.read(source, Overlay(), SHOPTET_VENDOR)
    assert Project.read(source, Overlay(), SHOPTET_VENDOR, derive=True).resources[0].attribute == "things"


def test_entries_that_match_nothing_are_errors() -> None:
    source = document({"/a": {"get": operation("getA", {"type": "string"})}})
    with pytest.raises(OverlayError) as caught:
        project(source, None, doc={"nobody": "Nothing."}, model={"absent": "B"})
    assert caught.value.problems == ["[model] 'absent' matches nothing", "[doc] 'nobody' matches nothing"]
    gone = {"GET /gone": {"name": "things.gone", "summary": "Go."}}
    with pytest.raises(OverlayError, match="GET /gone is not in the document"):
        Project.read(source, Overlay.read({"operation": gone}), SHOPTET_VENDOR)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"name": "nowhere"}, "resource.method"),
        ({"summary": "no full stop"}, "one sentence"),
        ({"repeat": "maybe"}, "repeat has to be one of"),
        ({"repeat": "read_back"}, "read_back has to say"),
        ({"colour": "red"}, "colour is not known here"),
    ],
)
def test_entries_are_checked(entry: dict[str, str], problem: str) -> None:
    full = {"name": "things.do", "summary": "Do it.", "repeat": "never", **entry}
    with pytest.raises(OverlayError, match=problem):
        Overlay.read({"operation": {"POST /a": full}})


def test_sections_are_checked() -> None:
    with pytest.raises(OverlayError, match=r"\[colour\] is not a section"):
        Overlay.read({"colour": {}})


def test_two_operations_cannot_have_one_name() -> None:
    source = document({"/a": {"get": operation("a", SMALL)}, "/b": {"get": operation("b", SMALL)}})
    with pytest.raises(OverlayError, match=r"things.get is taken"):
        project(source, {"GET /a": "things.get", "GET /b": "things.get"})


def test_words_that_would_share_a_name_are_errors() -> None:
    source = document({"/a": {"get": operation("a", obj("k", k={"enum": ["in-store", "in_store"]}))}})
    with pytest.raises(OverlayError, match="would both be IN_STORE"):
        project(source, None, model={"GET /a response": "A", "GET /a response.k": "Kind"})


def test_the_command_wants_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--kaufland" in capsys.readouterr().err


def test_the_command_reports_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "strange.json"
    path.write_text('{"paths": {"/strange": {"get": {"operationId": "strange", "responses": {"200": {}}}}}}')
    assert main(["--kaufland", str(path), "--into", str(tmp_path)]) == 1
    assert "GET /strange (strange) has no entry" in capsys.readouterr().err
    assert not (tmp_path / "kaufland").exists()
