"""What is stored of the workloads: a line for each, or everything about one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridctl.schedule.lifecycle.job import Job, find_job, read_jobs
from gridctl.schedule.single.outcome import region_dict

if TYPE_CHECKING:
    from gridctl.config import Config

_DECISIONS = """
    SELECT sequence, schedule.id::VARCHAR AS decision_id, decision_timestamp AS decided_at, action,
           original_start AS before, new_start AS after, new_end AS end, region_number AS region,
           reason, expected_carbon_kg, expected_cost_gbp, baseline_carbon_kg, baseline_cost_gbp,
           carbon_intensity_at_decision, segments, decision_factors AS factors, row_hash
    FROM workload_schedules AS schedule
    LEFT JOIN uk_regions ON uk_regions.id = region_id
    WHERE workload_id = ? ORDER BY sequence
"""
_JSON = ("segments", "factors")


def list_workloads(config: Config, status: str | None, limit: int) -> list[Job]:
    """The newest workloads, of one status if given, newest first.

    Raises :class:`gridctl.errors.DatabaseError` when the database cannot be read.
    """
    from gridctl.store.connect import open_reader

    with open_reader(config.database, config["store.lock_timeout"]) as con:
        return read_jobs(
            con,
            """WHERE ?::VARCHAR IS NULL OR status = ?
               ORDER BY workload.created_at DESC, workload.id LIMIT ?""",
            [status, status, limit],
        )


def show_workload(config: Config, wanted: str) -> dict[str, Any]:
    """Everything stored of one workload, as the document of ``schedule show --format json``.

    Keys: ``workload``, ``request``, ``decisions`` in order with what was before and after and why,
    ``expected`` and ``settled`` side by side (kg, GBP, g/kWh), and ``metadata``, whatever else is
    kept. Raises as :func:`gridctl.schedule.lifecycle.job.find_job` does.
    """
    from gridctl.store.connect import open_reader

    with open_reader(config.database, config["store.lock_timeout"]) as con:
        job = find_job(con, wanted)
        con.execute(_DECISIONS, [job.id])
        names = [column[0] for column in con.description]
        rows = [dict(zip(names, row, strict=True)) for row in con.fetchall()]
    return _document(job, [_decision(row) for row in rows])


def _document(job: Job, decisions: list[dict[str, Any]]) -> dict[str, Any]:
    rest = {k: v for k, v in job.metadata.items() if k not in ("request", "settlement")}
    return {
        "workload": workload_dict(job),
        "request": job.metadata.get("request"),
        "decisions": decisions,
        "expected": _expected(job, decisions),
        "settled": job.metadata.get("settlement"),
        "metadata": rest,
    }


def workload_dict(job: Job) -> dict[str, Any]:
    """One workload as ``schedule list --format json`` has it."""
    return {
        "id": job.id,
        "name": job.name,
        "status": job.status,
        "asset": job.asset,
        "workload_type": job.workload_type,
        "priority": job.priority,
        "duration_hours": job.hours,
        "energy_kwh": job.energy_kwh,
        "earliest": job.earliest,
        "deadline": job.deadline,
        "requested_start": job.requested_start,
        "scheduled_start": job.scheduled_start,
        "scheduled_end": job.scheduled_end,
        "region": region_dict(job.place),
        "actual_start": job.actual_start,
        "actual_end": job.actual_end,
        "actual_energy_kwh": job.actual_energy_kwh,
        "carbon_kg": job.carbon_kg,
        "carbon_is": carbon_word(job),
        "cost_gbp": job.cost_gbp,
        "created_at": job.created_at,
    }


def carbon_word(job: Job) -> str | None:
    """What ``carbon_kg`` is: expected, estimated or realised; ``None`` when there is none."""
    if job.carbon_kg is None:
        return None
    settlement = job.metadata.get("settlement")
    word = settlement.get("word") if isinstance(settlement, dict) else None
    return word or "expected"


def _decision(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(row)
    for key in _JSON:
        shown[key] = json.loads(row[key]) if row[key] else None
    shown["region"] = region_dict(row["region"])
    return shown


def _expected(job: Job, decisions: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What the plan in force was to come to, by the newest decision that has one."""
    plans = [row for row in decisions if row["after"] is not None]
    if not plans:
        return None
    plan = plans[-1]
    energy = _planned_kwh(plan) or job.energy_kwh
    carbon = plan["expected_carbon_kg"]
    known = carbon is not None and energy
    return {
        "start": plan["after"],
        "end": plan["end"],
        "energy_kwh": energy,
        "carbon_kg": carbon,
        "cost_gbp": plan["expected_cost_gbp"],
        "carbon_intensity": 1000 * carbon / energy if known else _mean(plan["segments"] or []),
        "baseline_carbon_kg": plan["baseline_carbon_kg"],
        "baseline_cost_gbp": plan["baseline_cost_gbp"],
    }


def _planned_kwh(plan: Mapping[str, Any]) -> float | None:
    """What the plan is to draw, restarts and a move included, as its decision has it."""
    found: Any = plan["factors"]
    for key in ("objective_terms", "expected", "energy_kwh"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, float | int) else None


def _mean(segments: list[dict[str, Any]]) -> float | None:
    """The mean over the run's time, for a job of unknown energy."""
    total = seconds = 0.0
    for segment in segments:
        value = segment["carbon_intensity"]
        if value is None:
            return None
        begins, ends = (datetime.fromisoformat(segment[key]) for key in ("start", "end"))
        span = (ends - begins).total_seconds()
        total, seconds = total + span * value, seconds + span
    return total / seconds if seconds else None
