"""Place a workload on a signal: masks and objective from its options, the kernel for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from gridctl.schedule.job.workload import Cap, Workload
from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.signals.signal import Signal
from gridctl.schedule.single.placing import Ask, Bound, place, valued, when_asked
from gridctl.schedule.single.runs import Means, Run, draws, means, pieces, run_means

__all__ = [
    "Means",
    "Run",
    "best_run",
    "draws",
    "earliest_run",
    "least_cap",
    "means",
    "objective_values",
    "pieces",
    "run_means",
    "run_when_asked",
    "series_values",
    "usable_slots",
]

_NEAR = 1e-9


def objective_values(signal: Signal, workload: Workload) -> Floats:
    """What a slot costs: g/kWh, GBP/MWh, or GBP/MWh with carbon at its price."""
    if workload.objective == "carbon":
        return signal.carbon.values
    if workload.objective == "cost":
        return signal.price.values
    # 1 MWh at 1 g/kWh emits 1 kg: GBP/t over a thousand.
    carbon_cost: Floats = signal.carbon.values * ((workload.carbon_price or 0.0) / 1000)
    return signal.price.values + carbon_cost


def usable_slots(signal: Signal, workload: Workload, caps: Sequence[Cap]) -> Bools:
    """Slots with every value a placement needs: carbon, the objective, each capped series."""
    usable = np.isfinite(signal.carbon.values) & np.isfinite(objective_values(signal, workload))
    for cap in caps:
        usable &= np.isfinite(series_values(signal, cap))
    return usable


def series_values(signal: Signal, cap: Cap) -> Floats:
    """The capped series, turned so that the cap is an upper bound on it."""
    values: Floats = cap.sign * getattr(signal, cap.series).values
    return values


def best_run(
    signal: Signal,
    workload: Workload,
    caps: Sequence[Cap],
    earliest: datetime,
    latest: datetime,
    value: Floats | None = None,
) -> Run | None:
    """The best run that keeps ``caps``; ``None`` when there is none.

    It starts at ``earliest`` or later, and is done by the time at which the job, in its shortest
    form, would be done after a start at ``latest``. ``value`` replaces the workload's objective.
    Slots without data are never touched.
    """
    ask = _ask(signal, workload, caps, earliest, latest + workload.shortest, value)
    found = place(ask)
    return None if found is None else _with_move(found, workload)


def earliest_run(
    signal: Signal, workload: Workload, caps: Sequence[Cap], earliest: datetime, latest: datetime
) -> Run | None:
    """The run done first of those that keep ``caps``, whatever it costs."""
    level = np.zeros(len(signal.carbon.values))
    ask = _ask(signal, workload, caps, earliest, latest + workload.shortest, level)
    return place(replace(ask, soonest=not ask.bounds))


def run_when_asked(
    signal: Signal, workload: Workload, caps: Sequence[Cap], start: datetime, finish: datetime
) -> Run | None:
    """Running from ``start`` on without pause; ``None`` when that touches a gap or breaks a cap."""
    run = when_asked(workload, signal.place, start, finish)
    ask = _ask(signal, workload, caps, start, run.end, None)
    drawn = list(draws(signal, run))
    if not all(ask.usable[draw.slot] for draw in drawn):
        return None
    if run_means(signal, run).carbon is None:  # it leaves the arrays
        return None
    total = run.energy_kwh
    for bound in ask.bounds:
        mean = sum(draw.energy_kwh * float(bound.values[draw.slot]) for draw in drawn) / total
        if mean > bound.limit + _NEAR * (1 + abs(bound.limit)):
            return None
    return _with_move(valued(ask, run), workload)


def _ask(
    signal: Signal,
    workload: Workload,
    caps: Sequence[Cap],
    earliest: datetime,
    finish: datetime,
    value: Floats | None,
) -> Ask:
    """The slots that caps and gaps leave, and the bounds on means."""
    value = objective_values(signal, workload) if value is None else value
    usable = usable_slots(signal, workload, workload.caps) & np.isfinite(value)
    bounds: list[Bound] = []
    for cap in caps:
        if workload.cap_mode == "mean":
            bounds.append(Bound(series_values(signal, cap), cap.sign * cap.limit))
        else:
            usable &= series_values(signal, cap) <= cap.sign * cap.limit
    return Ask(signal, workload, value, usable, bounds, earliest, finish)


def _with_move(run: Run, workload: Workload) -> Run:
    """The energy of a move costs what the run's own energy costs on average."""
    moved = workload.moved_kwh(run.place)
    if not moved:
        return run
    return replace(run, objective=run.objective * (1 + moved / run.energy_kwh))


def least_cap(
    signal: Signal,
    workload: Workload,
    cap: Cap,
    others: Sequence[Cap],
    earliest: datetime,
    latest: datetime,
) -> tuple[Run, float] | None:
    """The run that needs the least relaxation of ``cap`` while ``others`` hold, and that bound.

    The bound is the least, over all placements, of the highest slot value (of the mean under
    ``mean`` caps). ``None`` when the others cannot be kept either.
    """
    values = series_values(signal, cap)
    if workload.cap_mode == "mean":
        return _least_mean(signal, workload, cap, others, earliest, latest)
    levels = np.unique(values[np.isfinite(values)])
    low, high = 0, len(levels) - 1
    best: tuple[Run, float] | None = None
    while low <= high:
        middle = (low + high) // 2
        level = cap.sign * float(levels[middle])
        bounded = Cap(cap.name, cap.series, level, cap.unit, cap.decimals, cap.sign)
        run = best_run(signal, workload, [*others, bounded], earliest, latest)
        if run is None:
            low = middle + 1
        else:
            best, high = (run, level), middle - 1
    return best


def _least_mean(
    signal: Signal,
    workload: Workload,
    cap: Cap,
    others: Sequence[Cap],
    earliest: datetime,
    latest: datetime,
) -> tuple[Run, float] | None:
    """Dinkelbach's method: a run whose energy is not fixed has a mean that is a ratio.

    With the energy fixed the second round finds nothing better, and ends it.
    """
    values = series_values(signal, cap)
    best: tuple[Run, float] | None = None
    while True:
        level = best[1] if best else 0.0
        run = best_run(signal, workload, others, earliest, latest, values - level)
        if run is None:
            return best and (best[0], cap.sign * best[1])
        mean = sum(d.energy_kwh * float(values[d.slot]) for d in draws(signal, run))
        mean /= run.energy_kwh
        if best is not None and mean >= best[1] - _NEAR * (1 + abs(mean)):
            return best[0], cap.sign * best[1]
        best = run, mean
