"""Waiting for a database that another process holds."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from processes import held

from gridctl.errors import DatabaseBusyError, DatabaseError
from gridctl.store.connect import init, open_reader, open_writer

SOON = timedelta(milliseconds=100)


def test_a_writer_says_which_reader_it_waits_for(tmp_path: Path) -> None:
    path = tmp_path / "g.duckdb"
    init(path, SOON)
    with (
        held(path, read_only=True) as pid,
        pytest.raises(DatabaseBusyError, match=f"process {pid}"),
        open_writer(path, SOON),
    ):
        pass


def test_a_reader_waits_until_the_writer_is_done(tmp_path: Path) -> None:
    path = tmp_path / "g.duckdb"
    init(path, SOON)
    with (
        held(path, read_only=False, seconds=0.3),
        open_reader(path, timedelta(seconds=20)) as con,
    ):
        assert con.execute("SELECT count(*) FROM uk_regions").fetchall() == [(14,)]


def test_readers_share(tmp_path: Path) -> None:
    path = tmp_path / "g.duckdb"
    init(path, SOON)
    with held(path, read_only=True), open_reader(path, SOON) as con:
        assert con.execute("SELECT 1").fetchall() == [(1,)]


def test_a_missing_database_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="gridctl init"), open_reader(tmp_path / "no", SOON):
        pass


def test_as_of_moves_now(tmp_path: Path) -> None:
    path = tmp_path / "g.duckdb"
    init(path, SOON)
    moment = datetime(2023, 6, 15, 12, tzinfo=UTC)
    with open_reader(path, SOON, as_of=moment) as con:
        assert con.execute("SELECT as_of_now() = ?", [moment]).fetchall() == [(True,)]
    with open_reader(path, SOON) as con:
        assert con.execute("SELECT as_of_now() = now()").fetchall() == [(True,)]
