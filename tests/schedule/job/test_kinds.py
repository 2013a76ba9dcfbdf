"""Paused, shaped and elastic jobs, and jobs that move, through the real reading."""

from __future__ import annotations

import itertools
import json
import random
from datetime import timedelta

import pytest
from schedule.stored import at

from gridctl.config import load_config
from gridctl.errors import SignalError, UsageError
from gridctl.render.decision import decision_text
from gridctl.schedule import schedule_workload
from gridctl.schedule.job.workload import from_request, make_workload

DAY = "2023-11-25T00:00Z"
NEXT = "2023-11-26T00:00Z"
HOUR = timedelta(hours=1)
CURVE = ((1, 1.0, 1.0), (2, 1.8, 2.0), (3, 2.4, 3.0))  # units a second, kW


def decide(as_of="2023-11-24T23:00Z", **given):
    """A dry run; times as text or values, four hours and 400 kWh unless said."""
    for key in ("earliest", "deadline", "start"):
        if isinstance(given.get(key), str):
            given[key] = at(given[key])
    if not given.keys() & {"duration", "power_profile", "work"}:
        given |= {"duration": 4 * HOUR}
    if not given.keys() & {"power_profile", "curve", "energy_kwh"}:
        given |= {"energy_kwh": 400.0}
    return schedule_workload(load_config(), make_workload(given), as_of=at(as_of), dry_run=True)


def check(decision):
    """Segments are in order, inside the window, and add up to what is expected."""
    run, workload = decision.expected, decision.workload
    assert run.start == decision.segments[0].start
    assert run.end == decision.segments[-1].end
    for before, after in itertools.pairwise(decision.segments):
        assert before.end <= after.start
    assert workload.earliest <= run.start
    assert run.end <= (workload.deadline or decision.summary.ends_at)
    energy = sum(piece.energy_kwh for piece in decision.segments)
    assert energy + run.migration_kwh == pytest.approx(run.energy_kwh)
    carbon = sum(p.energy_kwh * p.carbon_intensity for p in decision.segments) / energy
    assert carbon == pytest.approx(run.carbon_intensity)
    assert run.carbon_kg == pytest.approx(run.energy_kwh * carbon / 1000)
    assert max(map(len, decision_text(decision).splitlines())) <= 80
    return decision


def test_a_paused_job_takes_the_cheapest_half_hours(store):
    store.carbon(DAY, [200] * 4 + [50] * 4 + [300] * 8 + [60] * 6 + [250] * 26)
    decision = check(decide(interruptible=True, earliest=DAY, deadline=NEXT))
    assert decision.pieces == [
        (at("2023-11-25T02:00Z"), at("2023-11-25T04:00Z")),
        (at("2023-11-25T08:00Z"), at("2023-11-25T10:00Z")),
    ]
    assert decision.action == "defer"
    assert decision.expected.carbon_intensity == pytest.approx(55)
    assert decision.baseline.carbon_intensity == pytest.approx(125)
    assert "paused once, done by 2023-11-25T10:00Z" in decision.reason
    text = decision_text(decision)
    assert "runs  Sat 25 Nov 2023 02:00-04:00 UTC  2h" in text
    assert "2 runs" in text
    assert "in one piece" in text, "the best without a pause is among the next best"
    document = decision.as_dict()
    assert (document["start"], document["end"]) == ("2023-11-25T02:00:00Z", "2023-11-25T10:00:00Z")
    assert [s["start"][11:16] for s in document["segments"]][3:5] == ["03:30", "08:00"]


def test_a_restart_must_be_worth_its_energy(store):
    store.carbon(DAY, [200] * 4 + [50] * 4 + [100] * 8 + [60] * 6 + [250] * 26)
    ask = {"interruptible": True, "earliest": DAY, "deadline": NEXT}
    # In one piece 28 kg, in two 22; a restart at 60 g/kWh costs 0.06 kg a kWh.
    paused = check(decide(**ask, restart_energy_kwh=90.0))
    assert paused.expected.pauses == 1
    assert paused.expected.energy_kwh == pytest.approx(490)
    assert paused.expected.restart_kwh == 90
    assert "restarts draw 90 kWh" in paused.reason
    whole = check(decide(**ask, restart_energy_kwh=100.0))
    assert whole.expected.pauses == 0, "of equal ones the one without a pause"
    assert whole.expected.carbon_kg == pytest.approx(28)
    assert check(decide(**ask, max_pauses=0)).expected == whole.expected


