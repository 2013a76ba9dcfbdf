"""``gridctl store check`` and ``gridctl store prune`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gridctl.config import Config

DAYS = ("--from", "2026-04-29T00:00Z", "--to", "2026-05-02T00:00Z")
PRUNE = ("store", "prune", "--table", "demand_regional", "--older-than", "1d")


@pytest.fixture
def filled(gridctl: Any, config: Config) -> Path:
    """A database with three days of made-up rows, all of them long past."""
    assert gridctl("fetch", "synthetic", *DAYS).code == 0
    return config.database


def rows(database: Path, table: str) -> int:
    with duckdb.connect(str(database), read_only=True) as con:
        return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def damage(database: Path, statement: str) -> None:
    with duckdb.connect(str(database)) as con:
        con.execute(statement)


def test_a_sound_store_is_told_so(gridctl: Any, filled: Path) -> None:
    ran = gridctl("store", "check", "-f", "json")
    assert (ran.code, json.loads(ran.out)) == (0, [])
    assert ran.err == "0 errors, 0 warnings\n"


def test_warnings_are_told_and_only_errors_exit_5(gridctl: Any, filled: Path) -> None:
    damage(filled, "DELETE FROM demand_actual_national WHERE timestamp = '2026-04-30T12:00:00Z'")
    ran = gridctl("store", "check", "-f", "json")
    [finding] = json.loads(ran.out)
    assert ran.code == 0
    assert finding == {
        "check": "gap",
        "severity": "warning",
        "table": "demand_actual_national",
        "region_number": None,
        "first": "2026-04-30T12:00:00Z",
        "last": "2026-04-30T12:00:00Z",
        "count": 1,
        "what": "half hours missing, in 1 gap",
        "example": "the longest: 1 from 2026-04-30T12:00:00Z",
    }
    damage(filled, "UPDATE generation_mix_national SET wind_pct = 300")
    ran = gridctl("store", "check", "-f", "json")
    assert ran.code == 5
    severities = [finding["severity"] for finding in json.loads(ran.out)]
    assert severities == sorted(severities)  # errors first
    only = gridctl("store", "check", "--severity", "error", "-f", "json")
    assert {f["check"] for f in json.loads(only.out)} == {"broken_rule"}
    one = gridctl("store", "check", "--table", "demand_actual_national", "-f", "csv")
    assert (one.code, one.out.count("\n")) == (0, 2)


def test_a_broken_trail_of_decisions_is_an_error(gridctl: Any, filled: Path) -> None:
    damage(
        filled,
        """INSERT INTO compute_workloads (id, workload_name) VALUES (uuid(), 'job');
           INSERT INTO workload_schedules (id, sequence, workload_id, decision_timestamp, action,
                                           reason, row_hash)
           SELECT uuid(), 1, id, now(), 'defer', 'made by hand', 'x' FROM compute_workloads""",
    )
    ran = gridctl("store", "check", "-f", "json")
    [finding] = json.loads(ran.out)
    assert (ran.code, finding["check"], finding["table"]) == (
        5,
        "audit_chain",
        "workload_schedules",
    )


def test_an_unknown_table_is_refused(gridctl: Any, filled: Path) -> None:
    ran = gridctl("store", "check", "--table", "demand_region")
    assert ran.code == 2
    assert "did you mean demand_regional" in ran.err


def test_without_a_database_nothing_is_made(gridctl: Any, config: Config) -> None:
    for command in (("store", "check"), PRUNE, (*PRUNE, "--dry-run")):
        ran = gridctl(*command)
        assert (ran.code, ran.out) == (3, "")
        assert "no database at" in ran.err
    assert not config.database.exists()


def test_nothing_is_pruned_until_retention_is_on(
    gridctl: Any, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(filled, "demand_regional")
    ran = gridctl("store", "prune")
    assert (ran.code, ran.out, ran.err.count("\n")) == (0, "", 1)
    assert "retention is off" in ran.err
    assert gridctl("store", "prune", "-f", "json").out == "[]\n"
    assert gridctl("store", "prune", "-q").err == ""
    assert rows(filled, "demand_regional") == before
    monkeypatch.setenv("GRIDCTL_RETENTION_ENABLED", "true")
    ran = gridctl("store", "prune", "-f", "json")
    gone = {row["table"]: row["rows"] for row in json.loads(ran.out)}
    assert gone["demand_regional"] == before
    assert "deleted, not archived" in ran.err
    assert rows(filled, "demand_regional") == 0
    assert rows(filled, "demand_actual_national") > 0


def test_the_archive_of_the_settings_is_used(
    gridctl: Any, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(filled, "demand_regional")
    monkeypatch.setenv("GRIDCTL_RETENTION_ARCHIVE", str(tmp_path / "kept"))
    ran = gridctl(*PRUNE)
    assert (ran.code, f"archived to {tmp_path / 'kept'} and deleted" in ran.err) == (0, True)
    loaded = gridctl("store", "load", tmp_path / "kept", "-f", "json")
    assert loaded.code == 0
    assert sum(row["inserted"] for row in json.loads(loaded.out)) == before
    assert rows(filled, "demand_regional") == before


def test_a_dry_run_shows_what_would_go(gridctl: Any, filled: Path, tmp_path: Path) -> None:
    before = rows(filled, "demand_regional")
    [row] = json.loads(gridctl(*PRUNE, "--dry-run", "--archive", tmp_path / "no", "-f", "json").out)
    assert (row["rows"], row["of"]) == (before, before)
    assert (row["oldest"], row["newest"]) == ("2026-04-29T00:00:00Z", "2026-05-01T23:30:00Z")
    assert rows(filled, "demand_regional") == before
    assert not (tmp_path / "no").exists()


def test_a_table_of_what_goes_fits_80_columns(gridctl: Any, filled: Path) -> None:
    ran = gridctl("store", "prune", "--dry-run")
    assert "carbon_intensity_regional" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_an_age_needs_a_table(gridctl: Any, filled: Path) -> None:
    ran = gridctl("store", "prune", "--older-than", "1d")
    assert (ran.code, "--older-than needs --table" in ran.err) == (2, True)


def test_history_that_was_archived_is_not_asked_for_again(
    gridctl: Any, upstream: Any, config: Config, tmp_path: Path
) -> None:
    days = ("fetch", "carbon-intensity", "--from", "2026-03-01T00:00Z", "--to", "2026-03-03T00:00Z")
    assert gridctl(*days).code == 0
    asked = len(upstream.requests)
    prune = ("--table", "carbon_intensity_national", "--older-than", "30d")
    assert gridctl("store", "prune", *prune, "--archive", tmp_path / "a").code == 0
    assert rows(config.database, "carbon_intensity_national") == 0
    assert gridctl(*days).code == 0
    assert len(upstream.requests) == asked > 0
    assert gridctl("store", "load", tmp_path / "a").code == 0
    assert rows(config.database, "carbon_intensity_national") > 0
