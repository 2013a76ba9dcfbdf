"""``gridctl status``."""

from __future__ import annotations

import signal
import sys
from datetime import timedelta
from typing import Annotated

import typer

from gridctl import clock
from gridctl.cli.app import AsOfOption, ReportFormat, Session, app
from gridctl.errors import UsageError


@app.command()
def status(
    ctx: typer.Context,
    as_of: AsOfOption = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again.")] = False,
    every: Annotated[
        str, typer.Option(help="How often, with --watch.", metavar="DURATION")
    ] = "30s",
    format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to print it.")
    ] = ReportFormat.TABLE,
) -> None:
    """One screen: the grid now and ahead, clean regions, windows, jobs, state of the sources."""
    from gridctl.ops.overview import overview
    from gridctl.render.overview import write_overview_document
    from gridctl.render.screen import show_live, write_overview

    session: Session = ctx.obj
    moment = session.time(as_of)
    pause = clock.parse_duration(every)
    if watch:
        if moment or format is ReportFormat.JSON:
            raise UsageError("--watch shows the present, as a screen")
        if pause < timedelta(seconds=1):
            raise UsageError("--every needs at least a second")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # leaves the screen as it was
        show_live(lambda: overview(session.config, clock.now()), pause, sys.stdout)
        return
    seen = overview(session.config, moment or clock.now())
    if format is ReportFormat.JSON:
        write_overview_document(seen)
    else:
        write_overview(seen, sys.stdout)
