"""What is drawn of an answer: lines over time, bars, or a heat map, with the words around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import numpy as np

from gridctl.clock import HALF_HOUR
from gridctl.errors import UsageError
from gridctl.query.answer import Answer
from gridctl.query.chart import Chart
from gridctl.render.chart.choose import name_of
from gridctl.render.chart.palette import place_in_stack
from gridctl.render.chart.track import Array, Track
from gridctl.render.ticks import zone_name
from gridctl.render.values import shown_value

MOST_TRACKS = 14  # beyond, neither markers nor dashes tell them apart
MOST_BARS = 60
_DAYS_AS_ROWS = 31  # a heat map of a longer time has months as rows


@dataclass(frozen=True)
class Lines:
    """Tracks over hours since ``start``, or over plain numbers when there is no start."""

    tracks: list[Track]
    start: datetime | None
    is_stacked: bool

    @property
    def low(self) -> float:
        return float(min(track.edges[0] for track in self.tracks))

    @property
    def high(self) -> float:
        return float(max(track.edges[-1] for track in self.tracks))

    def edges(self, most: int) -> Array:
        """The edges of all tracks, or ``most`` equal stretches when there would be more."""
        union = np.unique(np.concatenate([track.edges for track in self.tracks]))
        return union if len(union) <= most + 1 else np.linspace(self.low, self.high, most + 1)


@dataclass(frozen=True)
class Bars:
    """For each of ``names`` a value per label; NaN where there is none."""

    labels: list[str]
    names: list[str]
    values: list[Array]

    def texts(self, series: int) -> list[str]:
        """The values of a series as written, to three figures of the largest of all."""
        largest = max(float(np.nanmax(np.abs(v), initial=0.0)) for v in self.values)
        is_whole = all(np.all(np.isnan(v) | (v == np.rint(v))) for v in self.values)
        size = math.floor(math.log10(largest)) if largest else 0
        places = 0 if is_whole else max(0, 2 - size)
        return [
            f"{value:,.{places}f}" if math.isfinite(value) else "no value"
            for value in self.values[series]
        ]


@dataclass(frozen=True)
class HeatMap:
    """``values[row, column]``, NaN where there is none; the axes' titles beside their labels."""

    name: str
    across: list[str]
    down: list[str]
    across_title: str
    down_title: str
    values: Array


@dataclass(frozen=True)
class Drawing:
    """A chart ready to be drawn. ``notes`` are told beside it, what is made up among them."""

    title: str
    text: str
    unit: str
    notes: tuple[str, ...]
    body: Lines | Bars | HeatMap
    zone: tzinfo


def body_of(answer: Answer, chart: Chart, zone: tzinfo) -> Lines | Bars | HeatMap | None:
    """What ``chart`` draws of the answer, or ``None`` when no row has a value.

    Times are of ``zone`` where they become labels. Raises :class:`UsageError` when the columns do
    not suit the kind of chart.
    """
    rows = _Rows(answer)
    values = [rows.numbers(column) for column in chart.values]
    if not any(math.isfinite(value) for column in values for value in column):
        return None
    if chart.kind == "bar":
        return _bars(rows, chart, values, zone)
    if chart.kind == "heatmap":
        return _heat_map(rows, chart, values[0], zone)
    return _lines(rows, chart, values)


class _Rows:
    """An answer by columns."""

    def __init__(self, answer: Answer) -> None:
        names = [name for name, _ in answer.columns]
        self._columns = dict(zip(names, zip(*answer.rows, strict=True), strict=True))

    def column(self, name: str) -> tuple[Any, ...]:
        if name not in self._columns:
            raise UsageError(f"the answer has no column {name!r} to draw by")
        return self._columns[name]

    def numbers(self, name: str) -> list[float]:
        """As floats; what is missing or endless is NaN."""
        found = [math.nan if v is None else float(v) for v in self.column(name)]
        return [value if math.isfinite(value) else math.nan for value in found]


