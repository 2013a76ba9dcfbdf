"""Merge staged rows into a table so that the order of loading does not matter.

Every payload has a version, its ``as_of`` and id. Every group of columns keeps the value with the
highest version that said anything about it, and a real row replaces a synthetic one whole. A row
carries the version of the newest payload that spoke of it, and ``older_fields`` the versions of
groups that are older.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridctl.model import SYNTHETIC
from gridctl.store.tables import Table

VERSION_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
# A forecast issued again with the same value is confirmed, not changed.
_CONFIRMATIONS = frozenset({"forecast_issued_at"})


@dataclass(frozen=True)
class Origin:
    """Whose rows these are: the source, the payload, and the moment it speaks of."""

    source: str
    payload_id: UUID
    as_of: datetime

    @property
    def version(self) -> str:
        """Text that sorts by ``as_of`` and then by payload."""
        return f"{self.as_of.strftime(VERSION_TIME)}/{self.payload_id}"


ORIGIN_COLUMNS = "payload INTEGER, version VARCHAR, payload_id UUID, as_of TIMESTAMPTZ"


def merge(
    con: Any, table: Table, turn: int, source: str, types: Mapping[str, str], span: str
) -> dict[int, tuple[int, int]]:
    """Insert and update what the rows of ``staged`` change; the counts of both by payload.

    Only rows of that ``turn``: no two have one key. Each names its ``payload`` in ``origins``. Rows
    are told apart by their natural key, among the stored rows ``t`` that meet ``span``: a scan of
    the span of time that is staged costs less than the ids, and does not grow with the table.
    """
    con.execute(_merged_sql(table, turn, source, span))
    counts = con.execute(
        """SELECT payload, count(*) FILTER (is_new), count(*) FILTER (NOT is_new AND is_changed),
                  count(*) FILTER (NOT is_new) FROM merged GROUP BY payload"""
    ).fetchall()
    if any(inserted for _, inserted, _, _ in counts):
        _insert(con, table, source, types)
    if any(written for *_, written in counts):
        _update(con, table, source, span)
    return {payload: (inserted, updated) for payload, inserted, updated, _ in counts}


def span_condition(time: str | None, first: str | None, last: str | None) -> str:
    """A condition on stored rows ``t`` that holds for all that rows in this span could meet."""
    if time is None:
        return "TRUE"
    if first is None:
        return "FALSE"
    return f"t.{time} BETWEEN TIMESTAMPTZ '{first}' AND TIMESTAMPTZ '{last}'"


def _merged_sql(table: Table, turn: int, source: str, span: str) -> str:
    """Fill ``merged``: each staged row that differs from what is stored, as it should stand."""
    leads = [group[0] for group in table.groups]
    is_real = str(source != SYNTHETIC).upper()
    values = [name for name in table.fields if name not in _CONFIRMATIONS]
    keys = [name for name in dict.fromkeys((*table.key, *table.fixed)) if name not in table.fields]
    same_key = " AND ".join(f"t.{name} IS NOT DISTINCT FROM s.{name}" for name in table.key)
    return f"""
        CREATE OR REPLACE TEMP TABLE merged AS
        WITH stored AS (
            SELECT *, strftime(fetched_at, '{VERSION_TIME}') || '/' || payload_id AS version
            FROM {table.name} t WHERE {span}
        ), joined AS (
            SELECT {_list(f"s.{name}" for name in keys)}{_list(_both_sides(table))}
                   t.id AS t_id, t.id IS NULL AS is_new, payload, o.version AS newer,
                   coalesce({is_real} AND t.source = '{SYNTHETIC}', FALSE) AS replaces,
                   coalesce(NOT {is_real} AND t.source <> '{SYNTHETIC}', FALSE) AS ignored,
                   t.version AS t_version, t.older_fields AS t_older,
                   {
        _list(f"{_stored_version(lead)} AS version_{i}" for i, lead in enumerate(leads))
    }
                   {_bare(_takes(leads))}
            FROM staged s JOIN origins o USING (payload) LEFT JOIN stored t ON {same_key}
            WHERE s.turn = {turn}
        ), valued AS (
            SELECT *,
                   {_list(_chosen(table))}
                   {
        _list(
            f"CASE WHEN take_{i} THEN newer ELSE version_{i} END AS kept_{i}"
            for i in range(len(leads))
        )
    }
                   CASE WHEN is_new OR replaces THEN newer
                        ELSE greatest(newer, t_version) END AS row_version
            FROM joined WHERE NOT ignored
        ), aged AS (
            SELECT *, {_older_fields(leads)} AS older_fields FROM valued
        ), compared AS (
            SELECT *, row_version = newer AS is_latest,
                   replaces OR {" OR ".join(f"{v} IS DISTINCT FROM t_{v}" for v in values)}
                       AS is_changed,
                   row_version IS DISTINCT FROM t_version
                       OR older_fields::VARCHAR IS DISTINCT FROM t_older::VARCHAR AS is_confirmed
            FROM aged
        )
        SELECT payload, t_id, is_new, is_changed, is_latest, {_list(keys)}{
        _list(table.fields)
    } older_fields
        FROM compared WHERE is_new OR is_changed OR is_confirmed"""


def _both_sides(table: Table) -> list[str]:
    # A group that says nothing says it whole: no issue time without a forecast.
    return [
        f"CASE WHEN s.{group[0]} IS NOT NULL THEN s.{name} END AS s_{name}, t.{name} AS t_{name}"
        for group in table.groups
        for name in group
    ]


def _stored_version(lead: str) -> str:
    return f"coalesce(json_extract_string(t.older_fields, '$.{lead}'), t.version)"


def _takes(leads: list[str]) -> list[str]:
    """Whether each group takes the staged value: it says something, and nothing newer did."""
    return [
        f"(is_new OR replaces OR s.{lead} IS NOT NULL"
        f" AND (t.{lead} IS NULL OR o.version >= {_stored_version(lead)})) AS take_{i}"
        for i, lead in enumerate(leads)
    ]


def _chosen(table: Table) -> list[str]:
    return [
        f"CASE WHEN take_{i} THEN s_{name} ELSE t_{name} END AS {name}"
        for i, group in enumerate(table.groups)
        for name in group
    ]


def _older_fields(leads: list[str]) -> str:
    """The versions of groups with a value older than the row's, ``NULL`` when there are none."""
    is_older = [f"({lead} IS NOT NULL AND kept_{i} < row_version)" for i, lead in enumerate(leads)]
    pairs = [f"'{lead}', CASE WHEN {is_older[i]} THEN kept_{i} END" for i, lead in enumerate(leads)]
    return (
        f"CASE WHEN {' OR '.join(is_older)}"
        f" THEN json_merge_patch('{{}}', json_object({_bare(pairs)})) END"
    )


