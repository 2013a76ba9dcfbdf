"""No two rows have one natural key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.store.checks.finding import ERROR, Asked, Check, Found
from gridctl.store.checks.keys import KEYS, key_text


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    keys = ", ".join(KEYS[table])
    # Counting hashes is quick; two keys with one hash only cost a closer look.
    rows, distinct = con.execute(
        f"SELECT count(*), count(DISTINCT hash({keys})) FROM {table}"
    ).fetchall()[0]
    if rows == distinct:
        return
    time = asked.time(table)
    for region, first, last, surplus, example in con.execute(
        f"""WITH twice AS (
                SELECT {keys}, min({time}) AS moment, count(*) - 1 AS surplus FROM {table}
                GROUP BY {keys} HAVING count(*) > 1
            )
            SELECT {asked.region(table)} AS region, min(moment), max(moment),
                   sum(surplus)::BIGINT, arg_min({key_text(table, asked)}, moment)
            FROM twice GROUP BY region ORDER BY region NULLS FIRST"""
    ).fetchall():
        what = f"rows beyond the first with one key ({keys})"
        yield Found(surplus, what, region, first, last, example)


CHECK = Check("duplicate_key", ERROR, "several rows have one natural key", tuple(KEYS), _find)
