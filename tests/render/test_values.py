"""Single values for people: one printable line, times in a zone, numbers rounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl.render.values import decimals_for, is_numeric, shown_value

LONDON = ZoneInfo("Europe/London")


@given(st.text())
def test_shown_text_is_one_printable_line(text: str) -> None:
    assert shown_value(text, "VARCHAR").isprintable()


def test_decimal_places_suit_the_column() -> None:
    assert decimals_for([1.0, 30000.0, None]) == 0
    assert decimals_for([0.25, 1.0]) == 2
    assert decimals_for([0.5, 17.2]) == 1
    assert decimals_for([0.012]) == 3
    assert decimals_for([1 / 3]) == 4
    assert decimals_for([1e-300]) == 4
    assert decimals_for([1e300]) == 0
    assert decimals_for([Decimal("1234.50")]) == 1
    assert decimals_for([float("nan"), None]) == 0


@given(st.lists(st.floats(0, 999), min_size=1))
def test_a_column_shows_every_number_alike_and_close(numbers: list[float]) -> None:
    places = decimals_for(numbers)
    shown = [shown_value(number, "DOUBLE", places) for number in numbers]
    assert len({len(text.partition(".")[2]) for text in shown}) == 1
    most = 2 if max(numbers) >= 1 else 4
    for number, text in zip(numbers, shown, strict=True):
        assert abs(float(text) - number) <= 0.51 * 10**-most  # half a step, and what floats lose


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("0.10"), "0.10"),
        (-0.0, "0"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (None, ""),
        ("a\u202eb\x1b[31m\n", "a\\u202eb\\x1b[31m\\n"),
        (timedelta(hours=4), "PT4H"),
    ],
)
def test_what_is_shown(value: object, shown: str) -> None:
    assert shown_value(value) == shown


def test_times_are_utc_unless_a_zone_is_asked_for() -> None:
    moment = datetime(2025, 7, 1, 14, 0, 5, tzinfo=UTC)
    assert shown_value(moment) == "2025-07-01 14:00:05Z"
    assert shown_value(moment, zone=LONDON) == "2025-07-01 15:00:05 BST"
    assert shown_value(moment, zone=ZoneInfo("America/Sao_Paulo")) == "2025-07-01 11:00:05 -03"


def test_a_time_that_a_zone_does_not_have_stays_utc() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert shown_value(last, zone=ZoneInfo("Asia/Tokyo")) == "9999-12-31 23:59Z"


@pytest.mark.parametrize(("month", "day"), [(3, 30), (10, 26)])
def test_on_both_clock_change_days_no_two_half_hours_look_alike(month: int, day: int) -> None:
    first = datetime(2025, month, day, tzinfo=UTC)
    shown = [shown_value(first + i * timedelta(minutes=30), zone=LONDON) for i in range(48)]
    assert len(set(shown)) == 48
    changes = [i for i in range(1, 48) if shown[i][-3:] != shown[i - 1][-3:]]
    assert [(shown[i - 1][11:], shown[i][11:]) for i in changes] == (
        [("00:30 GMT", "02:00 BST")] if month == 3 else [("01:30 BST", "01:00 GMT")]
    )


def test_which_types_are_numbers() -> None:
    assert all(map(is_numeric, ["BIGINT", "UINTEGER", "DECIMAL(18,3)", "DOUBLE"]))
    assert not any(map(is_numeric, ["VARCHAR", "INTERVAL", "DOUBLE[]", "BOOLEAN", "UUID"]))
