"""A trace: jobs as they were submitted, from a CSV or Parquet file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from gridctl.clock import LONGEST
from gridctl.errors import DataError, UsageError
from gridctl.regions import all_regions, find_region
from gridctl.schedule.csv_columns import need_columns
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.kernels.range_min import Ints
from gridctl.schedule.simulate.columns import Columns, read_columns

_HOUR = 3600.0
_MOST_KW = 1e9
_RELATIVE = ("arrival_h", "length_h", "cpus")  # hours from a moment, as cluster traces are kept


@dataclass(frozen=True)
class Trace:
    """Jobs (n), each an entry of every array. Times are epoch seconds, NaN where not given.

    ``region`` is an official number, 0 for none; ``row`` the job's row in the file; ``skipped``
    what was wrong with the rows left out, by row.
    """

    row: Ints
    submit: Floats
    duration_s: Floats
    power_kw: Floats
    requested: Floats
    deadline: Floats
    max_delay_hours: Floats
    region: Ints
    skipped: dict[int, str]

    def __len__(self) -> int:
        return len(self.row)


def read_trace(
    path: Path,
    *,
    origin: datetime | None = None,
    kw_per_cpu: float = 1.0,
    skip_bad: bool = False,
) -> Trace:
    """Read the jobs of a trace.

    Columns: ``submit_time``, ``duration_hours``, ``power_kw`` or ``energy_kwh``, and if there
    ``requested_start``, ``deadline``, ``max_delay_hours``, ``region``. Or ``arrival_h``,
    ``length_h`` and ``cpus``: hours from ``origin``, and ``kw_per_cpu`` kW each.

    Raises :class:`DataError` for a missing column and, unless ``skip_bad``, for the first bad row.
    """
    columns = read_columns(path)
    if "submit_time" not in columns.names and set(_RELATIVE) <= set(columns.names):
        given = _relative(columns, origin, kw_per_cpu)
    else:
        given = _absolute(columns)
    _check(columns, *given[:4], given[5])
    if columns.wrong and not skip_bad:
        columns.raise_first("; --skip-bad leaves such rows out")
    good = np.setdiff1d(np.arange(len(columns.rows)), list(columns.wrong))
    if not len(good):
        raise DataError(f"{path} holds no {'usable ' if columns.wrong else ''}job")
    skipped = {int(columns.rows[index]): text for index, text in columns.wrong.items()}
    submit, duration_s, power_kw, requested, deadline, max_delay, region = given
    return Trace(
        columns.rows[good], submit[good], duration_s[good], power_kw[good], requested[good],
        deadline[good], max_delay[good], region[good], skipped,
    )  # fmt: skip


_Given = tuple[Floats, Floats, Floats, Floats, Floats, Floats, Ints]


def _absolute(columns: Columns) -> _Given:
    names = columns.names
    size = "energy_kwh" if "energy_kwh" in names else "power_kw"
    need_columns(columns.path, names, ("submit_time", "duration_hours", size))
    blank = np.full(len(columns.rows), np.nan)
    hours = columns.numbers("duration_hours")
    power = columns.numbers("power_kw") if "power_kw" in names else blank
    if "energy_kwh" in names:
        energy = columns.numbers("energy_kwh")
        with np.errstate(divide="ignore", invalid="ignore"):
            from_energy = energy / hours
        columns.report(energy <= 0, "energy_kwh must be more than zero")
        agree = np.isclose(power, from_energy, rtol=0.01)
        columns.report(
            np.isfinite(power) & np.isfinite(from_energy) & ~agree,
            "power_kw, energy_kwh and duration_hours do not agree",
        )
        power = np.where(np.isfinite(power), power, from_energy)
    return (
        columns.instants("submit_time"),
        _whole_seconds(hours),
        power,
        columns.instants("requested_start") if "requested_start" in names else blank,
        columns.instants("deadline") if "deadline" in names else blank,
        columns.numbers("max_delay_hours") if "max_delay_hours" in names else blank,
        _regions(columns) if "region" in names else np.zeros(len(blank), dtype=np.int64),
    )


def _relative(columns: Columns, origin: datetime | None, kw_per_cpu: float) -> _Given:
    if origin is None:
        raise UsageError(
            f"{columns.path} counts hours from a moment; say which with --trace-start TIME"
        )
    arrival, length, cpus = (columns.numbers(name) for name in _RELATIVE)
    blank = np.full(len(columns.rows), np.nan)
    return (
        origin.timestamp() + _whole_seconds(arrival), _whole_seconds(length), cpus * kw_per_cpu,
        blank, blank, blank, np.zeros(len(blank), dtype=np.int64),
    )  # fmt: skip


def _whole_seconds(hours: Floats) -> Floats:
    """Hours in decimals miss the second they mean, 0.1667 h for ten minutes."""
    return np.asarray(np.rint(hours * _HOUR), dtype=np.float64)


def _regions(columns: Columns) -> Ints:
    """Official numbers, 0 where none is named; each spelling looked up once."""
    text = columns.text("region")
    numbers: dict[str, int] = {}
    for spelling in text.dropna().unique():
        try:
            numbers[spelling] = find_region(spelling).number
        except UsageError as error:
            columns.report((text == spelling).to_numpy(dtype=bool), str(error))
    assert all(number <= len(all_regions()) for number in numbers.values())
    return np.asarray(text.map(numbers).fillna(0).to_numpy(dtype=np.int64))


def _check(
    columns: Columns, submit: Floats, duration_s: Floats, power_kw: Floats, requested: Floats,
    max_delay: Floats,
) -> None:  # fmt: skip
    columns.report(np.isnan(submit), "no time of submission")
    columns.report(np.isnan(duration_s), "no duration")
    columns.report(duration_s < 1, "the duration must be a second or more")
    columns.report(duration_s > LONGEST.total_seconds(), "the duration is over a hundred years")
    columns.report(np.isnan(power_kw), "no power, and no energy to work it out from")
    columns.report(power_kw <= 0, "the power must be more than zero")
    columns.report(power_kw > _MOST_KW, "the power is more than any grid's")
    columns.report(requested < submit, "requested_start is before submit_time")
    columns.report(max_delay < 0, "max_delay_hours is negative")
