"""``gridctl demo``: no network, honest about its data, and nobody's database touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from gridctl.config import load_config


def test_it_shows_the_grid_and_defers_a_job_without_network(
    gridctl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the demo asked the network")

    monkeypatch.setattr(requests.Session, "request", refuse)
    ran = gridctl("demo")
    assert ran.code == 0
    for wanted in ("SYNTHETIC DATA", "LLM training", "g/kWh", "5,000 kWh", "run "):
        assert wanted in ran.out
    assert not load_config().database.exists()


def test_it_keeps_a_database_that_is_named(gridctl: Any, tmp_path: Path) -> None:
    path = tmp_path / "kept.duckdb"
    assert gridctl("demo", "--db", path).code == 0
    document = json.loads(gridctl("query", "schedule-audit", "--db", path, "-f", "json").out)
    assert document["row_count"] == 1
    current = json.loads(gridctl("query", "current-grid-status", "--db", path, "-f", "json").out)
    assert [row["is_synthetic"] for row in current["rows"]] == [True]
    assert gridctl("demo", "--db", path).code == 0  # again: refreshed, not doubled
