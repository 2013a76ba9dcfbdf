"""BL01 against a literal telling of its rules, and the days that count."""

from __future__ import annotations

from datetime import date, timedelta
from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.clock import LONDON, iso, settlement_start
from gridctl.errors import DataError, UsageError
from gridctl.schedule.money.baseline import bl01, event_half_hours
from gridctl.schedule.money.holidays import bank_holidays, easter_sunday, is_working_day
from gridctl.schedule.money.metering import half_hours_of, read_metering

DAY = date(2026, 3, 4)  # a Wednesday, no holiday within the 60 days before
SUNDAY = date(2026, 3, 8)


def year_of_days(day, values, length=70):
    """Flat days of ``values(n)`` kWh, n days before ``day``; ``None`` for no readings."""
    found = {}
    for n in range(length):
        other = day - timedelta(days=n)
        value = values(n)
        if value is not None:
            found[other] = (float(value),) * half_hours_of(other)
    return found


def literal(metering, day, event_days):
    """Rule by rule, one day at a time."""
    days = []
    for back in range(1, 61):
        other = day - timedelta(days=back)
        if is_working_day(other) is not is_working_day(day):
            continue
        if other in event_days or other not in metering:
            continue
        readings = metering[other]
        if len(readings) != 48 or any(value != value for value in readings):
            continue
        days.append(other)
    if is_working_day(day):
        days = days[:10]
        if len(days) < 5:
            return metering[day], []
    else:
        days = days[:4]
        if len(days) < 4:
            return metering[day], []
        days.remove(max(days, key=lambda other: sum(metering[other])))
        days.remove(min(days, key=lambda other: sum(metering[other])))
    means = []
    for half_hour in range(48):
        total = 0.0
        for other in days:
            total += metering[other][half_hour]
        means.append(total / len(days))
    return tuple(means), days


@settings(max_examples=150, deadline=None)
@given(
    st.dates(date(2025, 11, 20), date(2026, 9, 30)),
    st.integers(0, 10_000),
    st.sets(st.integers(0, 65), max_size=62),
    st.sets(st.integers(0, 65), max_size=20),
    st.sets(st.integers(1, 60), max_size=6),
)
def test_like_the_rules_one_by_one(day, seed, absent, broken, events):
    metering = {}
    for n in range(66):
        other = day - timedelta(days=n)
        if n and n in absent:
            continue
        # Totals all differ, so that the middle two are told apart.
        values = [
            float((seed + 7 * n * n + 3 * h) % 101) + n / 100 for h in range(half_hours_of(other))
        ]
        if n and n in broken:
            values[seed % 46] = nan
        metering[other] = tuple(values)
    event_days = {day - timedelta(days=n) for n in events}
    found = bl01(metering, day, event_days=event_days)
    if half_hours_of(day) != 48:
        return
    want, days = literal(metering, day, event_days)
    assert sorted(found.days) == sorted(days)
    assert found.kwh == pytest.approx(want)


def test_the_ten_most_recent_working_days():
    found = bl01(year_of_days(DAY, lambda n: n), DAY)
    assert found.days[0] == DAY - timedelta(days=1)
    assert found.days[-1] == DAY - timedelta(days=14)
    assert len(found.days) == 10
    assert found.kwh[0] == pytest.approx((1 + 2 + 5 + 6 + 7 + 8 + 9 + 12 + 13 + 14) / 10)


def test_five_are_enough_and_four_are_not():
    five = bl01(year_of_days(DAY, lambda n: n if n in (0, 1, 2, 5, 6, 7) else None), DAY)
    assert five.kwh[0] == pytest.approx(21 / 5)
    four = bl01(year_of_days(DAY, lambda n: 100 + n if n in (0, 1, 2, 5, 6) else None), DAY)
    assert not four.is_sufficient
    assert four.kwh == four.metered_kwh
    assert four.about.startswith("insufficient: 4 eligible working days")


def test_sixty_days_and_no_further():
    old = year_of_days(DAY, lambda n: n if n == 0 or n > 55 else None, length=120)
    assert not bl01(old, DAY).is_sufficient
    assert bl01(old, DAY).eligible == len(
        [n for n in range(56, 61) if is_working_day(DAY - timedelta(days=n))]
    )


def test_the_middle_two_of_four_other_days():
    sundays = {1: 50, 7: 10, 8: 30, 14: 20}
    found = bl01(year_of_days(SUNDAY, lambda n: sundays.get(n, 1000)), SUNDAY)
    assert found.kwh[0] == 25
    assert set(found.days) == {SUNDAY - timedelta(days=8), SUNDAY - timedelta(days=14)}


def test_a_bank_holiday_is_no_working_day():
    monday = date(2026, 4, 6)
    found = bl01(year_of_days(monday, lambda n: n), monday)
    assert date(2026, 4, 3) in found.days or date(2026, 4, 4) in found.days
    assert all(not is_working_day(day) for day in found.days)


def test_event_days_gaps_and_clock_changes_are_left_out():
    day = date(2025, 11, 2)  # a Sunday, a week after the clocks went back
    metering = year_of_days(day, lambda n: n)
    metering[date(2025, 10, 25)] = (nan, *[1.0] * 47)
    found = bl01(metering, day, event_days=[date(2025, 11, 1)])
    assert (
        found.eligible
        == len([n for n in range(1, 61) if not is_working_day(day - timedelta(n))]) - 3
    )
    assert date(2025, 10, 26) not in found.days


