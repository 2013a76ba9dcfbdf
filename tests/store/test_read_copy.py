"""The copy for readers: renewed after loads, never half, never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from processes import held

from gridctl.config import Config, load_config
from gridctl.store import read_copy
from gridctl.store.connect import open_reader, open_writer
from gridctl.store.load import load_waiting
from gridctl.store.read_copy import behind, read_copy_path

from .conftest import NOW

SOON = timedelta(seconds=1)
# Lands and loads every second hour of a day, one by one.
LOADER = """
import json, sys
from datetime import UTC, datetime, timedelta
from gridctl.config import load_config
from gridctl.landing import Call, Landing
from gridctl.store.load import load_waiting

config = load_config().with_value("store.lock_timeout", timedelta(seconds=60), "test")
now = datetime(2026, 5, 6, 12, tzinfo=UTC)
for hour in range(int(sys.argv[1]), 24, 2):
    slot = {"from": f"2026-05-06T{hour:02}:00Z", "to": f"2026-05-06T{hour:02}:30Z",
            "intensity": {"forecast": 120, "actual": None, "index": "moderate"}}
    body = json.dumps({"data": [slot]}).encode()
    call = Call("carbon-intensity", "intensity", "http", f"/{hour}", now, now, body, now)
    Landing(config.database).land(call)
    load_waiting(config, now)
"""


def body(hour: int) -> dict[str, Any]:
    slot = {
        "from": f"2026-05-06T{hour:02}:00Z",
        "to": f"2026-05-06T{hour:02}:30Z",
        "intensity": {"forecast": 120, "actual": None, "index": "moderate"},
    }
    return {"data": [slot]}


def count(path: Path) -> int:
    with open_reader(path, SOON) as con:
        return int(con.execute("SELECT count(*) FROM carbon_intensity_national").fetchall()[0][0])


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("GRIDCTL_STORE_READ_COPY", "true")
    return load_config()


def test_it_is_off_unless_asked(monkeypatch: pytest.MonkeyPatch, load: Callable[..., Any]) -> None:
    config = load_config().with_value("store.read_copy", False, "test")
    load_waiting(config, NOW)
    assert behind(config) is None
    assert read_copy.read_copy(config) is None


def test_each_load_renews_it_and_who_has_the_one_before_keeps_it(
    config: Config, load: Callable[..., Any]
) -> None:
    load("intensity", body(1))
    path = read_copy_path(config)
    assert path == config.database.with_name("grid.read.duckdb")
    with open_reader(path, SOON) as notebook:
        load("intensity", body(2))
        held_rows = notebook.execute("SELECT count(*) FROM carbon_intensity_national").fetchall()
        assert held_rows == [(1,)]
    assert count(path) == 2
    assert behind(config) is None


def test_a_reader_of_the_copy_in_another_process_delays_no_load(
    config: Config, load: Callable[..., Any]
) -> None:
    load("intensity", body(1))
    with held(read_copy_path(config), read_only=True):
        assert load("intensity", body(2)).status == "loaded"
    assert count(read_copy_path(config)) == 2


def test_where_nothing_was_written_the_copy_stays_the_same_file(
    config: Config, load: Callable[..., Any]
) -> None:
    load("intensity", body(1))
    before = read_copy_path(config).stat().st_ino
    load_waiting(config, NOW)
    assert read_copy_path(config).stat().st_ino == before


def test_what_else_was_written_is_in_the_copy_after_the_next_load(
    config: Config, load: Callable[..., Any]
) -> None:
    load("intensity", body(1))
    with open_writer(config.database, SOON) as con:
        con.execute("DELETE FROM carbon_intensity_national")
    copy = read_copy.read_copy(config)
    assert copy is not None
    assert not copy.is_current
    assert "is behind the database" in str(behind(config))
    load_waiting(config, NOW)
    assert count(read_copy_path(config)) == 0
    assert behind(config) is None


def test_a_copy_that_cannot_be_made_costs_no_load_and_is_told(
    config: Config, load: Callable[..., Any], tmp_path: Path
) -> None:
    in_the_way = tmp_path / "folder"
    in_the_way.mkdir()
    config = config.with_value("store.read_copy_path", str(in_the_way), "test")
    load("intensity", body(1))
    load_waiting(config, NOW)
    assert "is missing" in str(behind(config))
    assert count(config.database) == 1


@pytest.mark.parametrize("name", ["grid.duckdb", "grid.landing.sqlite"])
def test_a_path_that_is_the_stores_own_is_left_alone(
    config: Config, load: Callable[..., Any], name: str
) -> None:
    load("intensity", body(1))
    own = config.database.with_name(name)
    before = own.stat().st_ino
    with open_writer(config.database, SOON) as con:
        con.execute("DELETE FROM carbon_intensity_national")
    load_waiting(config.with_value("store.read_copy_path", str(own), "test"), NOW)
    assert own.stat().st_ino == before


def test_loads_and_readers_at_once_never_see_half_a_copy(
    config: Config, load: Callable[..., Any]
) -> None:
    load("intensity", body(0))
    loaders = [
        subprocess.Popen([sys.executable, "-c", LOADER, first], env=os.environ)
        for first in ("1", "2")
    ]
    seen = [1]
    while any(loader.poll() is None for loader in loaders):
        with duckdb.connect(str(read_copy_path(config)), read_only=True) as con:
            rows = con.execute("SELECT count(*) FROM carbon_intensity_national").fetchall()
        seen.append(rows[0][0])
        time.sleep(0.01)
    assert [loader.returncode for loader in loaders] == [0, 0]
    assert seen == sorted(seen)  # a load never puts an older copy over a newer one
    load_waiting(config, NOW)
    assert count(read_copy_path(config)) == 24
    assert list(config.database.parent.glob(".*.new")) == []
