"""When a service window is: local and UTC clock times of a delivery day, or GMT alone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from gridctl.clock import HALF_HOUR, LONDON
from gridctl.sources.records import BadRecord, Record, day

_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::00)?", re.ASCII)
_DAY = timedelta(days=1)


def service_window(record: Record) -> tuple[datetime, datetime]:
    """Start and end in UTC. Raises :class:`BadRecord`.

    Files since April 2026 give both clocks, and they must agree; the delivery day is local. Older
    ones give one clock, which the portal calls GMT.
    """
    delivery = day(_first(record, "Delivery Date", "Date"))
    if "From_Local" not in record:
        start = _at(delivery, clock(_first(record, "From", "From GMT")))
        return start, _next(start, clock(_first(record, "To", "To GMT")))
    local_from, local_to = clock(record["From_Local"]), clock(record.get("To_Local"))
    if "From_UTC" not in record:
        start = _from_local(delivery, local_from)
        end_day = delivery if local_to > local_from else delivery + _DAY
        return start, _from_local(end_day, local_to)
    start = _agreed_start(delivery, local_from, clock(record["From_UTC"]))
    end = _next(start, clock(record.get("To_UTC")))
    if _local(end).time() != local_to:
        raise BadRecord("local_and_utc_disagree")
    return start, end


def half_hours(start: datetime, end: datetime) -> list[datetime]:
    """The starts of the half hours of a window. Raises :class:`BadRecord` for uneven ends."""
    if start.timestamp() % HALF_HOUR.total_seconds():
        raise BadRecord("half_hour_edge")
    count, rest = divmod(end - start, HALF_HOUR)
    if rest or not HALF_HOUR <= end - start < _DAY:  # equal clock times make an empty window
        raise BadRecord("window_not_half_hours")
    return [start + i * HALF_HOUR for i in range(count)]


def clock(raw: Any) -> time:
    """``17:30`` or ``17:30:00``; ``24:00`` is the midnight that ends the day."""
    match = _CLOCK.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        raise BadRecord("time_unreadable")
    hour, minute = int(match[1]), int(match[2])
    if (hour, minute) == (24, 0):
        hour = 0
    if hour > 23 or minute > 59:
        raise BadRecord("time_unreadable")
    return time(hour, minute)


def _agreed_start(delivery: date, local: time, utc: time) -> datetime:
    """The instant that both clocks name: in summer, 00:00 local is 23:00 UTC the day before."""
    for that_day in (delivery, delivery - _DAY):
        start = _at(that_day, utc)
        if _local(start) == datetime.combine(delivery, local):
            return start
    raise BadRecord("local_and_utc_disagree")


def _from_local(delivery: date, local: time) -> datetime:
    """A local time by itself, unless the clocks skip or repeat it."""
    naive = datetime.combine(delivery, local)
    first, second = (naive.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        raise BadRecord("local_time_ambiguous")
    return first


def _next(start: datetime, utc: time) -> datetime:
    """The first moment after ``start`` at which a UTC clock shows that time."""
    end = _at(start.date(), utc)
    return end if end > start else end + _DAY


def _at(that_day: date, utc: time) -> datetime:
    return datetime.combine(that_day, utc, UTC)


def _local(instant: datetime) -> datetime:
    return instant.astimezone(LONDON).replace(tzinfo=None)


def _first(record: Record, *names: str) -> Any:
    return next((record[name] for name in names if name in record), None)