@pytest.mark.parametrize(
    ("day", "skipped", "repeated"),
    [(date(2026, 3, 29), [2, 3], []), (date(2025, 10, 26), [], [2, 3])],
)
def test_a_clock_change_day_goes_by_the_local_clock(day, skipped, repeated):
    metering = year_of_days(day, lambda n: n)
    metering = {other: tuple(float(h) for h in range(len(v))) for other, v in metering.items()}
    plain = [h for h in range(48) if h not in skipped]
    want = plain[:4] + repeated + plain[4:]
    assert list(bl01(metering, day).kwh) == want


def test_the_in_day_adjustment():
    metering = year_of_days(DAY, lambda n: 100)
    # Two hours before 17:00 begins the hour that is not looked at: 13:00 to 16:00 is.
    actual = [100.0] * 48
    actual[26:32] = [110.0, 130.0] * 3
    actual[32:34] = [500.0, 500.0]
    metering[DAY] = tuple(actual)
    event = event_half_hours(DAY, "17:00-19:00")
    found = bl01(metering, DAY, event=event, in_day_adjustment=True)
    assert found.adjustment_kwh == pytest.approx(20)
    assert found.kwh[33:39] == pytest.approx([100, 120, 120, 120, 120, 100])
    assert "+20.000 kWh" in found.about
    with pytest.raises(UsageError, match="four hours before"):
        bl01(metering, DAY, in_day_adjustment=True)
    with pytest.raises(UsageError, match="four hours before"):
        bl01(metering, DAY, event=range(7, 9), in_day_adjustment=True)
    metering[DAY] = (*actual[:28], nan, *actual[29:])
    with pytest.raises(UsageError, match="every reading"):
        bl01(metering, DAY, event=event, in_day_adjustment=True)


def test_events_by_the_local_clock():
    assert event_half_hours(DAY, "17:00-19:30") == range(34, 39)
    assert event_half_hours(DAY, "00:00-24:00") == range(48)
    assert event_half_hours(date(2026, 3, 29), "00:30-03:00") == range(1, 4)
    assert event_half_hours(date(2025, 10, 26), "17:00-24:00") == range(36, 50)


@pytest.mark.parametrize("span", ["", "17:00", "19:00-17:00", "17:10-18:00", "25:00-26:00", "a-b"])
def test_spans_that_are_none(span):
    with pytest.raises(UsageError, match="event"):
        event_half_hours(DAY, span)


def test_a_time_the_clocks_skip():
    with pytest.raises(UsageError, match="no half hour of 2026-03-29"):
        event_half_hours(date(2026, 3, 29), "01:30-03:00")


# https://www.gov.uk/bank-holidays and its predecessors
@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2010, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2016, "01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27"),
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
    ],
)
def test_bank_holidays(year, days):
    assert sorted(f"{day:%m-%d}" for day in bank_holidays(year)) == days.split()


@settings(max_examples=100, deadline=None)
@given(st.integers(1978, 2199))
def test_every_year_has_its_holidays_on_weekdays(year):
    assert 8 <= len(bank_holidays(year)) <= 10
    assert all(day.weekday() < 5 for day in bank_holidays(year))
    easter = easter_sunday(year)
    assert easter.weekday() == 6
    assert date(year, 3, 22) <= easter <= date(year, 4, 25)


def write_meter(path, first, last, kwh):
    lines = ["timestamp,kwh"]
    at, end = settlement_start(first, 1), settlement_start(last + timedelta(days=1), 1)
    while at < end:
        lines.append(f"{iso(at)},{kwh(at.astimezone(LONDON))}")
        at += timedelta(minutes=30)
    path.write_text("\n".join(lines) + "\n")
    return path


def test_metering_by_local_day(tmp_path):
    path = write_meter(tmp_path / "m.csv", date(2026, 3, 27), date(2026, 3, 30), lambda t: t.hour)
    metering = read_metering(path)
    assert [len(metering.days[date(2026, 3, d)]) for d in (27, 28, 29, 30)] == [48, 48, 46, 48]
    assert metering.days[date(2026, 3, 30)][0] == 0
    path.write_text("timestamp,kwh\n2026-03-02T00:30Z,5\n2026-03-02T01:30Z,\n2026-03-02T02:00Z,7\n")
    day = read_metering(path).of(date(2026, 3, 2))
    assert day[1:5] == pytest.approx((5, nan, nan, 7), nan_ok=True)
    with pytest.raises(DataError, match="no reading of 2026-03-05; it runs from 2026-03-02"):
        read_metering(path).of(date(2026, 3, 5))
    path.write_text("timestamp,kwh\n2026-03-02T00:10Z,5\n")
    with pytest.raises(DataError, match="row 2: 2026-03-02T00:10:00Z is no half hour"):
        read_metering(path)
    path.write_text("timestamp,kwh\n2026-03-02T00:00Z,five\n")
    with pytest.raises(DataError, match="row 2: kwh is 'five'"):
        read_metering(path)
