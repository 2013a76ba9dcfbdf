"""Round places on an axis: of time in any zone, and of numbers. For pictures and for terminals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

# Steps of whole hours of the day, of whole days, of whole months.
_HOURS = (1, 2, 3, 6, 12)
_DAYS = (1, 2, 4, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_DAY, _MONTH = timedelta(days=1), timedelta(days=30.44)
_TIDY = (1.0, 2.0, 2.5, 5.0, 10.0)
_OVER = 0.02  # steps; shares that sum to 100.1 % end at 100
_WRITTEN_OUT = 1e-6, 1e9  # steps; others in powers of ten
_EQUAL = 1e-9  # of their size: rounding, no difference
_FILLED = 0.5  # of the axis; values that would fill less of it, counted from zero, are enlarged


@dataclass(frozen=True)
class Tick:
    """A moment with what is written at it, and below that where the date or year begins."""

    at: datetime
    text: str
    below: str = ""


def time_ticks(start: datetime, end: datetime, most: int, zone: tzinfo = UTC) -> list[Tick]:
    """At most about ``most`` round times of ``zone`` from ``start`` to ``end``."""
    span = end - start
    for hours in _HOURS:
        if span <= most * timedelta(hours=hours):
            return _clock_ticks(start, end, hours, zone)
    for days in _DAYS:
        if span <= most * days * _DAY:
            return _day_ticks(start, end, days, zone)
    months = next((n for n in _MONTHS if span <= most * n * _MONTH), _MONTHS[-1])
    return _month_ticks(start, end, months, zone)


def midnights(start: datetime, end: datetime, zone: tzinfo = UTC) -> list[datetime]:
    """Where the days of ``zone`` begin."""
    found = (_moment(day, 0, zone) for day in _days(start, end, zone))
    return [moment for moment in found if moment is not None and start <= moment <= end]


def _clock_ticks(start: datetime, end: datetime, step: int, zone: tzinfo) -> list[Tick]:
    """Times, with the date below the first and below each midnight."""
    found: list[Tick] = []
    moments = [
        moment
        for day in _days(start, end, zone)
        for hour in range(0, 24, step)
        if (moment := _moment(day, hour, zone)) is not None and start <= moment <= end
    ]
    midnight_is_near = any(moment.astimezone(zone).hour == 0 for moment in moments[1:2])
    for moment in moments:
        local = moment.astimezone(zone)
        dated = local.hour == 0 or (not found and not midnight_is_near)
        below = f"{local:%a} {local.day} {local:%b}" if dated else ""
        found.append(Tick(moment, f"{local:%H:%M}", below))
    return found or [_whole(start, zone)]


def _whole(moment: datetime, zone: tzinfo) -> Tick:
    """A tick of an axis too short for a round time."""
    local = moment.astimezone(zone)
    return Tick(moment, f"{local:%H:%M}", f"{local:%a} {local.day} {local:%b}")


def _day_ticks(start: datetime, end: datetime, step: int, zone: tzinfo) -> list[Tick]:
    """Midnights; weeks begin on Monday. Of few days the weekday is written, of many the year."""
    found: list[Tick] = []
    for day in _days(start, end, zone):
        moment = _moment(day, 0, zone)
        if moment is None or (day.toordinal() - 1) % step or not start <= moment <= end:
            continue
        if step < 7:
            found.append(Tick(moment, f"{day:%a}", f"{day.day} {day:%b}"))
        else:
            found.append(Tick(moment, f"{day.day} {day:%b}", f"{day:%Y}"))
    return found


def _month_ticks(start: datetime, end: datetime, step: int, zone: tzinfo) -> list[Tick]:
    """First days of months, with the year below the first and below each January."""
    found: list[Tick] = []
    for year in range(start.astimezone(zone).year, end.astimezone(zone).year + 1):
        for month in range(1, 13, min(step, 12)):
            moment = _moment(date(year, month, 1), 0, zone)
            if moment is None or not start <= moment <= end or year % max(step // 12, 1):
                continue
            if step >= 12:
                found.append(Tick(moment, f"{year}"))
            else:
                dated = not found or month == 1
                found.append(Tick(moment, f"{date(year, month, 1):%b}", f"{year}" if dated else ""))
    return found


def _days(start: datetime, end: datetime, zone: tzinfo) -> Iterator[date]:
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        yield day
        day += _DAY


def _moment(day: date, hour: int, zone: tzinfo) -> datetime | None:
    """The first moment with that time on its clock, ``None`` when the clocks skip it."""
    local = datetime.combine(day, time(hour), zone)
    moment = local.astimezone(UTC)
    shown = moment.astimezone(zone)
    return moment if (shown.date(), shown.hour) == (day, hour) else None


def zone_name(moment: datetime, zone: tzinfo) -> str:
    """What a zone is called: ``UTC``, ``Europe/London``, else as its clocks say."""
    return str(getattr(zone, "key", None) or moment.astimezone(zone).tzname())


def number_ticks(low: float, high: float, most: int, *, from_zero: bool = False) -> list[float]:
    """At most ``most`` tidy numbers, two at least, that enclose low and high but for a hair.

    Zero is among them when it is asked for, when it lies between, and when the values would fill
    at least half of the axis that begins there.
    """
    if from_zero or high - low >= _FILLED * max(abs(low), abs(high)):
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= _EQUAL * max(abs(low), abs(high)):
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    size = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (size * tidy for tidy in (*_TIDY, 20.0, 50.0)):
        first, last = math.floor(low / step + _OVER), math.ceil(high / step - _OVER)
        if last - first < most:
            break
    return [index * step for index in range(first, last + 1)]


def number_texts(ticks: list[float]) -> list[str]:
    """Ticks written with as many decimal places as their step has, thousands parted."""
    step = ticks[1] - ticks[0]
    if not _WRITTEN_OUT[0] <= step < _WRITTEN_OUT[1]:
        return [f"{tick + 0.0:.6g}" for tick in ticks]
    places = next((n for n in range(10) if abs(round(step, n) - step) < 1e-6 * step), 10)
    return [f"{tick + 0.0:,.{places}f}" for tick in ticks]
