"""``gridctl query`` from the outside: what is printed where, and exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from query.querystore import SLOT, Store, at

AS_OF = ("--as-of", "2026-05-06T12:10Z")


def test_json_is_the_documented_document(store: Store, gridctl: Any) -> None:
    store.carbon(SLOT, 120.0)
    ran = gridctl("query", "current-grid-status", *AS_OF, "--format", "json")
    document = json.loads(ran.out)
    assert ran.code == 0
    assert list(document) == ["query", "as_of", "columns", "rows", "row_count"]
    assert document["query"] == "current-grid-status"
    assert document["as_of"] == "2026-05-06T12:10:00Z"
    assert document["columns"][0] == {"name": "timestamp", "type": "TIMESTAMP WITH TIME ZONE"}
    assert document["rows"][0]["timestamp"] == "2026-05-06T12:00:00Z"
    assert document["row_count"] == 1
    assert ran.err == "1 row\n"


def test_as_of_is_null_unless_given_and_an_empty_answer_says_why(
    store: Store, gridctl: Any
) -> None:
    ran = gridctl("query", "carbon-trend", "--format", "json")
    document = json.loads(ran.out)
    assert ran.code == 0
    assert (document["as_of"], document["rows"], document["row_count"]) == (None, [], 0)
    assert "carbon_intensity_national is empty; run: gridctl fetch carbon-intensity" in ran.err


def test_list_needs_no_database(gridctl: Any) -> None:
    ran = gridctl("query", "--list", "--format", "json")
    listed = {query["name"]: query for query in json.loads(ran.out)["queries"]}
    assert ran.code == 0
    assert listed["carbon-trend"]["params"][0] == {
        "name": "hours", "type": "int", "default": "24", "description": "how many hours back",
    }  # fmt: skip
    assert "carbon-trend" in gridctl("query", "--list").out


def test_parameters_and_limit(store: Store, gridctl: Any) -> None:
    store.carbon(at(hours=-5), *range(11))
    ran = gridctl("query", "carbon-trend", "-p", "hours=2", "--limit", "3", *AS_OF, "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert rows[0]["timestamp"] == "2026-05-06T10:30:00Z"
    assert len(rows) == 3
    assert "3 rows, the limit" in ran.err


def test_show_sql_needs_no_database(gridctl: Any) -> None:
    ran = gridctl("query", "carbon-trend", "--show-sql")
    assert ran.code == 0
    assert "FROM carbon_intensity_national" in ran.out


def test_sql(store: Store, gridctl: Any) -> None:
    ran = gridctl("query", "--sql", "SELECT 41 + 1 AS answer", "--format", "jsonl")
    assert (ran.code, ran.out) == (0, '{"answer":42}\n')


def test_output_file(store: Store, gridctl: Any, tmp_path: Path) -> None:
    file = tmp_path / "regions.parquet"
    ran = gridctl("query", "--sql", "SELECT * FROM uk_regions", "-f", "parquet", "-o", file)
    assert (ran.code, ran.out) == (0, "")
    import pyarrow.parquet as pq

    assert pq.read_table(file).num_rows == 14


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nonsense"], 2, "there is no query 'nonsense'"),
        ([], 2, "name one query"),
        (["carbon-trend", "--sql", "SELECT 1"], 2, "name one query"),
        (["carbon-trend", "-p", "hours"], 2, "not name=value"),
        (["carbon-trend", "-p", "hours=x"], 2, "whole number"),
        (["--sql", "SELECT 1", "-p", "a=1"], 2, "--param goes with a named query"),
        (["--sql", "DROP TABLE agents"], 2, "DROP is refused"),
        (["--sql", "SELEC"], 2, "Parser Error"),
        (["carbon-trend", "--format", "parquet"], 2, "--output FILE"),
        (["carbon-trend", "--as-of", "someday"], 2, "not a time"),
        (["carbon-trend", "--limit", "-1"], 2, "--limit"),
        (["carbon-trend", "-o", "/no/such/folder/x"], 2, "/no/such/folder/x"),
        (["carbon-trend", "--db", "/no/such.duckdb"], 3, "no database at"),
    ],
)
def test_errors_are_one_line_with_a_code(
    store: Store, gridctl: Any, arguments: list[str], code: int, message: str
) -> None:
    ran = gridctl("query", *arguments)
    assert ran.code == code
    assert ran.out == ""
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def test_times_in_a_zone_are_for_people(store: Store, gridctl: Any) -> None:
    sql = "SELECT TIMESTAMPTZ '2025-10-26 00:30:00+00' AS t"
    for format, shown in (
        ("table", "2025-10-26 01:30 BST"),
        ("markdown", "2025-10-26 01:30 BST"),
        ("csv", "2025-10-26T00:30:00Z"),
        ("json", "2025-10-26T00:30:00Z"),
    ):
        ran = gridctl("query", "--sql", sql, "--tz", "Europe/London", "-f", format)
        assert ran.code == 0
        assert shown in ran.out
        assert ("in UTC" in ran.err) == (format in ("csv", "json"))


def test_an_unknown_zone_is_refused_before_anything_is_asked(gridctl: Any) -> None:
    ran = gridctl("query", "carbon-trend", "--tz", "London")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: there is no time zone 'London'; did you mean Europe/London?\n"
