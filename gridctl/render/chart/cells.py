"""A heat map in characters: heights where there is no colour, coloured cells where there is."""

from __future__ import annotations

import math

import numpy as np

from gridctl.render.chart.drawing import HeatMap
from gridctl.render.chart.glyphs import HEAT, Glyphs
from gridctl.render.values import decimals_for

_LONGEST_LABEL = 24
_WIDEST_CELL = 4


def heat_lines(body: HeatMap, unit: str, glyphs: Glyphs, width: int) -> list[str]:
    """Rows of cells with their labels, those across above; below, what the cells stand for."""
    margin = min(max(len(text) for text in [*body.down, body.down_title]), _LONGEST_LABEL)
    room = width - margin - 1
    cell = max(1, min(_WIDEST_CELL, room // len(body.across)))
    shown = min(len(body.across), room // cell)
    known = body.values[np.isfinite(body.values)]
    low, high = float(known.min()), float(known.max())
    lines = [f"{body.name}, {unit}" if unit else body.name]
    lines += [f"{'':{margin}} {body.across_title}", " " * (margin + 1) + _heads(body, cell, shown)]
    for label, row in zip(body.down, body.values, strict=True):
        cells = "".join(_cell(value, low, high, cell, glyphs) for value in row[:shown])
        lines.append(f"{label[:margin]:<{margin}} {cells}")
    places = decimals_for([low, high])
    scale = f"{low:,.{places}f} {_levels(cell, glyphs)} {high:,.{places}f} {unit}".rstrip()
    gaps = "   blank: no value" if len(known) < body.values.size else ""
    left_out = len(body.across) - shown
    cut = f"   {left_out} more columns do not fit" if left_out else ""
    return [*lines, "", f"{scale}{gaps}{cut}"]


def _heads(body: HeatMap, cell: int, shown: int) -> str:
    """Labels above every so many columns that they stay apart."""
    longest = max(len(text) for text in body.across)
    every = -(-(longest + 1) // cell)
    slots = [text.ljust(cell * every) for text in body.across[:shown:every]]
    return "".join(slots)


def _cell(value: float, low: float, high: float, cell: int, glyphs: Glyphs) -> str:
    if not math.isfinite(value):
        return " " * cell
    share = (value - low) / (high - low) if high > low else 0.0
    return _painted(min(int(share * len(glyphs.levels)), len(glyphs.levels) - 1), cell, glyphs)


def _painted(level: int, cell: int, glyphs: Glyphs) -> str:
    from plotille import color

    return str(color(glyphs.levels[level] * cell, fg=HEAT[level], bg=HEAT[level], mode="byte"))


def _levels(cell: int, glyphs: Glyphs) -> str:
    width = max(1, cell // 2)
    return "".join(_painted(level, width, glyphs) for level in range(len(glyphs.levels)))
