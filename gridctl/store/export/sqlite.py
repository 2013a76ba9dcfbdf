"""All tables and views as one SQLite file, for any SQLite browser.

Times are text in UTC, ``2025-11-25 14:00:00``, as SQLite's date functions read them; booleans are
0 and 1; lists and JSON are JSON text, ids text; doubles are REAL, bit for bit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from gridctl.resources import schema_dir
from gridctl.store.export.catalogue import Column, Table, quoted

OnRows = Callable[[str, int, int], None]  # table, rows so far, rows in all
_BATCH = 20_000
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "BOOLEAN")
_REALS = ("DOUBLE", "FLOAT")
# What is half written when the program dies is thrown away, so no journal guards it.
_UNGUARDED = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -300000;
"""


def write(
    con: Any, tables: Iterable[Table], path: Path, *, has_views: bool, on_rows: OnRows
) -> dict[str, int]:
    """Write the file; rows by table. Raises ``sqlite3.OperationalError`` when it cannot be."""
    rows = {}
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(_UNGUARDED)
        db.execute("BEGIN")
        for table in tables:
            db.execute(_definition(table))
            rows[table.name] = _copy_rows(con, db, table, on_rows)
            if any(column.name == "timestamp" for column in table.columns):
                # The views look for a few hours of many years.
                name = quoted(f"{table.name}_by_time")
                db.execute(f"CREATE INDEX {name} ON {table.quoted} (timestamp)")
        db.execute("COMMIT")
        if has_views:
            folder = schema_dir() / "sqlite"
            for file in [folder / "as_of.sql", *sorted((folder / "views").glob("*.sql"))]:
                db.executescript(file.read_text(encoding="utf-8"))
    return rows


def _copy_rows(con: Any, db: sqlite3.Connection, table: Table, on_rows: OnRows) -> int:
    total = con.execute(f"SELECT count(*) FROM {table.quoted}").fetchall()[0][0]
    fields = ", ".join(_plain(column) for column in table.columns)
    places = ", ".join("?" for _ in table.columns)
    insert = f"INSERT INTO {table.quoted} VALUES ({places})"
    con.execute(f"SELECT {fields} FROM {table.quoted}")
    done = 0
    while batch := con.fetchmany(_BATCH):
        db.executemany(insert, batch)
        done += len(batch)
        on_rows(table.name, done, total)
    return done


def _plain(column: Column) -> str:
    """The column as something that SQLite has."""
    if column.is_time:
        return f"timezone('UTC', {column.quoted})::VARCHAR"
    if column.is_nested:
        return f"to_json({column.quoted})::VARCHAR"
    return column.quoted if _affinity(column) != "TEXT" else f"{column.quoted}::VARCHAR"


def _affinity(column: Column) -> str:
    if column.type in _INTEGERS:
        return "INTEGER"
    return "REAL" if column.type in _REALS else "TEXT"


def _definition(table: Table) -> str:
    return f"CREATE TABLE {table.quoted} ({', '.join(_columns(table))})"


def _columns(table: Table) -> Iterable[str]:
    for column in table.columns:
        parts = [column.quoted, _affinity(column)]
        if column.is_required:
            parts.append("NOT NULL")
        if column.name == "id":
            parts.append("PRIMARY KEY")
        if column.name in table.references:
            parts.append(f"REFERENCES {quoted(table.references[column.name])} (id)")
        yield " ".join(parts)
