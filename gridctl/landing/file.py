"""The SQLite file beside the database: its tables, its transactions, and its times as text.

It is written by many processes at once (WAL) and survives a crash or a power cut at any moment
(``synchronous=FULL``).
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gridctl.errors import DatabaseBusyError, DatabaseError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    payload_id   TEXT PRIMARY KEY,
    source       TEXT NOT NULL,
    dataset      TEXT NOT NULL,
    origin       TEXT NOT NULL CHECK (origin IN ('http', 'file', 'synthetic')),
    location     TEXT NOT NULL,          -- URL or file name
    requested_at TEXT NOT NULL,
    responded_at TEXT,
    as_of        TEXT NOT NULL,          -- the moment the payload speaks of
    issued_at    TEXT,                   -- set when it is a forecast with a known issue time
    status       INTEGER,                -- HTTP status; NULL when nobody answered
    headers      TEXT NOT NULL,          -- JSON, the few that matter
    attempts     INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,       -- as received, uncompressed
    request      BLOB,                   -- the body that was sent, when there was one
    sha256       TEXT NOT NULL,
    body         BLOB,                   -- zlib; NULL when none came, or after retention
    state        TEXT NOT NULL CHECK (state IN ('pending', 'loaded', 'failed')),
    error        TEXT,
    fetched INTEGER, inserted INTEGER, updated INTEGER, rejected INTEGER,
    loaded_at    TEXT,
    is_logged    INTEGER NOT NULL DEFAULT 0  -- its api_logs row is in the store
);
CREATE INDEX IF NOT EXISTS calls_by_state ON calls (state, is_logged);
CREATE INDEX IF NOT EXISTS calls_by_sha256 ON calls (sha256);
CREATE TABLE IF NOT EXISTS rejects (
    payload_id TEXT NOT NULL, table_name TEXT NOT NULL, field TEXT, rule TEXT NOT NULL,
    record TEXT NOT NULL, rejected_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS rejects_by_payload ON rejects (payload_id);
CREATE TABLE IF NOT EXISTS spans (       -- history asked for and answered
    payload_id TEXT NOT NULL, source TEXT NOT NULL, dataset TEXT NOT NULL,
    start TEXT NOT NULL, "end" TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS spans_by_dataset ON spans (source, dataset);
CREATE TABLE IF NOT EXISTS pacing (host TEXT PRIMARY KEY, next_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS versions (    -- what the publisher calls the answers that are here
    source TEXT NOT NULL, version TEXT NOT NULL, payload_id TEXT NOT NULL,
    PRIMARY KEY (source, version)
);
CREATE TABLE IF NOT EXISTS validators (  -- to ask for an answer only if it changed
    location TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, payload_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS checks (      -- when a dataset was last brought up to date
    source TEXT NOT NULL, dataset TEXT NOT NULL, checked_at TEXT NOT NULL,
    PRIMARY KEY (source, dataset)
);
CREATE TABLE IF NOT EXISTS catalogues (  -- the last good answer of each catalogue call
    location TEXT PRIMARY KEY, payload_id TEXT NOT NULL
);
"""
_SCHEMA_VERSION = 2
_BUSY_SECONDS = 30.0


class LandingFile:
    """``grid.landing.sqlite`` beside ``grid.duckdb``, opened for each operation alone."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_suffix(".landing.sqlite")

    def one(self, sql: str, *values: Any) -> Any:
        """The first value of the first row, ``None`` without one."""
        rows = self.all(sql, *values)
        return rows[0][0] if rows else None

    def all(self, sql: str, *values: Any) -> list[Any]:
        """All rows of a query; none when there is no file yet."""
        if not self.path.exists():
            return []
        try:
            with self._connect() as db:
                return db.execute(sql, values).fetchall()
        except DatabaseBusyError:
            raise
        except DatabaseError:
            return self._as_it_lies(sql, values)

    def _as_it_lies(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Read where nothing can be written, on a read-only or a full disk, which WAL needs to."""
        try:
            db = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
            with closing(db):
                db.row_factory = sqlite3.Row
                return db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise DatabaseError(f"the landing journal {self.path}: {error}") from None

    @contextmanager
    def open(self, synchronous: str = "FULL") -> Iterator[sqlite3.Connection]:
        """A transaction that writes, committed at the end."""
        with self._connect() as db:
            db.execute(f"PRAGMA synchronous = {synchronous}")
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise DatabaseError(f"cannot open the landing journal {self.path}: {error}") from None
        try:
            db.row_factory = sqlite3.Row
            _prepare(db)
            yield db
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise DatabaseBusyError(f"the landing journal {self.path} is busy") from None
            hint = "; is the disk full?" if "disk I/O" in str(error) else ""
            raise DatabaseError(f"the landing journal {self.path}: {error}{hint}") from None
        except sqlite3.DatabaseError as error:
            raise DatabaseError(f"the landing journal {self.path} is damaged: {error}") from None
        finally:
            db.close()


def _prepare(db: sqlite3.Connection) -> None:
    """Make the tables where they are not yet.

    Switching a new file to WAL fails at once when another does the same, whatever the timeout, so
    that is tried again.
    """
    give_up = time.monotonic() + _BUSY_SECONDS
    while db.execute("PRAGMA user_version").fetchone()[0] < _SCHEMA_VERSION:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            mark = f"PRAGMA user_version = {_SCHEMA_VERSION};"
            db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} {mark} COMMIT;")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            if db.in_transaction:
                db.execute("ROLLBACK")
            time.sleep(random.uniform(0.005, 0.05))


def as_text(instant: datetime | None) -> str | None:
    """UTC with microseconds, so that text sorts as time does."""
    if instant is None:
        return None
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def as_instant(text: str | None) -> datetime | None:
    """The time of :func:`as_text`."""
    return None if text is None else datetime.fromisoformat(text)
