"""A drawing in characters, as wide as the terminal."""

from __future__ import annotations

import textwrap

from gridctl.render.chart.bars import bar_lines
from gridctl.render.chart.cells import heat_lines
from gridctl.render.chart.drawing import Bars, Drawing, HeatMap
from gridctl.render.chart.glyphs import Glyphs
from gridctl.render.chart.plotted import plot_lines

NARROWEST = 40  # columns


def terminal_text(drawing: Drawing, glyphs: Glyphs, width: int) -> str:
    """The chart with its title above and its notes below. Colours only where stdout shows them."""
    width = max(width, NARROWEST) - 1  # a full line would wrap on some terminals
    lines = [*textwrap.wrap(drawing.title, width), *textwrap.wrap(drawing.text, width), ""]
    match drawing.body:
        case Bars():
            lines += bar_lines(drawing.body, drawing.unit, glyphs, width)
        case HeatMap():
            lines += heat_lines(drawing.body, drawing.unit, drawing.zone, glyphs, width)
        case _:
            lines += plot_lines(drawing.body, drawing.unit, drawing.zone, glyphs, width)
    lines += [""] * bool(drawing.notes)
    for note in drawing.notes:
        lines += textwrap.wrap(note, width, initial_indent="- ", subsequent_indent="  ")
    return "\n".join(line.rstrip() for line in lines) + "\n"
