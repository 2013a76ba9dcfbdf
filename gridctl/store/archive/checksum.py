"""Rows as text that two databases agree on, and a sum over it in which the order does not matter.

``hash()`` of DuckDB differs between its versions; MD5 of the text does not. The 64-bit hashes are
added up, so that a row that is there twice shows, which an exclusive or would not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SEPARATOR, _NOTHING = "chr(31)", "chr(0)"


@dataclass(frozen=True)
class Checksum:
    """How many rows, and the sum of their hashes in hexadecimal."""

    rows: int
    digest: str


def row_hash(types: Mapping[str, str], alias: str) -> str:
    """SQL for the hash of a whole row: all its columns, in order, as text."""
    parts = (
        f"coalesce({_as_text(f'{alias}.{name}', kind)}, {_NOTHING})" for name, kind in types.items()
    )
    return f"md5_number_lower(concat_ws({_SEPARATOR}, {', '.join(parts)}))"


def checksum(con: Any, relation: str, types: Mapping[str, str]) -> Checksum:
    """The checksum of the rows of a relation (SQL) with these columns."""
    rows, total = con.execute(
        f"SELECT count(*), coalesce(sum({row_hash(types, 'r')}), 0) FROM {relation} r"
    ).fetchall()[0]
    return Checksum(rows, f"{total:x}")


def _as_text(value: str, kind: str) -> str:
    # A time as text would depend on the connection's time zone.
    return f"epoch_us({value})::VARCHAR" if kind.startswith("TIMESTAMP") else f"{value}::VARCHAR"
