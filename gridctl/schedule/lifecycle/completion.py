"""Complete a workload and settle what it came to; settle again when the actuals have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridctl.clock import iso
from gridctl.errors import DataError, StateError, UsageError
from gridctl.model import Window
from gridctl.schedule.basis import Basis
from gridctl.schedule.lifecycle.job import Job, find_job, read_jobs
from gridctl.schedule.lifecycle.metering import Metered, as_planned, flat, over_run, read_metering
from gridctl.schedule.lifecycle.rebuild import basis_for, plan_of
from gridctl.schedule.lifecycle.settle import Settlement, open_points, settle
from gridctl.schedule.lifecycle.transitions import AFTER, check, check_past
from gridctl.schedule.lifecycle.writing import change_job, existing, step_of, update
from gridctl.schedule.signals.signal import Knowledge, load_signals
from gridctl.store.transaction import transaction

if TYPE_CHECKING:
    from gridctl.config import Config
    from gridctl.schedule.money.prices import Bill

# As is_open has it, for the database to choose by; DuckDB 1.5 binds ->> loosely.
_OPEN = """status = 'completed' AND (
    json_type(workload.metadata, '$.settlement') IS DISTINCT FROM 'OBJECT'
    OR coalesce(TRY_CAST((workload.metadata ->> '$.settlement.without_actual') AS INTEGER), 0) > 0
    OR coalesce(TRY_CAST((workload.metadata ->> '$.settlement.without_price') AS INTEGER), 0) > 0
    OR (workload.metadata ->> '$.settlement.cost_trouble') IS NOT NULL)"""


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
    stands in and the result is called so. A completed workload may be completed again. Prices that
    cannot be read, and what was asked if it cannot, leave the cost open, with the reason. Raises
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


@dataclass(frozen=True)
class Settled:
    """The workloads settled again, and of those that could not be, why: one line each."""

    jobs: Sequence[Job]
    errors: Sequence[str]


def settle_open(config: Config, wanted: str | None, now: datetime) -> Settled:
    """Settle again the completed workloads whose figures were left open, or the one ``wanted``.

    Those that are open still are among them. What stands in the way of one is told and keeps no
    other from being settled. Raises :class:`UsageError` and :class:`StateError` for the one
    ``wanted``, and :class:`gridctl.errors.DatabaseError`.
    """
    settled, errors = [], []
    with existing(config) as con:
        for job in _to_settle(con, wanted):
            try:
                with transaction(con):
                    _settle_again(config, con, job, now)
            except DataError as error:
                errors.append(str(error))
            else:
                settled.append(find_job(con, job.id))
    return Settled(settled, errors)


def _to_settle(con: Any, wanted: str | None) -> list[Job]:
    if wanted is None:
        return read_jobs(con, f"WHERE {_OPEN} ORDER BY actual_end, workload.id")
    job = find_job(con, wanted)
    if job.status != "completed":
        raise StateError(f"cannot settle {job.name}: it is {job.status}")
    return [job]


def is_open(job: Job) -> bool:
    """Whether a figure of a completed workload is still to be filled in; ``_OPEN`` in SQL."""
    kept = job.metadata.get("settlement")
    return not isinstance(kept, dict) or bool(open_points(kept))


def _settle_again(config: Config, con: Any, job: Job, now: datetime) -> None:
    if job.actual_start is None or job.actual_end is None:
        return
    parts = _parts(job, job.actual_start, job.actual_end, None)
    found = _settle(config, con, job, parts, job.actual_energy_kwh, now)
    if not _says_the_same(found.as_dict(), job.metadata.get("settlement")):
        update(con, job, _figures(found), step_of("settle", now), {"settlement": found.as_dict()})


def _says_the_same(found: Mapping[str, Any], kept: object) -> bool:
    """Whether nothing but the time of settling differs."""
    return isinstance(kept, Mapping) and {**found, "settled_at": None} == {
        **kept, "settled_at": None,
    }  # fmt: skip


def _parts(job: Job, begun: datetime, ended: datetime, energy_kwh: float | None) -> list[Metered]:
    """The run's energy: a new figure, else the readings or the figure of before, else the plan's.

    A figure is spread as the plan has it.
    """
    readings = job.metadata.get("metering")
    if energy_kwh is None and isinstance(readings, list):
        return _kept_readings(job, readings)
    known = energy_kwh or job.actual_energy_kwh or job.planned_kwh or job.energy_kwh or 1.0
    plan = plan_of(job)
    return as_planned(plan.pieces, begun, ended, known) if plan else flat(begun, ended, known)


def _kept_readings(job: Job, readings: Sequence[Any]) -> list[Metered]:
    time = datetime.fromisoformat
    try:
        return [Metered(time(first), time(last), float(kwh)) for first, last, kwh in readings]
    except (TypeError, ValueError):
        raise DataError(
            f"metadata.metering of {job.name} ({job.short_id}) cannot be read; complete it again "
            "with --metering"
        ) from None


def _settle(
    config: Config,
    con: Any,
    job: Job,
    parts: Sequence[Metered],
    metered_kwh: float | None,
    now: datetime,
) -> Settlement:
    basis, trouble = _basis(job)
    bill = None
    if trouble is None:
        bill, trouble = _bill(config, basis)
    window = Window(parts[0].start, parts[-1].end + timedelta(minutes=30))
    known = Knowledge(now, config["schedule.max_forecast_age"], basis.allow_synthetic)
    signal = load_signals(con, [job.place], window, known, bill)[job.place]
    knows_energy = metered_kwh is not None or job.energy_kwh is not None
    is_metered = metered_kwh is not None
    found = settle(parts, signal, now, is_metered=is_metered, knows_energy=knows_energy)
    return found if trouble is None else found.with_cost_open(trouble)


def _basis(job: Job) -> tuple[Basis, str | None]:
    """What was asked; where that cannot be read, what is usual, and why."""
    try:
        return basis_for(job), None
    except DataError as error:
        return Basis(), str(error)


def _bill(config: Config, basis: Basis) -> tuple[Bill | None, str | None]:
    """The prices to settle on; where a file is gone or a tariff is no use, none, and why."""
    try:
        return basis.money.bill(config), None
    except (DataError, UsageError) as error:
        return None, str(error)


def _figures(found: Settlement) -> dict[str, Any]:
    return {"carbon_emitted_kg": found.carbon_kg, "cost_gbp": found.cost_gbp}
