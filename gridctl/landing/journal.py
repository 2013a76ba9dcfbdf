"""The journal of payloads: every response as it was received, before anything parses it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from gridctl.landing.call import Call, Counts, Waiting
from gridctl.landing.file import LandingFile, as_instant, as_text
from gridctl.landing.memory import OF_A_PAYLOAD, Memory, remember
from gridctl.model import Payload, Reject, Request

Settled = tuple[UUID, Counts, Iterable[Reject]]  # a loaded payload, and what came of it


class Landing:
    """The journal of one database. Opens its file for each operation and closes it again."""

    def __init__(self, database: Path) -> None:
        self._file = LandingFile(database)
        self.memory = Memory(self._file)

    @property
    def path(self) -> Path:
        return self._file.path

    # -- writing what came in

    def land(self, call: Call, request: Request | None = None) -> UUID:
        """Keep a call, and durably so before returning.

        With the ``request`` that it answers also what is remembered of it: the span of history,
        the publisher's version, and what to ask for it again by. A payload that is already here
        is left as it is.
        """
        payload_id = str(call.payload_id)
        state = "failed" if call.error else "pending" if call.body is not None else "loaded"
        with self._file.open() as db:
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
                    as_text(call.requested_at),
                    as_text(call.responded_at),
                    as_text(call.as_of),
                    as_text(call.issued_at),
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
                remember(db, call, request)
        return call.payload_id

    def state(self, payload_id: UUID) -> str | None:
        """``pending``, ``loaded`` or ``failed``; ``None`` when the payload is not here."""
        state: str | None = self._file.one(
            "SELECT state FROM calls WHERE payload_id = ?", str(payload_id)
        )
        return state

    def has_loaded_file(self, source: str, dataset: str, sha256: str) -> UUID | None:
        """The payload of a file with these very bytes that is already loaded."""
        found = self._file.one(
            """SELECT payload_id FROM calls WHERE sha256 = ? AND source = ? AND dataset = ?
               AND origin = 'file' AND state = 'loaded'""",
            sha256,
            source,
            dataset,
        )
        return UUID(found) if found else None

    # -- loading

    def waiting(self) -> list[Waiting]:
        """Payloads to load and calls to log, by dataset, and in each the oldest knowledge first."""
        return [
            Waiting(UUID(payload_id), source, dataset, size)
            for payload_id, source, dataset, size in self._file.all(
                """SELECT payload_id, source, dataset, bytes FROM calls
                   WHERE state = 'pending' OR is_logged = 0
                   ORDER BY source, dataset, as_of, payload_id"""
            )
        ]

    def read(self, payload_id: UUID) -> tuple[Payload, dict[str, Any]]:
        """A payload with its body, and the row of its call."""
        row = self._file.all("SELECT * FROM calls WHERE payload_id = ?", str(payload_id))[0]
        call = dict(zip(row.keys(), row, strict=True))
        body = call.pop("body")
        payload = Payload(
            payload_id,
            call["source"],
            call["dataset"],
            b"" if body is None else zlib.decompress(body),
            as_instant(call["as_of"]) or datetime.min.replace(tzinfo=UTC),
            as_instant(call["issued_at"]),
            call["location"],
            call.pop("request"),
        )
        return payload, call

    def mark_loaded(self, done: Iterable[Settled], now: datetime) -> None:
        """Record that the store has these; their rejects replace those of an earlier load."""
        at = as_text(now)
        with self._file.open() as db:
            for payload_id, counts, rejects in done:
                name = str(payload_id)
                db.execute(
                    """UPDATE calls SET state = 'loaded', error = NULL, loaded_at = ?,
                           is_logged = 1, fetched = ?, inserted = ?, updated = ?, rejected = ?
                       WHERE payload_id = ?""",
                    (
                        at,
                        counts.fetched,
                        counts.inserted,
                        counts.updated,
                        counts.rejected,
                        name,
                    ),
                )
                db.execute("DELETE FROM rejects WHERE payload_id = ?", (name,))
                db.executemany(
                    "INSERT INTO rejects VALUES (?, ?, ?, ?, ?, ?)",
                    ((name, r.table, r.field, r.rule, r.record, at) for r in rejects),
                )

    def mark_failed(self, payload_id: UUID, error: str) -> None:
        """Record that the payload cannot be used, and that the store has the log of its call.

        Its span and version count as not asked for."""
        with self._file.open() as db:
            db.execute(
                "UPDATE calls SET state = 'failed', error = ?, is_logged = 1 WHERE payload_id = ?",
                (error, str(payload_id)),
            )
            for table in OF_A_PAYLOAD:
                db.execute(f"DELETE FROM {table} WHERE payload_id = ?", (str(payload_id),))

    def mark_logged(self, payload_id: UUID) -> None:
        """Record that the store has the log of a call that brought nothing."""
        with self._file.open() as db:
            db.execute("UPDATE calls SET is_logged = 1 WHERE payload_id = ?", (str(payload_id),))

    def outcome(self, payload_id: UUID) -> tuple[str, str | None, Counts]:
        """State, error and counts of a payload, whichever process loaded it."""
        row = self._file.all(
            """SELECT state, error, dataset, coalesce(fetched, 0), coalesce(inserted, 0),
                   coalesce(updated, 0), coalesce(rejected, 0)
               FROM calls WHERE payload_id = ?""",
            str(payload_id),
        )[0]
        error = f"{row[2]}: {row[1]}" if row[1] else None
        return row[0], error, Counts(*row[3:])

    def replay(self) -> int:
        """Make every payload that still has its body pending again; how many."""
        with self._file.open() as db:
            return db.execute("UPDATE calls SET state = 'pending' WHERE body IS NOT NULL").rowcount

    def held(self) -> list[UUID]:
        """Payloads that were loaded and whose bodies are still here, to be loaded again."""
        return [
            UUID(name)
            for (name,) in self._file.all(
                "SELECT payload_id FROM calls WHERE state = 'loaded' AND body IS NOT NULL"
            )
        ]

    def settled(self, payload_ids: Iterable[UUID]) -> list[Settled]:
        """Loaded payloads with their counts and rejects, as :meth:`mark_loaded` takes them."""
        return [(one, self.outcome(one)[2], self._rejects_of(one)) for one in payload_ids]

    def _rejects_of(self, payload_id: UUID) -> list[Reject]:
        rows = self._file.all(
            "SELECT table_name, rule, record, field FROM rejects WHERE payload_id = ?",
            str(payload_id),
        )
        return [Reject(*row) for row in rows]

    # -- looking

    def counts_by_state(self) -> dict[str, int]:
        """How many payloads are pending, loaded and failed."""
        return dict(map(tuple, self._file.all("SELECT state, count(*) FROM calls GROUP BY state")))

    def count_rejects(self) -> int:
        """How many records and fields are in quarantine."""
        return int(self._file.one("SELECT count(*) FROM rejects") or 0)

    def payload_ids(self) -> set[UUID]:
        """Every payload that is not forgotten, with or without its body."""
        return {UUID(row[0]) for row in self._file.all("SELECT payload_id FROM calls")}

    def rejects(self, limit: int | None = None) -> list[tuple[Any, ...]]:
        """Quarantined records, newest first: when, source, dataset, table, field, rule, record,
        location."""
        return [
            tuple(row)
            for row in self._file.all(
                """SELECT rejected_at, source, dataset, table_name, field, rule, record, location
                   FROM rejects JOIN calls USING (payload_id)
                   ORDER BY rejected_at DESC, rejects.rowid DESC LIMIT ?""",
                -1 if limit is None else limit,
            )
        ]

    def forget(self, before: datetime) -> int:
        """Drop calls settled before a moment, so that years of them do not pile up; how many.

        The store's ``api_logs`` keeps their log. Of files, of calls with rejects and of the newest
        catalogues only the bodies go: they are still asked about.
        """
        if not self._file.path.exists():
            return 0
        settled = """is_logged = 1 AND state IN ('loaded', 'failed')
                     AND coalesce(loaded_at, requested_at) < ?"""
        with self._file.open() as db:
            gone = db.execute(
                f"""DELETE FROM calls WHERE {settled} AND origin <> 'file'
                    AND payload_id NOT IN (SELECT payload_id FROM rejects
                                           UNION ALL SELECT payload_id FROM catalogues)""",
                (as_text(before),),
            ).rowcount
            emptied = db.execute(
                f"""UPDATE calls SET body = NULL WHERE {settled} AND body IS NOT NULL
                    AND payload_id NOT IN (SELECT payload_id FROM catalogues)""",
                (as_text(before),),
            ).rowcount
        return gone + emptied
