"""``gridctl schedule simulate``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl import clock, units
from gridctl.cli.app import Session
from gridctl.cli.schedule_group import group
from gridctl.errors import UsageError

if TYPE_CHECKING:
    from gridctl.schedule.simulate.settings import Settings

EPILOG = (
    "Examples: gridctl schedule simulate trace.csv; "
    "gridctl schedule simulate trace.parquet --signal 2023.csv --policy run-now --policy optimal "
    "--forecast noise:0.05 --waiting 2h:6h,12h:24h,inf:36h."
)


class SimulationFormat(StrEnum):
    """Formats of a simulation."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"


class Length(StrEnum):
    """What policies know of a job's length."""

    KNOWN = "known"
    MEAN = "mean"


@group.command("simulate", epilog=EPILOG)
def simulate_command(
    ctx: typer.Context,
    trace: Annotated[
        Path,
        typer.Argument(
            metavar="TRACE",
            help="CSV or Parquet: submit_time, duration_hours, power_kw or energy_kwh, and if "
            "there requested_start, deadline, max_delay_hours, region. Or arrival_h, length_h, "
            "cpus.",
        ),
    ],
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="Repeatable: run-now, threshold, lowest-slot, optimal, interruptible, elastic, "
            "oracle. Default: all that can be run.",
            metavar="POLICY",
        ),
    ] = None,
    signal: Annotated[
        str,
        typer.Option(
            help="db, or a CSV file with timestamp and carbon_gco2_kwh, and price_gbp_mwh if any.",
            metavar="db|FILE",
        ),
    ] = "db",
    step: Annotated[
        str | None,
        typer.Option(help="Average the signal file to this step.", metavar="DURATION"),
    ] = None,
    forecast: Annotated[
        str,
        typer.Option(
            help="What policies see: perfect, noise:0.05 (independent errors), realistic (errors "
            "that grow with the horizon), vintages (those stored, replanned at each issue).",
            metavar="KIND",
        ),
    ] = "perfect",
    seed: Annotated[int, typer.Option(help="Of noise and of the bootstrap.", min=0)] = 0,
    max_delay: Annotated[
        str, typer.Option(help="How long a job may wait.", metavar="DURATION")
    ] = "24h",
    slack_per_hour: Annotated[
        str | None,
        typer.Option(help="More wait for each hour of a job's length.", metavar="DURATION"),
    ] = None,
    waiting: Annotated[
        str | None,
        typer.Option(help="The wait by length instead, as 2h:6h,12h:24h,inf:36h.", metavar="TABLE"),
    ] = None,
    length: Annotated[
        Length, typer.Option(help="Plan with each job's length, or with its class's mean.")
    ] = Length.KNOWN,
    threshold: Annotated[
        float | None,
        typer.Option(help="Clean enough for the policy threshold.", metavar="G"),
    ] = None,
    quantile: Annotated[
        float, typer.Option(help="Without --threshold: this quantile of the signal.")
    ] = 0.3,
    elastic_curve: Annotated[
        Path | None,
        typer.Option(help="CSV with nodes, throughput, power; for elastic.", metavar="FILE"),
    ] = None,
    capacity: Annotated[
        str | None,
        typer.Option(help="Finite room and a queue: 50 jobs at once, or 100kW.", metavar="N|POWER"),
    ] = None,
    idle_power: Annotated[
        str | None,
        typer.Option(help="What all the room draws when idle.", metavar="POWER"),
    ] = None,
    block_days: Annotated[
        int, typer.Option(help="Length of the bootstrap's blocks.", metavar="DAYS")
    ] = 7,
    trace_start: Annotated[
        str | None,
        typer.Option(
            help="What arrival_h counts from. Default: the signal file's start.", metavar="TIME"
        ),
    ] = None,
    kw_per_cpu: Annotated[
        float, typer.Option(help="Power of one of the trace's cpus.", metavar="KW")
    ] = 1.0,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad rows out and count them.")
    ] = False,
    allow_synthetic: Annotated[
        bool, typer.Option("--allow-synthetic", help="Replay on made-up data too.")
    ] = False,
    format: Annotated[
        SimulationFormat, typer.Option("--format", "-f", help="How to print the results.")
    ] = SimulationFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write every job's outcome here, as Parquet."),
    ] = None,
) -> None:
    """Replay a trace of jobs over a signal under several policies, and compare them."""
    from gridctl.render.progress import progress_bar
    from gridctl.render.simulation import write_jobs, write_simulation
    from gridctl.schedule.simulate.simulation import Source, simulate_trace

    session: Session = ctx.obj
    if not 0 < kw_per_cpu < 1e9:
        raise UsageError(f"a power per cpu is more than zero and finite, not {kw_per_cpu:g}")
    averaged = None if step is None else clock.parse_duration(step)
    if averaged is not None and averaged.total_seconds() < 1:
        raise UsageError(f"{step!r} is no step for a signal; write 30m")
    source = Source(
        trace, signal, averaged, session.time(trace_start), kw_per_cpu, skip_bad, allow_synthetic
    )
    settings = _settings(
        policy, forecast, seed, max_delay, slack_per_hour, waiting, length, threshold, quantile,
        elastic_curve, capacity, idle_power, block_days,
    )  # fmt: skip
    with progress_bar(quiet=session.quiet) as moved:
        simulation = simulate_trace(session.config, source, settings, moved)
    if output is not None:
        write_jobs(simulation, output)
        session.say(f"every job's outcome: {output}")
    write_simulation(simulation, format)
    for note in simulation.notes:
        session.say(f"note: {note}")
    if simulation.skipped:
        row = min(simulation.skipped)
        session.say(
            f"note: {len(simulation.skipped):,} bad rows of the trace were left out, the first "
            f"row {row}: {simulation.skipped[row]}"
        )


def _settings(
    policy: list[str] | None, forecast: str, seed: int, max_delay: str, slack_per_hour: str | None,
    waiting: str | None, length: Length, threshold: float | None, quantile: float,
    elastic_curve: Path | None, capacity: str | None, idle_power: str | None, block_days: int,
) -> Settings:  # fmt: skip
    from math import inf

    from gridctl.schedule.job.tables import read_curve
    from gridctl.schedule.simulate.capacity import parse_capacity
    from gridctl.schedule.simulate.forecasts import parse_forecast
    from gridctl.schedule.simulate.jobs import Waiting, parse_waiting
    from gridctl.schedule.simulate.settings import Settings, trace_curve

    hours = clock.parse_duration(max_delay).total_seconds() / 3600
    extra = clock.parse_duration(slack_per_hour).total_seconds() / 3600 if slack_per_hour else 0.0
    return Settings(
        policies=tuple(policy or ()),
        forecast=parse_forecast(forecast),
        seed=seed,
        waiting=Waiting(parse_waiting(waiting) if waiting else ((inf, hours),), extra),
        known_length=length is Length.KNOWN,
        threshold_gco2_kwh=threshold,
        quantile=quantile,
        curve=trace_curve(read_curve(elastic_curve)) if elastic_curve else None,
        capacity=parse_capacity(capacity) if capacity else None,
        idle_power_kw=units.parse_power_kw(idle_power) if idle_power else 0.0,
        block_days=block_days,
    )
