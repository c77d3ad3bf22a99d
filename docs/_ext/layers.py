"""A picture of layers, drawn from text: a line for each layer, ``||`` between boxes, ``name: words`` in a box."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

WIDTH, HEIGHT, GAP = 720, 56, 22


def drawn(lines: list[str]) -> str:
    """The picture as SVG; its colours come from the page."""
    rows = [[box.strip() for box in line.split("||")] for line in lines if line.strip()]
    height = len(rows) * (HEIGHT + GAP) - GAP + 4
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape('; '.join(' and '.join(row) for row in rows))}</title>",
    ]
    for number, row in enumerate(rows):
        top = 2 + number * (HEIGHT + GAP)
        width = (WIDTH - GAP * (len(row) - 1) - 4) / len(row)
        for place, box in enumerate(row):
            left = 2 + place * (width + GAP)
            middle = left + width / 2
            name, _, words = box.partition(":")
            parts.append(f'<rect x="{left:g}" y="{top}" width="{width:g}" height="{HEIGHT}" rx="6"/>')
            parts.append(
                f'<text x="{middle:g}" y="{top + (24 if words else 34)}" text-anchor="middle" '
                f'font-weight="600" font-size="16">{escape(name)}</text>'
            )
            if words:
                parts.append(
                    f'<text class="small" x="{middle:g}" y="{top + 44}" text-anchor="middle" font-size="13">'
                    f"{escape(words.strip())}</text>"
                )
        if number:
            middle = WIDTH / 2
            parts.append(f'<path d="M{middle:g} {top - GAP + 2} v{GAP - 6} m-5 -6 l5 6 l5 -6"/>')
    return "".join((*parts, "</svg>"))


class Layers(SphinxDirective):
    """The directive ``layers``."""

    has_content = True

    def run(self) -> list[Node]:
        """Draw it; elsewhere than on a web page the text is the picture."""
        holder = nodes.container("", classes=["layers"])
        holder += nodes.raw("", drawn(list(self.content)), format="html")
        return [holder]


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.add_directive("layers", Layers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
