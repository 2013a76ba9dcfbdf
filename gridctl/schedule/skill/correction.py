"""Correct a forecast by how its forerunners erred: take off the bias, lean towards the usual.

With f the forecast, b the bias learnt for its horizon and local hour, and c the climatology:

    corrected = (1 - w) (f - b) + w c

b is the mean error of the cell, drawn towards that of the horizon and this towards zero, each by
days / (days + K): a few days of errors say little, for the errors of one day hang together. w is
the least-squares weight of each horizon, between 0 and 1, drawn towards zero likewise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridctl.schedule.skill.climatology import Climatology
from gridctl.schedule.skill.history import (
    HORIZONS,
    Actuals,
    Floats,
    History,
    Ints,
    Points,
    local_slots,
)

LEAST_DAYS = 7  # below this nothing is learnt
SHRINK_DAYS = 14.0  # K: with as many days half of what was seen is believed
_HOURS = 24


@dataclass(frozen=True)
class Correction:
    """``bias`` (horizons, 24 local hours) in g/kWh, ``weight`` (horizons) of the climatology.

    ``days`` is how many different days it was learnt from.
    """

    bias: Floats
    weight: Floats
    days: int

    def apply(self, points: Points, usual: Floats) -> Floats:
        """The corrected values. Where ``usual`` is NaN only the bias is taken off."""
        bucket = points.bucket
        unbiased = points.value - self.bias[bucket, _hour(points.slot)]
        weight = np.where(np.isfinite(usual), self.weight[bucket], 0.0)
        blended: Floats = unbiased + weight * (np.nan_to_num(usual) - unbiased)
        return blended


def fit(points: Points, actual: Floats, usual: Floats) -> Correction:
    """Learn from pairs: forecasts, what came, and what was usual as known at their issue."""
    bias = _bias(points, points.value - actual)
    unbiased = points.value - bias[points.bucket, _hour(points.slot)]
    return Correction(
        bias, _weights(points, actual - unbiased, usual - unbiased), len(np.unique(points.day))
    )


def fit_history(history: History) -> Correction:
    """Learn from everything in ``history``, each forecast with the usual known when issued."""
    points = history.points
    usual = Climatology.of(history.actuals).usual(points.slot, points.issued)
    return fit(points, history.actuals.at(points.slot), usual)


def enough(days: int) -> bool:
    """Whether that many days of errors are worth learning from."""
    return days >= LEAST_DAYS


def cross_fitted(history: History, folds: int = 7) -> Floats:
    """Each past forecast corrected by what the other days teach, for honest errors afterwards.

    A fold holds every seventh day, with all the forecasts made for it.
    """
    points = history.points
    actual = history.actuals.at(points.slot)
    usual = Climatology.of(history.actuals).usual(points.slot, points.issued)
    corrected = points.value.copy()
    for fold in range(folds):
        inside = points.day % folds == fold
        if inside.any() and not inside.all():
            learnt = fit(points.where(~inside), actual[~inside], usual[~inside])
            corrected[inside] = learnt.apply(points.where(inside), usual[inside])
    return corrected


def usual_at(actuals: Actuals, slots: Ints, moment: float) -> Floats:
    """What is usual for ``slots`` as known at ``moment``."""
    return Climatology.of(actuals).usual(slots, np.full(len(slots), moment))


def _bias(points: Points, error: Floats) -> Floats:
    """Mean error per horizon and hour, shrunk twice."""
    bucket, shape = points.bucket, (len(HORIZONS), _HOURS)
    cell = bucket * _HOURS + _hour(points.slot)
    of_horizon = _believed(bucket, points.day, len(HORIZONS)) * _mean(error, bucket, len(HORIZONS))
    beyond = error - of_horizon[bucket]
    count = shape[0] * shape[1]
    of_cell = _believed(cell, points.day, count) * _mean(beyond, cell, count)
    whole: Floats = of_horizon[:, None] + of_cell.reshape(shape)
    return whole


def _weights(points: Points, error: Floats, distance: Floats) -> Floats:
    """Least-squares weight per horizon of a step ``distance`` that would make up ``error``."""
    both = np.isfinite(distance)
    bucket, error, distance = points.bucket[both], error[both], distance[both]
    across = np.bincount(bucket, error * distance, len(HORIZONS))
    along = np.bincount(bucket, distance * distance, len(HORIZONS))
    weight = np.divide(across, along, out=np.zeros(len(HORIZONS)), where=along > 0)
    believed = _believed(bucket, points.day[both], len(HORIZONS))
    drawn: Floats = believed * np.clip(weight, 0.0, 1.0)
    return drawn


def _mean(values: Floats, group: Ints, count: int) -> Floats:
    total, number = np.bincount(group, values, count), np.bincount(group, minlength=count)
    return np.divide(total, number, out=np.zeros(count), where=number > 0)


def _believed(group: Ints, day: Ints, count: int) -> Floats:
    """days / (days + K) for each group."""
    if len(group) == 0:
        return np.zeros(count)
    seen = np.zeros((count, int(day.max() - day.min()) + 1), dtype=bool)
    seen[group, day - day.min()] = True
    days = seen.sum(axis=1)
    share: Floats = days / (days + SHRINK_DAYS)
    return share


def _hour(slot: Ints) -> Ints:
    return local_slots(slot) // 2 % _HOURS
