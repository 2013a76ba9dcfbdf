"""The panels of a decision's picture: which series, over what time, and what is marked on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

from gridctl.clock import HALF_HOUR, ceil_half_hour, floor_half_hour
from gridctl.render import style
from gridctl.render.steps import Steps, draw_outline, draw_steps, draw_stretch, legend_of
from gridctl.render.timeaxis import hours_between
from gridctl.schedule.job.workload import Cap
from gridctl.schedule.signals.signal import Provenance, Series
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.outcome import Outcome
from gridctl.schedule.single.reasons import cap_text, figure, place_name

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_OUTSIDE = timedelta(hours=3)  # of the forecast before and after the window, for comparison
_CAP_IN_SIGHT = 2.0  # times the highest value; a cap beyond is told in words
_WORD = 0.075  # of the width that a word on a limit takes
_CAP_DASHES = (0, (6, 2, 1, 2))

_NAMES = {
    Provenance.ACTUAL: "actual",
    Provenance.FORECAST: "forecast",
    Provenance.LAST_REVISION: "forecast, last revision",
    Provenance.ESTIMATED: "estimated",
    Provenance.SYNTHETIC: "synthetic: made up",
    Provenance.CORRECTED: "forecast, corrected",
    Provenance.GIVEN: "given by a file",
}
_PRICES = {
    "agile_retail": "Retail price",
    "wholesale": "Wholesale price",
    "series": "Price by the series",
    "file": "Price as given",
}
_PRICE_NAMES = {
    **_NAMES,
    Provenance.ACTUAL: "published price",
    Provenance.ESTIMATED: "estimated price",
}


@dataclass(frozen=True)
class Panel:
    """A series to draw: its title with the unit, its mean in an outcome, its bound, its words."""

    title: str
    series: Series
    unit: str
    mean: Literal["carbon_intensity", "price_gbp_mwh", "renewable_pct"]
    cap: Cap | None
    names: dict[Provenance, str]

    def mean_of(self, run: Outcome) -> float | None:
        """Its energy-weighted mean over a run."""
        value: float | None = getattr(run, self.mean)
        return value


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
    signal, workload = decision.signal, decision.workload
    caps = {cap.series: cap for cap in workload.caps}
    found = [
        Panel("Carbon intensity, gCO₂/kWh", signal.carbon, "g/kWh",
              "carbon_intensity", caps.get("carbon"), _NAMES)
    ]  # fmt: skip
    if workload.objective != "carbon" or "price" in caps:
        kind = _PRICES.get(signal.price_kind or "wholesale", "Price by the tariff")
        found.append(
            Panel(f"{kind}, GBP/MWh", signal.price, "GBP/MWh",
                  "price_gbp_mwh", caps.get("price"), _PRICE_NAMES)
        )  # fmt: skip
    if "renewable" in caps:
        found.append(
            Panel("Renewable share, %", signal.renewable, "%",
                  "renewable_pct", caps.get("renewable"), _NAMES)
        )  # fmt: skip
    return found


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


def draw_panel(ax: Axes, decision: Decision, panel: Panel, start: datetime, end: datetime) -> None:
    steps = _steps(decision, panel.series, start, end)
    ax.set_title(panel.title, loc="left", fontsize=style.SIZES["text"])
    if not steps.known.any():
        ax.text(0.5, 0.5, "no data", transform=ax.transAxes, ha="center", color=style.FAINT)
        ax.set_yticks([])
        return
    draw_steps(ax, steps)
    for begins, ends in decision.pieces:
        draw_stretch(ax, steps, hours_between(start, begins), hours_between(start, ends))
    _draw_baseline(ax, decision, panel, steps, start)
    cap = panel.cap if panel.cap and _in_sight(panel.cap, steps) else None
    mean = panel.mean_of(decision.baseline)
    marks = [*([] if mean is None else [mean]), *([cap.limit] if cap else [])]
    _scale(ax, steps, marks)
    if cap is not None:
        ax.axhline(cap.limit, color=style.ORANGE, lw=1.4, ls=_CAP_DASHES, zorder=6)


def _draw_baseline(
    ax: Axes, decision: Decision, panel: Panel, steps: Steps, start: datetime
) -> None:
    """Its outline; of a baseline in another region, whose steps are not drawn, the mean."""
    asked = decision.baseline
    begins, ends = hours_between(start, asked.start), hours_between(start, asked.end)
    if asked.place == decision.signal.place:
        draw_outline(ax, steps, begins, ends)
    elif (mean := panel.mean_of(asked)) is not None:
        ax.stairs([mean], [begins, ends], baseline=0, color=style.INK, lw=1.4, ls="--",
                  zorder=5)  # fmt: skip


def _scale(ax: Axes, steps: Steps, marks: Sequence[float]) -> None:
    """Zero is always in sight, and there is room above for the words on the window's edges."""
    values = [0.0, float(np.nanmax(steps.values)), float(np.nanmin(steps.values)), *marks]
    low, high = min(values), max(values)
    room = (high - low) or 1.0
    ax.set_ylim(low - 0.06 * room * (low < 0), high + 0.17 * room)
    inches = ax.bbox.height / ax.figure.dpi
    ax.locator_params(axis="y", nbins=max(2, int(2.4 * inches)))
    if low < 0:
        ax.axhline(0, color=style.INK, lw=0.8, zorder=3.5)


