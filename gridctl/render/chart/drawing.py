"""What is drawn of an answer: lines over time, bars, or a heat map, with the words around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from gridctl.render.chart.track import Array, Track, stacked


@dataclass(frozen=True)
class Lines:
    """Tracks over hours since ``start``, or over plain numbers when there is no start."""

    tracks: list[Track]
    start: datetime | None
    is_stacked: bool

    @property
    def low(self) -> float:
        return float(min(track.edges[0] for track in self.tracks))

    @property
    def high(self) -> float:
        return float(max(track.edges[-1] for track in self.tracks))

    def extent(self, drawn: Sequence[Array]) -> tuple[float, float]:
        """The lowest and the highest that is drawn of the tracks' values, stacked if they are."""
        sides = [side for bounds in stacked(drawn) for side in bounds] if self.is_stacked else drawn
        low = min(float(np.nanmin(values, initial=np.inf)) for values in sides)
        high = max(float(np.nanmax(values, initial=-np.inf)) for values in sides)
        return (low, high) if low <= high else (0.0, 0.0)  # layers never known together

    @property
    def span(self) -> str:
        """The lowest and highest value, to be told where only means are drawn."""
        low = min(float(track.known.min()) for track in self.tracks)
        high = max(float(track.known.max()) for track in self.tracks)
        return f"from {low:,.4g} to {high:,.4g}"

    def edges(self, most: int) -> Array:
        """The edges of all tracks, or ``most`` equal stretches when there would be more."""
        union = np.unique(np.concatenate([track.edges for track in self.tracks]))
        return union if len(union) <= most + 1 else np.linspace(self.low, self.high, most + 1)


@dataclass(frozen=True)
class Bars:
    """For each of ``names`` a value per label; NaN where there is none."""

    labels: list[str]
    names: list[str]
    values: list[Array]

    def texts(self, series: int) -> list[str]:
        """The values of a series as written, to three figures of the largest of all."""
        largest = max(float(np.nanmax(np.abs(v), initial=0.0)) for v in self.values)
        is_whole = all(np.all(np.isnan(v) | (v == np.rint(v))) for v in self.values)
        size = math.floor(math.log10(largest)) if largest else 0
        places = 0 if is_whole else max(0, 2 - size)
        return [
            f"{value:,.{places}f}" if math.isfinite(value) else "no value"
            for value in self.values[series]
        ]


@dataclass(frozen=True)
class HeatMap:
    """``values[row, column]``, NaN where there is none; the axes' titles beside their labels.

    Columns that are even steps of time have their ``times``: the first, and the end of the last.
    """

    name: str
    across: list[str]
    down: list[str]
    across_title: str
    down_title: str
    values: Array
    times: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class Drawing:
    """A chart ready to be drawn. ``notes`` are told beside it, what is made up among them."""

    title: str
    text: str
    unit: str
    notes: tuple[str, ...]
    body: Lines | Bars | HeatMap
    zone: tzinfo
