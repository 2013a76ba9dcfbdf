"""Figures about the data itself: how good the forecasts were, how complete the store is."""

from __future__ import annotations

from typing import Any

from gridctl.render.page.figure import Bin, Figure, Series, Spec, Table
from gridctl.render.page.spec import chart, time_title, time_x, y, zoom
from gridctl.render.page.words import counted, millis, number, share, when
from gridctl.report.accuracy import Accuracy
from gridctl.report.gather import Report
from gridctl.report.period import Period
from gridctl.report.quality import Quality

_ERRORS = (
    Series("error", "mean absolute error", "blue", "area"),
    Series("bias", "bias: forecast less actual", "vermilion", "dot"),
)
_COVERED = (
    Bin("none", "none"),
    Bin("less than 90 %", "vermilion"),
    Bin("90 % and more", "sky"),
    Bin("complete", "blue"),
)
_SHORT = (  # 6-12, 48+; on a narrow screen last, for last revision
    "split(replace(replace(datum.label, ' h ahead', ''), ' h and more', '+'),"
    " width < 420 ? ' ' : '|')[0]"
)
_EDGES = (1e-9, 90, 99.999)


def accuracy_figure(report: Report) -> Figure:
    """Errors by how far ahead a forecast looked."""
    accuracy = report.accuracy
    words: dict[str, Any] = {"id": "accuracy", "title": "How good the forecasts were"}
    if accuracy.empty is not None:
        return Figure(**words, says="", empty=accuracy.empty)
    issued = [h for h in accuracy.horizons if h.name != "last revision"]
    told = max(issued or accuracy.horizons, key=lambda h: h.count)
    return Figure(
        **words,
        says=(
            f"Forecasts of {told.name} were off by {number(told.mean_absolute, 1)} g/kWh on "
            f"average, over {counted(told.count, 'value')}."
        ),
        spec=_errors(accuracy),
        series=_ERRORS,
        tables=[
            Table(
                "Errors in g/kWh, by how far ahead",
                ["horizon", "values", "bias", "mean absolute", "root mean square"],
                [
                    [h.name, number(h.count), number(h.bias, 1), number(h.mean_absolute, 1),
                     number(h.root_mean_square, 1)]
                    for h in accuracy.horizons
                ],
            )
        ],
        notes=["The last revision is the forecast as it stood at the end: nobody could have "
               "planned on it."],
        is_synthetic=accuracy.is_synthetic,
    )  # fmt: skip


def quality_figure(report: Report) -> Figure:
    """Which half hours are stored, how fresh each dataset is, how calls went."""
    quality = report.quality
    words: dict[str, Any] = {"id": "quality", "title": "How complete the data is"}
    tables = [*([_freshness(quality)] if quality.freshness else []),
              *([_calls(quality)] if quality.calls else [])]  # fmt: skip
    if quality.empty is not None:
        return Figure(**words, says="", empty=quality.empty, tables=tables)
    missing = sum(c.missing for c in quality.coverage)
    expected = sum(c.expected for c in quality.coverage)
    says = (
        f"{missing:,} of {expected:,} values ({share(missing, expected)}) are missing"
        if missing
        else f"All {expected:,} values of the period are there"
    )
    synthetic = sum(c.synthetic for c in quality.coverage)
    return Figure(
        **words,
        says=f"{says}; {counted(quality.rejects, 'record')} of all time in quarantine.",
        spec=_cover(quality, report.period),
        bins=_COVERED,
        tables=[_coverage(quality), *tables],
        notes=["Complete means a row for every half hour, and of regional data for every region; "
               "what is measured is expected once its half hour is over."],
        is_synthetic=synthetic > 0,
        zooms=True,
    )  # fmt: skip


