"""What the results come to: delays, how many at once, and how sure the saving is."""

from __future__ import annotations

import numpy as np

from gridctl.schedule.kernels.contiguous import EDGE, Floats
from gridctl.schedule.kernels.range_min import Ints

DRAWS = 1000


def peak_concurrency(start: Floats, end: Floats) -> int:
    """The most jobs that run at one moment; one that ends as another begins leaves it room."""
    some = np.isfinite(start)
    if not some.any():
        return 0
    begins, ends = np.sort(start[some] + EDGE), np.sort(end[some] - EDGE)
    over = np.searchsorted(ends, begins, side="right")
    return int((np.arange(1, len(begins) + 1) - over).max())


def percentage(part: float, whole: float) -> float | None:
    """``part`` in per cent of ``whole``; ``None`` of nothing."""
    return 100.0 * part / whole if np.isfinite(whole) and abs(whole) > 1e-12 else None


def share(part: float, whole: float, of: float) -> float | None:
    """As :func:`percentage`; ``None`` too where ``whole`` is but the rounding of ``of``."""
    return percentage(part, whole) if abs(whole) > 1e-9 * abs(of) else None


def saving_interval(
    carbon: Floats, baseline: Floats, block: Ints, seed: int
) -> tuple[float, float] | None:
    """The 95 % interval of the saving in per cent, by bootstrap over blocks of days.

    ``block`` numbers each job's block. Jobs of one day share a signal and are not independent, so
    whole blocks are drawn (Künsch, Annals of Statistics 17, 1989; here without overlap). ``None``
    for fewer than five blocks, which say nothing of their spread.
    """
    _, index = np.unique(block, return_inverse=True)
    count = int(index.max()) + 1 if len(index) else 0
    if count < 5:
        return None
    sums = np.stack([np.bincount(index, values, count) for values in (carbon, baseline)])
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(count, np.full(count, 1.0 / count), size=DRAWS)
    drawn, compared = sums @ weights.T
    some = np.abs(compared) > 1e-12
    if not some.any():
        return None
    savings = 100.0 * (1.0 - drawn[some] / compared[some])
    low, high = np.percentile(savings, [2.5, 97.5])
    return float(low), float(high)
