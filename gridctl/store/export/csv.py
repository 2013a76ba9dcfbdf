"""A table as one CSV file after RFC 4180, in UTF-8 with a header.

Times are ISO 8601 in UTC with a Z, nested values JSON. A missing value is empty, an empty text is
``""``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gridctl.store.export.catalogue import Column, Table, text_literal

SUFFIX = ".csv"


def write(con: Any, table: Table, path: Path) -> int:
    """Write the file; its rows. Raises ``duckdb.IOException`` when it cannot be written."""
    fields = ", ".join(f"{_spelled(column)} AS {column.quoted}" for column in table.columns)
    con.execute(
        f"""COPY (SELECT {fields} FROM {table.quoted}) TO {text_literal(path)}
            (FORMAT csv, HEADER, NEW_LINE '\\r\\n')"""
    )
    return int(con.fetchall()[0][0])


def _spelled(column: Column) -> str:
    if column.is_time:
        return f"replace(timezone('UTC', {column.quoted})::VARCHAR, ' ', 'T') || 'Z'"
    return f"to_json({column.quoted})::VARCHAR" if column.is_nested else column.quoted
