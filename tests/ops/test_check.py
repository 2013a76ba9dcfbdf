"""The checks together: what they are, and that the page on them says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gridctl.config import Config
from gridctl.ops.check import check_store
from gridctl.store.checks import CHECKS
from gridctl.store.checks.orphans import references
from gridctl.store.files import load_files

NOW = datetime(2026, 11, 1, tzinfo=UTC)  # after the last of the recorded data

PAGE = Path(__file__).parents[2] / "docs" / "upkeep.md"


def test_every_check_is_documented_as_it_describes_itself() -> None:
    page = PAGE.read_text()
    rows = [f"| `{check.name}` | {check.severity} | {check.about}" for check in CHECKS]
    assert [row for row in rows if row not in page] == []


def test_checks_have_names_of_their_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_orphans_are_looked_for_wherever_something_is_referred_to() -> None:
    [check] = [check for check in CHECKS if check.name == "orphan"]
    assert set(check.tables) == {child for child, _, _ in references()}


def test_what_is_found_in_recorded_data_is_true(config: Config, real_data: Path) -> None:
    """They are pieces of several years, so there are gaps between them; nine half hours of 2023
    were forecast badly; nothing is wrong."""
    load_files(config, sorted((real_data / "carbonintensity").iterdir()), NOW)
    findings = check_store(config, NOW)
    assert {f.severity for f in findings} == {"warning"}
    assert [(f.table, f.count) for f in findings if f.check == "forecast_against_actual"] == [
        ("carbon_intensity_national", 9)
    ]
    assert {f.check for f in findings} == {"gap", "forecast_against_actual"}


def test_the_page_shows_the_retention_there_is() -> None:
    import tomllib

    from gridctl.clock import format_duration
    from gridctl.config import KEEP, SETTINGS

    block = PAGE.read_text().split("```toml\n")[1].split("```")[0]
    shown = tomllib.loads(block)["retention"]
    settings = {s.key: s.default for s in SETTINGS if s.section == "retention"}
    assert set(shown) == set(settings)
    for key in set(settings) - {"enabled", "archive"}:
        default = settings[key]
        assert shown[key] == (KEEP if default == KEEP else format_duration(default))  # type: ignore[arg-type]
