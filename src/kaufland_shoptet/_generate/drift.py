"""What a newer document would change in the generated code, and which code of ours would notice.

``python -m kaufland_shoptet._generate.drift --kaufland PATH --shoptet PATH``
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import define, field, frozen

from .documents import Document
from .names import pascal
from .overlay import Overlay
from .project import Project
from .vendors import KAUFLAND_VENDOR, SHOPTET_VENDOR

HERE = Path(__file__).parent
OURS = ("flows", "mapping", "sandbox")
_SIGNS = {"added": "+", "changed": "~", "removed": "-"}


@frozen
class Change:
    """One difference.

    Attributes:
        kind: ``added``, ``changed`` or ``removed``.
        what: ``operation``, ``argument``, ``field`` or ``word``.
        name: What it is called in our code.
        detail: The document's name for it, or before and after.
    """

    kind: str
    what: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{_SIGNS[self.kind]} {self.what} {self.name}" + (f": {self.detail}" if self.detail else "")

    def used_in(self, text: str, vendor: str) -> bool:
        """Whether a piece of our code seems to use it; rather once too often than not at all."""
        owner, _, name = self.name.partition(".")
        name = re.escape(name.partition("(")[0])
        if self.what in ("operation", "argument"):
            return bool(re.search(rf"\b({owner}|{pascal(owner)})\.{name}\b", text))
        if self.what == "word":
            return bool(re.search(rf"\b{owner}\.{name}\b", text))
        return vendor in text and bool(re.search(rf"\.{name}\b|\b{name}=", text))


@define
class Inventory:
    """What generated code offers.

    Attributes:
        operations: ``orders.get`` -> ``GET /api/orders/{code}``.
        arguments: ``orders.get(include)`` -> type.
        fields: ``Order.price`` -> type.
        words: ``OrderStatus.OPEN`` -> value.
    """

    operations: dict[str, str] = field(factory=dict[str, str])
    arguments: dict[str, str] = field(factory=dict[str, str])
    fields: dict[str, str] = field(factory=dict[str, str])
    words: dict[str, str] = field(factory=dict[str, str])

    @classmethod
    def of(cls, files: Mapping[str, str]) -> Inventory:
        """Read generated code without running it."""
        inventory = cls()
        owners: dict[str, str] = {}
        for _, method, route, resource, name, _, owner, _ in _calls(files.get("_operations.py", "")):
            inventory.operations[f"{resource}.{name}"] = f"{method} {route}"
            owners[owner] = resource
        for name, text in files.items():
            if not name.startswith("_"):
                inventory._read(ast.parse(text), owners)
        return inventory

    def _read(self, module: ast.Module, owners: Mapping[str, str]) -> None:
        for node in module.body:
            if not isinstance(node, ast.ClassDef):
                continue
            for part in node.body:
                match part:
                    case ast.AnnAssign(target=ast.Name(name)):
                        self.fields[f"{node.name}.{name}"] = ast.unparse(part.annotation)
                    case ast.Assign(targets=[ast.Name(name)]):
                        self.words[f"{node.name}.{name}"] = ast.unparse(part.value)
                    case ast.FunctionDef(name=method) if node.name in owners:
                        for each in (*part.args.args, *part.args.kwonlyargs):
                            told = ast.unparse(each.annotation) if each.annotation else ""
                            self.arguments[f"{owners[node.name]}.{method}({each.arg})"] = told
                    case _:
                        pass


def _calls(text: str) -> Iterator[list[str]]:
    """The arguments of every ``Operation(...)``."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Operation":
            yield [str(ast.literal_eval(argument)) for argument in node.args]


def compare(now: Inventory, then: Inventory) -> list[Change]:
    """What *then* has added, changed and removed."""
    found: list[Change] = []
    groups = (
        ("operation", now.operations, then.operations),
        ("argument", now.arguments, then.arguments),
        ("field", now.fields, then.fields),
        ("word", now.words, then.words),
    )
    for what, before, after in groups:
        both = before.keys() & after.keys()
        found += [Change("added", what, name, after[name]) for name in sorted(after.keys() - both)]
        found += [
            Change("changed", what, name, f"{before[name]} -> {after[name]}")
            for name in sorted(both)
            if before[name] != after[name]
        ]
        found += [Change("removed", what, name, before[name]) for name in sorted(before.keys() - both)]
    return found


def users(change: Change, code: Mapping[str, str], vendor: str) -> list[str]:
    """The files of ours that mention what changed; what was added is used by nobody yet."""
    if change.kind == "added":
        return []
    return [name for name, text in code.items() if change.used_in(text, vendor)]


def report(title: str, changes: Iterable[Change], code: Mapping[str, str]) -> Iterator[str]:
    """The changes as lines of text."""
    listed = list(changes)
    counts = ", ".join(f"{sum(each.kind == kind for each in listed)} {kind}" for kind in _SIGNS)
    yield f"{title}: {counts}"
    for change in listed:
        found = users(change, code, title.lower())
        yield f"  {change}" + (f"  (used in {', '.join(found)})" if found else "")


def main(arguments: list[str] | None = None) -> int:
    """Compare the checked-in code with the documents given; 1 if anything differs."""
    parser = argparse.ArgumentParser(prog="python -m kaufland_shoptet._generate.drift", description=__doc__)
    parser.add_argument("--kaufland", type=Path, help="Kaufland's newer OpenAPI document")
    parser.add_argument("--shoptet", type=Path, help="Shoptet's newer OpenAPI document")
    given = parser.parse_args(arguments)
    package = HERE.parent
    paths = [path for folder in OURS for path in sorted((package / folder).rglob("*.py"))]
    code = {str(path.relative_to(package)): path.read_text(encoding="utf-8") for path in paths}
    drifted = False
    for vendor, path in ((KAUFLAND_VENDOR, given.kaufland), (SHOPTET_VENDOR, given.shoptet)):
        if path is None:
            continue
        overlay = Overlay.load(HERE / f"{vendor.name}.toml")
        newer = Project.read(Document.load(path), overlay, vendor, derive=True)
        folder = package / vendor.name / "resources"
        files = {each.name: each.read_text(encoding="utf-8") for each in folder.glob("*.py")}
        changes = compare(Inventory.of(files), Inventory.of(newer.files))
        drifted = drifted or bool(changes)
        for line in report(vendor.title, changes, code):
            print(line)
    return 1 if drifted else 0


if __name__ == "__main__":
    raise SystemExit(main())
