"""A database for the sections of a report."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from query.querystore import Store

from gridctl.config import Config
from gridctl.store.connect import init


@pytest.fixture(scope="session")
def _empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "grid.duckdb"
    init(path, timedelta(seconds=1))
    return path


@pytest.fixture
def store(config: Config, _empty_database: Path) -> Store:
    """An empty database with the schema."""
    shutil.copy(_empty_database, config.database)
    return Store(config)
