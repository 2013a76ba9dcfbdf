"""Start, cancel, fail: which may follow which state, and what each writes.

A cancellation is also a row of the audit trail; the other steps are kept in the workload's own
columns and in ``metadata.steps``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from gridctl.clock import iso
from gridctl.errors import StateError, UsageError
from gridctl.schedule import audit
from gridctl.schedule.lifecycle.job import WAITING, Job
from gridctl.schedule.lifecycle.writing import change_job, step_of, update

if TYPE_CHECKING:
    from gridctl.config import Config

Verb = Literal["start", "complete", "cancel", "fail"]

ALLOWED: Mapping[Verb, tuple[str, ...]] = {
    "start": WAITING,
    "complete": ("running", "completed"),  # again: with energy read later, or actuals come since
    "cancel": (*WAITING, "running"),
    "fail": ("running",),
}
AFTER: Mapping[Verb, str] = {
    "start": "running", "complete": "completed", "cancel": "cancelled", "fail": "failed",
}  # fmt: skip
_UNPLANNED = (
    "new_start", "new_end", "region_id", "carbon_intensity_at_decision",
    "renewable_mix_at_decision", "price_at_decision_gbp_mwh", "expected_carbon_kg",
    "expected_cost_gbp", "baseline_carbon_kg", "baseline_cost_gbp", "flexibility_revenue_gbp",
    "agent_id",
)  # fmt: skip


def check(job: Job, verb: Verb) -> None:
    """Raise :class:`StateError`, naming the state, unless ``verb`` may follow it."""
    if job.status in ALLOWED[verb]:
        return
    text = f"cannot {verb} {job.name} ({job.short_id}): it is {job.status}"
    if job.status == "completed" and job.actual_end:
        text += f" since {iso(job.actual_end)}"
    if verb == "complete" and job.status in WAITING:
        text += f" and was never started; first: gridctl schedule start {job.short_id} --at TIME"
    raise StateError(text)


def check_past(moment: datetime, now: datetime) -> None:
    """Raise :class:`UsageError` for a moment still to come."""
    if moment > now:
        raise UsageError(f"{iso(moment)} is still to come; --at tells what has happened")


def start(config: Config, wanted: str, at: datetime | None, now: datetime) -> Job:
    """Mark a waiting workload as running since ``at``, else since ``now``; the workload after it.

    Raises :class:`StateError` when it is not waiting, and :class:`UsageError` for an unknown one
    and for a moment still to come.
    """
    moment = at or now
    check_past(moment, now)

    def change(con: Any, job: Job) -> None:
        check(job, "start")
        columns = {"status": AFTER["start"], "actual_start": moment}
        update(con, job, columns, step_of("start", now))

    return change_job(config, wanted, change)


def fail(config: Config, wanted: str, why: str, now: datetime) -> Job:
    """Mark a running workload as failed, with the reason. Raises as :func:`start` does."""

    def change(con: Any, job: Job) -> None:
        check(job, "fail")
        columns = {"status": AFTER["fail"], "actual_end": now}
        update(con, job, columns, step_of("fail", now, reason=why))

    return change_job(config, wanted, change)


def cancel(config: Config, wanted: str, reason: str | None, now: datetime) -> Job:
    """Cancel a workload that waits or runs, with a row in the audit trail.

    It stops nothing that runs. Raises as :func:`start` does.
    """

    def change(con: Any, job: Job) -> None:
        check(job, "cancel")
        cancel_within(con, job, reason or "cancelled", now)

    return change_job(config, wanted, change)


def cancel_within(con: Any, job: Job, reason: str, now: datetime) -> None:
    """Write a cancellation inside the caller's transaction. Nothing is expected of it any more."""
    audit.append(con, [_cancel_row(job, reason, now)])
    columns: dict[str, Any] = {
        "status": AFTER["cancel"], "carbon_emitted_kg": None, "cost_gbp": None,
        "flexibility_revenue_gbp": None,
    }  # fmt: skip
    if job.status == "running":
        columns["actual_end"] = now
    update(con, job, columns, step_of("cancel", now, reason=reason))


def _cancel_row(job: Job, reason: str, now: datetime) -> dict[str, Any]:
    return {
        **dict.fromkeys(_UNPLANNED),
        "id": str(uuid.uuid4()),
        "workload_id": job.id,
        "decision_timestamp": now,
        "action": "cancel",
        "original_start": job.scheduled_start,
        "segments": "[]",
        "reason": reason,
        "decision_factors": json.dumps({"status_before": job.status}),
    }
