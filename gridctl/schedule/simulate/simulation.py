"""From a trace file to results: read, forecast, replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gridctl.errors import SignalError, UsageError
from gridctl.model import Window
from gridctl.schedule.money.tariff import tariff_of
from gridctl.schedule.simulate.bill import with_bill
from gridctl.schedule.simulate.forecasts import Forecast, Shared, noisy, realistic
from gridctl.schedule.simulate.ground import Ground
from gridctl.schedule.simulate.jobs import Jobs, Waiting, make_jobs
from gridctl.schedule.simulate.run import Moved, Replay, replay
from gridctl.schedule.simulate.settings import Settings, check_settings
from gridctl.schedule.simulate.signal_file import read_signal
from gridctl.schedule.simulate.signal_store import load_ground
from gridctl.schedule.simulate.trace import Trace, read_trace
from gridctl.schedule.simulate.vintages import load_vintages

if TYPE_CHECKING:
    from gridctl.config import Config

_LONGEST_REPLAY = timedelta(days=40 * 366)


@dataclass(frozen=True)
class Source:
    """Where trace and signal come from. ``signal`` is ``db`` or a CSV file.

    ``step`` averages a file to one step; ``trace_start`` and ``kw_per_cpu`` are for traces that
    count hours and processors.
    """

    trace: Path
    signal: str = "db"
    step: timedelta | None = None
    trace_start: datetime | None = None
    kw_per_cpu: float = 1.0
    skip_bad: bool = False
    allow_synthetic: bool = False


@dataclass(frozen=True)
class Simulation:
    """A replay with all that is needed to read it and to run it again."""

    replay: Replay
    settings: Settings
    jobs: Jobs
    ground: Ground
    skipped: dict[int, str]
    notes: tuple[str, ...]

    @property
    def left_out(self) -> int:
        """Jobs in no sum: some policy could not run them."""
        return len(self.jobs) - int(self.replay.compared.sum())

    @property
    def contention(self) -> str:
        """Whether jobs stand in each other's way."""
        return "none" if self.settings.capacity is None else str(self.settings.capacity)

    def time_of(self, slot: float) -> datetime:
        """The instant of a slot counted within a place."""
        return self.ground.start + slot * self.ground.step


def simulate_trace(
    config: Config, source: Source, settings: Settings, moved: Moved = lambda *_: None
) -> Simulation:
    """Replay the jobs of a trace under every policy of ``settings``.

    ``moved`` is told of progress. The database, when it is asked at all, is read once and closed.

    Raises :class:`gridctl.errors.DataError` for a bad file, :class:`UsageError` for settings that
    clash, and :class:`gridctl.errors.SignalError` when the store lacks the signal or forecasts.
    """
    settings = check_settings(settings)
    if source.signal == "db":
        return _from_store(config, source, settings, moved)
    ground = with_bill(read_signal(Path(source.signal), source.step), tariff_of(config))
    trace = _trace(source, source.trace_start or ground.start)
    notes = []
    if trace.region.any():
        notes.append("the signal is of one place: the trace's regions are left aside")
        trace.region[:] = 0
    jobs = make_jobs(trace, ground, settings.waiting, known_length=settings.known_length)
    if settings.forecast.name == "vintages":
        with _reader(config) as con:
            forecast: Forecast = load_vintages(con, ground, allow_synthetic=source.allow_synthetic)
    else:
        forecast = _made_up(ground, jobs, settings)
    return _simulated(trace, jobs, ground, forecast, settings, tuple(notes), moved)


def _from_store(config: Config, source: Source, settings: Settings, moved: Moved) -> Simulation:
    if source.step is not None:
        raise UsageError("the store is half-hourly: --step goes with a signal file")
    trace = _trace(source, source.trace_start)
    places = tuple(number or None for number in sorted({int(n) for n in trace.region}))
    window = _window(trace, settings.waiting)
    stored: Forecast | None = None
    with _reader(config) as con:
        ground = load_ground(
            con, places, window, allow_synthetic=source.allow_synthetic, bill=tariff_of(config)
        )
        if settings.forecast.name == "vintages":
            stored = load_vintages(con, ground, allow_synthetic=source.allow_synthetic)
    jobs = make_jobs(trace, ground, settings.waiting, known_length=settings.known_length)
    forecast = stored or _made_up(ground, jobs, settings)
    return _simulated(trace, jobs, ground, forecast, settings, (), moved)


