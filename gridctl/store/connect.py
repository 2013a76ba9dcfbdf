"""Open the database for as short as possible, and say whose lock it is when it is busy."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from gridctl.clock import iso
from gridctl.errors import DatabaseBusyError, DatabaseError
from gridctl.store import migrate

# What DuckDB raises when the disk is full or gone; after the first it may repeat the last for ever.
_NOT_WRITTEN = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
_LOCK_HOLDER = re.compile(r"held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")


@contextmanager
def open_reader(
    path: Path, lock_timeout: timedelta, as_of: datetime | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection, in UTC, with ``now`` moved to ``as_of`` when given.

    Raises :class:`DatabaseError` when the file is missing, damaged, of another schema, and
    :class:`DatabaseBusyError` when another process does not let go in time.
    """
    _refuse_missing(path)
    con = _connect(path, lock_timeout, read_only=True)
    try:
        migrate.check_readable(con, path)
        if as_of is not None:
            con.execute(f"SET VARIABLE as_of = TIMESTAMPTZ '{iso(as_of)}'")
        yield con
    finally:
        con.close()


@contextmanager
def open_writer(path: Path, lock_timeout: timedelta) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writing connection to a database that is created or upgraded first where needed.

    Raises as :func:`open_reader` does, and when the file or its folder cannot be written.
    """
    migrate.create_if_missing(path)
    con = _connect(path, lock_timeout, read_only=False)
    try:
        migrate.upgrade(con, path)
        yield con
    except _NOT_WRITTEN as error:
        raise DatabaseError(
            f"{path} could not be written, and is as it was before this step: {_first_line(error)}"
        ) from None
    finally:
        con.close()


def init(path: Path, lock_timeout: timedelta) -> list[str]:
    """Create or upgrade the database; the names of the steps applied, none when it was current."""
    created = migrate.create_if_missing(path)
    con = _connect(path, lock_timeout, read_only=False)
    try:
        return created or migrate.upgrade(con, path)
    finally:
        con.close()


def upgrade(path: Path, lock_timeout: timedelta) -> list[str]:
    """Bring an existing database to this program's schema; the names of the steps applied.

    Raises :class:`DatabaseError` when there is none, beside what :func:`open_writer` raises.
    """
    _refuse_missing(path)
    return init(path, lock_timeout)


def _connect(path: Path, lock_timeout: timedelta, *, read_only: bool) -> Any:
    deadline = time.monotonic() + lock_timeout.total_seconds()
    pause = 0.02
    while True:
        try:
            con = duckdb.connect(str(path), read_only=read_only)
        except duckdb.Error as error:
            holder = _LOCK_HOLDER.search(str(error))
            if "lock on file" not in str(error):
                raise _unusable(path, error) from None
            if time.monotonic() >= deadline:
                raise _busy(path, holder, lock_timeout) from None
            # A jittered pause, so that two waiting processes do not keep missing each other.
            time.sleep(min(pause * random.uniform(0.5, 1.5), max(0.0, deadline - time.monotonic())))
            pause = min(pause * 2, 0.5)
        else:
            con.execute("SET TimeZone = 'UTC'")
            return con


def _refuse_missing(path: Path) -> None:
    if not path.exists():
        raise DatabaseError(f"no database at {path}; make one with: gridctl init, or gridctl fetch")


def _busy(path: Path, holder: re.Match[str] | None, waited: timedelta) -> DatabaseBusyError:
    who = f"process {holder['pid']} ({holder['program']})" if holder else "another process"
    return DatabaseBusyError(
        f"{path} is busy: held by {who} for over {waited.total_seconds():g} s; "
        "wait for it to finish, or raise --lock-timeout"
    )


def _unusable(path: Path, error: duckdb.Error) -> DatabaseError:
    text = str(error)
    if path.is_dir():
        return DatabaseError(f"{path} is a folder, not a database file")
    if "Permission denied" in text or "Cannot open file" in text:
        return DatabaseError(f"{path} cannot be opened: permission denied, or no such folder")
    return DatabaseError(f"{path} is not a usable DuckDB database: {_first_line(error)}")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
