"""The cheapest hours and servers of an elastic job: exact, by marginal throughput.

At each number of servers a throughput and a power were measured, and a slot's time may be shared
between numbers of servers, so the power that a throughput needs is the lower convex hull of the
points (where energy costs less than nothing, the upper one). Along the hull each further unit of
throughput costs more than the last, so the job is a knapsack of (slot, step of the hull) items:
take the cheapest per unit of work, as many as needed, the last in part. A step is never taken
before the ones below it, which are cheaper, and an exchange shows that nothing is better.

Hours are floats counted in slots; power and throughput are per slot in whatever unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridctl.schedule.kernels.contiguous import EDGE, Bools, Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """What each level of servers does and draws. k levels, the first of them idle (0, 0).

    ``lower`` and ``upper`` are the levels on the hull below and above, by rising throughput.
    """

    throughput: Floats
    power: Floats
    lower: NDArray[np.intp]
    upper: NDArray[np.intp]


def make_curve(throughput: Floats, power: Floats) -> Curve:
    """The curve with its hulls. The first level is idle: no throughput and no power."""
    return Curve(throughput, power, _hull(throughput, power), _hull(throughput, -power))


def _hull(across: Floats, up: Floats) -> NDArray[np.intp]:
    """The lower hull by indices, from idle to the greatest throughput: a monotone chain."""
    kept = [0]
    for i in np.lexsort((up, across)).tolist():
        if across[i] == across[kept[-1]]:
            continue
        while len(kept) > 1 and _is_above(across, up, kept[-2], kept[-1], i):
            kept.pop()
        kept.append(i)
    return np.array(kept, dtype=np.intp)


def _is_above(across: Floats, up: Floats, a: int, b: int, c: int) -> bool:
    """Whether b lies on or above the line from a to c."""
    rise = (up[b] - up[a]) * (across[c] - across[a])
    return bool(rise >= (up[c] - up[a]) * (across[b] - across[a]))


def cheapest_levels(
    curve: Curve, value: Floats, usable: Bools, work: float, earliest: float, finish: float
) -> Floats | None:
    """Slots of time at each level in each slot (k, n), of least value times power, doing ``work``.

    ``None`` when all servers in all usable slots of ``[earliest, finish]`` do not do that much.
    """
    count = len(value)
    at = np.arange(count, dtype=np.float64)
    room = np.clip(np.minimum(at + 1.0, finish) - np.maximum(at, earliest), 0.0, None)
    room[~usable] = 0.0
    open_ = np.flatnonzero(room > EDGE)
    level, slot = _items(curve, value, open_)
    gain = np.concatenate([_gains(curve, hull) for hull in (curve.lower, curve.upper)])[level]
    done = np.cumsum(gain * room[slot])
    last = int(done.searchsorted(work * (1.0 - EDGE)))
    if last == len(done):
        return None
    share = np.ones(last + 1)
    if last:
        share[last] = (work - done[last - 1]) / (done[last] - done[last - 1])
    else:
        share[0] = work / done[0]
    taken = room[slot[: last + 1]] * np.minimum(share, 1.0)
    return _levels(curve, level[: last + 1], slot[: last + 1], taken, count)


def _gains(curve: Curve, hull: NDArray[np.intp]) -> Floats:
    gains: Floats = np.diff(curve.throughput[hull])
    return gains


def _items(
    curve: Curve, value: Floats, slots: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every step of the hull in every slot, the cheapest per unit of work first.

    Steps are numbered along the lower hull and then along the upper one.
    """
    below, above = len(curve.lower) - 1, len(curve.upper) - 1
    slopes = np.concatenate(
        [np.diff(curve.power[h]) / _gains(curve, h) for h in (curve.lower, curve.upper)]
    )
    dear, paid = slots[value[slots] >= 0], slots[value[slots] < 0]
    level = np.concatenate(
        (np.tile(np.arange(below), len(dear)), np.tile(below + np.arange(above), len(paid)))
    )
    slot = np.concatenate((np.repeat(dear, below), np.repeat(paid, above)))
    cost = slopes[level] * value[slot]
    order = np.lexsort((slot, level, cost))
    return level[order], slot[order]


def _levels(
    curve: Curve, level: NDArray[np.intp], slot: NDArray[np.intp], taken: Floats, count: int
) -> Floats:
    """From one level to the next on the hull: time moves from the foot of a step to its head."""
    feet = np.concatenate((curve.lower[:-1], curve.upper[:-1]))
    heads = np.concatenate((curve.lower[1:], curve.upper[1:]))
    hours = np.zeros((len(curve.power), count))
    np.add.at(hours, (heads[level], slot), taken)
    np.subtract.at(hours, (feet[level], slot), taken)
    hours[0] = 0.0
    return np.clip(hours, 0.0, None)
