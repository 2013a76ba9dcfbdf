"""The dynamic program against every way there is to cut a job."""

from __future__ import annotations

from itertools import pairwise
from math import gcd, inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.schedule.kernels.pieces import cheapest_pieces, grain_of, make_grid


def ways(count, work, shortest, most, first=0):
    """Every list of pieces of at least ``shortest`` grains that add up to ``work``."""
    if work == 0:
        yield []
        return
    if most == 0:
        return
    for begin in range(first, count - work + 1):
        for length in range(shortest, work + 1):
            for rest in ways(count, work - length, shortest, most - 1, begin + length + 1):
                if begin + length <= count:
                    yield [(begin, begin + length), *rest]


def cost_of(way, cost, restart):
    run = sum(sum(cost[begin:end]) for begin, end in way)
    return run + sum(max(restart[begin], 0.0) for begin, _ in way[1:])


@st.composite
def cases(draw):
    slots = draw(st.integers(1, 5))
    per_slot = draw(st.integers(1, 2))
    number = st.one_of(st.integers(-3, 6).map(float), st.floats(-20, 300))
    values = draw(st.lists(st.one_of(number, number, number, st.none()),
                           min_size=slots, max_size=slots))  # fmt: skip
    work = draw(st.integers(1, slots * per_slot))
    shortest = draw(st.integers(1, work))
    most = draw(st.one_of(st.none(), st.integers(1, 3)))
    return values, per_slot, work, shortest, most, draw(st.sampled_from([0.0, 0.3, 2.0]))


def arrays(values):
    usable = np.array([value is not None for value in values])
    return np.array([np.nan if value is None else value for value in values]), usable


@settings(max_examples=800, deadline=None)
@given(cases())
def test_agrees_with_every_way_to_cut_the_job(case):
    values, per_slot, work, shortest, most, restart = case
    value, usable = arrays(values)
    count = len(values) * per_slot
    grid = make_grid(value * per_slot, value * restart, usable, 60 * per_slot, 60, 0, 60 * count)
    found = cheapest_pieces(grid, work, shortest, most)
    cost = [inf if v is None else v for v in values for _ in range(per_slot)]
    again = [inf if v is None else v * restart for v in values for _ in range(per_slot)]
    possible = [
        (cost_of(way, cost, again), len(way), way[-1][1])
        for way in ways(count, work, shortest, most or count)
    ]
    possible = [item for item in possible if item[0] < inf]
    if found is None:
        assert not possible
        return
    assert sum(end - begin for begin, end in found) == work
    assert all(end - begin >= shortest for begin, end in found)
    assert all(after[0] > before[1] for before, after in pairwise(found))
    assert len(found) <= (most or count)
    least = min(item[0] for item in possible)
    assert cost_of(found, cost, again) == pytest.approx(least, abs=1e-5)
    fewest = min(pieces for total, pieces, _ in possible if total <= least + 1e-12)
    assert len(found) <= fewest, "of equal ones the fewest pauses"
    soonest = cheapest_pieces(
        make_grid(value * 0, value * 0, usable, 60 * per_slot, 60, 0, 60 * count),
        work, shortest, most, soonest=True,
    )  # fmt: skip
    assert soonest[-1][1] == min(end for _, _, end in possible)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 9).map(float), min_size=2, max_size=4),
    st.integers(0, 5), st.integers(0, 5), st.integers(2, 9), st.integers(1, 4),
)  # fmt: skip
def test_a_grain_three_times_as_fine_finds_nothing_better(values, late, early, work, shortest):
    """The grid holds an optimum: without a restart energy a finer one cannot gain."""
    slot = 6
    first, last = late, len(values) * slot - early
    shortest = min(shortest, work)
    if last - first < work:
        return
    grain = gcd(slot, work, shortest, first, last)
    value, usable = arrays(values)

    def least(scale):
        step = grain * 3 // scale
        grid = make_grid(value, value * 0, usable, slot * 3, step, first * 3, last * 3)
        found = cheapest_pieces(grid, work * 3 // step, shortest * 3 // step, 2)
        return found and sum(grid.sums[end] - grid.sums[begin] for begin, end in found)

    coarse, fine = least(1), least(3)
    assert (coarse is None) == (fine is None)
    assert coarse == pytest.approx(fine)


def test_equal_values_are_not_cut():
    grid = make_grid(np.full(8, 0.1), np.zeros(8), np.ones(8, bool), 1800, 1800, 0, 8 * 1800)
    assert cheapest_pieces(grid, 5, 1) == [(0, 5)]


def test_the_restart_is_drawn_where_it_resumes():
    value = np.array([1.0, 5.0, 1.2, 1.0, 5.0])
    grid = make_grid(value, value * 3.6, np.ones(5, bool), 1800, 1800, 0, 5 * 1800)
    # In one piece 1 + 5 = 6 or 1.2 + 1 = 2.2; in two 1 + 1 + 3.6.
    assert cheapest_pieces(grid, 2, 1) == [(2, 4)]
    cheap = make_grid(value, value * 0.1, np.ones(5, bool), 1800, 1800, 0, 5 * 1800)
    assert cheapest_pieces(cheap, 2, 1) == [(0, 1), (3, 4)]


def test_the_grain_divides_everything_or_is_coarser_or_refused():
    assert grain_of(1800, 14400, 3600, 0, 172800, 1) == 1800
    assert grain_of(1800, 14400, 3600, 17 * 60, 172800, 1) == 60
    assert grain_of(1800, 14400, 3600, 17 * 60 + 1, 172800, 1) == 60
    assert grain_of(1800, 14430, 3600, 17 * 60 + 1, 172800, 1) == 30
    assert grain_of(1800, 25714, 3600, 0, 172800, 1) is None


def test_a_job_longer_than_the_window_has_no_way():
    grid = make_grid(np.ones(2), np.ones(2), np.ones(2, bool), 1800, 1800, 0, 3600)
    assert cheapest_pieces(grid, 3, 1) is None
