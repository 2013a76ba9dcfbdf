"""Load landed payloads into the store: parse, validate, upsert, and say what came of each."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa

from gridctl.config import Config
from gridctl.errors import DataError
from gridctl.landing import Counts, Landing, Waiting
from gridctl.model import CATALOGUE, SYNTHETIC, Parsed, Payload, Reject
from gridctl.sources import find_source
from gridctl.store import read_copy
from gridctl.store.connect import open_writer
from gridctl.store.merge import Origin
from gridctl.store.regional import NATIONAL, regional_demand
from gridctl.store.upsert import ColumnTypes, Part, Upserted, column_types, upsert

_log = logging.getLogger("gridctl.load")
_GROUP_BYTES = 1_000_000  # payloads that are smaller together are stored together
_BROUGHT = ("records_inserted", "records_updated")
_FROM_CALL = ("attempts", "bytes")
_LOG_TYPES = {
    "id": "UUID",
    "payload_id": "UUID",
    "request_timestamp": "TIMESTAMPTZ",
    "response_timestamp": "TIMESTAMPTZ",
    **dict.fromkeys(
        (
            "status_code", "attempts", "bytes",
            "records_fetched", "records_inserted", "records_updated", "records_rejected",
        ),
        "BIGINT",
    ),
}  # fmt: skip
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
    """Load every pending payload and log every call not logged yet; of a dataset the oldest first.

    Does not write to the database when nothing waits. Renews the read copy where one is wanted.
    Raises :class:`DatabaseBusyError` when the database is held by another process; what is landed
    then stays pending.
    """
    landing = Landing(config.database)
    results = _load_all(config, landing, now, on_loaded) if landing.waiting() else []
    read_copy.renew(config)
    return results


def _load_all(
    config: Config, landing: Landing, now: datetime, on_loaded: OnLoaded | None
) -> list[Loaded]:
    results: list[Loaded] = []
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        # Written to the file once, at the end: checkpoints on the way leave holes in it.
        con.execute("SET checkpoint_threshold = '256MB'")
        loader = _Loader(con, landing, config, column_types(con), now)
        # Listed again under the database's lock: another process may have loaded them meanwhile.
        waiting = landing.waiting()
        for group in _groups(waiting):
            for loaded in loader.load([_prepare(landing, w.payload_id) for w in group]):
                results.append(loaded)
                if on_loaded:
                    on_loaded(loaded, len(waiting) - len(results))
    return results


def _groups(waiting: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    """Small payloads of one dataset together: each merge and each commit costs as much for a day's
    prices as for a month's."""
    group: list[Waiting] = []
    for w in waiting:
        is_same = bool(group) and (w.source, w.dataset) == (group[0].source, group[0].dataset)
        is_same &= w.source != SYNTHETIC  # a recipe of a few bytes makes half a million rows
        if group and not (is_same and sum(g.bytes for g in group) + w.bytes <= _GROUP_BYTES):
            yield group
            group = []
        group.append(w)
    if group:
        yield group


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

    @property
    def rows(self) -> Parsed:
        """What was read of it: nothing when it failed."""
        return self.parsed or Parsed()


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


@dataclass(frozen=True)
class _Loader:
    """An open store, and what every payload that goes into it is held to."""

    con: Any
    landing: Landing
    config: Config
    types: ColumnTypes
    now: datetime

    def load(self, group: Sequence[_Prepared]) -> list[Loaded]:
        """Load payloads of one dataset in one transaction, or one by one when that fails."""
        good = [p for p in group if p.parsed is not None]
        results = [self._without_rows(p, p.error) for p in group if p.parsed is None]
        if not good:
            return results
        try:
            self.con.execute("BEGIN")
            stored = self._store(good)
            self.con.execute("COMMIT")
        except (duckdb.ConstraintException, duckdb.DataError, pa.ArrowException) as bad:
            with suppress(duckdb.Error):
                self.con.execute("ROLLBACK")
            if len(good) > 1:
                return results + [loaded for p in good for loaded in self.load([p])]
            return [*results, self._without_rows(good[0], " ".join(str(bad).split()))]
        self.landing.mark_loaded(
            [(p.payload.payload_id, s.counts, s.rejects) for p, s in stored], self.now
        )
        for p, s in stored:
            _log.info("loaded %s.%s: %s", p.payload.source, p.payload.dataset, s.counts)
            results.append(s.as_loaded(p))
        return results

    def _without_rows(self, prepared: _Prepared, error: str | None) -> Loaded:
        """Of a call whose answer was that nothing changed, or that failed, the log is what is
        missing."""
        payload, call = prepared.payload, prepared.call
        is_unchanged = call["state"] == "loaded"
        _log_calls(self.con, [(prepared, Counts(), None if is_unchanged else error)])
        if is_unchanged:
            self.landing.mark_logged(payload.payload_id)
            status, error = "unchanged", None
        else:
            status, error = "failed", error or "failed"
            self.landing.mark_failed(payload.payload_id, error)
        return Loaded(
            payload.payload_id, payload.source, payload.dataset, call["location"], status,
            error=error,
        )  # fmt: skip

    def _store(self, group: Sequence[_Prepared]) -> list[tuple[_Prepared, _Stored]]:
        """Bring all rows of the group into their tables, and write the log of its calls."""
        limits, is_made_up = self.config.limits(), group[0].payload.source == SYNTHETIC
        stored = [(p, _Stored(list(p.rows.rejects), dict(p.rows.dropped))) for p in group]
        for table, parts in _parts_by_table(stored).items():
            done = upsert(self.con, [part for _, part in parts], limits, self.types)
            for (s, _), upserted in zip(parts, done, strict=True):
                s.add(upserted)
            if table in NATIONAL and not is_made_up:  # which makes its own
                estimates = regional_demand(self.con, [part for _, part in parts])
                upsert(self.con, estimates, limits, self.types)
        _log_calls(self.con, [(p, s.settle(p.rows), None) for p, s in stored])
        return stored


