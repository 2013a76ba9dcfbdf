"""Rows for people: aligned columns in a pipe; on a terminal a table that fits its width.

A table that is too wide is shown in panels, one below the other, each beginning with the column
that names the row; a single wide row is shown as a record, a line for each column.
"""

from __future__ import annotations

import re
import shutil
from typing import Any

from gridctl.render.values import decimals_for, is_numeric, shown_value

Column = tuple[str, str]
Cells = list[list[str]]

_COLOURS = {
    "very low": "bold green",
    "low": "green",
    "moderate": "yellow",
    "high": "red",
    "very high": "bold red",
}
_GAP = 2
_NARROWEST_TEXT = 24  # a text column may fold to this, a number never
_LONGEST_NAME = 40
_LONGEST_LINE = 8  # a single row of more columns reads better as a record


def cells_of(columns: list[Column], rows: list[tuple[Any, ...]]) -> Cells:
    """Every value as shown, numbers of one column with the same decimal places."""
    by_column = []
    for index, (_, kind) in enumerate(columns):
        values = [row[index] for row in rows]
        places = decimals_for(values) if is_numeric(kind) else None
        by_column.append([shown_value(value, kind, places) for value in values])
    return [list(row) for row in zip(*by_column, strict=True)]


def plain_table(columns: list[Column], rows: list[tuple[Any, ...]]) -> str:
    """A header line and one line per row, columns two spaces apart, numbers to the right."""
    lines = [[name for name, _ in columns], *cells_of(columns, rows)]
    widths = _widths(lines, len(columns))
    right = [is_numeric(kind) for _, kind in columns]
    return "".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )


def print_on_terminal(columns: list[Column], rows: list[tuple[Any, ...]]) -> None:
    """Draw rows with rich, in colour unless ``NO_COLOR`` is set, never wider than the terminal."""
    from rich.console import Console

    width = shutil.get_terminal_size().columns
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    cells = cells_of(columns, rows)
    panels = _panels(columns, cells, width)
    if len(rows) == 1 and (len(panels) > 1 or len(columns) > _LONGEST_LINE):
        _print_record(console, columns, cells[0])
        return
    for number, panel in enumerate(panels):
        if number:
            console.print()
        part = [[row[index] for index in panel] for row in cells]
        _print_table(console, [columns[index] for index in panel], part)


def _panels(columns: list[Column], cells: Cells, width: int) -> list[list[int]]:
    """Which columns go together, by index; every panel begins with the one that names the row."""
    needed = _needed(columns, cells)
    if sum(needed) + _GAP * (len(needed) - 1) <= width or not cells:
        return [list(range(len(columns)))]
    key = next((i for i, (_, kind) in enumerate(columns) if not is_numeric(kind)), 0)
    panels = [[key]]
    for index in (i for i in range(len(columns)) if i != key):
        taken = sum(needed[i] + _GAP for i in panels[-1])
        if taken + needed[index] > width and len(panels[-1]) > 1:
            panels.append([key])
        panels[-1].append(index)
    return panels


def _needed(columns: list[Column], cells: Cells) -> list[int]:
    """The least width of each column."""
    widths = _widths(cells, len(columns))
    return [
        max(_widest_part(name), full if fixed else min(full, _NARROWEST_TEXT))
        for (name, _), full, fixed in zip(columns, widths, _fixed(columns, cells), strict=True)
    ]


def _print_table(console: Any, columns: list[Column], cells: Cells) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    widths = _widths(cells, len(columns))
    for (name, kind), full, fixed in zip(columns, widths, _fixed(columns, cells), strict=True):
        table.add_column(
            Text(_heading(name, full)),
            justify="right" if is_numeric(kind) else "left",
            vertical="top",
            no_wrap=fixed,
            overflow="fold",
            min_width=max(_widest_part(name), full if fixed else 0),
        )
    for row in cells:
        table.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in row))
    console.print(table)


def _fixed(columns: list[Column], cells: Cells) -> list[bool]:
    """Which columns must not fold: numbers, times, and names, which hold no spaces."""
    by_column = list(zip(*cells, strict=True)) or [() for _ in columns]
    return [
        is_numeric(kind)
        or kind.startswith("TIMESTAMP")
        or all(" " not in cell and len(cell) <= _LONGEST_NAME for cell in column)
        for (_, kind), column in zip(columns, by_column, strict=True)
    ]


def _heading(name: str, width: int) -> str:
    """A column's name on as many lines as keep it within its values: ``forecast_ gco2_kwh``."""
    lines = [""]
    for part in _parts(name):
        if lines[-1] and len(lines[-1]) + len(part) > max(width, _widest_part(name)):
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"(?<=_)", name) if part]


def _widest_part(name: str) -> int:
    return max((len(part) for part in _parts(name)), default=0)


def _print_record(console: Any, columns: list[Column], row: list[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    record = Table.grid(padding=(0, _GAP, 0, 0))
    record.add_column(no_wrap=True, style="bold")
    record.add_column(overflow="fold")
    for (name, _), cell in zip(columns, row, strict=True):
        record.add_row(Text(name), Text(cell, style=_COLOURS.get(cell, "")))
    console.print(record)


def _widths(lines: Cells, count: int) -> list[int]:
    return [max((len(line[index]) for line in lines), default=0) for index in range(count)]
