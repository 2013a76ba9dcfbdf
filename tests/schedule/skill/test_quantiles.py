"""Margins per horizon."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.skill.made import history

from gridctl.schedule.skill.quantiles import days_needed, margins


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_more_caution_never_counts_less_carbon(seed, first, second):
    low, high = sorted((first, second))
    rng = np.random.default_rng(seed)
    points = history(100, lambda slot, step: 0 * slot, length=60).points
    error = rng.normal(0, 30, len(points.slot))
    below, above = margins(points, error, low).margin, margins(points, error, high).margin
    assert (below[:5] <= above[:5]).all()
    for bucket in range(4):
        share = np.mean(error[points.bucket == bucket] <= above[bucket])
        assert share == pytest.approx(high, abs=0.01)


@pytest.mark.parametrize(
    ("risk", "days"), [(0.5, 7), (0.8, 7), (0.9, 10), (0.95, 20), (0.99, 100), (0.05, 20)]
)
def test_one_day_lies_beyond(risk, days):
    assert days_needed(risk) == days
    # Forecasts of 12 h from midnight: as many days as there are issues.
    for count, known in ((days, True), (days - 1, False)):
        points = history(count, lambda slot, step: 0 * slot, length=24).points
        learnt = margins(points, np.ones(len(points.slot)), risk)
        assert np.isfinite(learnt.margin[:3]).all() == known
        assert learnt.days.tolist() == [count] * 3 + [0] * 3
        assert np.isnan(learnt.margin[3:]).all()
