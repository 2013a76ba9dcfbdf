"""Energy over a run: one figure spread as the plan had it, or readings from a CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median_low

from gridctl.clock import iso
from gridctl.errors import DataError
from gridctl.schedule.lifecycle.replan import Piece
from gridctl.schedule.money.timed_csv import Timed, read_timed

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Metered:
    """Energy used evenly between two moments, in kWh."""

    start: datetime
    end: datetime
    energy_kwh: float


def flat(start: datetime, end: datetime, energy_kwh: float) -> list[Metered]:
    """One figure for the whole run, as of constant power."""
    return [Metered(start, end, energy_kwh)]


def as_planned(
    pieces: Sequence[Piece], start: datetime, end: datetime, energy_kwh: float
) -> list[Metered]:
    """One figure spread over a run as the plan had it, pauses and power alike.

    The plan is shifted to begin at ``start``. A run that ended sooner is cut at ``end``; one that
    took longer went on at the power of the last piece. What is left is scaled to the energy; pieces
    of unknown energy draw the same power.
    """
    pieces = [piece for piece in pieces if piece[0] < piece[1]]  # kept in whole seconds
    shift = start - pieces[0][0] if pieces else timedelta(0)
    parts = []
    for place, (first, last, planned) in enumerate(pieces, start=1):
        begins, ends = first + shift, min(last + shift, end)
        if place == len(pieces):
            ends = end
        if begins < ends:
            power = 1.0 if planned is None else planned / ((last - first) / _HOUR)
            parts.append(Metered(begins, ends, power * ((ends - begins) / _HOUR)))
    drawn = sum(part.energy_kwh for part in parts)
    if not drawn:
        return flat(start, end, energy_kwh)
    return [replace(part, energy_kwh=part.energy_kwh * energy_kwh / drawn) for part in parts]


def read_metering(path: Path) -> Sequence[Timed]:
    """The readings, in kWh, of a CSV with ``timestamp`` (with zone) and ``kwh``, in order of time.

    Raises :class:`DataError` naming the file, and the row, for anything else.
    """
    rows = read_timed(path, "kwh").rows
    for reading in rows:
        if reading.value < 0:
            raise DataError(f"{path}: row {reading.row}: kwh is {reading.value:g}, less than 0")
    return rows


def over_run(
    path: Path, readings: Sequence[Timed], start: datetime, end: datetime
) -> list[Metered]:
    """Readings as intervals, each up to the next, but no longer than the usual step.

    The usual step is the median, so that a gap, as over a pause, is no reading's time; the last
    reading lasts it out. One reading alone lasts to the end of the run. Raises :class:`DataError`
    for a reading that lies wholly outside the run, and for readings that come to nothing.
    """
    times = [reading.at for reading in readings]
    steps = [later - moment for moment, later in pairwise(times)]
    usual = median_low(steps) if steps else max(end - times[0], timedelta(seconds=1))
    parts = []
    for reading, step in zip(readings, [*steps, usual], strict=True):
        until = reading.at + min(step, usual)
        if until <= start or reading.at >= end:
            raise DataError(
                f"{path}: row {reading.row}: {iso(reading.at)} is outside the run, "
                f"{iso(start)} to {iso(end)}"
            )
        parts.append(Metered(reading.at, until, reading.value))
    if not sum(part.energy_kwh for part in parts):
        raise DataError(f"{path}: the readings come to 0 kWh")
    return parts
