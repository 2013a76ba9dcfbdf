"""Rows for people as plain text: aligned columns for a pipe. A terminal has its own module."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any
from unicodedata import combining, east_asian_width

from gridctl.render.values import decimals_for, is_numeric, shown_value

Column = tuple[str, str]
Cells = list[list[str]]


def cells_of(columns: list[Column], rows: list[tuple[Any, ...]], zone: tzinfo = UTC) -> Cells:
    """Every value as shown, times in ``zone``, numbers of a column with the same decimal places."""
    by_column = []
    for index, (_, kind) in enumerate(columns):
        values = [row[index] for row in rows]
        places = decimals_for(values) if is_numeric(kind) else None
        by_column.append([shown_value(value, kind, places, zone) for value in values])
    return [list(row) for row in zip(*by_column, strict=True)]


def plain_table(columns: list[Column], rows: list[tuple[Any, ...]], zone: tzinfo = UTC) -> str:
    """A header line and one line per row, columns two spaces apart, numbers to the right."""
    lines = [[name for name, _ in columns], *cells_of(columns, rows, zone)]
    widths = widths_of(lines, len(columns))
    right = [is_numeric(kind) for _, kind in columns]
    return "".join("  ".join(map(aligned, line, widths, right)).rstrip() + "\n" for line in lines)


def widths_of(lines: Cells, count: int) -> list[int]:
    """The width of each of ``count`` columns."""
    return [max((width_of(line[index]) for line in lines), default=0) for index in range(count)]


def width_of(text: str) -> int:
    """How many places a terminal gives a text: two for a wide character, none for an accent."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def aligned(cell: str, width: int, to_right: bool) -> str:
    """A cell filled up with spaces to its column's width."""
    gap = " " * (width - width_of(cell))
    return gap + cell if to_right else cell + gap
