"""A good plan without a solver: place the jobs one by one, then ruin and recreate.

The jobs are placed at the capacity prices of the bound, so that a job leaves the cheap slots to
those who would pay more for them. Then again and again a few jobs that lie together are taken out
and put back in another order, at prices shaken a little; a plan that is no worse stays (Schrimpf et
al., "Record breaking optimization results using the ruin and recreate principle", J. Comput. Phys.
159, 2000). For a job left out, those in its way are the ones taken out, and it is put back first.

Priorities count where plans are compared, by :meth:`State.worth`. They do not decide who chooses
first: a job of high priority that could as well run elsewhere must not keep another out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.plan.place import Placer
from gridctl.schedule.plan.problem import FITS, Ints, Placed, Problem, cost_of

_RUINED = (3, 14)  # jobs taken out at once, from and below
_REPAIR = 100  # rounds to get all jobs in before plans are compared
_PATIENCE = 4000  # rounds without progress before it is enough
_SHAKEN = 0.15  # how much the prices are shaken
_SHAKEN_FOR = 200  # rounds until they are shaken anew
_BARRED = 0.15  # share of jobs put back that have to keep off a slot
_LOOKED_AT = 60  # jobs that may be in the way of one left out
_ALONG = 0.1  # share of these that move along though they are not in the way

Worth = tuple[tuple[int, ...], float, float]


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

    def worth(self, jobs: Iterable[int]) -> Worth:
        """What plans are compared by, less is better: of these jobs, the priorities left out from
        the highest down, their energy (kWh), and the cost of those that are in."""
        out = [job for job in jobs if self.plan[job] is None]
        priorities = sorted((int(self.problem.priority[job]) for job in out), reverse=True)
        energy = float(self.problem.energy_kwh[out].sum())
        return tuple(priorities), round(energy, 6), float(self.cost[list(jobs)].sum())


def construct(problem: Problem, price: Floats) -> State:
    """Place every job that fits, in several orders, and make room for the others: the best plan."""
    placer = Placer(problem, price)
    plans = [_in_order(problem, placer, order) for order in _orders(problem)]
    return min(plans, key=lambda state: state.worth(range(problem.jobs)))


def _orders(problem: Problem) -> list[Ints]:
    """The hard ones first; the tight ones first; higher priorities first, then the hard ones.

    Hard is a job with few starts for its energy, tight one with few starts.
    """
    choices = (problem.end - problem.first - problem.length + 1) * _regions(problem)
    hardness = problem.energy_kwh / np.maximum(choices, 0.5)
    orders = [np.argsort(-hardness, kind="stable"), np.lexsort((-hardness, choices))]
    if len(np.unique(problem.priority)) > 1:
        orders.append(np.lexsort((-hardness, -problem.priority)))
    return orders


def _in_order(problem: Problem, placer: Placer, order: Ints) -> State:
    state = State(problem)
    for job in order:
        _put_best(state, int(job), placer)
    improve(state, placer.price, np.inf, seconds=np.inf, rounds=_REPAIR)
    return state


def _put_best(state: State, job: int, placer: Placer, barred: int = -1) -> None:
    """Put the job where it is cheapest, if it fits; not in the slot ``barred``, if it can."""
    option = None
    if barred >= 0:
        room = state.room_kw.copy()
        room[:, barred] = 0.0
        option = placer.best(job, room)
    option = option or placer.best(job, state.room_kw)
    if option is not None:
        state.put(job, option.placed)


def improve(
    state: State,
    price: Floats,
    target: float,
    *,
    seconds: float,
    rounds: int = 1_000_000,
    seed: int = 1,
) -> None:
    """Ruin and recreate in place.

    Until every job is in at ``target``, nothing gets better, or ``seconds`` are over.
    """
    rng = np.random.default_rng(seed)
    ends, waiting = monotonic() + seconds, 0
    placers: list[Placer] = []
    for number in range(rounds):
        missing = [job for job, placed in enumerate(state.plan) if placed is None]
        done = not missing and state.cost.sum() <= target
        if done or waiting > _PATIENCE or monotonic() > ends:
            return
        if number % _SHAKEN_FOR == 0:
            placers = [Placer(state.problem, shaken) for shaken in _shaken(price, rng)]
        placer = placers[int(rng.integers(len(placers)))]
        if missing and rng.random() < 0.5:
            job = int(rng.choice(missing))
            order = np.append(job, _shuffled(state, _in_the_way(state, job, placer, rng), rng))
        else:
            order = _shuffled(state, _neighbours(state, missing, rng), rng)
        barred = _barred(state.problem, order, rng)
        waiting = 0 if _recreate(state, order, placer, barred) else waiting + 1


def _shaken(price: Floats, rng: np.random.Generator) -> list[Floats]:
    """The prices: as they are, with noise, and halved."""
    noisy = [price * rng.uniform(1 - _SHAKEN, 1 + _SHAKEN, price.shape) for _ in range(6)]
    return [price, *noisy, price / 2]


def _neighbours(state: State, missing: list[int], rng: np.random.Generator) -> Ints:
    """Some jobs whose windows and regions meet, and those left out among them."""
    problem = state.problem
    if missing and rng.random() < 0.7:
        seed_job = int(rng.choice(missing))
    else:
        seed_job = int(rng.integers(problem.jobs))
    near = _near(state, seed_job, rng)
    count = min(int(rng.integers(*_RUINED)), len(near))
    chosen = rng.choice(near, count, replace=False)
    return np.unique(np.append(chosen, seed_job))


def _near(state: State, job: int, rng: np.random.Generator) -> Ints:
    """The jobs whose windows meet that of the job, often only those that may run where it does."""
    problem = state.problem
    meets = (problem.first < problem.end[job]) & (problem.end > problem.first[job])
    place = state.plan[job]
    if place is not None and rng.random() < 0.7:
        region = int(place.region[0])
        meets &= problem.allowed[problem.mask, region].any(axis=1)
    near: Ints = np.flatnonzero(meets)
    return near


def _in_the_way(state: State, job: int, placer: Placer, rng: np.random.Generator) -> Ints:
    """The jobs to move for one left out: those short of room with it at one of its places, and a
    few more.

    The place is its best when a random part of the others may be moved.
    """
    near: Ints = rng.permutation(_near(state, job, rng))[: int(rng.integers(1, _LOOKED_AT))]
    room = state.room_kw.copy()
    for other in near:
        placed = state.plan[other]
        if placed is not None:
            room[placed.region, placed.slot] += placed.load_kw
    option = placer.best(job, room)
    if option is None:
        return _but(near[: _RUINED[1]], job)
    place, short = option.placed, np.zeros(room.shape, dtype=bool)
    short[place.region, place.slot] = state.room_kw[place.region, place.slot] < place.load_kw - FITS
    moved = [_uses(state.plan[other], short) or rng.random() < _ALONG for other in near]
    return _but(near[moved], job)


def _but(jobs: Ints, job: int) -> Ints:
    others: Ints = jobs[jobs != job]
    return others


def _uses(placed: Placed | None, cells: Bools) -> bool:
    return placed is not None and bool(cells[placed.region, placed.slot].any())


def _shuffled(state: State, jobs: Ints, rng: np.random.Generator) -> Ints:
    """The jobs in the order to put them back: mostly the large ones first, sometimes any order,
    sometimes by priority."""
    weight = state.problem.energy_kwh[jobs] * rng.uniform(0.3, 1.0, len(jobs))
    draw = rng.random()
    if draw < 0.1:
        order = rng.permutation(len(jobs))
    elif draw < 0.4:
        order = np.lexsort((-weight, -state.problem.priority[jobs]))
    else:
        order = np.argsort(-weight)
    ordered: Ints = jobs[order]
    return ordered


def _barred(problem: Problem, order: Ints, rng: np.random.Generator) -> list[int]:
    """A slot for each job that it must not use this time, mostly -1 for none: else no job would
    ever give up its cheapest place."""
    slots = rng.integers(problem.first[order], problem.end[order])
    barred: list[int] = np.where(rng.random(len(order)) < _BARRED, slots, -1).tolist()
    return barred


def _recreate(state: State, order: Ints, placer: Placer, barred: list[int]) -> bool:
    """Take the jobs out and put them back in order; undone when that is worse. Whether it is
    better."""
    before = [(int(job), state.plan[job]) for job in order]
    worth_before = state.worth(order)
    for job, _ in before:
        state.take(job)
    for job, slot in zip(order, barred, strict=True):
        _put_best(state, int(job), placer, slot)
    change = compare(state.worth(order), worth_before)
    if change > 0:
        for job, _ in before:
            state.take(job)
        for job, placed in before:
            if placed is not None:
                state.put(job, placed)
    return change < 0


def compare(one: Worth, other: Worth) -> int:
    """-1, 0 or 1: whether the one is better, the same but for rounding, or worse."""
    if one[:2] != other[:2]:
        return -1 if one[:2] < other[:2] else 1
    difference, rounding = one[2] - other[2], 1e-12 * abs(other[2])
    return int(difference > rounding) - int(difference < -rounding)


def _regions(problem: Problem) -> Ints:
    counts: Ints = problem.allowed.any(axis=2).sum(axis=1)[problem.mask]
    return counts
