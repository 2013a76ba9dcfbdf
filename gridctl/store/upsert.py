"""Bring a batch of rows into a table: validate, merge, write. All of it in bulk SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
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
class Part:
    """The rows that one payload brings to a table."""

    origin: Origin
    batch: Batch


@dataclass
class Upserted:
    """Rows inserted and updated, rows left out as repeats, and what was rejected."""

    inserted: int = 0
    updated: int = 0
    repeated: int = 0
    rejects: list[Reject] = field(default_factory=list)


def column_types(con: Any) -> ColumnTypes:
    """The column types of every table, read once for many batches."""
    types: dict[str, dict[str, str]] = {}
    for table, column, data_type in con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main'"
    ).fetchall():
        types.setdefault(table, {})[column] = data_type
    return types


def upsert(
    con: Any, parts: Sequence[Part], limits: Mapping[str, float], all_types: ColumnTypes
) -> list[Upserted]:
    """Merge what payloads of one source bring to one table, inside the caller's transaction.

    What becomes of each part is the same as if they were brought one by one, oldest first. Leaves
    temporary tables and views behind for the next call to replace. Raises ``duckdb.Error`` when a
    constraint of the schema is broken.
    """
    if parts[0].batch.table == "forecast_vintages" and len(parts) > 1:
        # Whether one only repeats the one before depends on that being stored.
        return [done for part in parts for done in upsert(con, [part], limits, all_types)]
    table = TABLES[parts[0].batch.table]
    types = all_types[table.name]
    con.register("incoming_arrow", _arrow(table, parts, types))
    try:
        con.execute(f"CREATE OR REPLACE TEMP VIEW incoming AS {_completed(table, limits)}")
        _name_origins(con, parts)
        return _merge(con, table, parts, limits, types)
    finally:
        with suppress(duckdb.Error):  # in a transaction that failed; the failure is what is told
            con.unregister("incoming_arrow")


def _merge(
    con: Any,
    table: Table,
    parts: Sequence[Part],
    limits: Mapping[str, float],
    types: Mapping[str, str],
) -> list[Upserted]:
    done = [Upserted() for _ in parts]
    time = next((name for name in table.key if types[name].startswith("TIMESTAMP")), None)
    staged = validate(con, table, limits, time)
    for payload, reject in staged.rejects:
        done[payload].rejects.append(reject)
    if table.name == "forecast_vintages":
        done[0].repeated = vintages.drop_repeats(con, limits)
    span = merge.span_condition(time, staged.first, staged.last)
    for turn in range(1, staged.turns + 1):
        counts = merge.merge(con, table, turn, parts[0].origin.source, types, span)
        for payload, (inserted, updated) in counts.items():
            done[payload].inserted += inserted
            done[payload].updated += updated
    return done


def _name_origins(con: Any, parts: Sequence[Part]) -> None:
    """Make ``origins``: the number of each payload with its version, id and moment."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE origins ({merge.ORIGIN_COLUMNS})")
    origins = [part.origin for part in parts]
    con.execute(
        """INSERT INTO origins SELECT unnest(range(?)), unnest(?::VARCHAR[]), unnest(?::UUID[]),
               unnest(?::TIMESTAMPTZ[])""",
        [
            len(origins),
            [origin.version for origin in origins],
            [str(origin.payload_id) for origin in origins],
            [origin.as_of for origin in origins],
        ],
    )


def _completed(table: Table, limits: Mapping[str, float]) -> str:
    """The batch with its derived columns worked out."""
    derived = ", ".join(
        f"{sql.format_map(limits)} AS {name}" for name, sql in table.derived.items()
    )
    return f"SELECT * {f'REPLACE ({derived})' if derived else ''} FROM incoming_arrow"


def _arrow(table: Table, parts: Sequence[Part], types: Mapping[str, str]) -> pa.Table:
    """The rows with every column that their table can take, NULL where a batch lacks it, and the
    number of their payload."""
    return pa.concat_tables([_numbered(table, i, part, types) for i, part in enumerate(parts)])


def _numbered(table: Table, number: int, part: Part, types: Mapping[str, str]) -> pa.Table:
    batch = part.batch
    columns = {"payload": pa.array([number] * len(batch), pa.int32())}
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
