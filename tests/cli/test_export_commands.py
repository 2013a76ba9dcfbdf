"""``gridctl store export``, ``backup``, ``migrate`` and ``rebuild`` from the outside."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def filled(gridctl: Any) -> None:
    assert gridctl("init").code == 0


def test_export_tells_the_rows_of_each_table(gridctl: Any, filled: None, tmp_path: Path) -> None:
    ran = gridctl("store", "export", "--to", tmp_path / "o", "--format", "csv")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 23
    assert f"{tmp_path / 'o'}: 14 rows" in ran.err
    assert (tmp_path / "o" / "uk_regions.csv").exists()


def test_export_to_sqlite_can_be_asked(gridctl: Any, filled: None, tmp_path: Path) -> None:
    assert gridctl("store", "export", "--to", tmp_path / "g.sqlite", "-f", "sqlite").code == 0
    with closing(sqlite3.connect(tmp_path / "g.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM uk_regions").fetchall() == [(14,)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--to", "TO", "-f", "xlsx"), "xlsx"),
        (("--to", "TO", "--table", "nosuch"), "there is no table 'nosuch'"),
        (("-f", "csv"), "--to"),
        (("--to", "/proc/nowhere/x", "-f", "sqlite"), "cannot write /proc/nowhere/x"),
        (("--to", "/proc/nowhere/x"), "cannot write /proc/nowhere/x"),
    ],
)
def test_wrong_options_are_exit_2(
    gridctl: Any, filled: None, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    words = (str(tmp_path / "o") if word == "TO" else word for word in arguments)
    ran = gridctl("store", "export", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (tmp_path / "o").exists()


def test_backup_names_its_files(gridctl: Any, filled: None, tmp_path: Path) -> None:
    ran = gridctl("store", "backup", tmp_path / "b.duckdb")
    assert ran.code == 0
    assert "b.duckdb" in ran.out
    assert gridctl("store", "backup", tmp_path / "b.duckdb").code == 2
    assert gridctl("store", "backup", tmp_path / "b.duckdb", "--overwrite").code == 0
    assert gridctl("store", "status", "--db", tmp_path / "b.duckdb").code == 0


def test_migrate_upgrades_and_creates_nothing(gridctl: Any, tmp_path: Path) -> None:
    ran = gridctl("store", "migrate")
    assert ran.code == 3
    assert "no database" in ran.err
    assert not (tmp_path / "grid.duckdb").exists()
    gridctl("init")
    assert "already up to date" in gridctl("store", "migrate").err


def test_rebuild_says_what_it_did_and_where_the_old_one_is(
    gridctl: Any, filled: None, tmp_path: Path
) -> None:
    ran = gridctl("store", "rebuild")
    assert ran.code == 0
    assert ran.out.split()[:3] == ["table", "before", "after"]
    (kept,) = tmp_path.glob("grid.old-*.duckdb")
    assert str(kept) in ran.err


def test_rows_that_were_archived_and_pruned_come_back(
    gridctl: Any, filled: None, tmp_path: Path
) -> None:
    slot = {"from": "2020-05-06T10:00Z", "to": "2020-05-06T10:30Z",
            "intensity": {"forecast": 120, "actual": 118, "index": "moderate"}}  # fmt: skip
    (tmp_path / "saved.json").write_text(json.dumps({"data": [slot]}))
    gridctl("store", "load", tmp_path / "saved.json")
    with closing(sqlite3.connect(tmp_path / "grid.landing.sqlite", isolation_level=None)) as db:
        db.execute("UPDATE calls SET body = NULL")
    pruned = gridctl(
        "store", "prune", "--table", "carbon_intensity_national", "--older-than", "30d",
        "--archive", tmp_path / "archive",
    )  # fmt: skip
    assert pruned.code == 0
    rows = "SELECT forecast_gco2_kwh FROM carbon_intensity_national"
    assert json.loads(gridctl("query", "--sql", rows, "-f", "json").out)["row_count"] == 0
    assert gridctl("store", "rebuild", "--archive", tmp_path / "archive").code == 0
    assert json.loads(gridctl("query", "--sql", rows, "-f", "json").out)["row_count"] == 1


def test_commands_need_a_database(gridctl: Any, tmp_path: Path) -> None:
    for words in (("export", "--to", tmp_path / "o"), ("backup", tmp_path / "b")):
        assert gridctl("store", *words).code == 3
    assert gridctl("store", "rebuild").code == 2


def test_status_tells_of_the_read_copy(
    gridctl: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gridctl("init")
    assert json.loads(gridctl("store", "status", "-f", "json").out)["read_copy"] is None
    monkeypatch.setenv("GRIDCTL_STORE_READ_COPY", "yes")
    assert gridctl("store", "load").code == 0
    told = json.loads(gridctl("store", "status", "-f", "json").out)["read_copy"]
    assert (told["path"], told["is_current"]) == (str(tmp_path / "grid.read.duckdb"), True)
    assert "grid.read.duckdb: current" in gridctl("store", "status").err
    monkeypatch.setenv("GRIDCTL_STORE_READ_COPY_PATH", "/proc/nowhere/x")
    assert "/proc/nowhere/x is missing" in gridctl("store", "load").err
