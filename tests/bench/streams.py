"""Reading 100,000 rows of a snapshot from gzip JSON lines, as a ratio to unpacking them alone, in processor time."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
from bodies import row_maker
from measure import table

from kaufland_shoptet import Shoptet
from kaufland_shoptet.shoptet.resources.products import Product

ROWS, DIFFERENT, PIECE = 100_000, 2_000, 65_536
JOB = {
    "jobId": "1xv8s4c",
    "endpoint": "/api/products/snapshot",
    "creationTime": None,
    "completionTime": None,
    "duration": None,
    "status": "completed",
    "resultUrl": "https://files.example/1xv8s4c.gz",
    "validUntil": None,
    "log": None,
}


def write(path: Path) -> tuple[int, int]:
    """Write the file; gives its size and the size of what is in it."""
    maker, size = row_maker(), 0
    lines = [maker.body(Product) + b"\n" for _ in range(DIFFERENT)]
    with gzip.open(path, "wb", compresslevel=6) as file:
        for line in itertools.islice(itertools.cycle(lines), ROWS):
            size += file.write(line)
    return path.stat().st_size, size


class File(httpx.SyncByteStream):
    """A file, in the pieces that a network would give."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


class Answers(httpx.BaseTransport):
    """Knows one job and its file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "files.example":
            return httpx.Response(200, stream=File(self._path))
        return httpx.Response(200, json={"data": {"job": JOB}, "errors": None})


def unpack(path: Path) -> int:
    """Only unpack."""
    inflater, size = zlib.decompressobj(31), 0
    for piece in File(path):
        size += len(inflater.decompress(piece))
    return size


def parse(path: Path) -> int:
    """Unpack and parse with the standard library, without models."""
    with gzip.open(path) as file:
        return sum(1 for line in file if json.loads(line))


def read(path: Path, most: int | None = None) -> int:
    """Read typed rows."""
    with Shoptet("t" * 40, transport=Answers(path)) as shoptet:
        return sum(1 for _ in itertools.islice(shoptet.rows("1xv8s4c", Product, finished=True), most))


def resident(key: str) -> int:
    """Bytes of memory by the kernel's account; Linux only."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise LookupError(key)


def memory(path: Path) -> None:
    """In a process of its own: by how much memory grows above the start of the walk."""
    read(path, 100)  # everything is loaded and compiled
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    read(path)
    grown = resident("VmHWM") - before
    tracemalloc.start()
    read(path, 20_000)
    _, peak = tracemalloc.get_traced_memory()
    print(f"{grown / 2**20:.1f} MiB resident, {peak / 2**20:.1f} MiB allocated by Python")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.gz"
        packed, size = write(path)
        best: dict[str, float] = {}
        for _ in range(5):  # the best of each: other work on the machine only ever adds
            for act in (unpack, parse, read):
                start = time.process_time()
                act(path)
                took = time.process_time() - start
                best[act.__name__] = min(took, best.get(act.__name__, took))
        grown = subprocess.run(
            [sys.executable, __file__, str(path)], capture_output=True, text=True, check=True
        ).stdout.strip()
    rows = [["", "s", "ratio"]]
    rows += [[name, f"{took:.2f}", f"{took / best['unpack']:.2f}"] for name, took in best.items()]
    print(
        f"{ROWS} rows of {size // ROWS} bytes, packed to {packed / size:.0%} "
        "(the targets: read at most 6 times unpack, at most 5 MiB)"
    )
    table(rows)
    print(f"Peak above the start: {grown}\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        memory(Path(sys.argv[1]))
    else:
        main()
