"""A job of changing power against direct integration at many starts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.schedule.kernels.contiguous import cheapest_start, mean_cap, prepare
from gridctl.schedule.kernels.profile import Profile, cheapest_profile_start

NEAR = 1e-9


def mean_of(values, profile, start):
    """``None`` when a piece with power leaves the arrays or touches a gap."""
    if start < -NEAR or start + profile.bounds[-1] > len(values) + NEAR:
        return None
    total = 0.0
    for power, begin, end in zip(
        profile.power, profile.bounds[:-1], profile.bounds[1:], strict=True
    ):
        for slot, value in enumerate(values):
            covered = min(slot + 1, start + end) - max(slot, start + begin)
            if power > 0 and covered > NEAR:
                if value is None:
                    return None
                total += power * covered * value
    return total / profile.total


@st.composite
def cases(draw):
    count = draw(st.integers(1, 10))
    number = st.one_of(st.integers(-3, 6).map(float), st.floats(-50, 300))
    values = draw(
        st.lists(st.one_of(number, number, number, st.none()), min_size=count, max_size=count)
    )
    lengths = draw(st.lists(st.integers(1, 60), min_size=1, max_size=4))
    powers = draw(st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0]),
                           min_size=len(lengths), max_size=len(lengths)))  # fmt: skip
    powers[0] = powers[-1] = 3.0
    profile = Profile(
        np.concatenate(([0.0], np.cumsum(np.array(lengths) / 30.0))), np.array(powers)
    )
    one, other = (draw(st.integers(-10, 30 * count + 10)) / 30 for _ in range(2))
    return values, profile, min(one, other), max(one, other)


def starts_to_try(values, profile, earliest, latest):
    """Every sixtieth of a slot, and the bends."""
    fine = np.arange(0, 30 * len(values) + 1) / 30
    bends = [edge - bound for edge in range(len(values) + 1) for bound in profile.bounds]
    return [s for s in [earliest, latest, *fine, *bends] if earliest <= s <= latest]


def arrays(values):
    value = np.array([np.nan if v is None else v for v in values])
    return value, np.isfinite(value)


@settings(max_examples=800, deadline=None)
@given(cases())
def test_agrees_with_direct_integration(case):
    values, profile, earliest, latest = case
    costs = [mean_of(values, profile, s) for s in starts_to_try(*case)]
    possible = [cost for cost in costs if cost is not None]
    found = cheapest_profile_start(prepare(*arrays(values)), profile, earliest, latest)
    if found is None:
        assert not possible
        return
    assert earliest - NEAR <= found.start <= latest + NEAR
    assert found.mean == pytest.approx(mean_of(values, profile, found.start), abs=1e-6)
    assert all(found.mean <= cost + 1e-6 for cost in possible)


@settings(max_examples=400, deadline=None)
@given(cases(), st.floats(-10, 250))
def test_mean_caps_are_weighted_by_energy(case, limit):
    values, profile, earliest, latest = case
    value, usable = arrays(values)
    dearness = -value
    means = [mean_of(values, profile, s) for s in starts_to_try(*case)]
    possible = [-mean for mean in means if mean is not None and mean <= limit]
    found = cheapest_profile_start(
        prepare(dearness, usable), profile, earliest, latest, [mean_cap(value, usable, limit)]
    )
    if found is None:
        assert not possible
        return
    assert mean_of(values, profile, found.start) <= limit + 1e-4
    assert all(found.mean <= cost + 1e-6 for cost in possible)


@settings(max_examples=200, deadline=None)
@given(cases())
def test_a_single_piece_is_the_flat_job(case):
    values, profile, earliest, latest = case
    flat = Profile(profile.bounds[[0, -1]], np.array([4.0]))
    slots = prepare(*arrays(values))
    length = float(flat.bounds[-1])
    found = cheapest_profile_start(slots, flat, earliest, latest)
    known = cheapest_start(slots, length, earliest, latest)
    assert (found is None) == (known is None)
    if found is not None and known is not None:
        assert found.mean == pytest.approx(known.mean, abs=1e-9)


def test_the_peak_goes_where_it_is_cheap():
    profile = Profile(np.array([0.0, 2.0, 3.0]), np.array([1.0, 10.0]))
    found = cheapest_profile_start(
        prepare(*arrays([5.0, 5.0, 5.0, 5.0, 1.0, 9.0])), profile, 0.0, 3.0
    )
    assert found is not None
    assert found.start == 2.0
    assert found.mean == pytest.approx((2 * 5 + 10 * 1) / 12)
