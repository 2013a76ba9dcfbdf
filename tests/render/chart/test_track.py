"""Series with gaps, averaged and stacked."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridctl.render.chart.track import Track, stacked

value = st.one_of(st.just(math.nan), st.floats(-1e6, 1e6))


def over(*points):
    return Track.over("a", [x for x, _ in points], [y for _, y in points], 0.5)


def test_a_value_holds_until_the_next_and_the_last_for_a_step():
    track = over((0, 1.0), (0.5, 2.0), (1.0, 3.0))
    assert track.edges.tolist() == [0, 0.5, 1.0, 1.5]


def test_rows_that_are_missing_leave_a_gap():
    track = over((0, 1.0), (1, 2.0), (2, 3.0), (5, 4.0), (6, 5.0))
    assert track.edges.tolist() == [0, 1, 2, 3, 5, 6, 7]
    assert np.isnan(track.values).tolist() == [False, False, False, True, False, False]


def test_months_of_different_length_leave_none():
    assert not np.isnan(over((0, 1.0), (31, 2.0), (59, 3.0), (90, 4.0)).values).any()


def test_a_single_value_holds_for_the_step_given():
    assert over((3, 1.0)).edges.tolist() == [3, 3.5]


def test_means_are_of_what_is_known_and_nothing_is_made_up():
    track = over((0, 2.0), (1, math.nan), (2, 4.0), (3, math.nan))
    means = track.means(np.array([0.0, 2.0, 3.0, 4.0]))
    assert means[:2].tolist() == [2.0, 4.0]
    assert math.isnan(means[2])
    assert np.isnan(track.means(np.array([-2.0, -1.0, 9.0, 10.0]))[[0, 2]]).all()


@given(st.lists(value, min_size=1, max_size=40), st.integers(1, 30))
def test_means_agree_with_counting_each_slot(values, count):
    track = Track("a", np.arange(len(values) + 1.0), np.array(values))
    edges = np.linspace(0, len(values), count + 1)
    for begin, end, mean in zip(edges, edges[1:], track.means(edges), strict=False):
        shares = [
            (max(0.0, min(end, slot + 1) - max(begin, slot)), value)
            for slot, value in enumerate(values)
            if math.isfinite(value)
        ]
        width = sum(share for share, _ in shares)
        if width < 1e-3 * (end - begin):
            continue
        slow = sum(share * value for share, value in shares) / width
        assert abs(mean - slow) <= 1e-6 * max(1.0, *(abs(v) for _, v in shares)) * len(values)


@given(st.lists(st.lists(value, min_size=3, max_size=3), min_size=1, max_size=5))
def test_a_stack_grows_both_ways_from_zero_and_is_whole_or_blank(layers):
    bounds = stacked([np.array(layer) for layer in layers])
    for column in range(3):
        values = [layer[column] for layer in layers]
        if any(math.isnan(v) for v in values):
            assert all(math.isnan(low[column]) for low, _ in bounds)
            continue
        heights = [high[column] - low[column] for low, high in bounds]
        assert np.allclose(heights, np.abs(values), atol=1e-6)
        assert math.isclose(max(0, *(h[column] for _, h in bounds)),
                            sum(v for v in values if v > 0), abs_tol=1e-6)  # fmt: skip
        assert math.isclose(min(0, *(low[column] for low, _ in bounds)),
                            sum(v for v in values if v < 0), abs_tol=1e-6)  # fmt: skip
