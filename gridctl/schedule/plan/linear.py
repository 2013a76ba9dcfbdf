"""Jobs that may be interrupted and draw part of their power: a linear program, to proven optimum.

Jobs that may run in the same places share a mask, and it does not matter which of them runs in
which of its regions. So the variables are the kW of each job in each slot, and of each mask in each
region and slot: J x T + G x R x T in place of J x R x T. The power of a mask's jobs equals what the
mask draws over its regions; a region's masks together draw at most its capacity; a job's energy is
met, or what is left out costs a penalty.

HiGHS solves it by an interior point method with crossover. The duals of the capacities are prices;
the Lagrangian bound at these prices, computed apart from the solver, proves the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.plan.problem import Ints, Placed, Problem, spread
from gridctl.schedule.plan.solver import Program, Solved, solve

_PENALTY = 1000.0  # a kWh left out costs this many spreads, times the rank of its priority


@dataclass(frozen=True)
class Relaxed:
    """The solution: ``job_kw`` (J, T), ``mask_kw`` (G, R, T); ``missing`` (J) kW-slots left out;
    ``price`` (R, T) the capacity's duals."""

    job_kw: Floats
    mask_kw: Floats
    missing: Floats
    price: Floats


def solve_linear(problem: Problem, seconds: float = 60.0) -> Relaxed | None:
    """The optimum, or the best found in ``seconds``; ``None`` when that is nothing at all."""
    program = _Program.over(problem, _open(problem))
    solved = solve(program.program, seconds=seconds)
    return None if solved is None else program.read(solved)


def spread_of(problem: Problem) -> float:
    """The largest difference between costs of a slot, per kW; more than zero."""
    known = problem.slot_cost[problem.allowed.any(axis=0)]
    if not known.size:
        return 1.0
    return float(np.ptp(known)) + 1e-3 * float(np.abs(known).max()) + 1e-9


def penalties(problem: Problem) -> Floats:
    """(J) what a kW-slot left out costs: far more than any plan, more for higher priorities.

    The energies that can be served together form a polymatroid (flows from jobs to slots), where
    any increasing weights make the optimum lexicographic: lower priorities are left out first.
    """
    _, rank = np.unique(problem.priority, return_inverse=True)
    return np.asarray(_PENALTY * spread_of(problem) * (rank + 1.0), dtype=np.float64)


def divide(problem: Problem, found: Relaxed) -> list[Placed]:
    """The placements of the jobs: in each slot a mask's jobs take its regions in order."""
    placements: list[Placed] = [spread(problem, 0, np.zeros(problem.cost.shape))] * problem.jobs
    for mask in np.unique(problem.mask):
        mine = np.flatnonzero(problem.mask == mask)
        job_ends = np.cumsum(found.job_kw[mine], axis=0)  # (n, T)
        region_ends = np.cumsum(found.mask_kw[mask], axis=0)  # (R, T)
        job_starts = np.vstack((np.zeros_like(job_ends[:1]), job_ends[:-1]))
        region_starts = np.vstack((np.zeros_like(region_ends[:1]), region_ends[:-1]))
        for row, job in enumerate(mine):
            power = np.minimum(job_ends[row], region_ends)
            power -= np.maximum(job_starts[row], region_starts)
            placements[job] = spread(problem, int(job), np.maximum(power, 0.0))
    return placements


def _open(problem: Problem) -> Bools:
    """(J, T) where each job may draw power."""
    slots = np.arange(problem.cost.shape[1])
    after: Bools = slots >= problem.first[:, None]
    before: Bools = slots < problem.end[:, None]
    somewhere: Bools = problem.allowed.max(axis=1)
    return after & before & somewhere[problem.mask]


@dataclass(frozen=True)
class _Program:
    """The linear program and how to read its solution."""

    problem: Problem
    program: Program
    job: Ints  # (n) job and slot of the first n columns
    slot: Ints
    cell: tuple[Ints, ...]  # (m) mask, region, slot of the next m
    limits: Ints  # (R, T) row of each capacity, -1 for none

    @classmethod
    def over(cls, problem: Problem, open_: Bools) -> _Program:
        jobs, slots = problem.jobs, problem.cost.shape[1]
        job, slot = np.nonzero(open_)
        links, link = np.unique(problem.mask[job] * slots + slot, return_inverse=True)
        used = np.zeros(problem.allowed.shape, dtype=bool)
        used[links // slots, :, links % slots] = True
        cell = np.nonzero(problem.allowed & used)
        link_row = np.searchsorted(links, cell[0] * slots + cell[2])
        limits = np.full(problem.cost.shape, -1)
        limited = problem.limited
        limits[limited] = jobs + len(links) + np.arange(limited.sum())
        limit_row = limits[cell[1], cell[2]]
        capped = limit_row >= 0
        n, m = len(job), len(cell[0])
        of_cells = n + np.arange(m)
        demand = problem.power_kw * problem.length
        free = np.full(len(links), 0.0)
        program = Program(
            cost=np.concatenate(
                (np.zeros(n), problem.slot_cost[cell[1], cell[2]], penalties(problem))
            ),
            most=np.concatenate((problem.power_kw[job], np.full(m, np.inf), demand)),
            lower=np.concatenate((demand, free, np.full(int(limited.sum()), -np.inf))),
            upper=np.concatenate((demand, free, problem.capacity_kw[limited])),
            row=np.concatenate(
                (job, jobs + link, jobs + link_row, limit_row[capped], np.arange(jobs))
            ),
            column=np.concatenate(
                (np.arange(n), np.arange(n), of_cells, of_cells[capped], n + m + np.arange(jobs))
            ),
            entry=np.concatenate(
                (np.ones(n), -np.ones(n), np.ones(m), np.ones(int(capped.sum())), np.ones(jobs))
            ),
        )
        return cls(problem, program, job, slot, cell, limits)

    def read(self, solved: Solved) -> Relaxed:
        problem, n = self.problem, len(self.job)
        value = np.maximum(solved.value, 0.0)
        job_kw = np.zeros((problem.jobs, problem.cost.shape[1]))
        job_kw[self.job, self.slot] = value[:n]
        mask_kw = np.zeros(problem.allowed.shape)
        mask_kw[self.cell] = value[n : n + len(self.cell[0])]
        price = np.zeros(problem.cost.shape)
        has = self.limits >= 0
        price[has] = np.maximum(-solved.dual[self.limits[has]], 0.0)
        missing = value[n + len(self.cell[0]) :]
        return Relaxed(job_kw, mask_kw, missing, price)
