"""Bring archived rows back as they were.

A row that is not in the store goes in whole, with its ids and times. One that is there just so is
left. Of one that is there with other content the newer value of each field wins, as if the payloads
that brought both were loaded again; in ``api_logs``, which has no versions, what is there stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from gridctl.config import Config
from gridctl.errors import DataError
from gridctl.model import Batch, natural_id
from gridctl.store import merge
from gridctl.store.archive.checksum import row_hash
from gridctl.store.archive.parquet import Archived, open_archive, rows_of
from gridctl.store.connect import open_writer
from gridctl.store.load import Loaded
from gridctl.store.merge import Origin
from gridctl.store.retention import PRUNABLE
from gridctl.store.tables import TABLES, Table, time_of
from gridctl.store.transaction import transaction
from gridctl.store.upsert import ColumnTypes, Part, column_types, upsert


def restore(config: Config, paths: Sequence[Path]) -> list[Loaded]:
    """Bring archive files back; one result per file. One that is no good is refused by itself.

    Raises :class:`gridctl.errors.DatabaseError` when the database cannot be written.
    """
    if not paths:
        return []
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        con.execute("SET checkpoint_threshold = '256MB'")  # as loading does, for the same reason
        types = column_types(con)
        return [_restore_one(con, config, types, path) for path in paths]


def _restore_one(con: Any, config: Config, types: ColumnTypes, path: Path) -> Loaded:
    nobody = natural_id("payload", str(path))
    table = ""
    try:
        archived = open_archive(con, path)
        table = archived.table
        _refuse_other_columns(archived, types)
        with transaction(con):
            inserted, updated, rejected = _bring_in(con, config, types, archived)
    except DataError as error:
        return Loaded(nobody, "archive", table, str(path), "refused", error=str(error))
    except (duckdb.ConstraintException, duckdb.BinderException) as error:
        why = f"its rows do not fit this database: {str(error).splitlines()[0]}"
        return Loaded(nobody, "archive", table, str(path), "refused", error=why)
    status = "loaded" if inserted or updated or rejected else "unchanged"
    rows = archived.checksum.rows
    return Loaded(nobody, "archive", table, str(path), status, inserted, updated, rejected, rows)


def _refuse_other_columns(archived: Archived, types: ColumnTypes) -> None:
    """What an older step lacked stays at its default; what this one does not know has no place."""
    if archived.table not in PRUNABLE:
        raise DataError(f"it holds rows of {archived.table!r}, which are not archived")
    own = types[archived.table]
    other = [f"{name} {kind}" for name, kind in archived.types.items() if own.get(name) != kind]
    if other:
        raise DataError(f"{archived.table} here has no {', '.join(other)}")


def _bring_in(
    con: Any, config: Config, types: ColumnTypes, archived: Archived
) -> tuple[int, int, int]:
    """Rows inserted, updated and rejected, inside the caller's transaction."""
    table, time = archived.table, time_of(archived.types)
    con.execute(f"CREATE OR REPLACE TEMP VIEW archived AS FROM {rows_of(archived.path)}")
    # Only the span of the file can hold its rows: that is quicker than to look through them all.
    first, last = con.execute(
        f"SELECT min({time})::VARCHAR, max({time})::VARCHAR FROM archived"
    ).fetchall()[0]
    span = merge.span_condition(time, first, last)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE compared AS
            SELECT a.id, t.id IS NULL AS is_new,
                   {row_hash(archived.types, "a")} = {row_hash(archived.types, "t")} AS is_same
            FROM archived a LEFT JOIN (FROM {table} t WHERE {span}) t USING (id)"""
    )
    inserted, others = con.execute(
        """SELECT count(*) FILTER (is_new), count(*) FILTER (NOT is_new AND NOT is_same)
           FROM compared"""
    ).fetchall()[0]
    if inserted:
        con.execute(
            f"""INSERT INTO {table} BY NAME
                SELECT a.* FROM archived a JOIN compared USING (id) WHERE is_new ORDER BY {time}"""
        )
    if not others or table not in TABLES:
        return inserted, 0, 0
    updated, rejected = _meet(con, config, types, TABLES[table])
    return inserted, updated, rejected


def _meet(con: Any, config: Config, types: ColumnTypes, table: Table) -> tuple[int, int]:
    """Merge archived rows into the rows that are there: what was updated and rejected."""
    updated = rejected = 0
    for _, parts in groupby(_pieces(con, table), key=lambda part: part.origin.source):
        for done in upsert(con, list(parts), config.limits(), types):
            updated += done.updated
            rejected += len(done.rejects)
    return updated, rejected


def _pieces(con: Any, table: Table) -> Iterator[Part]:
    """The rows taken apart into what each payload had said: those of one source together, and of
    each the oldest first."""
    rows = con.sql(_pieces_sql(table)).to_arrow_table()
    versions = rows.select(["source", "version"]).to_pylist()
    start = 0
    for (source, version), same in groupby(versions, key=lambda v: (v["source"], v["version"])):
        length = len(list(same))
        piece = rows.slice(start, length)
        start += length
        as_of, _, payload_id = version.partition("/")
        origin = Origin(source, UUID(payload_id), datetime.fromisoformat(as_of))
        yield Part(origin, Batch(table.name, {name: piece[name] for name in table.columns}))


def _pieces_sql(table: Table) -> str:
    own = f"strftime(fetched_at, '{merge.VERSION_TIME}') || '/' || payload_id"
    versions: Mapping[str, str] = {
        group[0]: f"coalesce(json_extract_string(older_fields, '$.{group[0]}'), own)"
        for group in table.groups
    }
    values = ", ".join(
        f"CASE WHEN {versions[group[0]]} = version THEN {name} END AS {name}"
        for group in table.groups
        for name in group
    )
    keys = ", ".join(dict.fromkeys((*table.key, *table.fixed)))
    return f"""
        SELECT source, version, {keys}, {values}
        FROM (SELECT *, {own} AS own, unnest(list_distinct([{", ".join(versions.values())}, own]))
                  AS version
              FROM archived JOIN compared USING (id) WHERE NOT is_new AND NOT is_same)
        ORDER BY source, version"""
