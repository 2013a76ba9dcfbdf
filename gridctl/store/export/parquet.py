"""A table as one Parquet file, every type exact, compressed with zstd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gridctl.store.export.catalogue import Table, text_literal

SUFFIX = ".parquet"


def write(con: Any, table: Table, path: Path) -> int:
    """Write the file; its rows. Raises ``duckdb.IOException`` when it cannot be written."""
    con.execute(f"COPY {table.quoted} TO {text_literal(path)} (FORMAT parquet, COMPRESSION zstd)")
    return int(con.fetchall()[0][0])
