"""Forecasts as they were issued: twice a day in the past, and when the recipe was issued."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from gridctl.clock import EPOCH
from gridctl.model import Batch, Window
from gridctl.sources.synthetic import Recipe
from gridctl.sources.synthetic.noise import Floats
from gridctl.sources.synthetic.scene import Scene

_EVERY = timedelta(hours=12)
_HORIZON = timedelta(hours=48)
_REGIONS = range(1, 15)
COLUMNS = (
    "series", "region_number", "issued_at", "first_timestamp", "step_minutes", "forecast_values",
)  # fmt: skip


def forecast_vintages(scene: Scene) -> Batch:
    """One row per series, region and issue; slots already over at the issue are left out."""
    rows = [row for issue in (*_past_scenes(scene.order), scene) for row in issued_rows(issue)]
    values = zip(*rows, strict=True)
    return Batch("forecast_vintages", dict(zip(COLUMNS, map(list, values), strict=False)))


def _past_scenes(order: Recipe) -> Iterator[Scene]:
    """The outlook from each midnight and noon (UTC) of the window before the recipe's issue."""
    issued = EPOCH - (EPOCH - order.window.start) // _EVERY * _EVERY
    while issued < min(order.issued_at, order.window.end):
        yield Scene(Recipe(order.seed, Window(issued, issued + _HORIZON), issued))
        issued += _EVERY


def issued_rows(scene: Scene) -> Iterator[tuple[Any, ...]]:
    """What was issued with a scene's recipe, a row per series and region, as :data:`COLUMNS`."""
    ahead = ~scene.over
    if not ahead.any():
        return
    first: datetime = scene.times[int(ahead.argmax())]
    for name, region_number, values in _series(scene):
        issued_at = scene.order.issued_at
        yield name, region_number, issued_at, first, 30, values[ahead].tolist()


def _series(scene: Scene) -> Iterator[tuple[str, int | None, Floats]]:
    outlook = scene.outlook
    yield "carbon_intensity", None, np.rint(outlook.carbon)
    for number, carbon in zip(_REGIONS, np.rint(scene.outlook_carbon), strict=True):
        yield "carbon_intensity", number, carbon
    yield "demand", None, np.rint(1000.0 * outlook.national_demand)
    yield "embedded_wind", None, np.rint(1000.0 * outlook.embedded_wind)
    yield "embedded_solar", None, np.rint(1000.0 * outlook.embedded_solar)
    yield "price", None, np.round(outlook.price, 2)
