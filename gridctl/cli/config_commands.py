"""``gridctl config show`` and ``gridctl config path``."""

from __future__ import annotations

import typer

from gridctl.cli.app import RowFormat, RowFormatOption, Session, app

group = typer.Typer(help="Show the settings in force.", no_args_is_help=True)
app.add_typer(group, name="config")


@group.command()
def show(ctx: typer.Context, format: RowFormatOption = RowFormat.TABLE) -> None:
    """Print every setting, its value, and where it came from."""
    from gridctl.config import describe
    from gridctl.render.tables import write_rows

    session: Session = ctx.obj
    rows = describe(session.config)
    write_rows(
        [(name, "VARCHAR") for name in rows[0]], [tuple(row.values()) for row in rows], format
    )


@group.command()
def path(ctx: typer.Context) -> None:
    """Print the path of the config file."""
    session: Session = ctx.obj
    typer.echo(session.config.path)
