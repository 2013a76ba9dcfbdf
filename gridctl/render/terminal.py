"""Rows on a terminal: a table that fits its width, in colour unless ``NO_COLOR`` is set.

Where a table is too wide, a column that says the same in every row is said once, below; what is
then still too wide is shown in panels, one below the other, each beginning with the column that
names the row. A single wide row is shown as a record, a line for each column.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property
from typing import Any

from gridctl.render.headings import heading, most_lines, width_in, wrapped
from gridctl.render.layout import Column, cells_of, widths_of
from gridctl.render.values import is_numeric

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


def print_on_terminal(
    columns: list[Column], rows: list[tuple[Any, ...]], zone: tzinfo = UTC
) -> None:
    """Draw rows with rich, never wider than the terminal; times in ``zone``."""
    from rich.console import Console

    width = shutil.get_terminal_size().columns
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    cells = cells_of(columns, rows, zone)
    drawn = [_Drawn(*column, [row[i] for row in cells]) for i, column in enumerate(columns)]
    if not rows:
        console.print("  ".join(name for name, _ in columns), style="bold")
    elif len(rows) == 1 and (len(drawn) > _LONGEST_LINE or not _fits(drawn, width)):
        _print_record(console, drawn)
    else:
        _print_table(console, drawn, width)


@dataclass(frozen=True)
class _Drawn:
    """A column, its values as shown."""

    name: str
    kind: str
    cells: list[str]

    @cached_property
    def title(self) -> str:
        return heading(self.name)

    @cached_property
    def width(self) -> int:
        return max(widths_of([[cell] for cell in self.cells], 1))

    @cached_property
    def is_fixed(self) -> bool:
        """Numbers, times, and names, which hold no spaces, do not fold."""
        return (
            is_numeric(self.kind)
            or self.kind.startswith("TIMESTAMP")
            or all(" " not in cell and len(cell) <= _LONGEST_NAME for cell in self.cells)
        )

    @property
    def is_said_once(self) -> bool:
        """Numbers are there to be compared, even where they are all the same."""
        return len(set(self.cells)) == 1 and not (is_numeric(self.kind) and self.cells[0])

    def needed(self, lines: int) -> int:
        """The least width when headings have so many lines."""
        own = self.width if self.is_fixed else min(self.width, _NARROWEST_TEXT)
        return max(own, width_in(self.title, lines))

    def style(self, cell: str) -> str:
        return _COLOURS.get(cell, "") if self.name.endswith("index") else ""


def _print_table(console: Any, drawn: list[_Drawn], width: int) -> None:
    """One table where it fits, else panels of the columns that differ from row to row."""
    if _fits(drawn, width):
        return _print_panel(console, drawn, width)
    differing = [column for column in drawn if not column.is_said_once] or drawn[:1]
    lines = range(1, _most_lines(differing) + 1)
    panels = min((_panels(differing, width, count) for count in lines), key=len)
    for number, panel in enumerate(panels):
        if number:
            console.print()
        _print_panel(console, panel, width)
    _print_once(console, [column for column in drawn if column not in differing])


def _panels(drawn: list[_Drawn], width: int, lines: int) -> list[list[_Drawn]]:
    """Which columns go together; every panel begins with the one that names the row."""
    names = (c for c in drawn if not is_numeric(c.kind) and c.kind != "UUID")
    key = next(names, drawn[0])
    panels = [[key]]
    for column in (c for c in drawn if c is not key):
        if len(panels[-1]) > 1 and _total([*panels[-1], column], lines) > width:
            panels.append([key])
        panels[-1].append(column)
    return panels


def _print_panel(console: Any, drawn: Sequence[_Drawn], width: int) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column, needed in zip(drawn, _least_widths(drawn, width), strict=True):
        table.add_column(
            Text("\n".join(wrapped(column.title, max(needed, column.width)))),
            justify="right" if is_numeric(column.kind) else "left",
            vertical="top",
            no_wrap=column.is_fixed,
            overflow="fold",
            min_width=needed,
        )
    for cells in zip(*(column.cells for column in drawn), strict=True):
        table.add_row(*(Text(c, column.style(c)) for c, column in zip(cells, drawn, strict=True)))
    console.print(table)


def _least_widths(drawn: Sequence[_Drawn], width: int) -> list[int]:
    """Widths for headings of the fewest lines that fit; what is spare makes some of them one."""
    most = _most_lines(drawn)
    lines = next((n for n in range(1, most) if _total(drawn, n) <= width), most)
    spare = width - _total(drawn, lines)
    widths = []
    for column in drawn:
        more = column.needed(1) - column.needed(lines)
        grown = more if more <= spare else 0
        spare -= grown
        widths.append(column.needed(lines) + grown)
    return widths


def _print_once(console: Any, said: list[_Drawn]) -> None:
    """The columns that are the same in every row, and those without a value."""
    from rich.text import Text

    same = [f"{column.name}={column.cells[0]}" for column in said if column.cells[0]]
    empty = [column.name for column in said if not column.cells[0]]
    for label, parts in (("in every row: ", same), ("in no row: ", empty)):
        if parts:
            console.print(Text("\n" * (parts is same) + label + ", ".join(parts), style="dim"))


def _print_record(console: Any, drawn: list[_Drawn]) -> None:
    from rich.table import Table
    from rich.text import Text

    record = Table.grid(padding=(0, _GAP, 0, 0))
    record.add_column(no_wrap=True, style="bold")
    record.add_column(overflow="fold")
    for column in drawn:
        cell = column.cells[0]
        record.add_row(Text(column.title), Text(cell, column.style(cell)))
    console.print(record)


def _fits(drawn: Sequence[_Drawn], width: int) -> bool:
    return _total(drawn, _most_lines(drawn)) <= width


def _total(drawn: Sequence[_Drawn], lines: int) -> int:
    """The width of a table whose headings take so many lines."""
    return sum(column.needed(lines) + _GAP for column in drawn) - _GAP


def _most_lines(drawn: Sequence[_Drawn]) -> int:
    return max(most_lines(column.title) for column in drawn)
