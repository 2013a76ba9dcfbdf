"""Ids follow from the natural key: one that does not lets its key in a second time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.store.checks.finding import ERROR, Asked, Check, Found, bad_rows
from gridctl.store.checks.keys import KEYS, key_text


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    key = key_text(table, asked)
    yield from bad_rows(
        con,
        asked,
        table,
        f"id IS DISTINCT FROM natural_id('{table}', {key})",
        "rows whose id is not the one of their natural key",
        example=f"{key} || ' has id ' || id",
    )


CHECK = Check(
    "wrong_id", ERROR, "the id of a row is not the one of its natural key", tuple(KEYS), _find
)
