"""What is written where: files whole or not at all, links, devices, pipes; documents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from gridctl.errors import UsageError
from gridctl.render.tables import as_text, to_json, write_document, write_file, write_rows

COLUMNS = [
    ("moment", "TIMESTAMP WITH TIME ZONE"), ("naive", "TIMESTAMP"), ("day", "DATE"),
    ("clock", "TIME"), ("span", "INTERVAL"), ("id", "UUID"), ("money", "DECIMAL(10,2)"),
    ("share", "DOUBLE"), ("big", "HUGEINT"), ("yes", "BOOLEAN"), ("text", "VARCHAR"),
    ("doc", "JSON"), ("items", "DOUBLE[]"), ("pair", "STRUCT(a INTEGER, b TIMESTAMPTZ)"),
    ("raw", "BLOB"),
]  # fmt: skip
BST = timezone(timedelta(hours=1))
ROWS = [
    (
        datetime(2025, 7, 1, 15, 0, tzinfo=BST), datetime(2025, 7, 1, 15, 0), date(2025, 7, 1),
        time(9, 30), timedelta(hours=4, minutes=30), UUID(int=255), Decimal("12.50"), 0.1 + 0.2,
        2**100, True, 'a,"b"|c\nd £ \x1b[31m', '{"k": [1, NaN]}', [1.0, float("nan")],
        {"a": 1, "b": datetime(2025, 1, 1, tzinfo=UTC)}, b"\x00\xff",
    ),
    (
        datetime(2025, 7, 1, 14, 0, 5, tzinfo=UTC), None, None, None, timedelta(days=-1), None,
        Decimal("-3.00"), float("inf"), 0, False, "", "no json", [], None, None,
    ),
]  # fmt: skip


def test_json_without_meta_is_a_list_and_jsonl_its_lines() -> None:
    listed = json.loads(as_text(COLUMNS, ROWS, "json"))
    lines = as_text(COLUMNS, ROWS, "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == listed
    assert as_text(COLUMNS, [], "json") == "[]\n"
    assert as_text(COLUMNS, [], "jsonl") == ""


@pytest.mark.parametrize("format", ["table", "csv", "markdown", "json"])
def test_no_rows_still_name_the_columns(format: str) -> None:
    assert "moment" in as_text(COLUMNS, [], format, {"query": "q", "as_of": None})


def test_parquet_keeps_types_and_needs_a_file(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    file = tmp_path / "rows.parquet"
    for rows in (ROWS, []):
        write_rows(COLUMNS, rows, "parquet", file)
        table = pq.read_table(file)
        assert table.num_rows == len(rows)
        assert str(table.schema.field("moment").type) == "timestamp[us, tz=UTC]"
        assert str(table.schema.field("money").type) == "decimal128(10, 2)"
        assert str(table.schema.field("span").type) == "duration[us]"
    with pytest.raises(UsageError, match="--output"):
        write_rows(COLUMNS, ROWS, "parquet")


def test_document() -> None:
    assert json.loads(to_json({"at": ROWS[0][0], "n": float("nan"), "ids": [UUID(int=1)]})) == {
        "at": "2025-07-01T14:00:00Z", "n": None, "ids": ["00000000-0000-0000-0000-000000000001"],
    }  # fmt: skip


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("old")
    file.chmod(0o640)
    with pytest.raises(UsageError, match="there is no format"):
        write_rows(COLUMNS, ROWS, "toml", file)
    assert file.read_text() == "old"
    write_rows(COLUMNS, ROWS, "csv", file)
    assert file.read_text() == as_text(COLUMNS, ROWS, "csv")
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_keeps_pointing_at_its_file(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(file)
    write_document({}, link)
    assert link.is_symlink()
    assert file.read_text() == "{}\n"


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none" / "out", "there is no folder"), (tmp_path, "is a folder")):
        with pytest.raises(UsageError, match=f"cannot write {path}: .*{why}"):
            write_file(path, b"")
    with pytest.raises(UsageError, match=r"cannot write .*too long"):
        write_file(tmp_path / ("x" * 300), b"")


def test_a_device_is_written_to_and_stays_a_device() -> None:
    write_file(Path(os.devnull), b"x")
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="has no name for its pipes")
def test_a_pipe_is_written_to_by_its_name() -> None:
    code = (
        "from pathlib import Path; from gridctl.render.tables import write_file;"
        "write_file(Path('/dev/stdout'), b'through')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert ran.stdout == b"through"


def test_a_pipe_never_loads_rich() -> None:
    code = (
        "import sys; from gridctl.render.tables import write_rows;"
        "write_rows([('a', 'BIGINT')], [(1,)], 'table');"
        "sys.exit(any(m in sys.modules for m in ('rich', 'pandas', 'pyarrow', 'duckdb')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "a\n1\n")


def test_text_that_the_terminal_cannot_spell_is_escaped() -> None:
    code = "from gridctl.render.tables import write_rows; write_rows([('a', '')], [('£',)], 'csv')"
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True
    )
    assert ran.stdout == "a\n\\xa3\n"
