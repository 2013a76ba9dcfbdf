"""A transaction is written as a whole or not at all, and tells what really failed."""

from __future__ import annotations

import duckdb
import pytest

from gridctl.store.transaction import transaction


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")
        yield con


def values(con):
    return [x for (x,) in con.execute("SELECT x FROM t ORDER BY x").fetchall()]


def test_all_of_it(con):
    with transaction(con):
        con.execute("INSERT INTO t VALUES (1)")
        con.execute("INSERT INTO t VALUES (2)")
    assert values(con) == [1, 2]


def failing(con, sql, error):
    with transaction(con):
        con.execute(sql)
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_or_nothing(con, error):
    with pytest.raises(error):
        failing(con, "INSERT INTO t VALUES (1)", error)
    assert values(con) == []
    with transaction(con):
        con.execute("INSERT INTO t VALUES (3)")
    assert values(con) == [3]


def test_what_failed_is_told_also_where_nothing_is_left_to_roll_back(con):
    with pytest.raises(ValueError, match="the cause"):
        failing(con, "ROLLBACK", ValueError("the cause"))
