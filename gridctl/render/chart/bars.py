"""Bars from the left, one line for each value, in characters."""

from __future__ import annotations

import math

from gridctl.render.chart.drawing import Bars
from gridctl.render.chart.glyphs import COLOURS, Glyphs
from gridctl.render.chart.labels import named

_LONGEST_LABEL = 40


def bar_lines(body: Bars, unit: str, glyphs: Glyphs, width: int) -> list[str]:
    """A line per bar with its label and value; several series of a label stand together."""
    from plotille import color

    shown = [body.texts(series) for series in range(len(body.names))]
    margin = min(max(map(len, body.labels)), _LONGEST_LABEL, width * 45 // 100)
    value_room = max(len(text) for column in shown for text in column)
    known = [value for column in body.values for value in column if math.isfinite(value)]
    low, high = min(0.0, *known), max(0.0, *known)
    room = width - margin - value_room - 2
    scale = room / ((high - low) or 1.0)
    lines = [unit] if unit else []
    lines += _legend(body, glyphs, width)
    for row, label in enumerate(body.labels):
        for series, column in enumerate(body.values):
            whole = glyphs.parts[-1] if len(body.names) == 1 else glyphs.fills[series]
            bar = _bar(float(column[row]), low, scale, whole, glyphs)
            name = _shortened(label, margin) if series == 0 else ""
            painted = color(bar.strip(), fg=COLOURS[series % len(COLOURS)]) if bar.strip() else ""
            indent = " " * (len(bar) - len(bar.lstrip()))
            end = " " if bar.strip() else ""
            lines.append(f"{name:<{margin}} {indent}{painted}{end}{shown[series][row]}")
    return lines


def _bar(value: float, low: float, scale: float, whole: str, glyphs: Glyphs) -> str:
    """From zero to the value; the end of a bar of whole cells is drawn to an eighth."""
    if not math.isfinite(value):
        return ""
    begin = (min(value, 0.0) - low) * scale
    length = abs(value) * scale
    is_fine = value >= 0 and low == 0 and whole == glyphs.parts[-1]
    steps = len(glyphs.parts) if is_fine else 1
    cells, rest = divmod(round(length * steps), steps)
    return " " * round(begin) + whole * cells + (glyphs.parts[rest - 1] if rest else "")


def _legend(body: Bars, glyphs: Glyphs, width: int) -> list[str]:
    if len(body.names) == 1:
        return [body.names[0]]
    names = enumerate(body.names)
    return named(((glyphs.fills[index] * 2, index, name) for index, name in names), width)


def _shortened(label: str, room: int) -> str:
    return label if len(label) <= room else label[: room - 3] + "..."
