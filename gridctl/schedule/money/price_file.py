"""A price series of the user's own, read from a file and brought to half hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import floor, nan
from pathlib import Path

from gridctl.clock import EPOCH, HALF_HOUR, format_duration
from gridctl.errors import DataError
from gridctl.schedule.money.timed_csv import Timed, TimedFile, read_timed
from gridctl.schedule.signals.readings import SLOT

HIGHEST_GBP_MWH = 100_000.0  # far beyond every limit of the markets: more is a wrong unit


@dataclass(frozen=True)
class PriceSeries:
    """Prices in GBP/MWh from ``start``, each for ``step``. ``sha256`` is the file's."""

    name: str
    sha256: str
    start: datetime
    step: timedelta
    prices_gbp_mwh: tuple[float, ...]

    @property
    def kind(self) -> str:
        return "series"

    @property
    def end(self) -> datetime:
        return self.start + len(self.prices_gbp_mwh) * self.step

    def price_at(self, slot: int) -> float:
        """The mean price over the half hour from ``slot`` (epoch seconds); NaN where not covered.

        A longer step is repeated, shorter ones are averaged by time.
        """
        step = int(self.step.total_seconds())
        first = (slot - (self.start - EPOCH).total_seconds()) / step
        count = max(1, SLOT // step)
        if first < 0 or floor(first) + count > len(self.prices_gbp_mwh):
            return nan
        covered = self.prices_gbp_mwh[floor(first) : floor(first) + count]
        return sum(covered) / count

    @property
    def about(self) -> str:
        """How the file's values became those of half hours, in words."""
        step = format_duration(self.step)
        how = ""
        if self.step > HALF_HOUR:
            how = f", its {step} prices repeated over half hours"
        elif self.step < HALF_HOUR:
            how = f", the mean of its {step} prices over each half hour"
        return f"the price series of {self.name}{how}"


def read_price_file(path: Path) -> PriceSeries:
    """Read a CSV file with ``timestamp`` (the start, with its zone) and ``price_gbp_mwh``.

    The step must be the same throughout and divide half an hour, or be a multiple of it; the first
    time lies on an edge of such steps. Raises :class:`DataError` naming the file and the row.
    """
    file = read_timed(path, "price_gbp_mwh")
    try:
        step = _step(file.rows)
        _check_prices(file.rows)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None
    return _series(file, step)


def _series(file: TimedFile, step: timedelta) -> PriceSeries:
    prices = tuple(row.value for row in file.rows)
    return PriceSeries(file.name, file.sha256, file.rows[0].at, step, prices)


def _step(rows: Sequence[Timed]) -> timedelta:
    if len(rows) < 2:
        raise ValueError("at least two rows are needed to know the step")
    step = rows[1].at - rows[0].at
    for before, row in pairwise(rows):
        if row.at - before.at != step:
            raise ValueError(
                f"row {row.row} comes {format_duration(row.at - before.at)} after the one above, "
                f"where the step is {format_duration(step)}"
            )
    if HALF_HOUR % step and step % HALF_HOUR:
        raise ValueError(
            f"the step is {format_duration(step)}; half an hour must be a multiple of it, or it "
            "a multiple of half an hour"
        )
    if step < timedelta(seconds=1):
        raise ValueError("the step is shorter than a second")
    if (rows[0].at - EPOCH) % min(step, HALF_HOUR):
        raise ValueError(f"row {rows[0].row}: the first time does not lie on a half hour's edge")
    return step


def _check_prices(rows: Sequence[Timed]) -> None:
    for row in rows:
        if abs(row.value) > HIGHEST_GBP_MWH:
            raise ValueError(
                f"row {row.row}: {row.value:g} is no price in GBP/MWh, which stay within "
                f"{HIGHEST_GBP_MWH:,.0f}"
            )
