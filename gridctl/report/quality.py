"""How complete and how fresh the data behind the report is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gridctl.clock import HALF_HOUR
from gridctl.model import SYNTHETIC
from gridctl.query import catalogue
from gridctl.query.engine import ask
from gridctl.report.period import Period, half_hours, round_down

MOST_CELLS = 100
_REGIONS = 14
# Told even when none of their rows are there; further kinds of price only when they are.
_EXPECTED = (
    "carbon, national", "carbon, regional", "mix, national", "mix, regional", "demand, outturn",
    "market index",
)  # fmt: skip
_MEASURED = ("demand, outturn", "market index", "system price")  # known only afterwards
_COUNTS = f"""
    WITH series AS (
        SELECT 'carbon, national' AS dataset, timestamp, source FROM carbon_intensity_national
        UNION ALL
        SELECT 'carbon, regional', timestamp, source FROM carbon_intensity_regional
        UNION ALL
        SELECT 'mix, national', timestamp, source FROM generation_mix_national
        UNION ALL
        SELECT 'mix, regional', timestamp, source FROM generation_mix_regional
        UNION ALL
        SELECT 'demand, outturn', timestamp, source FROM demand_actual_national
        UNION ALL
        SELECT replace(price_type, '_', ' '), timestamp, source FROM wholesale_prices
        WHERE region_number IS NULL
    )
    SELECT dataset, time_bucket($step, timestamp, $origin) AS t, count(*),
           count(*) FILTER (source = '{SYNTHETIC}')
    FROM series
    WHERE timestamp >= $start AND timestamp < $end AND epoch_us(timestamp) % 1800000000 = 0
      AND (timestamp < $measured_end OR dataset NOT IN {_MEASURED})
    GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class Coverage:
    """One dataset: per step the share of its half hours that are stored, per cent from 0 to 100.

    What is measured has no half hour before it is over, and is expected only then.
    """

    dataset: str
    cells: list[tuple[datetime, float]]
    present: int
    expected: int
    synthetic: int

    @property
    def missing(self) -> int:
        return self.expected - self.present


@dataclass(frozen=True)
class Quality:
    """``freshness`` and ``calls`` are rows of the queries data-freshness and api-health.

    ``rejects`` is how many records are quarantined in the landing journal, of all time.
    """

    step: timedelta
    coverage: list[Coverage]
    freshness: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    rejects: int
    empty: str | None

    @property
    def sources(self) -> list[str]:
        """Who the stored data is from."""
        lists = (row["sources"] or "" for row in self.freshness)
        return sorted({name for text in lists for name in text.split(", ") if name})


def read_quality(con: Any, period: Period, rejects: int) -> Quality:
    """Counted on a connection that is as of the period's end."""
    step = period.step(MOST_CELLS)
    values = {
        "start": period.start,
        "end": period.end,
        "measured_end": period.measured_end,
        "step": step,
        "origin": round_down(period.start, step),
    }
    coverage = _coverage(con.execute(_COUNTS, values).fetchall(), period, step)
    hours = int((period.at - period.start) / timedelta(hours=1)) + 1
    freshness = ask(con, catalogue.find("data-freshness").sql, None, None).dicts()
    calls = ask(con, catalogue.find("api-health").sql, {"hours": hours}, None).dicts()
    is_empty = not any(dataset.present for dataset in coverage)
    empty = "no data in this period: run gridctl fetch" if is_empty else None
    return Quality(step, coverage, freshness, calls, rejects, empty)


def _coverage(rows: list[tuple[Any, ...]], period: Period, step: timedelta) -> list[Coverage]:
    counts: dict[str, dict[datetime, tuple[int, int]]] = {name: {} for name in _EXPECTED}
    for dataset, time, present, synthetic in rows:
        counts.setdefault(dataset, {})[time] = (present, synthetic)
    found = []
    for dataset, by_time in counts.items():
        parts = _REGIONS if dataset.endswith("regional") else 1
        measured = dataset in _MEASURED
        end = period.measured_end if measured else period.end
        cells = [
            (time, 100 * by_time.get(time, (0, 0))[0] / (parts * room))
            for time in period.times(step)
            if (room := (min(time + step, end) - max(time, period.start)) // HALF_HOUR) > 0
        ]
        present, synthetic = (sum(pair[i] for pair in by_time.values()) for i in (0, 1))
        expected = parts * half_hours(period, measured=measured)
        found.append(Coverage(dataset, cells, present, expected, synthetic))
    return found
