"""The command: ``python -m kaufland_shoptet._generate --kaufland PATH --shoptet PATH [--check]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .documents import Document, DocumentError
from .overlay import Overlay, OverlayError
from .project import Project, differences, write
from .vendors import KAUFLAND_VENDOR, SHOPTET_VENDOR

HERE = Path(__file__).parent


def main(arguments: list[str] | None = None) -> int:
    """Generate, or check, the resource modules of the documents that are given."""
    parser = argparse.ArgumentParser(prog="python -m kaufland_shoptet._generate", description=__doc__)
    parser.add_argument("--kaufland", type=Path, help="Kaufland's OpenAPI document")
    parser.add_argument("--shoptet", type=Path, help="Shoptet's OpenAPI document")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if files would change")
    parser.add_argument("--into", type=Path, default=HERE.parent, help="the package to write into")
    given = parser.parse_args(arguments)
    sources = [(KAUFLAND_VENDOR, given.kaufland), (SHOPTET_VENDOR, given.shoptet)]
    if not any(path for _, path in sources):
        parser.error("give --kaufland, --shoptet, or both")
    changed: list[str] = []
    for vendor, path in sources:
        if path is None:
            continue
        try:
            overlay = Overlay.load(HERE / f"{vendor.name}.toml")
            project = Project.read(Document.load(path), overlay, vendor)
        except (DocumentError, OverlayError) as error:
            print(f"{vendor.title}: {error}", file=sys.stderr)
            return 1
        folder = given.into / vendor.name / "resources"
        table = given.into / "sandbox" / "resources" / f"{vendor.name}.json"
        if given.check:
            changed += [f"{vendor.name}/{name}" for name in differences(project, folder)]
            if not table.exists() or table.read_text(encoding="utf-8") != project.table:
                changed.append(f"sandbox/resources/{table.name}")
        else:
            write(project, folder)
            table.parent.mkdir(parents=True, exist_ok=True)
            table.write_text(project.table, encoding="utf-8")
        print(f"{vendor.title}: {project.summary}")
    for name in changed:
        print(f"differs: {name}", file=sys.stderr)
    return 1 if changed else 0


if __name__ == "__main__":
    raise SystemExit(main())
