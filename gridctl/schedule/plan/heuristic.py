"""A good plan without a solver: place the jobs one by one, then ruin and recreate.

The jobs are placed at the capacity prices of the bound, so that a job leaves the cheap slots to
those who would pay more for them. Then again and again a few jobs that lie together are taken out
and put back in another order, at prices shaken a little; a plan that is no worse stays (Schrimpf et
al., "Record breaking optimization results using the ruin and recreate principle", J. Comput. Phys.
159, 2000).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.plan.place import Placer
from gridctl.schedule.plan.problem import Ints, Placed, Problem, cost_of

_RUINED = (4, 30)  # jobs taken out at once, from and below
_PATIENCE = 4000  # rounds without progress before it is enough
_SHAKEN = 0.15  # how much the prices are shaken


@dataclass
class State:
    """A plan being built: who is where, the room that is left, and the cost so far."""

    problem: Problem
    plan: list[Placed | None] = field(init=False)
    room_kw: Floats = field(init=False)
    cost: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.plan = [None] * self.problem.jobs
        self.room_kw = self.problem.capacity_kw.copy()
        self.cost = np.zeros(self.problem.jobs)

    def put(self, job: int, placed: Placed) -> None:
        self.plan[job] = placed
        self.room_kw[placed.region, placed.slot] -= placed.load_kw
        self.cost[job] = cost_of(self.problem, job, placed)

    def take(self, job: int) -> None:
        placed = self.plan[job]
        if placed is not None:
            self.room_kw[placed.region, placed.slot] += placed.load_kw
        self.plan[job], self.cost[job] = None, 0.0


def construct(problem: Problem, price: Floats) -> State:
    """Place every job that fits: higher priorities first, then the hard ones.

    Hard is a job with few starts for its energy: long, powerful, in a tight window.
    """
    placer, state = Placer(problem, price), State(problem)
    choices = (problem.end - problem.first - problem.length + 1) * _regions(problem)
    hardness = problem.energy_kwh / np.maximum(choices, 0.5)
    for job in np.lexsort((-hardness, -problem.priority)):
        option = placer.best(int(job), state.room_kw)
        if option is not None:
            state.put(int(job), option.placed)
    return state


def improve(
    state: State,
    price: Floats,
    target: float,
    out: Floats,
    *,
    seconds: float,
    rounds: int = 1_000_000,
    seed: int = 1,
) -> None:
    """Ruin and recreate in place.

    Until every job is in at ``target``, nothing gets better, or ``seconds`` are over. ``out`` (J)
    is what leaving a job out costs.
    """
    rng = np.random.default_rng(seed)
    ends, waiting = monotonic() + seconds, 0
    placers = [Placer(state.problem, shaken) for shaken in _shaken(price, rng)]
    for _ in range(rounds):
        missing = [job for job, placed in enumerate(state.plan) if placed is None]
        done = not missing and state.cost.sum() <= target
        if done or waiting > _PATIENCE or monotonic() > ends:
            return
        jobs = _neighbours(state, missing, rng)
        placer = placers[int(rng.integers(len(placers)))]
        waiting = 0 if _recreate(state, jobs, placer, out, rng) else waiting + 1


def _shaken(price: Floats, rng: np.random.Generator) -> list[Floats]:
    """The prices, as they are and with noise, and none at all."""
    noisy = [price * rng.uniform(1 - _SHAKEN, 1 + _SHAKEN, price.shape) for _ in range(6)]
    return [price, *noisy, price / 2]


def _neighbours(state: State, missing: list[int], rng: np.random.Generator) -> Ints:
    """Some jobs whose windows and regions meet, and those left out among them."""
    problem = state.problem
    if missing and rng.random() < 0.7:
        seed_job = int(rng.choice(missing))
    else:
        seed_job = int(rng.integers(problem.jobs))
    meets = (problem.first < problem.end[seed_job]) & (problem.end > problem.first[seed_job])
    place = state.plan[seed_job]
    if place is not None and rng.random() < 0.7:
        region = int(place.region[0])
        meets &= problem.allowed[problem.mask, region].any(axis=1)
    near = np.flatnonzero(meets)
    count = min(int(rng.integers(*_RUINED)), len(near))
    chosen = rng.choice(near, count, replace=False)
    return np.unique(np.append(chosen, seed_job))


def _recreate(
    state: State, jobs: Ints, placer: Placer, out: Floats, rng: np.random.Generator
) -> bool:
    """Take the jobs out and put them back; undone when it comes to more. Whether it is better."""
    before = [(int(job), state.plan[job]) for job in jobs]
    cost_before = _cost(state, jobs, out)
    for job, _ in before:
        state.take(job)
    weight = state.problem.energy_kwh[jobs] * rng.uniform(0.3, 1.0, len(jobs))
    for job in jobs[np.lexsort((-weight, -state.problem.priority[jobs]))]:
        option = placer.best(int(job), state.room_kw)
        if option is not None:
            state.put(int(job), option.placed)
    cost_after, rounding = _cost(state, jobs, out), 1e-12 * abs(cost_before)
    if cost_after > cost_before + rounding:
        for job, _ in before:
            state.take(job)
        for job, placed in before:
            if placed is not None:
                state.put(job, placed)
    return cost_after < cost_before - rounding


def _cost(state: State, jobs: Ints, out: Floats) -> float:
    left_out = np.array([state.plan[job] is None for job in jobs])
    return float(state.cost[jobs].sum() + out[jobs][left_out].sum())


def _regions(problem: Problem) -> Ints:
    counts: Ints = problem.allowed.any(axis=2).sum(axis=1)[problem.mask]
    return counts
