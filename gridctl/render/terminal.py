"""Rows on a terminal: a table that fits its width, in colour unless ``NO_COLOR`` is set.

Where a table is too wide, a column that says the same in every row is said once, below; what is
then still too wide is shown in panels, one below the other. A single wide row is shown as a
record, a line for each column.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
from functools import cache
from itertools import zip_longest
from typing import Any

from gridctl.render.fitting import GAP, Drawn, fits, panels_of, widths_for
from gridctl.render.headings import wrapped
from gridctl.render.layout import Column, aligned, cells_of, width_of

_COLOURS = {
    "very low": "bold green",
    "low": "green",
    "moderate": "yellow",
    "high": "red",
    "very high": "bold red",
}
_LONGEST_LINE = 8  # a single row of more columns reads better as a record


def terminal_table(columns: list[Column], rows: list[tuple[Any, ...]], zone: tzinfo = UTC) -> str:
    """The rows as text for the terminal there is, never wider; times in ``zone``."""
    width = shutil.get_terminal_size().columns
    pen = _Pen(width)
    cells = cells_of(columns, rows, zone)
    drawn = [Drawn(*column, [row[i] for row in cells]) for i, column in enumerate(columns)]
    lines: Iterable[str]
    if not rows:
        lines = pen.folded("  ".join(name for name, _ in columns), width, "bold")
    elif len(rows) == 1 and (len(drawn) > _LONGEST_LINE or not fits(drawn, width)):
        lines = _record(pen, drawn, width)
    else:
        lines = _table(pen, drawn, width)
    return "".join(f"{line.rstrip()}\n" for line in lines)


class _Pen:
    """Text in a style and within a width, as rich has them.

    Tables are laid out here, not by rich, which takes a millisecond a row.
    """

    def __init__(self, width: int) -> None:
        from rich.console import Console

        self._console = Console(width=width, highlight=False, markup=False, emoji=False)
        self.styled = cache(self._styled)

    def _styled(self, text: str, style: str) -> str:
        with self._console.capture() as captured:
            self._console.print(text, style=style, end="", soft_wrap=True)
        return captured.get()

    def folded(self, text: str, width: int, style: str = "") -> list[str]:
        """Lines of at most ``width``, cut between words where that can be."""
        lines = [text]
        if width_of(text) > width:
            from rich.text import Text

            found = Text(text).wrap(self._console, width, overflow="fold")
            lines = [line.plain.rstrip() for line in found]
        return [self.styled(line, style) for line in lines] if style else lines


def _table(pen: _Pen, drawn: list[Drawn], width: int) -> Iterator[str]:
    """One table where it fits, else panels of the columns that differ from row to row."""
    if fits(drawn, width):
        yield from _panel(pen, drawn, width)
        return
    differing = [column for column in drawn if not column.is_said_once] or drawn[:1]
    for number, panel in enumerate(panels_of(differing, width)):
        if number:
            yield ""
        yield from _panel(pen, panel, width)
    yield from _said_once(pen, [column for column in drawn if column not in differing], width)


def _panel(pen: _Pen, drawn: Sequence[Drawn], width: int) -> Iterator[str]:
    widths = widths_for(drawn, width)
    titles = [_title_lines(pen, column, w) for column, w in zip(drawn, widths, strict=True)]
    height = max(map(len, titles))
    heads = [[""] * (height - len(title)) + title for title in titles]
    for line in _side_by_side(heads, drawn, widths):
        yield pen.styled(line.rstrip(), "bold")
    for cells in zip(*(column.cells for column in drawn), strict=True):
        folded = [pen.folded(cell, w) for cell, w in zip(cells, widths, strict=True)]
        yield from _side_by_side(folded, drawn, widths, pen)


def _title_lines(pen: _Pen, column: Drawn, width: int) -> list[str]:
    return [part for line in wrapped(column.title, width) for part in pen.folded(line, width)]


def _side_by_side(
    blocks: Sequence[list[str]], drawn: Sequence[Drawn], widths: list[int], pen: _Pen | None = None
) -> Iterator[str]:
    """Blocks of lines as columns; the carbon index in its colour where there is a pen."""
    for parts in zip_longest(*blocks, fillvalue=""):
        placed = [
            aligned(part, width, column.is_numeric)
            for part, width, column in zip(parts, widths, drawn, strict=True)
        ]
        if pen is not None:
            for index, column in enumerate(drawn):
                if style := _style(column, parts[index]):
                    placed[index] = pen.styled(placed[index], style)
        yield (" " * GAP).join(placed)


def _style(column: Drawn, cell: str) -> str:
    return _COLOURS.get(cell, "") if column.name.endswith("index") else ""


def _said_once(pen: _Pen, said: list[Drawn], width: int) -> Iterator[str]:
    """The columns that are the same in every row, and those without a value, after a blank line."""
    same = [f"{column.name}={column.cells[0]}" for column in said if column.cells[0]]
    empty = [column.name for column in said if not column.cells[0]]
    if said:
        yield ""
    for label, parts in (("in every row: ", same), ("in no row: ", empty)):
        if parts:
            yield from pen.folded(label + ", ".join(parts), width, "dim")


def _record(pen: _Pen, drawn: list[Drawn], width: int) -> Iterator[str]:
    """A line for each column, its name first."""
    longest = min(max(len(column.title) for column in drawn), width // 2)
    for column in drawn:
        cell, room = column.cells[0], width - longest - GAP
        style = _style(column, cell)
        titles, cells = pen.folded(column.title, longest), pen.folded(cell, max(1, room), style)
        for title, part in zip_longest(titles, cells, fillvalue=""):
            yield pen.styled(title.ljust(longest), "bold") + " " * GAP + part
