"""``gridctl fetch carbon-intensity`` against an upstream that behaves, and one that does not."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import upstream as faults
from processes import held
from sites.carbon_intensity import CarbonIntensity
from upstream import Upstream

from gridctl.landing import Landing

Command = Callable[..., Any]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "grid.duckdb"


def ask(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        return con.execute(sql).fetchall()


def count(database: Path, table: str) -> int:
    return int(ask(database, f"SELECT count(*) FROM {table}")[0][0])


def test_everything_for_48_hours(upstream: Upstream, gridctl: Command, database: Path) -> None:
    ran = gridctl("fetch", "carbon-intensity", "--format", "json")
    assert ran.code == 0, ran.err
    [source] = json.loads(ran.out)["sources"]
    assert source["status"] == "ok"
    assert source["calls"] == 4
    assert json.loads(ran.out)["store"] == "loaded"
    assert count(database, "carbon_intensity_national") == 48 + 96
    assert count(database, "carbon_intensity_regional") == 14 * 96
    assert count(database, "generation_mix_national") == 48
    assert count(database, "generation_mix_regional") == 14 * 96
    assert count(database, "forecast_vintages") == 15
    [(newest,)] = ask(database, "SELECT max(timestamp) FROM carbon_intensity_national")
    assert newest > datetime.now(UTC) + timedelta(hours=47)


def test_every_call_is_logged_as_it_was(
    upstream: Upstream, gridctl: Command, database: Path
) -> None:
    upstream.faults = [faults.status(503), faults.status(503)]
    assert gridctl("fetch", "carbon-intensity").code == 0
    rows = ask(
        database,
        """SELECT status_code, attempts, error_message, bytes > 100,
                            records_inserted > 0 FROM api_logs ORDER BY request_timestamp""",
    )
    assert rows[0] == (200, 3, None, True, True)
    assert [row[1] for row in rows[1:]] == [1, 1, 1]


def test_a_second_fetch_confirms_and_inserts_nothing(
    upstream: Upstream, gridctl: Command, database: Path
) -> None:
    gridctl("fetch", "carbon-intensity")
    ran = gridctl("fetch", "carbon-intensity", "--format", "json")
    [source] = json.loads(ran.out)["sources"]
    assert source["records_updated"] == 0
    assert count(database, "forecast_vintages") <= 30  # the half hour may have turned between


def test_a_short_horizon_is_what_there_is(
    upstream: Upstream, gridctl: Command, database: Path
) -> None:
    upstream.site(CarbonIntensity).horizon = timedelta(hours=15)
    assert gridctl("fetch", "carbon-intensity").code == 0
    assert count(database, "carbon_intensity_regional") in (14 * 30, 14 * 31)


def test_a_dead_server_is_one_line_and_exit_4(
    gridctl: Command, monkeypatch: pytest.MonkeyPatch, database: Path
) -> None:
    monkeypatch.setenv("GRIDCTL_CARBON_INTENSITY_URL", "http://127.0.0.1:9")
    ran = gridctl("-q", "fetch", "carbon-intensity")
    assert ran.code == 4
    assert ran.err.count("\n") == 1
    assert "connection refused, after 4 tries" in ran.err
    assert ask(database, "SELECT status_code, attempts FROM api_logs") == [(None, 4)]


def test_truncated_json_fails_is_kept_and_is_asked_for_again(
    upstream: Upstream, gridctl: Command, database: Path
) -> None:
    upstream.faults = [faults.body(b'{"data":[{"from":"2026')]
    ran = gridctl("fetch", "carbon-intensity")
    assert ran.code == 4
    assert "cut short" in ran.err
    assert Landing(database).counts_by_state() == {"failed": 1, "loaded": 3}
    assert gridctl("fetch", "carbon-intensity").code == 0
    assert Landing(database).counts_by_state() == {"failed": 1, "loaded": 7}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>sorry</html>", "HTML"),
        (b"", "empty body"),
        (b'{"data": 5}', "no list"),
        (b'{"error":{"code":"500","message":"gone"}}', "gone"),
    ],
)
def test_answers_of_no_use(upstream: Upstream, gridctl: Command, content: bytes, said: str) -> None:
    upstream.faults = [faults.body(content)] * 4
    ran = gridctl("fetch", "carbon-intensity")
    assert (ran.code, said in ran.err) == (4, True), ran.err


@pytest.mark.parametrize("content", [b"{}", b'{"data":[]}'])
def test_empty_answers_are_no_failure(upstream: Upstream, gridctl: Command, content: bytes) -> None:
    upstream.faults = [faults.body(content)] * 4
    ran = gridctl("fetch", "carbon-intensity", "--format", "json")
    assert ran.code == 0
    assert json.loads(ran.out)["sources"][0]["records_fetched"] == 0


def test_a_refusal_is_reported_with_its_words(upstream: Upstream, gridctl: Command) -> None:
    text = b'{"error":{"code":"400 Bad Request",\r\n"message":"greater than 31 days"}}'
    upstream.faults = [faults.status(400, text)] * 4
    ran = gridctl("fetch", "carbon-intensity")
    assert ran.code == 4
    assert "answered 400" in ran.err
    assert "greater than 31 days" in ran.err


# -- history


def test_history_asks_only_for_what_is_missing(
    upstream: Upstream, gridctl: Command, database: Path
) -> None:
    def fetch(start: str, end: str, *more: str) -> list[str]:
        before = len(upstream.paths)
        assert gridctl("fetch", "carbon-intensity", "--from", start, "--to", end, *more).code == 0
        return upstream.paths[before:]

    assert len(fetch("2024-03-01T00:00Z", "2024-03-10T00:00Z")) == 3
    assert fetch("2024-03-01T00:00Z", "2024-03-10T00:00Z") == []
    assert {
        "/intensity/2024-02-28T00:01Z/2024-03-01T00:00Z",
        "/intensity/2024-03-10T00:01Z/2024-03-11T00:00Z",
    } < set(fetch("2024-02-28T00:00Z", "2024-03-11T00:00Z"))
    assert len(fetch("2024-03-01T00:00Z", "2024-03-10T00:00Z", "--refetch")) == 3
    # 12 days with a leap day, every slot once.
    assert ask(
        database,
        """SELECT count(*), min(timestamp)::VARCHAR, max(timestamp)::VARCHAR
                            FROM carbon_intensity_national""",
    ) == [(12 * 48, "2024-02-28 00:00:00+00", "2024-03-10 23:30:00+00")]


def test_generation_history_has_no_hole_at_new_year(
    upstream: Upstream, gridctl: Command, database: Path
) -> None:
    gridctl("fetch", "carbon-intensity", "--from", "2022-12-30T00:00Z", "--to", "2023-01-03T00:00Z")
    [(rows, first, last)] = ask(
        database,
        """SELECT count(*), min(timestamp)::VARCHAR,
        max(timestamp)::VARCHAR FROM generation_mix_national""",
    )
    assert (last, rows) == ("2023-01-02 23:30:00+00", 4 * 48 + 1)
    assert first == "2022-12-29 23:30:00+00"


def test_last_brings_history_and_forecast(
    upstream: Upstream, gridctl: Command, database: Path
) -> None:
    assert gridctl("fetch", "carbon-intensity", "--last", "3d").code == 0
    assert count(database, "carbon_intensity_national") in range(5 * 48 - 2, 5 * 48 + 3)


def test_a_failed_span_is_asked_for_again(upstream: Upstream, gridctl: Command) -> None:
    span = ("--from", "2024-03-01T00:00Z", "--to", "2024-03-02T00:00Z")
    upstream.faults = [faults.body(b"{")]
    assert gridctl("fetch", "carbon-intensity", *span).code == 4
    before = len(upstream.paths)
    assert gridctl("fetch", "carbon-intensity", *span).code == 0
    assert upstream.paths[before:] == ["/intensity/2024-03-01T00:01Z/2024-03-02T00:00Z"]


def test_before_the_first_data_is_said(upstream: Upstream, gridctl: Command) -> None:
    ran = gridctl(
        "fetch", "carbon-intensity", "--from", "2017-09-10T00:00Z", "--to", "2017-09-14T00:00Z"
    )
    assert "begins 2017-09-12" in ran.err
    assert upstream.paths == ["/intensity/2017-09-12T00:01Z/2017-09-14T00:00Z"]


# -- others at the same time


def test_a_reader_defers_the_load_and_nothing_is_lost(
    upstream: Upstream, gridctl: Command, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gridctl("init")
    monkeypatch.setenv("GRIDCTL_STORE_LOCK_TIMEOUT", "0.1s")
    with held(database, read_only=True) as pid:
        ran = gridctl("fetch", "carbon-intensity", "--format", "json")
        assert ran.code == 0
        assert json.loads(ran.out)["store"] == "deferred"
        assert f"process {pid}" in ran.err
        assert Landing(database).counts_by_state() == {"pending": 4}
    assert gridctl("store", "load").code == 0
    assert Landing(database).counts_by_state() == {"loaded": 4}
    assert count(database, "carbon_intensity_national") > 100


def test_no_store_lands_only(upstream: Upstream, gridctl: Command, database: Path) -> None:
    ran = gridctl("fetch", "carbon-intensity", "--no-store", "--format", "json")
    assert json.loads(ran.out)["store"] == "skipped"
    assert not database.exists()
    assert Landing(database).counts_by_state() == {"pending": 4}


def test_four_fetches_at_once_lose_and_double_nothing(upstream: Upstream, database: Path) -> None:
    environment = {**os.environ, "GRIDCTL_STORE_LOCK_TIMEOUT": "60s"}
    command = [sys.executable, "-m", "gridctl", "fetch", "carbon-intensity", "-q"]
    processes = [subprocess.Popen(command, env=environment) for _ in range(4)]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    assert Landing(database).counts_by_state() == {"loaded": 16}
    assert count(database, "api_logs") == 16
    assert ask(
        database,
        """SELECT count(*) = count(DISTINCT (region_number, timestamp))
                            FROM carbon_intensity_regional""",
    ) == [(True,)]
    # Paced over all of them: no two calls closer than the interval, but for the server's jitter.
    times = sorted(at for at, _ in upstream.requests)
    assert times[-1] - times[0] >= 15 * 0.1 * 0.9


@pytest.mark.parametrize("seed", range(6))
def test_kill_at_any_moment_loses_nothing(
    upstream: Upstream, gridctl: Command, database: Path, seed: int
) -> None:
    rng = random.Random(seed)
    command = [sys.executable, "-m", "gridctl", "fetch", "carbon-intensity", "-q", "--last", "20d"]
    landed = 0
    for _ in range(3):
        process = subprocess.Popen(command)
        time.sleep(rng.uniform(0.2, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        states = Landing(database).counts_by_state()
        assert sum(states.values()) >= landed
        landed = sum(states.values())
    ran = gridctl("fetch", "carbon-intensity", "--last", "20d")
    assert ran.code == 0, ran.err
    assert set(Landing(database).counts_by_state()) == {"loaded"}
    # From 20 days back to the end of the forecast, no slot missing and none twice.
    [(rows, slots)] = ask(
        database,
        """SELECT count(*),
        date_diff('minute', min(timestamp), max(timestamp)) // 30 + 1
        FROM carbon_intensity_national""",
    )
    assert rows == slots > 20 * 48
