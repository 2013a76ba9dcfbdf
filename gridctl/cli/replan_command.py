"""``gridctl schedule replan``."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from gridctl import clock
from gridctl.cli.app import AsOfOption, ReportFormat, Session
from gridctl.cli.schedule_group import group
from gridctl.errors import ExitCode


class MissedChoice(StrEnum):
    """What becomes of a workload whose start went by."""

    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    KEEP = "keep"


@group.command("replan")
def replan_command(
    ctx: typer.Context,
    hysteresis: Annotated[
        float | None,
        typer.Option(
            min=0, max=100, metavar="PCT", help="Least gain for a move. Default: the setting."
        ),
    ] = None,
    freeze: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Nothing moves this near. Default: the setting."),
    ] = None,
    missed: Annotated[
        MissedChoice, typer.Option(help="When a start went by and nobody said it began.")
    ] = MissedChoice.RESCHEDULE,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 if any failed, missed or became infeasible.")
    ] = False,
    as_of: AsOfOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Record nothing.")] = False,
    format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to print it.")
    ] = ReportFormat.TABLE,
) -> int:
    """Reconsider what waits, on the newest forecasts; for cron.

    A plan moves only when that gains enough, or when it would break a cap. What runs is left alone.
    """
    from gridctl.render.replan import write_replan
    from gridctl.schedule.lifecycle.replanning import replan, rules_of

    session: Session = ctx.obj
    rules = rules_of(session.config)
    if hysteresis is not None:
        rules = replace(rules, min_saving_pct=hysteresis)
    if freeze is not None:
        rules = replace(rules, freeze=clock.parse_duration(freeze))
    now = clock.now()
    report = replan(
        session.config, now, as_of=session.time(as_of, now), rules=rules,
        missed=missed.value, dry_run=dry_run,
    )  # fmt: skip
    write_replan(
        report, as_json=format is ReportFormat.JSON, all_of_them=session.verbose,
        quiet=session.quiet,
    )  # fmt: skip
    if report.lacks_signal:
        session.complain(f"nothing could be reconsidered: {report.workloads[0].change.reason}")
        return int(ExitCode.SIGNAL)
    is_unmet = report.count("failed") or (strict and report.is_partial)
    return int(ExitCode.UNMET if is_unmet else ExitCode.OK)
