"""Each job's cheapest placement when capacity has a price, for all jobs at once.

With a price on every kW of every limited slot the jobs no longer meet: each takes its own cheapest
placement. A contiguous job tries every start and region by prefix sums; a divisible one fills its
cheapest slots, each in its cheapest region. This is the pricing step of every bound here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.plan.problem import Ints, Problem


@dataclass(frozen=True)
class Answer:
    """``value`` (J) the least cost with capacity paid for, infinite where a job has no placement;
    ``load_kw`` (R, T) what the cheapest placements draw together."""

    value: Floats
    load_kw: Floats


@dataclass(frozen=True)
class _Length:
    """Contiguous jobs of one length: who, their masks, and which starts each mask shuts."""

    jobs: Ints
    length: float
    touched: int
    mask: Ints  # (n) row of ``shut``
    shut: Bools  # (masks, R, starts)
    outside: Bools  # (n, starts)


class Oracle:
    """Prepared once for a problem, asked for many prices."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        too_long = problem.touched > problem.cost.shape[1]
        self._never = np.flatnonzero(problem.contiguous & too_long)
        runs = np.flatnonzero(problem.contiguous & ~too_long)
        self._lengths = [_prepare(problem, jobs) for jobs in _by_length(problem, runs)]
        self._divisible = np.flatnonzero(~problem.contiguous)
        slots = np.arange(problem.cost.shape[1])
        first, end = problem.first[self._divisible], problem.end[self._divisible]
        self._outside = (slots < first[:, None]) | (slots >= end[:, None])

    def ask(self, price: Floats) -> Answer:
        """The cheapest placements at ``price`` (R, T) per kW and slot, not negative."""
        value = np.zeros(self.problem.jobs)
        value[self._never] = np.inf
        load = np.zeros(price.shape)
        steps = np.zeros((price.shape[0], price.shape[1] + 1))
        for group in self._lengths:
            self._contiguous(group, price, value, steps)
        np.cumsum(steps[:, :-1], axis=1, out=load)
        if len(self._divisible):
            self._divide(price, value, load)
        return Answer(value, load)

    def _contiguous(self, group: _Length, price: Floats, value: Floats, steps: Floats) -> None:
        cost = start_costs(self.problem.slot_cost, price, group.length)
        least = np.where(group.shut, np.inf, cost)
        region = least.argmin(axis=1)  # (masks, starts)
        best = np.take_along_axis(least, region[:, None], axis=1)[:, 0]
        mine = np.where(group.outside, np.inf, best[group.mask])
        start = mine.argmin(axis=1)
        rows = np.arange(len(start))
        power = self.problem.power_kw[group.jobs]
        value[group.jobs] = mine[rows, start] * power
        where = region[group.mask, start]
        drawn = np.where(np.isfinite(mine[rows, start]), power, 0.0)
        np.add.at(steps, (where, start), drawn)
        np.subtract.at(steps, (where, start + group.touched), drawn)

    def _divide(self, price: Floats, value: Floats, load: Floats) -> None:
        problem, jobs = self.problem, self._divisible
        least = np.where(problem.allowed, problem.slot_cost + price, np.inf)
        region = least.argmin(axis=1)  # (G, T)
        best = np.take_along_axis(least, region[:, None], axis=1)[:, 0]
        mine = np.where(self._outside, np.inf, best[problem.mask[jobs]])
        order = mine.argsort(axis=1)
        ranked = np.take_along_axis(mine, order, axis=1)
        taken = np.clip(problem.length[jobs, None] - np.arange(mine.shape[1]), 0.0, 1.0)
        with np.errstate(invalid="ignore"):
            paid = np.where(taken > 0, ranked * taken, 0.0).sum(axis=1)
        short = problem.length[jobs] > mine.shape[1] + 1e-9
        value[jobs] = np.where(short, np.inf, paid * problem.power_kw[jobs])
        drawn = np.where(np.isfinite(ranked), taken, 0.0) * problem.power_kw[jobs, None]
        used = np.nonzero(drawn)
        slot = order[used]
        np.add.at(load, (region[problem.mask[jobs[used[0]]], slot], slot), drawn[used])


def start_costs(slot_cost: Floats, price: Floats, length: float) -> Floats:
    """(R, starts) cost per kW of a run of ``length`` slots from each slot, capacity paid for.

    A part of a slot at the end costs its part, and takes the capacity of the whole slot.
    """
    touched = int(np.ceil(length - 1e-9))
    whole = _sums(slot_cost + price, touched)
    last = slot_cost[:, touched - 1 :]
    return whole - (touched - length) * last


def _sums(values: Floats, count: int) -> Floats:
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    sliding: Floats = sums[:, count:] - sums[:, :-count]
    return sliding


def _by_length(problem: Problem, jobs: Ints) -> list[Ints]:
    lengths = problem.length[jobs]
    return [jobs[lengths == length] for length in np.unique(lengths)]


def _prepare(problem: Problem, jobs: Ints) -> _Length:
    length, touched = float(problem.length[jobs[0]]), int(problem.touched[jobs[0]])
    masks, mine = np.unique(problem.mask[jobs], return_inverse=True)
    slots = problem.cost.shape[1]
    shut = np.stack([_sums(1.0 - problem.allowed[mask], touched) > 0.5 for mask in masks])
    starts = np.arange(slots - touched + 1)
    first, last = problem.first[jobs, None], problem.last_start[jobs, None]
    return _Length(jobs, length, touched, mine, shut, (starts < first) | (starts > last))
