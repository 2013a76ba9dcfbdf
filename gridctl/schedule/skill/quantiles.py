"""By how much a forecast must be raised so that only a given share of past ones came out above."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gridctl.schedule.skill.correction import LEAST_DAYS
from gridctl.schedule.skill.history import HORIZONS, Floats, Ints, Points


@dataclass(frozen=True)
class Margins:
    """What to add per horizon, g/kWh, and from how many different days that was learnt.

    ``margin`` is NaN for a horizon with too few days for its quantile.
    """

    margin: Floats
    days: Ints


def days_needed(risk: float) -> int:
    """Days of errors that quantile ``risk`` needs: one of them at least lies beyond it."""
    return max(LEAST_DAYS, math.ceil(1 / min(risk, 1 - risk) - 1e-9))


def margins(points: Points, error: Floats, risk: float) -> Margins:
    """The quantile ``risk`` (between 0 and 1) of ``error``, actual less forecast, per horizon."""
    bucket = points.bucket
    margin = np.full(len(HORIZONS), np.nan)
    days = np.zeros(len(HORIZONS), dtype=np.int64)
    for index in range(len(HORIZONS)):
        inside = bucket == index
        days[index] = len(np.unique(points.day[inside]))
        if days[index] >= days_needed(risk):
            margin[index] = np.quantile(error[inside], risk)
    return Margins(margin, days)
