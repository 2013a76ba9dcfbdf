"""What is special about forecast vintages when they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def drop_repeats(con: Any, limits: Mapping[str, float]) -> int:
    """Clean the staged vintages and leave out those that only repeat the newest; how many.

    Values of carbon intensity outside the limits become gaps. A repeat is newer than every stored
    vintage with its first slot, and has the values of the newest of them: the publisher said
    nothing new. One that comes late, from between others, is always kept.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE vintages AS FROM staged")
    for scope, name in (("IS NULL", "national"), ("IS NOT NULL", "regional")):
        low, high = limits[f"{name}_intensity_min"], limits[f"{name}_intensity_max"]
        con.execute(
            f"""UPDATE vintages SET forecast_values = list_transform(
                    forecast_values, lambda x: CASE WHEN x BETWEEN {low} AND {high} THEN x END)
                WHERE series = 'carbon_intensity' AND region_number {scope}"""
        )
    before = con.execute("SELECT count(*) FROM vintages").fetchall()[0][0]
    con.execute(
        """DELETE FROM vintages WHERE rowid IN (
               SELECT s.rowid FROM vintages s JOIN forecast_vintages v
                   ON v.series = s.series AND v.region_number IS NOT DISTINCT FROM s.region_number
                  AND v.first_timestamp = s.first_timestamp
               QUALIFY row_number() OVER (PARTITION BY s.rowid ORDER BY v.issued_at DESC) = 1
                   AND v.issued_at < s.issued_at
                   AND v.forecast_values IS NOT DISTINCT FROM s.forecast_values)"""
    )
    con.execute("CREATE OR REPLACE TEMP VIEW staged AS FROM vintages")
    return int(before - con.execute("SELECT count(*) FROM vintages").fetchall()[0][0])
