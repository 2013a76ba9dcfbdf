"""What the store holds: rows, spans and freshness by table, and what waits beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridctl.config import Config
from gridctl.landing import Landing
from gridctl.store.connect import open_reader
from gridctl.store.read_copy import ReadCopy, read_copy
from gridctl.store.tables import time_of


@dataclass(frozen=True)
class TableStatus:
    """One table: rows, and the span of the time that matters in it."""

    table: str
    rows: int
    oldest: datetime | None
    newest: datetime | None
    last_fetched: datetime | None
    synthetic_rows: int


@dataclass(frozen=True)
class StoreStatus:
    """The whole store. ``payloads`` counts by state; sizes in bytes."""

    path: str
    size_bytes: int
    landing_bytes: int
    tables: list[TableStatus]
    payloads: dict[str, int]
    rejects: int
    read_copy: ReadCopy | None = None


def store_status(config: Config) -> StoreStatus:
    """Count everything. Raises :class:`gridctl.errors.DatabaseError` as reading does."""
    landing = Landing(config.database)
    with open_reader(config.database, config["store.lock_timeout"]) as con:
        columns: dict[str, set[str]] = {}
        for table, column in con.execute(
            """SELECT c.table_name, c.column_name FROM duckdb_columns() c
               JOIN duckdb_tables() t USING (schema_name, table_name)
               WHERE schema_name = 'main' ORDER BY table_name"""
        ).fetchall():
            columns.setdefault(table, set()).add(column)
        tables = [_table_status(con, table, names) for table, names in columns.items()]
    return StoreStatus(
        str(config.database),
        config.database.stat().st_size,
        landing.path.stat().st_size if landing.path.exists() else 0,
        tables,
        landing.counts_by_state(),
        landing.count_rejects(),
        read_copy(config),
    )


def _table_status(con: Any, table: str, columns: set[str]) -> TableStatus:
    time = time_of(columns)
    fetched = "max(fetched_at)" if "fetched_at" in columns else "NULL::TIMESTAMPTZ"
    synthetic = "count(*) FILTER (source = 'synthetic')" if "source" in columns else "0"
    row = con.execute(
        f"SELECT count(*), min({time}), max({time}), {fetched}, {synthetic} FROM {table}"
    ).fetchall()[0]
    return TableStatus(table, *row)
