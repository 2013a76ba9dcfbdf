"""What was decided for which job in the period, and what that is expected to save."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from gridctl.clock import parse_wire_time
from gridctl.report.period import Period

MOST = 40  # the newest are told one by one
_RANKED = """
    WITH decision AS (
        SELECT *, expected_carbon_kg IS NOT NULL AND baseline_carbon_kg IS NOT NULL AS has_carbon,
               expected_cost_gbp IS NOT NULL AND baseline_cost_gbp IS NOT NULL AS has_cost,
               coalesce(try_cast(decision_factors ->> '$.signal.is_synthetic' AS BOOLEAN), FALSE)
                   AS is_synthetic
        FROM workload_schedules
        WHERE decision_timestamp >= $start AND decision_timestamp <= $end
        -- a replan replaces the decision before it, a cancellation ends it
        QUALIFY row_number() OVER (PARTITION BY workload_id ORDER BY sequence DESC) = 1
    )
"""
_NEWEST = f"""{_RANKED}
    SELECT sequence, decision_timestamp, workload_name, action, original_start, new_start, new_end,
           segments, region_name, reason, baseline_carbon_kg, expected_carbon_kg,
           CASE WHEN has_cost THEN baseline_cost_gbp - expected_cost_gbp END, is_synthetic
    FROM decision
    JOIN compute_workloads AS workload ON workload.id = workload_id
    LEFT JOIN uk_regions AS region ON region.id = decision.region_id
    ORDER BY sequence DESC LIMIT {MOST}
"""
_TOTALS = f"""{_RANKED}
    SELECT count(*), sum(baseline_carbon_kg) FILTER (is_on AND has_carbon),
           sum(expected_carbon_kg) FILTER (is_on AND has_carbon),
           sum(baseline_cost_gbp - expected_cost_gbp) FILTER (is_on AND has_cost),
           count(*) FILTER (is_on AND NOT has_carbon), coalesce(bool_or(is_synthetic), FALSE),
           coalesce(bool_and(is_synthetic), TRUE)
    FROM (SELECT *, action NOT IN ('cancel', 'reject') AS is_on FROM decision)
"""


@dataclass(frozen=True)
class Told:
    """A workload's decision in force. ``pieces`` are the stretches in which it runs, none for one
    that does not run; kg and GBP are expected, ``None`` where not known.
    """

    sequence: int
    decided: datetime
    workload: str
    action: str
    asked_start: datetime | None
    pieces: list[tuple[datetime, datetime]]
    region: str
    reason: str
    baseline_kg: float | None
    expected_kg: float | None
    saved_gbp: float | None
    is_synthetic: bool

    @property
    def saved_kg(self) -> float | None:
        if self.baseline_kg is None or self.expected_kg is None:
            return None
        return self.baseline_kg - self.expected_kg


@dataclass(frozen=True)
class Decisions:
    """The newest :data:`MOST` of ``count``, newest first, with totals of all that stand.

    ``unknown`` workloads have no figures and are in neither sum.
    """

    told: list[Told]
    empty: str | None
    count: int
    baseline_kg: float | None
    expected_kg: float | None
    saved_gbp: float | None
    unknown: int
    is_synthetic: bool
    is_all_synthetic: bool


def read_decisions(con: Any, period: Period) -> Decisions:
    """Decisions taken in the period, the last of each workload."""
    bounds = {"start": period.start, "end": period.at}
    told = [_told(*row) for row in con.execute(_NEWEST, bounds).fetchall()]
    totals = con.execute(_TOTALS, bounds).fetchall()[0]
    empty = None if told else "no decision in this period: run gridctl schedule-workload"
    return Decisions(told, empty, *totals)


def _told(
    sequence: int, decided: datetime, workload: str, action: str,
    asked: datetime | None, start: datetime | None, end: datetime | None, segments: str | None,
    region: str | None, reason: str, baseline: float | None, expected: float | None,
    saved_gbp: float | None, is_synthetic: bool,
) -> Told:  # fmt: skip
    pieces = []
    if action not in ("cancel", "reject") and start is not None and end is not None:
        pieces = _pieces(segments) or [(start, end)]
    return Told(
        sequence, decided, workload, action, asked, pieces,
        region or "Great Britain", reason, baseline, expected, saved_gbp, is_synthetic,
    )  # fmt: skip


def _pieces(segments: str | None) -> list[tuple[datetime, datetime]]:
    """Segments are half hours of one price; those that touch are one piece."""
    found = [
        (parse_wire_time(segment["start"]), parse_wire_time(segment["end"]))
        for segment in json.loads(segments or "[]")
    ]
    starts = [start for start, _ in found[:1]]
    ends = []
    for (_, end), (start, _) in pairwise(found):
        if end != start:
            ends.append(end)
            starts.append(start)
    return list(zip(starts, [*ends, *(end for _, end in found[-1:])], strict=True))
