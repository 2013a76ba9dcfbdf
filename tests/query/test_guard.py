"""Users' SQL reads the tables and does nothing else."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from query.querystore import Store

from gridctl.config import Config
from gridctl.errors import UsageError
from gridctl.query import engine
from gridctl.query.run import run_sql

DEEP = "SELECT * FROM " + "(SELECT * FROM " * 3000 + "agents" + ")" * 3000
REFUSED = [
    "", " ; ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE agents", "SELECT 1 +",
    "COPY (SELECT 1) TO 'evil.csv'", "WITH x AS (COPY (SELECT 1) TO 'evil.csv') SELECT * FROM x",
    "WITH x AS (DELETE FROM agents RETURNING *) SELECT * FROM x", "INSERT INTO agents SELECT 1",
    "CREATE TEMP TABLE x AS SELECT 1", "ATTACH 'evil.db'", "INSTALL httpfs", "LOAD httpfs",
    "SET memory_limit = '100GB'", "SET VARIABLE as_of = now()", "PRAGMA version", "USE memory",
    "PRAGMA database_list", "CALL enable_logging()", "CHECKPOINT", "VACUUM",
    "PREPARE x AS SELECT 1",
    "EXPORT DATABASE 'evil'", "IMPORT DATABASE '/tmp'", "EXPLAIN DELETE FROM agents",
    "EXPLAIN ANALYZE DELETE FROM agents", "EXPLAIN COPY (SELECT 1) TO 'evil.csv'",
    "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM 'file.csv'", "SELECT * FROM glob('/*')",
    "SELECT * FROM read_text('/etc/passwd')", "DESCRIBE SELECT * FROM read_csv('/etc/passwd')",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))", "SELECT * FROM enable_logging('x')",
    "EXPLAIN ANALYZE SELECT * FROM enable_logging()", "SELECT * FROM duckdb_secrets()",
    "/* /* */ EXPLAIN SELECT 1 -- */ EXPLAIN ANALYZE SELECT * FROM enable_logging()",
    "EXPLAIN (TABLE agents) SELECT 1", "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('agents')", "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT write_log('x')", "SELECT [write_log('x') for x in [1]]", 'SELECT "WRITE_LOG"(1)',
    "SELECT system.main.write_log('x')", "SELECT sum(1) OVER (ORDER BY nextval('s'))",
    "SELECT getenv('HOME')", "SELECT nextval('s')", "SELECT * FROM frame", "SELECT 1 WHERE $a = 1",
    "PIVOT uk_regions ON gsp_group USING count(*)", "SELECT CAST('x' AS INT)", "SELECT nonsense",
    "SELECT 9223372036854775807 + 1", DEEP, "SELECT " + "+".join(["1"] * 50_000),
    "SELECT '" + "x" * 1_000_001 + "'", "SELECT list(range) FROM range(1000000000000)",
]  # fmt: skip
ALLOWED = [
    ("SELECT count(*) FROM uk_regions", 1), ("FROM range(3)", 3), ("VALUES (1), (2)", 2),
    ("SELECT 1 /* ; */ ; -- that is all", 1), ("DESCRIBE agents", 10), ("SUMMARIZE agents", 10),
    ("EXPLAIN SELECT 1", 1), ("EXPLAIN ANALYZE SELECT * FROM agents", 1),
    ("explain(format json) select 1", 1), ("SELECT 1, 1, 1", 1),
    ("SELECT unnest([1, 2]), region('London')", 2), ("SELECT * FROM unnest([1, 2])", 2),
    ("WITH a AS (SELECT 1) SELECT * FROM a", 1), ("SELECT list_transform([1], lambda x: x + 1)", 1),
    ("PIVOT uk_regions ON gsp_group IN ('A') USING count(*) GROUP BY dno_name", 14),
    ("SELECT DISTINCT table_name FROM duckdb_tables() WHERE table_name = 'agents'", 1),
    ("SELECT table_name FROM information_schema.tables WHERE table_name = 'agents'", 1),
    ("SELECT 1 " + "UNION ALL SELECT 1 " * 2000, 2001),
]  # fmt: skip


@pytest.mark.parametrize("sql", REFUSED, ids=lambda s: s[:40])
def test_refused_in_one_line(
    store: Store, sql: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = {"a": [1]}  # a variable that DuckDB would find and read as a table
    config = store.config.with_value("query.memory_limit", "200MB", "test")
    with pytest.raises(UsageError) as refusal:
        run_sql(config, sql)
    assert frame
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.glob("evil*"))


@pytest.mark.parametrize(("sql", "rows"), ALLOWED, ids=lambda s: str(s)[:40])
def test_allowed(store: Store, sql: str, rows: int) -> None:
    assert len(run_sql(store.config, sql).rows) == rows


def test_show_tables_lists_the_views_too(store: Store) -> None:
    names = {row[0] for row in run_sql(store.config, "SHOW TABLES").rows}
    assert {"agents", "current_grid_status"} <= names


def test_names_that_repeat_are_told_apart(store: Store) -> None:
    answer = run_sql(store.config, "SELECT 1 AS a, 2 AS a, 3 AS a_2")
    assert answer.dicts() == [{"a": 1, "a_2": 2, "a_2_2": 3}]


def test_too_many_rows_are_refused_unless_a_limit_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_ROWS", 10)
    assert len(run_sql(store.config, "FROM range(10)").rows) == 10
    with pytest.raises(UsageError, match="more than 10 rows"):
        run_sql(store.config, "FROM range(11)")
    assert len(run_sql(store.config, "FROM range(10000000000)", limit=20).rows) == 20


def test_a_limit_below_zero_and_a_senseless_memory_limit(store: Store) -> None:
    with pytest.raises(UsageError, match="limit"):
        run_sql(store.config, "SELECT 1", limit=-1)
    config: Config = store.config.with_value("query.memory_limit", "plenty", "test")
    with pytest.raises(UsageError, match="plenty"):
        run_sql(config, "SELECT 1")


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
        "SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range",
    ],
)
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_stops_a_query_that_never_ends(store: Store, sql: str) -> None:
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_sql(store.config, sql)
    assert time.monotonic() - begun < 5
    assert run_sql(store.config, "SELECT 1").rows == [(1,)]  # nothing is left locked


def test_what_the_engine_thinks_was_meant_is_said(store: Store) -> None:
    with pytest.raises(UsageError, match='Did you mean "carbon_intensity_national"'):
        run_sql(store.config, "SELECT * FROM carbon_intensity_nationl")
    with pytest.raises(UsageError, match=r"Candidate bindings: .*timestamp"):
        run_sql(store.config, "SELECT timestmp FROM carbon_intensity_national")
