"""When a dataset is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridctl.sources.base import Dataset
from gridctl.sources.due import LAG, is_due, next_due

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def every(minutes: int) -> Dataset:
    return Dataset("d", timedelta(minutes=minutes), None, "a dataset")


def test_what_was_never_asked_for_is_due() -> None:
    assert is_due(every(30), None, NOON)
    assert next_due(every(30), None) is None


def test_a_half_hourly_series_is_due_once_a_half_hour() -> None:
    series = every(30)
    checked = NOON + timedelta(minutes=5)
    assert next_due(series, checked) == NOON + timedelta(minutes=32)
    assert not is_due(series, checked, NOON + timedelta(minutes=31))
    assert is_due(series, checked, NOON + timedelta(minutes=32))


def test_asked_too_early_it_is_due_as_soon_as_it_can_be_there() -> None:
    assert next_due(every(30), NOON + timedelta(minutes=1)) == NOON + LAG


@given(
    minutes=st.sampled_from([1, 5, 30, 60, 1440]),
    checked=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_the_next_check_comes_within_one_cadence(minutes: int, checked: datetime) -> None:
    due = next_due(every(minutes), checked)
    assert due is not None
    assert timedelta(0) < due - checked <= timedelta(minutes=minutes)
    assert is_due(every(minutes), checked, due)
