"""One answer with every awkward type, in every format, byte for byte.

After a change that is meant: python tests/render/test_golden.py, and read the difference.
"""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from gridctl.plain import json_value
from gridctl.query.answer import Answer
from gridctl.query.engine import ask
from gridctl.render.tables import as_text, write_rows

GOLDEN = Path(__file__).parent / "golden"
SQL = (GOLDEN / "awkward.sql").read_text(encoding="utf-8")
FORMATS = ("table", "json", "jsonl", "csv", "markdown")


def answer(limit: int | None = None) -> Answer:
    """The awkward rows as a command gets them."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        return ask(con, SQL, None, limit)


def written(format: str, limit: int | None) -> str:
    """A format as text; the same rows in London, which is for people."""
    found = answer(limit)
    meta = {"query": "awkward", "as_of": None}
    text = as_text(found.columns, found.rows, format, meta)
    if format in ("table", "markdown") and limit is None:
        london = ZoneInfo("Europe/London")
        text += "\n" + as_text(found.columns[:2], found.rows, format, meta, london)
    return text


def parquet_text(file: Path) -> str:
    """What a Parquet file holds: names, types and values."""
    import pyarrow.parquet as pq

    write_rows(answer().columns, answer().rows, "parquet", file)
    table = pq.read_table(file)
    lines = [f"{field.name}: {field.type}" for field in table.schema]
    lines += [json.dumps(json_value(row), ensure_ascii=False) for row in table.to_pylist()]
    return "".join(f"{line}\n" for line in lines)


def golden(name: str) -> str:
    return (GOLDEN / name).read_bytes().decode()


@pytest.mark.parametrize("format", FORMATS)
def test_awkward_rows(format: str) -> None:
    assert written(format, None) == golden(f"awkward.{format}")


@pytest.mark.parametrize("format", FORMATS)
def test_no_rows(format: str) -> None:
    assert written(format, 0) == golden(f"empty.{format}")


def test_no_columns() -> None:
    assert [as_text([], [], format) for format in ("table", "json", "jsonl")] == ["", "[]\n", ""]


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    assert parquet_text(tmp_path / "a.parquet") == golden("parquet.txt")


def test_parquet_is_the_same_file_when_written_again(tmp_path: Path) -> None:
    one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
    for file in (one, other):
        parquet_text(file)
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_json_is_read_back(format: str) -> None:
    text = golden(f"awkward.{format}")
    rows = (
        [json.loads(line) for line in text.splitlines()]
        if format == "jsonl"
        else (json.loads(text)["rows"])
    )
    assert [row["row"] for row in rows] == [1, 2, 3, 4]
    assert rows[0]["pair"] == {"a": 1, "b": "2025-01-01T00:00:00Z", "c": [None, "x"]}


def test_csv_is_read_back_by_duckdb() -> None:
    file = str(GOLDEN / "awkward.csv")
    with duckdb.connect() as con:
        rows = con.execute(
            "SELECT text FROM read_csv(?, header = true, all_varchar = true, "
            "null_padding = false, quote = '\"')",
            [file],
        ).fetchall()
    assert [row[0] for row in rows] == [row[-2] for row in answer().rows]


if __name__ == "__main__":
    import tempfile

    for form in FORMATS:
        for stem, most in (("awkward", None), ("empty", 0)):
            (GOLDEN / f"{stem}.{form}").write_bytes(written(form, most).encode())
    with tempfile.TemporaryDirectory() as folder:
        text = parquet_text(Path(folder) / "a.parquet")
    (GOLDEN / "parquet.txt").write_bytes(text.encode())
