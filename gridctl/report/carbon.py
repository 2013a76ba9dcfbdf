"""National carbon intensity over the period: measured, and as last forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridctl.report.emptiness import why_empty
from gridctl.report.period import Period
from gridctl.report.timeline import Timeline, read_timeline

_FIGURES = """
    SELECT avg(value), min(value), arg_min(timestamp, value), max(value), arg_max(timestamp, value)
    FROM (SELECT timestamp, coalesce(actual_gco2_kwh, forecast_gco2_kwh) AS value
          FROM carbon_intensity_national WHERE timestamp >= ? AND timestamp < ?)
"""


@dataclass(frozen=True)
class Carbon:
    """``timeline`` has actual and forecast; the figures are of half hours, g/kWh, the actual where
    there is one, else the forecast; ``None`` without data.
    """

    timeline: Timeline
    empty: str | None
    mean: float | None
    lowest: float | None
    lowest_at: datetime | None
    highest: float | None
    highest_at: datetime | None


def read_carbon(con: Any, period: Period) -> Carbon:
    """Read it from an open connection."""
    table = "carbon_intensity_national"
    timeline = read_timeline(
        con,
        period,
        table,
        {"actual": "actual_gco2_kwh", "forecast": "forecast_gco2_kwh"},
        measured=("actual",),
    )
    figures = con.execute(_FIGURES, [period.start, period.end]).fetchall()[0]
    days = max((period.end - period.start).days, 1)
    command = f"gridctl fetch carbon-intensity --last {days}d"
    empty = why_empty(con, table, command) if timeline.is_empty else None
    return Carbon(timeline, empty, *figures)
