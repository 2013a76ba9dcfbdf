"""Round places on axes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl.render.ticks import number_texts, number_ticks, time_ticks

LONDON = ZoneInfo("Europe/London")
SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)
numbers = st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-6)


def texts(start, hours, most=9, zone=UTC):
    ticks = time_ticks(start, start + timedelta(hours=hours), most, zone)
    return [(tick.text, tick.below) for tick in ticks]


def test_times_of_day_lie_on_local_hours_across_a_clock_change():
    ticks = time_ticks(SPRING, SPRING + timedelta(hours=24), 5, LONDON)
    assert [tick.at.hour for tick in ticks] == [12, 18, 0, 5, 11]  # one hour less of UTC
    assert [tick.text for tick in ticks] == ["12:00", "18:00", "00:00", "06:00", "12:00"]
    assert [tick.below for tick in ticks] == ["Sat 28 Mar", "", "Sun 29 Mar", "", ""]


def test_an_hour_that_the_clocks_skip_has_no_tick():
    night = datetime(2026, 3, 29, tzinfo=UTC)
    assert [text for text, _ in texts(night, 3, zone=LONDON)] == [
        "00:00",
        "02:00",
        "03:00",
        "04:00",
    ]


def test_a_zone_of_half_hours_has_its_own_round_times():
    kolkata = ZoneInfo("Asia/Kolkata")
    ticks = time_ticks(SPRING, SPRING + timedelta(hours=4), 5, kolkata)
    assert (ticks[0].at.minute, ticks[0].text) == (30, "18:00")


def test_weeks_begin_on_monday_and_months_on_their_first():
    weekly = time_ticks(SPRING, SPRING + timedelta(days=50), 9)
    assert {tick.at.strftime("%a") for tick in weekly} == {"Mon"}
    monthly = texts(datetime(2025, 11, 15, tzinfo=UTC), 24 * 150)
    assert monthly == [("Dec", "2025"), ("Jan", "2026"), ("Feb", ""), ("Mar", ""), ("Apr", "")]
    yearly = texts(datetime(2010, 6, 1, tzinfo=UTC), 24 * 366 * 10)
    assert yearly[:2] == [("2012", ""), ("2014", "")]


def test_an_axis_too_short_for_a_round_time_begins_with_its_own():
    assert texts(SPRING.replace(minute=10), 0.5) == [("12:10", "Sat 28 Mar")]


@given(st.integers(1, 10**6), st.sampled_from(["UTC", "Europe/London", "Asia/Kathmandu"]))
def test_ticks_ascend_within_the_axis_and_are_few(half_hours, name):
    end = SPRING + half_hours * timedelta(minutes=30)
    ticks = time_ticks(SPRING, end, 9, ZoneInfo(name))
    assert 1 <= len(ticks) <= 11
    assert [tick.at for tick in ticks] == sorted({tick.at for tick in ticks})
    assert all(SPRING <= tick.at <= end for tick in ticks)


@given(numbers, numbers, st.integers(3, 8), st.booleans())
def test_number_ticks_enclose_what_is_drawn(a, b, most, from_zero):
    low, high = sorted((a, b))
    ticks = number_ticks(low, high, most, from_zero=from_zero)
    step = ticks[1] - ticks[0]
    assert 2 <= len(ticks) <= most + 1
    assert ticks[0] <= low + 0.03 * step
    assert ticks[-1] >= high - 0.03 * step
    assert len(set(number_texts(ticks))) == len(ticks)


@pytest.mark.parametrize(
    ("low", "high", "first", "last"),
    [(62, 256, 0, 300), (30100, 30900, 30000, 31000), (-51, 10, -60, 20), (50, 50, 0, 50),
     (0, 0, 0, 1), (-20, -20, -20, 0)],
)  # fmt: skip
def test_zero_is_in_sight_when_it_costs_little(low, high, first, last):
    ticks = number_ticks(low, high, 6)
    assert (ticks[0], ticks[-1]) == (first, last)


def test_shares_that_sum_to_a_hair_more_end_at_a_hundred():
    assert number_ticks(0, 100.1, 6, from_zero=True)[-1] == 100


def test_texts_have_the_decimals_of_their_step():
    assert number_texts([0.0, 2.5, 5.0]) == ["0.0", "2.5", "5.0"]
    assert number_texts([-20000.0, 0.0]) == ["-20,000", "0"]
    assert number_texts([0.0, 1e15]) == ["0", "1e+15"]
