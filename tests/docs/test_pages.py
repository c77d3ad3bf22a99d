"""Every block of code on every page runs, with a sandbox standing in for the two vendors."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("docs_pages", HERE / "pages.py")
pages = importlib.util.module_from_spec(spec)
sys.modules["docs_pages"] = pages
spec.loader.exec_module(pages)


@pytest.mark.parametrize("path", pages.pages(), ids=lambda path: path.relative_to(pages.ROOT).as_posix())
def test_page(path, tmp_path, monkeypatch):
    page = pages.Page(path, tmp_path, monkeypatch)
    page.run()


def test_little_needs_real_keys():
    """What cannot be run is counted, so that it does not grow unseen."""
    assert pages.count()["compiled only"] <= 2


@pytest.mark.parametrize(
    "text, problem",
    [
        ("```python\nundefined\n```", NameError),
        ("```python\n>>> 1 + 1\n3\n\n```", AssertionError),
        ("```python raises=KeyError\n1\n```", AssertionError),
        ("```toml\n[storefront.cz]\nimport_order = true\n```", ValueError),
        ('```toml overlay\n[operation."GET /orders"]\nname = "orders.find"\n```', AssertionError),
        ("```python\nprint(1)\n```\n```text output\n2\n```", AssertionError),
        ("```python real\n1 +\n```", SyntaxError),
        ("```console\npython -m kaufland_shoptet plan --settings none.toml\n```", AssertionError),
        (
            "```python file=test_a.py\ndef test_a():\n    assert 0\n```\n```console\npython -m pytest\n```",
            AssertionError,
        ),
    ],
)
def test_a_page_that_is_wrong_fails(text, problem, tmp_path, monkeypatch):
    path = tmp_path / "page.md"
    path.write_text(text)
    with pytest.raises(problem):
        pages.Page(path, tmp_path, monkeypatch).run()


def test_blocks():
    text = "a\n````python file=x.py real\n```\n1\n````\n~~~toml\n~~~\n"
    assert [tuple(block) for block in pages.blocks(text)] == [
        (2, "python", {"file": "x.py", "real": ""}, "```\n1\n"),
        (6, "toml", {}, "\n"),
    ]
