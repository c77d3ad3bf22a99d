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
        what: ``operation``, ``argument``, ``answer``, ``field`` or ``word``.
        name: What it is called in our code.
        detail: The document's name for it, or before and after.
    """

    kind: str
    what: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{_SIGNS[self.kind]} {self.what} {self.name}" + (f": {self.detail}" if self.detail else "")


@define
class Inventory:
    """What generated code offers.

    Attributes:
        operations: ``orders.get`` -> ``GET /api/orders/{code}``.
        arguments: ``orders.get(include)`` -> type.
        answers: ``orders.get`` -> ``Request[Order]``.
        fields: ``Order.price`` -> type.
        words: ``OrderStatus.OPEN`` -> value; ``OrderSection`` -> all that are allowed.
        owners: ``Orders`` -> ``orders``.
    """

    operations: dict[str, str] = field(factory=dict[str, str])
    arguments: dict[str, str] = field(factory=dict[str, str])
    answers: dict[str, str] = field(factory=dict[str, str])
    fields: dict[str, str] = field(factory=dict[str, str])
    words: dict[str, str] = field(factory=dict[str, str])
    owners: dict[str, str] = field(factory=dict[str, str])

    @classmethod
    def of(cls, files: Mapping[str, str]) -> Inventory:
        """Read generated code without running it."""
        inventory = cls()
        for _, method, route, resource, name, _, owner, _ in _calls(files.get("_operations.py", "")):
            inventory.operations[f"{resource}.{name}"] = f"{method} {route}"
            inventory.owners[owner] = resource
        for name, text in files.items():
            if not name.startswith("_"):
                for node in ast.parse(text).body:
                    inventory._read(node)
        return inventory

    def _read(self, node: ast.stmt) -> None:
        match node:
            case ast.ClassDef():
                for part in node.body:
                    self._read_part(node.name, part)
            case ast.AnnAssign(
                target=ast.Name(name), annotation=ast.Name("TypeAlias"), value=ast.expr() as value
            ):
                if not name.endswith("Like"):  # the others are enumerations, and told as such
                    self.words[name] = ast.unparse(value)
            case _:
                pass

    def _read_part(self, owner: str, part: ast.stmt) -> None:
        match part:
            case ast.AnnAssign(target=ast.Name(name)):
                self.fields[f"{owner}.{name}"] = ast.unparse(part.annotation)
            case ast.Assign(targets=[ast.Name(name)]):
                self.words[f"{owner}.{name}"] = ast.unparse(part.value)
            case ast.FunctionDef(name=name, returns=ast.expr() as returns) if owner in self.owners:
                operation = f"{self.owners[owner]}.{name}"
                self.answers[operation] = ast.unparse(returns)
                for each in (*part.args.args, *part.args.kwonlyargs):
                    told = ast.unparse(each.annotation) if each.annotation else ""
                    self.arguments[f"{operation}({each.arg})"] = told
            case _:
                pass

    def reach(self, names: Iterable[str]) -> frozenset[str]:
        """*names* of classes, and the classes that their fields lead to."""
        leads: dict[str, list[str]] = {}
        for name, type_ in self.fields.items():
            leads.setdefault(name.partition(".")[0], []).append(type_)
        found, new = set[str](), set(names)
        while new:
            found |= new
            new = {each for name in new for type_ in leads.get(name, ()) for each in _names(type_)} - found
        return frozenset(found)

    def spoken(self, operations: Iterable[str]) -> set[str]:
        """The names in what *operations* take and answer."""
        types = [self.answers.get(each, "") for each in operations]
        types += [
            type_ for name, type_ in self.arguments.items() if name.partition("(")[0] in frozenset(operations)
        ]
        return {name for type_ in types for name in _names(type_)}


@frozen
class Uses:
    """What one file of ours uses of an API, as far as reading it without running it tells."""

    operations: frozenset[str]
    classes: frozenset[str]
    """Those it names, and those that its operations lead to."""
    mentions: frozenset[str]
    """Attributes, keywords and texts in it."""

    @classmethod
    def of(cls, text: str, now: Inventory, vendor: str) -> Uses:
        """Read a file; rather find too much than too little."""
        names: dict[str, str] = {}
        operations, mentions = set[str](), set[str]()
        nodes = list(ast.walk(ast.parse(text)))
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and f"{vendor}.resources" in (node.module or ""):
                names |= {each.asname or each.name: each.name for each in node.names}
        for node in nodes:
            match node:
                case ast.Attribute(ast.Name(name), attr) if names.get(name) in now.owners:
                    operations.add(f"{now.owners[names[name]]}.{attr}")
                case ast.Attribute(ast.Attribute(attr=resource), attr) if (
                    f"{resource}.{attr}" in now.operations
                ):
                    operations.add(f"{resource}.{attr}")
                case ast.Attribute(attr=attr):
                    mentions.add(attr)
                case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                    mentions.add(name)
                case _:
                    pass
        classes = now.reach({*names.values(), *now.spoken(operations)})
        return cls(frozenset(operations), classes, frozenset(mentions))

    def touched(self, change: Change) -> bool:
        """Whether the file would notice *change*."""
        if change.what in ("operation", "argument", "answer"):
            return change.name.partition("(")[0] in self.operations
        owner, _, name = change.name.partition(".")
        value = change.detail.partition(" -> ")[0].strip("'")
        return owner in self.classes and (not name or bool({name, value} & self.mentions))


def _names(type_: str) -> list[str]:
    return re.findall(r"\b[A-Z]\w*", type_)


def _calls(text: str) -> Iterator[list[str]]:
    """The arguments of every ``Operation(...)``."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Operation":
            yield [str(ast.literal_eval(argument)) for argument in node.args]


def compare(now: Inventory, then: Inventory) -> list[Change]:
    """What *then* has added, changed and removed; an operation that comes or goes takes its parts along."""
    found: list[Change] = []
    stay = now.operations.keys() & then.operations.keys()
    groups = (
        ("operation", now.operations, then.operations),
        ("argument", now.arguments, then.arguments),
        ("answer", now.answers, then.answers),
        ("field", now.fields, then.fields),
        ("word", now.words, then.words),
    )
    for what, before, after in groups:
        both = before.keys() & after.keys()
        told = [
            *(Change("added", what, name, after[name]) for name in sorted(after.keys() - both)),
            *(
                Change("changed", what, name, f"{before[name]} -> {after[name]}")
                for name in sorted(both)
                if before[name] != after[name]
            ),
            *(Change("removed", what, name, before[name]) for name in sorted(before.keys() - both)),
        ]
        part = what in ("argument", "answer")
        found += [each for each in told if not part or each.name.partition("(")[0] in stay]
    return found


def report(title: str, changes: Iterable[Change], uses: Mapping[str, Uses]) -> Iterator[str]:
    """The changes as lines of text, with the files of ours that would notice; nobody notices what is new."""
    listed = list(changes)
    counts = ", ".join(f"{sum(each.kind == kind for each in listed)} {kind}" for kind in _SIGNS)
    yield f"{title}: {counts}"
    for change in listed:
        found = [name for name, used in uses.items() if change.kind != "added" and used.touched(change)]
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
        now = Inventory.of(files)
        changes = compare(now, Inventory.of(newer.files))
        drifted = drifted or bool(changes)
        uses = {name: Uses.of(text, now, vendor.name) for name, text in code.items()}
        for line in report(vendor.title, changes, uses):
            print(line)
    return 1 if drifted else 0


if __name__ == "__main__":
    raise SystemExit(main())
