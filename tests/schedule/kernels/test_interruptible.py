"""The cheapest slots against a slow, obviously right checker."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.schedule.kernels.interruptible import amounts_of, cheapest_slots, rank, spans_of

EDGE = 1e-9


@st.composite
def cases(draw):
    count = draw(st.integers(1, 9))
    number = st.one_of(st.integers(-2, 3).map(float), st.floats(-50, 300))
    values = draw(
        st.lists(st.one_of(number, number, number, st.none()), min_size=count, max_size=count)
    )
    one, other = (draw(st.integers(-10, 30 * count + 10)) / 30 for _ in range(2))
    duration = draw(st.integers(1, 30 * count)) / 30
    return values, duration, min(one, other), max(one, other)


def room_of(values, earliest, finish):
    return [
        0.0 if value is None else max(0.0, min(slot + 1, finish) - max(slot, earliest))
        for slot, value in enumerate(values)
    ]


def best(values, duration, earliest, finish):
    """Each slot, from the cheapest, as far as it is needed."""
    left, total = duration, 0.0
    rooms = room_of(values, earliest, finish)
    for value, room in sorted((v, r) for v, r in zip(values, rooms, strict=True) if v is not None):
        total, left = total + min(room, left) * value, left - min(room, left)
    return total if left <= EDGE else None


def plan(values, duration, earliest, finish):
    value = np.array([np.nan if v is None else v for v in values])
    ranked = rank(value, np.isfinite(value))
    chosen = cheapest_slots(ranked, duration, earliest, finish)
    if chosen is None:
        return None
    return amounts_of(ranked, chosen, duration, earliest, finish)


@settings(max_examples=1000, deadline=None)
@given(cases())
def test_agrees_with_the_plain_knapsack(case):
    values, duration, earliest, finish = case
    amounts = plan(*case)
    least = best(*case)
    if amounts is None:
        assert least is None
        return
    rooms = room_of(values, earliest, finish)
    assert all(-EDGE <= a <= r + EDGE for a, r in zip(amounts, rooms, strict=True))
    assert amounts.sum() == pytest.approx(duration, abs=1e-7)
    total = sum(a * v for a, v in zip(amounts, values, strict=True) if v is not None)
    assert total == pytest.approx(least, abs=1e-6)
    spans = spans_of(amounts, earliest, finish)
    assert sum(end - begin for begin, end in spans) == pytest.approx(duration, abs=1e-6)
    assert all(earliest - EDGE <= begin < end <= finish + EDGE for begin, end in spans)
    assert all(after[0] > before[1] for before, after in itertools.pairwise(spans))


@settings(max_examples=600, deadline=None)
@given(st.lists(st.integers(0, 2).map(float), min_size=1, max_size=8), st.integers(1, 8))
def test_of_equal_choices_the_one_with_the_fewest_pauses(values, slots):
    slots = min(slots, len(values))
    amounts = plan(values, float(slots), 0.0, float(len(values)))
    pieces = len(spans_of(amounts, 0.0, float(len(values))))
    whole = [
        chosen
        for chosen in itertools.combinations(range(len(values)), slots)
        if sum(values[i] for i in chosen) <= sum(sorted(values)[:slots]) + EDGE
    ]
    fewest = min(1 + sum(b != a + 1 for a, b in itertools.pairwise(chosen)) for chosen in whole)
    assert pieces <= fewest


def test_a_flat_day_is_not_cut_and_begins_at_once():
    amounts = plan([7.0] * 6, 2.5, 0.4, 6.0)
    assert spans_of(amounts, 0.4, 6.0) == [pytest.approx((0.4, 2.9))]


def test_a_part_lies_beside_its_neighbour():
    assert spans_of(plan([9.0, 2.0, 1.0, 9.0], 1.5, 0.0, 4.0), 0.0, 4.0) == [(1.5, 3.0)]
    assert spans_of(plan([9.0, 1.0, 2.0, 9.0], 1.5, 0.0, 4.0), 0.0, 4.0) == [(1.0, 2.5)]


def test_not_enough_room_is_none():
    assert plan([1.0, None, 1.0], 2.1, 0.0, 3.0) is None
    assert plan([None, None], 0.5, 0.0, 2.0) is None
    assert plan([1.0, 1.0], 1.0, 1.5, 1.2) is None
