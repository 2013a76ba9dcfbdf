"""The kernel against a slow, obviously right checker."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.schedule.kernels.contiguous import (
    cheapest_start,
    cheapest_start_under_means,
    mean_cap,
    prepare,
)

NEAR = 1e-9


def overlaps(start, duration, count):
    """How much of each slot a job covers."""
    return [max(0.0, min(i + 1, start + duration) - max(i, start)) for i in range(count)]


def mean_of(values, start, duration):
    """Direct integration; ``None`` when the job leaves the arrays or touches a gap."""
    if start < -NEAR or start + duration > len(values) + NEAR:
        return None
    total = 0.0
    for value, covered in zip(values, overlaps(start, duration, len(values)), strict=True):
        if covered > NEAR:
            if value is None:
                return None
            total += covered * value
    return total / duration


def starts_to_try(count, duration, earliest, latest, rng):
    edges = [float(i) for i in range(count + 1)]
    starts = [earliest, latest, *edges, *(edge - duration for edge in edges)]
    starts += [rng.uniform(earliest, latest) for _ in range(20)]
    return sorted(s for s in starts if earliest - 1e-9 <= s <= latest + 1e-9)


@st.composite
def cases(draw):
    count = draw(st.integers(1, 14))
    number = st.one_of(st.integers(-3, 6).map(float), st.floats(-50, 300))
    values = draw(
        st.lists(st.one_of(number, number, number, st.none()), min_size=count, max_size=count)
    )
    # minutes, or sixtieths of a slot: off-grid starts and durations, some under one slot
    duration = draw(
        st.one_of(
            st.integers(1, 30 * count).map(lambda m: m / 30), st.integers(1, count).map(float)
        )
    )
    one = draw(st.integers(-20, 30 * count + 20)) / 30
    other = draw(st.integers(-20, 30 * count + 20)) / 30
    return (
        values,
        duration,
        min(one, other),
        max(one, other),
        draw(st.randoms(use_true_random=False)),
    )


def arrays(values):
    usable = np.array([v is not None for v in values])
    return np.array([math.nan if v is None else v for v in values]), usable


@settings(max_examples=2000, deadline=None)
@given(cases())
def test_agrees_with_direct_integration(case):
    values, duration, earliest, latest, rng = case
    costs = [
        (mean_of(values, s, duration), s)
        for s in starts_to_try(len(values), duration, earliest, latest, rng)
    ]
    possible = [(cost, s) for cost, s in costs if cost is not None]
    found = cheapest_start(prepare(*arrays(values)), duration, earliest, latest)
    if found is None:
        assert not possible
        return
    assert earliest - 1e-9 <= found.start <= latest + 1e-9
    assert found.mean == pytest.approx(mean_of(values, found.start, duration), abs=1e-6)
    least = min(cost for cost, _ in possible)
    assert found.mean <= least + 1e-6
    first = min(s for cost, s in possible if cost <= least + 5e-14)
    assert found.start <= first + 1e-6, "of equal starts the earliest"


@settings(max_examples=1000, deadline=None)
@given(
    cases(),
    st.floats(-10, 250),
    st.lists(st.floats(0, 100), min_size=14, max_size=14),
    st.floats(0, 100),
)
def test_mean_caps_agree_with_direct_integration(case, limit, shares, least_share):
    values, duration, earliest, latest, rng = case
    count = len(values)
    value, usable = arrays(values)
    share = np.array(shares[:count])
    caps = [mean_cap(value, usable, limit), mean_cap(-share, usable, -least_share)]

    def holds(start, slack):
        return (
            mean_of(values, start, duration) <= limit + slack
            and mean_of(list(share), start, duration) >= least_share - slack
        )

    possible = [
        (mean_of(values, s, duration), s)
        for s in starts_to_try(count, duration, earliest, latest, rng)
        if mean_of(values, s, duration) is not None and holds(s, 0.0)
    ]
    found = cheapest_start_under_means(prepare(value, usable), caps, duration, earliest, latest)
    if found is None:
        assert not possible
        return
    assert holds(found.start, 1e-4)
    assert found.mean == pytest.approx(mean_of(values, found.start, duration), abs=1e-6)
    assert all(found.mean <= cost + 1e-6 for cost, _ in possible)


def test_a_mean_cap_is_met_between_edges_too():
    # Dear to run early, dirty to run late: the best start is where the mean is exactly the cap.
    dirt = np.array([0.0, 0.0, 100.0, 100.0])
    price = np.array([9.0, 9.0, 1.0, 1.0])
    usable = np.ones(4, dtype=bool)
    found = cheapest_start_under_means(
        prepare(price, usable), [mean_cap(dirt, usable, 25.0)], 2.0, 0.0, 2.0
    )
    assert found is not None
    assert found.start == pytest.approx(0.5)


def test_rounding_does_not_touch_the_next_slot():
    values, usable = arrays([5.0, 5.0, 5.0, None])
    found = cheapest_start(prepare(values, usable), 73 / 30, 17 / 30, 17 / 30)
    assert found is not None
    assert found.mean == pytest.approx(5.0)


def test_the_job_may_end_where_a_gap_begins_and_start_where_one_ends():
    values, usable = arrays([None, 8.0, 4.0, None])
    found = cheapest_start(prepare(values, usable), 1.5, 0.0, 4.0)
    assert found is not None
    assert found.start == pytest.approx(1.5)
    assert found.mean == pytest.approx((0.5 * 8 + 4) / 1.5)
    assert cheapest_start(prepare(values, usable), 2.5, 0.0, 4.0) is None


def test_equal_starts_give_the_earliest():
    rng = random.Random(3)
    values = [rng.choice([0.1, 0.2, 0.3]) for _ in range(48)] * 2
    found = cheapest_start(prepare(*arrays(values)), 5.0, 0.0, 91.0)
    assert found is not None
    assert found.start < 48
