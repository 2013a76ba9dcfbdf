"""Fixtures of the query tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from query.querystore import Store

from gridctl.config import Config
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
