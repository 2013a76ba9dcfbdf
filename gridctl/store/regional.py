"""Demand of the regions: nobody publishes it, so it is estimated from the national figure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gridctl.model import Batch

# Table of national demand -> whether its rows are forecasts.
NATIONAL = {"demand_actual_national": "FALSE", "demand_forecast_national": "TRUE"}
_METHOD = "estimate: national demand x demand_share of uk_regions"


def regional_demand(con: Any, table: str, payload_id: UUID) -> Batch:
    """Rows for ``demand_regional`` from the rows of ``table`` that a payload has just brought.

    National demand times the region's share of it (``uk_regions.demand_share``, per cent), in MW.
    """
    rows = con.sql(
        f"""SELECT region_number, timestamp, {NATIONAL[table]} AS is_forecast,
                   round(national_demand_mw * demand_share / 100, 1) AS demand_mw,
                   '{_METHOD}' AS method
            FROM {table} CROSS JOIN uk_regions
            WHERE payload_id = UUID '{payload_id}' AND national_demand_mw IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY region_number, timestamp) = 1
            ORDER BY region_number, timestamp"""
    ).to_arrow_table()
    return Batch("demand_regional", {name: rows[name] for name in rows.column_names})
