"""``gridctl schedule workload``, and the same as ``gridctl schedule-workload``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl import clock, units
from gridctl.cli.app import AsOfOption, Session, app
from gridctl.cli.schedule_group import group
from gridctl.errors import DatabaseError, ExitCode, SignalError, UsageError

if TYPE_CHECKING:
    from gridctl.schedule.single.decision import Decision


class DecisionFormat(StrEnum):
    """Formats of a decision; ``start`` and ``at`` print the start alone, for scripts."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"
    START = "start"
    AT = "at"


class CapModeChoice(StrEnum):
    """How caps hold."""

    SLOT = "slot"
    MEAN = "mean"


class ObjectiveChoice(StrEnum):
    """What is made least."""

    CARBON = "carbon"
    COST = "cost"
    BALANCED = "balanced"


class ForecastChoice(StrEnum):
    """Which forecast to plan on."""

    RAW = "raw"
    CORRECTED = "corrected"


class FlexibilityChoice(StrEnum):
    """Where turning down is sold."""

    NONE = "none"
    P415 = "p415"
    DFS = "dfs"


class OnFailure(StrEnum):
    """What a script gets when nothing could be decided."""

    ERROR = "error"
    NOW = "now"
    HOLD = "hold"


class ViaChoice(StrEnum):
    """Who starts a command at its time."""

    AT = "at"
    SBATCH = "sbatch"
    SYSTEMD = "systemd"


