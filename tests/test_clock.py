from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl import clock
from gridctl.errors import UsageError

NOW = datetime(2025, 11, 25, 14, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90m", 90),
        ("4h", 240),
        ("1h30m", 90),
        ("PT4H", 240),
        ("P1DT2H", 1560),
        ("2d", 2880),
        ("1.5h", 90),
        ("PT90M", 90),
    ],
)
def test_durations(text: str, minutes: int) -> None:
    assert clock.parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text", ["", "4", "h", "-4h", "4 hours", "P", "nan", "1h1d", "9" * 30 + "d"]
)
def test_bad_durations_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="duration"):
        clock.parse_duration(text)


@given(st.integers(0, 10**7))
def test_durations_round_trip(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert clock.parse_duration(clock.format_duration(span)) == span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("+6h", NOW + timedelta(hours=6)),
        ("-30m", NOW - timedelta(minutes=30)),
        ("2025-11-25T14:00Z", datetime(2025, 11, 25, 14, tzinfo=UTC)),
        ("2025-11-25T14:00:00+01:00", datetime(2025, 11, 25, 13, tzinfo=UTC)),
        ("2025-06-01T12:00", datetime(2025, 6, 1, 11, tzinfo=UTC)),
        ("tomorrow 18:00", datetime(2025, 11, 26, 18, tzinfo=UTC)),
        ("today", datetime(2025, 11, 25, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_times(text: str, expected: datetime) -> None:
    assert clock.parse_time(text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday 25:00",
        "2025-02-29T00:00Z",
        "soon",
        "+6",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
    ],
)
def test_bad_times_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        clock.parse_time(text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:59Z",
        "2200-01-01T00:00Z",
        "1899-12-31T23:59Z",
        "0001-01-01T00:00+05:00",
        "0001-01-01T00:00",
        "9999-12-31T23:59-05:00",
        "+99y",
        "+36526d",
        "+99999999999999h",
    ],
)
def test_times_beyond_any_study_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        clock.parse_time(text, NOW)


def test_a_time_without_zone_is_said_to_be_local() -> None:
    said: list[str] = []
    clock.parse_time("2025-06-01T12:00", NOW, said.append)
    assert "Europe/London" in said[0]
    assert "2025-06-01T11:00:00Z" in said[0]


def test_a_local_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(UsageError, match="does not exist"):
        clock.parse_time("2025-03-30T01:30", NOW)


def test_a_local_time_that_comes_twice_is_the_first() -> None:
    said: list[str] = []
    first = clock.parse_time("2025-10-26T01:30", NOW, said.append)
    assert first == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert "twice" in said[0]


@pytest.mark.parametrize(
    ("day", "period", "start"),
    [
        (date(2025, 6, 1), 1, datetime(2025, 5, 31, 23, tzinfo=UTC)),
        (date(2025, 3, 30), 46, datetime(2025, 3, 30, 22, 30, tzinfo=UTC)),
        (date(2025, 10, 26), 50, datetime(2025, 10, 26, 23, 30, tzinfo=UTC)),
        (date(2025, 10, 26), 5, datetime(2025, 10, 26, 1, tzinfo=UTC)),
    ],
)
def test_settlement_periods(day: date, period: int, start: datetime) -> None:
    assert clock.settlement_start(day, period) == start
    assert clock.settlement_of(start) == (day, period)


@pytest.mark.parametrize(("day", "period"), [(date(2025, 3, 30), 47), (date(2025, 10, 26), 51)])
def test_periods_a_day_does_not_have(day: date, period: int) -> None:
    with pytest.raises(ValueError, match="no settlement period"):
        clock.settlement_start(day, period)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_settlement_round_trip_and_half_hours(instant: datetime) -> None:
    slot = clock.floor_half_hour(instant)
    assert slot <= instant < slot + clock.HALF_HOUR
    assert clock.settlement_start(*clock.settlement_of(slot)) == slot
    assert clock.ceil_half_hour(slot) == slot
    assert clock.ceil_half_hour(instant) - instant < clock.HALF_HOUR


@pytest.mark.parametrize("text", ["2025-01-01T00:00", "yesterday", ""])
def test_wire_times_need_a_zone(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any wording
        clock.parse_wire_time(text)


def test_zones_are_found_by_name() -> None:
    assert clock.find_zone("Europe/London") is clock.LONDON


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("europe/london", "Europe/London"),
        ("London", "Europe/London"),
        ("new york", "America/New_York"),
        ("Europe/Lodnon", "Europe/London"),
        ("Europe", "did you mean"),
        ("../../etc/passwd", "write UTC"),
        ("", "write UTC"),
        ("\0", "write UTC"),
    ],
)
def test_an_unknown_zone_names_the_closest(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        clock.find_zone(name)
