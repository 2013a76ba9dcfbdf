"""The lock of scheduled fetches."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gridctl.ops.single import one_at_a_time

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


def test_fetch_if_free_leaves_it_to_the_first(other: Any, gridctl: Any, tmp_path: Path) -> None:
    ran = gridctl("fetch", "synthetic", "--if-free")
    assert ran.code == 0
    assert "another fetch" in ran.err
    assert not (tmp_path / "grid.duckdb").exists()
    assert gridctl("fetch", "synthetic").code == 0  # only --if-free minds


def test_fetch_waits_at_random_when_asked(gridctl: Any) -> None:
    assert gridctl("fetch", "synthetic", "--if-free", "--jitter", "0.1s").code == 0
    assert gridctl("fetch", "synthetic", "--jitter", "soon").code == 2
