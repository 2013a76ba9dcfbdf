"""Bounds on means for choices that can be mixed: exact, by Lagrange multipliers.

An interruptible or elastic job is a linear program: hours at each level in each slot. A bound on
the mean of a series over its energy is one more row, energy times (series - limit) at most zero.
Its multiplier is found where the dual, concave and piecewise linear, is greatest: the lines that
two solutions on either side contribute are crossed, the problem is solved at the crossing, and the
new solution takes one's place until it lies on both lines. There, a mix of the two that just keeps
the bound is optimal. Several bounds are nested: the inner problem keeps all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gridctl.schedule.kernels.contiguous import Floats

Solve = Callable[[Floats], Floats | None]

_ROUNDING = 1e-10


def least_under_means(
    solve: Solve, value: Floats, excesses: Sequence[Floats], power: Floats
) -> Floats | None:
    """Hours (k levels, n slots) of least ``value`` per energy that keep every bound.

    ``solve`` gives the best hours for a value by slot (n) without bounds; ``excesses`` (n each) are
    series minus limit, finite where ``solve`` takes hours; ``power`` (k) is that of the levels.
    ``None`` when there is no solution.
    """
    if not excesses:
        return solve(value)
    *others, excess = excesses

    def solved(values: Floats) -> Floats | None:
        return least_under_means(solve, values, others, power)

    def weigh(hours: Floats, values: Floats) -> float:
        drawn = power @ hours
        return float(drawn @ np.where(drawn > 0, values, 0.0))

    over = solved(value)
    if over is None:
        return None
    scale = 1.0 + weigh(np.abs(over), np.abs(value))
    small = _ROUNDING * (1.0 + weigh(over, np.abs(excess)))
    if weigh(over, excess) <= small:
        return over
    under = solved(excess)
    if under is None or weigh(under, excess) > small:
        return None
    while True:
        high, low = weigh(over, excess), weigh(under, excess)
        dear, cheap = weigh(under, value), weigh(over, value)
        multiplier = max(dear - cheap, 0.0) / (high - low)
        middle = solved(value + multiplier * excess)
        if middle is None:  # the same rows as before had a solution
            return under
        gain = cheap + multiplier * high - weigh(middle, value + multiplier * excess)
        if gain <= _ROUNDING * (scale + multiplier * (abs(high) + abs(low))):
            share = max(high, 0.0) / (high - min(low, 0.0))
            return (1.0 - share) * over + share * under
        if weigh(middle, excess) > 0:
            over = middle
        else:
            under = middle
