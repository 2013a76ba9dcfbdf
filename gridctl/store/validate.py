"""Hold incoming rows to the rules: what may enter is staged, the rest is rejected with the rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gridctl.clock import iso
from gridctl.model import Reject
from gridctl.store.rules import Rule, rules_for
from gridctl.store.tables import Table


def validate(con: Any, table: Table, as_of: datetime, limits: Mapping[str, float]) -> list[Reject]:
    """Make ``staged`` from the relation ``incoming``; returns what was kept out.

    Fields that break a rule are NULL in ``staged``, rows that break one are not in it, and of rows
    with one key only the last is.
    """
    rejects, entering = _apply_rules(con, table, as_of, limits)
    keys = ", ".join(table.key)
    if con.execute(
        f"SELECT 1 FROM {entering} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"
    ).fetchall():
        con.execute(f"CREATE OR REPLACE TEMP TABLE entering AS FROM {entering}")
        rejects += _drop_duplicates(con, table)
        entering = "(SELECT * EXCLUDE (place) FROM ranked WHERE place = 1)"
    con.execute(f"CREATE OR REPLACE TEMP VIEW staged AS FROM {entering}")
    return rejects


def _apply_rules(
    con: Any, table: Table, as_of: datetime, limits: Mapping[str, float]
) -> tuple[list[Reject], str]:
    """What the rows break, and the relation of those that may enter."""
    rules = [Rule(r.name, r.holds.format_map(limits), r.field) for r in rules_for(table.name)]
    broken = [f"coalesce(NOT ({rule.holds}), FALSE)" for rule in rules]
    dated = f"(SELECT *, TIMESTAMPTZ '{iso(as_of)}' AS as_of FROM incoming)"
    if not rules or not _any(con, f"SELECT bool_or({' OR '.join(broken)}) FROM {dated}"):
        return [], "incoming"  # all is well, as nearly always: nothing to copy
    flags = ", ".join(f"{condition} AS broken_{i}" for i, condition in enumerate(broken))
    con.execute(f"CREATE OR REPLACE TEMP TABLE checked AS SELECT *, {flags} FROM {dated}")
    columns = [
        _kept(name, [i for i, rule in enumerate(rules) if rule.field == name])
        for name in table.columns
    ]
    row_rules = [f"NOT broken_{i}" for i, rule in enumerate(rules) if rule.field is None]
    entering = " AND ".join(row_rules) or "TRUE"
    rejects = [r for i, rule in enumerate(rules) for r in _rejects(con, table, i, rule)]
    return rejects, f"(SELECT {', '.join(columns)} FROM checked WHERE {entering})"


def _any(con: Any, sql: str) -> bool:
    return bool(con.execute(sql).fetchall()[0][0])


def _kept(name: str, rule_numbers: list[int]) -> str:
    if not rule_numbers:
        return name
    holds = " AND ".join(f"NOT broken_{i}" for i in rule_numbers)
    return f"CASE WHEN {holds} THEN {name} END AS {name}"


def _rejects(con: Any, table: Table, i: int, rule: Rule) -> list[Reject]:
    rows = con.execute(
        f"SELECT to_json({_record('checked', table.columns)}) FROM checked WHERE broken_{i}"
    ).fetchall()
    return [Reject(table.name, rule.name, row[0], rule.field) for row in rows]


def _drop_duplicates(con: Any, table: Table) -> list[Reject]:
    """Keep the last row of each key. The others are rejected where they say something else, and
    pass silently where they agree."""
    keys = ", ".join(table.key)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE ranked AS
            SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY rowid DESC) AS place
            FROM entering"""
    )
    same_key = " AND ".join(f"l.{name} IS NOT DISTINCT FROM k.{name}" for name in table.key)
    losers = con.execute(
        f"""SELECT to_json({_record("l", table.columns)})
            FROM ranked l JOIN ranked k ON {same_key} AND k.place = 1
            WHERE l.place > 1
              AND {_record("l", table.fields)} IS DISTINCT FROM {_record("k", table.fields)}"""
    ).fetchall()
    return [Reject(table.name, "duplicate_with_other_value", row[0]) for row in losers]


def _record(alias: str, columns: tuple[str, ...]) -> str:
    return "{" + ", ".join(f"'{name}': {alias}.{name}" for name in columns) + "}"
