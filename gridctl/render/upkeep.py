"""What checking and pruning the store found and did, as rows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from gridctl.render.tables import write_rows
from gridctl.render.values import shown_value

if TYPE_CHECKING:
    from gridctl.store.checks import Finding
    from gridctl.store.prune import Pruned

Column = tuple[str, str]
_FINDING: list[Column] = [
    ("check", "VARCHAR"),
    ("severity", "VARCHAR"),
    ("table", "VARCHAR"),
    ("region_number", "INTEGER"),
    ("first", "TIMESTAMPTZ"),
    ("last", "TIMESTAMPTZ"),
    ("count", "BIGINT"),
    ("what", "VARCHAR"),
    ("example", "VARCHAR"),
]
_PRUNED: list[Column] = [
    ("table", "VARCHAR"),
    ("rows", "BIGINT"),
    ("of", "BIGINT"),
    ("oldest", "TIMESTAMPTZ"),
    ("newest", "TIMESTAMPTZ"),
    ("older_than", "TIMESTAMPTZ"),
    ("archive_files", "BIGINT"),
]
_SHOWN = 5  # of these columns in a table, which then fits 80 columns
_COLOURS = {"error": "bold red", "warning": "yellow"}


def summary(findings: Sequence[Finding]) -> str:
    """``2 errors, 1 warning``."""
    errors = sum(finding.severity == "error" for finding in findings)
    return f"{_counted(errors, 'error')}, {_counted(len(findings) - errors, 'warning')}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def write_findings(findings: Sequence[Finding], format: str, output: Path | None) -> None:
    """One row per finding; on a terminal a few lines each, which fit any width."""
    if format == "table" and output is None and sys.stdout.isatty():
        _print_findings(findings)
    else:
        write_rows(_FINDING, [astuple(finding) for finding in findings], format, output)


def write_pruned(pruned: Sequence[Pruned], format: str) -> None:
    """One row per table: how many rows go of how many, and from when to when they are.

    JSON adds the moment before which they go, and how many files were archived.
    """
    rows = [(p.table, p.rows, p.total, p.oldest, p.newest, p.before, len(p.files)) for p in pruned]
    width = _SHOWN if format == "table" else len(_PRUNED)
    write_rows(_PRUNED[:width], [row[:width] for row in rows], format)


def _print_findings(findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    for finding in findings:
        head = Text(f"{finding.severity}  ", style=_COLOURS[finding.severity])
        head.append(f"{finding.check}  {_place(finding)}", style="default")
        console.print(head)
        lines = (f"{finding.count:,} {finding.what}", _span(finding), finding.example)
        for line in filter(None, lines):
            console.print(Padding(Text(line), (0, 0, 0, 4)))


def _place(finding: Finding) -> str:
    region = finding.region_number
    return finding.table if region is None else f"{finding.table}, region {region}"


def _span(finding: Finding) -> str:
    if finding.first is None:
        return ""
    first, last = (shown_value(t, "TIMESTAMPTZ") for t in (finding.first, finding.last))
    return first if first == last else f"{first} to {last}"
