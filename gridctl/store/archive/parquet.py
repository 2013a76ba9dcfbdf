"""One archive file: rows of one table with what they are, and the SQL to read them.

Beside its rows a file says the table, the schema step that wrote it, and the checksum of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

import duckdb

from gridctl.errors import DataError
from gridctl.store import migrate
from gridctl.store.archive.checksum import Checksum, checksum

PATTERN = "part-*.parquet"
_MAGIC = b"PAR1"
_MARKS = ("gridctl.table", "gridctl.schema_step", "gridctl.rows", "gridctl.checksum")


@dataclass(frozen=True)
class Archived:
    """A file whose rows are those that were written, with their column types."""

    path: Path
    table: str
    types: Mapping[str, str]
    checksum: Checksum


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does. Raises ``OSError`` when it cannot be read."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def rows_of(*paths: Path) -> str:
    """SQL for the rows of archive files. Names of folders are not taken for columns."""
    # Brackets and stars in a path are its own, not a pattern.
    names = ", ".join(quoted(escape(str(path))) for path in paths)
    return f"read_parquet([{names}], hive_partitioning = false)"


def quoted(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"


def write(con: Any, path: Path, table: str, select: str, content: Checksum) -> None:
    """Write the rows of ``select`` as they are. Raises ``duckdb.Error`` when that fails."""
    values = (table, str(migrate.steps()[-1][0]), str(content.rows), content.digest)
    marks = ", ".join(f"'{k}': {quoted(v)}" for k, v in zip(_MARKS, values, strict=True))
    con.execute(
        f"COPY ({select}) TO {quoted(str(path))}"
        f" (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{marks}}})"
    )


def open_archive(con: Any, path: Path) -> Archived:
    """Read a file and prove that it is whole.

    Raises :class:`DataError` when it cannot be read, is not gridctl's, was written by a newer
    schema, or does not hold the rows it says.
    """
    try:
        marks = _marks(con, path)
        if not set(_MARKS) <= set(marks):
            raise DataError("a Parquet file, but not one that `gridctl store prune` archived")
        table, step, rows, digest = (marks[name] for name in _MARKS)
        newest = migrate.steps()[-1][0]
        if int(step) > newest:
            raise DataError(
                f"archived by schema step {step}, this gridctl knows {newest}; upgrade gridctl"
            )
        described = con.execute(f"DESCRIBE SELECT * FROM {rows_of(path)}").fetchall()
        types = {name: kind for name, kind, *_ in described}
        promised = Checksum(int(rows), digest)
        found = checksum(con, rows_of(path), types)
    except (duckdb.Error, ValueError) as error:
        raise DataError(f"not a whole Parquet file: {str(error).splitlines()[0]}") from None
    if found != promised:
        raise DataError(
            f"its rows are not those that were archived: {found.rows} with checksum "
            f"{found.digest}, not {rows} with {digest}"
        )
    return Archived(path, table, types, found)


def _marks(con: Any, path: Path) -> dict[str, str]:
    rows = con.execute(
        f"SELECT key, value FROM parquet_kv_metadata({quoted(escape(str(path)))})"
    ).fetchall()
    # Other writers put what they like beside the rows.
    return {key.decode(): value.decode() for key, value in rows if key.startswith(b"gridctl.")}
