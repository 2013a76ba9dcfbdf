"""How long rows stay: settings, and what may never go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gridctl.config import KEEP, load_config
from gridctl.errors import UsageError
from gridctl.store.retention import PRUNABLE, archive_folder, cutoffs, is_enabled

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)


def test_it_is_off_by_default_and_goes_nowhere() -> None:
    assert not is_enabled(load_config())
    assert archive_folder(load_config()) is None


def test_the_defaults() -> None:
    ages = {table: NOW - before for table, before in cutoffs(load_config(), NOW).items()}
    month = timedelta(days=30)
    assert ages == {
        "carbon_intensity_regional": month,
        "generation_mix_regional": month,
        "demand_forecast_national": timedelta(days=7),
        "demand_regional": month,
        "grid_snapshots": month,
        "offers": month,
    }


def test_settings_are_durations_or_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDCTL_RETENTION_OFFERS", " Keep ")
    monkeypatch.setenv("GRIDCTL_RETENTION_API_LOGS", "90d")
    config = load_config()
    assert config["retention.offers"] == KEEP
    assert "offers" not in cutoffs(config, NOW)
    assert cutoffs(config, NOW, ["api_logs"]) == {"api_logs": NOW - timedelta(days=90)}


@pytest.mark.parametrize("text", ["kept", "30", "-1d"])
def test_what_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("GRIDCTL_RETENTION_OFFERS", text)
    with pytest.raises(UsageError, match=r"retention\.offers"):
        load_config()


def test_an_age_takes_the_place_of_the_settings() -> None:
    day = timedelta(days=1)
    assert cutoffs(load_config(), NOW, ["offers", "api_logs"], day) == {
        "offers": NOW - day,
        "api_logs": NOW - day,
    }


def test_an_age_without_tables_is_refused() -> None:
    with pytest.raises(UsageError, match="--older-than needs --table"):
        cutoffs(load_config(), NOW, [], timedelta(days=1))


@pytest.mark.parametrize("table", ["workload_schedules", "compute_workloads", "agents", "x"])
def test_the_trail_of_decisions_and_what_it_refers_to_is_never_pruned(table: str) -> None:
    with pytest.raises(UsageError, match=f"'{table}' is not pruned"):
        cutoffs(load_config(), NOW, [table], timedelta(days=1))


def test_a_slip_of_the_pen_is_put_right() -> None:
    with pytest.raises(UsageError, match="did you mean offers"):
        cutoffs(load_config(), NOW, ["offer"])


def test_nothing_that_is_pruned_is_referred_to() -> None:
    from gridctl.store.checks.orphans import references

    assert not {parent for _, _, parent in references()} & set(PRUNABLE)
