"""A database and short ways to put rows into it, by SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

HALF_HOUR = timedelta(minutes=30)
LATER = "2030-01-01T00:00:00+00:00"


def at(text: str) -> datetime:
    """``2023-11-25T00:00Z`` as an instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass
class Store:
    """A database file and short ways to fill it. Every call opens and closes it."""

    path: Path

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path)) as con:
            con.execute("SET TimeZone = 'UTC'")
            return con.execute(sql, list(parameters)).fetchall()

    def carbon(
        self,
        start: str,
        forecasts: Sequence[float | None],
        *,
        actuals: Sequence[float | None] | None = None,
        region: int | None = None,
        issued: str | None = None,
        fetched: str = LATER,
        source: str = "carbon-intensity",
    ) -> None:
        """Half hours of stored intensity from ``start``."""
        times = [at(start) + i * HALF_HOUR for i in range(len(forecasts))]
        table, key = "carbon_intensity_national", ""
        if region is not None:
            table, key = "carbon_intensity_regional", "region_number, region_id, "
        keys = f"{region}, (SELECT id FROM uk_regions WHERE region_number = {region}), "
        actual = "" if region is not None else "actual_gco2_kwh, "
        self.execute(
            f"""INSERT INTO {table} (id, {key}timestamp, forecast_gco2_kwh, {actual}
                    forecast_issued_at, source, fetched_at, payload_id)
                SELECT uuid(), {keys if key else ""} unnest(?::TIMESTAMPTZ[]),
                    unnest(?::DOUBLE[]), {"unnest(?::DOUBLE[])," if actual else ""}
                    ?::TIMESTAMPTZ, ?, ?::TIMESTAMPTZ, uuid()""",
            [times, list(forecasts)]
            + ([list(actuals or [None] * len(times))] if actual else [])
            + [issued and at(issued), source, at(fetched)],
        )

    def vintage(
        self,
        issued: str,
        start: str,
        values: Sequence[float | None],
        *,
        region: int | None = None,
        source: str = "carbon-intensity",
    ) -> None:
        """A forecast as it was issued."""
        self.execute(
            """INSERT INTO forecast_vintages (id, series, region_number, issued_at,
                   first_timestamp, step_minutes, forecast_values, source, fetched_at, payload_id)
               VALUES (uuid(), 'carbon_intensity', ?, ?, ?, 30, ?::DOUBLE[], ?, ?, uuid())""",
            [region, at(issued), at(start), list(values), source, at(issued)],
        )

    def renewable(self, start: str, shares: Sequence[float], region: int | None = None) -> None:
        """Half hours of a generation mix that is wind and gas."""
        times = [at(start) + i * HALF_HOUR for i in range(len(shares))]
        table = "generation_mix_national" if region is None else "generation_mix_regional"
        key = "" if region is None else "region_number, region_id, "
        keys = f"{region}, (SELECT id FROM uk_regions WHERE region_number = {region}), "
        self.execute(
            f"""INSERT INTO {table} (id, {key}timestamp, biomass_pct, coal_pct, imports_pct,
                    gas_pct, nuclear_pct, other_pct, hydro_pct, solar_pct, wind_pct,
                    renewable_pct, zero_carbon_pct, source, fetched_at, payload_id)
                SELECT uuid(), {keys if key else ""} t, 0, 0, 0, 100 - w, 0, 0, 0, 0, w, w, w,
                    'carbon-intensity', ?::TIMESTAMPTZ, uuid()
                FROM (SELECT unnest(?::TIMESTAMPTZ[]) AS t, unnest(?::DOUBLE[]) AS w)""",
            [at(LATER), times, list(shares)],
        )

    def prices(
        self,
        start: str,
        prices: Sequence[float],
        *,
        kind: str = "market_index",
        region: int | None = None,
        source: str = "elexon",
        fetched: str = LATER,
    ) -> None:
        """Half hours of a price."""
        times = [at(start) + i * HALF_HOUR for i in range(len(prices))]
        self.execute(
            """INSERT INTO wholesale_prices (id, price_type, timestamp, region_number,
                   price_gbp_mwh, source, fetched_at, payload_id)
               SELECT uuid(), ?, unnest(?::TIMESTAMPTZ[]), ?, unnest(?::DOUBLE[]), ?,
                   ?::TIMESTAMPTZ, uuid()""",
            [kind, times, region, list(prices), source, at(fetched)],
        )
