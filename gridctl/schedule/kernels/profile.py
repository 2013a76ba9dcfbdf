"""Where an uninterrupted job of changing power costs least: exact, in continuous time.

The power is constant in each piece of the profile, so the cost is a sum of integrals of a step
function, piecewise linear in the start, and bends only where a bound of a piece meets a slot edge.
The least cost is had at one of those starts or at an end of the window. Where a mean is capped, its
excess bends at the same starts, and its zeros between them join the candidates.

Instants and durations are floats counted in slots from the beginning of the arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from gridctl.schedule.kernels.contiguous import EDGE, Floats, MeanCap, Placement, Slots


@dataclass(frozen=True, slots=True)
class Profile:
    """Piecewise constant power. p pieces: ``bounds`` (p + 1) from 0, ``power`` (p)."""

    bounds: Floats
    power: Floats

    @property
    def total(self) -> float:
        """The integral of the power."""
        return float(self.power @ np.diff(self.bounds))


def cheapest_profile_start(
    slots: Slots,
    profile: Profile,
    earliest: float,
    latest: float,
    caps: Sequence[MeanCap] = (),
) -> Placement | None:
    """The start in ``[earliest, latest]`` of least power-weighted mean; of equal ones the earliest.

    Each of ``caps`` bounds the power-weighted mean of its series. A piece without power touches
    nothing. ``None`` when every start touches a shut slot, breaks a cap or leaves the arrays.
    """
    length, total = float(profile.bounds[-1]), profile.total
    earliest = max(earliest, 0.0)
    latest = min(latest, len(slots.value) - length)
    if earliest - EDGE <= latest < earliest:
        latest = earliest
    if latest < earliest:
        return None
    starts = _bends(len(slots.value), profile, earliest, latest)
    excesses = [(cap, _weighted(cap.sums, profile, starts) - cap.limit * total) for cap in caps]
    zeros = [_zeros(starts, excess) for _, excess in excesses]
    starts = np.unique(np.concatenate((starts, *zeros)))
    allowed = _is_open(slots.sums[1], profile, starts)
    for cap, _ in excesses:
        slack = EDGE * (1.0 + abs(cap.limit)) * total * max(length, 1.0)
        allowed &= _weighted(cap.sums, profile, starts) - cap.limit * total <= slack
    if not allowed.any():
        return None
    cost = np.where(allowed, _weighted(slots.sums[0], profile, starts), inf)
    tie = slots.tie * float(profile.power.max())
    chosen = int((cost <= cost.min() + tie).argmax())
    return Placement(float(starts[chosen]), float(cost[chosen]) / total)


def _bends(count: int, profile: Profile, earliest: float, latest: float) -> Floats:
    edges = np.arange(count + 1, dtype=np.float64)
    meeting = (edges[None, :] - profile.bounds[:, None]).ravel()
    inside = meeting[(meeting >= earliest) & (meeting <= latest)]
    return np.unique(np.concatenate(([earliest, latest], inside)))


def _weighted(sums: Floats, profile: Profile, starts: Floats) -> Floats:
    """The power times the value, integrated over the job, for each start."""
    edges = np.arange(len(sums), dtype=np.float64)
    reached = np.interp(starts[None, :] + profile.bounds[:, None], edges, sums)
    weighted: Floats = profile.power @ np.diff(reached, axis=0)
    return weighted


def _is_open(shut_sums: Floats, profile: Profile, starts: Floats) -> np.ndarray:
    drawn = profile.power > 0
    begins = starts[None, :] + profile.bounds[:-1][drawn][:, None]
    ends = starts[None, :] + profile.bounds[1:][drawn][:, None]
    first = np.floor(begins + EDGE).astype(np.intp)
    last = np.ceil(ends - EDGE).astype(np.intp)
    touched: np.ndarray = (shut_sums[last] != shut_sums[first]).any(axis=0)
    return ~touched


def _zeros(starts: Floats, excess: Floats) -> Floats:
    left, right = excess[:-1], excess[1:]
    changes = (left < 0) != (right < 0)
    left, right = left[changes], right[changes]
    zeros: Floats = starts[:-1][changes] + left / (left - right) * np.diff(starts)[changes]
    return zeros
