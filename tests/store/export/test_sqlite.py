"""The SQLite file: the same values, the same views, for any SQLite browser."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from query.querystore import NOW, SLOT, Store, at

from gridctl.store.connect import open_reader
from gridctl.store.export.run import export

VIEWS_OF_NOW = (
    "current_grid_status",
    "latest_grid_conditions",
    "regional_compute_opportunities",
    "workload_optimization_opportunities",
)
VIEWS = (*VIEWS_OF_NOW, "forecast_vintage_points")
SOON = timedelta(seconds=1)
# What of the published queries only DuckDB understands, and why.
ONLY_DUCKDB = {
    "Q4": "DATE_TRUNC, NOW() - INTERVAL",
    "Q7": "NOW() - INTERVAL",
    "Q8": "NOW() - INTERVAL",
    "Q9": "NOW() - a time",
}


def plain(value: Any) -> Any:
    """A value of DuckDB as SQLite should hold it."""
    match value:
        case datetime():
            instant = value.astimezone(UTC)
            fraction = f"{instant:.%f}".rstrip("0").rstrip(".") if instant.microsecond else ""
            return f"{instant:%Y-%m-%d %H:%M:%S}{fraction}"
        case date() | UUID():
            return str(value)
        case bool():
            return int(value)
    return value


def key(row: Iterable[Any]) -> list[tuple[bool, str]]:
    return [(v is None, f"{v:.6g}" if isinstance(v, float | int) else str(v)) for v in row]


def duckdb_rows(store: Store, relation: str, as_of: datetime | None = None) -> list[list[Any]]:
    with open_reader(store.config.database, SOON, as_of) as con:
        rows = con.execute(f"FROM {relation}").fetchall()
    return sorted(([plain(v) for v in row] for row in rows), key=key)


def sqlite_rows(path: Path, sql: str, as_of: datetime | None = None) -> list[list[Any]]:
    with closing(sqlite3.connect(path)) as db:
        if as_of is not None:
            db.execute("UPDATE gridctl_as_of SET moment = ?", [as_of.strftime("%F %T")])
        return sorted(([*row] for row in db.execute(sql).fetchall()), key=key)


def unsorted_duckdb(store: Store, table: str) -> Counter[Any]:
    with open_reader(store.config.database, SOON) as con:
        rows = con.execute(f"FROM {table}").fetchall()
    return Counter(tuple(plain(v) for v in row) for row in rows)


def unsorted_sqlite(path: Path, table: str) -> Counter[Any]:
    with closing(sqlite3.connect(path)) as db:
        return Counter(db.execute(f"SELECT * FROM {table}").fetchall())


def same(one: list[list[Any]], other: list[list[Any]]) -> bool:
    return len(one) == len(other) and all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-6)
        if isinstance(a, float) and isinstance(b, float | int)
        else a == b
        for first, second in zip(one, other, strict=True)
        for a, b in zip(first, second, strict=True)
    )


def test_every_table_has_the_same_rows_bit_for_bit(demo: Store, exported: Path) -> None:
    with open_reader(demo.config.database, SOON) as con:
        tables = [
            name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()"
                                            " WHERE schema_name = 'main'").fetchall()
        ]  # fmt: skip
    assert len(tables) == 22
    for table in set(tables) - {"forecast_vintages"}:  # lists become JSON: the view reads them
        assert unsorted_sqlite(exported, table) == unsorted_duckdb(demo, table)


@pytest.mark.parametrize(
    "moment",
    [NOW, SLOT, SLOT - timedelta(seconds=1), at(hours=-2.5), at(hours=5), at(hours=47), at(days=9)],
    ids=str,
)
def test_the_views_give_the_rows_that_duckdb_gives(
    demo: Store, exported: Path, moment: datetime
) -> None:
    for view in VIEWS_OF_NOW:
        here = sqlite_rows(exported, f"SELECT * FROM {view}", moment)
        there = duckdb_rows(demo, view, moment)
        assert same(here, there), view
    assert sqlite_rows(exported, "SELECT * FROM workload_optimization_opportunities", NOW)


def test_the_long_reading_of_forecasts_is_the_same(demo: Store, exported: Path) -> None:
    some = "forecast_vintage_points WHERE series = 'embedded_wind'"
    here = sqlite_rows(exported, f"SELECT * FROM {some}")
    assert here
    assert same(here, duckdb_rows(demo, some))


def test_the_views_have_the_columns_that_duckdb_gives(demo: Store, exported: Path) -> None:
    with open_reader(demo.config.database, SOON) as con, closing(sqlite3.connect(exported)) as db:
        for view in VIEWS:
            there = [name for name, *_ in con.execute(f"DESCRIBE {view}").fetchall()]
            here = [name for name, *_ in db.execute(f"SELECT * FROM {view}").description]
            assert here == there


def test_without_a_moment_the_views_read_the_present(store: Store, tmp_path: Path) -> None:
    present = datetime.now(UTC)
    store.carbon(present - timedelta(hours=1), 100.0)
    store.carbon(present + timedelta(hours=1), 50.0)
    path = tmp_path / "grid.sqlite"
    export(store.config, path, "sqlite")
    rows = sqlite_rows(path, "SELECT carbon_intensity FROM current_grid_status")
    assert rows == [[100.0]]


def test_the_smaller_cap_rules_and_a_gap_is_not_run_across(store: Store, tmp_path: Path) -> None:
    (asset,) = store.add("compute_assets", {
        "asset_name": "a", "asset_type": "hpc", "carbon_intensity_cap_gco2_kwh": 90.0})  # fmt: skip
    store.carbon(SLOT, 200.0, 150.0)
    store.carbon(at(hours=2), 10.0, 110.0, 100.0)
    store.workload("both", 120.0, asset_id=asset)
    store.workload("one", None, asset_id=asset)
    store.workload("awkward", 120.0, estimated_duration_hours=0.75)
    store.workload("no time", 120.0, latest_completion=at(minutes=59))
    path = tmp_path / "grid.sqlite"
    export(store.config, path, "sqlite")
    sql = "SELECT * FROM workload_optimization_opportunities"
    rows = sqlite_rows(path, sql, NOW)
    assert len(rows) == 4
    assert same(rows, duckdb_rows(store, "workload_optimization_opportunities", NOW))


@pytest.mark.parametrize("minutes", [0, 29, 30, 119, 120, 121, 149, 150, 151])
def test_what_is_too_old_is_so_to_the_second(store: Store, tmp_path: Path, minutes: int) -> None:
    store.carbon(SLOT, 100.0)
    store.mix(SLOT, wind=40)
    store.mix(SLOT, wind=30, number=3)
    store.regional(3, at(minutes=-30), 5.0, 50.0, 60.0)
    store.workload("w", 20.0)
    store.add("demand_actual_national", {"timestamp": SLOT, "demand_mw": 1.0})
    store.add("demand_forecast_national", {
        "forecast_type": "day_ahead", "timestamp": at(minutes=30), "demand_mw": 2.0})  # fmt: skip
    path = tmp_path / "grid.sqlite"
    export(store.config, path, "sqlite")
    moment = at(minutes=minutes)
    for view in VIEWS_OF_NOW:
        here = sqlite_rows(path, f"SELECT * FROM {view}", moment)
        assert same(here, duckdb_rows(store, view, moment)), view


def test_the_cheapest_newest_offer_in_pounds_is_shown(store: Store, tmp_path: Path) -> None:
    window = store.window("a", region=13)
    for name, price, currency in (("1", 0.3, "GBP"), ("2", 0.2, "GBP"), ("3", 0.1, "EUR")):
        store.offer(window, "a", name, price, currency)
    store.offer(window, "a", "old", 0.05, seen=at(hours=-1))
    store.window("b")
    path = tmp_path / "grid.sqlite"
    export(store.config, path, "sqlite")
    rows = sqlite_rows(path, "SELECT * FROM latest_grid_conditions")
    assert rows == duckdb_rows(store, "latest_grid_conditions")
    prices = sqlite_rows(path, "SELECT beckn_price_value FROM latest_grid_conditions")
    assert prices == [[0.2], [None]]


def test_awkward_values_come_through(store: Store, tmp_path: Path) -> None:
    store.carbon(SLOT, 0.1 + 0.2, fetched_at=NOW + timedelta(microseconds=1))
    store.carbon(at(hours=1), None, actual_gco2_kwh=5e-324)
    store.add("agents", {"agent_name": "O'Neil \"é\"\n🙂", "agent_type": "orchestrator",
                         "metadata": '{"a": [1, null]}', "is_active": False})  # fmt: skip
    store.add("forecast_vintages", {
        "series": "demand", "issued_at": NOW, "first_timestamp": SLOT, "step_minutes": 30,
        "forecast_values": [1.5, None, 0.1 + 0.2]})  # fmt: skip
    path = tmp_path / "grid.sqlite"
    export(store.config, path, "sqlite")
    rows = sqlite_rows(path, "SELECT forecast_gco2_kwh, actual_gco2_kwh, fetched_at"
                             " FROM carbon_intensity_national")  # fmt: skip
    assert [0.1 + 0.2, None, "2026-05-06 12:10:00.000001"] in rows
    assert [None, 5e-324, "2026-05-06 12:10:00"] in rows
    assert sqlite_rows(path, "SELECT agent_name, is_active, metadata ->> '$.a[0]' FROM agents") == [
        ['O\'Neil "é"\n🙂', 0, 1]
    ]
    points = sqlite_rows(
        path, "SELECT timestamp, value, horizon_hours FROM forecast_vintage_points"
    )
    assert points == [
        ["2026-05-06 12:00:00", 1.5, -1 / 6],
        ["2026-05-06 13:00:00", 0.1 + 0.2, 50 / 60],
    ]


def test_keys_and_required_columns_are_kept(exported: Path) -> None:
    with closing(sqlite3.connect(exported)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        columns = db.execute("PRAGMA table_info(carbon_intensity_regional)").fetchall()
        referred = db.execute("PRAGMA foreign_key_list(carbon_intensity_regional)").fetchall()
    by_name = {name: (kind, required, key) for _, name, kind, required, _, key in columns}
    assert by_name["id"] == ("TEXT", 1, 1)
    assert by_name["timestamp"] == ("TEXT", 1, 0)
    assert by_name["forecast_gco2_kwh"] == ("REAL", 0, 0)
    assert by_name["region_number"] == ("INTEGER", 1, 0)
    assert referred[0][2:5] == ("uk_regions", "region_id", "id")


def test_tables_chosen_come_without_the_views(demo: Store, tmp_path: Path) -> None:
    path = tmp_path / "some.sqlite"
    done = export(demo.config, path, "sqlite", ["uk_regions", "agents"])
    assert done.rows == {"uk_regions": 14, "agents": 1}
    names = sqlite_rows(path, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    assert names == [["agents"], ["uk_regions"]]


def test_an_empty_database_gives_empty_views(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "grid.sqlite"
    assert sum(export(store.config, path, "sqlite").rows.values()) == 14
    for view in VIEWS:
        assert sqlite_rows(path, f"SELECT * FROM {view}") == []


def test_the_plain_part_of_the_published_queries_runs(exported: Path, real_data: Path) -> None:
    path = real_data.parent / "design" / "acceptance" / "readme_queries.sql"
    if not path.exists():
        pytest.skip(f"no published queries at {path}")
    statements = [part.strip() for part in path.read_text().split(";") if part.strip()]
    named = {sql.split(maxsplit=2)[1]: sql for sql in statements}
    assert len(named) == 10
    for name, sql in named.items():
        if name in ONLY_DUCKDB:
            with pytest.raises(sqlite3.OperationalError):
                sqlite_rows(exported, sql)
        else:
            rows = sqlite_rows(exported, sql, NOW)
            assert rows or name == "Q3", name
