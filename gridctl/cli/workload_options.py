"""The options of ``schedule-workload``, one alias each, and the choices that they offer."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gridctl.cli.app import ObjectiveChoice


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


CommandOption = Annotated[
    list[str] | None,
    typer.Argument(metavar="[-- CMD ARGS]", help="With --run or --via: what runs."),
]
FileOption = Annotated[
    Path | None,
    typer.Option(
        help="JSON or TOML with the keys of compute_workloads; options override.",
        metavar="FILE",
    ),
]
NameOption = Annotated[str | None, typer.Option(help="What to call it.")]
EnergyOption = Annotated[
    str | None, typer.Option(help="5000kWh, 5MWh; bare: kWh.", metavar="ENERGY")
]
DurationOption = Annotated[
    str | None,
    typer.Option(
        help="4h, 90m, PT4H. Of energy, duration and power any two give the third.",
        metavar="DURATION",
    ),
]
PowerOption = Annotated[
    str | None, typer.Option(help="Average power, 250kW; bare: kW.", metavar="POWER")
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        help="Power that changes: 1h:200kW,3h:400kW, or a CSV file with hours,power_kw.",
        metavar="PROFILE",
    ),
]
ElasticOption = Annotated[
    Path | None,
    typer.Option(
        help="Any number of servers: CSV with nodes,throughput,power (per second, W).",
        metavar="FILE",
    ),
]
WorkOption = Annotated[
    float | None,
    typer.Option(
        help="What an elastic job has to do, in the curve's units. Default: --duration at "
        "the fewest servers.",
        metavar="UNITS",
    ),
]
MaxServersOption = Annotated[
    int | None, typer.Option(help="At most this many servers at once.", metavar="N")
]
MaxPowerOption = Annotated[
    str | None, typer.Option(help="The most it may draw at once, 500kW.", metavar="POWER")
]
InterruptibleOption = Annotated[
    bool, typer.Option("--interruptible", help="It may be paused and go on later.")
]
MinRunOption = Annotated[
    str | None,
    typer.Option(help="Once started it runs at least this long, 1h.", metavar="DURATION"),
]
RestartEnergyOption = Annotated[
    str | None,
    typer.Option(help="Drawn on top whenever it resumes, 5kWh.", metavar="ENERGY"),
]
MaxPausesOption = Annotated[int | None, typer.Option(help="At most this many pauses.", metavar="N")]
MigrationEnergyOption = Annotated[
    str | None,
    typer.Option(help="Drawn on top when it leaves its home region, 20kWh.", metavar="ENERGY"),
]
EarliestOption = Annotated[
    str | None, typer.Option(help="Not before. Default: now.", metavar="TIME")
]
DeadlineOption = Annotated[
    str | None,
    typer.Option(help="Finished by. Default: the forecast's end.", metavar="TIME"),
]
StartOption = Annotated[
    str | None,
    typer.Option(
        help="When it would run anyway, the baseline. Default: the earliest.", metavar="TIME"
    ),
]
MaxCarbonOption = Annotated[
    float | None, typer.Option(help="At most this many g/kWh.", metavar="G")
]
MinRenewableOption = Annotated[
    float | None, typer.Option(help="At least this per cent renewable.", metavar="PCT")
]
MaxPriceOption = Annotated[
    float | None, typer.Option(help="At most this many GBP/MWh.", metavar="GBP")
]
CapModeOption = Annotated[
    CapModeChoice | None,
    typer.Option(help="Caps hold in every half hour, or on average. Default: slot."),
]
AssetOption = Annotated[
    str | None,
    typer.Option(help="The machine it runs on: its region and bounds hold.", metavar="NAME"),
]
RegionOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Where it may run, repeatable; the first is home. 'any' adds all 14, 'assets' "
        "those of the assets.",
        metavar="REGION",
    ),
]
NotDeferrableOption = Annotated[
    bool,
    typer.Option("--not-deferrable", help="It runs at its start; only the place may change."),
]
ObjectiveOption = Annotated[
    ObjectiveChoice | None, typer.Option(help="What to make least. Default: carbon.")
]
CarbonPriceOption = Annotated[
    float | None,
    typer.Option(help="GBP per tonne, for balanced. Default: the setting.", metavar="GBP"),
]
ForecastOption = Annotated[
    ForecastChoice,
    typer.Option(
        help="As published, or corrected by its past errors where the store has enough of them."
    ),
]
RiskOption = Annotated[
    float | None,
    typer.Option(
        help="Plan on this quantile of the forecast's past errors: 0.8 counts the carbon that "
        "4 of 5 times was not exceeded.",
        metavar="Q",
    ),
]
SignalOption = Annotated[
    Path | None,
    typer.Option(
        help="Plan on this CSV instead of the store: timestamp, carbon_gco2_kwh and, if it "
        "has them, renewable_pct, price_gbp_mwh.",
        metavar="FILE",
    ),
]
PriceSeriesOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV of timestamp,price_gbp_mwh: the bill, in place of the tariff.",
        metavar="FILE",
    ),
]
FlexibilityOption = Annotated[
    FlexibilityChoice | None,
    typer.Option(help="Market of the revenue line. Default: the setting, none."),
]
DfsPriceOption = Annotated[
    float | None,
    typer.Option(
        help="GBP/MWh bid in DFS. Default: the setting, 175; 3000 as in 2022-24.",
        metavar="GBP",
    ),
]
AllowSyntheticOption = Annotated[
    bool, typer.Option("--allow-synthetic", help="Plan on made-up data too.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Record nothing.")]
ExplainOption = Annotated[
    bool,
    typer.Option("--explain", help="Say what each bound costs, and why not the next best."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Draw it to this .png or .svg file.", metavar="FILE"),
]
RunOption = Annotated[
    bool, typer.Option("--run", help="Wait for the start, run CMD, exit with its code.")
]
ViaOption = Annotated[
    ViaChoice | None, typer.Option(help="Hand CMD over, to be started at its time.")
]
FormatOption = Annotated[
    DecisionFormat,
    typer.Option(
        "--format",
        "-f",
        help="How to print it. start: the start alone, this machine's local time, for "
        "sbatch --begin; at: the same for at -t.",
    ),
]
OnFailureOption = Annotated[
    OnFailure,
    typer.Option(
        help="With --format start or at, when nothing can be decided for want of a forecast "
        "or a database. error: print nothing, exit with the error's code. now: print the "
        "present minute, exit 0. hold: print nothing, exit 0; an empty answer means submit "
        "it held, sbatch --hold. An infeasible job exits 1 all the same.",
    ),
]
