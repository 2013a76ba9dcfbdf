"""A decision as a picture: the forecast as steps, the run shaded, the baseline outlined."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from gridctl.clock import HALF_HOUR, ceil_half_hour, floor_half_hour
from gridctl.render import style
from gridctl.render.steps import (
    Steps,
    draw_outline,
    draw_steps,
    draw_stretch,
    legend_of,
)
from gridctl.render.timeaxis import draw_time_axis, hours_between, local_clock
from gridctl.render.values import shown_value
from gridctl.schedule.decision import Decision
from gridctl.schedule.reasons import LOCATION_BASED, brief_time, cap_text, figure, place_name
from gridctl.schedule.signal import Provenance, Series
from gridctl.schedule.workload import Cap

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
_WIDTH, _LEFT, _RIGHT = 9.0, 0.62, 0.2
_TALL, _LOW, _GAP = 2.9, 1.35, 0.42
_TITLE, _LINE, _FINE, _LEGEND, _FOOT = 0.36, 0.19, 0.17, 0.21, 0.66

_CHARACTERS = {"title": 72, "text": 116, "small": 130}  # that fit the width
_MOST_NAME, _MOST_LINES = 40, 4
_LEGEND_COLUMNS = 4
_OUTSIDE = timedelta(hours=3)  # of the forecast before and after the window, for comparison
_CAP_IN_SIGHT = 2.0  # times the highest value; a cap above is told in words

_NAMES = {
    Provenance.ACTUAL: "actual",
    Provenance.FORECAST: "forecast",
    Provenance.LAST_REVISION: "forecast, last revision",
    Provenance.ESTIMATED: "estimated",
    Provenance.SYNTHETIC: "synthetic: made up",
}
_PUBLISHED = {**_NAMES, Provenance.ACTUAL: "published"}


@dataclass(frozen=True)
class Panel:
    """A series to draw: its title with the unit, its mean over the baseline, its bound."""

    title: str
    series: Series
    unit: str
    baseline: float | None
    cap: Cap | None
    names: dict[Provenance, str]


def draw_decision(decision: Decision) -> Figure:
    """The figure of a decision: carbon, and below it what else the objective or a cap needs.

    Draw it within :func:`gridctl.render.style.picture`, which sets the look.
    """
    from matplotlib.figure import Figure

    start, end = span_of(decision)
    panels = panels_of(decision)
    power = _powers(decision)
    heights = [_TALL, *[_LOW] * (len(panels) - 1 + bool(power))]
    reason = _filled(decision.reason[:1].upper() + decision.reason[1:] + ".", "text")
    caption = _filled(_caption(decision), "small")
    legend = _legend(decision, panels, start, end)
    top = 0.12 + _TITLE + _LINE * len(reason) + _LEGEND * math.ceil(len(legend) / _LEGEND_COLUMNS)
    top += 0.4
    bottom = _FOOT + _FINE * len(caption) + 0.1
    height = top + sum(heights) + _GAP * (len(heights) - 1) + bottom
    drawn = Figure(figsize=(_WIDTH, height))
    _words(drawn, height, _title(decision), reason, caption)
    _add_legend(drawn, height, legend, 0.12 + _TITLE + _LINE * len(reason))
    edge = height - top
    for index, tall in enumerate(heights):
        box = (_LEFT / _WIDTH, (edge - tall) / height,
               1 - (_LEFT + _RIGHT) / _WIDTH, tall / height)  # fmt: skip
        ax = drawn.add_axes(box)
        edge -= tall + _GAP
        if index < len(panels):
            _draw_panel(ax, decision, panels[index], start, end)
        else:
            _draw_power(ax, decision, power, start)
        _draw_limits(ax, decision, start, end, named=index == 0)
        draw_time_axis(ax, start, end)
        if index < len(heights) - 1:
            ax.tick_params(labelbottom=False)
        else:
            ax.set_xlabel(local_clock(start, end), loc="right", fontsize=style.SIZES["small"])
    return drawn


def span_of(decision: Decision) -> tuple[datetime, datetime]:
    """The time drawn: the window, the baseline and the run, and a little beyond where known."""
    signal, workload, run = decision.signal, decision.workload, decision.expected
    first = min(workload.earliest or decision.baseline.start, decision.baseline.start)
    ends = signal.ends_at or first
    last = max(min(workload.deadline or ends, ends), decision.baseline.end,
               *(segment.end for segment in decision.segments),
               run.end if run else first, first + HALF_HOUR)  # fmt: skip
    before, after = max(first - _OUTSIDE, signal.start), min(last + _OUTSIDE, ends)
    return floor_half_hour(min(first, before)), ceil_half_hour(max(last, after))


def panels_of(decision: Decision) -> list[Panel]:
    """Carbon always; price and renewable share where the objective or a cap is about them."""
    signal, workload, baseline = decision.signal, decision.workload, decision.baseline
    caps = {cap.series: cap for cap in workload.caps}
    found = [
        Panel("Carbon intensity, gCO2/kWh", signal.carbon, "g/kWh",
              baseline.carbon_intensity, caps.get("carbon"), _NAMES)
    ]  # fmt: skip
    if workload.objective != "carbon" or "price" in caps:
        kind = "Retail price" if signal.price_kind == "agile_retail" else "Wholesale price"
        found.append(
            Panel(f"{kind}, GBP/MWh", signal.price, "GBP/MWh",
                  baseline.price_gbp_mwh, caps.get("price"), _PUBLISHED)
        )  # fmt: skip
    if "renewable" in caps:
        found.append(
            Panel("Renewable share, %", signal.renewable, "%",
                  baseline.renewable_pct, caps.get("renewable"), _NAMES)
        )  # fmt: skip
    return found


def run_stretches(decision: Decision) -> list[tuple[datetime, datetime]]:
    """When it runs: the segments, joined where they follow each other."""
    joined: list[tuple[datetime, datetime]] = []
    for segment in decision.segments:
        if joined and segment.start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(segment.end, joined[-1][1])
        else:
            joined.append((segment.start, segment.end))
    return joined


def _steps(decision: Decision, series: Series, start: datetime, end: datetime) -> Steps:
    """The slots over the time drawn; those outside the arrays are missing."""
    signal = decision.signal
    count = (end - start) // HALF_HOUR
    values, kinds = np.full(count, np.nan), [Provenance.MISSING] * count
    shift = (start - signal.start) // HALF_HOUR
    for slot in signal.slots_over(start, end):
        values[slot - shift] = series.values[slot]
        if math.isfinite(series.values[slot]):
            kinds[slot - shift] = series.readings[slot].provenance
    return Steps.over(values, kinds, start, start)


def _draw_panel(ax: Axes, decision: Decision, panel: Panel, start: datetime, end: datetime) -> None:
    steps = _steps(decision, panel.series, start, end)
    ax.set_title(panel.title, loc="left", fontsize=style.SIZES["text"])
    if not steps.known.any():
        ax.text(0.5, 0.5, "no data", transform=ax.transAxes, ha="center", color=style.FAINT)
        ax.set_yticks([])
        return
    draw_steps(ax, steps)
    for begins, ends in run_stretches(decision):
        draw_stretch(ax, steps, hours_between(start, begins), hours_between(start, ends))
    _draw_baseline(ax, decision, panel, steps, start)
    _scale(ax, steps, panel)
    if panel.cap is not None and _in_sight(panel, steps):
        _draw_cap(ax, panel.cap)


def _draw_baseline(
    ax: Axes, decision: Decision, panel: Panel, steps: Steps, start: datetime
) -> None:
    """Its outline; of a baseline in another region, whose steps are not drawn, the mean."""
    asked = decision.baseline
    begins, ends = hours_between(start, asked.start), hours_between(start, asked.end)
    if asked.place == decision.signal.place:
        draw_outline(ax, steps, begins, ends)
    elif panel.baseline is not None:
        ax.stairs([panel.baseline], [begins, ends], baseline=0, color=style.INK, lw=1.4, ls="--",
                  zorder=5)  # fmt: skip


def _scale(ax: Axes, steps: Steps, panel: Panel) -> None:
    """Zero is always in sight, and there is room above for the words on the window's edges."""
    values = [0.0, float(np.nanmax(steps.values)), float(np.nanmin(steps.values))]
    values += [panel.baseline] if panel.baseline is not None else []
    if panel.cap is not None and _in_sight(panel, steps):
        values.append(panel.cap.limit)
    low, high = min(values), max(values)
    room = (high - low) or 1.0
    ax.set_ylim(low - 0.06 * room * (low < 0), high + 0.17 * room)
    ax.locator_params(axis="y", nbins=6 if panel.unit == "g/kWh" else 4)
    if low < 0:
        ax.axhline(0, color=style.INK, lw=0.8, zorder=3.5)


