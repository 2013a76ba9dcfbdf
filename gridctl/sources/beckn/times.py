"""When a window is: times of day from a catalogue are dated, full times are taken as they are."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from gridctl.clock import parse_wire_time
from gridctl.sources.beckn.parts import part
from gridctl.sources.records import BadRecord, instant

_TIME_OF_DAY = re.compile(r"\d\d:\d\d.*", re.ASCII)
_MIDNIGHT_AFTER = re.compile(r"24:00(:00)?(?=\D)", re.ASCII)
_DURATION = re.compile(
    r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?", re.ASCII
)
_DAY = timedelta(days=1)
_SLACK = timedelta(minutes=1)  # 00:00:00 to 23:59:59 is called PT24H


def first_day(validity: Any, as_of: datetime) -> date:
    """The UTC day from which a catalogue is valid; without one, the day it was answered."""
    start = part(validity, "startDate")
    try:
        return parse_wire_time(start).date()
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return parse_wire_time(f"{start}T00:00Z").date()  # a bare date
    except (ValueError, OverflowError):
        return as_of.astimezone(UTC).date()


def window_times(window: Any, day: date) -> tuple[datetime, datetime]:
    """Start and end in UTC. Raises :class:`BadRecord`.

    A time of day belongs to ``day``; an end that is not after the start belongs to the next, so
    equal times make a whole day.
    """
    start, _ = _moment(part(window, "start"), day)
    end, is_end_dated = _moment(part(window, "end"), start.date())
    if end <= start and not is_end_dated:
        end += _DAY
    if end <= start:
        raise BadRecord("window_ends_before_it_starts")
    return start, end


def agrees_with_duration(window: Any, start: datetime, end: datetime) -> bool:
    """Whether a stated ISO 8601 duration fits the times; one that cannot be read says nothing."""
    stated = part(window, "duration")
    match = _DURATION.fullmatch(stated) if isinstance(stated, str) else None
    if match is None or not any(match.groups()):
        return True
    days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return abs(end - start - length) <= _SLACK


def _moment(raw: Any, day: date) -> tuple[datetime, bool]:
    """A moment, and whether it came with its date. It must state its zone."""
    if not isinstance(raw, str) or not _TIME_OF_DAY.fullmatch(raw.strip()):
        return instant(raw), True
    try:
        clock = time.fromisoformat(_MIDNIGHT_AFTER.sub("00:00", raw.strip()))
    except ValueError:
        raise BadRecord("time_unreadable") from None
    if clock.tzinfo is None:
        raise BadRecord("time_without_zone")
    return datetime.combine(day, clock).astimezone(UTC), False
