"""``gridctl audit``."""

from __future__ import annotations

from typing import Annotated

import typer

from gridctl.cli.app import ReportFormat, Session, app
from gridctl.errors import ExitCode

group = typer.Typer(help="The trail of decisions.", no_args_is_help=True)
app.add_typer(group, name="audit")


@group.callback()
def audit() -> None:
    """The trail of decisions."""


@group.command()
def verify(
    ctx: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(metavar="HASH", help="A row's hash noted earlier: it must be there still."),
    ] = None,
    format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to print it.")
    ] = ReportFormat.TABLE,
) -> int:
    """Check that no decision was changed or removed; exit 1 naming the first that was."""
    from gridctl.render.lifecycle import write_verified
    from gridctl.schedule.audit import verify as verify_trail

    session: Session = ctx.obj
    found = verify_trail(session.config, head)
    write_verified(found, as_json=format is ReportFormat.JSON)
    return int(ExitCode.OK if found.broken is None else ExitCode.UNMET)
