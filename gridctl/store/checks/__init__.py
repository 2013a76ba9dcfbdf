"""Checks of what is stored: one module each, in the order in which findings are listed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gridctl.store.checks import (
    duplicates,
    factors,
    forecasts,
    future,
    gaps,
    ids,
    made_up,
    mix,
    nation,
    orphans,
    payloads,
    regions,
    rules,
    settlement,
)
from gridctl.store.checks.finding import ERROR, WARNING, Asked, Check, Finding, Found

CHECKS = tuple(
    module.CHECK
    for module in (
        duplicates,
        ids,
        rules,
        orphans,
        regions,
        settlement,
        future,
        gaps,
        mix,
        factors,
        forecasts,
        nation,
        made_up,
        payloads,
    )
)


def run_checks(
    con: Any, asked: Asked, tables: Collection[str], severities: Collection[str]
) -> list[Finding]:
    """What the checks of these severities find in these tables, on an open database."""
    return [
        finding_of(check, table, found)
        for check in CHECKS
        if check.severity in severities
        for table in check.tables
        if table in tables
        for found in check.find(con, table, asked)
    ]


def finding_of(check: Check, table: str, found: Found) -> Finding:
    """What was found, with the check's name and severity."""
    return Finding(
        check.name,
        check.severity,
        table,
        found.region_number,
        found.first,
        found.last,
        found.count,
        found.what,
        found.example,
    )


__all__ = [
    "CHECKS",
    "ERROR",
    "WARNING",
    "Asked",
    "Check",
    "Finding",
    "Found",
    "finding_of",
    "run_checks",
]