def _in_sight(panel: Panel, steps: Steps) -> bool:
    highest = max(float(np.nanmax(steps.values)), panel.baseline or 0.0)
    return panel.cap is not None and abs(panel.cap.limit) <= _CAP_IN_SIGHT * max(highest, 1.0)


def _draw_cap(ax: Axes, cap: Cap) -> None:
    ax.axhline(cap.limit, color=style.ORANGE, lw=1.4, ls=(0, (6, 2, 1, 2)), zorder=6)


def _draw_limits(
    ax: Axes, decision: Decision, start: datetime, end: datetime, *, named: bool
) -> None:
    """Thin lines where the window opens and closes, and where it was decided."""
    workload, width = decision.workload, hours_between(start, end)
    moments = [
        ("decided", decision.decided_at, "right"),
        ("earliest", workload.earliest, "left"),
        ("deadline", workload.deadline, "right"),
    ]
    taken: list[float] = []
    for word, moment, side in moments:
        if moment is None or not start <= moment <= end:
            continue
        where = hours_between(start, moment)
        if any(abs(where - other) < 0.005 * width for other in taken):
            continue
        taken.append(where)
        ax.axvline(where, color=style.FAINT, lw=0.9, ls=":", zorder=5.5)
        if named:
            side = "left" if where < 0.1 * width else "right" if where > 0.9 * width else side
            ax.annotate(word, (where, 1), xycoords=("data", "axes fraction"), va="top", ha=side,
                        xytext=(3 if side == "left" else -3, -2), textcoords="offset points",
                        fontsize=style.SIZES["small"], color=style.FAINT)  # fmt: skip


