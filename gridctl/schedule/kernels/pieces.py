"""The cheapest pieces of a job whose pauses have a price: exact, by dynamic programming.

Each piece lasts at least the minimum run, and resuming after a pause draws the restart energy in
the slot it resumes in. Time is cut into grains of whole seconds: the greatest length that divides
the slot, the minimum run, the job and the offsets of the window.

Why the grid of grains holds an optimum. Fix how many pieces there are and the slots in which each
begins and ends. The cost is then linear in the begins and ends, and they are bound by differences
(a slot's edge, the window, the minimum run) and by one sum, the job's length. In a vertex all but
one of them hang by tight differences on an edge or an end of the window, so they lie on the grid;
what may be left, a single begin or end (a whole piece would leave the sum as it is), is set by the
sum, with coefficient one, and so lies on the grid too. Two pieces that touch are one piece, with
one restart less. A pause that ends inside a slot costs what one at the slot's beginning costs, so
nothing is lost there either; only resuming in the last instant of a cheap slot, to draw the restart
energy in it, is a limit that no grid reaches, and no plan either.

A restart is never counted as a gain: where a value is below zero it costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, inf

import numpy as np

from gridctl.schedule.kernels.contiguous import Bools, Floats

MOST_STATES = 8_000_000  # work done x time x pauses: 64 MB, and less than 0.1 s
_PAUSE = 1e-9  # of the sum of all costs: a pause must gain more than this
_ROUNDING = 1e-13

Pieces = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Grid:
    """Costs by grain. t grains, in units of cost for a grain of running.

    ``sums`` (t + 1) the prefix sums of the cost, ``shut`` (t) infinite where it may not run, 0
    elsewhere, ``restart`` (t) what resuming there costs.
    """

    sums: Floats
    shut: Floats
    restart: Floats


def grain_of(slot: int, work: int, shortest: int, first: int, last: int, layers: int) -> int | None:
    """Seconds of a grain: the exact one or, where that means too many states, a coarser one.

    Of coarser ones whole minutes go first.

    ``work`` and ``shortest`` are always whole grains; under a coarser grain the window
    (``first`` to ``last``) is not, and has to be cut to it. ``None`` when even that is too fine.
    """
    common = gcd(slot, work, shortest)

    def fits(grain: int) -> bool:
        return (work // grain + 1) * ((last - first) // grain + 1) * layers <= MOST_STATES

    exact = gcd(common, first, last)
    if fits(exact):
        return exact
    coarser = [g for g in range(exact, common + 1) if common % g == 0 and fits(g)]
    minutes = [g for g in coarser if g % 60 == 0]
    return next(iter([*minutes, *coarser]), None)


def make_grid(
    value: Floats, restart: Floats, usable: Bools, slot: int, grain: int, first: int, last: int
) -> Grid:
    """The grains of ``[first, last)`` seconds, both whole grains, from arrays by slot (n).

    ``value`` is the cost of running for a whole slot, ``restart`` of resuming in it.
    """
    at = np.arange(first, last, grain) // slot
    open_ = usable[at]
    cost = np.where(open_, value[at] * (grain / slot), 0.0)
    sums = np.concatenate(([0.0], np.cumsum(cost)))
    again = np.where(open_, np.maximum(restart[at], 0.0), 0.0)
    return Grid(sums, np.where(open_, 0.0, inf), again)


def cheapest_pieces(
    grid: Grid, work: int, shortest: int, most: int | None = None, *, soonest: bool = False
) -> Pieces | None:
    """The pieces (first grain, one past the last) of least cost that add up to ``work`` grains.

    Each has at least ``shortest`` grains, and there are at most ``most`` of them. Of equal ones
    those with the fewest pauses, then the one done first. ``soonest`` drops the preference for few
    pauses, and ``None`` says that there is no way.
    """
    if not 0 < shortest <= work < len(grid.sums):
        return None
    done = _costs(grid, work, shortest, most, 0.0 if soonest else _penalty(grid))
    final = done[work] + grid.sums
    least = float(final.min())
    if least == inf:
        return None
    tie = _ROUNDING * _scale(grid)
    ties = final <= least + tie
    if soonest:
        ties &= np.arange(len(grid.sums)) <= ties.any(axis=0).argmax()
    layer, end = divmod(int(ties.argmax()), len(grid.sums))
    return _trace(grid, done, work, shortest, layer, end, tie)


def _scale(grid: Grid) -> float:
    return 1.0 + float(np.abs(np.diff(grid.sums)).sum())


def _penalty(grid: Grid) -> float:
    return _PAUSE * _scale(grid)


def _costs(grid: Grid, work: int, shortest: int, most: int | None, penalty: float) -> Floats:
    """Least cost by (work done, pieces begun, time), running then and free to pause.

    The prefix sum at that time is taken off, which makes running on a shift by one grain. Without
    a limit on pieces they need not be counted: one layer.
    """
    layers = most or 1
    count = len(grid.sums)
    done = np.full((work + 1, layers, count), inf)
    barred = np.concatenate(([0.0], np.cumsum(grid.shut > 0)))
    begins = np.where(barred[shortest:] > barred[: count - shortest], inf, 0.0)
    begins -= grid.sums[: count - shortest]
    resumes = begins + grid.restart[: count - shortest] + penalty
    done[shortest, 0, shortest:] = begins
    for amount in range(shortest + 1, work + 1):
        now, before = done[amount], amount - shortest
        np.add(done[amount - 1, :, :-1], grid.shut, out=now[:, 1:])
        if before < shortest:
            continue
        paused = done[before] + grid.sums
        np.minimum.accumulate(paused, axis=1, out=paused)
        resumed = paused[:, : count - shortest] + resumes
        if most is None:
            np.minimum(now[:, shortest:], resumed, out=now[:, shortest:])
        else:
            np.minimum(now[1:, shortest:], resumed[:-1], out=now[1:, shortest:])
    return done


def _trace(
    grid: Grid, done: Floats, work: int, shortest: int, layer: int, end: int, tie: float
) -> Pieces:
    pieces: Pieces = []
    limited = done.shape[1] > 1
    at, stop = end, end
    while True:
        while work > shortest and done[work, layer, at] == done[work - 1, layer, at - 1]:
            work, at = work - 1, at - 1
        work, at = work - shortest, at - shortest
        if pieces and pieces[-1][0] == stop:
            stop = pieces.pop()[1]
        pieces.append((at, stop))
        if not work:
            return pieces[::-1]
        layer -= limited
        paused = done[work, layer, : at + 1] + grid.sums[: at + 1]
        at = stop = int((paused <= paused.min() + tie).argmax())
