"""A recipe worked out: the slots asked for, what happened in them and what was foreseen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridctl.clock import EPOCH, HALF_HOUR
from gridctl.sources.synthetic import Recipe, weather
from gridctl.sources.synthetic.demand import local_slots
from gridctl.sources.synthetic.flow import regional_carbon, regional_mix
from gridctl.sources.synthetic.grid import State, run
from gridctl.sources.synthetic.noise import Floats, Slots

_BEFORE_MIDNIGHT = 26  # half hours from the day-ahead gate, at eleven, to the day itself


@dataclass(frozen=True)
class Scene:
    """The slots of a recipe and the states of the grid that its tables read from."""

    order: Recipe

    @cached_property
    def slots(self) -> Slots:
        """Half hours since 1970, ascending."""
        window = self.order.window
        return np.arange((window.start - EPOCH) // HALF_HOUR, (window.end - EPOCH) // HALF_HOUR)

    @cached_property
    def times(self) -> list[datetime]:
        """The start of each slot."""
        first = self.order.window.start
        return [first + i * HALF_HOUR for i in range(len(self.slots))]

    @cached_property
    def over(self) -> NDArray[np.bool_]:
        """Which slots had ended when the recipe was issued."""
        return np.asarray(self.slots + 1 <= self._issued)

    @cached_property
    def forecast_times(self) -> list[datetime]:
        """When each slot's forecast was made: at issue, or at its start once that is past."""
        return [min(self.order.issued_at, start) for start in self.times]

    @cached_property
    def actual(self) -> State:
        """What happens, in past and future slots alike; only :attr:`over` ones may be told."""
        return run(self.slots, self._drivers)

    @cached_property
    def outlook(self) -> State:
        """What was last foreseen for each slot."""
        return self._seen_at(np.minimum(self.slots, self._issued))

    @cached_property
    def auction(self) -> State:
        """What bidders saw the day before, so that a cleared price never changes afterwards."""
        midnight = self.slots - local_slots(self.slots) % 48
        return self._seen_at((midnight - _BEFORE_MIDNIGHT).astype(np.float64))

    @cached_property
    def outlook_mix(self) -> Floats:
        """Regional shares per cent, (fuel, 14, n), unrounded."""
        return regional_mix(self.outlook)

    @cached_property
    def outlook_carbon(self) -> Floats:
        """Regional gCO2/kWh, (14, n)."""
        return regional_carbon(self.outlook_mix)

    @cached_property
    def _issued(self) -> float:
        return (self.order.issued_at - EPOCH) / HALF_HOUR

    @cached_property
    def _drivers(self) -> weather.Weather:
        return weather.actual(self.order.seed, self.slots)

    def _seen_at(self, issued: Floats) -> State:
        return run(self.slots, weather.foreseen(self._drivers, self.order.seed, self.slots, issued))
