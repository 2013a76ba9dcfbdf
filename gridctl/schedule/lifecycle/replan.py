"""Reconsider a planned workload on a newer signal. Pure: values in, a change out.

A plan moves only when what it gains, both valued on the new signal, exceeds the larger of a share
of what the present plan comes to and an absolute amount, or when the present plan breaks a cap.
Two forecasts that alternate within that band never make a plan flap. Nothing moves that starts
within the freeze, nor to a start within it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from gridctl.clock import format_duration
from gridctl.errors import SignalError, UsageError
from gridctl.schedule.job.workload import Cap, Workload
from gridctl.schedule.signals.signal import Place, Signal
from gridctl.schedule.single.decide import decide
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.reasons import brief_time, cap_text, figure, place_name
from gridctl.schedule.single.search import objective_values, pieces, series_values

Action = Literal["kept", "moved", "planned", "infeasible", "missed", "cancelled", "failed"]
Missed = Literal["reschedule", "cancel", "keep"]


@dataclass(frozen=True)
class Hysteresis:
    """When a plan may move: the least gain, in per cent, kg and GBP, and the freeze before it."""

    min_saving_pct: float = 2.0
    min_saving_kg: float = 0.1
    min_saving_gbp: float = 0.01
    freeze: timedelta = timedelta(minutes=30)

    def least_gain(self, workload: Workload, before: float, *, in_total: bool) -> float:
        """What a move must gain over a plan worth ``before``, both as of :func:`worth`."""
        share = abs(before) * self.min_saving_pct / 100
        if not in_total:  # of a mean only the share says anything
            return share
        absolute = self.min_saving_kg if workload.objective == "carbon" else self.min_saving_gbp
        return max(share, absolute)


Piece = tuple[datetime, datetime, float | None]  # start, end, kWh if known


@dataclass(frozen=True)
class Plan:
    """The run that is planned, piece by piece, in one place.

    What was handed over to another scheduler cannot begin sooner; what was planned together with
    others under common limits is not moved alone.
    """

    place: Place
    pieces: tuple[Piece, ...]
    is_handed_over: bool = False
    is_planned_together: bool = False

    @property
    def start(self) -> datetime:
        return self.pieces[0][0]

    @property
    def end(self) -> datetime:
        return self.pieces[-1][1]


@dataclass(frozen=True)
class Change:
    """What to do about one workload. ``before``, ``after`` and ``gain`` are in ``unit``.

    ``decision`` is there when something is to be written. ``lacks_signal`` when nothing could be
    said for want of a forecast.
    """

    action: Action
    reason: str
    decision: Decision | None = None
    before: float | None = None
    after: float | None = None
    gain: float | None = None
    unit: str = ""
    lacks_signal: bool = False


def reconsider(
    workload: Workload,
    plan: Plan,
    signals: Mapping[Place, Signal],
    now: datetime,
    rules: Hysteresis,
    missed: Missed = "reschedule",
) -> Change:
    """Keep, move or report one planned workload, as of ``now``.

    ``workload`` is as it was asked for, its ``start`` and ``deadline`` filled in as they were when
    it was first decided. ``signals`` are of its places and of the plan's.
    """
    if plan.start + rules.freeze <= now:
        return _after_missing(workload, plan, signals, now, missed)
    if plan.is_planned_together:
        return Change("kept", "planned together with others: schedule plan places them anew")
    if plan.start < now + rules.freeze:
        return Change("kept", f"its start is within {format_duration(rules.freeze)} of now")
    earliest = max(workload.earliest or now, now + rules.freeze)
    if plan.is_handed_over:  # what was handed over cannot begin sooner
        earliest = max(earliest, plan.start)
    if not workload.deferrable and workload.start is not None:
        earliest = min(earliest, workload.start)
    try:
        decision = decide(replace(workload, earliest=earliest), _own(signals, workload), now)
    except SignalError as error:
        return Change("kept", f"not reconsidered: {error}", lacks_signal=True)
    except UsageError:
        return Change("kept", "no time is left to move it")
    return _weigh(workload, plan, signals, decision, rules)


def _own(signals: Mapping[Place, Signal], workload: Workload) -> dict[Place, Signal]:
    return {place: signals[place] for place in workload.places}


def _after_missing(
    workload: Workload,
    plan: Plan,
    signals: Mapping[Place, Signal],
    now: datetime,
    missed: Missed,
) -> Change:
    """A start that went by without anybody saying that it began."""
    told = f"it was to start at {brief_time(plan.start)} and was never marked as started"
    if missed == "cancel":
        return Change("cancelled", told)
    if missed == "keep" or plan.is_handed_over or plan.is_planned_together:
        return Change("missed", told)
    earliest = max(workload.earliest or now, now)
    if not workload.deferrable:
        return Change("missed", f"{told}; it may not be deferred")
    try:
        decision = decide(replace(workload, earliest=earliest), _own(signals, workload), now)
    except SignalError as error:
        return Change("missed", f"{told}; not placed anew: {error}", lacks_signal=True)
    except UsageError:
        return Change("missed", f"{told}; its deadline no longer allows a run")
    if decision.expected is None:
        return Change("infeasible", f"{told}; {decision.reason}")
    return Change("moved", f"{told}: {decision.reason}", decision)


def _weigh(
    workload: Workload,
    plan: Plan,
    signals: Mapping[Place, Signal],
    decision: Decision,
    rules: Hysteresis,
) -> Change:
    priced = decision.workload
    new = tuple((s.start, s.end, s.energy_kwh) for s in decision.segments)
    in_total = has_energy(plan.pieces) and has_energy(new)
    unit = value_unit(workload, in_total=in_total)
    before = worth(priced, plan.pieces, signals[plan.place], in_total=in_total)
    broken = broken_cap(workload, plan.pieces, signals[plan.place])
    if decision.expected is None:
        if broken is None:
            return Change("kept", "nothing better fits, and the plan keeps its caps", unit=unit)
        return Change("infeasible", f"{broken}, and {decision.reason}", before=before, unit=unit)
    place = decision.expected.place
    if place == plan.place and _times(new) == _times(plan.pieces):
        return Change("kept", "the plan is still the best", None, before, before, 0.0, unit)
    after = worth(priced, new, signals[place], in_total=in_total)
    if before is None or after is None:
        return Change("kept", "the plan lies in half hours that are not known now", unit=unit)
    gain, least = before - after, rules.least_gain(workload, before, in_total=in_total)
    where = _where(decision, plan)
    numbers = f"{figure(after)} {unit} instead of {figure(before)} {unit}"
    if broken is not None:
        return Change("moved", f"{where}: {broken}; {numbers}", decision, before, after, gain, unit)
    if gain <= least:
        reason = f"{where} would gain {figure(gain)} {unit}, not more than {figure(least)} {unit}"
        return Change("kept", reason, None, before, after, gain, unit)
    reason = f"{where}: {numbers}, by the newest forecast"
    return Change("moved", reason, decision, before, after, gain, unit)


def _times(parts: Sequence[Piece]) -> list[tuple[int, int]]:
    """Whole seconds, as the record keeps them, with pieces that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end, _ in parts:
        first, last = int(start.timestamp()), int(end.timestamp())
        if joined and joined[-1][1] == first:
            first = joined.pop()[0]
        joined.append((first, last))
    return joined


