"""Demand of the regions: nobody publishes it, so it is estimated from the national figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from gridctl.model import Batch
from gridctl.store.upsert import Part

# Table of national demand -> whether its rows are forecasts.
NATIONAL = {"demand_actual_national": "FALSE", "demand_forecast_national": "TRUE"}
_METHOD = "estimate: national demand x demand_share of uk_regions"


def regional_demand(con: Any, parts: Sequence[Part]) -> list[Part]:
    """Rows for ``demand_regional`` from national demand that payloads have just brought.

    National demand as it now stands in the table, times the region's share of it
    (``uk_regions.demand_share``, per cent), in MW; for the half hours of which a payload says a
    demand. Whose row the national one is by now does not matter: another may have added to it.
    """
    table = parts[0].batch.table
    con.register("brought", _brought(parts))
    try:
        rows = con.sql(
            f"""SELECT payload, region_number, timestamp, {NATIONAL[table]} AS is_forecast,
                       round(national_demand_mw * demand_share / 100, 1) AS demand_mw,
                       '{_METHOD}' AS method
                FROM brought JOIN {table} t USING ({", ".join(_key(parts))}) CROSS JOIN uk_regions
                WHERE national_demand_mw IS NOT NULL
                QUALIFY row_number() OVER (PARTITION BY payload, region_number, timestamp
                                           ORDER BY t.fetched_at DESC, t.id) = 1
                ORDER BY payload, region_number, timestamp"""
        ).to_arrow_table()
    finally:
        con.unregister("brought")
    return [Part(part.origin, _of(rows, number)) for number, part in enumerate(parts)]


def _key(parts: Sequence[Part]) -> list[str]:
    return [name for name in ("timestamp", "forecast_type") if name in parts[0].batch.columns]


def _brought(parts: Sequence[Part]) -> pa.Table:
    """The keys of the rows that say a national demand, with the number of their payload."""
    keys = _key(parts)
    columns: dict[str, list[Any]] = {name: [] for name in ("payload", *keys)}
    for number, part in enumerate(parts):
        batch = part.batch
        demands = batch.columns.get("national_demand_mw", [None] * len(batch))
        for row, demand in enumerate(demands):
            if demand is not None:
                columns["payload"].append(number)
                for name in keys:
                    columns[name].append(batch.columns[name][row])
    types = {"payload": pa.int32(), "timestamp": pa.timestamp("us", tz="UTC")}
    return pa.table({n: pa.array(v, types.get(n, pa.string())) for n, v in columns.items()})


def _of(rows: Any, number: int) -> Batch:
    import pyarrow.compute as pc

    mine = rows.filter(pc.equal(rows["payload"], number))
    names = [name for name in mine.column_names if name != "payload"]
    return Batch("demand_regional", {name: mine[name] for name in names})
