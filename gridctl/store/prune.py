"""Delete rows that are past their time, archived first where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gridctl.clock import iso
from gridctl.config import Config
from gridctl.store.archive.write import Rows, archive
from gridctl.store.connect import open_reader, open_writer
from gridctl.store.tables import time_of
from gridctl.store.transaction import transaction
from gridctl.store.upsert import column_types


@dataclass(frozen=True)
class Pruned:
    """What goes, or went, of one table: ``rows`` of ``total``, all older than ``before``."""

    table: str
    before: datetime
    rows: int
    total: int
    oldest: datetime | None
    newest: datetime | None
    files: Sequence[Path] = ()


def preview(config: Config, cutoffs: Mapping[str, datetime]) -> list[Pruned]:
    """What pruning would delete. Raises :class:`gridctl.errors.DatabaseError` as reading does."""
    with open_reader(config.database, config["store.lock_timeout"]) as con:
        return [_count(con, rows, cutoffs) for rows in _doomed(con, cutoffs)]


def prune(config: Config, cutoffs: Mapping[str, datetime], folder: Path | None) -> list[Pruned]:
    """Delete the rows of each table before its cutoff, with a ``folder`` archived there first.

    Everything is in the archive and read back before the first row is deleted; the rows of each
    table go in a transaction of their own. Cut off anywhere, running it again finishes it. The
    database is held by this process all along: nobody changes a row between the two.

    Raises :class:`gridctl.errors.DatabaseError` when the database cannot be written, and as
    :func:`gridctl.store.archive.write.archive` does.
    """
    if not config.database.exists():  # opening it to write would make one
        return preview(config, cutoffs)
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        doomed = [(rows, _count(con, rows, cutoffs)) for rows in _doomed(con, cutoffs)]
        if folder is not None:
            doomed = [(r, replace(d, files=archive(con, folder, r))) for r, d in doomed]
        for rows, counted in doomed:
            if counted.rows:
                _delete(con, rows)
        con.execute("CHECKPOINT")  # only then is their room in the file free
        return [counted for _, counted in doomed]


def _doomed(con: Any, cutoffs: Mapping[str, datetime]) -> list[Rows]:
    types = column_types(con)
    return [
        Rows(table, time, f"{time} < TIMESTAMPTZ '{iso(before)}'", types[table])
        for table, before in cutoffs.items()
        for time in (time_of(types[table]),)
    ]


def _count(con: Any, rows: Rows, cutoffs: Mapping[str, datetime]) -> Pruned:
    goes = f"FILTER ({rows.condition})"
    count, total, oldest, newest = con.execute(
        f"""SELECT count(*) {goes}, count(*), min({rows.time}) {goes}, max({rows.time}) {goes}
            FROM {rows.table}"""
    ).fetchall()[0]
    return Pruned(rows.table, cutoffs[rows.table], count, total, oldest, newest)


def _delete(con: Any, rows: Rows) -> None:
    with transaction(con):
        con.execute(f"DELETE FROM {rows.table} WHERE {rows.condition}")
