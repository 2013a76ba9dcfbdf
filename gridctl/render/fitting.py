"""Which columns of a table go beside each other on a terminal, and how wide each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from gridctl.render.headings import heading, most_lines, width_in
from gridctl.render.layout import width_of
from gridctl.render.values import is_numeric

GAP = 2
_NARROWEST_TEXT = 24  # a text column may fold to this, a number never
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Drawn:
    """A column, its values as shown."""

    name: str
    kind: str
    cells: list[str]

    @cached_property
    def title(self) -> str:
        return heading(self.name)

    @cached_property
    def is_numeric(self) -> bool:
        return is_numeric(self.kind)

    @cached_property
    def width(self) -> int:
        return max(map(width_of, self.cells))

    @cached_property
    def is_fixed(self) -> bool:
        """Numbers, times, and names, which hold no spaces, do not fold."""
        return (
            self.is_numeric
            or self.kind.startswith("TIMESTAMP")
            or all(" " not in cell and len(cell) <= _LONGEST_NAME for cell in self.cells)
        )

    @cached_property
    def is_said_once(self) -> bool:
        """Numbers are there to be compared, even where they are all the same."""
        return len(set(self.cells)) == 1 and not (self.is_numeric and self.cells[0])

    def needed(self, lines: int) -> int:
        """The least width when headings have so many lines."""
        own = self.width if self.is_fixed else min(self.width, _NARROWEST_TEXT)
        return max(own, width_in(self.title, lines))


def fits(drawn: Sequence[Drawn], width: int) -> bool:
    """Whether the columns can stand side by side."""
    return _total(drawn, _most_lines(drawn)) <= width


def panels_of(drawn: Sequence[Drawn], width: int) -> list[list[Drawn]]:
    """The fewest panels that hold the columns, each beginning with the one that names the row."""
    lines = range(1, _most_lines(drawn) + 1)
    return min((_panels(drawn, width, count) for count in lines), key=len)


def widths_for(drawn: Sequence[Drawn], width: int) -> list[int]:
    """The columns' widths: headings of the fewest lines that fit; what is spare unfolds texts, then
    makes headings one line. Where not even the least fits, the widest column gives way.
    """
    most = _most_lines(drawn)
    lines = next((n for n in range(1, most) if _total(drawn, n) <= width), most)
    widths = [column.needed(lines) for column in drawn]
    spare = width - _total(drawn, lines)
    if spare < 0:
        widest = widths.index(max(widths))
        widths[widest] = max(1, widths[widest] + spare)
        return widths
    widths, spare = _unfolded(widths, [column.width for column in drawn], spare)
    for index, column in enumerate(drawn):
        more = column.needed(1) - widths[index]
        if 0 < more <= spare:
            widths[index] += more
            spare -= more
    return widths


def _panels(drawn: Sequence[Drawn], width: int, lines: int) -> list[list[Drawn]]:
    names = (column for column in drawn if not column.is_numeric and column.kind != "UUID")
    key = next(names, drawn[0])
    panels = [[key]]
    for column in (column for column in drawn if column is not key):
        if len(panels[-1]) > 1 and _total([*panels[-1], column], lines) > width:
            panels.append([key])
        panels[-1].append(column)
    return panels


def _unfolded(widths: list[int], whole: list[int], spare: int) -> tuple[list[int], int]:
    """Widths nearer to those of whole texts, who lacks least first, and what is still to spare."""
    grown = list(widths)
    lacking = sorted(range(len(widths)), key=lambda index: whole[index] - widths[index])
    for position, index in enumerate(lacking):
        share = spare // (len(lacking) - position)
        more = max(0, min(whole[index] - widths[index], share))
        grown[index] += more
        spare -= more
    return grown, spare


def _total(drawn: Sequence[Drawn], lines: int) -> int:
    """The width of a table whose headings take so many lines."""
    return sum(column.needed(lines) + GAP for column in drawn) - GAP


def _most_lines(drawn: Sequence[Drawn]) -> int:
    return max(most_lines(column.title) for column in drawn)
