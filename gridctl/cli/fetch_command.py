"""``gridctl fetch``."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl import clock
from gridctl.cli.app import ReportFormat, Session, app
from gridctl.errors import UsageError

if TYPE_CHECKING:
    from gridctl.fetch import FetchReport, Plan


class Fallback(StrEnum):
    """What stands in for a source that stays down."""

    NONE = "none"
    SYNTHETIC = "synthetic"


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
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep running; ask for what is due.")
    ] = False,
    every: Annotated[
        str, typer.Option(metavar="DURATION", help="With --watch: how often to look.")
    ] = "60s",
    fallback: Annotated[
        Fallback, typer.Option(help="What stands in for a source that stays down.")
    ] = Fallback.NONE,
    no_store: Annotated[bool, typer.Option("--no-store", help="Land only, load later.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if any source fails.")] = False,
    if_free: Annotated[
        bool, typer.Option("--if-free", help="Do nothing when such a fetch is under way.")
    ] = False,
    jitter: Annotated[
        str | None, typer.Option(metavar="DURATION", help="First wait up to this long, at random.")
    ] = None,
    format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to print the report.")
    ] = ReportFormat.TABLE,
) -> int:
    """Get data from the publishers; `gridctl sources` lists them.

    Every answer is kept in the landing journal first, then loaded into the database.
    """
    session: Session = ctx.obj
    now = clock.now()
    plan = _plan(session, clock.parse_duration(ahead), from_, to, last, now)
    plan = replace(
        plan, refetch=refetch, load=not no_store, fallback=fallback is Fallback.SYNTHETIC
    )
    names = sources or session.config["fetch.sources"]
    pause = clock.parse_duration(jitter) if jitter else timedelta(0)
    with ExitStack() as stack:
        if if_free and not _is_free(session, stack):
            return 0
        stop = threading.Event()
        if watch:
            if plan.history is not None:
                raise UsageError("--watch fetches the present; fetch history without it, before")
            _wait_at_random(pause, stop)
            return _watch(session, names, plan, clock.parse_duration(every), stop, format)
        _wait_at_random(pause, stop)
        return _fetch_once(session, names, plan, strict, format)


def _is_free(session: Session, stack: ExitStack) -> bool:
    """Whether no other such fetch is under way; then none is until ``stack`` is left."""
    from gridctl.ops.single import holder, one_at_a_time

    is_free = stack.enter_context(one_at_a_time(session.database))
    if not is_free:
        who = f" (process {pid})" if (pid := holder(session.database)) else ""
        session.say(f"another fetch into {session.database}{who} is under way: nothing to do")
    return is_free


def _fetch_once(
    session: Session, names: list[str], plan: Plan, strict: bool, format: ReportFormat
) -> int:
    from gridctl.fetch import fetch as run_fetch
    from gridctl.render.progress import progress_bar

    with progress_bar(quiet=session.quiet) as progress:
        report = run_fetch(session.config, names, plan, clock.now(), session.say, progress)
    _write(session, report, format)
    return int(report.exit_code(strict=strict))


def _watch(
    session: Session,
    names: list[str],
    plan: Plan,
    every: timedelta,
    stop: threading.Event,
    format: ReportFormat,
) -> int:
    from gridctl.fetch.watch import watch

    if every < timedelta(seconds=1):
        raise UsageError("--every needs at least a second")
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    session.say(f"watching {', '.join(names)}; stop with Ctrl-C or SIGTERM")

    def tell(report: FetchReport) -> None:
        if any(source.status != "current" for source in report.sources):
            _write(session, report, format)

    watch(
        session.config,
        names,
        plan,
        every,
        stop,
        tell,
        lambda error: session.complain(str(error)),
        session.say,
    )
    return 0


def _write(session: Session, report: FetchReport, format: ReportFormat) -> None:
    from gridctl.render.reports import write_fetch_report

    for source in report.sources:
        if source.error:
            session.complain(f"{source.name}: {source.error}")
    if report.store_message:
        session.say(
            f"landed, not loaded yet: {report.store_message}; "
            "the next fetch or `gridctl store load` brings it in"
        )
    if report.store == "loaded":
        session.say_if_behind()
    if format is ReportFormat.JSON or not session.quiet:
        write_fetch_report(report, as_json=format is ReportFormat.JSON)
        sys.stdout.flush()


def _wait_at_random(longest: timedelta, stop: threading.Event) -> None:
    """So that not every machine in the country asks at the same second."""
    import random

    if longest:
        stop.wait(random.uniform(0, longest.total_seconds()))


def _plan(
    session: Session,
    ahead: timedelta,
    from_: str | None,
    to: str | None,
    last: str | None,
    now: datetime,
) -> Plan:
    from gridctl.fetch import Plan
    from gridctl.model import Window

    if last is not None and (from_ or to):
        raise UsageError("--last and --from/--to exclude each other")
    if to is not None and from_ is None:
        raise UsageError("--to needs --from")
    if last is None and from_ is None:
        return Plan(ahead)
    start = now - clock.parse_duration(last) if last else session.time(from_, now) or now
    end = session.time(to, now) or now
    if end > now:
        session.say("history ends now; forecasts come with a fetch without --from, or with --last")
        end = now
    if start >= end:
        raise UsageError(f"history starts {clock.iso(start)}, at or after its end {clock.iso(end)}")
    return Plan(ahead, Window(start, end), with_forecast=last is not None)