def _errors(accuracy: Accuracy) -> Spec:
    rows = [
        {"h": h.name, "error": round(h.mean_absolute, 2), "bias": round(h.bias, 2), "n": h.count}
        for h in accuracy.horizons
    ]
    across: Spec = {
        "field": "h", "type": "nominal", "sort": None, "title": "hours ahead",
        "axis": {"labelAngle": 0, "labelExpr": _SHORT, "labelOverlap": "greedy"},
    }  # fmt: skip
    tooltip = [
        {"field": "h", "title": "horizon"},
        {"field": "error", "type": "quantitative", "title": "mean absolute, g/kWh"},
        {"field": "bias", "type": "quantitative", "title": "bias, g/kWh"},
        {"field": "n", "type": "quantitative", "title": "values", "format": ","},
    ]
    layers: list[Spec] = [
        {
            "transform": [{"filter": "indexof(hidden, 'error') < 0"}],
            "mark": {"type": "bar", "color": "var(--blue)", "width": {"band": 0.6}},
            "encoding": {"x": across, "y": {"field": "error", **y("g/kWh")}, "tooltip": tooltip},
        },
        {
            "transform": [{"filter": "indexof(hidden, 'bias') < 0"}],
            "mark": {"type": "point", "filled": True, "size": 90, "color": "var(--vermilion)",
                     "opacity": 1, "stroke": "var(--paper)"},
            "encoding": {"x": across, "y": {"field": "bias", **y("g/kWh")}, "tooltip": tooltip},
        },
    ]  # fmt: skip
    return chart(layers, rows)


def _cover(quality: Quality, period: Period) -> Spec:
    rows = [
        {"t": millis(time), "e": millis(time + quality.step), "d": c.dataset, "v": round(value, 3)}
        for c in quality.coverage
        for time, value in c.cells
    ]
    rect: Spec = {
        "params": [zoom()],
        "transform": [time_title()],
        "mark": {"type": "rect", "clip": True, "aria": False, "stroke": "var(--paper)",
                 "strokeWidth": 0.5},
        "encoding": {
            "x": time_x(period.start, period.end),
            "x2": {"field": "e"},
            "y": {"field": "d", "type": "nominal", "title": None,
                  "axis": {"labelLimit": {"expr": "width < 420 ? 110 : 190"}, "grid": False}},
            "color": {
                "field": "v", "type": "quantitative", "legend": None,
                "scale": {"type": "threshold", "domain": list(_EDGES),
                          "range": [f"var(--{b.colour})" for b in _COVERED]},
            },
            "tooltip": [
                {"field": "d", "title": "dataset"},
                {"field": "when", "title": "from (UTC)"},
                {"field": "v", "type": "quantitative", "title": "% stored", "format": ".0f"},
            ],
        },
    }  # fmt: skip
    return chart([rect], rows, 22 * len(quality.coverage))


def _coverage(quality: Quality) -> Table:
    return Table(
        "Half hours of the period",
        ["dataset", "stored", "expected", "missing", "synthetic"],
        [
            [c.dataset, *map(number, (c.present, c.expected, c.missing, c.synthetic))]
            for c in quality.coverage
        ],
    )


def _freshness(quality: Quality) -> Table:
    return Table(
        "Everything stored, seen from the end of the period",
        ["dataset", "newest", "age, h", "fetched", "rows", "synthetic", "from"],
        [
            [row["dataset"], when(row["newest_timestamp"]), number(row["age_hours"], 1),
             when(row["newest_fetched_at"]), number(row["rows"]), number(row["synthetic_rows"]),
             row["sources"] or ""]
            for row in quality.freshness
        ],
        texts=(0, 1, 3, 6),
    )  # fmt: skip


def _calls(quality: Quality) -> Table:
    return Table(
        "Calls to publishers in the period",
        ["publisher", "calls", "failed", "mean seconds", "last call", "last error"],
        [
            [row["api_name"], number(row["calls"]), number(row["errors"]),
             number(row["mean_seconds"], 1), when(row["last_call"]), row["last_error"] or ""]
            for row in quality.calls
        ],
        texts=(0, 4, 5),
    )  # fmt: skip
