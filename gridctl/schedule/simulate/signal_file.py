"""A signal from a CSV file: its layout recognised, its times checked, its gaps kept as gaps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from gridctl.clock import HALF_HOUR, format_duration
from gridctl.errors import DataError
from gridctl.schedule.csv_columns import CARBON, PRICE, TIME, need_columns, no_order
from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.simulate.columns import Columns, read_columns
from gridctl.schedule.simulate.ground import Ground

_LONGEST = 10_000_000  # slots: no file of sense spans more, a mistyped year would


@dataclass(frozen=True)
class Layout:
    """The columns of a kind of file, in lower case. ``zone`` when its times carry none; ``step`` to
    average to."""

    time: str
    carbon: str
    about: str
    zone: str | None = None
    step: timedelta | None = None
    factor: float = 1.0
    zero_is_missing: bool = False


LAYOUTS = (
    Layout(TIME, CARBON, "carbon intensity"),
    Layout("from", "actual", "Carbon Intensity API, national actuals", zero_is_missing=True),
    Layout("time", "carbon intensity", "derived from ENTSO-E generation", "UTC", HALF_HOUR),
    Layout(
        "datetime", "carbon intensity [kg_co2/kwh]", "derived from NESO's generation mix", "UTC",
        factor=1000.0,
    ),
)  # fmt: skip


def read_signal(path: Path, step: timedelta | None = None) -> Ground:
    """The signal in ``path``, as recorded or, with ``step``, averaged over steps of that length.

    Raises :class:`DataError`, with the row, for times that overlap, are not in order, or whose
    steps differ, for a time without zone and for what is no number, and for a ``step`` finer than
    the file's. Slots that are blank, absent, or not wholly covered are NaN.
    """
    columns = read_columns(path)
    layout = _layout(columns)
    seconds = columns.instants(layout.time, zone=layout.zone)
    columns.report(np.isnan(seconds), f"no {layout.time}")
    carbon = columns.numbers(layout.carbon) * layout.factor
    price = columns.numbers(PRICE) if PRICE in columns.names else None
    if layout.zero_is_missing:  # a known fault of the publisher's: no half hour was free of carbon
        carbon = np.where(carbon == 0, np.nan, carbon)
    columns.raise_first()
    _check_order(columns, seconds)
    wanted = step or layout.step
    length = wanted.total_seconds() if wanted else _common_step(columns, seconds)
    if length < _usual_step(seconds) - 1e-6:
        usual = format_duration(timedelta(seconds=_usual_step(seconds)))
        raise DataError(f"{path} has steps of {usual}: it cannot be averaged to shorter ones")
    series = [carbon] if price is None else [carbon, price]
    first, gridded = _gridded(columns, seconds, series, length)
    if not np.isfinite(gridded[0]).any():
        raise DataError(f"{path} holds no carbon intensity")
    return Ground.of(
        datetime.fromtimestamp(first, UTC), timedelta(seconds=length), {None: gridded[0]},
        {None: gridded[1]} if price is not None else None, f"{path.name}: {layout.about}",
        _notes(layout, seconds, length, gridded[0]),
    )  # fmt: skip


def _layout(columns: Columns) -> Layout:
    found = [one for one in LAYOUTS if {one.time, one.carbon} <= set(columns.names)]
    if not found:
        need_columns(columns.path, columns.names, (TIME, CARBON))
    return found[0]


def _check_order(columns: Columns, seconds: Floats) -> None:
    if len(seconds) < 2:
        raise DataError(f"{columns.path} holds fewer than two slots")
    steps = np.diff(seconds, prepend=-np.inf)
    columns.report(steps == 0, no_order("its time", again=True))
    columns.report(steps < 0, no_order("its time", again=False))
    columns.raise_first()


def _common_step(columns: Columns, seconds: Floats) -> float:
    """The step of the file, whole multiples of it being gaps.

    Where more than one step in ten is another, or one is no multiple, the steps differ.
    """
    steps, step = np.diff(seconds), _usual_step(seconds)
    multiples = np.rint(steps / step)
    other = (np.abs(steps - multiples * step) > 1e-6) | (multiples < 1)
    if not other.any() and (steps != step).mean() > 0.1:
        other = steps != step
    columns.report(
        np.concatenate(([False], other)),
        f"steps differ: most rows are {format_duration(timedelta(seconds=step))} apart, "
        "this one is not; average to one step with --step 30m",
    )
    columns.raise_first()
    return step


def _usual_step(seconds: Floats) -> float:
    """The commonest distance between rows."""
    lengths, counts = np.unique(np.diff(seconds), return_counts=True)
    return float(lengths[counts.argmax()])


def _lasting(seconds: Floats) -> Floats:
    """How long each row holds: until the next, but no longer than is usual in the file."""
    steps = np.diff(seconds)
    lasts: Floats = np.minimum(np.append(steps, steps[-1]), _usual_step(seconds))
    return lasts


def _gridded(
    columns: Columns, seconds: Floats, series: list[Floats], step: float
) -> tuple[float, list[Floats]]:
    """The start, and each series on slots of ``step`` seconds: the mean of what covers a slot
    wholly, and NaN where something of it is not known."""
    first = float(np.floor(seconds[0] / step) * step)
    if seconds[0] % step and (np.abs(np.diff(seconds) - step) < 1e-6).all():
        first = float(seconds[0])  # its own grid, off the clock's
    places = np.floor((seconds - first) / step + 1e-9).astype(np.int64)
    count = int(places[-1]) + 1
    if count > _LONGEST:
        raise DataError(f"{columns.path} spans {count:,} slots, more than {_LONGEST:,}")
    gridded, lasting = [], _lasting(seconds)
    for values in series:
        known: Bools = np.isfinite(values)
        weights = lasting[known]
        sums = np.bincount(places[known], values[known] * weights, count)
        covered = np.bincount(places[known], weights, count)
        is_whole = covered >= step * (1 - 1e-9)
        gridded.append(np.where(is_whole, sums / np.where(is_whole, covered, 1.0), np.nan))
    return first, gridded


def _notes(layout: Layout, seconds: Floats, step: float, carbon: Floats) -> tuple[str, ...]:
    notes = []
    spelled = format_duration(timedelta(seconds=step))
    if layout.zone:
        notes.append(f"the signal's times have no zone: read as {layout.zone}")
    if finer := int((np.diff(seconds) < step).sum()):
        notes.append(f"{finer:,} rows of the signal are finer than {spelled}: averaged")
    if missing := int(np.isnan(carbon).sum()):
        notes.append(
            f"{missing:,} of {len(carbon):,} slots of the signal are missing: not planned on"
        )
    return tuple(notes)
