"""An answer as a frame, an Arrow table, and in a notebook."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import duckdb
import pyarrow as pa
import pytest

from gridctl.query.answer import Answer
from gridctl.query.engine import ask


def test_a_sum_is_a_number_to_pandas() -> None:
    with duckdb.connect() as con:
        answer = ask(con, "SELECT sum(i) AS total FROM range(4) AS t (i)", None, None)
    assert answer.columns == [("total", "HUGEINT")]
    assert answer.df()["total"].sum() == 6.0
    assert answer.arrow()["total"].to_pylist() == [Decimal(6)]


def test_what_arrow_has_no_type_for_is_text_as_csv_spells_it() -> None:
    columns = [("id", "UUID"), ("pair", "STRUCT(a INTEGER)"), ("m", "MAP(VARCHAR, INTEGER)")]
    answer = Answer(columns, [(UUID(int=1), {"a": 1}, {"x": None}), (None, None, None)])
    assert answer.arrow().to_pylist() == [
        {"id": "00000000-0000-0000-0000-000000000001", "pair": '{"a":1}', "m": '{"x":null}'},
        {"id": None, "pair": None, "m": None},
    ]


def test_types_hold_without_rows() -> None:
    kinds = [("t", "TIMESTAMP WITH TIME ZONE"), ("n", "HUGEINT"), ("c", "TIME"), ("x", "DOUBLE[]")]
    schema = Answer(kinds, []).arrow().schema
    assert schema.types == [
        pa.timestamp("us", "UTC"), pa.decimal128(38, 0), pa.time64("us"), pa.list_(pa.float64()),
    ]  # fmt: skip


def test_a_notebook_shows_the_first_rows_and_the_notes_escaped() -> None:
    columns = [("<b>name</b>", "VARCHAR"), ("n", "BIGINT")]
    rows = [("<script>alert(1)</script>", i) for i in range(30)]
    html = Answer(columns, rows, ("a <i>note</i>",))._repr_html_()
    assert html.count("<tr>") == 20
    assert "30 rows, the first 20 shown<br>a &lt;i&gt;note&lt;/i&gt;" in html
    assert not any(tag in html for tag in ("<script", "<b>", "<i>"))
    assert html.count("&lt;script&gt;") == 20


@pytest.mark.parametrize("count", [0, 1])
def test_a_small_answer_says_nothing_of_more(count: int) -> None:
    row = (datetime(2025, 1, 1, tzinfo=UTC),)
    answer = Answer([("t", "TIMESTAMP WITH TIME ZONE")], [row] * count)
    assert f"<p>{count} rows</p>" in answer._repr_html_()
    assert repr(answer) == f"<Answer: {count} rows of t>"
