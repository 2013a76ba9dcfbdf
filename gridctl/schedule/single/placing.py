"""Hand a job to the kernel of its kind, and turn what the kernel answers into a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import ceil, floor

import numpy as np

from gridctl.clock import HALF_HOUR, format_duration
from gridctl.errors import UsageError
from gridctl.schedule.job.workload import Workload
from gridctl.schedule.kernels import contiguous, elastic, interruptible
from gridctl.schedule.kernels import pieces as dp
from gridctl.schedule.kernels import profile as profiles
from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.kernels.means import least_under_means
from gridctl.schedule.signals.readings import SLOT
from gridctl.schedule.signals.signal import Signal
from gridctl.schedule.single.runs import Run, Stretch, draws

_HOURS = HALF_HOUR / timedelta(hours=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Bound:
    """An upper bound on the energy-weighted mean of ``values`` (n)."""

    values: Floats
    limit: float


@dataclass(frozen=True)
class Ask:
    """One search: ``value`` (n) what energy costs by slot, ``usable`` (n) where it may be drawn.

    The run lies inside ``[earliest, finish]``. ``soonest`` asks for the run that is done first,
    whatever it costs.
    """

    signal: Signal
    workload: Workload
    value: Floats
    usable: Bools
    bounds: Sequence[Bound]
    earliest: datetime
    finish: datetime
    soonest: bool = False

    @property
    def window(self) -> tuple[float, float]:
        """In slots."""
        return self.signal.offset_of(self.earliest), self.signal.offset_of(self.finish)


def place(ask: Ask) -> Run | None:
    """The best run there is; ``None`` when there is none."""
    workload = ask.workload
    if workload.curve:
        return _elastic(ask)
    if workload.power_profile:
        return _profile(ask)
    if not workload.may_pause:
        return _contiguous(ask)
    free = None if ask.soonest and workload.limits_pauses else _cheapest(ask)
    if not workload.limits_pauses or (free is not None and _keeps_limits(free, workload)):
        return free
    pieces = _in_pieces(ask)
    whole = _contiguous(ask) if pieces is None or not ask.soonest else None
    return _better(pieces, whole)


def _keeps_limits(run: Run, workload: Workload) -> bool:
    """Whether the cheapest choice of all needs no limit: then it is the best under it too."""
    if run.pauses and workload.restart_energy_kwh:
        return False
    if workload.max_pauses is not None and run.pauses > workload.max_pauses:
        return False
    shortest = workload.min_run or timedelta(0)
    return all(end - start >= shortest for start, end in run.pieces)


def _better(pieces: Run | None, whole: Run | None) -> Run | None:
    """Without a pause any instant will do for a start, also those between two grains."""
    if pieces is None or whole is None:
        return pieces or whole
    gained = pieces.objective - whole.objective
    return whole if gained > 1e-12 * abs(pieces.objective) else pieces


def when_asked(workload: Workload, place: int | None, start: datetime, finish: datetime) -> Run:
    """Without stopping and without saving anything, from ``start`` on.

    An elastic job then runs at the fewest servers that are done by ``finish``, at all of them when
    none are. The objective is not computed: 0.
    """
    if workload.power_profile:
        return Run(place, _steps(workload, start), 0.0)
    if not workload.curve:
        power = workload.own_kwh / workload.hours
        return Run(place, (Stretch(start, start + workload.duration, power),), 0.0)
    hours = (finish - start) / timedelta(hours=1)
    levels = sorted(level for level in workload.curve if level[1] > 0)
    fit = [level for level in levels if workload.work_units <= level[1] * 3600 * hours + 1e-9]
    servers, throughput, power = fit[0] if fit else max(levels, key=lambda level: level[1])
    seconds = workload.work_units / throughput
    end = start + timedelta(seconds=seconds)
    return Run(place, (Stretch(start, end, power, servers=servers),), 0.0)


def valued(ask: Ask, run: Run) -> Run:
    """The run with its objective, which must lie on slots with a value."""
    total = sum(draw.energy_kwh * float(ask.value[draw.slot]) for draw in draws(ask.signal, run))
    return replace(run, objective=total / ask.workload.own_kwh)


def _contiguous(ask: Ask) -> Run | None:
    duration = ask.workload.duration / HALF_HOUR
    earliest, finish = ask.window
    slots = contiguous.prepare(ask.value, ask.usable)
    if ask.bounds:
        bounds = [contiguous.mean_cap(b.values, ask.usable, b.limit) for b in ask.bounds]
        found = contiguous.cheapest_start_under_means(
            slots, bounds, duration, earliest, finish - duration
        )
    else:
        found = contiguous.cheapest_start(slots, duration, earliest, finish - duration)
    if found is None:
        return None
    start = _within(ask, found.start)
    run = when_asked(ask.workload, ask.signal.place, start, ask.finish)
    return replace(run, objective=found.mean)


def _within(ask: Ask, offset: float) -> datetime:
    latest = ask.finish - ask.workload.duration
    return min(max(ask.signal.time_of(offset), ask.earliest), latest)


def _profile(ask: Ask) -> Run | None:
    workload = ask.workload
    shape = workload.power_profile or ()
    hours = np.array([hours for hours, _ in shape])
    profile = profiles.Profile(
        np.concatenate(([0.0], np.cumsum(hours))) / _HOURS, np.array([power for _, power in shape])
    )
    earliest, finish = ask.window
    found = profiles.cheapest_profile_start(
        contiguous.prepare(ask.value, ask.usable),
        profile,
        earliest,
        finish - float(profile.bounds[-1]),
        [contiguous.mean_cap(b.values, ask.usable, b.limit) for b in ask.bounds],
    )
    if found is None:
        return None
    stretches = _steps(workload, _within(ask, found.start))
    return Run(ask.signal.place, stretches, found.mean)


def _steps(workload: Workload, start: datetime) -> tuple[Stretch, ...]:
    """The power profile laid out from ``start``."""
    stretches, elapsed = [], 0.0
    for hours, power in workload.power_profile or ():
        begins = start + timedelta(hours=elapsed)
        elapsed += hours
        stretches.append(Stretch(begins, start + timedelta(hours=elapsed), power))
    return tuple(stretches)


def _cheapest(ask: Ask) -> Run | None:
    duration = ask.workload.duration / HALF_HOUR
    earliest, finish = ask.window
    value = np.arange(len(ask.value), dtype=np.float64) if ask.soonest else ask.value

    def solve(values: Floats) -> Floats | None:
        ranked = interruptible.rank(values, ask.usable)
        chosen = interruptible.cheapest_slots(ranked, duration, earliest, finish)
        if chosen is None:
            return None
        return interruptible.amounts_of(ranked, chosen, duration, earliest, finish)[None, :]

    hours = least_under_means(solve, value, _excesses(ask), np.ones(1))
    if hours is None:
        return None
    spans = interruptible.spans_of(hours[0], earliest, finish)
    power = ask.workload.own_kwh / ask.workload.hours
    times = [(ask.signal.time_of(begin), ask.signal.time_of(end)) for begin, end in spans]
    stretches = tuple(Stretch(begin, end, power) for begin, end in times if begin < end)
    return valued(ask, Run(ask.signal.place, stretches, 0.0))


def _excesses(ask: Ask) -> list[Floats]:
    return [np.where(ask.usable, b.values - b.limit, 0.0) for b in ask.bounds]


def _in_pieces(ask: Ask) -> Run | None:
    workload, signal = ask.workload, ask.signal
    work = round(workload.duration / _SECOND)
    shortest = round((workload.min_run or timedelta(0)) / _SECOND)
    first, last, grain, most = _grain(signal, workload, ask.earliest, ask.finish)
    if grain is None:
        raise _too_fine(workload)
    cut = bool(first % grain or last % grain)
    first, last = -(-first // grain) * grain, last // grain * grain
    power = workload.own_kwh / workload.hours
    restart_kwh = workload.restart_energy_kwh or 0.0
    value = np.zeros(len(ask.value)) if ask.soonest else ask.value
    grid = dp.make_grid(
        value * (power * _HOURS), value * restart_kwh, ask.usable, SLOT, grain, first, last
    )
    found = dp.cheapest_pieces(
        grid, work // grain, max(shortest // grain, 1), most, soonest=ask.soonest
    )
    if found is None:
        return None
    origin, step = signal.start + first * _SECOND, grain * _SECOND
    stretches = [
        Stretch(origin + begin * step, origin + end * step, power, restart_kwh)
        for begin, end in found
    ]
    stretches[0] = replace(stretches[0], restart_kwh=0.0)
    run = Run(signal.place, tuple(stretches), 0.0, grain if cut else None)
    return valued(ask, run)


def _grain(
    signal: Signal, workload: Workload, earliest: datetime, finish: datetime
) -> tuple[int, int, int | None, int | None]:
    """The window in seconds from the start of the arrays, the grain for it, and the most pieces.

    Two pieces in one slot could as well be one, so a limit beyond the slots is none.
    """
    first = max(ceil((earliest - signal.start) / _SECOND - 1e-6), 0)
    last = min(floor((finish - signal.start) / _SECOND + 1e-6), len(signal.carbon.values) * SLOT)
    work = round(workload.duration / _SECOND)
    shortest = round((workload.min_run or timedelta(0)) / _SECOND)
    most = workload.most_pieces
    if most is not None and most > (last - first) // SLOT + 1:
        most = None
    return first, last, dp.grain_of(SLOT, work, shortest, first, last, most or 1), most


def _too_fine(workload: Workload) -> UsageError:
    return UsageError(
        f"a job of {format_duration(workload.duration)} with a minimum run, restart energy or "
        "pause limit is too long for so fine a grain: give its duration and minimum run in "
        "multiples of 5m or 30m, or leave those limits out"
    )


def _elastic(ask: Ask) -> Run | None:
    workload = ask.workload
    servers, throughput, power = map(np.array, zip(*workload.curve or (), strict=True))
    curve = elastic.make_curve(throughput * SLOT, power)
    work = workload.work_units
    earliest, finish = ask.window
    if ask.soonest:
        fastest = int(throughput.argmax())
        start = np.arange(len(ask.value), dtype=np.float64)
        curve = elastic.make_curve(curve.throughput[[0, fastest]], np.array([0.0, 1.0]))
        hours = elastic.cheapest_levels(curve, start, ask.usable, work, earliest, finish)
        servers, power = servers[[0, fastest]], power[[0, fastest]]
    else:
        solve = partial(
            elastic.cheapest_levels,
            curve, usable=ask.usable, work=work, earliest=earliest, finish=finish,
        )  # fmt: skip
        hours = least_under_means(solve, ask.value, _excesses(ask), power)
    if hours is None:
        return None
    stretches = _levels(ask, hours, servers.astype(int).tolist(), power.tolist())
    return valued(ask, Run(ask.signal.place, stretches, 0.0))


def _levels(
    ask: Ask, hours: Floats, servers: Sequence[int], power: Sequence[float]
) -> tuple[Stretch, ...]:
    """Lay the levels of each slot out, beside the slot before where that is the nearer level."""
    earliest, finish = ask.window
    busy = np.minimum(hours.sum(axis=0), 1.0)
    spans = interruptible.spans_of(busy, earliest, finish)
    found: list[tuple[float, float, int]] = []
    for begin, end in spans:
        at = begin
        for slot in range(floor(begin + contiguous.EDGE), ceil(end - contiguous.EDGE)):
            levels = np.flatnonzero(hours[:, slot] > contiguous.EDGE).tolist()
            if found and abs(levels[-1] - found[-1][2]) < abs(levels[0] - found[-1][2]):
                levels.reverse()
            for level in levels:
                until = at + float(hours[level, slot])
                if found and found[-1][2] == level and at - found[-1][1] <= contiguous.EDGE:
                    found[-1] = found[-1][0], until, level
                else:
                    found.append((at, until, level))
                at = until
    times = [(ask.signal.time_of(b), ask.signal.time_of(e), level) for b, e, level in found]
    return tuple(
        Stretch(begin, end, power[level], servers=servers[level])
        for begin, end, level in times
        if begin < end
    )
