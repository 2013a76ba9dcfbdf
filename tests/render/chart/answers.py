"""Answers to draw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gridctl.query.answer import Answer
from gridctl.query.chart import read_chart
from gridctl.render.chart.plot import Heading, Plot

START = datetime(2026, 5, 5, tzinfo=UTC)
TIME = "TIMESTAMP WITH TIME ZONE"
PRICES = read_chart("line timestamp : price_gbp_mwh : GBP/MWh")


def answer(columns: dict[str, str], *rows: tuple[Any, ...]) -> Answer:
    return Answer(list(columns.items()), list(rows))


def series(
    values: Sequence[float | None], start: datetime = START, step: timedelta = timedelta(minutes=30)
) -> Answer:
    """Prices from ``start``, a step apart."""
    rows = [(start + index * step, value) for index, value in enumerate(values)]
    return answer({"timestamp": TIME, "price_gbp_mwh": "DOUBLE"}, *rows)


def plot(given: Answer, chart: str | None = None, kind: str | None = None, **more: Any) -> Plot:
    """A plot titled ``T``, of prices unless told otherwise."""
    declared = read_chart(chart) if chart else PRICES
    return Plot(given, declared, Heading("T"), kind=kind, **more)
