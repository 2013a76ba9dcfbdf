"""A time axis in UTC, counted in hours from its start, with the local clock said beside it."""

from __future__ import annotations

import operator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gridctl.clock import HALF_HOUR, LONDON

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HOURS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 672, 1344, 4032, 8064)
_MOST_TICKS = 13
_YEAR = 366  # days


def hours_between(start: datetime, instant: datetime) -> float:
    """An instant on an axis that begins at ``start``."""
    return (instant - start) / timedelta(hours=1)


def draw_time_axis(ax: Axes, start: datetime, end: datetime) -> None:
    """Ticks at round UTC times with dates at midnight, where a faint line parts the days."""
    step = _tick_hours(start, end)
    ticks = _ticks(start, end, step)
    ax.set_xlim(0, hours_between(start, end))
    ax.set_xticks([hours_between(start, tick) for tick in ticks], _labels(ticks, step, end))
    if hours_between(start, end) <= 31 * 24:
        for midnight in _ticks(start, end, 24):
            ax.axvline(hours_between(start, midnight), color="#c4c4c4", lw=0.7, zorder=0.5)


def local_clock(start: datetime, end: datetime) -> str:
    """``UTC; British clocks show UTC + 1 h``, and until when if that changes within."""
    days = range(1, min((end - start).days, _YEAR) + 1)
    states = [_is_summer(start), *(_is_summer(start + timedelta(days=day)) for day in days)]
    before, after = _is_summer(start), _is_summer(end)
    if sum(map(operator.ne, states, [*states[1:], after])) > 1:
        return f"UTC; British clocks show {_shown(summer=True)} in summer"
    if before == after:
        return f"UTC; British clocks show {_shown(summer=before)}"
    instant = start
    while _is_summer(instant) == before:
        instant += HALF_HOUR
    instant = instant.replace(minute=0, second=0, microsecond=0)
    when = f"{instant:%H:%M} on {instant:%a} {instant.day} {instant:%b}"
    first, then = _shown(summer=before), _shown(summer=after)
    return f"UTC; British clocks show {first} until {when}, then {then}"


def _is_summer(instant: datetime) -> bool:
    return bool(instant.astimezone(LONDON).dst())


def _shown(*, summer: bool) -> str:
    return "UTC + 1 h" if summer else "the same"


def _tick_hours(start: datetime, end: datetime) -> int:
    span = hours_between(start, end)
    return next((step for step in _HOURS if span / step <= _MOST_TICKS), _HOURS[-1])


def _ticks(start: datetime, end: datetime, step: int) -> list[datetime]:
    """Multiples of ``step`` hours of the day, or of whole days from the first midnight."""
    tick = start.replace(minute=0, second=0, microsecond=0)
    while tick < start or tick.hour % min(step, 24):
        tick += timedelta(hours=1)
    ticks = []
    while tick <= end:
        ticks.append(tick)
        tick += timedelta(hours=step)
    return ticks


def _labels(ticks: list[datetime], step: int, end: datetime) -> list[str]:
    """Times, with the date under the first and under each midnight; of long spans dates alone.

    No date stands under a tick so near the end that it would be cut off.
    """
    labels = []
    midnight_next = len(ticks) > 1 and ticks[1].hour == 0
    room = (end - ticks[0]) / 25 if ticks else timedelta(0)
    for index, tick in enumerate(ticks):
        date = f"{tick:%a} {tick.day} {tick:%b}"
        if step >= 168:
            labels.append(f"{tick.day} {tick:%b}\n{tick:%Y}")
        elif step >= 24:
            labels.append(f"{tick:%a}\n{tick.day} {tick:%b}")
        elif (tick.hour == 0 and end - tick >= room) or (index == 0 and not midnight_next):
            labels.append(f"{tick:%H:%M}\n{date}")
        else:
            labels.append(f"{tick:%H:%M}")
    return labels
