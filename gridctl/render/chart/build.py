"""Turn the rows of an answer into what is drawn of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Any

import numpy as np

from gridctl.clock import HALF_HOUR
from gridctl.errors import UsageError
from gridctl.query.answer import Answer
from gridctl.query.chart import Chart
from gridctl.render.chart.choose import name_of
from gridctl.render.chart.drawing import Bars, HeatMap, Lines
from gridctl.render.chart.palette import place_in_stack
from gridctl.render.chart.track import Track
from gridctl.render.ticks import zone_name
from gridctl.render.values import shown_value

_MOST_SERIES = 14  # beyond, neither markers nor dashes tell them apart
_MOST_BARS = 60
_MOST_FILLED = 20_000  # places of an axis that are made where the answer has gaps
_DAYS_AS_ROWS = 31  # a heat map of a longer time has months as rows


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


def _check_count(found: Sized) -> None:
    if len(found) > _MOST_SERIES:
        raise UsageError(f"{len(found)} series are too many to tell apart: at most {_MOST_SERIES}")


@dataclass(frozen=True)
class _Axis:
    """An axis of labels: the key of each row, and how keys are written."""

    title: str
    keys: Sequence[Any]
    label: Callable[[Any], str]

    @classmethod
    def of(cls, column: str, keys: Sequence[Any], zone: tzinfo) -> _Axis:
        return cls(name_of(column), keys, lambda key: _label(key, zone))


def _bars(rows: _Rows, chart: Chart, values: list[list[float]], zone: tzinfo) -> Bars:
    labels = [_label(key, zone) for key in rows.column(chart.x)]
    owners = None if chart.by is None else [_label(k, zone) for k in rows.column(chart.by)]
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


def _heat_map(rows: _Rows, chart: Chart, values: list[float], zone: tzinfo) -> HeatMap:
    """The mean of the rows of each cell."""
    if chart.down is None:
        across, down = _hours_and_days(rows.column(chart.x), zone, chart.x)
    else:
        across, down = (_Axis.of(name, rows.column(name), zone) for name in (chart.x, chart.down))
    columns, column_of = _ordered(across.keys)
    lines, line_of = _ordered(down.keys)
    total, count = np.zeros((len(lines), len(columns))), np.zeros((len(lines), len(columns)))
    for line, column, value in zip(line_of, column_of, values, strict=True):
        if math.isfinite(value):
            total[line, column] += value
            count[line, column] += 1
    means = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    name = name_of(chart.values[0])
    heads, sides = [across.label(key) for key in columns], [down.label(key) for key in lines]
    return HeatMap(name, heads, sides, across.title, down.title, means, _times(columns))


def _times(keys: Sequence[Any]) -> tuple[datetime, datetime] | None:
    if len(keys) < 2 or not all(isinstance(key, datetime) for key in keys):
        return None
    step = keys[1] - keys[0]
    is_even = keys[-1] - keys[0] == (len(keys) - 1) * step
    return (_instant(keys[0]), _instant(keys[-1] + step)) if is_even else None


def _hours_and_days(times: Sequence[Any], zone: tzinfo, column: str) -> tuple[_Axis, _Axis]:
    """The hour of each time, and its day, or of a long time its month."""
    if not all(isinstance(moment, datetime) for moment in times):
        raise UsageError(f"a heatmap needs times to make hours and days of, and {column} has none")
    local = [_instant(moment).astimezone(zone) for moment in times]
    hours = _Axis.of(f"hour in {zone_name(local[0], zone)}", [at.hour for at in local], zone)
    days = [at.date() for at in local]
    if (max(days) - min(days)).days < _DAYS_AS_ROWS:
        return hours, _Axis.of("day", days, zone)
    months = [day.year * 12 + day.month - 1 for day in days]
    return hours, _Axis("month", months, lambda key: f"{key // 12}-{key % 12 + 1:02}")


def _ordered(keys: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """All keys, and the place of each one among them.

    Times and whole numbers ascend, and those skipped have a place too; texts stay as they come.
    """
    unique = list(dict.fromkeys(keys))
    if all(isinstance(key, date | int) for key in unique):
        unique = _without_gaps(sorted(unique))
    place = {key: index for index, key in enumerate(unique)}
    return unique, [place[key] for key in keys]


def _without_gaps(rising: list[Any]) -> list[Any]:
    """With what lies between keys that are whole steps apart, the step being the shortest."""
    first, last = rising[0], rising[-1]
    if first == last:
        return rising
    step = min(after - before for before, after in pairwise(rising))
    count = (last - first) // step + 1
    if count > _MOST_FILLED or any((key - first) % step for key in rising):
        return rising
    return [first + index * step for index in range(count)]


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
