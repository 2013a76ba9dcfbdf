"""``gridctl plot`` and ``query --plot`` from the outside: what is printed, written, and refused."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from render.pictures import texts

import gridctl as package
from gridctl.api import Grid
from gridctl.config import Config, load_config
from gridctl.errors import ExitCode, UsageError
from gridctl.fetch import Plan, fetch
from gridctl.model import SYNTHETIC, Window
from gridctl.store.connect import open_writer

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
AS_OF = ("--as-of", "2026-05-05T12:00Z")
SQL = "SELECT timestamp, forecast_gco2_kwh FROM carbon_intensity_national ORDER BY 1"


@pytest.fixture(scope="module")
def _two_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plots") / "grid.duckdb"
    config = load_config().with_database(path)
    fetch(config, [SYNTHETIC], Plan(history=Window(NOW - timedelta(days=2), NOW)), NOW)
    return path


@pytest.fixture
def grid(config: Config, _two_days: Path) -> Grid:
    """Two days of the synthetic grid."""
    shutil.copy(_two_days, config.database)
    return package.open(config.database)


@pytest.fixture
def empty(config: Config) -> None:
    with open_writer(config.database, timedelta(seconds=1)):
        pass


@pytest.mark.usefixtures("grid")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("carbon-trend", ["─o─ forecast   ─x─ actual", "g/kWh, time in UTC", "Tue 5 May"]),
        ("generation-mix", ["██ nuclear", "%, time in UTC"]),
        ("regional-comparison", ["South Wales", "compare", "g/kWh"]),
        ("price-trend", ["GBP/MWh"]),
    ],
)
def test_a_query_is_drawn_as_it_says(gridctl: Any, name: str, words: list[str]) -> None:
    ran = gridctl("plot", name, *AS_OF)
    assert ran.code == 0
    assert [word for word in words if word not in ran.out] == []
    assert "synthetic data: made up, not the grid" in ran.out
    assert "\x1b" not in ran.out
    assert re.search(r"^\d+ rows\n$", ran.err)
    assert gridctl("query", name, *AS_OF, "--plot").out == ran.out


def test_parameters_kind_and_columns(grid: Grid, gridctl: Any) -> None:
    ran = gridctl(
        "plot", "carbon-trend", "-p", "hours=30", *AS_OF, "-k", "heatmap", "--columns",
        "actual_gco2_kwh",
    )  # fmt: skip
    assert ran.out == str(
        grid.plot("carbon-trend", as_of=NOW, hours=30, kind="heatmap", columns=["actual_gco2_kwh"])
    )
    assert "hours 30, as of 2026-05-05 12:00Z" in ran.out
    assert "hour in UTC" in ran.out


def test_the_time_axis_is_of_the_zone_asked_for(grid: Grid, gridctl: Any) -> None:
    ran = gridctl("plot", "carbon-trend", *AS_OF, "--tz", "Europe/London")
    assert "time in Europe/London" in ran.out
    assert ran.out == str(grid.plot("carbon-trend", as_of=NOW, zone="Europe/London"))
    assert (
        gridctl("query", "carbon-trend", *AS_OF, "--plot", "--tz", "Europe/London").out == ran.out
    )
    assert gridctl("plot", "carbon-trend", "--tz", "Mars").code == ExitCode.USAGE


@pytest.mark.usefixtures("grid")
def test_own_sql_is_guessed_and_says_that_its_source_is_not_known(gridctl: Any) -> None:
    ran = gridctl("plot", "--sql", SQL)
    assert ran.out.startswith("Forecast by timestamp\n")
    assert "real or synthetic is not told" in ran.out
    assert gridctl("query", "--plot", "--sql", SQL).out == ran.out
    named = gridctl("plot", "--sql", SQL.replace("SELECT", "SELECT source,")).out
    assert "real or synthetic is not told" not in named
    assert "synthetic data: made up" in named


@pytest.mark.usefixtures("grid")
def test_a_picture_is_written_and_nothing_printed(gridctl: Any, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for command in (["plot", "carbon-trend"], ["query", "carbon-trend", "--plot"]):
        target = tmp_path / f"{command[0]}.svg"
        ran = gridctl(*command, *AS_OF, "--output", target)
        assert (ran.code, ran.out) == (0, "")
        assert f"drawn in {target}" in ran.err
        caption = next(text for text in texts(target.read_bytes()) if text.startswith("Source:"))
        assert caption.startswith("Source: the synthetic grid of gridctl. Synthetic data: made up")
    assert (tmp_path / "plot.svg").read_bytes() == (tmp_path / "query.svg").read_bytes()


def test_real_rows_have_the_licence_of_their_source(grid: Grid) -> None:
    pytest.importorskip("matplotlib")
    with open_writer(grid.config.database, timedelta(seconds=1)) as con:
        con.execute("UPDATE carbon_intensity_national SET source = 'carbon-intensity'")
    words = texts(grid.plot("carbon-trend", as_of=NOW)._repr_svg_().encode())
    licence = "Source: CC BY 4.0: carbon intensity data by National Energy System Operator."
    assert [word for word in words if word.startswith(licence)] != []
    assert not any("ynthetic" in word for word in words)


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("more", [[], ["--output", "chart.png"]])
def test_no_data_is_said_and_nothing_written(
    gridctl: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    for command in (["plot", "carbon-trend"], ["query", "carbon-trend", "--plot"]):
        ran = gridctl(*command, *more)
        assert (ran.code, ran.out) == (0, "")
        assert "no data yet: carbon_intensity_national is empty; run: gridctl fetch" in ran.err
    assert not Path("chart.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["carbon-trend", "--output", "chart.pdf"], "a picture ends in .png or .svg"),
        (["carbon-trend", "--output", "no/chart.png"], "there is no folder"),
        ([], "name one query, or give --sql"),
        (["carbon-trend", "--sql", "SELECT 1"], "name one query, or give --sql"),
        (["carbon-trend", "--kind", "pie"], "'pie' is not one of"),
    ],
)
def test_what_is_asked_wrongly_is_refused_before_the_database_is_opened(
    gridctl: Callable[..., Any], arguments: list[str], words: str
) -> None:
    pytest.importorskip("matplotlib")
    ran = gridctl("plot", *arguments)  # there is no database
    assert ran.code == ExitCode.USAGE
    assert words in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.usefixtures("grid")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plot", "nothing"], "there is no query 'nothing'"),
        (["plot", "carbon-trend", "--columns", "nope"], "no column 'nope'"),
        (["plot", "carbon-trend", "--columns", "half_hours,actual_gco2_kwh"], "different units"),
        (["plot", "carbon-trend", "--kind", "bar", "-p", "hours=48"], "at most 60, see --limit"),
        (["plot", "--sql", "SELECT 1 AS a"], "cannot tell what to draw"),
        (["query", "carbon-trend", "--plot", "--format", "csv"], "give one of them"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(gridctl: Any, arguments: list[str], words: str) -> None:
    ran = gridctl(*arguments, *(AS_OF if "--sql" not in arguments else ()))
    assert ran.code == ExitCode.USAGE
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_a_picture_without_matplotlib_names_the_extra(
    gridctl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridctl.render.style.find_spec", lambda _: None)
    ran = gridctl("plot", "carbon-trend", "--output", "a.png")
    assert ran.code == ExitCode.USAGE
    assert "pip install 'gridctl[plot]'" in ran.err


def test_from_python_a_wrong_column_is_refused(grid: Grid) -> None:
    with pytest.raises(UsageError, match="no column 'nope'"):
        grid.plot("carbon-trend", columns=["nope"], as_of=NOW)


@pytest.mark.parametrize("columns", [80, 140])
def test_on_a_terminal_it_is_coloured_and_fits(grid: Grid, columns: int) -> None:
    text = _on_a_terminal(grid, columns)
    assert "\x1b[" in text
    lines = re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()
    assert columns - 3 < max(map(len, lines)) < columns
    assert "\x1b" not in _on_a_terminal(grid, columns, NO_COLOR="1")


def test_an_ascii_stdout_does_not_crash(grid: Grid) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "gridctl", "plot", "generation-mix", *AS_OF],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "GRIDCTL_DB": str(grid.config.database)},
        capture_output=True, check=True,
    )  # fmt: skip
    assert ran.stdout.isascii()
    assert b"## nuclear" in ran.stdout


def _on_a_terminal(grid: Grid, columns: int, **more: str) -> str:
    """What the command prints on a terminal of that width."""
    ours, theirs = pty.openpty()
    unset = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    size = {"COLUMNS": str(columns), "GRIDCTL_DB": str(grid.config.database), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "gridctl", "plot", "generation-mix", *AS_OF, "--quiet"],
        env={**unset, **size, **more}, stdout=theirs, stderr=theirs, stdin=theirs,
    ) as process:  # fmt: skip
        os.close(theirs)
        seen = b""
        while chunk := _read(ours):
            seen += chunk
    os.close(ours)
    assert process.returncode == 0
    return seen.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""
