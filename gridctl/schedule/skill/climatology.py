"""What is usual at this time of the week: the median of the same half hour in the last weeks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridctl.schedule.signals.readings import SLOT
from gridctl.schedule.skill.history import KNOWN_AFTER, Actuals, Floats, Ints, local_slots

WEEK = 336  # half hours
WEEKS = 8  # long enough for a median, short enough to stay inside a season
AT_LEAST = 4


@dataclass(frozen=True)
class Climatology:
    """Actuals along the clock of Europe/London, with the moment each became known."""

    first: int
    values: Floats
    known: Floats

    @classmethod
    def of(cls, actuals: Actuals) -> Climatology:
        """Laid out by local half hour. The hour that autumn repeats counts once, its second time;
        the one that spring skips has no value.
        """
        count = len(actuals.values)
        if count == 0:
            return cls(0, np.empty(0), np.empty(0))
        slots = np.arange(actuals.first, actuals.first + count, dtype=np.int64)
        local = local_slots(slots)
        first = int(local.min())
        values = np.full(int(local.max()) - first + 1, np.nan)
        known = np.full(len(values), np.inf)
        values[local - first] = actuals.values
        known[local - first] = slots * SLOT + KNOWN_AFTER
        return cls(first, values, known)

    def usual(self, slots: Ints, moments: Floats) -> Floats:
        """The median of the eight weeks before each slot, of values known at its moment; g/kWh.

        NaN where fewer than four are.
        """
        if len(self.values) == 0 or len(slots) == 0:
            return np.full(len(slots), np.nan)
        back = WEEK * np.arange(1, WEEKS + 1)
        index = local_slots(slots)[:, None] - back - self.first
        inside = (index >= 0) & (index < len(self.values))
        index = np.where(inside, index, 0)
        usable = inside & (self.known[index] <= moments[:, None])
        return _median(np.where(usable, self.values[index], np.nan))


def _median(rows: Floats) -> Floats:
    """The median of each row's numbers; NaN for a row with fewer than :data:`AT_LEAST`."""
    ordered = np.sort(rows, axis=1)  # NaN goes last
    count = np.isfinite(ordered).sum(axis=1)
    each = np.arange(len(rows))
    low, high = ordered[each, np.maximum(count - 1, 0) // 2], ordered[each, count // 2]
    return np.where(count >= AT_LEAST, (low + high) / 2, np.nan)
