"""Elastic jobs, and bounds on means, against a linear program solved by trying every vertex."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.schedule.kernels.elastic import cheapest_levels, make_curve
from gridctl.schedule.kernels.means import least_under_means


def vertices(equalities, totals, count):
    """Every basic solution of ``A x = b, x >= 0``."""
    rows = len(totals)
    for basis in itertools.combinations(range(count), rows):
        square = equalities[:, basis]
        if abs(np.linalg.det(square)) < 1e-9:
            continue
        part = np.linalg.solve(square, totals)
        if (part >= -1e-9).all():
            full = np.zeros(count)
            full[list(basis)] = part
            yield full


def least(values, throughput, power, work, bounds=()):
    """The optimum over hours (level, slot), a slack for idling in each slot and one per bound."""
    slots, levels = len(values), len(power) - 1
    hours, count = slots * levels, slots * levels + slots + len(bounds)
    rows = np.zeros((slots + 1 + len(bounds), count))
    for slot in range(slots):
        rows[slot, slot * levels : (slot + 1) * levels] = 1.0
        rows[slot, hours + slot] = 1.0
        rows[slots, slot * levels : (slot + 1) * levels] = throughput[1:]
        for number, excess in enumerate(bounds):
            rows[slots + 1 + number, slot * levels : (slot + 1) * levels] = power[1:] * excess[slot]
    for number in range(len(bounds)):
        rows[slots + 1 + number, hours + slots + number] = 1.0
    totals = np.array([1.0] * slots + [work] + [0.0] * len(bounds))
    cost = np.concatenate([power[1:] * value for value in values] + [np.zeros(slots + len(bounds))])
    return min((float(cost @ x) for x in vertices(rows, totals, count)), default=None)


@st.composite
def cases(draw):
    slots = draw(st.integers(1, 3))
    values = draw(st.lists(st.integers(-4, 9).map(float), min_size=slots, max_size=slots))
    levels = draw(st.integers(1, 3 if slots < 3 else 2))
    throughput = [0.0, *draw(st.lists(st.integers(1, 9).map(float),
                                      min_size=levels, max_size=levels))]  # fmt: skip
    power = [0.0, *draw(st.lists(st.integers(1, 9).map(float),
                                 min_size=levels, max_size=levels))]  # fmt: skip
    work = draw(st.floats(0.1, 1.05)) * max(throughput) * slots
    return np.array(values), np.array(throughput), np.array(power), work


@settings(max_examples=800, deadline=None)
@given(cases())
def test_agrees_with_every_vertex(case):
    values, throughput, power, work = case
    hours = cheapest_levels(
        make_curve(throughput, power), values, np.ones(len(values), bool), work, 0.0, len(values)
    )
    best = least(values, throughput, power, work)
    if hours is None:
        assert best is None or work > max(throughput) * len(values) - 1e-6
        return
    assert (hours >= 0).all()
    assert (hours.sum(axis=0) <= 1 + 1e-9).all()
    assert (throughput @ hours).sum() == pytest.approx(work)
    assert (power @ hours) @ values == pytest.approx(best, abs=1e-7)


@settings(max_examples=300, deadline=None)
@given(cases(), st.integers(1, 2), st.lists(st.integers(-5, 5), min_size=6, max_size=6))
def test_bounds_on_means_agree_with_every_vertex(case, count, numbers):
    values, throughput, power, work = case
    if len(values) == 3:
        count = 1
    bounds = [np.array(numbers[n * 3 : n * 3 + len(values)], dtype=float) for n in range(count)]
    curve = make_curve(throughput, power)

    def solve(value):
        return cheapest_levels(
            curve, value, np.ones(len(values), bool), work, 0.0, float(len(values))
        )

    hours = least_under_means(solve, values, bounds, power)
    best = least(values, throughput, power, work, bounds)
    if hours is None:
        assert best is None or work > max(throughput) * len(values) - 1e-6
        return
    assert (throughput @ hours).sum() == pytest.approx(work)
    assert (hours.sum(axis=0) <= 1 + 1e-9).all()
    for bound in bounds:
        assert (power @ hours) @ bound <= 1e-6
    assert (power @ hours) @ values == pytest.approx(best, abs=1e-6)


def test_shut_slots_and_the_ends_of_the_window_are_kept():
    curve = make_curve(np.array([0.0, 1.0, 1.5]), np.array([0.0, 1.0, 2.0]))
    usable = np.array([True, False, True, True])
    value = np.array([1.0, np.nan, 2.0, 3.0])
    hours = cheapest_levels(curve, value, usable, 2.0, 0.5, 3.5)
    assert hours is not None
    assert hours[:, 1].sum() == 0
    # One server in half of the first and all of the third, then the second server in the first,
    # at 2 a unit of work, no dearer than the last slot is; a quarter unit is left for it there.
    assert (curve.power @ hours) @ np.nan_to_num(value) == pytest.approx(0.5 + 2.0 + 0.5 + 0.75)
    assert cheapest_levels(curve, value, usable, 3.1, 0.5, 3.5) is None


def test_levels_above_the_hull_are_not_used():
    curve = make_curve(np.array([0.0, 1.0, 2.0]), np.array([0.0, 3.0, 4.0]))
    assert curve.lower.tolist() == [0, 2]
    hours = cheapest_levels(curve, np.array([5.0, 1.0]), np.ones(2, bool), 1.0, 0.0, 2.0)
    assert hours is not None
    assert hours[2].tolist() == [0.0, 0.5]
