"""Day-ahead demand is published at a dozen cardinal points: peaks, troughs and fixed times.

Between them it is interpolated, by a curve that keeps their shape: it passes through every point,
and is never higher or lower than the two points it lies between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from gridctl.clock import HALF_HOUR, LONDON
from gridctl.sources.records import BadRecord, Record, number

# A point that the store would quarantine must not bend the half hours beside it.
_PLAUSIBLE_MW = (10_000, 70_000)


@dataclass(frozen=True)
class Point:
    """Demand at ``at``, on the line of slot starts; ``is_exact`` when it is one slot's own."""

    at: datetime
    demand_mw: float
    is_exact: bool


def point(target: date, record: Record) -> Point | None:
    """A cardinal point, ``None`` without demand.

    The clock numbers are local and name the END of a half hour: a day runs from 30 to 2400. A
    point that may fall anywhere in a stretch, a peak say, is put into the middle of it. Raises
    :class:`BadRecord` when the clock cannot be read.
    """
    demand = number(record.get("FORECASTDEMAND"))
    first, last = (_clock(target, record.get(key)) for key in ("CP_ST_TIME", "CP_END_TIME"))
    if last < first:
        raise BadRecord("clock_unreadable")
    if not demand:
        return None
    if not _PLAUSIBLE_MW[0] <= demand <= _PLAUSIBLE_MW[1]:
        raise BadRecord("demand_range")
    middle = first + (last - first) / 2
    return Point(middle - HALF_HOUR, demand, first == last)


def _clock(target: date, raw: object) -> datetime:
    spelled = number(raw)
    if spelled is None or spelled != int(spelled):
        raise BadRecord("clock_unreadable")
    hour, minute = divmod(int(spelled), 100)
    if minute not in (0, 30) or not 0 <= hour <= 24 or (hour == 24 and minute):
        raise BadRecord("clock_unreadable")
    day = target + timedelta(days=hour // 24)
    # Taken back to UTC at once: the local clock may skip or repeat an hour that night.
    return datetime.combine(day, time(hour % 24, minute), LONDON).astimezone(UTC)


def half_hours(points: Sequence[Point]) -> list[tuple[datetime, float, bool]]:
    """Start, demand (MW) and whether it is interpolated, from the first point to the last."""
    ordered = sorted({p.at: p for p in points}.values(), key=lambda p: p.at)
    if len(ordered) < 2:
        return [(p.at, p.demand_mw, False) for p in ordered if p.is_exact]
    origin = ordered[0].at
    xs = [(p.at - origin) / HALF_HOUR for p in ordered]
    ys = [p.demand_mw for p in ordered]
    exact = {p.at for p in ordered if p.is_exact}
    slopes = _slopes(xs, ys)
    slots = []
    start = _ceil(origin)
    while start <= ordered[-1].at:
        value = _at(xs, ys, slopes, (start - origin) / HALF_HOUR)
        slots.append((start, round(value, 1), start not in exact))
        start += HALF_HOUR
    return slots


def _ceil(instant: datetime) -> datetime:
    over = timedelta(seconds=instant.timestamp() % 1800)
    return instant - over + HALF_HOUR if over else instant


def _slopes(xs: Sequence[float], ys: Sequence[float]) -> list[float]:
    """Slopes at the points, after Fritsch and Butland (1984): zero at every turn, else the weighted
    harmonic mean of the secants beside it; at the ends the secant itself."""
    secants = [
        (y1 - y0) / (x1 - x0) for x0, x1, y0, y1 in zip(xs, xs[1:], ys, ys[1:], strict=False)
    ]
    inner = []
    for i in range(1, len(xs) - 1):
        left, right = secants[i - 1], secants[i]
        if left * right <= 0:
            inner.append(0.0)
            continue
        before, after = xs[i] - xs[i - 1], xs[i + 1] - xs[i]
        w1, w2 = 2 * after + before, after + 2 * before
        inner.append((w1 + w2) / (w1 / left + w2 / right))
    return [secants[0], *inner, secants[-1]]


def _at(xs: Sequence[float], ys: Sequence[float], slopes: Sequence[float], x: float) -> float:
    """The cubic Hermite curve through the points with those slopes."""
    i = min(max(bisect_right(xs, x) - 1, 0), len(xs) - 2)
    step = xs[i + 1] - xs[i]
    t = (x - xs[i]) / step
    lower, upper = (1 + 2 * t) * (1 - t) ** 2, t * t * (3 - 2 * t)
    curve = lower * ys[i] + upper * ys[i + 1]
    bend = step * (t * (1 - t) ** 2 * slopes[i] - t * t * (1 - t) * slopes[i + 1])
    return curve + bend
