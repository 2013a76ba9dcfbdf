"""``gridctl report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridctl.cli.app import Session, app

EPILOG = (
    "Examples: gridctl report --output grid.html; gridctl report -o month.html --last 31d; "
    "gridctl report -o march.html --from 2023-03-01T00:00Z --to 2023-04-01T00:00Z."
)


@app.command(epilog=EPILOG)
def report(
    ctx: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.html", help="The page.")],
    last: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How far back. Default: 14d.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Start of the period.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Its end. Default: now.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="As if it were this past moment.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Heading of the page.")] = None,
) -> None:
    """Write one HTML page about the grid and the decisions, that needs no network to be read.

    Carbon, mix, regions, demand, price and their forecasts, decisions, and how good the data is.
    """
    from gridctl.api import Grid

    session: Session = ctx.obj
    at = session.time(as_of)
    grid = Grid(session.config)
    size = grid.report(
        output,
        last=last,
        start=session.time(from_, at),
        end=session.time(to, at),
        as_of=at,
        title=title,
    )
    session.say(f"wrote {output}: {size / 1e6:.1f} MB; open it in a browser")
    if not grid.query("data-freshness", limit=1, as_of=at).rows:
        session.say("no data yet: run gridctl fetch")
