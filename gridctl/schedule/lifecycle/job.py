"""A workload as it is stored, with the decision in force; and how one is found by what is typed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from gridctl.errors import UsageError
from gridctl.schedule.signals.signal import Place

STATUSES = (
    "pending", "scheduled", "deferred", "running", "completed", "cancelled", "infeasible", "failed",
)  # fmt: skip
WAITING = ("pending", "scheduled", "deferred")  # not begun, and still to be
_SHORTEST_PREFIX = 4
_NAMES_TO_COMPARE = 500
_HEX = set("0123456789abcdef-")
_SELECT = """
    SELECT workload.id::VARCHAR AS id, workload_name AS name, status, asset_name AS asset,
           workload_type, priority, estimated_duration_hours AS hours,
           estimated_energy_kwh AS energy_kwh, max_carbon_intensity_gco2_kwh AS max_carbon,
           workload.min_renewable_pct AS min_renewable, is_deferrable, is_interruptible,
           earliest_start AS earliest, latest_completion AS deadline, requested_start,
           scheduled_start, scheduled_end, plan.region_number AS place, actual_start, actual_end,
           actual_energy_kwh, carbon_emitted_kg AS carbon_kg, cost_gbp, workload.metadata,
           workload.created_at, workload.updated_at,
           newest.sequence, newest.segments, newest.planned_kwh, newest.horizon
    FROM compute_workloads AS workload
    LEFT JOIN compute_assets AS asset ON asset.id = workload.asset_id
    LEFT JOIN (  -- a cancellation or rejection has no plan of its own
        SELECT workload_id, max(sequence) AS sequence,
               arg_max(segments, sequence) FILTER (new_start IS NOT NULL) AS segments,
               arg_max(coalesce(region_number, 0), sequence)
                   FILTER (new_start IS NOT NULL) AS region,
               TRY_CAST(arg_max(coalesce(factors[1], ''), sequence)
                   FILTER (new_start IS NOT NULL) AS DOUBLE) AS planned_kwh,
               arg_min(factors[2], sequence) FILTER (new_start IS NOT NULL) AS horizon
        FROM (SELECT *, decision_factors ->> [
                  '$.objective_terms.expected.energy_kwh', '$.signal.ends_at'
              ] AS factors FROM workload_schedules)
        LEFT JOIN uk_regions ON uk_regions.id = region_id
        GROUP BY workload_id
    ) AS newest ON newest.workload_id = workload.id
    LEFT JOIN uk_regions AS plan ON plan.region_number = newest.region
"""


@dataclass(frozen=True)
class Job:
    """One row of ``compute_workloads``; times in UTC.

    ``place``, ``segments`` (as JSON shows them), ``planned_kwh`` (all that is drawn, restarts and a
    move included) and ``sequence`` are of the newest decision, ``horizon`` is where the forecast
    ended at the first.
    ``carbon_kg`` and ``cost_gbp`` are expected before the run, and what was settled after it.
    """

    id: str
    name: str
    status: str
    asset: str | None
    workload_type: str
    priority: int
    hours: float | None
    energy_kwh: float | None
    max_carbon: float | None
    min_renewable: float | None
    is_deferrable: bool
    is_interruptible: bool
    earliest: datetime | None
    deadline: datetime | None
    requested_start: datetime | None
    scheduled_start: datetime | None
    scheduled_end: datetime | None
    place: Place
    actual_start: datetime | None
    actual_end: datetime | None
    actual_energy_kwh: float | None
    carbon_kg: float | None
    cost_gbp: float | None
    metadata: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    sequence: int | None
    segments: Sequence[Mapping[str, Any]]
    planned_kwh: float | None
    horizon: datetime | None

    @property
    def short_id(self) -> str:
        return self.id[:8]


def read_jobs(con: Any, condition: str, parameters: Sequence[Any] = ()) -> list[Job]:
    """The workloads that meet an SQL ``condition`` of the program's own, and its order."""
    con.execute(_SELECT + condition, list(parameters))
    names = [column[0] for column in con.description]
    return [_job(dict(zip(names, row, strict=True))) for row in con.fetchall()]


def _job(row: dict[str, Any]) -> Job:
    for key, value in row.items():
        if isinstance(value, datetime):
            row[key] = value.astimezone(UTC)
    row["metadata"] = _object(row["metadata"])
    row["segments"] = json.loads(row["segments"] or "[]")
    row["horizon"] = datetime.fromisoformat(row["horizon"]) if row["horizon"] else None
    return Job(**row)


def _object(text: str | None) -> Mapping[str, Any]:
    """Users write to this column too: what is no object counts as nothing."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def find_job(con: Any, wanted: str) -> Job:
    """The workload of an id, of the beginning of one, or the newest of that name.

    Raises :class:`UsageError`, naming the closest, when there is none or more than one.
    """
    word = wanted.strip()
    if len(word) >= _SHORTEST_PREFIX and set(word.lower()) <= _HEX:
        found = read_jobs(con, "WHERE starts_with(workload.id::VARCHAR, ?) LIMIT 3", [word.lower()])
        if len(found) == 1:
            return found[0]
        if found:
            some = ", ".join(f"{job.id} ({job.name})" for job in found)
            raise UsageError(f"{word} begins more than one id: {some}; write more of it")
    newest = "WHERE workload_name = ? ORDER BY workload.created_at DESC LIMIT 1"
    named = read_jobs(con, newest, [word])
    if named:
        return named[0]
    raise UsageError(f"there is no workload {wanted!r}{_closest(con, word)}")


def _closest(con: Any, word: str) -> str:
    rows = con.execute(
        """SELECT workload_name, id::VARCHAR FROM compute_workloads
           ORDER BY created_at DESC LIMIT ?""",
        [_NAMES_TO_COMPARE],
    ).fetchall()
    if not rows:
        return ": none were scheduled yet; see: gridctl schedule workload --help"
    known = {name.lower(): name for name, _ in rows} | {key[: len(word)]: key for _, key in rows}
    close = get_close_matches(word.lower(), known, n=3, cutoff=0.5) if word else []
    meant = " or ".join(dict.fromkeys(known[name] for name in close))
    return f"; did you mean {meant}?" if meant else "; see: gridctl schedule list"


def waiting_jobs(con: Any) -> list[Job]:
    """The workloads not begun, in order of their start."""
    states = ", ".join(f"'{state}'" for state in WAITING)
    return read_jobs(
        con,
        f"""WHERE status IN ({states}) AND actual_start IS NULL
            ORDER BY scheduled_start NULLS LAST, workload.created_at, workload.id""",
    )
