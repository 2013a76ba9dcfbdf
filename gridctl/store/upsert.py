"""Bring a batch of rows into a table: validate, key, merge. All of it in bulk SQL.

Which value wins does not depend on the order of loading. Every payload has a version, its
``as_of`` and id; every group of columns keeps the value with the highest version that said
anything about it, and a real row replaces a synthetic one whole. A row carries the version of the
newest payload that spoke of it, and ``older_fields`` the versions of groups that are older.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pyarrow as pa

from gridctl.clock import iso
from gridctl.model import SYNTHETIC, Batch, Reject
from gridctl.store import vintages
from gridctl.store.rules import Rule, rules_for
from gridctl.store.tables import TABLES, Table


@dataclass(frozen=True)
class Origin:
    """Whose rows these are: the source, the payload, and the moment it speaks of."""

    source: str
    payload_id: UUID
    as_of: datetime

    @property
    def version(self) -> str:
        """Text that sorts by ``as_of`` and then by payload; the same form as ``_ROW_VERSION``."""
        return f"{self.as_of:%Y-%m-%dT%H:%M:%S.%fZ}/{self.payload_id}"


@dataclass(frozen=True)
class Upserted:
    """Rows inserted and updated, rows left out as repeats, and what was rejected."""

    inserted: int
    updated: int
    repeated: int
    rejects: list[Reject]


_ROW_VERSION = "(strftime(t.fetched_at, '%Y-%m-%dT%H:%M:%S.%fZ') || '/' || t.payload_id)"
# A forecast issued again with the same value is confirmed, not changed.
_CONFIRMATIONS = frozenset({"forecast_issued_at"})
_ARROW_TYPES = {
    "DOUBLE": pa.float64(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "DOUBLE[]": pa.list_(pa.float64()),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
}


ColumnTypes = Mapping[str, Mapping[str, str]]  # table -> column -> DuckDB type


def column_types(con: Any) -> ColumnTypes:
    """The column types of every table, read once for many batches."""
    types: dict[str, dict[str, str]] = {}
    for table, column, data_type in con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main'"
    ).fetchall():
        types.setdefault(table, {})[column] = data_type
    return types


def upsert(
    con: Any, batch: Batch, origin: Origin, limits: Mapping[str, float], all_types: ColumnTypes
) -> Upserted:
    """Merge a batch into its table, inside the caller's transaction.

    Temporary tables ``staged`` and ``merged`` are left for the next call to replace.
    Raises ``duckdb.Error`` when a constraint of the schema is broken.
    """
    table = TABLES[batch.table]
    types = all_types[table.name]
    con.register("incoming_arrow", _arrow(table, batch, types))
    try:
        rejects, incoming = _validate(con, table, origin, limits)
        rejects += _stage(con, table, types, incoming)
    finally:
        con.unregister("incoming_arrow")
    repeated = vintages.drop_repeats(con, limits) if table.name == "forecast_vintages" else 0
    _merge(con, table, origin, types)
    inserted = _count(con, "is_new")
    updated = _count(con, "NOT is_new AND is_changed")
    _write(con, table, origin)
    return Upserted(inserted, updated, repeated, rejects)


def _arrow(table: Table, batch: Batch, types: Mapping[str, str]) -> pa.Table:
    """The batch with every column that its table can take; those it lacks are NULL."""
    columns = {}
    for name in table.columns:
        arrow_type = _ARROW_TYPES.get(types[name], pa.string())
        values = batch.columns.get(name)
        columns[name] = (
            pa.nulls(len(batch), arrow_type) if values is None else pa.array(values, arrow_type)
        )
    return pa.table(columns)


# -- validate ---------------------------------------------------------------------------------


def _validate(
    con: Any, table: Table, origin: Origin, limits: Mapping[str, float]
) -> tuple[list[Reject], str]:
    """What the batch's rows break, and the relation of those that may enter.

    In that relation, fields that break a rule are NULL and rows that break one are left out.
    """
    numbered = "(SELECT *, row_number() OVER () AS ordinal FROM incoming_arrow)"
    rules = [
        Rule(rule.name, rule.holds.format_map(limits), rule.field) for rule in rules_for(table.name)
    ]
    as_of = f"(SELECT *, TIMESTAMPTZ '{iso(origin.as_of)}' AS as_of FROM {numbered})"
    broken = [f"coalesce(NOT ({rule.holds}), FALSE)" for rule in rules]
    if (
        not broken
        or not con.execute(
            f"SELECT coalesce(bool_or({' OR '.join(broken)}), FALSE) FROM {as_of}"
        ).fetchall()[0][0]
    ):
        return [], numbered  # all is well, as nearly always: nothing to copy
    flags = ", ".join(f"{condition} AS broken_{i}" for i, condition in enumerate(broken))
    con.execute(f"CREATE OR REPLACE TEMP TABLE checked AS SELECT *, {flags} FROM {as_of}")
    columns = [
        _kept(name, [i for i, rule in enumerate(rules) if rule.field == name])
        for name in table.columns
    ]
    row_rules = [f"NOT broken_{i}" for i, rule in enumerate(rules) if rule.field is None]
    rejects = [r for i, rule in enumerate(rules) for r in _rejects(con, table, i, rule)]
    entering = " AND ".join(row_rules) or "TRUE"
    return rejects, f"(SELECT {', '.join(columns)}, ordinal FROM checked WHERE {entering})"


def _kept(name: str, rule_numbers: list[int]) -> str:
    if not rule_numbers:
        return name
    holds = " AND ".join(f"NOT broken_{i}" for i in rule_numbers)
    return f"CASE WHEN {holds} THEN {name} END AS {name}"


def _rejects(con: Any, table: Table, i: int, rule: Rule) -> list[Reject]:
    record = "{" + ", ".join(f"'{name}': {name}" for name in table.columns) + "}"
    rows = con.execute(f"SELECT to_json({record}) FROM checked WHERE broken_{i}").fetchall()
    return [Reject(table.name, rule.name, row[0], rule.field) for row in rows]


# -- key --------------------------------------------------------------------------------------


def _stage(con: Any, table: Table, types: Mapping[str, str], incoming: str) -> list[Reject]:
    """Fill ``staged``: one row per id with every column of the table, the last of duplicates.

    The others are rejected where they say something else, and pass silently where they agree.
    """
    has_region = "region_number" in table.key
    region = ", r.id AS region_id" if has_region else ""
    join = "LEFT JOIN uk_regions r USING (region_number)" if has_region else ""
    key = " || '|' || ".join(_spelled(name, types[name]) for name in table.key)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE keyed AS
            SELECT natural_id('{table.name}', {key}) AS id,
                   {", ".join(table.columns)}{region}, ordinal
            FROM {incoming} {join}"""
    )
    if not con.execute("SELECT count(*) > count(DISTINCT id) FROM keyed").fetchall()[0][0]:
        con.execute("CREATE OR REPLACE TEMP TABLE staged AS FROM keyed")
        return []
    con.execute(
        "CREATE OR REPLACE TEMP TABLE staged AS SELECT * FROM keyed "
        "QUALIFY row_number() OVER (PARTITION BY id ORDER BY ordinal DESC) = 1"
    )
    losers = con.execute(
        f"""SELECT to_json({{{", ".join(f"'{n}': k.{n}" for n in (*table.key, *table.fields))}}})
            FROM keyed k JOIN staged s USING (id)
            WHERE k.ordinal <> s.ordinal
              AND ({_row("k", table.fields)}) IS DISTINCT FROM ({_row("s", table.fields)})"""
    ).fetchall()
    return [Reject(table.name, "duplicate_with_other_value", row[0]) for row in losers]


