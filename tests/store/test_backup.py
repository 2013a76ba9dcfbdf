"""Copies of the database: of one moment, while others read and writers wait."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from processes import held

from gridctl.config import Config
from gridctl.errors import DatabaseBusyError, DatabaseError, UsageError
from gridctl.landing import Landing
from gridctl.store import backup
from gridctl.store.backup import back_up
from gridctl.store.connect import open_reader, open_writer
from gridctl.store.export.run import export

SOON = timedelta(seconds=1)
BODY = {
    "data": [
        {
            "from": "2026-05-06T10:00Z",
            "to": "2026-05-06T10:30Z",
            "intensity": {"forecast": 120, "actual": None, "index": "moderate"},
        }
    ]
}


def rows(path: Path, sql: str = "SELECT count(*) FROM carbon_intensity_national") -> Any:
    with open_reader(path, SOON) as con:
        return con.execute(sql).fetchall()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept" / "copy.duckdb"


def test_the_copy_works_as_a_database_with_its_journal(
    config: Config, load: Callable[..., Any], target: Path
) -> None:
    load("intensity", BODY)
    done = back_up(config, target)
    assert list(done.files) == [target, target.with_suffix(".landing.sqlite")]
    assert done.rows == 16 == sum(export(config, target.with_name("out")).rows.values())
    assert rows(target, "SELECT region('London') = natural_id('uk_regions', '13')") == [(True,)]
    assert rows(target, "SELECT count(*) FROM current_grid_status") == [(0,)]
    assert Landing(target).counts_by_state() == {"loaded": 1}
    with open_writer(target, SOON) as con:
        con.execute("DELETE FROM carbon_intensity_national")
    assert rows(config.database) == [(1,)]


def test_what_a_killed_writer_left_in_the_log_is_in_the_copy(
    config: Config, load: Callable[..., Any], target: Path
) -> None:
    load("intensity", BODY)
    program = (
        "import duckdb, os, sys\n"
        "con = duckdb.connect(sys.argv[1])\n"
        'con.execute("DELETE FROM carbon_intensity_national")\n'
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(config.database)], check=False)
    assert config.database.with_name("grid.duckdb.wal").stat().st_size > 0
    back_up(config, target)
    assert rows(target) == [(0,)]
    assert not target.with_name("copy.duckdb.wal").exists()


def test_nobody_writes_until_the_copy_is_in_its_place(
    config: Config, load: Callable[..., Any], target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing any handle of a file frees its locks: the copy must not do so halfway."""
    load("intensity", BODY)
    seen: list[str] = []
    program = "import duckdb, sys; duckdb.connect(sys.argv[1])"

    def watched(*arguments: Any) -> Any:
        for read_only in ("", ", read_only=True"):
            other = subprocess.run(
                [sys.executable, "-c", program.replace("[1]", f"[1]{read_only}"),
                 str(config.database)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            seen.append("refused" if "lock on file" in other.stderr else "let in")
        return counted(*arguments)

    counted = backup.count_rows
    monkeypatch.setattr(backup, "count_rows", watched)  # before the copy, and when it is checked
    back_up(config, target)
    assert seen == ["refused", "let in"] * 2


def test_a_writer_in_the_way_is_named_and_readers_are_not(
    config: Config, load: Callable[..., Any], target: Path
) -> None:
    load("intensity", BODY)
    with held(config.database, read_only=True):
        back_up(config, target)
    with (
        held(config.database, read_only=False) as pid,
        pytest.raises(DatabaseBusyError, match=str(pid)),
    ):
        back_up(config, target, overwrite=True)
    assert rows(target) == [(1,)]


def test_an_existing_file_stays_unless_asked(
    config: Config, load: Callable[..., Any], target: Path
) -> None:
    load("intensity", BODY)
    target.write_text("mine")
    with pytest.raises(UsageError, match="--overwrite"):
        back_up(config, target)
    assert target.read_text() == "mine"
    back_up(config, target, overwrite=True)
    assert rows(target) == [(1,)]
    target.unlink()
    with pytest.raises(UsageError, match="landing"):
        back_up(config, target)
    assert not target.exists()


def test_a_folder_that_is_not_there_is_said_before_the_database_is_opened(
    config: Config, target: Path
) -> None:
    with pytest.raises(UsageError, match="there is no folder"):  # nor is there a database
        back_up(config, target.parent / "not-mounted" / "copy.duckdb")
    assert list(target.parent.iterdir()) == []


def test_a_copy_onto_itself_is_refused(config: Config, load: Callable[..., Any]) -> None:
    load("intensity", BODY)
    link = config.database.with_name("link.duckdb")
    link.symlink_to(config.database)
    for own in (config.database, link):
        with pytest.raises(UsageError, match="is what the copy is made of"):
            back_up(config, own, overwrite=True)


def test_a_copy_is_as_private_as_the_database(
    config: Config, load: Callable[..., Any], target: Path
) -> None:
    load("intensity", BODY)
    config.database.chmod(0o600)
    back_up(config, target)
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_copy_that_differs_is_not_kept(
    config: Config, load: Callable[..., Any], target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("intensity", BODY)

    def cut(source: Any, copy: Any, _: int) -> None:
        copy.write(source.read(100_000))

    monkeypatch.setattr("shutil.copyfileobj", cut)
    with pytest.raises(DatabaseError, match="does not"):
        back_up(config, target)
    assert list(target.parent.iterdir()) == []


def test_the_file_version_is_kept(config: Config, load: Callable[..., Any], target: Path) -> None:
    load("intensity", BODY)
    back_up(config, target)
    versions = [
        duckdb.connect(str(path), read_only=True)
        .execute("SELECT tags FROM duckdb_databases() WHERE NOT internal")
        .fetchall()
        for path in (config.database, target)
    ]
    assert versions[0] == versions[1]
