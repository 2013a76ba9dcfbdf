"""Compute assets: machines with a place, a rated power and bounds of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gridctl.errors import StateError, UsageError
from gridctl.model import natural_id
from gridctl.store.connect import open_reader, open_writer

ASSET_TYPES = ("ai_training_cluster", "inference_server", "hpc", "edge_compute")
_SELECT = """
    SELECT asset_name, asset_type, region_number, rated_power_kw, idle_power_kw,
           max_deferral_hours, carbon_intensity_cap_gco2_kwh, asset.min_renewable_pct, is_active,
           (SELECT count(*) FROM compute_workloads WHERE asset_id = asset.id)
    FROM compute_assets AS asset
    LEFT JOIN uk_regions AS region ON region.id = asset.region_id
"""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One row of ``compute_assets``, and how many workloads refer to it.

    Powers in kW, the cap in g/kWh, the share in per cent; ``region`` is a region's number.
    """

    name: str
    asset_type: str
    region: int | None = None
    rated_power_kw: float | None = None
    idle_power_kw: float | None = None
    max_deferral_hours: float | None = None
    max_carbon: float | None = None
    min_renewable: float | None = None
    is_active: bool = True
    workloads: int = 0


def add_asset(path: Path, lock_timeout: timedelta, asset: Asset) -> None:
    """Store a new asset.

    Raises :class:`UsageError` for a name that is taken and for values that cannot be.
    """
    _check(asset)
    region = None if asset.region is None else natural_id("uk_regions", asset.region)
    with open_writer(path, lock_timeout) as con:
        if _read(con, "WHERE asset_name = ?", [asset.name]):
            raise UsageError(
                f"there is an asset {asset.name!r} already; see: gridctl asset show {asset.name}"
            )
        con.execute(
            """INSERT INTO compute_assets (id, asset_name, asset_type, region_id, rated_power_kw,
                   idle_power_kw, max_deferral_hours, carbon_intensity_cap_gco2_kwh,
                   min_renewable_pct) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                asset_id(asset.name), asset.name, asset.asset_type, region,
                asset.rated_power_kw, asset.idle_power_kw, asset.max_deferral_hours,
                asset.max_carbon, asset.min_renewable,
            ],
        )  # fmt: skip


def asset_id(name: str) -> str:
    """The id of the asset of that name."""
    return str(natural_id("compute_assets", name))


def _check(asset: Asset) -> None:
    if not asset.name.strip() or not asset.name.isprintable():
        raise UsageError("an asset needs a name, of printable characters")
    if asset.asset_type not in ASSET_TYPES:
        raise UsageError(f"the type must be one of {', '.join(ASSET_TYPES)}")
    for name, value, highest in (
        ("--max-carbon", asset.max_carbon, float("inf")),
        ("--min-renewable", asset.min_renewable, 100.0),
    ):
        if value is not None and not (math.isfinite(value) and 0 <= value <= highest):
            raise UsageError(f"{name} {value:g} is out of range")
    rated, idle = asset.rated_power_kw, asset.idle_power_kw
    if rated is not None and idle is not None and idle > rated:
        raise UsageError(f"an idle power of {idle:g} kW is above the rated {rated:g} kW")


def list_assets(path: Path, lock_timeout: timedelta, *, every: bool = False) -> list[Asset]:
    """The active assets by name, with ``every`` the deactivated too."""
    with open_reader(path, lock_timeout) as con:
        return _read(con, "WHERE is_active OR ? ORDER BY asset_name", [every])


def get_asset(path: Path, lock_timeout: timedelta, name: str) -> Asset:
    """The asset of that name. Raises :class:`UsageError`, naming the closest, without one."""
    with open_reader(path, lock_timeout) as con:
        return _find(con, name)


def remove_asset(path: Path, lock_timeout: timedelta, name: str) -> None:
    """Delete an asset.

    Raises :class:`UsageError` for an unknown one, and :class:`StateError` when workloads refer to
    it: their record would lose its meaning.
    """
    get_asset(path, lock_timeout, name)  # an unknown name makes no database
    with open_writer(path, lock_timeout) as con:
        asset = _find(con, name)
        if asset.workloads:
            refer = "1 workload refers" if asset.workloads == 1 else f"{asset.workloads} refer"
            raise StateError(
                f"{name} is not removed: {refer} to it; to put it out of use: "
                f"gridctl asset remove {name} --deactivate"
            )
        con.execute("DELETE FROM compute_assets WHERE id = ?", [asset_id(asset.name)])


def set_active(path: Path, lock_timeout: timedelta, name: str, *, active: bool) -> None:
    """Put an asset into use or out of it. Raises :class:`UsageError` for an unknown one."""
    get_asset(path, lock_timeout, name)
    with open_writer(path, lock_timeout) as con:
        con.execute(
            "UPDATE compute_assets SET is_active = ?, updated_at = now() WHERE id = ?",
            [active, asset_id(name)],
        )


def _find(con: Any, name: str) -> Asset:
    found = _read(con, "WHERE asset_name = ?", [name])
    if found:
        return found[0]
    names = [asset.name for asset in _read(con, "ORDER BY asset_name", [])]
    if not names:
        raise UsageError(f"there is no asset {name!r}, nor any; see: gridctl asset add --help")
    close = " or ".join(get_close_matches(name, names, n=3, cutoff=0.4)) or ", ".join(names[:5])
    raise UsageError(f"there is no asset {name!r}; did you mean {close}?")


def _read(con: Any, condition: str, parameters: Sequence[Any]) -> list[Asset]:
    rows = con.execute(_SELECT + condition, list(parameters)).fetchall()
    return [
        Asset(
            name=row[0], asset_type=row[1], region=row[2], rated_power_kw=row[3],
            idle_power_kw=row[4], max_deferral_hours=row[5], max_carbon=row[6],
            min_renewable=row[7], is_active=row[8], workloads=row[9],
        )
        for row in rows
    ]  # fmt: skip
