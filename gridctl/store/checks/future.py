"""Nobody has measured a half hour that has not begun."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.clock import iso
from gridctl.store.checks.finding import ERROR, Asked, Check, Found, bad_rows

# SQL for the rows that say what was, not what will be.
_MEASURED = {
    "carbon_intensity_national": "actual_gco2_kwh IS NOT NULL",
    "demand_actual_national": "national_demand_mw IS NOT NULL",
    "demand_regional": "NOT is_forecast",
    "wholesale_prices": "price_type IN ('market_index', 'system_price')",
}


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    yield from bad_rows(
        con,
        asked,
        table,
        f"timestamp > TIMESTAMPTZ '{iso(asked.now)}' AND {_MEASURED[table]}",
        "actuals of half hours that have not begun",
    )


CHECK = Check(
    "future_actual", ERROR, "an actual of a half hour that has not begun", tuple(_MEASURED), _find
)
