"""A database made anew: nothing is lost, and what the journal has is read again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from processes import held

from gridctl.config import Config
from gridctl.errors import DatabaseBusyError, DatabaseError, DataError, UsageError
from gridctl.landing import Landing
from gridctl.landing.file import LandingFile
from gridctl.model import Parsed
from gridctl.ops.demo import run_demo
from gridctl.schedule.audit import verify
from gridctl.store import carry
from gridctl.store import load as loading
from gridctl.store.connect import open_writer
from gridctl.store.rebuild import Rebuilt, rebuild

from .conftest import NOW

SOON = timedelta(seconds=1)
LATER = NOW + timedelta(days=40)


def body(hour: int, forecast: int | None, actual: int | None) -> dict[str, Any]:
    slot = {
        "from": f"2026-05-06T{hour:02}:00Z",
        "to": f"2026-05-06T{hour:02}:30Z",
        "intensity": {"forecast": forecast, "actual": actual, "index": "moderate"},
    }
    return {"data": [slot]}


def forget_body(config: Config, location: str) -> None:
    """As after the time that bodies are kept."""
    with LandingFile(config.database).open() as db:
        db.execute("UPDATE calls SET body = NULL WHERE location = ?", [location])


def change(done: Rebuilt, table: str) -> tuple[int, int, int, int]:
    (one,) = (c for c in done.changes if c.table == table)
    return one.before, one.after, one.carried, one.gone


def test_everything_comes_through(config: Config) -> None:
    run_demo(config, NOW)
    before = config.database.read_bytes()
    done = rebuild(config, LATER)
    assert done.payloads == 1
    assert done.kept is not None
    assert done.kept.read_bytes() == before
    assert all(c.before == c.after and c.gone == 0 for c in done.changes)
    with duckdb.connect(str(config.database)) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH '{done.kept}' AS old (READ_ONLY)")
        for c in done.changes:
            exact = c.table in ("compute_workloads", "workload_schedules", "api_logs", "grid_zones")
            but = "" if exact else "EXCLUDE (created_at, updated_at)"
            differing = (
                f"SELECT * {but} FROM old.{c.table} EXCEPT ALL SELECT * {but} FROM {c.table}"
            )
            assert con.execute(differing).fetchall() == [], c.table
    assert verify(config).broken is None
    assert verify(config).rows == 1
    assert set(os.listdir(config.database.parent)) == {
        "grid.duckdb", "grid.landing.sqlite", done.kept.name}  # fmt: skip


def test_a_row_whose_answer_is_no_longer_kept_is_carried_over(
    config: Config, load: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    load("intensity", body(1, 100, None), location="/old")
    load("intensity", body(2, 200, None), location="/new")
    forget_body(config, "/old")
    before = ask("SELECT * FROM carbon_intensity_national WHERE forecast_gco2_kwh = 100")
    done = rebuild(config, LATER)
    assert change(done, "carbon_intensity_national") == (2, 2, 1, 0)
    assert ask("SELECT * FROM carbon_intensity_national WHERE forecast_gco2_kwh = 100") == before
    assert change(done, "api_logs") == (2, 2, 2, 0)


def test_a_value_of_an_answer_no_longer_kept_survives_a_newer_one_that_is(
    config: Config, load: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    load("intensity", body(1, 100, None), location="/forecast")
    load("intensity", body(1, None, 111), NOW + timedelta(hours=1), location="/actual")
    forget_body(config, "/forecast")
    rebuild(config, LATER)
    sql = "SELECT forecast_gco2_kwh, actual_gco2_kwh FROM carbon_intensity_national"
    assert ask(sql) == [(100, 111)]


def test_a_mended_reader_counts_and_rows_it_no_longer_makes_are_told(
    config: Config,
    load: Callable[..., Any],
    ask: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load("intensity", body(1, 100, None), location="/one")
    load("intensity", body(2, 200, None), location="/two")
    parse = loading.parse_payload

    def mended(payload: Any) -> Parsed:
        parsed = parse(payload)
        if payload.location == "/one":
            return Parsed()
        parsed.batches[0].columns["forecast_gco2_kwh"] = [222]
        return parsed

    monkeypatch.setattr(loading, "parse_payload", mended)
    done = rebuild(config, LATER)
    assert change(done, "carbon_intensity_national") == (2, 1, 0, 1)
    assert ask("SELECT forecast_gco2_kwh FROM carbon_intensity_national") == [(222,)]


def test_a_reader_that_fails_where_it_did_not_changes_nothing(
    config: Config, load: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    load("intensity", body(1, 100, None))
    before = config.database.read_bytes()

    def broken(_: Any) -> Parsed:
        raise DataError("no such field")

    monkeypatch.setattr(loading, "parse_payload", broken)
    with pytest.raises(DataError, match="loaded before cannot be read any more, 1 in all"):
        rebuild(config, LATER)
    assert config.database.read_bytes() == before
    assert Landing(config.database).counts_by_state() == {"loaded": 1}
    assert set(os.listdir(config.database.parent)) == {"grid.duckdb", "grid.landing.sqlite"}


def test_what_was_pending_is_loaded_too(
    config: Config, load: Callable[..., Any], land: Callable[..., None], ask: Callable[..., Any]
) -> None:
    load("intensity", body(1, 100, None), location="/one")
    land("intensity", body(2, 0, None), location="/two")
    assert rebuild(config, LATER).payloads == 2
    assert Landing(config.database).counts_by_state() == {"loaded": 2}
    assert Landing(config.database).count_rejects() == 1
    assert ask("SELECT count(*) FROM api_logs") == [(2,)]


def test_without_a_database_the_journal_alone_makes_one(
    config: Config, load: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    load("intensity", body(1, 100, None))
    config.database.unlink()
    done = rebuild(config, LATER)
    assert (done.changes, done.payloads, done.kept) == ([], 1, None)
    assert ask("SELECT forecast_gco2_kwh FROM carbon_intensity_national") == [(100,)]


def test_with_neither_there_is_nothing_to_do(config: Config) -> None:
    with pytest.raises(UsageError, match="nothing to rebuild"):
        rebuild(config, LATER)
    assert not config.database.exists()


def test_a_damaged_database_is_left_as_it_is(config: Config, load: Callable[..., Any]) -> None:
    load("intensity", body(1, 100, None))
    config.database.write_bytes(b"not a database" * 1000)
    with pytest.raises(DatabaseError, match="not a usable DuckDB database"):
        rebuild(config, LATER)
    assert config.database.read_bytes().startswith(b"not a database")


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("CREATE TABLE notes (x INTEGER)", "main.notes"),
        ("CREATE VIEW mine AS SELECT 1", "main.mine"),
        ("CREATE SCHEMA s; CREATE TABLE s.t (x INTEGER)", "s.t"),
        ("CREATE MACRO twice(x) AS 2 * x", "main.twice()"),
    ],
)
def test_what_is_not_gridctls_is_not_lost(
    config: Config, load: Callable[..., Any], sql: str, name: str
) -> None:
    load("intensity", body(1, 100, None))
    with open_writer(config.database, SOON) as con:
        con.execute(sql)
    before = config.database.read_bytes()
    with pytest.raises(
        DatabaseError, match=f"also holds {name.replace('(', '.').replace(')', '.')}"
    ):
        rebuild(config, LATER)
    assert config.database.read_bytes() == before


def test_archives_that_are_refused_change_nothing(
    config: Config, load: Callable[..., Any], tmp_path: Path
) -> None:
    load("intensity", body(1, 100, None))
    before = config.database.read_bytes()
    folder = tmp_path / "archive"
    with pytest.raises(UsageError, match="holds no archives"):
        rebuild(config, LATER, folder)
    (folder / "month=1").mkdir(parents=True)
    (folder / "month=1" / "x.parquet").write_bytes(b"PAR1 cut")
    with pytest.raises(DataError, match=r"x\.parquet"):
        rebuild(config, LATER, folder)
    assert config.database.read_bytes() == before


def test_a_writer_in_the_way_is_named(config: Config, load: Callable[..., Any]) -> None:
    load("intensity", body(1, 100, None))
    with (
        held(config.database, read_only=True) as pid,
        pytest.raises(DatabaseBusyError, match=str(pid)),
    ):
        rebuild(config, LATER)


def test_of_two_at_once_the_slower_replaces_nothing(
    config: Config, load: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written to the quicker one's database would be lost."""
    load("intensity", body(1, 100, None))
    compare, other = carry.compare, config.database.with_name("other.duckdb")
    with open_writer(other, SOON):
        pass

    def overtaken(*arguments: Any) -> Any:
        os.replace(other, config.database)
        return compare(*arguments)

    monkeypatch.setattr(carry, "compare", overtaken)
    with pytest.raises(DatabaseBusyError, match="rebuilt meanwhile"):
        rebuild(config, LATER)


def test_killed_on_the_way_it_leaves_the_old_database_and_the_next_cleans_up(
    config: Config, load: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    load("intensity", body(1, 100, None))
    program = (
        "import time\n"
        "from gridctl import clock; from gridctl.config import load_config\n"
        "from gridctl.store import carry, rebuild\n"
        "def slow(*_):\n"
        "    print('built', flush=True); time.sleep(60)\n"
        "carry.compare = slow\n"
        "rebuild.rebuild(load_config(), clock.now())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert ask("SELECT forecast_gco2_kwh FROM carbon_intensity_national") == [(100,)]
    assert Landing(config.database).counts_by_state() == {"loaded": 1}
    rebuild(config, LATER)
    assert [name for name in os.listdir(config.database.parent) if name.endswith(".new")] == []
