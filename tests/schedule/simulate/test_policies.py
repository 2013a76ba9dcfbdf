"""Every policy against a plain loop over jobs, with and without forecasts that are replaced."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridctl.schedule.kernels.contiguous import cheapest_start, prepare
from gridctl.schedule.kernels.elastic import cheapest_levels, make_curve
from gridctl.schedule.simulate.capacity import idle_share, queued
from gridctl.schedule.simulate.forecasts import Shared, Views, noisy, realistic
from gridctl.schedule.simulate.ground import Ground
from gridctl.schedule.simulate.jobs import Jobs, Waiting, make_jobs, parse_waiting
from gridctl.schedule.simulate.outcome import Accounts
from gridctl.schedule.simulate.pieces import run_in_cheapest_slots, run_in_pieces
from gridctl.schedule.simulate.run import replay
from gridctl.schedule.simulate.settings import Settings, check_settings, trace_curve
from gridctl.schedule.simulate.starts import CHOOSERS, Seen, choose_by_views
from gridctl.schedule.simulate.statistics import peak_concurrency, saving_interval
from gridctl.schedule.simulate.trace import Trace

START = datetime(2023, 1, 1, tzinfo=UTC)


def ground_of(*places, price=None):
    carbon = {index or None: np.array(values, float) for index, values in enumerate(places)}
    return Ground.of(START, timedelta(minutes=30), carbon, price, "test")


def jobs_of(rows, ground, place=0):
    """Jobs from (duration, earliest, requested, latest) in slots of one place."""
    duration, earliest, requested, latest = (np.array(c, float) for c in zip(*rows, strict=True))
    base = np.full(len(rows), place * (ground.slots + 1))
    latest = np.minimum(latest, ground.slots - duration)
    return Jobs(
        np.arange(len(rows)), base, earliest + base, requested + base,
        np.maximum(latest, earliest) + base, duration, duration, np.arange(1.0, len(rows) + 1),
        latest >= earliest,
    )  # fmt: skip


def _rounded(number):
    """Values nearer than rounding count as equal, and of equal ones either may be taken."""
    return round(number, 3)


@st.composite
def cases(draw, gaps=True):
    number = st.one_of(st.integers(0, 6).map(float), st.floats(0, 300).map(_rounded))
    cell = st.one_of(number, number, number, st.just(math.nan)) if gaps else number
    values = draw(st.lists(cell, min_size=4, max_size=14))
    n = len(values)
    sixtieth = st.integers(1, 30 * n).map(lambda m: m / 30)
    duration = st.one_of(st.integers(1, 4).map(float), sixtieth)
    rows = [
        (d, min(e, r), r, r + w)
        for d, e, r, w in draw(
            st.lists(st.tuples(duration, *[sixtieth] * 3), min_size=1, max_size=8)
        )
    ]
    rows = [(d, e, r, w) for d, e, r, w in rows if e < n]
    ground = ground_of(values if rows else [1.0] * 30)
    return ground, jobs_of(rows or [(1, 0, 0, 5)], ground)


@settings(max_examples=1000, deadline=None)
@given(cases())
def test_policies_in_one_piece(case):
    ground, jobs = case
    values = ground.carbon
    limit = 3.0
    seen = Seen(values, np.full(len(values), limit))
    told = (jobs.planned, jobs.earliest, jobs.latest)
    optimal, clean, lowest = seen.optimal(*told), seen.threshold(*told), seen.lowest_slot(*told)
    for i in range(len(jobs)):
        early, late = jobs.earliest[i], jobs.latest[i]
        slots = range(math.floor(early + 1e-9), math.floor(late + 1e-9) + 1)
        low = [max(s, early) for s in slots if values[s] <= limit]
        assert clean[i] == pytest.approx(min(low[0], late) if low else late)
        known = [(values[s], s) for s in slots if math.isfinite(values[s])]
        assert math.isnan(lowest[i]) == (not known)
        if known:
            assert values[math.floor(lowest[i] + 1e-9)] == pytest.approx(min(known)[0], abs=1e-6)
        if jobs.fits[i]:
            one = cheapest_start(
                prepare(values, np.isfinite(values)), jobs.duration[i], early, late
            )
            assert optimal[i] == pytest.approx(one.start if one else math.nan, nan_ok=True)


@settings(max_examples=1000, deadline=None)
@given(cases())
def test_both_ways_to_pause_agree(case):
    ground, jobs = case
    quick = run_in_cheapest_slots(jobs, Shared(ground.carbon), ground)
    slow = run_in_pieces(jobs, Shared(ground.carbon), ground)
    for name in ("start", "end", "energy", "carbon"):
        found, expected = getattr(quick, name), getattr(slow, name)
        assert found == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert quick.busy.tolist() == slow.busy.tolist()


def curve_of(rate, power):
    """A curve from what each further server does and draws."""
    return make_curve(np.cumsum([0.0, *rate]), np.cumsum([0.0, *power]))


def elastic_by_hand(values, start, end, work, rates, powers):
    """Take the cheapest server and slot there is, one at a time."""
    offers = []
    for i, value in enumerate(values):
        room = min(i + 1, end) - max(i, start)
        if room > 1e-9 and math.isfinite(value):
            for rate, power in zip(rates, powers, strict=True):
                offers.append((value * power / rate, room * rate, value))
    total = 0.0
    for cost, room, _ in sorted(offers):
        done = min(room, work)
        work, total = work - done, total + done * cost
    return total if work < 1e-7 else math.nan


@settings(max_examples=1000, deadline=None)
@given(cases(), st.lists(st.tuples(st.floats(0.1, 1), st.floats(1, 3)), max_size=3))
def test_elastic_takes_the_cheapest_servers(case, more):
    ground, jobs = case
    rate = np.array([1.0, *(r for r, _ in more)])
    ratio = np.cumprod([1.0, *(c for _, c in more)])
    power = rate * ratio
    runs = run_in_pieces(jobs, Shared(ground.carbon), ground, curve_of(rate, power))
    for i in range(len(jobs)):
        if jobs.fits[i]:
            by_hand = elastic_by_hand(
                ground.carbon, jobs.earliest[i], jobs.deadline[i], jobs.duration[i], rate, power
            )
            expected = by_hand * jobs.power_kw[i]
            assert runs.carbon[i] == pytest.approx(expected, abs=1e-5, nan_ok=True)
            assert math.isnan(by_hand) or runs.end[i] <= jobs.deadline[i] + 1e-6


levels = st.tuples(st.integers(0, 50).map(lambda n: n / 10), st.floats(0.1, 9.0))


@settings(max_examples=300, deadline=None)
@given(cases(), st.lists(levels, min_size=1, max_size=5))
def test_elastic_places_any_measured_curve_as_one_job_is_placed(case, measured):
    """The kernel of a single job is the obviously right way: hulls, not convex points."""
    ground, jobs = case
    throughput, power = (np.array([0.0, *column]) for column in zip(*measured, strict=True))
    assume(throughput.any())
    curve = make_curve(throughput, power)
    runs = run_in_pieces(jobs, Shared(ground.carbon), ground, curve)
    value = np.nan_to_num(ground.carbon, nan=0.0)
    for i in np.flatnonzero(jobs.fits):
        hours = cheapest_levels(
            curve, value, np.isfinite(ground.carbon),
            jobs.duration[i], jobs.earliest[i], jobs.deadline[i],
        )  # fmt: skip
        expected = math.nan if hours is None else (power @ hours) @ value * jobs.power_kw[i]
        assert runs.carbon[i] == pytest.approx(expected, rel=1e-5, abs=1e-4, nan_ok=True)


def test_a_curve_of_one_two_and_four_nodes():
    curve = trace_curve(((1, 10.0, 1.0), (2, 18.0, 2.0), (4, 36.0, 4.0)))
    assert curve.throughput.tolist() == pytest.approx([0, 1, 1.8, 3.6])
    assert curve.lower.tolist() == [0, 1, 3]  # two nodes are never worth it
    ground = ground_of([100.0, 10.0, 100.0, 10.0])
    jobs = jobs_of([(2, 0, 0, 2), (2, 0, 0, 0)], ground)
    runs = run_in_pieces(jobs, Shared(ground.carbon), ground, curve)
    # With time for it both cheap slots on one node, else one of them on more.
    assert runs.carbon.tolist() == pytest.approx([20.0, 2 * (10 + 10 * 3 / 2.6)])


def test_below_zero_an_elastic_job_uses_its_servers_in_order():
    ground = ground_of([-50.0, 10.0])
    curve = curve_of([1.0, 0.5], [1.0, 1.5])
    runs = run_in_pieces(jobs_of([(1, 0, 0, 1)], ground), Shared(ground.carbon), ground, curve)
    assert (runs.energy.tolist(), runs.end.tolist()) == ([1.0], [1.0])


def views_of(ground, issues):
    """Views of the first place from (issued, origin, values)."""
    rows = [np.array(values, float) for _, _, values in issues]
    origin = np.array([first for _, first, _ in issues])
    issued = np.array([moment for moment, _, _ in issues], float)
    return Views.of(rows, origin, issued, np.zeros(len(issues), dtype=np.int64))


def replanned_by_hand(job, issues, latest):
    """Plan on the newest view; at each later issue plan again if it has not started."""
    duration, now = job
    known = [k for k, (issued, _, _) in enumerate(issues) if issued <= now + 1e-9]
    if not known:
        return math.nan
    view, start = known[-1], math.nan
    while True:
        _, first, values = issues[view]
        array = np.array(values, float)
        found = cheapest_start(
            prepare(array, np.isfinite(array)), duration, now - first, latest - first
        )
        start = found.start + first if found else start
        following = issues[view + 1][0] if view + 1 < len(issues) else math.inf
        if start <= following + 1e-9 or following > latest + 1e-9:
            return start
        view, now = view + 1, following


@settings(max_examples=1000, deadline=None)
@given(cases(gaps=False), st.data())
def test_a_plan_is_made_again_at_each_issue(case, data):
    ground, jobs = case
    moments = sorted(data.draw(st.sets(st.integers(0, ground.slots - 1), min_size=1, max_size=5)))
    issues = [
        (m, max(m - 2, 0), data.draw(st.lists(st.integers(0, 9), min_size=4, max_size=12)))
        for m in moments
    ]
    views = views_of(ground, issues)
    starts = choose_by_views(CHOOSERS["optimal"], jobs, views, np.array([0.0]), ground.slots)
    for i in np.flatnonzero(jobs.fits):
        job = (jobs.duration[i], jobs.earliest[i])
        by_hand = replanned_by_hand(job, issues, jobs.latest[i])
        assert starts[i] == pytest.approx(by_hand, nan_ok=True)


def test_pieces_are_planned_again_too():
    ground = ground_of([10, 20, 30, 40, 50, 60])
    jobs = jobs_of([(2, 0, 0, 4)], ground)
    at_first = [9, 1, 9, 9, 2, 9]  # slots 1 and 4; at 3 a new forecast prefers 5
    views = views_of(ground, [(0, 0, at_first), (3, 3, [9, 9, 1])])
    runs = run_in_pieces(jobs, views, ground)
    assert (runs.start[0], runs.end[0], runs.carbon[0]) == (1, 6, 20 + 60)
    assert runs.busy[:6].tolist() == [0, 1, 0, 0, 0, 1]


def test_a_job_before_any_forecast_is_counted_apart():
    ground = ground_of([10, 20, 30, 40, 50, 60])
    jobs = jobs_of([(1, 0, 0, 4), (1, 3, 3, 5)], ground)
    views = views_of(ground, [(2, 2, [5, 5, 5, 1])])
    told = check_settings(Settings(("run-now", "optimal", "interruptible")))
    replayed = replay(jobs, ground, views, told)
    assert replayed.without_forecast == 1
    assert replayed.compared.tolist() == [False, True]
    assert [r.infeasible for r in replayed.results] == [0, 0, 0]
    assert replayed.outcomes["optimal"].start.tolist()[1] == 5


@settings(max_examples=100, deadline=None)
@given(cases())
def test_no_policy_beats_its_oracle_and_all_account_on_the_truth(case):
    ground, jobs = case
    told = check_settings(Settings(curve=curve_of([1.0, 0.5], [1.0, 0.6])))
    seen = noisy(ground, 0.5, 3) if np.isfinite(ground.carbon).any() else Shared(ground.carbon)
    replayed = replay(jobs, ground, seen, told)
    truth = replay(jobs, ground, Shared(ground.carbon), told)
    for policy, outcome in replayed.outcomes.items():
        best = truth.outcomes[policy if policy in ("interruptible", "elastic") else "oracle"]
        some = np.isfinite(outcome.carbon_kg) & np.isfinite(best.carbon_kg)
        assert (outcome.carbon_kg[some] >= best.carbon_kg[some] - 1e-6).all()
        assert not (np.isfinite(outcome.carbon_kg) & np.isnan(best.carbon_kg)).any()
    for result in truth.results:
        assert result.jobs + result.infeasible <= len(jobs)


def test_accounts_by_hand():
    ground = ground_of([100, 200, 400, math.nan], price={None: np.array([50.0, 60, 80, 90])})
    jobs = jobs_of([(1, 0, 0, 2), (1.5, 0, 0.5, 1), (1, 0, 2.5, 3)], ground)
    outcome = Accounts(ground).of_starts(jobs, jobs.requested)
    # kW x h x g/kWh: 1 x .5 x 100; 2 x (.25 x 100 + .5 x 200); the third runs into the gap
    assert outcome.carbon_kg.tolist() == pytest.approx([0.05, 0.25, math.nan], nan_ok=True)
    assert outcome.cost_gbp.tolist() == pytest.approx([0.025, 0.085, math.nan], nan_ok=True)
    assert outcome.peak == 2
    window = Accounts(ground).window_mean_kg(jobs)
    assert window[0] == pytest.approx(0.5 * (100 + 200 + 400) / 3 / 1000)


def test_places_keep_to_their_own_signal():
    ground = ground_of([100] * 4, [50, 10, 50, 50])
    trace = Trace(
        np.arange(2), np.full(2, START.timestamp()), np.full(2, 1800.0), np.ones(2),
        *(np.full(2, np.nan) for _ in range(3)), np.array([0, 1]), {},
    )  # fmt: skip
    jobs = make_jobs(trace, ground, Waiting(), known_length=True)
    replayed = replay(jobs, ground, Shared(ground.carbon), check_settings(Settings()))
    assert (replayed.outcomes["optimal"].carbon_kg * 1000).tolist() == [50, 5]
    assert (replayed.outcomes["optimal"].start - jobs.base).tolist() == [0, 1]


def queued_by_hand(wanted, duration, size, room):
    """Step through every moment at which anything may change."""
    waiting = [i for i in np.argsort(wanted, kind="stable") if size[i] <= room]
    start, running, now = [math.nan] * len(wanted), [], 0.0
    while waiting:
        running = [(e, s) for e, s in running if e > now + 1e-9]
        head = waiting[0]
        if wanted[head] <= now and sum(s for _, s in running) + size[head] <= room + 1e-9:
            start[head] = now
            running.append((now + duration[head], size[head]))
            waiting.pop(0)
            continue
        later = [e for e, _ in running] + [w for w in wanted if w > now]
        now = min(later)
    return start


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 5), st.integers(1, 4)), min_size=1),
    st.integers(1, 6),
)
def test_the_queue(rows, room):
    wanted, duration, size = (np.array(c, float) for c in zip(*rows, strict=True))
    start = queued(wanted, duration, size, room)
    by_hand = queued_by_hand(wanted, duration, size, room)
    assert start.tolist() == pytest.approx(by_hand, nan_ok=True)
    for moment in range(40):
        running = (start <= moment) & (moment < start + duration)
        assert size[running].sum() <= room


def test_what_stands_idle():
    idle = idle_share(np.array([0.5, 1.0]), np.array([1.0, 2.5]), np.ones(2), 2.0, 5)
    assert idle.tolist() == pytest.approx([0.75, 0.25, 0.5, 0.75, 1.0])


def test_peak_counts_none_that_only_touch():
    assert peak_concurrency(np.array([0.0, 1.0, 1.5]), np.array([1.0, 2.0, 3.0])) == 2
    assert peak_concurrency(np.array([math.nan]), np.array([math.nan])) == 0


def test_the_interval_holds_the_saving_and_needs_blocks():
    rng = np.random.default_rng(1)
    now = rng.uniform(1, 2, 400)
    carbon = now * rng.uniform(0.7, 0.9, 400)
    low, high = saving_interval(carbon, now, np.arange(400) // 20, 0)
    assert low < 100 * (1 - carbon.sum() / now.sum()) < high
    assert high - low < 5
    assert saving_interval(carbon, now, np.arange(400) // 100, 0) is None


def test_waiting_by_length():
    waiting = Waiting(parse_waiting("2h:6h,12h:24h,inf:36h"), 0.5)
    assert waiting.limits(np.array([1.0, 2.0, 3.0, 13.0])).tolist() == [6.5, 7, 25.5, 42.5]


def test_unknown_lengths_are_planned_by_the_mean_of_their_class():
    count = 4
    trace = Trace(
        np.arange(count), np.full(count, START.timestamp()), np.array([1, 3, 20, 40]) * 3600.0,
        np.ones(count), *(np.full(count, np.nan) for _ in range(3)),
        np.zeros(count, dtype=np.int64), {},
    )  # fmt: skip
    waiting = Waiting(parse_waiting("12h:6h,inf:24h"))
    jobs = make_jobs(trace, ground_of([1.0] * 200), waiting, known_length=False)
    assert jobs.planned.tolist() == [4, 4, 60, 60]
    assert jobs.latest.tolist() == [12, 12, 48, 48]


def test_noise_is_independent_and_of_the_size_asked():
    ground = ground_of(np.full(20000, 200.0))
    error = (noisy(ground, 0.05, 7).series - ground.carbon)[:-1]
    assert error.std() == pytest.approx(10, rel=0.05)
    assert abs(np.corrcoef(error[1:], error[:-1])[0, 1]) < 0.05
    assert (noisy(ground, 0.05, 7).series[:-1] - 200 == error).all()


def test_realistic_errors_grow_with_the_horizon_and_resemble_themselves():
    ground = ground_of(np.full(17520, 200.0))
    jobs = jobs_of([(2, s, s, s + 90) for s in range(0, 17000, 12)], ground)
    views = realistic(ground, jobs, 1)
    error = np.stack([views.values[o : o + 90] for o in views.offset[:-20]]) - 200
    spread = error.std(axis=0)
    assert spread[0] < spread[12] < spread[60]
    assert spread[60:].mean() == pytest.approx(50, rel=0.15)  # a quarter of the mean
    assert 0.9 < np.corrcoef(error[:, 40], error[:, 41])[0, 1] < 1
