"""What came of a policy, job by job, on the signal as it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridctl.schedule.kernels.batch import means_at
from gridctl.schedule.kernels.contiguous import Floats, Slots, prepare
from gridctl.schedule.simulate.ground import Ground
from gridctl.schedule.simulate.jobs import Jobs
from gridctl.schedule.simulate.pieces import Runs
from gridctl.schedule.simulate.statistics import peak_concurrency


@dataclass(frozen=True)
class Outcome:
    """Per job (n) its ``start`` and ``end`` in slots of the ground, and what it used and emitted.

    All NaN for a job that was not run, or ran into missing data; ``cost_gbp`` also where there is
    no price. ``peak`` is the most jobs at once.
    """

    start: Floats
    end: Floats
    energy_kwh: Floats
    carbon_kg: Floats
    cost_gbp: Floats
    peak: int


class Accounts:
    """The ground, prepared to account for many jobs."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.carbon = prepare(ground.carbon, np.isfinite(ground.carbon))
        self._price: Slots | None = None
        if ground.price is not None:
            self._price = prepare(ground.price, np.isfinite(ground.price))

    def of_starts(self, jobs: Jobs, start: Floats) -> Outcome:
        """Of jobs that run in one piece from ``start``."""
        at = np.nan_to_num(start, nan=-1.0)
        carbon = means_at(self.carbon, jobs.duration, at)
        ran = np.isfinite(carbon)
        energy = np.where(ran, jobs.power_kw * jobs.duration * self.ground.step_hours, np.nan)
        price = np.full(len(jobs), np.nan)
        if self._price is not None:
            price = means_at(self._price, jobs.duration, at)
        start = np.where(ran, start, np.nan)
        end = start + jobs.duration
        peak = peak_concurrency(start - jobs.base, end - jobs.base)
        return Outcome(start, end, energy, energy * carbon / 1e3, energy * price / 1e3, peak)

    def of_runs(self, runs: Runs) -> Outcome:
        """Of jobs that pause, or run on several servers."""
        hours = self.ground.step_hours
        busy = self.ground.per_place(runs.busy.astype(np.float64)).sum(axis=0)
        return Outcome(
            runs.start, runs.end, runs.energy * hours, runs.carbon * hours / 1e3,
            runs.price * hours / 1e3, int(busy.max()),
        )  # fmt: skip

    def window_mean_kg(self, jobs: Jobs) -> Floats:
        """Emissions of each job at the mean intensity of its whole window, missing slots aside."""
        edges = np.arange(len(self.ground.carbon) + 1, dtype=np.float64)
        value, shut = (
            np.interp(jobs.deadline, edges, sums) - np.interp(jobs.earliest, edges, sums)
            for sums in self.carbon.sums
        )
        known = jobs.deadline - jobs.earliest - shut
        mean = np.where(known > 1e-9, value / np.maximum(known, 1e-9), np.nan)
        energy_kwh = jobs.power_kw * jobs.duration * self.ground.step_hours
        return np.where(jobs.fits, mean * energy_kwh / 1e3, np.nan)
