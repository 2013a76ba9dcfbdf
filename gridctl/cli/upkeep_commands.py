"""``gridctl store check`` and ``gridctl store prune``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gridctl import clock
from gridctl.cli.app import Format, FormatOption, OutputOption, Session
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
    format: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> int:
    """Look for gaps, duplicates, impossible values and contradictions; exit 5 for errors."""
    from gridctl.ops.check import check_store
    from gridctl.render.upkeep import write_findings

    session: Session = ctx.obj
    findings = check_store(
        session.config, clock.now(), table or (), only_errors=severity is Severity.ERROR
    )
    write_findings(findings, format, output)
    errors = sum(finding.severity == "error" for finding in findings)
    session.say(f"{errors} errors, {len(findings) - errors} warnings")
    return int(ExitCode.BAD_DATA if errors else ExitCode.OK)
