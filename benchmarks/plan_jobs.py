"""A seeded set of jobs to plan: 1,000 jobs, 96 half hours, 14 regions, and too little power.

Powers 1 to 8 kW, durations of half an hour to eight hours, windows of up to two and a half times
the duration plus up to a day, 40 per cent of the jobs movable to any region. Each region's limit
is a little above the mean load of the jobs at home there, so that it binds in the clean hours:
in at least a third of all region-slots of the optimum (the benchmark prints the share).
"""

from __future__ import annotations

import numpy as np

from gridctl.schedule.plan.problem import Problem

REGIONS, SLOTS = 14, 96


def carbon(rng: np.random.Generator) -> np.ndarray:
    """(R, T) g/kWh: a daily shape, a level for each region, and noise that stays a while."""
    hours = np.arange(SLOTS) / 2
    daily = 40 * np.sin((hours - 9) / 24 * 2 * np.pi) + 25 * np.sin((hours - 4) / 12 * 2 * np.pi)
    level = rng.uniform(60, 260, REGIONS)
    noise = np.cumsum(rng.normal(0, 6, (REGIONS, SLOTS)), axis=1)
    return np.maximum(level[:, None] + daily + noise, 5.0)


def make_problem(kind: str = "contiguous", jobs: int = 1000, seed: int = 1) -> Problem:
    """The problem with jobs of one kind: contiguous, interruptible or on-off."""
    rng = np.random.default_rng(seed)
    cost = carbon(rng) / 1000
    power = rng.integers(1, 9, jobs).astype(float)
    length = rng.integers(1, 17, jobs).astype(float)
    window = np.minimum(
        np.ceil(length * rng.uniform(1.5, 2.5, jobs)) + rng.integers(0, 48, jobs), SLOTS
    )
    first = np.floor(rng.uniform(0, 1, jobs) * (SLOTS - window + 1)).astype(np.int64)
    end = first + window.astype(np.int64)
    home = rng.integers(0, REGIONS, jobs)
    mask = np.where(rng.uniform(0, 1, jobs) < 0.4, REGIONS, home)
    allowed = np.zeros((REGIONS + 1, REGIONS, SLOTS), dtype=bool)
    allowed[np.arange(REGIONS), np.arange(REGIONS)] = True
    allowed[REGIONS] = True
    at_home = np.bincount(home, power * length, REGIONS) / SLOTS
    capacity = np.repeat(np.ceil(1.5 * at_home)[:, None], SLOTS, axis=1)
    return Problem(
        cost=cost, capacity_kw=capacity, step_hours=0.5, power_kw=power, length=length,
        first=first, end=end, last_start=end - length.astype(np.int64), mask=mask, allowed=allowed,
        priority=np.full(jobs, 50), contiguous=np.full(jobs, kind == "contiguous"),
        on_off=np.full(jobs, kind == "on-off"),
    )  # fmt: skip
