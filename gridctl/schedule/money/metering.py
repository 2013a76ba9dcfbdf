"""Half-hourly metering, by settlement day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import nan
from pathlib import Path

from gridctl.clock import EPOCH, HALF_HOUR, iso, settlement_of, settlement_start
from gridctl.errors import DataError
from gridctl.schedule.money.timed_csv import read_timed

KwhByDay = Mapping[date, tuple[float, ...]]


@dataclass(frozen=True)
class Metering:
    """kWh of each half hour of local days, 46, 48 or 50 a day; NaN where there is no reading."""

    name: str
    days: KwhByDay

    def of(self, day: date) -> tuple[float, ...]:
        """The readings of a day. Raises :class:`DataError` when there are none."""
        if day not in self.days:
            first, last = min(self.days), max(self.days)
            raise DataError(f"{self.name} has no reading of {day}; it runs from {first} to {last}")
        return self.days[day]


def read_metering(path: Path) -> Metering:
    """Read a CSV file with ``timestamp`` (the half hour's start, with its zone) and ``kwh``.

    Rows may be missing and values empty: those half hours have no reading. Raises
    :class:`DataError` naming the file and the row.
    """
    file = read_timed(path, "kwh", gaps=True)
    days: dict[date, list[float]] = {}
    for row in file.rows:
        if (row.at - EPOCH) % HALF_HOUR:
            raise DataError(f"{path}: row {row.row}: {iso(row.at)} is no half hour's start")
        day, period = settlement_of(row.at)
        days.setdefault(day, [nan] * half_hours_of(day))[period - 1] = row.value
    return Metering(path.name, {day: tuple(values) for day, values in days.items()})


def half_hours_of(day: date) -> int:
    """48, on the days of the clock changes 46 or 50."""
    length = settlement_start(day + timedelta(days=1), 1) - settlement_start(day, 1)
    return length // HALF_HOUR