def _powers(decision: Decision) -> list[float]:
    """The power in each segment, kW, if it varies; none to draw when it is constant or unknown."""
    found = []
    for segment in decision.segments:
        hours = (segment.end - segment.start) / timedelta(hours=1)
        if segment.energy_kwh is None or not hours:
            return []
        found.append(segment.energy_kwh / hours)
    varies = bool(found) and max(found) - min(found) > 1e-3 * max(found)
    return found if varies else []


def _draw_power(ax: Axes, decision: Decision, power: Sequence[float], start: datetime) -> None:
    ax.set_title("Power, kW", loc="left", fontsize=style.SIZES["text"])
    for segment, kw in zip(decision.segments, power, strict=True):
        edges = [hours_between(start, segment.start), hours_between(start, segment.end)]
        ax.stairs([kw], edges, baseline=0, fill=True, color=style.GREEN, alpha=0.7, lw=0)
    ax.set_ylim(0, 1.1 * max(power))


def _legend(
    decision: Decision, panels: Sequence[Panel], start: datetime, end: datetime
) -> list[Artist]:
    """Each thing drawn, once, with the figures that matter."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: dict[str, Artist] = {}
    for panel in panels:
        steps = _steps(decision, panel.series, start, end)
        handles |= {str(h.get_label()): h for h in legend_of(steps.provenance, panel.names)}
    run, asked = decision.expected, decision.baseline
    found = list(handles.values())
    if run is not None:
        label = "run" if len(run_stretches(decision)) < 2 else "run, with pauses"
        found.append(Patch(label=label + _mean(run.carbon_intensity), color=style.GREEN, alpha=0.6))
    elsewhere = asked.place is not None and asked.place != decision.signal.place
    where = f" in {place_name(asked.place)}, mean" if elsewhere else ""
    if asked.carbon_intensity is not None:
        found.append(Patch(label=f"when asked{where}{_mean(asked.carbon_intensity)}", fill=False,
                           edgecolor=style.INK, ls="--", lw=1.2))  # fmt: skip
    for panel in panels:
        if panel.cap is not None:
            steps = _steps(decision, panel.series, start, end)
            label = cap_text(panel.cap)
            label += " on average" if decision.workload.cap_mode == "mean" else ""
            if steps.known.any() and not _in_sight(panel, steps):
                label += ", above the picture"
            found.append(Line2D([], [], label=label, color=style.ORANGE, lw=1.4,
                                ls=(0, (6, 2, 1, 2))))  # fmt: skip
    return found


def _mean(value: float | None) -> str:
    return "" if value is None else f": {figure(value)} g/kWh"


def _add_legend(drawn: Figure, height: float, handles: Sequence[Artist], below: float) -> None:
    drawn.legend(
        handles=list(handles), loc="upper left", ncols=_LEGEND_COLUMNS, borderaxespad=0,
        bbox_to_anchor=(0.12 / _WIDTH, 1 - (below + 0.06) / height), columnspacing=1.6,
        handlelength=2.2, labelspacing=0.35, borderpad=0,
    )  # fmt: skip


def _words(
    drawn: Figure, height: float, title: str, reason: Sequence[str], caption: Sequence[str]
) -> None:
    left = 0.12 / _WIDTH
    common: dict[str, Any] = {"ha": "left", "va": "top", "linespacing": 1.25}
    drawn.text(left, 1 - 0.12 / height, title, fontsize=style.SIZES["title"], weight="bold",
               **common)  # fmt: skip
    drawn.text(left, 1 - (0.12 + _TITLE - 0.04) / height, "\n".join(reason),
               fontsize=style.SIZES["text"], **common)  # fmt: skip
    drawn.text(left, (_FINE * len(caption) + 0.08) / height, "\n".join(caption),
               fontsize=style.SIZES["small"], color=style.FAINT, **common)  # fmt: skip


def _title(decision: Decision) -> str:
    name = textwrap.shorten(shown_value(decision.workload.name), _MOST_NAME, placeholder=" ...")
    run = decision.expected
    if run is None:
        return f"{name}: no start meets the request"
    times = run_stretches(decision) or [(run.start, run.end)]
    when = f"{run.start:%a} {run.start.day} {run.start:%b %Y %H:%M} to {_end(run.start, times)} UTC"
    where = "" if run.place is None else f" in {place_name(run.place)}"
    pauses = f", in {len(times)} stretches" if len(times) > 1 else ""
    return f"{name}: {when}{where}{pauses}"


def _end(start: datetime, times: Sequence[tuple[datetime, datetime]]) -> str:
    end = times[-1][1]
    return f"{end:%H:%M}" if end.date() == start.date() else f"{end:%a} {end.day} {end:%b %H:%M}"


def _caption(decision: Decision) -> str:
    """Where the numbers come from and what kind they are."""
    summary = decision.summary
    source = f"Source: {summary.source or 'none'}"
    if summary.issued_at is not None:
        source += f", newest issue {brief_time(summary.issued_at)}"
    source += f"; decided on what was known at {brief_time(_to_minute(decision.decided_at))}"
    notes = [note for note in decision.notes if not note.startswith(LOCATION_BASED)]
    kind = f"{LOCATION_BASED[:1].upper()}{LOCATION_BASED[1:]} ({decision.signal.geography})"
    parts = [source, kind]
    parts += [note[:1].upper() + note[1:] for note in notes if note not in decision.reason]
    return ". ".join(parts) + "."


def _to_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _filled(text: str, size: str) -> list[str]:
    lines = textwrap.wrap(text, _CHARACTERS[size], break_on_hyphens=False)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], lines[_MOST_LINES - 1] + " ..."]
    return lines
