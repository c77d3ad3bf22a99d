"""Holds the built site against itself: links lead somewhere, no page asks anybody else, all operations are found.

``python tests/docs/check_site.py docs/_build/html`` prints what it found, with the weight of the pages.
"""

from __future__ import annotations

import json
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "audio": "src", "video": "src"}
"""What a browser fetches by itself, and where that stands."""

MACHINE = {str(Path(__file__).parents[2]), sys.prefix, os.environ.get("PATH", sys.prefix)}
"""What belongs to the machine that builds and on no page; a default that is evaluated brings it there."""


class Page(HTMLParser):
    """What one page links to, what it loads, and the anchors that it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.anchors.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" and values.get("rel") not in {"canonical", "next", "prev", "search", "index"}:
            self.loads.append(values.get("href", ""))
        if tag in LOADS:
            self.loads.append(values.get(LOADS[tag], ""))


def problems(site: Path) -> tuple[list[str], int]:
    """What is wrong, and how many internal links were followed."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    wrong: list[str] = []
    followed = 0
    for path, page in pages.items():
        here = path.relative_to(site.resolve())
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            followed += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.exists():
                wrong.append(f"{here}: {link} leads nowhere")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                wrong.append(f"{here}: {link} has no such place")
        wrong += [f"{here}: loads {load}" for load in page.loads if urlsplit(load).netloc]
        text = path.read_text("utf-8")
        wrong += [f"{here}: tells of the machine that built it" for told in MACHINE if told in text]
    for sheet in site.rglob("*.css"):
        for load in re.findall(r"url\(\s*['\"]?(https?:[^)'\"]+|//[^)'\"]+)", sheet.read_text("utf-8")):
            wrong.append(f"{sheet.relative_to(site)}: loads {load}")
    return wrong, followed


def unfound(site: Path) -> list[str]:
    """The operations that the search does not know by our name, the vendor's and the path."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))
    import inventory

    index = (site / "searchindex.js").read_text("utf-8")
    return [
        f"the search does not know {api}.{op}"
        for api in inventory.APIS
        for op in inventory.operations(api)
        if json.dumps(f"{op.name} · {op.vendor_id} · {op.method} {op.route}")[1:-1] not in index
    ]


def main(site: Path) -> int:
    """Print and judge."""
    wrong, followed = problems(site)
    wrong += unfound(site)
    sizes = sorted((path.stat().st_size, path.relative_to(site)) for path in site.rglob("*.html"))
    print(f"{len(sizes)} pages, {followed} internal links, {len(wrong)} problems")
    print(
        f"a page weighs {sizes[len(sizes) // 2][0] / 1000:.0f} kB, the heaviest {sizes[-1][0] / 1000:.0f} kB ({sizes[-1][1]})"
    )
    print(f"the search index weighs {(site / 'searchindex.js').stat().st_size / 1000:.0f} kB")
    for problem in wrong:
        print(problem)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
