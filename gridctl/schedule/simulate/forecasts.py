"""What a policy is shown of the signal: the truth, a disturbed truth, or forecasts as issued.

A forecast is either one series for everybody, or views: each what was foreseen at one moment, some
slots long. Views lie one after the other in one array, each followed by a slot of NaN, so that a
window of a view is a range of an array, as a window of the truth is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, floor

import numpy as np

from gridctl.errors import UsageError
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.kernels.range_min import Ints
from gridctl.schedule.simulate.ground import Ground
from gridctl.schedule.simulate.jobs import Jobs

# Of the national half-hourly forecast, from 15 issues of March 2023 against what came: error of
# 35 g/kWh about a mean of 142, half as like itself after 6 h, and two thirds of it there at once.
ERROR_SHARE = 0.25
ERROR_MEMORY_HOURS = 10.0
DATA_AGE_HOURS = 3.0
ISSUED_EVERY_HOURS = 6.0
LONGEST_VIEW_HOURS = 14 * 24.0


@dataclass(frozen=True)
class ForecastKind:
    """``perfect``, ``noise`` with its ``share`` of the mean, ``realistic`` or ``vintages``."""

    name: str
    share: float = 0.0

    def __str__(self) -> str:
        return f"{self.name}:{self.share:g}" if self.name == "noise" else self.name


@dataclass(frozen=True)
class Shared:
    """One series for all jobs, along the ground's array."""

    series: Floats


@dataclass(frozen=True)
class Views:
    """Views in order of place and time of issue.

    ``values`` all of them, one after the other; view ``v`` begins at slot ``origin[v]`` of the
    ground and at ``offset[v]`` of ``values``, is ``length[v]`` slots long and was issued at
    ``issued[v]``, counted like ``origin``. ``place`` is the index of its place.
    """

    values: Floats
    origin: Ints
    offset: Ints
    length: Ints
    issued: Floats
    place: Ints

    def in_force(self, base: Ints, moment: Floats, slots: int) -> Ints:
        """The newest view of each job's place issued by ``moment``, -1 where there is none."""
        newest = np.searchsorted(self.issued, moment + 1e-9, side="right") - 1
        known = newest >= 0
        same = self.place[np.maximum(newest, 0)] == base // (slots + 1)
        return np.where(known & same, newest, -1)

    def next_issue(self, view: Ints) -> Floats:
        """When each view is replaced; infinite for a place's last."""
        following = np.minimum(view + 1, len(self.issued) - 1)
        there = (view + 1 < len(self.issued)) & (self.place[following] == self.place[view])
        return np.where(there, self.issued[following], np.inf)

    @classmethod
    def of(cls, rows: list[Floats], origin: Ints, issued: Floats, place: Ints) -> Views:
        """From one row of values per view."""
        length = np.array([len(row) for row in rows], dtype=np.int64)
        ends = np.cumsum(length + 1)
        gap = np.array([np.nan])
        values = np.concatenate([part for row in rows for part in (row, gap)])
        return cls(values, origin, ends - length - 1, length, issued, place)


Forecast = Shared | Views


def parse_forecast(text: str) -> ForecastKind:
    """``perfect``, ``noise:0.05``, ``realistic`` or ``vintages``. Raises :class:`UsageError`."""
    name, colon, share = text.strip().lower().partition(":")
    if name == "noise":
        try:
            number = float(share) if colon else 0.05
        except ValueError:
            number = -1.0
        if 0 <= number <= 10:
            return ForecastKind(name, number)
    elif name in ("perfect", "realistic", "vintages") and not colon:
        return ForecastKind(name)
    raise UsageError(
        f"{text!r} is not a forecast; write perfect, noise:0.05 (its share of the mean), "
        "realistic or vintages"
    )


def noisy(ground: Ground, share: float, seed: int) -> Shared:
    """The truth plus independent normal errors, of ``share`` of the place's mean.

    As in Wiesner et al., "Let's Wait Awhile", Middleware 2021.
    """
    rng = np.random.default_rng(seed)
    error = rng.normal(0.0, share, ground.carbon.shape) * _means(ground)
    return Shared(ground.carbon + error)


def realistic(ground: Ground, jobs: Jobs, seed: int) -> Views:
    """Forecasts every six hours with errors that resemble themselves and grow with the horizon.

    The truth is taken to hold a disturbance X, an autoregressive process of first order with
    standard deviation 0.25 of the mean and a memory of ten hours. A forecast made with data up to
    t knows X then and expects it to fade: its error at s is X(s) - X(t) exp(-(s - t) / 10 h).
    Issues share one X, so that they agree better the nearer their target comes.
    """
    hours = ground.step_hours
    every = max(round(ISSUED_EVERY_HOURS / hours), 1)
    age = round(DATA_AGE_HOURS / hours)
    needed = float((jobs.deadline - jobs.earliest).max()) if len(jobs) else 0.0
    length = min(floor(needed) + every + 2, round(LONGEST_VIEW_HOURS / hours))
    first, last = _span(ground, jobs)
    starts = np.arange(first // every * every, last + 1, every)
    x = _autoregressive(ground.slots + 1 + age, exp(-hours / ERROR_MEMORY_HOURS), seed)
    ahead = np.arange(length)
    target = np.minimum(starts[:, None] + ahead, ground.slots)
    fading = np.exp(-(ahead + age) * hours / ERROR_MEMORY_HOURS)
    error = ERROR_SHARE * (x[target + age] - x[starts][:, None] * fading)
    rows = []
    for truth in ground.per_place(ground.carbon):
        rows += list(np.maximum(truth[target] + float(np.nanmean(truth)) * error, 0.0))
    shift = np.repeat(np.arange(len(ground.places)) * (ground.slots + 1), len(starts))
    origin = np.tile(starts, len(ground.places)) + shift
    return Views.of(rows, origin, origin.astype(np.float64), shift // (ground.slots + 1))


def _means(ground: Ground) -> Floats:
    """Along the ground's array, the mean of the place."""
    means = np.nanmean(ground.per_place(ground.carbon), axis=1)
    return np.repeat(means, ground.slots + 1)


def _span(ground: Ground, jobs: Jobs) -> tuple[int, int]:
    """The first and last slot, within a place, at which a job can be decided."""
    if not len(jobs):
        return 0, 0
    first = floor(float((jobs.earliest - jobs.base).min()))
    last = floor(float((jobs.latest - jobs.base).max()))
    return max(first, 0), min(last, ground.slots - 1)


def _autoregressive(count: int, likeness: float, seed: int) -> Floats:
    """A stationary process of unit variance, each value like the one before it."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0, 1.0, count)
    steps[1:] *= np.sqrt(1.0 - likeness**2)
    values = np.empty(count)
    value = 0.0
    for index, step in enumerate(steps.tolist()):
        value = likeness * value + step
        values[index] = value
    return values
