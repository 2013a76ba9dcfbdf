"""A temporary database, empty or with the real year 2023."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from schedule.stored import Store, at

from gridctl.store.connect import init


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty database with the schema."""
    path = tmp_path / "grid.duckdb"
    init(path, timedelta(seconds=5))
    return Store(path)


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
