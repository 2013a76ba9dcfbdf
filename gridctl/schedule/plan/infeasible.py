"""Why a job is not in a plan, and the least that would let it in, the other jobs as planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.plan.place import Placer
from gridctl.schedule.plan.problem import FITS, Plan, Problem, load_of

Cause = Literal["nowhere", "power", "room"]


@dataclass(frozen=True)
class Extra:
    """More capacity: ``kw`` in one region over the slots ``[first, end)``."""

    region: int
    first: int
    end: int
    kw: float


@dataclass(frozen=True)
class Misfit:
    """Why ``job`` is out. ``nowhere``: its window, regions, caps and data leave no place for it;
    ``power``: the limits alone do; ``room``: other jobs have the power. ``extra`` is the least
    added capacity that lets it in, ``later_end`` the slot by whose start it could be done."""

    job: int
    cause: Cause
    extra: Extra | None
    later_end: int | None


def explain(problem: Problem, plan: Plan) -> list[Misfit]:
    """One for each job that is out, in the order of the jobs."""
    room = problem.capacity_kw - load_of(problem, plan)
    placer = Placer(problem, np.zeros(problem.cost.shape))
    endless = np.full(room.shape, np.inf)
    found = []
    for job in (job for job, placed in enumerate(plan) if placed is None):
        if placer.best(job, endless) is None:
            found.append(Misfit(job, "nowhere", None, _later(problem, job, room)))
            continue
        fits_alone = placer.best(job, problem.capacity_kw) is not None
        extra = _extra(problem, job, room)
        cause: Cause = "room" if fits_alone else "power"
        found.append(Misfit(job, cause, extra, _later(problem, job, room)))
    return found


def _extra(problem: Problem, job: int, room: Floats) -> Extra | None:
    if problem.contiguous[job]:
        return _extra_for_run(problem, job, room)
    options = [
        _extra_for_slots(problem, job, room, region)
        for region in range(len(room))
        if problem.window_mask(job)[region].any()
    ]
    return min((e for e in options if e is not None), key=lambda e: e.kw, default=None)


def _extra_for_run(problem: Problem, job: int, room: Floats) -> Extra | None:
    """The run whose worst slot is short of the least power."""
    touched, first = int(problem.touched[job]), int(problem.first[job])
    inside = slice(first, int(problem.last_start[job]) + touched)
    short = np.maximum(problem.power_kw[job] - room[:, inside], 0.0)
    short = np.where(problem.allowed[problem.mask[job]][:, inside], short, np.inf)
    worst = np.lib.stride_tricks.sliding_window_view(short, touched, axis=1).max(axis=-1)
    region, offset = divmod(int(worst.argmin()), worst.shape[1])
    if worst[region, offset] == np.inf:
        return None
    lacking = np.flatnonzero(short[region, offset : offset + touched] > FITS) + offset + first
    if not len(lacking):
        return None
    return Extra(region, int(lacking[0]), int(lacking[-1]) + 1, float(worst[region, offset]))


def _extra_for_slots(problem: Problem, job: int, room: Floats, region: int) -> Extra | None:
    """The least power, the same in all slots of one region, that makes up what is missing."""
    power, length = float(problem.power_kw[job]), float(problem.length[job])
    open_ = problem.window_mask(job)
    here = open_[region]
    usable = np.where(open_, np.maximum(room, 0.0), 0.0)
    if problem.on_off[job]:
        whole = (usable >= power - FITS).any(axis=0)
        short = np.where(here & ~whole, power - usable[region], np.inf)
        missing = round(length) - int(whole.sum())
        ranked = np.sort(short)
        if not 0 < missing <= len(ranked) or ranked[missing - 1] == np.inf:
            return None
        return _over(region, short <= ranked[missing - 1] + FITS, float(ranked[missing - 1]))
    have = np.minimum(usable.sum(axis=0), power)

    def served(kw: float) -> float:
        return float(np.where(here, np.minimum(have + kw, power), have).sum())

    if served(power) < power * length - FITS:
        return None
    low, high = 0.0, power
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if served(middle) >= power * length else (middle, high)
    return _over(region, here & (have < power - FITS), high)


def _over(region: int, slots: np.ndarray, kw: float) -> Extra | None:
    where = np.flatnonzero(slots)
    return (
        Extra(region, int(where[0]), int(where[-1]) + 1, kw) if len(where) and kw > FITS else None
    )


def _later(problem: Problem, job: int, room: Floats) -> int | None:
    """The first slot edge after its window by which it could be done in the room that is left."""
    slots = room.shape[1]
    allowed = problem.allowed[problem.mask[job]]
    power, first = float(problem.power_kw[job]), int(problem.first[job])
    if problem.contiguous[job]:
        touched = int(problem.touched[job])
        start = max(int(problem.last_start[job]) + 1, first)
        if start + touched > slots:
            return None
        fits = allowed[:, start:] & (room[:, start:] >= power - FITS)
        runs = np.lib.stride_tricks.sliding_window_view(fits, touched, axis=1).all(axis=-1)
        found = np.flatnonzero(runs.any(axis=0))
        return start + int(found[0]) + touched if len(found) else None
    usable = np.where(allowed, np.maximum(room, 0.0), 0.0)[:, first:]
    if problem.on_off[job]:
        drawn = np.where((usable >= power - FITS).any(axis=0), power, 0.0)
    else:
        drawn = np.minimum(usable.sum(axis=0), power)
    done = np.flatnonzero(np.cumsum(drawn) >= power * float(problem.length[job]) - FITS)
    end = first + int(done[0]) + 1 if len(done) else 0
    return end if end > int(problem.end[job]) else None
