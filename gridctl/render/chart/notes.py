"""What has to be told beside a chart: what is made up or interpolated, what is missing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gridctl.query.answer import Answer
from gridctl.query.chart import Chart
from gridctl.render.chart.choose import name_of
from gridctl.render.chart.drawing import Bars, HeatMap, Lines

_FLAGS = {
    "is_synthetic": "synthetic data: made up, not the grid",
    "is_interpolated": "interpolated values",
    "is_estimated": "estimated values",
}


def flagged(answer: Answer) -> list[str]:
    """What the answer's own flags say of its rows, and of how many."""
    found = []
    for index, (name, _) in enumerate(answer.columns):
        if name in _FLAGS and (note := _share(_FLAGS[name], (row[index] for row in answer.rows))):
            found.append(note)
        if name == "source":
            made_up = (row[index] == "synthetic" for row in answer.rows)
            if note := _share(_FLAGS["is_synthetic"], made_up):
                found.append(note)
    return list(dict.fromkeys(found))


def tells_source(answer: Answer) -> bool:
    """Whether the answer itself says if its rows are made up."""
    return any(name in ("is_synthetic", "source") for name, _ in answer.columns)


def is_all_synthetic(answer: Answer) -> bool:
    """Whether no row was published by anyone."""
    return _FLAGS["is_synthetic"] in flagged(answer)


def missing(body: Lines | Bars | HeatMap, chart: Chart) -> list[str]:
    """Which lines are not there for want of a value, and that there are gaps in the others."""
    if not isinstance(body, Lines):
        return []
    drawn = {track.name for track in body.tracks}
    absent = [] if chart.by else [n for n in map(name_of, chart.values) if n not in drawn]
    gaps = any(np.isnan(track.values).any() for track in body.tracks)
    told = [f"no value at all: {', '.join(absent)}"] if absent else []
    return [*told, *(["blank where there is no value"] if gaps else [])]


def _share(what: str, flags: Iterable[object]) -> str:
    found = [bool(flag) for flag in flags]
    if not any(found):
        return ""
    return what if all(found) else f"{what} ({sum(found):,} of {len(found):,} rows)"
