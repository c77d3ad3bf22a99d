"""From a document to files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from .documents import Document
from .emit import Writer
from .homes import Homes
from .model import Enum, Module, Resource, Shape
from .operations import Builder
from .overlay import Overlay, OverlayError
from .shapes import Reader
from .table import table
from .titles import Titles
from .vendors import Vendor


@frozen(eq=False)
class Project:
    """Everything read from one document, and the code it gives.

    Attributes:
        files: File name -> formatted code.
        table: The operations as data, for the sandbox.
        problems: What the overlay does not know about the document; empty unless names were made up.
    """

    resources: list[Resource]
    modules: list[Module]
    files: Mapping[str, str] = field(repr=False)
    problems: list[str] = field(factory=list[str])
    table: str = field(default="", repr=False)

    @classmethod
    def read(cls, document: Document, overlay: Overlay, vendor: Vendor, *, derive: bool = False) -> Project:
        """Read a document; every disagreement with the overlay is raised at once.

        With *derive*, names nobody gave are made up and disagreements are only noted: good enough to see
        what a newer document would change, not to keep.
        """
        reader = Reader(document, overlay, vendor)
        builder = Builder(document, overlay, vendor, reader, derive=derive)
        resources = builder.resources()
        titles = Titles(reader, vendor, resources, builder.roots)
        order = titles.give()
        homes = Homes(overlay, resources)
        modules = homes.place(order)
        writer = Writer(vendor, overlay, homes.home)
        files = {f"{module.name}.py": writer.module(module) for module in modules}
        files["__init__.py"] = writer.package(resources)
        files["_operations.py"] = writer.index(resources)
        problems = [*reader.problems, *builder.problems, *titles.problems, *homes.problems, *writer.problems]
        problems += overlay.unused()
        if problems and not derive:
            raise OverlayError(problems)
        data = table(document, overlay, vendor, resources)
        return cls(resources, modules, _formatted(files), problems, data)

    @property
    def summary(self) -> str:
        """How much there is of everything."""
        operations = sum(len(resource.operations) for resource in self.resources)
        classes = [what for module in self.modules for what in module.classes]
        models = sum(1 for what in classes if isinstance(what, Shape))
        enums = sum(1 for what in classes if isinstance(what, Enum))
        lists = sum(1 for resource in self.resources for each in resource.operations if each.paging)
        return (
            f"{operations} operations ({lists} of them lists) in {len(self.resources)} resources, "
            f"{models} models, {enums} enumerations"
        )


def write(project: Project, folder: Path) -> None:
    """Write the files and remove generated ones that are no longer wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.py"):
        if path.name not in project.files:
            path.unlink()
    for name, text in project.files.items():
        (folder / name).write_text(text, encoding="utf-8")


def differences(project: Project, folder: Path) -> list[str]:
    """The files that :func:`write` would change, add or remove."""
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    names = sorted(there.keys() | project.files.keys())
    return [f"{folder.name}/{name}" for name in names if there.get(name) != project.files.get(name)]


def _formatted(files: Mapping[str, str]) -> dict[str, str]:
    """The files as ruff formats them."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        style = ["--isolated", "--line-length", "110", "--target-version", "py311", scratch]
        for command in (["check", "--select", "I,RUF022", "--fix"], ["format"]):
            done = subprocess.run([_ruff(), *command, *style], capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"ruff refuses the generated code:\n{done.stdout}{done.stderr}")
        return {name: (folder / name).read_text(encoding="utf-8") for name in files}


def _ruff() -> str:
    beside = Path(sys.executable).with_name("ruff")
    found = str(beside) if beside.exists() else shutil.which("ruff")
    if found is None:
        raise RuntimeError("the generator needs ruff")
    return found
