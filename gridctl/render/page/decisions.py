"""The figure of decisions: when each job was asked for, and when it runs instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gridctl.clock import HALF_HOUR
from gridctl.render.page.figure import Figure, Series, Spec, Table
from gridctl.render.page.spec import chart, time_x
from gridctl.render.page.words import counted, millis, number, pounds, share, when
from gridctl.report.decisions import MOST, Decisions, Told
from gridctl.report.gather import Report

_SERIES = (
    Series("run", "runs", "green", "area"),
    Series("asked", "would have begun", "ink", "dot"),
)
_LONGEST_NAME = 28


def decisions_figure(report: Report) -> Figure:
    """Windows and savings of the decisions in force."""
    decisions = report.decisions
    words: dict[str, Any] = {"id": "decisions", "title": "Decisions"}
    if decisions.empty is not None:
        return Figure(**words, says="", empty=decisions.empty)
    drawn = [told for told in decisions.told if told.pieces]
    asked = any(told.asked_start is not None for told in drawn)
    return Figure(
        **words,
        says=_says(decisions),
        spec=_spec(drawn) if drawn else None,
        series=_SERIES[: 1 + asked] if drawn else (),
        tables=[_table(decisions.told)],
        notes=_notes(decisions, asked or not drawn),
        is_synthetic=decisions.is_synthetic,
    )


def _says(decisions: Decisions) -> str:
    taken = f"{counted(decisions.count, 'job')} decided on"
    if decisions.baseline_kg is None or decisions.expected_kg is None:
        return f"{taken}; none has figures for carbon."
    kg = decisions.baseline_kg - decisions.expected_kg
    part = f" ({share(kg, decisions.baseline_kg)})" if decisions.baseline_kg > 0 < kg else ""
    carbon = f"{number(abs(kg), 1)} kg of CO₂ {'less' if kg >= 0 else 'more'}{part}"
    gbp = decisions.saved_gbp
    money = "" if gbp is None else f" and {pounds(abs(gbp))} {'less' if gbp >= 0 else 'more'}"
    return f"{taken}: {carbon}{money} expected than by running when asked."


def _notes(decisions: Decisions, told_when: bool) -> list[str]:
    notes = [
        "Expected, not metered: location-based average intensity, operational electricity only, "
        "not an offset. Of a job decided on again the last decision counts."
    ]
    if not told_when:
        notes.append("When they would have begun is known of none.")
    if decisions.unknown:
        notes.append(f"{counted(decisions.unknown, 'job')} without figures are in no sum.")
    if decisions.count > MOST:
        notes.append(f"Shown are the newest {MOST} of {decisions.count:,}; the sums are of all.")
    return notes


def _spec(drawn: Sequence[Told]) -> Spec:
    rows = [row for told in drawn for row in _rows(told)]
    x = time_x(*_bounds(drawn))
    upright: Spec = {
        "field": "job", "type": "nominal", "sort": None, "title": None,
        "axis": {"labelLimit": {"expr": "width < 420 ? 110 : 200"}, "grid": False},
    }  # fmt: skip
    tooltip = [
        {"field": name, "title": title}
        for name, title in (
            ("job", "job"), ("region", "where"), ("from", "from (UTC)"), ("to", "to (UTC)"),
            ("asked", "would have begun (UTC)"), ("saved", "saves, kg CO₂"),
        )
    ]  # fmt: skip
    both = {"y": upright, "tooltip": tooltip}
    layers: list[Spec] = [
        {
            "transform": [{"filter": "datum.k == 'run' && indexof(hidden, 'run') < 0"}],
            "mark": {"type": "bar", "color": "var(--green)", "height": {"band": 0.6},
                     "cornerRadius": 2, "clip": True},
            "encoding": {"x": x, "x2": {"field": "e"}, **both},
        },
        {
            "transform": [{"filter": "datum.k == 'asked' && indexof(hidden, 'asked') < 0"}],
            "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 80,
                     "color": "var(--ink)", "opacity": 1, "clip": True},
            "encoding": {"x": x, **both},
        },
    ]  # fmt: skip
    return chart(layers, rows, 26 * len(drawn))


def _rows(told: Told) -> list[dict[str, Any]]:
    name = told.workload
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    common = {
        "job": f"{short} #{told.sequence}", "region": told.region,
        "asked": when(told.asked_start), "saved": number(told.saved_kg, 1),
        "from": when(told.pieces[0][0]), "to": when(told.pieces[-1][1]),
    }  # fmt: skip
    rows = [
        {"k": "run", "t": millis(start), "e": millis(end), **common} for start, end in told.pieces
    ]
    if told.asked_start is not None:
        rows.append({"k": "asked", "t": millis(told.asked_start), **common})
    return rows


def _bounds(drawn: Sequence[Told]) -> tuple[datetime, datetime]:
    edges = [edge for told in drawn for piece in told.pieces for edge in piece]
    edges += [told.asked_start for told in drawn if told.asked_start is not None]
    room = max((max(edges) - min(edges)) / 40, HALF_HOUR)
    return min(edges) - room, max(edges) + room


def _table(told: Sequence[Told]) -> Table:
    return Table(
        "Decisions in force, newest first",
        ["job", "action", "decided (UTC)", "would have begun", "runs from", "to", "where",
         "kg CO₂ asked", "kg CO₂ expected", "saves kg", "saves GBP", "why"],
        [
            [t.workload, t.action.replace("_", " "), when(t.decided), when(t.asked_start),
             when(t.pieces[0][0] if t.pieces else None),
             when(t.pieces[-1][1] if t.pieces else None), t.region,
             number(t.baseline_kg, 1), number(t.expected_kg, 1), number(t.saved_kg, 1),
             number(t.saved_gbp, 2), t.reason]
            for t in told
        ],
        texts=(0, 1, 2, 3, 4, 5, 6, 11),
    )  # fmt: skip
