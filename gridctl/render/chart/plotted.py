"""Lines and stacked areas over an axis of time or numbers, in characters."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import Any

import numpy as np

from gridctl.clock import format_duration
from gridctl.render.chart.drawing import Lines
from gridctl.render.chart.glyphs import COLOURS, MARKERS, Glyphs
from gridctl.render.chart.labels import named, placed
from gridctl.render.chart.track import Array, stacked
from gridctl.render.ticks import number_texts, number_ticks, time_ticks, zone_name

_ROWS = 16
_MOST_SCALE_TICKS = 6
_DOTS_ACROSS, _DOTS_DOWN = 2, 4  # of a character
_MARKED_EVERY = 16  # dots; each series begins a little later than the one before
_AVERAGED = 1.2  # values to a place; below, hardly any is averaged
_TICK_ROOM = {True: 8, False: 12}  # columns that a label of time or of numbers takes


def plot_lines(body: Lines, unit: str, zone: tzinfo, glyphs: Glyphs, width: int) -> list[str]:
    """The plot with its scale at the left and its axis below, under the unit and a legend."""
    low, high = body.extent(_drawn(body, width))
    ticks = number_ticks(low, high, _MOST_SCALE_TICKS, from_zero=body.is_stacked)
    texts = number_texts(ticks)
    margin = max(map(len, texts)) + 2
    columns = width - margin
    drawn = _drawn(body, columns)
    canvas = _Canvas(columns, ticks[0], ticks[-1])
    if body.is_stacked:
        canvas.fill(drawn, glyphs)
    else:
        for index, values in enumerate(drawn):
            canvas.line(values, index, len(drawn), glyphs)
    rows = canvas.rows()
    if ticks[0] < 0 < ticks[-1]:
        zero = canvas.row_of(0.0)
        rows[zero] = rows[zero].replace(" ", glyphs.zero)
    scale = [f"{'':{margin - 1}}{glyphs.upright}"] * len(rows)
    for tick, text in zip(ticks, texts, strict=True):
        scale[canvas.row_of(tick)] = f"{text:>{margin - 2}} {glyphs.scale_tick}"
    plot = [left + row for left, row in zip(scale, rows, strict=True)]
    head = textwrap.wrap(_head(body, unit, zone, columns), width)
    axis = _axis(body, zone, glyphs, margin, columns)
    return [*head, *_legend(body, glyphs, width), *plot, *axis]


def _drawn(body: Lines, columns: int) -> list[Array]:
    """Each track's mean at every place across: a character of an area, a dot of a line."""
    places = columns if body.is_stacked else columns * _DOTS_ACROSS
    edges = np.linspace(body.low, body.high, places + 1)
    return [track.means(edges) for track in body.tracks]


def _head(body: Lines, unit: str, zone: tzinfo, columns: int) -> str:
    """The unit and the time zone; where values were averaged, how long, and what they span."""
    words = [unit] if unit else []
    if body.start is not None:
        words.append(f"time in {zone_name(body.start, zone)}")
    shortest = min(float(np.diff(track.edges).min()) for track in body.tracks)
    stretch = (body.high - body.low) / (columns if body.is_stacked else columns * _DOTS_ACROSS)
    if stretch > _AVERAGED * shortest:
        long = _long(stretch) if body.start else f"{stretch:.3g}"
        words.append(f"means over {long} of values {body.span}")
    return ", ".join(words)


def _long(hours: float) -> str:
    """To the minute, of days to the hour."""
    unit = 1 if hours >= 24 else 60
    return format_duration(timedelta(hours=round(hours * unit) / unit))


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
    if body.is_stacked:
        samples = [glyphs.fills[index] * 2 for index in range(len(body.tracks))]
    elif glyphs.has_dots and len(body.tracks) > 1:
        samples = [glyphs.across + marker + glyphs.across for marker in MARKERS]
    else:
        samples = [(glyphs.across if glyphs.has_dots else marker) * 3 for marker in MARKERS]
    tracks = enumerate(body.tracks)
    return named(((samples[index], index, track.name) for index, track in tracks), width)


def _axis(body: Lines, zone: tzinfo, glyphs: Glyphs, margin: int, columns: int) -> list[str]:
    """The rule with its ticks, their texts, and below them dates."""
    rule = [glyphs.across] * columns
    above, below = [], []
    for place, text, date in _ticks(body, zone, columns):
        column = min(int((place - body.low) / (body.high - body.low) * columns), columns - 1)
        rule[column] = glyphs.tick
        above.append((column, text))
        below.append((column, date))
    axis = " " * (margin - 1) + glyphs.corner + "".join(rule)
    return [axis, *(" " * margin + placed(words, columns) for words in (above, below))]


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
