"""Decisions on stored data, through the real reading."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from schedule.stored import HALF_HOUR, at

from gridctl.config import load_config
from gridctl.errors import SignalError, UsageError
from gridctl.render.decision import decision_text
from gridctl.schedule import schedule_workload
from gridctl.schedule.job.workload import make_workload

DAY = "2023-11-25T00:00Z"
EVENING = "2023-11-24T23:00Z"


def decide(store, as_of=EVENING, *, allow_synthetic=False, **given):
    """A dry run; times and durations as text or values."""
    for key in ("earliest", "deadline", "start"):
        if isinstance(given.get(key), str):
            given[key] = at(given[key])
    given.setdefault("duration", timedelta(hours=4))
    config = load_config(environ={"GRIDCTL_DB": str(store.path), "HOME": str(store.path.parent)})
    return schedule_workload(
        config, make_workload(given), as_of=at(as_of), allow_synthetic=allow_synthetic, dry_run=True
    )


def test_defers_to_the_cleanest_hours(store):
    store.carbon(DAY, [200] * 16 + [80] * 8 + [200] * 24)
    decision = decide(store, energy_kwh=5000.0, earliest=DAY, deadline="2023-11-26T00:00Z")
    assert decision.action == "defer"
    assert decision.expected.start == at("2023-11-25T08:00Z")
    assert decision.expected.carbon_kg == pytest.approx(400)
    assert decision.baseline.carbon_kg == pytest.approx(1000)
    assert decision.savings.carbon_kg == pytest.approx(600)
    assert decision.savings.carbon_pct == pytest.approx(60)
    assert decision.expected.cost_gbp is None
    assert "deferred 8h to 2023-11-25T08:00Z: expected 80 g/kWh instead of 200 (-60 %)" in (
        decision.reason
    )
    assert "last revision, issue time unknown: better than was known then" in decision.reason
    assert sum("location-based average intensity" in note for note in decision.notes) == 1


def test_runs_when_asked_if_nothing_is_strictly_better(store):
    store.carbon(DAY, [100.1] * 48)
    decision = decide(store, earliest=DAY, start="2023-11-25T07:17Z", deadline="2023-11-26T00:00Z")
    assert decision.action == "schedule"
    assert decision.expected.start == at("2023-11-25T07:17Z")
    assert decision.expected.carbon_kg is None
    assert decision.savings.carbon_pct == 0


def test_a_short_job_lies_inside_one_slot_and_pieces_add_up(store):
    store.carbon(DAY, [100, 50, 100, 100])
    short = decide(store, duration=timedelta(minutes=10), earliest=DAY, energy_kwh=1.0)
    assert short.expected.start == at("2023-11-25T00:30Z")
    assert len(short.segments) == 1
    longer = decide(store, duration=timedelta(minutes=50), earliest=DAY, energy_kwh=10.0)
    assert sum(piece.energy_kwh for piece in longer.segments) == pytest.approx(10)
    assert longer.segments[0].start == longer.expected.start
    assert longer.segments[-1].end == longer.expected.end
    weighted = sum(piece.energy_kwh * piece.carbon_intensity for piece in longer.segments) / 10
    assert weighted == pytest.approx(longer.expected.carbon_intensity)


@pytest.mark.parametrize("minutes", [17, 43, 240, 251])
def test_off_grid_starts_are_no_worse_than_brute_force(store, minutes):
    rng = random.Random(minutes)
    values = [float(rng.randint(50, 300)) for _ in range(48)]
    store.carbon(DAY, values)
    earliest, deadline = at("2023-11-25T03:17Z"), at("2023-11-25T21:41Z")
    duration = timedelta(minutes=minutes)
    decision = decide(store, duration=duration, earliest=earliest, deadline=deadline)

    def mean(start):
        per_minute = [
            values[int((start + timedelta(minutes=m) - at(DAY)) / HALF_HOUR)]
            for m in range(minutes)
        ]
        return sum(per_minute) / minutes

    starts = []
    while not starts or starts[-1] + timedelta(minutes=1) + duration <= deadline:
        starts.append(earliest + timedelta(minutes=len(starts)))
    best = min(mean(start) for start in starts)
    assert decision.expected.carbon_intensity <= best + 1e-9
    assert decision.expected.carbon_intensity == pytest.approx(mean(decision.expected.start))
    assert earliest <= decision.expected.start <= deadline - duration


def test_rejection_names_the_cap_and_what_would_do(store):
    store.carbon(DAY, [200 + slot % 7 for slot in range(48)] + [40] * 48)
    decision = decide(store, earliest=DAY, deadline="2023-11-26T00:00Z", max_carbon=50.0)
    assert decision.action == "reject"
    assert decision.expected is None
    document = decision.as_dict()
    for key in ("start", "end", "region", "expected", "savings"):
        assert document[key] is None
    assert document["segments"] == []
    assert document["baseline"]["carbon_intensity"] == pytest.approx(203, abs=1)
    relaxed = [other.relaxes for other in decision.alternatives]
    assert relaxed == ["max_carbon to 206 g/kWh", "deadline to 2023-11-26T04:00:00Z"]
    assert "no start between" in decision.reason
    assert "cap 50 g/kWh" in decision.reason
    assert "it would work with max_carbon to 206 g/kWh" in decision.reason


def test_the_cap_it_names_works_and_one_less_does_not(store):
    rng = random.Random(5)
    store.carbon(DAY, [rng.randint(100, 300) for _ in range(48)])
    ask = {"earliest": DAY, "deadline": "2023-11-26T00:00Z"}
    for mode in ("slot", "mean"):
        relaxed = decide(store, **ask, max_carbon=50.0, cap_mode=mode).alternatives[0].relaxes
        cap = float(relaxed.split()[2])
        assert decide(store, **ask, max_carbon=cap, cap_mode=mode).action != "reject"
        assert decide(store, **ask, max_carbon=cap - 1, cap_mode=mode).action == "reject"


def test_a_mean_cap_allows_what_a_slot_cap_refuses(store):
    store.carbon(DAY, [100, 200] * 24)
    ask = {"earliest": DAY, "deadline": "2023-11-26T00:00Z", "max_carbon": 150.0}
    assert decide(store, **ask).action == "reject"
    accepted = decide(store, **ask, cap_mode="mean")
    assert accepted.expected.carbon_intensity <= 150
    assert "holds on average over the run" in accepted.reason


def test_caps_that_hold_alone_but_never_together(store):
    store.carbon(DAY, [100] * 24 + [300] * 24)
    store.renewable(DAY, [20] * 24 + [60] * 24)
    ask = {"earliest": DAY, "deadline": "2023-11-26T00:00Z"}
    decision = decide(store, **ask, max_carbon=150.0, min_renewable=50.0)
    assert decision.action == "reject"
    assert "each bound can be kept by itself" in decision.reason
    assert {other.relaxes for other in decision.alternatives} == {
        "max_carbon to 300 g/kWh",
        "min_renewable to 20 %",
    }
    hopeless = decide(store, **ask, max_carbon=50.0, min_renewable=70.0)
    assert "keeps cap 50 g/kWh or at least 70 % renewable" in hopeless.reason
    assert hopeless.alternatives[0].relaxes == "max_carbon to 100 g/kWh and min_renewable to 20 %"


def test_not_deferrable_runs_at_its_start_or_not_at_all(store):
    store.carbon(DAY, [200] * 24 + [50] * 24)
    ask = {"earliest": DAY, "deadline": "2023-11-26T00:00Z", "start": "2023-11-25T06:00Z"}
    pinned = decide(store, **ask, deferrable=False)
    assert (pinned.action, pinned.expected.start) == ("schedule", at("2023-11-25T06:00Z"))
    assert "may not be deferred" in pinned.reason
    refused = decide(store, **ask, deferrable=False, max_carbon=100.0)
    assert refused.action == "reject"
    assert refused.alternatives[-1].relaxes == (
        "its start to 2023-11-25T12:00:00Z, if it may be deferred"
    )


def test_moves_to_a_cleaner_region_and_calls_the_saving_estimated(store):
    store.carbon(DAY, [200] * 48, region=13)
    store.carbon(DAY, [90] * 12 + [30] * 12 + [90] * 24, region=1)
    store.carbon(DAY, [1] * 48)  # national: never compared with regions
    decision = decide(store, energy_kwh=100.0, earliest=DAY, regions=(13, 1), home=13)
    assert decision.action == "shift_region"
    assert decision.as_dict()["region"] == {"number": 1, "name": "North Scotland"}
    assert decision.expected.start == at("2023-11-25T06:00Z")
    assert decision.baseline.carbon_intensity == 200
    assert "moved from London to North Scotland" in decision.reason
    assert "estimated 30 g/kWh" in decision.reason
    assert [other.place for other in decision.alternatives][-1] == 13
    pinned = decide(store, earliest=DAY, regions=(13, 1), home=13, deferrable=False)
    assert (pinned.action, pinned.expected.start) == ("shift_region", at(DAY))


def test_without_a_home_region_there_is_no_baseline(store):
    store.carbon(DAY, [100] * 48)
    for region in range(1, 15):
        store.carbon(DAY, [200 - region] * 48, region=region)
    decision = decide(store, earliest=DAY, regions=tuple(range(1, 15)), max_carbon=190.0)
    assert decision.expected.place == 14
    assert decision.baseline.carbon_intensity is None
    assert decision.savings.carbon_pct is None
    assert "would not keep" not in decision.reason
    assert any("no home region" in note for note in decision.notes)


def test_later_vintages_are_hidden(store):
    store.vintage("2023-11-24T22:00Z", DAY, [100] * 8 + [200] * 40)
    store.vintage("2023-11-25T06:00Z", DAY, [200] * 40 + [10] * 8)
    ask = {"earliest": DAY, "deadline": "2023-11-26T00:00Z"}
    then = decide(store, **ask)
    assert then.expected.start == at(DAY)
    assert then.summary.issued_at == at("2023-11-24T22:00Z")
    assert "last revision" not in then.reason
    later = decide(store, "2023-11-25T06:00Z", **ask)
    assert later.expected.start == at("2023-11-25T20:00Z")
    assert any("earliest start raised" in note for note in later.notes)


def test_a_deadline_beyond_the_forecast(store):
    store.carbon(DAY, [100] * 24 + [50] * 8)
    decision = decide(store, earliest=DAY, deadline="2023-11-27T00:00Z")
    assert decision.expected.end == at("2023-11-25T16:00Z")
    assert "forecast ends at 2023-11-25T16:00:00Z" in decision.reason
    without = decide(store, earliest=DAY)
    assert without.expected == decision.expected
    assert "forecast ends" not in without.reason


def test_gaps_are_not_planned_on(store):
    store.carbon(DAY, [100] * 10 + [None] * 2 + [10] * 6 + [None] + [90] * 20)
    decision = decide(store, earliest=DAY)
    assert decision.expected.start == at("2023-11-25T09:30Z")
    assert any("3 half hours" in note for note in decision.notes)


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (lambda s: None, "no carbon forecast for Great Britain"),
        (lambda s: s.carbon(DAY, [100] * 7), "ends at 2023-11-25T03:30:00Z, too soon"),
        (lambda s: s.carbon(DAY, ([100] * 7 + [None]) * 6), "without gaps long enough"),
        (lambda s: s.carbon(DAY, [100] * 48, source="synthetic"), "--allow-synthetic"),
        (lambda s: s.vintage("2023-11-23T22:00Z", DAY, [100] * 48), "stale, issued at 2023-11-23"),
        (lambda s: s.carbon(DAY, [1] * 48, issued="2023-11-24T23:30Z"), "later than the moment"),
    ],
)
def test_no_signal(store, fill, message):
    fill(store)
    with pytest.raises(SignalError, match=message):
        decide(store, earliest=DAY)


def test_synthetic_data_on_request_is_said(store):
    store.carbon(DAY, [100] * 48, source="synthetic")
    decision = decide(store, earliest=DAY, allow_synthetic=True)
    assert decision.summary.is_synthetic
    assert any("synthetic" in note for note in decision.notes)


def test_a_renewable_floor_needs_a_renewable_share(store):
    store.carbon(DAY, [100] * 48)
    with pytest.raises(SignalError, match="renewable share"):
        decide(store, earliest=DAY, min_renewable=10.0)


def test_cost_and_balance(store):
    store.carbon(DAY, [100] * 8 + [300] * 8 + [200] * 8)
    with pytest.raises(SignalError, match="--objective cost needs a price"):
        decide(store, earliest=DAY, objective="cost")
    store.prices(DAY, [90] * 8 + [50] * 8 + [60] * 8, kind="day_ahead_auction")
    ask = {"earliest": DAY, "energy_kwh": 1000.0}
    assert decide(store, **ask).expected.start == at(DAY)
    cheap = decide(store, **ask, objective="cost")
    assert cheap.expected.start == at("2023-11-25T04:00Z")
    assert cheap.expected.cost_gbp == pytest.approx(50)
    assert cheap.savings.cost_gbp == pytest.approx(40)
    assert cheap.savings.carbon_kg == pytest.approx(-200)
    # Per MWh: 90 + 0.2 x 100 = 110, 50 + 0.2 x 300 = 110, 60 + 0.2 x 200 = 100.
    balanced = decide(store, **ask, objective="balanced", carbon_price=200.0)
    assert balanced.expected.start == at("2023-11-25T08:00Z")
    assert decide(store, **ask, objective="cost", max_price=40.0).action == "reject"


def test_a_partial_price_leaves_cost_unknown(store):
    store.carbon(DAY, [100] * 48)
    store.prices(DAY, [90] * 4, kind="day_ahead_auction")
    decision = decide(store, earliest=DAY, energy_kwh=10.0)
    assert decision.expected.cost_gbp is None
    assert decision.expected.carbon_kg == pytest.approx(1)


def test_no_percentage_of_nothing(store):
    store.carbon(DAY, [0] * 8 + [-5] * 8, region=1)
    decision = decide(store, earliest=DAY, energy_kwh=10.0, regions=(1,), home=1)
    assert decision.action == "defer"
    assert decision.savings.carbon_pct is None
    assert decision.savings.carbon_kg == pytest.approx(0.05)


def test_the_percentage_is_of_the_kg_where_a_move_draws_more(store):
    store.carbon(DAY, [200] * 48, region=13)
    store.carbon(DAY, [50] * 48, region=1)
    ask = {"earliest": DAY, "regions": (13, 1), "home": 13}
    moved = decide(store, **ask, energy_kwh=10.0, migration_energy_kwh=10.0)
    assert (moved.action, moved.expected.energy_kwh) == ("shift_region", 20)
    assert moved.savings.carbon_kg == pytest.approx(1)
    assert moved.savings.carbon_pct == pytest.approx(50)
    assert decide(store, **ask).savings.carbon_pct == pytest.approx(75)  # the energy is unknown
    lines = decision_text(moved).splitlines()
    assert "  carbon                     2.00 kg         1.00 kg   1.00 kg, 50 %" in lines
    assert "  carbon intensity         200 g/kWh        50 g/kWh" in lines


def test_alternatives_are_other_days_and_do_not_overlap(store):
    store.carbon(DAY, ([200] * 20 + [100] * 8 + [200] * 20) * 2 + [90] * 8)
    decision = decide(store, earliest=DAY, deadline="2023-11-27T12:00Z")
    assert decision.expected.start == at("2023-11-27T00:00Z")
    assert [other.start for other in decision.alternatives[:2]] == [
        at("2023-11-25T10:00Z"),
        at("2023-11-26T10:00Z"),
    ]
    assert all(other.relaxes is None for other in decision.alternatives)


def test_a_window_that_is_over_answers_what_would_have_been_best(store):
    store.carbon(DAY, [100] * 8 + [60] * 8, actuals=[60] * 8 + [100] * 8)
    decision = decide(store, "2024-06-01T00:00Z", earliest=DAY, deadline="2023-11-25T08:00Z")
    assert decision.expected.start == at(DAY)
    assert any("the window is over" in note for note in decision.notes)


@pytest.mark.parametrize(
    ("earliest", "deadline", "cheap", "answer"),
    [
        # Clocks forward: 00:00 to 24:00 local is 23 hours.
        ("2023-03-26T00:00+00:00", "2023-03-27T00:00+01:00", 38, "2023-03-26T19:00Z"),
        # Clocks back: 25 hours.
        ("2023-10-29T00:00+01:00", "2023-10-30T00:00+00:00", 42, "2023-10-29T20:00Z"),
        ("2024-02-29T00:00+00:00", "2024-03-01T00:00+00:00", 40, "2024-02-29T20:00Z"),
    ],
)
def test_clock_changes_and_a_leap_day(store, earliest, deadline, cheap, answer):
    half_hours = int((at(deadline) - at(earliest)) / HALF_HOUR)
    store.carbon(earliest, [200] * cheap + [100] * (half_hours - cheap) + [1] * 20)
    decision = decide(store, "2023-03-01T00:00Z", earliest=earliest, deadline=deadline)
    assert decision.expected.start == at(answer)
    assert decision.expected.end == at(deadline)


def test_usage_known_only_with_the_clock(store):
    store.carbon(DAY, [100] * 48)
    with pytest.raises(UsageError, match="not after"):
        decide(store, deadline="2023-11-24T22:00Z")
    with pytest.raises(UsageError, match="does not fit"):
        decide(store, deadline="2023-11-25T02:59Z")
    with pytest.raises(UsageError, match="before the earliest"):
        decide(store, start="2023-11-24T22:00Z", deferrable=False)


def test_the_acceptance_case_on_the_real_year(year_2023):
    decision = decide(
        year_2023,
        energy_kwh=5000.0,
        earliest=DAY,
        deadline="2023-11-26T23:59Z",
        max_carbon=150.0,
    )
    rows = year_2023.execute(
        """SELECT forecast_gco2_kwh FROM carbon_intensity_national
           WHERE timestamp >= ? AND timestamp < ? ORDER BY timestamp""",
        [at(DAY), at("2023-11-27T00:00Z")],
    )
    values = [row[0] for row in rows]
    windows = {i: values[i : i + 8] for i in range(len(values) - 8)}
    allowed = {i: sum(w) / 8 for i, w in windows.items() if max(w) <= 150}
    best = min(allowed, key=lambda i: (allowed[i], i))
    assert decision.action == "defer"
    assert decision.expected.start == at(DAY) + best * HALF_HOUR == at("2023-11-25T02:00Z")
    assert decision.expected.carbon_kg == pytest.approx(5 * allowed[best]) == pytest.approx(530.625)
    assert all(piece.carbon_intensity <= 150 for piece in decision.segments)
    assert "its last revision" in decision.reason


def test_the_gap_of_october_2023_is_not_planned_on(year_2023):
    with pytest.raises(SignalError):
        decide(
            year_2023,
            "2023-10-20T12:00Z",
            earliest="2023-10-20T22:00Z",
            deadline="2023-10-22T19:00Z",
        )


def test_only_the_caps_that_running_when_asked_breaks_are_named(store):
    store.carbon(DAY, [200] * 8 + [80] * 8)
    store.renewable(DAY, [40] * 16)
    decision = decide(store, DAY, duration=timedelta(hours=2), max_carbon=100.0, min_renewable=20.0)
    assert "when asked it would not keep to cap 100 g/kWh; " in decision.reason
