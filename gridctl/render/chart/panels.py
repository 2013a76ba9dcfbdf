"""What is drawn within the axes of a picture: lines, stacked areas, bars, heat maps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np

from gridctl.render import style
from gridctl.render.chart.choose import with_unit
from gridctl.render.chart.drawing import Bars, Drawing, HeatMap, Lines
from gridctl.render.chart.palette import fill_of, line_of
from gridctl.render.chart.track import Array, stacked
from gridctl.render.ticks import number_texts, number_ticks, zone_name
from gridctl.render.timeaxis import draw_time_axis, hours_between, local_clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_STEPS = 1500  # a line of more is drawn as means
_MOST_SCALE_TICKS = 7
_MOST_VECTOR_CELLS = 4000  # a heat map of more is stored as pixels, also within an SVG
_MOST_COLUMNS_NAMED, _MOST_ROWS_NAMED = 24, 34
_WIDE = 7.0  # inches, of a heat map's columns
_SCALE_ROOM = 0.04  # of the width, for the numbers of a colour scale
_CHARACTER = 0.068  # inches, of a label


def draw_lines(ax: Axes, body: Lines, drawing: Drawing) -> None:
    """Steps over time, or layers upon each other; nothing where there is no value."""
    _name(ax, [track.name for track in body.tracks], drawing.unit)
    edges = body.edges(MOST_STEPS)
    drawn = [track.means(edges) for track in body.tracks]
    if body.is_stacked:
        _draw_stack(ax, body, edges, drawn)
    else:
        for index, values in enumerate(drawn):
            colour, dashes = line_of(index)
            steps: Any = ax.stairs(values, edges, baseline=None, color=colour, lw=1.6)
            steps.set_linestyle(dashes)
    _draw_scale(ax, body, drawn)
    _draw_axis(ax, body, drawing)


def _draw_stack(ax: Axes, body: Lines, edges: Array, drawn: Sequence[Array]) -> None:
    for index, (low, high) in enumerate(stacked(drawn)):
        fill = fill_of(body.tracks[index].name, index)
        ax.stairs(
            high, edges, baseline=low, fill=True, facecolor=fill.colour, hatch=fill.hatch,
            edgecolor="white", linewidth=0.4,
        )  # fmt: skip


def _draw_scale(ax: Axes, body: Lines, drawn: Sequence[Array]) -> None:
    ticks = number_ticks(*body.extent(drawn), _MOST_SCALE_TICKS, from_zero=body.is_stacked)
    room = 0.02 * (ticks[-1] - ticks[0])  # so that a line on the edge keeps its thickness
    ax.set_ylim(ticks[0] - room * (ticks[0] < 0), ticks[-1] + room)
    ax.set_yticks(ticks, [text.replace("-", "\u2212") for text in number_texts(ticks)])
    if ticks[0] < 0 < ticks[-1]:
        ax.axhline(0, color=style.INK, lw=0.8, zorder=1.5)


def _draw_axis(ax: Axes, body: Lines, drawing: Drawing) -> None:
    if body.start is None:
        ax.set_xlim(body.low, body.high)
        return
    hour = timedelta(hours=1)
    _draw_times(ax, body.start + body.low * hour, body.start + body.high * hour, drawing.zone)


def _draw_times(ax: Axes, start: datetime, end: datetime, zone: tzinfo) -> None:
    """An axis of hours from ``start``, with the zone said below it."""
    draw_time_axis(ax, start, end, zone)
    name = zone_name(start, zone)
    said = local_clock(start, end) if name == "UTC" else f"time in {name}"
    ax.set_xlabel(said, loc="right", fontsize=style.SIZES["small"])


def draw_bars(ax: Axes, body: Bars, unit: str) -> None:
    """Horizontal, the first at the top, with their values at their ends."""
    _name(ax, body.names, unit)
    places, thick = np.arange(len(body.labels)), 0.76 / len(body.names)
    for index, values in enumerate(body.values):
        fill = fill_of(body.names[index], index) if len(body.names) > 1 else None
        at = places + (index - (len(body.names) - 1) / 2) * thick
        drawn = ax.barh(
            at, np.nan_to_num(values), thick, color=fill.colour if fill else style.BLUE,
            hatch=fill.hatch if fill else "", edgecolor="white", linewidth=0.5,
        )  # fmt: skip
        ax.bar_label(
            drawn, body.texts(index), padding=3, fontsize=style.SIZES["small"], color=style.INK
        )
    ax.set_yticks(places, body.labels)
    ax.set_ylim(len(body.labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.margins(x=0.1)
    _make_room(ax, body.labels)


def draw_heat_map(ax: Axes, body: HeatMap, drawing: Drawing) -> None:
    """Cells from dark to light, white where there is no value, and their scale."""
    rows, columns = body.values.shape
    wide = hours_between(*body.times) if body.times else columns
    cells = ax.pcolormesh(
        np.linspace(0, wide, columns + 1), np.arange(rows + 1),
        np.ma.masked_invalid(body.values), cmap="cividis", edgecolors="face", linewidth=0.1,
        rasterized=rows * columns > _MOST_VECTOR_CELLS,
    )  # fmt: skip
    _name(ax, [body.name], drawing.unit)
    ax.set_ylim(rows, 0)
    ax.grid(visible=False)
    if body.times:
        _draw_times(ax, *body.times, drawing.zone)
    else:
        ax.set_xlabel(body.across_title)
        every = -(-columns // _most_labels(body.across))
        ax.set_xticks(np.arange(columns)[::every] + 0.5, body.across[::every])
    every = -(-rows // _MOST_ROWS_NAMED)
    ax.set_yticks(np.arange(rows)[::every] + 0.5, body.down[::every])
    ax.tick_params(length=0)
    _make_room(ax, body.down, right=_SCALE_ROOM)
    bar = ax.figure.colorbar(cells, ax=ax, pad=0.015, fraction=0.03)
    bar.outline.set_visible(False)


def _most_labels(labels: Sequence[str]) -> int:
    """How many fit side by side."""
    return max(2, min(_MOST_COLUMNS_NAMED, int(_WIDE / (_CHARACTER * (max(map(len, labels)) + 2)))))


def _make_room(ax: Axes, labels: list[str], right: float = 0.0) -> None:
    """Move the left edge in by what the longest label takes, the right one by its share."""
    box = ax.get_position()
    room = _CHARACTER * max(map(len, labels)) / ax.figure.get_figwidth()  # type: ignore[union-attr]
    left = min(max(box.x0, room + 0.02), 0.4)
    ax.set_position((left, box.y0, box.x1 - right - left, box.height))


def _name(ax: Axes, names: list[str], unit: str) -> None:
    title = unit
    if len(names) == 1:
        alone = with_unit(names[0], unit)
        title = alone[:1].upper() + alone[1:]
    ax.set_title(title, loc="left", fontsize=style.SIZES["text"])
