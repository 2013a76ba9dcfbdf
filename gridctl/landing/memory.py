"""What fetching remembers across runs and processes: what was asked for, and each host's queue."""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from gridctl.landing.call import Call
from gridctl.landing.file import LandingFile, as_text
from gridctl.model import CATALOGUE, Request, Window

# A longer queue than this means that the wall clock was set back: start afresh.
_LONGEST_QUEUE_SECONDS = 3600.0
# Tables whose rows hold only as long as the payload behind them is good.
OF_A_PAYLOAD = ("spans", "versions", "validators", "catalogues")


class Memory:
    """Spans, versions and validators of good answers, checks of datasets, and places in queues."""

    def __init__(self, file: LandingFile) -> None:
        self._file = file

    def spans(self, source: str, series: str) -> list[Window]:
        """Spans of history that were asked for and answered, in order."""
        rows = self._file.all(
            'SELECT start, "end" FROM spans WHERE source = ? AND dataset = ? ORDER BY start',
            source,
            series,
        )
        return [
            Window(datetime.fromisoformat(start), datetime.fromisoformat(end))
            for start, end in rows
        ]

    def has_version(self, source: str, version: str) -> bool:
        """Whether the publisher's answer of that version is here, and was of use."""
        found = self._file.one(
            "SELECT 1 FROM versions WHERE source = ? AND version = ?", source, version
        )
        return found is not None

    def validators(self, location: str) -> dict[str, str]:
        """Request headers that ask for a URL only if it changed since its answer came here."""
        rows = self._file.all(
            "SELECT etag, last_modified FROM validators WHERE location = ?", location
        )
        if not rows:
            return {}
        named = {"If-None-Match": rows[0][0], "If-Modified-Since": rows[0][1]}
        return {name: value for name, value in named.items() if value}

    def last_catalogue(self, location: str) -> bytes | None:
        """The last good answer of a catalogue call, for when its server is down."""
        body = self._file.one(
            """SELECT body FROM catalogues JOIN calls USING (payload_id)
               WHERE catalogues.location = ?""",
            location,
        )
        return zlib.decompress(body) if body else None

    def checked(self, source: str) -> dict[str, datetime]:
        """When each dataset of a source was last brought up to date."""
        rows = self._file.all("SELECT dataset, checked_at FROM checks WHERE source = ?", source)
        return {dataset: datetime.fromisoformat(at) for dataset, at in rows}

    def mark_checked(self, source: str, datasets: Iterable[str], now: datetime) -> None:
        """Record that datasets are up to date."""
        rows = [(source, dataset, as_text(now)) for dataset in datasets]
        if rows:
            with self._file.open() as db:
                db.executemany("INSERT OR REPLACE INTO checks VALUES (?, ?, ?)", rows)

    def reserve(self, host: str, interval: timedelta) -> float:
        """Take the next place in the queue for ``host``; seconds to wait for it.

        Places are ``interval`` apart over all processes that share this journal.
        """
        with self._file.open(synchronous="NORMAL") as db:
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


def remember(db: sqlite3.Connection, call: Call, request: Request) -> None:
    """Note what a good answer means for later calls, in the transaction that lands it."""
    payload_id, span = str(call.payload_id), request.window
    if span is not None and call.dataset != CATALOGUE:
        db.execute(
            "INSERT INTO spans VALUES (?, ?, ?, ?, ?)",
            (payload_id, call.source, request.series, as_text(span.start), as_text(span.end)),
        )
    if request.version is not None:
        values = (call.source, request.version, payload_id)
        db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", values)
    etag, modified = call.headers.get("ETag"), call.headers.get("Last-Modified")
    if (etag or modified) and request.body is None and not request.leads_on:
        db.execute(
            "INSERT OR REPLACE INTO validators VALUES (?, ?, ?, ?)",
            (call.location, etag, modified, payload_id),
        )
    if call.dataset == CATALOGUE:
        db.execute("INSERT OR REPLACE INTO catalogues VALUES (?, ?)", (call.location, payload_id))
