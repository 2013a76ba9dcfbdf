"""All sources at once, against every publisher on one port."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
import upstream as faults
from processes import held
from upstream import Upstream

from gridctl.sources import SOURCES

DEFAULTS = ("carbon-intensity", "neso", "elexon", "dfs")
CKAN = timedelta(seconds=1)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the portal's pace, which only makes these tests slower."""
    for name in ("neso", "dfs"):
        monkeypatch.setitem(SOURCES[name].paces, "", timedelta(0))  # type: ignore[index]


def ask(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.mark.usefixtures("unhurried")
def test_the_tables_that_fetching_fills_are_full(
    upstream: Upstream, gridctl: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDCTL_OCTOPUS_REGIONS", "London, Yorkshire")
    everything = (*DEFAULTS, "octopus", "beckn")
    ran = gridctl("fetch", *everything, "-f", "json")
    assert ran.code == 0, ran.err
    statuses = {s["name"]: s["status"] for s in json.loads(ran.out)["sources"]}
    assert statuses == dict.fromkeys(everything, "ok")
    database = tmp_path / "grid.duckdb"
    filled = set().union(*(SOURCES[name].tables for name in everything))
    empty = [t for t in filled if ask(database, f"SELECT count(*) FROM {t}") == [(0,)]]
    assert empty == []
    [row] = json.loads(gridctl("query", "current-grid-status", "-f", "json").out)["rows"]
    assert [name for name, value in row.items() if value is None] == []
    regions = json.loads(gridctl("query", "regional-compute-opportunities", "-f", "json").out)
    assert len(regions["rows"]) == 14
    assert all(row["demand_mw"] > 0 for row in regions["rows"])
    conditions = json.loads(gridctl("query", "latest-grid-conditions", "-f", "json").out)
    assert conditions["rows"]
    series = {row[0] for row in ask(database, "SELECT DISTINCT series FROM forecast_vintages")}
    assert series >= {"carbon_intensity", "demand", "embedded_wind", "embedded_solar"}


@pytest.mark.usefixtures("unhurried")
def test_a_source_that_fails_does_not_stop_the_others(upstream: Upstream, gridctl: Any) -> None:
    upstream.fault_for = lambda asked: faults.status(404) if "bmrs" in asked.path else None
    ran = gridctl("fetch", *DEFAULTS, "-f", "json")
    assert ran.code == 0
    statuses = {s["name"]: s["status"] for s in json.loads(ran.out)["sources"]}
    assert statuses == {**dict.fromkeys(DEFAULTS, "ok"), "elexon": "failed"}
    assert ran.err.count("error: elexon: ") == 1
    assert gridctl("fetch", *DEFAULTS, "--strict").code == 1


@pytest.mark.usefixtures("unhurried")
def test_synthetic_rows_stand_in_when_asked_and_give_way_to_real_ones(
    upstream: Upstream, gridctl: Any, tmp_path: Path
) -> None:
    upstream.fault_for = lambda asked: faults.status(404) if "bmrs" in asked.path else None
    ran = gridctl("fetch", "elexon", "--fallback", "synthetic")
    assert ran.code == 4  # it is down all the same
    assert "synthetic data, made up and labelled so, stands in" in ran.err
    database = tmp_path / "grid.duckdb"
    sources = "SELECT DISTINCT source FROM wholesale_prices"
    assert ask(database, sources) == [("synthetic",)]
    assert ask(database, "SELECT count(*) FROM carbon_intensity_national") == [(0,)]
    upstream.fault_for = lambda asked: None
    assert gridctl("fetch", "elexon").code == 0
    newest = """SELECT DISTINCT source FROM wholesale_prices
                WHERE price_type = 'system_price' AND timestamp BETWEEN now() - INTERVAL 12 HOUR
                      AND now() - INTERVAL 3 HOUR"""
    assert ask(database, newest) == [("elexon",)]


def test_four_fetches_and_a_reader_keep_the_portals_pace(
    upstream: Upstream, gridctl: Any, tmp_path: Path
) -> None:
    """Nothing lost, nothing doubled, and CKAN calls a second apart over all processes."""
    database = tmp_path / "grid.duckdb"
    assert gridctl("init").code == 0
    command = [sys.executable, "-m", "gridctl", "-q", "fetch", "neso", "carbon-intensity"]
    with held(database, read_only=True):
        running = [subprocess.Popen(command) for _ in range(4)]
        assert [process.wait(timeout=200) for process in running] == [0, 0, 0, 0]
    assert gridctl("store", "load").code == 0
    calls = [at for at, path in upstream.requests if "/api/3/action/" in path]
    assert len(calls) == 4 * 4
    gaps = [later - earlier for earlier, later in pairwise(calls)]
    assert min(gaps) > 0.8 * CKAN.total_seconds()
    assert sum(gaps) >= (len(calls) - 1) * 0.97 * CKAN.total_seconds()
    doubled = """SELECT count(*) FROM (SELECT 1 FROM demand_forecast_national
                 GROUP BY forecast_type, timestamp HAVING count(*) > 1)"""
    assert ask(database, doubled) == [(0,)]
    assert ask(database, "SELECT count(*) FROM carbon_intensity_national")[0][0] >= 48 + 96
    assert ask(database, "SELECT count(*) FROM demand_forecast_national")[0][0] >= 13 * 48
