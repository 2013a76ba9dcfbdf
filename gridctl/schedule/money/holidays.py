"""Working days in England and Wales, by rule."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

# Holidays by proclamation, and the days they took the place of. https://www.gov.uk/bank-holidays
_PROCLAIMED = {
    2011: ([date(2011, 4, 29)], []),
    2012: ([date(2012, 6, 4), date(2012, 6, 5)], [date(2012, 5, 28)]),
    2020: ([date(2020, 5, 8)], [date(2020, 5, 4)]),
    2022: ([date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19)], [date(2022, 5, 30)]),
    2023: ([date(2023, 5, 8)], []),
}


def is_working_day(day: date) -> bool:
    """Whether it is from Monday to Friday and no bank holiday."""
    return day.weekday() < 5 and day not in bank_holidays(day.year)


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England and Wales, substitute days in place of those on weekends.

    Since 1978, when the early May holiday began, apart from proclaimed ones before 2011.
    """
    easter = easter_sunday(year)
    days = {
        _from_weekend(date(year, 1, 1)),
        easter - timedelta(days=2),
        easter + timedelta(days=1),
        _first_monday(year, 5),
        _last_monday(year, 5),
        _last_monday(year, 8),
        # Two days on, so that the substitutes of Christmas and Boxing Day never meet.
        _from_weekend(date(year, 12, 25), apart=True),
        _from_weekend(date(year, 12, 26), apart=True),
    }
    added, moved = _PROCLAIMED.get(year, ([], []))
    return frozenset(days - set(moved) | set(added))


def easter_sunday(year: int) -> date:
    """Easter of the Gregorian calendar, by the method printed anonymously in Nature, 1876."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    skipped, rest = divmod(century, 4)
    lunar = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - skipped - lunar + 15) % 30
    leaps, after = divmod(of_century, 4)
    to_sunday = (32 + 2 * rest + 2 * leaps - epact - after) % 7
    correction = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


def _from_weekend(day: date, *, apart: bool = False) -> date:
    """The weekday that a holiday on a weekend goes to: Monday, with ``apart`` two days on."""
    if day.weekday() < 5:
        return day
    return day + timedelta(days=2 if apart else 7 - day.weekday())


def _first_monday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7)


def _last_monday(year: int, month: int) -> date:
    last = date(year, month, 31)  # May and August
    return last - timedelta(days=last.weekday())