def _trace(source: Source, origin: datetime | None) -> Trace:
    return read_trace(
        source.trace, origin=origin, kw_per_cpu=source.kw_per_cpu, skip_bad=source.skip_bad
    )


def _reader(config: Config) -> Any:
    from gridctl.store.connect import open_reader

    return open_reader(config.database, config["store.lock_timeout"])


def _window(trace: Trace, waiting: Waiting) -> Window:
    """From the first submission to the last moment that a job may end."""
    hours = trace.duration_s / 3600
    wait = np.fmax(waiting.limits(hours), np.nan_to_num(trace.max_delay_hours))
    begin = np.fmax(trace.requested, trace.submit)
    last = float(np.nanmax(np.fmax(begin + wait * 3600 + trace.duration_s, trace.deadline)))
    first = datetime.fromtimestamp(float(trace.submit.min()), UTC)
    span = timedelta(seconds=min(last - first.timestamp(), _LONGEST_REPLAY.total_seconds() + 1))
    if span > _LONGEST_REPLAY:
        raise UsageError("the trace spans more than forty years; are its times right?")
    return Window(first, first + span)


def _made_up(ground: Ground, jobs: Jobs, settings: Settings) -> Forecast:
    match settings.forecast.name:
        case "noise":
            return noisy(ground, settings.forecast.share, settings.seed)
        case "realistic":
            return realistic(ground, jobs.some(jobs.fits), settings.seed)
    return Shared(ground.carbon)


def _simulated(
    trace: Trace, jobs: Jobs, ground: Ground, forecast: Forecast, settings: Settings,
    notes: tuple[str, ...], moved: Moved,
) -> Simulation:  # fmt: skip
    if not jobs.fits.any():
        raise _nothing_fits(trace, ground)
    replayed = replay(jobs, ground, forecast, settings, moved)
    return Simulation(replayed, settings, jobs, ground, trace.skipped, (*ground.notes, *notes))


def _nothing_fits(trace: Trace, ground: Ground) -> SignalError:
    first, last = (
        datetime.fromtimestamp(float(edge), UTC)
        for edge in (trace.submit.min(), trace.submit.max())
    )
    end = ground.start + ground.slots * ground.step
    return SignalError(
        f"no job fits: the trace runs from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}Z, the "
        f"signal from {ground.start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}Z, and every job must "
        "fit its own window"
    )


def per_job_table(simulation: Simulation) -> Any:
    """The outcome of every job under every policy, as an Arrow table.

    ``policy``, the job's ``row`` in the trace, ``compared``, ``requested_start``, ``start`` and
    ``end`` (UTC), ``delay_hours``, ``energy_kwh``, ``carbon_kg``, ``cost_gbp``; null where a job
    was not run.
    """
    import pyarrow as pa

    jobs, ground, replayed = simulation.jobs, simulation.ground, simulation.replay
    parts = []
    for policy, outcome in replayed.outcomes.items():
        delay = (outcome.end - jobs.requested - jobs.duration) * ground.step_hours
        columns = {
            "policy": pa.array([policy] * len(jobs)).dictionary_encode(),
            "row": pa.array(jobs.row),
            "compared": pa.array(replayed.compared),
            "requested_start": _times(simulation, jobs.requested),
            "start": _times(simulation, outcome.start),
            "end": _times(simulation, outcome.end),
        }
        figures = {
            "delay_hours": delay, "energy_kwh": outcome.energy_kwh,
            "carbon_kg": outcome.carbon_kg, "cost_gbp": outcome.cost_gbp,
        }  # fmt: skip
        columns |= {name: pa.array(v, from_pandas=True) for name, v in figures.items()}
        parts.append(pa.table(columns))
    return pa.concat_tables(parts).unify_dictionaries()


def _times(simulation: Simulation, slots: Any) -> Any:
    import pyarrow as pa

    step = simulation.ground.step.total_seconds()
    local = slots - simulation.jobs.base
    known = np.isfinite(local)
    micros = np.rint(np.where(known, local, 0.0) * step * 1e6).astype(np.int64)
    micros += round(simulation.ground.start.timestamp() * 1e6)
    return pa.array(micros, mask=~known).cast(pa.timestamp("us", tz="UTC"))
