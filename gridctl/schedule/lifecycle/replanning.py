"""Reconsider every workload that waits: read, decide, and write what changed in one transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gridctl.errors import DataError, SignalError, UsageError
from gridctl.model import Window
from gridctl.schedule import LOOK_AHEAD, audit
from gridctl.schedule.basis import Basis
from gridctl.schedule.job.workload import Workload, with_carbon_price
from gridctl.schedule.lifecycle.job import Job, waiting_jobs
from gridctl.schedule.lifecycle.rebuild import basis_for, is_study, plan_of, rebuild
from gridctl.schedule.lifecycle.replan import Change, Hysteresis, Missed, Plan, reconsider
from gridctl.schedule.lifecycle.transitions import cancel_within
from gridctl.schedule.lifecycle.writing import update
from gridctl.schedule.reading import Read, read
from gridctl.schedule.record import plan_columns, schedule_row
from gridctl.schedule.signals.signal import Place, Signal
from gridctl.schedule.single.decide import decide
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.explain import explain
from gridctl.schedule.single.outcome import region_dict
from gridctl.store.transaction import transaction

if TYPE_CHECKING:
    from gridctl.config import Config

_BASELINES_BACK = timedelta(days=8)  # of a baseline longer ago than this no figure is told
_CHANGING = ("moved", "planned", "cancelled")
_ACTIONS = ("kept", "moved", "planned", "infeasible", "missed", "cancelled", "failed")


@dataclass(frozen=True)
class Replanned:
    """One workload and what was done about it."""

    job: Job
    change: Change

    def as_dict(self) -> dict[str, Any]:
        """One of ``workloads`` in the JSON document."""
        job, change = self.job, self.change
        run = change.decision.expected if change.decision else None
        return {
            "id": job.id,
            "name": job.name,
            "action": change.action,
            "reason": change.reason,
            "before": {
                "start": job.scheduled_start,
                "end": job.scheduled_end,
                "region": region_dict(job.place),
                "value": change.before,
            },
            "after": run
            and {
                "start": run.start,
                "end": run.end,
                "region": region_dict(run.place),
                "value": change.after,
            },
            "gain": change.gain,
            "unit": change.unit or None,
        }


@dataclass(frozen=True)
class ReplanReport:
    """What a replan did, in the order of the workloads' starts."""

    workloads: Sequence[Replanned]
    dry_run: bool

    def count(self, action: str) -> int:
        return sum(item.change.action == action for item in self.workloads)

    @property
    def lacks_signal(self) -> bool:
        """Whether there was work, and no forecast for any of it."""
        return bool(self.workloads) and all(item.change.lacks_signal for item in self.workloads)

    @property
    def is_partial(self) -> bool:
        """Whether something is left that somebody has to look at."""
        return any(self.count(action) for action in ("infeasible", "missed", "failed"))

    def as_dict(self) -> dict[str, Any]:
        """The document of ``schedule replan --format json``."""
        return {
            "considered": len(self.workloads),
            **{action: self.count(action) for action in _ACTIONS},
            "dry_run": self.dry_run,
            "workloads": [item.as_dict() for item in self.workloads],
        }


def rules_of(config: Config) -> Hysteresis:
    """The hysteresis that the settings ask for."""
    return Hysteresis(
        config["schedule.replan_min_saving_pct"],
        config["schedule.replan_min_saving_kg"],
        config["schedule.replan_min_saving_gbp"],
        config["schedule.replan_freeze"],
    )


def replan(
    config: Config,
    now: datetime,
    *,
    as_of: datetime | None = None,
    rules: Hysteresis | None = None,
    missed: Missed = "reschedule",
    dry_run: bool = False,
) -> ReplanReport:
    """Reconsider what is pending, scheduled or deferred and has not begun, on the newest forecasts.

    What was asked ``as_of`` a past moment is left out, unless this is too. The database is opened
    to read, and again to write if anything changes; a workload that somebody changed in between is
    left as it is. Raises :class:`gridctl.errors.DatabaseError` when it cannot be used.
    """
    from gridctl.store.connect import open_reader, open_writer

    moment = as_of or now
    rules = rules or rules_of(config)
    with open_reader(config.database, config["store.lock_timeout"], as_of) as con:
        jobs = [job for job in waiting_jobs(con) if as_of is not None or not is_study(job)]
    changes = _consider(config, jobs, moment, rules, missed)
    done = [Replanned(job, changes[job.id]) for job in jobs]
    if not dry_run and any(_writes(item.change) for item in done):
        with open_writer(config.database, config["store.lock_timeout"]) as con, transaction(con):
            stored = _Stored.read(con)
            done = [_write(con, item, moment, stored) for item in done]
    return ReplanReport(done, dry_run)


# -- reading and deciding ---------------------------------------------------------------------


