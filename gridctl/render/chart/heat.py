"""The cells of a heat map: of two columns of the answer, or of the hours and days of its times."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

import numpy as np

from gridctl.errors import UsageError
from gridctl.query.chart import Chart
from gridctl.render.chart.choose import name_of
from gridctl.render.chart.drawing import HeatMap
from gridctl.render.chart.rows import Rows, instant_of, label_of
from gridctl.render.ticks import zone_name

_MOST_FILLED = 20_000  # places of an axis that are made where the answer has gaps
_DAYS_AS_ROWS = 31  # a heat map of a longer time has months as rows


@dataclass(frozen=True)
class _Axis:
    """An axis of labels: the key of each row, how keys are written, and all that have a place.

    Without ``places``, those are the keys that come.
    """

    title: str
    keys: Sequence[Any]
    label: Callable[[Any], str]
    places: Sequence[Any] = ()

    @classmethod
    def of(cls, column: str, keys: Sequence[Any], zone: tzinfo) -> _Axis:
        return cls(name_of(column), keys, lambda key: label_of(key, zone))


def heat_map(rows: Rows, chart: Chart, values: list[float], zone: tzinfo) -> HeatMap:
    """The mean of the rows of each cell."""
    if chart.down is None:
        across, down = _hours_and_days(rows.column(chart.x), zone, chart.x)
    else:
        across, down = (_Axis.of(name, rows.column(name), zone) for name in (chart.x, chart.down))
    columns, column_of = _ordered(across)
    lines, line_of = _ordered(down)
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
    return (instant_of(keys[0]), instant_of(keys[-1] + step)) if is_even else None


def _hours_and_days(times: Sequence[Any], zone: tzinfo, column: str) -> tuple[_Axis, _Axis]:
    """The hour of each time, and its day, or of a long time its month."""
    if not all(isinstance(moment, datetime) for moment in times):
        raise UsageError(f"a heatmap needs times to make hours and days of, and {column} has none")
    local = [instant_of(moment).astimezone(zone) for moment in times]
    hours = _Axis(f"hour in {zone_name(local[0], zone)}", [at.hour for at in local], str, range(24))
    days = [at.date() for at in local]
    first, length = min(days), (max(days) - min(days)).days + 1
    if length <= _DAYS_AS_ROWS:
        shown = [first + timedelta(days=n) for n in range(length)]
        return hours, _Axis("day", days, lambda day: label_of(day, zone), shown)
    months = [day.year * 12 + day.month - 1 for day in days]
    shown_months = range(min(months), max(months) + 1)
    return hours, _Axis("month", months, lambda n: f"{n // 12}-{n % 12 + 1:02}", shown_months)


def _ordered(axis: _Axis) -> tuple[list[Any], list[int]]:
    """All keys, and the place of each one among them.

    Times and whole numbers ascend, and those skipped have a place too; texts stay as they come.
    """
    unique = list(axis.places or dict.fromkeys(axis.keys))
    if all(isinstance(key, date | int) for key in unique):
        unique = _without_gaps(sorted(unique))
    place = {key: index for index, key in enumerate(unique)}
    return unique, [place[key] for key in axis.keys]


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
