"""``gridctl schedule plan``: many jobs at once under limits of power."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl import clock
from gridctl.cli.app import AsOfOption, ObjectiveChoice, OutputOption, RowFormat, Session
from gridctl.cli.schedule_group import group
from gridctl.errors import ExitCode

if TYPE_CHECKING:
    from gridctl.schedule.plan.capacity import Capacity
    from gridctl.schedule.plan.report import Report


class PlanMode(StrEnum):
    """How jobs may be divided."""

    AUTO = "auto"
    CONTIGUOUS = "contiguous"
    INTERRUPTIBLE = "interruptible"
    ON_OFF = "on-off"


@group.command("plan")
def plan_command(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="The jobs, with the keys of compute_workloads and regions: JSON, JSONL, TOML, "
            "CSV or Parquet.",
            metavar="FILE",
        ),
    ],
    capacity: Annotated[
        list[str] | None,
        typer.Option(
            help="The power there is: 500kW everywhere, London=300kW, or a CSV of timestamp, "
            "region, capacity_kw. Repeatable; the most particular holds. Default: the rated power "
            "of the active assets by region, else no limit.",
            metavar="LIMIT",
        ),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(
            help="Where all the jobs may run, repeatable; the first is home. Default: as the file "
            "says.",
            metavar="REGION",
        ),
    ] = None,
    mode: Annotated[
        PlanMode,
        typer.Option(
            help="auto: interruptible jobs may pause, move and draw part of their power, the "
            "others run in one piece. contiguous, interruptible: all of them. on-off: all may "
            "pause, in whole half hours at one power."
        ),
    ] = PlanMode.AUTO,
    objective: Annotated[
        ObjectiveChoice, typer.Option(help="What to make least, over all jobs.")
    ] = ObjectiveChoice.CARBON,
    carbon_price: Annotated[
        float | None,
        typer.Option(help="GBP per tonne, for balanced. Default: the setting.", metavar="GBP"),
    ] = None,
    time_limit: Annotated[
        str, typer.Option(help="Stop improving after this long.", metavar="DURATION")
    ] = "20s",
    gap: Annotated[
        float,
        typer.Option(help="Stop when within this many per cent of the bound.", metavar="PCT"),
    ] = 0.5,
    seed: Annotated[int, typer.Option(help="Seed of the heuristic.", metavar="N")] = 1,
    as_of: AsOfOption = None,
    allow_synthetic: Annotated[
        bool, typer.Option("--allow-synthetic", help="Plan on made-up data too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Record nothing.")] = False,
    format: Annotated[
        RowFormat | None,
        typer.Option(
            "--format", "-f", help="How to print it. Default: as --output ends, else table."
        ),
    ] = None,
    output: OutputOption = None,
) -> int:
    """Plan many jobs together under limits of power; every plan says its gap to the best.

    Exit 1 when a job does not fit: the answer says which, which limit, and what would do.
    """
    from gridctl.render.endings import format_for
    from gridctl.schedule.plan.capacity import parse_capacity
    from gridctl.schedule.plan.jobs_file import read_jobs
    from gridctl.schedule.plan.run import Request, plan_workloads
    from gridctl.schedule.plan.solve import make_effort

    session: Session = ctx.obj
    chosen = format_for(output, format, RowFormat)
    common = {"objective": objective.value, "carbon_price": carbon_price}
    jobs = read_jobs(file, common, region or [])
    request = Request(
        parse_capacity(capacity) if capacity else _of_assets(session),
        mode.value,
        make_effort(clock.parse_duration(time_limit), gap, seed),
        session.time(as_of),
        allow_synthetic,
        dry_run,
    )
    report = plan_workloads(session.config, jobs, request)
    _print(report, chosen, output)
    return int(ExitCode.UNMET if report.left_out else ExitCode.OK)


def _of_assets(session: Session) -> Capacity:
    from gridctl.schedule.plan.capacity import asset_capacity

    limits = asset_capacity(session.database, session.lock_timeout)
    if limits.by_place:
        words = limits.in_words()
        session.say(f"limits are the rated power of the assets: {words}; none elsewhere")
    return limits


def _print(report: Report, format: RowFormat, output: Path | None) -> None:
    from gridctl.render.plan import plan_lines, plan_rows, plan_text
    from gridctl.render.tables import write_document, write_rows, write_text
    from gridctl.render.values import compact_json

    match format:
        case RowFormat.TABLE:
            write_text(plan_text(report), output)
        case RowFormat.JSON:
            write_document(report.as_dict(), output)
        case RowFormat.JSONL:
            write_text("".join(f"{compact_json(line)}\n" for line in plan_lines(report)), output)
        case _:
            write_rows(*plan_rows(report), format, output)
