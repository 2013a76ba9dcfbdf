"""A temporary database, rows put in by SQL, and the command run in this process."""

from __future__ import annotations

import csv
import importlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gridctl.store.connect import init

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


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty database with the schema."""
    path = tmp_path / "grid.duckdb"
    init(path, timedelta(seconds=5))
    return Store(path)


@dataclass
class Answer:
    """What a command printed and returned."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


@pytest.fixture
def run(
    store: Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[..., Answer]:
    """Run a command line in this process, on the test's own database and settings."""
    for name in list(os.environ):
        if name.startswith("GRIDCTL_") and name != "GRIDCTL_REAL_DATA":
            monkeypatch.delenv(name)
    settings = tmp_path / "gridctl.toml"
    settings.write_text("")
    app, guarded = _command_line()

    def call(*words: str) -> Answer:
        capsys.readouterr()
        arguments = ["--db", str(store.path), "--config", str(settings), *words]
        code = guarded(lambda: app(arguments, standalone_mode=False), debug=True)
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return call


def _command_line() -> tuple[Any, Any]:
    """The app with the commands of this room."""
    app = importlib.import_module("gridctl.cli.app").app
    importlib.import_module("gridctl.cli.schedule_commands")
    return app, importlib.import_module("gridctl.cli.boundary").guarded


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of recorded data beside the repository."""
    default = Path(__file__).parents[2].parent / "shared" / "real"
    folder = Path(os.environ.get("GRIDCTL_REAL_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no recorded data at {folder}; set GRIDCTL_REAL_DATA")
    return folder


@pytest.fixture
def year_2023(store: Store, real_data: Path) -> Store:
    """The national intensity of 2023: actuals, and forecasts in their last revision."""
    file = real_data / "carbonintensity" / "national_intensity_2023.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    with file.open(newline="") as lines:
        rows = [
            (at(row["from"]), float(row["forecast"]), float(row["actual"] or 0) or None)
            for row in csv.DictReader(lines)
        ]
    store.execute(
        """INSERT INTO carbon_intensity_national (id, timestamp, forecast_gco2_kwh,
               actual_gco2_kwh, source, fetched_at, payload_id)
           SELECT uuid(), unnest(?::TIMESTAMPTZ[]), unnest(?::DOUBLE[]), unnest(?::DOUBLE[]),
               'carbon-intensity', TIMESTAMPTZ '2024-01-01 00:00:00+00', uuid()""",
        [list(column) for column in zip(*rows, strict=True)],
    )
    return store
