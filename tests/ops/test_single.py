"""The lock of scheduled fetches."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gridctl.errors import DatabaseError
from gridctl.ops import single
from gridctl.ops.single import holder, one_at_a_time

HOLD = (
    "import sys, time; from pathlib import Path; from gridctl.ops.single import one_at_a_time\n"
    "with one_at_a_time(Path(sys.argv[1])) as mine: print(mine, flush=True); time.sleep(60)"
)


@pytest.fixture
def other(tmp_path: Path) -> Any:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "grid.duckdb")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def test_the_second_is_told_and_gets_it_when_the_first_is_killed(
    other: Any, tmp_path: Path
) -> None:
    with one_at_a_time(tmp_path / "grid.duckdb") as mine:
        assert not mine
    other.kill()
    other.wait()
    with one_at_a_time(tmp_path / "grid.duckdb") as mine:
        assert mine


def test_the_file_names_the_process_that_has_it(other: Any, tmp_path: Path) -> None:
    database = tmp_path / "grid.duckdb"
    with one_at_a_time(database) as mine:
        assert not mine
        assert holder(database) == other.pid
    other.kill()
    other.wait()
    with one_at_a_time(database) as mine:
        assert mine
        assert holder(database) == os.getpid()
    assert holder(tmp_path / "other.duckdb") is None
    (tmp_path / "grid.fetch.lock").write_text("")
    assert holder(database) is None


def test_it_is_free_again_when_the_work_fails(tmp_path: Path) -> None:
    for _ in range(2):
        with suppress(KeyboardInterrupt), one_at_a_time(tmp_path / "grid.duckdb") as mine:
            assert mine
            raise KeyboardInterrupt
    with one_at_a_time(tmp_path / "a.duckdb") as one, one_at_a_time(tmp_path / "b.duckdb") as two:
        assert (one, two) == (True, True)  # each database has its own


def test_where_nothing_can_be_locked_it_is_always_free(
    other: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(single.fcntl, "flock", refuse)
    with one_at_a_time(tmp_path / "grid.duckdb") as mine:
        assert mine
    monkeypatch.setattr(single, "fcntl", None)
    with one_at_a_time(tmp_path / "grid.duckdb") as mine:
        assert mine


def test_a_folder_that_cannot_be_written_is_an_error_of_the_database(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="cannot write"), one_at_a_time(tmp_path / "file" / "a"):
        pass


def test_fetch_if_free_leaves_it_to_the_first(other: Any, gridctl: Any, tmp_path: Path) -> None:
    ran = gridctl("fetch", "synthetic", "--if-free")
    assert ran.code == 0
    assert "another fetch" in ran.err
    assert not (tmp_path / "grid.duckdb").exists()
    assert gridctl("fetch", "synthetic").code == 0  # only --if-free minds


def test_fetch_waits_at_random_when_asked(gridctl: Any) -> None:
    assert gridctl("fetch", "synthetic", "--if-free", "--jitter", "0.1s").code == 0
    assert gridctl("fetch", "synthetic", "--jitter", "soon").code == 2
