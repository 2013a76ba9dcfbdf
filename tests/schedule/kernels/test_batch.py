"""Many jobs at once against the kernel for one job, and slots against a sorted list."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.schedule.kernels import batch
from gridctl.schedule.kernels.batch import cheapest_starts, means_at, place_table
from gridctl.schedule.kernels.cheapest_slots import CheapestSlots
from gridctl.schedule.kernels.contiguous import cheapest_start, prepare
from gridctl.schedule.kernels.fill_rows import fill_rows
from gridctl.schedule.kernels.range_min import RangeMin


@st.composite
def signals(draw):
    number = st.one_of(st.integers(-3, 6).map(float), st.floats(-50, 300))
    cells = st.one_of(number, number, number, st.just(math.nan))
    return np.array(draw(st.lists(cells, min_size=1, max_size=14)))


@st.composite
def cases(draw):
    """A signal, and jobs with off-grid windows and durations, many of them equal."""
    value = draw(signals())
    n = len(value)
    durations = st.one_of(st.integers(0, n + 1).map(float), st.integers(1, 30 * n).map(_sixtieth))
    some = draw(st.lists(durations, min_size=1, max_size=3))
    instants = st.one_of(st.integers(-2, n + 2).map(float), st.integers(-20, 30 * n).map(_sixtieth))
    job = st.tuples(st.sampled_from(some), instants, instants)
    jobs = draw(st.lists(job, min_size=1, max_size=12))
    return value, *(np.array(column) for column in zip(*jobs, strict=True))


def _sixtieth(number):
    return number / 30


@pytest.mark.parametrize("table_cost", [0.0, math.inf])
def test_agrees_with_the_kernel_for_one_job(table_cost, monkeypatch):
    monkeypatch.setattr(batch, "_FIXED", table_cost)
    monkeypatch.setattr(batch, "_TABLE", 0.0)

    @settings(max_examples=150, deadline=None)
    @given(cases())
    def agrees(case):
        value, duration, earliest, latest = case
        slots = prepare(value, np.isfinite(value))
        placed = cheapest_starts(slots, duration, earliest, latest)
        for i in range(len(duration)):
            one = None
            if duration[i] > 0:
                one = cheapest_start(slots, duration[i], earliest[i], latest[i])
            if one is None:
                assert math.isnan(placed.start[i])
                assert math.isnan(placed.mean[i])
            else:
                assert placed.mean[i] == pytest.approx(one.mean, abs=1e-6)
                assert placed.start[i] == pytest.approx(one.start, abs=1e-6)
        again = means_at(slots, duration, np.nan_to_num(placed.start))
        some = np.isfinite(placed.start)
        assert again[some] == pytest.approx(placed.mean[some], abs=1e-6)

    agrees()


def test_a_long_signal_takes_both_ways_and_agrees(monkeypatch):
    rng = np.random.default_rng(5)
    value = rng.uniform(50, 300, 3000)
    value[rng.choice(3000, 20)] = np.nan
    duration = np.concatenate((np.full(4000, 3.0), np.full(4000, 2.5), rng.uniform(0.2, 9, 60)))
    earliest = rng.uniform(-5, 3005, len(duration))
    latest = earliest + rng.uniform(-1, 200, len(duration))
    slots = prepare(value, np.isfinite(value))
    first, last, fits = batch._inside(slots, duration, earliest, latest)
    order, bounds = batch._by_duration(duration, fits)
    assert set(batch._shares_a_table(slots, (last - first)[order], bounds)) == {True, False}
    placed = cheapest_starts(slots, duration, earliest, latest)
    for i in [*range(0, 8000, 97), *range(8000, 8060)]:
        one = cheapest_start(slots, duration[i], earliest[i], latest[i])
        assert placed.mean[i] == pytest.approx(one.mean if one else math.nan, abs=1e-6, nan_ok=True)


def test_of_equal_starts_the_earliest():
    slots = prepare(np.full(500, 0.1), np.ones(500, dtype=bool))
    placed = cheapest_starts(
        slots, np.full(3, 2.0), np.array([3.25, 7.0, 490.0]), np.full(3, 498.0)
    )
    assert placed.start.tolist() == [3.25, 7.0, 490.0]


def test_arrow_in_arrow_out():
    jobs = pa.table({"duration": [1.0, 2.0, 9.0], "earliest": [0.0] * 3, "latest": [2.0] * 3})
    value = np.array([3.0, 1.0, 2.0, math.nan])
    slots = prepare(value, np.isfinite(value))
    placed = place_table(jobs, slots)
    assert placed.column_names == ["duration", "earliest", "latest", "start", "mean"]
    assert placed["start"].to_pylist() == [1.0, 1.0, None]
    assert placed["mean"].to_pylist() == [1.0, 1.5, None]
    assert len(place_table(jobs.slice(0, 0), slots)) == 0


@settings(max_examples=200, deadline=None)
@given(signals(), st.data())
def test_ranges(value, data):
    values = np.where(np.isfinite(value), np.round(value, 3), np.inf)
    n = len(values)
    first = np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=8)))
    last = np.array([data.draw(st.integers(f - 1, n - 1)) for f in first])
    bound = np.array([data.draw(st.floats(-60, 310)) for _ in first])
    table = RangeMin(values, n, 1e-9)
    index = table.argmin(first, last)
    forwards, backwards = (f(first, last, bound) for f in (table.first_at_most, table.last_at_most))
    for i, (f, t) in enumerate(zip(first, last, strict=True)):
        part = values[f : t + 1]
        if not len(part) or math.isinf(part.min()):
            assert index[i] == -1
        else:
            assert values[index[i]] == pytest.approx(part.min(), abs=1e-8)
        low = [j for j in range(f, t + 1) if values[j] <= bound[i]]
        assert forwards[i] == (low[0] if low else t + 1)
        assert backwards[i] == (low[-1] if low else f - 1)


def cheapest_by_hand(value, other, duration, earliest, deadline):
    """Cover ``duration`` from the cheapest pieces of the window, one at a time."""
    pieces = []
    for i, v in enumerate(value):
        begin, end = max(i, earliest), min(i + 1, deadline)
        if end - begin > 1e-9 and not math.isnan(v):
            pieces.append((v, i, begin, end - begin))
    total = account = 0.0
    spans = []
    for v, i, begin, room in sorted(pieces):
        used = min(room, duration)
        if used > 1e-9:
            total, account = total + used * v, account + used * other[i]
            spans.append((begin, begin + used))
        duration -= used
    if duration > 1e-6:
        return None
    return total, account, min(b for b, _ in spans), max(e for _, e in spans)


@settings(max_examples=200, deadline=None)
@given(cases())
def test_cheapest_slots_agree_with_taking_them_one_by_one(case):
    value, duration, earliest, deadline = case
    other = np.arange(len(value)) * 10.0 + 1
    filled = CheapestSlots(value, other[None]).fill(duration, earliest, deadline)
    for i in range(len(duration)):
        by_hand = None
        if duration[i] > 0:
            by_hand = cheapest_by_hand(value, other, duration[i], earliest[i], deadline[i])
        if by_hand is None:
            assert math.isnan(filled.mean[i])
            continue
        total, account, start, end = by_hand
        assert filled.mean[i] * duration[i] == pytest.approx(total, abs=1e-6)
        assert filled.start[i] == pytest.approx(start, abs=1e-6)
        assert filled.end[i] == pytest.approx(end, abs=1e-6)
        assert filled.accounts[0, i] == pytest.approx(account, abs=1e-6)


def test_a_year_of_slots():
    rng = np.random.default_rng(2)
    value = rng.uniform(20, 300, 8760)
    value[100:140] = np.nan
    earliest = rng.integers(0, 8000, 200).astype(float)
    deadline = earliest + rng.integers(1, 8760, 200)
    duration = rng.integers(1, 60, 200).astype(float)
    filled = CheapestSlots(value).fill(duration, earliest, deadline)
    for i in range(200):
        window = value[int(earliest[i]) : int(deadline[i])]
        known = np.sort(window[np.isfinite(window)])
        if len(known) < duration[i]:
            assert math.isnan(filled.mean[i])
        else:
            assert filled.mean[i] == pytest.approx(known[: int(duration[i])].mean())


def test_nothing_but_gaps():
    filled = CheapestSlots(np.full(4, math.nan)).fill(np.ones(2), np.zeros(2), np.full(2, 4.0))
    assert np.isnan(filled.mean).all()


@settings(max_examples=200, deadline=None)
@given(cases())
def test_rows_agree_with_cheapest_slots(case):
    value, duration, earliest, deadline = case
    edges = np.arange(len(value))
    room = np.minimum(edges + 1, deadline[:, None]) - np.maximum(edges, earliest[:, None])
    cost = np.broadcast_to(value, room.shape)
    taken, met = fill_rows(cost, np.where(room > 1e-9, room, 0.0), duration)
    filled = CheapestSlots(value).fill(duration, earliest, deadline)
    wanted = duration > 0
    assert (met[wanted] == np.isfinite(filled.mean[wanted])).all()
    some = met & wanted
    total = np.where(taken > 0, taken * cost, 0.0).sum(axis=1)
    assert total[some] == pytest.approx((filled.mean * duration)[some], abs=1e-6)
    assert taken.sum(axis=1)[some] == pytest.approx(duration[some], abs=1e-6)
