"""What is to be planned, as arrays: jobs, regions, slots, capacity. And a job's place in a plan.

J jobs, R regions, T slots, G distinct masks. A job is contiguous (starts at a slot's start, draws
its full power until done) or divisible (draws from 0 to its power in each slot, in any region it
may use). On/off jobs are divisible ones whose slots are all or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gridctl.schedule.kernels.contiguous import Bools, Floats

Ints = NDArray[np.int64]
Mode = Literal["auto", "contiguous", "interruptible", "on-off"]

FITS = 1e-6  # kW: less than this over a limit is rounding


@dataclass(frozen=True)
class Problem:
    """One planning problem.

    ``cost`` (R, T) objective per kWh, NaN where unknown; ``capacity_kw`` (R, T), infinite where
    there is no limit; ``step_hours`` the length of a slot. Of the jobs (J each): ``power_kw``;
    ``length`` in slots, fractional allowed; ``first`` and ``end`` the slots ``[first, end)`` they
    may touch; ``last_start`` the last slot a contiguous job may start in; ``mask`` the row of
    ``allowed`` (G, R, T) that says where its regions, its caps and the data let it run;
    ``priority`` 0-100; ``contiguous``; ``on_off``.
    """

    cost: Floats
    capacity_kw: Floats
    step_hours: float
    power_kw: Floats
    length: Floats
    first: Ints
    end: Ints
    last_start: Ints
    mask: Ints
    allowed: Bools
    priority: Ints
    contiguous: Bools
    on_off: Bools

    @property
    def jobs(self) -> int:
        return len(self.power_kw)

    @cached_property
    def slot_cost(self) -> Floats:
        """(R, T) objective per kW drawn through a slot; 0 where unknown, which no mask allows."""
        return np.nan_to_num(self.cost) * self.step_hours

    @cached_property
    def touched(self) -> Ints:
        """(J) slots that a contiguous run of each job touches."""
        return np.ceil(self.length - 1e-9).astype(np.int64)

    @cached_property
    def limited(self) -> Bools:
        """(R, T) where there is a limit."""
        limited: Bools = np.isfinite(self.capacity_kw)
        return limited

    @property
    def energy_kwh(self) -> Floats:
        """(J) energy of each job."""
        return self.power_kw * self.length * self.step_hours

    def window_mask(self, job: int) -> Bools:
        """(R, T) the slots that the job may touch."""
        inside: Bools = self.allowed[self.mask[job]].copy()
        inside[:, : self.first[job]] = False
        inside[:, self.end[job] :] = False
        return inside

    def only(self, jobs: Ints) -> Problem:
        """The problem with these jobs alone."""
        names = ("power_kw", "length", "first", "end", "last_start", "mask", "priority",
                 "contiguous", "on_off")  # fmt: skip
        return replace(self, **{name: getattr(self, name)[jobs] for name in names})

    def less(self, load_kw: Floats) -> Problem:
        """The problem with this load (R, T) taken from the capacity."""
        return replace(self, capacity_kw=np.maximum(self.capacity_kw - load_kw, 0.0))


@dataclass(frozen=True)
class Placed:
    """Where one job runs: n pieces, in time order.

    ``region``, ``slot`` (n) indices; ``load_kw`` (n) what counts against the capacity of the slot;
    ``slots`` (n) the energy of the piece, in slots at the job's full power.
    """

    region: Ints
    slot: Ints
    load_kw: Floats
    slots: Floats


Plan = Sequence[Placed | None]


def run_from(problem: Problem, job: int, region: int, start: int) -> Placed:
    """A contiguous run: full power from the slot ``start``, the last piece perhaps a part."""
    count = int(problem.touched[job])
    slots = np.ones(count)
    slots[-1] = problem.length[job] - (count - 1)
    return Placed(
        np.full(count, region), np.arange(start, start + count),
        np.full(count, problem.power_kw[job]), slots,
    )  # fmt: skip


def spread(problem: Problem, job: int, power_kw: Floats) -> Placed:
    """A divisible job from its power in each region and slot (R, T)."""
    slot, region = np.nonzero(power_kw.T > FITS)
    load = power_kw[region, slot]
    return Placed(region, slot, load, load / problem.power_kw[job])


def load_of(problem: Problem, plan: Plan) -> Floats:
    """(R, T) kW drawn by a plan."""
    load = np.zeros(problem.capacity_kw.shape)
    for placed in plan:
        if placed is not None:
            np.add.at(load, (placed.region, placed.slot), placed.load_kw)
    return load


def cost_of(problem: Problem, job: int, placed: Placed) -> float:
    """The objective of one job."""
    per_slot = problem.slot_cost[placed.region, placed.slot]
    return float(problem.power_kw[job] * (per_slot * placed.slots).sum())


def total_cost(problem: Problem, plan: Plan) -> float:
    """The objective of the jobs that are in the plan."""
    return sum(cost_of(problem, j, p) for j, p in enumerate(plan) if p is not None)


def broken_limits(problem: Problem, plan: Plan) -> list[str]:
    """Every rule that a plan breaks, in words; none for a good plan."""
    found = []
    over = load_of(problem, plan) - problem.capacity_kw
    if (over > 1e-4).any():
        found.append(f"capacity exceeded by {over.max():g} kW")
    for job, placed in enumerate(plan):
        if placed is not None:
            found += [f"job {job}: {what}" for what in _broken_by(problem, job, placed)]
    return found


def _broken_by(problem: Problem, job: int, placed: Placed) -> list[str]:
    found = []
    if not problem.window_mask(job)[placed.region, placed.slot].all():
        found.append("outside its window, regions, caps or data")
    if abs(placed.slots.sum() - problem.length[job]) > 1e-4 * max(1.0, problem.length[job]):
        found.append(f"{placed.slots.sum():g} slots of {problem.length[job]:g}")
    drawn = np.bincount(placed.slot, placed.load_kw)
    if (drawn > problem.power_kw[job] + 1e-4).any():
        found.append("more than its power")
    if problem.contiguous[job]:
        together = (np.diff(placed.slot) == 1).all() and (np.diff(placed.region) == 0).all()
        if not together or placed.slot[0] > problem.last_start[job]:
            found.append("not one run inside its window")
    elif problem.on_off[job] and not np.allclose(placed.load_kw, problem.power_kw[job], atol=1e-4):
        found.append("neither on nor off")
    return found
