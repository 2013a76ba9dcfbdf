"""A small database that tests fill row by row, and ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gridctl.config import Config
from gridctl.model import natural_id
from gridctl.query.run import Answer, run_named
from gridctl.regions import region_by_number
from gridctl.store.connect import open_writer

NOW = datetime(2026, 5, 6, 12, 10, tzinfo=UTC)
SLOT = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)  # the half hour in force at NOW
PROVENANCE = {"source": "carbon-intensity", "fetched_at": NOW, "payload_id": UUID(int=1)}
WITHOUT_PROVENANCE = {
    "agents", "compute_assets", "compute_workloads", "workload_schedules", "agent_negotiations",
    "api_logs",
}  # fmt: skip
MIX = dict.fromkeys(
    [f"{fuel}_pct" for fuel in ("biomass", "coal", "imports", "nuclear", "other", "hydro")], 0.0
)


def at(**span: float) -> datetime:
    """A moment counted from the half hour in force: ``at(hours=-1)``."""
    return SLOT + timedelta(**span)


def region_id(number: int) -> UUID:
    return natural_id("uk_regions", number)


@dataclass
class Store:
    """The database under test. Opened for each call, as the program does."""

    config: Config

    def execute(self, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
        with open_writer(self.config.database, timedelta(seconds=1)) as con:
            return con.execute(sql, values).fetchall()

    def add(self, table: str, *rows: dict[str, Any]) -> list[UUID]:
        """Insert rows, with an id and where they came from unless they say so themselves."""
        ids = []
        with open_writer(self.config.database, timedelta(seconds=1)) as con:
            for row in rows:
                known = {} if table in WITHOUT_PROVENANCE else PROVENANCE
                full = {"id": natural_id(table, *row.values()), **known, **row}
                columns = ", ".join(full)
                con.execute(
                    f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(full))})",
                    list(full.values()),
                )
                ids.append(full["id"])
        return ids

    def carbon(self, start: datetime, *values: float | None, **more: Any) -> None:
        """National forecasts from ``start``, a half hour apart."""
        self.add("carbon_intensity_national", *(
            {"timestamp": start + timedelta(minutes=30 * i), "forecast_gco2_kwh": v, **more}
            for i, v in enumerate(values)))  # fmt: skip

    def regional(self, number: int, start: datetime, *values: float | None, **more: Any) -> None:
        self.add("carbon_intensity_regional", *(
            {"region_number": number, "region_id": region_id(number),
             "timestamp": start + timedelta(minutes=30 * i), "forecast_gco2_kwh": v, **more}
            for i, v in enumerate(values)))  # fmt: skip

    def mix(self, start: datetime, wind: float, number: int | None = None, **more: Any) -> None:
        row = {"timestamp": start, **MIX, "wind_pct": wind, "solar_pct": 10.0,
               "gas_pct": 90 - wind, "renewable_pct": wind + 10, "zero_carbon_pct": wind + 10,
               **more}  # fmt: skip
        if number is None:
            self.add("generation_mix_national", row)
        else:
            place = {"region_number": number, "region_id": region_id(number)}
            self.add("generation_mix_regional", {**place, **row})

    def price(self, start: datetime, value: float, kind: str = "market_index", **more: Any) -> None:
        self.add(
            "wholesale_prices",
            {"price_type": kind, "timestamp": start, "price_gbp_mwh": value, **more},
        )

    def window(
        self,
        item: str,
        region: int | None = None,
        seen: datetime = SLOT,
        hours: float = 4.0,
        **more: Any,
    ) -> UUID:
        """A Beckn window with one snapshot, open ``hours`` from the half hour in force."""
        zone = None
        if region is not None:
            zone = natural_id("grid_zones", item)
            self.add("grid_zones", {"id": zone, "zone_id": item, "zone_name": item,
                                    "grid_area": region_by_number(region).name,
                                    "region_id": region_id(region)})  # fmt: skip
        (window,) = self.add(
            "compute_windows", {"item_id": item, "window_name": item, "grid_zone_id": zone}
        )
        self.snapshot(window, item, seen, hours=hours, **more)
        return window

    def snapshot(
        self, window: UUID, item: str, seen: datetime, hours: float = 4.0, **more: Any
    ) -> None:
        self.add("grid_snapshots", {
            "item_id": item, "snapshot_timestamp": seen, "compute_window_id": window,
            "window_start": SLOT, "window_end": at(hours=hours), **more})  # fmt: skip

    def offer(self, window: UUID, item: str, name: str, price: float | None, currency: str = "GBP",
              seen: datetime = SLOT, **more: Any) -> None:  # fmt: skip
        self.add("offers", {
            "offer_id": name, "item_id": item, "snapshot_timestamp": seen,
            "compute_window_id": window, "price_value": price, "price_currency": currency,
            "price_unit": "per_kWh", **more})  # fmt: skip

    def workload(self, name: str, cap: float | None, **more: Any) -> UUID:
        (workload,) = self.add("compute_workloads", {
            "workload_name": name, "max_carbon_intensity_gco2_kwh": cap,
            "estimated_duration_hours": 1.0, "estimated_energy_kwh": 1000.0,
            "latest_completion": at(hours=24), **more})  # fmt: skip
        return workload

    def ask(self, name: str, as_of: datetime = NOW, **params: Any) -> list[dict[str, Any]]:
        return self.answer(name, as_of, **params).dicts()

    def answer(self, name: str, as_of: datetime = NOW, **params: Any) -> Answer:
        return run_named(self.config, name, params, as_of)
