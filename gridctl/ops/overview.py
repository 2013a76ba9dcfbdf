"""The whole state at a glance: the grid now and ahead, where it is clean, what waits, how fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gridctl.clock import HALF_HOUR, floor_half_hour
from gridctl.config import Config
from gridctl.landing import Landing
from gridctl.ops.sources import SourceState, source_states
from gridctl.store.connect import open_reader

AHEAD = timedelta(hours=24)
_MOST_REGIONS, _MOST_WINDOWS, _MOST_JOBS = 5, 3, 5

_AHEAD = """
    SELECT timestamp, coalesce(actual_gco2_kwh, forecast_gco2_kwh)
    FROM carbon_intensity_national WHERE timestamp >= ? AND timestamp < ?
"""
_REGIONS = """
    SELECT region_number, region_name, carbon_intensity, intensity_index, renewable_pct,
           best_start, best_carbon_intensity, is_synthetic
    FROM regional_compute_opportunities WHERE carbon_intensity IS NOT NULL ORDER BY rank LIMIT ?
"""
_WINDOWS = """
    SELECT window_name, locality, window_start, window_end, carbon_intensity, renewable_mix,
           available_capacity_mw, beckn_price_value, price_currency, price_unit, is_synthetic
    FROM latest_grid_conditions WHERE window_end > ? ORDER BY window_start, window_name LIMIT ?
"""
_JOBS = """
    SELECT id, workload_name, status, scheduled_start, scheduled_end, latest_completion
    FROM compute_workloads WHERE status IN ('pending', 'scheduled', 'deferred', 'running')
    ORDER BY scheduled_start NULLS LAST, workload_name LIMIT ?
"""
_JOB_COUNTS = """
    SELECT status, count(*) FROM compute_workloads
    WHERE status IN ('pending', 'scheduled', 'deferred', 'running') GROUP BY status
"""


@dataclass(frozen=True, repr=False)
class Overview:
    """What ``gridctl status`` shows. Rows are keyed as their views' columns.

    ``now`` is ``None`` when no half hour covers the moment; ``ahead`` are the half hours of the
    coming day (g/kWh, ``None`` for a gap).
    """

    at: datetime
    now: dict[str, Any] | None
    ahead: list[tuple[datetime, float | None]]
    regions: list[dict[str, Any]]
    windows: list[dict[str, Any]]
    jobs: list[dict[str, Any]]
    job_counts: dict[str, int]
    sources: list[SourceState]
    problem: str | None  # why the sources' newest data is not known, if it is not
    payloads: dict[str, int]
    rejects: int

    def __repr__(self) -> str:
        now = "nothing known" if self.now is None else f"{self.now['carbon_intensity']:.0f} g/kWh"
        made_up = ", synthetic" if self.is_synthetic else ""
        return f"<Overview of {self.at:%Y-%m-%d %H:%M} UTC: {now}{made_up}>"

    @property
    def is_synthetic(self) -> bool:
        """Whether anything shown of the grid is made up."""
        rows = [self.now or {}, *self.regions, *self.windows]
        return any(row.get("is_synthetic") for row in rows)


def overview(config: Config, now: datetime) -> Overview:
    """Look once at everything, as of ``now``. Raises :class:`DatabaseError` as reading does."""
    landing = Landing(config.database)
    first = floor_half_hour(now)
    slots = [first + i * HALF_HOUR for i in range(AHEAD // HALF_HOUR)]
    with open_reader(config.database, config["store.lock_timeout"], now) as con:
        present = _rows(con, "SELECT * FROM current_grid_status")
        known = dict(con.execute(_AHEAD, [first, first + AHEAD]).fetchall())
        regions = _rows(con, _REGIONS, _MOST_REGIONS)
        windows = _rows(con, _WINDOWS, now, _MOST_WINDOWS)
        jobs = _rows(con, _JOBS, _MOST_JOBS)
        counts = dict(con.execute(_JOB_COUNTS).fetchall())
    states, problem = source_states(config)
    return Overview(
        at=now,
        now=present[0] if present else None,
        ahead=[(slot, known.get(slot)) for slot in slots],
        regions=regions,
        windows=windows,
        jobs=jobs,
        job_counts=counts,
        sources=states,
        problem=problem,
        payloads=landing.counts_by_state(),
        rejects=landing.count_rejects(),
    )


def _rows(con: Any, sql: str, *values: Any) -> list[dict[str, Any]]:
    found = con.execute(sql, list(values))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
