"""Bring a batch of rows into a table: validate, merge, write. All of it in bulk SQL."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from gridctl.model import Batch, Reject
from gridctl.store import merge, vintages
from gridctl.store.merge import Origin
from gridctl.store.tables import TABLES, Table
from gridctl.store.validate import validate

ColumnTypes = Mapping[str, Mapping[str, str]]  # table -> column -> DuckDB type

_ARROW_TYPES = {
    "DOUBLE": pa.float64(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "DOUBLE[]": pa.list_(pa.float64()),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Upserted:
    """Rows inserted and updated, rows left out as repeats, and what was rejected."""

    inserted: int
    updated: int
    repeated: int
    rejects: list[Reject]


def column_types(con: Any) -> ColumnTypes:
    """The column types of every table, read once for many batches."""
    types: dict[str, dict[str, str]] = {}
    for table, column, data_type in con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main'"
    ).fetchall():
        types.setdefault(table, {})[column] = data_type
    return types


def upsert(
    con: Any, batch: Batch, origin: Origin, limits: Mapping[str, float], all_types: ColumnTypes
) -> Upserted:
    """Merge a batch into its table, inside the caller's transaction.

    Leaves temporary tables and views behind for the next call to replace.
    Raises ``duckdb.Error`` when a constraint of the schema is broken.
    """
    table = TABLES[batch.table]
    types = all_types[table.name]
    time = next((name for name in table.key if types[name].startswith("TIMESTAMP")), None)
    con.register("incoming_arrow", _arrow(table, batch, types))
    try:
        con.execute(f"CREATE OR REPLACE TEMP VIEW incoming AS {_completed(table, limits)}")
        staged = validate(con, table, origin.as_of, limits, time)
        repeated = vintages.drop_repeats(con, limits) if table.name == "forecast_vintages" else 0
        span = merge.span_condition(time, staged.first, staged.last)
        inserted, updated = merge.merge(con, table, origin, types, span)
    finally:
        with suppress(duckdb.Error):  # in a transaction that failed; the failure is what is told
            con.unregister("incoming_arrow")
    return Upserted(inserted, updated, repeated, staged.rejects)


def _completed(table: Table, limits: Mapping[str, float]) -> str:
    """The batch with its derived columns worked out."""
    derived = ", ".join(
        f"{sql.format_map(limits)} AS {name}" for name, sql in table.derived.items()
    )
    return f"SELECT * {f'REPLACE ({derived})' if derived else ''} FROM incoming_arrow"


def _arrow(table: Table, batch: Batch, types: Mapping[str, str]) -> pa.Table:
    """The batch with every column that its table can take; those it lacks are NULL."""
    columns = {}
    for name in table.columns:
        arrow_type = _ARROW_TYPES.get(types[name], pa.string())
        values = batch.columns.get(name)
        columns[name] = (
            pa.nulls(len(batch), arrow_type) if values is None else _array(values, arrow_type)
        )
    return pa.table(columns)


def _array(values: Any, arrow_type: pa.DataType) -> Any:
    if isinstance(values, pa.Array | pa.ChunkedArray):  # made by SQL, not by a parser
        return values.cast(arrow_type)
    return pa.array(values, arrow_type)
