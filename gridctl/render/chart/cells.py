"""A heat map in characters: heights where there is no colour, coloured cells where there is."""

from __future__ import annotations

import math
from datetime import tzinfo

import numpy as np

from gridctl.render.chart.choose import with_unit
from gridctl.render.chart.drawing import HeatMap
from gridctl.render.chart.glyphs import HEAT, Glyphs
from gridctl.render.chart.labels import flowed, placed
from gridctl.render.chart.track import Array
from gridctl.render.ticks import time_ticks, zone_name
from gridctl.render.values import decimals_for

_LONGEST_LABEL = 28
_WIDEST_CELL = 4
_TICK_ROOM = 8


def heat_lines(body: HeatMap, unit: str, zone: tzinfo, glyphs: Glyphs, width: int) -> list[str]:
    """Rows of cells with their labels, those across above; below, what the cells stand for."""
    margin = min(
        max(len(text) for text in [*body.down, body.down_title]), _LONGEST_LABEL, width // 3
    )
    room = width - margin - 1
    size = -(-len(body.across) // room)
    values = _grouped(body.values, size)
    cell = min(_WIDEST_CELL, room // values.shape[1])
    known = values[np.isfinite(values)]
    low, high = float(known.min()), float(known.max())
    lines = [with_unit(body.name, unit)]
    lines += [" " * (margin + 1) + head for head in _heads(body, zone, size, cell, room)]
    for label, row in zip(body.down, values, strict=True):
        cells = "".join(_cell(value, low, high, cell, glyphs) for value in row)
        lines.append(f"{label[:margin]:<{margin}} {cells}")
    gaps = "blank: no value" if len(known) < values.size else ""
    means = f"means of {size} columns" if size > 1 else ""
    told = [_scale(low, high, unit, cell, glyphs), *((t, len(t)) for t in (gaps, means) if t)]
    return [*lines, "", *flowed(told, width)]


def _grouped(values: Array, size: int) -> Array:
    """The mean of what is known in every so many columns."""
    begins = np.arange(0, values.shape[1], size)
    known = np.isfinite(values)
    count = np.add.reduceat(known.astype(np.float64), begins, axis=1)
    total = np.add.reduceat(np.where(known, values, 0.0), begins, axis=1)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def _heads(body: HeatMap, zone: tzinfo, size: int, cell: int, room: int) -> list[str]:
    """The title and the labels above the columns they belong to: of times, round ones."""
    if body.times is None:
        every = -(-(max(map(len, body.across)) + 1) // cell)  # columns to a label
        words = enumerate(body.across[:: size * every])
        spread = placed(((place * every * cell, text) for place, text in words), room)
        return [body.across_title, spread]
    start, end = body.times
    columns = cell * -(-len(body.across) // size)
    ticks = time_ticks(start, end, max(2, columns // _TICK_ROOM), zone)
    at = [int((tick.at - start) / (end - start) * columns) for tick in ticks]
    return [
        f"{body.across_title}, {zone_name(start, zone)}",
        placed(zip(at, (tick.text for tick in ticks), strict=True), room),
        placed(zip(at, (tick.below for tick in ticks), strict=True), room),
    ]


def _cell(value: float, low: float, high: float, cell: int, glyphs: Glyphs) -> str:
    if not math.isfinite(value):
        return " " * cell
    share = (value - low) / (high - low) if high > low else 0.0
    return _painted(min(int(share * len(glyphs.levels)), len(glyphs.levels) - 1), cell, glyphs)


def _painted(level: int, cell: int, glyphs: Glyphs) -> str:
    from plotille import color

    return str(color(glyphs.levels[level] * cell, fg=HEAT[level], bg=HEAT[level], mode="byte"))


def _scale(low: float, high: float, unit: str, cell: int, glyphs: Glyphs) -> tuple[str, int]:
    """All levels between the lowest and the highest value, and the columns that takes."""
    count, size, places = len(glyphs.levels), max(1, cell // 2), decimals_for([low, high])
    levels = "".join(_painted(level, size, glyphs) for level in range(count))
    ends = f"{low:,.{places}f}", f"{high:,.{places}f} {unit}".rstrip()
    return f"{ends[0]} {levels} {ends[1]}", len("".join(ends)) + 2 + count * size
