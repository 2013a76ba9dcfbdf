"""Which spans of history still have to be asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from gridctl.clock import ceil_half_hour, floor_half_hour
from gridctl.model import Window

# Actual values are revised for at least a day: the newest two are always asked for again.
REVISED = timedelta(hours=48)


def missing(wanted: Window, asked: Iterable[Window], now: datetime) -> list[Window]:
    """The parts of ``wanted`` that no span in ``asked`` covers, and all of its newest 48 hours.

    Edges are moved out to whole half hours. Windows come back in order and do not touch.
    """
    start, end = floor_half_hour(wanted.start), ceil_half_hour(wanted.end)
    settled = floor_half_hour(now) - REVISED
    gaps = []
    cursor = start
    for span in sorted(asked, key=lambda span: span.start):
        span_end = min(span.end, settled, end)
        if span_end <= max(cursor, span.start):
            continue
        if span.start > cursor:
            gaps.append(Window(cursor, span.start))
        cursor = max(cursor, span_end)
    if cursor < end:
        gaps.append(Window(cursor, end))
    return gaps
