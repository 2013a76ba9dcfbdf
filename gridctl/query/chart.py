"""How an answer is best drawn, as the comments of a query say it.

``-- chart: KIND X : VALUES : UNIT``, with KIND one of line, area (stacked), bar, heatmap. X is a
column; VALUES are one or more columns. A heatmap has two columns for X, across and down, and one
value. ``line X by COLUMN : VALUE : UNIT`` draws a line for each value of a column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

KINDS = ("line", "area", "bar", "heatmap")
_CHART = re.compile(
    r"(?P<kind>line|area|bar|heatmap) (?P<x>\w+)(?: (?P<down>\w+))?(?: by (?P<by>\w+))?"
    r" : (?P<values>\w+(?: \w+)*) : (?P<unit>\S.*)"
)


@dataclass(frozen=True)
class Chart:
    """Which columns of an answer are drawn and how; ``unit`` is that of every value."""

    kind: str
    x: str
    values: tuple[str, ...]
    unit: str
    by: str | None = None  # one series for each value of this column
    down: str | None = None  # the second axis of a heatmap


def read_chart(text: str) -> Chart:
    """A chart as written in a query's comment. Raises ``ValueError`` for anything else."""
    match = _CHART.fullmatch(text)
    if match is None or (match["kind"] == "heatmap") != (match["down"] is not None):
        raise ValueError(f"cannot read the chart {text!r}")
    values = tuple(match["values"].split())
    if len(values) > 1 and (match["by"] or match["down"]):
        raise ValueError(f"the chart {text!r} draws one value")
    return Chart(match["kind"], match["x"], values, match["unit"], match["by"], match["down"])
