"""Findings on a terminal: each a few lines, within its width."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from gridctl.render.upkeep import summary, write_findings
from gridctl.store.checks import Finding

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
GAP = Finding(
    "gap", "warning", "carbon_intensity_regional", 3, NOON, NOON, 1400,
    "half hours missing, in 1 gap", "the longest: 1400 from 2026-05-01T12:00:00Z",
)  # fmt: skip
CHAIN = Finding("audit_chain", "error", "workload_schedules", None, None, None, 1, "broken", None)


def test_findings_are_counted_in_words() -> None:
    assert summary([]) == "0 errors, 0 warnings"
    assert summary([CHAIN, GAP]) == "1 error, 1 warning"


@pytest.mark.parametrize("width", [40, 80, 140])
def test_a_finding_fits_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    write_findings([CHAIN, GAP], "table", None)
    printed = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    lines = [line.rstrip() for line in printed.splitlines()]
    assert max(map(len, lines)) <= width
    if width == 80:
        assert "".join(f"{line}\n" for line in lines) == (
            "error  audit_chain  workload_schedules\n"
            "    1 broken\n"
            "warning  gap  carbon_intensity_regional, region 3\n"
            "    1,400 half hours missing, in 1 gap\n"
            "    2026-05-01 12:00Z\n"
            "    the longest: 1400 from 2026-05-01T12:00:00Z\n"
        )
