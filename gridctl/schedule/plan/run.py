"""Plan workloads on the store's signal and record the decisions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gridctl.clock import now as clock_now
from gridctl.model import Window
from gridctl.schedule import LOOK_AHEAD
from gridctl.schedule.basis import Basis
from gridctl.schedule.job.workload import Workload, with_carbon_price
from gridctl.schedule.money.asked import MoneyAsked
from gridctl.schedule.plan.capacity import Capacity
from gridctl.schedule.plan.grid import in_window, make_grid
from gridctl.schedule.plan.problem import Mode, broken_limits
from gridctl.schedule.plan.report import Report
from gridctl.schedule.plan.solve import Effort, solve_plan
from gridctl.schedule.plan.tell import make_report
from gridctl.schedule.reading import read

if TYPE_CHECKING:
    from gridctl.config import Config


@dataclass(frozen=True)
class Request:
    """What holds for the whole plan. It sells no flexibility: its jobs turn down together."""

    capacity: Capacity
    mode: Mode = "auto"
    effort: Effort = field(default_factory=Effort)
    as_of: datetime | None = None
    allow_synthetic: bool = False
    dry_run: bool = False

    @property
    def basis(self) -> Basis:
        """What every decision of the plan rests on."""
        return Basis(
            as_of=self.as_of,
            allow_synthetic=self.allow_synthetic,
            money=MoneyAsked(flexibility="none"),
        )


def plan_workloads(config: Config, workloads: Sequence[Workload], request: Request) -> Report:
    """Plan ``workloads``, all of one objective, together; record it unless it is a dry run.

    Each is recorded as a single decision would be, all in one transaction. Nothing is held open
    while planning. Raises :class:`gridctl.errors.SignalError` when nothing is known to plan on,
    and :class:`gridctl.errors.DataError` when a job does not fit its own window.
    """
    now = request.as_of or clock_now()
    price = config["schedule.carbon_price"]
    framed = [in_window(with_carbon_price(workload, price), now) for workload in workloads]
    places = tuple(dict.fromkeys(place for workload in framed for place in workload.places))
    found = read(config, places, _reading_window(framed, now), now, request.basis)
    grid = make_grid(framed, found.signals, request.capacity, request.mode)
    solution = solve_plan(grid.problem, request.effort)
    broken = broken_limits(grid.problem, solution.plan)
    if broken:  # a bug: rather nothing than a plan that trips a site
        raise AssertionError(f"the plan breaks a limit: {broken[0]}")
    report = make_report(grid, solution, now, found.tell, _not_sold(config))
    return report if request.dry_run else _record(config, workloads, report, request)


def _not_sold(config: Config) -> list[str]:
    market = config["flexibility.market"].strip().lower()
    if market == "none":
        return []
    return [f"flexibility is not sold in a plan: {market} of the settings is for one job alone"]


def _reading_window(workloads: Sequence[Workload], now: datetime) -> Window:
    begins = min(min(w.earliest or now, w.start or now) for w in workloads)
    ends = max(max(w.deadline or now, w.earliest or now) + w.duration for w in workloads)
    if now <= begins <= now + LOOK_AHEAD:
        begins = now  # the present is read too, for the record
    return Window(begins, ends + LOOK_AHEAD)


def _record(
    config: Config, workloads: Sequence[Workload], report: Report, request: Request
) -> Report:
    from gridctl.schedule.record import Entry, record_all
    from gridctl.store.connect import open_writer

    asked = {**request.basis.request(), "plan_mode": request.mode}
    entries = [
        Entry(
            job.decision,
            {**workload.request(), **asked},
            {"segments": json.dumps([piece.as_dict() for piece in job.pieces])},
        )
        for job, workload in zip(report.jobs, workloads, strict=True)
    ]
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        recorded = record_all(con, entries)
    jobs = tuple(
        replace(job, decision=decision) for job, decision in zip(report.jobs, recorded, strict=True)
    )
    return replace(report, jobs=jobs)
