"""A signal drawn in characters, with the runs marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from gridctl.clock import HALF_HOUR

_COLUMNS = 68
_ROWS = 8
_TOPS = (1, 1.2, 1.4, 1.6, 2, 2.4, 2.8, 3.2, 3.6, 4, 4.8, 5.6, 6.4, 7.2, 8, 10)
_STEPS = " ▁▂▃▄▅▆▇█"


def draw_forecast(
    values: Sequence[float],
    start: datetime,
    *,
    step: timedelta = HALF_HOUR,
    runs: Sequence[tuple[datetime, datetime]] = (),
    cap: float | None = None,
    unit: str = "g/kWh",
    columns: int = _COLUMNS,
    rows: int = _ROWS,
) -> str:
    """A bar chart of ``values`` (one per ``step`` from ``start``; NaN is left blank), UTC below.

    Each of ``runs`` is drawn solid and marked under the axis, the rest shaded; ``cap`` is a dotted
    line. At most ``columns`` wide plus 8 for the scale.
    """
    end = start + len(values) * step
    width = _column_count(len(values), columns)
    heights = _resample(values, width)
    known = [height for height in heights if math.isfinite(height)]
    if not known:
        return "no values to draw"
    top = _round_up(max([*known, cap or 0.0]))

    def column_at(instant: datetime) -> int:
        return round((instant - start) / (end - start) * width)

    marked: set[int] = set()
    for begins, ends in runs:
        first = min(max(column_at(begins), 0), width - 1)
        marked |= set(range(first, min(max(column_at(ends), first + 1), width)))
    lines = [f"{unit:>7}"]
    for row in range(rows, 0, -1):
        cells = "".join(
            _cell(height / top * rows - (row - 1), solid=column in marked)
            for column, height in enumerate(heights)
        )
        if cap is not None and math.ceil(cap / top * rows) == row:
            cells = cells.replace(" ", "┄")
        labelled = (
            row == rows or row == rows // 2 or (rows > 4 and row in (rows * 3 // 4, rows // 4))
        )
        label = f"{top * row / rows:6.0f}" if labelled else ""
        lines.append(f"{label:>6} │{cells}".rstrip())
    lines += _axis(start, end, width, column_at)
    if marked:
        lines.append(" " * 8 + _marker(marked, runs, width))
    return "\n".join(line.rstrip() for line in lines)


def _column_count(slots: int, columns: int) -> int:
    """Whole columns per slot when there is room, else as many as there are."""
    return slots * max(1, columns // slots) if slots <= columns else columns


def _resample(values: Sequence[float], width: int) -> list[float]:
    """The mean of what each column covers; NaN where that has a gap."""
    per_column = len(values) / width
    heights = []
    for column in range(width):
        begins, ends = column * per_column, (column + 1) * per_column
        total = 0.0
        for slot in range(int(begins), min(math.ceil(ends - 1e-9), len(values))):
            total += values[slot] * (min(slot + 1, ends) - max(slot, begins))
        heights.append(total / per_column)
    return heights


def _cell(filled: float, *, solid: bool) -> str:
    """One character of a bar that reaches ``filled`` cells above this row's floor."""
    if not filled > 1e-6:  # also for NaN; less is rounding
        return " "
    if solid:
        return _STEPS[max(1, min(8, round(filled * 8)))]
    return "░" if filled >= 0.5 else " "


def _round_up(value: float) -> float:
    """A round top for the scale, whose quarters are round too: 80, 120, 280 ..."""
    if value <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return next(size * n for n in _TOPS if size * n >= value)


def _axis(
    start: datetime, end: datetime, width: int, column_at: Callable[[datetime], int]
) -> list[str]:
    """The axis with ticks every 3, 6, 12 ... hours of UTC, their times, and dates at midnight."""
    hours = next(
        (n for n in (1, 3, 6, 12, 24, 48) if (end - start) / timedelta(hours=n) <= width / 7), 96
    )
    rule, times, dates = ["─"] * width, [" "] * (width + 6), [" "] * (width + 6)
    tick = start.replace(minute=0, second=0, microsecond=0)
    while tick.hour % min(hours, 24) or tick < start:
        tick += timedelta(hours=1)
    _place(dates, 0, f"{start:%a} {start.day} {start:%b}")
    while tick < end:
        column = min(column_at(tick), width - 1)
        rule[column] = "┴"
        _place(times, column, f"{tick:%H:%M}")
        if not tick.hour and column > 10:
            _place(dates, column, f"{tick:%a} {tick.day} {tick:%b}")
        tick += timedelta(hours=hours)
    _place(dates, width - 3, "UTC")
    axis = "     0 └" + "".join(rule)
    return [axis, " " * 8 + "".join(times), " " * 8 + "".join(dates)]


def _place(row: list[str], column: int, text: str) -> None:
    """Write over blanks only, so that labels never run into each other."""
    if all(cell == " " for cell in row[max(column - 1, 0) : column + len(text) + 1]):
        row[column : column + len(text)] = text


def _marker(marked: set[int], runs: Sequence[tuple[datetime, datetime]], width: int) -> str:
    first, stop = min(marked), max(marked) + 1
    text = "".join("━" if column in marked else " " for column in range(first, stop))
    label = f" run {runs[0][0]:%H:%M}-{runs[-1][1]:%H:%M} UTC"
    if len(runs) > 1:
        label = f" {len(runs)} runs"
    if stop + len(label) <= width:
        return " " * first + text + label
    if first > len(label):
        return (" " * first)[len(label) + 1 :] + label.strip() + " " + text
    return " " * first + text
