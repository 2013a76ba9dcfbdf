"""Rows that refer to one that is not there.

DuckDB keeps foreign keys whole, but a copy made by other tools loses them. So what should refer to
what is read from the schema, not from the database that is checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from gridctl.store import migrate
from gridctl.store.checks.finding import ERROR, Asked, Check, Found, bad_rows

# A reference that could not be a foreign key: see schema/steps/0004_compute.sql.
_UNDECLARED = (("compute_workloads", "scheduled_region_id", "uk_regions"),)


@cache
def references() -> tuple[tuple[str, str, str], ...]:
    """Table, column, and the table whose ``id`` it holds."""
    with duckdb.connect() as con:
        migrate.upgrade(con, Path(":memory:"))
        declared = con.execute(
            """SELECT table_name, constraint_column_names[1], referenced_table
               FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY' ORDER BY ALL"""
        ).fetchall()
    return (*declared, *_UNDECLARED)


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    for child, column, parent in references():
        if child == table:
            yield from bad_rows(
                con,
                asked,
                table,
                f"{column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {parent})",
                f"rows whose {column} is not in {parent}",
                example=f"{column}::VARCHAR",
            )


CHECK = Check(
    "orphan",
    ERROR,
    "a row refers to one that is not there: a region, a zone, a window, a workload",
    (
        "agent_negotiations", "agents", "beckn_transactions", "carbon_intensity_regional",
        "compute_assets", "compute_windows", "compute_workloads", "demand_regional",
        "forecast_vintages", "generation_mix_regional", "grid_snapshots", "grid_zones", "offers",
        "wholesale_prices", "workload_schedules",
    ),
    _find,
)  # fmt: skip
