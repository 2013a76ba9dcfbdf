"""Rows whose payload nobody knows any more: they cannot be traced to what brought them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.landing import Landing
from gridctl.store.checks.finding import WARNING, Asked, Check, Found, bad_rows
from gridctl.store.tables import TABLES


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    """The journal forgets calls after a while; ``api_logs`` keeps their log."""
    unlogged = con.execute(
        f"""SELECT DISTINCT payload_id FROM {table}
            WHERE payload_id NOT IN (SELECT id FROM api_logs)"""
    ).fetchall()
    if not unlogged:
        return
    known = Landing(asked.config.database).payload_ids()
    unknown = [str(payload_id) for (payload_id,) in unlogged if payload_id not in known]
    if not unknown:
        return
    con.execute("CREATE OR REPLACE TEMP TABLE unknown AS SELECT unnest(?::UUID[]) AS id", [unknown])
    yield from bad_rows(
        con,
        asked,
        table,
        "payload_id IN (SELECT id FROM unknown)",
        "rows whose payload is neither in the landing journal nor in api_logs",
        example="payload_id::VARCHAR",
        by_region=False,
    )


CHECK = Check(
    "unknown_payload", WARNING, "what brought a row is in no journal and no log", tuple(TABLES),
    _find,
)  # fmt: skip