def test_a_paused_run_of_few_but_long_pieces(store):
    store.carbon(DAY, ([50] * 2 + [200] * 2) * 12)
    ask = {"interruptible": True, "earliest": DAY, "deadline": NEXT}
    assert check(decide(**ask)).expected.pauses == 3
    assert check(decide(**ask, max_pauses=1)).expected.pauses == 1
    longer = check(decide(**ask, min_run=2 * HOUR))
    assert all(end - start >= 2 * HOUR for start, end in longer.pieces)
    assert check(decide(**ask, min_run=HOUR)).expected.carbon_intensity == pytest.approx(50)


@pytest.mark.parametrize("extra", [{}, {"min_run": timedelta(minutes=40)}, {"max_pauses": 1}])
@pytest.mark.parametrize(
    ("earliest", "deadline"),
    [
        ("2026-03-29T00:17+00:00", "2026-03-30T00:00+01:00"),  # 23 hours
        ("2025-10-26T00:17+01:00", "2025-10-27T00:00+00:00"),  # 25 hours
    ],
)
def test_clock_changes_and_starts_off_the_grid(store, earliest, deadline, extra):
    rng = random.Random(earliest)
    store.carbon(earliest[:13] + ":00" + earliest[16:], [rng.randint(50, 300) for _ in range(60)])
    decision = check(decide(
        earliest[:10] + "T00:00+00:00" if "03-29" in earliest else "2025-10-25T22:00Z",
        interruptible=True, earliest=earliest, deadline=deadline, **extra,
    ))  # fmt: skip
    assert decision.expected.carbon_intensity <= decision.baseline.carbon_intensity + 1e-9
    ran = sum((end - start for start, end in decision.pieces), timedelta(0))
    assert abs(ran - 4 * HOUR) < timedelta(milliseconds=1)


def test_a_mean_cap_on_a_paused_job_is_just_kept(store):
    store.carbon(DAY, [100] * 24 + [300] * 24)
    store.prices(DAY, [90] * 24 + [30] * 24, kind="day_ahead_auction")
    ask = {"interruptible": True, "earliest": DAY, "deadline": NEXT, "objective": "cost"}
    decision = check(decide(**ask, max_carbon=150.0, cap_mode="mean"))
    assert decision.expected.carbon_intensity == pytest.approx(150)
    assert decision.expected.price_gbp_mwh == pytest.approx(75)
    refused = decide(**ask, max_carbon=90.0, cap_mode="mean")
    assert refused.alternatives[0].relaxes == "max_carbon to 100 g/kWh"
    with pytest.raises(UsageError, match="--min-run with --cap-mode mean"):
        decide(**ask, max_carbon=90.0, cap_mode="mean", min_run=HOUR)


def test_what_would_let_a_paused_job_in(store):
    store.carbon(DAY, ([50] * 2 + [200] * 2) * 12)
    ask = {"interruptible": True, "earliest": DAY, "deadline": NEXT, "max_carbon": 60.0}
    limited = decide(**ask, max_pauses=1)
    assert "no choice of half hours" in limited.reason
    assert [other.relaxes for other in limited.alternatives] == [
        "max_carbon to 200 g/kWh", "max_pauses to 3",
    ]  # fmt: skip
    assert decide(**ask, max_pauses=3).expected
    long = decide(**ask, min_run=2 * HOUR)
    assert "min_run to 1h" in [other.relaxes for other in long.alternatives]
    late = decide(**{**ask, "deadline": "2023-11-25T06:00Z"})
    assert late.alternatives[-1].relaxes == "deadline to 2023-11-25T07:00:00Z"
    assert decide(**{**ask, "deadline": "2023-11-25T07:00Z"}).expected


def test_a_paused_job_crosses_gaps_an_unpaused_one_cannot(store):
    store.carbon(DAY, ([100] * 7 + [None]) * 6)
    with pytest.raises(SignalError):
        decide(earliest=DAY)
    decision = check(decide(earliest=DAY, interruptible=True))
    assert decision.expected.pauses == 1
    assert any("6 half hours" in n or "5 half hours" in n for n in decision.notes)