def _row(alias: str, columns: tuple[str, ...]) -> str:
    return "row(" + ", ".join(f"{alias}.{name}" for name in columns) + ")"


def _spelled(column: str, data_type: str) -> str:
    """A key part as text, exactly as :func:`gridctl.model.natural_id` expects it."""
    if data_type.startswith("TIMESTAMP"):
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%SZ')"
    if column == "region_number":
        return f"coalesce({column}::VARCHAR, 'GB')"
    return f"{column}::VARCHAR"


# -- merge ------------------------------------------------------------------------------------


def _merge(con: Any, table: Table, origin: Origin, types: Mapping[str, str]) -> None:
    """Fill ``merged``: each staged row as it should stand, and whether it is new or changed."""
    is_real = "FALSE" if origin.source == SYNTHETIC else "TRUE"
    newer = f"'{origin.version}'"
    groups = table.groups
    takes = [
        f"(is_new OR replaces OR (NOT ignored AND s.{lead} IS NOT NULL"
        f" AND (t.{lead} IS NULL OR {newer} >= {_group_version(lead)}))) AS take_{i}"
        for i, (lead, *_) in enumerate(groups)
    ]
    merged = [
        f"CASE WHEN take_{i} THEN s_{name} ELSE t_{name} END AS {name}"
        for i, group in enumerate(groups)
        for name in group
    ]
    versions = [
        f"CASE WHEN take_{i} THEN {newer} ELSE version_{i} END AS kept_{i}"
        for i in range(len(groups))
    ]
    older = [
        f"'{lead}', CASE WHEN {lead} IS NOT NULL AND kept_{i} < row_version THEN kept_{i} END"
        for i, (lead, *_) in enumerate(groups)
    ]
    has_older = " OR ".join(
        f"({lead} IS NOT NULL AND kept_{i} < row_version)" for i, (lead, *_) in enumerate(groups)
    )
    group_versions = [
        f"{_group_version(lead)} AS version_{i}" for i, (lead, *_) in enumerate(groups)
    ]
    # A group that says nothing says it whole: no issue time without a forecast.
    both = ", ".join(
        f"CASE WHEN s.{lead} IS NOT NULL THEN s.{name} END AS s_{name}, t.{name} AS t_{name}"
        for lead, group in ((group[0], group) for group in groups)
        for name in group
    )
    values = tuple(name for name in table.fields if name not in _CONFIRMATIONS)
    changed = f"({_bare(values, '')}) IS DISTINCT FROM ({_bare(values, 't_')})"
    keys = [
        name
        for name in dict.fromkeys((*table.key, *table.fixed, *_region(table)))
        if name not in table.fields
    ]
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE merged AS
        WITH joined AS (
            SELECT s.id, {", ".join(f"s.{n}" for n in keys)}{"," if keys else ""} {both},
                   t.id IS NULL AS is_new,
                   coalesce({is_real} AND t.source = '{SYNTHETIC}', FALSE) AS replaces,
                   coalesce(NOT {is_real} AND t.source <> '{SYNTHETIC}', FALSE) AS ignored,
                   t.older_fields AS t_older, {_ROW_VERSION} AS t_version,
                   {", ".join(group_versions)},
                   {", ".join(takes)}
            FROM staged s LEFT JOIN {table.name} t ON s.id = t.id
        ), valued AS (
            SELECT *, {", ".join(merged)}, {", ".join(versions)},
                   CASE WHEN is_new OR replaces THEN {newer}
                        WHEN ignored THEN t_version
                        ELSE greatest({newer}, t_version) END AS row_version
            FROM joined
        ), aged AS (
            SELECT *, CASE WHEN {has_older}
                THEN json_merge_patch('{{}}', json_object({", ".join(older)})) END AS older_fields
            FROM valued
        )
        SELECT id, {", ".join(keys)}{"," if keys else ""} {", ".join(table.fields)}, older_fields,
               row_version = {newer} AS is_latest, is_new,
               replaces OR ({changed}) AS is_changed,
               row_version IS DISTINCT FROM t_version
                   OR older_fields::VARCHAR IS DISTINCT FROM t_older::VARCHAR AS is_confirmed
        FROM aged
        WHERE NOT ignored""")


def _group_version(lead: str) -> str:
    return f"coalesce(json_extract_string(t.older_fields, '$.{lead}'), {_ROW_VERSION})"


def _bare(columns: tuple[str, ...], prefix: str) -> str:
    return "row(" + ", ".join(prefix + name for name in columns) + ")"


def _region(table: Table) -> tuple[str, ...]:
    return ("region_id",) if "region_number" in table.key else ()


# -- write ------------------------------------------------------------------------------------


def _write(con: Any, table: Table, origin: Origin) -> None:
    fields = table.fields
    named = list(dict.fromkeys((*table.key, *table.fixed, *_region(table), *fields)))
    stamp = f"TIMESTAMPTZ '{origin.as_of:%Y-%m-%d %H:%M:%S.%f}+00'"
    con.execute(
        f"""INSERT INTO {table.name}
                (id, {", ".join(named)}, older_fields, source, fetched_at, payload_id)
            SELECT id, {", ".join(named)}, older_fields, ?, {stamp}, ? FROM merged WHERE is_new""",
        [origin.source, str(origin.payload_id)],
    )
    con.execute(
        f"""UPDATE {table.name} t SET
                {", ".join(f"{name} = m.{name}" for name in fields)},
                older_fields = m.older_fields,
                source = CASE WHEN m.is_latest THEN ? ELSE t.source END,
                fetched_at = CASE WHEN m.is_latest THEN {stamp} ELSE t.fetched_at END,
                payload_id = CASE WHEN m.is_latest THEN ?::UUID ELSE t.payload_id END,
                updated_at = CASE WHEN m.is_changed THEN now() ELSE t.updated_at END
            FROM merged m
            WHERE t.id = m.id AND NOT m.is_new AND (m.is_changed OR m.is_confirmed)""",
        [origin.source, str(origin.payload_id)],
    )


def _count(con: Any, condition: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM merged WHERE {condition}").fetchall()[0][0])
