"""What is stored still satisfies the rules that records are held to: limits, words, half hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.store.checks.finding import ERROR, Asked, Check, Found, bad_rows
from gridctl.store.rules import rules_for
from gridctl.store.tables import TABLES


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    limits = asked.config.limits()
    rules = [(rule, rule.holds.format_map(limits)) for rule in rules_for(table)]
    relation = f"(SELECT *, fetched_at AS as_of FROM {table})"
    # One look at all rules; only what is broken is looked at again.
    counts = ", ".join(f"count(*) FILTER (NOT ({holds}))" for _, holds in rules)
    broken = con.execute(f"SELECT {counts} FROM {relation}").fetchall()[0]
    for (rule, holds), count in zip(rules, broken, strict=True):
        if not count:
            continue
        yield from bad_rows(
            con,
            asked,
            table,
            f"NOT ({holds})",
            f"rows that break {rule.name}: {' '.join(holds.split())}",
            relation=relation,
            example=f"{rule.field}::VARCHAR" if rule.field else "id::VARCHAR",
        )


CHECK = Check(
    "broken_rule",
    ERROR,
    "a value is outside `[limits]`, off the half hour, or no word that is known",
    tuple(name for name in TABLES if rules_for(name)),
    _find,
)
