"""The usual of a half hour of the week, against the same worked out one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.skill.made import MONDAY, WEEK

from gridctl.clock import LONDON
from gridctl.schedule.signals.readings import SLOT
from gridctl.schedule.skill.climatology import Climatology
from gridctl.schedule.skill.history import Actuals


def slowly(actuals, slot, now):
    """The same wall-clock time 1 to 8 weeks before, each looked up by itself."""
    local = datetime.fromtimestamp(slot * SLOT, UTC).astimezone(LONDON).replace(tzinfo=None)
    found = []
    for week in range(1, 9):
        wall = (local - timedelta(weeks=week)).replace(tzinfo=LONDON, fold=1)
        instant = wall.astimezone(UTC)
        if instant.astimezone(LONDON).replace(tzinfo=None) != wall.replace(tzinfo=None):
            continue  # the hour that spring skips
        back = int(instant.timestamp()) // SLOT
        index = back - actuals.first
        if 0 <= index < len(actuals.values) and (back + 2) * SLOT <= now:
            found.append(float(actuals.values[index]))
    known = [value for value in found if not np.isnan(value)]
    return median(known) if len(known) >= 4 else np.nan


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(-WEEK, 12 * WEEK), st.integers(-40, 96))
def test_as_one_by_one_across_the_clock_changes(seed, after, ahead):
    rng = np.random.default_rng(seed)
    first = MONDAY - 6 * WEEK  # the clocks go back four weeks after Monday
    values = rng.integers(50, 400, 18 * WEEK).astype(float)
    values[rng.random(len(values)) < 0.3] = np.nan
    actuals = Actuals(first, values)
    slots = MONDAY + after + np.arange(0, 50, 7)
    moments = (slots - ahead) * float(SLOT)
    fast = Climatology.of(actuals).usual(slots, moments)
    slow = [slowly(actuals, int(s), m) for s, m in zip(slots, moments, strict=True)]
    np.testing.assert_array_equal(fast, slow)


def test_spring_skips_an_hour_and_four_values_are_needed():
    march = int(datetime(2023, 4, 2, 0, 30, tzinfo=UTC).timestamp()) // SLOT  # 01:30 in London
    actuals = Actuals(march - 5 * WEEK, np.arange(5.0 * WEEK))
    # A week before, 01:30 did not exist; the four weeks before that were on winter time.
    usual = Climatology.of(actuals).usual(np.array([march]), np.array([march * float(SLOT)]))
    winter = [actuals.values[5 * WEEK + 2 - week * WEEK] for week in (2, 3, 4, 5)]
    assert usual.tolist() == [median(winter)]
    shorter = Actuals(actuals.first + 10, actuals.values[10:])
    gone = Climatology.of(shorter).usual(np.array([march]), np.array([march * float(SLOT)]))
    assert np.isnan(gone).all()


def test_nothing_known_nothing_usual():
    empty = Climatology.of(Actuals.of({}))
    assert np.isnan(empty.usual(np.array([MONDAY]), np.array([0.0]))).all()
