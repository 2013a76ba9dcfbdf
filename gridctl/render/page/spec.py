"""Parts of Vega-Lite specifications that the charts share.

Colours are variables of page.css, so that a chart follows the theme of the page. Times are
milliseconds, UTC; the field of time is always ``t``, so that the zoom of every chart has one name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from gridctl.clock import HALF_HOUR
from gridctl.render.page.figure import Series, Spec
from gridctl.render.page.words import millis

HEIGHT = 240
FONT = 'system-ui, "DejaVu Sans", sans-serif'  # by name: Vega measures it on a canvas
_TIME_LABEL = (
    "utcFormat(datum.value, utchours(datum.value) || utcminutes(datum.value) ? '%H:%M'"
    " : utcmonth(datum.value) == 0 && utcdate(datum.value) == 1 ? '%b %Y' : '%-d %b')"
)
_CONFIG: Spec = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--faint)", "titleColor": "var(--faint)", "titleFontWeight": "normal",
        "labelFontSize": 12, "titleFontSize": 12, "gridColor": "var(--rule)",
        "domainColor": "var(--rule)", "tickColor": "var(--rule)", "labelPadding": 5,
    },
    "axisY": {"domain": False, "ticks": False, "titlePadding": 8},
    "axisX": {"grid": False},
}  # fmt: skip
_DASHES = {"dashed": [5, 3]}


def chart(layers: Sequence[Spec], rows: Sequence[Any], height: int = HEIGHT) -> Spec:
    """A whole specification over ``rows``, as wide as its place on the page."""
    return {
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 0, "right": 8, "top": 6, "bottom": 4},
        "datasets": {"rows": list(rows)},
        "data": {"name": "rows"},
        "params": [{"name": "hidden", "value": []}, {"name": "at", "value": None}],
        "layer": list(layers),
        "config": _CONFIG,
    }


def time_x(start: datetime, end: datetime) -> Spec:
    """The encoding of the horizontal axis: UTC from ``start`` to ``end``.

    The ends are expressions, for Vega-Lite wraps plain numbers in a call that the interpreter of
    expressions takes for a year.
    """
    ends = {"domainMin": {"expr": str(millis(start))}, "domainMax": {"expr": str(millis(end))}}
    return {
        "field": "t",
        "type": "temporal",
        "scale": {"type": "utc", "nice": False, **ends},
        "axis": {"labelExpr": _TIME_LABEL, "title": None, "tickCount": {"expr": "width / 90"},
                 "labelOverlap": True, "labelFlush": True},
    }  # fmt: skip


def zoom() -> Spec:
    """Drag moves the axis of time, a pinch or the wheel with Ctrl stretches it."""
    select = {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.ctrlKey]"}
    return {"name": "zoom", "bind": "scales", "select": select}


def y(title: str, *, zero: bool = True, **more: Any) -> Spec:
    """The encoding of an upright axis of numbers."""
    return {"type": "quantitative", "title": title, "scale": {"zero": zero, **more},
            "axis": {"tickCount": 5, "format": ",~f"}}  # fmt: skip


def stepped(step: timedelta) -> list[Spec]:
    """A row into its two edges, so that a value holds for its whole step and not a moment longer,
    also beside a gap. A millisecond parts an edge from the next, or a stack would add them up.
    """
    last = step // timedelta(milliseconds=1) - 1
    return [
        {"calculate": f"[toNumber(datum.t), toNumber(datum.t) + {last}]", "as": "edges"},
        {"flatten": ["edges"], "as": ["t"]},
    ]


def folded(series: Sequence[Series]) -> list[Spec]:
    """Wide rows into one row for each series that is not hidden: ``s`` its key, ``v`` its value."""
    return [
        {"fold": [s.key for s in series], "as": ["s", "v"]},
        {"filter": "indexof(hidden, datum.s) < 0"},
    ]


def colours(series: Sequence[Series]) -> Spec:
    """The encoding of colour by series; the legend is the page's own."""
    scale = {"domain": [s.key for s in series], "range": [f"var(--{s.colour})" for s in series]}
    return {"field": "s", "type": "nominal", "scale": scale, "legend": None}


def lines(series: Sequence[Series], x: Spec, y: Spec, step: timedelta) -> Spec:
    """A layer of steps: a value holds for its step; a gap is a gap."""
    dashes = [_DASHES.get(s.look, [1, 0]) for s in series]
    width = 1.6 if step == HALF_HOUR else 1.1  # many steps are many turns
    return {
        "transform": [*stepped(step), *folded(series)],
        "mark": {"type": "line", "strokeWidth": width, "clip": True, "aria": False},
        "encoding": {
            "x": x,
            "y": {"field": "v", **y},
            "color": colours(series),
            "strokeDash": {
                "field": "s", "type": "nominal", "legend": None,
                "scale": {"domain": [s.key for s in series], "range": dashes},
            },
        },
    }  # fmt: skip


def cursor(start: datetime) -> Spec:
    """A layer with an upright line at the time that the page's script sets as ``at``.

    Until then it stands unseen at ``start``: an axis needs a place for everything on it.
    """
    return {
        "data": {"values": [{}]},
        "transform": [{"calculate": f"at === null ? {millis(start)} : at", "as": "t"}],
        "mark": {"type": "rule", "color": "var(--ink)", "strokeWidth": 1, "clip": True,
                 "aria": False, "opacity": {"expr": "at === null ? 0 : 1"}},
        "encoding": {"x": {"field": "t", "type": "temporal"}},
    }  # fmt: skip


def time_title(field: str = "t") -> Spec:
    """A transform that spells the time of a row for its tooltip, as ``when``."""
    return {"calculate": f"utcFormat(datum.{field}, '%a %-d %b %Y %H:%M')", "as": "when"}
