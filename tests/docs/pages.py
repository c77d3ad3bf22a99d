"""Reads the blocks of a page and runs them, top to bottom, in one namespace, with a sandbox standing in.

What a fence says after its language decides what is done with the block::

    ```python                     run; with >>> in it, as a doctest
    ```python real                needs real keys: only compiled
    ```python needs=fastapi       run where that package is installed
    ```python raises=PlanError    run, and has to end with this error
    ```python file=job.py         also kept as a file, for what follows on the page
    ```toml                       merged into a shop's settings, which then have to be good
    ```toml file=shop.toml        … and kept as a file
    ```toml into=shop.toml        … and merged into the file that is there: a shop that fits the sandbox
    ```toml overlay               has to be the beginning of what stands in an overlay of the generator
    ```console                    the lines that call this package, pytest, or a script of the page, are run
    ```console serve              … and the sandbox is really served, to the scripts that follow
    ```sh file=job.sh             only kept as a file, like ```js
    ```text output                has to be what the block before printed
    ```text output program        … if the program that prints it is installed

A comment at its top says which orders a page has, ``<!-- sandbox: three_pieces packeta -->``; without it there
are all of them, and with ``none`` nothing stands in. ``python tests/docs/pages.py`` runs all pages and counts.
"""

from __future__ import annotations

import ast
import asyncio
import doctest
import importlib.util
import io
import logging
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PROGRAMS = {"bash": ("bash", "curl", "openssl"), "node": ("node",)}
"""What a script in another language needs."""
FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")


class Block(NamedTuple):
    """A fenced block."""

    line: int
    language: str
    marks: dict[str, str]
    text: str

    @property
    def kind(self) -> str:
        """What will be done with it."""
        if self.language == "python" and "real" in self.marks:
            return "compiled only"
        if self.language == "python":
            return "doctest" if self.text.lstrip().startswith(">>>") else "python"
        if self.language == "text":
            return "output, compared" if "output" in self.marks else "text to be read"
        return self.language


def pages() -> list[Path]:
    """Every hand-written page, and the two that stand at the root of the repository."""
    written = sorted(
        page for page in DOCS.rglob("*.md") if not {"_build", "notebooks"} & set(page.relative_to(DOCS).parts)
    )
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *written]


def blocks(text: str, above: int = 0) -> Iterator[Block]:
    """The fenced blocks of a page, also those within directives such as tabs."""
    lines = iter(enumerate(text.splitlines(), above + 1))
    for number, line in lines:
        opening = FENCE.match(line)
        if not opening:
            continue
        language, *rest = opening["info"].split() or [""]
        body: list[str] = []
        for _, inner in lines:
            if inner.strip().startswith(opening["fence"]) and not inner.strip().strip(opening["fence"][0]):
                break
            body.append(inner.removeprefix(opening["indent"]))
        within = "\n".join(body) + "\n"
        if language.startswith("{"):
            yield from blocks(within, number)
        else:
            yield Block(number, language, dict(mark.partition("=")[::2] for mark in rest), within)


