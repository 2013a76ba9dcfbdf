"""Settlement date and period name the half hour of the row, on local clocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.store.checks.finding import ERROR, Asked, Check, Found, bad_rows


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    stored = "{'settlement_date': settlement_date, 'settlement_period': settlement_period::BIGINT}"
    yield from bad_rows(
        con,
        asked,
        table,
        f"settlement_date IS NOT NULL AND {stored} IS DISTINCT FROM utc_to_settlement(timestamp)",
        "rows whose settlement date and period are not those of their timestamp",
        example="settlement_date || ' period ' || coalesce(settlement_period::VARCHAR, 'none')",
    )


CHECK = Check(
    "settlement_period", ERROR, "settlement date and period are not those of `timestamp`",
    ("demand_actual_national", "wholesale_prices"), _find,
)  # fmt: skip
