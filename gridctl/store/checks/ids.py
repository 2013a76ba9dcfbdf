"""Ids follow from the natural key: one that does not lets its key in a second time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.model import NAMESPACE
from gridctl.store.checks.finding import ERROR, Asked, Check, Found, bad_rows
from gridctl.store.checks.keys import KEYS, key_text


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    """Compare the last 48 bits: that takes half the time, and a wrong id has them right once in
    10^14. The hash is that of ``natural_id()``, see schema/macros.sql.
    """
    key = key_text(table, asked)
    hashed = f"sha1(from_hex('{NAMESPACE.hex}') || encode('{table}|' || {key}))"
    yield from bad_rows(
        con,
        asked,
        table,
        f"right(id::VARCHAR, 12) IS DISTINCT FROM substr({hashed}, 21, 12)",
        "rows whose id is not the one of their natural key",
        example=f"{key} || ' has id ' || id",
    )


CHECK = Check(
    "wrong_id", ERROR, "the id of a row is not the one of its natural key", tuple(KEYS), _find
)
