"""Forecasts that were far from what came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gridctl.store.checks.finding import WARNING, Asked, Check, Found, bad_rows


@dataclass(frozen=True)
class _Compared:
    relation: str
    forecast: str
    actual: str
    unit: str
    largest: int  # a larger error is told of


_COMPARED = {
    # In 2023 half of the recorded forecasts were within 7 g/kWh, 99.9 per cent within 87; nine of
    # 18,132 were off by more than 100, the worst by 183.
    "carbon_intensity_national": _Compared(
        "carbon_intensity_national", "forecast_gco2_kwh", "actual_gco2_kwh", "g/kWh", 100
    ),
    # A seventh of a winter peak, a quarter of a summer night: weather is not that wrong.
    "demand_forecast_national": _Compared(
        """(SELECT f.*, a.national_demand_mw AS actual_mw
            FROM demand_forecast_national f JOIN demand_actual_national a USING (timestamp))""",
        "national_demand_mw",
        "actual_mw",
        "MW",
        7000,
    ),
}


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    c = _COMPARED[table]
    yield from bad_rows(
        con,
        asked,
        table,
        f"abs({c.forecast} - {c.actual}) > {c.largest}",
        f"half hours whose forecast and actual differ by more than {c.largest} {c.unit}",
        relation=c.relation,
        example=f"'forecast ' || {c.forecast}::BIGINT || ', actual ' || {c.actual}::BIGINT",
        worst=f"abs({c.forecast} - {c.actual})",
    )


CHECK = Check(
    "forecast_against_actual", WARNING,
    "forecast and actual differ by more than 100 g/kWh, or 7,000 MW", tuple(_COMPARED), _find,
)  # fmt: skip
