"""What a rebuild takes over from the old database, attached as ``old``, into the new one.

A fetched row can be made anew when the journal holds every answer that has a part in it: the newest
that spoke of it, ``payload_id``, and those of its older values, ``older_fields``. All others, and
all rows that were never fetched, are carried over as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from gridctl.errors import DatabaseError
from gridctl.store.export.catalogue import Table, tables_of, text_literal
from gridctl.store.tables import TABLES

_SEEDED = "uk_regions"
_CALLS = "api_logs"


@dataclass(frozen=True)
class Change:
    """One table: rows before and after, and how many of those after were carried over.

    ``gone`` are rows whose answers the journal holds, but which reading these no longer makes.
    """

    table: str
    before: int
    after: int
    carried: int
    gone: int


def attach(con: Any, database: Path) -> None:
    """Attach the old database to a connection to the new one.

    Raises :class:`DatabaseError` when it holds what gridctl did not make and would not carry over.
    """
    con.execute(f"ATTACH {text_literal(database)} AS old (READ_ONLY)")
    foreign = con.execute(
        """WITH things AS (
               SELECT database_name, schema_name || '.' || table_name AS name
               FROM duckdb_tables() WHERE NOT internal AND NOT temporary
               UNION ALL
               SELECT database_name, schema_name || '.' || view_name
               FROM duckdb_views() WHERE NOT internal AND NOT temporary
               UNION ALL
               SELECT database_name, schema_name || '.' || function_name || '()'
               FROM duckdb_functions() WHERE NOT internal
           )
           SELECT name FROM things WHERE database_name = 'old'
           EXCEPT SELECT name FROM things WHERE database_name = current_database()
           ORDER BY name"""
    ).fetchall()
    if foreign:
        names = ", ".join(name for (name,) in foreign)
        raise DatabaseError(
            f"{database} also holds {names}, which a rebuild would leave behind; "
            "keep them in a database of their own"
        )


def carry_over(con: Any, held: Iterable[UUID]) -> dict[str, int]:
    """Copy the rows that the answers ``held`` do not make; how many of each table."""
    con.execute("CREATE TEMP TABLE held (payload_id UUID)")
    con.execute("INSERT INTO held SELECT unnest(?::UUID[])", [[str(one) for one in held]])
    tables = tables_of(con)
    # Rows that others refer to must be there before those, so all of them are.
    whole = {referred for table in tables for referred in table.references.values()}
    carried = {}
    for table in tables:
        if table.name != _SEEDED:
            is_whole = table.name in whole or table.name not in TABLES
            rows = f"old.{table.name}" if is_whole else f"({_not_made_by_held(table)})"
            con.execute(f"INSERT INTO {table.name} BY NAME SELECT * FROM {rows}")
            carried[table.name] = con.fetchall()[0][0]
    return carried


def _not_made_by_held(table: Table) -> str:
    return f"""
        SELECT * FROM old.{table.name}
        WHERE payload_id NOT IN (FROM held) OR id IN (
            SELECT id FROM (
                SELECT id, unnest(json_extract_string(older_fields, '$.*')) AS version
                FROM old.{table.name} WHERE older_fields IS NOT NULL
            ) WHERE split_part(version, '/', 2)::UUID NOT IN (FROM held))"""


def restore_calls(con: Any) -> None:
    """Put the log of the old calls back as it stood: reading their answers again is no call."""
    con.execute(f"DELETE FROM {_CALLS} WHERE id IN (SELECT id FROM old.{_CALLS})")
    con.execute(f"INSERT INTO {_CALLS} BY NAME SELECT * FROM old.{_CALLS}")


def compare(con: Any, carried: dict[str, int]) -> list[Change]:
    """What became of each table.

    Raises :class:`DatabaseError` when a table that is never fetched is not the same row for row.
    """
    changes = []
    for name, rows in carried.items():
        before, after, gone = con.execute(
            f"""SELECT (SELECT count(*) FROM old.{name}), (SELECT count(*) FROM {name}),
                       (SELECT count(*) FROM old.{name} WHERE id NOT IN (SELECT id FROM {name}))"""
        ).fetchall()[0]
        if name not in TABLES and _differs(con, name):
            raise DatabaseError(f"{name} did not come through as it was; nothing was replaced")
        changes.append(Change(name, before, after, rows, gone))
    return changes


def _differs(con: Any, name: str) -> bool:
    (table,) = (table for table in tables_of(con) if table.name == name)
    columns = ", ".join(column.quoted for column in table.columns)
    missing = f"SELECT {columns} FROM old.{name} EXCEPT ALL SELECT {columns} FROM {name}"
    return bool(con.execute(f"SELECT 1 FROM ({missing}) LIMIT 1").fetchall())
