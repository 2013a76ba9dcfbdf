"""``gridctl init`` and ``gridctl store`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

BODY = {
    "data": [
        {
            "from": "2026-05-06T10:00Z",
            "to": "2026-05-06T10:30Z",
            "intensity": {"forecast": 120, "actual": 118, "index": "moderate"},
        },
        {
            "from": "2026-05-06T10:30Z",
            "to": "2026-05-06T11:00Z",
            "intensity": {"forecast": 121, "actual": 0, "index": "moderate"},
        },
    ]
}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "saved.json"
    path.write_text(json.dumps(BODY))
    return path


def test_init_says_what_it_applied_and_then_that_nothing_is_left(gridctl: Any) -> None:
    assert "applied 0001_regions" in gridctl("init").err
    again = gridctl("store", "init")
    assert (again.code, again.out) == (0, "")
    assert "already up to date" in again.err


def test_load_reports_each_file_and_refuses_only_what_it_does_not_know(
    gridctl: Any, saved: Path, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir")
    (tmp_path / "cut.json").write_text('{"data": [')
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    files = [tmp_path / "letter.txt", tmp_path / "cut.json", tmp_path / "other.csv", saved]
    ran = gridctl("store", "load", *files, "-f", "json")
    assert ran.code == 5
    by_name = {row["file"]: row for row in json.loads(ran.out)}
    assert by_name["saved.json"]["status"] == "loaded"
    assert by_name["saved.json"]["inserted"] == 2
    assert by_name["saved.json"]["rejected"] == 1
    assert "zero_actual" in by_name["saved.json"]["why"]
    for name in ("letter.txt", "cut.json", "other.csv"):
        assert by_name[name]["status"] == "refused"
        assert name in ran.err
    assert gridctl("store", "load", saved, "-f", "json").code == 0


def test_status_and_rejects_tell_what_is_there(gridctl: Any, saved: Path) -> None:
    gridctl("store", "load", saved)
    document = json.loads(gridctl("store", "status", "-f", "json").out)
    tables = {row["table"]: row for row in document["tables"]}
    assert len(tables) == 22
    assert tables["carbon_intensity_national"]["rows"] == 2
    (reject,) = json.loads(gridctl("store", "rejects", "-f", "json").out)
    assert (reject["field"], reject["rule"]) == ("actual_gco2_kwh", "zero_actual")


def test_reparse_reads_what_is_landed_again_and_changes_nothing(gridctl: Any, saved: Path) -> None:
    gridctl("store", "load", saved)
    ran = gridctl("store", "load", "--reparse", "-f", "json")
    (row,) = json.loads(ran.out)
    assert (row["inserted"], row["updated"], row["rejected"]) == (0, 0, 1)
    assert "replaying 1 payload" in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--as", "carbon-intensity.nosuch", "FILE"), "there is no such dataset"),
        (("--as", "nosuch", "FILE"), "nosuch"),
        (("--fetched-at", "whenever", "FILE"), "is not a time"),
        (("--as", "carbon-intensity.intensity"), "need files"),
    ],
)
def test_wrong_options_are_exit_2(
    gridctl: Any, saved: Path, arguments: tuple[str, ...], says: str
) -> None:
    ran = gridctl("store", "load", *(saved if word == "FILE" else word for word in arguments))
    assert ran.code == 2
    assert says in ran.err
