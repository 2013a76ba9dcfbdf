"""Figures of values along time: carbon, mix, demand, prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gridctl.render.page.figure import Figure, Series, Spec, Table
from gridctl.render.page.legend import left_out, used_of
from gridctl.render.page.spec import chart, colours, cursor, folded, lines, stepped, time_x, y, zoom
from gridctl.render.page.words import counted, millis, number, pounds, share, steps, when
from gridctl.report.gather import Report
from gridctl.report.period import Period
from gridctl.report.timeline import Timeline

_CARBON = (
    Series("forecast", "forecast, last revision", "blue", "dashed"),
    Series("actual", "actual", "ink"),
)
_FUELS = (
    Series("nuclear", "nuclear", "purple", "area"),
    Series("wind", "wind", "sky", "area"),
    Series("solar", "solar", "yellow", "area"),
    Series("hydro", "hydro", "blue", "area"),
    Series("biomass", "biomass", "green", "area"),
    Series("imports", "imports", "grey", "area"),
    Series("other", "other", "pale", "area"),
    Series("gas", "gas", "vermilion", "area"),
    Series("coal", "coal", "ink", "area"),
)
_DEMAND = (
    Series("day_ahead", "forecast a day ahead", "blue", "dashed"),
    Series("outturn", "outturn", "ink"),
)
_PRICES = (
    Series("market_index", "market index", "blue"),
    Series("day_ahead_auction", "day-ahead auction", "green"),
    Series("system_price", "system price", "vermilion", "dashed"),
)


def carbon_figure(report: Report) -> Figure:
    """National intensity."""
    carbon = report.carbon
    says = (
        f"A kilowatt hour caused {number(carbon.mean)} g of CO₂ on average, the least "
        f"({number(carbon.lowest)} g) on {when(carbon.lowest_at)}, the most "
        f"({number(carbon.highest)} g) on {when(carbon.highest_at)}."
    )
    return _line_figure(
        report.period, carbon.timeline, _CARBON, "g/kWh", carbon.empty,
        id="carbon", title="Carbon intensity of Great Britain", says=says,
    )  # fmt: skip


def mix_figure(report: Report) -> Figure:
    """Shares of fuels, stacked."""
    mix, period = report.mix, report.period
    says = (
        f"{number(mix.mean_renewable)} % of generation was renewable and "
        f"{number(mix.mean_zero_carbon)} % without carbon on average; at most "
        f"{number(mix.most_renewable)} % was renewable in a half hour."
    )
    used = used_of(mix.timeline, _FUELS)
    order = "[" + ",".join(f"'{s.key}'" for s in used) + "]"
    stack: Spec = {
        "params": [zoom()],
        "transform": [
            *stepped(mix.timeline.step),
            *folded(used),
            {"calculate": f"indexof({order}, datum.s)", "as": "o"},
        ],
        "mark": {"type": "area", "clip": True, "aria": False},
        "encoding": {
            "x": time_x(period.start, period.end),
            "y": {"field": "v", "stack": "zero", **y("% of generation")},
            "order": {"field": "o", "type": "quantitative"},
            "color": colours(used),
        },
    }
    return _figure(
        mix.timeline, used, [stack, cursor(period.start)], "%", 1, mix.empty,
        id="mix", title="What it was made from", says=says,
        notes=[*left_out(mix.timeline, _FUELS),
               "Renewable is wind, solar, hydro and biomass; without carbon is wind, solar, hydro "
               "and nuclear."],
    )  # fmt: skip


def demand_figure(report: Report) -> Figure:
    """Outturn and forecast of national demand."""
    demand = report.demand
    says = (
        f"Demand was highest on {when(demand.peak_at)}, at {number(demand.peak)} MW."
        if demand.peak is not None
        else "There is a forecast, but no outturn yet."
    )
    return _line_figure(
        report.period, demand.timeline, _DEMAND, "MW", demand.empty, zero=False,
        id="demand", title="Demand", says=says,
    )  # fmt: skip


def price_figure(report: Report) -> Figure:
    """Wholesale prices."""
    prices = report.prices
    count = prices.negative_half_hours
    below = f"below zero in {counted(count, 'half hour')}" if count else "never below zero"
    says = (
        f"A megawatt hour cost {pounds(prices.mean)} on average on the day's market, between "
        f"{pounds(prices.lowest)} and {pounds(prices.highest)}; it was {below}."
        if prices.mean is not None
        else "There is no market index in this period, but another price."
    )
    return _line_figure(
        report.period, prices.timeline, _PRICES, "GBP/MWh", prices.empty, places=2,
        id="price", title="Price", says=says,
    )  # fmt: skip


def _line_figure(
    period: Period,
    timeline: Timeline,
    series: Sequence[Series],
    unit: str,
    empty: str | None,
    *,
    zero: bool = True,
    places: int = 0,
    **words: Any,
) -> Figure:
    used = used_of(timeline, series)
    drawn = lines(used, time_x(period.start, period.end), y(unit, zero=zero), timeline.step)
    layers = [{"params": [zoom()], **drawn}, cursor(period.start)]
    notes = left_out(timeline, series)
    return _figure(timeline, used, layers, unit, places, empty, notes=notes, **words)


def _figure(
    timeline: Timeline,
    series: Sequence[Series],
    layers: Sequence[Spec],
    unit: str,
    places: int,
    empty: str | None,
    *,
    notes: Sequence[str] = (),
    **words: Any,
) -> Figure:
    if empty is not None:
        return Figure(**words, empty=empty)
    return Figure(
        **words,
        spec=chart(layers, _wide(timeline, series)),
        series=series,
        tables=[_table(timeline, series, unit, places)],
        notes=[*_missing(timeline), *notes, f"Drawn are {steps(timeline.step)}, in UTC."],
        is_synthetic=timeline.is_synthetic,
        unit=unit,
        places=places,
        reads=True,
        zooms=True,
    )


def _wide(timeline: Timeline, series: Sequence[Series]) -> list[dict[str, Any]]:
    places = [1 + timeline.names.index(s.key) for s in series]
    return [
        {"t": millis(row[0])}
        | {
            s.key: None if row[i] is None else round(row[i], 2)
            for s, i in zip(series, places, strict=True)
        }
        for row in timeline.rows
    ]


def _table(timeline: Timeline, series: Sequence[Series], unit: str, places: int) -> Table:
    indices = [1 + timeline.names.index(s.key) for s in series]
    rows = [[when(row[0]), *(number(row[i], places) for i in indices)] for row in timeline.listed]
    return Table(
        f"{steps(timeline.listed_step).capitalize()}, in {unit}",
        ["from (UTC)", *(s.label for s in series)],
        rows,
    )


def _missing(timeline: Timeline) -> list[str]:
    missing = timeline.expected - timeline.present
    if missing <= 0:
        return []
    part = share(missing, timeline.expected)
    return [f"Missing: {missing:,} of {timeline.expected:,} half hours ({part}), left as gaps."]
