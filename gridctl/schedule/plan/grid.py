"""From workloads and signals to the arrays of a problem, and back to instants.

A plan is made of half hours: jobs start at the start of one. A window is narrowed to the slots that
lie wholly inside it, except that a contiguous job may end inside its last slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil, floor

import numpy as np

from gridctl.clock import HALF_HOUR, floor_half_hour, iso
from gridctl.errors import DataError, SignalError, UsageError
from gridctl.schedule.job.workload import Workload, check_window
from gridctl.schedule.kernels.contiguous import Bools
from gridctl.schedule.plan.capacity import Capacity
from gridctl.schedule.plan.problem import Mode, Problem
from gridctl.schedule.signals.signal import Place, Signal
from gridctl.schedule.single.frame import Signals, earliest_start
from gridctl.schedule.single.search import objective_values, series_values, usable_slots

_EDGE = 1e-9  # slots: less than this beside an edge is on it
_STEP_HOURS = HALF_HOUR.total_seconds() / 3600


@dataclass(frozen=True)
class PlanGrid:
    """A problem and what its indices stand for. ``ends_at`` is where the forecast ends."""

    problem: Problem
    places: tuple[Place, ...]
    start: datetime
    ends_at: datetime
    workloads: tuple[Workload, ...]
    signals: Signals

    def time_of(self, slot: float) -> datetime:
        """The instant at a slot edge, or inside a slot."""
        return self.signals[self.places[0]].time_of(slot)


def in_window(workload: Workload, now: datetime) -> Workload:
    """The workload with its earliest start and the start when asked filled in, as of ``now``.

    Raises :class:`DataError` naming the job when it does not fit its window, and when it may not be
    deferred from a start that was named and lies inside a half hour.
    """
    earliest, _ = earliest_start(workload, now)
    try:
        check_window(workload, earliest)
    except UsageError as error:
        raise DataError(f"{workload.name}: {error}") from None
    start = workload.start or earliest
    if workload.deferrable:
        return replace(workload, earliest=earliest, start=start)
    if start in (workload.start, workload.earliest) and start != floor_half_hour(start):
        raise DataError(
            f"{workload.name}: it may not be deferred from {iso(start)}, and a plan starts jobs at "
            "half hours; let it start at one, or decide it alone: gridctl schedule-workload --file"
        )
    return replace(workload, earliest=start, start=start)


def make_grid(
    workloads: Sequence[Workload],
    signals: Signals,
    capacity: Capacity,
    mode: Mode = "auto",
) -> PlanGrid:
    """The problem of ``workloads``, from :func:`in_window`, on ``signals``, which share slots.

    All workloads have the same objective. In ``auto`` each job is interruptible when it says so;
    the other modes hold for all. Raises :class:`SignalError` when nothing is known of any slot.
    """
    places = tuple(dict.fromkeys(place for w in workloads for place in w.places))
    first = signals[places[0]]
    ends = [signals[place].ends_at for place in places]
    ends_at = max((end for end in ends if end is not None), default=None)
    if ends_at is None:
        raise SignalError(
            "no carbon forecast for any of these half hours; run: gridctl fetch carbon-intensity, "
            "or add --allow-synthetic to plan on synthetic data"
        )
    slots = (ends_at - first.start) // HALF_HOUR
    masks: dict[object, int] = {}
    rows: list[Bools] = []
    windows, mask, power, length, kinds = [], [], [], [], []
    for workload in workloads:
        contiguous, on_off = _kind(workload, mode)
        key = (workload.places, workload.caps)
        if key not in masks:
            masks[key] = len(rows)
            rows.append(_allowed(workload, signals, places, slots))
        mask.append(masks[key])
        kinds.append((contiguous, on_off))
        needed = workload.duration / HALF_HOUR
        whole = ceil(needed - _EDGE)
        length.append(float(whole) if on_off else needed)
        kw = (workload.power_kw or 0.0) * (needed / whole if on_off else 1.0)
        power.append(kw)
        windows.append(_window(workload, first, ends_at, contiguous))
    window = np.array(windows, dtype=np.int64)
    kind = np.array(kinds, dtype=bool)
    cost = np.stack(
        [objective_values(signals[p], workloads[0])[:slots] / 1000 for p in places]
    )  # per MWh, and g per kWh: kg and GBP per kWh
    problem = Problem(
        cost=cost,
        capacity_kw=capacity.array(places, first.start, slots),
        step_hours=_STEP_HOURS,
        power_kw=np.array(power),
        length=np.array(length),
        first=window[:, 0],
        end=window[:, 1],
        last_start=window[:, 2],
        mask=np.array(mask, dtype=np.int64),
        allowed=np.stack(rows),
        priority=np.array([w.priority for w in workloads], dtype=np.int64),
        contiguous=kind[:, 0],
        on_off=kind[:, 1],
    )
    return PlanGrid(problem, places, first.start, ends_at, tuple(workloads), signals)


def _kind(workload: Workload, mode: Mode) -> tuple[bool, bool]:
    """Whether the job runs in one piece, and whether its slots are all or nothing."""
    if mode == "auto":
        return not workload.may_pause, False
    return mode == "contiguous", mode == "on-off"


def _allowed(workload: Workload, signals: Signals, places: Sequence[Place], slots: int) -> Bools:
    allowed = np.zeros((len(places), slots), dtype=bool)
    for row, place in enumerate(places):
        if place in workload.places:
            signal = signals[place]
            open_ = usable_slots(signal, workload, workload.caps)
            for cap in workload.caps:
                with np.errstate(invalid="ignore"):
                    open_ &= series_values(signal, cap) <= cap.sign * cap.limit
            allowed[row] = open_[:slots]
    return allowed


def _window(
    workload: Workload, signal: Signal, ends_at: datetime, contiguous: bool
) -> tuple[int, int, int]:
    """The first slot, the one after the last, and the last that a contiguous run starts in."""
    earliest = workload.earliest or signal.start
    needed = workload.duration / HALF_HOUR
    touched = ceil(needed - _EDGE)
    slots = (ends_at - signal.start) // HALF_HOUR
    deadline = min(workload.deadline or ends_at, ends_at)
    first = ceil(signal.offset_of(earliest) - _EDGE)
    last_start = floor(signal.offset_of(deadline) - needed + _EDGE)
    end = floor(signal.offset_of(deadline) + _EDGE)
    if not workload.deferrable:
        last_start, end = min(first, last_start), min(first + touched, end)
    last_start = min(last_start, slots - touched)
    return first, (last_start + touched if contiguous else min(end, slots)), last_start
