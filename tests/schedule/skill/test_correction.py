"""The correction against loops, and what it must never do."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.skill.made import DAY, MONDAY, history, moment, truth

from gridctl.schedule.skill.correction import (
    SHRINK_DAYS,
    cross_fitted,
    enough,
    fit,
    fit_history,
    usual_at,
)
from gridctl.schedule.skill.history import History, Points, local_slots


def noise(seed, scale=30.0):
    rng = np.random.default_rng(seed)
    return lambda slot, step: rng.normal(0, scale, len(slot)) + 10


def slowly(points, actual, usual):
    """Bias and weight by dictionaries and sums."""
    bucket, day = points.bucket.tolist(), points.day.tolist()
    hour = (local_slots(points.slot) // 2 % 24).tolist()
    error = (points.value - actual).tolist()

    def shrunk(groups, values):
        seen, days = defaultdict(list), defaultdict(set)
        for group, value, when in zip(groups, values, day, strict=True):
            seen[group].append(value)
            days[group].add(when)
        return {
            g: sum(v) / len(v) * len(days[g]) / (len(days[g]) + SHRINK_DAYS)
            for g, v in seen.items()
        }  # fmt: skip

    of_horizon = shrunk(bucket, error)
    rest = [e - of_horizon[b] for e, b in zip(error, bucket, strict=True)]
    of_cell = shrunk(list(zip(bucket, hour, strict=True)), rest)
    bias = np.zeros((6, 24))
    for (b, h), value in of_cell.items():
        bias[b, h] = value
    for b, value in of_horizon.items():
        bias[b] += value
    weight = np.zeros(6)
    for b in range(6):
        across = along = 0.0
        days = set()
        for i, mine in enumerate(bucket):
            if mine == b and np.isfinite(usual[i]):
                unbiased = points.value[i] - bias[b, hour[i]]
                across += (actual[i] - unbiased) * (usual[i] - unbiased)
                along += (usual[i] - unbiased) ** 2
                days.add(day[i])
        if along > 0:
            weight[b] = min(max(across / along, 0), 1) * len(days) / (len(days) + SHRINK_DAYS)
    return bias, weight


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.floats(0, 1))
def test_as_by_loops(seed, days, gaps):
    rng = np.random.default_rng(seed)
    made = history(days, noise(seed), length=110, every=31)
    actual = made.actuals.at(made.points.slot)
    usual = rng.normal(200, 50, len(actual))
    usual[rng.random(len(usual)) < gaps] = np.nan
    learnt = fit(made.points, actual, usual)
    bias, weight = slowly(made.points, actual, usual)
    np.testing.assert_allclose(learnt.bias, bias, atol=1e-9)
    np.testing.assert_allclose(learnt.weight, weight, atol=1e-9)
    assert learnt.days == len(set(made.points.day.tolist()))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_a_perfect_forecast_is_left_alone(seed, days):
    """Whatever is usual, and however the week goes."""
    rng = np.random.default_rng(seed)
    made = history(days, lambda slot, step: 0 * slot)
    values = rng.uniform(30, 400, len(made.actuals.values))
    made = replace(made, actuals=replace(made.actuals, values=values))
    perfect = replace(made.points, value=made.actuals.at(made.points.slot))
    learnt = fit_history(History(perfect, made.actuals))
    assert not learnt.bias.any()
    assert not learnt.weight.any()
    new = Points(perfect.issued[:96] + 1e6, perfect.slot[:96] + 500, rng.uniform(0, 400, 96))
    usual = rng.uniform(0, 400, 96)
    np.testing.assert_array_equal(learnt.apply(new, usual), new.value)


def test_a_steady_bias_goes_as_the_days_add_up():
    left = []
    for days in (2, 7, 28):
        made = history(days, lambda slot, step: 20 + 0 * slot)
        learnt = fit_history(made)
        assert (learnt.bias > 0).any()
        after = learnt.apply(made.points, np.full(len(made.points.slot), np.nan)) - truth(
            made.points.slot
        )
        left.append(float(np.abs(after).mean()))
    assert 20 > left[0] > left[1] > left[2]
    assert left[2] < 8


def test_where_the_usual_is_better_it_is_leant_on():
    """Truth repeats weekly, so the usual is exact; the noise of the forecast is not."""
    made = history(20, noise(3, 40.0))
    known = made.known_at(moment(18))
    learnt = fit_history(known)
    assert (learnt.weight[1:5] > 0.4).all()
    assert (learnt.weight <= 1).all()
    mine = made.points.where(made.points.issued == moment(18) + 60)
    usual = usual_at(known.actuals, mine.slot, moment(18))
    right = truth(mine.slot)
    corrected = np.abs(learnt.apply(mine, usual) - right).mean()
    assert corrected < 0.7 * np.abs(mine.value - right).mean()


def test_without_a_usual_only_the_bias_goes():
    made = history(10, noise(5), weeks_before=0)
    learnt = fit_history(made)
    assert not learnt.weight.any()
    gaps = np.full(len(made.points.slot), np.nan)
    assert np.isfinite(learnt.apply(made.points, gaps)).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 13))
def test_what_comes_after_changes_nothing(seed, day):
    rng = np.random.default_rng(seed)
    made = history(14, noise(seed))
    now = moment(day + rng.random())
    other = made.points.value.copy()
    later = made.points.issued > now
    other[later] = rng.uniform(0, 500, later.sum())
    values = made.actuals.values.copy()
    unknown = (made.actuals.first + np.arange(len(values)) + 2) * 1800.0 > now
    values[unknown] = rng.uniform(0, 500, unknown.sum())
    changed = History(
        replace(made.points, value=other), replace(made.actuals, values=values)
    )  # fmt: skip
    first, second = fit_history(made.known_at(now)), fit_history(changed.known_at(now))
    np.testing.assert_array_equal(first.bias, second.bias)
    np.testing.assert_array_equal(first.weight, second.weight)
    slots = np.arange(MONDAY + day * DAY, MONDAY + day * DAY + 96)
    np.testing.assert_array_equal(
        usual_at(made.known_at(now).actuals, slots, now),
        usual_at(changed.known_at(now).actuals, slots, now),
    )


def test_a_day_is_not_corrected_by_itself():
    made = history(14, noise(1))
    day = int(made.points.day[0]) + 6
    mine = made.points.day == day
    values = made.actuals.values.copy()
    its = (made.actuals.first + np.arange(len(values))) // DAY == day
    values[its] += 500
    changed = History(made.points, replace(made.actuals, values=values))
    before, after = cross_fitted(made), cross_fitted(changed)
    np.testing.assert_array_equal(before[mine], after[mine])
    assert (before[~mine] != after[~mine]).any()
    assert (before != made.points.value).any()


@pytest.mark.parametrize(("days", "answer"), [(0, False), (6, False), (7, True)])
def test_a_week_of_days_is_enough(days, answer):
    assert enough(days) is answer


def test_nothing_to_learn_from():
    made = history(2, noise(1)).known_at(0.0)
    learnt = fit_history(made)
    assert learnt.days == 0
    assert not learnt.bias.any()
    assert cross_fitted(made).tolist() == []
