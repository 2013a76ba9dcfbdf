"""A drawing as a picture in the common look: title, legend, panel, caption."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from gridctl.render import style
from gridctl.render.chart.drawing import Bars, Drawing, HeatMap, Lines
from gridctl.render.chart.palette import fill_of, line_of
from gridctl.render.chart.track import stacked
from gridctl.render.sheet import Sheet, lay_out
from gridctl.render.ticks import zone_name
from gridctl.render.timeaxis import draw_time_axis, local_clock

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 3.6  # inches, of lines and areas
_MOST_STEPS = 1500  # a line of more is drawn as means
_MOST_VECTOR_CELLS = 4000  # a heat map of more is stored as pixels, also within an SVG
_ROW, _MOST_HEIGHT = 0.26, 9.0
_CHARACTER = 0.068  # inches, of a label


def draw(drawing: Drawing, source: str) -> Figure:
    """The figure of a drawing. Draw it within :func:`gridctl.render.style.picture`."""
    body = drawing.body
    notes = [*drawing.notes]
    if isinstance(body, Lines) and len(body.edges(10**9)) > _MOST_STEPS + 1:
        notes.append(f"{_MOST_STEPS:,} means drawn of {len(body.edges(10**9)) - 1:,} values")
    parts = [source, *notes]
    figure, axes = lay_out(
        Sheet(
            title=drawing.title,
            text=drawing.text,
            caption=" ".join(f"{part[:1].upper()}{part[1:]}." for part in parts if part),
            heights=[_height(body)],
            legend=_legend(body),
        )
    )
    match body:
        case Lines():
            _draw_lines(axes[0], body, drawing)
        case Bars():
            _draw_bars(axes[0], body, drawing.unit)
        case HeatMap():
            _draw_heat_map(axes[0], body, drawing.unit)
    return figure


def _height(body: Lines | Bars | HeatMap) -> float:
    match body:
        case Bars():
            rows = len(body.labels) * max(1.0, 0.7 * len(body.names))
        case HeatMap():
            rows = max(8, len(body.down))
        case _:
            return _HEIGHT
    return min(_ROW * rows + 0.2, _MOST_HEIGHT)


def _legend(body: Lines | Bars | HeatMap) -> list[Artist]:
    """A handle for each series; one alone is named by the panel's title."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if isinstance(body, HeatMap):
        return []
    names = body.names if isinstance(body, Bars) else [track.name for track in body.tracks]
    if len(names) == 1:
        return []
    if isinstance(body, Lines) and not body.is_stacked:
        styles: list[Any] = [line_of(index) for index in range(len(names))]
        return [
            Line2D([], [], label=name, color=colour, ls=dashes, lw=1.6)
            for name, (colour, dashes) in zip(names, styles, strict=True)
        ]
    fills = [fill_of(name, index) for index, name in enumerate(names)]
    return [
        Patch(label=name, facecolor=fill.colour, hatch=fill.hatch, edgecolor="white")
        for name, fill in zip(names, fills, strict=True)
    ]


def _draw_lines(ax: Axes, body: Lines, drawing: Drawing) -> None:
    _name(ax, [track.name for track in body.tracks], drawing.unit)
    if body.is_stacked:
        _draw_stack(ax, body)
    else:
        for index, track in enumerate(body.tracks):
            colour, dashes = line_of(index)
            edges, values = track.edges, track.values
            if len(values) > _MOST_STEPS:
                edges = np.linspace(edges[0], edges[-1], _MOST_STEPS + 1)
                values = track.means(edges)
            drawn: Any = ax.stairs(values, edges, baseline=None, color=colour, lw=1.6)
            drawn.set_linestyle(dashes)
        low, high = ax.get_ylim()
        if 0 < low < high / 2:
            ax.set_ylim(bottom=0)
    if ax.get_ylim()[0] < 0 < ax.get_ylim()[1]:
        ax.axhline(0, color=style.INK, lw=0.8, zorder=1.5)
    _draw_axis(ax, body, drawing)


def _draw_stack(ax: Axes, body: Lines) -> None:
    edges = body.edges(_MOST_STEPS)
    bounds = stacked([track.means(edges) for track in body.tracks])
    for index, (low, high) in enumerate(bounds):
        fill = fill_of(body.tracks[index].name, index)
        ax.fill_between(
            edges, np.append(low, low[-1]), np.append(high, high[-1]), step="post",
            facecolor=fill.colour, hatch=fill.hatch, edgecolor="white", linewidth=0.4,
        )  # fmt: skip
    lowest = min(float(np.nanmin(low, initial=0.0)) for low, _ in bounds)
    highest = max(float(np.nanmax(high, initial=0.0)) for _, high in bounds)
    room = 0.03 * (highest - lowest)
    ax.set_ylim(lowest - room * (lowest < 0), highest + room)


def _draw_axis(ax: Axes, body: Lines, drawing: Drawing) -> None:
    if body.start is None:
        ax.set_xlim(body.low, body.high)
        return
    hour = timedelta(hours=1)
    start, end = body.start + body.low * hour, body.start + body.high * hour
    draw_time_axis(ax, start, end, drawing.zone)
    name = zone_name(start, drawing.zone)
    said = local_clock(start, end) if name == "UTC" else f"time in {name}"
    ax.set_xlabel(said, loc="right", fontsize=style.SIZES["small"])


def _draw_bars(ax: Axes, body: Bars, unit: str) -> None:
    """Horizontal, the first at the top, with their values at their ends."""
    _name(ax, body.names, unit)
    places, thick = np.arange(len(body.labels)), 0.76 / len(body.names)
    for index, values in enumerate(body.values):
        fill = fill_of(body.names[index], index) if len(body.names) > 1 else None
        at = places + (index - (len(body.names) - 1) / 2) * thick
        drawn = ax.barh(
            at, values, thick, color=fill.colour if fill else style.BLUE,
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


def _draw_heat_map(ax: Axes, body: HeatMap, unit: str) -> None:
    rows, columns = body.values.shape
    cells = ax.pcolormesh(
        np.arange(columns + 1), np.arange(rows + 1), np.ma.masked_invalid(body.values),
        cmap="cividis", edgecolors="face", linewidth=0.1,
        rasterized=rows * columns > _MOST_VECTOR_CELLS,
    )  # fmt: skip
    _name(ax, [body.name], unit)
    ax.set_ylim(rows, 0)
    ax.grid(visible=False)
    ax.set_xlabel(body.across_title)
    every_across, every_down = -(-columns // 24), -(-rows // 34)
    ax.set_xticks(np.arange(columns)[::every_across] + 0.5, body.across[::every_across])
    ax.set_yticks(np.arange(rows)[::every_down] + 0.5, body.down[::every_down])
    ax.tick_params(length=0)
    _make_room(ax, body.down)
    bar = ax.figure.colorbar(cells, ax=ax, pad=0.015, fraction=0.03)
    bar.outline.set_visible(False)


def _make_room(ax: Axes, labels: list[str]) -> None:
    """Move the left edge in by what the longest label takes."""
    box = ax.get_position()
    room = _CHARACTER * max(map(len, labels)) / ax.figure.get_figwidth()  # type: ignore[union-attr]
    left = min(max(box.x0, room + 0.02), 0.4)
    ax.set_position((left, box.y0, box.x1 - left, box.height))


def _name(ax: Axes, names: list[str], unit: str) -> None:
    alone = f"{names[0]}, {unit}" if len(names) == 1 and unit else names[0]
    ax.set_title(
        (alone[:1].upper() + alone[1:]) if len(names) == 1 else unit,
        loc="left", fontsize=style.SIZES["text"],
    )  # fmt: skip
