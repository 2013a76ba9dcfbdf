"""``gridctl schedule list|show|start|complete|cancel|settle``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl import clock, units
from gridctl.cli.app import ReportFormat, RowFormat, RowFormatOption, Session
from gridctl.cli.schedule_group import group
from gridctl.errors import DataError, ExitCode, SignalError, UsageError

if TYPE_CHECKING:
    from gridctl.schedule.single.decision import Decision


class Status(StrEnum):
    """States of a workload."""

    PENDING = "pending"
    SCHEDULED = "scheduled"
    DEFERRED = "deferred"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    INFEASIBLE = "infeasible"
    FAILED = "failed"


Id = Annotated[
    str, typer.Argument(metavar="ID", help="An id, its beginning, or a name: the newest of it.")
]
At = Annotated[str | None, typer.Option(metavar="TIME", help="When it happened. Default: now.")]
ReportAs = Annotated[ReportFormat, typer.Option("--format", "-f", help="How to print it.")]


@group.command("list")
def list_command(
    ctx: typer.Context,
    status: Annotated[Status | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most this many.")] = 50,
    format: RowFormatOption = RowFormat.TABLE,
) -> int:
    """The workloads, newest first."""
    from gridctl.render.lifecycle import write_workloads
    from gridctl.schedule.lifecycle.listing import list_workloads

    session: Session = ctx.obj
    jobs = list_workloads(session.config, status and status.value, limit)
    write_workloads(jobs, format)
    if not jobs:
        session.say("no workloads" + (f" that are {status.value}" if status else " yet"))
    return 0


@group.command("show")
def show_command(
    ctx: typer.Context,
    id: Id,
    format: ReportAs = ReportFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the plan as decided into a .png or .svg."),
    ] = None,
) -> int:
    """Everything about one workload: request, decisions and why, expected beside realised."""
    from gridctl.render.lifecycle import write_workload
    from gridctl.schedule.lifecycle.listing import show_workload

    session: Session = ctx.obj
    if output is not None:
        from gridctl.render.style import check_picture

        check_picture(output)
    document = show_workload(session.config, id)
    as_json = format is ReportFormat.JSON
    decision = None
    if output is not None or (document["expected"] and not as_json):
        decision = _drawn(session, document["workload"]["id"], must=output is not None)
    write_workload(document, decision, as_json=as_json)
    if decision is not None and output is not None:
        from gridctl.render.picture import draw_decision
        from gridctl.render.style import write_picture

        write_picture(lambda: draw_decision(decision), output)
        session.say(f"picture: {output}")
    return 0


def _drawn(session: Session, id: str, *, must: bool) -> Decision | None:
    """The decision to draw; without one, why, unless a picture was asked for."""
    from gridctl.schedule.lifecycle.retell import retell

    try:
        return retell(session.config, id)
    except (DataError, SignalError, UsageError) as error:
        if must:
            raise DataError(f"not drawn: {error}") from None
        session.say(f"not drawn: {error}")
    return None


@group.command("start")
def start_command(
    ctx: typer.Context, id: Id, at: At = None, format: ReportAs = ReportFormat.TABLE
) -> int:
    """Mark a workload as running. It starts nothing: see schedule run."""
    from gridctl.render.lifecycle import write_changed
    from gridctl.schedule.lifecycle.transitions import start

    session: Session = ctx.obj
    now = clock.now()
    job = start(session.config, id, session.time(at, now), now)
    write_changed(job, as_json=format is ReportFormat.JSON)
    return 0


@group.command("complete")
def complete_command(
    ctx: typer.Context,
    id: Id,
    at: At = None,
    energy: Annotated[
        str | None, typer.Option(metavar="ENERGY", help="Metered energy: 4810kWh; bare: kWh.")
    ] = None,
    metering: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV of readings: timestamp (with zone), kwh."),
    ] = None,
    format: ReportAs = ReportFormat.TABLE,
) -> int:
    """Mark a workload as completed, and work out what it came to from the grid's actuals.

    May be repeated, with energy read later, or when actuals have come since.
    """
    from gridctl.render.lifecycle import write_changed
    from gridctl.schedule.lifecycle.completion import complete

    session: Session = ctx.obj
    now = clock.now()
    job = complete(
        session.config,
        id,
        now,
        at=session.time(at, now),
        energy_kwh=None if energy is None else units.parse_energy_kwh(energy),
        metering=metering,
    )
    write_changed(job, as_json=format is ReportFormat.JSON)
    return 0


@group.command("cancel")
def cancel_command(
    ctx: typer.Context,
    id: Id,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why, for the audit trail.")
    ] = None,
    format: ReportAs = ReportFormat.TABLE,
) -> int:
    """Cancel a workload that waits or runs. It stops no process."""
    from gridctl.render.lifecycle import write_changed
    from gridctl.schedule.lifecycle.transitions import cancel

    session: Session = ctx.obj
    job = cancel(session.config, id, reason, clock.now())
    write_changed(job, as_json=format is ReportFormat.JSON)
    return 0


@group.command("settle")
def settle_command(
    ctx: typer.Context,
    id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Default: all that are still open.")
    ] = None,
    format: RowFormatOption = RowFormat.TABLE,
) -> int:
    """Fill in carbon and cost of completed workloads whose actuals have come since."""
    from gridctl.render.lifecycle import write_workloads
    from gridctl.schedule.lifecycle.completion import is_open, settle_open

    session: Session = ctx.obj
    found = settle_open(session.config, id, clock.now())
    write_workloads(found.jobs, format)
    for error in found.errors:
        session.complain(error)
    still = sum(is_open(job) for job in found.jobs)
    session.say(f"{len(found.jobs)} settled, {still} still open")
    return int(ExitCode.BAD_DATA if found.errors else ExitCode.OK)
