"""``gridctl store export``, ``backup``, ``migrate`` and ``rebuild``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gridctl import clock
from gridctl.cli.app import Session
from gridctl.cli.store_commands import group


class ExportFormat(StrEnum):
    """What tables can be exported as."""

    PARQUET = "parquet"
    CSV = "csv"
    SQLITE = "sqlite"


_OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]


@group.command()
def export(
    ctx: typer.Context,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="DIR|FILE",
            help="A folder, with a file for each table; a file for SQLite, or for one table.",
        ),
    ],
    format: Annotated[
        ExportFormat | None,
        typer.Option("--format", "-f", help="What to write. Default: as --to ends, else parquet."),
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="TABLE", help="Only this table; repeatable."),
    ] = None,
    overwrite: _OverwriteOption = False,
) -> None:
    """Write tables as Parquet or CSV files, or all with their views as one SQLite file."""
    from gridctl.render.progress import progress_bar
    from gridctl.render.reports import write_exported
    from gridctl.store.export.run import export as export_tables

    session: Session = ctx.obj
    with progress_bar(quiet=session.quiet) as move:
        exported = export_tables(
            session.config,
            to,
            format and format.value,
            table or [],
            overwrite=overwrite,
            on_rows=lambda name, done, total: move(name, done, total, "rows"),
        )
    write_exported(exported)


@group.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy to write.")],
    overwrite: _OverwriteOption = False,
) -> None:
    """Copy the database and its landing journal, of one moment, while others read."""
    from gridctl.render.reports import write_backed_up
    from gridctl.store.backup import back_up

    session: Session = ctx.obj
    write_backed_up(back_up(session.config, file, overwrite=overwrite))


@group.command()
def migrate(ctx: typer.Context) -> None:
    """Upgrade the schema of an existing database; creates none."""
    from gridctl.store.connect import upgrade

    session: Session = ctx.obj
    session.say_applied(upgrade(session.database, session.lock_timeout))


@group.command()
def rebuild(
    ctx: typer.Context,
    archive: Annotated[
        Path | None,
        typer.Option("--archive", metavar="DIR", help="Load the archives in this folder too."),
    ] = None,
) -> None:
    """Make the database anew from the landing journal and archives; the old one is kept.

    Rows that the journal no longer has the answers for, and all that was not fetched, are carried
    over as they are.
    """
    from gridctl.render.reports import write_rebuilt
    from gridctl.store.rebuild import rebuild as rebuild_database

    session: Session = ctx.obj
    write_rebuilt(rebuild_database(session.config, clock.now(), archive))