def _in_sight(cap: Cap, steps: Steps) -> bool:
    if not steps.known.any():
        return False
    return abs(cap.limit) <= _CAP_IN_SIGHT * max(float(np.nanmax(np.abs(steps.values))), 1.0)


def draw_limits(
    ax: Axes, decision: Decision, start: datetime, end: datetime, *, named: bool
) -> None:
    """Thin lines where the window opens and closes, and where it was decided."""
    workload, width = decision.workload, hours_between(start, end)
    moments = [
        ("decided", decision.decided_at, "right"),
        ("earliest", workload.earliest, "left"),
        ("deadline", workload.deadline, "right"),
    ]
    written: list[tuple[float, float]] = []
    for word, moment, side in moments:
        if moment is None or not start <= moment <= end:
            continue
        where = hours_between(start, moment)
        ax.axvline(where, color=style.FAINT, lw=0.9, ls=":", zorder=5.5)
        side = "left" if where < 0.1 * width else "right" if where > 0.9 * width else side
        room = _WORD * width * (1 if side == "left" else -1)
        begins, ends = sorted((where, where + room))
        if named and all(ends <= other[0] or begins >= other[1] for other in written):
            written.append((begins, ends))
            _write_limit(ax, word, where, side)


def _write_limit(ax: Axes, word: str, where: float, side: str) -> None:
    offset = 3 if side == "left" else -3
    ax.annotate(
        word, (where, 1), xycoords=("data", "axes fraction"), va="top", ha=side,
        xytext=(offset, -2), textcoords="offset points", fontsize=style.SIZES["small"],
        color=style.FAINT, bbox={"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1},
    )  # fmt: skip


def powers_of(decision: Decision) -> list[float]:
    """The power in each segment, kW, if it varies; none to draw when it is constant or unknown."""
    found = []
    for segment in decision.segments:
        hours = (segment.end - segment.start) / timedelta(hours=1)
        if segment.energy_kwh is None or not hours:
            return []
        found.append(segment.energy_kwh / hours)
    varies = bool(found) and max(found) - min(found) > 1e-3 * max(found)
    return found if varies else []


def draw_power(ax: Axes, decision: Decision, power: Sequence[float], start: datetime) -> None:
    ax.set_title("Power, kW", loc="left", fontsize=style.SIZES["text"])
    for segment, kw in zip(decision.segments, power, strict=True):
        edges = [hours_between(start, segment.start), hours_between(start, segment.end)]
        ax.stairs([kw], edges, baseline=0, fill=True, color=style.GREEN, alpha=0.7, lw=0)
    ax.set_ylim(0, 1.1 * max(power))


def legend_handles(
    decision: Decision, panels: Sequence[Panel], start: datetime, end: datetime
) -> list[Artist]:
    """Each thing drawn, once, with the figures that matter."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: dict[str, Artist] = {}
    for panel in panels:
        steps = _steps(decision, panel.series, start, end)
        handles |= {str(h.get_label()): h for h in legend_of(steps.provenance, panel.names)}
    found = list(handles.values())
    run, asked = decision.expected, decision.baseline
    if run is not None:
        label = "run" if len(decision.pieces) < 2 else "run, with pauses"
        found.append(Patch(label=label + _means(panels, run), color=style.GREEN, alpha=0.6))
    if asked.carbon_intensity is not None:
        elsewhere = asked.place is not None and asked.place != decision.signal.place
        where = f" in {place_name(asked.place)}, mean" if elsewhere else ""
        found.append(Patch(label=f"when asked{where}{_means(panels, asked)}", fill=False,
                           edgecolor=style.INK, ls="--", lw=1.2))  # fmt: skip
    for panel in panels:
        if panel.cap is not None:
            label = cap_text(panel.cap)
            label += " on average" if decision.workload.cap_mode == "mean" else ""
            if not _in_sight(panel.cap, _steps(decision, panel.series, start, end)):
                label += ", outside the picture"
            found.append(Line2D([], [], label=label, color=style.ORANGE, lw=1.4, ls=_CAP_DASHES))
    return found


def _means(panels: Sequence[Panel], run: Outcome) -> str:
    """``: 84 g/kWh, 39 GBP/MWh``."""
    values = [(panel.mean_of(run), panel.unit) for panel in panels]
    texts = [f"{figure(value)} {unit}" for value, unit in values if value is not None]
    return f": {', '.join(texts)}" if texts else ""
