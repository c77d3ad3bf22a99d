"""Tables as text for a terminal and as HTML for a notebook; control characters reach neither."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence


def text_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for a terminal. Empty columns are left out."""
    columns, rows = _without_empty(columns, rows)
    widths = [max(map(_width, column)) for column in zip(columns, *rows, strict=True)] if rows else []
    lines = [title]
    for row in (columns, *rows) if rows else ():
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        lines.append("  " + "  ".join(padded).rstrip())
    return "\n".join(lines)


def html_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for a notebook; everything is escaped."""
    columns, rows = _without_empty(columns, rows)
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in columns)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>" if rows else ""
    return f"<table><caption>{html.escape(title)}</caption>{table}</table>"


def _without_empty(
    columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[Sequence[str], list[list[str]]]:
    used = [index for index in range(len(columns)) if any(row[index] for row in rows)]
    cells = [[plain(row[index]) for index in used] for row in rows]
    return [columns[index] for index in used], cells


def plain(text: str) -> str:
    """No control character of a foreign system reaches a terminal."""
    return "".join(" " if unicodedata.category(char).startswith("C") else char for char in text)


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
