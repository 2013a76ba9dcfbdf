"""Payloads without an upstream: land a body, load it, look at the rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from store.upkeepstore import Upkept, copy_of, fill

from gridctl.config import Config
from gridctl.landing import Call, Landing
from gridctl.store.load import Loaded, load_waiting

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)


@pytest.fixture
def land(config: Config) -> Callable[..., None]:
    """Land a body of a dataset that speaks of a moment, without loading it."""

    def call(
        dataset: str,
        body: Any,
        as_of: datetime = NOW,
        *,
        is_forecast: bool = False,
        location: str = "/x",
    ) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        Landing(config.database).land(
            Call(
                "carbon-intensity",
                dataset,
                "http",
                location,
                as_of,
                as_of,
                raw,
                as_of,
                as_of if is_forecast else None,
                200,
            )
        )

    return call


@pytest.fixture
def load(config: Config, land: Callable[..., None]) -> Callable[..., Loaded]:
    """Land and load a body; what became of it."""

    def call(*arguments: Any, **options: Any) -> Loaded:
        land(*arguments, **options)
        return load_waiting(config, NOW)[-1]

    return call


@pytest.fixture
def ask(config: Config) -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of a SQL query over the test's database."""

    def call(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(config.database), read_only=True) as con:
            con.execute("SET TimeZone = 'UTC'")
            return con.execute(sql).fetchall()

    return call


@pytest.fixture(scope="session")
def _filled_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "grid.duckdb"
    fill(path)
    return path


@pytest.fixture
def upkept(config: Config, _filled_database: Path) -> Upkept:
    """Two days of made-up data in every table that fetching fills."""
    return copy_of(_filled_database, config)
