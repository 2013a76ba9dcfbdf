"""Where a flat, uninterrupted job costs least: exact, in continuous time, on uniform slots.

The cost of a start is the integral of a step function over the job, so it is piecewise linear in
the start and bends only where the job starts or ends on a slot edge. The least cost is therefore
had at one of those starts, or at an end of the window. Slots that may not be touched only take
away intervals whose ends are such starts too, so these candidates are enough with a mask as well.

Instants and durations are floats counted in slots from the beginning of the arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Two instants nearer than this are one: 2 microseconds of a half hour. Sums of floats such as
# 17/30 + 73/30 miss a slot edge by a rounding error, which must not count as touching the slot.
EDGE = 1e-9
_ROUNDING = 1e-12  # of the sum of all values: what adding them up in floats can lose


@dataclass(frozen=True, slots=True)
class Slots:
    """Arrays prepared once and searched many times. n slots.

    ``value`` (n) what a slot costs, 0 where shut; ``shut`` (n) 1.0 where the job may not run;
    ``sums`` (2, n + 1) the prefix sums of both; ``tie`` the difference that does not count.
    """

    value: Floats
    shut: Floats
    sums: Floats
    tie: float


@dataclass(frozen=True, slots=True)
class MeanCap:
    """An upper bound on the mean of a series over the job. ``sums`` (n + 1) its prefix sums."""

    sums: Floats
    limit: float


@dataclass(frozen=True, slots=True)
class Placement:
    """A start, in slots, and the mean value over a job started there."""

    start: float
    mean: float


def prepare(value: Floats, usable: Bools) -> Slots:
    """Prefix sums for :func:`cheapest_start`. ``value`` may be NaN where ``usable`` is false."""
    count = len(value)
    cleaned = np.where(usable, value, 0.0)
    shut = np.where(usable, 0.0, 1.0)
    sums = np.zeros((2, count + 1))
    np.cumsum(cleaned, out=sums[0, 1:])
    np.cumsum(shut, out=sums[1, 1:])
    return Slots(cleaned, shut, sums, _ROUNDING * (1.0 + float(np.abs(cleaned).sum())))


def mean_cap(value: Floats, usable: Bools, limit: float) -> MeanCap:
    """A bound on the mean of ``value`` for :func:`cheapest_start_under_means`."""
    return MeanCap(np.concatenate(([0.0], np.cumsum(np.where(usable, value, 0.0)))), limit)


def cheapest_start(
    slots: Slots, duration: float, earliest: float, latest: float
) -> Placement | None:
    """The start in ``[earliest, latest]`` of least mean value; of equal ones the earliest.

    ``None`` when every start touches a shut slot or leaves the arrays.
    """
    earliest, latest = _inside(slots, duration, earliest, latest)
    if latest < earliest:
        return None
    whole, part = _split(duration)
    found = [_at(slots, duration, earliest), _at(slots, duration, latest)]
    found.append(_starting_on_edges(slots, whole, part, earliest, latest))
    if part:  # otherwise a job that starts on an edge also ends on one
        found.append(_ending_on_edges(slots, whole, part, earliest, latest))
    least = min(cost for cost, _ in found)
    if least == inf:
        return None
    start = min(start for cost, start in found if cost <= least + slots.tie)
    return Placement(min(max(start, earliest), latest), least / duration)


def cheapest_start_under_means(
    slots: Slots, caps: Sequence[MeanCap], duration: float, earliest: float, latest: float
) -> Placement | None:
    """As :func:`cheapest_start`, with the mean of each capped series at or below its limit.

    The excess over a limit is piecewise linear with the same bends as the cost. Between two bends
    the starts that hold a cap form an interval, so its ends, where the excess crosses zero, join
    the candidates.
    """
    earliest, latest = _inside(slots, duration, earliest, latest)
    if latest < earliest:
        return None
    edges = np.arange(slots.sums.shape[1], dtype=np.float64)
    bends = np.concatenate(([earliest, latest], edges, edges - duration))
    starts = np.unique(bends[(bends >= earliest) & (bends <= latest)])
    crossings = [_crossings(starts, _excess(cap, starts, duration)) for cap in caps]
    starts = np.unique(np.concatenate((starts, *crossings)))

    first = np.floor(starts + EDGE).astype(np.intp)
    last = np.ceil(starts + duration - EDGE).astype(np.intp)
    allowed = slots.sums[1, last] == slots.sums[1, first]
    for cap in caps:
        slack = EDGE * (1.0 + abs(cap.limit)) * max(duration, 1.0)
        allowed &= _excess(cap, starts, duration) <= slack
    if not allowed.any():
        return None
    cost = np.where(allowed, _integral(slots.sums[0], starts, duration), inf)
    chosen = int((cost <= cost.min() + slots.tie).argmax())
    return Placement(float(starts[chosen]), float(cost[chosen]) / duration)


def _inside(slots: Slots, duration: float, earliest: float, latest: float) -> tuple[float, float]:
    """The window cut to the arrays; a window of one instant survives rounding."""
    first = max(earliest, 0.0)
    last = min(latest, len(slots.value) - duration)
    return first, first if first - EDGE <= last < first else last


def _split(duration: float) -> tuple[int, float]:
    whole = floor(duration + EDGE)
    part = duration - whole
    return whole, part if part > EDGE else 0.0


def _starting_on_edges(
    slots: Slots, whole: int, part: float, earliest: float, latest: float
) -> tuple[float, float]:
    first, last = ceil(earliest - EDGE), floor(latest + EDGE)
    if first > last:
        return inf, inf
    ends = slice(first + whole, last + whole + 1)
    cost, shut = slots.sums[:, ends] - slots.sums[:, first : last + 1]
    if part:
        cost += part * slots.value[ends]
        shut += slots.shut[ends]
    return _first_of_least(cost, shut, float(first), slots.tie)


def _ending_on_edges(
    slots: Slots, whole: int, part: float, earliest: float, latest: float
) -> tuple[float, float]:
    first = ceil(earliest + whole + part - EDGE)
    last = floor(latest + whole + part + EDGE)
    if first > last:
        return inf, inf
    cost, shut = slots.sums[:, first : last + 1] - slots.sums[:, first - whole : last - whole + 1]
    begun = slice(first - whole - 1, last - whole)
    cost += part * slots.value[begun]
    shut += slots.shut[begun]
    return _first_of_least(cost, shut, first - whole - part, slots.tie)


def _first_of_least(cost: Floats, shut: Floats, first: float, tie: float) -> tuple[float, float]:
    np.copyto(cost, inf, where=shut > 0)
    least = float(cost.min())
    if least == inf:
        return inf, inf
    return least, first + int((cost <= least + tie).argmax())


def _at(slots: Slots, duration: float, start: float) -> tuple[float, float]:
    """The cost of one start and that start; infinite when it touches a shut slot."""
    end = start + duration
    first, last = floor(start + EDGE), ceil(end - EDGE)
    total, shut = slots.sums
    if shut[last] != shut[first]:
        return inf, inf
    after_last = (last - end) * slots.value[last - 1]
    before_first = (start - first) * slots.value[first]
    return float(total[last] - total[first] - after_last - before_first), start


def _integral(sums: Floats, starts: Floats, duration: float) -> Floats:
    edges = np.arange(len(sums), dtype=np.float64)
    whole: Floats = np.interp(starts + duration, edges, sums) - np.interp(starts, edges, sums)
    return whole


def _excess(cap: MeanCap, starts: Floats, duration: float) -> Floats:
    return _integral(cap.sums, starts, duration) - cap.limit * duration


def _crossings(starts: Floats, excess: Floats) -> Floats:
    left, right = excess[:-1], excess[1:]
    changes = (left < 0) != (right < 0)
    left, right = left[changes], right[changes]
    share = left / (left - right)
    crossings: Floats = starts[:-1][changes] + share * np.diff(starts)[changes]
    return crossings
