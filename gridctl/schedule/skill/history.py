"""Past forecasts and what came of them, as far as both were known at a moment T.

Slots are counted in half hours since 1970 UTC, instants are epoch seconds. An actual is known half
an hour after its slot's end, as everywhere in a decision; a forecast from its issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridctl.clock import LONDON
from gridctl.model import SYNTHETIC
from gridctl.schedule.signals.readings import SLOT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KNOWN_AFTER = 2 * SLOT  # seconds from a slot's start: its half hour, and half an hour more
FORECASTS_BACK = timedelta(days=56)
THINNED = "2 hours"  # forecasts nearer than this err alike: the newest of each span is enough
ACTUALS_BACK = FORECASTS_BACK + timedelta(days=58)  # the usual of the oldest forecast, and 2 days

# Lower edges of the horizons told apart, in hours from issue to the slot's start. A forecast is
# issued inside its first slot, so that one has a horizon a little below zero.
HORIZONS = (0, 1, 6, 12, 24, 48)
_EDGES = np.array(HORIZONS[1:], dtype=np.float64)


@dataclass(frozen=True)
class Actuals:
    """Measured intensity, g/kWh, of consecutive slots from ``first``; NaN where none is known."""

    first: int
    values: Floats

    @classmethod
    def of(cls, by_slot: Mapping[int, float]) -> Actuals:
        """From a mapping of slot to value."""
        if not by_slot:
            return cls(0, np.empty(0))
        first = min(by_slot)
        values = np.full(max(by_slot) - first + 1, np.nan)
        for slot, value in by_slot.items():
            values[slot - first] = value
        return cls(first, values)

    def at(self, slots: Ints) -> Floats:
        """The value of each slot, of any shape; NaN outside what is held."""
        if len(self.values) == 0:
            return np.full(slots.shape, np.nan)
        index = slots - self.first
        inside = (index >= 0) & (index < len(self.values))
        found: Floats = np.where(inside, self.values[np.where(inside, index, 0)], np.nan)
        return found

    def known_at(self, moment: float) -> Actuals:
        """Those that were published by ``moment``."""
        count = int((moment - KNOWN_AFTER) // SLOT) - self.first + 1
        return Actuals(self.first, self.values[: max(count, 0)])


@dataclass(frozen=True)
class Points:
    """Forecast values as issued: three arrays (n) of issue time, slot and value in g/kWh."""

    issued: Floats
    slot: Ints
    value: Floats

    @property
    def horizon(self) -> Floats:
        """Hours from the issue to the slot's start."""
        hours: Floats = (self.slot * SLOT - self.issued) / 3600
        return hours

    @property
    def bucket(self) -> Ints:
        """Which of :data:`HORIZONS` each belongs to."""
        return bucket_of(self.horizon)

    @property
    def day(self) -> Ints:
        """The UTC day forecast for, counted since 1970: values of one day are not independent."""
        return self.slot // 48

    def where(self, mask: NDArray[np.bool_]) -> Points:
        return Points(self.issued[mask], self.slot[mask], self.value[mask])


@dataclass(frozen=True)
class History:
    """Forecasts beside actuals."""

    points: Points
    actuals: Actuals

    @property
    def days(self) -> int:
        """How many different days were forecast."""
        return len(np.unique(self.points.day))

    def known_at(self, moment: float) -> History:
        """What of it was known at ``moment``: pairs need both sides."""
        actuals = self.actuals.known_at(moment)
        points = self.points.where(self.points.issued <= moment)
        return History(points.where(np.isfinite(actuals.at(points.slot))), actuals)


def bucket_of(horizon: Floats) -> Ints:
    """The index into :data:`HORIZONS` of each horizon in hours."""
    return np.searchsorted(_EDGES, horizon, side="right").astype(np.int64)


def horizon_name(bucket: int) -> str:
    """``6-12 h ahead``, as ``query forecast-accuracy`` names them."""
    if bucket == len(HORIZONS) - 1:
        return f"{HORIZONS[bucket]} h and more"
    return f"{HORIZONS[bucket]}-{HORIZONS[bucket + 1]} h ahead"


def local_slots(slots: Ints) -> Ints:
    """Slots counted on the clock of Europe/London: the usual of 18:00 is that of 18:00 there."""
    if slots.size == 0:
        return slots
    hours = slots // 2
    first, last = int(hours.min()), int(hours.max())
    shift = np.array([_offset(hour) for hour in range(first, last + 1)], dtype=np.int64)
    moved: Ints = slots + shift[hours - first]
    return moved


@cache
def _offset(hour: int) -> int:
    """Half hours that London is ahead of UTC in that hour since 1970."""
    offset = datetime.fromtimestamp(hour * 3600, UTC).astimezone(LONDON).utcoffset()
    return int((offset or timedelta(0)).total_seconds()) // SLOT


def load_history(con: Any, at: datetime, *, synthetic: bool) -> History:
    """The national forecasts of the last eight weeks and the actuals known at ``at``.

    Only real ones, or with ``synthetic`` only made-up ones: neither says anything about the other.
    """
    kind = "=" if synthetic else "<>"
    rows = con.execute(
        f"""SELECT epoch(timestamp)::BIGINT // {SLOT}, actual_gco2_kwh
            FROM carbon_intensity_national
            WHERE actual_gco2_kwh IS NOT NULL AND source {kind} ?
              AND timestamp >= ? AND timestamp <= ?""",
        [SYNTHETIC, at - ACTUALS_BACK, at - timedelta(seconds=KNOWN_AFTER)],
    ).fetchall()
    found = con.execute(
        f"""SELECT epoch(issued_at) AS issued, epoch(first_timestamp)::BIGINT AS first,
                   step_minutes, forecast_values
            FROM forecast_vintages
            WHERE series = 'carbon_intensity' AND region_number IS NULL AND source {kind} ?
              AND issued_at > ? AND issued_at <= ? AND step_minutes = 30
            QUALIFY row_number() OVER (
                PARTITION BY time_bucket(INTERVAL '{THINNED}', issued_at) ORDER BY issued_at DESC
            ) = 1
            ORDER BY issued_at, first""",
        [SYNTHETIC, at - FORECASTS_BACK, at],
    ).fetchall()
    return History(_points(found), Actuals.of(dict(rows))).known_at(at.timestamp())


def _points(rows: list[tuple[Any, ...]]) -> Points:
    lengths = [len(values) for *_, values in rows]
    slots = [first // SLOT + np.arange(len(values)) for _, first, _, values in rows]
    values = [np.array(values, dtype=np.float64) for *_, values in rows]
    points = Points(
        np.repeat(np.array([issued for issued, *_ in rows], dtype=np.float64), lengths),
        np.concatenate(slots).astype(np.int64) if slots else np.empty(0, np.int64),
        np.concatenate(values) if values else np.empty(0),
    )
    return points.where(np.isfinite(points.value))
