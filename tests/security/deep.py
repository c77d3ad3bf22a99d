"""Fuzz for long, and count: ``nox -s fuzz [-- --tries 200000 --seconds 120 feeds plans]``.

Every target gets inputs made by chance, under both JSON parsers. Those that take bytes are then led by coverage, if
atheris is installed. What breaks a promise is printed with the number that makes it again, and ends in status 1.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent


def load():
    """The targets; instrumented when atheris leads."""
    sys.path.insert(0, str(HERE.parent))
    from security import targets

    return targets


def by_chance(names: list[str], tries: int, first: int) -> int:
    """So many tries of each target; how many failed."""
    targets = load()
    from kaufland_shoptet._core import codec

    failures = 0
    print(f"{'target':22}{'parser':10}{'tried':>9}{'read':>9}{'refused':>9}{'failed':>8}{'seconds':>9}")
    for name in names:
        run = targets.by_chance if name in targets.BY_CHANCE else targets.by_bytes
        for parser, loads in targets.PARSERS.items():
            codec._loads = loads
            counts: Counter[str] = Counter()
            found: dict[str, int] = {}
            begun = time.monotonic()
            for number in range(first, first + tries // len(targets.PARSERS)):
                try:
                    counts[run(name, number)] += 1
                except Exception as error:
                    counts["failed"] += 1
                    place = traceback.extract_tb(error.__traceback__)[-1]
                    found.setdefault(f"{error!r} in {Path(place.filename).name}:{place.lineno}", number)
            spent = time.monotonic() - begun
            print(
                f"{name:22}{parser:10}{counts.total():9}{counts['read']:9}{counts['refused']:9}"
                f"{counts['failed']:8}{spent:9.1f}",
                flush=True,
            )
            for what, number in found.items():
                print(f"    {number}: {what}")
            failures += counts["failed"]
    return failures


def led(names: list[str], seconds: int) -> int:
    """Let coverage lead, each target in a process of its own; how many failed."""
    failures = 0
    print(f"\n{'led by coverage':22}{'tried':>9}{'seconds':>9}{'edges':>8}{'corpus':>8}")
    for name in names:
        seeds = load().BY_BYTES[name][1]()
        with tempfile.TemporaryDirectory() as folder:
            for number, seed in enumerate(seeds):
                (Path(folder) / f"seed{number}").write_bytes(seed)
            flags = [
                f"-max_total_time={seconds}",
                "-print_final_stats=1",
                "-max_len=4096",
                "-timeout=20",
                "-rss_limit_mb=4096",
            ]
            command = [
                sys.executable,
                str(HERE / "deep.py"),
                "--led",
                name,
                *flags,
                f"-artifact_prefix={folder}/",
                folder,
            ]
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
            said = done.stderr + done.stdout
            executed = re.search(r"number_of_executed_units:\s*(\d+)", said)
            covered = re.findall(r"cov: (\d+).*corp: (\d+)", said) or [("0", "0")]
            print(
                f"{name:22}{executed[1] if executed else '?':>9}{seconds:9}{covered[-1][0]:>8}{covered[-1][1]:>8}",
                flush=True,
            )
            if done.returncode:
                failures += 1
                print("\n".join(f"    {line}" for line in said.splitlines()[-30:]))
    return failures


def lead(name: str, flags: list[str]) -> None:
    """Be the process that atheris leads."""
    import atheris

    with atheris.instrument_imports(include=["kaufland_shoptet", "csv", "email"]):
        targets = load()
    target = targets.BY_BYTES[name][0]
    atheris.Setup([sys.argv[0], *flags], lambda data: target(data) and None)
    atheris.Fuzz()


def main() -> int:
    if sys.argv[1:2] == ["--led"]:
        lead(sys.argv[2], sys.argv[3:])
        return 0
    targets = load()
    every = [*targets.BY_CHANCE, *targets.BY_BYTES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(every))
    parser.add_argument("--tries", type=int, default=20_000, help="inputs by chance of each target")
    parser.add_argument("--seconds", type=int, default=30, help="of each target that coverage leads")
    parser.add_argument("--first", type=int, default=int(time.time()), help="number of the first input")
    chosen = parser.parse_args()
    names = chosen.targets or every
    if unknown := set(names) - set(every):
        parser.error(f"no target is called {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    print(f"inputs from number {chosen.first} on")
    failures = by_chance(names, chosen.tries, chosen.first)
    try:
        import atheris  # noqa: F401
    except ImportError:
        print("\natheris is not installed: nothing is led by coverage")
    else:
        failures += led([name for name in names if name in targets.BY_BYTES], chosen.seconds)
    return 1 if failures else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.exit(main())
