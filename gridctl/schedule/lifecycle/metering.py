"""Metered energy over a run: one figure spread evenly, or readings from a CSV file."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gridctl.clock import iso, parse_wire_time
from gridctl.errors import DataError


@dataclass(frozen=True)
class Metered:
    """Energy used evenly between two moments, in kWh."""

    start: datetime
    end: datetime
    energy_kwh: float


def flat(start: datetime, end: datetime, energy_kwh: float) -> list[Metered]:
    """One figure for the whole run, as of constant power."""
    return [Metered(start, end, energy_kwh)]


def read_metering(path: Path) -> list[tuple[int, datetime, float]]:
    """``(row, time, kWh)`` of a CSV with ``timestamp`` (with zone) and ``kwh``, in order of time.

    Raises :class:`DataError` with the row's number in the file for anything else.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(_rows(path, csv.DictReader(file)))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV file that can be read: {error}") from None


def _rows(path: Path, reader: csv.DictReader[str]) -> Iterator[tuple[int, datetime, float]]:
    missing = {"timestamp", "kwh"} - set(reader.fieldnames or ())
    if missing:
        raise DataError(f"{path}: no column {' and no column '.join(sorted(missing))}")
    before: datetime | None = None
    for row in reader:
        number = reader.line_num
        try:
            moment, energy = parse_wire_time(row["timestamp"] or ""), float(row["kwh"] or "")
        except ValueError as error:
            raise DataError(f"{path}, row {number}: {error}") from None
        if not (math.isfinite(energy) and energy >= 0):
            raise DataError(f"{path}, row {number}: kwh must be from 0 and finite, not {energy:g}")
        if before is not None and moment <= before:
            raise DataError(f"{path}, row {number}: {iso(moment)} is not after the row before it")
        before = moment
        yield number, moment, energy
    if before is None:
        raise DataError(f"{path} holds no readings")


def over_run(
    path: Path, rows: Sequence[tuple[int, datetime, float]], start: datetime, end: datetime
) -> list[Metered]:
    """Readings as intervals, each up to the next, the last as long as the one before it.

    Raises :class:`DataError` for a reading that lies wholly outside the run, and for readings that
    come to nothing.
    """
    times = [moment for _, moment, _ in rows]
    last = times[-1] - times[-2] if len(times) > 1 else max(end - times[-1], timedelta(seconds=1))
    parts = []
    for (number, moment, energy), until in zip(rows, [*times[1:], times[-1] + last], strict=True):
        if until <= start or moment >= end:
            raise DataError(
                f"{path}, row {number}: {iso(moment)} is outside the run, "
                f"{iso(start)} to {iso(end)}"
            )
        parts.append(Metered(moment, until, energy))
    if not sum(part.energy_kwh for part in parts):
        raise DataError(f"{path}: the readings come to 0 kWh")
    return parts
