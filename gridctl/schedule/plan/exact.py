"""A few jobs in one piece: every plan that could be the best is tried (branch and bound).

Job by job, those with the fewest places first, each place that has room is tried, the cheapest
first, and leaving the job out last. At capacity prices w a plan costs at least what its jobs pay,
capacity paid for, less w times the capacity (see ``bound``); a branch is cut where this, or what it
leaves out, is no better than the best plan so far.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.plan.heuristic import State, Worth, compare
from gridctl.schedule.plan.place import Placer
from gridctl.schedule.plan.problem import Placed, Problem, run_from

_JOBS = 8  # more are not tried
_BRANCHES = 20_000  # tried before the search is given up: a number, so that machines agree


def search(state: State, price: Floats) -> bool:
    """Make ``state`` the best plan. False when it is perhaps not: the search was not tried, or
    given up, and the state is the best that it met.

    ``price`` (R, T) are capacity prices, zero where there is no limit; any will do, those of a good
    bound are quick.
    """
    problem = state.problem
    if problem.jobs > _JOBS or not problem.contiguous.all():
        return False
    found = _Search(problem, price, state.worth(range(problem.jobs)), list(state.plan))
    found.descend(0, found.floor)
    for job in range(problem.jobs):
        state.take(job)
    for job, placed in enumerate(found.plan):
        if placed is not None:
            state.put(job, placed)
    return found.branches <= _BRANCHES


@dataclass
class _Search:
    """``worth`` and ``plan`` are the best so far, ``floor`` the least that all the jobs cost."""

    problem: Problem
    price: Floats
    worth: Worth
    plan: list[Placed | None]
    branches: int = 0
    order: list[int] = field(init=False)
    least: Floats = field(init=False)
    floor: float = field(init=False)

    def __post_init__(self) -> None:
        problem, limited = self.problem, self.problem.limited
        self._state, self._placer = State(problem), Placer(problem, self.price)
        costs = [self._places(job) for job in range(problem.jobs)]
        self.order = sorted(range(problem.jobs), key=lambda job: len(costs[job]))
        self.least = np.array([min((paid for paid, *_ in c), default=0.0) for c in costs])
        paid_for = float((self.price[limited] * problem.capacity_kw[limited]).sum())
        self.floor = float(self.least.sum()) - paid_for

    def descend(self, depth: int, floor: float) -> None:
        """Try the jobs from ``depth`` on; with all of them a plan costs at least ``floor``."""
        self.branches += 1
        if self.branches > _BRANCHES:
            return
        if depth == len(self.order):
            self._keep()
            return
        job = self.order[depth]
        for paid, region, start in self._places(job):
            above = floor + paid - float(self.least[job])
            self._state.put(job, run_from(self.problem, job, region, start))
            hopeful = self._hopeful(depth + 1, above)
            if hopeful:
                self.descend(depth + 1, above)
            self._state.take(job)
            if not hopeful:
                break
        without = floor - float(self.least[job])
        if self._hopeful(depth + 1, without):
            self.descend(depth + 1, without)

    def _places(self, job: int) -> list[tuple[float, int, int]]:
        """Cost with capacity paid for, region and start of the places with room, cheapest first."""
        costs = self._placer.run_costs(job, self._state.room_kw)
        regions, offsets = np.nonzero(np.isfinite(costs))
        paid = costs[regions, offsets] * self.problem.power_kw[job]
        starts = offsets + int(self.problem.first[job])
        return sorted(zip(paid.tolist(), regions.tolist(), starts.tolist(), strict=True))

    def _hopeful(self, depth: int, floor: float) -> bool:
        """Whether the jobs before ``depth``, as they are, may be part of a better plan.

        What is left out only grows. Where it is as in the best plan all others must be in, and
        the floor holds.
        """
        out = self._state.worth(self.order[:depth])[:2]
        return compare((*out, floor), self.worth) < 0

    def _keep(self) -> None:
        worth = self._state.worth(range(self.problem.jobs))
        if compare(worth, self.worth) < 0:
            self.worth, self.plan = worth, list(self._state.plan)
