"""Turn the rows of an answer into what is drawn of them."""

from __future__ import annotations

import math
from collections.abc import Sequence, Sized
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import numpy as np

from gridctl.clock import HALF_HOUR
from gridctl.errors import UsageError
from gridctl.query.answer import Answer
from gridctl.query.chart import Chart
from gridctl.render.chart.choose import name_of
from gridctl.render.chart.drawing import Bars, HeatMap, Lines
from gridctl.render.chart.heat import heat_map
from gridctl.render.chart.palette import place_in_stack
from gridctl.render.chart.rows import Rows, instant_of, label_of
from gridctl.render.chart.track import Track
from gridctl.render.values import shown_value

_MOST_SERIES = 14  # beyond, neither markers nor dashes tell them apart
_MOST_BARS = 60


def body_of(answer: Answer, chart: Chart, zone: tzinfo) -> Lines | Bars | HeatMap | None:
    """What ``chart`` draws of the answer, or ``None`` when no row has a value.

    Times are of ``zone`` where they become labels. Raises :class:`UsageError` when the columns do
    not suit the kind of chart.
    """
    rows = Rows(answer)
    values = [rows.numbers(column) for column in chart.values]
    if not any(math.isfinite(value) for column in values for value in column):
        return None
    if chart.kind == "bar":
        return _bars(rows, chart, values, zone)
    if chart.kind == "heatmap":
        return heat_map(rows, chart, values[0], zone)
    return _lines(rows, chart, values)


def _lines(rows: Rows, chart: Chart, values: list[list[float]]) -> Lines:
    kept = [i for i, x in enumerate(rows.column(chart.x)) if x is not None and x == x]
    places = [rows.column(chart.x)[i] for i in kept]
    if not places:
        raise UsageError(f"nothing to draw over: {chart.x} is missing in every row")
    if not all(isinstance(place, date | int | float | Decimal) for place in places):
        raise UsageError(f"a {chart.kind} needs times or numbers, and {chart.x} has texts: try bar")
    start = min(map(instant_of, places)) if isinstance(places[0], date) else None
    hours = timedelta(hours=1)
    at = [(instant_of(p) - start) / hours if start else float(p) for p in places]
    step = HALF_HOUR / hours if start else 1.0
    if chart.by is None:
        named = {name_of(c): dict(_pairs(at, [v[i] for i in kept], chart.x))
                 for c, v in zip(chart.values, values, strict=True)}  # fmt: skip
    else:
        named = {
            name: dict(_pairs([at[k] for k in here], [values[0][kept[k]] for k in here], chart.x))
            for name, here in _groups([rows.column(chart.by)[i] for i in kept]).items()
        }
    tracks = [
        Track.over(name, sorted(points), [points[x] for x in sorted(points)], step)
        for name, points in named.items()
        if any(math.isfinite(value) for value in points.values())
    ]
    if not tracks:
        raise UsageError(f"nothing to draw: rows with a value have no {chart.x}")
    _check_count(tracks)
    if chart.kind == "area":
        tracks.sort(key=lambda track: place_in_stack(track.name))
    return Lines(tracks, start, chart.kind == "area")


def _pairs(at: list[float], values: list[float], x: str) -> list[tuple[float, float]]:
    if len(set(at)) < len(at):
        raise UsageError(
            f"several rows share one {x}: a line for each needs a text column that tells them apart"
        )
    return list(zip(at, values, strict=True))


def _groups(keys: Sequence[Any]) -> dict[str, list[int]]:
    """Where each key stands, by its text, in the order of first appearance."""
    found: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        found.setdefault(shown_value(key) or "none", []).append(index)
    return found


def _check_count(found: Sized) -> None:
    if len(found) > _MOST_SERIES:
        raise UsageError(
            f"{len(found)} series are too many to tell apart: at most {_MOST_SERIES}; "
            "try --kind heatmap, or fewer rows by --limit N or --param"
        )


def _bars(rows: Rows, chart: Chart, values: list[list[float]], zone: tzinfo) -> Bars:
    labels = [label_of(key, zone) for key in rows.column(chart.x)]
    owners = None if chart.by is None else [label_of(k, zone) for k in rows.column(chart.by)]
    named: dict[str, dict[str, float]] = {}
    for name, column in zip(map(name_of, chart.values), values, strict=True):
        for row, label in enumerate(labels):
            bars = named.setdefault(name if owners is None else owners[row], {})
            if label in bars:
                raise UsageError(f"several rows share one {chart.x}: {label}")
            bars[label] = column[row]
    _check_count(named)
    shown = list(dict.fromkeys(labels))
    if len(shown) > _MOST_BARS:
        raise UsageError(f"{len(shown)} bars are too many: at most {_MOST_BARS}, see --limit")
    table = [np.array([bars.get(label, np.nan) for label in shown]) for bars in named.values()]
    return Bars(shown, list(named), table)
