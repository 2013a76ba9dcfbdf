"""A drawing as a picture in the common look: title, legend, panel, caption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridctl.render.chart.drawing import Bars, Drawing, HeatMap, Lines
from gridctl.render.chart.palette import fill_of, line_of
from gridctl.render.chart.panels import MOST_STEPS, draw_bars, draw_heat_map, draw_lines
from gridctl.render.sheet import Sheet, lay_out

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_HEIGHT = 3.6  # inches, of lines and areas
_ROW, _MOST_HEIGHT = 0.26, 9.0


def draw(drawing: Drawing, source: str) -> Figure:
    """The figure of a drawing. Draw it within :func:`gridctl.render.style.picture`."""
    body = drawing.body
    notes = [*drawing.notes]
    if isinstance(body, Lines) and len(body.edges(10**9)) > MOST_STEPS + 1:
        count = len(body.edges(10**9)) - 1
        notes.append(f"{MOST_STEPS:,} means drawn of {count:,} values {body.span}")
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
            draw_lines(axes[0], body, drawing)
        case Bars():
            draw_bars(axes[0], body, drawing.unit)
        case HeatMap():
            draw_heat_map(axes[0], body, drawing)
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
