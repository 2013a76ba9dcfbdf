"""Hold incoming rows to the rules: what may enter is staged, the rest is rejected with the rule.

Rows may come of several payloads: each names its own by number, in the column ``payload``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gridctl.model import Reject
from gridctl.store.rules import Rule, rules_for
from gridctl.store.tables import Table


@dataclass(frozen=True)
class Staged:
    """What was kept out, by payload, and the first and last time staged, if its key has one.

    ``turns`` is how many rows of different payloads there are at most for one key.
    """

    rejects: list[tuple[int, Reject]]
    first: str | None
    last: str | None
    turns: int


def validate(con: Any, table: Table, limits: Mapping[str, float], time: str | None) -> Staged:
    """Make ``staged`` from the relation ``incoming``. ``time`` is the key's time column, if any.

    Fields that break a rule are NULL in ``staged``, rows that break one are not in it, and of rows
    of a payload with one key only the last is. Its column ``turn`` counts the rows of one key,
    those of the older payload first.
    """
    rules = [Rule(r.name, r.holds.format_map(limits), r.field) for r in rules_for(table.name)]
    broken = [f"coalesce(NOT ({rule.holds}), FALSE)" for rule in rules]
    dated = "(SELECT i.*, o.as_of FROM incoming i JOIN origins o USING (payload))"
    keys = ", ".join(table.key)
    span = f"min({time})::VARCHAR, max({time})::VARCHAR" if time else "NULL, NULL"
    # One look over everything. Two keys with one hash only cost a closer look.
    is_broken, rows, keys_of_payloads, all_keys, first, last = con.execute(
        f"""SELECT coalesce(bool_or({" OR ".join(broken) or "FALSE"}), FALSE), count(*),
                   count(DISTINCT hash({keys}, payload)), count(DISTINCT hash({keys})), {span}
            FROM {dated}"""
    ).fetchall()[0]
    rejects: list[tuple[int, Reject]] = []
    entering = "incoming"
    if is_broken:
        rejects, entering = _apply_rules(con, table, rules, broken, dated)
    if rows > keys_of_payloads:
        con.execute(f"CREATE OR REPLACE TEMP TABLE entering AS FROM {entering}")
        rejects += _drop_duplicates(con, table)
        entering = "(SELECT * EXCLUDE (place) FROM ranked WHERE place = 1)"
    turns = _stage(con, keys, entering, is_shared=keys_of_payloads > all_keys)
    return Staged(rejects, first, last, turns)


def _stage(con: Any, keys: str, entering: str, *, is_shared: bool) -> int:
    if not is_shared:
        con.execute(f"CREATE OR REPLACE TEMP VIEW staged AS SELECT *, 1 AS turn FROM {entering}")
        return 1
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE in_turn AS
            SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY payload) AS turn
            FROM {entering}"""
    )
    con.execute("CREATE OR REPLACE TEMP VIEW staged AS FROM in_turn")
    return int(con.execute("SELECT coalesce(max(turn), 1) FROM in_turn").fetchall()[0][0])


def _apply_rules(
    con: Any, table: Table, rules: list[Rule], broken: list[str], dated: str
) -> tuple[list[tuple[int, Reject]], str]:
    """What the rows break, and the relation of those that may enter."""
    flags = ", ".join(f"{condition} AS broken_{i}" for i, condition in enumerate(broken))
    con.execute(f"CREATE OR REPLACE TEMP TABLE checked AS SELECT *, {flags} FROM {dated}")
    columns = [
        _kept(name, [i for i, rule in enumerate(rules) if rule.field == name])
        for name in table.columns
    ]
    row_rules = [f"NOT broken_{i}" for i, rule in enumerate(rules) if rule.field is None]
    entering = " AND ".join(row_rules) or "TRUE"
    rejects = [r for i, rule in enumerate(rules) for r in _rejects(con, table, i, rule)]
    return rejects, f"(SELECT {', '.join(columns)}, payload FROM checked WHERE {entering})"


def _kept(name: str, rule_numbers: list[int]) -> str:
    if not rule_numbers:
        return name
    holds = " AND ".join(f"NOT broken_{i}" for i in rule_numbers)
    return f"CASE WHEN {holds} THEN {name} END AS {name}"


def _rejects(con: Any, table: Table, i: int, rule: Rule) -> list[tuple[int, Reject]]:
    record = _record("checked", table.columns)
    rows = con.execute(
        f"SELECT payload, to_json({record}) FROM checked WHERE broken_{i}"
    ).fetchall()
    return [(payload, Reject(table.name, rule.name, text, rule.field)) for payload, text in rows]


def _drop_duplicates(con: Any, table: Table) -> list[tuple[int, Reject]]:
    """Keep the last row of each key of a payload. The others are rejected where they say something
    else, and pass silently where they agree."""
    keys = ", ".join(table.key)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE ranked AS
            SELECT *, row_number() OVER (PARTITION BY {keys}, payload ORDER BY rowid DESC) AS place
            FROM entering"""
    )
    same_key = " AND ".join(f"l.{name} IS NOT DISTINCT FROM k.{name}" for name in table.key)
    losers = con.execute(
        f"""SELECT l.payload, to_json({_record("l", table.columns)})
            FROM ranked l JOIN ranked k ON {same_key} AND k.payload = l.payload AND k.place = 1
            WHERE l.place > 1
              AND {_record("l", table.fields)} IS DISTINCT FROM {_record("k", table.fields)}"""
    ).fetchall()
    rule = "duplicate_with_other_value"
    return [(payload, Reject(table.name, rule, text)) for payload, text in losers]


def _record(alias: str, columns: tuple[str, ...]) -> str:
    return "{" + ", ".join(f"'{name}': {alias}.{name}" for name in columns) + "}"
