"""Errors as one line and an exit code, whatever goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gridctl.cli.boundary import guarded
from gridctl.errors import (
    DatabaseError,
    DataError,
    ExitCode,
    GridctlError,
    SignalError,
    UpstreamError,
    UsageError,
)

GRIDCTL = (sys.executable, "-m", "gridctl")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (GridctlError, 1),
        (UsageError, 2),
        (DatabaseError, 3),
        (UpstreamError, 4),
        (DataError, 5),
        (SignalError, 6),
    ],
)
def test_an_expected_error_is_one_line_and_its_code(
    kind: type[GridctlError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise kind("what happened\n  and what to try")

    assert guarded(fail) == code
    assert capsys.readouterr().err == "error: what happened and what to try\n"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), RuntimeError("Query interrupted")], ids=["python", "duckdb"]
)
def test_ctrl_c_is_130(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise error

    assert guarded(fail) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "error: interrupted\n"


def test_a_bug_leaves_its_traceback_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: 1 / 0) == 70
    said = capsys.readouterr().err
    assert said.startswith("error: ZeroDivisionError in gridctl itself; details in ")
    report = Path(said.split()[-1])
    assert "ZeroDivisionError: division by zero" in report.read_text()
    report.unlink()


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: 1 / 0, debug=True) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("fetsh",), "No such command 'fetsh'. Did you mean 'fetch'?"),
        (("store", "lod"), "No such command 'lod'. Did you mean 'load'?"),
        (("fetch", "--nosuch"), "No such option"),
        (("--lock-timeout", "soon", "store", "status"), "'soon' is not a duration"),
        (("--config", "/nosuch.toml", "config", "show"), "/nosuch.toml does not exist"),
        (("query", "--format", "xml"), "'xml' is not one of"),
        (("fetch", "--db"), "--db needs a value"),
    ],
)
def test_a_wrong_command_line_is_exit_2(gridctl: Any, arguments: Any, says: str) -> None:
    ran = gridctl(*arguments)
    assert ran.code == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1
    assert ran.out == ""


def test_the_programs_options_may_follow_the_command(gridctl: Any, tmp_path: Path) -> None:
    assert gridctl("init", "--db", tmp_path / "a.duckdb", "-q").err == ""
    assert gridctl(f"--db={tmp_path / 'b.duckdb'}", "init").code == 0
    assert (tmp_path / "a.duckdb").exists()
    assert (tmp_path / "b.duckdb").exists()


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_while_a_command_starts_or_works_leaves_no_traceback(tmp_path: Path) -> None:
    for delay in (0.1, 0.3, 0.9):
        command = subprocess.Popen(
            [*GRIDCTL, "fetch", "synthetic", "--last", "300d"],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(delay)
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=60)
        assert command.returncode in (130, -signal.SIGINT)  # the latter: Python itself was starting
        if command.returncode == 130:
            assert said in ("", "error: interrupted\n")


def test_a_reader_that_has_had_enough_is_no_error(gridctl: Any) -> None:
    gridctl("fetch", "synthetic")
    shell = f"{sys.executable} -m gridctl query carbon-trend -p hours=300 -f csv | head -n 1"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, check=False
    )
    assert ran.stdout.startswith("timestamp,")
    assert "Broken" not in ran.stderr
    assert ran.returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits on file size are POSIX")
def test_a_full_disk_is_one_line_and_nothing_is_lost(gridctl: Any, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: the same calls fail."""
    gridctl("init")
    limited = f"ulimit -f 2500; exec {sys.executable} -m gridctl fetch synthetic"
    ran = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, check=False)
    assert ran.returncode == 3
    assert "could not be written" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert gridctl("query", "current-grid-status", "-f", "jsonl").out == ""  # nothing half-written
    assert gridctl("store", "load").code == 0  # what was landed is still there
    assert gridctl("query", "current-grid-status", "-f", "jsonl").out.count("\n") == 1
