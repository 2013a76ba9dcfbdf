from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl.clock import HALF_HOUR
from gridctl.errors import UsageError
from gridctl.report.period import DEFAULT, half_hours, make_period, round_down

AT = datetime(2026, 5, 6, 12, 10, tzinfo=UTC)


def test_the_period_ends_with_the_half_hour_in_force() -> None:
    period = make_period(AT)
    assert period.end == datetime(2026, 5, 6, 12, 30, tzinfo=UTC)
    assert period.end - period.start == DEFAULT
    assert period.at == AT
    assert period.measured_end == datetime(2026, 5, 6, 12, tzinfo=UTC)
    assert half_hours(period) - half_hours(period, measured=True) == 1


def test_a_period_that_ends_on_an_edge_can_be_measured_whole() -> None:
    period = make_period(AT, end=AT.replace(minute=0))
    assert period.measured_end == period.end


def test_an_end_in_the_past_is_also_the_moment_it_is_seen_from() -> None:
    end = AT - timedelta(days=30)
    assert make_period(AT, timedelta(days=1), end=end).at == end


def test_a_start_is_widened_to_its_half_hour() -> None:
    period = make_period(AT, start=AT - timedelta(hours=1))
    assert period.start == datetime(2026, 5, 6, 11, tzinfo=UTC)
    assert half_hours(period) == 3


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"last": timedelta(days=1), "start": AT - DEFAULT}, "not both"),
        ({"end": AT + timedelta(minutes=1)}, "future"),
        ({"last": timedelta(0)}, "before it ends"),
        ({"start": AT + timedelta(hours=1)}, "before it ends"),
    ],
)
def test_a_period_that_cannot_be_is_refused(asked: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_period(AT, **asked)  # type: ignore[arg-type]


@given(
    st.timedeltas(timedelta(minutes=30), timedelta(days=36500)),
    st.integers(min_value=12, max_value=3000),
)
def test_steps_cover_the_period_and_are_few_enough(last: timedelta, most: int) -> None:
    period = make_period(AT, last)
    step = period.step(most)
    times = period.times(step)
    assert len(times) <= most + 1  # the first may begin before the period
    assert times[0] <= period.start < times[0] + step
    assert times[-1] < period.end <= times[-1] + step
    assert all(b - a == step for a, b in pairwise(times))
    assert all(round_down(time, step) == time for time in times)
    assert step % HALF_HOUR == timedelta(0)
