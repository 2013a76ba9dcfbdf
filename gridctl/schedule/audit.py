"""The audit trail, ``workload_schedules``: rows are appended, each chained to the one before it.

``row_hash`` is the SHA-256, in hexadecimal, of the previous row's hash (nothing for the first row)
followed by the row as canonical JSON: every column but ``row_hash``, ``created_at`` and
``updated_at``, sorted by name, without spaces, UTF-8, not escaped to ASCII; times in UTC as
``2025-11-25T14:00:00.000000Z``, UUIDs as text, JSON columns as the values they hold. So a change
to any row, or its removal, shows in all that follow. Rows cut off at the end show only to those
who kept the hash of one of them.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gridctl.config import Config

_JSON_COLUMNS = ("segments", "decision_factors")
_UNHASHED = ("row_hash", "created_at", "updated_at")
_AT_ONCE = 10_000


@dataclass(frozen=True)
class Verified:
    """What a walk along the chain found. ``broken`` says what is wrong with the first bad row.

    ``head`` is the hash of the last good row, ``None`` when there is none.
    """

    rows: int
    head: str | None
    broken: str | None = None
    sequence: int | None = None
    decision_id: str | None = None
    workload_id: str | None = None


def append(con: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows at the end of the chain, in their order, inside the caller's transaction.

    Each has every column but ``sequence``, ``prev_hash``, ``row_hash`` and the defaults.
    """
    last = con.execute(
        "SELECT sequence, row_hash FROM workload_schedules ORDER BY sequence DESC LIMIT 1"
    ).fetchall()
    sequence, prev_hash = last[0] if last else (0, None)
    for row in rows:
        sequence += 1
        chained = {**row, "sequence": sequence, "prev_hash": prev_hash}
        prev_hash = row_hash(chained)
        insert(con, "workload_schedules", {**chained, "row_hash": prev_hash})


def insert(con: Any, table: str, row: Mapping[str, Any]) -> None:
    """Insert one row by column names, which must be the program's own."""
    columns = ", ".join(row)
    places = ", ".join("?" for _ in row)
    con.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(row.values()))


def row_hash(row: Mapping[str, Any]) -> str:
    """The hash of a ``workload_schedules`` row, as written or as read back from the database."""
    content = {key: _plain(key, value) for key, value in row.items() if key not in _UNHASHED}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(((row["prev_hash"] or "") + text).encode()).hexdigest()


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, uuid.UUID):
        return str(value)
    if key in _JSON_COLUMNS and isinstance(value, str):
        return json.loads(value)
    return value


def verify(config: Config, head: str | None = None) -> Verified:
    """Walk the stored chain from its first row; see :func:`verify_rows` for ``head``.

    Raises :class:`gridctl.errors.DatabaseError` when the database cannot be read.
    """
    from gridctl.store.connect import open_reader

    with open_reader(config.database, config["store.lock_timeout"]) as con:
        con.execute("SELECT * FROM workload_schedules ORDER BY sequence, id")
        return verify_rows(_fetched(con), head)


def _fetched(con: Any) -> Iterable[Mapping[str, Any]]:
    names = [column[0] for column in con.description]
    while rows := con.fetchmany(_AT_ONCE):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def verify_rows(rows: Iterable[Mapping[str, Any]], head: str | None = None) -> Verified:
    """Check rows in order of sequence: numbers without a gap, links, and every hash.

    With ``head``, the hash of a row as somebody kept it, that row must still be in the chain.
    """
    count, before, met = 0, None, head is None
    for row in rows:
        broken = _what_is_wrong(row, count + 1, before)
        if broken:
            ids = {key: str(row[key]) for key in ("id", "workload_id")}
            return Verified(count, before, broken, row["sequence"], ids["id"], ids["workload_id"])
        count, before = count + 1, row["row_hash"]
        met = met or before == head
    if not met:
        return Verified(count, before, f"no row has the hash {head}: rows at the end were removed")
    return Verified(count, before)


def _what_is_wrong(row: Mapping[str, Any], expected: int, before: str | None) -> str | None:
    if row["sequence"] != expected:
        return f"row {expected} is missing, or its number was changed"
    if row["prev_hash"] != before:
        return "it does not follow from the row before it: that was removed or replaced"
    try:
        changed = row_hash(row) != row["row_hash"]
    except ValueError:
        changed = True  # a JSON column that holds no JSON any more
    return "its content was changed after it was written" if changed else None
