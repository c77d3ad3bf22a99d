"""Run both type checkers over the two files beside this one, and count the planted mistakes they catch.

``positive.py`` must be clean. In ``negative.py`` every line marked BAD must be reported by mypy, and by
pyright except for the ones it has no rule for, which are listed here.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
POSITIVE, NEGATIVE = HERE / "positive.py", HERE / "negative.py"
UNSEEN_BY_PYRIGHT = "a write that is never awaited"  # mypy's unused-awaitable has no counterpart there


def mypy(path: Path) -> set[int]:
    """Lines that mypy complains about."""
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(run.stdout + run.stderr)
    return {int(line) for line in re.findall(rf"{path.name}:(\d+): error", run.stdout)}


def pyright(path: Path, python: str) -> set[int]:
    """Lines that pyright complains about."""
    command = [sys.executable, "-m", "pyright", "--pythonpath", python, "--outputjson", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(run.stdout)["generalDiagnostics"]
    return {row["range"]["start"]["line"] + 1 for row in found if row["severity"] == "error"}


def main() -> int:
    """Print what was found; 1 when something is missing or superfluous."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pythonpath", default=sys.executable)
    python = parser.parse_args().pythonpath
    lines = NEGATIVE.read_text("utf-8").splitlines()
    bad = {number: line for number, line in enumerate(lines, 1) if "# BAD" in line}
    excused = {number for number, line in bad.items() if UNSEEN_BY_PYRIGHT in line}
    failures = 0
    for name, clean, dirty, due in (
        ("mypy", mypy(POSITIVE), mypy(NEGATIVE), set(bad)),
        ("pyright", pyright(POSITIVE, python), pyright(NEGATIVE, python), set(bad) - excused),
    ):
        caught = dirty & set(bad)
        print(f"{name}: {len(clean)} complaints about right use, {len(caught)} of {len(bad)} mistakes caught")
        for number in sorted(due - caught):
            print(f"  missed: {bad[number].strip()}")
        for number in sorted(dirty - set(bad)):
            print(f"  superfluous: {lines[number - 1].strip()}")
        for number in sorted(clean):
            print(f"  positive.py:{number}: {POSITIVE.read_text('utf-8').splitlines()[number - 1].strip()}")
        failures += len(clean) + len(due - caught) + len(dirty - set(bad))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
