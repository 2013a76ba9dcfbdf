"""A decision as a picture: the forecast as steps, the run shaded, the baseline outlined."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from gridctl.render import style
from gridctl.render.panels import (
    draw_limits,
    draw_panel,
    draw_power,
    legend_handles,
    panels_of,
    powers_of,
    span_of,
)
from gridctl.render.sheet import LOW, TALL, Sheet, lay_out
from gridctl.render.timeaxis import draw_time_axis, local_clock
from gridctl.render.values import shown_value
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.outcome import Outcome
from gridctl.schedule.single.reasons import brief_time, place_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_NAME = 36  # columns


def draw_decision(decision: Decision) -> Figure:
    """The figure of a decision: carbon, and below it what else the objective or a cap needs.

    Draw it within :func:`gridctl.render.style.picture`, which sets the look.
    """
    start, end = span_of(decision)
    panels, powers = panels_of(decision), powers_of(decision)
    reason = decision.reason
    drawn, axes = lay_out(
        Sheet(
            title=_title(decision),
            text=reason[:1].upper() + reason[1:] + ".",
            caption=_caption(decision),
            heights=[TALL, *[LOW] * (len(panels) - 1 + bool(powers))],
            legend=legend_handles(decision, panels, start, end),
        )
    )
    for ax, panel in zip(axes, panels, strict=False):
        draw_panel(ax, decision, panel, start, end)
    if powers:
        draw_power(axes[-1], decision, powers, start)
    for ax in axes:
        draw_limits(ax, decision, start, end, named=ax is axes[0])
        draw_time_axis(ax, start, end)
    axes[-1].set_xlabel(local_clock(start, end), loc="right", fontsize=style.SIZES["small"])
    return drawn


def _title(decision: Decision) -> str:
    name = _shortened(shown_value(decision.workload.name))
    run = decision.expected
    if run is None:
        return f"{name}: no start meets the request"
    stretches = decision.pieces or [(run.start, run.end)]
    pauses = f", in {len(stretches)} stretches" if len(stretches) > 1 else ""
    return f"{name}: {_what(decision, run)} {_when(run.start, stretches[-1][1])}{pauses}"


def _shortened(name: str) -> str:
    """As much of a name as fits; characters of double width count twice."""
    width = 0
    for index, character in enumerate(name):
        width += 2 if east_asian_width(character) in "WF" else 1
        if width > _MOST_NAME:
            return name[:index] + "..."
    return name


def _what(decision: Decision, run: Outcome) -> str:
    match decision.action:
        case "schedule":
            return "run as asked,"
        case "defer" if run.start < decision.baseline.start:
            return "brought forward to"
        case "defer":
            return "deferred to"
        case _:
            return f"moved to {place_name(run.place)},"


def _when(start: datetime, end: datetime) -> str:
    """``Wed 6 May 2026, 02:30 to 06:30 UTC``."""
    same_day = end.date() == start.date()
    until = _clock(end) if same_day else f"{end:%a} {end.day} {end:%b} {_clock(end)}"
    return f"{start:%a} {start.day} {start:%b %Y}, {_clock(start)} to {until} UTC"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _caption(decision: Decision) -> str:
    """Where the numbers come from, and of what kind they are."""
    summary = decision.summary
    source = f"Source: {summary.source or 'none'}"
    if summary.issued_at is not None:
        source += f", newest issue {brief_time(summary.issued_at)}"
    known_at = decision.decided_at.replace(second=0, microsecond=0)
    parts = [
        f"{source}; decided on what was known at {brief_time(known_at)}",
        *(note for note in decision.notes if note not in decision.reason),
    ]
    return ". ".join(part[:1].upper() + part[1:] for part in parts) + "."
