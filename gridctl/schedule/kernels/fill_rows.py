"""Fill what each job needs from the cheapest of its own offers: one row a job, all rows at once.

A fractional knapsack, solved exactly by taking offers in the order of their cost. An offer is a
slot of the job's window; for an elastic job a slot and one more server.
"""

from __future__ import annotations

import numpy as np

from gridctl.schedule.kernels.contiguous import Bools, Floats

_ENOUGH = 1e-7


def fill_rows(cost: Floats, room: Floats, need: Floats) -> tuple[Floats, Bools]:
    """How much of each offer every job takes (jobs, offers), and whether its need is met.

    ``cost`` of one unit (jobs, offers), ``room`` units in each offer, ``need`` units (jobs). An
    offer of NaN cost or no room is never taken; of equal costs the earlier is.
    """
    usable = np.isfinite(cost) & (room > 0)
    offered = np.where(usable, room, 0.0)
    order = np.argsort(np.where(usable, cost, np.inf), axis=1, kind="stable")
    ordered = np.take_along_axis(offered, order, axis=1)
    before = np.cumsum(ordered, axis=1) - ordered
    taken = np.zeros_like(offered)
    np.put_along_axis(taken, order, np.clip(need[:, None] - before, 0.0, ordered), axis=1)
    return taken, offered.sum(axis=1) >= need - _ENOUGH * np.maximum(need, 1.0)
