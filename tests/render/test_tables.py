"""One result with every awkward type, in every format, byte for byte."""

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
from gridctl.render.layout import print_on_terminal
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

JSON = r"""{
  "query": "awkward",
  "as_of": null,
  "columns": [COLUMNS],
  "rows": [
    {"moment":"2025-07-01T14:00:00Z","naive":"2025-07-01T15:00:00","day":"2025-07-01","clock":"09:30:00","span":"PT4H30M","id":"00000000-0000-0000-0000-0000000000ff","money":12.5,"share":0.30000000000000004,"big":1267650600228229401496703205376,"yes":true,"text":"a,\"b\"|c\nd £ \u001b[31m","doc":{"k":[1,null]},"items":[1.0,null],"pair":{"a":1,"b":"2025-01-01T00:00:00Z"},"raw":"00ff"},
    {"moment":"2025-07-01T14:00:05Z","naive":null,"day":null,"clock":null,"span":"-P1D","id":null,"money":-3,"share":null,"big":0,"yes":false,"text":"","doc":"no json","items":[],"pair":null,"raw":null}
  ],
  "row_count": 2
}
"""  # noqa: E501
CSV = """\
moment,naive,day,clock,span,id,money,share,big,yes,text,doc,items,pair,raw
2025-07-01T14:00:00Z,2025-07-01T15:00:00,2025-07-01,09:30:00,PT4H30M,00000000-0000-0000-0000-0000000000ff,12.5,0.30000000000000004,1267650600228229401496703205376,true,"a,""b""|c
d £ \x1b[31m","{""k"":[1,null]}","[1.0,null]","{""a"":1,""b"":""2025-01-01T00:00:00Z""}",00ff
2025-07-01T14:00:05Z,,,,-P1D,,-3,,0,false,,no json,[],,
"""
NARROW = ["moment", "money", "share", "text"]
TABLE = r"""moment                money   share  text
2025-07-01 14:00Z     12.50  0.3000  a,"b"|c\nd £ \x1b[31m
2025-07-01 14:00:05Z  -3.00
"""
MARKDOWN = r"""| moment | money | share | text |
| --- | ---: | ---: | --- |
| 2025-07-01 14:00Z | 12.50 | 0.3000 | a,"b"\|c\\nd £ \\x1b[31m |
| 2025-07-01 14:00:05Z | -3.00 |  |  |
"""


def _narrow() -> tuple[list[tuple[str, str]], list[tuple[object, ...]]]:
    kept = [index for index, (name, _) in enumerate(COLUMNS) if name in NARROW]
    return [COLUMNS[i] for i in kept], [tuple(row[i] for i in kept) for row in ROWS]


def test_json() -> None:
    text = as_text(COLUMNS, ROWS, "json", {"query": "awkward", "as_of": None})
    named = ", ".join(json.dumps({"name": n, "type": t}) for n, t in COLUMNS)
    assert text == JSON.replace("COLUMNS", named)
    assert json.loads(text)["row_count"] == 2


def test_json_without_meta_is_a_list_and_jsonl_its_lines() -> None:
    listed = json.loads(as_text(COLUMNS, ROWS, "json"))
    lines = as_text(COLUMNS, ROWS, "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == listed
    assert as_text(COLUMNS, [], "json") == "[]\n"
    assert as_text(COLUMNS, [], "jsonl") == ""


def test_csv() -> None:
    assert as_text(COLUMNS, ROWS, "csv") == CSV


def test_plain_table() -> None:
    assert as_text(*_narrow(), "table") == TABLE


def test_markdown() -> None:
    assert as_text(*_narrow(), "markdown") == MARKDOWN


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
    assert file.read_text() == CSV
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_keeps_pointing_at_its_file(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(file)
    write_document({}, link)
    assert link.is_symlink()
    assert file.read_text() == "{}\n"


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "out", tmp_path):
        with pytest.raises(UsageError, match=str(path)):
            write_file(path, b"")


def test_a_device_is_written_to_and_stays_a_device() -> None:
    write_file(Path(os.devnull), b"x")
    assert not Path(os.devnull).is_file()


WIDE = [(f"measure_number_{i}", "DOUBLE") for i in range(9)]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_nothing_is_wider_and_no_number_breaks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    columns = [("timestamp", "TIMESTAMP WITH TIME ZONE"), ("forecast_gco2_kwh", "DOUBLE"),
               ("intensity_index", "VARCHAR"), ("why", "VARCHAR")]  # fmt: skip
    row = (ROWS[0][0], 123456.5, "very high", "because the wind dropped " * 8)
    print_on_terminal(columns, [row, row])
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines()) <= 80
    assert out.count("123456.5") == 2
    assert out.count("2025-07-01 14:00Z") == 2
    assert "".join(out.split()).count("because") == 16


@pytest.mark.usefixtures("terminal")
def test_too_wide_a_table_is_shown_in_panels_that_name_their_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    columns = [("rank", "BIGINT"), ("region", "VARCHAR"), *WIDE]
    values = tuple(12345.678 + i for i in range(len(WIDE)))
    print_on_terminal(columns, [(1, "London", *values), (2, "North Scotland", *values)])
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines()) <= 80
    panels = out.split("\n\n")
    assert len(panels) == 2
    for panel in panels:
        assert panel.count("London") == panel.count("North Scotland") == 1
    for value in values:
        assert out.count(f"{value:.1f}") == 2


@pytest.mark.usefixtures("terminal")
def test_one_row_is_a_line_when_it_fits_and_else_a_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_on_terminal([("a", "BIGINT"), ("b", "VARCHAR")], [(1, "x [bold]")])
    assert capsys.readouterr().out.split("\n")[1].split() == ["1", "x", "[bold]"]
    print_on_terminal(WIDE, [tuple(12345.678 for _ in WIDE)])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [[name, "12345.7"] for name, _ in WIDE]


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
