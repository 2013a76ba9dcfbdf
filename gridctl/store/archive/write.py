"""Write rows to ``DIR/table=T/year=YYYY/month=MM/part-CHECKSUM.parquet`` and prove they are there.

What an earlier run archived and then did not come to delete is not written again, so that a run
that was cut off anywhere is finished by the next one, and no row is in the archive twice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from errno import ENOSPC
from pathlib import Path
from typing import Any

import duckdb

from gridctl.clock import iso
from gridctl.errors import DataError, UsageError
from gridctl.store.archive import parquet
from gridctl.store.archive.checksum import checksum, row_hash
from gridctl.store.leftovers import remove_abandoned


@dataclass(frozen=True)
class Rows:
    """Rows of ``table`` to archive by their ``time``: those for which ``condition`` (SQL) holds."""

    table: str
    time: str
    condition: str
    types: Mapping[str, str]


def archive(con: Any, folder: Path, rows: Rows) -> list[Path]:
    """Bring all these rows into the archive, month by month; the files written.

    Raises :class:`UsageError` when the folder cannot be written, and :class:`DataError` when a file
    that is there already is damaged. Whatever is raised, what was archived before is as it was.
    """
    months = con.execute(
        f"""SELECT DISTINCT date_trunc('month', {rows.time}) AS month FROM {rows.table}
            WHERE {rows.condition} ORDER BY month"""
    ).fetchall()
    try:
        written = [_archive_month(con, folder, rows, month) for (month,) in months]
    except (OSError, duckdb.IOException) as error:
        raise UsageError(
            f"cannot archive to {folder}: {_reason(error)}; nothing was deleted"
        ) from None
    return [path for path in written if path is not None]


def _reason(error: OSError | duckdb.IOException) -> str:
    """DuckDB tells of a full disk at length, and otherwise in each version."""
    text = getattr(error, "strerror", None) or str(error).splitlines()[0]
    full = os.strerror(ENOSPC)
    return full if full in text else text


def _archive_month(con: Any, folder: Path, rows: Rows, month: datetime) -> Path | None:
    place = folder / f"table={rows.table}" / f"year={month:%Y}" / f"month={month:%m}"
    place.mkdir(parents=True, exist_ok=True)
    remove_abandoned(place, ".part.{pid}.new")
    after = (month + timedelta(days=32)).replace(day=1)
    doomed = f"""(SELECT * FROM {rows.table} WHERE {rows.condition}
                  AND {rows.time} >= TIMESTAMPTZ '{iso(month)}'
                  AND {rows.time} < TIMESTAMPTZ '{iso(after)}')"""
    missing = _not_yet_archived(con, place, rows, doomed)
    content = checksum(con, missing, rows.types)
    if not content.rows:
        return None
    building = place / f".part.{os.getpid()}.new"
    target = place / f"part-{content.digest}.parquet"
    try:
        parquet.write(
            con, building, rows.table, f"FROM {missing} ORDER BY {rows.time}, id", content
        )
        _prove(con, building, f"{target} does not hold what was to go there")
        _make_durable(building)
        os.replace(building, target)
        _make_durable(place)
    finally:
        building.unlink(missing_ok=True)
    return target


def _not_yet_archived(con: Any, place: Path, rows: Rows, doomed: str) -> str:
    """SQL for the rows that no file of this month holds exactly so."""
    present = sorted(place.glob(parquet.PATTERN))
    for path in present:
        _prove(con, path, f"{path}, archived before, is damaged")
    if not present:
        return doomed
    same = f"{row_hash(rows.types, 'd')} = {row_hash(rows.types, 'a')}"
    return f"""(SELECT * FROM {doomed} d WHERE NOT EXISTS (
                    FROM {parquet.rows_of(*present)} a WHERE a.id = d.id AND {same}))"""


def _prove(con: Any, path: Path, otherwise: str) -> None:
    try:
        parquet.open_archive(con, path)
    except DataError as error:
        raise DataError(f"{otherwise}: {error}; nothing was deleted") from None


def _make_durable(path: Path) -> None:
    """Nothing is deleted before what replaces it has reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
