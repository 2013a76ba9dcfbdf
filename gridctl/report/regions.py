"""The 14 regions: how clean each was, and how that changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gridctl.model import SYNTHETIC
from gridctl.report.emptiness import why_empty
from gridctl.report.period import Period, round_down

MOST_CELLS = 370  # steps of the heat map: 15 days of hours, 90 days of quarter days
_MEANS = f"""
    WITH carbon AS (
        SELECT region_number, avg(forecast_gco2_kwh) AS mean, min(forecast_gco2_kwh) AS lowest,
               max(forecast_gco2_kwh) AS highest,
               count(forecast_gco2_kwh) AS half_hours, bool_or(source = '{SYNTHETIC}') AS made_up
        FROM carbon_intensity_regional WHERE timestamp >= $start AND timestamp < $end GROUP BY ALL
    ), mix AS (
        SELECT region_number, avg(renewable_pct) AS renewable
        FROM generation_mix_regional WHERE timestamp >= $start AND timestamp < $end GROUP BY ALL
    )
    SELECT region.region_number, region_name, mean, lowest, highest, renewable,
           coalesce(half_hours, 0), coalesce(made_up, FALSE)
    FROM uk_regions AS region
    LEFT JOIN carbon USING (region_number) LEFT JOIN mix USING (region_number)
    ORDER BY mean, region.region_number
"""
_CELLS = """
    SELECT time_bucket($step, timestamp, $origin) AS t, region_number, avg(forecast_gco2_kwh)
    FROM carbon_intensity_regional
    WHERE timestamp >= $start AND timestamp < $end AND forecast_gco2_kwh IS NOT NULL
    GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class RegionMeans:
    """One region over the period: g/kWh of half hours, per cent; ``None`` without data."""

    number: int
    name: str
    mean: float | None
    lowest: float | None
    highest: float | None
    mean_renewable: float | None
    half_hours: int
    is_synthetic: bool


@dataclass(frozen=True)
class Regions:
    """``means`` cleanest first; ``cells`` are (start of the step, region number, mean g/kWh)."""

    means: list[RegionMeans]
    step: timedelta
    cells: list[tuple[datetime, int, float]]
    empty: str | None

    @property
    def is_synthetic(self) -> bool:
        return any(region.is_synthetic for region in self.means)


def read_regions(con: Any, period: Period) -> Regions:
    """Read it from an open connection."""
    step = period.step(MOST_CELLS)
    bounds = {"start": period.start, "end": period.end}
    rows = con.execute(_MEANS, bounds).fetchall()
    origin = round_down(period.start, step)
    cells = con.execute(_CELLS, {**bounds, "step": step, "origin": origin}).fetchall()
    table = "carbon_intensity_regional"
    empty = None if cells else why_empty(con, table, "gridctl fetch carbon-intensity")
    return Regions([RegionMeans(*row) for row in rows], step, cells, empty)
