"""Complete a workload and settle what it came to; settle again when the actuals have come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridctl.clock import iso
from gridctl.errors import StateError, UsageError
from gridctl.model import Window
from gridctl.schedule.lifecycle.job import Job, find_job, read_jobs
from gridctl.schedule.lifecycle.metering import Metered, flat, over_run, read_metering
from gridctl.schedule.lifecycle.rebuild import basis_for
from gridctl.schedule.lifecycle.settle import Settlement, open_points, settle
from gridctl.schedule.lifecycle.transitions import AFTER, check, check_past
from gridctl.schedule.lifecycle.writing import (
    change_job,
    existing,
    step_of,
    transaction,
    update,
)
from gridctl.schedule.signals.signal import Knowledge, Signal, load_signals

if TYPE_CHECKING:
    from gridctl.config import Config


def complete(
    config: Config,
    wanted: str,
    now: datetime,
    *,
    at: datetime | None = None,
    energy_kwh: float | None = None,
    metering: Path | None = None,
) -> Job:
    """Mark a running workload as completed at ``at``, else ``now``, and settle what it came to.

    ``energy_kwh`` is metered, as are the readings in ``metering``; without either the estimate
    stands in and the result is called so. A completed workload may be completed again. Raises
    :class:`StateError` when it does not run, :class:`UsageError` for an unknown one and for times
    that cannot be, and :class:`gridctl.errors.DataError` for readings that are no use.
    """
    if energy_kwh is not None and metering is not None:
        raise UsageError("give the energy or the file of readings, not both")
    readings = read_metering(metering) if metering else None

    def change(con: Any, job: Job) -> None:
        check(job, "complete")
        ended = at or job.actual_end or now
        check_past(ended, now)
        begun = job.actual_start
        if begun is None or ended <= begun:
            raise UsageError(f"{iso(ended)} is not after its start, {begun and iso(begun)}")
        parts = _parts(job, begun, ended, energy_kwh)
        metered = energy_kwh or job.actual_energy_kwh
        kept: dict[str, Any] = {}
        if metering and readings:
            parts = over_run(metering, readings, begun, ended)
            metered = sum(part.energy_kwh for part in parts)
            kept["metering"] = [[iso(p.start), iso(p.end), p.energy_kwh] for p in parts]
        elif energy_kwh is not None:
            kept["metering"] = None
        found = _settle(config, con, job, parts, metered, now)
        columns = {"status": AFTER["complete"], "actual_end": ended, "actual_energy_kwh": metered}
        kept["settlement"] = found.as_dict()
        update(con, job, columns | _figures(found), step_of("complete", now), kept)

    return change_job(config, wanted, change)


def settle_open(config: Config, wanted: str | None, now: datetime) -> list[Job]:
    """Settle again the completed workloads whose figures were left open, or the one ``wanted``.

    Those that are open still are returned too. Raises as :func:`complete` does.
    """
    with existing(config) as con:
        if wanted is None:
            done = "WHERE status = 'completed' ORDER BY actual_end, workload.id"
            jobs = [job for job in read_jobs(con, done) if is_open(job)]
        else:
            jobs = [find_job(con, wanted)]
            if jobs[0].status != "completed":
                raise StateError(f"cannot settle {jobs[0].name}: it is {jobs[0].status}")
        for job in jobs:
            with transaction(con):
                _settle_again(config, con, job, now)
        return [find_job(con, job.id) for job in jobs]


def is_open(job: Job) -> bool:
    """Whether a figure of a completed workload still waits for actuals."""
    kept = job.metadata.get("settlement")
    return not isinstance(kept, dict) or bool(open_points(kept))


def _settle_again(config: Config, con: Any, job: Job, now: datetime) -> None:
    if job.actual_start is None or job.actual_end is None:
        return
    parts = _parts(job, job.actual_start, job.actual_end, None)
    found = _settle(config, con, job, parts, job.actual_energy_kwh, now)
    update(con, job, _figures(found), step_of("settle", now), {"settlement": found.as_dict()})


def _parts(job: Job, begun: datetime, ended: datetime, energy_kwh: float | None) -> list[Metered]:
    """The run's energy: a new figure, else the readings or the figure of before, else a guess."""
    readings = job.metadata.get("metering")
    if energy_kwh is None and isinstance(readings, list):
        times = datetime.fromisoformat
        return [Metered(times(first), times(last), energy) for first, last, energy in readings]
    return flat(begun, ended, energy_kwh or job.actual_energy_kwh or job.energy_kwh or 1.0)


def _settle(
    config: Config,
    con: Any,
    job: Job,
    parts: Sequence[Metered],
    metered_kwh: float | None,
    now: datetime,
) -> Settlement:
    window = Window(parts[0].start, parts[-1].end + timedelta(minutes=30))
    signal = _signal(config, con, job, window, now)
    knows_energy = metered_kwh is not None or job.energy_kwh is not None
    is_metered = metered_kwh is not None
    return settle(parts, signal, now, is_metered=is_metered, knows_energy=knows_energy)


def _signal(config: Config, con: Any, job: Job, window: Window, now: datetime) -> Signal:
    basis = basis_for(job)
    known = Knowledge(now, config["schedule.max_forecast_age"], basis.allow_synthetic)
    bill = basis.money.bill(config)
    return load_signals(con, [job.place], window, known, bill)[job.place]


def _figures(found: Settlement) -> dict[str, Any]:
    return {"carbon_emitted_kg": found.carbon_kg, "cost_gbp": found.cost_gbp}