def _insert(con: Any, table: Table, source: str, types: Mapping[str, str]) -> None:
    has_region = "region_number" in table.key
    region, join = ("", "")
    if has_region:
        region, join = "region_id, ", "LEFT JOIN uk_regions r USING (region_number)"
    key = " || '|' || ".join(spelled(name, types[name]) for name in table.key)
    con.execute(
        f"""INSERT INTO {table.name} (id, {region}{_list(table.columns)} older_fields, source,
                                      fetched_at, payload_id)
            SELECT natural_id('{table.name}', {key}), {region and "r.id, "}
                   {_list(f"m.{name}" for name in table.columns)} older_fields, ?, o.as_of,
                   o.payload_id
            FROM merged m JOIN origins o USING (payload) {join} WHERE is_new""",
        [source],
    )


def _update(con: Any, table: Table, source: str, span: str) -> None:
    con.execute(
        f"""UPDATE {table.name} t SET
                {_list(f"{name} = m.{name}" for name in table.fields)}
                older_fields = m.older_fields,
                source = CASE WHEN m.is_latest THEN ? ELSE t.source END,
                fetched_at = CASE WHEN m.is_latest THEN o.as_of ELSE t.fetched_at END,
                payload_id = CASE WHEN m.is_latest THEN o.payload_id ELSE t.payload_id END,
                updated_at = CASE WHEN m.is_changed THEN now() ELSE t.updated_at END
            FROM merged m JOIN origins o USING (payload)
            WHERE t.id = m.t_id AND NOT m.is_new AND {span}""",
        [source],
    )


def spelled(column: str, data_type: str) -> str:
    """A key part as text, exactly as :func:`gridctl.model.natural_id` expects it."""
    if data_type.startswith("TIMESTAMP"):
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%SZ')"
    if column == "region_number":
        return f"coalesce({column}::VARCHAR, 'GB')"
    return f"{column}::VARCHAR"


def _bare(parts: Any) -> str:
    return ", ".join(parts)


def _list(parts: Any) -> str:
    """Comma-separated, with a comma after the last: for what is followed by more."""
    return "".join(f"{part}, " for part in parts)