def _where(decision: Decision, plan: Plan) -> str:
    run = decision.expected
    if run is None:
        return ""
    text = f"from {brief_time(plan.start)} to {brief_time(run.start)}"
    if run.place != plan.place:
        text += f", from {place_name(plan.place)} to {place_name(run.place)}"
    return text


def has_energy(parts: Sequence[Piece]) -> bool:
    """Whether the energy of every piece is known."""
    return all(energy is not None for _, _, energy in parts)


def value_unit(workload: Workload, *, in_total: bool) -> str:
    """What :func:`worth` counts in."""
    if not in_total:
        return "g/kWh" if workload.objective == "carbon" else "GBP/MWh"
    return "kg" if workload.objective == "carbon" else "GBP"


def worth(
    workload: Workload, parts: Sequence[Piece], signal: Signal, *, in_total: bool
) -> float | None:
    """What a run comes to in the workload's objective: kg or GBP ``in_total``, else the mean over
    its time. The energy of a move away from home costs what the run's own costs on average.

    ``None`` when a half hour of it is not known.
    """
    values = objective_values(signal, workload)
    total = weights = 0.0
    for start, end, energy in parts:
        whole, covered = end - start, timedelta(0)
        weight = energy if in_total and energy is not None else whole / timedelta(hours=1)
        for slot, begins, ends in pieces(signal, start, end):
            total += weight * ((ends - begins) / whole) * float(values[slot])
            covered += ends - begins
        if covered < whole:
            return None
        weights += weight
    if not np.isfinite(total) or not weights:
        return None
    mean = total / weights
    return mean * (weights + workload.moved_kwh(signal.place)) / 1000 if in_total else mean


def broken_cap(
    workload: Workload,
    parts: Sequence[Piece],
    signal: Signal,
) -> str | None:
    """Which cap a run breaks on this signal, and by what value; ``None`` when it keeps all."""
    for cap in workload.caps:
        worst = _worst(workload, cap, parts, signal)
        if worst is not None and cap.sign * worst > cap.sign * cap.limit + 1e-9:
            return f"the plan would have {figure(worst)} {cap.unit} against {cap_text(cap)}"
    return None


def _worst(
    workload: Workload,
    cap: Cap,
    parts: Sequence[Piece],
    signal: Signal,
) -> float | None:
    """The value furthest past the cap, or where the cap is on the mean that, by energy if known."""
    values = series_values(signal, cap)
    by_energy = has_energy(parts)
    found = []
    for start, end, energy in parts:
        hours = (end - start) / timedelta(hours=1)
        power = energy / hours if by_energy and energy is not None else 1.0
        for slot, begins, ends in pieces(signal, start, end):
            if np.isfinite(values[slot]):
                weight = power * ((ends - begins) / timedelta(hours=1))
                found.append((float(values[slot]), weight))
    if not found:
        return None
    if workload.cap_mode == "slot":
        return cap.sign * max(value for value, _ in found)
    weights = sum(weight for _, weight in found)
    if not weights:
        return None
    return cap.sign * sum(value * weight for value, weight in found) / weights
