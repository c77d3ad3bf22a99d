"""Timing several contestants in turns, so that a noisy machine treats them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

Contestants = Mapping[str, Callable[[], object]]


def best(contestants: Contestants, rounds: int = 80, seconds: float = 0.004) -> dict[str, float]:
    """The best time of one call of each, in seconds, over *rounds* in turns."""
    loops = {name: max(1, int(seconds / _once(act, 1))) for name, act in contestants.items()}
    found = dict.fromkeys(contestants, float("inf"))
    gc.disable()
    try:
        for _ in range(rounds):
            for name, act in contestants.items():
                found[name] = min(found[name], _once(act, loops[name]))
            gc.collect()
    finally:
        gc.enable()
    return found


def _once(act: Callable[[], object], loops: int) -> float:
    act()
    start = time.perf_counter()
    for _ in range(loops):
        act()
    return (time.perf_counter() - start) / loops


def table(rows: list[list[str]]) -> None:
    """Print *rows* in columns; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *others = (
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())
    print()
