"""The signal a replay is accounted on: carbon as it was, and price where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.kernels.range_min import Ints
from gridctl.schedule.signals.signal import Place


@dataclass(frozen=True)
class Ground:
    """Carbon (g/kWh) and price (GBP/MWh) of one or more places over the same slots.

    The places lie one after the other in one array, each followed by a slot of NaN that nothing
    can cross: slot ``i`` of place ``p`` is ``p * (slots + 1) + i``. NaN is missing.
    """

    start: datetime
    step: timedelta
    places: tuple[Place, ...]
    carbon: Floats
    price: Floats | None
    label: str
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, start: datetime, step: timedelta, carbon: dict[Place, Floats],
        price: dict[Place, Floats] | None, label: str, notes: tuple[str, ...] = (),
    ) -> Ground:  # fmt: skip
        """From one array per place, of carbon and of price."""
        places = tuple(carbon)
        prices = None if price is None else _ended([price[place] for place in places])
        if prices is not None and not np.isfinite(prices).any():
            prices = None
        ended = _ended([carbon[place] for place in places])
        return cls(start, step, places, ended, prices, label, notes)

    @property
    def slots(self) -> int:
        """How many slots each place has."""
        return len(self.carbon) // len(self.places) - 1

    @property
    def step_hours(self) -> float:
        return self.step.total_seconds() / 3600

    def offsets(self, seconds: Floats) -> Floats:
        """Epoch seconds counted in slots from the start."""
        return (seconds - self.start.timestamp()) / self.step.total_seconds()

    def base_of(self, regions: Ints) -> Ints:
        """Where each region's slots begin, 0 being Great Britain; -1 for one that is not here."""
        base = np.full(len(regions), -1, dtype=np.int64)
        for index, place in enumerate(self.places):
            base[regions == (place or 0)] = index * (self.slots + 1)
        return base

    def per_place(self, flat: Floats) -> Floats:
        """A flat array as (places, slots + 1)."""
        return flat.reshape(len(self.places), self.slots + 1)


def _ended(arrays: list[Floats]) -> Floats:
    """One after the other, each followed by a slot of NaN."""
    return np.concatenate([np.append(array, np.nan) for array in arrays])
