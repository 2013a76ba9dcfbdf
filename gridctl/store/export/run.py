"""Export tables at one moment: while it reads, other readers go on and writers wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gridctl.config import Config
from gridctl.errors import UsageError
from gridctl.store.backup import refuse_own_files
from gridctl.store.connect import open_reader
from gridctl.store.export import csv, parquet, sqlite
from gridctl.store.export.catalogue import Table, tables_of
from gridctl.store.export.sqlite import OnRows
from gridctl.store.whole import check_folder, whole_file, whole_folder

_WRITERS = {"parquet": parquet, "csv": csv}
_SUFFIXES = {writer.SUFFIX: format for format, writer in _WRITERS.items()}
_ENDINGS = {**_SUFFIXES, ".sqlite": "sqlite", ".db": "sqlite"}
# Else the engine keeps all it has read of a large file. Each thread fills a row group of its own.
_FRUGAL = "SET memory_limit = '512MB'; SET threads = 2"
FORMATS = (*_WRITERS, "sqlite")


@dataclass(frozen=True)
class Exported:
    """What was written: rows by table, to ``path``, of so many bytes in all."""

    path: Path
    rows: dict[str, int]
    bytes: int


def export(
    config: Config,
    target: Path,
    format: str | None = None,
    names: Sequence[str] = (),
    *,
    overwrite: bool = False,
    on_rows: OnRows = lambda *_: None,
) -> Exported:
    """Write the named tables, else all, in one of ``FORMATS``; ``None`` is as the target ends.

    Parquet and CSV are a file for each table in the folder ``target``; one table alone also is the
    file ``target``, when that has the format's suffix. SQLite is one file, with the views when it
    holds all tables. ``on_rows`` hears of progress: table, rows so far, rows in all.

    Raises :class:`UsageError` for a table that is not there and a target that is full, cannot be
    written, or ends as another format: it is then as it was; :class:`DatabaseError` when the
    database cannot be read.
    """
    refuse_own_files(config, target)
    check_folder(target)
    format = _format_for(target, format)
    with open_reader(config.database, config["store.lock_timeout"]) as con:
        con.execute(_FRUGAL)
        tables = _chosen(tables_of(con), names)
        if format == "sqlite":
            with whole_file(target, overwrite=overwrite) as building:
                rows = sqlite.write(con, tables, building, has_views=not names, on_rows=on_rows)
        elif target.suffix.lower() == _WRITERS[format].SUFFIX:
            rows = _write_file(con, tables, target, format, overwrite)
        else:
            rows = _write_folder(con, tables, target, format, overwrite, on_rows)
    return Exported(target, rows, _size(target))


def _format_for(target: Path, given: str | None) -> str:
    told = _ENDINGS.get(target.suffix.lower())
    if told and given and told != given:
        raise UsageError(
            f"{target} ends in {target.suffix}, and --format is {given}: change one of them"
        )
    return given or told or "parquet"


def _write_file(
    con: Any, tables: Sequence[Table], target: Path, format: str, overwrite: bool
) -> dict[str, int]:
    if len(tables) != 1:
        raise UsageError(f"{target} can hold one table: name it with --table, or name a folder")
    with whole_file(target, overwrite=overwrite) as building:
        return {tables[0].name: _WRITERS[format].write(con, tables[0], building)}


def _write_folder(
    con: Any,
    tables: Sequence[Table],
    target: Path,
    format: str,
    overwrite: bool,
    on_rows: OnRows,
) -> dict[str, int]:
    writer, rows = _WRITERS[format], {}
    with whole_folder(target, overwrite=overwrite, is_replaceable=_is_exported) as building:
        for table in tables:
            written = writer.write(con, table, building / f"{table.name}{writer.SUFFIX}")
            rows[table.name] = written
            on_rows(table.name, written, written)
    return rows


def _is_exported(entry: Path) -> bool:
    return entry.is_file() and entry.suffix in _SUFFIXES


def _chosen(tables: Sequence[Table], names: Sequence[str]) -> Sequence[Table]:
    known = [table.name for table in tables]
    for name in names:
        if name not in known:
            close = get_close_matches(name, known)
            hint = (
                f"did you mean {' or '.join(close)}?" if close else f"there are: {', '.join(known)}"
            )
            raise UsageError(f"there is no table {name!r}; {hint}")
    return [table for table in tables if table.name in names] if names else tables


def _size(target: Path) -> int:
    files = target.iterdir() if target.is_dir() else [target]
    return sum(file.stat().st_size for file in files)
