"""Forecasts of the store as they were issued, as views of a ground."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from gridctl.errors import SignalError, UsageError
from gridctl.model import SYNTHETIC
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.simulate.forecasts import Views
from gridctl.schedule.simulate.ground import Ground


def load_vintages(con: Any, ground: Ground, *, allow_synthetic: bool) -> Views:
    """Every carbon forecast issued for the ground's places over its time.

    ``con`` is an open connection in UTC. Raises :class:`SignalError` when there is none, and
    :class:`UsageError` when the signal's step is not that of the forecasts.
    """
    numbers = [place or 0 for place in ground.places]
    end = ground.start + ground.slots * ground.step
    found = con.execute(
        """SELECT coalesce(region_number, 0), epoch(issued_at), epoch(first_timestamp),
                  step_minutes, forecast_values
           FROM forecast_vintages
           WHERE series = 'carbon_intensity' AND list_contains(?, coalesce(region_number, 0))
             AND issued_at < ? AND issued_at >= ? AND (? OR source <> ?)
           ORDER BY issued_at""",
        [numbers, end, ground.start - timedelta(days=5), allow_synthetic, SYNTHETIC],
    ).fetchall()
    if not found:
        raise SignalError(
            f"the store holds no forecast issued from {ground.start:%Y-%m-%d} to {end:%Y-%m-%d}; "
            "load saved ones with: gridctl store load FILE, or try --forecast realistic"
        )
    step = ground.step.total_seconds()
    if any(60 * minutes != step for _, _, _, minutes, _ in found):
        raise UsageError(f"forecasts are half-hourly, the signal's step is {ground.step}")
    found.sort(key=lambda row: (numbers.index(row[0]), row[1]))
    rows, origin = [], []
    place = np.array([numbers.index(row[0]) for row in found])
    shift = place * (ground.slots + 1)
    for (_, _, first, _, values), base in zip(found, shift.tolist(), strict=True):
        row, start = _clipped(values, round(float(ground.offsets(np.array(first)))), ground.slots)
        rows.append(row)
        origin.append(start + base)
    issued = ground.offsets(np.array([row[1] for row in found], dtype=np.float64)) + shift
    return Views.of(rows, np.array(origin, dtype=np.int64), issued, place)


def _clipped(values: list[float | None], first: int, slots: int) -> tuple[Floats, int]:
    """The part of a forecast that lies on the ground, and where it begins."""
    row = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    begin = min(max(first, 0), slots)
    end = min(max(first + len(row), begin), slots)
    return row[begin - first : end - first], begin
