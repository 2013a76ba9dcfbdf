"""``gridctl store check`` and ``gridctl store prune``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gridctl import clock
from gridctl.cli.app import Format, FormatOption, OutputOption, ReportFormat, Session
from gridctl.cli.store_commands import group
from gridctl.errors import ExitCode

TableOption = Annotated[
    list[str] | None, typer.Option("--table", metavar="TABLE", help="Only this table; repeatable.")
]


class Severity(StrEnum):
    """How bad a finding must be to be listed."""

    WARNING = "warning"
    ERROR = "error"


@group.command()
def check(
    ctx: typer.Context,
    table: TableOption = None,
    severity: Annotated[
        Severity, typer.Option(help="List what is at least this bad.")
    ] = Severity.WARNING,
    format: FormatOption = None,
    output: OutputOption = None,
) -> int:
    """Look for gaps, duplicates, impossible values and contradictions; exit 5 for errors."""
    from gridctl.ops.check import check_store
    from gridctl.render.endings import format_for
    from gridctl.render.upkeep import summary, write_findings

    session: Session = ctx.obj
    chosen = format_for(output, format, Format)
    findings = check_store(
        session.config, clock.now(), table or (), only_errors=severity is Severity.ERROR
    )
    write_findings(findings, chosen, output)
    session.say(summary(findings))
    is_bad = any(finding.severity == "error" for finding in findings)
    return int(ExitCode.BAD_DATA if is_bad else ExitCode.OK)


@group.command()
def prune(
    ctx: typer.Context,
    table: TableOption = None,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than", metavar="DURATION", help="Instead of [retention]; needs --table."
        ),
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the rows to Parquet here before they go."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go, and delete nothing.")
    ] = False,
    format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to print it.")
    ] = ReportFormat.TABLE,
) -> None:
    """Delete rows past their time in [retention], which is off until you turn it on."""
    from gridctl.render.upkeep import write_pruned
    from gridctl.store import prune as pruning
    from gridctl.store.retention import archive_folder, cutoffs, is_enabled

    session: Session = ctx.obj
    age = None if older_than is None else clock.parse_duration(older_than)
    before = cutoffs(session.config, clock.now(), table or (), age)
    is_asked = age is not None or is_enabled(session.config)
    if not is_asked:
        session.say(
            "retention is off: nothing is deleted; turn it on with `enabled = true` under "
            "[retention], or name --table and --older-than"
        )
    if dry_run:
        write_pruned(pruning.preview(session.config, before), format)
    elif is_asked:
        folder = archive or archive_folder(session.config)
        done = pruning.prune(session.config, before, folder)
        write_pruned(done, format)
        where = f"archived to {folder} and deleted" if folder else "deleted, not archived"
        session.say(f"{sum(pruned.rows for pruned in done)} rows {where}")
    elif format is ReportFormat.JSON:
        write_pruned([], format)
