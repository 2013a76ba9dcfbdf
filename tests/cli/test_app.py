"""The options that commands share: ``--format`` and ``--output``."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gridctl.config import Config
from gridctl.errors import ExitCode
from gridctl.store.connect import open_writer

REGIONS = ("query", "--sql", "SELECT region_number FROM uk_regions ORDER BY 1")
ASKED = {
    "query": ("query", "price-trend"),
    "check": ("store", "check"),
    "plan": ("schedule", "plan", "jobs.json"),
    "baseline": ("schedule", "baseline", "meter.csv", "--day", "2026-03-02"),
    "settle": (
        "schedule", "settle-flexibility", "meter.csv", "--day", "2026-03-02", "--market", "dfs",
    ),
}  # fmt: skip


@pytest.fixture
def empty(config: Config) -> None:
    with open_writer(config.database, timedelta(seconds=1)):
        pass


@pytest.mark.usefixtures("empty")
def test_a_file_is_of_the_format_it_ends_in(gridctl: Any, tmp_path: Path) -> None:
    assert gridctl(*REGIONS, "--output", tmp_path / "r.csv").code == 0
    assert (tmp_path / "r.csv").read_text().splitlines()[:2] == ["region_number", "1"]
    assert gridctl(*REGIONS, "--output", tmp_path / "r.json").code == 0
    assert json.loads((tmp_path / "r.json").read_text())["row_count"] == 14
    assert gridctl("query", "--list", "-o", tmp_path / "list.md").code == 0
    assert (tmp_path / "list.md").read_text().startswith("| name |")
    assert gridctl("store", "check", "-o", tmp_path / "c.parquet").code == 0
    assert (tmp_path / "c.parquet").read_bytes()[:4] == b"PAR1"


@pytest.mark.parametrize("command", ASKED)
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("-o", "here/a.csv", "-f", "json"), "ends in .csv, and --format is json"),
        (("-o", "here/a.pdf"), "rows are not written as .pdf"),
        (("-o", "here/a.png"), ".png"),
        (("-o", "nope/a.csv"), "cannot write nope/a.csv: there is no folder"),
    ],
)
def test_a_file_that_cannot_be_is_refused_before_anything_is_read(
    gridctl: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    options: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)  # there is no database, and no file
    picture = tmp_path / "here" / "a.png"
    picture.parent.mkdir()
    picture.write_bytes(b"drawn")
    ran = gridctl(*ASKED[command], *options)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert [file.read_bytes() for file in picture.parent.iterdir()] == [b"drawn"]


def test_a_forgotten_plot_is_named(gridctl: Any, tmp_path: Path) -> None:
    ran = gridctl("query", "price-trend", "-o", tmp_path / "a.svg")
    assert ran.code == ExitCode.USAGE
    assert "add --plot to draw it" in ran.err


@pytest.mark.parametrize(
    "command",
    [
        "sources", "store status", "store rejects", "store load", "schedule list", "config show",
        "asset list", "asset show hall", "schedule plan jobs.json",
    ],
)  # fmt: skip
def test_parquet_is_not_offered_where_rows_cannot_be_written_as_it(
    gridctl: Any, command: str
) -> None:
    ran = gridctl(*command.split(), "--format", "parquet")
    assert ran.code == ExitCode.USAGE
    assert "'parquet' is not one of 'table', 'json', 'jsonl', 'csv', 'markdown'" in ran.err