def _consider(
    config: Config, jobs: Iterable[Job], now: datetime, rules: Hysteresis, missed: Missed
) -> dict[str, Change]:
    """What to do about each; what rests on the same is read once."""
    changes: dict[str, Change] = {}
    groups: dict[tuple[tuple[Place, ...], Basis], list[tuple[Job, Workload, Plan | None]]] = {}
    for job in jobs:
        try:
            workload = with_carbon_price(rebuild(job), config["schedule.carbon_price"])
            plan, basis = plan_of(job), basis_for(job)
        except DataError as error:
            changes[job.id] = Change("failed", str(error))
            continue
        places = [*workload.places, *([plan.place] if plan else [])]
        key = tuple(dict.fromkeys(places)), basis
        groups.setdefault(key, []).append((job, workload, plan))
    for (among, basis), members in groups.items():
        window = _window([workload for _, workload, _ in members], now)
        try:
            found = read(config, among, window, now, basis)
        except (DataError, UsageError) as error:  # a file of prices that is gone, say
            changes |= {job.id: Change("failed", str(error)) for job, _, _ in members}
            continue
        for job, workload, plan in members:
            if plan is None:
                change = _first(workload, found.of(workload), now)
            else:
                change = reconsider(workload, plan, found.signals, now, rules, missed)
            changes[job.id] = _told(change, workload, found)
    return changes


def _told(change: Change, workload: Workload, found: Read) -> Change:
    """The change with its decision's money and explanation, as any decision is recorded."""
    if change.decision is None:
        return change
    told = found.tell(change.decision)
    findings = explain(told, found.of(workload))
    return replace(change, decision=replace(told, explanation=findings))


def _window(workloads: Sequence[Workload], now: datetime) -> Window:
    first = min(min(workload.start or now, now) for workload in workloads)
    last = max(max(workload.deadline or now, now) + workload.duration for workload in workloads)
    return Window(max(first, now - _BASELINES_BACK), min(last, now + LOOK_AHEAD) + LOOK_AHEAD)


def _first(workload: Workload, signals: Mapping[Place, Signal], now: datetime) -> Change:
    """The first decision about a workload that had none."""
    earliest = max(workload.earliest or now, now)
    asked = replace(workload, earliest=earliest, start=workload.start or earliest)
    try:
        decision = decide(asked, signals, now)
    except SignalError as error:
        return Change("kept", f"not planned: {error}", lacks_signal=True)
    except UsageError as error:
        return Change("infeasible", str(error))
    if decision.expected is None:
        return Change("infeasible", decision.reason, decision)
    return Change("planned", decision.reason, decision)


# -- writing ----------------------------------------------------------------------------------


def _writes(change: Change) -> bool:
    """A first decision is written also when it is to reject."""
    return change.action in _CHANGING or change.decision is not None


def _write(con: Any, item: Replanned, now: datetime, stored: _Stored) -> Replanned:
    """Write one change, unless the workload is not as it was read; what came of it."""
    job, change = item.job, item.change
    if not _writes(change):
        return item
    if not stored.is_as_read(job):
        return replace(item, change=Change("kept", "changed by somebody else meanwhile"))
    if change.action == "cancelled":
        cancel_within(con, job, f"replan: {change.reason}", now)
        return item
    if change.decision is None:
        return item
    decision = replace(change.decision, workload_id=job.id, decision_id=str(uuid.uuid4()))
    audit.append(con, [_row(item, decision)])
    columns = plan_columns(decision)
    if stored.region_is_fixed:
        del columns["scheduled_region_id"]
    update(con, job, columns)
    return replace(item, change=replace(change, decision=decision))


@dataclass(frozen=True)
class _Stored:
    """What the database holds as writing begins: of each waiting workload when it was last changed
    and the newest row of its trail; and whether the column of the region can be changed."""

    rows: Mapping[str, tuple[datetime, int | None]]
    region_is_fixed: bool

    @classmethod
    def read(cls, con: Any) -> _Stored:
        rows = {job.id: (job.updated_at, job.sequence) for job in waiting_jobs(con)}
        return cls(rows, _region_is_fixed(con))

    def is_as_read(self, job: Job) -> bool:
        return self.rows.get(job.id) == (job.updated_at, job.sequence)


def _row(item: Replanned, decision: Decision) -> dict[str, Any]:
    """The decision's row; of a plan that moves, with what was before and what it gains."""
    row, job, change = schedule_row(decision), item.job, item.change
    if change.action != "moved":
        return row
    factors = json.loads(row["decision_factors"]) | {
        "replan": {
            "before": change.before,
            "after": change.after,
            "gain": change.gain,
            "unit": change.unit or None,
        }
    }
    return row | {
        "action": "reschedule",
        "original_start": job.scheduled_start,
        "reason": change.reason,
        "decision_factors": json.dumps(factors, ensure_ascii=False),
    }


def _region_is_fixed(con: Any) -> bool:
    """In files made before workloads could move, the column is a foreign key, which DuckDB cannot
    change in a row that is referred to. The trail holds the region in any case."""
    return bool(
        con.execute(
            """SELECT 1 FROM duckdb_constraints()
               WHERE table_name = 'compute_workloads' AND constraint_type = 'FOREIGN KEY'
                 AND list_contains(constraint_column_names, 'scheduled_region_id')"""
        ).fetchall()
    )