class Page:
    """One page being run."""

    def __init__(self, path: Path, folder: Path, monkeypatch: Any) -> None:
        self.path = path
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.globals: dict[str, Any] = {"__name__": "__main__"}
        self.printed = ""
        self.ran: Counter[str] = Counter()
        self.left_out: list[str] = []
        self.open = ExitStack()
        text = path.read_text("utf-8")
        facts = re.search(r"<!-- sandbox: ([\w ]+) -->", text)
        self.blocks = list(blocks(text))
        self.monkeypatch.chdir(self.folder)
        for name, value in (("handlers", []), ("level", logging.WARNING)):  # basicConfig is for one page
            self.monkeypatch.setattr(logging.root, name, value)
        if facts is None or facts[1] != "none":
            self.stand_in(*(facts[1].split() if facts else ()))

    def stand_in(self, *facts: str) -> None:
        """Let every client that is not told otherwise talk to one sandbox, by its clock."""
        from kaufland_shoptet import Sandbox, clients
        from kaufland_shoptet.sandbox import sdk

        sandbox = Sandbox.demo(*facts)
        start = clients._Options.__init__

        def on_sandbox(made: Any, **options: Any) -> None:
            usual = sdk.on(sandbox)
            for name in ("transport", "clock"):
                options[name] = options[name] or usual[name]
            start(made, **options)

        self.monkeypatch.setattr(clients._Options, "__init__", on_sandbox)
        self.monkeypatch.setattr(logging.getLogger("kaufland_shoptet"), "level", logging.NOTSET)
        self.monkeypatch.syspath_prepend(str(self.folder))
        self.monkeypatch.setenv("KAUFLAND_CLIENT_KEY", sandbox.client_key)
        self.monkeypatch.setenv("KAUFLAND_SECRET_KEY", sandbox.secret_key)
        self.monkeypatch.setenv("SHOPTET_PRIVATE_TOKEN", sandbox.private_token)
        Path("shop.toml").write_text(sdk.demo_settings().dumps(), "utf-8")

    def run(self) -> None:
        """Run every block."""
        with self.open:
            self.run_blocks()

    def run_blocks(self) -> None:
        """Run them, one by one."""
        for block in self.blocks:
            act = getattr(self, f"run_{block.language}", None)
            needed = block.marks.get("needs", "").split(",") if "needs" in block.marks else []
            if act is None or not all(importlib.util.find_spec(name) for name in needed):
                self.left_out.append(f"{self.path}:{block.line}: {block.kind} {block.marks}".rstrip(" {}"))
                continue
            act(block)
            self.ran[block.kind] += 1

    def run_python(self, block: Block) -> None:
        """A doctest, or code."""
        where = f"{self.path}:{block.line}"
        if block.kind == "doctest":
            test = doctest.DocTestParser().get_doctest(block.text, self.globals, where, where, block.line)
            test.globs = self.globals
            told = io.StringIO()
            doctest.DocTestRunner(optionflags=FLAGS).run(test, out=told.write, clear_globs=False)
            assert not told.getvalue(), told.getvalue()
            return
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        # Line numbers of a traceback are those of the page.
        code = compile("\n" * block.line + block.text, str(self.path), "exec", flags=flags)
        if "file" in block.marks:
            Path(block.marks["file"]).write_text(block.text, "utf-8")
        if "real" in block.marks:
            return
        said = io.StringIO()
        due = block.marks.get("raises")
        try:
            with redirect_stdout(said):
                done = eval(code, self.globals)
                if asyncio.iscoroutine(done):
                    asyncio.run(done)
        except Exception as error:
            if due is None or type(error).__name__ != due:
                error.add_note(where)
                raise
        else:
            assert due is None, f"{where}: {due} was due"
        self.printed = said.getvalue()

    def run_toml(self, block: Block) -> None:
        """Settings, whole or a part."""
        from kaufland_shoptet._toml import dumps
        from kaufland_shoptet.settings import Settings

        if "file" in block.marks:
            Path(block.marks["file"]).write_text(block.text, "utf-8")
        table = tomllib.loads(block.text)
        if "overlay" in block.marks:
            file = ROOT / "src" / "kaufland_shoptet" / "_generate" / "kaufland.toml"
            known = tomllib.loads(file.read_text("utf-8"))["operation"]
            for operation, entry in table["operation"].items():
                for key, value in entry.items():
                    assert known[operation][key].startswith(value), f"{self.path}:{block.line}: {key}"
            return
        if "shop" in table:
            Settings.loads(block.text)
            return
        whole = tomllib.loads(_DUMMY)
        for front in table.get("storefront", {}):
            whole["storefront"][front] = whole["storefront"].get(front, whole["storefront"]["cz"])
        Settings.loads(dumps(_merged(whole, table)))
        if "into" in block.marks:
            file = Path(block.marks["into"])
            file.write_text(dumps(_merged(tomllib.loads(file.read_text("utf-8")), table)), "utf-8")

    def run_console(self, block: Block) -> None:
        """The lines that set variables or call this package."""
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            match words:
                case ["export", *settings]:
                    for setting in settings:
                        name, _, value = setting.partition("=")
                        if "…" not in value:
                            self.monkeypatch.setenv(name, value)
                case ["python", "-m", "kaufland_shoptet", *arguments] | ["kaufland-shoptet", *arguments]:
                    if arguments[0] != "sandbox":
                        self.command(arguments)
                    elif "serve" in block.marks:
                        self.serve()
                case ["python", "-m", "pytest", *arguments]:
                    self.pytest(arguments)
                case ["python", script] if Path(script).exists():
                    said = io.StringIO()
                    with redirect_stdout(said), mock.patch.object(sys, "argv", [script]):
                        exec(
                            compile(Path(script).read_text("utf-8"), script, "exec"), {"__name__": "__main__"}
                        )
                    self.printed = said.getvalue()
                case ["bash" | "node" as program, script] if Path(script).exists():
                    self.program(program, script)
                case _:
                    pass

    def program(self, program: str, script: str) -> None:
        """A script in another language; where that is not installed, it prints nothing."""
        self.printed = ""
        if all(map(shutil.which, PROGRAMS[program])):
            done = subprocess.run([program, script], capture_output=True, encoding="utf-8", check=False)
            assert done.returncode == 0, f"{self.path}: {program} {script}\n{done.stdout}{done.stderr}"
            self.printed = done.stdout

    def run_sh(self, block: Block) -> None:
        """A script in another language, which a console runs."""
        Path(block.marks["file"]).write_text(block.text, "utf-8")

    run_js = run_sh

    def serve(self) -> None:
        """Serve a sandbox until the page ends, and say where it is as the command does."""
        from kaufland_shoptet import Sandbox
        from kaufland_shoptet.sandbox import Clock
        from kaufland_shoptet.sandbox.server import serve

        sandbox = Sandbox.demo(clock=Clock(datetime.now(UTC), running=True))
        server = self.open.enter_context(serve(sandbox))
        self.monkeypatch.setenv("KAUFLAND_CLIENT_KEY", sandbox.client_key)
        self.monkeypatch.setenv("KAUFLAND_SECRET_KEY", sandbox.secret_key)
        self.monkeypatch.setenv("SHOPTET_PRIVATE_TOKEN", sandbox.private_token)
        self.monkeypatch.setenv("KAUFLAND_BASE_URL", server.kaufland_url)
        self.monkeypatch.setenv("SHOPTET_BASE_URL", server.shoptet_url)

    def command(self, arguments: list[str]) -> None:
        """A command of this package; ``> file`` keeps what it prints."""
        from kaufland_shoptet.__main__ import main

        target = None
        if ">" in arguments:
            at = arguments.index(">")
            target, arguments = arguments[at + 1], arguments[:at]
        said = io.StringIO()
        with redirect_stdout(said):
            code = main(arguments)
        assert code == 0, f"{self.path}: {shlex.join(arguments)} ends with {code}\n{said.getvalue()}"
        self.printed = said.getvalue()
        if target:
            Path(target).write_text(self.printed, "utf-8")

    def pytest(self, arguments: list[str]) -> None:
        """The tests of a reader's project, by a pytest of their own, as he would run them."""
        command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, f"{self.path}: {shlex.join(arguments)}\n{done.stdout}{done.stderr}"
        self.printed = done.stdout

    def run_text(self, block: Block) -> None:
        """What was printed; a program that is not installed prints nothing."""
        if "output" in block.marks and (self.printed or "program" not in block.marks):
            same = doctest.OutputChecker().check_output(block.text, self.printed, FLAGS)
            assert same, f"{self.path}:{block.line}: due\n{block.text}\ncame\n{self.printed}"


