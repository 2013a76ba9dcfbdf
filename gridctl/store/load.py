"""Load landed payloads into the store: parse, validate, upsert, and say what came of each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import duckdb

from gridctl.config import Config
from gridctl.errors import DataError
from gridctl.landing import Counts, Landing
from gridctl.model import SYNTHETIC, Parsed, Payload, Reject
from gridctl.sources import find_source
from gridctl.store.connect import open_writer
from gridctl.store.upsert import Origin, upsert

_log = logging.getLogger("gridctl.load")
OnLoaded = Callable[["Loaded", int], None]


@dataclass(frozen=True)
class Loaded:
    """What became of one payload. ``status``: loaded, unchanged, failed, or error-body."""

    payload_id: UUID
    source: str
    dataset: str
    location: str
    status: str
    inserted: int = 0
    updated: int = 0
    rejected: int = 0
    fetched: int = 0
    tables: tuple[str, ...] = ()
    rules: dict[str, int] = field(default_factory=dict)  # rejects by table.field: rule
    dropped: dict[str, int] = field(default_factory=dict)
    error: str | None = None


def load_waiting(
    config: Config, now: datetime, on_loaded: OnLoaded | None = None
) -> list[Loaded]:
    """Load every pending payload and log every call not logged yet, oldest knowledge first.

    Does not open the database when nothing waits. Raises :class:`DatabaseBusyError` when it is
    held by another process; what is landed then stays pending.
    """
    landing = Landing(config.database)
    waiting = landing.waiting()
    if not waiting:
        return []
    results = []
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        for i, payload_id in enumerate(waiting):
            result = _load_one(con, landing, payload_id, config, now)
            results.append(result)
            if on_loaded:
                on_loaded(result, len(waiting) - i - 1)
    return results


def parse_payload(payload: Payload) -> Parsed:
    """Read a payload with the source it came from. Raises :class:`DataError`."""
    if payload.source == SYNTHETIC:
        from gridctl.sources import synthetic

        return synthetic.parse(payload)
    return find_source(payload.source).parse(payload)


def _load_one(
    con: Any, landing: Landing, payload_id: UUID, config: Config, now: datetime
) -> Loaded:
    payload, call = landing.read(payload_id)
    if call["state"] != "pending":  # a call that failed when it was made: only its log is missing
        _log_call(con, payload, call, Counts(), call["error"])
        landing.mark_logged(payload_id)
        return _failed(payload, call, call["error"])
    try:
        parsed = parse_payload(payload)
        con.execute("BEGIN")
        result = _store(con, payload, call, parsed, config)
        con.execute("COMMIT")
    except (DataError, duckdb.ConstraintException, duckdb.DataError) as error:
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        reason = " ".join(str(error).split())
        _log_call(con, payload, call, Counts(), reason)
        landing.mark_failed(payload_id, reason)
        landing.mark_logged(payload_id)
        return _failed(payload, call, reason)
    landing.mark_loaded(payload_id, *result[1:], now)
    _log.info("loaded %s.%s: %s", payload.source, payload.dataset, result[1])
    return result[0]


def _store(
    con: Any, payload: Payload, call: dict[str, Any], parsed: Parsed, config: Config
) -> tuple[Loaded, Counts, list[Reject]]:
    origin = Origin(payload.source, payload.payload_id, payload.as_of)
    rejects = list(parsed.rejects)
    dropped = dict(parsed.dropped)
    inserted = updated = 0
    for batch in parsed.batches:
        done = upsert(con, batch, origin, config.limits())
        inserted += done.inserted
        updated += done.updated
        rejects += done.rejects
        if done.repeated:
            dropped["vintage equal to the one before"] = done.repeated
    fetched = (
        sum(len(batch) for batch in parsed.batches)
        + sum(reject.field is None for reject in parsed.rejects)
        + sum(parsed.dropped.values())
    )
    counts = Counts(fetched, inserted, updated, len(rejects))
    _log_call(con, payload, call, counts, None)
    rules: dict[str, int] = {}
    for reject in rejects:
        name = f"{reject.table}{'.' + reject.field if reject.field else ''}: {reject.rule}"
        rules[name] = rules.get(name, 0) + 1
    loaded = Loaded(
        payload.payload_id, payload.source, payload.dataset, call["location"], "loaded",
        inserted, updated, len(rejects), fetched,
        tuple(batch.table for batch in parsed.batches), rules, dropped,
    )
    return loaded, counts, rejects


def _failed(payload: Payload, call: dict[str, Any], error: str) -> Loaded:
    return Loaded(payload.payload_id, payload.source, payload.dataset, call["location"], "failed",
                  error=error)


def _log_call(
    con: Any, payload: Payload, call: dict[str, Any], counts: Counts, error: str | None
) -> None:
    """Write the call's row of ``api_logs``. Files are no calls and leave none."""
    if call["origin"] == "file":
        return
    con.execute(
        """INSERT OR REPLACE INTO api_logs (id, api_name, endpoint, request_timestamp,
               response_timestamp, status_code, attempts, bytes, records_fetched,
               records_inserted, records_updated, records_rejected, error_message, payload_id)
           VALUES (?, ?, ?, ?::TIMESTAMPTZ, ?::TIMESTAMPTZ, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            str(payload.payload_id), payload.source, call["location"], call["requested_at"],
            call["responded_at"], call["status"], call["attempts"], call["bytes"],
            counts.fetched, counts.inserted, counts.updated, counts.rejected, error,
            str(payload.payload_id),
        ],
    )
