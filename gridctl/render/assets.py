"""Compute assets, as a table or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gridctl.render.layout import Column
from gridctl.render.tables import write_rows
from gridctl.schedule.single.reasons import place_name

if TYPE_CHECKING:
    from gridctl.store.assets import Asset

_COLUMNS: list[Column] = [
    ("name", "VARCHAR"), ("type", "VARCHAR"), ("region", "VARCHAR"), ("rated_kw", "DOUBLE"),
    ("idle_kw", "DOUBLE"), ("max_deferral_h", "DOUBLE"), ("max_carbon", "DOUBLE"),
    ("min_renewable", "DOUBLE"), ("active", "BOOLEAN"), ("workloads", "BIGINT"),
]  # fmt: skip


def write_assets(assets: Sequence[Asset], format: str) -> None:
    """One row per asset; kW, hours, g/kWh, per cent."""
    rows: list[tuple[Any, ...]] = [
        (
            asset.name, asset.asset_type,
            None if asset.region is None else place_name(asset.region),
            asset.rated_power_kw, asset.idle_power_kw, asset.max_deferral_hours, asset.max_carbon,
            asset.min_renewable, asset.is_active, asset.workloads,
        )
        for asset in assets
    ]  # fmt: skip
    write_rows(_COLUMNS, rows, format)
