"""Fixtures shared by all tests: settings without the user's own, a command line, an upstream."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from upstream import Upstream

from gridctl.config import Config, load_config

NOW = datetime(2026, 5, 6, 12, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes the settings and data of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("GRIDCTL_") and name != "GRIDCTL_REAL_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("GRIDCTL_DB", str(tmp_path / "grid.duckdb"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("GRIDCTL_FETCH_BACKOFF", "0.01s")
    monkeypatch.setenv("GRIDCTL_STORE_LOCK_TIMEOUT", "1s")


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """SIGINT as a terminal delivers it, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def config() -> Config:
    """Settings over a database in the test's own folder, not created yet."""
    return load_config()


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    """Every publisher on this machine, and the settings point at it."""
    with Upstream(datetime.now(UTC)) as server:
        for name in ("CARBON_INTENSITY", "NESO", "ELEXON", "OCTOPUS", "BECKN"):
            monkeypatch.setenv(f"GRIDCTL_{name}_URL", server.url)
        yield server


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def gridctl(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a command line in this process."""
    from gridctl.cli import run

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture
def real_data() -> Path:
    """The folder of recorded data; the test is skipped where there is none."""
    folder = Path(
        os.environ.get("GRIDCTL_REAL_DATA") or Path(__file__).parents[2] / "shared" / "real"
    )
    if not folder.is_dir():
        pytest.skip(f"no recorded data at {folder}: set GRIDCTL_REAL_DATA to its folder")
    return folder
