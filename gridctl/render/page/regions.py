"""The regions as a map of tiles and as a heat map over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from gridctl.render.page.figure import Bin, Figure, Spec, Table, Tile
from gridctl.render.page.spec import chart, time_title, time_x, zoom
from gridctl.render.page.words import counted, millis, number, steps
from gridctl.report.gather import Report
from gridctl.report.period import Period
from gridctl.report.regions import RegionMeans, Regions

# Column and row of each region number: roughly where it lies, every region the same size.
TILES = {
    1: (2, 1),
    2: (2, 2),
    3: (2, 3), 4: (3, 3),
    6: (2, 4), 5: (3, 4),
    7: (1, 5), 8: (2, 5), 9: (3, 5), 10: (4, 5),
    11: (1, 6), 12: (2, 6), 13: (3, 6), 14: (4, 6),
}  # fmt: skip
_BINS = 7
_NO_BIN = "none"
_NOTE = "Regional intensity is forecast and counts what is consumed: compare regions with regions."


def map_figure(report: Report) -> Figure:
    """The mean of the period in each region."""
    regions = report.regions
    words: dict[str, Any] = {"id": "map", "title": "Regions"}
    if regions.empty is not None:
        return Figure(**words, says="", empty=regions.empty)
    known = [region for region in regions.means if region.mean is not None]
    best, worst = known[0], known[-1]
    edges = bin_edges(regions)
    return Figure(
        **words,
        says=(
            f"{best.name} had the cleanest electricity, {number(best.mean)} g/kWh on average; "
            f"{worst.name} the least clean, {number(worst.mean)} g/kWh."
        ),
        tiles=[_tile(region, edges) for region in sorted(known, key=lambda r: r.number)],
        bins=_bins(edges),
        tables=[_table(regions.means)],
        notes=["Every region is a tile of one size, roughly where it lies.", _NOTE],
        is_synthetic=regions.is_synthetic,
    )


def heat_figure(report: Report) -> Figure:
    """Every region over time, the cleanest on top."""
    regions, period = report.regions, report.period
    words: dict[str, Any] = {"id": "regions", "title": "Regions over time"}
    if regions.empty is not None:
        return Figure(**words, says="", empty=regions.empty)
    edges = bin_edges(regions)
    cells = len(period.times(regions.step)) * len(regions.means)
    missing = cells - len(regions.cells)
    gaps = [f"{counted(missing, 'cell')} of {cells:,} left blank: nothing is stored."]
    return Figure(
        **words,
        says=f"From the cleanest on top to the least clean; each cell is the mean over "
        f"{steps(regions.step).removeprefix('means over ')}.",
        spec=_spec(regions, period, edges),
        bins=_bins(edges),
        notes=[*(gaps if missing else []), _NOTE],
        is_synthetic=regions.is_synthetic,
        zooms=True,
    )


def bin_edges(regions: Regions) -> list[float]:
    """Six round values, equally far apart, that part what is drawn into seven colours."""
    top = max((value for _, _, value in regions.cells), default=0.0)
    raw = max(top, 1.0) / _BINS
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * n for n in (1, 2, 2.5, 3, 4, 5, 6, 8, 10) if size * n >= raw)
    return [step * n for n in range(1, _BINS)]


def _bin_of(value: float, edges: Sequence[float]) -> str:
    return f"q{sum(value >= edge for edge in edges)}"


def _bins(edges: Sequence[float]) -> list[Bin]:
    between = [f"{a:g}–{b:g}" for a, b in pairwise(edges)]
    labels = [f"under {edges[0]:g}", *between, f"{edges[-1]:g} g/kWh and more"]
    return [Bin(label, f"q{index}") for index, label in enumerate(labels)]


def _tile(region: RegionMeans, edges: Sequence[float]) -> Tile:
    column, row = TILES[region.number]
    colour = _NO_BIN if region.mean is None else _bin_of(region.mean, edges)
    tip = (
        f"{region.name}: {number(region.mean)} g/kWh on average, {number(region.lowest)} to "
        f"{number(region.highest)}; {number(region.mean_renewable)} % renewable"
    )
    return Tile(region.name, column, row, number(region.mean), colour, tip)


def _table(means: Sequence[RegionMeans]) -> Table:
    return Table(
        "Half hours of the period by region, cleanest first",
        ["region", "mean g/kWh", "lowest", "highest", "renewable %", "half hours"],
        [
            [r.name, number(r.mean), number(r.lowest), number(r.highest),
             number(r.mean_renewable), number(r.half_hours)]
            for r in means
        ],
    )  # fmt: skip


def _spec(regions: Regions, period: Period, edges: Sequence[float]) -> Spec:
    # Names are values only: Vega-Lite would write those of a sort order into an expression.
    names = [region.name for region in regions.means]
    rank = {region.number: index for index, region in enumerate(regions.means)}
    rows: list[dict[str, Any]] = [
        {"t": millis(start), "e": millis(start + regions.step), "r": rank[number],
         "v": round(value, 1)}
        for start, number, value in regions.cells
    ]  # fmt: skip
    rect: Spec = {
        "params": [zoom()],
        "transform": [time_title(), {"calculate": "names[datum.r]", "as": "name"}],
        "mark": {"type": "rect", "clip": True, "aria": False},
        "encoding": {
            "x": time_x(period.start, period.end),
            "x2": {"field": "e"},
            "y": {"field": "name", "type": "nominal", "title": None,
                  "sort": {"field": "r", "op": "min"},
                  "axis": {"labelLimit": {"expr": "width < 420 ? 110 : 190"}, "grid": False}},
            "color": {
                "field": "v", "type": "quantitative", "legend": None,
                "scale": {"type": "threshold", "domain": list(edges),
                          "range": [f"var(--q{i})" for i in range(_BINS)]},
            },
            "tooltip": [
                {"field": "name", "title": "region"},
                {"field": "when", "title": "from (UTC)"},
                {"field": "v", "type": "quantitative", "title": "g/kWh", "format": ".0f"},
            ],
        },
    }  # fmt: skip
    spec = chart([rect], rows, 20 * len(regions.means))
    spec["params"].append({"name": "names", "value": names})
    return spec
