"""Read a signal from a CSV file: ``timestamp``, ``carbon_gco2_kwh``, and more if it has them.

``renewable_pct`` and ``price_gbp_mwh`` are read when there. Times are starts of steps, with a zone;
steps are even. An empty cell is a gap. Other columns are left alone.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridctl.clock import HALF_HOUR, floor_half_hour, format_duration, iso, parse_wire_time
from gridctl.errors import DataError
from gridctl.schedule.csv_columns import (
    CARBON,
    LIMITS,
    PRICE,
    RENEWABLE,
    TIME,
    need_columns,
    no_number,
    no_order,
    no_time,
    plain_names,
)

Floats = NDArray[np.float64]

_NONE = timedelta(0)


@dataclass(frozen=True)
class SignalFile:
    """A file's arrays (n): step i begins at ``start + i * step``. NaN is a gap.

    ``carbon`` in g/kWh, ``renewable`` in per cent and ``price`` in GBP/MWh, ``None`` without their
    column.
    """

    name: str
    start: datetime
    step: timedelta
    carbon: Floats
    renewable: Floats | None = None
    price: Floats | None = None

    @property
    def end(self) -> datetime:
        return self.start + len(self.carbon) * self.step


def read_signal_file(path: Path) -> SignalFile:
    """The signal of a CSV file.

    Raises :class:`DataError`, naming the row (the header is row 1), when the file cannot be read,
    lacks a column, or holds a time without zone, out of order, twice, at another distance than the
    others, or a value that is no number or absurd.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            return _read(path, csv.reader(lines))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no CSV that can be read: {error}") from None


def half_hourly(file: SignalFile) -> tuple[SignalFile, str | None]:
    """The same in half hours, and what was done to it, ``None`` when it already was.

    Finer steps are averaged, a half hour not wholly covered being a gap; coarser ones repeated.
    Raises :class:`DataError` for steps that neither divide a half hour nor are made of them.
    """
    into = file.start - floor_half_hour(file.start)
    length = format_duration(file.step)
    if file.step % HALF_HOUR == _NONE and into == _NONE:
        times = file.step // HALF_HOUR
        if times == 1:
            return file, None
        changed = _changed(file, lambda values: np.repeat(values, times))
        what = f"{file.name}: each step of {length} counts for {times} half hours alike"
        return replace(changed, step=HALF_HOUR), what
    if HALF_HOUR % file.step == _NONE and into % file.step == _NONE:
        before, times = into // file.step, HALF_HOUR // file.step
        changed = _changed(file, lambda values: _averaged(values, before, times))
        what = f"{file.name}: steps of {length} are averaged to half hours"
        return replace(changed, start=file.start - into, step=HALF_HOUR), what
    raise DataError(
        f"{file.name}: steps of {length} from {iso(file.start)} do not fit half hours: they must "
        "divide 30m, or be whole half hours from :00 or :30"
    )


def _read(path: Path, reader: Iterable[list[str]]) -> SignalFile:
    rows = iter(reader)
    header = plain_names(next(rows, []))
    need_columns(path, header, (TIME, CARBON))
    columns = [name for name in LIMITS if name in header]
    need_columns(path, header, columns)
    times: list[datetime] = []
    values: dict[str, list[float]] = {name: [] for name in columns}
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            cells = dict(zip(header, row, strict=True))
            times.append(_time(cells[TIME], times))
            for name in columns:
                values[name].append(_value(name, cells[name]))
        except ValueError as error:
            text = str(error)
            if "zip()" in text:
                text = f"{len(row)} cells, where the header has {len(header)}"
            raise DataError(f"{path}, row {number}: {text}") from None
    if len(times) < 2:
        count = "no row" if not times else "one row"
        raise DataError(f"{path} holds {count}; two at least are needed, to know the step")
    arrays = {name: np.array(column, dtype=np.float64) for name, column in values.items()}
    if not np.isfinite(arrays[CARBON]).any():
        raise DataError(f"{path}: {CARBON} is empty in every row")
    step = times[1] - times[0]
    return SignalFile(
        path.name, times[0], step, arrays[CARBON], arrays.get(RENEWABLE), arrays.get(PRICE)
    )


def _time(text: str, before: Sequence[datetime]) -> datetime:
    """The instant, which must follow those ``before`` at their distance."""
    try:
        instant = parse_wire_time(text.strip())
    except ValueError:
        raise ValueError(no_time(text)) from None
    if not before:
        return instant
    if instant <= before[-1]:
        raise ValueError(no_order(iso(instant), again=instant == before[-1]))
    if len(before) > 1 and instant - before[-1] != before[1] - before[0]:
        raise ValueError(
            f"{iso(instant)} is {format_duration(instant - before[-1])} after the row above it, "
            f"where the step is {format_duration(before[1] - before[0])}; leave the cells of a gap "
            "empty, not its rows out"
        )
    return instant


def _value(name: str, text: str) -> float:
    if not text.strip():
        return np.nan
    low, high = LIMITS[name]
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not low <= value <= high:  # also when it is no number
        raise ValueError(no_number(name, text.strip()))
    return value


def _averaged(values: Floats, before: int, times: int) -> Floats:
    """Means of ``times`` steps, after ``before`` that the first half hour lacks."""
    after = -(before + len(values)) % times
    whole = np.pad(values, (before, after), constant_values=np.nan)
    means: Floats = whole.reshape(-1, times).mean(axis=1)
    return means


def _changed(file: SignalFile, change: Callable[[Floats], Floats]) -> SignalFile:
    """The file with each of its arrays changed alike."""
    return replace(
        file,
        carbon=change(file.carbon),
        renewable=None if file.renewable is None else change(file.renewable),
        price=None if file.price is None else change(file.price),
    )
