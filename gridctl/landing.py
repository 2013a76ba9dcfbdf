"""The landing journal: every response as it was received, in SQLite, before anything parses it.

Beside ``grid.duckdb`` stands ``grid.landing.sqlite``. It is written by many processes at once (WAL)
and survives a crash or a power cut at any moment (``synchronous=FULL``). It also holds what the
fetcher must remember across processes: pacing per host, and which spans were asked for.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from gridctl.errors import DatabaseBusyError, DatabaseError
from gridctl.model import CATALOGUE, Payload, Reject, Request, Window, natural_id

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
# A longer queue than this means that the wall clock was set back: start afresh.
_LONGEST_QUEUE_SECONDS = 3600.0


@dataclass(frozen=True)
class Call:
    """One call to an upstream, or one file given, and what came of it."""

    source: str
    dataset: str
    origin: str
    location: str
    requested_at: datetime
    as_of: datetime
    body: bytes | None
    responded_at: datetime | None = None
    issued_at: datetime | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 1
    error: str | None = None
    request: bytes | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body or b"").hexdigest()

    @property
    def payload_id(self) -> UUID:
        """Named by content, moment and place: the same payload has the same id everywhere."""
        return natural_id(
            "payload", self.source, self.dataset, self.location, _text(self.as_of), self.sha256
        )


@dataclass(frozen=True)
class Counts:
    """What loading a payload did, in records."""

    fetched: int = 0
    inserted: int = 0
    updated: int = 0
    rejected: int = 0


class Landing:
    """The journal of one database. Opens its file for each operation and closes it again."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_suffix(".landing.sqlite")

    # -- writing what came in

    def land(self, call: Call, request: Request | None = None) -> UUID:
        """Keep a call, and durably so before returning.

        With the ``request`` that it answers also what is remembered of it: the span of history,
        the publisher's version, and what to ask for it again by. A payload that is already here
        is left as it is.
        """
        payload_id = str(call.payload_id)
        state = "failed" if call.error else "pending" if call.body is not None else "loaded"
        with self._open() as db:
            db.execute(
                """INSERT INTO calls (payload_id, source, dataset, origin, location, requested_at,
                       responded_at, as_of, issued_at, status, headers, attempts, bytes, sha256,
                       body, state, error, request)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT (payload_id) DO NOTHING""",
                (
                    payload_id,
                    call.source,
                    call.dataset,
                    call.origin,
                    call.location,
                    _text(call.requested_at),
                    _text(call.responded_at),
                    _text(call.as_of),
                    _text(call.issued_at),
                    call.status,
                    json.dumps(dict(call.headers)),
                    call.attempts,
                    len(call.body or b""),
                    call.sha256,
                    None if call.body is None else zlib.compress(call.body, 2),
                    state,
                    call.error,
                    call.request,
                ),
            )
            if request is not None and state == "pending":
                _remember(db, call, request)
        return call.payload_id

    def state(self, payload_id: UUID) -> str | None:
        """``pending``, ``loaded`` or ``failed``; ``None`` when the payload is not here."""
        state: str | None = self._one(
            "SELECT state FROM calls WHERE payload_id = ?", str(payload_id)
        )
        return state

    def has_loaded_file(self, source: str, dataset: str, sha256: str) -> UUID | None:
        """The payload of a file with these very bytes that is already loaded."""
        found = self._one(
            """SELECT payload_id FROM calls WHERE sha256 = ? AND source = ? AND dataset = ?
               AND origin = 'file' AND state = 'loaded'""",
            sha256,
            source,
            dataset,
        )
        return UUID(found) if found else None

    # -- loading

    def waiting(self) -> list[UUID]:
        """Payloads to load and calls to log, oldest knowledge first."""
        return [
            UUID(row[0])
            for row in self._all(
                """SELECT payload_id FROM calls WHERE state = 'pending' OR is_logged = 0
                   ORDER BY as_of, payload_id"""
            )
        ]

    def read(self, payload_id: UUID) -> tuple[Payload, dict[str, Any]]:
        """A payload with its body, and the row of its call."""
        row = self._all("SELECT * FROM calls WHERE payload_id = ?", str(payload_id))[0]
        call = dict(zip(row.keys(), row, strict=True))
        body = call.pop("body")
        payload = Payload(
            payload_id,
            call["source"],
            call["dataset"],
            b"" if body is None else zlib.decompress(body),
            _instant(call["as_of"]) or datetime.min.replace(tzinfo=UTC),
            _instant(call["issued_at"]),
            call["location"],
            call.pop("request"),
        )
        return payload, call

    def mark_loaded(
        self, payload_id: UUID, counts: Counts, rejects: Iterable[Reject], now: datetime
    ) -> None:
        """Record that the store has the payload; its rejects replace those of an earlier load."""
        with self._open() as db:
            db.execute(
                """UPDATE calls SET state = 'loaded', error = NULL, loaded_at = ?, is_logged = 1,
                       fetched = ?, inserted = ?, updated = ?, rejected = ? WHERE payload_id = ?""",
                (
                    _text(now),
                    counts.fetched,
                    counts.inserted,
                    counts.updated,
                    counts.rejected,
                    str(payload_id),
                ),
            )
            db.execute("DELETE FROM rejects WHERE payload_id = ?", (str(payload_id),))
            db.executemany(
                "INSERT INTO rejects VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (str(payload_id), r.table, r.field, r.rule, r.record, _text(now))
                    for r in rejects
                ),
            )

    def mark_failed(self, payload_id: UUID, error: str) -> None:
        """Record that the payload cannot be used, and that the store has the log of its call.

        Its span and version count as not asked for."""
        with self._open() as db:
            db.execute(
                "UPDATE calls SET state = 'failed', error = ?, is_logged = 1 WHERE payload_id = ?",
                (error, str(payload_id)),
            )
            for table in ("spans", "versions", "validators", "catalogues"):
                db.execute(f"DELETE FROM {table} WHERE payload_id = ?", (str(payload_id),))

    def mark_logged(self, payload_id: UUID) -> None:
        """Record that the store has the log of a call that brought nothing."""
        with self._open() as db:
            db.execute("UPDATE calls SET is_logged = 1 WHERE payload_id = ?", (str(payload_id),))

    def outcome(self, payload_id: UUID) -> tuple[str, str | None, Counts]:
        """State, error and counts of a payload, whichever process loaded it."""
        row = self._all(
            """SELECT state, error, dataset, coalesce(fetched, 0), coalesce(inserted, 0),
                   coalesce(updated, 0), coalesce(rejected, 0)
               FROM calls WHERE payload_id = ?""",
            str(payload_id),
        )[0]
        error = f"{row[2]}: {row[1]}" if row[1] else None
        return row[0], error, Counts(*row[3:])

    def replay(self) -> int:
        """Make every payload that still has its body pending again; how many."""
        with self._open() as db:
            return db.execute("UPDATE calls SET state = 'pending' WHERE body IS NOT NULL").rowcount

    # -- looking

    def counts_by_state(self) -> dict[str, int]:
        """How many payloads are pending, loaded and failed."""
        return dict(map(tuple, self._all("SELECT state, count(*) FROM calls GROUP BY state")))

    def count_rejects(self) -> int:
        """How many records and fields are in quarantine."""
        return int(self._one("SELECT count(*) FROM rejects") or 0)

    def rejects(self, limit: int | None = None) -> list[tuple[Any, ...]]:
        """Quarantined records, newest first: when, source, dataset, table, field, rule, record,
        location."""
        return [
            tuple(row)
            for row in self._all(
                """SELECT rejected_at, source, dataset, table_name, field, rule, record, location
                   FROM rejects JOIN calls USING (payload_id)
                   ORDER BY rejected_at DESC, rejects.rowid DESC LIMIT ?""",
                -1 if limit is None else limit,
            )
        ]

    # -- what fetching remembers

    def spans(self, source: str, dataset: str) -> list[Window]:
        """Spans of history that were asked for and answered, in order."""
        rows = self._all(
            'SELECT start, "end" FROM spans WHERE source = ? AND dataset = ? ORDER BY start',
            source,
            dataset,
        )
        return [
            Window(datetime.fromisoformat(start), datetime.fromisoformat(end))
            for start, end in rows
        ]

    def has_version(self, source: str, version: str) -> bool:
        """Whether the publisher's answer of that version is here, and was of use."""
        found = self._one(
            "SELECT 1 FROM versions WHERE source = ? AND version = ?", source, version
        )
        return found is not None

    def validators(self, location: str) -> dict[str, str]:
        """Request headers that ask for a URL only if it changed since its answer came here."""
        rows = self._all("SELECT etag, last_modified FROM validators WHERE location = ?", location)
        if not rows:
            return {}
        named = {"If-None-Match": rows[0][0], "If-Modified-Since": rows[0][1]}
        return {name: value for name, value in named.items() if value}

    def last_catalogue(self, location: str) -> bytes | None:
        """The last good answer of a catalogue call, for when its server is down."""
        body = self._one(
            """SELECT body FROM catalogues JOIN calls USING (payload_id)
               WHERE catalogues.location = ?""",
            location,
        )
        return zlib.decompress(body) if body else None

    def checked(self, source: str) -> dict[str, datetime]:
        """When each dataset of a source was last brought up to date."""
        rows = self._all("SELECT dataset, checked_at FROM checks WHERE source = ?", source)
        return {dataset: datetime.fromisoformat(at) for dataset, at in rows}

    def mark_checked(self, source: str, datasets: Iterable[str], now: datetime) -> None:
        """Record that datasets are up to date."""
        rows = [(source, dataset, _text(now)) for dataset in datasets]
        if rows:
            with self._open() as db:
                db.executemany("INSERT OR REPLACE INTO checks VALUES (?, ?, ?)", rows)

    def reserve(self, host: str, interval: timedelta) -> float:
        """Take the next place in the queue for ``host``; seconds to wait for it.

        Places are ``interval`` apart over all processes that share this journal.
        """
        with self._open(synchronous="NORMAL") as db:
            row = db.execute("SELECT next_at FROM pacing WHERE host = ?", (host,)).fetchone()
            present = time.time()
            place = max(present, row[0]) if row else present
            if place - present > _LONGEST_QUEUE_SECONDS:
                place = present
            db.execute(
                "INSERT OR REPLACE INTO pacing VALUES (?, ?)",
                (host, place + interval.total_seconds()),
            )
        return place - present

    def forget(self, before: datetime) -> int:
        """Drop calls settled before a moment, so that years of them do not pile up; how many.

        The store's ``api_logs`` keeps their log. Of files, of calls with rejects and of the newest
        catalogues only the bodies go: they are still asked about.
        """
        if not self.path.exists():
            return 0
        settled = """is_logged = 1 AND state IN ('loaded', 'failed')
                     AND coalesce(loaded_at, requested_at) < ?"""
        with self._open() as db:
            gone = db.execute(
                f"""DELETE FROM calls WHERE {settled} AND origin <> 'file'
                    AND payload_id NOT IN (SELECT payload_id FROM rejects
                                           UNION ALL SELECT payload_id FROM catalogues)""",
                (_text(before),),
            ).rowcount
            emptied = db.execute(
                f"""UPDATE calls SET body = NULL WHERE {settled} AND body IS NOT NULL
                    AND payload_id NOT IN (SELECT payload_id FROM catalogues)""",
                (_text(before),),
            ).rowcount
        return gone + emptied

    # -- the file

    def _one(self, sql: str, *values: Any) -> Any:
        rows = self._all(sql, *values)
        return rows[0][0] if rows else None

    def _all(self, sql: str, *values: Any) -> list[Any]:
        if not self.path.exists():
            return []
        with self._connect() as db:
            return db.execute(sql, values).fetchall()

    @contextmanager
    def _open(self, synchronous: str = "FULL") -> Iterator[sqlite3.Connection]:
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
            raise DatabaseError(f"the landing journal {self.path}: {error}") from None
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


def _remember(db: sqlite3.Connection, call: Call, request: Request) -> None:
    payload_id, span = str(call.payload_id), request.window
    if span is not None and call.dataset != CATALOGUE:
        db.execute(
            "INSERT INTO spans VALUES (?, ?, ?, ?, ?)",
            (payload_id, call.source, call.dataset, _text(span.start), _text(span.end)),
        )
    if request.version is not None:
        values = (call.source, request.version, payload_id)
        db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", values)
    etag, modified = call.headers.get("ETag"), call.headers.get("Last-Modified")
    if (etag or modified) and request.body is None:
        db.execute(
            "INSERT OR REPLACE INTO validators VALUES (?, ?, ?, ?)",
            (call.location, etag, modified, payload_id),
        )
    if call.dataset == CATALOGUE:
        db.execute("INSERT OR REPLACE INTO catalogues VALUES (?, ?)", (call.location, payload_id))


def _text(instant: datetime | None) -> str | None:
    """UTC with microseconds, so that text sorts as time does."""
    if instant is None:
        return None
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
