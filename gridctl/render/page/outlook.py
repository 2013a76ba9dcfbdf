"""The figure of the forecast with its band."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gridctl.clock import HALF_HOUR
from gridctl.render.page.figure import Figure, Series, Spec, Table
from gridctl.render.page.spec import chart, cursor, lines, stepped, time_x, y
from gridctl.render.page.words import millis, number, when
from gridctl.report.gather import Report
from gridctl.report.outlook import CarbonOutlook, OutlookSlot

_SERIES = (
    Series("actual", "actual", "ink"),
    Series("forecast", "forecast", "blue"),
    Series("band", "four out of five come within", "blue", "band"),
)


def outlook_figure(report: Report) -> Figure:
    """What is to come, as known at the period's end."""
    outlook = report.outlook
    words: dict[str, Any] = {"id": "outlook", "title": "Forecast, and how sure it is"}
    if outlook.empty is not None:
        return Figure(**words, says="", empty=outlook.empty)
    series = [s for s in _SERIES if _has_values(outlook, s)]
    return Figure(
        **words,
        says=_says(outlook),
        spec=_spec(outlook, report.period.at),
        series=series,
        tables=[_table(outlook)],
        notes=_notes(outlook, report.period.at),
        is_synthetic=outlook.is_synthetic,
        unit="g/kWh",
        reads=True,
    )


def _says(outlook: CarbonOutlook) -> str:
    if outlook.greenest is None:
        return "No four hours ahead are forecast without a gap."
    start, end, mean = outlook.greenest
    return (
        f"The cleanest four hours ahead are {when(start)} to {end:%H:%M} UTC, with "
        f"{number(mean)} g/kWh on average."
    )


def _has_values(outlook: CarbonOutlook, series: Series) -> bool:
    if series.key == "band":
        return outlook.no_band is None
    return any(getattr(slot, series.key) is not None for slot in outlook.slots)


def _notes(outlook: CarbonOutlook, at: datetime) -> list[str]:
    notes = [
        f"As it was known on {when(at)} UTC: what was forecast later is left out, and an actual is "
        "known half an hour after its end."
    ]
    notes += [
        f"Without a value in these days: {s.label}."
        for s in _SERIES[:2]
        if not _has_values(outlook, s)
    ]
    if outlook.no_band is None:
        notes.append(
            "The band is the forecast plus the 10 % and 90 % quantiles of actual less forecast of "
            "the last eight weeks, by how far ahead they looked; it holds for single half hours."
        )
        if any(slot.forecast is not None and slot.low is None for slot in outlook.slots):
            notes.append("Where there is none, too few forecasts looked as far ahead.")
    else:
        notes.append(outlook.no_band[:1].upper() + outlook.no_band[1:] + ".")
    return notes


def _spec(outlook: CarbonOutlook, at: datetime) -> Spec:
    slots = outlook.slots
    x, upright = time_x(slots[0].start, slots[-1].start + HALF_HOUR), y("g/kWh")
    layers: list[Spec] = []
    if outlook.greenest is not None:
        layers.append(_stretch(*outlook.greenest[:2]))
    if outlook.no_band is None:
        layers.append(_band(x))
    drawn = lines(_SERIES[:2], x, upright, HALF_HOUR)
    layers += [drawn, _moment(at), cursor(slots[0].start)]
    return chart(layers, [_row(slot) for slot in slots])


def _row(slot: OutlookSlot) -> dict[str, Any]:
    row: dict[str, Any] = {
        "t": millis(slot.start), "actual": slot.actual, "forecast": slot.forecast,
        "low": _rounded(slot.low), "high": _rounded(slot.high),
    }  # fmt: skip
    if slot.low is not None and slot.high is not None:
        row["band"] = f"{number(slot.low)} to {number(slot.high)}"
    return row


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _band(x: Spec) -> Spec:
    return {
        "transform": [*stepped(HALF_HOUR), {"filter": "indexof(hidden, 'band') < 0"}],
        "mark": {"type": "area", "color": "var(--blue)",
                 "opacity": 0.22, "aria": False},
        "encoding": {"x": x, "y": {"field": "low", **y("g/kWh")}, "y2": {"field": "high"}},
    }  # fmt: skip


def _stretch(start: datetime, end: datetime) -> Spec:
    return {
        "data": {"values": [{"t": millis(start), "e": millis(end)}]},
        "mark": {"type": "rect", "color": "var(--green)", "opacity": 0.2, "aria": False},
        "encoding": {"x": {"field": "t", "type": "temporal"}, "x2": {"field": "e"}},
    }


def _moment(at: datetime) -> Spec:
    place = {"field": "t", "type": "temporal"}
    return {
        "data": {"values": [{"t": millis(at)}]},
        "layer": [
            {"mark": {"type": "rule", "color": "var(--faint)", "strokeDash": [2, 3],
                      "aria": False}, "encoding": {"x": place}},
            {"mark": {"type": "text", "text": "known until here", "align": "right", "dx": -5,
                      "dy": 6, "color": "var(--faint)", "fontSize": 12, "aria": False},
             "encoding": {"x": place, "y": {"value": 0}}},
        ],
    }  # fmt: skip


def _table(outlook: CarbonOutlook) -> Table:
    hours = outlook.slots[::2]
    return Table(
        "Every second half hour, in g/kWh",
        ["from (UTC)", "actual", "forecast", "low (10 %)", "high (90 %)"],
        [
            [when(slot.start), *map(number, (slot.actual, slot.forecast, slot.low, slot.high))]
            for slot in hours
        ],
    )
