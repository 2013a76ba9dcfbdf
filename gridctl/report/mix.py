"""What the electricity was made from, in per cent of generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gridctl.report.emptiness import why_empty
from gridctl.report.period import Period
from gridctl.report.timeline import Timeline, read_timeline

# From the bottom of the stack up: low-carbon first, so that its upper edge can be read.
FUELS = ("nuclear", "wind", "solar", "hydro", "biomass", "imports", "other", "gas", "coal")
_FIGURES = """
    SELECT avg(renewable_pct), avg(zero_carbon_pct), max(renewable_pct)
    FROM generation_mix_national WHERE timestamp >= ? AND timestamp < ?
"""


@dataclass(frozen=True)
class Mix:
    """``timeline`` has the shares of :data:`FUELS`; the means and the maximum are per cent."""

    timeline: Timeline
    empty: str | None
    mean_renewable: float | None
    mean_zero_carbon: float | None
    most_renewable: float | None


def read_mix(con: Any, period: Period) -> Mix:
    """Read it from an open connection."""
    table = "generation_mix_national"
    timeline = read_timeline(con, period, table, {fuel: f"{fuel}_pct" for fuel in FUELS})
    figures = con.execute(_FIGURES, [period.start, period.end]).fetchall()[0]
    empty = why_empty(con, table, "gridctl fetch carbon-intensity") if timeline.is_empty else None
    return Mix(timeline, empty, *figures)
