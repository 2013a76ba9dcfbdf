"""The checks together: what they are, and that the page on them says so."""

from __future__ import annotations

from pathlib import Path

from gridctl.store.checks import CHECKS

PAGE = Path(__file__).parents[2] / "docs" / "upkeep.md"


def test_every_check_is_documented_as_it_describes_itself() -> None:
    page = PAGE.read_text()
    rows = [f"| `{check.name}` | {check.severity} | {check.about}" for check in CHECKS]
    assert [row for row in rows if row not in page] == []


def test_checks_have_names_of_their_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


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
