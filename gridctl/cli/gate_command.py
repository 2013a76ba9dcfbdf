"""``gridctl gate``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gridctl import clock
from gridctl.cli.app import AsOfOption, ReportFormat, Session, app
from gridctl.cli.workload_options import MaxCarbonOption, MaxPriceOption, MinRenewableOption
from gridctl.regions import find_region


class GateFailure(StrEnum):
    """What a gate does when the signal is missing."""

    ERROR = "error"
    GO = "go"
    HOLD = "hold"


@app.command("gate")
def gate_command(
    ctx: typer.Context,
    max_carbon: MaxCarbonOption = None,
    min_renewable: MinRenewableOption = None,
    max_price: MaxPriceOption = None,
    region: Annotated[
        str | None, typer.Option(help="Default: Great Britain.", metavar="REGION")
    ] = None,
    max_wait: Annotated[
        str | None,
        typer.Option(help="Go anyway when this long has passed since --since.", metavar="DURATION"),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="When the waiting began.", metavar="TIME")
    ] = None,
    on_failure: Annotated[
        GateFailure, typer.Option(help="When the signal is missing, stale or synthetic.")
    ] = GateFailure.ERROR,
    as_of: AsOfOption = None,
    allow_synthetic: Annotated[
        bool, typer.Option("--allow-synthetic", help="Trust made-up data too.")
    ] = False,
    format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to print it.")
    ] = ReportFormat.TABLE,
) -> int:
    """Is the running half hour clean enough to go? Exit 0: go. 75: not yet. Else: an error.

    For cron, CI and workflow sensors: gridctl gate --max-carbon 120 && run-it
    """
    from gridctl.render.gate import write_verdict
    from gridctl.schedule.gate import NOT_YET, ask, make_gate

    session: Session = ctx.obj
    now = clock.now()
    bounds = {"max_carbon": max_carbon, "min_renewable": min_renewable, "max_price": max_price}
    gate = make_gate(
        bounds,
        None if region is None else find_region(region).number,
        None if max_wait is None else clock.parse_duration(max_wait),
        session.time(since, now),
        on_failure.value,
    )
    past = session.time(as_of, now)
    verdict = ask(session.config, gate, now, as_of=past, allow_synthetic=allow_synthetic)
    write_verdict(verdict, as_json=format is ReportFormat.JSON, quiet=session.quiet)
    return 0 if verdict.go else NOT_YET
