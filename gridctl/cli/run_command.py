"""``gridctl schedule run``: what schedule-workload --via hands over, and of use by itself."""

from __future__ import annotations

from typing import Annotated

import typer

from gridctl.cli.app import Session
from gridctl.cli.schedule_group import group


@group.command("run")
def run_command(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="As for schedule show.")],
    command: Annotated[list[str], typer.Argument(metavar="-- CMD ARGS", help="What runs.")],
    now: Annotated[bool, typer.Option("--now", help="Do not wait for the planned start.")] = False,
) -> int:
    """Wait for a workload's start, run CMD, and mark start and end. Exit code of CMD.

    A replan that moves the start is followed; after a cancellation nothing runs.
    """
    from gridctl.ops.launch import run_workload

    session: Session = ctx.obj
    return run_workload(session.config, id, command, session.say, at_once=now)
