"""A time axis of pictures, counted in hours from its start, with the local clock said beside it."""

from __future__ import annotations

import operator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from gridctl.clock import HALF_HOUR, LONDON
from gridctl.render.ticks import Tick, midnights, time_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_TICKS = 13
_CHARACTER = 0.074  # inches, of a label, at most
_YEAR = 366  # days


def hours_between(start: datetime, instant: datetime) -> float:
    """An instant on an axis that begins at ``start``."""
    return (instant - start) / timedelta(hours=1)


def draw_time_axis(ax: Axes, start: datetime, end: datetime, zone: tzinfo = UTC) -> None:
    """Ticks at round times with dates at midnight, where a faint line parts the days."""
    ticks = time_ticks(start, end, _MOST_TICKS, zone)
    ax.set_xlim(0, hours_between(start, end))
    ax.set_xticks(
        [hours_between(start, tick.at) for tick in ticks],
        [_label(tick) if _fits(tick, ax, end, end - start) else "" for tick in ticks],
    )
    if hours_between(start, end) <= 31 * 24:
        for midnight in midnights(start, end, zone):
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


def _label(tick: Tick) -> str:
    """Two lines always: one alone would stand higher than those beside it."""
    return f"{tick.text}\n{tick.below or ' '}"


def _fits(tick: Tick, ax: Axes, end: datetime, span: timedelta) -> bool:
    """Whether the right half of its label ends within the sheet."""
    box = ax.get_position()
    right = 1 - box.x1 + box.width * ((end - tick.at) / span)
    inches: float = right * ax.figure.get_figwidth()  # type: ignore[union-attr]
    return inches >= _CHARACTER * max(len(tick.text), len(tick.below)) / 2
