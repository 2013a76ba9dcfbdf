"""Place a workload on a signal: masks and objective from its options, the kernel for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from gridctl.clock import HALF_HOUR
from gridctl.schedule.kernels.contiguous import (
    Bools,
    Floats,
    Placement,
    cheapest_start,
    cheapest_start_under_means,
    mean_cap,
    prepare,
)
from gridctl.schedule.signal import Place, Signal
from gridctl.schedule.workload import Cap, Workload


@dataclass(frozen=True)
class Run:
    """One way to run a job: where, from, to, and the mean of the objective over it."""

    place: Place
    start: datetime
    end: datetime
    objective: float


@dataclass(frozen=True)
class Means:
    """Energy-weighted means over a run: g/kWh, per cent, GBP/MWh; ``None`` with a slot missing."""

    carbon: float | None
    renewable: float | None
    price: float | None


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
    """The best start in ``[earliest, latest]`` that keeps ``caps``; ``None`` when there is none.

    ``value`` replaces the workload's objective. Slots without data are never touched.
    """
    value = objective_values(signal, workload) if value is None else value
    usable = usable_slots(signal, workload, workload.caps) & np.isfinite(value)
    duration = workload.duration / HALF_HOUR
    window = signal.offset_of(earliest), signal.offset_of(latest)
    found: Placement | None
    if workload.cap_mode == "mean" and caps:
        bounds = [mean_cap(series_values(signal, c), usable, c.sign * c.limit) for c in caps]
        found = cheapest_start_under_means(prepare(value, usable), bounds, duration, *window)
    else:
        for cap in caps:
            usable &= series_values(signal, cap) <= cap.sign * cap.limit
        found = cheapest_start(prepare(value, usable), duration, *window)
    if found is None:
        return None
    start = min(max(signal.time_of(found.start), earliest), latest)
    return Run(signal.place, start, start + workload.duration, found.mean)


def earliest_run(
    signal: Signal, workload: Workload, caps: Sequence[Cap], earliest: datetime, latest: datetime
) -> Run | None:
    """The first start that keeps ``caps``, whatever it costs."""
    level = np.zeros(len(signal.carbon.values))
    return best_run(signal, workload, caps, earliest, latest, level)


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
        run = best_run(signal, workload, others, earliest, latest, values)
        return None if run is None else (run, cap.sign * run.objective)
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


def pieces(
    signal: Signal, start: datetime, end: datetime
) -> Iterator[tuple[int, datetime, datetime]]:
    """The run cut at slot edges: (slot, start, end). Parts outside the arrays are left out."""
    for slot in signal.slots_over(start, end):
        opens = signal.start + slot * HALF_HOUR
        yield slot, max(start, opens), min(end, opens + HALF_HOUR)


def means(signal: Signal, start: datetime, end: datetime) -> Means:
    """Energy-weighted means of the three series over ``[start, end)`` at constant power."""
    return Means(
        *(_mean(series.values, signal, start, end)
          for series in (signal.carbon, signal.renewable, signal.price))
    )  # fmt: skip


def _mean(values: Floats, signal: Signal, start: datetime, end: datetime) -> float | None:
    total, covered = 0.0, timedelta(0)
    for slot, begins, ends in pieces(signal, start, end):
        total += float(values[slot]) * ((ends - begins) / (end - start))
        covered += ends - begins
    return total if covered == end - start and np.isfinite(total) else None
