"""The tasks of this project: ``python -m nox -l`` lists them.

Each session installs what it needs into an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "typing", "tests"]

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
ROOT = Path(__file__).parent


def groups(*names: str) -> list[str]:
    """The requirements of dependency groups."""
    return list(nox.project.dependency_groups(PROJECT, *names))


@nox.session
def demo(session: nox.Session) -> None:
    """Import Kaufland orders into Shoptet, offline, on the sandbox."""
    session.install(".[products]")
    session.run("python", "-m", "kaufland_shoptet", "demo", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Test the built wheel, and the generator, which is not in it."""
    session.install(".[orjson,products]", *groups("tests", "generate"))
    session.run("pytest", "--cov", "--cov-report=term", *(session.posargs or ["-q"]))
    if not session.posargs:
        session.run("pytest", "-q", "tests/generate", env={"PYTHONPATH": "src"})


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and arrows that point one way."""
    session.install("-e", ".", *groups("lint", "generate"))
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("lint-imports", "--no-cache")


@nox.session
def typing(session: nox.Session) -> None:
    """Both type checkers, strict, on the package and on how it is used."""
    session.install(".[orjson,products]", "nox", *groups("typing", "tests", "generate"))
    session.run("mypy")
    session.run("pyright", "--pythonpath", str(Path(session.bin) / "python"))
    session.run("python", "tests/typing/check.py")
    with session.chdir(session.create_tmp()):  # away from the sources: what a user's checker sees
        session.run("pyright", "--verifytypes", "kaufland_shoptet", "--ignoreexternal")


@nox.session
def generate(session: nox.Session) -> None:
    """Write the resource modules anew: ``nox -s generate -- --kaufland PATH --shoptet PATH [--check]``."""
    session.install("-e", ".", *groups("generate"))
    session.run("python", "-m", "kaufland_shoptet._generate", *session.posargs)


@nox.session
def contract(session: nox.Session) -> None:
    """Hold package and sandbox against the vendors' documents: ``nox -s contract -- KAUFLAND.json SHOPTET.yaml``."""
    kaufland, shoptet = session.posargs
    session.install(".[orjson,products]", *groups("tests", "generate"))
    env = {
        "KAUFLAND_OPENAPI": os.path.abspath(kaufland),  # noqa: PTH100
        "SHOPTET_OPENAPI": os.path.abspath(shoptet),  # noqa: PTH100
    }
    session.run("pytest", "-q", "tests/contract", "tests/sandbox/test_conformance.py", env=env)
    session.run("python", "tests/contract/wrong_examples.py")


@nox.session
def record(session: nox.Session) -> None:
    """Record the cassettes: ``nox -s record``; from a real shop: ``nox -s record -- --live [--writes] [NAME…]``."""
    session.install("-e", ".[orjson]", *groups("tests"))
    session.run("python", "-m", "tests.cassettes", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure: ``nox -s bench [-- decode imports calls streams lists offers feeds soak --orders=1000]``.

    Ratios within one run are the result. Without names it is the first five; the soak takes minutes.
    """
    session.install(".[orjson]", *groups("bench"))
    options = [word for word in session.posargs if word.startswith("-")]
    names = [word for word in session.posargs if not word.startswith("-")]
    for name in names or ["decode", "imports", "calls", "streams", "lists"]:
        session.run("python", f"tests/bench/{name}.py", *options)


@nox.session
def mutants(session: nox.Session) -> None:
    """Plant bugs, and see that the tests catch each: ``nox -s mutants [-- words of a name]``."""
    session.install(".[orjson,products]", *groups("tests"))
    session.run("python", "tests/mutants/check.py", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Try what strangers may send, and count: ``nox -s fuzz [-- --tries N --seconds S TARGET …]``."""
    session.install(".[orjson,products]", *groups("tests", "fuzz"))
    session.run("python", "tests/security/deep.py", *session.posargs)


@nox.session
def audit(session: nox.Session) -> None:
    """Hold what users get installed against the list of known vulnerabilities on PyPI; needs the network."""
    session.install(".[orjson,products]")
    installed = session.run("python", "-m", "pip", "freeze", "--exclude", "kaufland-shoptet", silent=True)
    listed = Path(session.create_tmp()) / "installed.txt"
    listed.write_text(str(installed), "utf-8")
    session.install(*groups("audit"))
    session.run("pip-audit", "--strict", "--no-deps", "--disable-pip", "-r", str(listed), *session.posargs)


@nox.session
def drift(session: nox.Session) -> None:
    """What newer documents would change: ``nox -s drift -- --kaufland PATH --shoptet PATH``."""
    session.install("-e", ".", *groups("generate"))
    session.run("python", "-m", "kaufland_shoptet._generate.drift", *session.posargs, success_codes=[0, 1])


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into docs/_build/html; run every doctest, notebook and block of code on it."""
    session.install(".[orjson,products]", *groups("docs"))
    sphinx = ["sphinx-build", "-n", "-W", "--keep-going", "-q", "-j", "auto", "-d", "docs/_build/doctrees"]
    # Anew, since the search forgets the index entries of pages that are not written.
    session.run(*sphinx, "-E", "-a", "-b", "html", "docs", "docs/_build/html")
    session.run("python", "tests/docs/check_site.py", "docs/_build/html")
    session.run(*sphinx, "-b", "doctest", "docs", "docs/_build/doctest")
    session.log(Path("docs/_build/doctest/output.txt").read_text("utf-8").rpartition("=\n")[2].rstrip())
    session.run("python", "tests/docs/pages.py")
    session.run("pytest", "-q", "tests/docs", "tests/test_docs.py")


@nox.session
def dev(session: nox.Session) -> None:
    """Make the virtual environment ``.venv`` to work in."""
    if not Path(".venv").exists():
        session.run(sys.executable, "-m", "venv", ".venv", external=True)
    python = shutil.which("python", path=str(ROOT / ".venv" / "bin")) or str(
        ROOT / ".venv" / "Scripts" / "python.exe"
    )
    session.run(python, "-m", "pip", "install", "-e", ".[orjson,products]", *groups("dev"), external=True)
