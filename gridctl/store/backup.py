"""Copies of the database: whole, of one moment, made while others read and writers wait.

The file itself is copied, with its log when a writer that was killed left one: a read-only
connection keeps writers out meanwhile. That takes seconds where writing all rows anew takes
minutes, and keeps everything in the file as it is.
"""

from __future__ import annotations

import glob
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from gridctl.config import Config
from gridctl.errors import DatabaseError, UsageError
from gridctl.landing import Landing
from gridctl.store.connect import open_reader
from gridctl.store.whole import check_folder, whole_file

_CHUNK_BYTES = 4_000_000


@dataclass(frozen=True)
class BackedUp:
    """What was copied: rows of all tables that an export has, files with their sizes in bytes."""

    rows: int
    files: dict[Path, int]


def back_up(config: Config, target: Path, *, overwrite: bool = False) -> BackedUp:
    """Copy the database to ``target`` and its landing journal beside that, both of one moment.

    ``gridctl --db TARGET`` then works with the copy as with any database. Raises
    :class:`UsageError` when the target exists, unless ``overwrite``, or cannot be written, and
    :class:`DatabaseError` when the database cannot be read, or changes while it is copied.
    """
    refuse_own_files(config, target)
    check_folder(target)
    landing, landing_target = Landing(config.database), Landing(target)
    files = [target]
    with (
        _held_still(config.database, config["store.lock_timeout"]) as held,
        whole_file(target, overwrite=overwrite) as building,
    ):
        _copy_database(held, building)
        if landing.path.exists():
            # First into its place: where there is a database, there is its journal.
            with whole_file(landing_target.path, overwrite=overwrite) as journal:
                copy_journal(landing.path, journal)
            files.append(landing_target.path)
    rows = sum(count for (schema, _), count in held.counts.items() if schema == "main")
    return BackedUp(rows, {file: file.stat().st_size for file in files})


def copy_database(database: Path, target: Path, lock_timeout: timedelta) -> None:
    """Replace ``target`` by a copy of the database, with the time that the database was written.

    Raises as :func:`back_up` does.
    """
    with _held_still(database, lock_timeout) as held:  # until the copy is in its place
        written_ns = database.stat().st_mtime_ns
        with whole_file(target, overwrite=True) as building:
            _copy_database(held, building)
            os.utime(building, ns=(written_ns, written_ns))


def copy_journal(journal: Path, target: Path) -> None:
    """Copy a landing journal as of one moment, while others write to it."""
    with closing(sqlite3.connect(journal)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    shutil.copymode(journal, target)


def refuse_own_files(config: Config, target: Path) -> None:
    """Raise :class:`UsageError` when ``target`` is the database itself or its journal."""
    for own in (config.database, Landing(config.database).path):
        if os.path.realpath(target) == os.path.realpath(own):
            raise UsageError(f"{target} is what the copy is made of; name another file")


def count_rows(con: Any) -> dict[tuple[str, str], int]:
    """Rows of every table, by schema and name."""
    tables = con.execute(
        """SELECT DISTINCT schema_name, table_name FROM duckdb_tables()
           WHERE NOT internal AND NOT temporary ORDER BY ALL"""
    ).fetchall()
    return {
        (schema, table): con.execute(f'SELECT count(*) FROM "{schema}"."{table}"').fetchall()[0][0]
        for schema, table in tables
    }


@dataclass(frozen=True)
class _Held:
    """A database that nobody writes to: its open file, and the rows of its tables."""

    path: Path
    file: BinaryIO
    counts: dict[tuple[str, str], int]


@contextmanager
def _held_still(database: Path, lock_timeout: timedelta) -> Iterator[_Held]:
    """While this lasts nobody writes to the database.

    To close any handle of a file gives up all locks that the process has on it. So the copy is
    made through the one handle that stays open for as long as the lock is needed.
    """
    with open_reader(database, lock_timeout) as con, database.open("rb") as file:
        yield _Held(database, file, count_rows(con))


def _copy_database(held: _Held, target: Path) -> None:
    # Handles of the log are no matter: the lock is on the database file.
    for log in held.path.parent.glob(f"{glob.escape(held.path.name)}.wal*"):
        shutil.copyfile(log, f"{target}{log.name.removeprefix(held.path.name)}")
    with target.open("wb") as copy:
        shutil.copyfileobj(held.file, copy, _CHUNK_BYTES)
    shutil.copymode(held.path, target)
    try:
        with closing(duckdb.connect(str(target))) as con:
            con.execute("CHECKPOINT")
            found = count_rows(con)
    except duckdb.Error as error:
        raise DatabaseError(f"the copy of {held.path} does not open: {error}") from None
    if found != held.counts:
        raise DatabaseError(f"the copy of {held.path} does not hold the same rows; try again")
