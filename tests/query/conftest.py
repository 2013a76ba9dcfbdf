"""Fixtures of the query tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import queries_page
from query.querystore import NOW, Store

from gridctl.config import Config, load_config
from gridctl.store.connect import open_writer


@pytest.fixture(scope="session")
def _empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "grid.duckdb"
    with open_writer(path, timedelta(seconds=1)) as con:
        con.execute("CHECKPOINT")
    return path


@pytest.fixture
def store(config: Config, _empty_database: Path) -> Store:
    """An empty database with the schema."""
    config.database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_empty_database, config.database)
    return Store(config)


@pytest.fixture
def reader(store: Store) -> Callable[[str], list[tuple[Any, ...]]]:
    """Plain DuckDB on the same file, as users open it: no gridctl, no as-of."""

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(store.config.database), read_only=True) as con:
            return con.execute(sql).fetchall()

    return ask


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The synthetic grid of the page of queries: on it every query has an answer."""
    return queries_page.make_sample(tmp_path_factory.mktemp("sample"))


# Recorded files, and the job that is scheduled on the forecast of March 2023 among them.
RECORDED = ("beckn", "carbonintensity", "elexon", "neso", "neso_dfs", "prices")
DECIDED = datetime.fromisoformat("2023-03-22T12:31Z")


@pytest.fixture(scope="session")
def _recorded_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Config]:
    made: list[Config] = []

    def make(real_data: Path) -> Config:
        if not made:
            made.append(_load_recorded(real_data, tmp_path_factory.mktemp("recorded")))
        return made[0]

    return make


@pytest.fixture
def recorded(_recorded_database: Callable[[Path], Config], real_data: Path) -> Config:
    """A database with all recorded data; the test is skipped where there is none."""
    return _recorded_database(real_data)


def _load_recorded(real_data: Path, folder: Path) -> Config:
    from gridctl.schedule import schedule_workload
    from gridctl.schedule.job.workload import make_workload
    from gridctl.store.files import load_files

    (folder / "gridctl.toml").touch()
    config = load_config(folder / "gridctl.toml", {}).with_database(folder / "grid.duckdb")
    files = [file for name in RECORDED for file in sorted((real_data / name).rglob("*.*"))]
    loaded = load_files(config, [file for file in files if file.suffix != ".md"], NOW)
    assert {"loaded", "reference"} <= {one.status for one in loaded}
    asked = {"name": "training", "energy_kwh": 5000.0, "duration": timedelta(hours=4)}
    workload = make_workload(
        {**asked, "max_carbon": 60.0, "deadline": DECIDED + timedelta(days=1.5)}
    )
    schedule_workload(config, workload, as_of=DECIDED)
    return config
