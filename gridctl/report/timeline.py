"""Values along time: means over equal steps, with nothing where nothing is stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gridctl.model import SYNTHETIC
from gridctl.report.period import Period, half_hours, round_down

MOST_DRAWN = 2200  # points of a line: 31 days of half hours, 90 days of hours
MOST_LISTED = 62  # rows of a table for reading


@dataclass(frozen=True)
class Timeline:
    """``rows`` are (start of the step, a mean for each of ``names``), gapless in time; a mean is
    ``None`` where nothing is stored. ``listed`` are the same by ``listed_step``, few enough to
    read.

    ``present`` counts half hours with a value of any kind, ``expected`` all of them. Where only
    measured values are stored, neither counts the half hour now running.
    """

    names: tuple[str, ...]
    step: timedelta
    rows: list[tuple[Any, ...]]
    listed_step: timedelta
    listed: list[tuple[Any, ...]]
    present: int
    expected: int
    is_synthetic: bool

    @property
    def is_empty(self) -> bool:
        return self.present == 0


def read_timeline(
    con: Any,
    period: Period,
    table: str,
    values: dict[str, str],
    where: str = "TRUE",
    *,
    measured: Collection[str] = (),
    most: int = MOST_DRAWN,
) -> Timeline:
    """Means of ``values`` (name to SQL expression) of the rows of ``table`` that fit ``where``.

    None of the three comes from a user. ``measured`` are the names that are known only afterwards.
    """
    columns = ", ".join(f"avg({sql}) AS {name}" for name, sql in values.items())
    any_value = f"coalesce({', '.join(values.values())}) IS NOT NULL"
    sql = f"""
        SELECT time_bucket($step, timestamp, $origin) AS t, {columns},
               count(DISTINCT timestamp) FILTER ({any_value} AND timestamp < $measured_end),
               count(DISTINCT timestamp) FILTER ({any_value}),
               coalesce(bool_or(source = '{SYNTHETIC}'), FALSE) AS is_synthetic
        FROM {table}
        WHERE timestamp >= $start AND timestamp < $end AND ({where})
        GROUP BY t
    """
    step, listed_step = period.step(most), period.step(MOST_LISTED)
    drawn = _ask(con, sql, period, step)
    forecast = [1 + i for i, name in enumerate(values) if name not in measured]
    is_measured = all(row[i] is None for row in drawn.values() for i in forecast)
    return Timeline(
        names=tuple(values),
        step=step,
        rows=_gapless(drawn, period, step, len(values)),
        listed_step=listed_step,
        listed=_gapless(_ask(con, sql, period, listed_step), period, listed_step, len(values)),
        present=sum(row[-3 if is_measured else -2] for row in drawn.values()),
        expected=half_hours(period, measured=is_measured),
        is_synthetic=any(row[-1] for row in drawn.values()),
    )


def _ask(con: Any, sql: str, period: Period, step: timedelta) -> dict[datetime, tuple[Any, ...]]:
    bounds = {
        "start": period.start,
        "end": period.end,
        "measured_end": period.measured_end,
        "step": step,
        "origin": round_down(period.start, step),
    }
    return {row[0]: row for row in con.execute(sql, bounds).fetchall()}


def _gapless(
    found: dict[datetime, tuple[Any, ...]], period: Period, step: timedelta, width: int
) -> list[tuple[Any, ...]]:
    nothing = (None,) * width
    return [
        (time, *(found[time][1 : width + 1] if time in found else nothing))
        for time in period.times(step)
    ]
