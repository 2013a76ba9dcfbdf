"""``fetch --watch``: what is due and no more, on time, and a clean end."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import upstream as faults
from upstream import Upstream

from gridctl.config import load_config
from gridctl.errors import GridctlError
from gridctl.fetch import FetchReport, Plan
from gridctl.fetch import watch as watching
from gridctl.fetch.watch import watch


def test_ticks_do_not_drift_and_missed_ones_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.monotonic()
    at: list[float] = []
    stop = threading.Event()

    def slow_fetch(*_: Any, **__: Any) -> FetchReport:
        at.append(time.monotonic() - begun)
        time.sleep(0.25 if len(at) == 2 else 0.03)  # the second takes longer than two ticks
        if len(at) == 6:
            stop.set()
        return FetchReport()

    monkeypatch.setattr(watching, "fetch", slow_fetch)
    every = timedelta(milliseconds=100)
    watch(load_config(), [], Plan(), every, stop, lambda _: None, lambda _: None)
    ticks = [round(moment / 0.1, 1) for moment in at]
    assert [round(tick) for tick in ticks] == [0, 1, 4, 5, 6, 7]


def test_a_step_that_fails_is_told_and_the_next_one_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    told: list[str] = []

    def failing(*_: Any, **__: Any) -> FetchReport:
        if len(told) == 2:
            stop.set()
            return FetchReport()
        raise GridctlError("the disk is full")

    monkeypatch.setattr(watching, "fetch", failing)
    every = timedelta(milliseconds=10)
    watch(load_config(), [], Plan(), every, stop, lambda _: None, lambda e: told.append(str(e)))
    assert told == ["the disk is full"] * 2


def test_history_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Plan] = []
    stop = threading.Event()

    def fetch(config: Any, names: Any, plan: Plan, *_: Any, **__: Any) -> FetchReport:
        seen.append(plan)
        stop.set()
        return FetchReport()

    monkeypatch.setattr(watching, "fetch", fetch)
    watch(
        load_config(), [], Plan(fallback=True), timedelta(1), stop, lambda _: None, lambda _: None
    )
    assert seen == [replace(Plan(fallback=True), only_due=True)]


def watched(upstream: Upstream, calls: int, *arguments: str) -> tuple[int, str]:
    """Watch until that many calls were made, and for three ticks more."""
    command = subprocess.Popen(
        [sys.executable, "-m", "gridctl", "fetch", *arguments, "--watch", "--every", "1s"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    give_up = time.monotonic() + 60
    while len(upstream.paths) < calls and time.monotonic() < give_up:
        time.sleep(0.05)
    time.sleep(3.2)
    command.send_signal(signal.SIGTERM)
    out, _ = command.communicate(timeout=60)
    return command.returncode, out


def test_a_half_hourly_series_is_not_asked_for_every_second(upstream: Upstream) -> None:
    code, out = watched(upstream, 4, "carbon-intensity")
    assert code == 0, out
    assert len(upstream.paths) in (4, 8)  # 8: the half hour turned meanwhile
    assert out.count("carbon-intensity  ok") == len(upstream.paths) / 4
    assert "error" not in out


def test_what_failed_stays_due(upstream: Upstream) -> None:
    upstream.faults = [faults.status(404)]
    code, out = watched(upstream, 6, "carbon-intensity")
    assert code == 0
    assert "answered 404" in out
    # Actuals and forecast are one dataset: both are asked for again, the others are not.
    assert len(upstream.paths) in (6, 10)


def test_watch_and_history_exclude_each_other(gridctl: Any) -> None:
    ran = gridctl("fetch", "synthetic", "--watch", "--last", "2d")
    assert ran.code == 2
    assert "--watch" in ran.err
    assert gridctl("fetch", "synthetic", "--watch", "--every", "0s").code == 2
