"""``gridctl schedule baseline`` and ``gridctl schedule settle-flexibility``."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridctl import clock
from gridctl.cli.app import Format, FormatOption, OutputOption, Session
from gridctl.cli.schedule_group import group
from gridctl.errors import UsageError

if TYPE_CHECKING:
    from gridctl.schedule.money.settle_day import DayAsked


class MarketChoice(StrEnum):
    """Where a turn-down was sold."""

    P415 = "p415"
    DFS = "dfs"


MeteringArgument = Annotated[
    Path, typer.Argument(metavar="METERING", help="CSV of timestamp,kwh by half hour.")
]
DayOption = Annotated[
    str, typer.Option("--day", metavar="DATE", help="The local day, as 2026-03-02.")
]
EventOption = Annotated[
    str | None,
    typer.Option(
        "--event", metavar="SPAN", help="Local times, 16:00-19:00. Default: the whole day."
    ),
]
EventDayOption = Annotated[
    list[str] | None,
    typer.Option("--event-day", metavar="DATE", help="A day to leave out; repeatable."),
]
AdjustOption = Annotated[
    bool,
    typer.Option("--in-day-adjustment", help="Add the mean miss of the hours before the event."),
]


@group.command()
def baseline(
    ctx: typer.Context,
    metering: MeteringArgument,
    day: DayOption,
    event: EventOption = None,
    event_day: EventDayOption = None,
    in_day_adjustment: AdjustOption = False,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What a meter would have read on a day, from the days before: BL01, as Elexon settles by."""
    from gridctl.render.endings import format_for
    from gridctl.render.flexibility import write_baseline
    from gridctl.schedule.money.settle_day import baseline_of

    session: Session = ctx.obj
    chosen = format_for(output, format, Format)
    found = baseline_of(_asked(metering, day, event, event_day, in_day_adjustment))
    write_baseline(found, chosen, output)
    session.say(f"baseline: {found.about}")


@group.command("settle-flexibility")
def settle_flexibility(
    ctx: typer.Context,
    metering: MeteringArgument,
    day: DayOption,
    market: Annotated[MarketChoice, typer.Option(help="Where it was sold.")],
    event: EventOption = None,
    event_day: EventDayOption = None,
    in_day_adjustment: AdjustOption = False,
    sold_mw: Annotated[
        float | None,
        typer.Option(
            "--sold-mw",
            metavar="MW",
            help="Sold ahead (DFS: accepted) throughout the event. Default: what was delivered.",
        ),
    ] = None,
    dfs_price: Annotated[
        float | None, typer.Option(metavar="GBP", help="The DFS bid. Default: the setting.")
    ] = None,
    price_series: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Wholesale prices, in place of the database."),
    ] = None,
    imbalance_series: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Imbalance prices, in place of the database."),
    ] = None,
    allow_synthetic: Annotated[
        bool, typer.Option("--allow-synthetic", help="Settle at made-up prices too.")
    ] = False,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """What a day's turn-down against its baseline earned, half hour by half hour."""
    from gridctl.render.endings import format_for
    from gridctl.render.flexibility import settled_sentence, write_settled_day
    from gridctl.schedule.money.settle_day import settle_day

    session: Session = ctx.obj
    chosen = format_for(output, format, Format)
    settled = settle_day(
        session.config,
        _asked(metering, day, event, event_day, in_day_adjustment),
        market.value,
        clock.now(),
        sold_mw=sold_mw,
        dfs_price_gbp_mwh=dfs_price,
        wholesale=price_series,
        imbalance=imbalance_series,
        allow_synthetic=allow_synthetic,
    )
    write_settled_day(settled, chosen, output)
    for line in (f"baseline: {settled.baseline.about}", *settled.notes, settled_sentence(settled)):
        session.say(line)


def _asked(
    metering: Path,
    day: str,
    event: str | None,
    event_days: list[str] | None,
    in_day_adjustment: bool,
) -> DayAsked:
    from gridctl.schedule.money.settle_day import DayAsked

    without = frozenset(_date(text) for text in event_days or [])
    return DayAsked(metering, _date(day), event, without, in_day_adjustment)


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date; write 2026-03-02") from None
    if not 1901 <= found.year < 2199:
        raise UsageError(f"{text!r} is outside the years 1901 to 2198")
    return found
