"""Demand beside its forecast, and what electricity cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridctl.report.emptiness import why_empty
from gridctl.report.period import Period
from gridctl.report.timeline import Timeline, read_timeline

_DEMAND = """(
    SELECT timestamp, demand_mw AS outturn, NULL AS forecast, source FROM demand_actual_national
    UNION ALL
    SELECT timestamp, NULL, demand_mw, source FROM demand_forecast_national
    WHERE forecast_type = 'day_ahead'
)"""
_PEAK = """
    SELECT max(demand_mw), arg_max(timestamp, demand_mw) FROM demand_actual_national
    WHERE timestamp >= ? AND timestamp < ?
"""
_PRICES = """
    SELECT avg(price_gbp_mwh), min(price_gbp_mwh), max(price_gbp_mwh),
           count(*) FILTER (price_gbp_mwh < 0)
    FROM wholesale_prices
    WHERE price_type = 'market_index' AND region_number IS NULL
      AND timestamp >= ? AND timestamp < ?
"""


@dataclass(frozen=True)
class Demand:
    """``timeline`` has outturn and day-ahead forecast in MW; ``peak`` is the highest outturn."""

    timeline: Timeline
    empty: str | None
    peak: float | None
    peak_at: datetime | None


@dataclass(frozen=True)
class Prices:
    """``timeline`` has market index, day-ahead auction and system price in GBP/MWh; the figures are
    of the first."""

    timeline: Timeline
    empty: str | None
    mean: float | None
    lowest: float | None
    highest: float | None
    negative_half_hours: int


def read_demand(con: Any, period: Period) -> Demand:
    """Read it from an open connection."""
    timeline = read_timeline(
        con,
        period,
        _DEMAND,
        {"outturn": "outturn", "day_ahead": "forecast"},
        measured=("outturn",),
    )
    peak, peak_at = con.execute(_PEAK, [period.start, period.end]).fetchall()[0]
    command = "gridctl fetch neso elexon"
    empty = why_empty(con, "demand_actual_national", command) if timeline.is_empty else None
    return Demand(timeline, empty, peak, peak_at)


def read_prices(con: Any, period: Period) -> Prices:
    """Read it from an open connection."""
    kinds = ("market_index", "day_ahead_auction", "system_price")
    timeline = read_timeline(
        con,
        period,
        "wholesale_prices",
        {kind: f"CASE WHEN price_type = '{kind}' THEN price_gbp_mwh END" for kind in kinds},
        f"region_number IS NULL AND price_type IN {kinds}",
        measured=("market_index", "system_price"),
    )
    figures = con.execute(_PRICES, [period.start, period.end]).fetchall()[0]
    empty = (
        why_empty(con, "wholesale_prices", "gridctl fetch elexon") if timeline.is_empty else None
    )
    return Prices(timeline, empty, *figures)
