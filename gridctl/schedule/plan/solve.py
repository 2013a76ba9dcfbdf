"""Plan a problem: the method that suits its jobs, then the bound and the gap of what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic

import numpy as np

from gridctl.errors import UsageError
from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.plan.bound import LowerBound, bound_at, climb
from gridctl.schedule.plan.exact import search
from gridctl.schedule.plan.heuristic import State, construct, improve
from gridctl.schedule.plan.linear import Relaxed, divide, solve_linear
from gridctl.schedule.plan.place import Placer
from gridctl.schedule.plan.problem import Ints, Placed, Problem, load_of, total_cost
from gridctl.schedule.plan.solver import has_solver, require_solver

_MISSING = 1e-5  # of a job's energy: less is rounding
_RETRIES = 6  # programs solved to bring a job back that was left out
_LAST = 5.0  # seconds that a program gets when the time is over
_ROUNDS = 300  # of the subgradient method


@dataclass(frozen=True)
class Effort:
    """How long to try, and when it is good enough: ``gap`` as a share of the bound."""

    seconds: float = 20.0
    gap: float = 0.005
    seed: int = 1


def make_effort(time_limit: timedelta, gap_pct: float, seed: int) -> Effort:
    """A checked effort. Raises :class:`UsageError`."""
    if not 0 <= gap_pct < 100:
        raise UsageError(f"--gap is per cent, from 0 to below 100, not {gap_pct:g}")
    if not timedelta(0) < time_limit <= timedelta(days=1):
        raise UsageError("--time-limit must be more than zero and at most a day")
    if seed < 0:
        raise UsageError(f"--seed must be a number from 0, not {seed}")
    return Effort(time_limit.total_seconds(), gap_pct / 100, seed)


@dataclass(frozen=True)
class Solution:
    """A plan, ``None`` for a job left out. Of the jobs that are in: their ``objective``, the
    ``bound`` it cannot go below, and the capacity ``price`` (R, T) of a bound, which proves it
    unless all plans were searched."""

    plan: list[Placed | None]
    objective: float
    bound: float
    price: Floats
    method: str

    @property
    def gap_pct(self) -> float:
        """How far the objective may be from the best, per cent of its size; never negative."""
        difference = max(self.objective - self.bound, 0.0)
        if difference <= 1e-9 * max(abs(self.objective), 1e-9):
            return 0.0
        return 100 * difference / max(abs(self.bound), 1e-12)


def solve_plan(problem: Problem, effort: Effort | None = None) -> Solution:
    """A plan for as many jobs as fit, lower priorities left out first.

    Divisible jobs alone are planned to the optimum by linear programming, a few jobs in one piece
    by searching all their places. Otherwise a heuristic plans, at the prices of the bound;
    interruptible jobs beside contiguous ones are then made optimal around these. Raises
    :class:`gridctl.errors.UsageError` without the solver it needs.
    """
    effort = effort or Effort()
    alone = Placer(problem, np.zeros(problem.cost.shape))
    able = np.array(
        [j for j in range(problem.jobs) if alone.best(j, problem.capacity_kw) is not None],
        dtype=np.int64,
    )
    plan: list[Placed | None] = [None] * problem.jobs
    if not len(able):
        return Solution(plan, 0.0, 0.0, np.zeros(problem.cost.shape), "nothing to plan")
    part = problem.only(able)
    linear = not (part.contiguous | part.on_off).any()
    inner = (_linear(part, effort) if linear else None) or _heuristic(part, effort)
    for job, placed in zip(able, inner.plan, strict=True):
        plan[job] = placed
    return replace(inner, plan=plan)


def _linear(problem: Problem, effort: Effort) -> Solution | None:
    """The optimum; ``None`` when the program serves no job whole in its time."""
    require_solver()
    ends = monotonic() + effort.seconds
    jobs = np.arange(problem.jobs)
    found = solve_linear(problem, effort.seconds)
    if found is not None and _left_out(problem, found).any():
        jobs, found = _without(problem, ~_left_out(problem, found), ends)
    if found is None:
        return None
    return _judged(problem, _divided(problem, jobs, found), found.price, "linear program")


def _divided(problem: Problem, jobs: Ints, found: Relaxed) -> list[Placed | None]:
    """The plan of the problem from the solution for some of its jobs."""
    plan: list[Placed | None] = [None] * problem.jobs
    placements = divide(problem.only(jobs), found)
    for job, placed in zip(jobs, placements, strict=True):
        plan[job] = placed
    return plan


def _left_out(problem: Problem, found: Relaxed) -> Bools:
    left_out: Bools = found.missing > _MISSING * problem.power_kw * problem.length
    return left_out


def _without(problem: Problem, kept: Bools, ends: float) -> tuple[Ints, Relaxed | None]:
    """The jobs served whole, with those that still fit beside them; higher priorities first."""
    jobs = np.flatnonzero(kept)
    found = _again(problem, jobs, ends)
    plan: list[Placed | None] = [None] * problem.jobs
    if found is not None:
        plan = _divided(problem, jobs, found)
    _squeeze(problem, plan, found.price if found else np.zeros(problem.cost.shape))
    if sum(placed is not None for placed in plan) > len(jobs):
        jobs = np.array([j for j, placed in enumerate(plan) if placed is not None], dtype=np.int64)
        found = _again(problem, jobs, ends)
    others = np.setdiff1d(np.arange(problem.jobs), jobs)
    order = np.lexsort((problem.energy_kwh[others], -problem.priority[others]))
    for job in others[order][:_RETRIES]:
        if monotonic() > ends:
            break
        more = np.sort(np.append(jobs, job))
        tried = _again(problem, more, ends)
        if tried is not None and not _left_out(problem.only(more), tried).any():
            jobs, found = more, tried
    return jobs, found


def _again(problem: Problem, jobs: Ints, ends: float) -> Relaxed | None:
    """The program of some of the jobs, in the time that is left and a little more."""
    if not len(jobs):
        return None
    return solve_linear(problem.only(jobs), max(ends - monotonic(), _LAST))


def _heuristic(problem: Problem, effort: Effort) -> Solution:
    ends = monotonic() + effort.seconds
    bound = _first_bound(problem, effort)
    states = [construct(problem, bound.price * scale) for scale in (1.0, 0.8, 0.5, 0.0)]
    state = min(states, key=lambda s: s.worth(range(problem.jobs)))
    if search(state, bound.price):
        return _proven(_judged(problem, state.plan, bound.price, "branch and bound"))
    target = bound.value + effort.gap * abs(bound.value)
    improve(state, bound.price, target, seconds=ends - monotonic(), seed=effort.seed)
    method = "ruin and recreate, Lagrangian bound"
    loose = ~(problem.contiguous | problem.on_off)
    if loose.any() and not loose.all() and has_solver():
        _tighten(problem, state, loose, max(ends - monotonic(), _LAST))
        method += ", linear program for the interruptible jobs"
    return _judged(problem, state.plan, bound.price, method)


def _proven(solution: Solution) -> Solution:
    return replace(solution, bound=solution.objective)


def _first_bound(problem: Problem, effort: Effort) -> LowerBound:
    """The bound of all jobs: by linear programming where that is the same, else by climbing."""
    guess = construct(problem, np.zeros(problem.cost.shape))
    if not problem.contiguous.any() and has_solver():
        found = solve_linear(problem, effort.seconds / 2)
        if found is not None and not _left_out(problem, found).any():
            return bound_at(problem, found.price)
    return climb(problem, float(guess.cost.sum()), _ROUNDS)


def _tighten(problem: Problem, state: State, loose: Bools, seconds: float) -> None:
    """Make the interruptible jobs optimal around the others, where that is no worse."""
    jobs = np.flatnonzero(loose)
    before = state.worth(range(problem.jobs))
    fixed = [None if loose[j] else placed for j, placed in enumerate(state.plan)]
    part = problem.less(load_of(problem, fixed)).only(jobs)
    inner = _linear(part, Effort(seconds))
    if inner is None:
        return
    old = [state.plan[j] for j in jobs]
    _swap(state, jobs, inner.plan)
    if state.worth(range(problem.jobs)) > before:
        _swap(state, jobs, old)


def _swap(state: State, jobs: Ints, placements: Sequence[Placed | None]) -> None:
    for job in jobs:
        state.take(int(job))
    for job, placed in zip(jobs, placements, strict=True):
        if placed is not None:
            state.put(int(job), placed)


def _squeeze(problem: Problem, plan: list[Placed | None], price: Floats) -> None:
    """Put in those left out that fit as they are, higher priorities first."""
    placer = Placer(problem, price)
    room = problem.capacity_kw - load_of(problem, plan)
    missing = [job for job, placed in enumerate(plan) if placed is None]
    for job in sorted(missing, key=lambda j: -problem.priority[j]):
        option = placer.best(job, room)
        if option is not None:
            plan[job] = option.placed
            room[option.placed.region, option.placed.slot] -= option.placed.load_kw


def _judged(problem: Problem, plan: list[Placed | None], price: Floats, method: str) -> Solution:
    """The plan with its objective and bound, over the jobs that are in it."""
    _squeeze(problem, plan, price)
    inside = np.array([j for j, placed in enumerate(plan) if placed is not None], dtype=np.int64)
    objective = total_cost(problem, plan)
    if not len(inside):
        return Solution(plan, 0.0, 0.0, price, method)
    part = problem.only(inside)
    bound = bound_at(part, price)
    if len(inside) < problem.jobs:
        again = climb(part, objective, _ROUNDS, bound.price)
        bound = max(bound, again, key=lambda b: b.value)
    return Solution(plan, objective, bound.value, bound.price, method)
