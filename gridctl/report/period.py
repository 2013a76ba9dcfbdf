"""The stretch of time a report is about, and how finely it can be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridctl.clock import EPOCH, HALF_HOUR, ceil_half_hour, floor_half_hour
from gridctl.errors import UsageError

DEFAULT = timedelta(days=14)
AHEAD = timedelta(hours=48)  # how far the forecast is shown

_DAY = timedelta(days=1)
_STEPS = (
    *(timedelta(minutes=minutes) for minutes in (30, 60, 180, 360, 720)),
    *(timedelta(days=days) for days in (1, 2, 7, 28, 91, 364, 3640)),
)


@dataclass(frozen=True)
class Period:
    """``start`` to ``end``, on half-hour edges. ``at`` is the moment it is seen from, at its end or
    within the half hour before: nothing decided or issued later is told.
    """

    start: datetime
    end: datetime
    at: datetime

    @property
    def measured_end(self) -> datetime:
        """The end of the last half hour that is over: what is measured is known up to there."""
        return floor_half_hour(self.at)

    def step(self, most: int) -> timedelta:
        """The shortest round step of which the period holds at most ``most``."""
        return next(step for step in _STEPS if (self.end - self.start) / step <= most)

    def times(self, step: timedelta) -> list[datetime]:
        """The starts of the steps that touch the period, on round times of UTC."""
        first = round_down(self.start, step)
        return [first + i * step for i in range(-((first - self.end) // step))]


def make_period(
    at: datetime,
    last: timedelta | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Period:
    """The period asked for: ``start`` to ``end``, or the ``last`` stretch up to ``end``.

    ``end`` is ``at`` unless given. Raises :class:`UsageError` for a period that is empty, or that
    ends after ``at``, for nothing has happened yet then.
    """
    if last is not None and start is not None:
        raise UsageError("a report begins with --from or is as long as --last, not both")
    if end is not None and end > at:
        raise UsageError("a report cannot end in the future; the forecast is told anyway")
    seen_from = at if end is None else end
    edge = ceil_half_hour(seen_from)
    first = floor_half_hour(edge - (DEFAULT if last is None else last) if start is None else start)
    if first >= edge:
        raise UsageError("a report needs a period that begins before it ends")
    return Period(first, edge, seen_from)


def round_down(instant: datetime, step: timedelta) -> datetime:
    """The start of the step that holds ``instant``, counted from 1970 UTC."""
    return EPOCH + (instant - EPOCH) // step * step


def half_hours(period: Period, *, measured: bool = False) -> int:
    """How many half hours of the period a complete series has, forecast unless ``measured``."""
    end = period.measured_end if measured else period.end
    return (end - period.start) // HALF_HOUR
