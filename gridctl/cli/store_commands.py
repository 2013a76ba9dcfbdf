"""``gridctl init`` and ``gridctl store``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gridctl import clock
from gridctl.cli.app import RowFormat, RowFormatOption, Session, app
from gridctl.errors import ExitCode, UsageError

group = typer.Typer(help="Look after the database.", no_args_is_help=True)
app.add_typer(group, name="store")


@group.command("init")
@app.command("init")
def init(ctx: typer.Context) -> None:
    """Create the database, or upgrade its schema. Safe to repeat."""
    from gridctl.store.connect import init as init_store

    session: Session = ctx.obj
    session.say_applied(init_store(session.database, session.lock_timeout))


@group.command()
def load(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE", help="Saved upstream files; archive files, or their folder."
        ),
    ] = None,
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="SOURCE.DATASET", help="What the files are."),
    ] = None,
    fetched_at: Annotated[
        str | None,
        typer.Option("--fetched-at", metavar="TIME", help="When the files were answered."),
    ] = None,
    reparse: Annotated[
        bool, typer.Option("--reparse", help="Read every landed payload again.")
    ] = False,
    format: RowFormatOption = RowFormat.TABLE,
) -> int:
    """Load pending payloads, or saved answers and archives, recognised by their content."""
    from gridctl.render.reports import write_loaded
    from gridctl.store.files import load_files
    from gridctl.store.load import load_waiting, replay

    session: Session = ctx.obj
    if not files and (as_ or fetched_at):
        raise UsageError("--as and --fetched-at need files")
    now = clock.now()
    if reparse:
        session.say(f"replaying {replay(session.config)} payloads")
    results = (
        load_files(
            session.config, files, now, dataset=as_, fetched_at=session.time(fetched_at, now)
        )
        if files
        else load_waiting(session.config, now)
    )
    for result in results:
        if result.status in ("refused", "failed"):
            sys.stderr.write(f"error: {result.location}: {result.error}\n")
    write_loaded(results, format)
    session.say_if_behind()
    refused = any(result.status in ("refused", "failed") for result in results)
    return int(ExitCode.BAD_DATA) if files and refused else int(ExitCode.OK)


@group.command()
def status(ctx: typer.Context, format: RowFormatOption = RowFormat.TABLE) -> None:
    """Rows and span of each table, the size of the files, what is pending and rejected."""
    from gridctl.render.reports import write_store_status
    from gridctl.store.status import store_status

    session: Session = ctx.obj
    write_store_status(store_status(session.config), format)


@group.command()
def rejects(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most this many, newest first.")] = 50,
    format: RowFormatOption = RowFormat.TABLE,
) -> None:
    """List quarantined records with the rule each one broke."""
    from gridctl.landing import Landing
    from gridctl.render.reports import write_rejects

    session: Session = ctx.obj
    write_rejects(Landing(session.database).rejects(limit), format)
