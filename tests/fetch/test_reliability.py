"""Every line of ``docs/reliability.md``, against an upstream that is a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from upstream import FAULTS

from gridctl.landing import Landing

DOCUMENT = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text()
SERVER = Path(__file__).parents[1] / "upstream.py"

# fault -> what is said when it lasts, and the exit code
LASTING = {
    "429": ("answered 429", 4),
    "500": ("answered 500", 4),
    "503": ("answered 503", 4),
    "404": ("answered 404", 4),
    "stall": ("timed out", 4),
    "reset": ("connection reset|the answer broke off|hung up", 4),
    "broken-off": ("the answer broke off", 4),
    "truncated-gzip": ("the compressed answer is damaged", 4),
    "html": ("an HTML or XML page instead of JSON", 4),
    "truncated": ("not valid JSON, perhaps cut short", 4),
    "empty-object": ("", 0),
    "wrong-types": ("", 0),
}
PASSING = ["429", "500", "503", "stall", "reset", "broken-off", "truncated-gzip"]


class Process:
    """An upstream in another process."""

    def __init__(self, url: str) -> None:
        self.url = url

    def order(self, *faults: str) -> None:
        requests.post(f"{self.url}/_faults", data=json.dumps(faults), timeout=5)

    @property
    def asked(self) -> list[str]:
        asked: list[str] = requests.get(f"{self.url}/_asked", timeout=5).json()
        return asked


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    command = [sys.executable, str(SERVER)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        for name in ("CARBON_INTENSITY", "NESO", "ELEXON", "OCTOPUS", "BECKN"):
            monkeypatch.setenv(f"GRIDCTL_{name}_URL", url)
        monkeypatch.setenv("GRIDCTL_FETCH_TIMEOUT", "0.5s")
        monkeypatch.setenv("GRIDCTL_FETCH_ATTEMPTS", "2")
        yield Process(url)
        server.kill()


def rows(gridctl: Any) -> int:
    sql = "SELECT count(*) AS n FROM carbon_intensity_national"
    return int(json.loads(gridctl("query", "--sql", sql, "-f", "jsonl").out)["n"])


def test_the_document_names_every_fault() -> None:
    named = set(re.findall(r"^\| `([a-z0-9-]+)`", DOCUMENT, re.MULTILINE))
    assert named == {*FAULTS, "dead"}
    assert set(LASTING) == set(FAULTS)


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_tried_again(elsewhere: Process, gridctl: Any, fault: str) -> None:
    elsewhere.order(fault)
    ran = gridctl("fetch", "carbon-intensity", "-f", "json")
    assert ran.code == 0, ran.err
    assert rows(gridctl) == 48 + 96
    sql = "SELECT max(attempts) AS n FROM api_logs"
    assert json.loads(gridctl("query", "--sql", sql, "-f", "jsonl").out) == {"n": 2}


@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_is_said_and_the_next_fetch_recovers(
    elsewhere: Process, gridctl: Any, fault: str, tmp_path: Path
) -> None:
    said, code = LASTING[fault]
    elsewhere.order(*[fault] * 40)
    ran = gridctl("fetch", "carbon-intensity", "-f", "json")
    assert ran.code == code, ran.err
    assert re.search(said, ran.err), ran.err
    assert len([line for line in ran.err.splitlines() if line.startswith("error")]) == bool(code)
    landing = Landing(tmp_path / "grid.duckdb")
    assert landing.counts_by_state().get("failed", 0) == (0 if code == 0 else len_failed(fault))
    assert rows(gridctl) == 0
    if fault == "wrong-types":
        assert landing.count_rejects() > 0
    elsewhere.order()  # no more trouble
    assert gridctl("fetch", "carbon-intensity").code == 0
    assert rows(gridctl) == 48 + 96


def len_failed(fault: str) -> int:
    """Calls that were made: after the first that nobody answers, no other is."""
    return 1 if fault in ("stall", "reset", "broken-off", "truncated-gzip") else 4