def test_a_job_that_may_not_be_deferred_is_not_paused(store):
    store.carbon(DAY, [200] * 4 + [50] * 44)
    decision = decide(earliest=DAY, interruptible=True, deferrable=False)
    assert (decision.action, decision.expected.pauses) == ("schedule", 0)
    assert any("without pauses" in note for note in decision.notes)


def test_a_profile_puts_its_peak_where_it_is_clean(store):
    store.carbon(DAY, [100] * 20 + [10] * 2 + [100] * 26)
    decision = check(decide(power_profile=((3.0, 10.0), (1.0, 400.0)), earliest=DAY))
    assert decision.expected.start == at("2023-11-25T07:00Z")
    assert decision.workload.energy_kwh == 430
    assert decision.workload.duration == 4 * HOUR
    assert decision.segments[-1].energy_kwh == pytest.approx(200)
    assert decision.expected.carbon_intensity == pytest.approx((30 * 100 + 400 * 10) / 430)
    assert decision.baseline.carbon_intensity == pytest.approx(100)


def test_a_cap_does_not_touch_a_piece_without_power(store):
    store.carbon(DAY, [100] * 4 + [400] * 2 + [100] * 4 + [400] * 38)
    shape = ((2.0, 10.0), (1.0, 0.0), (2.0, 10.0))
    decision = check(decide(power_profile=shape, earliest=DAY, deadline=NEXT, max_carbon=150.0))
    assert decision.expected.start == at(DAY)
    flat = decide(power_profile=((5.0, 10.0),), earliest=DAY, deadline=NEXT, max_carbon=150.0)
    assert flat.action == "reject"
    assert flat.alternatives[0].relaxes == "max_carbon to 400 g/kWh"


def test_an_elastic_job_uses_more_servers_where_it_is_clean(store):
    store.carbon(DAY, [200] * 8 + [20] * 4 + [200] * 36)
    decision = check(decide(curve=CURVE, work=4 * 3600 * 1.0, earliest=DAY, deadline=NEXT))
    # Two hours at three servers do 4.8 hours' work; the last of it is left out at 1 / 0.6 a unit.
    assert decision.expected.start >= at("2023-11-25T04:00Z")
    assert decision.expected.end <= at("2023-11-25T06:00Z")
    assert decision.expected.servers in {(2, 3), (3, 3)}
    assert decision.expected.carbon_intensity == pytest.approx(20)
    done = sum(
        {n: t for n, t, _ in CURVE}[s.servers] * ((s.end - s.start) / HOUR)
        for s in decision.segments
    )  # fmt: skip
    assert done == pytest.approx(4)
    assert decision.baseline.energy_kwh == pytest.approx(4)
    assert decision.baseline.servers == (1, 1)
    assert decision.as_dict()["segments"][0]["servers"] in (2, 3)
    assert "server" in decision_text(decision)


def test_an_elastic_job_keeps_to_its_servers_and_its_caps(store):
    store.carbon(DAY, [200] * 8 + [20] * 4 + [100] * 36)
    ask = {"curve": CURVE, "work": 4 * 3600.0, "earliest": DAY, "deadline": NEXT}
    one = check(decide(**ask, max_servers=1))
    assert {s.servers for s in one.segments} == {1}
    assert one.expected.energy_kwh == pytest.approx(4)
    assert {s.servers for s in check(decide(**ask, max_power_kw=2.5)).segments} <= {1, 2}
    tight = decide(**ask, max_servers=1, max_carbon=50.0)
    assert tight.action == "reject"
    assert tight.alternatives[0].relaxes == "max_carbon to 100 g/kWh"
    mean = decide(**ask, max_servers=1, max_carbon=50.0, cap_mode="mean")
    assert mean.alternatives[0].relaxes == "max_carbon to 60 g/kWh"
    assert check(decide(**ask, max_servers=1, max_carbon=60.0, cap_mode="mean"))


