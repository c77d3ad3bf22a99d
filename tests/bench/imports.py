"""Importing: the package and one client, as a ratio to ``import httpx``, each in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median

from measure import table

ROUNDS = 40
BARE = "import sys; sys.modules['httpx._main'] = None; import httpx"
"""Without httpx's command line tool, which would flatter us where click and rich are installed."""
KAUFLAND = "from kaufland_shoptet import Kaufland; Kaufland('c' * 32, 's' * 64)"
SHOPTET = "from kaufland_shoptet import Shoptet; Shoptet('t' * 40)"
CASES = {
    "import httpx": BARE,
    "import httpx; httpx.Client()": f"{BARE}; httpx.Client()",
    "import kaufland_shoptet": "import kaufland_shoptet",
    "… and one Kaufland client": KAUFLAND,
    "… and one Shoptet client": SHOPTET,
    "… and both, and an order's classes": f"{KAUFLAND}.orders; {SHOPTET}.orders",
}
UNUSED = (
    "cattrs",
    "dateutil",
    "tenacity",
    "rich",
    "pygments",
    "click",
    "kaufland_shoptet.shoptet.resources.orders",
)
"""What nobody pays for who does not use it."""


def fresh(code: str, cache: str) -> str:
    """What *code* prints in a fresh interpreter. Bytecode is kept as in any installation, in *cache*."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    return run.stdout


def took(code: str, cache: str) -> tuple[float, float]:
    """Seconds of *code* by the clock on the wall and of the processor, without the start of the interpreter."""
    both = "time.perf_counter(), time.process_time()"
    timed = f"import time; a, b = {both}\n{code}\nc, d = {both}\nprint(c - a, d - b)"
    wall, processor = fresh(timed, cache).split()
    return float(wall), float(processor)


def main() -> None:
    """Print the table, and what was loaded in vain."""
    with tempfile.TemporaryDirectory() as cache:
        measure(cache)


def measure(cache: str) -> None:
    """Every case in turns; a case counts with the median of its ratios to the base of the same turn."""
    base, *_ = CASES
    turns = [{name: took(code, cache) for name, code in CASES.items()} for _ in range(ROUNDS + 1)][1:]
    rows = [["", "ms", "ratio", "processor ms", "ratio"]]
    for name in CASES:
        cells = [name]
        for which in range(2):
            cells.append(f"{min(turn[name][which] for turn in turns) * 1e3:.0f}")
            cells.append(f"{median(turn[name][which] / turn[base][which] for turn in turns):.2f}")
        rows.append(cells)
    print("Importing, ratio to import httpx (the target: at most 1.50 with one client)")
    table(rows)
    code = f"import sys; {KAUFLAND}; {SHOPTET}; print(*[name for name in {UNUSED!r} if name in sys.modules])"
    print("Loaded in vain:", fresh(code, cache).strip() or "nothing", "\n")


if __name__ == "__main__":
    main()
