"""A row's region id and region number are of one region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.store.checks.finding import ERROR, Asked, Check, Found, bad_rows


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    relation = f"""(SELECT t.*, r.id AS expected_id
                    FROM {table} t LEFT JOIN uk_regions r USING (region_number))"""
    yield from bad_rows(
        con,
        asked,
        table,
        "region_id IS DISTINCT FROM expected_id",
        "rows whose region_id is not that of their region_number",
        relation=relation,
        example="coalesce(region_id::VARCHAR, 'no region_id')",
    )


CHECK = Check(
    "wrong_region",
    ERROR,
    "`region_id` and `region_number` are of two regions",
    (
        "carbon_intensity_regional",
        "generation_mix_regional",
        "demand_regional",
        "wholesale_prices",
        "forecast_vintages",
    ),
    _find,
)
