"""One series of a chart: a value for each stretch between edges, with gaps where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_GAP = 1.5  # steps; two values further apart have something missing between them


@dataclass(frozen=True)
class Track:
    """``values[i]`` holds from ``edges[i]`` to ``edges[i + 1]``; NaN where there is none."""

    name: str
    edges: Array
    values: Array

    @classmethod
    def over(
        cls, name: str, starts: Sequence[float], values: Sequence[float], step: float
    ) -> Track:
        """Values that hold from their starts, ascending, to the next, or for one step.

        ``step`` is taken where a single value says nothing of how far apart they are.
        """
        at = np.asarray(starts, dtype=np.float64)
        apart = np.diff(at)
        usual = float(np.median(apart)) if len(apart) else step
        edges, filled = [], []
        for index, start in enumerate(at):
            edges.append(start)
            filled.append(values[index])
            if index < len(apart) and apart[index] > _GAP * usual:
                edges.append(start + usual)
                filled.append(np.nan)
        edges.append(at[-1] + usual)
        return cls(name, np.array(edges), np.array(filled, dtype=np.float64))

    @property
    def known(self) -> Array:
        """The values there are."""
        return self.values[np.isfinite(self.values)]

    def means(self, edges: Array) -> Array:
        """The mean over each stretch between ``edges`` of what is known in it, NaN for nothing."""
        widths = np.diff(self.edges)
        known = np.isfinite(self.values)
        counted = np.concatenate([[0.0], np.cumsum(widths * known)])
        summed = np.concatenate([[0.0], np.cumsum(widths * np.where(known, self.values, 0.0))])
        spans = np.diff(np.interp(edges, self.edges, counted))
        sums = np.diff(np.interp(edges, self.edges, summed))
        enough = spans > 1e-6 * np.diff(edges)
        return np.where(enough, sums / np.where(enough, spans, 1.0), np.nan)


def stacked(layers: Sequence[Array]) -> list[tuple[Array, Array]]:
    """Each layer's lower and upper bounds, on those before it: negative ones go down from zero.

    Where one layer is missing the sum is unknown, and all are.
    """
    up = np.zeros_like(layers[0])
    down = np.zeros_like(layers[0])
    unknown = np.isnan(np.sum(layers, axis=0))
    bounds = []
    for layer in layers:
        base = np.where(layer < 0, down, up)
        low, high = np.minimum(base, base + layer), np.maximum(base, base + layer)
        up, down = up + np.fmax(layer, 0.0), down + np.fmin(layer, 0.0)
        bounds.append((np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)))
    return bounds