@group.command("workload")
@app.command("schedule-workload")
def schedule_workload_command(
    ctx: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- CMD ARGS]", help="With --run or --via: what runs."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="JSON or TOML with the keys of compute_workloads; options override.",
            metavar="FILE",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    energy: Annotated[
        str | None, typer.Option(help="5000kWh, 5MWh; bare: kWh.", metavar="ENERGY")
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(
            help="4h, 90m, PT4H. Of energy, duration and power any two give the third.",
            metavar="DURATION",
        ),
    ] = None,
    power: Annotated[
        str | None, typer.Option(help="Average power, 250kW; bare: kW.", metavar="POWER")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Power that changes: 1h:200kW,3h:400kW, or a CSV file with hours,power_kw.",
            metavar="PROFILE",
        ),
    ] = None,
    elastic: Annotated[
        Path | None,
        typer.Option(
            help="Any number of servers: CSV with nodes,throughput,power (per second, W).",
            metavar="FILE",
        ),
    ] = None,
    work: Annotated[
        float | None,
        typer.Option(
            help="What an elastic job has to do, in the curve's units. Default: --duration at "
            "the fewest servers.",
            metavar="UNITS",
        ),
    ] = None,
    max_servers: Annotated[
        int | None, typer.Option(help="At most this many servers at once.", metavar="N")
    ] = None,
    max_power: Annotated[
        str | None, typer.Option(help="The most it may draw at once, 500kW.", metavar="POWER")
    ] = None,
    interruptible: Annotated[
        bool, typer.Option("--interruptible", help="It may be paused and go on later.")
    ] = False,
    min_run: Annotated[
        str | None,
        typer.Option(help="Once started it runs at least this long, 1h.", metavar="DURATION"),
    ] = None,
    restart_energy: Annotated[
        str | None,
        typer.Option(help="Drawn on top whenever it resumes, 5kWh.", metavar="ENERGY"),
    ] = None,
    max_pauses: Annotated[
        int | None, typer.Option(help="At most this many pauses.", metavar="N")
    ] = None,
    migration_energy: Annotated[
        str | None,
        typer.Option(help="Drawn on top when it leaves its home region, 20kWh.", metavar="ENERGY"),
    ] = None,
    earliest: Annotated[
        str | None, typer.Option(help="Not before. Default: now.", metavar="TIME")
    ] = None,
    deadline: Annotated[
        str | None,
        typer.Option(help="Finished by. Default: the forecast's end.", metavar="TIME"),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="When it would run anyway, the baseline. Default: the earliest.", metavar="TIME"
        ),
    ] = None,
    max_carbon: Annotated[
        float | None, typer.Option(help="At most this many g/kWh.", metavar="G")
    ] = None,
    min_renewable: Annotated[
        float | None, typer.Option(help="At least this per cent renewable.", metavar="PCT")
    ] = None,
    max_price: Annotated[
        float | None, typer.Option(help="At most this many GBP/MWh.", metavar="GBP")
    ] = None,
    cap_mode: Annotated[
        CapModeChoice | None,
        typer.Option(help="Caps hold in every half hour, or on average. Default: slot."),
    ] = None,
    asset: Annotated[
        str | None,
        typer.Option(help="The machine it runs on: its region and bounds hold.", metavar="NAME"),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(
            help="Where it may run, repeatable; the first is home. 'any' adds all 14, 'assets' "
            "those of the assets.",
            metavar="REGION",
        ),
    ] = None,
    not_deferrable: Annotated[
        bool,
        typer.Option("--not-deferrable", help="It runs at its start; only the place may change."),
    ] = False,
    objective: Annotated[
        ObjectiveChoice | None, typer.Option(help="What to make least. Default: carbon.")
    ] = None,
    carbon_price: Annotated[
        float | None,
        typer.Option(help="GBP per tonne, for balanced. Default: the setting.", metavar="GBP"),
    ] = None,
    forecast: Annotated[
        ForecastChoice,
        typer.Option(
            help="As published, or corrected by its past errors where the store has enough of them."
        ),
    ] = ForecastChoice.RAW,
    risk: Annotated[
        float | None,
        typer.Option(
            help="Plan on this quantile of the forecast's past errors: 0.8 counts the carbon that "
            "4 of 5 times was not exceeded.",
            metavar="Q",
        ),
    ] = None,
    signal: Annotated[
        Path | None,
        typer.Option(
            help="Plan on this CSV instead of the store: timestamp, carbon_gco2_kwh and, if it "
            "has them, renewable_pct, price_gbp_mwh.",
            metavar="FILE",
        ),
    ] = None,
    price_series: Annotated[
        Path | None,
        typer.Option(
            help="CSV of timestamp,price_gbp_mwh: the bill, in place of the tariff.",
            metavar="FILE",
        ),
    ] = None,
    flexibility: Annotated[
        FlexibilityChoice | None,
        typer.Option(help="Market of the revenue line. Default: the setting, none."),
    ] = None,
    dfs_price: Annotated[
        float | None,
        typer.Option(
            help="GBP/MWh bid in DFS. Default: the setting, 175; 3000 as in 2022-24.",
            metavar="GBP",
        ),
    ] = None,
    as_of: AsOfOption = None,
    allow_synthetic: Annotated[
        bool, typer.Option("--allow-synthetic", help="Plan on made-up data too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Record nothing.")] = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say what each bound costs, and why not the next best."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Draw it to this .png or .svg file.", metavar="FILE"),
    ] = None,
    run: Annotated[
        bool, typer.Option("--run", help="Wait for the start, run CMD, exit with its code.")
    ] = False,
    via: Annotated[
        ViaChoice | None, typer.Option(help="Hand CMD over, to be started at its time.")
    ] = None,
    format: Annotated[
        DecisionFormat,
        typer.Option(
            "--format",
            "-f",
            help="How to print it. start: the start alone, this machine's local time, for "
            "sbatch --begin; at: the same for at -t.",
        ),
    ] = DecisionFormat.TABLE,
    on_failure: Annotated[
        OnFailure,
        typer.Option(
            help="With --format start or at, when nothing can be decided for want of a forecast "
            "or a database. error: print nothing, exit with the error's code. now: print the "
            "present minute, exit 0. hold: print nothing, exit 0; an empty answer means submit "
            "it held, sbatch --hold. An infeasible job exits 1 all the same.",
        ),
    ] = OnFailure.ERROR,
) -> int:
    """Decide when and where a job runs: the least carbon, or cost, inside its window and caps."""
    from gridctl.ops.assets import on_asset
    from gridctl.schedule import schedule_workload
    from gridctl.schedule.job.tables import read_curve, read_profile
    from gridctl.schedule.job.workload import make_workload
    from gridctl.schedule.job.workload_file import read_workload_file
    from gridctl.schedule.money.asked import MoneyAsked
    from gridctl.schedule.signals.outlook import Outlook

    session: Session = ctx.obj
    _check_launch(command or [], run, via, is_plan=not dry_run and as_of is None)
    past = session.time(as_of)
    moment = past or clock.now()
    given = {
        "name": name,
        "energy_kwh": None if energy is None else units.parse_energy_kwh(energy),
        "duration": None if duration is None else clock.parse_duration(duration),
        "power_kw": None if power is None else units.parse_power_kw(power),
        "power_profile": None if profile is None else read_profile(profile),
        "curve": None if elastic is None else read_curve(elastic),
        "work": work,
        "max_servers": max_servers,
        "max_power_kw": None if max_power is None else units.parse_power_kw(max_power),
        "interruptible": True if interruptible else None,
        "min_run": None if min_run is None else clock.parse_duration(min_run),
        "restart_energy_kwh": _extra(restart_energy),
        "max_pauses": max_pauses,
        "migration_energy_kwh": _extra(migration_energy),
        "earliest": session.time(earliest, moment),
        "deadline": session.time(deadline, moment),
        "start": session.time(start, moment),
        "max_carbon": max_carbon,
        "min_renewable": min_renewable,
        "max_price": max_price,
        "cap_mode": cap_mode and cap_mode.value,
        "objective": objective and objective.value,
        "carbon_price": carbon_price,
        "deferrable": False if not_deferrable else None,
    }
    if output is not None:
        _check_picture(output)
    from_file = read_workload_file(file) if file else {}
    given = from_file | {k: v for k, v in given.items() if v is not None}
    workload = make_workload(on_asset(session.config, asset, region or [], given, moment))
    outlook = Outlook(forecast=forecast.value, risk=risk, signal_file=signal)
    money = MoneyAsked(price_series, flexibility and flexibility.value, dfs_price)
    try:
        decision = schedule_workload(
            session.config, workload, as_of=past, allow_synthetic=allow_synthetic,
            dry_run=dry_run, outlook=outlook, money=money, explain=explain,
        )  # fmt: skip
    except (SignalError, DatabaseError) as error:
        return _instead(session, error, format, on_failure)
    if run and not via and decision.expected is not None:
        return _run_here(session, decision, command or [])
    _print(session, decision, format)
    if output is not None:
        _draw(session, decision, output)
    if via and decision.expected is not None:
        _hand_over(session, decision, command or [], via)
    return int(ExitCode.UNMET if decision.expected is None else ExitCode.OK)


