"""Which series of a figure along time are drawn, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence

from gridctl.render.page.figure import Series
from gridctl.report.timeline import Timeline


def used_of(timeline: Timeline, series: Sequence[Series]) -> list[Series]:
    """Those with any value that is not nought: the others would only fill the legend.

    A value in the last step alone is a speck at the edge: it is drawn only where there is no more.
    """
    values = _values(timeline)
    drawn = [s for s in series if any(values[s.key][:-1])]
    return drawn or [s for s in series if any(values[s.key])]


def left_out(timeline: Timeline, series: Sequence[Series]) -> list[str]:
    """Which have no value that could be drawn; a fuel that was never burnt is not missed."""
    values, used = _values(timeline), used_of(timeline, series)
    rest = {s.label: values[s.key] for s in series if s not in used}
    without = [label for label, column in rest.items() if all(v is None for v in column)]
    latest = [label for label, column in rest.items() if any(column)]
    return [
        f"{said}: {', '.join(labels)}."
        for said, labels in (
            ("Without a value in this period", without),
            ("Not drawn, for the last step alone has a value", latest),
        )
        if labels
    ]


def _values(timeline: Timeline) -> dict[str, tuple[float | None, ...]]:
    """The means of each name along time."""
    columns = list(zip(*timeline.rows, strict=True))[1:]
    return dict(zip(timeline.names, columns, strict=True))
