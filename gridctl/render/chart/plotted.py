"""Lines and stacked areas over an axis of time or numbers, in characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import Any

import numpy as np

from gridctl.clock import format_duration
from gridctl.render.chart.drawing import Lines
from gridctl.render.chart.glyphs import COLOURS, MARKERS, Glyphs
from gridctl.render.chart.track import Array, stacked
from gridctl.render.ticks import number_texts, number_ticks, time_ticks, zone_name

_ROWS = 16
_MOST_SCALE_TICKS = 6
_DOTS_ACROSS, _DOTS_DOWN = 2, 4  # of a character
_MARKED_EVERY = 16  # dots; each series begins a little later than the one before
_TICK_ROOM = {True: 8, False: 12}  # columns that a label of time or of numbers takes


def plot_lines(body: Lines, unit: str, zone: tzinfo, glyphs: Glyphs, width: int) -> list[str]:
    """The plot, its scale at the left, its axis below, a legend above."""
    low, high = body.low, body.high
    values = [track.known for track in body.tracks]
    lowest, highest = min(v.min() for v in values), max(v.max() for v in values)
    if body.is_stacked:
        bounds = stacked([track.means(body.edges(10**6)) for track in body.tracks])
        lowest = min(0.0, *(float(np.nanmin(below)) for below, _ in bounds))
        highest = max(0.0, *(float(np.nanmax(above)) for _, above in bounds))
    ticks = number_ticks(lowest, highest, _MOST_SCALE_TICKS, from_zero=body.is_stacked)
    texts = number_texts(ticks)
    margin = max(map(len, texts)) + 2
    columns = width - margin
    canvas = _Canvas(columns, ticks[0], ticks[-1])
    dots = np.linspace(low, high, columns * _DOTS_ACROSS + 1)
    if body.is_stacked:
        canvas.fill([track.means(dots[::_DOTS_ACROSS]) for track in body.tracks], glyphs)
    else:
        for index, track in enumerate(body.tracks):
            canvas.line(track.means(dots), index, len(body.tracks), glyphs)
    rows = canvas.rows()
    for tick, text in zip(ticks, texts, strict=True):
        at = canvas.row_of(tick)
        rows[at] = f"{text:>{margin - 2}} {glyphs.scale_tick}{rows[at]}"
    blank = f"{'':{margin - 1}}{glyphs.upright}"
    plot = [row if glyphs.scale_tick in row[:margin] else blank + row for row in rows]
    head = _head(body, unit, zone, columns if body.is_stacked else columns * _DOTS_ACROSS)
    axis = _axis(body, zone, glyphs, margin, columns)
    return [head, *_legend(body, glyphs, width), *plot, *axis]


def _head(body: Lines, unit: str, zone: tzinfo, places: int) -> str:
    """The unit, how long each mean is where values were averaged, and the time zone."""
    words = [unit] if unit else []
    shortest = min(float(np.diff(track.edges).min()) for track in body.tracks)
    stretch = (body.high - body.low) / places
    if stretch > shortest * 1.01:
        minutes = max(1, round(stretch * 60))
        length = format_duration(timedelta(minutes=minutes)) if body.start else f"{stretch:.3g}"
        words.append(f"means over {length}")
    if body.start is not None:
        words.append(f"time in {zone_name(body.start, zone)}")
    return ", ".join(words)


class _Canvas:
    """plotille's canvas with a dot for each place across, and values upwards."""

    def __init__(self, columns: int, low: float, high: float) -> None:
        from plotille import Canvas

        dots = _ROWS * _DOTS_DOWN
        self._low, self._step = low, (high - low) / (dots - 1)
        self._canvas: Any = Canvas(
            columns, _ROWS, xmin=0, xmax=columns * _DOTS_ACROSS, ymin=0, ymax=dots
        )

    def row_of(self, value: float) -> int:
        """The row, from the top, that holds a value."""
        return _ROWS - 1 - self._dot(value) // _DOTS_DOWN

    def line(self, values: Array, index: int, count: int, glyphs: Glyphs) -> None:
        """A line with gaps where values are missing, and a marker now and then beside others."""
        heights = [self._dot(value) if math.isfinite(value) else None for value in values]
        colour, marker = COLOURS[index % len(COLOURS)], MARKERS[index]
        for x, (height, following) in enumerate(zip(heights, [*heights[1:], None], strict=True)):
            if height is None:
                continue
            if not glyphs.has_dots:
                self._canvas.point(x, height, color=colour, marker=marker)
            elif following is None:
                self._canvas.point(x, height, color=colour)
            else:
                self._canvas.line(x, height, x + 1, following, color=colour)
        if count > 1:
            self._mark(heights, marker, colour, _MARKED_EVERY * (2 * index + 1) // (2 * count))

    def _mark(self, heights: Sequence[int | None], marker: str, colour: str, first: int) -> None:
        places = [x for x in range(first, len(heights), _MARKED_EVERY) if heights[x] is not None]
        drawn = [x for x, height in enumerate(heights) if height is not None]
        for x in places or drawn[:1]:
            self._canvas.point(x, heights[x], color=colour, marker=marker)

    def fill(self, layers: Sequence[Array], glyphs: Glyphs) -> None:
        """Each character shows the layer that its middle lies in."""
        bounds = stacked(layers)
        for row in range(_ROWS):
            dot = row * _DOTS_DOWN + (_DOTS_DOWN - 1) / 2
            middle = self._low + dot * self._step
            for index, (low, high) in enumerate(bounds):
                for column in np.flatnonzero((low <= middle) & (middle < high)):
                    self._canvas.point(
                        int(column) * _DOTS_ACROSS, row * _DOTS_DOWN,
                        color=COLOURS[index % len(COLOURS)], marker=glyphs.fills[index],
                    )  # fmt: skip

    def rows(self) -> list[str]:
        text: str = self._canvas.plot("\n")
        return text.replace("\u2800", " ").split("\n")

    def _dot(self, value: float) -> int:
        return round((value - self._low) / self._step)


def _legend(body: Lines, glyphs: Glyphs, width: int) -> list[str]:
    """The names with their markers, on as many lines as they need."""
    from plotille import color

    lines, used = [""], 0
    for index, track in enumerate(body.tracks):
        if body.is_stacked:
            sample = glyphs.fills[index] * 2
        else:
            dash = glyphs.across if glyphs.has_dots else MARKERS[index]
            sample = dash + (MARKERS[index] if len(body.tracks) > 1 else dash) + dash
        size = len(sample) + len(track.name) + 4
        if used and used + size > width:
            lines, used = [*lines, ""], 0
        lines[-1] += f"{color(sample, fg=COLOURS[index % len(COLOURS)])} {track.name}   "
        used += size
    return lines


def _axis(body: Lines, zone: tzinfo, glyphs: Glyphs, margin: int, columns: int) -> list[str]:
    """The rule with its ticks, their texts, and below them dates and the zone."""
    rule = [glyphs.across] * columns
    rows = [[" "] * columns, [" "] * columns]
    for place, text, below in _ticks(body, zone, columns):
        column = min(int((place - body.low) / (body.high - body.low) * columns), columns - 1)
        rule[column] = glyphs.tick
        for row, words in zip(rows, (text, below), strict=True):
            _write(row, column, words)
    axis = " " * (margin - 1) + glyphs.corner + "".join(rule)
    return [axis, *(" " * margin + "".join(row) for row in rows)]


def _ticks(body: Lines, zone: tzinfo, columns: int) -> list[tuple[float, str, str]]:
    most = max(2, columns // _TICK_ROOM[body.start is not None])
    if body.start is None:
        found = [t for t in number_ticks(body.low, body.high, most) if body.low <= t <= body.high]
        texts = number_texts(found) if len(found) > 1 else [f"{t:g}" for t in found]
        return [(tick, text, "") for tick, text in zip(found, texts, strict=True)]
    hour = timedelta(hours=1)
    end = body.start + body.high * hour
    ticks = time_ticks(body.start + body.low * hour, end, most, zone)
    return [((tick.at - body.start) / hour, tick.text, tick.below) for tick in ticks]


def _write(row: list[str], column: int, text: str) -> None:
    """Over blanks only and whole, so that labels never run into each other."""
    if column + len(text) > len(row):
        return
    if all(cell == " " for cell in row[max(column - 1, 0) : column + len(text) + 1]):
        row[column : column + len(text)] = text
