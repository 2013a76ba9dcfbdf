"""Users' own queries, beside gridctl's."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from query.querystore import NOW, SLOT, Store, at
from query.test_guard import REFUSED

from gridctl.config import Config
from gridctl.errors import UsageError
from gridctl.query.catalogue import all_queries, find
from gridctl.query.run import run_named

DOCS = Path(__file__).parents[2] / "docs"
MOST = "-- param: most float = 120 : at most so much\nSELECT $most AS most, 1 AS one"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "own"
    path.mkdir()
    monkeypatch.setenv("GRIDCTL_QUERY_FOLDER", str(path))
    return path


def own(store: Store, folder: Path) -> Config:
    return store.config.with_value("query.folder", str(folder), "test")


def said_of(folder: Path) -> list[str]:
    said: list[str] = []
    all_queries(folder, said.append)
    return said


def test_listed_marked_and_run_by_name(store: Store, folder: Path, gridctl: Any) -> None:
    (folder / "My_Most.sql").write_text(MOST)
    ran = gridctl("query", "--list", "--format", "json")
    mine = {q["name"]: q for q in json.loads(ran.out)["queries"]}["my-most"]
    assert mine["description"] == "a query of your own"
    assert mine["file"] == str(folder / "My_Most.sql")
    assert f"yours: {folder / 'My_Most.sql'}" in re.sub(r"\s+", " ", gridctl("query", "-l").out)
    assert gridctl("query", "my-most", "-f", "jsonl").out == '{"most":120.0,"one":1}\n'
    ran = gridctl("query", "my_most", "-p", "most=7", "-f", "jsonl")
    assert ran.out == '{"most":7.0,"one":1}\n'
    assert gridctl("query", "my-most", "--show-sql").out == MOST + "\n"


def test_the_documented_query_runs(store: Store, folder: Path) -> None:
    page = (DOCS / "own-queries.md").read_text()
    (sql,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    (folder / "windy-nights.sql").write_text(sql)
    for hours, wind in ((-14.5, 10), (-14, 50), (-5, 30), (0, 90)):
        store.mix(at(hours=hours), wind)
    (row,) = run_named(own(store, folder), "windy-nights", {}, NOW).dicts()
    assert (str(row["night"]), row["wind_pct"], row["half_hours"]) == ("2026-05-06", 50, 1)
    query = find("windy-nights", folder)
    assert query.chart is not None
    assert run_named(own(store, folder), "windy-nights", {"least": 51}, NOW).rows == []


@pytest.mark.parametrize("sql", REFUSED, ids=lambda s: s[:40])
def test_it_goes_through_the_same_guard(
    store: Store, folder: Path, sql: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (folder / "evil.sql").write_text(f"-- description: looks harmless\n{sql}")
    config = own(store, folder).with_value("query.memory_limit", "200MB", "test")
    with pytest.raises(UsageError) as refusal:
        run_named(config, "evil")
    assert str(refusal.value).startswith(str(folder / "evil.sql"))
    assert "\n" not in str(refusal.value)
    assert [file.name for file in tmp_path.glob("evil*")] == []


def test_a_name_of_gridctls_is_not_taken_over(store: Store, folder: Path, gridctl: Any) -> None:
    (folder / "carbon_trend.sql").write_text("SELECT 1 AS mine")
    store.carbon(SLOT, 100.0)
    ran = gridctl("query", "carbon-trend", "--as-of", "2026-05-06T12:10Z", "-f", "jsonl")
    assert "mine" not in ran.out
    assert f"note: {folder / 'carbon_trend.sql'} is not asked: gridctl has a query" in ran.err
    ran = gridctl("query", "--list")
    assert ran.code == 0
    assert "carbon_trend.sql is not asked" in ran.err
    assert "is not asked" not in gridctl("query", "price-trend").err


BROKEN = {
    "param": ("-- param: hours = 24\nSELECT 1", "cannot read the parameter 'hours = 24'"),
    "type": ("-- param: a integer = 2 : x\nSELECT 1", "no known type 'integer'"),
    "default": ("-- param: a int = two : x\nSELECT 1", "needs a whole number .*, got 'two'"),
    "twice": ("-- param: a int = 1 : x\n-- param: a int = 1 : x\nSELECT 1", "declared twice"),
    "chart": ("-- chart: pie a : b : %\nSELECT 1", "cannot read the chart"),
    "needs": ("-- needs: agents\nSELECT 1", "cannot read the need 'agents'"),
    "key": ("-- parm: a int = 1 : x\nSELECT $a", "did you mean param"),
    "empty-key": ("-- description:\nSELECT 1", "it has no value"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_header_is_one_line_that_names_the_file(folder: Path, name: str) -> None:
    text, message = BROKEN[name]
    (folder / f"{name}.sql").write_text(text)
    (folder / "whole.sql").write_text("SELECT 1")
    (line,) = said_of(folder)
    assert line.startswith(f"{folder / f'{name}.sql'} is no query: ")
    assert re.search(message, line)
    assert "\n" not in line
    assert find("whole", folder).file == folder / "whole.sql"
    with pytest.raises(UsageError, match=message):
        find(name, folder)


def test_what_cannot_be_read_harms_nothing_else(folder: Path) -> None:
    (folder / "binary.sql").write_bytes(b"SELECT '\xff'")
    (folder / "folder.sql").mkdir()
    (folder / "gone.sql").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.sql")
    (folder / "huge.sql").write_text("SELECT 1 --" + "x" * 1_000_000)
    (folder / "note.txt").write_text("not SQL")
    (folder / "whole.sql").write_text("\ufeffSELECT 1")
    said = said_of(folder)
    assert [Path(line.split(" ")[0]).stem for line in said] == [
        "binary", "folder", "gone", "huge", "pipe",
    ]  # fmt: skip
    names = [query.name for query in all_queries(folder)]
    assert names == sorted([*(query.name for query in all_queries()), "whole"])


def test_no_folder_and_one_that_is_not_there(tmp_path: Path) -> None:
    assert said_of(tmp_path) == []
    (line,) = said_of(tmp_path / "missing")
    assert "query.folder" in line
    assert "No such file or directory" in line
    assert find("carbon-trend", tmp_path / "missing").file is None
    with pytest.raises(UsageError, match=r"query\.folder .* cannot be listed"):
        find("mine", tmp_path / "missing")


def test_the_closest_names_are_of_both(folder: Path) -> None:
    (folder / "windy-nights.sql").write_text("SELECT 1")
    with pytest.raises(UsageError, match="did you mean windy-nights"):
        find("windy-night", folder)


def test_a_parameter_that_is_not_declared_and_a_table_that_is_not_there(
    store: Store, folder: Path
) -> None:
    (folder / "a.sql").write_text("SELECT $hours")
    (folder / "b.sql").write_text("-- needs: nosuch : gridctl fetch\nFROM agents")
    (folder / "c.sql").write_text("FROM agents")
    config = own(store, folder)
    with pytest.raises(UsageError, match=r"a\.sql: .*hours"):
        run_named(config, "a")
    with pytest.raises(UsageError, match=r"b\.sql: .*nosuch"):
        run_named(config, "b")
    assert run_named(config, "c").notes == ()


def test_of_two_files_with_one_name_the_first_counts(folder: Path) -> None:
    (folder / "a-b.sql").write_text("SELECT 1")
    (folder / "a_b.sql").write_text("SELECT 2")
    assert find("a-b", folder).sql == "SELECT 1"
