"""The group ``gridctl schedule``, which several files add their commands to."""

from __future__ import annotations

import typer

from gridctl.cli.app import app

group = typer.Typer(help="Decide when and where jobs run.", no_args_is_help=True)
app.add_typer(group, name="schedule")
