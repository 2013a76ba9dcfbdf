"""Load landed payloads into the store: parse, validate, upsert, and say what came of each."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa

from gridctl.config import Config
from gridctl.errors import DataError
from gridctl.landing import Counts, Landing
from gridctl.model import CATALOGUE, SYNTHETIC, Parsed, Payload, Reject
from gridctl.sources import find_source
from gridctl.store.connect import open_writer
from gridctl.store.merge import Origin
from gridctl.store.regional import NATIONAL, regional_demand
from gridctl.store.upsert import ColumnTypes, column_types, upsert

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


def load_waiting(config: Config, now: datetime, on_loaded: OnLoaded | None = None) -> list[Loaded]:
    """Load every pending payload and log every call not logged yet, oldest knowledge first.

    Does not open the database when nothing waits. Raises :class:`DatabaseBusyError` when it is
    held by another process; what is landed then stays pending.
    """
    landing = Landing(config.database)
    if not landing.waiting():
        return []
    results: list[Loaded] = []
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        # Written to the file once, at the end: checkpoints on the way leave holes in it.
        con.execute("SET checkpoint_threshold = '256MB'")
        types = column_types(con)
        # Listed again under the database's lock: another process may have loaded them meanwhile.
        waiting = landing.waiting()
        for payload_id in waiting:
            prepared = _prepare(landing, payload_id)
            results.append(_load_one(con, landing, prepared, config, types, now))
            if on_loaded:
                on_loaded(results[-1], len(waiting) - len(results))
    return results


def replay(config: Config) -> int:
    """Make every landed payload that still has its body pending again; how many."""
    landing = Landing(config.database)
    return landing.replay() if landing.path.exists() else 0


def parse_payload(payload: Payload) -> Parsed:
    """Read a payload with the source it came from. Raises :class:`DataError`."""
    if payload.dataset == CATALOGUE:
        return Parsed()
    if payload.source == SYNTHETIC:
        from gridctl.sources import synthetic

        return synthetic.parse(payload)
    return find_source(payload.source).parse(payload)


@dataclass(frozen=True)
class _Prepared:
    """A payload with its call, read as far as that goes without the store."""

    payload: Payload
    call: dict[str, Any]
    parsed: Parsed | None
    error: str | None


def _prepare(landing: Landing, payload_id: UUID) -> _Prepared:
    payload, call = landing.read(payload_id)
    if call["state"] != "pending":
        return _Prepared(payload, call, None, call["error"])
    try:
        with _no_garbage_collection():
            return _Prepared(payload, call, parse_payload(payload), None)
    except DataError as bad:
        return _Prepared(payload, call, None, str(bad))
    except Exception as bug:  # one body that a parser trips over must not stop all the others
        _log.exception("%s.%s %s", payload.source, payload.dataset, call["location"])
        return _Prepared(payload, call, None, f"its reader failed: {type(bug).__name__}: {bug}")


def _load_one(
    con: Any,
    landing: Landing,
    prepared: _Prepared,
    config: Config,
    types: ColumnTypes,
    now: datetime,
) -> Loaded:
    payload, call, error = prepared.payload, prepared.call, prepared.error
    if call["state"] == "loaded":  # its answer was that nothing changed: only its log is missing
        _log_call(con, payload, call, Counts(), None)
        landing.mark_logged(payload.payload_id)
        return Loaded(
            payload.payload_id, payload.source, payload.dataset, call["location"], "unchanged"
        )
    if prepared.parsed is not None:
        try:
            con.execute("BEGIN")
            loaded, counts, rejects = _store(con, payload, call, prepared.parsed, config, types)
            con.execute("COMMIT")
        except (duckdb.ConstraintException, duckdb.DataError, pa.ArrowException) as bad:
            with suppress(duckdb.Error):
                con.execute("ROLLBACK")
            error = " ".join(str(bad).split())
        else:
            landing.mark_loaded(payload.payload_id, counts, rejects, now)
            _log.info("loaded %s.%s: %s", payload.source, payload.dataset, counts)
            return loaded
    # It failed here, or when it was made: then only its log is missing.
    _log_call(con, payload, call, Counts(), error)
    landing.mark_failed(payload.payload_id, error or "failed")
    return Loaded(
        payload.payload_id, payload.source, payload.dataset, call["location"], "failed", error=error
    )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A body becomes a million small objects without cycles: searching them for some costs a third
    of the time of reading it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _store(
    con: Any,
    payload: Payload,
    call: dict[str, Any],
    parsed: Parsed,
    config: Config,
    types: ColumnTypes,
) -> tuple[Loaded, Counts, list[Reject]]:
    origin = Origin(payload.source, payload.payload_id, payload.as_of)
    rejects = list(parsed.rejects)
    dropped = dict(parsed.dropped)
    limits = config.limits()
    inserted = updated = 0
    for batch in parsed.batches:
        done = upsert(con, batch, origin, limits, types)
        if batch.table in NATIONAL and payload.source != SYNTHETIC:  # which makes its own
            upsert(
                con, regional_demand(con, batch.table, payload.payload_id), origin, limits, types
            )
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
        payload.payload_id,
        payload.source,
        payload.dataset,
        call["location"],
        "loaded",
        inserted,
        updated,
        len(rejects),
        fetched,
        tuple(batch.table for batch in parsed.batches),
        rules,
        dropped,
    )
    return loaded, counts, rejects


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
            str(payload.payload_id),
            payload.source,
            call["location"],
            call["requested_at"],
            call["responded_at"],
            call["status"],
            call["attempts"],
            call["bytes"],
            counts.fetched,
            counts.inserted,
            counts.updated,
            counts.rejected,
            error,
            str(payload.payload_id),
        ],
    )
