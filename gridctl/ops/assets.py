"""What an asset means for a workload that runs on it: where it is, and its own bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gridctl.config import Config
from gridctl.errors import UsageError
from gridctl.regions import places_of
from gridctl.schedule.job.workload import Workload, make_workload
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
    if places and len(places["regions"]) == 1:  # nowhere else to be moved from
        return {**places, "home": places["regions"][0]}
    return places


def with_bounds(asset: Asset, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The fields with the asset's bounds: the stricter cap of the two, a start not put off further
    than it allows, and no power above its rating: of an elastic job only the servers within it.

    Raises :class:`UsageError` for a power, or a piece of a profile, above the rating, and as
    :func:`make_workload` does.
    """
    bound = dict(given)
    rating = asset.rated_power_kw
    if rating is not None and given.get("curve"):  # as many servers as it can feed
        own = given.get("max_power_kw")
        bound["max_power_kw"] = rating if own is None else min(own, rating)
    job = make_workload(bound)
    peak = max(power for _, power in job.power_profile or ((0.0, job.power_kw or 0.0),))
    if rating is not None and peak > rating:
        raise UsageError(f"{peak:g} kW is above the rated {rating:g} kW of {asset.name}")
    for key, value, stricter in (
        ("max_carbon", asset.max_carbon, min),
        ("min_renewable", asset.min_renewable, max),
    ):
        if value is not None:
            own = given.get(key)
            bound[key] = value if own is None else stricter(own, value)
    if asset.max_deferral_hours is not None:
        latest = _latest_end(job, timedelta(hours=asset.max_deferral_hours), now)
        bound["deadline"] = latest if job.deadline is None else min(job.deadline, latest)
    return bound


def _latest_end(job: Workload, deferral: timedelta, now: datetime) -> datetime:
    """When a run must be over that was put off as far as the asset allows, up to the minute."""
    first = job.start or max(job.earliest or now, now)
    latest = first + deferral + job.shortest
    whole = latest.replace(second=0, microsecond=0)
    # Up to the minute: by the time it is decided, a start now is a moment later.
    return whole if whole == latest else whole + _MINUTE