@dataclass
class _Stored:
    """What came of one payload's rows so far."""

    rejects: list[Reject]
    dropped: dict[str, int]
    inserted: int = 0
    updated: int = 0
    counts: Counts = field(default_factory=Counts)

    def add(self, done: Upserted) -> None:
        """Count what became of its rows for one table."""
        self.inserted += done.inserted
        self.updated += done.updated
        self.rejects += done.rejects
        if done.repeated:
            self.dropped["vintage equal to the one before"] = done.repeated

    def settle(self, parsed: Parsed) -> Counts:
        """The counts of all of it, when every table is done."""
        fetched = (
            sum(len(batch) for batch in parsed.batches)
            + sum(reject.field is None for reject in parsed.rejects)
            + sum(parsed.dropped.values())
        )
        self.counts = Counts(fetched, self.inserted, self.updated, len(self.rejects))
        return self.counts

    def as_loaded(self, prepared: _Prepared) -> Loaded:
        """What is told of the payload."""
        rules: dict[str, int] = {}
        for reject in self.rejects:
            name = f"{reject.table}{'.' + reject.field if reject.field else ''}: {reject.rule}"
            rules[name] = rules.get(name, 0) + 1
        payload = prepared.payload
        return Loaded(
            payload.payload_id,
            payload.source,
            payload.dataset,
            prepared.call["location"],
            "loaded",
            self.inserted,
            self.updated,
            len(self.rejects),
            self.counts.fetched,
            tuple(batch.table for batch in prepared.rows.batches),
            rules,
            self.dropped,
        )


def _parts_by_table(
    stored: Sequence[tuple[_Prepared, _Stored]],
) -> dict[str, list[tuple[_Stored, Part]]]:
    """What the payloads bring to each table, in the order that foreign keys need."""
    tables: dict[str, list[tuple[_Stored, Part]]] = {}
    for prepared, s in stored:
        payload = prepared.payload
        origin = Origin(payload.source, payload.payload_id, payload.as_of)
        for batch in prepared.rows.batches:
            tables.setdefault(batch.table, []).append((s, Part(origin, batch)))
    return tables


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


def _log_calls(con: Any, calls: Sequence[tuple[_Prepared, Counts, str | None]]) -> None:
    """Write the rows of calls in ``api_logs``. Files are no calls and leave none."""
    rows = [
        {
            **{name: p.call[name] for name in _FROM_CALL},
            "id": str(p.payload.payload_id),
            "api_name": p.payload.source,
            "endpoint": p.call["location"],
            "request_timestamp": p.call["requested_at"],
            "response_timestamp": p.call["responded_at"],
            "status_code": p.call["status"],
            "records_fetched": counts.fetched,
            "records_inserted": counts.inserted,
            "records_updated": counts.updated,
            "records_rejected": counts.rejected,
            "error_message": error,
            "payload_id": str(p.payload.payload_id),
        }
        for p, counts, error in calls
        if p.call["origin"] != "file"
    ]
    if not rows:
        return
    names = list(rows[0])
    values = ", ".join(f"unnest(?::{_LOG_TYPES.get(name, 'VARCHAR')}[])" for name in names)
    # Loaded again, say after a crash before that was noted, it brings nothing new: what it brought
    # the first time stands.
    kept = ", ".join(f"{name} = greatest(api_logs.{name}, excluded.{name})" for name in _BROUGHT)
    con.execute(
        f"""INSERT INTO api_logs ({", ".join(names)}) SELECT {values}
            ON CONFLICT (id) DO UPDATE SET {kept},
                records_fetched = excluded.records_fetched,
                records_rejected = excluded.records_rejected,
                error_message = excluded.error_message""",
        [[row[name] for row in rows] for name in names],
    )
