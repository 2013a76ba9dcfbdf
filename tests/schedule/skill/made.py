"""Histories made for tests: a week that repeats itself, and forecasts of it with known errors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gridctl.schedule.signals.readings import SLOT
from gridctl.schedule.skill.history import Actuals, History, Points

# Monday 2 October 2023 00:00 UTC. The clocks go back on the 29th.
MONDAY = 1_696_204_800 // SLOT
DAY = 48
WEEK = 7 * DAY


def truth(slots: np.ndarray) -> np.ndarray:
    """The same every week: from 100 to 300 g/kWh."""
    return 200 + 80 * np.sin(slots * np.pi / 24) + 20 * (slots // DAY % 7 >= 5)


def history(
    days: int,
    error: Callable[[np.ndarray, np.ndarray], np.ndarray],
    *,
    weeks_before: int = 9,
    every: int = DAY,
    length: int = 96,
) -> History:
    """Forecasts issued every ``every`` slots for ``days`` days from Monday, and all actuals.

    ``error`` is a function of slot and of steps ahead, added to the truth.
    """
    first = MONDAY - weeks_before * WEEK
    slots = np.arange(first, MONDAY + days * DAY + 200)
    steps = np.arange(length)
    issues = np.arange(MONDAY, MONDAY + days * DAY, every)
    made = (issues[:, None] + steps).ravel()
    ahead = np.tile(steps, len(issues))
    points = Points(
        np.repeat(issues * float(SLOT) + 60, length),
        made.astype(np.int64),
        truth(made) + error(made, ahead),
    )
    return History(points, Actuals(int(first), truth(slots)))


def moment(days: float) -> float:
    """Epoch seconds, days after Monday."""
    return MONDAY * SLOT + days * 86400.0
