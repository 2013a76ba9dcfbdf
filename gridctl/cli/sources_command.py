"""``gridctl sources``."""

from __future__ import annotations

import typer

from gridctl.cli.app import RowFormat, RowFormatOption, Session, app


@app.command()
def sources(ctx: typer.Context, format: RowFormatOption = RowFormat.TABLE) -> None:
    """List the sources: enabled or not, last success, newest data, when due again."""
    from gridctl.ops.sources import source_states
    from gridctl.render.sources import write_sources

    session: Session = ctx.obj
    states, problem = source_states(session.config)
    write_sources(states, format)
    if problem:
        session.say(f"newest data not known: {problem}")
