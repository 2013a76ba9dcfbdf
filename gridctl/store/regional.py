"""Demand of the regions: nobody publishes it, so it is estimated from the national figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gridctl.model import Batch
from gridctl.store.merge import Origin
from gridctl.store.upsert import Part

# Table of national demand -> whether its rows are forecasts.
NATIONAL = {"demand_actual_national": "FALSE", "demand_forecast_national": "TRUE"}
_METHOD = "estimate: national demand x demand_share of uk_regions"


def regional_demand(con: Any, table: str, origins: Sequence[Origin]) -> list[Part]:
    """Rows for ``demand_regional`` from the rows of ``table`` that payloads have just brought.

    National demand times the region's share of it (``uk_regions.demand_share``, per cent), in MW.
    """
    payloads = ", ".join(f"UUID '{origin.payload_id}'" for origin in origins)
    rows = con.sql(
        f"""SELECT payload_id::VARCHAR AS payload_id, region_number, timestamp,
                   {NATIONAL[table]} AS is_forecast,
                   round(national_demand_mw * demand_share / 100, 1) AS demand_mw,
                   '{_METHOD}' AS method
            FROM {table} CROSS JOIN uk_regions
            WHERE payload_id IN ({payloads}) AND national_demand_mw IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY payload_id, region_number, timestamp) = 1
            ORDER BY payload_id, region_number, timestamp"""
    ).to_arrow_table()
    return [Part(origin, _of(rows, origin)) for origin in origins]


def _of(rows: Any, origin: Origin) -> Batch:
    import pyarrow.compute as pc

    mine = rows.filter(pc.equal(rows["payload_id"], str(origin.payload_id)))
    names = [name for name in mine.column_names if name != "payload_id"]
    return Batch("demand_regional", {name: mine[name] for name in names})