_DUMMY = """
[shop]
name = "Example"
[ledger]
path = "example.sqlite"
[storefront.cz]
import_orders = true
shipping = "1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed"
payment = "3f8c2b1e-0d41-11ec-a8b5-0cc47a6b4bcc"
"""


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """*one*, with what *other* says in its place."""
    made = dict(one)
    for key, value in other.items():
        known = made.get(key)
        made[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return made


def count() -> Counter[str]:
    """How many blocks there are of each kind on all pages."""
    return Counter(block.kind for page in pages() for block in blocks(page.read_text("utf-8")))


def notebooks() -> dict[str, int]:
    """The notebooks and their cells of code; it is the build of the site that executes them."""
    found = sorted((DOCS / "notebooks").glob("*.md"))
    counted = {page.stem: page.read_text("utf-8").count("```{code-cell}") for page in found}
    return {name: number for name, number in counted.items() if number}


def main() -> int:
    """Run all pages, print how many blocks of each kind ran, and judge: nothing may be left out."""
    import pytest

    ran: Counter[str] = Counter()
    left_out: list[str] = []
    for path in pages():
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
            page = Page(path, Path(folder), monkeypatch)
            page.run()
            monkeypatch.undo()  # the folder cannot go while it is the current one
        ran += page.ran
        left_out += page.left_out
    print(f"{len(pages())} pages, {ran.total()} blocks of code ran:")
    for kind, number in sorted(ran.items()):
        print(f"{number:5} {kind}")
    cells = notebooks()
    print(f"{len(cells)} notebooks with {sum(cells.values())} cells of code, executed by the build")
    print(*(f"left out: {each}" for each in left_out), sep="\n")
    return 1 if left_out else 0


if __name__ == "__main__":
    sys.exit(main())
