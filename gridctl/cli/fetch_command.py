"""``gridctl fetch``."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl import clock
from gridctl.cli.app import ReportFormat, Session, app
from gridctl.errors import UsageError

if TYPE_CHECKING:
    from gridctl.fetch import Plan


@app.command()
def fetch(
    ctx: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Default: those enabled.")
    ] = None,
    ahead: Annotated[str, typer.Option(metavar="DURATION", help="Horizon of forecasts.")] = "48h",
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Start of history.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="End of history.")] = None,
    last: Annotated[
        str | None, typer.Option(metavar="DURATION", help="History up to now, and forecasts.")
    ] = None,
    refetch: Annotated[bool, typer.Option("--refetch", help="Ask again for known spans.")] = False,
    no_store: Annotated[bool, typer.Option("--no-store", help="Land only, load later.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if any source fails.")] = False,
    format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to print the report.")
    ] = ReportFormat.TABLE,
) -> int:
    """Get data from the publishers: carbon-intensity, or synthetic.

    Every answer is kept in the landing journal first, then loaded into the database.
    """
    from gridctl.fetch import fetch as run_fetch
    from gridctl.render.progress import progress_bar
    from gridctl.render.reports import write_fetch_report

    session: Session = ctx.obj
    now = clock.now()
    plan = _plan(session, clock.parse_duration(ahead), from_, to, last, refetch, not no_store, now)
    names = sources or session.config["fetch.sources"]
    with progress_bar(quiet=session.quiet) as progress:
        report = run_fetch(session.config, names, plan, now, session.say, progress)
    for source in report.sources:
        if source.error:
            sys.stderr.write(f"error: {source.name}: {source.error}\n")
    if report.store_message:
        session.say(
            f"landed, not loaded yet: {report.store_message}; "
            "the next fetch or `gridctl store load` brings it in"
        )
    if format is ReportFormat.JSON or not session.quiet:
        write_fetch_report(report, as_json=format is ReportFormat.JSON)
    return int(report.exit_code(strict=strict))


def _plan(
    session: Session,
    ahead: timedelta,
    from_: str | None,
    to: str | None,
    last: str | None,
    refetch: bool,
    load: bool,
    now: datetime,
) -> Plan:
    from gridctl.fetch import Plan
    from gridctl.model import Window

    if last is not None and (from_ or to):
        raise UsageError("--last and --from/--to exclude each other")
    if to is not None and from_ is None:
        raise UsageError("--to needs --from")
    if last is None and from_ is None:
        return Plan(ahead, None, True, refetch, load)
    start = now - clock.parse_duration(last) if last else session.time(from_, now) or now
    end = session.time(to, now) or now
    if end > now:
        session.say("history ends now; forecasts come with a fetch without --from, or with --last")
        end = now
    if start >= end:
        raise UsageError(f"history starts {clock.iso(start)}, at or after its end {clock.iso(end)}")
    return Plan(ahead, Window(start, end), last is not None, refetch, load)
