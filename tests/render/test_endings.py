"""What a file's ending says, and what it may not contradict."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridctl.cli.app import Format, RowFormat
from gridctl.errors import UsageError
from gridctl.render.endings import format_for


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.csv", "csv"), ("a.CSV", "csv"), ("a.json", "json"), ("a.jsonl", "jsonl"),
        ("a.md", "markdown"), ("a.parquet", "parquet"), ("a.txt", "table"), ("a", "table"),
        ("a.2026-05-06", "table"), (".csv", "table"),
    ],
)  # fmt: skip
def test_the_ending_says_the_format(tmp_path: Path, name: str, format: str) -> None:
    assert format_for(tmp_path / name, None, Format) is Format(format)


@pytest.mark.parametrize("name", ["a", "a.txt", "a.dat"])
def test_where_the_ending_says_nothing_the_option_holds(tmp_path: Path, name: str) -> None:
    assert format_for(tmp_path / name, Format.CSV, Format) is Format.CSV


def test_without_a_file_it_is_the_option_else_a_table() -> None:
    assert format_for(None, None, RowFormat) is RowFormat.TABLE
    assert format_for(None, Format.PARQUET, Format) is Format.PARQUET


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("a.csv", RowFormat.JSON, "ends in .csv, and --format is json"),
        ("a.json", RowFormat.TABLE, "ends in .json, and --format is table"),
        ("a.parquet", None, "not written as .parquet; end it in .csv, .json, .jsonl, .md or .txt"),
        ("a.xlsx", None, "not written as .xlsx"),
        ("a.html", RowFormat.CSV, "not written as .html"),
        ("a.PNG", None, "a.PNG is a picture: ask for one"),
        ("no/a.csv", None, "there is no folder"),
    ],
)
def test_a_contradiction_is_refused(
    tmp_path: Path, name: str, given: RowFormat | None, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        format_for(tmp_path / name, given, RowFormat, "ask for one")


def test_rows_are_no_picture_where_nothing_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"not written as \.svg"):
        format_for(tmp_path / "a.svg", None, Format)
