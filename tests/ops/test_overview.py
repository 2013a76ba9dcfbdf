"""``gridctl status``: everything at a glance, on any database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gridctl.config import Config
from gridctl.errors import DatabaseError
from gridctl.ops.overview import overview
from gridctl.ops.sources import DatasetState, SourceState
from gridctl.store.connect import open_writer

KEYS = ["at", "now", "ahead", "regions", "windows", "jobs", "sources", "store"]
NOON = "2025-11-25T12:00Z"


def made_up(gridctl: Any) -> None:
    span = ("--from", "2025-11-24T00:00Z", "--to", "2025-11-27T00:00Z")
    assert gridctl("fetch", "synthetic", *span).code == 0
    ask = ("--energy", "1MWh", "--duration", "2h", "--deadline", "2025-11-26T18:00Z", "--name", "x")
    assert gridctl("schedule-workload", *ask, "--as-of", NOON, "--allow-synthetic").code == 0


def test_one_screen_says_what_is_made_up(gridctl: Any) -> None:
    made_up(gridctl)
    ran = gridctl("status", "--as-of", NOON)
    assert ran.code == 0, ran.err
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "SYNTHETIC" in ran.out
    assert "Tue 25 Nov 2025 12:00 UTC (12:00 GMT)" in ran.out
    for heading in ("The next 24 hours", "Cleanest regions", "Jobs: 1", "Sources"):
        assert heading in ran.out
    assert "Landing: pending 0, failed 0, rejected 0" in ran.out


def test_the_document_holds_the_same(gridctl: Any) -> None:
    made_up(gridctl)
    document = json.loads(gridctl("status", "--as-of", NOON, "-f", "json").out)
    assert list(document) == KEYS
    assert document["now"]["timestamp"] == "2025-11-25T12:00:00Z"
    assert len(document["ahead"]) == 48
    assert document["ahead"][0]["timestamp"] == "2025-11-25T12:00:00Z"
    assert [row["carbon_intensity"] for row in document["regions"]] == sorted(
        row["carbon_intensity"] for row in document["regions"]
    )
    assert sum(document["jobs"]["counts"].values()) == 1


def test_windows_that_are_over_are_not_shown(gridctl: Any) -> None:
    assert gridctl("fetch", "synthetic").code == 0
    assert "Next compute windows" in gridctl("status").out
    document = json.loads(gridctl("status", "-f", "json").out)
    assert document["windows"]
    assert all(row["window_end"] > document["at"] for row in document["windows"])
    later = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%MZ}"
    assert "Next compute windows" not in gridctl("status", "--as-of", later).out


def test_what_a_window_does_not_say_is_unknown(gridctl: Any, config: Config) -> None:
    assert gridctl("fetch", "synthetic").code == 0
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        con.execute("UPDATE grid_snapshots SET renewable_mix = NULL, carbon_intensity = NULL")
    ran = gridctl("status")
    assert ran.code == 0, ran.err
    assert "UTC  unknown, unknown, 0." in ran.out
    assert "GBP per kWh" in ran.out


def test_an_empty_database_says_what_to_do(gridctl: Any) -> None:
    assert gridctl("init").code == 0
    ran = gridctl("status")
    assert ran.code == 0
    assert "run: gridctl fetch" in ran.out
    document = json.loads(gridctl("status", "-f", "json").out)
    assert (document["now"], document["regions"], document["jobs"]["next"]) == (None, [], [])
    assert {row["carbon_intensity"] for row in document["ahead"]} == {None}


def test_without_a_database_it_is_told(config: Config, gridctl: Any) -> None:
    with pytest.raises(DatabaseError, match="no database"):
        overview(config, datetime(2026, 1, 1, tzinfo=UTC))
    assert gridctl("status").code == 3


def test_fetched_sources_are_ok_and_stale_in_time(upstream: Any, gridctl: Any) -> None:
    assert gridctl("fetch", "carbon-intensity", "elexon").code == 0
    document = json.loads(gridctl("status", "-f", "json").out)
    states = {s["name"]: s["state"] for s in document["sources"]}
    assert (states["carbon-intensity"], states["neso"], states["beckn"]) == ("ok", "never", "off")
    later = f"{datetime.now(UTC) + timedelta(hours=3):%Y-%m-%dT%H:%MZ}"
    ran = gridctl("status", "--as-of", later)
    assert "carbon-intensity  stale" in ran.out


def test_a_source_is_stale_when_an_issue_was_missed() -> None:
    due = datetime(2026, 5, 6, 12, 32, tzinfo=UTC)
    dataset = DatasetState(
        "d", "", "30m", None, due - timedelta(minutes=20), due, due + timedelta(minutes=30)
    )
    state = SourceState("s", "", "", True, None, None, [dataset])
    assert state.state(due + timedelta(minutes=29)) == "ok"
    assert state.state(due + timedelta(minutes=30)) == "stale"


@pytest.mark.parametrize(
    "words", [("--watch", "--as-of", NOON), ("--watch", "-f", "json"), ("--watch", "--every", "0s")]
)
def test_watching_is_of_the_present(gridctl: Any, words: tuple[str, ...]) -> None:
    assert gridctl("status", *words).code == 2


def test_watching_through_a_pipe_repeats_until_told_to_stop(gridctl: Any) -> None:
    assert gridctl("init").code == 0
    command = [sys.executable, "-m", "gridctl", "status", "--watch", "--every", "1s"]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert running.stdout is not None
    seen = 0
    for line in running.stdout:
        seen += line.startswith("Landing:")
        if seen == 2:
            break
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert (running.returncode, said) == (130, "error: interrupted\n")