def _lines(rows: _Rows, chart: Chart, values: list[list[float]]) -> Lines:
    kept = [i for i, value in enumerate(rows.column(chart.x)) if value is not None]
    places = [rows.column(chart.x)[i] for i in kept]
    if not all(isinstance(place, date | int | float) for place in places):
        raise UsageError(f"a {chart.kind} needs times or numbers, and {chart.x} has texts: try bar")
    start = min(map(_instant, places)) if isinstance(places[0], date) else None
    hours = timedelta(hours=1)
    at = [(_instant(p) - start) / hours if start else float(p) for p in places]
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


def _check_count(found: Sequence[object]) -> None:
    if len(found) > MOST_TRACKS:
        raise UsageError(f"{len(found)} series are too many to tell apart: at most {MOST_TRACKS}")


def _bars(rows: _Rows, chart: Chart, values: list[list[float]], zone: tzinfo) -> Bars:
    labels, places = _ordered(rows.column(chart.x), zone, keep_order=True)
    if len(labels) > MOST_BARS:
        raise UsageError(f"{len(labels)} bars are too many: at most {MOST_BARS}, see --limit")
    if chart.by is None:
        names, owners = [name_of(column) for column in chart.values], [0] * len(places)
    else:
        names, owners = _ordered(rows.column(chart.by), zone, keep_order=True)
        values = values * len(names)
    table = [np.full(len(labels), np.nan) for _ in names]
    for row, place in enumerate(places):
        for series, column in enumerate(values):
            if chart.by is None or owners[row] == series:
                if math.isfinite(table[series][place]):
                    raise UsageError(f"several rows share one {chart.x}: {labels[place]}")
                table[series][place] = column[row]
    _check_count(names)
    return Bars(labels, names, table)


def _heat_map(rows: _Rows, chart: Chart, values: list[float], zone: tzinfo) -> HeatMap:
    """The mean of the rows of each cell."""
    across, down = rows.column(chart.x), rows.column(chart.down or chart.x)
    across_title, down_title = chart.x, chart.down or "day"
    if chart.down is None:
        across, down, down_title = _hours_and_days(across, zone, chart.x)
        across_title = f"hour in {zone_name(datetime.now(UTC), zone)}"
    columns, column_of = _ordered(across, zone)
    lines, line_of = _ordered(down, zone)
    total, count = np.zeros((len(lines), len(columns))), np.zeros((len(lines), len(columns)))
    for line, column, value in zip(line_of, column_of, values, strict=True):
        if math.isfinite(value):
            total[line, column] += value
            count[line, column] += 1
    means = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    name = name_of(chart.values[0])
    return HeatMap(name, columns, lines, name_of(across_title), name_of(down_title), means)


def _hours_and_days(
    times: Sequence[Any], zone: tzinfo, column: str
) -> tuple[tuple[int, ...], tuple[Any, ...], str]:
    if not all(isinstance(moment, datetime) for moment in times):
        raise UsageError(f"a heatmap needs times to make hours and days of, and {column} has none")
    local = [_instant(moment).astimezone(zone) for moment in times]
    hours = tuple(moment.hour for moment in local)
    days = tuple(moment.date() for moment in local)
    if (max(days) - min(days)).days < _DAYS_AS_ROWS:
        return hours, days, "day"
    return hours, tuple(f"{day:%Y-%m}" for day in days), "month"


def _ordered(
    keys: Sequence[Any], zone: tzinfo, *, keep_order: bool = False
) -> tuple[list[str], list[int]]:
    """The labels of all keys, and which each one is. Times and numbers ascend, texts stay."""
    unique = list(dict.fromkeys(keys))
    if not keep_order and all(isinstance(key, date | int | float) for key in unique):
        unique.sort()
    place = {key: index for index, key in enumerate(unique)}
    return [_label(key, zone) for key in unique], [place[key] for key in keys]


def _label(key: Any, zone: tzinfo) -> str:
    if isinstance(key, datetime):
        local = _instant(key).astimezone(zone)
        return f"{local:%a} {local.day} {local:%b %H:%M}"
    if isinstance(key, date):
        return f"{key:%a} {key.day} {key:%b}"
    return shown_value(key) or "none"


def _instant(moment: Any) -> datetime:
    """A time without a zone is UTC; a day begins at midnight UTC."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
