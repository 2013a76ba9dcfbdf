"""``gridctl cron``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl import clock
from gridctl.cli.app import Session, app

if TYPE_CHECKING:
    from gridctl.ops.cron import Job

group = typer.Typer(help="Fetch on a schedule, by your crontab.", no_args_is_help=True)
app.add_typer(group, name="cron")
EVERY = "30m"


@group.command()
def install(
    ctx: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Default: those enabled at each fetch."),
    ] = None,
    every: Annotated[
        str, typer.Option(metavar="DURATION", help="5m to 24h, dividing the hour or the day.")
    ] = EVERY,
    replan: Annotated[
        bool, typer.Option("--replan", help="After each fetch, reconsider what waits to be run.")
    ] = False,
) -> None:
    """Put a scheduled fetch into your crontab, or renew the one there. Safe to repeat.

    It keeps the database, the config file and the GRIDCTL_ variables that are in force now.
    """
    from gridctl.ops import cron

    session: Session = ctx.obj
    job = _job(session, every, sources or [], replan=replan)
    try:
        change = cron.install(job)
    except cron.NoCrontabError:
        _print(job.block)  # to put in by hand
        raise
    when = " ".join(job.line.split()[:5])
    what = "a fetch and a replan" if replan else "a fetch"
    session.say(f"{change} in your crontab: {what} every {every}, at {when}")
    session.say(f"database {job.database}; log {job.log}")
    for name in job.left_out:
        session.say(f"cron will not have {name}: if fetching needs it, set it above the block")
    session.say("next: `gridctl fetch` for data at once, `gridctl sources` to see that it runs")


@group.command()
def show(ctx: typer.Context) -> None:
    """Print the block in your crontab; when there is none, the one install would write."""
    from gridctl.ops import cron

    session: Session = ctx.obj
    try:
        block = cron.installed()
        missing = "not in your crontab; `gridctl cron install` would write:"
    except cron.NoCrontabError as error:
        block, missing = "", str(error)
    if not block:
        session.say(missing)
    _print(block or _job(session, EVERY, []).block)


@group.command()
def remove(ctx: typer.Context) -> None:
    """Take the scheduled fetch out of your crontab. Data and log stay."""
    from gridctl.ops import cron

    session: Session = ctx.obj
    if cron.remove():
        session.say("removed from your crontab; data and log stay")
    else:
        session.say("nothing to remove: gridctl is not in your crontab")


def _job(session: Session, every: str, sources: list[str], *, replan: bool = False) -> Job:
    from gridctl.ops.cron import make_job

    span = clock.parse_duration(every)
    return make_job(session.config, span, sources, os.environ, replan=replan)


def _print(block: str) -> None:
    sys.stdout.buffer.write(block.encode(errors="surrogateescape"))
    sys.stdout.flush()
