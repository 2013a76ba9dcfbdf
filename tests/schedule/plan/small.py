"""Small random problems, and slow, obviously right answers to them."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from hypothesis import strategies as st

from gridctl.schedule.plan.heuristic import State, Worth
from gridctl.schedule.plan.linear import penalties
from gridctl.schedule.plan.problem import Placed, Problem, load_of, run_from, total_cost
from gridctl.schedule.plan.solver import Program, solve


@st.composite
def problems(draw, kinds=("contiguous", "on-off", "interruptible"), jobs=3, slots=5, regions=2):
    """Problems with gaps in the masks, slots without limit or without power, odd windows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, width = draw(st.integers(1, jobs)), draw(st.integers(1, slots))
    rows = draw(st.integers(1, regions))
    kind = [draw(st.sampled_from(kinds)) for _ in range(count)]
    cost = rng.integers(-5, 30, (rows, width)).astype(float)
    allowed = rng.random((2, rows, width)) < draw(st.sampled_from([0.6, 0.9, 1.0]))
    cost[~allowed.any(axis=0)] = np.nan
    capacity = rng.integers(0, 8, (rows, width)).astype(float)
    if draw(st.booleans()):
        capacity[0] = np.inf
    contiguous = np.array([k == "contiguous" for k in kind])
    on_off = np.array([k == "on-off" for k in kind])
    length = np.where(on_off, rng.integers(1, 4, count), rng.integers(1, 7, count) / 2)
    first = rng.integers(0, width, count)
    end = np.minimum(first + rng.integers(1, width + 1, count), width)
    touched = np.ceil(length).astype(np.int64)
    return Problem(
        cost=cost, capacity_kw=capacity, step_hours=0.5,
        power_kw=rng.integers(1, 5, count).astype(float), length=length.astype(float),
        first=first, end=end, last_start=end - touched, mask=rng.integers(0, 2, count),
        allowed=allowed, priority=rng.choice([10, 50], count), contiguous=contiguous, on_off=on_off,
    )  # fmt: skip


def every_placement(problem: Problem, job: int) -> list[Placed]:
    """All the ways to place a contiguous or on/off job by itself, capacity aside."""
    open_ = problem.window_mask(job)
    rows, width = open_.shape
    touched, found = int(problem.touched[job]), []
    if problem.contiguous[job]:
        for region, start in product(range(rows), range(width - touched + 1)):
            if open_[region, start : start + touched].all():
                found.append(run_from(problem, job, region, start))
        return found
    for slots in combinations(range(width), touched):
        for places in product(range(rows), repeat=touched):
            if all(open_[r, t] for r, t in zip(places, slots, strict=True)):
                load = np.full(touched, problem.power_kw[job])
                found.append(Placed(np.array(places), np.array(slots), load, np.ones(touched)))
    return found


def best_plan(problem: Problem) -> float:
    """The least cost with every job in, tried one by one; infinite when they do not fit."""
    ways = [every_placement(problem, job) for job in range(problem.jobs)]
    costs = [
        total_cost(problem, plan)
        for plan in product(*ways)
        if (load_of(problem, plan) <= problem.capacity_kw + 1e-9).all()
    ]
    return min(costs, default=np.inf)


def best_worth(problem: Problem) -> Worth:
    """What the best plan leaves out and costs, of all there are; jobs may be left out."""
    ways = [every_placement(problem, job) for job in range(problem.jobs)]
    state, worths = State(problem), []

    def descend(job: int) -> None:
        if job == problem.jobs:
            worths.append(state.worth(range(problem.jobs)))
            return
        descend(job + 1)
        for placed in ways[job]:
            if (placed.load_kw <= state.room_kw[placed.region, placed.slot] + 1e-9).all():
                state.put(job, placed)
                descend(job + 1)
                state.take(job)

    descend(0)
    return min(worths)


def crowded(seed: int, jobs: int, kind: str = "contiguous") -> Problem:
    """Jobs of three priorities in one region of eight slots, where often not all fit."""
    rng = np.random.default_rng(seed)
    length = rng.integers(1, 4, jobs)
    first = rng.integers(0, 5, jobs)
    end = np.minimum(first + length + rng.integers(0, 5, jobs), 8)
    return Problem(
        cost=rng.integers(1, 30, (1, 8)).astype(float),
        capacity_kw=rng.integers(3, 8, (1, 8)).astype(float), step_hours=0.5,
        power_kw=rng.integers(1, 5, jobs).astype(float), length=length.astype(float),
        first=first, end=end, last_start=end - length, mask=np.zeros(jobs, dtype=np.int64),
        allowed=np.ones((1, 1, 8), dtype=bool), priority=rng.choice([10, 50, 90], jobs),
        contiguous=np.full(jobs, kind == "contiguous"), on_off=np.full(jobs, kind == "on-off"),
    )  # fmt: skip


def full_program(problem: Problem) -> tuple[float, np.ndarray]:
    """The linear program with a variable for each job, region and slot: its cost, what is left."""
    jobs = problem.jobs
    job, region, slot = np.nonzero(np.stack([problem.window_mask(j) for j in range(jobs)]))
    width, n = problem.cost.shape[1], len(job)
    limited = np.isfinite(problem.capacity_kw)
    cell = np.full(problem.cost.shape, -1)
    cell[limited] = jobs + jobs * width + np.arange(limited.sum())
    capped = cell[region, slot] >= 0
    demand = problem.power_kw * problem.length
    columns = np.arange(n)
    rows = [job, np.arange(jobs), jobs + job * width + slot, cell[region, slot][capped]]
    cols = [columns, n + np.arange(jobs), columns, columns[capped]]
    ones = [np.ones(len(r)) for r in rows]
    solved = solve(
        Program(
            cost=np.concatenate((problem.slot_cost[region, slot], penalties(problem))),
            most=np.concatenate((problem.power_kw[job], demand)),
            lower=np.concatenate((demand, np.full(jobs * width + limited.sum(), -np.inf))),
            upper=np.concatenate(
                (demand, np.repeat(problem.power_kw, width), problem.capacity_kw[limited])
            ),
            row=np.concatenate(rows), column=np.concatenate(cols), entry=np.concatenate(ones),
        ),
        seconds=10,
    )  # fmt: skip
    assert solved is not None
    energy = float((problem.slot_cost[region, slot] * solved.value[:n]).sum())
    return energy, solved.value[n:]