def _extra(text: str | None) -> float | None:
    return None if text is None else units.parse_energy_kwh(text)


def _check_launch(
    command: Sequence[str], run: bool, via: ViaChoice | None, *, is_plan: bool
) -> None:
    if run or via:
        from gridctl.ops.launch import check

        if not is_plan:
            raise UsageError("--run and --via need a plan that holds: no --dry-run and no --as-of")
        check(command, via.value if via else None)
    elif command:
        raise UsageError(f"unexpected {command[0]!r}; a command to run goes with --run or --via")


def _run_here(session: Session, decision: Decision, command: Sequence[str]) -> int:
    """Standard output is the command's own: the decision is told on stderr."""
    from gridctl.ops.launch import run_workload

    session.say(decision.reason)
    return run_workload(session.config, str(decision.workload_id), command, session.say)


def _hand_over(
    session: Session, decision: Decision, command: Sequence[str], via: ViaChoice
) -> None:
    from gridctl.ops.launch import hand_over

    said = hand_over(session.config, decision, command, via.value, session.say)
    session.say(f"handed over to {via}: {said}")


def _check_picture(output: Path) -> None:
    from gridctl.render.style import check_picture

    check_picture(output)


def _draw(session: Session, decision: Decision, output: Path) -> None:
    from gridctl.render.picture import draw_decision
    from gridctl.render.style import write_picture

    write_picture(lambda: draw_decision(decision), output)
    session.say(f"picture: {output}")


def _instead(
    session: Session, error: Exception, format: DecisionFormat, on_failure: OnFailure
) -> int:
    """What a script is given in place of a start; raises ``error`` when it asked for nothing."""
    if on_failure is OnFailure.ERROR or format not in (DecisionFormat.START, DecisionFormat.AT):
        raise error
    session.say(f"nothing decided, {on_failure.value}: {error}")
    if on_failure is OnFailure.NOW:
        typer.echo(_spelled(clock.now().replace(second=0, microsecond=0), format))
    return int(ExitCode.OK)


def _print(session: Session, decision: Decision, format: DecisionFormat) -> None:
    from gridctl.render.decision import decision_rows, write_decision
    from gridctl.render.tables import write_document, write_rows
    from gridctl.render.values import compact_json

    match format:
        case DecisionFormat.TABLE:
            write_decision(decision, sys.stdout)
            return
        case DecisionFormat.JSON:
            write_document(decision.as_dict())
        case DecisionFormat.JSONL:
            typer.echo(compact_json(decision.as_dict()))
        case DecisionFormat.CSV | DecisionFormat.MARKDOWN:
            write_rows(*decision_rows(decision), format)
        case DecisionFormat.START | DecisionFormat.AT:
            moment = decision.start_to_the_minute()
            if moment is not None:
                typer.echo(_spelled(moment, format))
    if format not in (DecisionFormat.JSON, DecisionFormat.JSONL):
        session.say(decision.reason)
    for note in decision.notes:
        if note not in decision.reason:
            session.say(f"note: {note}")
    if format in (DecisionFormat.CSV, DecisionFormat.MARKDOWN):
        for finding in decision.explanation or ():
            session.say(f"note: {finding.text}")


def _spelled(moment: datetime, format: DecisionFormat) -> str:
    """In this machine's local time zone, as sbatch and at read it."""
    pattern = "%Y-%m-%dT%H:%M:%S" if format is DecisionFormat.START else "%Y%m%d%H%M"
    return moment.astimezone().strftime(pattern)
