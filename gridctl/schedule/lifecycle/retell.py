"""The decision behind a stored plan, taken again on what was known then, so that it can be drawn.

The record keeps what was decided and why, not the forecast of every half hour; that is still in
the store, by its time of issue.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gridctl.errors import DataError
from gridctl.schedule import reading_window
from gridctl.schedule.lifecycle.job import find_job
from gridctl.schedule.lifecycle.rebuild import basis_for, plan_of, rebuild
from gridctl.schedule.lifecycle.replan import Plan
from gridctl.schedule.reading import read
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.outcome import Outcome
from gridctl.schedule.single.reasons import brief_time

if TYPE_CHECKING:
    from gridctl.config import Config

_NEWEST_PLAN = """
    SELECT decision_timestamp, action, reason FROM workload_schedules
    WHERE workload_id = ? AND new_start IS NOT NULL ORDER BY sequence DESC LIMIT 1
"""


def retell(config: Config, wanted: str) -> Decision:
    """The decision that the plan in force of a workload rests on.

    Raises :class:`gridctl.errors.DataError` when there is no plan, when it was made together with
    others, and when what is stored no longer leads to the run that was decided; as
    :func:`gridctl.schedule.lifecycle.job.find_job` does for the workload; and as deciding does.
    """
    from gridctl.store.connect import open_reader

    with open_reader(config.database, config["store.lock_timeout"]) as con:
        job = find_job(con, wanted)
        row = con.execute(_NEWEST_PLAN, [job.id]).fetchone()
    plan = plan_of(job)
    if row is None or plan is None:
        raise DataError(f"{job.name} ({job.short_id}) has no plan")
    if plan.is_planned_together:
        raise DataError(f"{job.name} ({job.short_id}) was planned together with others")
    at, action, reason = row[0].astimezone(UTC), row[1], row[2]
    workload = rebuild(job)
    if action == "reschedule":  # it could begin no sooner than the freeze allowed
        soonest = min(plan.start, at + config["schedule.replan_freeze"])
        workload = replace(workload, earliest=max(workload.earliest or at, soonest))
    found = read(config, workload.places, reading_window(workload, at), at, basis_for(job))
    decision = found.decide(workload, at)
    run = decision.expected
    if run is None or (run.place, *_seconds(run)) != (plan.place, *_seconds(plan)):
        raise DataError(
            f"what is stored and set now does not lead to the run decided at {brief_time(at)}"
        )
    return replace(decision, reason=reason, workload_id=job.id)


def _seconds(run: Outcome | Plan) -> tuple[datetime, datetime]:
    """From when to when, to the second, as the record has it."""
    return run.start.replace(microsecond=0), run.end.replace(microsecond=0)
