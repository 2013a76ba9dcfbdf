"""``gridctl demo``."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import typer

from gridctl import clock
from gridctl.cli.app import Session, app


@app.command()
def demo(ctx: typer.Context) -> None:
    """Show gridctl at work without network: synthetic data, the grid now, one job put off.

    Uses a temporary database, or the one given with --db.
    """
    from gridctl.ops.demo import run_demo
    from gridctl.render.demo import write_demo

    session: Session = ctx.obj
    with ExitStack() as stack:
        config = session.config
        is_kept = config.origins["store.path"] == "--db"  # never the user's own by default
        if not is_kept:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gridctl-demo-"))
            config = config.with_database(Path(folder) / "demo.duckdb")
        write_demo(run_demo(config, clock.now()), sys.stdout)
        if is_kept:
            session.say(
                f"kept: {config.database}; ask it more: "
                f"gridctl query --list; gridctl query carbon-trend --db {config.database}"
            )
        else:
            session.say("keep the database to ask it more: gridctl demo --db demo.duckdb")
