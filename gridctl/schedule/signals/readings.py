"""What is known of one half hour, and the rules by which it may be known at a moment T."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum

import numpy as np

from gridctl.clock import HALF_HOUR
from gridctl.model import SYNTHETIC
from gridctl.schedule.kernels.contiguous import Floats

ACTUALS_AFTER = timedelta(minutes=30)  # after the end of its slot an actual counts as published
SLOT = int(HALF_HOUR.total_seconds())


class Provenance(IntEnum):
    """Where a slot's value came from."""

    MISSING = 0
    ACTUAL = 1
    FORECAST = 2
    LAST_REVISION = 3
    ESTIMATED = 4
    SYNTHETIC = 5
    CORRECTED = 6  # a forecast less its usual error
    GIVEN = 7  # by a file of the user's


class Refused(IntEnum):
    """Why a slot is missing although the store holds something for it."""

    NOTHING_STORED = 0
    STALE = 1
    SYNTHETIC = 2
    NOT_YET_KNOWN = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One slot's value and its history. ``issued`` is epoch seconds, when it is known."""

    value: float = np.nan
    provenance: Provenance = Provenance.MISSING
    source: str = ""
    issued: float = np.nan
    hindsight: bool = False  # fetched after T and of unknown issue time
    estimated: bool = False
    refused: Refused = Refused.NOTHING_STORED


@dataclass(frozen=True)
class Series:
    """Readings along the slots: ``values`` (n) float with NaN for missing, the others beside it."""

    values: Floats
    readings: tuple[Reading, ...]

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Series:
        """The series of these readings."""
        return cls(np.array([r.value for r in readings], dtype=np.float64), tuple(readings))

    @property
    def provenance(self) -> list[Provenance]:
        """Where each slot's value came from."""
        return [reading.provenance for reading in self.readings]


@dataclass(frozen=True)
class Knowledge:
    """What may be used: the moment T and the rules, in epoch seconds where they are times."""

    at: datetime
    max_age: timedelta
    allow_synthetic: bool

    def is_over(self, slot: int) -> bool:
        return slot + SLOT <= self.at.timestamp()

    def has_actual(self, slot: int) -> bool:
        return slot + SLOT + ACTUALS_AFTER.total_seconds() <= self.at.timestamp()

    def is_stale(self, slot: int, issued: float) -> bool:
        """Too old to plan on. Of a slot already over, the last forecast is naturally old."""
        return not self.is_over(slot) and issued < (self.at - self.max_age).timestamp()


def best(readings: Iterable[Reading], known: Knowledge) -> Reading:
    """The first usable reading, real before synthetic; else the first with its reason."""
    refused: Reading | None = None
    synthetic: Reading | None = None
    for reading in readings:
        if reading.provenance is Provenance.MISSING:
            refused = refused or reading
        elif reading.source == SYNTHETIC:
            synthetic = synthetic or reading
        else:
            return reading
    if synthetic is not None and known.allow_synthetic:
        return replace(synthetic, provenance=Provenance.SYNTHETIC)
    if synthetic is not None and refused is None:
        return Reading(refused=Refused.SYNTHETIC)
    return refused or Reading()


def bounds(slots: range) -> list[datetime]:
    """The first instant and the end of slots in epoch seconds, to bind to a query."""
    return [datetime.fromtimestamp(edge, UTC) for edge in (slots.start, slots.stop)]


def provenance_counts(series: Series, slots: range) -> Mapping[str, int]:
    """How many slots came from where, for the record."""
    counts: dict[str, int] = {}
    for index in slots:
        name = series.readings[index].provenance.name.lower()
        counts[name] = counts.get(name, 0) + 1
    return counts
