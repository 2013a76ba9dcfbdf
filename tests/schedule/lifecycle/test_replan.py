"""Replanning: only for enough gain, never near the start, written once, and told."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schedule.stored import at

from gridctl.config import load_config
from gridctl.schedule.audit import verify
from gridctl.schedule.job.workload import make_workload
from gridctl.schedule.lifecycle import replanning
from gridctl.schedule.lifecycle.replan import Hysteresis, Plan, broken_cap, reconsider, worth
from gridctl.schedule.lifecycle.replanning import replan
from gridctl.schedule.lifecycle.transitions import cancel, start
from gridctl.schedule.lifecycle.writing import note
from gridctl.schedule.signals.signal import Provenance, Reading, Series, Signal
from gridctl.schedule.single.decide import decide

DAY = "2023-11-25T00:00Z"
ONE = at("2023-11-25T01:00Z")
EARLY = [200] * 16 + [80] * 8 + [200] * 72  # cleanest from 08:00
LATE = [200] * 32 + [60] * 8 + [200] * 56  # cleanest from 16:00


@pytest.fixture
def filled(store):
    store.vintage("2023-11-24T23:00Z", DAY, EARLY)
    return store


def run(now=ONE, **more):
    return replan(load_config(), now, **more)


def actions(report):
    return [(item.change.action, item.job.name) for item in report.workloads]


def trail(store):
    return store.execute(
        """SELECT action, original_start, new_start, reason FROM workload_schedules
           ORDER BY sequence"""
    )


def test_a_better_forecast_moves_it_and_says_both_numbers(filled, plan):
    plan()
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)
    report = run()
    assert actions(report) == [("moved", "train")]
    _, (action, before, after, reason) = trail(filled)
    assert (action, before, after) == (
        "reschedule", at("2023-11-25T08:00Z"), at("2023-11-25T16:00Z"),
    )  # fmt: skip
    assert "24 kg instead of 80 kg" in reason
    [row] = filled.execute(
        "SELECT status, scheduled_start, scheduled_end, carbon_emitted_kg FROM compute_workloads"
    )
    assert row == ("deferred", at("2023-11-25T16:00Z"), at("2023-11-25T20:00Z"), pytest.approx(24))
    assert verify(load_config()).rows == 2
    assert actions(run()) == [("kept", "train")]
    assert len(trail(filled)) == 2, "what is unchanged writes nothing"


def test_a_dry_run_tells_and_writes_nothing(filled, plan, gridctl, set_clock):
    plan()
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)
    set_clock("2023-11-25T01:00Z")
    ran = gridctl("schedule", "replan", "--dry-run", "-f", "json")
    document = json.loads(ran.out)
    assert (document["considered"], document["moved"], document["dry_run"]) == (1, 1, True)
    [row] = document["workloads"]
    assert row["before"]["start"] == "2023-11-25T08:00:00Z"
    assert row["after"]["start"] == "2023-11-25T16:00:00Z"
    assert (row["before"]["value"], row["after"]["value"], row["gain"]) == (80, 24, 56)
    assert len(trail(filled)) == 1
    text = gridctl("schedule", "replan").out
    assert max(map(len, text.splitlines())) <= 80
    assert text.endswith("1 considered: 1 moved\n")
    quiet = gridctl("-q", "schedule", "replan")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_too_small_a_gain_moves_nothing(filled, plan):
    plan()
    near = list(EARLY)
    near[32:40] = [79] * 8
    filled.vintage("2023-11-25T00:50Z", DAY, near)
    assert actions(run()) == [("kept", "train")]
    assert actions(run(rules=Hysteresis(0, 0, 0))) == [("moved", "train")]


def test_the_absolute_minimum_holds_for_small_jobs(filled, plan):
    plan(energy_kwh=0.4)
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)  # gains 70 %, of 0.08 kg
    assert actions(run()) == [("kept", "train")]
    plan(energy_kwh=None, name="unknown")  # of a mean in g/kWh only the share counts
    assert ("moved", "unknown") in actions(run())


def test_two_forecasts_that_alternate_do_not_make_it_flap(filled, plan):
    plan()
    one, other = list(EARLY), list(EARLY)
    one[32:40], other[32:40] = [79] * 8, [81] * 8
    for minute in range(0, 50, 5):
        values = one if minute % 10 else other
        filled.vintage(f"2023-11-25T00:{minute:02}Z", DAY, values)
        run(at(f"2023-11-25T00:{minute:02}Z") + timedelta(minutes=1))
    assert len(trail(filled)) == 1


def test_nothing_moves_within_the_freeze_nor_to_it(filled, plan):
    plan()
    filled.vintage("2023-11-25T07:30Z", DAY, LATE)
    assert actions(run(at("2023-11-25T07:31Z"))) == [("kept", "train")]
    filled.vintage("2023-11-25T01:00Z", DAY, [200] * 2 + [10] * 10 + [200] * 90)
    report = run(at("2023-11-25T01:05Z"))
    [item] = report.workloads
    assert item.change.action == "moved"
    assert item.change.decision.expected.start >= at("2023-11-25T01:35Z")


def test_a_plan_that_breaks_its_cap_moves_for_any_gain_or_is_told(filled, plan):
    plan(max_carbon=100.0)
    worse = [90] * 8 + [200] * 8 + [101] * 8 + [200] * 8 + [100] * 8 + [200] * 56
    filled.vintage("2023-11-25T00:50Z", DAY, worse)
    assert actions(run(at("2023-11-25T04:00Z"))) == [("moved", "train")]
    assert "101 g/kWh against cap 100 g/kWh" in trail(filled)[-1][3]
    filled.vintage("2023-11-25T04:10Z", DAY, [150] * 96)
    before = len(trail(filled))
    report = run(at("2023-11-25T04:15Z"))
    assert actions(report) == [("infeasible", "train")]
    assert len(trail(filled)) == before
    assert filled.execute("SELECT status FROM compute_workloads") == [("deferred",)]


def test_it_is_moved_between_regions(store, plan):
    for region, level in ((13, 100), (1, 90)):
        store.vintage("2023-11-24T23:00Z", DAY, [level] * 96, region=region)
    plan(regions=(13, 1), home=13, earliest=at("2023-11-25T06:00Z"))
    store.vintage("2023-11-25T00:50Z", DAY, [300] * 96, region=1)
    [item] = run().workloads
    assert item.change.action == "moved"
    assert "from North Scotland to London" in item.change.reason
    [(number,)] = store.execute(
        """SELECT region_number FROM compute_workloads JOIN uk_regions
           ON uk_regions.id = scheduled_region_id"""
    )
    assert number == 13


def test_without_a_forecast_it_is_kept_and_said(filled, plan, gridctl, set_clock):
    plan()
    set_clock("2023-11-25T01:00Z")
    filled.execute("DELETE FROM forecast_vintages")
    ran = gridctl("schedule", "replan", "-f", "json")
    assert ran.code == 6
    assert json.loads(ran.out)["kept"] == 1
    assert ran.err.startswith("error: nothing could be reconsidered")
    assert len(trail(filled)) == 1


def test_nothing_to_do(store, gridctl, tmp_path):
    ran = gridctl("schedule", "replan")
    assert (ran.code, ran.out) == (0, "nothing waits to be run\n")
    assert json.loads(gridctl("schedule", "replan", "-f", "json").out)["considered"] == 0
    assert gridctl("schedule", "replan", "--db", tmp_path / "none.duckdb").code == 3


def test_pending_ones_get_a_decision(filled):
    filled.execute(
        """INSERT INTO compute_workloads (id, workload_name, estimated_duration_hours,
               estimated_energy_kwh, max_carbon_intensity_gco2_kwh, latest_completion)
           VALUES (uuid(), 'by hand', 4, 400, NULL, '2023-11-26 00:00:00+00'),
                  (uuid(), 'in vain', 4, 400, 10, '2023-11-26 00:00:00+00'),
                  (uuid(), 'endless', NULL, 400, NULL, NULL)"""
    )
    report = run()
    assert sorted(actions(report)) == [
        ("failed", "endless"), ("infeasible", "in vain"), ("planned", "by hand"),
    ]  # fmt: skip
    states = dict(filled.execute("SELECT workload_name, status FROM compute_workloads"))
    assert states == {"by hand": "deferred", "in vain": "infeasible", "endless": "pending"}
    assert sorted(row[0] for row in trail(filled)) == ["defer", "reject"]
    assert verify(load_config()).broken is None
    assert report.is_partial


def test_a_start_that_went_by(filled, plan, gridctl, set_clock):
    plan()
    now = at("2023-11-25T09:00Z")
    filled.vintage("2023-11-25T08:50Z", DAY, LATE)
    assert actions(run(now, missed="keep")) == [("missed", "train")]
    [item] = run(now).workloads
    assert item.change.action == "moved"
    assert "was never marked as started" in item.change.reason
    assert item.change.decision.expected.start == at("2023-11-25T16:00Z")
    late = at("2023-11-25T22:00Z")
    assert actions(run(late)) == [("missed", "train")]  # the deadline is gone
    assert actions(run(late, missed="cancel")) == [("cancelled", "train")]
    assert trail(filled)[-1][0] == "cancel"
    assert actions(run(late)) == []


def test_what_runs_or_was_asked_of_the_past_is_left_alone(filled, plan, gridctl):
    wanted = plan()
    start(load_config(), wanted, None, ONE)
    study = gridctl("schedule", "workload", "--duration", "4h", "--as-of", DAY)
    assert study.code == 0
    assert run().workloads == []
    assert len(run(as_of=ONE).workloads) == 1


def test_without_a_deadline_it_is_not_put_off_for_ever(filled, plan):
    plan(deadline=None)
    filled.vintage("2023-11-25T00:50Z", DAY, [100] * 96 + [10] * 96)
    [item] = run().workloads
    assert item.change.decision is None or (
        item.change.decision.expected.end <= at("2023-11-27T00:00Z")
    )


def test_what_was_handed_over_never_moves_forward(filled, plan):
    wanted = plan()
    note(load_config(), wanted, {"handed_over": {"via": "at"}})
    filled.vintage("2023-11-25T00:50Z", DAY, [200] * 6 + [10] * 8 + [200] * 82)
    assert actions(run()) == [("kept", "train")]
    filled.vintage("2023-11-25T00:55Z", DAY, LATE)
    assert actions(run()) == [("moved", "train")]


def test_what_was_planned_together_is_not_moved_alone(filled, plan):
    plan()
    filled.execute(
        """UPDATE compute_workloads SET metadata = json_merge_patch(
               metadata, '{"request": {"plan_mode": "auto"}}')"""
    )
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)
    assert actions(run()) == [("kept", "train")]
    assert "planned together" in run().workloads[0].change.reason


def test_a_request_beyond_reading_fails_alone(filled, plan, gridctl):
    plan(name="good")
    plan(name="bad")
    filled.execute(
        """UPDATE compute_workloads SET metadata = '{"request": {"duration": "x"}}'
           WHERE workload_name = 'bad'"""
    )
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)
    report = run()
    assert sorted(actions(report)) == [("failed", "bad"), ("moved", "good")]
    assert report.count("failed") == 1
    assert gridctl("schedule", "replan").code == 1  # cron is to notice


def test_somebody_was_quicker(filled, plan, monkeypatch):
    """Between reading and writing the workload is cancelled: it stays so."""
    wanted = plan()
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)
    consider = replanning._consider

    def slowly(*args):
        found = consider(*args)
        cancel(load_config(), wanted, "changed my mind", ONE)
        return found

    monkeypatch.setattr(replanning, "_consider", slowly)
    report = run()
    assert [(i.change.action, i.change.reason) for i in report.workloads] == [
        ("kept", "changed by somebody else meanwhile")
    ]
    assert [row[0] for row in trail(filled)] == ["defer", "cancel"]
    assert verify(load_config()).broken is None


def test_what_was_noted_meanwhile_is_not_lost(filled, plan, monkeypatch):
    wanted = plan()
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)
    consider = replanning._consider

    def slowly(*args):
        found = consider(*args)
        note(load_config(), wanted, {"handed_over": {"via": "at"}})
        return found

    monkeypatch.setattr(replanning, "_consider", slowly)
    assert actions(run()) == [("kept", "train")]
    [(via,)] = filled.execute("SELECT metadata ->> '$.handed_over.via' FROM compute_workloads")
    assert via == "at"


def test_killed_on_the_way_nothing_is_half_written(filled, plan, monkeypatch):
    plan(name="one")
    plan(name="two")
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)
    before = filled.execute("SELECT * EXCLUDE (updated_at) FROM compute_workloads ORDER BY id")
    update, calls = replanning.update, []

    def dies(*args, **more):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        update(*args, **more)

    monkeypatch.setattr(replanning, "update", dies)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert (
        filled.execute("SELECT * EXCLUDE (updated_at) FROM compute_workloads ORDER BY id") == before
    )
    assert len(trail(filled)) == 2


def test_two_at_once_move_it_once(filled, plan, monkeypatch):
    plan()
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)
    both_have_read = threading.Barrier(2)
    consider = replanning._consider

    def together(*args):
        found = consider(*args)
        both_have_read.wait()
        return found

    monkeypatch.setattr(replanning, "_consider", together)
    reports, errors = [], []

    def work():
        try:
            reports.append(run())
        except Exception as error:  # the one that came second, or one that keeps both from going on
            errors.append(error)
            both_have_read.abort()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) + len(errors) == 2
    assert reports, errors
    assert [row[0] for row in trail(filled)] == ["defer", "reschedule"]
    assert verify(load_config()).broken is None


def test_an_older_file_keeps_its_region_column(filled, plan, monkeypatch):
    plan()
    filled.vintage("2023-11-25T00:50Z", DAY, LATE)
    monkeypatch.setattr(replanning, "_region_is_fixed", lambda con: True)
    assert actions(run()) == [("moved", "train")]


# -- the pure part against the plain sum ------------------------------------------------------


def signal_of(values):
    known = Provenance.FORECAST
    carbon = Series.of([
        Reading() if value is None else Reading(float(value), known, "test") for value in values
    ])  # fmt: skip
    nothing = Series.of([Reading()] * len(values))
    return Signal(None, at(DAY), at(DAY), carbon, nothing, nothing, None)


LEVELS = st.lists(st.integers(1, 300), min_size=24, max_size=24)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(LEVELS, LEVELS, st.integers(1, 4), st.integers(0, 20))
def test_it_moves_just_when_the_gain_is_more_than_the_least(old, new, slots, pct):
    now, rules = at(DAY), Hysteresis(pct, 0.0, 0.0, timedelta(0))
    workload = make_workload(
        {"duration": slots * timedelta(minutes=30), "energy_kwh": 100.0 * slots,
         "deadline": now + timedelta(hours=12)}
    )  # fmt: skip
    first = decide(workload, {None: signal_of(old)}, now)
    parts = tuple((s.start, s.end, s.energy_kwh) for s in first.segments)
    asked = replace(workload, start=first.baseline.start)
    change = reconsider(asked, Plan(None, parts), {None: signal_of(new)}, now, rules)
    begins = int((parts[0][0] - now) / timedelta(minutes=30))
    if begins == 0:  # with no freeze, a start at this very moment counts as gone by
        assert change.action in ("moved", "missed")
        return
    before = sum(new[begins : begins + slots]) * 0.1
    best = min(sum(new[i : i + slots]) * 0.1 for i in range(24 - slots + 1))
    assert worth(workload, parts, signal_of(new), in_total=True) == pytest.approx(before)
    if change.action == "moved":
        assert before - best > before * pct / 100 - 1e-9
        assert change.after == pytest.approx(best)
    else:
        assert before - best <= before * pct / 100 + 1e-9


@settings(max_examples=60)
@given(LEVELS, LEVELS, st.integers(5, 20))
def test_alternating_forecasts_move_it_at_most_when_the_gain_is_real(one, other, pct):
    """Each move gains its share on the signal it is made on: what moved does not move back on the
    same signal."""
    now, rules = at(DAY), Hysteresis(pct, 0.0, 0.0, timedelta(minutes=1))
    workload = make_workload(
        {"duration": timedelta(hours=1), "energy_kwh": 100.0, "deadline": now + timedelta(hours=12),
         "earliest": now + timedelta(hours=2)}
    )  # fmt: skip
    first = decide(workload, {None: signal_of(one)}, now)
    asked = replace(workload, start=first.baseline.start)
    plan = Plan(None, tuple((s.start, s.end, s.energy_kwh) for s in first.segments))
    for values in (other, other, one, one):
        signals = {None: signal_of(values)}
        change = reconsider(asked, plan, signals, now, rules)
        if change.action == "moved":
            segments = change.decision.segments
            plan = Plan(None, tuple((s.start, s.end, s.energy_kwh) for s in segments))
            assert reconsider(asked, plan, signals, now, rules).action == "kept"


def test_gaps_are_never_valued():
    workload = make_workload(
        {"duration": timedelta(hours=1), "energy_kwh": 1.0, "max_carbon": 50.0}
    )
    parts = ((at(DAY), at(DAY) + timedelta(hours=1), 1.0),)
    for values in ([100, None, 100], [100]):
        assert worth(workload, parts, signal_of(values), in_total=True) is None
        assert worth(workload, parts, signal_of(values), in_total=False) is None
    assert broken_cap(workload, parts, signal_of([None, None])) is None
    assert "100 g/kWh against cap 50" in broken_cap(workload, parts, signal_of([40, 100]))
    mean = replace(workload, cap_mode="mean")
    assert broken_cap(mean, parts, signal_of([0, 100])) is None
    assert "60 g/kWh" in broken_cap(mean, parts, signal_of([20, 100]))


def test_a_mean_is_kept_or_broken_by_energy_not_by_time():
    workload = make_workload(
        {"duration": timedelta(hours=1), "energy_kwh": 10.0, "max_carbon": 50.0, "cap_mode": "mean"}
    )
    middle = at(DAY) + timedelta(minutes=30)
    ends = at(DAY) + timedelta(hours=1)
    signal = signal_of([100, 20])
    light, heavy = (at(DAY), middle, 1.0), (middle, ends, 9.0)
    assert broken_cap(workload, (light, heavy), signal) is None  # 28 g/kWh
    heavy, light = (at(DAY), middle, 9.0), (middle, ends, 1.0)
    assert "92 g/kWh" in broken_cap(workload, (heavy, light), signal)
    unknown = [(start, end, None) for start, end, _ in (heavy, light)]
    assert "60 g/kWh" in broken_cap(workload, unknown, signal)


def test_a_plan_is_worth_what_its_move_draws_too():
    workload = make_workload(
        {"duration": timedelta(hours=1), "energy_kwh": 10.0, "migration_energy_kwh": 5.0,
         "regions": (13, 1), "home": 13}
    )  # fmt: skip
    parts = ((at(DAY), at(DAY) + timedelta(hours=1), 10.0),)
    signal = signal_of([100, 200])
    home, away = replace(signal, place=13), replace(signal, place=1)
    assert worth(workload, parts, home, in_total=True) == pytest.approx(1.5)
    assert worth(workload, parts, away, in_total=True) == pytest.approx(2.25)


def test_no_move_between_regions_that_costs_more_than_it_gains(store, plan):
    """Away it is 15 g/kWh cleaner, and a quarter more energy is drawn."""
    for region in (13, 1):
        store.vintage("2023-11-24T23:00Z", DAY, [100] * 96, region=region)
    plan(regions=(13, 1), home=13, earliest=at("2023-11-25T06:00Z"), migration_energy_kwh=100.0)
    store.vintage("2023-11-25T00:50Z", DAY, [85] * 96, region=1)
    assert actions(run()) == [("kept", "train")]
    store.vintage("2023-11-25T00:55Z", DAY, [60] * 96, region=1)
    [item] = run().workloads
    assert item.change.action == "moved"
    assert item.change.after == pytest.approx(item.change.decision.expected.carbon_kg)
    assert item.change.after == pytest.approx(30)
