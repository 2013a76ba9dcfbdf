"""A database with a little of everything, exported."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from query.querystore import NOW, SLOT, Store, at, region_id

from gridctl.config import Config, load_config
from gridctl.ops.demo import run_demo
from gridctl.store.connect import open_writer
from gridctl.store.export.run import export


@pytest.fixture
def store(config: Config) -> Store:
    """An empty database with the schema."""
    with open_writer(config.database, timedelta(seconds=1)):
        return Store(config)


@pytest.fixture(scope="session")
def _demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic source around NOW and what only people and agents bring, made once."""
    path = tmp_path_factory.mktemp("demo") / "grid.duckdb"
    config = load_config(environ={}).with_database(path)
    run_demo(config, NOW)
    store = Store(config)
    (asset,) = store.add("compute_assets", {
        "asset_name": "hall", "asset_type": "hpc", "region_id": region_id(13),
        "carbon_intensity_cap_gco2_kwh": 30.0})  # fmt: skip
    for i, (cap, hours) in enumerate([(20.0, 1.0), (5.0, 2.75), (None, None), (40.0, 0.2)]):
        store.workload(f"job {i}", cap, estimated_duration_hours=hours, status="pending")
        store.workload(f"hall job {i}", cap, estimated_duration_hours=hours, asset_id=asset,
                       earliest_start=at(hours=2), latest_completion=at(hours=9 + i))  # fmt: skip
    (agent,) = store.add("agents", {"agent_name": "a", "agent_type": "orchestrator",
                                    "capabilities": '["défer", "shift"]'})  # fmt: skip
    store.add("agent_negotiations", {
        "negotiation_id": "n", "sequence": 1, "initiator_agent_id": agent, "started_at": SLOT,
        "negotiation_type": "flexibility_bid", "status": "proposed"})  # fmt: skip
    return path


@pytest.fixture
def demo(config: Config, _demo: Path) -> Store:
    """A database of its own with everything in it."""
    shutil.copy(_demo, config.database)
    shutil.copy(_demo.with_suffix(".landing.sqlite"), config.database.parent)
    return Store(config)


@pytest.fixture(scope="session")
def _demo_in_sqlite(_demo: Path) -> Path:
    path = _demo.with_name("demo.sqlite")
    export(load_config(environ={}).with_database(_demo), path, "sqlite")
    return path


@pytest.fixture
def exported(demo: Store, _demo_in_sqlite: Path, tmp_path: Path) -> Path:
    """All of ``demo`` as SQLite."""
    return Path(shutil.copy(_demo_in_sqlite, tmp_path / "grid.sqlite"))