def test_an_elastic_baseline_has_as_many_servers_as_it_needs(store):
    store.carbon(DAY, [100] * 8)
    decision = check(decide(curve=CURVE, work=8 * 3600.0, earliest=DAY))
    assert decision.baseline.servers == (3, 3)
    assert decision.expected.end <= at("2023-11-25T04:00Z")
    with pytest.raises(SignalError, match="too soon"):
        decide(curve=CURVE, work=10 * 3600.0, earliest=DAY)


def test_a_move_must_be_worth_its_energy(store):
    store.carbon(DAY, [100] * 48, region=13)
    store.carbon(DAY, [80] * 48, region=1)
    ask = {"earliest": DAY, "regions": (13, 1), "home": 13}
    moved = check(decide(**ask, migration_energy_kwh=90.0))
    assert moved.action == "shift_region"
    assert moved.expected.carbon_kg == pytest.approx(490 * 80 / 1000)
    assert moved.savings.carbon_kg == pytest.approx(40 - 39.2)
    assert "the move draws 90 kWh" in moved.reason
    assert moved.as_dict()["objective"]["expected"]["migration_energy_kwh"] == 90
    stays = decide(**ask, migration_energy_kwh=110.0)
    assert stays.action == "schedule"
    assert stays.expected.migration_kwh == 0


def test_the_objective_term_by_term(store):
    store.carbon(DAY, [100] * 8 + [300] * 8)
    store.prices(DAY, [90] * 8 + [50] * 8, kind="day_ahead_auction")
    decision = decide(earliest=DAY, objective="balanced", carbon_price=85.0, energy_kwh=1000.0)
    terms = decision.as_dict()["objective"]
    assert terms["name"] == "balanced"
    assert terms["expected"] == {
        "energy_kwh": 1000.0, "restart_energy_kwh": 0.0, "migration_energy_kwh": 0.0,
        "electricity_gbp": 50.0, "carbon_kg": 300.0, "carbon_price_gbp_t": 85.0,
        "carbon_gbp": 25.5, "total": 75.5, "unit": "GBP",
    }  # fmt: skip
    assert terms["baseline"]["total"] == pytest.approx(90 + 8.5)
    text = decision_text(decision)
    assert "carbon, 85 GBP/t          8.50 GBP       25.50 GBP" in text
    assert "total                    98.50 GBP       75.50 GBP       23.00 GBP" in text


@pytest.mark.parametrize(
    "given",
    [
        {"duration": 4 * HOUR, "energy_kwh": 4.0, "interruptible": True, "min_run": HOUR,
         "restart_energy_kwh": 1.0, "max_pauses": 2, "migration_energy_kwh": 3.0},
        {"power_profile": ((1.0, 200.0), (3.0, 400.0)), "max_power_kw": 500.0},
        {"curve": CURVE, "work": 100.0, "max_servers": 2},
        {"curve": CURVE, "duration": HOUR, "max_power_kw": 2.0},
    ],
)  # fmt: skip
def test_a_request_survives_the_record(given):
    workload = make_workload(given)
    assert from_request(json.loads(json.dumps(workload.request()))) == workload


def test_an_older_request_still_reads():
    request = make_workload({"duration": HOUR}).request()
    for key in ("min_run", "curve", "power_profile", "work", "max_pauses", "migration_energy_kwh"):
        del request[key]
    assert from_request(request) == make_workload({"duration": HOUR})


def test_a_second_s_grain_is_rounded_and_said(store):
    store.carbon(DAY, [50 + i % 9 for i in range(96)])
    decision = check(decide(
        earliest="2023-11-25T00:17:13Z", deadline="2023-11-26T23:59:59Z", interruptible=True,
        duration=8 * HOUR, min_run=HOUR,
    ))  # fmt: skip
    assert any("grain of 60 s" in note for note in decision.notes)
    tight = check(decide(
        earliest="2023-11-25T00:17:13Z", deadline="2023-11-25T08:17:13Z", interruptible=True,
        duration=8 * HOUR, min_run=HOUR, max_pauses=3,
    ))  # fmt: skip
    assert tight.expected.start == at("2023-11-25T00:17:13Z")
    with pytest.raises(UsageError, match="too long for so fine a grain"):
        decide(earliest=DAY, interruptible=True, duration=timedelta(seconds=25714), min_run=HOUR)
