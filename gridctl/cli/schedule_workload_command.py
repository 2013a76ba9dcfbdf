"""``gridctl schedule workload``, and the same as ``gridctl schedule-workload``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gridctl import clock, units
from gridctl.cli.app import AsOfOption, Session, app
from gridctl.cli.schedule_group import group
from gridctl.cli.workload_options import (
    AllowSyntheticOption,
    AssetOption,
    CapModeOption,
    CarbonPriceOption,
    CommandOption,
    DeadlineOption,
    DecisionFormat,
    DfsPriceOption,
    DryRunOption,
    DurationOption,
    EarliestOption,
    ElasticOption,
    EnergyOption,
    ExplainOption,
    FileOption,
    FlexibilityOption,
    ForecastChoice,
    ForecastOption,
    FormatOption,
    InterruptibleOption,
    MaxCarbonOption,
    MaxPausesOption,
    MaxPowerOption,
    MaxPriceOption,
    MaxServersOption,
    MigrationEnergyOption,
    MinRenewableOption,
    MinRunOption,
    NameOption,
    NotDeferrableOption,
    ObjectiveOption,
    OnFailure,
    OnFailureOption,
    OutputOption,
    PowerOption,
    PriceSeriesOption,
    ProfileOption,
    RegionOption,
    RestartEnergyOption,
    RiskOption,
    RunOption,
    SignalOption,
    StartOption,
    ViaChoice,
    ViaOption,
    WorkOption,
)
from gridctl.errors import DatabaseError, ExitCode, SignalError, UsageError

if TYPE_CHECKING:
    from gridctl.schedule.single.decision import Decision


@group.command("workload")
@app.command("schedule-workload")
def schedule_workload_command(
    ctx: typer.Context,
    command: CommandOption = None,
    file: FileOption = None,
    name: NameOption = None,
    energy: EnergyOption = None,
    duration: DurationOption = None,
    power: PowerOption = None,
    profile: ProfileOption = None,
    elastic: ElasticOption = None,
    work: WorkOption = None,
    max_servers: MaxServersOption = None,
    max_power: MaxPowerOption = None,
    interruptible: InterruptibleOption = False,
    min_run: MinRunOption = None,
    restart_energy: RestartEnergyOption = None,
    max_pauses: MaxPausesOption = None,
    migration_energy: MigrationEnergyOption = None,
    earliest: EarliestOption = None,
    deadline: DeadlineOption = None,
    start: StartOption = None,
    max_carbon: MaxCarbonOption = None,
    min_renewable: MinRenewableOption = None,
    max_price: MaxPriceOption = None,
    cap_mode: CapModeOption = None,
    asset: AssetOption = None,
    region: RegionOption = None,
    not_deferrable: NotDeferrableOption = False,
    objective: ObjectiveOption = None,
    carbon_price: CarbonPriceOption = None,
    forecast: ForecastOption = ForecastChoice.RAW,
    risk: RiskOption = None,
    signal: SignalOption = None,
    price_series: PriceSeriesOption = None,
    flexibility: FlexibilityOption = None,
    dfs_price: DfsPriceOption = None,
    as_of: AsOfOption = None,
    allow_synthetic: AllowSyntheticOption = False,
    dry_run: DryRunOption = False,
    explain: ExplainOption = False,
    output: OutputOption = None,
    run: RunOption = False,
    via: ViaOption = None,
    format: FormatOption = DecisionFormat.TABLE,
    on_failure: OnFailureOption = OnFailure.ERROR,
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
    if (run or via) and (workload.may_pause or workload.curve):
        raise UsageError(
            "--run and --via start a command once, and can neither pause it nor change its "
            "servers: leave --interruptible and --elastic out"
        )
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
                if clock.is_shown_twice(moment):
                    session.say("note: this machine's clock shows that time twice that night")
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
