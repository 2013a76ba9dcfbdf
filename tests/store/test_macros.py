"""The SQL macros, from plain DuckDB on the file: no gridctl, no time zone set for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gridctl.clock import settlement_of, settlement_start
from gridctl.model import natural_id
from gridctl.store.connect import init, open_writer

ROOT = Path(__file__).parents[2]
WAIT = timedelta(seconds=1)
PAGE = (ROOT / "docs" / "macros.md").read_text()
EXAMPLES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
MACROS = re.findall(r"MACRO (\w+)\(", (ROOT / "schema" / "macros.sql").read_text())


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one row: the intensity that the documented example shows."""
    file = tmp_path_factory.mktemp("macros") / "grid.duckdb"
    init(file, WAIT)
    with open_writer(file, WAIT) as con:
        con.execute(
            """INSERT INTO carbon_intensity_national
                   (id, timestamp, forecast_gco2_kwh, source, fetched_at, payload_id)
               VALUES (uuid(), '2026-05-06 12:00:00+00', 138, 'test', now(), uuid())"""
        )
    return file


@pytest.fixture
def shell(path: Path) -> Iterator[Any]:
    with duckdb.connect(str(path), read_only=True) as con:
        yield con


def test_each_is_stored_and_documented(shell: Any) -> None:
    stored = shell.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE NOT internal"
    ).fetchall()
    assert {name for (name,) in stored} == set(MACROS)
    assert [name for name in MACROS if f"`{name}(" not in PAGE] == []


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize(
    ("day", "periods"),
    [(date(2025, 3, 30), 46), (date(2025, 10, 26), 50), (date(2024, 2, 29), 48)],
)
def test_settlement_periods_in_whatever_time_zone_the_shell_has(
    shell: Any, zone: str, day: date, periods: int
) -> None:
    shell.execute(f"SET TimeZone = '{zone}'")
    rows = shell.execute(
        """SELECT period, epoch(sp_to_utc($day, period)),
                  utc_to_settlement(sp_to_utc($day, period)), gb_local(sp_to_utc($day, period))
           FROM range(1, $periods + 1) AS periods(period)""",
        {"day": day, "periods": periods},
    ).fetchall()
    for period, seconds, settled, local in rows:
        start = settlement_start(day, period)
        assert seconds == start.timestamp()
        assert (settled["settlement_date"], settled["settlement_period"]) == (day, period)
        assert settlement_of(start) == (day, period)
        assert local.date() == day
    (after,) = shell.execute(
        "SELECT utc_to_settlement(sp_to_utc(?, ?))", [day, periods + 1]
    ).fetchone()
    assert (after["settlement_date"], after["settlement_period"]) == (day + timedelta(days=1), 1)


@pytest.mark.parametrize("name", ["13", "C", "_C", "london", "London"])
def test_a_region_by_any_of_its_names(shell: Any, name: str) -> None:
    assert shell.execute("SELECT region(?)", [name]).fetchall() == [(natural_id("uk_regions", 13),)]


@pytest.mark.parametrize("name", ["North Wales & Merseyside", "north wales and merseyside"])
def test_a_region_with_either_spelling_of_and(shell: Any, name: str) -> None:
    found = shell.execute(
        "SELECT region_number FROM uk_regions WHERE id = region(?)", [name]
    ).fetchall()
    assert found == [(6,)]


def test_a_region_by_a_number_and_none_for_nothing(shell: Any) -> None:
    assert shell.execute("SELECT region(13) = region('London'), region(NULL)").fetchall() == [
        (True, None)
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split(";")[0][:40])
def test_the_documented_examples_answer_what_they_say(shell: Any, example: str) -> None:
    shell.execute("SET TimeZone = 'UTC'")
    lines = example.splitlines()
    said = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    sql = "\n".join(line for line in lines if not line.startswith("-- "))
    *settings, question = [part for part in sql.split(";") if part.strip()]
    for setting in settings:
        shell.execute(setting)
    rows = shell.execute(f"SELECT COLUMNS(*)::VARCHAR FROM ({question})").fetchall()
    assert [" | ".join(value or "NULL" for value in row) for row in rows] == said
