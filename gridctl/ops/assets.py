"""What an asset means for a workload that runs on it: where it is, and its own bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gridctl.config import Config
from gridctl.errors import UsageError
from gridctl.regions import places_of
from gridctl.store.assets import Asset, get_asset, list_assets

_MINUTE = timedelta(minutes=1)


def on_asset(
    config: Config,
    name: str | None,
    regions: Sequence[str],
    given: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """The fields ``given`` of a workload, with its places and what its asset adds.

    ``regions`` are as typed; ``any`` stands for all 14, ``assets`` for those of the active assets.
    Home is the asset's region, else the first that is named. Raises :class:`UsageError` for unknown
    names and for what the asset cannot do.
    """
    asset = None if name is None else get_asset(config.database, _patience(config), name)
    places = _places(config, asset, regions)
    if asset is None:
        return {**given, **places}
    if not asset.is_active:
        raise UsageError(
            f"{asset.name} was put out of use; to use it again: gridctl asset activate {asset.name}"
        )
    return with_bounds(asset, {**given, **places, "asset": asset.name}, now)


def _patience(config: Config) -> timedelta:
    found: timedelta = config["store.lock_timeout"]
    return found


def _places(config: Config, asset: Asset | None, regions: Sequence[str]) -> dict[str, Any]:
    """``regions`` and ``home``; home is none when only ``any`` or ``assets`` was named."""
    held: list[int] = []
    wants_held = any(region.strip().lower() == "assets" for region in regions)
    if wants_held:
        assets = list_assets(config.database, _patience(config))
        held = [other.region for other in assets if other.region is not None]
    places = places_of(regions, None if asset is None else asset.region, {"assets": held})
    if wants_held and not places:
        raise UsageError("--region assets: no active asset has a region; see: gridctl asset add")
    return places


def with_bounds(asset: Asset, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The fields with the asset's bounds: the stricter cap of the two, a start not put off further
    than it allows, and no power above its rating.

    Raises :class:`UsageError` for a power above the rating.
    """
    bound = dict(given)
    power = _power(given)
    if asset.rated_power_kw is not None and power is not None and power > asset.rated_power_kw:
        raise UsageError(
            f"{power:g} kW is above the rated {asset.rated_power_kw:g} kW of {asset.name}"
        )
    for key, value, stricter in (
        ("max_carbon", asset.max_carbon, min),
        ("min_renewable", asset.min_renewable, max),
    ):
        if value is not None:
            own = given.get(key)
            bound[key] = value if own is None else stricter(own, value)
    deadline = _latest_end(asset, given, now)
    if deadline is not None:
        own = given.get("deadline")
        bound["deadline"] = deadline if own is None else min(own, deadline)
    return bound


def _power(given: Mapping[str, Any]) -> float | None:
    """Average power in kW, where two of the three are there to tell."""
    if given.get("power_kw") is not None:
        return float(given["power_kw"])
    energy, duration = given.get("energy_kwh"), given.get("duration")
    if energy is None or not duration:
        return None
    return float(energy / (duration / timedelta(hours=1)))


def _latest_end(asset: Asset, given: Mapping[str, Any], now: datetime) -> datetime | None:
    """When a run must be over that was put off as far as the asset allows, up to the minute."""
    if asset.max_deferral_hours is None:
        return None
    duration = given.get("duration")
    if duration is None:
        energy, power = given.get("energy_kwh"), given.get("power_kw")
        if not energy or not power:
            return None
        duration = timedelta(hours=energy / power)
    asked = given.get("start") or given.get("earliest") or now
    first: datetime = max(asked, now) if given.get("start") is None else asked
    latest = first + timedelta(hours=asset.max_deferral_hours) + duration
    # Up to the minute: by the time it is decided, a start now is a moment later.
    return (
        latest.replace(second=0, microsecond=0) + _MINUTE
        if latest.second or latest.microsecond
        else latest
    )
