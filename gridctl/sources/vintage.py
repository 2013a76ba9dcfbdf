"""Fold forecast values into vintages: one row per issue, its values as a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gridctl.clock import HALF_HOUR
from gridctl.model import Batch

# A list grows to its last slot, so one absurd time must not make it endless.
_LONGEST = 20 * 48


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast value for one half hour, and when it was issued."""

    series: str
    region_number: int | None
    start: datetime
    value: float | None
    issued_at: datetime


def vintage_batch(forecasts: Iterable[Forecast]) -> Batch | None:
    """Rows for ``forecast_vintages``, or ``None`` when there is nothing to keep.

    Slots already over at the issue time are left out. Gaps between slots become ``None``.
    """
    issues: dict[tuple[str, int | None, datetime], dict[datetime, float | None]] = {}
    for f in forecasts:
        if f.issued_at < f.start + HALF_HOUR < f.issued_at + _LONGEST * HALF_HOUR:
            issued_at = f.issued_at.replace(microsecond=0)  # part of the key, spelled in seconds
            issues.setdefault((f.series, f.region_number, issued_at), {})[f.start] = f.value
    columns: dict[str, list[object]] = {
        name: []
        for name in (
            "series",
            "region_number",
            "issued_at",
            "first_timestamp",
            "step_minutes",
            "forecast_values",
        )
    }
    for (series, region_number, issued), values in issues.items():
        if all(value is None for value in values.values()):
            continue
        first, last = min(values), max(values)
        steps = (last - first) // HALF_HOUR + 1
        row = (
            series,
            region_number,
            issued,
            first,
            30,
            [values.get(first + i * HALF_HOUR) for i in range(steps)],
        )
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    return Batch("forecast_vintages", columns) if columns["series"] else None


def joined(batches: Sequence[Batch]) -> list[Batch]:
    """One batch of the rows of many, or none."""
    if not batches:
        return []
    names = batches[0].columns
    return [Batch(batches[0].table, {n: [v for b in batches for v in b.columns[n]] for n in names})]
