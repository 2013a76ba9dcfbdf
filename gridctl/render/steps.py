"""Draw a series of half hours as steps: what is known, forecast, estimated, made up or missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from gridctl.clock import HALF_HOUR
from gridctl.render import style
from gridctl.render.timeaxis import hours_between
from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.signals.signal import Provenance

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

# Line, and hatching of what lies below it. Lightness and dashes tell them apart without colour.
_LINES: dict[Provenance, dict[str, Any]] = {
    Provenance.ACTUAL: {"color": style.INK, "lw": 2.0},
    Provenance.FORECAST: {"color": style.BLUE, "lw": 1.5},
    Provenance.LAST_REVISION: {"color": style.BLUE, "lw": 1.5, "ls": (0, (5, 1.5))},
    Provenance.ESTIMATED: {"color": style.FAINT, "lw": 1.3, "ls": (0, (2, 1))},
    Provenance.SYNTHETIC: {"color": style.ORANGE, "lw": 1.3, "ls": (0, (1, 1))},
    Provenance.CORRECTED: {"color": style.BLUE, "lw": 1.5, "ls": (0, (4, 1, 1, 1))},
    Provenance.GIVEN: {"color": style.INK, "lw": 1.5, "ls": (0, (3, 1))},
}
_HATCHES = {Provenance.ESTIMATED: "////", Provenance.SYNTHETIC: "xxxx"}
_HATCH = "#c4c4c4"
_GAP: Any = {"facecolor": "white", "edgecolor": "#b0b0b0", "hatch": "...", "lw": 0}
_FULL_WIDTH = 200  # slots; more are drawn with finer lines
_NARROWEST = 0.004  # of the width: a run of hours in a year is still seen
_SLOT = HALF_HOUR / timedelta(hours=1)


@dataclass(frozen=True)
class Steps:
    """n values by slot, the n + 1 edges of the slots in hours along the axis, and where from."""

    values: Floats
    edges: Floats
    provenance: Sequence[Provenance]

    @classmethod
    def over(
        cls,
        values: Floats,
        provenance: Sequence[Provenance],
        first_slot: datetime,
        origin: datetime,
    ) -> Steps:
        """Half hours from ``first_slot``, on an axis that begins at ``origin``."""
        begins = hours_between(origin, first_slot)
        edges = begins + np.arange(len(values) + 1, dtype=np.float64) * _SLOT
        return cls(values, edges, provenance)

    @property
    def known(self) -> Bools:
        """Which slots have a value."""
        return np.isfinite(self.values)

    def between(self, begins: float, ends: float) -> Steps:
        """The part within ``[begins, ends)``, cut inside slots where need be."""
        first = int(np.searchsorted(self.edges, begins, side="right")) - 1
        last = int(np.searchsorted(self.edges, ends, side="left"))
        first, last = max(first, 0), min(last, len(self.values))
        if last <= first:
            return Steps(self.values[:0], self.edges[:1], ())
        edges = np.clip(self.edges[first : last + 1], begins, ends)
        return Steps(self.values[first:last], edges, self.provenance[first:last])


def draw_steps(ax: Axes, steps: Steps) -> None:
    """The line, by provenance; hatched below where it is no data; gaps as bands, never as zero."""
    ax.stairs(steps.values, steps.edges, baseline=0, fill=True, color="#dcebf5", lw=0, zorder=1)
    ax.stairs(steps.values, steps.edges, baseline=None, color=style.FAINT, lw=0.6, zorder=3)
    thin = min(1.0, (_FULL_WIDTH / max(len(steps.values), 1)) ** 0.5)
    for kind in sorted(set(steps.provenance) - {Provenance.MISSING}):
        only = np.where([found is kind for found in steps.provenance], steps.values, np.nan)
        if kind in _HATCHES:
            below = ax.stairs(only, steps.edges, baseline=0, fill=True, zorder=1.5)
            below.set(facecolor="white", edgecolor=_HATCH, hatch=_HATCHES[kind], lw=0)
        look = {**_LINES[kind], "lw": thin * _LINES[kind]["lw"]}
        ax.stairs(only, steps.edges, baseline=None, zorder=4, **look)
    for begins, ends in stretches(~steps.known, steps.edges):
        ax.axvspan(begins, ends, zorder=0.4, **_GAP)


def draw_stretch(ax: Axes, steps: Steps, begins: float, ends: float) -> None:
    """A part of the run: shaded below the line, and a bar at its foot that shows in gaps too."""
    part = steps.between(begins, ends)
    if len(part.values):
        ax.stairs(part.values, part.edges, baseline=0, fill=True, lw=0, zorder=2,
                  color=style.GREEN, alpha=0.55)  # fmt: skip
    visible = max(ends, begins + _NARROWEST * float(steps.edges[-1] - steps.edges[0]))
    ax.axvspan(begins, visible, color=style.GREEN, alpha=0.12, lw=0, zorder=0.6)
    if visible > ends:
        ax.axvspan(begins, visible, color=style.GREEN, alpha=0.6, lw=0, zorder=4.5)


def draw_outline(ax: Axes, steps: Steps, begins: float, ends: float) -> None:
    """The outline of what lies under the line within a stretch."""
    part = steps.between(begins, ends)
    if len(part.values):
        ax.stairs(part.values, part.edges, baseline=0, color=style.INK, lw=1.4, ls="--", zorder=5)


def legend_of(provenance: Sequence[Provenance], names: dict[Provenance, str]) -> list[Artist]:
    """A handle with its label for each kind that occurs, and for gaps."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Artist] = []
    for kind in sorted(set(provenance) - {Provenance.MISSING}):
        if kind in _HATCHES:
            handles.append(Patch(label=names[kind], facecolor="white", hatch=_HATCHES[kind],
                                 edgecolor=_LINES[kind]["color"], lw=0.8))  # fmt: skip
        else:
            handles.append(Line2D([], [], label=names[kind], **_LINES[kind]))
    if Provenance.MISSING in provenance:
        handles.append(Patch(label="no data", **_GAP))
    return handles


def stretches(wanted: Bools, edges: Floats) -> list[tuple[float, float]]:
    """The runs of consecutive slots that are wanted, as (begin, end) along the axis."""
    padded = np.concatenate(([False], wanted, [False])).astype(np.int8)
    turns = np.flatnonzero(np.diff(padded))
    return [
        (float(edges[a]), float(edges[b])) for a, b in zip(turns[::2], turns[1::2], strict=True)
    ]
