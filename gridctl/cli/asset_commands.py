"""``gridctl asset``."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from gridctl import clock, units
from gridctl.cli.app import RowFormat, RowFormatOption, Session, app
from gridctl.regions import find_region

group = typer.Typer(help="Machines that workloads run on.", no_args_is_help=True)
app.add_typer(group, name="asset")


class AssetType(StrEnum):
    """Types of assets."""

    AI_TRAINING_CLUSTER = "ai_training_cluster"
    INFERENCE_SERVER = "inference_server"
    HPC = "hpc"
    EDGE_COMPUTE = "edge_compute"


Name = Annotated[str, typer.Argument(metavar="NAME")]


@group.command()
def add(
    ctx: typer.Context,
    name: Name,
    type: Annotated[AssetType, typer.Option("--type", help="What kind it is.")],
    region: Annotated[str | None, typer.Option(metavar="REGION", help="Where it is.")] = None,
    power: Annotated[
        str | None, typer.Option(metavar="POWER", help="Rated power: 500kW, 1.2MW; bare: kW.")
    ] = None,
    idle_power: Annotated[
        str | None, typer.Option(metavar="POWER", help="Power when idle.")
    ] = None,
    max_deferral: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How long its work may be put off.")
    ] = None,
    max_carbon: Annotated[
        float | None, typer.Option(metavar="G", help="Cap on all its work, g/kWh.")
    ] = None,
    min_renewable: Annotated[
        float | None, typer.Option(metavar="PCT", help="Least renewable share of all its work.")
    ] = None,
) -> int:
    """Add a machine; its region and bounds then hold for schedule-workload --asset NAME."""
    from gridctl.store.assets import Asset, add_asset

    session: Session = ctx.obj
    deferral = None if max_deferral is None else clock.parse_duration(max_deferral)
    asset = Asset(
        name=name,
        asset_type=type.value,
        region=None if region is None else find_region(region).number,
        rated_power_kw=None if power is None else units.parse_power_kw(power),
        idle_power_kw=None if idle_power is None else units.parse_power_kw(idle_power),
        max_deferral_hours=None if deferral is None else deferral / timedelta(hours=1),
        max_carbon=max_carbon,
        min_renewable=min_renewable,
    )
    add_asset(session.database, session.lock_timeout, asset)
    session.say(f"added {name}")
    return 0


@group.command("list")
def list_command(
    ctx: typer.Context,
    all: Annotated[bool, typer.Option("--all", help="Those out of use too.")] = False,
    format: RowFormatOption = RowFormat.TABLE,
) -> int:
    """The machines in use."""
    from gridctl.render.assets import write_assets
    from gridctl.store.assets import list_assets

    session: Session = ctx.obj
    write_assets(list_assets(session.database, session.lock_timeout, every=all), format)
    return 0


@group.command()
def show(ctx: typer.Context, name: Name, format: RowFormatOption = RowFormat.TABLE) -> int:
    """One machine and its bounds."""
    from gridctl.render.assets import write_assets
    from gridctl.store.assets import get_asset

    session: Session = ctx.obj
    write_assets([get_asset(session.database, session.lock_timeout, name)], format)
    return 0


@group.command()
def remove(
    ctx: typer.Context,
    name: Name,
    deactivate: Annotated[
        bool, typer.Option("--deactivate", help="Only put it out of use: its record stays.")
    ] = False,
) -> int:
    """Remove a machine; refused while workloads refer to it."""
    from gridctl.store.assets import remove_asset, set_active

    session: Session = ctx.obj
    if deactivate:
        set_active(session.database, session.lock_timeout, name, active=False)
    else:
        remove_asset(session.database, session.lock_timeout, name)
    session.say(f"{name} {'put out of use' if deactivate else 'removed'}")
    return 0


@group.command()
def activate(ctx: typer.Context, name: Name) -> int:
    """Put a machine back into use."""
    from gridctl.store.assets import set_active

    session: Session = ctx.obj
    set_active(session.database, session.lock_timeout, name, active=True)
    session.say(f"{name} is in use")
    return 0
